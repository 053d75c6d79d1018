"""What is wrong with a scenario: unknown names, and edits that contradict each other. All at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import pandas as pd

from layout_planner.base.errors import ScenarioError, nearest_name
from layout_planner.base.messages import Text
from layout_planner.scenario.edits import Close, Convert, Edit, Expand, Keep, Merge, Open, Pin, Rebuild
from layout_planner.scenario.types import Scenario
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
    faults = [*_unknown(study, scenario.edits), *_contradictions(scenario.edits)]
    if not faults:
        # Only edits that make sense by themselves can be held against the state of the schools.
        faults = _against_state(study, scenario.edits)
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

    first = [f.name for f in fields(edit) if f.name in ("school", "site", "place")]
    lead = next(n for n in ("place", "school", "site") if n in first and getattr(edit, n))
    said = [repr(getattr(edit, lead))]
    for f in fields(edit):
        value = getattr(edit, f.name)
        if f.name not in (lead, "do", "reason") and value is not None and value != f.default:
            said.append(f"{f.name}={value!r}")
    return f"{type(edit).__name__}({', '.join(said)})"


def _unknown(study: Study, edits: Sequence[Edit]) -> list[str]:
    opened = {edit.school_id for edit in edits if isinstance(edit, Open)}
    schools = set(study.schools.index) | opened
    faults = []
    for edit in edits:
        for role in ("school", "into", "host", "parent"):
            name = getattr(edit, role, None)
            if name is not None and name not in schools:
                faults.append(f"{describe(edit)}: {_no_such(name, study.schools, 'school', '学校')}")
        if isinstance(edit, Pin) and edit.place not in study.places.index:
            faults.append(f"{describe(edit)}: {_no_such(edit.place, study.places, 'place', '居住点')}")
        if isinstance(edit, Open) and edit.site not in study.sites.index and edit.site not in study.schools.index:
            faults.append(f"{describe(edit)}: {_no_such(edit.site, study.sites, 'candidate site', '备选校址')}")
        if edit.grades is not None:
            try:
                parse_grades(edit.grades)
            except ValueError:
                text = Text('write grades as "1-3" or "4,5,6"', "年级写作“1-3”或“4,5,6”")
                faults.append(f"{describe(edit)}: {text}")
    return faults


def _no_such(name: str, frame: pd.DataFrame, en: str, zh: str) -> Text:
    names = frame["name"].astype("string").fillna("") if "name" in frame else pd.Series("", index=frame.index)
    known = {str(key): str(key) for key in frame.index} | {str(n): str(k) for k, n in names.items() if n}
    near = nearest_name(name, known)
    if near is None:
        return Text(f'no {en} "{name}" in the study; check the id.', f"没有{zh}“{name}”；请核对编号。")
    key = known[near]
    shown = f"{key} {names.get(key, '')}".strip()
    return Text(f'no {en} "{name}" in the study (did you mean "{shown}"?).', f"没有{zh}“{name}”（是否为“{shown}”？）。")


def _contradictions(edits: Sequence[Edit]) -> list[str]:
    faults = []
    for one, two in combinations(edits, 2):
        why = _contradict(one, two) or _contradict(two, one)
        if why is not None:
            faults.append(f"{describe(one)} ↔ {describe(two)}: {why}")
    return faults


def _contradict(one: Edit, two: Edit) -> Text | None:
    if isinstance(one, Open) and isinstance(two, Open) and (one.site == two.site or one.school_id == two.school_id):
        return Text("one site or id is opened twice.", "同一校址或编号被开办两次。")
    if isinstance(one, Pin) and isinstance(two, Pin) and one.place == two.place and _overlap(one, two):
        return None if one.school == two.school else Text("one place, two schools.", "同一居住点指向两所学校。")
    if not _overlap(one, two):
        return None
    same = getattr(one, "school", None) is not None and getattr(one, "school", None) == getattr(two, "school", None)
    if same and isinstance(one, Ending) and isinstance(two, Ending):
        return Text("one school cannot end twice.", "同一学校不能撤两次。")
    if same and isinstance(one, Keep) and isinstance(two, Ending):
        return Text("the school is to be kept and to end.", "既要保留又要撤并。")
    if same and isinstance(one, Ending) and isinstance(two, Expand | Rebuild) and not _earlier(two, one):
        return Text("the school ends and is enlarged.", "既要撤并又要扩容。")
    if same and isinstance(one, Expand | Rebuild) and isinstance(two, Expand | Rebuild):
        totals = [edit for edit in (one, two) if isinstance(edit, Rebuild) or edit.seats is not None]
        if len(totals) == 2 and one.year == two.year:
            return Text("two totals of seats for one school.", "同一学校给出两个学位总数。")
    if isinstance(one, Merge | Pin) and isinstance(two, Ending) and _target(one) == two.school and _ends(two):
        if isinstance(one, Merge) and _earlier(one, two):
            return None
        return Text(
            "the receiving school ends in the same plan; give the first an earlier year, or name the final school.",
            "接收校在同一方案中撤并；请为前者注明更早的年份，或直接写最终学校。",
        )
    return None


def _against_state(study: Study, edits: Sequence[Edit]) -> list[str]:
    state = study.schools["state"].to_dict()
    opened = {edit.school_id for edit in edits if isinstance(edit, Open)}
    faults = []
    for edit in edits:
        if isinstance(edit, Open):
            if state.get(edit.site) == "open":
                faults.append(f"{describe(edit)}: {Text('the school is open already.', '该校已在办。')}")
            elif edit.school_id != edit.site and edit.school_id in state:
                faults.append(f"{describe(edit)}: {Text('that id is taken.', '该编号已被占用。')}")
            continue
        for role in ("school", "into", "host"):
            name = getattr(edit, role, None)
            if name is not None and name not in opened and state.get(name) != "open":
                text = Text(
                    f"school {name} is {state.get(name)}, not open.", f"学校 {name} 不在办（{state.get(name)}）。"
                )
                faults.append(f"{describe(edit)}: {text}")
        school = str(getattr(edit, "school", ""))
        if edit.stage is not None and school in state and not isinstance(edit, Pin | Convert):
            offered = _offered(study, school)
            if edit.stage not in offered:
                text = Text(
                    f"school {school} offers {', '.join(offered)}.", f"学校 {school} 的学段为 {'、'.join(offered)}。"
                )
                faults.append(f"{describe(edit)}: {text}")
        if (
            isinstance(edit, Expand | Rebuild)
            and edit.stage is None
            and school in state
            and len(_offered(study, school)) > 1
        ):
            text = Text("the school has several stages: say which (stage=…).", "该校有多个学段：请注明 stage。")
            faults.append(f"{describe(edit)}: {text}")
        if isinstance(edit, Merge) and school in state and edit.into in state:
            faults += _receiver_lacks(study, edit)
    return faults


def _receiver_lacks(study: Study, edit: Merge) -> Iterable[str]:
    stages = [edit.stage] if edit.stage else _offered(study, edit.school)
    lacking = [stage for stage in stages if stage not in _offered(study, edit.into)]
    if lacking:
        text = Text(
            f"{edit.into} does not offer {', '.join(lacking)}; merge stage by stage (stage=…).",
            f"{edit.into} 不办 {'、'.join(lacking)}；请按学段分别合并（stage=…）。",
        )
        yield f"{describe(edit)}: {text}"


def _offered(study: Study, school: str) -> list[str]:
    return [stage for stage in study.stages if (school, stage) in study.offers.index]


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


def _target(edit: Merge | Pin) -> str:
    return edit.into if isinstance(edit, Merge) else edit.school


def _ends(edit: Ending) -> bool:
    return not isinstance(edit, Merge) or edit.site in ("closed", "kindergarten")
