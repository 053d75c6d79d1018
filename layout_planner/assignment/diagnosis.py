"""Why somebody is left over, and what would have to give."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case
from layout_planner.assignment.moves import Move, allowed_pairs
from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.messages import Text
from layout_planner.plan import BEYOND_REACH, NO_SEAT, NO_ZONE, UNREACHABLE


def reasons(move: Move, case: Case, over: pd.DataFrame, otherwise: Text) -> list[str]:
    """Say of each row left over why: no way to any school, none within a hard reach, or the reason given."""
    allowed = allowed_pairs(move, case)
    answer = []
    for place, grade in zip(case.place_at(over["place_id"]), case.grade_at(over["grade"]), strict=True):
        usable = np.isfinite(case.adult[grade][place]) & case.offers[:, grade]
        if not usable.any():
            answer.append(UNREACHABLE.en)
        elif allowed is not None and not (usable & allowed[grade][place]).any():
            answer.append(BEYOND_REACH.en)
        else:
            answer.append(otherwise.en)
    return answer


def diagnose(move: Move, case: Case, left: pd.DataFrame, free: Floats) -> list[Text]:
    """Say which limit leaves pupils over and what would have to give, reason by reason."""
    notes = []
    for why, rows in left.groupby("reason", sort=True):
        number = float(rows["pupils"].sum())
        if why == UNREACHABLE.en:
            told = Text(
                f"{number:,.0f} pupils reach no school; a road, a bus or boarding would have to give.",
                f"{number:,.0f} 名学生没有可达学校；需修路、开校车或寄宿。",
            )
        elif why == BEYOND_REACH.en:
            told = _reach_needed(case, rows, number)
        elif why == NO_SEAT.en:
            told = _seats_needed(case, rows, number, free)
        elif why == NO_ZONE.en:
            continue  # who drew the zones has said why
        else:
            told = Text(
                f"{number:,.0f} pupils are sent to no school by the given zones.",
                f"给定片区未给 {number:,.0f} 名学生指定学校。",
            )
        notes.append(told)
    return notes


def _nearest_way(case: Case, rows: pd.DataFrame) -> tuple[Positions, Floats]:
    """Give the nearest school that has the grade, and the minutes at the pace of the grade, for each row."""
    place, grade = case.place_at(rows["place_id"]), case.grade_at(rows["grade"])
    ways = np.stack(case.adult)[grade, place] * case.pace[grade][:, None]
    ways = np.where(case.offers.T[grade], ways, np.nan)
    nearest = np.nanargmin(ways, axis=1)
    return nearest, ways[np.arange(len(rows)), nearest]


def _reach_needed(case: Case, rows: pd.DataFrame, number: float) -> Text:
    _, minutes = _nearest_way(case, rows)
    need = np.ceil(minutes.max())
    return Text(
        f"{number:,.0f} pupils have no school within the reach; it would have to be {need:.0f} minutes for all, "
        "or a school nearer.",
        f"{number:,.0f} 名学生在规定距离内没有学校；须放宽到 {need:.0f} 分钟，或就近设校。",
    )


def _seats_needed(case: Case, rows: pd.DataFrame, number: float, free: Floats) -> Text:
    nearest, _ = _nearest_way(case, rows)
    wanted = np.bincount(nearest, weights=rows["pupils"].to_numpy(dtype=float), minlength=len(case.schools))
    order = np.argsort(-wanted, kind="stable")[:5]
    parts = [f"{case.study.school_name(case.schools[at])} +{np.ceil(wanted[at]):.0f}" for at in order if wanted[at] > 0]
    spare = free[np.isfinite(free)].sum()
    more = " …" if (wanted > 0).sum() > len(parts) else ""
    return Text(
        f"{number:,.0f} pupils find no seat ({spare:,.0f} free seats elsewhere). Seats at their nearest schools that "
        f"would place them: {', '.join(parts)}{more}.",
        f"{number:,.0f} 名学生没有学位（其他学校尚有 {spare:,.0f} 个空位）。"
        f"在其最近学校增加学位即可安排：{'、'.join(parts)}{more}。",
    )
