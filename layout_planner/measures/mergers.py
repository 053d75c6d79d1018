"""The ledger of mergers (撤并明细): of every school that ends, who goes where, by which way, and how; nobody lost."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from layout_planner.base.memory import kept
from layout_planner.base.units import in_units
from layout_planner.measures.matching import DUST, match_amounts
from layout_planner.measures.moved import NOWHERE, moved
from layout_planner.plan import Assignment, Plan
from layout_planner.scenario import destinations, in_force
from layout_planner.study import Study

DETAIL_COLUMNS = (
    "stage", "from_school", "to_school", "place_id", "grade", "group", "how", "pupils", "minutes_before",
    "minutes_after", "metres_before", "metres_after",
)  # fmt: skip
LEDGER_COLUMNS = (
    "stage", "from_school", "from_name", "site", "to_school", "to_name", "pupils", "day", "board", "bus",
    "minutes_before", "minutes_after", "longest_after", "metres_before", "metres_after", "teachers",
)  # fmt: skip

WITHOUT = "none"
"""Stands in `how` for children without a place."""

_CELL = ["place_id", "grade", "group"]


@in_units()
def ledger(plan: Plan, stage: str | None = None) -> pd.DataFrame:
    """Account for the pupils of every school that ends, whole or in part: one row for each way they take.

    A school is in the ledger when it had grades before that it has not after, or when an edit ends, merges or rebuilds
    it. Pupils who stay on the site (a campus; grades 1 to 3 of a teaching point) stand in a row of their own, so that
    the rows of a school add up to its roll.

    Parameters
    ----------
    plan
        A what-if with a base.
    stage
        One stage only; all of the plan where left out.

    Returns
    -------
    pd.DataFrame
        `LEDGER_COLUMNS`. site: what becomes of the school ("closed", "campus", "teaching_point", "kindergarten", …).
        to_school is "" for children without a place. day, board (or lodge near the school), bus: how they come.
        minutes, metres: means over pupils whose ways are known, one way, at the pace of the grade; longest_after the
        longest of the new ways in minutes. teachers: full-time teachers who follow the pupils in proportion (县管校聘),
        NaN where not returned.
    """
    rows = ledger_detail(plan, stage)
    base = plan.base
    if base is None or rows.empty:
        return pd.DataFrame(columns=list(LEDGER_COLUMNS)).astype({"pupils": float})
    keys = ["stage", "from_school", "to_school"]
    table = rows.groupby(keys, sort=True)["pupils"].sum().to_frame()
    by_how = rows.pivot_table(index=keys, columns="how", values="pupils", aggfunc="sum", fill_value=0.0)
    for how in ("day", "board", "bus"):
        table[how] = by_how.get(how, 0.0)
    table["board"] += by_how.get("lodge", 0.0)
    for column in ("minutes_before", "minutes_after", "metres_before", "metres_after"):
        table[column] = weighted_mean(rows, column, keys)
    table["longest_after"] = rows.groupby(keys, sort=True)["minutes_after"].max()
    table = table.reset_index()
    table["site"] = [_site(plan, s, e) for s, e in zip(table["stage"], table["from_school"], strict=True)]
    table["from_name"] = [base.study.school_name(school) for school in table["from_school"]]
    table["to_name"] = [plan.study.school_name(school) if school else "" for school in table["to_school"]]
    share = table["pupils"] / table.groupby(["stage", "from_school"])["pupils"].transform("sum")
    at = pd.MultiIndex.from_frame(table[["from_school", "stage"]])
    table["teachers"] = share * base.study.offers["teachers"].reindex(at).to_numpy(dtype=float)
    return table[list(LEDGER_COLUMNS)]


@in_units()
def ledger_detail(plan: Plan, stage: str | None = None) -> pd.DataFrame:
    """Give the ledger child group by child group; `DETAIL_COLUMNS`.

    Pupils whose home is not in the study have place_id "" and no ways; where several schools end at once, they are
    paired with the schools that took them in along the mergers, and else in the order of ids.
    """
    stages = [stage] if stage is not None else list(plan.assignments)
    if plan.base is None:
        return _typed(pd.DataFrame(columns=list(DETAIL_COLUMNS)))
    parts = [_stage_detail(plan, s) for s in stages if s in plan.base.assignments]
    filled = [part for part in parts if len(part)]
    return _typed(pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(DETAIL_COLUMNS)))


def weighted_mean(rows: pd.DataFrame, column: str, keys: list[str]) -> pd.Series[float]:
    """Average a column by groups, every pupil counting once; rows where it is not known are left out."""
    known = rows.loc[rows[column].notna()]
    sums = (known[column] * known["pupils"]).groupby([known[key] for key in keys]).sum()
    return sums / known.groupby(keys)["pupils"].sum()


def ending_schools(plan: Plan, stage: str) -> list[str]:
    """Name the schools that lose grades of a stage, or that an edit ends, merges or rebuilds."""
    if plan.base is None:
        return []
    before, after = _grades(plan.base.study, stage), _grades(plan.study, stage)
    return sorted(
        school
        for school, grades in before.items()
        if grades - after.get(school, set()) or _site(plan, stage, school) in ("campus", "teaching_point")
    )


@kept
def _stage_detail(plan: Plan, stage: str) -> pd.DataFrame:
    base = plan.base
    assert base is not None
    ending = ending_schools(plan, stage)
    before, after = base.assignments[stage], plan.assignments[stage]
    mine = before.flows.loc[before.flows["school_id"].isin(ending)]
    went = _went(plan, stage, mine)
    rows = _with_how(went, before, after) if len(went) else went.assign(how="day")
    for flows, column, when in ((before.flows, "from_school", "before"), (after.flows, "to_school", "after")):
        ways = flows.drop_duplicates([*_CELL, "school_id"]).set_index([*_CELL, "school_id"])[["minutes", "metres"]]
        at = pd.MultiIndex.from_frame(rows[[*_CELL, column]])
        for unit in ("minutes", "metres"):
            rows[f"{unit}_{when}"] = ways[unit].reindex(at).to_numpy(dtype=float)
    strangers = _outside(plan, stage, ending)
    parts = [part for part in (rows.assign(stage=stage), strangers) if len(part)]
    return _typed(pd.concat(parts, ignore_index=True) if parts else rows.assign(stage=stage))


def _went(plan: Plan, stage: str, mine: pd.DataFrame) -> pd.DataFrame:
    """Say where the pupils of the schools that end went: place, grade, group, from_school, to_school, pupils."""
    keys = [*_CELL, "from_school"]
    had = mine.rename(columns={"school_id": "from_school"}).groupby(keys, observed=True)["pupils"].sum()
    moves = moved(plan, stage)
    moves = moves.loc[moves["from_school"].isin(had.index.get_level_values("from_school"))]
    gone = moves.groupby(keys, observed=True)["pupils"].sum()
    stay = had.sub(gone.reindex(had.index, fill_value=0.0))
    # Moves are told to a millionth of a pupil; what is left below that is rounding.
    stay = stay[stay > 10 * DUST].rename("pupils").reset_index().assign(to_school=lambda rows: rows["from_school"])
    went = pd.concat([moves[[*keys, "to_school", "pupils"]], stay[[*keys, "to_school", "pupils"]]])
    return went.sort_values([*keys, "to_school"], kind="stable").reset_index(drop=True)


def _with_how(went: pd.DataFrame, before: Assignment, after: Assignment) -> pd.DataFrame:
    """Divide the rows by how the pupils come: newcomers are what a school has more of by each way."""
    keys = [*_CELL, "school_id", "how"]
    now = after.flows.groupby(keys, observed=True)["pupils"].sum()
    then = before.flows.groupby(keys, observed=True)["pupils"].sum().reindex(now.index, fill_value=0.0)
    stays = (went["from_school"] == went["to_school"]).to_numpy(dtype=bool)
    parts = []
    for who, amounts in ((stays, now), (~stays, (now - then).clip(lower=0.0))):
        rows = went.loc[who]
        if len(rows):
            parts.append(_divide(rows, amounts[amounts > 0.0]))
    return pd.concat(parts, ignore_index=True)


def _divide(rows: pd.DataFrame, amounts: pd.Series[float]) -> pd.DataFrame:
    at = [*_CELL, "to_school"]
    place = rows.loc[rows["to_school"] != NOWHERE]
    lost = rows.loc[rows["to_school"] == NOWHERE].assign(how=WITHOUT)
    if place.empty:
        return lost
    cells = pd.MultiIndex.from_frame(place[at]).unique()
    ways = amounts.rename("amount").reset_index()
    key = cells.get_indexer(pd.MultiIndex.from_frame(ways[[*_CELL, "school_id"]]))
    ways, key = ways.loc[key >= 0].reset_index(drop=True), key[key >= 0]
    left_key = cells.get_indexer(pd.MultiIndex.from_frame(place[at]))
    total = np.bincount(left_key, weights=place["pupils"], minlength=len(cells))
    found = np.bincount(key, weights=ways["amount"], minlength=len(cells))
    order, left_order = np.argsort(key, kind="stable"), np.argsort(left_key, kind="stable")
    scale = (total / np.where(found > 0, found, 1.0))[key]
    left, right, pupils = match_amounts(
        left_key[left_order],
        place["pupils"].to_numpy(dtype=float)[left_order],
        key[order],
        (ways["amount"].to_numpy(dtype=float) * scale)[order],
    )
    divided = place.iloc[left_order[left]].assign(pupils=pupils, how=ways["how"].to_numpy()[order[right]])
    return pd.concat([divided, lost], ignore_index=True)


def _outside(plan: Plan, stage: str, ending: list[str]) -> pd.DataFrame:
    """Follow the pupils whose home is not in the study, grade by grade: along the mergers first, then in order."""
    base = plan.base
    assert base is not None
    old, new = (p.assignments[stage].outside.groupby(["school_id", "grade"])["pupils"].sum() for p in (base, plan))
    change = new.sub(old, fill_value=0.0)
    left = {key: -n for key, n in change.items() if n < -DUST and key[0] in ending}
    stay = {key: n - left.get(key, 0.0) for key, n in old.items() if key[0] in ending}
    won = {key: n for key, n in change.items() if n > DUST}
    rows = [(s, s, g, n, "day") for (s, g), n in stay.items() if n > DUST]
    into = {grade: destinations(plan.scenario, stage, grade, _year(plan)) for _, grade in left}

    def pair(school: str, target: str, grade: int) -> None:
        n = min(left[(school, grade)], won.get((target, grade), 0.0))
        if n > DUST:
            left[(school, grade)] -= n
            won[(target, grade)] -= n
            rows.append((school, target, grade, n, "day"))

    for school, grade in sorted(left):
        if school in into[grade]:
            pair(school, into[grade][school], grade)
    for school, grade in sorted(left):
        for target, its in sorted(won):
            if its == grade:
                pair(school, target, grade)
    rows += [(s, NOWHERE, g, n, WITHOUT) for (s, g), n in sorted(left.items()) if n > DUST]
    table = pd.DataFrame(rows, columns=["from_school", "to_school", "grade", "pupils", "how"])
    return table.assign(stage=stage, place_id="", group="local", **dict.fromkeys(DETAIL_COLUMNS[8:], np.nan))


def _site(plan: Plan, stage: str, school: str) -> str:
    """Say what becomes of a school: by the last edit that ends it, else by its state."""
    found = ""
    for edit in in_force(plan.scenario, _year(plan)):
        if edit.subject == school and edit.concerns(stage) and edit.becomes is not None and (edit.ends or not found):
            found = edit.becomes
    return found or "closed"


def _grades(study: Study, stage: str) -> dict[str, set[int]]:
    schools = study.offering(stage)
    offered = study.offers["grades"].reindex(pd.MultiIndex.from_product([schools, [stage]]))
    return {str(school): set(grades) for school, grades in zip(schools, offered, strict=True)}


def _year(plan: Plan) -> int | None:
    year = plan.provenance.get("options", {}).get("year")
    return None if year is None else int(year)


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    numbers: Iterable[str] = ("pupils", *DETAIL_COLUMNS[8:])
    types = dict.fromkeys(DETAIL_COLUMNS, "str") | dict.fromkeys(numbers, "float64") | {"grade": "int64"}
    return rows.reindex(columns=list(DETAIL_COLUMNS)).astype(types)
