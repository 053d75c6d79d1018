"""Local search on arrays: grow districts, then anneal. Districts stay connected by construction, at every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.engines.districting.annealing import Division, Schedule, anneal, grow
from layout_planner.engines.districting.problem import ArrayPlan, DistrictProblem
from layout_planner.solving.chance import new_state
from layout_planner.solving.clock import Clock

STEPS_A_UNIT = 6_000
"""Steps of one annealing run for each unit."""
LEAST_STEPS = 60_000
CHUNK = 200_000
"""Steps between two looks at the clock."""


@dataclass(frozen=True, eq=False)
class Found:
    """What a search came to.

    Parameters
    ----------
    plan
        The cheapest plan within all windows; where none was met, the one that breaks them least.
    cost
        Its cost, penalties left out.
    excess
        By how much the windows are broken: Σ over districts and windows of the excess over the middle of the window;
        0 when feasible.
    steps, runs
        Steps and runs done.
    """

    plan: ArrayPlan
    cost: float
    excess: float
    steps: int
    runs: int = 1


MODES = {"none": 0, "inside": 1, "detached": 2}


def start_plan(problem: DistrictProblem, rng: np.random.Generator) -> ArrayPlan:
    """Grow a first plan: every district connected, not always within the windows.

    Parameters
    ----------
    problem
        The graph must hang together: units that no district reaches raise a `ValueError`.
    """
    k = problem.districts
    lead_of = np.zeros(k, dtype=np.int64)
    if problem.mode != "none":
        lead_of = np.sort(rng.permutation(problem.leads)[:k])
    seeds = problem.homes[lead_of] if problem.mode == "inside" else _spread_seeds(problem, rng)
    size = _balance(problem)
    scale = float(problem.costs.linear.std()) or 1.0
    preference = np.ascontiguousarray(problem.costs.linear[:, lead_of]) / scale
    of = grow(problem.indptr, problem.indices, size, seeds, preference, 0.5, rng.uniform(0, 0.5, problem.n))
    if (of < 0).any():
        raise ValueError("the graph is in pieces that no district reaches")
    return ArrayPlan(of, lead_of)


def _balance(problem: DistrictProblem) -> Floats:
    """Give what growing balances by: the tightest window."""
    width = (problem.high - problem.low) / np.maximum(problem.high + problem.low, 1)
    filled = problem.weights.sum(axis=1) > 0
    row = int(np.argmin(np.where(filled, width, np.inf)))
    return problem.weights[row].astype(float)


def _spread_seeds(problem: DistrictProblem, rng: np.random.Generator) -> Ints:
    """Choose seeds far apart by the number of steps between them."""
    n, k = problem.n, problem.districts
    seeds = [int(rng.integers(n))]
    near = _steps_from(problem, seeds[0])
    for _ in range(k - 1):
        near[seeds] = -1.0
        far = near + rng.uniform(0, 0.5, n) * max(1.0, float(near.max()))
        far[seeds] = -1.0
        seeds.append(int(np.argmax(far)))
        near = np.minimum(near, _steps_from(problem, seeds[-1]))
    return np.array(seeds, dtype=np.int64)


def _steps_from(problem: DistrictProblem, source: int) -> Floats:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    graph = csr_array((np.ones(len(problem.indices)), problem.indices, problem.indptr), shape=(problem.n, problem.n))
    return np.nan_to_num(dijkstra(graph, indices=source, unweighted=True), posinf=problem.n)


def improve(
    problem: DistrictProblem, start: ArrayPlan, steps: int, seed: int, clock: Clock | None = None, heat: float = 1.0
) -> Found:
    """Anneal once from a plan, in chunks that look at the clock.

    Parameters
    ----------
    start
        Every district connected.
    steps
        Steps of the run.
    seed
        Same seed, same result (unless the clock cuts in).
    clock
        When over, the run ends where it is.
    heat
        Temperature to begin with, in what one move typically changes.
    """
    c = problem.costs
    now = Division(start.district_of.copy(), start.lead_of.copy())
    best = Division(start.district_of.copy(), start.lead_of.copy())
    reached = np.array([np.inf, np.inf])
    hot = heat * _typical_change(problem)
    state = new_state(np.random.default_rng(seed))
    done = 0
    # One unit more or less is k/n of a district: its excess must weigh more than what the move gains.
    penalty = 12.0 * hot * max(problem.districts, problem.n / problem.districts)
    ground, schedule = problem.ground, Schedule(hot, hot / 50.0, penalty, steps)
    while done < steps and not (clock is not None and clock.over and done):
        part = min(CHUNK, steps - done)
        anneal(ground, c, MODES[problem.mode], now, best, reached, schedule, (done, part), state)
        done += part
    return Found(ArrayPlan(best.of, best.lead_of), float(reached[0] + c.constant), float(reached[1]), done)


def _typical_change(problem: DistrictProblem) -> float:
    """Guess what one move changes: the spread of the linear costs and what the shapes make of one unit more or less."""
    c = problem.costs
    line = float(c.linear.std(axis=0).mean()) if problem.n > 1 else 0.0
    shape = sum(
        float(np.abs(c.sums[a]).mean() * w)
        for a, w, kind in zip(c.first, c.weight, c.kind, strict=True)
        if kind in (0, 1)
    )
    bonds = float(np.abs(c.border).mean()) if len(c.border) else 0.0
    return max(line, shape, bonds, 1e-9)


def search(
    problem: DistrictProblem,
    runs: int,
    seed: int,
    clock: Clock | None = None,
    steps: int | None = None,
    feasible: int | None = None,
    heats: tuple[float, ...] = (1.0,),
) -> Found:
    """Anneal several times from different starts and keep the best.

    Parameters
    ----------
    runs
        Restarts at most; fewer when the clock is over.
    feasible
        Stop after so many runs that ended within all windows.
    heats
        Temperatures the runs begin with, in turn; see `improve`.
    """
    rng = np.random.default_rng(seed)
    best: Found | None = None
    done = made = good = 0
    length = steps or max(LEAST_STEPS, STEPS_A_UNIT * problem.n)
    for run in range(runs):
        heat = heats[run % len(heats)]
        found = improve(problem, start_plan(problem, rng), length, int(rng.integers(2**31)), clock, heat)
        done += found.steps
        made += 1
        if best is None or (found.excess, found.cost) < (best.excess, best.cost):
            best = found
        good += found.excess == 0
        if (clock is not None and clock.over) or good == feasible:
            break
    assert best is not None
    return Found(best.plan, best.cost, best.excess, done, made)
