"""Forecasting pupils: cohorts that live already grow up, cohorts to come follow the births.

The cohort-ratio method on school grades, whose formulas stand in `reckoning`. What the cross-section cannot know a
planner may say: another progression, a township's net migration, the move to town, estates, the quotas of private
schools.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.memory import kept
from layout_planner.base.messages import Text
from layout_planner.base.shown import SIMULATED, Line, Shown, count
from layout_planner.base.units import NUMBER, Measured, in_units
from layout_planner.cohorts.births import GROWTH, VARIANT_NAMES, extended, recorded
from layout_planner.cohorts.homes import ESTATE_COLUMNS, estate_children, private_path, private_seats, to_places
from layout_planner.cohorts.reckoning import (
    Ratios,
    autumn,
    moved_to_town,
    progressing,
    ratios_of,
    residents,
    stage_before,
    with_estates,
)
from layout_planner.study import TIDY, Study
from layout_planner.study.stages import STAGE_NAMES, cohort_year

VARIANTS = ("low", "middle", "high")
TABLE_COLUMNS = ("variant", "year", "township_id", "stage", "grade", "pupils")
SEAT_COLUMNS = ("variant", "year", "area", "stage", "pupils", "seats", "gap", "load", "warning", "unknown")

WARNING: Mapping[str, float] = {"yellow": 0.9, "orange": 1.0, "red": 1.1}
"""Pupils a seat from which a warning (学位预警) is given. No document sets them: they are the planner's to choose."""

UNKNOWN = "unknown"
"""The warning of an area where the seats of a school are not known."""


@dataclass(frozen=True, eq=False, repr=False)
class Forecast(Measured, Shown):
    """Pupils to come, by where they live.

    Parameters
    ----------
    base
        The study it starts from.
    to
        Last autumn.
    table
        `TABLE_COLUMNS`: children living in a township, by variant, autumn, stage and grade; not rounded.
    notes
        What was assumed, in both languages.
    estates
        `ESTATE_COLUMNS`: children of estates to be handed over, inside `table`, from which autumn on and where.
    private
        Share of a stage's pupils that private schools may have, index year, columns stages; without a column: as today.
    """

    UNITS: ClassVar = {"private": dict.fromkeys(STAGE_NAMES, NUMBER)}

    base: Study
    to: int
    table: pd.DataFrame
    notes: tuple[Text, ...] = field(default=())
    estates: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(ESTATE_COLUMNS)))
    private: pd.DataFrame = field(default_factory=pd.DataFrame)

    def _heading(self) -> str:
        return f"Forecast of {self.base.name!r} {self.base.year} – {self.to}"

    def _lines(self) -> Iterator[Line]:
        if self.base.simulated:
            yield SIMULATED
        low, middle, high = (self.totals(variant) for variant in VARIANTS)
        for stage in self.base.stages:
            if stage not in middle:
                continue
            first, last = middle[stage].iloc[0], middle[stage].iloc[-1]
            seats = self.base.seats(stage)[self.base.offering(stage)].replace(np.inf, np.nan).sum(skipna=False)
            told = f"{count(last)} ({count(low[stage].iloc[-1])} – {count(high[stage].iloc[-1])})"
            en = f"{count(first)} children in {middle.index[0]} → {told} in {self.to}, {count(seats)} seats today"
            zh = f"{middle.index[0]} 年 {count(first)} 人 → {self.to} 年 {told} 人，现有学位 {count(seats)}"
            yield Text(*STAGE_NAMES[stage]), Text(en, zh)
        yield Text("notes", "说明"), len(self.notes)

    @property
    def low(self) -> Study:
        """The study in the last year, if births keep falling fast."""
        return self.study(self.to, "low")

    @property
    def middle(self) -> Study:
        """The study in the last year, on the middle course."""
        return self.study(self.to, "middle")

    @property
    def high(self) -> Study:
        """The study in the last year, if births fall no further."""
        return self.study(self.to, "high")

    def study(self, year: int, variant: str = "middle") -> Study:
        """Give the study of a later year: the same places and schools, the children of then.

        Township totals are kept to the child: rounded, then dealt out over the places as their children are now, those
        of estates at their place. Private schools held to a quota have no more seats than it leaves them. Rolls,
        classes and attendance are those of no future year and are left empty.

        Raises
        ------
        DataError
            A year or variant the forecast does not have.
        """
        return _study_of(self, year, variant)

    @in_units(**dict.fromkeys(STAGE_NAMES, "pupils"))
    def totals(self, variant: str = "middle") -> pd.DataFrame:
        """Give the county's children; index year, columns stages."""
        mine = self.table.loc[self.table["variant"] == variant]
        return mine.pivot_table(index="year", columns="stage", values="pupils", aggfunc="sum").rename_axis(columns=None)

    @in_units()
    def intake(self, stage: str, variant: str = "middle") -> pd.Series[float]:
        """Give the children of a stage's entry grade; index year."""
        entry = self.base.grades(stage)[0]
        mine = self.table.loc[(self.table["variant"] == variant) & (self.table["grade"] == entry)]
        return mine.loc[mine["stage"] == stage].groupby("year")["pupils"].sum()

    @in_units(gap="seats", unknown="schools")
    def seats(
        self,
        class_limit: Mapping[str, float] | None = None,
        areas: pd.Series | None = None,
        warning: Mapping[str, float] = WARNING,
    ) -> pd.DataFrame:
        """Set seats against children (学位供需), by area, stage and autumn.

        Parameters
        ----------
        class_limit
            Stage → pupils a class may hold, for schools whose classrooms are known.
        areas
            Township → area (a management district, town or country); index township_id. Each township for itself
            where left out.
        warning
            Name of a warning (学位预警) → pupils a seat from which it is given.

        Returns
        -------
        pd.DataFrame
            `SEAT_COLUMNS`: seats of the schools that stand in the area and are open now, private ones no more than
            their quota; gap = seats − pupils (negative: seats are missing); load = pupils / seats; warning "" for
            none; unknown: how many of those schools have seats that nobody returned. Where there is one, seats, gap
            and load are missing and the warning is "unknown": a sum that leaves it out would be another number.
        """
        townships = self.base.townships.index
        area = pd.Series(townships, index=townships) if areas is None else areas
        demand = self.table.assign(area=self.table["township_id"].map(area))
        demand = demand.groupby(["variant", "year", "area", "stage"], as_index=False)["pupils"].sum()
        supply = [self._supply(stage, area, (class_limit or {}).get(stage)) for stage in demand["stage"].unique()]
        table = demand.merge(pd.concat(supply), on=["variant", "year", "area", "stage"], how="left")
        # An area without a school has no seats, and that is known.
        table["unknown"] = table["unknown"].fillna(0).astype(int)
        table["seats"] = table["seats"].fillna(0.0).where(table["unknown"] == 0)
        table["gap"] = table["seats"] - table["pupils"]
        table["load"] = (table["pupils"] / table["seats"]).where(table["seats"] > 0)
        full = table["load"].where(table["seats"] != 0, np.where(table["pupils"] > 0, np.inf, 0.0))
        table["warning"] = ""
        for name, least in sorted(warning.items(), key=lambda item: item[1]):
            table.loc[full >= least, "warning"] = name
        table.loc[table["unknown"] > 0, "warning"] = UNKNOWN
        return table[list(SEAT_COLUMNS)]

    def _supply(self, stage: str, area: pd.Series, class_limit: float | None) -> pd.DataFrame:
        """Give the seats of a stage by variant, autumn and area."""
        study = self.base
        open_now = study.offering(stage)
        seats = study.seats(stage, class_limit).reindex(open_now).replace(np.inf, np.nan)
        where = study.schools["township_id"].reindex(open_now).map(area)
        sums = self.table.loc[self.table["stage"] == stage].groupby(["variant", "year"])["pupils"].sum()
        rows = []
        for (variant, year), pupils in sums.items():
            then = seats
            if stage in self.private:
                quota = private_seats(study, stage, self.private.at[year, stage] * pupils, class_limit)
                then = seats.copy()
                then[quota.index] = quota
            told = pd.DataFrame({"seats": then, "unknown": then.isna()})
            by_area = told.groupby(where).sum().rename_axis("area").reset_index()
            rows.append(by_area.assign(variant=variant, year=year, stage=stage))
        return pd.concat(rows)

    @cached_property
    @in_units()
    def peaks(self) -> pd.DataFrame:
        """The year with most children; index (variant, stage), columns year and pupils."""
        sums = self.table.groupby(["variant", "stage", "year"])["pupils"].sum().reset_index()
        top = sums.loc[sums.groupby(["variant", "stage"])["pupils"].idxmax()]
        return top.set_index(["variant", "stage"])


@kept
def _study_of(forecast: Forecast, year: int, variant: str) -> Study:
    """Give the study of a later year; it is asked for once a stage, and dealing the children out takes its time."""
    mine = forecast.table.loc[(forecast.table["year"] == year) & (forecast.table["variant"] == variant)]
    if mine.empty:
        raise refuse(
            f"the forecast has no year {year} in the variant {variant}",
            f"预测中没有 {year} 年（{variant}）",
            f"use {forecast.base.year + 1} … {forecast.to} and one of {', '.join(VARIANTS)}",
            f"可用 {forecast.base.year + 1} … {forecast.to} 年，方案 {'、'.join(VARIANTS)}",
        )
    pupils = to_places(forecast.base, mine, forecast.estates.loc[forecast.estates["year"] <= year])
    empty = {name: pd.DataFrame(columns=list(TIDY[name])) for name in ("rolls", "attendance", "classes")}
    told = {"from": forecast.base.year, "year": year, "variant": variant}
    sources = dict(forecast.base.sources) | {"forecast": told}
    offers = forecast.base.offers.copy()
    for stage in forecast.private.columns:
        seats = private_seats(forecast.base, stage, forecast.private.at[year, stage] * _sum_of(mine, stage))
        offers.loc[pd.MultiIndex.from_product([seats.index, [stage]]), "seats"] = np.floor(seats.to_numpy())
    return forecast.base.with_(year=year, pupils=pupils, offers=offers, sources=sources, **empty)


def forecast(
    study: Study,
    to: int,
    *,
    growth: Mapping[str, float] | None = None,
    births: pd.DataFrame | None = None,
    progression: Mapping[int, float] | None = None,
    migration: Mapping[str, float] | None = None,
    to_town: float = 0.0,
    estates: bool = True,
    private: Mapping[str, float] | None = None,
    private_by: int | None = None,
) -> Forecast:
    """Forecast the children of every autumn to come.

    Parameters
    ----------
    study
        With `births` by township, back to the cohorts that are in school now.
    to
        Last autumn.
    growth
        Variant → change of births a year after the last recorded one; `GROWTH` where left out.
    births
        Births to come by the planner's own reckoning: township_id, year, count, variant (of `VARIANTS`).
    progression
        Grade → children in it for each child who was in the grade before it a year earlier; as the cross-section
        shows where left out.
    migration
        Township → net change of its children a year by moving in and out of the county, −0.01 for one per cent fewer.
    to_town
        Share of the children of villages (urban_rural 2xx) that moves to the towns (1xx) each year, spread by the
        towns' children.
    estates
        Add the children of estates (table `estates`: place_id, homes, year, yield_<stage>) from the year they are
        handed over, evenly over the grades.
    private
        Stage → share of its pupils that private schools may have from `private_by` on; until then the share goes there
        in equal steps from today's. The others come back to public seats.
    private_by
        The autumn the quota holds from; `to` where left out.

    Returns
    -------
    Forecast
        Low, middle and high. The method and its sources stand in the head of `reckoning`.

    Raises
    ------
    DataError
        No births, a year not after the study's, a share outside 0 … 1, an unknown township or stage.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> coming = lp.forecast(study, to=2026)
    >>> coming.totals("middle")[["primary", "junior"]].round(-2)
          primary   junior
    year
    2024  54800.0  25100.0
    2025  52700.0  25200.0
    2026  49200.0  25400.0
    """
    _check(study, to, to_town, progression or {}, migration or {}, private or {}, private_by)
    table = recorded(study.births)
    now = residents(study, table.index)
    ratios = progressing(study, ratios_of(now, table, cohort_year(study.year, study.calendar)), progression or {})
    parts: list[pd.DataFrame] = []
    for variant, change in (growth or GROWTH).items():
        given = None
        if births is not None and (births["variant"] == variant).any():
            own = births.loc[births["variant"] == variant]
            given = own.pivot_table(index="township_id", columns="year", values="count", aggfunc="sum")
        extended_births = extended(table, to, change, given)
        parts += [
            autumn(study, now, ratios, extended_births, year).assign(variant=variant, year=year)
            for year in range(study.year + 1, to + 1)
        ]
    whole = pd.concat(parts, ignore_index=True)
    notes = [_told_births(int(table.columns.max()), growth or GROWTH), *_told_too_late(study, now, table, ratios, to)]
    if progression:
        shown = ", ".join(f"{grade}: {ratio:.3f}" for grade, ratio in sorted(progression.items()))
        notes.append(Text(f"Progression into a grade, as given: {shown}.", f"升级率（给定）：{shown}。"))
    if migration:
        yearly = whole["township_id"].map(migration).fillna(0.0)
        whole = whole.assign(pupils=whole["pupils"] * (1.0 + yearly) ** (whole["year"] - study.year))
        told = f"{len(migration)}"
        notes.append(Text(f"Net migration is given for {told} townships.", f"已计入 {told} 个乡镇给定的净迁移。"))
    if to_town > 0:
        whole = moved_to_town(study, whole, to_town)
        notes.append(
            Text(f"{to_town:.1%} of village children move to town a year.", f"农村儿童每年 {to_town:.1%} 进城。")
        )
    coming = estate_children(study, to) if estates else estate_children(study, study.year)
    if len(coming):
        whole = with_estates(study, whole, coming)
        notes.append(Text("Children of estates to be handed over are added.", "已计入待交付小区的学龄儿童。"))
    quotas = private_path(study, private or {}, private_by or to, to)
    for stage in quotas.columns:
        en, zh = STAGE_NAMES[stage]
        first, last = quotas[stage].iloc[0], quotas[stage].iloc[-1]
        notes.append(
            Text(
                f"Private schools' share of {en} pupils goes from {first:.1%} to {last:.1%}.",
                f"民办{zh}在校生占比由 {first:.1%} 降至 {last:.1%}。",
            )
        )
    return Forecast(study, to, whole[list(TABLE_COLUMNS)], tuple(notes), coming, quotas)


def _check(
    study: Study,
    to: int,
    to_town: float,
    progression: Mapping[int, float],
    migration: Mapping[str, float],
    private: Mapping[str, float],
    private_by: int | None,
) -> None:
    """Refuse arguments that make no forecast."""
    last = max(to, study.year + 1)
    wrong = [
        (to <= study.year, f"to= must be later than {study.year}", f"to= 须晚于 {study.year}"),
        (not 0 <= to_town < 1, "to_town= lies from 0 to below 1", "to_town= 须在 0 与 1 之间（不含 1）"),
        (
            not study.year < (private_by or last) <= last,
            f"private_by= lies from {study.year + 1} to {last}",
            f"private_by= 须在 {study.year + 1} 与 {last} 之间",
        ),
    ]
    said = [(en, zh) for is_wrong, en, zh in wrong if is_wrong]
    if said:
        raise refuse("; ".join(en for en, _ in said), "；".join(zh for _, zh in said), "correct it", "请更正")
    for given, known, en, zh in (
        (migration, study.townships.index, "township", "乡镇"),
        (private, study.stages, "stage", "学段"),
    ):
        for name in given:
            if name not in known:
                hint = did_you_mean(name, known)
                raise refuse(
                    f'there is no {en} "{name}"{hint.en}', f"没有{zh}“{name}”{hint.zh}", "correct it", "请更正"
                )
    bad = any(not 0 <= share <= 1 for share in private.values()) or any(rate <= -1 for rate in migration.values())
    if bad or any(not ratio > 0 for ratio in progression.values()):
        raise refuse(
            "shares of private schools (private=) lie from 0 to 1, migration= above −1, progression= above 0",
            "民办占比（private=）须在 0 与 1 之间，迁移率（migration=）须大于 −1，升级率（progression=）须大于 0",
            "correct them",
            "请更正",
        )


def _told_births(last: int, growth: Mapping[str, float]) -> Text:
    courses = [f"{name} {change:+.0%}" for name, change in growth.items()]
    courses_zh = [f"{VARIANT_NAMES.get(name, Text(name, name)).zh} {change:+.0%}" for name, change in growth.items()]
    return Text(
        f"Births are recorded to {last}; after that " + ", ".join(f"{course} a year" for course in courses) + ".",
        f"出生人口记录至 {last} 年；此后每年" + "、".join(courses_zh) + "。",
    )


def _told_too_late(study: Study, now: pd.DataFrame, births: pd.DataFrame, ratios: Ratios, to: int) -> Iterator[Text]:
    """Say which stages births cannot reach, whose numbers go on as today's."""
    first = int(births.columns.min())
    for stage in dict.fromkeys(now["stage"]):
        grades = study.grades(str(stage))
        unweighed = stage not in ratios.own
        entering = any(
            cohort_year(year, study.calendar) - 6 - grades[0] < first
            for year in range(study.year + 1, to + 1)
            if stage_before(study, str(stage), grades[0] - (year - study.year)) not in set(now["stage"])
        )
        if unweighed or entering:
            en, zh = STAGE_NAMES[str(stage)]
            yield Text(
                f"Births begin in {first}, too late for some cohorts of {en}: these go on with today's numbers.",
                f"出生人口自 {first} 年起，晚于{zh}部分年级的出生年份：这些年级沿用现有人数。",
            )


def _sum_of(table: pd.DataFrame, stage: str) -> float:
    return float(table.loc[table["stage"] == stage, "pupils"].sum())
