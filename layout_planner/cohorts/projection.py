"""Forecasting pupils: cohorts that live already grow up, cohorts to come follow the births.

For township T, grade g and autumn t, with B the births of the cohort (`births.cohort`) and N the children living there,

    N(T, t, g) = N(T, t₀, g − k) · R(g) / R(g − k)    k = t − t₀, while that cohort was in a grade at t₀;
    N(T, t, g) = B(T, t, g) · R(g) · a(T)             for cohorts that were too young then.

R(g) is the county's ratio of children to births by grade at t₀: survival and leaving in one, as the cross-section shows
them; a(T) the township's own ratio over the county's, from its primary and kindergarten grades. (Cohort-ratio method,
Hamilton and Perry 1962, on school grades.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.cohorts.births import GROWTH, cohort, extended, recorded
from layout_planner.study import TIDY, Study
from layout_planner.study.spread import spread

VARIANTS = ("low", "middle", "high")
TABLE_COLUMNS = ("variant", "year", "township_id", "stage", "grade", "pupils")
SEAT_COLUMNS = ("variant", "year", "township_id", "stage", "pupils", "seats", "gap", "load")

OWN_RATIO_BIRTHS = 200.0
"""A township's own ratio counts in full only with many births; with this many it counts half."""


@dataclass(frozen=True, eq=False)
class Forecast:
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
    """

    base: Study
    to: int
    table: pd.DataFrame
    notes: tuple[Text, ...] = field(default=())

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

        Township totals are kept to the child: rounded, then dealt out over the places as their children are now.
        Rolls, classes and attendance are those of no future year and are left empty.

        Raises
        ------
        DataError
            A year or variant the forecast does not have.
        """
        mine = self.table.loc[(self.table["year"] == year) & (self.table["variant"] == variant)]
        if mine.empty:
            raise refuse(
                f"the forecast has no year {year} in the variant {variant}",
                f"预测中没有 {year} 年（{variant}）",
                f"use {self.base.year + 1} … {self.to} and one of {', '.join(VARIANTS)}",
                f"可用 {self.base.year + 1} … {self.to} 年，方案 {'、'.join(VARIANTS)}",
            )
        pupils = _to_places(self.base, mine)
        empty = {name: pd.DataFrame(columns=list(TIDY[name])) for name in ("rolls", "attendance", "classes")}
        sources = dict(self.base.sources) | {"forecast": {"from": self.base.year, "year": year, "variant": variant}}
        return self.base.with_(year=year, pupils=pupils, sources=sources, **empty)

    def totals(self, variant: str = "middle") -> pd.DataFrame:
        """Give the county's children; index year, columns stages."""
        mine = self.table.loc[self.table["variant"] == variant]
        return mine.pivot_table(index="year", columns="stage", values="pupils", aggfunc="sum").rename_axis(columns=None)

    def intake(self, stage: str, variant: str = "middle") -> pd.Series[float]:
        """Give the children of a stage's entry grade; index year."""
        entry = self.base.grades(stage)[0]
        mine = self.table.loc[(self.table["variant"] == variant) & (self.table["grade"] == entry)]
        return mine.loc[mine["stage"] == stage].groupby("year")["pupils"].sum()

    def seats(self, class_limit: Mapping[str, float] | None = None) -> pd.DataFrame:
        """Set seats against children (学位供需), by township, stage and autumn.

        Parameters
        ----------
        class_limit
            Stage → pupils a class may hold, for schools whose classrooms are known.

        Returns
        -------
        pd.DataFrame
            `SEAT_COLUMNS`: seats of the schools that stand in the township and are open now; gap = seats − pupils
            (negative: seats are missing); load = pupils / seats.
        """
        study = self.base
        demand = self.table.groupby(["variant", "year", "township_id", "stage"], as_index=False)["pupils"].sum()
        parts = []
        for stage in demand["stage"].unique():
            open_now = study.offering(stage)
            seats = study.seats(stage, (class_limit or {}).get(stage)).reindex(open_now)
            parts.append(
                pd.DataFrame(
                    {
                        "township_id": study.schools["township_id"].reindex(open_now).to_numpy(),
                        "stage": stage,
                        "seats": seats.replace(np.inf, np.nan).to_numpy(),
                    }
                )
            )
        supply = pd.concat(parts).groupby(["township_id", "stage"], as_index=False)["seats"].sum()
        table = demand.merge(supply, on=["township_id", "stage"], how="left").fillna({"seats": 0.0})
        table["gap"] = table["seats"] - table["pupils"]
        table["load"] = (table["pupils"] / table["seats"]).where(table["seats"] > 0)
        return table[list(SEAT_COLUMNS)]

    @cached_property
    def peaks(self) -> pd.DataFrame:
        """The year with most children; index (variant, stage), columns year and pupils."""
        sums = self.table.groupby(["variant", "stage", "year"])["pupils"].sum().reset_index()
        top = sums.loc[sums.groupby(["variant", "stage"])["pupils"].idxmax()]
        return top.set_index(["variant", "stage"])


def forecast(
    study: Study,
    to: int,
    *,
    growth: Mapping[str, float] | None = None,
    births: pd.DataFrame | None = None,
    to_town: float = 0.0,
    estates: bool = True,
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
    to_town
        Share of the children of villages (urban_rural 2xx) that moves to the towns (1xx) each year, spread by the
        towns' children.
    estates
        Add the children of estates (table `estates`: place_id, homes, year, yield_<stage>) from the year they are
        handed over.

    Returns
    -------
    Forecast
        Low, middle and high. The method and its sources stand in this module's head.

    Raises
    ------
    DataError
        No births, a year not after the study's, or a share outside 0 … 1.
    """
    if to <= study.year or not 0 <= to_town < 1:
        raise refuse(
            f"to must come after {study.year} and to_town lie in [0, 1)",
            f"to 须晚于 {study.year}，to_town 须在 [0, 1) 内",
            "correct the arguments",
            "请更正参数",
        )
    table = recorded(study.births)
    now = _residents(study, table.index)
    ratios = _ratios(now, table, study.year)
    parts: list[pd.DataFrame] = []
    for variant, change in (growth or GROWTH).items():
        given = None
        if births is not None and (births["variant"] == variant).any():
            own = births.loc[births["variant"] == variant]
            given = own.pivot_table(index="township_id", columns="year", values="count", aggfunc="sum")
        extended_births = extended(table, to, change, given)
        parts += [
            _year(study, now, ratios, extended_births, year).assign(variant=variant, year=year)
            for year in range(study.year + 1, to + 1)
        ]
    whole = pd.concat(parts, ignore_index=True)
    notes = [
        Text(
            f"Births are recorded to {table.columns.max()}; after that "
            + ", ".join(f"{name} {change:+.0%} a year" for name, change in (growth or GROWTH).items())
            + ".",
            f"出生人口记录至 {table.columns.max()} 年；此后每年"
            + "、".join(f"{name} {change:+.0%}" for name, change in (growth or GROWTH).items())
            + "。",
        )
    ]
    if to_town > 0:
        whole = _move_to_town(study, whole, to_town)
        notes.append(
            Text(f"{to_town:.1%} of village children move to town a year.", f"农村儿童每年 {to_town:.1%} 进城。")
        )
    if estates and "estates" in study.extra and len(study.extra["estates"]):
        whole = _with_estates(study, whole)
        notes.append(Text("Children of estates to be handed over are added.", "已计入待交付小区的学龄儿童。"))
    return Forecast(study, to, whole[list(TABLE_COLUMNS)], tuple(notes))


def backtest(study: Study) -> pd.DataFrame:
    """Reckon today's residents from births alone, and say how far off that is.

    One ratio of children to births for each stage: what the births explain, without knowing the grades.

    Returns
    -------
    pd.DataFrame
        Index (stage, grade): births of the cohort, expected, residents, error (expected / residents − 1), and
        township_error, the mean absolute error of the townships weighted by their residents.
    """
    table = recorded(study.births)
    now = _residents(study, table.index)
    rows = []
    for stage in dict.fromkeys(now["stage"]):
        grades = [grade for grade in study.grades(stage) if cohort(table, grade, study.year).notna().all()]
        if not grades:
            continue
        born = pd.concat({g: cohort(table, g, study.year) for g in grades}, axis=1)
        here = now.loc[now["stage"] == stage].pivot(index="township_id", columns="grade", values="pupils")[grades]
        expected = born * (here.to_numpy().sum() / born.to_numpy().sum())
        for grade in grades:
            residents = here[grade].sum()
            rows.append(
                {
                    "stage": stage,
                    "grade": grade,
                    "births": born[grade].sum(),
                    "expected": expected[grade].sum(),
                    "residents": residents,
                    "error": expected[grade].sum() / residents - 1 if residents else np.nan,
                    "township_error": (expected[grade] - here[grade]).abs().sum() / residents if residents else np.nan,
                }
            )
    return pd.DataFrame(rows).set_index(["stage", "grade"])


@dataclass(frozen=True, eq=False)
class _Ratios:
    """Children over births: the county's by (stage, grade), and the townships' own factors by stage."""

    county: pd.Series[float]
    own: pd.DataFrame


def _residents(study: Study, townships: pd.Index) -> pd.DataFrame:
    """Give today's children by township, stage and grade, in full: every combination once."""
    home = study.pupils["place_id"].map(study.places["township_id"])
    sums = study.pupils.groupby([home.rename("township_id"), "stage", "grade"])["pupils"].sum()
    keys = [
        (t, s, g)
        for s in study.stages
        if (study.pupils["stage"] == s).any()
        for g in study.grades(s)
        for t in townships
    ]
    index = pd.MultiIndex.from_tuples(keys, names=["township_id", "stage", "grade"])
    return sums.reindex(index, fill_value=0.0).reset_index()


def _ratios(now: pd.DataFrame, births: pd.DataFrame, year: int) -> _Ratios:
    county, own = {}, {}
    for stage, rows in now.groupby("stage"):
        here = rows.pivot(index="township_id", columns="grade", values="pupils")
        born = pd.concat({grade: cohort(births, grade, year) for grade in here.columns}, axis=1)
        known = born.columns[born.notna().all()]
        for grade in here.columns:
            at = grade if grade in known else (known[0] if len(known) else None)
            if at is None:
                continue
            county[(stage, grade)] = here[at].sum() / born[at].sum() if born[at].sum() > 0 else 0.0
        if len(known):
            expected = (born[known] * pd.Series({g: county[(stage, g)] for g in known})).sum(axis=1)
            factor = (here[known].sum(axis=1) / expected.where(expected > 0)).fillna(1.0)
            trust = expected / (expected + OWN_RATIO_BIRTHS)
            own[stage] = trust * factor + (1 - trust)
    return _Ratios(pd.Series(county), pd.DataFrame(own))


def _year(study: Study, now: pd.DataFrame, ratios: _Ratios, births: pd.DataFrame, year: int) -> pd.DataFrame:
    """Reckon one autumn: grown-up cohorts from today's children, younger ones from births."""
    step = year - study.year
    today = now.pivot(index="township_id", columns=["stage", "grade"], values="pupils")
    parts = []
    for stage, grade in today.columns:
        before = _stage_before(study, stage, grade - step)
        ratio = ratios.county.get((stage, grade), np.nan)
        if before is not None and (before, grade - step) in today.columns:
            then = ratios.county.get((before, grade - step), np.nan)
            pupils = today[(before, grade - step)] * (ratio / then if then > 0 else 1.0)
        else:
            pupils = cohort(births, grade, year) * ratio * ratios.own[stage].reindex(births.index)
        parts.append(pupils.rename("pupils").rename_axis("township_id").reset_index().assign(stage=stage, grade=grade))
    return pd.concat(parts, ignore_index=True).fillna({"pupils": 0.0})


def _stage_before(study: Study, stage: str, grade: int) -> str | None:
    """Tell in which stage the children were when they were in a lower grade; None when they were too young for any.

    Special and vocational schools run beside the main way: their pupils were in the same stage, or on the main way
    before it began.
    """
    if grade in study.grades(stage):
        return stage
    main = [s for s in ("kindergarten", "primary", "junior", "senior") if grade in study.grades(s)]
    return main[0] if main and stage != "special" else None


def _move_to_town(study: Study, table: pd.DataFrame, share: float) -> pd.DataFrame:
    """Move a share of village children to the towns each year, spread by the towns' own children."""
    code = study.townships["urban_rural"].astype("string").reindex(table["township_id"])
    village = code.str.startswith("2").fillna(False).to_numpy(dtype=bool)
    years = table["year"] - study.year
    leaving = np.where(village, table["pupils"] * (1.0 - (1.0 - share) ** years), 0.0)
    keys = ["variant", "year", "stage", "grade"]
    total = pd.Series(leaving, index=table.index).groupby([table[k] for k in keys]).transform("sum")
    town = table["pupils"].where(~village, 0.0)
    weight = (town / town.groupby([table[k] for k in keys]).transform("sum")).fillna(0.0)
    return table.assign(pupils=table["pupils"] - leaving + total * weight)


def _with_estates(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Add the children of estates from the autumn they are handed over, evenly over the grades of a stage."""
    added = table.set_index(["variant", "year", "township_id", "stage", "grade"])["pupils"].copy()
    home = study.places["township_id"]
    for row in study.extra["estates"].to_dict("records"):
        for stage in dict.fromkeys(table["stage"]):
            children = float(row.get("homes") or 0.0) * float(row.get(f"yield_{stage}") or 0.0)
            if not children or np.isnan(children):
                continue
            grades = study.grades(stage)
            at = (
                (added.index.get_level_values("year") >= int(row["year"]))
                & (added.index.get_level_values("township_id") == home[row["place_id"]])
                & (added.index.get_level_values("stage") == stage)
            )
            added[at] += children / len(grades)
    return added.reset_index()


def _to_places(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Deal township totals out over places and groups, as the children of the stage are now; whole and total-true."""
    now = study.pupils.assign(township_id=study.pupils["place_id"].map(study.places["township_id"]))
    shares = now.groupby(["stage", "township_id", "place_id", "group"], observed=True)["pupils"].sum()
    parts = []
    for (stage, township), rows in table.groupby(["stage", "township_id"], sort=True):
        if (stage, township) not in shares.index:
            mine = study.places.index[study.places["township_id"] == township]
            if not len(mine):
                continue
            own = pd.Series(1.0, index=pd.MultiIndex.from_product([mine, ["local"]], names=["place_id", "group"]))
        else:
            own = shares.loc[(stage, township)]
        dealt = spread(np.round(rows["pupils"].to_numpy(dtype=float)), own.to_numpy(dtype=float))
        at, column = np.nonzero(dealt > 0)
        labels = own.index[column]
        parts.append(
            pd.DataFrame(
                {
                    "place_id": labels.get_level_values("place_id"),
                    "stage": stage,
                    "grade": rows["grade"].to_numpy()[at],
                    "group": labels.get_level_values("group"),
                    "pupils": dealt[at, column],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[list(TIDY["pupils"])]
