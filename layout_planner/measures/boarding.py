"""What boarding would need, school by school: beds by sex, canteen seats, staff, the weekly way, yuan."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from layout_planner.base.cited import Cited
from layout_planner.base.units import in_units
from layout_planner.measures.distance import reach_of, weighted_quantile
from layout_planner.plan import Plan, by_day
from layout_planner.study.stages import LOWER_GRADES

NEED_COLUMNS = (
    "name", "boarders", "would_board", "too_young", "girls", "boys", "beds_girls", "beds_boys", "beds", "beds_short",
    "canteen_seats", "carers", "cooks", "week_minutes", "week_p95", "yuan", "yuan_a_boarder",
)  # fmt: skip

_GIRLS = Cited(0.47, "1", "2020 census, children of school age", "memory")
_ROOM = Cited(8.0, "beds a room", "农村寄宿制学校生活卫生设施建设与管理规范 (2011): not above 8", "memory")
_SITTINGS = Cited(2.0, "sittings", "assumed", "user")
_CARERS = Cited(50.0, "boarders a carer", "assumed; provinces set 1:50 to 1:100", "user")
_COOKS = Cited(100.0, "boarders a cook", "assumed; provinces set about 1:100", "user")
_WAGE = Cited(42_000.0, "yuan a year", "assumed", "user")
_SUBSIDY = Cited(300.0, "yuan a year", "the running fund adds 200 yuan a boarder, 300 from 2023", "memory")


@dataclass(frozen=True)
class BoardingNorms:
    """Norms of boarding, each with unit and source; all may be changed (`dataclasses.replace`).

    Parameters
    ----------
    girls
        Share of girls among the children, where the study does not tell (groups girls / boys).
    room
        Beds of a room; rooms are not shared by girls and boys.
    sittings
        Sittings at a meal.
    carers, cooks
        Boarders a carer (生活教师) looks after, with one for girls and one for boys at least; boarders a cook.
    wage
        Yuan a year of a carer or cook.
    subsidy
        Yuan a year a boarder costs the public besides: board, heating, upkeep.
    """

    girls: Cited = _GIRLS
    room: Cited = _ROOM
    sittings: Cited = _SITTINGS
    carers: Cited = _CARERS
    cooks: Cited = _COOKS
    wage: Cited = _WAGE
    subsidy: Cited = _SUBSIDY

    @in_units()
    def table(self) -> pd.DataFrame:
        """List the norms: index norm; value, unit, source, mark."""
        rows = {f.name: vars(getattr(self, f.name)) for f in fields(self)}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("norm")


@in_units()
def boarding_needs(
    plan: Plan, stage: str, beyond_minutes: float | None = None, norms: BoardingNorms | None = None
) -> pd.DataFrame:
    """Reckon what it takes to let the pupils beyond reach board.

    Parameters
    ----------
    plan
        Whose pupils.
    stage
        The stage.
    beyond_minutes
        Day pupils with a longer way than this would board; where left out, those beyond the reach of the plan's rules.
    norms
        `BoardingNorms()` where left out.

    Returns
    -------
    pd.DataFrame
        Index school_id, schools with anyone to board: `NEED_COLUMNS`. boarders: who boards in the plan; would_board:
        with the day pupils beyond reach of grades that may board; too_young: those who may not (grades 1 to 3), for
        whom a bus or a nearer school is needed. beds by sex, in whole rooms; beds: there are (NaN unknown);
        beds_short: beyond those. week_minutes, week_p95: one way home, once a week. yuan a year: staff and subsidy of
        all who would board; dormitories are not in it.
    """
    norms = norms or BoardingNorms()
    flows = plan.assignments[stage].flows
    minutes = flows["minutes"].to_numpy(dtype=float)
    limit = reach_of(flows, plan.rules, "minutes") if beyond_minutes is None else np.full(len(flows), beyond_minutes)
    boards = (flows["how"] == "board").to_numpy(dtype=bool)
    # Where no rule says from which grade children may board, the lower grades go home.
    rule = plan.rules.value("boarding_from_grade", stage, default=LOWER_GRADES[-1] + 1.0) or 0.0
    may = flows["grade"].to_numpy() >= rule
    far = (minutes > limit + 1e-9) & by_day(flows)
    chosen = flows.loc[boards | (far & may)]
    young = flows.loc[far & ~may].groupby("school_id")["pupils"].sum()
    by = chosen.groupby("school_id")
    table = pd.DataFrame({"would_board": by["pupils"].sum()})
    table = table.reindex(table.index.union(young.index)).fillna(0.0).rename_axis("school_id")
    table["boarders"] = flows.loc[boards].groupby("school_id")["pupils"].sum().reindex(table.index).fillna(0.0)
    table["too_young"] = young.reindex(table.index).fillna(0.0)
    table["name"] = [plan.study.school_name(str(school)) for school in table.index]
    table["girls"] = np.round(table["would_board"] * norms.girls.value)
    table["boys"] = table["would_board"] - table["girls"]
    room = norms.room.value
    for sex in ("girls", "boys"):
        table[f"beds_{sex}"] = np.ceil(table[sex] / room - 1e-9) * room
    offers = plan.study.offers
    has = offers["beds"].reindex(pd.MultiIndex.from_product([table.index, [stage]])) if "beds" in offers else None
    table["beds"] = np.nan if has is None else has.to_numpy(dtype=float)
    wanted = table["beds_girls"] + table["beds_boys"]
    table["beds_short"] = (wanted - table["beds"].fillna(0.0)).clip(lower=0.0)
    table["canteen_seats"] = np.ceil(table["would_board"] / norms.sittings.value - 1e-9)
    table["carers"] = sum(np.ceil(table[sex] / norms.carers.value - 1e-9) for sex in ("girls", "boys"))
    table["cooks"] = np.ceil(table["would_board"] / norms.cooks.value - 1e-9)
    known = chosen.loc[chosen["minutes"].notna()]
    heads = known.groupby("school_id")["pupils"].sum()
    table["week_minutes"] = (known["minutes"] * known["pupils"]).groupby(known["school_id"]).sum() / heads
    table["week_p95"] = pd.Series(
        {
            school: weighted_quantile(rows["minutes"], rows["pupils"], 0.95)
            for school, rows in known.groupby("school_id")
        },
        dtype=float,
    )
    staff = (table["carers"] + table["cooks"]) * norms.wage.value
    table["yuan"] = staff + table["would_board"] * norms.subsidy.value
    table["yuan_a_boarder"] = table["yuan"] / table["would_board"].where(table["would_board"] > 0)
    return table[list(NEED_COLUMNS)].sort_values("would_board", ascending=False, kind="stable")
