"""A second look at a plan over years, from its tables alone: it shares no code with the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.plan.check import PUPILS, RELATIVE, Check, Verification

if TYPE_CHECKING:
    from layout_planner.plan.yearplan import YearRecord

HALF = 0.5
"""Yuan and pupils in a table may be rounded by so much."""


def verify_years(plan: YearRecord) -> Verification:
    """Count a plan over years again.

    Returns
    -------
    Verification
        Pupils conserved each year; nobody at a building that does not serve the stage; seats, elastic seats and their
        years; acts that explain every change of a room, after their lead time; rooms within the building's; closures
        and budget a year; decisions common where they must be; ways, and the objective, from the tables.
    """
    looks: tuple[tuple[str, Callable[[YearRecord], Iterator[str]], Text], ...] = (
        ("conserved", _conserved, Text("pupils of every year, stage and place", "逐年、学段、居住点的学生数")),
        ("offered", _offered, Text("buildings that serve the stage in that year", "当年开办该学段的校舍")),
        ("seats", _seats, Text("seats, seats above the standard and their years", "学位、弹性学位及其年数")),
        ("acts", _acts, Text("a room changes only by an act, after its lead time", "用途只随措施改变，且满足周期")),
        ("left", _left, Text("no building used after its last autumn", "停用期限后不再使用的校舍")),
        ("rooms", _rooms, Text("one stage a room", "一间教室只用于一个学段")),
        ("limits", _limits, Text("closures and yuan a year", "每年撤并数与经费")),
        ("common", _common, Text("decisions common to the forecasts", "各预测共同的决定")),
        ("objective", _objective, Text("yuan of ways, changes and all parts", "路程、转学及各项费用合计")),
        ("proof", _proof, Text("bound not above the objective", "下界不高于目标值")),
    )
    checks = []
    for name, look, what in looks:
        found = list(look(plan))
        shown = "; ".join(found[:5])
        said = Text(f"{what.en}: {shown or 'holds'}", f"{what.zh}：{shown or '成立'}")
        checks.append(Check(name, ", ".join(plan.stages), not found, said))
    return Verification("plan_years", tuple(checks))


def _conserved(plan: YearRecord) -> Iterator[str]:
    keys = ["variant", "year", "stage", "place_id"]
    parts = [one.groupby(keys)["pupils"].sum() for one in (plan.children, plan.flows, plan.unplaced)]
    table = pd.concat(parts, axis=1, keys=["all", "placed", "not"]).fillna(0.0)
    off = table["all"] - table["placed"] - table["not"]
    for key, value in off[off.abs() > 1e-3].items():
        yield f"{key}: {value:+.2f}"
    if (plan.flows["pupils"] < -PUPILS).any() or (plan.unplaced["pupils"] < -PUPILS).any():
        yield "pupils below 0"


def _offered(plan: YearRecord) -> Iterator[str]:
    keys = ["variant", "year", "school_id", "stage"]
    offered = pd.MultiIndex.from_frame(plan.rooms[keys])
    there = plan.flows.loc[plan.flows["pupils"] > PUPILS, keys].drop_duplicates()
    for row in there.loc[~pd.MultiIndex.from_frame(there).isin(offered)].itertuples(index=False):
        yield f"{row.variant} {row.year} {row.school_id} {row.stage}"


def _seats(plan: YearRecord) -> Iterator[str]:
    keys = ["variant", "year", "school_id", "stage"]
    rooms = plan.rooms.set_index(keys)
    rolls = plan.flows.groupby(keys)["pupils"].sum().reindex(rooms.index, fill_value=0.0)
    for key in rooms.index[(rolls - rooms["pupils"]).abs() > HALF]:
        yield f"{key}: roll {rolls[key]:g}, told {rooms.at[key, 'pupils']:g}"
    over = (rolls - rooms["seats"]).clip(lower=0.0)
    extra = np.floor(rooms["seats"] * float(plan.limits["elastic"]) + 1e-9)
    for key in rooms.index[(over > extra + HALF) & (rooms["use"] != "private")]:
        yield f"{key}: {over[key]:g} over"
    full = over[(over > HALF) & (rooms["use"] != "private")].reset_index()[["variant", "year", "school_id"]]
    counts = full.drop_duplicates().groupby(["variant", "school_id"]).size()
    for pair in counts.index[counts > int(plan.limits["elastic_years"])]:
        yield f"{pair}: {counts[pair]} years"


def _acts(plan: YearRecord) -> Iterator[str]:
    public = plan.rooms.loc[plan.rooms["use"] != "private"]
    for row in plan.acts.itertuples(index=False):
        if row.year - row.decided < row.lead or row.decided < plan.years[0]:
            yield f"{row.school_id} {row.do}: {row.decided} → {row.year}, lead {row.lead}"
    sites = plan.acts.loc[plan.acts["do"] == "rebuild"].assign(year=lambda acts: acts["decided"])
    keys = ["variant", "year", "school_id"]
    done = {(v, y, s) for variant, y, s in pd.concat([plan.acts[keys], sites[keys]]).itertuples(index=False)
            for v in _of(plan, variant)}  # fmt: skip
    seats = public.pivot_table(index=["variant", "school_id", "stage"], columns="year", values="seats", aggfunc="sum")
    seats = seats.reindex(columns=list(plan.years)).fillna(0.0)
    for before, year in zip(plan.years, plan.years[1:], strict=False):
        for variant, school, stage in seats.index[(seats[year] - seats[before]).abs() > HALF]:
            if (variant, year, school) not in done:
                yield f"{variant} {year} {school} {stage}: no act"


def _left(plan: YearRecord) -> Iterator[str]:
    """A building that may be used for some years only is used later where it was rebuilt, for as long as that takes."""
    last = plan.rooms["school_id"].map(dict(plan.limits.get("rebuild") or {}))
    late = plan.rooms.loc[(plan.rooms["year"] > last) & (plan.rooms["use"] != "rebuilt")]
    for variant, year, school in late[["variant", "year", "school_id"]].drop_duplicates().itertuples(index=False):
        yield f"{variant} {year} {school}"
    for row in plan.acts.loc[plan.acts["do"] == "rebuild"].itertuples(index=False):
        mine = plan.rooms.loc[
            (plan.rooms["school_id"] == row.school_id) & plan.rooms["variant"].isin(_of(plan, row.variant))
        ]
        if mine["year"].between(row.decided, row.year - 1).any():
            yield f"{row.variant} {row.school_id}: used while it is rebuilt"


def _of(plan: YearRecord, variant: str) -> tuple[str, ...]:
    """Give the forecasts in which an act is done."""
    return (variant,) if variant else plan.variants


def _rooms(plan: YearRecord) -> Iterator[str]:
    """Each building's rooms are those of its first year, and what is built; a conversion adds none."""
    table = plan.rooms.loc[plan.rooms["use"] != "private"]
    total = table.groupby(["variant", "school_id", "year"])["rooms"].sum()
    built = plan.acts.loc[plan.acts["do"].isin(["expand", "open", "rebuild", "reopen"])]
    for (variant, school), course in total.groupby(level=[0, 1]):
        own = course.droplevel([0, 1])
        mine = built.loc[(built["school_id"] == school) & built["variant"].isin(["", variant])]
        first = float(own.iloc[0]) if own.index[0] == plan.years[0] else 0.0
        first = max(first, float(plan.limits["rooms_today"].get(str(school), first)))
        for year, number in own.items():
            if number > first + float(mine.loc[mine["year"] <= year, "rooms"].sum()) + 1e-6:
                yield f"{variant} {year} {school}: {number:g} rooms"


def _limits(plan: YearRecord) -> Iterator[str]:
    for variant in plan.variants:
        mine = plan.acts.loc[plan.acts["variant"].isin(["", variant])]
        ends = mine.loc[mine["do"].isin(["close", "convert"])].drop_duplicates(["year", "school_id"])
        closures, paid = ends.groupby("year").size(), mine.groupby("decided")["cost"].sum()
        for name, sums in (("closures", closures), ("budget", paid)):
            most = plan.limits[name]
            if most is not None:
                for year in sums.index[sums > float(most) + HALF]:
                    yield f"{variant} {year}: {name} {sums[year]:,.0f} > {float(most):,.0f}"


def _common(plan: YearRecord) -> Iterator[str]:
    waiting = set(plan.limits["waiting"])
    public = plan.rooms.loc[plan.rooms["use"] != "private"]
    seats = public.set_index(["variant", "year", "school_id", "stage"])["seats"].unstack("variant").fillna(0.0)
    apart = seats.index[(seats.max(axis=1) - seats.min(axis=1)) > HALF]
    for year, school, stage in apart:
        if year < plan.known or school not in waiting:
            yield f"{year} {school} {stage}"


def _objective(plan: YearRecord) -> Iterator[str]:
    """Ways from the flows' minutes, seats missing and above the standard from the tables, and their sum."""
    told = plan.costs.pivot_table(index=["variant", "year"], columns="part", values="yuan", aggfunc="sum").fillna(0.0)
    moves = plan.flows.loc[~plan.flows["private"]]
    keys = ["variant", "year"]
    again = pd.DataFrame(index=told.index)
    ways = (moves["pupils"] * moves["minutes"]).groupby([moves[k] for k in keys]).sum()
    again["travel"] = ways * float(plan.limits["minute"])
    again["unplaced"] = plan.unplaced.groupby(keys)["pupils"].sum() * float(plan.prices.at["unplaced", "value"])
    again["elastic"] = plan.rooms.groupby(keys)["over"].sum() * float(plan.prices.at["elastic_price", "value"])
    again = again.fillna(0.0)
    for part in again:
        off = (again[part] - told[part]).abs() > np.maximum(told[part].abs() * 1e-4, 1.0)
        for key in told.index[off]:
            yield f"{part} {key}: {again.at[key, part]:,.0f}, told {told.at[key, part]:,.0f}"
    weight = pd.Series(plan.limits["weights"])
    whole = float((plan.parts().sum() * weight.reindex(list(plan.variants))).sum())
    if abs(whole - plan.objective) > RELATIVE * max(1.0, abs(whole)):
        yield f"Σ {whole:,.2f}, told {plan.objective:,.2f}"


def _proof(plan: YearRecord) -> Iterator[str]:
    if plan.bound > plan.objective + RELATIVE * max(1.0, abs(plan.objective)):
        yield f"{plan.bound:,.2f} > {plan.objective:,.2f}"
