"""Divisions by the usual clusterings of scikit-learn, as named baselines beside ours.

Ward's and average linkage (Ward 1963) merge neighbouring units only, along the study's borders; k-means (Lloyd 1982),
weighted by pupils, knows no borders, so its stray pieces are handed to the district they touch most. Neither knows
windows: units on the borders are handed on while that brings districts nearer to theirs and leaves every district
in one piece. What still breaks a window is shown and said; nothing is proved of it, and no bound is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import networkx as nx
import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment

from layout_planner.base.arrays import Floats, Ints
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof
from layout_planner.districts.units import Units
from layout_planner.engines.districting.check import check_division
from layout_planner.engines.districting.costs import plan_cost
from layout_planner.engines.districting.division import Division
from layout_planner.engines.districting.problem import ArrayPlan, DistrictProblem
from layout_planner.study import Study

Baseline: TypeAlias = Literal["ward", "average", "kmeans"]
BASELINES: Mapping[str, Text] = {
    "ward": Text("Ward's clustering of neighbours", "相邻单元 Ward 聚类"),
    "average": Text("average linkage of neighbours", "相邻单元平均连接聚类"),
    "kmeans": Text("k-means weighted by pupils, in one piece", "按学生数加权 k-means（修复连片）"),
}


def divide_by(method: str, problem: DistrictProblem, units: Units, study: Study, seed: int) -> Division:
    """Divide by a clustering, repaired as far as handing on units goes.

    Raises
    ------
    DataError
        Leads are to be members of their districts, which no clustering knows.
    """
    if problem.mode == "inside":
        raise refuse(
            f'method="{method}" knows no leads that are members of their district',
            f"method=“{method}”不能要求学区长校在区内",
            'use lead_mode="detached" or "none", or method="best"',
            "请用 lead_mode=detached 或 none，或 method=best",
        )
    of = _clusters(method, problem, _positions(units, study), units.pupils.astype(float), seed)
    graph = nx.Graph([(int(a), int(b)) for a, b in problem.edges])
    graph.add_nodes_from(range(problem.n))
    of = _in_one_piece(of, graph, problem.districts)
    lead_of = _leads(of, problem)
    moved = _towards_windows(of, lead_of, graph, problem)
    plan = ArrayPlan(moved, _leads(moved, problem))
    faults = check_division(problem, plan)
    cost, left = float(plan_cost(problem, plan, problem.costs)), _excess(plan.district_of, plan.lead_of, problem)
    work = {"method": method, "handed_on": int((moved != of).sum()), "windows_broken": len(faults.outside)}
    if faults.feasible:
        return Division(Proof(cost, -np.inf, ended="searched"), plan, cost, 0.0, work)
    return Division(Proof(np.inf, -np.inf, ended="failed"), plan, cost, left, work)


def told_of(result: Division) -> Text | None:
    """Say which windows a clustering breaks; None where it keeps them."""
    if result.proof.found:
        return None
    n, name = result.work["windows_broken"], BASELINES[str(result.work["method"])]
    return Text(
        f"{name.en}: {n} windows are broken, also after units were handed on; nothing is proved of it.",
        f"{name.zh}：调整边界单元后仍有 {n} 处超出区间；对此未作任何证明。",
    )


def _positions(units: Units, study: Study) -> Floats:
    """Give where each unit lies: a township's middle, a school's point."""
    towns, schools = study.townships.geometry, study.schools.geometry
    shapes = [towns[unit] if unit in towns.index else schools[unit] for unit in units.ids]
    return shapely.get_coordinates(shapely.centroid(np.array(shapes, dtype=object)))


def _clusters(method: str, problem: DistrictProblem, xy: Floats, pupils: Floats, seed: int) -> Ints:
    from scipy.sparse import coo_matrix
    from sklearn.cluster import AgglomerativeClustering, KMeans

    k = problem.districts
    if method == "kmeans":
        found = KMeans(n_clusters=k, n_init=10, random_state=seed).fit(xy, sample_weight=np.maximum(pupils, 1.0))
        return np.asarray(found.labels_, dtype=np.int64)
    ones = np.ones(len(problem.edges))
    touch = coo_matrix((ones, tuple(np.asarray(problem.edges).T)), shape=(problem.n, problem.n)).tocsr()
    found = AgglomerativeClustering(n_clusters=k, linkage=method, connectivity=touch + touch.T).fit(xy)
    return np.asarray(found.labels_, dtype=np.int64)


def _in_one_piece(of: Ints, graph: nx.Graph, districts: int) -> Ints:
    """Hand stray pieces to the district they touch most, the smallest first."""
    of = of.copy()
    while True:
        strays = []
        for d in range(districts):
            pieces = sorted(nx.connected_components(graph.subgraph(np.flatnonzero(of == d).tolist())), key=len)
            strays += pieces[:-1]
        if not strays:
            return of
        piece = min(strays, key=lambda each: (len(each), min(each)))
        own = of[min(piece)]
        beside = [of[b] for a in piece for b in graph[a] if of[b] != own]
        if not beside:
            return of  # an island: it touches nobody
        of[list(piece)] = np.bincount(beside).argmax()


def _leads(of: Ints, problem: DistrictProblem) -> Ints:
    """Match leads to districts at least cost of the ways; a dummy where there are none."""
    k = problem.districts
    if problem.mode == "none":
        return np.zeros(k, dtype=np.int64)
    cost = np.stack([problem.costs.linear[of == d].sum(axis=0) for d in range(k)])
    return linear_sum_assignment(cost)[1].astype(np.int64)


def _excess(of: Ints, lead_of: Ints, problem: DistrictProblem) -> float:
    """Give by how much the windows are broken, each as a share of its middle."""
    total = 0.0
    for row in range(len(problem.low)):
        sums = np.bincount(of, weights=problem.weights[row], minlength=problem.districts)
        sums = sums + problem.lead_weights[row][lead_of]
        low, high = float(problem.low[row]), float(problem.high[row])
        total += float((np.maximum(low - sums, 0) + np.maximum(sums - high, 0)).sum()) / max((low + high) / 2, 1.0)
    return total


def _towards_windows(of: Ints, lead_of: Ints, graph: nx.Graph, problem: DistrictProblem) -> Ints:
    """Hand on the unit that helps most, while one helps and no district falls apart or is emptied."""
    of = of.copy()
    now = _excess(of, lead_of, problem)
    while now > 0:
        best: tuple[float, int, int] | None = None
        for unit in range(problem.n):
            own = of[unit]
            for other in sorted({int(of[b]) for b in graph[unit]} - {int(own)}):
                of[unit] = other
                value = _excess(of, lead_of, problem)
                of[unit] = own
                if value < now - 1e-9 and (best is None or value < best[0] - 1e-12):
                    rest = [int(u) for u in np.flatnonzero(of == own) if u != unit]
                    if rest and nx.is_connected(graph.subgraph(rest)):
                        best = (value, unit, other)
        if best is None:
            return of
        now, unit, other = best
        of[unit] = other
    return of
