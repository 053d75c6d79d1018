"""What is wrong with a scenario: unknown names, and edits that contradict each other. All at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

import pandas as pd

from layout_planner.base.errors import ScenarioError, nearest_name
from layout_planner.base.messages import Text
from layout_planner.scenario.edit import Edit, in_order
from layout_planner.scenario.standing import Standing
from layout_planner.scenario.types import MAX_FAULTS, Scenario
from layout_planner.study import Study
from layout_planner.study.stages import parse_grades


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
        faults = [*islice(_course(study, scenario.edits), MAX_FAULTS)]
    if faults:
        count = len(faults)
        head = Text(
            f'scenario "{scenario.name}": {count} fault{"" if count == 1 else "s"}, nothing was changed.',
            f"方案“{scenario.name}”：{count} 处错误，未作任何改动。",
        )
        raise ScenarioError("\n".join([str(head), *(f"  {fault}" for fault in faults)]))


def _why(edits: str, why: Text) -> str:
    return str(Text(f"{edits}: {why.en}", f"{edits}：{why.zh}"))


def _unknown(study: Study, edits: Sequence[Edit]) -> Iterator[str]:
    schools = set(study.schools.index) | {edit.opens for edit in edits}
    sites = set(study.sites.index) | set(study.schools.index)
    known = {
        "school": (schools, study.schools, "school", "学校"),
        "place": (set(study.places.index), study.places, "place", "居住点"),
        "site": (sites, study.sites, "candidate site", "备选校址"),
    }
    for edit in edits:
        for kind, name in edit.names:
            ids, *told = known[kind]
            if name not in ids:
                yield _why(edit.described(), _no_such(name, *told))
        if edit.grades is not None:
            try:
                parse_grades(edit.grades)
            except ValueError:
                how = Text('write grades as "1-3" or "4,5,6"', "年级写作“1-3”或“4,5,6”")
                yield _why(edit.described(), how)


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
            yield _why(f"{one.described()} ↔ {two.described()}", why)


def _pairs(edits: Sequence[Edit]) -> Iterator[tuple[Edit, Edit]]:
    """Give the pairs of edits that touch one thing, in order: only those can contradict each other."""
    touching: dict[tuple[str, str], list[int]] = {}
    for at, edit in enumerate(edits):
        for name in {*edit.names, *(("school", school) for school in edit.schools)}:
            touching.setdefault(name, []).append(at)
    for one, two in sorted({pair for members in touching.values() for pair in combinations(members, 2)}):
        yield edits[one], edits[two]


def _contradict(one: Edit, two: Edit) -> Text | None:
    both_open = one.opens is not None and two.opens is not None
    if both_open and (one.opens == two.opens or set(one.named("site")) & set(two.named("site"))):
        return Text("one site or id is opened twice.", "同一校址或编号被开办两次。")
    if not _overlap(one, two):
        return None
    if one.sends is not None and one.sends == two.sends:
        return None if one.receiver == two.receiver else Text("one place, two schools.", "同一居住点指向两所学校。")
    if one.subject is not None and one.subject == two.subject:
        return _contradict_at_school(one, two)
    if one.receiver is not None and two.empties and one.receiver == two.subject:
        if one.sends is not None:
            return Text("the place is sent to a school that ends.", "居住点指向的学校将撤并。")
        # Given years, the course of the edits tells whether the receiver still has what is needed.
        if not _apart(one, two):
            return Text(
                "the receiving school ends in the same plan; give the first an earlier year, or name the final school.",
                "接收校在同一方案中撤并；请为前者注明更早的年份，或直接写最终学校。",
            )
    return None


def _contradict_at_school(one: Edit, two: Edit) -> Text | None:
    # Given years, the course of the edits tells whether anything is left to end.
    if one.ends and two.ends and not _apart(one, two):
        return Text("one school cannot end twice.", "同一学校不能撤两次。")
    if one.promise and two.ends:
        return Text("the school is to be kept and to end.", "既要保留又要撤并。")
    if one.opens is not None and two.ends and not _apart(one, two):
        return Text("the school opens and ends; give each its year.", "既要开办又要撤并；请分别注明年份。")
    if one.empties and not two.earlier(one):
        if _enlarges(two):
            return Text("the school ends and is enlarged.", "既要撤并又要扩容。")
        if two.carriage is not None:
            return Text("the school ends and gets boarders or a bus.", "既要撤并又要寄宿或通校车。")
    if one.year != two.year:
        return None
    if _enlarges(one) and _enlarges(two) and one.sets_total and two.sets_total:
        return Text("two totals of seats for one school.", "同一学校给出两个学位总数。")
    if one.carriage is not None and two.carriage is not None and one.carriage.how == two.carriage.how:
        return Text("one school, two orders for the same.", "同一学校的同一安排写了两次。")
    return None


def _overlap(one: Edit, two: Edit) -> bool:
    try:
        return one.overlaps(two)
    except ValueError:
        return False  # named among the unknown already


def _apart(one: Edit, two: Edit) -> bool:
    """Tell whether their years set them apart."""
    return one.earlier(two) or two.earlier(one)


def _enlarges(edit: Edit) -> bool:
    return edit.builds and edit.opens is None


def _course(study: Study, edits: Sequence[Edit]) -> Iterator[str]:
    """Go through the edits in order and tell what cannot be carried out as the earlier ones left the schools."""
    ordered = in_order(edits)
    standing = Standing(study, {edit.opens: edit for edit in ordered if edit.opens is not None})
    for edit in ordered:
        for other, why in edit.faults(standing):
            yield _why(f"{edit.described()}{'' if other is None else f' ↔ {other.described()}'}", why)
