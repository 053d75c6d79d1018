"""`YearRecord`: which building serves which stage in which year, who goes where, what it costs and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof, Proved
from layout_planner.base.units import ROW, Measured, in_units, say_units
from layout_planner.scenario import Scenario

ROOM_COLUMNS = ("variant", "year", "school_id", "name", "stage", "use", "rooms", "seats", "pupils", "over")
ACT_COLUMNS = (
    "variant", "decided", "year", "do", "school_id", "name", "stage", "to", "rooms", "seats", "cost", "lead", "pupils",
    "host",
)  # fmt: skip
YEAR_FLOW_COLUMNS = ("variant", "year", "place_id", "stage", "entry", "school_id", "pupils", "minutes", "private")
CHILD_COLUMNS = ("variant", "year", "place_id", "stage", "pupils")
COST_COLUMNS = ("variant", "year", "part", "yuan")
PLANS = ("plan", "each year on its own", "final year first", "today kept")
"""The plan and the three naive ones beside it."""
WAYS_OUT = {
    "build": Text("build seats", "新建、扩建学位"),
    "convert": Text("give a building of another stage", "将其他学段校舍改办本学段"),
    "part": Text("let a place part over several schools: there are seats enough", "学位总量够用：允许一村分到几所学校"),
    "reach": Text(
        "let them go beyond the limit of the way, or board or ride (price: a year's ways)",
        "附近无校：放宽路程上限，或寄宿、校车（按一年路程计价）",
    ),
    "elastic": Text("more seats above the standard, three years", "放宽弹性学位三年"),
}
"""The cheapest way out of a year that cannot be seated."""
NAIVE_COLUMNS = (
    "status", "unplaced_pupil_years", "over_pupil_years", "yuan", "travel", "running", "floor", "building", "elastic",
    "changes", "unplaced", "moved", "moved_twice", "closures", "over_budget_years",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class YearRecord(Measured, Proved):
    """A county's schools over the years; `YearPlan` adds what can be done with it.

    Parameters
    ----------
    years, stages, variants
        Autumns, stages planned, forecasts held.
    known
        The first autumn in which forecasts are told apart; the year after the last where they never are.
    rooms
        `ROOM_COLUMNS`: stage, classrooms, seats and pupils of every building in every year it is used; over: pupils
        above the standard (elastic seats). use: "as today", "enlarged", "converted", "teaching point", "open" (again),
        "new", "rebuilt"; while a school is rebuilt it has no rows.
    acts
        `ACT_COLUMNS`: what is done, in the order of years: when it is decided (and paid) and when it is in use, yuan,
        the school most of the pupils go to. variant "" where all forecasts have it in common. Of a school that is
        rebuilt: decided, the first autumn its pupils are elsewhere (at host, most of them); year, the autumn it stands
        again; rooms and seats, what it has more than before.
    flows
        `YEAR_FLOW_COLUMNS`: who goes where. entry: the autumn a cohort entered the stage, −1 for all grades together.
        minutes: one way, at the mean pace of those who go (NaN where
        private: pupils of private schools, whom no plan moves).
    unplaced, children
        `CHILD_COLUMNS`: who finds no seat; everybody there is.
    costs
        `COST_COLUMNS`: yuan of each year, not discounted. part: unplaced (the price put on a missing seat), travel,
        running (what ends with a school), floor (funds of small schools), building (written off), elastic, changes.
    naive
        Index `PLANS`, `NAIVE_COLUMNS`: the plan beside three naive ones; yuan discounted, without the price of unplaced
        pupils, which stands apart.
    robust
        Index forecast; alone (yuan of its own best plan), bound (of that), here (yuan in this plan), price (here −
        alone): what it costs that decisions are common. Empty with one forecast.
    short
        variant, year, stage, township_id, name (of the township), pupils, seats, needed, way_out, yuan: years that
        cannot be seated, the cheapest way out (`WAYS_OUT`), and what it costs.
    scenarios
        Forecast → the acts as edits with their years.
    prices
        What was counted: value, unit, source, mark.
    limits
        What had to hold: elastic, elastic_years, closures and budget (None for none), discount, minute, moves. town:
        the ids of places and schools in town, where the study tells them. today: school → stage → classrooms before the
        first year. county: its name.
    proof
        Discounted yuan, weighed over the forecasts.
    seconds, work, notes
        Wall time, what was counted, what the reader must know.
    """

    UNITS: ClassVar = {
        "naive": dict.fromkeys(("travel", "running", "floor", "building", "elastic", "changes", "unplaced"), "yuan"),
        "robust": dict.fromkeys(("alone", "bound", "here", "price"), "yuan"),
        "short": {"needed": "seats"},
        "prices": {"value": ROW},
    }

    years: tuple[int, ...]
    stages: tuple[str, ...]
    variants: tuple[str, ...]
    known: int
    rooms: pd.DataFrame
    acts: pd.DataFrame
    flows: pd.DataFrame
    unplaced: pd.DataFrame
    children: pd.DataFrame
    costs: pd.DataFrame
    naive: pd.DataFrame
    robust: pd.DataFrame
    short: pd.DataFrame
    scenarios: Mapping[str, Scenario]
    prices: pd.DataFrame
    limits: Mapping[str, Any]
    proof: Proof
    seconds: float
    work: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    def scenario(self, variant: str | None = None) -> Scenario:
        """Give the acts as edits with years, which `solve` and `phase` accept.

        Parameters
        ----------
        variant
            The forecast; "middle" or the first where left out.

        Raises
        ------
        DataError
            The plan does not hold that forecast.
        """
        return self.scenarios[self._variant(variant)]

    def _variant(self, variant: str | None) -> str:
        if variant is None:
            return "middle" if "middle" in self.variants else self.variants[0]
        if variant not in self.variants:
            raise refuse(
                f"the plan does not hold the forecast {variant}", f"方案未含预测 {variant}",
                f"use one of {', '.join(self.variants)}", f"可用：{'、'.join(self.variants)}",
            )  # fmt: skip
        return variant

    @in_units()
    def calendar(self, variant: str | None = None) -> pd.DataFrame:
        """Give buildings by years.

        Returns
        -------
        pd.DataFrame
            Index (school_id, name), one column a year: stages with classrooms, as "primary 12 + junior 6"; "rebuilding"
            while it is rebuilt; "" where the building is not used.
        """
        name = self._variant(variant)
        mine = self.rooms.loc[self.rooms["variant"] == name]
        words = mine["stage"] + " " + mine["rooms"].map(lambda n: "?" if np.isnan(n) else f"{n:.0f}")
        told = words.groupby([mine["school_id"], mine["name"], mine["year"]], sort=False).agg(" + ".join)
        table = told.unstack("year").reindex(columns=list(self.years)).fillna("").rename_axis(columns=None)
        for school, years in self.rebuilding(name).items():
            table.loc[table.index.get_level_values("school_id") == school, years] = "rebuilding"
        return table

    def rebuilding(self, variant: str | None = None) -> dict[str, list[int]]:
        """Give the autumns in which each school that is rebuilt is a building site."""
        mine = self.acts.loc[(self.acts["do"] == "rebuild") & self.acts["variant"].isin(["", self._variant(variant)])]
        return {str(row.school_id): list(range(int(row.decided), int(row.year))) for row in mine.itertuples()}

    @in_units()
    def crossing(self, variant: str | None = None, where: str = "") -> pd.DataFrame:
        """Give pupils, seats and unplaced by year and stage: the lines that cross; index (year, stage).

        Parameters
        ----------
        variant
            The forecast; "middle" or the first where left out.
        where
            "town": the children who live in towns and the schools that stand there; "country": the others; "" for all.
        """
        name = self._variant(variant)
        keys = ["year", "stage"]

        def mine(table: pd.DataFrame, by: str, town: str) -> pd.DataFrame:
            table = table.loc[table["variant"] == name]
            if not where:
                return table
            known = self.limits.get("town") or {}
            return table.loc[table[by].isin(known.get(town, ())) == (where == "town")]

        rooms = mine(self.rooms, "school_id", "schools").groupby(keys)[["seats", "over", "rooms"]].sum()
        lost, sums = (
            mine(t, "place_id", "places").groupby(keys)["pupils"].sum() for t in (self.unplaced, self.children)
        )
        table = rooms.join(sums, how="outer" if where else "left").assign(unplaced=lost)
        told = ["unplaced", "pupils", "seats", "over", "rooms"]
        return table.fillna(dict.fromkeys(told, 0.0) if where else {"unplaced": 0.0})[told]

    @in_units()
    def parts(self) -> pd.DataFrame:
        """Give yuan of each part, discounted: index part, columns forecasts."""
        factor = (1.0 + float(self.limits["discount"])) ** -(self.costs["year"] - self.years[0])
        table = self.costs.assign(yuan=self.costs["yuan"] * factor)
        wide = table.pivot_table(index="part", columns="variant", values="yuan", aggfunc="sum", sort=False)
        told: pd.DataFrame = say_units(
            wide.reindex(columns=list(self.variants)), dict.fromkeys(self.variants, "yuan")
        )  # fmt: skip
        return told

    def names(self) -> dict[str, Text]:
        """Give the names of all buildings; what stands on a candidate site is told to be new."""
        told = pd.concat([self.rooms[["school_id", "name"]], self.acts[["school_id", "name"]]])
        new = {*self.rooms.loc[self.rooms["use"] == "new", "school_id"]}
        return {
            str(school): Text(f"{name} (new)", f"{name}（新建）") if school in new else Text(name, name)
            for school, name in dict(told.itertuples(index=False)).items()
        }  # fmt: skip

    def notices(self) -> dict[str, Text]:
        """Give one line a school for the public notice (公示): school_id → what becomes of it, and when."""
        lines: dict[str, Text] = {}
        names = self.names()
        for school, rows in self.acts.groupby("school_id", sort=False):
            told = [
                _line(row, names.get(row.host, Text(row.host, row.host)), self.limits.get("moves") == "entry")
                for row in rows.drop_duplicates(["year", "do", "stage", "to"]).itertuples()
            ]
            name = names.get(school, rows["name"].iloc[0])
            en, zh = "; ".join(one.en for one in told), "；".join(one.zh for one in told)
            lines[str(school)] = Text(f"{name.en}: {en}.", f"{name.zh}：{zh}。")
        return lines


def way_out(row: Any) -> Text:
    """Say the cheapest way out of a row of `short`."""
    way = WAYS_OUT[row.way_out]
    if not row.yuan > 0:
        return way
    return Text(f"{way.en}: about {row.yuan:,.0f} yuan", f"{way.zh}：约 {row.yuan:,.0f} 元")


def short_lines(plan: YearRecord) -> list[Text]:
    """Say what cannot be seated, one sentence a stage and township, the most first: years, seats, cheapest way out.

    The worst year of all forecasts gives the number and the way out.
    """
    from layout_planner.cohorts.births import VARIANT_NAMES
    from layout_planner.study.stages import STAGE_NAMES

    told: list[tuple[float, Text]] = []
    for (stage, _), rows in plan.short.groupby(["stage", "township_id"], sort=False):
        worst = next(rows.sort_values(["pupils", "year"], ascending=[False, True], kind="stable").itertuples())
        first, last = int(rows["year"].min()), int(rows["year"].max())
        years = ("", "") if first == last else (f", {first}–{last}", f"，{first}—{last} 年")
        name, course = STAGE_NAMES.get(str(stage), (str(stage), str(stage))), VARIANT_NAMES.get(worst.variant)
        of = Text(worst.variant, worst.variant) if course is None else course
        way, number = way_out(worst), f"{worst.needed:,.0f}"
        en = f"{number} seats short in {worst.year} ({of.en} forecast), {worst.seats:,.0f} there"
        zh = f"{worst.year} 年缺 {number} 个学位（{of.zh}，当地学位 {worst.seats:,.0f}）"
        told.append((float(worst.pupils), Text(
            f"{name[0].capitalize()}, {worst.name}{years[0]}: {en}; cheapest way out: {way.en}.",
            f"{name[1]}，{worst.name}{years[1]}：{zh}；最省办法：{way.zh}。",
        )))  # fmt: skip
    return [text for _, text in sorted(told, key=lambda one: -one[0])]


def _line(row: Any, school: Text, finish: bool) -> Text:
    from layout_planner.cohorts.births import VARIANT_NAMES
    from layout_planner.study.stages import STAGE_NAMES

    stage = STAGE_NAMES.get(row.stage, (row.stage, row.stage))
    to = STAGE_NAMES.get(row.to, (row.to, row.to))
    host = (f", pupils to {school.en}", f"，学生转入{school.zh}") if row.host else ("", "")
    stay = (("", "") if not row.host else host if finish else
            (f", pupils at {school.en} meanwhile", f"，学生在{school.zh}过渡"))  # fmt: skip
    when, number = f"{row.year} 年秋季", f"{row.seats:,.0f}"
    larger = (f" with {number} more seats", f"，增加学位 {number} 个") if row.seats > 0 else ("", "")
    doing = {
        "close": (f"{stage[0]} closes in {row.year}{host[0]}", f"{when}起不再办{stage[1]}{host[1]}"),
        "convert": (
            f"{stage[0]} becomes {to[0]} in {row.year}, {number} seats{host[0]}",
            f"{when}由{stage[1]}改办{to[1]}，学位 {number} 个{host[1]}",
        ),
        "expand": (f"{number} more {stage[0]} seats in {row.year}", f"{when}{stage[1]}增加学位 {number} 个"),
        "point": (
            f"becomes a teaching point in {row.year}{host[0]} from grade 4",
            f"{when}起改为教学点（保留1—3年级）{host[1]}（4年级起）",
        ),
        "rebuild": (
            f"{stage[0]} is rebuilt from {row.decided}{stay[0]}, and stands again in {row.year}{larger[0]}",
            f"{row.decided} 年秋季起{stage[1]}原址重建{stay[1]}，{when}建成启用{larger[1]}",
        ),
        "reopen": (
            f"{stage[0]} opens again in {row.year}, {number} seats",
            f"{when}恢复开办{stage[1]}，学位 {number} 个",
        ),
        "open": (f"{stage[0]} opens in {row.year}, {number} seats", f"{when}开办{stage[1]}，学位 {number} 个"),
    }
    en, zh = doing[row.do]
    course = VARIANT_NAMES.get(row.variant, Text(row.variant, row.variant))
    sure = (f" ({course.en} forecast only)", f"（仅{course.zh}）") if row.variant else ("", "")
    return Text(en + sure[0], zh + sure[1])
