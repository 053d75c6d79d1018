"""What schools offer: the stages, the kind and the grades that one row says, brought together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table
from layout_planner.study.columns import stage_columns
from layout_planner.study.kinds import SECONDARY, Offered
from layout_planner.study.stages import STAGES, Calendar, format_grades, grade_from_label, parse_grades


def read_offers(table: Table, calendar: Calendar) -> None:
    """Bring stage, kind and grades of the schools together; the frame is changed.

    `stage` and `kind` hold what `kinds.read_offered` made of their cells. Either may be named by either: 九年一贯制 in
    the column of stages is a kind, 小学 in the column of kinds a stage. Afterwards `stage` is text, several stages
    joined by ";", `kind` a code, and `grades` tuples, from their own column, from the lowest and highest grade, or from
    a cell such as "K-8".
    """
    frame = table.frame
    blank: list[object] = [None] * len(frame)
    first = list(frame["stage"]) if "stage" in frame else blank
    second = list(frame["kind"]) if "kind" in frame else blank
    said = [[one for one in row if isinstance(one, Offered)] for row in zip(first, second, strict=True)]
    stages = [next((one.stages for one in row if one.stages), ()) for row in said]
    # What the column of kinds says goes first; a stage alone names a kind only where it is the only word.
    kinds = [next((one.kind for one in row[::-1] if one.kind is not None), None) for row in said]
    bare = [
        isinstance(a, Offered) and len(a.stages) == 1 and not isinstance(b, Offered)
        for a, b in zip(first, second, strict=True)
    ]
    kinds = [None if lone and kind in _PLAIN_KINDS else kind for lone, kind in zip(bare, kinds, strict=True)]
    spans = [next((span for one in row if (span := _grades_of(one, calendar))), None) for row in said]
    if {"grade_from", "grade_to"} <= set(frame.columns):
        low, high = frame["grade_from"].to_numpy(), frame["grade_to"].to_numpy()
        between = [tuple(range(int(a), int(b) + 1)) if a <= b else None for a, b in zip(low, high, strict=True)]
        spans = [own or other for own, other in zip(spans, between, strict=True)]
    given = list(frame["grades"]) if "grades" in frame else blank
    grades = [g if isinstance(g, tuple) else own for g, own in zip(given, spans, strict=True)]
    if "stage" in frame or any(stages):
        frame["stage"] = pd.Series([";".join(s) or None for s in stages], index=frame.index, dtype="str")
    if "kind" in frame or any(kinds):
        frame["kind"] = pd.Series(kinds, index=frame.index, dtype="str")
    if "grades" in frame or any(g is not None for g in grades):
        frame["grades"] = pd.Series(grades, index=frame.index, dtype=object)


_LEADS = ("seats", "enrolment", "classes", "classrooms", "teachers", "staff")


def tell_stages_by_columns(table: Table, calendar: Calendar, faults: Faults) -> None:
    """Let a table without stage and kind tell its stages by the columns that hold numbers; the frame is changed.

    A school with 小学学位 and 初中学位 has both stages; told, for a stage without a number would go unseen.
    """
    frame = table.frame
    if {"stage", "kind", "grades", "grade_from"} & set(frame.columns):
        return
    filled: dict[str, list[np.ndarray]] = {}
    for lead in _LEADS:
        for stage, columns in stage_columns(map(str, frame.columns), lead).items():
            filled.setdefault(stage, []).extend((frame[c] > 0).to_numpy(dtype=bool) for c in columns.values())
    for column in [str(c) for c in frame.columns if str(c).startswith("enrolment_g")]:
        for stage in calendar.stages_of([grade_from_label(column.removeprefix("enrolment_g"))]):
            filled.setdefault(stage, []).append((frame[column] > 0).to_numpy(dtype=bool))
    if not filled:
        return
    held = {stage: np.logical_or.reduce(masks) for stage, masks in filled.items()}
    stages = [tuple(s for s in STAGES if s in held and held[s][at]) for at in range(len(frame))]
    frame["stage"] = pd.Series([Offered(s) if s else None for s in stages], index=frame.index, dtype=object)
    told = Text(
        "neither a stage nor a kind is named: each school has the stages whose columns hold a number.",
        "未写学段和办学类型：按有数字的分学段列确定各校学段。",
    )
    mend = Text("add a column of stages if that is not so.", "如不属实，请增加学段列。")
    faults.add(table.file, told, mend, 1, warn=True)


def _grades_of(one: Offered, calendar: Calendar) -> tuple[int, ...]:
    return parse_grades(one.years, calendar) if one.years else one.grades


_PLAIN_KINDS = ("111", "211", "311", "342", "361", "511")
"""Kinds that say no more than the stage: they are left to `build.build_schools`, which sees all rows of a school."""


def split_stages(stage: object, grades: object, calendar: Calendar) -> list[tuple[str | None, tuple[int, ...] | None]]:
    """Give the stages of one row and the grades of each.

    Parameters
    ----------
    stage
        One or several, joined by ";"; missing where only the grades tell.
    grades
        A tuple, or missing: then all of the stage's.
    calendar
        Tells the stages of grades, and what a secondary school holds.

    Returns
    -------
    list
        (stage, its grades or None for all of them); one entry (None, None) where nothing is told.
    """
    own = grades if isinstance(grades, tuple) else None
    names = stage.split(";") if isinstance(stage, str) else []
    held = {one for name in names for one in (calendar.secondary if name == SECONDARY else (name,))}
    if SECONDARY in names and own:
        held &= set(calendar.stages_of(own)) or held
    if not names and own:
        held = set(calendar.stages_of(own))
    found = [one for one in STAGES if one in held]
    if not found:
        return [(None, own)]
    if own is None or len(found) == 1:
        return [(one, own) for one in found]
    spans = {one: span for one in found if (span := calendar.span(one)) is not None}
    return [(one, tuple(g for g in own if low <= g <= high)) for one, (low, high) in spans.items()]


def without_early_years(table: Table, calendar: Calendar, faults: Faults) -> None:
    """Take kindergarten years off the grades of schools of another stage, and say so; the frame is changed.

    A primary school "PK-5" keeps its grades 1–5: its kindergarten years are another stage, which its row does not name.
    """
    frame = table.frame
    if "grades" not in frame:
        return
    taken = np.zeros(len(frame), dtype=bool)
    kept = list(frame["grades"])
    for at, (stage, grades) in enumerate(zip(frame["stage"], frame["grades"], strict=True)):
        span = calendar.span(stage) if isinstance(stage, str) else None
        if span is None or stage == "kindergarten" or not isinstance(grades, tuple):
            continue
        later = tuple(g for g in grades if g > 0 or g >= span[0])
        if later and later != grades:
            kept[at], taken[at] = later, True
    if taken.any():
        frame["grades"] = pd.Series(kept, index=frame.index, dtype=object)
        shown = format_grades(kept[int(np.flatnonzero(taken)[0])])
        told = Text(
            f"{int(taken.sum())} schools also have years before grade 1; only their own stage is read (here {shown}).",
            f"{int(taken.sum())} 所学校另设学前年级，仅按本学段年级读取（此处为 {shown}）。",
        )
        mend = Text(
            "if their kindergarten is to be planned, give it a row of its own with its pupils.",
            "如需规划其学前部分，请另列一行并填其人数。",
        )
        row = int(table.raw.rows[int(np.flatnonzero(taken)[0])])
        faults.add(table.file, told, mend, row, table.header_of.get("grades", "grades"), warn=True)
