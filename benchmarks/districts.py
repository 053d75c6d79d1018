"""Management districts side by side with the peers.

``python -m benchmarks.districts [exact|sixty|sample|peers|ensemble|large]``

Seconds are processor seconds of this process, after the kernels are compiled. Random counties:
`tests/districts/counties.py` (townships at relaxed random points, log-normal people, leads in the most
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

from layout_planner.districts.ensemble import matched_leads, run_chain
from layout_planner.engines.districting.check import check_division
from layout_planner.engines.districting.costs import plan_cost
from layout_planner.engines.districting.division import divide
from layout_planner.engines.districting.problem import ArrayPlan, DistrictProblem, make_problem
from layout_planner.engines.districting.search import improve, start_plan
from layout_planner.engines.districting.trees import PAIRS, cut_edges, loads
from layout_planner.solving.chance import new_state
from layout_planner.solving.graphs import adjacency_rows
from tests.districts.counties import random_county

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
    lawful = found.status == "infeasible" or check_division(problem, found.plan).feasible
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
                of = solver(problem, seed, problem.costs.sums[3:5] / problem.costs.sums[1])
            if of is None:
                row[name], row[f"{name} lawful"] = np.nan, False
                continue
            plan = ArrayPlan(of, matched_leads(problem, of))
            row[name] = plan_cost(problem, plan)
            row[f"{name} lawful"] = check_division(problem, plan).feasible
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


def sample_county() -> None:
    """The sample county with the published windows: seconds to proof, and every measure beside the peers and today."""
    import layout_planner as lp
    from layout_planner.districts import PUBLISHED
    from layout_planner.reading.samples import sample_file

    study = lp.sample("fuxi")
    straight = lp.travel_matrix(study, mode="straight")
    planted = pd.read_csv(
        sample_file("fuxi").parent / "districts_planted.csv", dtype=str, encoding="utf-8-sig"
    ).set_index("township_id")
    for stage in ("junior", "primary"):
        for divide_towns in (True, False):
            began = time.process_time()
            found = lp.partition(study, straight, stage, **PUBLISHED[stage], divide_towns=divide_towns)
            seconds = time.process_time() - began
            print(
                f"{stage}, towns divided {divide_towns}: {found.status}, gap {found.gap}, {seconds:.2f} s", flush=True
            )
        case = found.problem
        problem, features = case.problem, case.units.features
        divisions = {"layout_planner": None, "today": pd.factorize(planted[stage].reindex(case.units.ids))[0]}
        for name, solver in _peers().items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                divisions[name] = solver(problem, 0, features)
        rows = {}
        for name, of in divisions.items():
            if name == "layout_planner":
                rows[name] = _terms_of(found.terms, found.objective, True)
            elif of is not None:
                plan = ArrayPlan(of.astype(np.int64), matched_leads(problem, of))
                leads = pd.Series(case.units.leads[plan.lead_of], index=[f"D{d + 1}" for d in range(problem.districts)])
                terms = found.evaluate(pd.Series([f"D{d + 1}" for d in of], index=case.units.ids), leads)
                rows[name] = _terms_of(terms, terms["cost"].sum(), check_division(problem, plan).feasible)
        print(pd.DataFrame(rows).T.to_string(float_format="{:.3f}".format), flush=True)


def _terms_of(terms: pd.DataFrame, objective: float, lawful: bool) -> dict[str, object]:
    values = dict(zip(terms["term"], terms["value"], strict=True))
    return {"objective": objective, **values, "windows met": "yes" if lawful else "no"}


def _peers() -> dict[str, Callable[[DistrictProblem, int, np.ndarray], np.ndarray | None]]:
    return {"spopt Skater": _skater, "spopt AZP": _azp, "spopt MaxP": _maxp, "scikit-learn Ward": _ward}


def _frame(problem: DistrictProblem, features: np.ndarray):
    """What the peers cluster by: people, pupils, the characters, and the way to each lead."""
    import geopandas as gpd
    from libpysal.weights import W

    near = {u: [int(v) for v in problem.indices[problem.indptr[u] : problem.indptr[u + 1]]] for u in range(problem.n)}
    travel = problem.costs.linear / np.maximum(problem.weights[2][:, None], 1)
    values = {f"t{i}": travel[:, i] / travel.std() for i in range(travel.shape[1])}
    values |= {f"c{i}": row for i, row in enumerate(features)}
    frame = gpd.GeoDataFrame(
        {**values, "people": problem.weights[1].astype(float)},
        geometry=gpd.points_from_xy(range(problem.n), [0] * problem.n),
    )
    return frame, W(near, silence_warnings=True), list(values)


def _labels(of: object, k: int) -> np.ndarray | None:
    found = pd.factorize(np.asarray(of))[0].astype(np.int64)
    return found if found.max() == k - 1 else None


def _skater(problem: DistrictProblem, seed: int, features: np.ndarray) -> np.ndarray | None:
    from spopt.region import Skater

    frame, w, names = _frame(problem, features)
    for floor in (int(problem.low[0]), 2, 1):
        model = Skater(frame, w, names, n_clusters=problem.districts, floor=floor)
        model.solve()
        if (found := _labels(model.labels_, problem.districts)) is not None:
            return found
    return None


def _azp(problem: DistrictProblem, seed: int, features: np.ndarray) -> np.ndarray | None:
    from spopt.region import AZP

    frame, w, names = _frame(problem, features)
    model = AZP(frame, w, names, n_clusters=problem.districts, random_state=seed)
    model.solve()
    return _labels(model.labels_, problem.districts)


def _maxp(problem: DistrictProblem, seed: int, features: np.ndarray) -> np.ndarray | None:
    """The number of regions follows from the threshold: it is lowered until there are as many as asked for."""
    from spopt.region import MaxPHeuristic

    frame, w, names = _frame(problem, features)
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


def _ward(problem: DistrictProblem, seed: int, features: np.ndarray) -> np.ndarray | None:
    from sklearn.cluster import AgglomerativeClustering

    frame, w, names = _frame(problem, features)
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
    arcs = len(adjacency_rows(len(people), pairs)[1])
    return replace(problem, costs=problem.costs._replace(border=np.full(arcs, -2.0 / arcs), constant=1.0))


SIZES = ((63, 8, 0.15, 8_000), (250, 25, 0.10, 8_000), (3_000, 40, 0.05, 600))
"""Units, districts, tolerance, and steps of each of GerryChain's chains."""


def ensemble(chains: int = 4) -> None:
    """Steps a second and the distributions of cut edges and deviation, against GerryChain's recom."""
    for n, k, tolerance, steps in SIZES:
        problem = plain(n, k, tolerance, 1)
        start = _lawful(problem)
        theirs, their_seconds = _gerrychain(problem, start, chains, steps)
        our_steps = 100 * steps
        ours, seconds = [], 0.0
        for chain in range(chains):
            rows, spent = _our_chain(problem, start, chain, our_steps, our_steps // 2_000)
            ours.append(rows)
            seconds += spent
        speed, other = chains * our_steps / seconds, chains * steps / their_seconds
        print(
            f"\n{n} units, {k} districts, ± {tolerance:.0%}: {speed:,.0f} steps/s, "
            f"GerryChain {other:,.0f}: × {speed / other:,.0f}",
            flush=True,
        )
        if n < 1_000:
            _agree([c[200:] for c in ours], [c[steps // 10 :] for c in theirs], our_steps // 2_000)
        else:
            _agree_on_the_way(problem, start, theirs, steps)


def _our_chain(
    problem: DistrictProblem, start: ArrayPlan, seed: int, steps: int, thin: int
) -> tuple[np.ndarray, float]:
    """Cut edges and largest deviation of every thin-th division; processor seconds of the chain."""
    kept = np.zeros((steps // thin, problem.n), dtype=np.int64)
    state = new_state(np.random.default_rng(seed))
    run_chain(problem, start, 10, 10, PAIRS, 1, state, kept[:1])
    began = time.process_time()
    run_chain(problem, start, steps, thin, PAIRS, 1, state, kept)
    seconds = time.process_time() - began
    brought = np.ascontiguousarray(problem.lead_weights[:, np.zeros(problem.districts, dtype=np.int64)])
    cut = cut_edges(problem.indptr, problem.indices, kept)
    return np.column_stack([cut, loads(problem.weights, brought, kept)[:, 1]]), seconds


def _agree(ours: list[np.ndarray], theirs: list[np.ndarray], every: int) -> None:
    """Two-sample tests on chains thinned until their draws are as good as independent."""
    from scipy.stats import ks_2samp

    step_a, step_b = _thinning(ours), _thinning(theirs)
    for column, name in enumerate(("cut edges", "largest deviation")):
        a = np.concatenate([c[::step_a, column] for c in ours])
        b = np.concatenate([c[::step_b, column] for c in theirs])
        test = ks_2samp(a, b)
        print(
            f"  {name:18s} ours {a.mean():9.4f} ({len(a)} of every {step_a * every}), theirs {b.mean():9.4f} "
            f"({len(b)} of every {step_b}); KS {test.statistic:.3f}, p = {test.pvalue:.2f}",
            flush=True,
        )


def _agree_on_the_way(problem: DistrictProblem, start: ArrayPlan, theirs: list[np.ndarray], steps: int) -> None:
    """Where GerryChain cannot mix in reasonable time: values after so many steps from one start, chain by chain."""
    from scipy.stats import ks_2samp

    ours = [_our_chain(problem, start, 100 + chain, steps, 1)[0] for chain in range(200)]
    for after in (steps // 3, steps):
        for column, name in enumerate(("cut edges", "largest deviation")):
            a, b = (np.array([c[after - 1, column] for c in chains]) for chains in (ours, theirs))
            test = ks_2samp(a, b)
            print(
                f"  {name:18s} after {after} steps: ours {a.mean():9.4f} ({len(a)} chains), theirs {b.mean():9.4f} "
                f"({len(b)}); KS {test.statistic:.3f}, p = {test.pvalue:.2f}",
                flush=True,
            )


def _thinning(chains: list[np.ndarray]) -> int:
    """Twice the autocorrelation time of the slower measure: draws so far apart are as good as independent."""
    from layout_planner.districts.mixing import effective_size

    values = np.stack(chains).astype(float)
    draws = values.shape[0] * values.shape[1]
    return max(1, *(int(np.ceil(2 * draws / effective_size(values[:, :, column]))) for column in range(2)))


def _lawful(problem: DistrictProblem) -> ArrayPlan:
    for seed in range(20):
        found = improve(problem, start_plan(problem, np.random.default_rng(seed)), 6_000 * problem.n, seed)
        if found.excess == 0:
            return found.plan
    raise RuntimeError("no lawful start")


def _gerrychain(problem: DistrictProblem, start: ArrayPlan, chains: int, steps: int) -> tuple[list[np.ndarray], float]:
    """Run recom with its defaults; cut edges and largest deviation after each step, and processor seconds."""
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
            total_steps=steps + 1,  # the start is the first state
        )
        rows = []
        began = time.process_time()
        for state in walk:
            people = np.array(list(state["people"].values()), dtype=float)
            rows.append((len(state["cut_edges"]), np.abs(people / mean - 1).max()))
        seconds += time.process_time() - began
        found.append(np.array(rows[1:], dtype=float))
    return found, seconds


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
            lawful = check_division(problem, found.plan).feasible
            print(f"{name}, seed {seed}: {found.status}, lawful {lawful}, cut share {found.cost:.4f}, {seconds:.1f} s")


def main() -> None:
    """Run the parts named on the command line; all where none is."""
    parts = {
        "exact": exact, "sixty": sixty, "sample": sample_county, "peers": peers, "ensemble": ensemble, "large": large,
    }  # fmt: skip
    divide(random_county(33, 5, 0, (6, 9)), 0, 5.0)
    for name in sys.argv[1:] or parts:
        parts[name]()


if __name__ == "__main__":
    main()
