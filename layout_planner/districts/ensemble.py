"""The verb `ensemble`: feasible divisions sampled by a Markov chain, to say how good one of them is."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Ints, Words
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.base.units import UNITS, rows_in_units
from layout_planner.districts.mixing import AGREES, ENOUGH, effective_size, split_rhat
from layout_planner.districts.partition import WINDOWS, Case
from layout_planner.districts.terms import combine
from layout_planner.engines.districting.costs import district_costs, plan_costs
from layout_planner.engines.districting.problem import ArrayPlan, Costs, DistrictProblem, Ground, no_costs
from layout_planner.engines.districting.search import improve, start_plan
from layout_planner.engines.districting.trees import EDGES, PAIRS, REVERSIBLE, chain, cut_edges, loads
from layout_planner.plan.districting import Districting, Ensemble, measures_of
from layout_planner.solving.chance import new_state

KEPT = 2_000
"""Divisions kept of each chain."""
BURN_IN = 0.1
"""Share of a chain that is dropped from its beginning."""
ATTEMPTS = 500

_RULES = {"pairs": PAIRS, "edges": EDGES, "reversible": REVERSIBLE}


def ensemble(
    districting: Districting,
    steps: int = 100_000,
    seed: int = 0,
    *,
    chains: int = 4,
    pairs: Literal["pairs", "edges", "reversible"] = "pairs",
    most_cuts: int | None = None,
) -> Ensemble:
    """Sample feasible divisions under the windows and leads of a districting.

    Parameters
    ----------
    districting
        From `partition`: one chain starts from it, the others from divisions found at random.
    steps
        Of each chain.
    seed
        Same seed, same ensemble.
    chains
        At least two, or agreement cannot be told.
    pairs
        Which neighbouring districts are merged: "pairs" (any adjacent pair alike, as GerryChain 1.0), "edges" (by the
        edges between them), or "reversible": the reversible chain, whose law is known (proportional to the product of
        the districts' numbers of spanning trees).
    most_cuts
        "reversible": bound on the feasible cuts of a tree; twice what a trial run met where left out. When a tree has
        more, the law does not hold, and no percentile is claimed.

    Returns
    -------
    Ensemble
        With effective sample size and agreement of every measure; `percentile` claims nothing of those not mixed.

    Raises
    ------
    DataError
        The districting is not feasible, or has no arrays (it was read from a file), or chains < 2.

    References
    ----------
    DeFord, Duchin and Solomon 2021; Cannon, Duchin, Randall and Rule 2022; Wilson 1996.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> areas = lp.partition(study, ways, stage="junior", districts=5)
    >>> drawn = lp.ensemble(areas, steps=400, seed=7)  # some 100,000 where it is to be relied on
    >>> sorted(drawn.samples["chain"].unique().tolist())
    [0, 1, 2, 3]
    >>> bool(drawn.diagnostics.loc[drawn.percentile().notna(), "mixed"].all())  # of the others nothing is claimed
    True
    """
    started = time.perf_counter()
    case, plan = _arrays(districting, chains)
    problem = case.problem
    rng = np.random.default_rng(seed)
    bound = (most_cuts or _most_cuts(problem, plan, rng)) if pairs == "reversible" else 1
    thin = max(1, steps // KEPT)
    samples, told = [], np.zeros(4, dtype=np.int64)
    parts = {name: combine(case.units, [(1.0, part)]) for name, (_, part) in case.parts.items()}
    for number in track(range(chains), Text("chains", "马尔可夫链")):
        state = new_state(rng)
        start = plan if number == 0 else _other_start(problem, plan, rng)
        kept = np.zeros((steps // thin, problem.n), dtype=np.int64)
        told += run_chain(problem, start, steps, thin, _RULES[pairs], bound, state, kept)
        kept = kept[int(BURN_IN * len(kept)) :]
        table = _measure(problem, kept, start.lead_of, parts)
        table.insert(0, "chain", number)
        table.insert(1, "step", (np.arange(len(kept)) + 1) * thin)
        samples.append(table)
    whole = pd.concat(samples, ignore_index=True)
    given = rows_in_units(measures_of(districting).reindex(whole.columns[2:]), UNITS)
    diagnostics = _diagnostics(whole, chains, given.index, feasible=int(told[3]) == 0)
    return Ensemble(
        whole,
        given,
        dict.fromkeys(map(str, given.index), "lower"),
        diagnostics,
        pairs,
        steps,
        seed,
        time.perf_counter() - started,
        float(told[0]) / (steps * chains),
        _notes(problem, diagnostics, told, bound),
    )


def run_chain(
    problem: DistrictProblem,
    start: ArrayPlan,
    steps: int,
    thin: int,
    rule: int,
    most_cuts: int,
    state: Words,
    kept: Ints,
) -> Ints:
    """Run one chain; see `trees.chain`."""
    homes = problem.homes[start.lead_of] if problem.mode == "inside" else np.full(problem.districts, -1, dtype=np.int64)
    brought = problem.lead_weights[:, start.lead_of]
    # A window that no district can break is not looked at.
    binds = (problem.high < problem.weights.sum(axis=1) + brought.sum(axis=1)) | (
        problem.low > problem.weights.min(axis=1) + brought.min(axis=1)
    )
    ground = Ground(
        problem.indptr,
        problem.indices,
        np.ascontiguousarray(problem.weights[binds]),
        problem.low[binds],
        problem.high[binds],
        homes,
        np.ascontiguousarray(brought[binds]),
    )
    of = start.district_of.astype(np.int64).copy()
    return chain(ground, of, steps, thin, rule, most_cuts, ATTEMPTS, state, kept)


def _arrays(districting: Districting, chains: int) -> tuple[Case, ArrayPlan]:
    case = districting.problem
    if not isinstance(case, Case):
        raise refuse(
            "the districting has no arrays to sample on", "该学区划分不含可抽样的数据",
            "make it with partition", "请用 partition 生成",
        )  # fmt: skip
    if chains < 2:
        raise refuse(
            "one chain cannot agree with another", "单链无法检验收敛", "use chains=2 or more", "chains 至少为 2"
        )
    if not districting.breaches.empty:
        raise refuse(
            "the districting breaks its windows: " + ", ".join(sorted(set(districting.breaches["what"]))),
            "该学区划分不满足区间要求", "see .breaches", "参见 .breaches",
        )  # fmt: skip
    names = districting.districts
    of = np.array([names.index(d) for d in districting.district_of], dtype=np.int64)
    leads = np.zeros(len(names), dtype=np.int64)
    if len(districting.lead_of):
        leads = case.units.leads.get_indexer(districting.lead_of.reindex(names)).astype(np.int64)
    return case, ArrayPlan(of, leads)


def _other_start(problem: DistrictProblem, plan: ArrayPlan, rng: np.random.Generator) -> ArrayPlan:
    """Find a feasible division at random; the given one where none is found in some tries."""
    plain = replace(problem, costs=no_costs(problem.n, problem.leads, len(problem.indices)))
    for _ in range(10):
        found = improve(plain, start_plan(plain, rng), max(60_000, 200 * problem.n), int(rng.integers(2**31)))
        if found.excess == 0:
            return found.plan
    return plan


def _most_cuts(problem: DistrictProblem, plan: ArrayPlan, rng: np.random.Generator) -> int:
    """Find, by doubling, a bound that no tree of a trial run exceeded, and double it once more."""
    bound = 2
    while bound < 2 * problem.n:
        kept = np.zeros((1, problem.n), dtype=np.int64)
        if not run_chain(problem, plan, 5_000, 5_000, REVERSIBLE, bound, new_state(rng), kept)[3]:
            break
        bound *= 2
    return 2 * bound


def _measure(problem: DistrictProblem, plans: Ints, lead_of: Ints, parts: dict[str, Costs]) -> pd.DataFrame:
    """Work the measures out for every division kept; detached leads are matched anew, at least cost."""
    brought = np.ascontiguousarray(problem.lead_weights[:, lead_of])
    deviation = loads(problem.weights, brought, plans)
    table = {"cut_edges": cut_edges(problem.indptr, problem.indices, plans).astype(float)}
    table |= {f"deviation_{name}": deviation[:, r] for r, name in enumerate(WINDOWS)}
    leads = np.tile(lead_of, (len(plans), 1))
    if problem.mode == "detached" and not problem.lead_weights.any():
        leads = np.array([matched_leads(problem, of) for of in plans])
    for name, c in parts.items():
        values = plan_costs(plans, leads, problem.ground, c)
        table[name] = values + c.constant
    return pd.DataFrame(table)


def matched_leads(problem: DistrictProblem, of: Ints) -> Ints:
    """Match leads to the districts of a division at least cost, windows aside; lead of each district."""
    from scipy.optimize import linear_sum_assignment

    k = problem.districts
    cost = np.empty((k, problem.leads))
    for lead in range(problem.leads):
        cost[:, lead] = district_costs(problem, ArrayPlan(of, np.full(k, lead, dtype=np.int64)))
    return np.asarray(linear_sum_assignment(cost)[1], dtype=np.int64)


def _diagnostics(whole: pd.DataFrame, chains: int, measures: pd.Index, feasible: bool) -> pd.DataFrame:
    rows = []
    for measure in measures:
        values = whole[measure].to_numpy(dtype=float).reshape(chains, -1)
        size, rhat = effective_size(values), split_rhat(values)
        rows.append((size, rhat, bool(feasible and size >= ENOUGH and rhat <= AGREES)))
    return pd.DataFrame(rows, columns=["ess", "rhat", "mixed"], index=pd.Index(measures, name="measure"))


def _notes(problem: DistrictProblem, diagnostics: pd.DataFrame, told: Ints, bound: int) -> tuple[Text, ...]:
    notes = []
    poor = [str(m) for m in diagnostics.index[~diagnostics["mixed"]]]
    if poor:
        notes.append(
            Text(
                f"Not mixed (under {ENOUGH:.0f} effective samples, or chains differ): {', '.join(poor)}. "
                "No percentile is claimed; use more steps.",
                f"尚未充分混合（有效样本不足 {ENOUGH:.0f} 或各链不一致）：{'、'.join(poor)}。"
                "不给出百分位；请增加步数。",
            )
        )
    if told[2]:
        notes.append(
            Text(
                f"{int(told[2])} steps found no feasible cut in {ATTEMPTS} trees and left the division as it was.",
                f"{int(told[2])} 步在 {ATTEMPTS} 棵生成树中未找到合法切分，划分保持不变。",
            )
        )
    if told[3]:
        notes.append(
            Text(
                f"{int(told[3])} trees had more than {bound} feasible cuts: the law of the reversible chain does not "
                "hold; give a larger most_cuts.",
                f"{int(told[3])} 棵树的合法切分超过 {bound}，可逆链的分布不成立；请增大 most_cuts。",
            )
        )
    if problem.mode == "detached" and problem.lead_weights.any():
        notes.append(
            Text(
                "Each lead keeps the district it had when its chain began, as districts are merged and cut.",
                "合并与切分过程中，各学区长学校沿用链起始时的学区。",
            )
        )
    return tuple(notes)
