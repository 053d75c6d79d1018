"""The tours of one school's buses: which bus fetches which stops in which order, and a bound on what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.base.cited import Cited
from layout_planner.base.errors import refuse
from layout_planner.engines.clock import Clock

SAFETY_SECONDS = 60
"""Wall seconds after which a search ends whatever the rounds; it is told in the status."""

_BUS = "assumed: lease with driver and attendant (国务院令617号 asks for one)"


@dataclass(frozen=True)
class Fleet:
    """Which buses there are, what they cost, and what a ride may be like. All may be changed.

    Parameters
    ----------
    sizes
        Seats → yuan a year of one bus with driver and attendant.
    kilometre
        Yuan a kilometre.
    days
        School days a year; each has a morning and an afternoon.
    longest
        Minutes a child rides at most, getting on included.
    arrive
        The bus is at the school between so many and so many minutes before the bell.
    first
        No child is fetched more than so many minutes before the bell.
    gather
        Metres, straight, within which the children of several places use one stop.
    stop, child
        Minutes a stop takes, and each child getting on.
    """

    sizes: Mapping[int, Cited] = field(
        default_factory=lambda: {
            19: Cited(120_000.0, "yuan a year", _BUS, "user"),
            36: Cited(165_000.0, "yuan a year", _BUS, "user"),
            52: Cited(205_000.0, "yuan a year", _BUS, "user"),
        }
    )
    kilometre: Cited = field(default=Cited(3.0, "yuan a km", "assumed: fuel, tyres, upkeep", "user"))
    days: Cited = field(default=Cited(200.0, "days a year", "40 weeks of five days", "memory"))
    longest: Cited = field(default=Cited(60.0, "minutes", "assumed", "user"))
    arrive: tuple[float, float] = (30.0, 10.0)
    first: float = 95.0
    gather: float = 500.0
    stop: float = 0.5
    child: float = 0.05

    def __post_init__(self) -> None:
        early, late = self.arrive
        if not self.sizes or min(self.sizes) < 1 or not 0 <= late < early < self.first:
            raise refuse(
                "a fleet needs bus sizes of a seat or more, and first > arrive[0] > arrive[1] ≥ 0",
                "车队须给出车型（至少 1 座），且 first > arrive[0] > arrive[1] ≥ 0",
                "correct them",
                "请更正",
            )

    @property
    def yuan_a_metre(self) -> float:
        """Yuan a year for each metre of the morning tour; the afternoon is as long."""
        return self.kilometre.value / 1000.0 * 2.0 * self.days.value

    @property
    def most_minutes(self) -> float:
        """Minutes from the first stop to the school at most, by the longest ride and by the clock."""
        return min(self.longest.value, self.first - self.arrive[1])

    def service(self, pupils: Floats) -> Floats:
        """Minutes a stop takes with so many children."""
        return np.asarray(self.stop + self.child * pupils, dtype=np.float64)

    def table(self) -> pd.DataFrame:
        """List the prices: index price; value, unit, source."""
        rows = {f"bus of {seats}": cited for seats, cited in sorted(self.sizes.items())}
        rows |= {"kilometre": self.kilometre, "days": self.days, "longest": self.longest}
        table = {name: (cited.value, cited.unit, cited.source) for name, cited in rows.items()}
        return pd.DataFrame.from_dict(table, orient="index", columns=["value", "unit", "source"]).rename_axis("price")


@dataclass(frozen=True)
class Tour:
    """The morning of one bus.

    Parameters
    ----------
    size
        Its seats.
    stops
        Positions of the stops in order.
    pupils
        Children who get on at each.
    minute
        When it is there, from the bell (negative: before).
    end
        When it is at the school.
    metres
        Its way, the empty way out to the first stop included.
    """

    size: int
    stops: tuple[int, ...]
    pupils: tuple[float, ...]
    minute: tuple[float, ...]
    end: float
    metres: float


def plan_tours(minutes: Floats, metres: Floats, pupils: Floats, fleet: Fleet, rounds: int) -> tuple[list[Tour], bool]:
    """Find the tours of least cost a search comes upon; see `route_buses`.

    Parameters
    ----------
    minutes, metres
        Shape (stops + 1, stops + 1), the school last; every stop can be fetched alone in time.
    pupils
        Shape (stops,), whole numbers.
    rounds
        Solutions the search looks at.

    Returns
    -------
    tuple
        The tours; whether the search ended by itself and not by the clock.

    Raises
    ------
    DataError
        The extra `bus` is not installed.
    """
    if not len(pupils):
        return [], True
    routing_module, enums = _ortools()
    stop, load = _loads(pupils, max(fleet.sizes))
    n = len(stop)
    sizes = [size for size in sorted(fleet.sizes) for _ in range(min(n, int(np.ceil(load.sum() / size)) + 1))]
    # Node n is the school; node n + 1 the garage, from which a bus is at its first stop at once but drives all the way.
    at = np.append(stop, [len(pupils), len(pupils)])
    service = np.append(fleet.service(load), [0.0, 0.0])
    seconds = np.round((minutes[np.ix_(at, at)] + service[:, None]) * 60).astype(np.int64)
    seconds[n:, :] = 0
    yuan = np.round(metres[np.ix_(at, at)] * fleet.yuan_a_metre).astype(np.int64)
    yuan[n:, n:] = 0
    manager = routing_module.RoutingIndexManager(n + 2, len(sizes), [n + 1] * len(sizes), [n] * len(sizes))
    model = routing_module.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(yuan.tolist()))
    for vehicle, size in enumerate(sizes):
        model.SetFixedCostOfVehicle(round(fleet.sizes[size].value), vehicle)
    loads = model.RegisterUnaryTransitVector([*load.astype(int).tolist(), 0, 0])
    model.AddDimensionWithVehicleCapacity(loads, 0, [int(size) for size in sizes], True, "seats")
    horizon = round(fleet.first * 60)
    model.AddDimension(model.RegisterTransitMatrix(seconds.tolist()), 0, horizon, False, "clock")
    clock = model.GetDimensionOrDie("clock")
    early, late = (round((fleet.first - minute) * 60) for minute in fleet.arrive)
    for vehicle in range(len(sizes)):
        clock.CumulVar(model.End(vehicle)).SetRange(early, late)
        clock.SetSpanUpperBoundForVehicle(round(fleet.longest.value * 60), vehicle)
        model.AddVariableMaximizedByFinalizer(clock.CumulVar(model.Start(vehicle)))  # no earlier than need be
    search = routing_module.DefaultRoutingSearchParameters()
    search.first_solution_strategy = enums.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    search.local_search_metaheuristic = enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.solution_limit = rounds
    by_the_wall = Clock(SAFETY_SECONDS).kind == "wall"
    if by_the_wall:
        search.time_limit.FromSeconds(SAFETY_SECONDS)
    found = model.SolveWithParameters(search)
    if found is None:
        raise RuntimeError("no tours although every stop can be fetched alone")
    ended = not by_the_wall or model.solver().WallTime() < SAFETY_SECONDS * 1000
    tours = [_tour(model, manager, found, clock, v, size, stop, load, metres, fleet) for v, size in enumerate(sizes)]
    return [tour for tour in tours if tour is not None], ended


def _tour(
    model: Any, manager: Any, found: Any, clock: Any, vehicle: int, size: int, stop: Any, load: Floats, metres: Floats,
    fleet: Fleet,
) -> Tour | None:  # fmt: skip
    """Read the tour of one bus; None where it stays in the garage."""
    nodes, minute = [], []
    index = found.Value(model.NextVar(model.Start(vehicle)))
    while not model.IsEnd(index):
        nodes.append(manager.IndexToNode(index))
        minute.append(found.Value(clock.CumulVar(index)) / 60 - fleet.first)
        index = found.Value(model.NextVar(index))
    if not nodes:
        return None
    school = len(metres) - 1
    way = [school, *(int(stop[node]) for node in nodes), school]
    return Tour(
        size=size,
        stops=tuple(way[1:-1]),
        pupils=tuple(float(load[node]) for node in nodes),
        minute=tuple(minute),
        end=found.Value(clock.CumulVar(index)) / 60 - fleet.first,
        metres=float(metres[way[:-1], way[1:]].sum()),
    )


def tour_cost(tours: list[Tour], fleet: Fleet) -> float:
    """Give the yuan a year of tours."""
    return sum(fleet.sizes[tour.size].value + tour.metres * fleet.yuan_a_metre for tour in tours)


def bound_tours(metres: Floats, pupils: Floats, fleet: Fleet) -> float:
    """Bound the yuan a year of any tours from below.

    A tour is at least as long as the way out and back of each of its stops, hence as their mean weighed by the children
    it takes; with at most q children in a bus of q seats, each child costs at least (yuan of the bus + yuan of its own
    way out and back) / q for the best q (after Haimovich and Rinnooy Kan 1985).
    """
    if not len(pupils):
        return 0.0
    both = (metres[-1, :-1] + metres[:-1, -1]) * fleet.yuan_a_metre
    each = np.min([(cost.value + both) / size for size, cost in fleet.sizes.items()], axis=0)
    # At least one bus, which goes at least to the farthest stop.
    least = min(cost.value for cost in fleet.sizes.values()) + float(both.max())
    return max(float((each * pupils).sum()), least)


def _loads(pupils: Floats, most: int) -> tuple[Any, Floats]:
    """Divide stops with more children than the largest bus seats; gives the stop and the children of each part."""
    stop, load = [], []
    for at, number in enumerate(np.ceil(pupils - 1e-9).astype(int).tolist()):
        parts = [most] * (number // most) + ([number % most] if number % most else [])
        stop += [at] * len(parts)
        load += parts
    return np.array(stop, dtype=np.intp), np.array(load, dtype=float)


def _ortools() -> tuple[Any, Any]:
    try:
        return import_module("ortools.constraint_solver.pywrapcp"), import_module(
            "ortools.constraint_solver.routing_enums_pb2"
        )
    except ImportError as error:
        raise refuse(
            "routing buses needs OR-tools, which is not installed",
            "编排校车线路需要 OR-tools，尚未安装",
            "pip install 'layout_planner[bus]'",
            "请运行 pip install 'layout_planner[bus]'",
        ) from error
