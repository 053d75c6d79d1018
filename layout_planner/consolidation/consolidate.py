"""Which schools to keep, merge, enlarge, rebuild and open: `consolidate`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from layout_planner.assignment.solve import default_rules, solve, today
from layout_planner.base.arrays import Bools, Positions
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.options import Effort, told
from layout_planner.base.proof import Proof
from layout_planner.consolidation.outcome import edits_of, figures_of, plan_of
from layout_planner.consolidation.settings import USUAL, Consolidation
from layout_planner.consolidation.siting import Siting, lay_out
from layout_planner.consolidation.stay_search import REPAIR_SECONDS, Run, StaySearch
from layout_planner.engines.location.branching import LocationResult, swapped_sets
from layout_planner.engines.location.capacitated import solve_counts, solve_location
from layout_planner.engines.location.contiguous import solve_contiguous
from layout_planner.engines.location.problem import CLOSED, FREE, OPEN, LocationProblem
from layout_planner.measures.counted import KIND_WORDS, KINDS
from layout_planner.measures.money import Money
from layout_planner.plan import Plan, lacks_school
from layout_planner.plan.frontier import POINT_COLUMNS, SAME_SCHOOLS, Frontier, Point
from layout_planner.plan.steps import step_figures
from layout_planner.policy import Rules
from layout_planner.scenario import Edit, Scenario
from layout_planner.solving.clock import Clock, ClockKind
from layout_planner.study import Study
from layout_planner.travel import TravelLike

YUAN = "yuan a year"
BUDGET_STEPS = 6
"""Prices of money tried to stay within a budget."""

ALTERNATIVES = 200
"""Sets of schools remembered for each point, the best ones."""

SWAPS = 60
"""Interchanges of two schools tried at every point, to tell what else would be nearly as good."""

SAFETY_SHARE = 0.4
"""Of the time, for the same without the further demands: the price of safety is the difference."""

Solver = Callable[[LocationProblem, float], LocationResult]
"""Solves a problem within so many wall seconds."""


def consolidate(
    study: Study,
    travel: TravelLike,
    rules: Rules | None = None,
    *,
    stage: str,
    keep: int | Iterable[int] | None = None,
    budget: float | Iterable[float] | None = None,
    settings: Consolidation | None = None,
    effort: Effort | None = None,
    **further: object,
) -> Plan | Frontier:
    """Choose which schools of a stage stay, grow, are rebuilt, open or close, at least cost, with a bound.

        min  Σ yuan of ways + Σ running cost that ends with a school + Σ floor of small schools + Σ building + terms

    Every place goes whole to one open school within its seats; seats come in classes (single-source capacitated
    location with modular sizes; see `LocationProblem` for the formulation).

    Parameters
    ----------
    study, travel, rules
        The facts, the ways (one `Travel`, or a mapping stage → travel), the limits.
    stage
        The stage.
    keep
        How many public legal schools of the stage stay open, new ones among them: `schools_own` of the scorecard. A
        number gives a plan, several give a frontier, None the number that costs least. Campuses, teaching points,
        private schools, and sections of schools that count under another stage (nine-year schools) are counted apart
        (`schools_campus`, `schools_point`, `schools_private`, `schools_section`) and stay, unless a pin closes them.
    budget
        Yuan of building at most, over all sites. Several amounts give a frontier of money.
    settings
        What may change, and what must hold: see `Consolidation`.
    effort
        How long to search and how close to come; 100 seconds for all points together and a gap of 0.005 where left out.
    **further
        Fields of `Consolidation` and `Effort` one by one: ``expand=False``, ``least_roll=80``, ``time_limit=30``,
        ``seed=7`` …; they go before those of the records.

    Returns
    -------
    Plan or Frontier
        A plan's assignment has the objective and bound in yuan a year; `provenance["consolidation"]` the parts.
        `layout_planner.plan.three_steps` (`Frontier.steps`) sets today, today's schools with everyone at the best
        place, and the plan side by side.

    Raises
    ------
    DataError
        An argument that is not understood, or no plan with so few schools (with what would have to give).

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> front = lp.consolidate(study, ways, stage="junior", keep=(20, 24))
    >>> front.table["closed"]
    keep
    20    10.0
    24     6.0
    Name: closed, dtype: float64
    >>> bool((front.table["bound"] <= front.table["objective"]).all())
    True
    >>> front.at(24).scorecard.value("schools_own", "junior")
    24.0
    """
    started = time.perf_counter()
    wish, work = told("consolidate", settings, Consolidation(), effort, USUAL, further)
    watch = Clock(float(work.seconds or 0.0), work.clock or "wall")
    rules, money = rules or default_rules(), wish.money or Money()
    series = [d.demand(stage) if isinstance(d, Study) else d for d in wish.demands]
    _check(wish, study)
    base = today(study, travel, rules, stage)
    best_place = solve(
        study, travel, rules, scenario=Scenario(str(SAME_SCHOOLS)), assign="capacity", stage=stage, reach=wish.reach
    )
    siting = lay_out(study, travel, rules, stage, base.assignments[stage], wish, demands=series, money=money)
    runs = _runs(siting, keep, budget)
    gap, seed = float(work.gap or 0.0), int(work.seed or 0)
    left = max(watch.left, 1.0)
    share = SAFETY_SHARE if series else 0.0
    results = _solve_all(siting, siting.problem, runs, money, gap, left * (1.0 - share), seed, watch.kind)
    without: list[LocationResult] | list[None] = [None] * len(runs)
    if series:
        plain = siting.problem.with_(demand=siting.plain)
        without = _solve_all(siting, plain, runs, money, gap, left * share, seed, watch.kind)
    points_found = [
        _point(siting, run, result, less, wish.edits(), wish.not_before)
        for run, result, less in zip(runs, results, without, strict=True)
    ]

    free = siting.schools[(siting.problem.state == FREE) & ~siting.new & ~siting.point]
    names = siting.study.schools.loc[free]
    frontier = Frontier(
        stage=stage,
        points=tuple(points_found),
        schools=pd.DataFrame({"name": names.get("name", free)}, index=free.rename("school_id")),
        prices=money.table(),
        carry_out=partial(_carried_out, siting, base, best_place, money),
        base=base,
        by="keep" if budget is None or isinstance(budget, int | float) else "budget",
        seconds=time.perf_counter() - started,
        work={"units": siting.problem.places, "columns": siting.problem.sites, "sizes": siting.problem.seats.shape[1]},
        notes=_notes(siting, base),
        best_place=best_place,
    )
    if len(runs) == 1 and isinstance(keep, int | None) and isinstance(budget, int | float | None):
        if points_found[0].scenario is None:
            raise _impossible(siting, points_found[0])
        return frontier.carry_out(points_found[0])
    return frontier


def _carried_out(siting: Siting, base: Plan, best_place: Plan, money: Money, point: Point) -> Plan:
    """Carry out a point of the frontier."""
    if point.scenario is None or point.home is None:
        raise refuse(
            f"the point keep={point.keep} holds no solution ({point.status})",
            f"keep={point.keep} 的点不含解（{point.status}）",
            "take a point of this frontier that has a scenario",
            "请取本前沿上有方案的点",
        )
    plan = plan_of(siting, point.home, base, point.scenario, point.proof)
    told = {
        **point.figures,
        "keep": point.keep,
        "prices": money.table()["value"].to_dict(),
        "best_place": step_figures(best_place, siting.case.stage),
    }
    return plan.with_(provenance={**plan.provenance, "consolidation": told})


def _check(wish: Consolidation, study: Study) -> None:
    unknown = [school for school in wish.not_before or () if school not in study.schools.index]
    if unknown:
        raise refuse(
            f"not_before names schools the study does not have: {', '.join(unknown[:5])}",
            f"not_before 含研究中没有的学校：{'、'.join(unknown[:5])}",
            "correct the ids",
            "请更正编号",
        )


def _runs(siting: Siting, keep: int | Iterable[int] | None, budget: float | Iterable[float] | None) -> list[Run]:
    """Lay out the points asked for: numbers of schools under one budget, or budgets for one number."""
    if budget is None or isinstance(budget, int | float):
        return [(number, None if budget is None else float(budget)) for number in _numbers(keep, siting)]
    amounts = sorted({float(amount) for amount in budget})
    if not (keep is None or isinstance(keep, int)) or not amounts or amounts[0] < 0:
        raise refuse(
            "budget= lists several amounts: keep= must then be one number or none at all, and no amount below 0",
            "budget= 列出多个金额时，keep= 须为一个数或不写，且金额不得小于 0",
            "vary one of the two at a time",
            "两者一次只变一个",
        )
    (number,) = _numbers(keep, siting)
    return [(number, amount) for amount in amounts]


def _solve_all(
    siting: Siting, problem: LocationProblem, runs: list[Run], money: Money, gap: float, seconds: float, seed: int,
    clock: ClockKind,
) -> list[LocationResult]:  # fmt: skip
    """Solve every point."""

    def solve_each(one: LocationProblem, its: Sequence[Run], seconds: float) -> list[LocationResult]:
        return _solve_each(siting, one, list(its), money, gap, seconds, seed, clock)

    def in_one_house(one: LocationProblem, result: LocationResult) -> LocationResult:
        return _without_both(siting, one, result, gap, seed, clock)

    if siting.staying is not None:
        search = StaySearch(problem, siting.staying, runs, solve_each, in_one_house, gap, seed, clock)
        return search.run(seconds)
    return solve_each(problem, runs, seconds)


def _solve_each(
    siting: Siting, problem: LocationProblem, runs: list[Run], money: Money, gap: float, seconds: float, seed: int,
    clock: ClockKind,
) -> list[LocationResult]:  # fmt: skip
    """Solve every point of a problem as it stands."""
    watch = Clock(seconds, clock)

    def alone(one: LocationProblem, its: float) -> LocationResult:
        if siting.contiguous is not None:
            return solve_contiguous(one, *siting.contiguous, gap=gap, seconds=its, seed=seed, clock=clock)
        return solve_location(one, gap=gap, seconds=its, seed=seed, clock=clock)

    whole = [number for number, budget in runs if number is not None and budget is None]
    if len(whole) == len(runs) and siting.contiguous is None:
        found = solve_counts(problem, whole, gap=gap, seconds=seconds, seed=seed, clock=clock)
        results = [found[number] for number in whole]
    else:
        results = []
        for at, (number, budget) in enumerate(runs):
            one = problem if number is None else problem.with_(fewest=number, most=number)
            left = max(watch.left / (len(runs) - at), 0.5)
            if budget is None:
                results.append(alone(one, left))
            else:
                results.append(_within_budget(siting, one, alone, budget, money, gap, left))
    return [_without_both(siting, problem, result, gap, seed, clock) for result in results]


def _without_both(
    siting: Siting, problem: LocationProblem, result: LocationResult, gap: float, seed: int, clock: ClockKind
) -> LocationResult:
    """Drop the teaching points of schools that stay themselves: the search does not know that they are one house.

    It need not: allowing both is a relaxation, so the bound holds.
    """
    if result.is_open is None or not siting.point.any():
        return result
    here = set(siting.schools[result.is_open & ~siting.point])
    both = result.is_open & siting.point & siting.schools.isin(here)
    if not both.any():
        return result
    state = np.where(result.is_open & ~both, OPEN, CLOSED).astype(np.int64)
    count = int((result.is_open & problem.counted).sum())
    fixed = problem.with_(state=state, fewest=count, most=count)
    found = solve_location(fixed, gap=gap, seconds=REPAIR_SECONDS, seed=seed, clock=clock)
    if found.home is None:
        return LocationResult(None, None, Proof(np.inf, result.bound, ended="time"), result.nodes)
    proof = Proof.within(gap, found.objective, result.bound, offset=problem.offset)
    return LocationResult(found.home, found.is_open, proof, result.nodes)


def _numbers(keep: int | Iterable[int] | None, siting: Siting) -> list[int | None]:
    if keep is None:
        return [None]
    numbers = [keep] if isinstance(keep, int) else sorted(set(keep))
    problem = siting.problem
    must = int((problem.counted & (problem.state == 1)).sum())
    most = int((problem.counted & (problem.state != -1)).sum())
    wrong = [n for n in numbers if not isinstance(n, int | np.integer) or not must <= n <= most]
    if wrong or not numbers:
        raise refuse(
            f"keep={wrong[:3]}: {must} schools are pinned and {most} could be open",
            f"keep={wrong[:3]}：已固定保留 {must} 所，最多可开办 {most} 所",
            f"give numbers from {must} to {most}",
            f"请给 {must} 至 {most} 之间的数",
        )
    return [int(n) for n in numbers]


def _within_budget(
    siting: Siting, problem: LocationProblem, solve: Solver, budget: float, money: Money, gap: float, seconds: float
) -> LocationResult:
    """Raise the price of building until the budget holds; each price μ also bounds: L(μ) − μ · budget."""
    built = np.nan_to_num(siting.sizes.invest / money.years.value)
    building = np.maximum.accumulate(built, axis=1)
    yearly = budget / money.years.value
    low, high = 0.0, 1.0
    best: LocationResult | None = None
    bound = -np.inf
    step = 0
    factor = 0.0
    while step < BUDGET_STEPS:
        dearer = problem.with_(price=problem.price + factor * building)
        found = solve(dearer, seconds / BUDGET_STEPS)
        step += 1
        bound = max(bound, found.bound - factor * yearly)
        if found.home is None or found.is_open is None:
            return found
        spent = figures_of(siting, found.home, found.is_open)["investment"]
        if spent <= budget * (1 + 1e-9):
            value = problem.objective(found.home, found.is_open)
            if best is None or value < best.objective:
                best = LocationResult(found.home, found.is_open, Proof(value, -np.inf), found.nodes)
            if factor == 0.0:
                break
            high = factor
        elif best is None:
            low, high = factor, max(2.0 * factor, 1.0)
            factor = high
            continue
        else:
            low = factor
        factor = (low + high) / 2.0
    if best is None:
        return LocationResult(None, None, Proof(np.inf, bound, ended="time"), 0)
    proof = Proof.within(gap, best.objective, bound, offset=problem.offset)
    return LocationResult(best.home, best.is_open, proof, best.nodes)


def _point(
    siting: Siting, run: Run, result: LocationResult, without: LocationResult | None, pins: tuple[Edit, ...],
    not_before: Mapping[str, int] | None,
) -> Point:  # fmt: skip
    number, budget = run
    offset = siting.problem.offset
    if result.home is None or result.is_open is None:
        nothing = Proof(np.inf, result.bound + offset, YUAN, result.proof.ended)
        empty: dict[str, float | str] = dict.fromkeys(POINT_COLUMNS, float("nan"))
        empty.update(status=nothing.status, bound=nothing.bound)
        return Point(number or 0, None, empty, nothing, budget=budget)
    counted = siting.problem.counted
    keep = int((result.is_open & counted).sum())
    proof = Proof(result.objective + offset, result.bound + offset, YUAN, result.proof.ended)
    figures: dict[str, float | str] = {
        "status": proof.status,
        "objective": proof.objective,
        "bound": proof.bound,
        "gap": proof.gap,
        "gap_avoidable": result.gap,
        **figures_of(siting, result.home, result.is_open),
        "safety": result.objective - without.objective if without is not None else float("nan"),
    }
    edits = edits_of(siting, result.home, result.is_open, siting.case.stage, not_before)
    # Keep is a promise to the solver; the plan needs the edits that change something.
    scenario = Scenario(f"keep-{keep}", (*[edit for edit in pins if not edit.promise], *edits))
    free = (siting.problem.state == FREE) & ~siting.new & ~siting.point
    sets: dict[frozenset[str], float] = {}
    problem = siting.problem.with_(fewest=keep, most=keep)
    swapped = _swapped(siting, problem, result.home, result.is_open)
    for value, is_open in (*result.sets, (result.objective, result.is_open), *swapped):
        closed = frozenset(siting.schools[free & ~is_open])
        sets[closed] = min(value + offset, sets.get(closed, np.inf))
    ranked = sorted(((v, c) for c, v in sets.items()), key=lambda pair: (pair[0], sorted(pair[1])))[:ALTERNATIVES]
    return Point(keep, scenario, figures, proof, tuple(ranked), budget, result.home)


def _swapped(siting: Siting, problem: LocationProblem, home: Positions, is_open: Bools) -> list[tuple[float, Bools]]:
    """Give what interchanges of two schools cost; none where zones hang together, which they do not look at."""
    if siting.contiguous is not None:
        return []
    if siting.staying is None:
        return swapped_sets(problem, home, is_open, SWAPS)
    held = siting.staying.hold(problem)
    less = held.offset - problem.offset
    return [(value + less, each) for value, each in swapped_sets(held, home, is_open, SWAPS)]


def _notes(siting: Siting, base: Plan) -> tuple[Text, ...]:
    stage = siting.case.stage
    stays = ~siting.problem.counted & ~siting.new & ~siting.point
    many = pd.Series(siting.kind[stays]).value_counts()
    found = [kind for kind in KINDS if many.get(kind, 0)]
    notes = []
    if found:
        told = Text(
            ", ".join(f"{many[kind]} {KIND_WORDS[kind].en}" for kind in found),
            "、".join(f"{KIND_WORDS[kind].zh} {many[kind]} 所" for kind in found),
        )
        notes.append(Text(f"Not counted by keep: {told.en}.", f"不计入学校数（keep）：{told.zh}。"))
    left = base.assignments[stage].unplaced
    lacking = lacks_school(left)
    lost, away = (float(left.loc[rows, "pupils"].sum()) for rows in (lacking, ~lacking))
    if lost:
        said = Text(f"{lost:,.0f} children without a school are left out.", f"{lost:,.0f} 名无学可上的儿童未计入。")
        notes.insert(0, said)
    if away:
        said = Text(f"{away:,.0f} pupils who learn elsewhere are left out.", f"{away:,.0f} 名县外就读学生未计入。")
        notes.append(said)
    return tuple(notes)


def _impossible(siting: Siting, point: Point) -> Exception:
    problem = siting.problem
    usable = problem.state != -1
    largest = np.sort(np.where(problem.counted & usable, problem.seats[:, -1], 0.0))[::-1]
    others = problem.seats[~problem.counted & usable, -1].sum()
    enough = int(np.searchsorted(np.cumsum(largest) + others, problem.demand.sum() - 1e-6)) + 1
    return refuse(
        f"no plan was found ({point.status}): {problem.demand.sum():,.0f} children, and the largest schools could "
        f"seat them with {enough} or more",
        f"没有找到方案（{point.status}）：学生 {problem.demand.sum():,.0f} 人，按最大规模至少需 {enough} 所",
        'keep more schools, let more of them grow, lower least_roll= , or set reach="priced"',
        '请多保留学校、允许更多扩容、降低 least_roll= ，或设 reach="priced"',
    )
