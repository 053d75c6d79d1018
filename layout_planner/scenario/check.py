"""What is wrong with a scenario: unknown names, and edits that contradict each other. All at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

import pandas as pd

from layout_planner.base.errors import ScenarioError, nearest_name
from layout_planner.base.messages import Text
from layout_planner.scenario.course import Course
from layout_planner.scenario.edits import Board, Bus, Close, Convert, Edit, Expand, Keep, Merge, Open, Pin, Rebuild
from layout_planner.scenario.types import MAX_FAULTS, Scenario
from layout_planner.study import Study
from layout_planner.study.stages import parse_grades

Ending = Close | Merge | Convert


def check_scenario(study: Study, scenario: Scenario) -> None:
    """Refuse a scenario that names what the study does not have, or contradicts itself.

    Raises
    ------
    ScenarioError
        Every fault, each naming its edit (both edits, where two contradict).
    """
    # A suggestion costs time: of very many faults only the first are put into words.
    faults = [
        *islice(_unknown(study, scenario.edits), MAX_FAULTS),
        *islice(_contradictions(scenario.edits), MAX_FAULTS),
    ]
    if not faults:
        # Only edits that make sense by themselves can be held against the state of the schools.
        faults = [
            f"{describe(edit)}{'' if other is None else f' ↔ {describe(other)}'}: {why}"
            for edit, other, why in islice(Course(study, scenario.edits).faults(), MAX_FAULTS)
        ]
    if faults:
        count = len(faults)
        head = Text(
            f'scenario "{scenario.name}": {count} fault{"" if count == 1 else "s"}, nothing was changed.',
            f"方案“{scenario.name}”：{count} 处错误，未作任何改动。",
        )
        raise ScenarioError("\n".join([str(head), *(f"  {fault}" for fault in faults)]))


def describe(edit: Edit) -> str:
    """Write an edit as one short line, as it would be typed."""
    from dataclasses import fields

    lead = {"Pin": "place", "Open": "site"}.get(type(edit).__name__, "school")
    said = [repr(getattr(edit, lead))]
    for f in fields(edit):
        value = getattr(edit, f.name)
        if f.name not in (lead, "do", "reason") and value is not None and value != f.default:
            said.append(f"{f.name}={value!r}")
    return f"{type(edit).__name__}({', '.join(said)})"


def _unknown(study: Study, edits: Sequence[Edit]) -> Iterator[str]:
    opened = {edit.school_id for edit in edits if isinstance(edit, Open)}
    schools = set(study.schools.index) | opened
    for edit in edits:
        for role in ("school", "into", "host", "parent"):
            name = getattr(edit, role, None)
            if name is not None and name not in schools:
                yield f"{describe(edit)}: {_no_such(name, study.schools, 'school', '学校')}"
        if isinstance(edit, Pin) and edit.place not in study.places.index:
            yield f"{describe(edit)}: {_no_such(edit.place, study.places, 'place', '居住点')}"
        if isinstance(edit, Open) and edit.site not in study.sites.index and edit.site not in study.schools.index:
            yield f"{describe(edit)}: {_no_such(edit.site, study.sites, 'candidate site', '备选校址')}"
        if edit.grades is not None:
            try:
                parse_grades(edit.grades)
            except ValueError:
                told = Text('write grades as "1-3" or "4,5,6"', "年级写作“1-3”或“4,5,6”")
                yield f"{describe(edit)}: {told}"


def _no_such(name: str, frame: pd.DataFrame, en: str, zh: str) -> Text:
    names = frame["name"].astype("string").fillna("") if "name" in frame else pd.Series("", index=frame.index)
    known = {str(key): str(key) for key in frame.index} | {str(n): str(k) for k, n in names.items() if n}
    near = nearest_name(name, known)
    if near is None:
        return Text(f'no {en} "{name}" in the study; check the id.', f"没有{zh}“{name}”；请核对编号。")
    key = known[near]
    shown = f"{key} {names.get(key, '')}".strip()
    return Text(f'no {en} "{name}" in the study (did you mean "{shown}"?).', f"没有{zh}“{name}”（是否为“{shown}”？）。")


def _contradictions(edits: Sequence[Edit]) -> Iterator[str]:
    for one, two in _pairs(edits):
        why = _contradict(one, two) or _contradict(two, one)
        if why is not None:
            yield f"{describe(one)} ↔ {describe(two)}: {why}"


def _pairs(edits: Sequence[Edit]) -> Iterator[tuple[Edit, Edit]]:
    """Give the pairs of edits that touch one thing, in order: only those can contradict each other."""
    touching: dict[tuple[str, str], list[int]] = {}
    for at, edit in enumerate(edits):
        names = {("school", name) for name in (_subject(edit), getattr(edit, "into", None)) if name is not None}
        names |= {("place", edit.place), ("school", edit.school)} if isinstance(edit, Pin) else set()
        names |= {("site", edit.site)} if isinstance(edit, Open) else set()
        for name in names:
            touching.setdefault(name, []).append(at)
    for one, two in sorted({pair for members in touching.values() for pair in combinations(members, 2)}):
        yield edits[one], edits[two]


def _contradict(one: Edit, two: Edit) -> Text | None:
    if isinstance(one, Open) and isinstance(two, Open) and (one.site == two.site or one.school_id == two.school_id):
        return Text("one site or id is opened twice.", "同一校址或编号被开办两次。")
    if not _overlap(one, two):
        return None
    if isinstance(one, Pin) and isinstance(two, Pin) and one.place == two.place:
        return None if one.school == two.school else Text("one place, two schools.", "同一居住点指向两所学校。")
    if _subject(one) is not None and _subject(one) == _subject(two):
        return _contradict_at_school(one, two)
    if isinstance(one, Merge | Pin) and isinstance(two, Ending) and _target(one) == two.school and _ends(two):
        if isinstance(one, Pin):
            return Text("the place is sent to a school that ends.", "居住点指向的学校将撤并。")
        # Given years, the course of the edits tells whether the receiver still has what is needed.
        if not _earlier(one, two) and not _earlier(two, one):
            return Text(
                "the receiving school ends in the same plan; give the first an earlier year, or name the final school.",
                "接收校在同一方案中撤并；请为前者注明更早的年份，或直接写最终学校。",
            )
    return None


def _contradict_at_school(one: Edit, two: Edit) -> Text | None:
    # Given years, the course of the edits tells whether anything is left to end.
    if isinstance(one, Ending) and isinstance(two, Ending) and not _earlier(one, two) and not _earlier(two, one):
        return Text("one school cannot end twice.", "同一学校不能撤两次。")
    if isinstance(one, Keep) and isinstance(two, Ending):
        return Text("the school is to be kept and to end.", "既要保留又要撤并。")
    if isinstance(one, Open) and isinstance(two, Ending) and not _earlier(one, two) and not _earlier(two, one):
        return Text("the school opens and ends; give each its year.", "既要开办又要撤并；请分别注明年份。")
    if isinstance(one, Ending) and _ends(one) and not _earlier(two, one):
        if isinstance(two, Expand | Rebuild):
            return Text("the school ends and is enlarged.", "既要撤并又要扩容。")
        if isinstance(two, Board | Bus):
            return Text("the school ends and gets boarders or a bus.", "既要撤并又要寄宿或通校车。")
    if isinstance(one, Expand | Rebuild) and isinstance(two, Expand | Rebuild) and one.year == two.year:
        totals = [edit for edit in (one, two) if isinstance(edit, Rebuild) or edit.seats is not None]
        if len(totals) == 2:
            return Text("two totals of seats for one school.", "同一学校给出两个学位总数。")
    if isinstance(one, Board | Bus) and type(one) is type(two) and one.year == two.year:
        return Text("one school, two orders for the same.", "同一学校的同一安排写了两次。")
    return None


def _overlap(one: Edit, two: Edit) -> bool:
    if one.stage is not None and two.stage is not None and one.stage != two.stage:
        return False
    if one.grades is None or two.grades is None:
        return True
    try:
        return bool(set(parse_grades(one.grades)) & set(parse_grades(two.grades)))
    except ValueError:
        return False  # named among the unknown already


def _earlier(one: Edit, two: Edit) -> bool:
    return one.year is not None and two.year is not None and one.year < two.year


def _subject(edit: Edit) -> str | None:
    """Give the school an edit is about."""
    if isinstance(edit, Open):
        return edit.school_id
    return None if isinstance(edit, Pin) else edit.school


def _target(edit: Merge | Pin) -> str:
    return edit.into if isinstance(edit, Merge) else edit.school


def _ends(edit: Ending) -> bool:
    return not isinstance(edit, Merge) or edit.site in ("closed", "kindergarten")
