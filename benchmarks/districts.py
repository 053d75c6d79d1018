"""Management districts side by side with the peers: ``python -m benchmarks.districts [exact|sixty|peers|ensemble]``.

Seconds are processor seconds of this process, after the kernels are compiled. Random counties:
`tests/solvers/districts/counties.py` (townships at relaxed random points, log-normal people, leads in the most
populous; windows as published: people ± 10 %, pupils by residence ± 15 %, townships as stated).
"""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from layout_planner.solvers.districts.chance import new_state
from layout_planner.solvers.districts.check import check_division
from layout_planner.solvers.districts.costing import plan_cost
from layout_planner.solvers.districts.division import divide
from layout_planner.solvers.districts.ensembles import run_chain
from layout_planner.solvers.districts.problem import ArrayPlan, DistrictProblem, compress, make_problem
from layout_planner.solvers.districts.search import improve, start_plan
from layout_planner.solvers.districts.trees import PAIRS, cut_edges, loads
from tests.solvers.districts.counties import random_county

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
COUNTIES = [(33, 5, (6, 9)), (33, 8, (3, 5))]


def exact(counties: int = 50) -> None:
    """How often optimality (or infeasibility) is proved at 33 townships, and how fast."""
    for mode in ("inside", "detached"):
        rows = [_solved(*COUNTIES[seed % 2], seed, mode, 10.0) for seed in range(counties)]
        _tell(f"33 townships, {mode}", pd.DataFrame(rows), 2.0)


def sixty(counties: int = 20) -> None:
    """The same at 63 townships."""
    rows = []
    for seed in range(counties):
        rows.append(_solved(63, 8, (6, 10), seed, "inside", 20.0))
        print("  ", rows[-1], flush=True)
    _tell("63 townships into 8, inside", pd.DataFrame(rows), 20.0)


def _solved(n: int, k: int, size: tuple[int, int], seed: int, mode: str, limit: float) -> dict[str, object]:
    problem = random_county(n, k, seed, size, mode)
    started = time.process_time()
    found = divide(problem, seed, limit, clock="cpu")
    seconds = time.process_time() - started
    lawful = found.status == "infeasible" or check_division(problem, found.plan).lawful
    # The constant makes terms start from 0: the gap is of what can be influenced.
    gap = 0.0 if found.status in ("optimal", "infeasible") else 1 - found.bound / found.cost
    return {"seed": seed, "k": k, "status": found.status, "seconds": seconds, "gap": gap, "lawful": lawful}


def _tell(title: str, table: pd.DataFrame, limit: float) -> None:
    proved = table["status"].isin(["optimal", "infeasible"])
    quick = proved & (table["seconds"] <= limit)
    print(f"\n{title}: {len(table)} counties")
    print(
        f"  proved {proved.sum()} ({(table['status'] == 'infeasible').sum()} infeasible), "
        f"in <= {limit} s: {quick.sum()}"
    )
    print(f"  seconds: median {table['seconds'].median():.2f}, worst {table['seconds'].max():.2f}")
    if not proved.all():
        print(f"  gaps of the rest: {', '.join(f'{g:.1%}' for g in table.loc[~proved, 'gap'])}")
    assert table["lawful"].all()


def peers(counties: int = 50) -> None:
    """Objective and windows met, against spopt and scikit-learn on the same counties."""
    rows = []
    for seed in range(counties):
        n, k, size = COUNTIES[seed % 2]
        problem = random_county(n, k, seed, size, "detached")
        ours = divide(problem, seed, 10.0, clock="cpu")
        if ours.status != "optimal":
            continue
        row = {"seed": seed, "ours": ours.cost}
        for name, solver in _peers().items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                of = solver(problem, seed)
            if of is None:
                row[name], row[f"{name} lawful"] = np.nan, False
                continue
            plan = ArrayPlan(of, _best_leads(problem, of))
            row[name] = plan_cost(problem, plan)
            row[f"{name} lawful"] = check_division(problem, plan).lawful
        rows.append(row)
    table = pd.DataFrame(rows)
    names = list(_peers())
    best = table[names].min(axis=1)
    print(f"\n{len(table)} counties of 33; objective of each peer over ours, less 1 (median), and windows all met")
    for name in names:
        over = table[name] / table["ours"] - 1
        print(
            f"  {name:22s} {over.median():7.1%}   lawful {table[f'{name} lawful'].sum()}, "
            f"failed {table[name].isna().sum()}"
        )
    print(f"  best peer of each      {(best / table['ours'] - 1).median():7.1%}   ours lawful {len(table)}")


def _best_leads(problem: DistrictProblem, of: np.ndarray) -> np.ndarray:
    from scipy.optimize import linear_sum_assignment

    away = np.stack([problem.costs.linear[of == d].sum(axis=0) for d in range(problem.districts)])
    return np.asarray(linear_sum_assignment(away)[1], dtype=np.int64)


def _peers() -> dict[str, Callable[[DistrictProblem, int], np.ndarray | None]]:
    return {"spopt Skater": _skater, "spopt AZP": _azp, "spopt MaxP": _maxp, "scikit-learn Ward": _ward}


def _frame(problem: DistrictProblem):
    """What the peers cluster by: people, pupils, the characters, and the way to each lead."""
    import geopandas as gpd
    from libpysal.weights import W

    near = {u: [int(v) for v in problem.indices[problem.indptr[u] : problem.indptr[u + 1]]] for u in range(problem.n)}
    travel = problem.costs.linear / np.maximum(problem.weights[2][:, None], 1)
    values = {f"t{i}": travel[:, i] / travel.std() for i in range(travel.shape[1])}
    values |= {f"c{i}": problem.costs.sums[3 + i] / problem.costs.sums[1] for i in range(2)}
    frame = gpd.GeoDataFrame(
        {**values, "people": problem.weights[1].astype(float)},
        geometry=gpd.points_from_xy(range(problem.n), [0] * problem.n),
    )
    return frame, W(near, silence_warnings=True), list(values)


def _labels(of: object, k: int) -> np.ndarray | None:
    found = pd.factorize(np.asarray(of))[0].astype(np.int64)
    return found if found.max() == k - 1 else None


def _skater(problem: DistrictProblem, seed: int) -> np.ndarray | None:
    from spopt.region import Skater

    frame, w, names = _frame(problem)
    for floor in (int(problem.low[0]), 2, 1):
        model = Skater(frame, w, names, n_clusters=problem.districts, floor=floor)
        model.solve()
        if (found := _labels(model.labels_, problem.districts)) is not None:
            return found
    return None


def _azp(problem: DistrictProblem, seed: int) -> np.ndarray | None:
    from spopt.region import AZP

    frame, w, names = _frame(problem)
    model = AZP(frame, w, names, n_clusters=problem.districts, random_state=seed)
    model.solve()
    return _labels(model.labels_, problem.districts)


def _maxp(problem: DistrictProblem, seed: int) -> np.ndarray | None:
    """The number of regions follows from the threshold: it is lowered until there are as many as asked for."""
    from spopt.region import MaxPHeuristic

    frame, w, names = _frame(problem)
    np.random.seed(seed)  # noqa: NPY002 - spopt draws from the global state
    random.seed(seed)
    for share in (0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5):
        threshold = float(problem.low[1] / 0.9 * share)
        model = MaxPHeuristic(frame, w, names, "people", threshold, top_n=2, max_iterations_construction=30)
        try:
            model.solve()
        except Exception:
            continue
        if (found := _labels(model.labels_, problem.districts)) is not None:
            return found
    return None


def _ward(problem: DistrictProblem, seed: int) -> np.ndarray | None:
    from sklearn.cluster import AgglomerativeClustering

    frame, w, names = _frame(problem)
    model = AgglomerativeClustering(n_clusters=problem.districts, connectivity=w.sparse, linkage="ward")
    return _labels(model.fit_predict(frame[names].to_numpy()), problem.districts)


def plain(n: int, k: int, tolerance: float, seed: int) -> DistrictProblem:
    """Units at random points, log-normal people, one window."""
    from scipy.spatial import Delaunay

    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 1, (n, 2))
    triangles = Delaunay(points).simplices
    pairs = np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [0, 2]]].reshape(-1, 2), axis=1), axis=0)
    length = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    pairs = pairs[length < 3 * np.median(length)]
    people = np.round(500 * rng.lognormal(0, 0.4, n)).astype(np.int64)
    return _one_window(pairs, people, k, tolerance)


def _one_window(pairs: np.ndarray, people: np.ndarray, k: int, tolerance: float) -> DistrictProblem:
    mean = people.sum() / k
    low, high = int(np.ceil(mean * (1 - tolerance))), int(mean * (1 + tolerance))
    weights = np.stack([np.ones_like(people), people])
    problem = make_problem(pairs, weights, [1, low], [len(people), high], k)
    arcs = len(compress(len(people), pairs)[1])
    return replace(problem, costs=replace(problem.costs, border=np.full(arcs, -2.0 / arcs), constant=1.0))


def ensemble(
    chains: int = 4, sizes: tuple[tuple[int, int, float], ...] = ((63, 8, 0.15), (250, 25, 0.10), (3000, 40, 0.05))
) -> None:
    """Steps a second and the distributions of cut edges and deviation, against GerryChain's recom."""
    from scipy.stats import ks_2samp

    for n, k, tolerance in sizes:
        problem = plain(n, k, tolerance, 1)
        start = _lawful(problem)
        theirs, their_seconds, their_steps = _gerrychain(problem, start, chains, {63: 4000, 250: 4000, 3000: 2500}[n])
        our_steps = {63: 400_000, 250: 400_000, 3000: 60_000}[n]
        thin = our_steps // 2_000
        ours, seconds = [], 0.0
        for chain in range(chains):
            kept = np.zeros((2_000, n), dtype=np.int64)
            state = new_state(np.random.default_rng(chain))
            run_chain(problem, start, 10, 10, PAIRS, 1, state, kept[:1])
            began = time.process_time()
            run_chain(problem, start, our_steps, thin, PAIRS, 1, state, kept)
            seconds += time.process_time() - began
            brought = problem.lead_weights[:, np.zeros(k, dtype=np.int64)]
            values = loads(problem.weights, np.ascontiguousarray(brought), kept)[:, 1]
            ours.append(np.column_stack([cut_edges(problem.indptr, problem.indices, kept), values])[200:])
        speed, other = chains * our_steps / seconds, chains * their_steps / their_seconds
        print(
            f"\n{n} units, {k} districts, ± {tolerance:.0%}: {speed:,.0f} steps/s, "
            f"GerryChain {other:,.0f}: × {speed / other:,.0f}"
        )
        for column, name in enumerate(("cut edges", "largest deviation")):
            a, step_a = _thinned([c[:, column] for c in ours])
            b, step_b = _thinned([c[:, column] for c in theirs])
            test = ks_2samp(a, b)
            print(
                f"  {name:18s} ours {a.mean():9.4f} ({len(a)} of every {step_a * thin}), theirs {b.mean():9.4f} "
                f"({len(b)} of every {step_b}); KS {test.statistic:.3f}, p = {test.pvalue:.2f}"
            )


def _thinned(chains: list[np.ndarray]) -> tuple[np.ndarray, int]:
    """Thin all chains alike until what is kept is as good as independent."""
    from layout_planner.solvers.districts.mixing import effective_size

    values = np.stack(chains)
    step = max(1, int(np.ceil(values.size / effective_size(values.astype(float)))))
    return values[:, ::step].ravel(), step


def _lawful(problem: DistrictProblem) -> ArrayPlan:
    for seed in range(20):
        found = improve(problem, start_plan(problem, np.random.default_rng(seed)), 6_000 * problem.n, seed)
        if found.excess == 0:
            return found.plan
    raise RuntimeError("no lawful start")


def _gerrychain(
    problem: DistrictProblem, start: ArrayPlan, chains: int, steps: int
) -> tuple[list[np.ndarray], float, int]:
    """Run recom with its defaults; the first tenth of each chain is dropped from the samples."""
    from functools import partial

    import networkx as nx
    from gerrychain import Graph, MarkovChain, Partition, accept, constraints, updaters
    from gerrychain.proposals import recom

    graph = nx.Graph()
    for u in range(problem.n):
        graph.add_node(u, people=int(problem.weights[1, u]))
    graph.add_edges_from(problem.edges.tolist())
    mean = problem.weights[1].sum() / problem.districts
    tolerance = float(problem.high[1] / mean - 1)
    found, seconds = [], 0.0
    for chain in range(chains):
        first = Partition(
            Graph.from_networkx(graph),
            assignment={u: int(start.district_of[u]) for u in range(problem.n)},
            updaters={"people": updaters.Tally("people", alias="people"), "cut_edges": updaters.cut_edges},
        )
        walk = MarkovChain(
            proposal_fn=partial(recom, pop_col="people", pop_target=mean, epsilon=tolerance, rng=random.Random(chain)),
            constraints=[constraints.within_percent_of_ideal_population(first, tolerance, "people")],
            acceptance_fn=accept.always_accept,
            initial_partition=first,
            total_steps=steps,
        )
        rows = []
        began = time.process_time()
        for state in walk:
            people = np.array(list(state["people"].values()), dtype=float)
            rows.append((len(state["cut_edges"]), np.abs(people / mean - 1).max()))
        seconds += time.process_time() - began
        found.append(np.array(rows, dtype=float)[steps // 10 :])
    return found, seconds, steps


def large() -> None:
    """3,000 units into 40 within 2 %, and Fairfax's 9,404 blocks into 24 within 5 %."""
    cases = {"3,000 units into 40, ± 2 %": plain(3_000, 40, 0.02, 3)}
    if (DATA / "fairfax").is_dir():
        import geopandas as gpd

        people = gpd.read_file(DATA / "fairfax" / "blocks.gpkg", ignore_geometry=True)["pop"].to_numpy(dtype=np.int64)
        edges = pd.read_csv(DATA / "fairfax" / "adjacency_edges.csv")[["u", "v"]].to_numpy(dtype=np.int64)
        cases["Fairfax, 9,404 blocks into 24, ± 5 %"] = _one_window(edges, people, 24, 0.05)
    for name, problem in cases.items():
        for seed in range(3):
            began = time.process_time()
            found = divide(problem, seed, 60.0, clock="cpu")
            seconds = time.process_time() - began
            lawful = check_division(problem, found.plan).lawful
            print(f"{name}, seed {seed}: {found.status}, lawful {lawful}, cut share {found.cost:.4f}, {seconds:.1f} s")


def main() -> None:
    """Run the parts named on the command line; all where none is."""
    parts = {"exact": exact, "sixty": sixty, "peers": peers, "ensemble": ensemble, "large": large}
    divide(random_county(33, 5, 0, (6, 9)), 0, 5.0)
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()
