"""What a map shows of a plan: joined, sorted and worded, nothing worked out that the plan does not hold."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import pandas as pd

from layout_planner.base.escape import shorten
from layout_planner.base.messages import Text
from layout_planner.base.proof import DUST
from layout_planner.live.judged import Told, both, finding_rows, held_rules, red_lines, unchecked_rows
from layout_planner.live.stages import candidate_sites
from layout_planner.measures.moved import moved
from layout_planner.measures.pricing import investment, yearly_cost
from layout_planner.page.measure_words import KEY, named, worded
from layout_planner.page.method_words import method_words
from layout_planner.plan import NO_SEAT, REASONS, Assignment, Plan, lacks_school
from layout_planner.plan.columns import ELSEWHERE
from layout_planner.study import Study

OPEN, CLOSED, PLANNED, ENDED, SITE = range(5)
"""State of a school in one plan; `ENDED`: closed by the plan itself, it was open in the plan it is compared with;
`SITE`: a candidate site on which nothing stands yet."""


Numbers = dict[str, Sequence[float | int | None]]
"""Columns of numbers, None where one is not known."""


class StatusWords(TypedDict):
    """How good an assignment is known to be; texts in both languages."""

    status: str
    method: dict[str, str]
    known: dict[str, str]
    unplaced: float | int | None
    notes: list[dict[str, str]]


class StageFacts(TypedDict, total=False):
    """What the page shows of one stage of one plan; see `stage_facts`."""

    schools: Numbers
    unplaced: object
    moves: Numbers
    findings: list[dict[str, object]]
    red: list[str] | None
    unchecked: list[dict[str, object]]
    rules: list[dict[str, object]]
    money: object
    status: StatusWords
    scores: object
    movedRow: object
    schoolScores: object


def stage_facts(
    plan: Plan, first: Plan | None, stage: str, schools: pd.Index, places: pd.Index, told: Told
) -> StageFacts:
    """Give all the page needs to show one stage of one plan, as columns of plain values.

    Parameters
    ----------
    plan
        The plan, scored.
    first
        The plan it is compared with; None for the first itself.
    stage
        The stage; of a plan that did not work it out the schools are shown alone.
    schools, places
        Ids of the page's schools and places; the tables name them by position here.
    told
        What was found of the plan, in both languages.

    Returns
    -------
    dict
        schools, unplaced, moves, status, money, scores, schoolScores, findings, red, unchecked, rules: see the
        functions below. Who goes where is laid out by `live.live_stage`.
    """
    facts: StageFacts = {"schools": school_columns(plan, first, stage, schools)}
    done = plan.assignments.get(stage)
    if done is None:
        return facts
    facts |= {
        "unplaced": unplaced_columns(done.unplaced, places),
        "findings": finding_rows(told, stage, schools, places),
        "red": red_lines(told, stage),
        "unchecked": unchecked_rows(told, stage),
        "rules": held_rules(plan, stage),
        "money": money_row(plan, stage),
        "status": status_words(done),
        "scores": score_rows(plan, stage),
        "movedRow": moved_row(),
        "schoolScores": school_rows(plan, stage, schools),
    }
    if first is not None and stage in first.assignments:
        # Where pupils of closed schools go is told against the plan's own today, whatever it is shown beside.
        facts["moves"] = move_columns(moved(plan, stage, plan.base if plan.base is not None else first), schools)
    return facts


def school_columns(plan: Plan, first: Plan | None, stage: str, schools: pd.Index) -> Numbers:
    """Give the schools that offer a stage, here or in the plan compared with: at, state, roll, seats, closed.

    Candidate sites for the stage stand behind them.
    """
    state = states(plan, first, stage)
    sites = candidate_sites(plan)
    sites = sites.loc[(sites["stage"] == stage) & ~sites.index.isin(state.index)] if len(sites) else sites
    scores = scores_of(plan, stage, "school")
    year = plan.study.schools["closed_year"].reindex(state.index)
    none = [None] * len(sites)
    return {
        "at": _at(schools, state.index.append(sites.index)),
        "state": state.astype(int).tolist() + [SITE] * len(sites),
        "roll": _numbers(_measure(scores, "roll").reindex(state.index), 1) + none,
        "seats": _numbers(_measure(scores, "seats").reindex(state.index), 1)
        + (_numbers(sites["seats"].astype(float), 1) if len(sites) else []),
        "closed": _numbers(year.where(state.isin([CLOSED, ENDED])), 0) + none,
    }


def states(plan: Plan, first: Plan | None, stage: str) -> pd.Series[int]:
    """Tell the state of every school that offers the stage in one of the two plans; index school_id."""
    words = {"open": OPEN, "closed": CLOSED, "planned": PLANNED}
    mine = _offer_states(plan.study, stage).map(words).astype(int)
    if first is None:
        return mine
    then = _offer_states(first.study, stage)
    ids = then.index.union(mine.index, sort=False)
    # A school that lost its offer of this stage is closed as far as this stage is concerned.
    now = mine.reindex(ids, fill_value=CLOSED)
    was_open = then.reindex(ids).eq("open")
    return now.mask(now.eq(CLOSED) & was_open, ENDED)


def unplaced_columns(unplaced: pd.DataFrame, places: pd.Index) -> dict[str, object]:
    """Give the children without a place, by place and reason, with words for the reasons.

    `why` words them, `waits` marks who asks again, `elsewhere` who has a school outside the study.
    """
    here = unplaced[unplaced["place_id"].isin(places)]
    grouped = here.groupby(["place_id", "reason"], observed=True)["pupils"].sum().reset_index()
    reasons = pd.Index(grouped["reason"].unique())
    return {
        "place": _at(places, grouped["place_id"]),
        "pupils": _numbers(grouped["pupils"], 1),
        "reason": _at(reasons, grouped["reason"]),
        "why": [both(REASONS.get(reason, Text(shorten(reason), shorten(reason)))) for reason in reasons],
        "waits": [int(reason == NO_SEAT.en) for reason in reasons],
        "elsewhere": [int(reason == ELSEWHERE.en) for reason in reasons],
    }


def money_row(plan: Plan, stage: str) -> dict[str, float] | None:
    """Give what a plan costs in yuan, three figures that do not add up to one; None for today, which is compared with.

    running: a year, less than today's where negative; building: once; families: the ways of all children at an assumed
    price of their time, a year, against today's.
    """
    base = plan.base
    if base is None or stage not in base.assignments or "running_cost" not in plan.study.offers:
        return None
    now, then = yearly_cost(plan, stage), yearly_cost(base, stage)
    if not np.isfinite(now["total"] - then["total"]):
        return None
    change = now - then
    return {
        "running": round(float(change["running"] + change["floor"])),
        "building": round(investment(plan, stage)),
        "families": round(float(change["travel"])),
    }


def move_columns(table: pd.DataFrame, schools: pd.Index) -> Numbers:
    """Give the pupils who change school, by the school they leave and the one they join, most first."""
    between = table[table["from_school"].isin(schools) & table["to_school"].isin(schools)]
    sums = between.groupby(["from_school", "to_school"], observed=True)["pupils"].sum().reset_index()
    sums = sums.sort_values(["pupils", "from_school", "to_school"], ascending=[False, True, True])
    return {
        "from": _at(schools, sums["from_school"]),
        "to": _at(schools, sums["to_school"]),
        "pupils": _numbers(sums["pupils"], 1),
    }


def score_rows(plan: Plan, stage: str) -> list[dict[str, object]]:
    """Give the county's measures of a stage that have a name on the page, in the scorecard's order."""
    return [
        {
            "measure": row["measure"],
            "key": KEY.index(row["measure"]) if row["measure"] in KEY else None,
            **worded(row["measure"], row["unit"]),
            "value": _number(row["value"], 6),
            "better": row["better"],
            "limit": _number(row["limit"], 6),
            "ok": None if pd.isna(row["ok"]) else bool(row["ok"]),
            "source": shorten(row["source"]),
        }
        for row in scores_of(plan, stage, "county").to_dict("records")
        if named(row["measure"])
    ]


def moved_row() -> dict[str, object]:
    """Give the row of the pupils who change school, for plans that have none (today moves nobody): edits move them."""
    moved_measure = "pupils_moved"
    return {
        "measure": moved_measure,
        "key": KEY.index(moved_measure),
        **worded(moved_measure, "pupils"),
        "value": 0,
        "better": "lower",
        "limit": None,
        "ok": None,
        "source": "",
    }


def school_rows(plan: Plan, stage: str, schools: pd.Index) -> list[dict[str, object]]:
    """Give the other measures of the schools: one entry a measure, its values beside the schools' positions."""
    table = scores_of(plan, stage, "school")
    table = table[table["id"].isin(schools) & ~table["measure"].isin(["roll", "seats", "load"])]
    return [
        {
            **worded(str(measure), str(rows["unit"].iloc[0])),
            "at": _at(schools, rows["id"]),
            "value": _numbers(rows["value"], 3),
        }
        for measure, rows in table.groupby("measure", sort=False)
        if named(str(measure))
    ]


def scores_of(plan: Plan, stage: str, scope: str) -> pd.DataFrame:
    """Give the rows of the scorecard for a stage and a scope."""
    table = plan.scorecard.table
    return table[(table["scope"] == scope) & (table["stage"] == stage)]


_MADE_NAMES = (
    (re.compile(r"keep-(\d+)"), "keep {0} schools", "保留 {0} 所"),
    (re.compile(r"(?:today|现状)(?: (\d{4}))?"), "today {0}", "现状 {0}"),
    (re.compile(r"moved × (.+)"), "moves weighted × {0}", "转学权重 × {0}"),
    (re.compile(r"(?:no edits|无改动)"), "no edits", "无改动"),
)


def name_words(name: str) -> Text:
    """Give a plan's name in both languages where this program made it; the planner's own words stay as they are."""
    for pattern, en, zh in _MADE_NAMES:
        found = pattern.fullmatch(name)
        if found:
            parts = [part or "" for part in found.groups()]
            return Text(en.format(*parts).strip(), zh.format(*parts).strip())
    return Text(name, name)


def status_words(done: Assignment) -> StatusWords:
    """Say how good the assignment is known to be, in words a decision-maker can use."""
    lost = float(done.unplaced.loc[lacks_school(done.unplaced), "pupils"].sum())
    if done.method == "today":
        known = Text("Today as the schools returned it; the rolls are matched", "现状：与各校上报的在校生数一致")
    elif done.status in ("optimal", "feasible", "interrupted") and math.isfinite(done.gap):
        known = _gap_words(done.gap)
    elif done.status == "infeasible":
        known = Text("Not everyone can be placed within these limits", "在这些限制内无法安置全部学生")
    elif done.status == "rule":
        known = Text("A stated rule carried out; nothing was optimised", "按既定规则推算，未作优化")
    elif done.status == "given":
        known = Text("Taken as handed in; nothing was optimised", "按给定结果，未作优化")
    else:
        known = Text("Feasible, but how far from the best is not known", "方案可行，与最优的差距未知")
    if done.status == "interrupted":
        known = Text(f"Stopped early. {known.en}", f"计算提前中止。{known.zh}")
    remark = done.proof.remark
    if remark is not None:
        known = Text(f"{known.en}. {remark.en}", f"{known.zh}。{remark.zh}")
    notes = [note for note in done.notes if isinstance(note, Text)]
    return {
        "status": done.status,
        "method": both(method_words(done)),
        "known": both(known),
        "unplaced": _number(lost, 1),
        "notes": [both(note) for note in notes],
    }


def _gap_words(gap: float) -> Text:
    if gap <= 1e-6:
        return Text("Proved: no plan within these limits is better", "已证明：在这些限制内没有更好的方案")
    # Rounded up: "not more than" must stay true.
    # A difference of floating-point numbers is above what it stands for by less than DUST.
    least = gap - DUST
    percent = math.ceil(least * 1000) / 10 if gap >= 0.0005 else math.ceil(least * 100_000) / 1000
    return Text(
        f"No plan within these limits is more than {percent:g} % better",
        f"在这些限制内，没有任何方案能再好 {percent:g}% 以上",
    )


def _offer_states(study: Study, stage: str) -> pd.Series[str]:
    offered = study.offers.index[study.offers.index.get_level_values("stage") == stage].get_level_values("school_id")
    return study.schools.loc[study.schools.index.isin(offered), "state"].astype(str)


def _at(index: pd.Index, labels: object) -> list[int]:
    return [int(at) for at in index.get_indexer(pd.Index(labels))]


def _measure(scores: pd.DataFrame, measure: str) -> pd.Series[float]:
    return scores[scores["measure"] == measure].set_index("id")["value"]


def _numbers(values: pd.Series, digits: int) -> list[float | int | None]:
    return [_number(value, digits) for value in values.tolist()]


def _number(value: float | None, digits: int) -> float | int | None:
    """Give a number JSON can hold, whole where it is whole; None for NaN and infinity."""
    if value is None or not math.isfinite(value):
        return None
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded
