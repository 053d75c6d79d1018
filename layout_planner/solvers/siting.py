"""A stage of a study as a location problem: which schools may close, grow or open, and what that costs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.plan import Assignment, Plan, Status
from layout_planner.policy import Rules, class_limit
from layout_planner.scenario import Close, Edit, Expand, Keep, Merge, Open, Scenario, apply
from layout_planner.solvers.assignment import judged, with_rolls
from layout_planner.solvers.case import Bools, Case, Floats, Ints, make_case
from layout_planner.solvers.location.problem import CLOSED, FREE, OPEN, LocationProblem, make_problem
from layout_planner.solvers.money import Money
from layout_planner.solvers.moving import Move, Options, allowed_pairs, assignable, case_of, free_seats, public
from layout_planner.solvers.settling import settle
from layout_planner.solvers.terms import Situation, Term
from layout_planner.study import Study
from layout_planner.travel import TravelLike

PART_NEAR = 6
"""The grades of a place may part where a school without all grades is among so many nearest; else it goes whole."""

DEFAULT_SIZE = 2000.0
"""Pupils a school may grow to where the rules say nothing."""

Expansion = bool | float | Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Siting:
    """The problem, and the way back to labels.

    Parameters
    ----------
    study
        After the pins, with every candidate site opened as a school.
    case, move
        What the rules of `solve` get, of that study.
    problem
        Units × schools; without the count of schools to keep.
    schools
        Labels of the columns.
    new
        Schools that are candidate sites now.
    rows
        Children a rule may send anywhere: place_id, grade, group, pupils.
    unit_of
        Unit of each row.
    today
        Who of them goes where today: school_id, pupils, unit.
    minutes
        Rows × schools, at the pace of the grade; inf where there is no way.
    minute_price
        Yuan a year of one minute.
    running, constant
        Yuan a year: what ends with each school; what follows the pupils.
    build
        Yuan of building the first size of each school (new ones), and of each seat added.
    extra
        Units × schools: the named terms' part of the pair costs; and their part of the price of being open.
    """

    study: Study
    case: Case
    move: Move
    problem: LocationProblem
    schools: pd.Index
    new: Bools
    rows: pd.DataFrame
    unit_of: Ints
    today: pd.DataFrame
    minutes: Floats
    minute_price: float
    running: Floats
    constant: float
    build: Floats
    seat_price: Floats
    extra: Floats
    extra_open: Floats


def lay_out(
    study: Study,
    travel: TravelLike,
    rules: Rules,
    stage: str,
    base: Assignment,
    *,
    pins: Sequence[Edit],
    expand: Expansion,
    sites: bool,
    least_roll: float,
    reach: str,
    demands: Sequence[pd.Series],
    money: Money,
    terms: Sequence[Term],
) -> Siting:
    """Lay the stage out; see `consolidate` for the arguments."""
    fixed_edits = Scenario("pins", [edit for edit in pins if not isinstance(edit, Keep)])
    opened = {edit.site for edit in pins if isinstance(edit, Open)}
    after = apply(study, fixed_edits)
    at_stage = after.sites["stage"] == stage if "stage" in after.sites else pd.Series(False, after.sites.index)
    candidates = [str(s) for s in after.sites.index[at_stage]] if sites else []
    openings = [Open(site=s, stage=stage) for s in candidates]  # type: ignore[arg-type]
    wide = apply(after, Scenario("sites", openings)) if candidates else after
    options = Options(reach, False, None, 0.0, 60.0, None)
    move = Move(study, wide, travel, rules, stage, fixed_edits, options, base)
    case = make_case(wide, travel, rules, stage)
    taken, rows, outside, _ = assignable(move, case)
    admits = public(case)
    seats = np.where(admits, free_seats(case, taken, outside), 0.0)
    new = np.isin(case.schools, candidates)
    rows, unit_of, minutes = _units(case, rows, allowed_pairs(move, case, admits))
    weights, demand = _demands(rows, unit_of, demands, study, stage)
    situation = Situation(
        wide, rules, stage, pd.Index(rows["place_id"]), pd.Index(rows["grade"]), weights, case.schools, minutes
    )
    by_pair, extra_open = _extras(situation, terms)
    price = money.of_minute()
    row_cost = np.where(np.isfinite(minutes), minutes, np.inf) * (price * weights)[:, None]
    units = int(unit_of.max(initial=-1)) + 1
    cost, extra = np.zeros((units, len(case.schools))), np.zeros((units, len(case.schools)))
    np.add.at(extra, unit_of, by_pair)
    np.add.at(cost, unit_of, row_cost)
    running, _ = money.of_running(wide, stage, case.schools)
    constant = money.of_running(study, stage, study.offering(stage))[1]
    build, seat_price = _building(study, wide, case, new, money)
    sizes, built = _sizes(case, seats, new, expand, rules, build, seat_price, money)
    opening = (running.to_numpy() + extra_open)[:, None]
    counted = _counted(after, case, stage, new)
    # Counted schools may close; campuses, teaching points, sections of other schools and private schools stay.
    state = np.where(counted & admits, FREE, OPEN)
    state = _pinned(case, state, pins, opened, study)
    state = np.where(admits, state, CLOSED)
    problem = make_problem(
        cost + extra,
        demand,
        sizes,
        np.where(np.isnan(sizes), np.nan, built + opening),
        state=state,
        counted=counted & admits,
        least=np.where(counted & admits & (state == FREE), least_roll, 0.0),
        floor=np.where(admits, money.floor_pupils.value, 0.0),
        floor_price=money.floor.value,
        offset=constant,
    )
    today = _today(base, rows, unit_of)
    return Siting(
        wide, case, move, problem, case.schools, new, rows, unit_of, today, minutes, price, running.to_numpy(),
        constant, build, seat_price, extra, extra_open,
    )  # fmt: skip


def _today(base: Assignment, rows: pd.DataFrame, unit_of: Ints) -> pd.DataFrame:
    """Give who goes where today among those a rule may send, with the unit they belong to."""
    keys = ["place_id", "grade", "group"]
    unit = pd.Series(unit_of, index=pd.MultiIndex.from_frame(rows[keys]))
    flows = base.flows[[*keys, "school_id", "pupils"]]
    at = unit.reindex(pd.MultiIndex.from_frame(flows[keys]))
    known = at.notna().to_numpy()
    return flows.loc[known, ["school_id", "pupils"]].assign(unit=at[known].to_numpy(dtype=np.int64))


def _units(case: Case, rows: pd.DataFrame, allowed: tuple[Bools, ...] | None) -> tuple[pd.DataFrame, Ints, Floats]:
    """Make the units that go whole to one school; rows nobody can serve are left to the plan's `unplaced`."""
    place, grade = case.place_at(rows["place_id"]), case.grade_at(rows["grade"])
    minutes = np.empty((len(rows), len(case.schools)))
    for at in range(len(case.grades)):
        mine = grade == at
        ways = case.minutes(at)[place[mine]].copy()
        ways[:, ~case.offers[:, at]] = np.nan
        if allowed is not None:
            ways[~allowed[at][place[mine]]] = np.nan
        minutes[mine] = ways
    minutes = np.where(np.isnan(minutes), np.inf, minutes)
    served = np.isfinite(minutes).any(axis=1)
    rows, minutes, place, grade = rows.loc[served].reset_index(drop=True), minutes[served], place[served], grade[served]
    groups = case.alike()
    group_of = np.empty(len(case.grades), dtype=np.intp)
    for number, members in enumerate(groups):
        group_of[members] = number
    parted = np.zeros(len(case.places), dtype=bool)
    partial = ~case.offers.all(axis=1)
    if partial.any():
        ways = np.where(np.isnan(case.adult[0]), np.inf, case.adult[0])
        near = np.sort(ways, axis=1)[:, min(PART_NEAR, ways.shape[1]) - 1]
        parted |= (ways[:, partial] <= near[:, None]).any(axis=1)
    if len({id(pairs) for pairs in allowed or ()}) > 1 or any(way is not case.adult[0] for way in case.adult):
        parted[:] = True  # grades that may go, or travel, differently are told apart everywhere
    key = place * (len(groups) + 1) + np.where(parted[place], group_of[grade] + 1, 0)
    _, unit_of = np.unique(key, return_inverse=True)
    return rows, unit_of.astype(np.int64), minutes


def _demands(
    rows: pd.DataFrame, unit_of: Ints, demands: Sequence[pd.Series], study: Study, stage: str
) -> tuple[Floats, Floats]:
    """Give the children of each row by which ways are weighed (mean of the demands), and the seats each unit needs.

    A unit needs the most it has in any of the demands, so that the seats hold in each of them.
    """
    pupils = rows["pupils"].to_numpy(dtype=float)
    if not len(demands):
        return pupils, np.bincount(unit_of, weights=pupils).astype(float)
    now = study.demand(stage)
    each = []
    for demand in demands:
        unknown = sorted(set(demand.index) - set(now.index))
        if unknown or (demand < 0).any() or demand.isna().any():
            raise refuse(
                f"demands must be pupils ≥ 0 by place_id of the study; not so: {unknown[:5] or 'negative or missing'}",
                f"demands 须为研究中各居住点的学生数（≥ 0）；不符：{unknown[:5] or '负值或缺失'}",
                "give one Series place_id → pupils for each demand",
                "每种需求给一个“居住点→学生数”的 Series",
            )
        factor = (demand.reindex(now.index, fill_value=0.0) / now.where(now > 0)).fillna(0.0)
        each.append(pupils * rows["place_id"].map(factor).to_numpy(dtype=float))
    most = np.max([np.bincount(unit_of, weights=one) for one in each], axis=0)
    return np.mean(each, axis=0), np.maximum(most, 1e-6)


def _extras(situation: Situation, terms: Sequence[Term]) -> tuple[Floats, Floats]:
    pairs = np.zeros(situation.minutes.shape)
    opening = np.zeros(len(situation.sites))
    for term in terms:
        value = np.asarray(term(situation), dtype=float)
        if value.shape not in (pairs.shape, opening.shape) or not np.isfinite(value).all() or (value < 0).any():
            name = getattr(term, "__name__", str(term))
            raise refuse(
                f"term {name}: not finite yuan ≥ 0 of shape rows × sites or sites",
                f"附加项 {name}：应为非负有限值，形状为 行×学校 或 学校",
                "shift rewards so that the best is 0",
                "奖励项请平移，使最优为 0",
            )
        if value.ndim == 2:
            pairs += value
        else:
            opening += value
    return pairs, opening


def _building(study: Study, wide: Study, case: Case, new: Bools, money: Money) -> tuple[Floats, Floats]:
    """Give yuan to build what a new school starts with, and yuan for each seat added."""
    start = np.where(new, np.where(np.isfinite(case.seats), case.seats, 0.0) * money.seat.value, 0.0)
    # `open_cost` of a candidate site is the bureau's own figure for the whole of it.
    for at in np.flatnonzero(new):
        site = wide.schools.at[case.schools[at], "site_id"]
        cost = study.sites["open_cost"].get(site, np.nan) if "open_cost" in study.sites else np.nan
        start[at] = cost if np.isfinite(cost) else start[at]
    return start.astype(float), np.full(len(case.schools), money.seat.value)


def _sizes(
    case: Case, seats: Floats, new: Bools, expand: Expansion, rules: Rules, build: Floats, seat_price: Floats,
    money: Money,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Give the sizes each school may have and what building them costs a year; NaN beyond its own."""
    module = class_limit(rules, case.stage)
    limit = rules.value("school_size", case.stage) or DEFAULT_SIZE
    top = np.array(seats)
    grows = case.offers.all(axis=1) & ~new & np.isfinite(seats)
    if isinstance(expand, Mapping):
        unknown = [s for s in expand if s not in case.schools]
        if unknown:
            hint = did_you_mean(unknown[0], case.schools)
            raise refuse(
                f"expand names schools not open for the stage: {', '.join(unknown[:5])}{hint.en}",
                f"expand 含未开办该学段的学校：{'、'.join(unknown[:5])}{hint.zh}",
                "use ids of open schools",
                "请用在办学校编号",
            )
        top = np.maximum(top, [float(expand.get(s, 0.0)) for s in case.schools])
    elif expand is not False:
        most = limit if expand is True else float(expand)
        top = np.where(grows, np.maximum(top, most), top)
    taken = np.where(np.isfinite(case.seats), case.seats - seats, 0.0)  # seats private pupils or outsiders hold
    steps = np.where(np.isfinite(top), np.floor((top - taken - seats) / module + 1e-9), 0.0)
    steps = np.maximum(steps, 0.0).astype(int)
    width = int(steps.max(initial=0)) + 1
    number = np.arange(width)[None, :]
    sizes = np.where(number <= steps[:, None], seats[:, None] + module * number, np.nan)
    yearly = (build[:, None] + seat_price[:, None] * module * number) / money.years.value
    return sizes, yearly


def _counted(study: Study, case: Case, stage: str, new: Bools) -> Bools:
    kind = study.categories().reindex(case.schools)
    return (kind == stage).to_numpy(dtype=bool) | new


def _pinned(case: Case, state: Ints, pins: Sequence[Edit], opened: set[str], study: Study) -> Ints:
    state = np.asarray(state, dtype=np.int64).copy()
    keeps = [edit.school for edit in pins if isinstance(edit, Keep)]
    keeps += [edit.school_id for edit in pins if isinstance(edit, Open)]
    keeps += [edit.into for edit in pins if isinstance(edit, Merge)]
    ended = {edit.school for edit in pins if isinstance(edit, Close | Merge)}
    both = sorted(set(keeps) & ended)
    unknown = sorted(s for s in set(keeps) - ended if s not in case.schools)
    if both or unknown:
        raise refuse(
            f"pins keep what is not open for the stage, or close it too: {', '.join([*both, *unknown][:5])}",
            f"pins 要保留的学校未开办该学段，或同时被撤并：{'、'.join([*both, *unknown][:5])}",
            "correct the pins",
            "请更正 pins",
        )
    for school in keeps:
        state[case.schools.get_loc(school)] = OPEN
    return state


def edits_of(siting: Siting, home: Ints, is_open: Bools, stage: str) -> tuple[Edit, ...]:
    """Write a solution as edits: closed schools merge into the one most of their pupils go to."""
    edits: list[Edit] = []
    problem, schools = siting.problem, siting.schools
    loads = problem.loads(home)
    size = np.minimum(problem.size_of(loads), problem.seats.shape[1] - 1)
    first = problem.seats[:, 0]
    added = problem.seats[np.arange(len(schools)), size] - first
    for at in np.flatnonzero(is_open):
        name = str(schools[at])
        if siting.new[at]:
            edits.append(Open(site=name, stage=stage))  # type: ignore[arg-type]
        elif added[at] > 1e-6:
            seats = float(siting.case.seats[at] + added[at])
            edits.append(Expand(name, seats=seats, stage=stage))  # type: ignore[arg-type]
    goes = np.asarray(schools)[home[siting.today["unit"]]]
    # Only a school with all grades can take over another one as a whole.
    complete = set(schools[siting.case.offers.all(axis=1)])
    followed = siting.today.assign(to=goes)
    followed = followed.loc[followed["to"].isin(complete)]
    sums = followed.groupby(["school_id", "to"], observed=True)["pupils"].sum()
    for at in np.flatnonzero((problem.state == FREE) & ~is_open & ~siting.new):
        name = str(schools[at])
        to = sums.xs(name).sort_index().idxmax() if name in sums.index.get_level_values(0) else None
        edits.append(
            Close(name, stage=stage) if to is None else Merge(name, into=str(to), stage=stage)  # type: ignore[arg-type]
        )
    return tuple(edits)


def figures_of(siting: Siting, home: Ints, is_open: Bools) -> dict[str, float]:
    """Give what a solution costs, part by part (see `Point.figures`)."""
    from layout_planner.measures.distance import weighted_quantile

    problem = siting.problem
    pupils = siting.rows["pupils"].to_numpy(dtype=float)
    to = home[siting.unit_of]
    minutes = siting.minutes[np.arange(len(to)), to]
    loads = problem.loads(home)
    size = np.minimum(problem.size_of(loads), problem.seats.shape[1] - 1)
    at = np.arange(problem.sites)
    added = np.where(is_open, problem.seats[at, size] - problem.seats[:, 0], 0.0)
    terms = siting.extra[np.arange(problem.places), home].sum() + siting.extra_open[is_open].sum()
    travel = problem.cost[np.arange(problem.places), home].sum() - siting.extra[np.arange(problem.places), home].sum()
    short = (problem.floor_price * np.maximum(problem.floor - loads, 0.0))[is_open].sum()
    investment = siting.build[is_open].sum() + (siting.seat_price * added).sum()
    prices = problem.price[at, size][is_open].sum()
    running = siting.running[is_open].sum() + short
    stays = (
        siting.today["school_id"].to_numpy(dtype=str)
        == np.asarray(siting.schools, dtype=str)[home[siting.today["unit"]]]
    )
    private = (problem.state == CLOSED) & ~problem.counted
    return {
        "travel": float(travel),
        "running": float(running + siting.constant),
        "building": float(prices - siting.running[is_open].sum() - siting.extra_open[is_open].sum()),
        "terms": float(terms),
        "investment": float(investment),
        "minutes_mean": float((minutes * pupils).sum() / pupils.sum()),
        "minutes_p95": weighted_quantile(pd.Series(minutes), pd.Series(pupils), 0.95),
        "closed": float(((problem.state == FREE) & ~is_open & ~siting.new).sum()),
        "expanded": float((added > 1e-6).sum()),
        "opened": float((is_open & siting.new).sum()),
        "seats_added": float(added.sum()),
        "pupils_moved": float(siting.today["pupils"].to_numpy()[~stays].sum()),
        "schools": float(is_open.sum() + private.sum()),
    }


def plan_of(siting: Siting, home: Ints, base: Plan, scenario: Scenario, figures: Mapping[str, float | str]) -> Plan:
    """Make the plan of a solution: the edits applied, everyone sent where the solution says, scored and judged."""
    started = time.perf_counter()
    stage, before = siting.case.stage, base.study
    edited = apply(before, scenario)
    move = replace(siting.move, study=edited, scenario=scenario)
    case = case_of(move)
    fixed, rows, outside, homeless = assignable(move, case)
    keys = ["place_id", "grade", "group"]
    unit = pd.Series(siting.unit_of, index=pd.MultiIndex.from_frame(siting.rows[keys]))
    at = unit.reindex(pd.MultiIndex.from_frame(rows[keys]))
    known = at.notna().to_numpy()
    to = np.asarray(siting.schools)[home[at[known].to_numpy(dtype=np.int64)]]
    placed = pd.concat([fixed, rows.loc[known].assign(school_id=to)])
    sent = settle(move, case, placed, rows.loc[~known], outside, homeless, "consolidate", started, [])
    status: Status = "optimal" if figures["status"] == "optimal" else "feasible"
    sent = sent.with_(
        status="infeasible" if sent.status == "infeasible" else status,
        objective=float(figures["objective"]),
        bound=float(figures["bound"]),
        gap=float(figures["gap"]),
        work={"unit": "yuan a year"},
    )
    after = with_rolls(edited, {stage: sent})
    plan = Plan(scenario.name, after, siting.move.travel, siting.move.rules, scenario, {stage: sent}, base=base)
    return judged(plan, started, {"assign": "consolidate"})
