"""Families who choose the town: a share of the pupils whose school ends goes there, not to the school named."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout_planner.assignment.case import label_flows, make_case
from layout_planner.assignment.solve import judged, with_rolls
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.proof import unproved
from layout_planner.measures.effects import displaced_to_country, town_schools
from layout_planner.measures.matching import match_amounts, share_out
from layout_planner.measures.mergers import ledger_detail
from layout_planner.plan import Assignment, Plan

MOST = 0.6
"""The largest share seen in practice."""


def send_to_town(plan: Plan, share: float, schools: Sequence[str] | None = None, stage: str | None = None) -> Plan:
    """Send a share of the displaced families to the schools in town instead; nothing is optimised.

    Parameters
    ----------
    plan
        A what-if with a base, in which schools end.
    share
        Of the pupils whose school ends and who are sent to a school outside town, 0 to 0.6: as many of each grade as
        the share gives, rounded, spread evenly over places (largest remainder).
    schools
        The schools in town; those of towns by the urban-rural code where left out. Newcomers spread over them as the
        pupils of the grade do, seats or not.
    stage
        One stage only; all where left out.

    Returns
    -------
    Plan
        They are in the flows as boarders: in the week they live in town, at school or in rented rooms (陪读). Pupils
        whose home is not in the study stay as they were.

    Raises
    ------
    DataError
        The share is not within 0 to 0.6; no school in town, or one that is not open.
    """
    started = time.perf_counter()
    if not 0.0 <= share <= MOST:
        raise refuse(
            f"share={share!r} is not within 0 to {MOST}", f"share={share!r} 不在 0 至 {MOST} 之间",
            "give the share of the displaced families who choose the town", "请给进城家庭占被撤并家庭的比例",
        )  # fmt: skip
    assignments = dict(plan.assignments)
    for s in [stage] if stage is not None else list(plan.assignments):
        if len(ledger_detail(plan, s)):  # a stage in which no school ends needs no school in town
            assignments[s] = _leaked(plan, s, share, schools)
    changed = {s: a for s, a in assignments.items() if a is not plan.assignments[s]}
    percent = f"{100 * share:g}"
    name = f"{plan.name} · {Text(f'{percent} % to town', f'{percent}% 进城')}"
    after = plan.with_(name=name, study=with_rolls(plan.study, changed), assignments=assignments)
    return judged(after, started, {**plan.provenance.get("options", {}), "leak": share})


def _leaked(plan: Plan, stage: str, share: float, schools: Sequence[str] | None) -> Assignment:
    town = town_schools(plan.study, stage, schools)
    old = plan.assignments[stage]
    rows = displaced_to_country(plan, stage, schools)
    rows = rows.loc[rows["place_id"] != ""].reset_index(drop=True)
    if rows.empty or share == 0.0:
        return old
    grade, grades = pd.factorize(rows["grade"], sort=True)
    pupils = rows["pupils"].to_numpy(dtype=float)
    total = np.bincount(grade, weights=pupils)
    whole = np.abs(pupils - np.round(pupils)).max(initial=0.0) < 1e-9
    wanted = np.asarray(np.round(share * total) if whole else share * total, dtype=np.float64)
    taken = share_out(grade, pupils, wanted)
    roll = old.roll_by_grade().unstack("grade", fill_value=0.0).reindex(index=town, columns=grades, fill_value=0.0)
    spread, at = roll.to_numpy(dtype=float).T, np.repeat(np.arange(len(grades)), len(town))
    goes = np.bincount(grade, weights=taken, minlength=len(grades))
    goes = np.where(spread.sum(axis=1) > 0, goes, 0.0)  # a grade the town does not have keeps its pupils
    taken = np.where(goes[grade] > 0, taken, 0.0)
    quota = _quotas(spread, goes, whole)
    order = np.argsort(grade, kind="stable")
    left, right, number = match_amounts(grade[order], taken[order], at, quota.ravel())
    who = rows.iloc[order[left]]
    cells = ["place_id", "school_id", "grade", "group", "how"]
    gone = rows.assign(pupils=-taken, school_id=rows["to_school"])[[*cells, "pupils"]]
    come = who.assign(school_id=np.asarray(town)[right % len(town)], how="board", pupils=number)[[*cells, "pupils"]]
    both = pd.concat([old.flows[[*cells, "pupils"]], gone, come])
    sums = both.groupby(cells, observed=True, sort=False)["pupils"].sum().reset_index()
    case = make_case(plan.study, plan.travel, plan.rules, stage)
    count = float(taken.sum())
    note = Text(
        f"{count:,.0f} of {total.sum():,.0f} displaced pupils are assumed to choose the town; they live there in the "
        "week and stand among the boarders.",
        f"假定被撤并学校的 {total.sum():,.0f} 名学生中有 {count:,.0f} 名选择进城就读，平日住城区，计入寄宿。",
    )
    flows = label_flows(case, sums.loc[sums["pupils"] > 1e-7])
    # Families go though the town is full: whoever counts seats again must know.
    work = {**old.work, "to_town": count}
    return old.with_(flows=flows, notes=(*old.notes, note), proof=unproved(old.proof.ended), work=work)


def _quotas(spread: np.ndarray, goes: np.ndarray, whole: bool) -> np.ndarray:
    """Divide what goes to town of each grade over its schools in proportion; whole children where all are."""
    total = spread.sum(axis=1, keepdims=True)
    quota = spread * (goes[:, None] / np.where(total > 0, total, 1.0))
    if not whole:
        return quota
    floor = np.floor(quota + 1e-9)
    missing = np.round(goes - floor.sum(axis=1)).astype(int)
    rank = np.argsort(np.argsort(-(quota - floor), axis=1, kind="stable"), axis=1, kind="stable")
    return floor + (rank < missing[:, None])
