"""What things cost: the prices by which ways, running and building are added up to yuan a year."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from layout_planner.base.cited import Cited
from layout_planner.base.errors import refuse
from layout_planner.base.units import in_units
from layout_planner.study import Study

_MINUTE = Cited(0.2, "yuan a minute", "assumed: 12 yuan an hour of a carer's time", "user")
_WAYS = Cited(400.0, "ways a year", "200 school days, there and back", "memory")
_OVERHEAD = Cited(0.15, "1", "assumed: head, caretaker, heating, upkeep", "user")
_SCHOOL = Cited(300_000.0, "yuan a year", "assumed", "user")
_FLOOR_PUPILS = Cited(100.0, "pupils", "国发〔2015〕67号：不足100人的学校按100人核定公用经费", "memory")
_FLOOR = Cited(720.0, "yuan a pupil a year", "2023 primary running fund (公用经费基准定额)", "verified")
_FLOOR_JUNIOR = Cited(940.0, "yuan a pupil a year", "2023 junior running fund (公用经费基准定额)", "verified")
_SEAT = Cited(32_000.0, "yuan", "assumed: 10 m² a seat at 3,200 yuan", "user")
_POINT = Cited(120_000.0, "yuan a year", "assumed: two teachers' allowances, heating, upkeep", "user")
_BUS_SEAT = Cited(1_200.0, "yuan a pupil a year", "assumed: attendant, insurance, bus written off", "user")
_BUS_KM = Cited(0.5, "yuan a pupil-km", "assumed: driver, fuel, upkeep", "user")
_BUS_SPEED = Cited(25.0, "km an hour", "assumed: hill roads with stops", "user")
_BED = Cited(3_000.0, "yuan a boarder a year", "assumed: wardens, canteen, upkeep of beds", "user")
_HOME = Cited(2_500.0, "yuan a boarder a year", "assumed: food beyond the subsidy, bedding", "user")
_WEEKS = Cited(80.0, "ways a year", "40 weeks, there and back", "memory")
_YEARS = Cited(50.0, "years", "GB 50352 design life of ordinary buildings", "memory")


DIVISORS = ("years", "bus_speed")
"""Prices that others are divided by."""


@dataclass(frozen=True)
class Money:
    """Prices, each with its unit and where it is from; all may be changed (`with_`).

    Parameters
    ----------
    minute
        A child's minute on the way.
    ways
        Ways to school and home a year.
    overhead
        Share of a school's running cost that ends when it closes; the rest follows the pupils.
    school
        Running cost that ends with a school whose running cost is not known.
    floor_pupils, floor, floor_junior
        A school with fewer pupils is funded as if it had so many; the running fund of one pupil (of the junior stage).
    point
        Running cost that ends with a teaching point.
    bus_seat, bus_km, bus_speed
        A school bus: what a pupil who rides costs a year and a kilometre, and how fast it is.
    bed, home
        What a boarder costs the school, and the household, a year.
    weeks
        Ways to school and home a year of a boarder.
    seat
        Building one seat, where the site's own cost is not known; of a rebuilt school every seat.
    years
        Years over which a building is written off, evenly.
    """

    minute: Cited = _MINUTE
    ways: Cited = _WAYS
    overhead: Cited = _OVERHEAD
    school: Cited = _SCHOOL
    floor_pupils: Cited = _FLOOR_PUPILS
    floor: Cited = _FLOOR
    floor_junior: Cited = _FLOOR_JUNIOR
    point: Cited = _POINT
    bus_seat: Cited = _BUS_SEAT
    bus_km: Cited = _BUS_KM
    bus_speed: Cited = _BUS_SPEED
    bed: Cited = _BED
    home: Cited = _HOME
    weeks: Cited = _WEEKS
    seat: Cited = _SEAT
    years: Cited = _YEARS

    def with_(self, reason: str = "set by the user", **values: float) -> Money:
        """Return a copy with some prices changed.

        Raises
        ------
        DataError
            No such price, or not a number of at least 0 (years and bus_speed: above 0).
        """
        known = {f.name for f in fields(self)}
        for name, value in values.items():
            if name not in known or not np.isfinite(value) or value < (1e-9 if name in DIVISORS else 0):
                raise refuse(
                    f"{name}={value!r} is not a price this program knows, or below 0",
                    f"{name}={value!r} 不是可用的单价，或小于 0",
                    f"use {', '.join(sorted(known))} with numbers",
                    f"可用：{'、'.join(sorted(known))}，取数值",
                )
        changed = {k: Cited(float(v), getattr(self, k).unit, reason, "user") for k, v in values.items()}
        return replace(self, **changed)

    @in_units()
    def table(self) -> pd.DataFrame:
        """List the prices.

        Returns
        -------
        pd.DataFrame
            Index price; value, unit, source, mark.
        """
        rows = {f.name: vars(getattr(self, f.name)) for f in fields(self)}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("price")

    def of_minute(self) -> float:
        """Give yuan a year for each minute of one child's way."""
        return self.minute.value * self.ways.value

    def of_floor(self, stage: str) -> float:
        """Give the running fund of one pupil of a stage, by which small schools are funded as larger; yuan a year."""
        return (self.floor_junior if stage == "junior" else self.floor).value

    def of_running(self, study: Study, stage: str, schools: pd.Index) -> tuple[pd.Series[float], float]:
        """Give what ends when each school closes, and what follows the pupils, both yuan a year.

        A school of two stages pays for the stage by its own row of `offers`.
        """
        offers = study.offers.xs(stage, level="stage")
        column = offers["running_cost"] if "running_cost" in offers else pd.Series(np.nan, offers.index)
        cost = column.reindex(schools).astype(float)
        ends = (cost * self.overhead.value).fillna(self.school.value)
        return ends.rename("running"), float((cost * (1.0 - self.overhead.value)).fillna(0.0).sum())
