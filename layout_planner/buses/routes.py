"""School buses: stops and routes for the pupils beyond reach, with bus sizes, a longest ride and the bell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.base.proof import Proof
from layout_planner.buses.fleet import Fleet
from layout_planner.buses.stops import SchoolStops, gather_stops, pupils_to_fetch
from layout_planner.buses.tours import Tour, least_cost, list_stops, plan_tours, tour_cost
from layout_planner.plan import Plan
from layout_planner.plan.busing import (
    BUS_COLUMNS,
    RIDE_COLUMNS,
    ROUTE_COLUMNS,
    UNSERVED_COLUMNS,
    BusService,
)
from layout_planner.travel.rides import Rides, bus_rides


def route_buses(
    plan: Plan,
    stage: str,
    schools: Sequence[str] | None = None,
    *,
    beyond_minutes: float | None = None,
    grades: Iterable[int] | None = None,
    fleet: Fleet | None = None,
    rides: Rides | None = None,
    rounds: int = 2000,
) -> BusService:
    """Route school buses for the pupils beyond reach.

        min  Σ_buses (yuan of its size + yuan a km · km · 2 · days)

    Every school has its own buses. A bus goes out empty to its first stop and fetches children up to its seats; a child
    rides at most `longest`, is not fetched before `first`, and all are there within `arrive` before the bell: a
    vehicle routing problem with a mixed fleet and a longest ride (Golden et al. 1984; cited from memory), solved by
    iterated local search (PyVRP; Wouda, Lan & Kool 2024), with a lower bound by columns (`engines.tours`).

    Parameters
    ----------
    plan
        Whose pupils; its ways are those without a bus, on foot say.
    stage
        The stage.
    schools
        These schools only; every one with pupils beyond reach where left out.
    beyond_minutes
        Day pupils with a longer way than this ride; where left out, those beyond the reach of the plan's rules.
    grades
        These grades only.
    fleet
        Sizes, prices and limits; `Fleet()` where left out.
    rides
        What a bus needs from place to place; measured on the study's roads where left out.
    rounds
        Rounds of the search for each school; the same number gives the same routes.

    Returns
    -------
    BusService
        With the pupils no bus can fetch named.

    Raises
    ------
    DataError
        The extra `bus` is not installed; a school is not open for the stage.
    TravelError
        The study has no roads and no rides were given.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> now = lp.today(study, ways, stage="primary")
    >>> service = lp.route_buses(now, "primary", ["P036"], beyond_minutes=30, rounds=50)
    >>> service.schools[["pupils", "riders"]]
               pupils  riders
    school_id
    P036        236.0   236.0
    >>> bool(service.buses["longest_ride"].le(60).all())
    True
    """
    fleet = fleet or Fleet()
    far = pupils_to_fetch(plan, stage, schools, beyond_minutes, grades)
    ids = pd.Index(far["school_id"].unique())
    if rides is None and len(far):
        rides = bus_rides(plan.study, plan.study.place_points().loc[pd.Index(far["place_id"].unique())], ids)
    summaries: dict[str, dict[str, object]] = {}
    buses: list[tuple[object, ...]] = []
    routes: list[tuple[object, ...]] = []
    unserved: list[pd.DataFrame] = []
    for school in track(list(ids), Text("school buses", "校车线路")):
        assert rides is not None
        mine = far.loc[far["school_id"] == school]
        work = gather_stops(str(school), mine, rides, fleet)
        asked = list_stops(work.minutes, work.metres, work.pupils, fleet)
        tours = plan_tours(asked, work.metres, fleet, rounds)
        for number, tour in enumerate(tours, start=1):
            buses.append(_bus_row(work, number, tour, fleet))
            routes += _route_rows(work, number, tour)
        unserved.append(work.unserved)
        name = plan.study.school_name(str(school))
        summaries[str(school)] = {"name": name, **_summary(mine, work, tours, least_cost(asked, tours), fleet)}
    table = pd.DataFrame.from_dict(summaries, orient="index", columns=list(RIDE_COLUMNS)).rename_axis("school_id")
    filled = [part for part in unserved if len(part)]
    return BusService(
        stage=stage,
        schools=table,
        buses=pd.DataFrame(buses, columns=list(BUS_COLUMNS)),
        routes=pd.DataFrame(routes, columns=list(ROUTE_COLUMNS)),
        unserved=pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(UNSERVED_COLUMNS)),
        prices=fleet.table(),
        beyond=beyond_minutes,
    )


def _bus_row(work: SchoolStops, number: int, tour: Tour, fleet: Fleet) -> tuple[object, ...]:
    yuan = tour_cost([tour], fleet)
    ride = tour.end - tour.minute[0]
    return (work.school, number, tour.size, len(tour.stops), sum(tour.pupils), ride, tour.metres, yuan)


def _route_rows(work: SchoolStops, number: int, tour: Tour) -> list[tuple[object, ...]]:
    way = [len(work.stops), *tour.stops]
    return [
        (
            work.school,
            number,
            order + 1,
            work.stops[stop],
            tour.pupils[order],
            tour.minute[order],
            tour.end - tour.minute[order],
            float(work.metres[way[order], stop]),
            work.walk[stop],
        )
        for order, stop in enumerate(tour.stops)
    ]


def _summary(mine: pd.DataFrame, work: SchoolStops, tours: list[Tour], bound: float, fleet: Fleet) -> dict[str, object]:
    rides = [(tour.end - minute, n) for tour in tours for minute, n in zip(tour.minute, tour.pupils, strict=True)]
    riders = float(work.pupils.sum())
    yuan = tour_cost(tours, fleet)
    proof = Proof(yuan, min(bound, yuan), "yuan a year", "searched")
    return {
        "pupils": float(mine["pupils"].sum()),
        "riders": riders,
        "not_served": float(work.unserved["pupils"].sum()),
        "stops": len(work.stops),
        "buses": len(tours),
        "longest_ride": max((ride for ride, _ in rides), default=float("nan")),
        "mean_ride": sum(ride * n for ride, n in rides) / sum(n for _, n in rides) if rides else float("nan"),
        "metres": sum(tour.metres for tour in tours),
        "yuan": yuan,
        "yuan_a_pupil": yuan / riders if riders else float("nan"),
        "bound": proof.bound,
        "gap": proof.gap,
        "status": proof.status,
    }
