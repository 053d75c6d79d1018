"""Carrying out a what-if: `today` and `solve`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, Literal, NamedTuple, TypeAlias, cast

import numpy as np
import pandas as pd

from layout_planner._version import __version__
from layout_planner.assignment.methods import METHODS, words_by_name
from layout_planner.assignment.methods.given import given
from layout_planner.assignment.methods.method import GIVEN, Method, Run, method_of
from layout_planner.assignment.moves import Move, Options
from layout_planner.assignment.today import assign_today
from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.labels import positions, texts
from layout_planner.base.memory import kept
from layout_planner.base.messages import Language, Text, language, using_language
from layout_planner.base.progress import track
from layout_planner.measures.findings import judge
from layout_planner.measures.scorecard import score
from layout_planner.plan import Assignment, Plan
from layout_planner.plan.coded import GRADES, LOWEST, Column, add_by_way, coded, joined
from layout_planner.policy import Rules
from layout_planner.scenario import Scenario, apply, with_ids, with_points
from layout_planner.study import Study
from layout_planner.travel import Travel, TravelLike, add_sites

DEFAULT_PROFILES = (
    "cn-large-class", "cn-quality-balance", "cn-small-schools-2018", "cn-layout-2012", "cn-no1-2026",
    "cn-preschool-law-2025",
)  # fmt: skip
"""Rules a plan is judged by when none are given."""


How: TypeAlias = "str | pd.Series | Method | Run"
"""A method by name, a zone map, a method as a value, or any callable that takes a `Move` and gives an `Assignment`."""

Assign: TypeAlias = "How | Mapping[str, How]"
"""One for all, or one a stage."""


def today(study: Study, travel: TravelLike, rules: Rules | None = None, stage: str | None = None) -> Plan:
    """Show the present: who goes where now, scored.

    Where `attendance` or `catchment_<stage>` is given the returned rolls are reproduced with them; else the flow of
    least travel that matches every roll is shown. Children who live here and learn elsewhere stand in `unplaced`,
    pupils whose home is not in the study in `outside`; none is hidden.

    Parameters
    ----------
    study, travel
        The facts, and the ways (one `Travel`, or a mapping stage → travel).
    rules
        What to judge by; the default profiles where left out.
    stage
        One stage only; all stages that schools offer where left out.

    Returns
    -------
    Plan
        Without edits and without a base.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> now = lp.today(study, ways, stage="junior")
    >>> now.scorecard.value("schools", "junior"), now.scorecard.value("pupils", "junior")
    (28.0, 25000.0)
    >>> reproduced = now.assignments["junior"].roll()  # the returned rolls, to the pupil
    >>> bool((reproduced == study.roll("junior")[reproduced.index]).all())
    True
    """
    return _today(study, _hashable(travel), rules or default_rules(), stage, language())


_Ways = tuple[tuple[Any, Travel], ...]


def _hashable(travel: TravelLike) -> Travel | _Ways:
    """Give a mapping of ways a form by which today can be kept."""
    return travel if isinstance(travel, Travel) else tuple(travel.items())


@lru_cache(maxsize=1)
def default_rules() -> Rules:
    """Give the rules a plan is judged by when none are given; always the same object, so that today is kept."""
    return Rules.load(*DEFAULT_PROFILES)


@kept
def _today(study: Study, ways: Travel | _Ways, rules: Rules, stage: str | None, _lang: str) -> Plan:
    """Work out today once for each study; its names and findings are in the reader's language."""
    started = time.perf_counter()
    travel = ways if isinstance(ways, Travel) else dict(ways)
    stages = track(_stages(study, stage), Text("today, by stage", "现状（按学段）"))
    assignments = {s: _assigned_today(study, ways, rules, s) for s in stages}
    name = str(Text("today", "现状"))
    plan = Plan(name, study, travel, rules, Scenario("today"), assignments)
    return judged(plan, started, {"assign": "today"})


@kept
def _assigned_today(study: Study, ways: Travel | _Ways, rules: Rules, stage: str) -> Assignment:
    return assign_today(study, ways if isinstance(ways, Travel) else dict(ways), rules, stage)


def solve(
    study: Study,
    travel: TravelLike,
    rules: Rules | None = None,
    *,
    scenario: Scenario | None = None,
    assign: Assign = "stay",
    stage: str | None = None,
    year: int | None = None,
    reach: Literal["priced", "hard"] = "priced",
    split: bool = False,
    candidates: int | None = None,
    gap: float = 2e-3,
    time_limit: float = 60.0,
) -> Plan:
    """Carry out a what-if and say who goes where.

    Parameters
    ----------
    study, travel, rules
        The facts, the ways (one `Travel`, or a mapping stage → travel), what to judge by.
    scenario
        The edits; none where left out.
    assign
        How pupils are sent to schools:

        - ``"stay"``: as today; only pupils whose school closes or shrinks move. Pupils of a merged school go to the
          one it merged into while it has seats; the others, and those of closed schools, by ``nearest_seats``.
        - ``"stay_nearest"``: as ``"stay"``, but who must move goes to the nearest school that offers the grade, full or
          not; nobody is turned out of a school that shrinks.
        - ``"nearest"``: everyone to the nearest school that offers the grade, full or not.
        - ``"nearest_seats"``: in order of distance, with overflow to the next nearest (see `admit_in_order`).
        - ``"capacity"``: least total minutes within the seats, whole places to one school (generalised assignment
          problem, Ross and Soland 1975); with ``split=True`` places may be divided (transportation problem,
          Hitchcock 1941). Bound and gap are stated.
        - ``"contiguous"``: least total minutes within the seats, whole places, and every zone in one piece around its
          school (service area problem, Kong 2019). Bound and gap are stated. `Contiguous` takes goals, a price for
          overload, forbidden pairs, places kept together and a start.
        - ``"migrants_designated"``, ``"migrants_spare"``: migrants get the seats local children leave, at designated
          schools first or at any public one (see `send_migrants`); local children stay as today.
        - a Series place → school: any zone map, to be scored. Seats are not enforced.
        - a `Method`, or any callable that takes a `Move` and gives an `Assignment`: the planner's own. Its name stands
          in the provenance, its words on pages and in tables.

        A mapping stage → any of these goes stage by stage; a stage it leaves out stays. Except under
        ``"stay"``, ``"stay_nearest"`` and a given map, pupils at private schools and those who learn elsewhere stay
        there.
    stage
        One stage only; all where left out.
    year
        Carry out the edits up to that year only.
    reach
        "priced": long ways are reported as findings; "hard": pairs beyond the rules' reach are not used.
    split
        Under "capacity": let places be divided.
    candidates
        Under "stay" and "nearest_seats": ask at so many nearest schools only; None for all.
    gap
        Under "capacity" and "contiguous": stop at this relative gap.
    time_limit
        Under "capacity" and "contiguous": wall seconds a stage. Ctrl-C under "contiguous" ends the search of the
        stage and gives the best plan so far.

    Returns
    -------
    Plan
        Always. When it cannot be done `status` is "infeasible", `unplaced` names who and why, and the assignment's
        notes say which limit and what would have to give. `plan.study` holds the study after the edits with rolls
        and attendance as they would be.

    Raises
    ------
    ScenarioError
        The scenario names what the study does not have, or contradicts itself.
    DataError
        An argument that is not understood.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> what = lp.Scenario("merger", [lp.Merge("P037", into="P036"), lp.Expand("P036", seats=1350)])
    >>> plan = lp.solve(study, ways, scenario=what, stage="primary")
    >>> plan.scorecard.value("pupils_moved", "primary"), float(study.roll("primary")["P037"])
    (294.0, 294.0)
    >>> plan.scorecard.value("unplaced", "primary")
    0.0
    """
    started = time.perf_counter()
    rules = rules or default_rules()
    scenario = with_ids(study, scenario or Scenario(str(Text("no edits", "无改动"))))
    study, travel = _with_points(study, travel, scenario)
    options = Options(reach, split, candidates, gap, time_limit, year)
    stages = _stages(study, stage)
    chosen = _methods(assign, stages)
    base = _today(study, _hashable(travel), rules, stage, language())
    edited = apply(study, scenario, year)
    assignments = {}
    for s in track(stages, Text("who goes where, by stage", "分配（按学段）")):
        move = Move(study, edited, travel, rules, s, scenario, options, base.assignments[s])
        assignments[s] = _told_of_empty(_carried_out(chosen[s], move), move)
    # A stage nobody moved in keeps its returns as they are.
    changed = {s: a for s, a in assignments.items() if a.flows is not base.assignments[s].flows}
    after = with_rolls(edited, changed, study) if changed else edited
    methods = {s: method.name for s, method in chosen.items()}
    told = next(iter(methods.values())) if len(set(methods.values())) == 1 else methods
    plan = Plan(scenario.name, after, travel, rules, scenario, assignments, base=base)
    return judged(plan, started, {"assign": told, **options.told()})


def _with_points(study: Study, travel: TravelLike, scenario: Scenario) -> tuple[Study, TravelLike]:
    """Let points at which schools open be sites of the study, and measure the ways to them."""
    grown = with_points(study, scenario.edits)
    if grown is study:
        return study, travel
    new = grown.sites.geometry.loc[~grown.sites.index.isin(study.sites.index)]

    def measured(one: Travel) -> Travel:
        return add_sites(one, grown, new.loc[~new.index.isin(one.minutes.columns)])

    if isinstance(travel, Travel):
        return grown, measured(travel)
    each = {id(one): measured(one) for one in travel.values()}
    return grown, cast("TravelLike", {key: each[id(one)] for key, one in travel.items()})


def _told_of_empty(found: Assignment, move: Move) -> Assignment:
    """Say of a school that opens and gets nobody why that is, and what to ask for instead."""
    if not found.stays:
        return found
    roll = found.roll()
    opened = {e.opens for e in move.scenario.edits if e.opens is not None}
    at = move.study.offering(move.stage)
    empty = [school for school in at if school in opened and not roll.get(school, 0.0) > 0]
    notes = [
        Text(
            f'{move.study.school_name(school)} opens and gets 0 pupils: under "{found.method}" only pupils whose '
            'school closes or shrinks move. Use assign="nearest_seats" (or "capacity") to send everyone anew.',
            f"{move.study.school_name(school)} 开办后学生为 0：“{found.method}”只调动撤并或缩减学校的学生。"
            '请改用 assign="nearest_seats"（或 "capacity"）重新安排全部学生。',
        )
        for school in empty
    ]
    return found.with_(notes=(*found.notes, *notes)) if notes else found


def _carried_out(method: Method, move: Move) -> Assignment:
    """Let a method send the pupils of a stage; of one that is not ours the words come along."""
    found = method(move)
    if not isinstance(found, Assignment) or found.stage != move.stage:
        raise refuse(
            f'the method "{method.name}" gave no Assignment of the stage {move.stage}',
            f"分配办法“{method.name}”未给出学段 {move.stage} 的 Assignment",
            "let it return an Assignment, as `settle` makes one",
            "请让它返回 Assignment（可用 settle 生成）",
        )
    if words_by_name().get(method.name) == method.words:
        return found
    return found.with_(method=method.name, words=method.words, stays=method.stays, promises=method.promises)


def _methods(assign: Assign, stages: list[str]) -> dict[str, Method]:
    """Give the method of each stage; a stage a mapping leaves out stays as it is."""
    if not isinstance(assign, Mapping):
        return {stage: _method(assign) for stage in stages}
    unknown = [stage for stage in assign if stage not in stages]
    if unknown:
        hint = did_you_mean(str(unknown[0]), stages)
        raise refuse(
            f'assign= names the stage "{unknown[0]}", which is not at hand{hint.en}',
            f"assign= 中的学段“{unknown[0]}”不在其中{hint.zh}",
            f"use {', '.join(stages)}",
            f"可用：{'、'.join(stages)}",
        )
    return {stage: _method(assign.get(stage, "stay")) for stage in stages}


def _method(assign: How) -> Method:
    if isinstance(assign, str) and assign in METHODS:
        return METHODS[assign]
    if isinstance(assign, pd.Series):
        return replace(GIVEN, run=partial(given, zones=assign))
    if isinstance(assign, Method) and assign.run is not None:
        return assign
    if callable(assign) and not isinstance(assign, Method | type):
        return method_of(assign)
    if isinstance(assign, str):
        hint = did_you_mean(assign, METHODS)
        said = Text(f'assign="{assign}" is unknown{hint.en}', f"assign=“{assign}”未知{hint.zh}")
    else:
        kind = type(assign).__name__
        said = Text(f"assign is a {kind}", f"assign 的类型是 {kind}")
    raise refuse(
        said.en,
        said.zh,
        f"use one of {', '.join(METHODS)}, or a Series place → school, or a method of your own (Move → Assignment)",
        f"可用：{'、'.join(METHODS)}，或“居住点→学校”的 Series，或自定义办法（Move → Assignment）",
    )


def _stages(study: Study, stage: str | None) -> list[str]:
    """Give the stages that have both pupils and schools, or the one asked for."""
    offered = set(study.offers.index.get_level_values("stage"))
    known = [s for s in study.stages if s in offered and s in study.with_pupils]
    if stage is None:
        return known
    if stage not in known:
        hint = did_you_mean(stage, known)
        raise refuse(
            f'no pupils and schools of stage "{stage}"{hint.en}',
            f"没有学段“{stage}”的学生与学校{hint.zh}",
            f"use one of {', '.join(known)}",
            f"可用：{'、'.join(known)}",
        )
    return [stage]


def with_rolls(study: Study, assignments: Mapping[str, Assignment], origin: Study | None = None) -> Study:
    """Give the edited study the rolls and the attendance the plan leads to.

    Parameters
    ----------
    study
        The study after the edits.
    assignments
        Stage → who goes where.
    origin
        The study before them, where many what-ifs start from one: what both have alike is sorted out once.
    """
    before = study if origin is None or origin.rolls is not study.rolls else origin
    ways = study if origin is None or origin.attendance is not study.attendance else origin
    rolls, attendance = [_other_rolls(before, tuple(assignments))], [_other_ways(ways, tuple(assignments))]
    changed: set[tuple[str, str]] = set()
    for stage, assignment in assignments.items():
        table, other = _rolls_after(study, stage, assignment, _returned(before, stage))
        changed |= {(school, stage) for school in other}
        rolls.append(table[list(study.rolls.columns)])
        attendance.append(add_by_way(assignment)[list(study.attendance.columns)])
    after = _joined(rolls, study.rolls.columns)
    return study.with_(
        rolls=after,
        attendance=_joined(attendance, study.attendance.columns),
        offers=_recounted(study.offers, assignments, changed),
        # The register is of classes as they were; where the roll is another, so are they.
        classes=study.classes.loc[~study.classes["school_id"].isin({school for school, _ in changed})]
        if len(study.classes)
        else study.classes,
    )


@kept
def _other_rolls(study: Study, stages: tuple[str, ...]) -> pd.DataFrame:
    return study.rolls.loc[~study.rolls["stage"].isin(stages)]


@kept
def _other_ways(study: Study, stages: tuple[str, ...]) -> pd.DataFrame:
    return study.attendance.loc[~study.attendance["stage"].isin(stages)]


class _Returned(NamedTuple):
    """The rolls of a stage as returned, row by row."""

    school: Column
    grade: Ints
    pupils: Floats
    classes: Floats


@kept
def _returned(study: Study, stage: str) -> _Returned:
    mine = study.rolls.loc[study.rolls["stage"] == stage]
    pupils, classes = (mine[name].to_numpy(dtype=float) for name in ("pupils", "classes"))
    return _Returned(Column.of(mine["school_id"]), mine["grade"].to_numpy(dtype=np.int64), pupils, classes)


def _rolls_after(study: Study, stage: str, assignment: Assignment, before: _Returned) -> tuple[pd.DataFrame, set[str]]:
    """Give the rolls of a stage as they would be, and the schools that have another roll than returned.

    An open grade without pupils has a roll of 0; left out it would read as not returned.
    """
    now = assignment.roll_by_grade()
    open_ = study.offering(stage)
    grades = study.offers_of(stage)["grades"].reindex(open_)
    school = joined(
        joined(before.school, Column(now.index.levels[0], now.index.codes[0])),
        Column(open_, np.repeat(np.arange(len(open_)), [len(offered) for offered in grades])),
    )
    own = [before.grade, now.index.levels[1].to_numpy()[now.index.codes[1]], [g for each in grades for g in each]]
    key = school.at * GRADES + np.concatenate([np.asarray(part, dtype=np.int64) for part in own]) - LOWEST
    returned, after = key[: len(before.grade)], key[len(before.grade) :]
    size = len(school.known) * GRADES
    pupils, classes, roll = np.full(size, np.nan), np.full(size, np.nan), np.zeros(size)
    pupils[returned] = before.pupils
    classes[returned] = before.classes
    roll[after[: len(now)]] = now.to_numpy(dtype=float)
    after = np.unique(after)
    same = np.abs(pupils[after] - roll[after]) < 1e-6
    other = np.concatenate([after[~same], np.setdiff1d(returned, after)]) // GRADES
    table = pd.DataFrame(
        {
            "school_id": texts(school.known, after // GRADES),
            "stage": texts([stage], np.zeros(len(after), dtype=np.intp)),
            "grade": after % GRADES + LOWEST,
            "pupils": roll[after],
            "classes": np.where(same, classes[after], np.nan),
        }
    )
    return table, set(school.known[np.unique(other)])


def _recounted(
    offers: pd.DataFrame, assignments: Mapping[str, Assignment], changed: set[tuple[str, str]]
) -> pd.DataFrame:
    """Give schools whose roll changed their new enrolment and boarders; their classes are not known any more."""
    school, stages = offers.index.get_level_values(0), offers.index.get_level_values(1)
    hit = np.zeros(len(offers), dtype=bool)
    for stage in assignments:
        named = pd.Index([one for one, own in changed if own == stage], dtype="str")
        hit |= (positions(named, school) >= 0) & (stages == stage)
    at = np.flatnonzero(hit)
    after = {}
    school, stages = school[at], stages[at]
    counts = {"enrolment": np.full(len(at), np.nan), "boarders": np.zeros(len(at))}
    for stage, assignment in assignments.items():
        mine = np.flatnonzero(stages == stage)
        counts["enrolment"][mine] = assignment.roll().reindex(school[mine])
        flows = coded(assignment)
        boards = flows.how.is_any("board")
        beds = np.bincount(flows.school.at[boards], weights=flows.pupils[boards], minlength=len(flows.school.known))
        counts["boarders"][mine] = pd.Series(beds, flows.school.known).reindex(school[mine]).fillna(0.0)
    unknown = {"classes": np.full(len(at), np.nan), "class_size": np.full(len(at), np.nan)}
    for column, values in (counts | unknown).items():
        if column in offers:
            after[column] = offers[column].to_numpy(dtype=float, copy=True)
            after[column][at] = values
    return offers.assign(**after)


def _joined(parts: list[pd.DataFrame], columns: Iterable[str]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))


def judged(plan: Plan, started: float, options: Mapping[str, object]) -> Plan:
    """Say how the plan came about, and let it be scored and checked against the rules when that is asked for."""
    provenance = {
        "version": __version__,
        "study": plan.study.name,
        "year": plan.study.year,
        "simulated": plan.study.simulated,
        "demand_base": plan.study.demand_base,
        "inputs": dict(plan.study.sources.get("files", {})),
        "rules": list(plan.rules.profiles),
        "scenario": plan.scenario.as_mapping(),
        "options": dict(options),
        "seconds": round(time.perf_counter() - started, 3),
    }
    return plan.with_(provenance=provenance, judge=_Judge(language()), scorer=score)


@dataclass(frozen=True)
class _Judge:
    """Checks a plan in the language it was made in."""

    lang: Language

    def __call__(self, plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
        with using_language(self.lang):
            return judge(plan)
