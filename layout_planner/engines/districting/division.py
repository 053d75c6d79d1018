"""The driver: exact where the county is small enough, else search with the best bound that can be had."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from layout_planner.base.proof import Ended, Proof, Proved
from layout_planner.engines.districting.cover import cover
from layout_planner.engines.districting.enumeration import MOST_UNITS, make_pool
from layout_planner.engines.districting.problem import DEVIATION, RATIO, SPREAD, ArrayPlan, DistrictProblem
from layout_planner.engines.districting.search import Found, search
from layout_planner.solving.clock import Clock, ClockKind
from layout_planner.solving.mip import Model

RUNS, STEPS = 12, 250_000
"""Annealing before the exact method, up to `SMALL` units."""
MORE_RUNS, MORE_STEPS = 20, 1_000_000
"""The same for more units."""
SMALL = 40
HEATS = (0.5, 0.25)
"""Cooler than usual: among so few units the best division is a matter of many short looks."""
MOST_PAIRS = 2_000_000
LAWFUL_RUNS = 3
"""Above 2,000 units: annealing runs that end within the windows before the best of them is taken."""


@dataclass(frozen=True, eq=False)
class Division(Proved):
    """What solving came to.

    Parameters
    ----------
    proof
        Of divisions within the windows, with the constant; its objective is inf where none was found.
    plan
        The division; the one that breaks the windows least where none within them was found; None when it is proved
        that there is none and no search was asked for.
    cost
        Of that plan, with the constant.
    excess
        By how much the plan breaks the windows; 0 when feasible.
    work
        What was counted.
    """

    proof: Proof
    plan: ArrayPlan | None
    cost: float
    excess: float
    work: dict[str, object] = field(default_factory=dict)


def divide(
    problem: DistrictProblem,
    seed: int = 0,
    time_limit: float = 60.0,
    method: Literal["auto", "exact", "search"] = "auto",
    clock: ClockKind = "wall",
) -> Division:
    """Divide the units into districts at least cost.

    Parameters
    ----------
    problem
        The graph must hang together unless the exact method is used.
    seed
        Of the annealing.
    time_limit
        Seconds, of `clock`.
    method
        "exact": enumerate every feasible district and choose among them by branch and bound (at most 64 units);
        "search": anneal; "auto": exact where it can be.

    Returns
    -------
    Division
        With a bound: of the exact method, or of the relaxation without connection (see `loose_bound`).
    """
    watch = Clock(time_limit, clock)
    exact = method != "search" and problem.n <= MOST_UNITS
    if exact:
        pool = make_pool(problem)
        if pool.complete or method == "exact":
            return _exact(problem, pool, seed, watch)
    steps = None if problem.n > 200 else STEPS
    found = search(
        problem, 1000, seed, watch.within(0.9 * time_limit), steps, None if problem.n <= 2_000 else LAWFUL_RUNS
    )
    bound = loose_bound(problem)
    work = {"method": "search", "steps": found.steps, "runs": found.runs}
    reached = found.cost if found.excess == 0 else np.inf
    proof = Proof(reached, min(bound, reached), ended="infeasible" if bound == np.inf else "searched")
    return Division(proof, found.plan, found.cost, found.excess, work)


def _exact(problem: DistrictProblem, pool: Any, seed: int, watch: Clock) -> Division:
    work: dict[str, object] = {"method": "exact", "columns": len(pool.cost)}
    if not len(pool.cost):
        return Division(Proof(np.inf, np.inf, ended="infeasible"), None, np.inf, np.inf, work)
    found: Found | None = None
    if problem.n > 1 and _hangs_together(problem):
        runs, steps = (RUNS, STEPS) if problem.n <= SMALL else (MORE_RUNS, MORE_STEPS)
        found = search(problem, runs, seed, watch.within(0.25 * watch.limit), steps, heats=HEATS)
    feasible = found is not None and found.excess == 0
    constant = problem.costs.constant
    known = found.plan if feasible and found else None
    result = cover(problem, pool, known, found.cost - constant if feasible and found else np.inf, watch)
    work |= {
        "left": result.left,
        "cuts": result.cuts,
        "rounds": result.rounds,
        "nodes": result.nodes,
        "steps": found.steps if found else 0,
    }
    ended: Ended = result.proof.ended if pool.complete else "searched"
    proof = Proof(result.objective + constant, result.bound + constant if pool.complete else -np.inf, ended=ended)
    if result.plan is not None:
        return Division(proof, result.plan, proof.objective, 0.0, work)
    plan, cost, excess = (found.plan, found.cost, found.excess) if found else (None, np.inf, np.inf)
    return Division(proof, plan, cost, excess, work)


def _hangs_together(problem: DistrictProblem) -> bool:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    graph = csr_array((np.ones(len(problem.indices)), problem.indices, problem.indptr), shape=(problem.n, problem.n))
    return bool(connected_components(graph, directed=False)[0] == 1)


def loose_bound(problem: DistrictProblem) -> float:
    """Give a bound on the cost without looking at connection: each unit may be cut up among all leads.

    The linear costs and the deviations are kept, in one linear programme with the windows, when every lead leads;
    rewards (negative borders, spreads and squares) are granted in full; other shapes count as 0.

    Returns
    -------
    float
        No division costs less; inf when even this relaxation breaks the windows; −inf for deviations of negative
        weight. Above two million pairs of unit and lead each unit has its cheapest lead, and that is all.
    """
    c = problem.costs
    n, leads = problem.n, problem.leads
    granted = _granted(problem) + c.constant
    if leads != problem.districts or n * leads > MOST_PAIRS or problem.mode == "none":
        return float(granted + c.linear.min(axis=1).sum())
    model = Model()
    x = model.columns(c.linear.ravel()).reshape(n, leads)  # share of each unit at each lead
    unit, lead = np.indices(x.shape)
    model.rows((unit, x, 1.0), least=1.0, most=1.0)
    for r in range(len(problem.low)):
        brought = problem.lead_weights[r]
        weight = problem.weights[r].astype(float)[:, None]
        model.rows((lead, x, weight), least=problem.low[r] - brought, most=problem.high[r] - brought)
    for p in np.flatnonzero((np.asarray(c.kind) == DEVIATION) & (np.asarray(c.weight) > 0)):
        off = model.columns(np.full(leads, c.weight[p]))  # |sum − target| at each lead
        sums = (lead, x, c.sums[c.first[p]][:, None])
        away = np.broadcast_to(c.target[p] - c.lead_sums[c.first[p]], leads)
        model.rows(sums, (np.arange(leads), off, -1.0), most=away)
        model.rows(sums, (np.arange(leads), off, 1.0), least=away)
    proof = model.solve().proof
    return float(proof.bound + c.lead.sum() + granted)


def _granted(problem: DistrictProblem) -> float:
    """Sum all that could be gained: rewards of borders (each edge once), of spreads and of squares."""
    c = problem.costs
    total = float(np.minimum(c.border, 0.0).sum() / 2)
    whole = np.abs(c.sums).sum(axis=1) + np.abs(c.lead_sums).sum(axis=1)
    for p in np.flatnonzero(c.weight < 0):
        if c.kind[p] in (DEVIATION, RATIO):
            return -np.inf
        # Σ w x² about any mean is at most Σ w x² about 0; squares of parts add up to at most the square of the sum.
        total += float(c.weight[p] * (whole[c.second[p]] if c.kind[p] == SPREAD else whole[c.first[p]] ** 2))
    return total
