"""The township head's question: what if our school stayed? What else must close, what it costs, who gains."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.case import label_flows, make_case
from layout_planner.assignment.methods import STAY
from layout_planner.assignment.moves import Move, Options
from layout_planner.assignment.solve import judged, with_rolls
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.base.proof import unproved
from layout_planner.consolidation.methods import COUNTER
from layout_planner.consolidation.side_by_side import set_beside, stays_if, who_gains
from layout_planner.measures.mergers import ledger_detail
from layout_planner.measures.money import Money
from layout_planner.measures.pricing import WEEKLY, yearly_cost
from layout_planner.plan import Assignment, Plan, by_day
from layout_planner.plan.counterplan import Counter
from layout_planner.policy import class_limit
from layout_planner.scenario import Close, Edit, Keep, Scenario, apply
from layout_planner.study import Study

_CELL = ["place_id", "grade", "group"]
_PLAIN = Options("priced", False, None, 2e-3, 60.0, None)


def keep_instead(
    plan: Plan,
    keep: Keep,
    *,
    same_number: bool = True,
    among: Sequence[str] | None = None,
    money: Money | None = None,
) -> Counter:
    """Set a plan beside the one in which a school stays.

    All else is as in the plan: the pupils of the school stay there, and a receiving school that was to be enlarged is
    enlarged by as many classes less as are not needed. With `same_number` one other school closes instead, the one
    that leaves the least yuan a year; its pupils go to the nearest schools with seats. The cheapest single exchange is
    found for certain: a school is passed over only when a lower bound of its cost (its pupils at the nearest schools,
    full or not) is above the best found.

    Parameters
    ----------
    plan
        A what-if with a base that ends the school.
    keep
        `Keep(school)`, with the stage where the plan ends it in several.
    same_number
        Another school of the stage must close instead; False: one school more.
    among
        Only these may close instead; left out, all open public ones of the stage that the plan neither enlarges, opens,
        rebuilds, keeps nor merges others into. Campuses and teaching points are not counted and do not close.
    money
        The prices; `Money()` where left out.

    Returns
    -------
    Counter
        With `other`, a plan like any other.

    Raises
    ------
    DataError
        The plan does not end the school, or no school may close instead.
    """
    started = time.perf_counter()
    money = money or Money()
    alone = _kept(plan, keep, _stage(plan, keep))
    other, notes = alone.finished(), []
    closes: tuple[str, ...] = ()
    tried = pd.DataFrame(columns=["cost", "bound", "unplaced"], dtype=float)
    if same_number:
        other, closes, tried = _exchange(alone, other, among, money)
        left = float(tried.loc[list(closes), "unplaced"].sum())
        if left > 0:
            text = f"Whatever closes instead, {left:,.0f} children or more find no seat."
            notes.append(Text(text, f"无论改撤哪一所，至少有 {left:,.0f} 名学生没有学位。"))
    other = judged(other, started, {"assign": COUNTER.name, "keep": keep.school})
    return Counter(
        school=keep.school,
        stage=alone.stage,
        plan=plan,
        other=other,
        closes=closes,
        table=set_beside(plan, other, alone.stage, money),
        gains=who_gains(plan, other, alone.stage),
        stays_if=stays_if(plan, alone.finished(), keep.school, alone.stage, money),
        tried=tried,
        proved=same_number,
        prices=money.table(),
        notes=tuple(notes),
        work={"seconds": round(time.perf_counter() - started, 3), "solved": int(tried["cost"].notna().sum())},
    )


@dataclass(frozen=True, eq=False)
class _Kept:
    """The plan in which the school has its pupils back, before enlargements are trimmed to what is needed."""

    plan: Plan
    school: str
    stage: str
    edits: tuple[Edit, ...]
    receivers: frozenset[str]
    study: Study
    assignments: dict[str, Assignment]

    @property
    def year(self) -> int | None:
        return self.plan.provenance.get("options", {}).get("year")

    def finished(self, extra: Sequence[Edit] = (), assignment: Assignment | None = None) -> Plan:
        """Make a plan of it (not judged yet), with more edits and another assignment of the stage."""
        draft = self.drafted(extra, assignment)
        assert draft.base is not None
        old = draft.base.assignments
        changed = {s: a for s, a in draft.assignments.items() if a.flows is not old[s].flows}
        return draft.with_(study=with_rolls(draft.study, changed))

    def drafted(self, extra: Sequence[Edit] = (), assignment: Assignment | None = None) -> Plan:
        """Likewise, with the rolls and the attendance of its base: enough to reckon what it costs."""
        base = self.plan.base
        assert base is not None
        assignments = {**self.assignments, **({} if assignment is None else {self.stage: assignment})}
        rolls = {stage: a.roll() for stage, a in assignments.items()}
        trimmed = [self._trimmed(edit, rolls) for edit in self.edits]
        name = self.plan.study.school_name(self.school)
        told = str(Text(f"{name} stays", f"保留{name}"))
        scenario = Scenario(told, [*(edit for edit in trimmed if edit is not None), *extra], self.plan.scenario.note)
        study = apply(base.study, scenario, self.year)
        return Plan(told, study, self.plan.travel, self.plan.rules, scenario, assignments, base=base)

    def _trimmed(self, edit: Edit, rolls: dict[str, pd.Series[float]]) -> Edit | None:
        """Give an enlargement of a receiving school with so many classes as are needed; None when none is."""
        base = self.plan.base
        school = edit.subject
        if edit.planned_seats(0.0) is None or school not in self.receivers or base is None:
            return edit
        stages = [s for s in rolls if (school, s) in base.study.offers.index and edit.concerns(s)]
        had, rooms = base.study.offers.loc[(school, stages[0]), ["seats", "classrooms"]].astype(float)
        planned = edit.planned_seats(had)
        if planned is None or not planned > had:
            return edit
        module = class_limit(self.plan.rules, stages[0])
        classes = np.ceil(max(float(rolls[stages[0]].get(school, 0.0)) - had, 0.0) / module - 1e-9)
        if had + classes * module >= planned:
            return edit
        if classes == 0:
            return None
        return edit.with_seats(float(had + classes * module), None if np.isnan(rooms) else int(rooms + classes))


def _stage(plan: Plan, keep: Keep) -> str:
    """Find the stage in which the plan ends the school."""
    base = plan.base
    if base is None or keep.school not in base.study.schools.index:
        hint = did_you_mean(keep.school, plan.study.schools.index)
        raise refuse(
            f"{keep.school} is not a school the plan could end{hint.en}",
            f"{keep.school} 不是方案可撤并的学校{hint.zh}",
            "name a school that a what-if with a base ends",
            "请写推演方案中撤并的学校",
        )
    ends = [
        stage
        for stage in plan.assignments
        if keep.school in base.study.offering(stage) and keep.school not in plan.study.offering(stage)
    ]
    wanted = [stage for stage in ends if keep.stage in (None, stage)]
    if len(wanted) != 1:
        where = ", ".join(ends)
        raise refuse(
            f"the plan ends {keep.school} in {len(wanted)} stages ({where or 'none'})",
            f"方案中 {keep.school} 撤并的学段有 {len(wanted)} 个（{where or '无'}）",
            "name a school the plan ends; where it ends in several stages, one of them (stage=)",
            "请写方案中撤并的学校；多学段撤并的，请注明 stage=",
        )
    return wanted[0]


def _kept(plan: Plan, keep: Keep, stage: str) -> _Kept:
    base = plan.base
    assert base is not None
    gone = [edit for edit in plan.scenario.edits if edit.ends and edit.subject == keep.school and edit.concerns(stage)]
    edits = tuple(edit for edit in plan.scenario.edits if edit not in gone)
    year = plan.provenance.get("options", {}).get("year")
    study = apply(base.study, Scenario("kept", edits), year)
    assignments = dict(plan.assignments)
    for s, assignment in plan.assignments.items():
        lacking = assignment.flows.loc[assignment.flows["school_id"] == keep.school, "grade"].unique()
        had = study.offers["grades"].get((keep.school, s), ())
        if set(lacking) - set(had):
            raise refuse(
                f"in the plan {keep.school} has pupils of {s}, for which it would not be there",
                f"方案中 {keep.school} 另有 {s} 学生，保留后将无处安置",
                "take its other use out of the plan first",
                "请先在方案中取消该校址的其他用途",
            )
        if keep.school in base.study.offering(s) and any(edit.stage in (None, s) for edit in gone):
            assignments[s] = _restored(plan, study, keep.school, s)
    went = ledger_detail(plan, stage)
    receivers = frozenset(went.loc[went["from_school"] == keep.school, "to_school"])
    changed = {s: a for s, a in assignments.items() if a.flows is not base.assignments[s].flows}
    kept = with_rolls(study, changed)
    return _Kept(plan, keep.school, stage, edits, receivers, kept, assignments)


def _restored(plan: Plan, study: Study, school: str, stage: str) -> Assignment:
    """Give the school its pupils back, each by the way it came before."""
    base = plan.base
    assert base is not None
    before, after = base.assignments[stage], plan.assignments[stage]
    went = ledger_detail(plan, stage)
    went = went.loc[(went["from_school"] == school) & (went["to_school"] != school)]
    known = went["place_id"] != ""
    home = went.loc[known]
    had = before.flows.loc[before.flows["school_id"] == school]
    share = home.groupby(_CELL)["pupils"].sum() / had.groupby(_CELL, observed=True)["pupils"].sum()
    back = share.reindex(pd.MultiIndex.from_frame(had[_CELL])).fillna(0.0).to_numpy()
    flows = _sum(
        ["place_id", "school_id", "grade", "group", "how"],
        after.flows,
        had.assign(pupils=had["pupils"] * back),
        minus=home.rename(columns={"to_school": "school_id"}).loc[lambda rows: rows["school_id"] != ""],
    )
    keys = ["school_id", "stage", "grade", "reason"]
    strangers = went.loc[~known]
    why = before.outside.drop_duplicates(["school_id", "grade"]).set_index(["school_id", "grade"])["reason"]
    reason = why.reindex(pd.MultiIndex.from_frame(strangers[["from_school", "grade"]])).to_numpy()
    strangers = strangers.assign(reason=reason)
    outside = _sum(
        keys,
        after.outside,
        strangers.assign(school_id=school),
        minus=strangers.rename(columns={"to_school": "school_id"}).loc[lambda rows: rows["school_id"] != ""],
    )
    lost = went.loc[went["to_school"] == "", ["place_id", "grade", "group", "pupils"]]
    case = make_case(study, plan.travel, plan.rules, stage)
    return after.with_(
        flows=label_flows(case, flows),
        unplaced=_less(after.unplaced, lost),
        outside=outside,
        method=COUNTER.name,
        promises=(),
        proof=unproved("rule"),
        notes=(),
    )


def _sum(keys: list[str], *plus: pd.DataFrame, minus: pd.DataFrame) -> pd.DataFrame:
    """Add up pupils by keys, less those of `minus`; nothing where nothing is left."""
    parts = [frame[[*keys, "pupils"]] for frame in plus] + [minus.assign(pupils=-minus["pupils"])[[*keys, "pupils"]]]
    sums = pd.concat([part for part in parts if len(part)] or parts[:1])
    sums = sums.groupby(keys, observed=True, sort=False)["pupils"].sum()
    return sums[sums > 1e-6].reset_index()[[*keys[:-1], "pupils", keys[-1]]]


def _less(unplaced: pd.DataFrame, lost: pd.DataFrame) -> pd.DataFrame:
    """Take children off the list of those without a place, whatever the reason."""
    owed = lost.groupby(_CELL)["pupils"].sum().to_dict()
    left = []
    for key, pupils in zip(unplaced[_CELL].itertuples(index=False, name=None), unplaced["pupils"], strict=True):
        taken = min(owed.get(key, 0.0), pupils)
        owed[key] = owed.get(key, 0.0) - taken
        left.append(pupils - taken)
    after = unplaced.assign(pupils=np.array(left, dtype=float))
    return after.loc[after["pupils"] > 1e-6].reset_index(drop=True)


# --- another one closes instead --------------------------------------------------------------------------------------


def _exchange(
    alone: _Kept, start: Plan, among: Sequence[str] | None, money: Money
) -> tuple[Plan, tuple[str, ...], pd.DataFrame]:
    """Find the school whose closing instead leaves the least yuan a year: by bounds, the most promising first."""
    candidates = _candidates(alone, among)
    bounds = yearly_cost(start, alone.stage, money)["total"] + _bounds(alone, candidates, money)
    waiting = float(alone.assignments[alone.stage].unplaced["pupils"].sum())
    best: tuple[Close, Assignment] | None = None
    least = (np.inf, np.inf)
    rows = {school: [np.nan, bound, np.nan] for school, bound in bounds.items()}
    for school in bounds.sort_values(kind="stable").index:
        if least[0] == 0.0 and bounds[school] >= least[1]:
            break
        edit = Close(str(school), stage=alone.stage)
        sent = _sent(alone, edit)
        found = alone.drafted([edit], sent)
        cost = float(yearly_cost(found, alone.stage, money)["total"])
        without = max(float(found.assignments[alone.stage].unplaced["pupils"].sum()) - waiting, 0.0)
        rows[school] = [cost, bounds[school], without]
        # First that every child has a seat, then the yuan.
        if (without, cost) < least:
            best, least = (edit, sent), (without, cost)
    assert best is not None
    closing, chosen = best
    tried = pd.DataFrame.from_dict(rows, orient="index", columns=["cost", "bound", "unplaced"])
    return (
        alone.finished([closing], chosen),
        (closing.school,),
        tried.rename_axis("school_id").sort_values(["cost", "bound"], kind="stable"),
    )


def _candidates(alone: _Kept, among: Sequence[str] | None) -> pd.Index:
    study, stage = alone.study, alone.stage
    offering = study.offering(stage)
    if among is not None:
        unknown = [school for school in among if school not in offering or school == alone.school]
        if unknown:
            hint = did_you_mean(unknown[0], offering)
            raise refuse(
                f"these cannot close instead: {', '.join(unknown[:10])}{hint.en}",
                f"不能改撤：{'、'.join(unknown[:10])}{hint.zh}",
                "name other open schools of the stage",
                "请写该学段其他在办学校",
            )
        return pd.Index(list(among))
    wanted = {alone.school}
    for edit in alone.edits:
        named = (edit.holds, edit.subject if edit.builds else None)
        wanted |= {school for school in named if school is not None}
    counts = (study.categories().reindex(offering) == stage).to_numpy(dtype=bool)
    ownership = study.schools["ownership"] if "ownership" in study.schools else pd.Series(None, study.schools.index)
    public = (ownership.reindex(offering) != "private").to_numpy(dtype=bool)
    found = offering[counts & public & ~offering.isin(wanted)]
    if not len(found):
        raise refuse(
            "no other school of the stage may close instead",
            "没有其他可以改撤的同学段学校",
            "name some (among=…), or ask with same_number=False",
            "请用 among= 指明，或设 same_number=False",
        )
    return found


def _bounds(alone: _Kept, candidates: pd.Index, money: Money) -> pd.Series[float]:
    """Bound from below what closing each candidate adds to the yearly cost.

    Its pupils go at least to the nearest other school that has their grade, boarders weekly; its running cost and its
    own shortage below the funding floor end; the shortage of others shrinks at most by its pupils.
    """
    stage = alone.stage
    case = make_case(alone.study, alone.plan.travel, alone.plan.rules, stage)
    flows = alone.assignments[stage].flows
    roll = alone.assignments[stage].roll().reindex(case.schools, fill_value=0.0)
    short = (money.floor_pupils.value - roll).clip(lower=0.0)
    ends = money.of_running(alone.study, stage, candidates)[0]
    answer = {}
    for school in candidates:
        mine = flows.loc[flows["school_id"] == school]
        at = int(case.schools.get_loc(school))
        place, grade = case.place_at(mine["place_id"]), case.grade_at(mine["grade"])
        nearest = np.full(len(mine), np.nan)
        for g in np.unique(grade):
            ways = np.where(case.offers[:, g][None, :], case.minutes(int(g)), np.inf)
            ways[:, at] = np.inf
            nearest[grade == g] = np.nanmin(np.nan_to_num(ways[place[grade == g]], nan=np.inf), axis=1)
        trips = np.where(by_day(mine), 1.0, WEEKLY)
        now = mine["minutes"].fillna(0.0).to_numpy(dtype=float)
        longer = np.where(np.isfinite(nearest), nearest, 0.0) - now
        travel = float((longer * trips * mine["pupils"].to_numpy(dtype=float)).sum()) * money.of_minute()
        relief = short[school] + min(float(roll[school]), float(short.drop(school).sum()))
        answer[school] = travel - float(ends[school]) - relief * money.of_floor(stage)
    return pd.Series(answer, dtype=float)


def _sent(alone: _Kept, edit: Close) -> Assignment:
    """Send the pupils of a school that closes to the nearest schools with seats; all others stay."""
    scenario = Scenario("instead", [edit])
    after = apply(alone.study, scenario)
    travel, rules = alone.plan.travel, alone.plan.rules
    base = alone.assignments[alone.stage]
    return STAY(Move(alone.study, after, travel, rules, alone.stage, scenario, _PLAIN, base))
