"""How pupils come: by day, boarding, lodging near the school, by school bus."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case, label_flows
from layout_planner.base.arrays import Bools, Floats
from layout_planner.base.labels import numbered, rows_of, texts
from layout_planner.scenario import Scenario, in_force
from layout_planner.study.stages import LOWER_GRADES, parse_grades


def as_returned(case: Case, flows: pd.DataFrame) -> pd.DataFrame:
    """Mark who boards today: as many as each school returned, those with the longest way first, grades 1 to 3 last."""
    returned = _of_schools(case, "boarders")
    return flows if returned is None else take_longest(case, flows, np.ones(len(flows), dtype=bool), returned, "board")


def lodge(case: Case, flows: pd.DataFrame) -> pd.DataFrame:
    """Let those lodge near the school (陪读) whom the rolls and the attendance show too far away to come home from.

    Only where the travel knows a farthest daily way ("usual"); who boards has a bed already.
    """
    day = dict(zip(case.grades, case.day, strict=True))
    far = flows["metres"].to_numpy(dtype=float) > flows["grade"].map(day).to_numpy(dtype=float)
    who = far & (flows["how"] == "day").to_numpy(dtype=bool)
    return flows.assign(how=flows["how"].mask(who, "lodge")) if who.any() else flows


def keep_boarding(case: Case, kept: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Let boarders who change school board on while the new school has beds; the others come by day."""
    boarders = (moved["how"] == "board").to_numpy(dtype=bool)
    if not boarders.any():
        return moved.assign(how="day")
    beds = _of_schools(case, "beds")
    free = np.zeros(len(case.schools)) if beds is None else beds
    at = case.school_at(kept["school_id"])
    board = (kept["how"] == "board").to_numpy(dtype=bool) & (at >= 0)
    free = free - np.bincount(at[board], weights=kept["pupils"].to_numpy(dtype=float)[board], minlength=len(free))
    flows = label_flows(case, moved.assign(how=np.where(boarders, "boarded", "day")))
    return take_longest(case, flows, (flows["how"] == "boarded").to_numpy(dtype=bool), free, "board")


def by_orders(case: Case, flows: pd.DataFrame, scenario: Scenario, year: int | None) -> pd.DataFrame:
    """Carry out the edits that let pupils board or ride a bus; those with the longest way come first."""
    for edit in in_force(scenario, year):
        order = edit.carriage
        if order is None or not edit.concerns(case.stage) or edit.subject not in case.schools:
            continue
        who = (flows["school_id"] == edit.subject) & (flows["how"] == "day")
        if edit.grades is not None:
            who &= flows["grade"].isin(parse_grades(edit.grades))
        else:
            who &= ~flows["grade"].isin(order.home_grades)
        if order.beyond_minutes is not None:
            who &= flows["minutes"] > order.beyond_minutes
        room = np.full(len(case.schools), np.inf if order.most is None else float(order.most))
        flows = take_longest(case, flows, who.to_numpy(dtype=bool), room, order.how)
    return flows


def take_longest(case: Case, flows: pd.DataFrame, who: Bools, room: Floats, how: str) -> pd.DataFrame:
    """Let pupils come another way, as many a school as there is room for.

    Parameters
    ----------
    flows
        Labelled flows.
    who
        Shape (flows,): whom it concerns. Those with the longest way come first (unknown ways before all), grades 1 to
        3 last.
    room
        Shape (schools,).
    how
        "board" or "bus". Whom it concerns and who finds no room comes by day.

    Returns
    -------
    pd.DataFrame
        Flows in their order, divided where the room ends.
    """
    if not who.any():
        return flows
    minutes = flows["minutes"].to_numpy(dtype=float)
    young = np.isin(flows["grade"].to_numpy(), LOWER_GRADES)
    at = case.school_at(flows["school_id"])
    mine = np.flatnonzero(who)
    mine = mine[np.lexsort([-np.where(np.isnan(minutes), np.inf, minutes)[mine], young[mine], at[mine]])]
    every = flows["pupils"].to_numpy(dtype=float)
    pupils = every[mine]
    run = np.cumsum(pupils) - pupils
    before = run - run[np.searchsorted(at[mine], at[mine], side="left")]
    taken = np.clip(room[at[mine]] - before, 0.0, pupils)
    rest = np.flatnonzero(~who)
    rides, stays = taken > 1e-7, pupils - taken > 1e-7
    rows = np.concatenate([rest, mine[rides], mine[stays]])
    # What stands in the column, then how those ride who find room, then "day".
    known, old = numbered(flows["how"])
    ways = np.concatenate([old[rest], np.full(rides.sum(), len(known)), np.full(stays.sum(), len(known) + 1)])
    hows = [*known, how, "day"]
    by_day = np.array([one == "day" for one in hows])[ways]
    order = np.lexsort([by_day, rows])  # as the letters go: board, bus, day
    counts = np.concatenate([every[rest], taken[rides], (pupils - taken)[stays]])
    now = {"how": texts(hows, ways[order]), "pupils": counts[order]}
    same = np.array_equal(rows[order], np.arange(len(flows)))
    split = flows.assign(**now) if same else rows_of(flows, rows[order], **now)
    if how == "bus":
        split["mode"] = split["mode"].mask(split["how"] == "bus", "bus")
    # Only where some came that way before can two rows have become alike.
    alike = len(rest) and flows["how"].iloc[rest].isin([how, "day"]).any()
    return label_flows(case, split) if alike else split.reset_index(drop=True)


def _of_schools(case: Case, column: str) -> Floats | None:
    """Give a column of the offers of the stage, shape (schools,), 0 where not returned; None without the column."""
    offers = case.study.offers_of(case.stage)
    if column not in offers:
        return None
    return np.asarray(offers[column].reindex(case.schools).fillna(0.0).to_numpy(dtype=np.float64))
