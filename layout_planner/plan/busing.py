"""`BusService`: stops and routes of school buses. A record only; `route_buses` works it out."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.base.units import Measured
from layout_planner.scenario import Bus

ROUTE_COLUMNS = ("school_id", "bus", "order", "stop_id", "pupils", "minute", "ride", "metres", "walk_metres")
BUS_COLUMNS = ("school_id", "bus", "size", "stops", "pupils", "longest_ride", "metres", "yuan")
RIDE_COLUMNS = (
    "name", "pupils", "riders", "not_served", "stops", "buses", "longest_ride", "mean_ride", "metres", "yuan",
    "yuan_a_pupil", "bound", "gap", "status",
)  # fmt: skip
UNSERVED_COLUMNS = ("school_id", "place_id", "grade", "group", "pupils", "reason")

NO_ROAD = Text("no road a bus may pass is near", "附近没有校车可通行的道路")
NO_WAY = Text("no way to the school that a bus may pass", "没有校车可通行的道路到校")
TOO_LONG = Text("the ride alone is longer than allowed", "仅单程乘车就超过时限")


@dataclass(frozen=True, eq=False, repr=False)
class BusService(Measured):
    """School buses for the pupils beyond reach.

    Parameters
    ----------
    stage
        The stage.
    schools
        Index school_id, `RIDE_COLUMNS`: pupils beyond reach; riders among them; buses; the longest and the mean
        ride in minutes; metres a morning, with the empty way out; yuan a year; a lower bound of the yuan, and how far
        above it they are at most (gap).
    buses
        `BUS_COLUMNS`, one row a bus.
    routes
        `ROUTE_COLUMNS`, one row a stop in the order of the ride: minute the bus leaves, counted from the bell
        (negative: before); ride: minutes from there to the school; metres of the bus from the stop before; how far
        the children of the stop walk at most.
    unserved
        `UNSERVED_COLUMNS`: pupils no bus can fetch, with the reason.
    prices
        Index price; value, unit, source.
    beyond
        Minutes beyond which pupils ride; None: the reach of the rules.
    """

    stage: str
    schools: pd.DataFrame
    buses: pd.DataFrame
    routes: pd.DataFrame
    unserved: pd.DataFrame
    prices: pd.DataFrame
    beyond: float | None = None

    def edits(self) -> list[Bus]:
        """Give the edits by which `solve` lets the riders come by bus: the farthest first, up to the riders' number."""
        return [
            Bus(str(school), stage=self.stage, beyond_minutes=self.beyond, capacity=int(riders))
            for school, riders in self.schools["riders"].items()
            if riders >= 1
        ]
