"""What a map shows of a plan: joined, sorted and worded, nothing worked out that the plan does not hold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.plan import Assignment, Plan
from layout_planner.show.escape import shorten
from layout_planner.show.measure_words import measure_words, unit_kind
from layout_planner.study import Study

OPEN, CLOSED, PLANNED, ENDED = range(4)
"""State of a school in one plan; `ENDED`: closed by the plan itself, it was open in the plan it is compared with."""

_WHO = ["place_id", "grade", "group"]


def stage_facts(plan: Plan, first: Plan | None, stage: str, schools: pd.Index, places: pd.Index) -> dict[str, Any]:
    """Give all the page needs to show one stage of one plan, as columns of plain values.

    Parameters
    ----------
    plan
        The plan.
    first
        The plan it is compared with; None for the first itself.
    stage
        The stage; a plan that did not work it out shows its schools alone.
    schools, places
        The page's schools and places; the tables name them by position here.

    Returns
    -------
    dict
        schools, ways, places, moves, unplaced, scores, status: see the functions below.
    """
    done = plan.assignments.get(stage)
    before = first.assignments.get(stage) if first is not None else None
    facts: dict[str, Any] = {"schools": school_columns(plan, first, stage, schools, done)}
    if done is not None:
        facts["ways"] = way_columns(done.flows, schools, places)
        facts["places"] = place_columns(done, schools, places)
        facts["unplaced"] = unplaced_columns(done.unplaced, places)
        facts["status"] = status_words(done)
        facts["scores"] = score_rows(plan, stage)
        facts["schoolScores"] = scope_rows(plan, stage, "school", schools)
    if done is not None and before is not None:
        moved = moves(before, done)
        both = moved.groupby(["from", "to"], observed=True)["pupils"].sum().reset_index()
        both = both.sort_values(["pupils", "from", "to"], ascending=[False, True, True])
        facts["moves"] = {
            "from": _at(schools, both["from"]),
            "to": _at(schools, both["to"]),
            "pupils": _numbers(both["pupils"], 1),
        }
    return facts


def school_columns(
    plan: Plan, first: Plan | None, stage: str, schools: pd.Index, done: Assignment | None
) -> dict[str, list[Any]]:
    """Give the schools that offer a stage, here or in the plan compared with: at, state, roll, seats."""
    state = states(plan, first, stage)
    limit = plan.rules.value("class_size", stage)
    seats = plan.study.seats(stage, limit).reindex(state.index).replace(np.inf, np.nan)
    roll = done.roll() if done is not None else plan.study.roll(stage)
    roll = roll.reindex(state.index).where(state.eq(OPEN))
    year = plan.study.schools["closed_year"].reindex(state.index)
    return {
        "at": _at(schools, state.index),
        "state": state.astype(int).tolist(),
        "roll": _numbers(roll.where(state.ne(OPEN), roll.fillna(0.0)), 1),
        "seats": _numbers(seats, 1),
        "closed": _numbers(year.where(state.isin([CLOSED, ENDED])), 0),
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


def way_columns(flows: pd.DataFrame, schools: pd.Index, places: pd.Index) -> dict[str, list[Any]]:
    """Give who goes where: one row a place, school and manner, grades and groups put together."""
    grouped = weighted(flows, ["place_id", "school_id", "how"])
    return {
        "place": _at(places, grouped["place_id"]),
        "school": _at(schools, grouped["school_id"]),
        "how": grouped["how"].astype(str).map({"day": 0, "board": 1, "bus": 2}).fillna(0).astype(int).tolist(),
        "pupils": _numbers(grouped["pupils"], 1),
        "minutes": _numbers(grouped["minutes"], 1),
        "metres": _numbers(grouped["metres"], 0),
    }


def place_columns(done: Assignment, schools: pd.Index, places: pd.Index) -> dict[str, list[Any]]:
    """Give the places with placed pupils: at, main school, pupils, mean minutes and metres one way."""
    grouped = weighted(done.flows, ["place_id"]).set_index("place_id")
    return {
        "at": _at(places, grouped.index),
        "school": _at(schools, done.school_of().reindex(grouped.index)),
        "pupils": _numbers(grouped["pupils"], 1),
        "minutes": _numbers(grouped["minutes"], 1),
        "metres": _numbers(grouped["metres"], 0),
    }


def unplaced_columns(unplaced: pd.DataFrame, places: pd.Index) -> dict[str, list[Any]]:
    """Give the children without a place, by place and reason."""
    grouped = unplaced.groupby(["place_id", "reason"], observed=True)["pupils"].sum().reset_index()
    return {
        "place": _at(places, grouped["place_id"]),
        "pupils": _numbers(grouped["pupils"], 1),
        "reason": [shorten(reason) for reason in grouped["reason"]],
    }


def weighted(flows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Put flows together: pupils summed, minutes and metres as the pupils' mean; a way not known does not count."""
    parts = flows[by].copy()
    parts["pupils"] = flows["pupils"].astype(float)
    for column in ("minutes", "metres"):
        known = flows[column].notna()
        parts[column] = (flows[column] * flows["pupils"]).where(known, 0.0)
        parts[f"{column}_n"] = flows["pupils"].where(known, 0.0)
    sums = parts.groupby(by, observed=True).sum().reset_index()
    for column in ("minutes", "metres"):
        sums[column] = sums[column] / sums[f"{column}_n"].replace(0.0, np.nan)
    return sums


def moves(before: Assignment, after: Assignment) -> pd.DataFrame:
    """Tell which school the pupils who change go to: what a place's children leave against what they join.

    Parameters
    ----------
    before, after
        One stage of two plans.

    Returns
    -------
    pd.DataFrame
        place_id, from, to, pupils. Where a place's children of one grade and group leave several schools for several
        others, each school left sends the same shares. Children without a place before or after are left out.
    """
    key = [*_WHO, "school_id"]
    was = before.flows.groupby(key, observed=True)["pupils"].sum()
    now = after.flows.groupby(key, observed=True)["pupils"].sum()
    change = now.sub(was, fill_value=0.0).rename("pupils").reset_index()
    left = change[change["pupils"] < -1e-9].rename(columns={"school_id": "from"})
    joined = change[change["pupils"] > 1e-9].rename(columns={"school_id": "to"})
    pairs = left.merge(joined, on=_WHO, suffixes=("_left", "_joined"))
    if pairs.empty:
        return pd.DataFrame(columns=["place_id", "from", "to", "pupils"])
    leaving, joining = -pairs["pupils_left"], pairs["pupils_joined"]
    by = [pairs[column] for column in _WHO]
    total_left = leaving.groupby([*by, pairs["to"]]).transform("sum")
    total_joined = joining.groupby([*by, pairs["from"]]).transform("sum")
    pairs["pupils"] = leaving * joining / np.maximum(total_left, total_joined)
    return pairs.groupby(["place_id", "from", "to"], observed=True)["pupils"].sum().reset_index()


def score_rows(plan: Plan, stage: str) -> list[dict[str, Any]]:
    """Give the county's measures of a stage, worded in both languages, in the scorecard's order."""
    table = plan.scorecard.table
    mine = table[(table["scope"] == "county") & (table["stage"] == stage)]
    return [
        {
            "measure": str(row["measure"]),
            **measure_words(str(row["measure"])),
            "value": _number(row["value"], 6),
            "kind": unit_kind(str(row["measure"]), str(row["unit"])),
            "unit": str(row["unit"]),
            "better": str(row["better"]),
            "limit": _number(row["limit"], 6),
            "ok": None if pd.isna(row["ok"]) else bool(row["ok"]),
            "source": shorten(row["source"]) if isinstance(row["source"], str) else "",
        }
        for row in mine.to_dict("records")
    ]


def scope_rows(plan: Plan, stage: str, scope: str, ids: pd.Index) -> list[dict[str, Any]]:
    """Give the measures of every school (or place) of a stage: one entry a measure, values by position."""
    table = plan.scorecard.table
    mine = table[(table["scope"] == scope) & (table["stage"] == stage) & table["id"].isin(ids)]
    return [
        {
            "measure": str(measure),
            **measure_words(str(measure)),
            "kind": unit_kind(str(measure), str(rows["unit"].iloc[0])),
            "unit": str(rows["unit"].iloc[0]),
            "at": _at(ids, rows["id"]),
            "value": _numbers(rows["value"], 4),
        }
        for measure, rows in mine.groupby("measure", sort=False)
    ]


METHODS: Mapping[str, Text] = {
    "today": Text("today's attendance", "现状就读"),
    "stay": Text("all stay but those whose school closes or shrinks", "其余不动，仅撤并学校的学生转学"),
    "nearest": Text("each to the nearest school, seats not counted", "就近入学（不计学位）"),
    "nearest_seats": Text("nearest school with seats left", "就近入学，满额顺延"),
    "capacity": Text("least total travel within the seats", "学位约束下总路程最短"),
    "contiguous": Text("unbroken catchments, least total travel", "片区连片，总路程最短"),
    "given": Text("catchments as handed in", "按给定划片"),
}


def status_words(done: Assignment) -> dict[str, Any]:
    """Say how good the assignment is known to be, in words a decision-maker can use."""
    method = METHODS.get(done.method, Text(done.method, done.method))
    lost = float(done.unplaced["pupils"].sum())
    if done.status in ("optimal", "feasible", "interrupted") and not math.isnan(done.gap):
        known = _gap_words(done.gap)
    elif done.status == "infeasible":
        known = Text("Not everyone can be placed within these limits", "在这些限制内无法安置全部学生")
    elif done.status == "rule":
        known = Text("A stated rule carried out; nothing was optimised", "按既定规则推算，未作优化")
    elif done.status == "given":
        known = Text("Taken as handed in; nothing was optimised", "按给定结果，未作优化")
    else:
        known = Text("Lawful, but how far from the best is not known", "方案可行，与最优的差距未知")
    if done.status == "interrupted":
        known = Text(f"Stopped early. {known.en}", f"计算提前中止。{known.zh}")
    notes = [note for note in done.notes if isinstance(note, Text)]
    return {
        "status": done.status,
        "method": both(method),
        "known": both(known),
        "unplaced": _number(lost, 1),
        "notes": [both(Text(shorten(note.en, 400), shorten(note.zh, 400))) for note in notes],
    }


def both(text: Text) -> dict[str, str]:
    """Give a text in the two languages of the page."""
    return {"zh": text.zh, "en": text.en}


def _gap_words(gap: float) -> Text:
    if gap <= 1e-6:
        return Text("Proved: no plan within these limits is better", "已证明：在这些限制内没有更好的方案")
    # Rounded up: "not more than" must stay true.
    percent = math.ceil(gap * 1000) / 10 if gap >= 0.0005 else math.ceil(gap * 100_000) / 1000
    return Text(
        f"No plan within these limits is more than {percent:g} % better",
        f"在这些限制内，没有任何方案能再好 {percent:g}% 以上",
    )


def _offer_states(study: Study, stage: str) -> pd.Series[str]:
    offered = study.offers.index[study.offers.index.get_level_values("stage") == stage].get_level_values("school_id")
    return study.schools.loc[study.schools.index.isin(offered), "state"].astype(str)


def _at(index: pd.Index, labels: Any) -> list[int]:
    return [int(at) for at in index.get_indexer(pd.Index(labels))]


def _numbers(values: pd.Series, digits: int) -> list[float | int | None]:
    return [_number(value, digits) for value in values.tolist()]


def _number(value: Any, digits: int) -> float | int | None:
    """Give a number JSON can hold, whole where it is whole; None for NaN and infinity."""
    if value is None or not math.isfinite(value):
        return None
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded
