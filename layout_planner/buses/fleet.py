"""Which buses there are, what they cost, and what a ride may be like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.base.cited import Cited
from layout_planner.base.errors import refuse
from layout_planner.base.units import in_units

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

    @in_units()
    def table(self) -> pd.DataFrame:
        """List the prices: index price; value, unit, source."""
        rows = {f"bus of {seats}": cited for seats, cited in sorted(self.sizes.items())}
        rows |= {"kilometre": self.kilometre, "days": self.days, "longest": self.longest}
        table = {name: (cited.value, cited.unit, cited.source) for name, cited in rows.items()}
        return pd.DataFrame.from_dict(table, orient="index", columns=["value", "unit", "source"]).rename_axis("price")
