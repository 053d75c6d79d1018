"""Checks of closures: the no-closure tests of 2012/2016, what must be kept and recorded, the procedure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.measures.distance import beyond_reach
from layout_planner.measures.findings.case import Case, Finding, Told, cited, hold, plain
from layout_planner.measures.findings.schools import size_limit
from layout_planner.measures.findings.ways import mode_of
from layout_planner.measures.moved import NOWHERE
from layout_planner.policy import STEPS, earliest_closing_years, procedure_clock
from layout_planner.scenario import Edit
from layout_planner.travel import Travel, trace_ways
from layout_planner.travel.paths import unsafe_names
from layout_planner.travel.types import travel_for


def check_closures(case: Case, trace: bool = False) -> Told:
    """The tests a closure must stand, for every school that offers the stage no more."""
    if not len(case.closed):
        return
    yield from _hearing(case)
    yield from _kept(case)
    yield from _recorded(case)
    yield from _way_too_long(case)
    if trace:
        yield from _way_unsafe(case)
    elif case.has("no_closure_way_unsafe"):
        yield case.unchecked(
            "no_closure_way_unsafe",
            Text(
                "the new ways were not traced: check_plan(plan, trace=True)",
                "未逐条核查新路线：check_plan(plan, trace=True)",
            ),
        )
    yield from _receivers(case)
    yield from _built_first(case)
    yield from _procedure(case)


def check_junior_per_township(case: Case) -> Told:
    """Townships left without a junior school, or without one today."""
    study, base = case.plan.study, case.plan.base
    if case.stage != "junior" or not case.has("junior_per_township"):
        return
    if "township_id" not in study.schools or not len(study.townships):
        yield case.unchecked("junior_per_township", Text("townships of the schools", "学校所属乡镇"))
        return
    count = _per_township(case.schools.index, study.schools["township_id"], study.townships.index)
    home = study.places["township_id"] if "township_id" in study.places else pd.Series(dtype=object)
    pupils = (
        case.demand.groupby(home.reindex(case.demand.index).to_numpy()).sum() if len(home) else pd.Series(dtype=float)
    )
    before = count
    if base is not None and case.stage in base.assignments:
        offering = base.study.offering(case.stage)
        before = _per_township(offering, base.study.schools["township_id"], study.townships.index)
    for lost, what in ((True, Text("township left without a junior school", "乡镇将没有初中")), (False, None)):
        mine = count.where((before > count).to_numpy() == lost)
        yield from hold(case, "junior_per_township", mine, pupils, "township", what=what)


def _per_township(schools: pd.Index, township: pd.Series, townships: pd.Index) -> pd.Series[float]:
    return township.reindex(schools).value_counts().reindex(townships, fill_value=0).astype(float)


def _leaving(case: Case) -> pd.Series[float]:
    """Give the pupils each closed school had; index school_id."""
    assert case.plan.base is not None
    return case.plan.base.assignments[case.stage].roll().reindex(case.closed, fill_value=0.0)


def _hearing(case: Case) -> Told:
    """Two tests in one clause: most delegates of the hearing against, or most parents."""
    clock = procedure_clock(case.plan.study, case.plan.rules, case.closed)
    for name, column, data in (
        ("no_closure_majority_against", "against", Text("result of the hearing", "听证结果")),
        ("no_closure_parents_against", "parents", Text("what the parents say", "家长意见")),
    ):
        if case.has(name):
            against = clock[column].astype(float)
            yield from _not_told(case, name, against.isna(), data)
            yield from hold(case, name, against, _leaving(case))


def _not_told(case: Case, name: str, silent: pd.Series[bool], data: Text) -> Told:
    """Say of how many closures something is not told."""
    number, total = int(silent.sum()), len(silent)
    if number:
        yield case.unchecked(
            name,
            Text(
                f"{data.en}: not told for {number} of {total} closures",
                f"{data.zh}：{total} 所撤并校中 {number} 所未填",
            ),
        )


def _kept(case: Case) -> Told:
    """Small rural schools and rural kindergartens that close: told as such, with the reason that is given."""
    left, endings = _leaving(case), _endings(case)
    small = left.where((left > 0).to_numpy(dtype=bool))
    for name, values in (("small_school_kept", small), ("kindergarten_kept", pd.Series(1.0, index=left.index))):
        if not case.has(name) or (name == "kindergarten_kept") != (case.stage == "kindergarten"):
            continue
        for told in hold(case, name, values, left):
            if isinstance(told, Finding):
                ending = endings.get(told.id)
                given = "" if ending is None else str(ending.reason or "").strip()
                because = (
                    Text(f"reason: {given}", f"理由：{given}") if given else Text("no reason is given", "未写理由")
                )
                told = replace(told, what=str(Text(f"{told.what}; {because.en}", f"{told.what}；{because.zh}")))
            yield told


def _recorded(case: Case) -> Told:
    """What must be on record of a closure: the plan filed, the approval above, a kindergarten's report."""
    table = case.plan.study.extra.get("procedure")
    for name, columns, data in RECORDS:
        if not case.has(name):
            continue
        bound = _bound(case, name)
        silent, refused = pd.Series(True, index=bound), pd.Series(False, index=bound)
        if table is not None and "school_id" in table:
            rows = table.drop_duplicates("school_id", keep="last").set_index("school_id")
            told = [rows[c].reindex(bound).astype("string").fillna("").str.strip() for c in columns if c in rows]
            if len(told) == len(columns):
                silent = pd.concat([words == "" for words in told], axis=1).any(axis=1)
                refused = pd.concat([words.str.lower().isin(NO_WORDS) for words in told], axis=1).any(axis=1)
        yield from _not_told(case, name, silent & ~refused, data)
        # "must be there" is a least of one; "must not be missing" a most of none.
        there = 0.0 if next(r.sense for r in case.plan.rules.rules if r.name == name) == "min" else 1.0
        yield from hold(case, name, pd.Series(there, index=bound).where(refused), _leaving(case))
    if case.has("kindergarten_end_reported") and case.stage == "kindergarten":
        changes = case.changes
        lost = changes.loc[changes["from_school"].isin(case.closed) & (changes["to_school"] == NOWHERE)]
        by = lost.groupby("from_school")["pupils"].sum()
        what = Text("kindergarten ended; children left without a school", "幼儿园终止办园，有儿童未安置")
        yield from hold(case, "kindergarten_end_reported", by, by, what=what)


def _bound(case: Case, name: str) -> pd.Index[str]:
    """Give the closed schools a rule binds where they lie; those nobody knows where among them."""
    if not case.by_area(name):
        return case.closed
    rules, areas = case.plan.rules, case.areas("school", case.closed)
    free = [area for area in set(areas) if area and rules.find(name, case.stage, area=area) is None]
    return case.closed[~areas.isin(free).to_numpy(dtype=bool)]


RECORDS = (
    ("plan_filed", ("plan_filed",), Text("layout plan filed with the province", "布局规划报省备案日期")),
    ("closure_approved", ("approval",), Text("approval above", "上级批准日期")),
    (
        "kindergarten_end_reported",
        ("reported", "notice_start"),
        Text("report to the county office and public notice", "向县级教育部门报告与公告日期"),
    ),
)
"""Rule, columns of the procedure table that hold the dates, and their words."""

NO_WORDS = ("no", "否", "无", "未", "没有", "false", "0")
"""What a cell says where it was not done."""


def _way_too_long(case: Case) -> Told:
    rule = case.plan.rules.find("no_closure_way_unsafe", case.stage)
    if rule is None:
        return
    ways = _new_ways(case)
    mode, far = mode_of(case), np.zeros(len(ways), dtype=bool)
    known = np.zeros(len(ways), dtype=bool)
    for unit in ("minutes", "metres"):
        beyond = beyond_reach(ways, case.plan.rules, unit, mode)
        known |= beyond.notna().to_numpy()
        far |= beyond.fillna(False).to_numpy(dtype=bool)
    if not known.all():
        told = float(ways["pupils"].to_numpy()[~known].sum())
        yield case.unchecked(
            "no_closure_way_unsafe",
            Text(
                f"a limit or a way: too long or not is not told for {told:,.0f} of the pupils who move",
                f"无路程限值或路程未知：{told:,.0f} 名转学学生未判断路途是否过远",
            ),
        )
    # Who went as far before is no worse off: the closure is not what makes the way too long.
    longer = ~(ways["minutes"] <= ways["minutes_before"] + 1e-9).to_numpy(dtype=bool)
    what = Text("closed; the new way is too long", "撤并后路途过远")
    by = ways.loc[far & longer].groupby("from_school", sort=True)["pupils"].sum()
    yield from hold(case, rule.name, by, by, what=what)


def _new_ways(case: Case) -> pd.DataFrame:
    """Give the displaced pupils with their new ways: the columns of flows, from_school, and minutes_before."""
    assert case.plan.base is not None
    keys = ["place_id", "grade", "group"]
    flows, before = case.assignment.flows, case.plan.base.assignments[case.stage].flows
    flows = flows.loc[flows["place_id"].isin(case.displaced["place_id"].unique())]
    before = before.loc[before["school_id"].isin(case.displaced["from_school"].unique())]
    wanted = {"how": "first", "minutes": "max", "metres": "max"}
    ways = flows.groupby([*keys, "school_id"], sort=False).agg(wanted).reset_index()
    old = before.groupby([*keys, "school_id"], sort=False)["minutes"].max().reset_index()
    old = old.rename(columns={"school_id": "from_school", "minutes": "minutes_before"})
    left = case.displaced.rename(columns={"to_school": "school_id"})
    found = left.merge(ways, on=[*keys, "school_id"], how="left").merge(old, on=[*keys, "from_school"], how="left")
    return found.assign(stage=case.stage)


def _way_unsafe(case: Case) -> Told:
    """Trace the new way of every displaced pupil and name what is unsafe on it."""
    rule = case.plan.rules.find("no_closure_way_unsafe", case.stage)
    study = case.plan.study
    travel: Travel = travel_for(case.plan.travel, case.stage)
    if rule is None or study.roads is None or travel.options.get("given"):
        if rule is not None:
            yield case.unchecked(rule.name, Text("roads to trace the ways on", "可追踪路线的道路"))
        return
    moves = case.displaced.groupby(["from_school", "place_id", "to_school"], sort=True)["pupils"].sum().reset_index()
    pairs = list(zip(moves["place_id"], study.site_of(list(moves["to_school"])), strict=True))
    names = {(w.place_id, w.site_id): unsafe_names(w) for w in trace_ways(study, travel, list(dict.fromkeys(pairs)))}
    moves["unsafe"] = ["; ".join(dict.fromkeys(names[pair])) for pair in pairs]
    for school, mine in moves.loc[moves["unsafe"] != ""].groupby("from_school", sort=True):
        said = "; ".join(dict.fromkeys(part for text in mine["unsafe"] for part in text.split("; ")))
        what = Text(f"closed; the new way is unsafe: {said}", f"撤并后途中不安全：{said}")
        pupils = float(mine["pupils"].sum())
        yield cited(case, rule, str(what), "school", str(school), pupils, pupils, excess=pupils)


def _receivers(case: Case) -> Told:
    """Hold the schools that take pupils from closed ones: beds, canteen, size, large classes."""
    took = case.receivers
    table = case.schools.loc[took.index]
    flows = case.assignment.flows
    board = flows.loc[(flows["how"] == "board").to_numpy(dtype=bool)].groupby("school_id")["pupils"].sum()
    board = board.reindex(took.index, fill_value=0.0)
    if case.has("no_closure_beds_short"):
        schools = case.plan.study.schools
        canteen = schools["canteen_seats"] if "canteen_seats" in schools else pd.Series(dtype=float)
        beds = case.told("beds").loc[took.index]
        tables = canteen.astype(float).reindex(took.index)
        rooms = (
            (beds, Text("receiving school short of beds", "并入学校床位不足"), Text("beds", "床位数")),
            (
                tables,
                Text("receiving school short of canteen seats", "并入学校食堂不足"),
                Text("canteen seats", "食堂座位数"),
            ),
        )
        for room, what, data in rooms:
            silent = room.isna() & (board > 0)
            if silent.any():
                yield case.unchecked(
                    "no_closure_beds_short",
                    Text(f"{data.en} of {silent.sum()} receiving schools with boarders",
                         f"{silent.sum()} 所有寄宿生的并入学校的{data.zh}"),
                )  # fmt: skip
            yield from hold(case, "no_closure_beds_short", board - room, board, what=what)
    limits = pd.Series([size_limit(case, str(school)) for school in took.index], index=took.index)
    yield from hold(case, "no_closure_over_size", (whole_roll(case).loc[took.index] - limits), table["roll"])
    yield from hold(case, "no_closure_large_class", table["large"], table["in_large"])


def whole_roll(case: Case) -> pd.Series[float]:
    """Give each school's roll in what its size limit counts: both stages of an all-through school."""
    roll, other = case.schools["roll"], "primary" if case.stage == "junior" else "junior"
    if not case.has("school_size_nine_year") or other not in case.plan.assignments or not case.all_through.any():
        return roll
    both = roll + Case(case.plan, other).schools["roll"].reindex(roll.index).fillna(0.0)
    return both.where(case.all_through, roll)


def _endings(case: Case) -> dict[str, Edit]:
    """Give the edit that ends each closed school's stage."""
    found: dict[str, Edit] = {}
    for edit in case.plan.scenario.edits:
        if edit.ends and edit.concerns(case.stage) and edit.subject in case.closed:
            found[str(edit.subject)] = edit
    return found


def _built_first(case: Case) -> Told:
    """Hold the year a receiving school is built against the year the school closes."""
    if not case.has("built_before_closed"):
        return
    built: dict[str, int | None] = {}
    for edit in case.plan.scenario.edits:
        if edit.builds and edit.subject is not None and (edit.opens is not None or edit.concerns(case.stage)):
            built[edit.subject] = edit.ready
    late: dict[str, float] = {}
    undated = 0
    moves = case.displaced.groupby(["from_school", "to_school"])["pupils"].sum()
    pupils: dict[str, float] = {}
    for (school, receiver), heads in moves.items():
        ending = _endings(case).get(str(school))
        if receiver not in built:
            continue
        done, ends = built[str(receiver)], None if ending is None else ending.year
        if done is None or ends is None:
            undated += 1
        elif done > ends:
            late[str(school)] = max(late.get(str(school), 0.0), float(done - ends))
            pupils[str(school)] = pupils.get(str(school), 0.0) + float(heads)
    if undated:
        told = Text("years of the closures and of what is built", "撤并与扩建的年份")
        yield case.unchecked("built_before_closed", told)
    yield from hold(case, "built_before_closed", pd.Series(late, dtype=float), pupils)


def _procedure(case: Case) -> Told:
    """Hold the year of each closure against the first autumn its procedure allows."""
    plan = case.plan
    earliest = earliest_closing_years(plan.study, plan.rules, case.closed)
    heads = _leaving(case)
    terms = [r for r in plan.rules.rules if r.name in {f"procedure_{s}_days" for s in STEPS}]
    source = "; ".join(dict.fromkeys(r.value.source for r in terms)) or str(
        Text("the study's table of procedure", "本县程序台账")
    )
    endings = _endings(case)
    dated = {s: e.year for s, e in endings.items() if e.year is not None}
    if earliest and len(dated) < len(earliest):
        yield case.unchecked("procedure", Text("years of the closures", "撤并年份"))
    what = Text("closed before the procedure allows it", "程序未走完即撤并")
    for school, first in earliest.items():
        year = dated.get(school)
        if year is not None and year < first:
            yield plain(case, "procedure", what, "school", school, year, first, "year", heads[school], source=source)
    clock = procedure_clock(plan.study, plan.rules, case.closed)
    if case.has("procedure_notice_days"):
        short = Text("public notice shorter than its term", "公示时间不足")
        yield from hold(case, "procedure_notice_days", clock["notice_days"].astype(float), heads, what=short)
