"""Which schools to keep, merge, enlarge and open: `consolidate`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.plan import Plan
from layout_planner.plan.frontier import POINT_COLUMNS, Frontier, Point
from layout_planner.plan.types import Status
from layout_planner.policy import Rules
from layout_planner.scenario import Edit, Keep, Scenario
from layout_planner.solvers.assignment import default_rules, today
from layout_planner.solvers.location.capacitated import LocationResult, solve_counts, solve_location
from layout_planner.solvers.money import Money
from layout_planner.solvers.siting import Expansion, Siting, edits_of, figures_of, lay_out, plan_of
from layout_planner.solvers.terms import Term
from layout_planner.study import Study
from layout_planner.travel import TravelLike

BUDGET_STEPS = 6
"""Prices of money tried to stay within a budget."""

ALTERNATIVES = 200
"""Sets of schools remembered for each point, the best ones."""


def consolidate(
    study: Study,
    travel: TravelLike,
    rules: Rules | None = None,
    *,
    stage: str,
    keep: int | Iterable[int] | None = None,
    budget: float | None = None,
    expand: Expansion = True,
    sites: bool = True,
    pins: Sequence[Edit] | Scenario = (),
    least_roll: float = 0.0,
    reach: Literal["priced", "hard"] = "priced",
    demands: Sequence[Study | pd.Series] = (),
    money: Money | None = None,
    terms: Sequence[Term] = (),
    gap: float = 5e-3,
    time_limit: float = 100.0,
    seed: int = 0,
) -> Plan | Frontier:
    """Choose which schools of a stage stay, grow, open or close, at least cost, with a bound.

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
        How many legal schools of the stage stay open, new ones among them. A number gives a plan, several give a
        frontier, None the number that costs least. Campuses, teaching points, and sections of schools that count
        under another stage (nine-year schools) are counted apart and stay, unless a pin closes them.
    budget
        Yuan of building at most, over all sites.
    expand
        True: every complete school may grow by whole classes up to the rules' school size. False: none. A number:
        up to so many seats. A mapping school → seats: only these, up to that.
    sites
        Candidate sites of the study may open.
    pins
        Edits that hold in every plan: `Keep`, `Close`, `Merge`, `Open`, `Expand` …
    least_roll
        Pupils a school that may close must have to stay (pinned ones need not).
    reach
        "priced": long ways cost what they last, and are reported; "hard": pairs beyond the rules' reach are not used.
    demands
        Further numbers of children, as studies or as Series place_id → pupils: seats hold in each of them, ways are
        weighed by their mean. What that safety costs is the difference to the same call without.
    money
        The prices; `Money()` where left out.
    terms
        Further terms: callables that price pairs or sites (`layout_planner.solvers.terms`).
    gap
        Stop a point when (objective − bound) / objective is at most this.
    time_limit
        Wall seconds for all points together.
    seed
        For the annealing.

    Returns
    -------
    Plan or Frontier
        A plan's assignment has the objective and bound in yuan a year; `provenance["consolidation"]` the parts.

    Raises
    ------
    DataError
        An argument that is not understood, or no plan with so few schools (with what would have to give).
    """
    started = time.perf_counter()
    rules, money = rules or default_rules(), money or Money()
    edits = tuple(pins.edits if isinstance(pins, Scenario) else pins)
    series = [d.demand(stage) if isinstance(d, Study) else d for d in demands]
    base = today(study, travel, rules, stage)
    siting = lay_out(
        study, travel, rules, stage, base.assignments[stage], pins=edits, expand=expand, sites=sites,
        least_roll=least_roll, reach=reach, demands=series, money=money, terms=terms,
    )  # fmt: skip
    numbers = _numbers(keep, siting)
    left = max(time_limit - (time.perf_counter() - started), 1.0)
    results: dict[int | None, LocationResult]
    if budget is not None:
        results = {n: _within_budget(siting, n, budget, money, gap, left / len(numbers), seed) for n in numbers}
    elif keep is None:
        results = {None: solve_location(siting.problem, gap=gap, seconds=left, seed=seed)}
    else:
        whole = [n for n in numbers if n is not None]
        found = solve_counts(siting.problem, whole, gap=gap, seconds=left, seed=seed)
        results = {number: found[number] for number in whole}
    points = tuple(_point(siting, number, result, edits, stage) for number, result in results.items())
    homes = {point.keep: result.home for point, result in zip(points, results.values(), strict=True)}

    def carry_out(point: Point) -> Plan:
        home = homes[point.keep]
        assert point.scenario is not None
        assert home is not None
        plan = plan_of(siting, home, base, point.scenario, point.figures)
        told = {**point.figures, "keep": point.keep, "prices": money.table()["value"].to_dict()}
        return plan.with_(provenance={**plan.provenance, "consolidation": told})

    free = siting.schools[(siting.problem.state == 0) & ~siting.new]
    names = siting.study.schools.loc[free]
    frontier = Frontier(
        stage=stage,
        points=points,
        schools=pd.DataFrame({"name": names.get("name", free)}, index=free.rename("school_id")),
        prices=money.table(),
        carry_out=carry_out,
        seconds=time.perf_counter() - started,
        work={"units": siting.problem.places, "schools": siting.problem.sites, "sizes": siting.problem.seats.shape[1]},
        notes=_notes(siting, base),
    )
    if keep is None or isinstance(keep, int):
        if points[0].scenario is None:
            raise _impossible(siting, points[0])
        return frontier.at(points[0].keep)
    return frontier


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
    siting: Siting, number: int | None, budget: float, money: Money, gap: float, seconds: float, seed: int
) -> LocationResult:
    """Raise the price of building until the budget holds; each price μ also bounds: L(μ) − μ · budget."""
    problem = siting.problem
    if number is not None:
        problem = problem.with_(fewest=number, most=number)
    building = problem.price - problem.price[:, :1] + (siting.build / money.years.value)[:, None]
    yearly = budget / money.years.value
    low, high = 0.0, 1.0
    best: LocationResult | None = None
    bound = -np.inf
    step = 0
    factor = 0.0
    while step < BUDGET_STEPS:
        dearer = problem.with_(price=problem.price + factor * building)
        found = solve_location(dearer, gap=gap, seconds=seconds / BUDGET_STEPS, seed=seed)
        step += 1
        bound = max(bound, found.bound - factor * yearly)
        if found.home is None or found.is_open is None:
            return found
        spent = figures_of(siting, found.home, found.is_open)["investment"]
        if spent <= budget * (1 + 1e-9):
            value = problem.objective(found.home, found.is_open)
            if best is None or value < best.objective:
                best = LocationResult(found.home, found.is_open, value, found.bound, "feasible", found.nodes)
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
        return LocationResult(None, None, np.inf, bound, "unknown", 0)
    bound = min(bound, best.objective)
    allowed = gap * abs(best.objective + problem.offset) + 1e-7
    status: Literal["optimal", "feasible"] = "optimal" if best.objective - bound <= allowed else "feasible"
    return LocationResult(best.home, best.is_open, best.objective, bound, status, best.nodes)


def _point(siting: Siting, number: int | None, result: LocationResult, pins: tuple[Edit, ...], stage: str) -> Point:
    offset = siting.problem.offset
    if result.home is None or result.is_open is None:
        status: Status = "infeasible" if result.status == "infeasible" else "interrupted"
        empty: dict[str, float | str] = dict.fromkeys(POINT_COLUMNS, float("nan"))
        empty.update(status=status, bound=result.bound + offset)
        return Point(number or 0, None, empty, status)
    counted = siting.problem.counted
    keep = int((result.is_open & counted).sum())
    parts = figures_of(siting, result.home, result.is_open)
    objective, bound = result.objective + offset, result.bound + offset
    figures: dict[str, float | str] = {
        "status": result.status,
        "objective": objective,
        "bound": bound,
        "gap": max(0.0, objective - bound) / max(abs(objective), 1e-12),
        "gap_avoidable": result.gap,
        **parts,
    }
    edits = edits_of(siting, result.home, result.is_open, stage)
    # Keep is a promise to the solver; the plan needs the edits that change something.
    scenario = Scenario(f"keep-{keep}", (*[edit for edit in pins if not isinstance(edit, Keep)], *edits))
    found: Status = "optimal" if result.status == "optimal" else "feasible"
    free = (siting.problem.state == 0) & ~siting.new
    sets: dict[frozenset[str], float] = {}
    for value, is_open in (*result.sets, (result.objective, result.is_open)):
        closed = frozenset(siting.schools[free & ~is_open])
        sets[closed] = min(value + offset, sets.get(closed, np.inf))
    ranked = sorted(((v, c) for c, v in sets.items()), key=lambda pair: (pair[0], sorted(pair[1])))[:ALTERNATIVES]
    return Point(keep, scenario, figures, found, tuple(ranked))


def _notes(siting: Siting, base: Plan) -> tuple[Text, ...]:
    stage = siting.case.stage
    apart = int((~siting.problem.counted & (siting.problem.state == 1)).sum())
    notes = [
        Text(
            f"{apart} campuses, teaching points, sections of other schools stay open and are not counted.",
            f"{apart} 个分校区、教学点、九年一贯制学校小学部等保留且不计入学校数。",
        )
    ]
    away = base.assignments[stage].unplaced["pupils"].sum()
    if away:
        notes.append(
            Text(
                f"{away:,.0f} children without a school here are left out.", f"{away:,.0f} 名未在本地就读的儿童未计入。"
            )
        )
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
        "keep more schools, let more of them grow, lower least_roll, or set reach to priced",
        "请多保留学校、允许更多扩容、降低 least_roll，或将 reach 设为 priced",
    )
