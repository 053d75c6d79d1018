"""A plan taken apart for phasing: which edits get a year, who moves with each, what each builds, what comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.changes import Switch, ending_grades, growth_of, make_switch
from layout_planner.base.arrays import Floats, Positions
from layout_planner.cohorts import Forecast
from layout_planner.phasing.timetable import Timetable
from layout_planner.plan import Plan
from layout_planner.policy import Rules, class_limit
from layout_planner.scenario import Edit, Scenario, apply, in_order
from layout_planner.study import Study

LITTLE = 0.01
"""What a year of building too early costs, in school-years of delay; also a year's delay of a pin."""


@dataclass(frozen=True, eq=False)
class Job:
    """A plan taken apart.

    Parameters
    ----------
    edits
        Those that are given a year, in the order they are carried out.
    switches
        Stage → who changes school with which edit.
    built
        Index: position in edits; columns (school, stage): seats an edit adds.
    cost
        Yuan of each edit; NaN unknown, 0 where it builds nothing.
    finish
        Pupils may finish where they are.
    """

    plan: Plan
    base: Plan
    start: int
    end: int
    until: int
    edits: tuple[Edit, ...]
    switches: Mapping[str, Switch]
    built: pd.DataFrame
    cost: Floats
    finish: bool = False

    @property
    def last(self) -> int:
        """The last autumn that is planned: schools whose pupils finish end later than their edit."""
        return self.until if self.finish else self.end

    @property
    def years(self) -> list[int]:
        """The autumns in which anything may take place."""
        return list(range(self.start, self.end + 1))


def prepare(
    plan: Plan,
    start: int,
    end: int,
    until: int,
    course: Forecast | None,
    variant: str,
    seat_cost: float | None,
    finish: bool = False,
) -> Job:
    """Take a plan apart; see `phase` for the arguments, `course` is the forecast (None: today's children always)."""
    assert plan.base is not None
    edits = tuple(e for e in in_order(plan.scenario.edits) if e.timed)
    built = _built(plan.base.study, plan.scenario, edits, plan.rules)
    years = range(start, until + 1)
    shrinks = frozenset(int(at) for at in built.index[(built < 0).any(axis=1)])
    switches = {
        stage: make_switch(
            plan, stage, edits, shrinks, growth_of(plan.base.study, course, variant, stage, years), finish
        )
        for stage in plan.assignments
        if stage in plan.base.assignments
    }
    seats = built.clip(lower=0).sum(axis=1).to_numpy(dtype=float)
    cost = np.where(seats > 0, seats * (np.nan if seat_cost is None else seat_cost), 0.0)
    sites = plan.base.study.sites
    for at, edit in enumerate(edits):
        for site in edit.named("site"):
            if site in sites.index and "open_cost" in sites:
                own = float(sites.at[site, "open_cost"])
                cost[at] = own if np.isfinite(own) else cost[at]
    return Job(plan, plan.base, start, end, until, edits, switches, built, cost, finish)


def open_seats(study: Study, rules: Rules) -> pd.Series[float]:
    """Give the seats of every school open for a stage; index (school_id, stage)."""
    parts = {s: study.seats(s, class_limit(rules, s)).reindex(study.offering(s)) for s in study.stages}
    return pd.concat(parts).swaplevel().rename_axis(["school_id", "stage"]).astype(float)


def _built(study: Study, scenario: Scenario, edits: Sequence[Edit], rules: Rules) -> pd.DataFrame:
    """Tell how many seats each edit adds where; rows edits, columns (school_id, stage)."""
    before, after = open_seats(study, rules), open_seats(apply(study, scenario), rules)
    subjects = [edit.subject for edit in edits]
    built: dict[tuple[int, tuple[str, str]], float] = {}
    for at, edit in enumerate(edits):
        school = subjects[at]
        if school is None:
            continue
        old, new = before, after
        if subjects.count(school) > 1:  # what this one adds to the earlier ones of the same school
            old = open_seats(apply(study, Scenario("before", edits[:at])), rules)
            new = open_seats(apply(study, Scenario("after", edits[: at + 1])), rules)
        for key in new.index[new.index.get_level_values("school_id") == school]:
            more = float(new[key]) - float(old.get(key, 0.0))
            # What a closure takes needs no room: its pupils leave with it.
            if np.isfinite(more) and (more > 0 or (more < 0 and not edit.ends)):
                built[(at, key)] = more
    columns = pd.MultiIndex.from_tuples(sorted({key for _, key in built}), names=["school_id", "stage"])
    table = pd.DataFrame(0.0, index=range(len(edits)), columns=columns)
    for (at, key), more in built.items():
        table.iat[at, columns.get_loc(key)] = more
    return table


def _order(job: Job) -> tuple[tuple[int, int, int], ...]:
    """Tell which edit needs which other before it: (a, b, years between)."""
    found = set()
    edits = job.edits
    for b, two in enumerate(edits):
        for a, one in enumerate(edits[:b]):
            named = one.subject is not None and one.subject in two.schools
            same = one.subject is not None and one.subject == two.subject
            ends = two.ends and two.subject in one.schools
            converts = one.ends and not one.closes  # the site gets another use, which two may need
            if (named and (one.opens is not None or converts)) or same or ends:
                found.add((a, b, int(one.earlier(two)) if same or ends or converts else 0))
    # A school takes nobody in before it is open, or before it is back: those who come would be sent to the host.
    opened = {edit.subject: at for at, edit in enumerate(edits) if edit.opens is not None or edit.hosting is not None}
    for switch in job.switches.values():
        targets = switch.rows["after_school_id"].map(opened)
        pairs = pd.DataFrame({"a": targets, "b": switch.edit}).dropna().drop_duplicates()
        found |= {(int(a), int(b), 0) for a, b in pairs.to_numpy() if b >= 0 and a != b}
    return tuple(sorted(found))


def lay_out(job: Job, build_years: int, lawful: Mapping[str, int], limits: Mapping[str, float]) -> Timetable:
    """Lay the plan out as arrays. The last edit stands for the moves that no edit explains."""
    years = np.array(job.years)
    number = len(job.edits) + 1
    allowed = np.ones((number, len(years)), dtype=bool)
    price = np.tile(LITTLE * (years - job.start), (number, 1))
    closures = np.zeros((number, len(years)))
    for at, edit in enumerate(job.edits):
        earliest = edit.ready or job.start
        if edit.ends:
            price[at], closures[at] = years - job.start, 1.0
            earliest = max(earliest, lawful.get(str(edit.subject), job.start))
        elif edit.builds:
            price[at] = LITTLE * (job.end - years)
            earliest = max(earliest, job.start + max(build_years, edit.lasts))
        allowed[at] = years >= earliest
    load, net, seats = _rooms(job, years, np.arange(job.start, job.last + 1))
    moved = np.zeros((number, len(years)))
    for switch in job.switches.values():
        mine = (switch.edit >= 0) & (switch.lag == 0)
        for t, year in enumerate(job.years):
            moved[:, t] += np.bincount(switch.edit[mine], weights=switch.pupils(year)[mine], minlength=number)
    cost = np.tile(np.append(np.nan_to_num(job.cost), 0.0)[:, None], (1, len(years)))
    counts = {"closures": closures, "moved": moved, "budget": cost}
    return Timetable(allowed, price, load, net, seats, _order(job), counts, limits)


def _rooms(job: Job, years: Positions, watched: Positions) -> tuple[Floats, Floats, Floats]:
    """Give load, net and seats of the rooms that edits touch; see `Timetable`."""
    known = open_seats(job.base.study, job.plan.rules)
    away = [(at, str(edit.subject), edit.hosting.host, edit.lasts) for at, edit in enumerate(job.edits)
            if edit.hosting is not None]  # fmt: skip
    hosts = {host for _, _, host, _ in away}
    number = len(job.edits) + 1
    loads, nets, seats = [], [], []
    for stage, switch in job.switches.items():
        mine = switch.edit >= 0
        before, after = (switch.rows[f"{side}_school_id"].to_numpy(dtype=object) for side in ("before", "after"))
        touched = set(before[mine]) | set(after[mine]) | {school for school, s in job.built.columns if s == stage}
        rooms = sorted(school for school in (touched | hosts) - {""} if np.isfinite(known.get((school, stage), 0.0)))
        at = pd.Index(rooms, dtype="str")
        source, target = at.get_indexer(pd.Index(before, dtype="str")), at.get_indexer(pd.Index(after, dtype="str"))
        load, net = np.zeros((len(rooms), len(watched))), np.zeros((number, len(rooms), len(watched), len(years)))
        for t, autumn in enumerate(watched):
            pupils = switch.pupils(int(autumn))
            np.add.at(load[:, t], source[source >= 0], pupils[source >= 0])
            for u, year in enumerate(years):
                gone = mine & (switch.lag <= autumn - year)
                for side, sign in ((source, -1.0), (target, 1.0)):
                    here = gone & (side >= 0)
                    np.add.at(net[:, :, t, u], (switch.edit[here], side[here]), sign * pupils[here])
        built = job.built.reindex(columns=[(school, stage) for school in rooms], fill_value=0.0).to_numpy(dtype=float)
        ready = np.array([ending_years(job, edit) for edit in job.edits], dtype=np.intp)
        stands = watched[None, :, None] - years[None, None, :] >= ready[:, None, None]  # (edits, watched, years)
        net[:-1] -= built[:, :, None, None] * stands[:, None]
        for edit, school, host, lasts in away:
            if school in at and host in at and (school, stage) in job.built.columns:
                out = (watched[:, None] >= years[None, :] - lasts) & (watched[:, None] < years[None, :])
                there = load[at.get_loc(school)][:, None] * out
                net[edit, at.get_loc(school)] -= there
                net[edit, at.get_loc(host)] += there
        loads.append(load)
        nets.append(net)
        seats.append(np.array([float(known.get((school, stage), 0.0)) for school in rooms]))
    return np.concatenate(loads), np.concatenate(nets, axis=1), np.concatenate(seats)


def ending_years(job: Job, edit: Edit) -> int:
    """Give the years after its own until the last pupils of a school that ends have left; 0 where they move at once."""
    if not (job.finish and edit.ends):
        return 0
    spans = [ending_grades(job.base.study, edit, stage) for stage in job.base.study.stages]
    return max((grades[-1] - grades[0] for grades in spans if grades), default=0)
