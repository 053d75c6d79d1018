"""The tours of one school's buses: which bus fetches which stops in which order, and a bound on what that costs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from layout_planner.base.arrays import Floats, Ints, Positions
from layout_planner.base.errors import refuse
from layout_planner.buses.fleet import Fleet
from layout_planner.engines.tours import TourCase, bound_tours, join_stops

MOST_PENALTY = 1e8
"""Yuan that the search may charge a second or a child too many, until it finds what fits."""
GARAGE, SCHOOL = 0, 1
"""Where buses start and end, among the search's nodes; the stops follow."""


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


@dataclass(frozen=True, eq=False)
class Stops:
    """What one school's buses are to fetch: stops of more children than the largest bus seats stand several times.

    Parameters
    ----------
    at
        Position of the stop; shape (parts,).
    load
        Its children, whole numbers; shape (parts,).
    case
        The ways between them, in minutes and yuan a year.
    """

    at: Positions
    load: Ints
    case: TourCase


def list_stops(minutes: Floats, metres: Floats, pupils: Floats, fleet: Fleet) -> Stops:
    """Lay out the stops of one school for search and bound.

    Parameters
    ----------
    minutes, metres
        Shape (stops + 1, stops + 1), the school last; every stop can be fetched alone in time.
    pupils
        Children a stop, rounded up to whole ones; shape (stops,).
    fleet
        The buses.
    """
    at, load = _parts(pupils, max(fleet.sizes))
    yuan = metres * fleet.yuan_a_metre
    service = fleet.service(load.astype(np.float64))
    time = minutes[np.ix_(at, at)] + service[:, None]
    case = TourCase(
        out=yuan[-1, at],
        between=yuan[np.ix_(at, at)],
        home=yuan[at, -1],
        time=time,
        last=minutes[at, -1] + service,
        load=load,
        fixed=_cheapest(fleet),
        limit=fleet.most_minutes,
    )
    return Stops(at, load, case)


def plan_tours(stops: Stops, metres: Floats, fleet: Fleet, rounds: int) -> list[Tour]:
    """Find the tours of least cost a search comes upon; see `route_buses`.

    Parameters
    ----------
    stops
        Of `list_stops`.
    metres
        Shape (stops + 1, stops + 1), the school last.
    fleet
        The buses.
    rounds
        Rounds of the search.

    Raises
    ------
    DataError
        The extra `bus` is not installed.
    """
    if not len(stops.at):
        return []
    pyvrp = _pyvrp()
    data = _data(pyvrp, stops, fleet)
    sizes = sorted(fleet.sizes)
    start = [
        pyvrp.Route(data, list(route), sizes.index(_smallest(fleet, int(stops.load[list(route)].sum()))))
        for route in join_stops(stops.case)
    ]
    params = pyvrp.SolveParams(penalty=pyvrp.PenaltyParams(max_penalty=MOST_PENALTY))
    found = pyvrp.solve(
        data, pyvrp.stop.MaxIterations(rounds), seed=0, collect_stats=False, params=params,
        initial_solution=pyvrp.Solution(data, start),
    ).best  # fmt: skip
    if not found.is_feasible():
        raise RuntimeError("no tours although every stop can be fetched alone")
    routes = [tuple(int(one.idx) for one in route if one.is_client()) for route in found.routes()]
    return [_tour(stops, route, metres, fleet) for route in sorted(routes)]


def _data(pyvrp: Any, stops: Stops, fleet: Fleet) -> Any:
    """Lay out what PyVRP solves: from the garage a bus is at its first stop at once, but drives all the way."""
    case, n = stops.case, len(stops.at)
    yuan = np.zeros((n + 2, n + 2))
    yuan[GARAGE, 2:], yuan[2:, SCHOOL], yuan[2:, 2:] = case.out, case.home, case.between
    seconds = np.zeros((n + 2, n + 2))
    seconds[2:, SCHOOL], seconds[2:, 2:] = case.last, case.time
    np.fill_diagonal(seconds, 0.0)
    np.fill_diagonal(yuan, 0.0)
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0)] * (n + 2),
        clients=[pyvrp.Client(node + 2, delivery=[int(load)]) for node, load in enumerate(stops.load)],
        depots=[pyvrp.Depot(GARAGE), pyvrp.Depot(SCHOOL)],
        vehicle_types=[
            pyvrp.VehicleType(
                num_available=n,
                capacity=[size],
                start_depot=GARAGE,
                end_depot=SCHOOL,
                fixed_cost=round(cost.value),
                shift_duration=int(fleet.most_minutes * 60),
            )
            for size, cost in sorted(fleet.sizes.items())
        ],
        distance_matrices=[np.round(yuan).astype(np.int64)],
        # Rounded up, so that no tour is late by a second.
        duration_matrices=[np.ceil(seconds * 60 - 1e-6).astype(np.int64)],
    )


def _tour(stops: Stops, route: tuple[int, ...], metres: Floats, fleet: Fleet) -> Tour:
    """Tell when a bus is where: it is at the school as late as it may, and nowhere earlier than need be."""
    parts = np.asarray(route, dtype=np.intp)
    case, load = stops.case, stops.load[parts]
    legs = np.append(case.time[parts[:-1], parts[1:]], case.last[parts[-1]])
    end = -fleet.arrive[1]
    school = len(metres) - 1
    way = [school, *(int(at) for at in stops.at[parts]), school]
    return Tour(
        size=_smallest(fleet, int(load.sum())),
        stops=tuple(way[1:-1]),
        pupils=tuple(float(each) for each in load),
        minute=tuple(float(minute) for minute in end - np.cumsum(legs[::-1])[::-1]),
        end=end,
        metres=float(metres[way[:-1], way[1:]].sum()),
    )


def tour_cost(tours: list[Tour], fleet: Fleet) -> float:
    """Give the yuan a year of tours."""
    return sum(fleet.sizes[tour.size].value + tour.metres * fleet.yuan_a_metre for tour in tours)


def least_cost(stops: Stops, tours: list[Tour]) -> float:
    """Bound from below the yuan a year of any tours that fetch the children of each stop together.

    Parameters
    ----------
    stops
        Of `list_stops`.
    tours
        Tours that are known.
    """
    part = {(int(at), int(load)): k for k, (at, load) in reversed([*enumerate(zip(stops.at, stops.load, strict=True))])}
    known = [tuple(part[stop, int(load)] for stop, load in zip(tour.stops, tour.pupils, strict=True)) for tour in tours]
    return bound_tours(stops.case, known)


def _cheapest(fleet: Fleet) -> Floats:
    """Give the yuan a year of the cheapest bus for a load of 0, 1, 2 … children."""
    sizes = sorted(fleet.sizes)
    return np.array(
        [min(fleet.sizes[size].value for size in sizes if size >= load) for load in range(sizes[-1] + 1)], dtype=float
    )


def _smallest(fleet: Fleet, load: int) -> int:
    """Give the cheapest bus that seats so many; of equals the smallest."""
    return min((size for size in fleet.sizes if size >= load), key=lambda size: (fleet.sizes[size].value, size))


def _parts(pupils: Floats, most: int) -> tuple[Positions, Ints]:
    """Divide stops with more children than the largest bus seats; gives the stop and the children of each part."""
    stop: list[int] = []
    load: list[int] = []
    for at, number in enumerate(np.ceil(pupils - 1e-9).astype(int).tolist()):
        parts = [most] * (number // most) + ([number % most] if number % most else [])
        stop += [at] * len(parts)
        load += parts
    return np.array(stop, dtype=np.intp), np.array(load, dtype=np.int64)


def _pyvrp() -> Any:
    try:
        return import_module("pyvrp")
    except ImportError as error:
        raise refuse(
            "routing buses needs PyVRP, which is not installed",
            "编排校车线路需要 PyVRP，尚未安装",
            "pip install 'layout_planner[bus]'",
            "请运行 pip install 'layout_planner[bus]'",
        ) from error
