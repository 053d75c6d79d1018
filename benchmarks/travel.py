"""Travel times side by side with the peers: `python -m benchmarks.travel [--quick] [--region]`.

Every figure comes from one run on one machine; a peer that is not installed is skipped and named.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

CRS = "EPSG:32648"
NODES_A_KM2 = 22.6  # 60,000 nodes on the 2,650 km² of a hill county
KMH = {"village": 20.0, "tertiary": 30.0, "secondary": 40.0, "trunk": 60.0}


class County:
    """A made-up county: a planar road network with 1.5 edges a node, places and sites on nodes of it."""

    def __init__(self, nodes: int, places: int, sites: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        side = np.sqrt(nodes / NODES_A_KM2) * 1000
        self.xy = np.round(rng.random((nodes, 2)) * side, 3)
        corners = Delaunay(self.xy).simplices.astype(np.int64)
        pairs = np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
        pairs = np.unique(pairs, axis=0)
        length = np.hypot(*(self.xy[pairs[:, 0]] - self.xy[pairs[:, 1]]).T)
        tree = minimum_spanning_tree(coo_matrix((length, pairs.T), shape=(nodes, nodes)).tocsr()).tocoo()
        key = pairs[:, 0] * nodes + pairs[:, 1]
        in_tree = np.isin(key, np.minimum(tree.row, tree.col).astype(np.int64) * nodes + np.maximum(tree.row, tree.col))
        rest = np.flatnonzero(~in_tree)
        weight = np.exp(-length[rest] / 200)
        more = rng.choice(rest, int(1.5 * nodes) - int(in_tree.sum()), replace=False, p=weight / weight.sum())
        kept = np.sort(np.r_[np.flatnonzero(in_tree), more])
        self.edges, self.metres = pairs[kept], length[kept]
        self.kind = rng.choice(list(KMH), len(kept), p=[0.6, 0.2, 0.15, 0.05])
        self.minutes = self.metres / (np.array([KMH[k] for k in self.kind]) * 1000 / 60)
        self.places = rng.choice(nodes, places, replace=False)
        self.sites = rng.choice(nodes, sites, replace=False)

    def roads(self) -> gpd.GeoDataFrame:
        """Give the roads as a line layer."""
        lines = shapely.linestrings(
            self.xy[self.edges].reshape(-1, 2), indices=np.repeat(np.arange(len(self.edges)), 2)
        )
        return gpd.GeoDataFrame({"class": self.kind}, geometry=lines, crs=CRS)

    def points(self, nodes: np.ndarray, name: str) -> gpd.GeoSeries:
        """Give some nodes as points."""
        index = pd.Index([f"{name}{k}" for k in range(len(nodes))])
        return gpd.GeoSeries(shapely.points(self.xy[nodes]), index=index, crs=CRS)

    def csr(self) -> object:
        """Give the graph for scipy."""
        n = len(self.xy)
        a, b = self.edges.T
        both = np.r_[self.minutes, self.minutes], (np.r_[a, b], np.r_[b, a])
        return coo_matrix(both, shape=(n, n)).tocsr()


@dataclass(frozen=True)
class Cost:
    """Median wall and processor seconds (of all threads together), and the answer of the last run."""

    wall: float
    cpu: float
    answer: object


def timed(work: Callable[[], object], times: int) -> Cost:
    """Run work some times."""
    wall, cpu, answer = [], [], None
    for _ in range(times):
        answer = None  # the last answer is let go before the next is made
        begin, worked = time.perf_counter(), time.process_time()
        answer = work()
        wall.append(time.perf_counter() - begin)
        cpu.append(time.process_time() - worked)
    return Cost(statistics.median(wall), statistics.median(cpu), answer)


def study_of(county: County) -> object:
    from layout_planner.study import TIDY, Study

    def frame(nodes: np.ndarray, letter: str, **columns: object) -> gpd.GeoDataFrame:
        points = county.points(nodes, letter)
        return gpd.GeoDataFrame({"name": points.index, **columns}, index=points.index, geometry=points, crs=CRS)

    none = np.empty(0, dtype=int)
    tables = {name: pd.DataFrame(columns=list(columns)) for name, columns in TIDY.items()}
    return Study(
        name="bench", year=2023, calendar="6+3", crs=CRS, places=frame(county.places, "p"),
        townships=frame(none, "t"), schools=frame(county.sites, "s", state="open"), sites=frame(none, "n"),
        offers=pd.DataFrame(), adjacency=pd.DataFrame(), roads=county.roads(), **tables,
    )  # fmt: skip


def ours(county: County) -> tuple[object, Callable[..., tuple[pd.DataFrame, pd.DataFrame, object]]]:
    from layout_planner.travel.roadway import make_roadway
    from layout_planner.travel.speeds import SPEEDS, values
    from layout_planner.travel.sweeps import measure

    v = values(SPEEDS) | {"turn": 0.0, "turn_across": 0.0}  # the peers know of no delay at junctions
    road = make_roadway(study_of(county), "drive", v)
    places, sites = county.points(county.places, "p"), county.points(county.sites, "s")
    return road, lambda limit=None, threads=None: measure(road, places, sites, limit, threads)


def peer_scipy(county: County, limit: float) -> Callable[[], np.ndarray]:
    graph = county.csr()
    return lambda: dijkstra(graph, indices=county.sites, limit=limit)[:, county.places].T


def peer_networkx(county: County, some: int) -> Callable[[], np.ndarray]:
    import networkx as nx

    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(*county.edges.T.tolist(), county.minutes.tolist(), strict=True))

    def work() -> np.ndarray:
        found = [nx.single_source_dijkstra_path_length(graph, int(s)) for s in county.sites[:some]]
        return np.array([[d[p] for d in found] for p in county.places.tolist()])

    return work


def peer_igraph(county: County) -> Callable[[], np.ndarray]:
    import igraph

    graph = igraph.Graph(n=len(county.xy), edges=county.edges.tolist())
    sites, places = county.sites.tolist(), county.places.tolist()
    return lambda: np.array(graph.distances(source=sites, target=places, weights=county.minutes.tolist())).T


def peer_rustworkx(county: County) -> Callable[[], np.ndarray]:
    import rustworkx as rx

    graph = rx.PyGraph()
    graph.add_nodes_from(range(len(county.xy)))
    graph.add_edges_from(list(zip(*county.edges.T.tolist(), county.minutes.tolist(), strict=True)))

    def work() -> np.ndarray:
        found = [dict(rx.dijkstra_shortest_path_lengths(graph, int(s), float)) for s in county.sites]
        return np.array([[d.get(p, 0.0) for d in found] for p in county.places.tolist()])

    return work


def peer_pandana(county: County) -> tuple[Callable[[], np.ndarray], float]:
    import pandana

    begin = time.perf_counter()
    edges = pd.DataFrame({"a": county.edges[:, 0], "b": county.edges[:, 1], "minutes": county.minutes})
    network = pandana.Network(
        pd.Series(county.xy[:, 0]), pd.Series(county.xy[:, 1]), edges["a"], edges["b"], edges[["minutes"]]
    )
    build = time.perf_counter() - begin
    a, b = np.repeat(county.places, len(county.sites)), np.tile(county.sites, len(county.places))
    shape = len(county.places), len(county.sites)
    return lambda: np.reshape(network.shortest_path_lengths(a, b), shape), build


Row = tuple[str, str, float, float, float]


def unlimited(times: int) -> None:
    """60,000 nodes, 3,000 places × 200 sites."""
    county = County(60_000, 3000, 200)
    print(f"\n## county: 60,000 nodes, {2 * len(county.edges):,} arcs, 3,000 places × 200 sites, unlimited\n")
    road = timed(lambda: ours(county), 1)
    _, measure = road.answer  # type: ignore[misc]
    first = timed(measure, 1)
    both = timed(measure, times)
    reference = both.answer[0].to_numpy()  # type: ignore[index]
    one = timed(lambda: measure(threads=1), times)
    rows: list[Row] = [
        ("layout_planner, minutes and metres", f"{cores()}", both.wall, both.cpu, 0.0),
        ("layout_planner, minutes and metres", "1", one.wall, one.cpu, 0.0),
    ]

    def add(name: str, threads: str, make: Callable[[], Callable[[], np.ndarray]], scale: float = 1.0) -> None:
        try:
            work = make()
        except ImportError as error:
            print(f"skipped: {name} ({error})")
            return
        cost = timed(work, times)
        got = cost.answer
        mine = reference[:, : got.shape[1]]  # type: ignore[attr-defined]
        gap = float(np.nanmax(np.abs(got - mine) / np.maximum(mine, 1)))  # type: ignore[operator]
        rows.append((name, threads, cost.wall * scale, cost.cpu * scale, gap))

    add("scipy dijkstra", "1", lambda: peer_scipy(county, np.inf))
    add("igraph distances", "1", lambda: peer_igraph(county))
    add("rustworkx dijkstra", "1", lambda: peer_rustworkx(county))
    add("networkx, 10 sites × 20", "1", lambda: peer_networkx(county, 10), 20.0)
    add("pandana 0.8 pairs", f"{cores()}", lambda: peer_pandana(county)[0])
    table(rows)
    print(f"\nroads → network {road.wall:.2f} s; the first matrix, kernels compiled or loaded, {first.wall:.2f} s")
    print("\nwith a limit of 45 minutes, which is 15 km on the slowest roads:\n")
    near, theirs = timed(lambda: measure(limit=45.0), times), timed(peer_scipy(county, 45.0), times)
    table(
        [
            ("layout_planner, limit 15 km", f"{cores()}", near.wall, near.cpu, 0.0),
            ("scipy dijkstra, limit 15 km", "1", theirs.wall, theirs.cpu, 0.0),
        ]
    )


def growth(times: int) -> None:
    """Cost against the number of sites."""
    print("\n## cost against sites: 60,000 nodes, 3,000 places\n")
    print("| sites | wall s | processor s | ms of processor a site more |\n|---|---|---|---|")
    before: tuple[int, float] | None = None
    for sites in (50, 100, 200, 400, 800, 1600):
        _, measure = ours(County(60_000, 3000, sites))
        measure()
        cost = timed(measure, times)
        more = "" if before is None else f"{1000 * (cost.cpu - before[1]) / (sites - before[0]):.2f}"
        print(f"| {sites} | {cost.wall:.3f} | {cost.cpu:.3f} | {more} |")
        before = (sites, cost.cpu)


def region() -> None:
    """1,000,000 nodes, 50,000 places × 2,000 sites, limit 15 km."""
    print("\n## region: 1,000,000 nodes, 50,000 places × 2,000 sites, limit 15 km\n")
    with ProcessPoolExecutor(1) as pool:  # in a process of its own, so that making the roads leaves no memory behind
        county = pool.submit(County, 1_000_000, 50_000, 2000).result()
    ours(County(100, 5, 2))[1]()  # the kernels are loaded
    begin, worked = time.perf_counter(), time.process_time()
    _, measure = ours(county)
    build = time.perf_counter() - begin, time.process_time() - worked
    del county  # the maker's arrays are no part of what the planner holds
    before = memory()
    begin, worked = time.perf_counter(), time.process_time()
    minutes = measure(limit=45.0)[0]
    matrix = time.perf_counter() - begin, time.process_time() - worked
    print(f"roads → network {build[0]:.1f} s ({build[1]:.1f} s of processor)")
    most = memory()
    within = 100 * minutes.notna().to_numpy().mean()
    print(f"matrix {matrix[0]:.1f} s ({matrix[1]:.1f} s of processor), {within:.1f} % within")
    tables = 2 * minutes.size * 8 / 1e9
    print(f"most memory {most:.2f} GB ({before:.2f} GB before the matrix; its two tables are {tables:.2f} GB)")


def memory() -> float:
    """The most memory this process has held, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def catchments(times: int) -> None:
    """Floating catchments: 3,000 places × 200 sites."""
    from layout_planner.travel import Travel, floating_catchment

    rng = np.random.default_rng(1)
    places, sites = [f"p{k}" for k in range(3000)], [f"s{k}" for k in range(200)]
    minutes = pd.DataFrame(rng.uniform(1, 120, (3000, 200)), index=places, columns=sites)
    demand = pd.Series(rng.integers(1, 300, 3000).astype(float), index=places)
    supply = pd.Series(rng.integers(1, 900, 200).astype(float), index=sites)
    travel = Travel("drive", minutes, minutes)
    steps = {10: 1.0, 20: 0.68, 30: 0.22}
    mine = timed(lambda: floating_catchment(travel, supply, demand, steps), times)
    print("\n## E2SFCA, 3,000 places × 200 sites\n")
    rows: list[Row] = [("layout_planner floating_catchment", "1", mine.wall, mine.cpu, 0.0)]
    try:
        from access.fca import two_stage_fca
        from access.weights import step_fn
    except ImportError as error:
        print(f"skipped: access ({error})")
    else:
        long = minutes.rename_axis("origin").rename_axis("dest", axis=1).stack().rename("cost").reset_index()
        tables = demand.to_frame("demand"), supply.to_frame("supply")
        theirs = timed(
            lambda: two_stage_fca(
                *tables, long, max_cost=30, demand_index=True, supply_index=True, weight_fn=step_fn(steps)
            ),
            times,
        )
        gap = float((mine.answer - theirs.answer.reindex(places).fillna(0.0)).abs().max() / mine.answer.max())
        rows.append(("pysal access 1.1 two_stage_fca", "1", theirs.wall, theirs.cpu, gap))
    table(rows)


def table(rows: list[Row]) -> None:
    """Print rows of name, threads, wall, processor seconds and largest difference; the first row is ours."""
    print("| | threads | wall s | × ours | processor s | × ours | largest relative difference |")
    print("|---|---|---|---|---|---|---|")
    for name, threads, wall, cpu, gap in rows:
        ratios = f"{wall / rows[0][2]:.1f} | {cpu:.3f} | {cpu / rows[0][3]:.1f}"
        print(f"| {name} | {threads} | {wall:.3f} | {ratios} | {gap:.1e} |")


def cores() -> int:
    return len(os.sched_getaffinity(0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run of each instead of the median of five")
    parser.add_argument("--region", action="store_true", help="only the region of a million nodes")
    told = parser.parse_args()
    times = 1 if told.quick else 5
    if told.region:
        region()
        return
    unlimited(times)
    growth(times)
    catchments(times)


if __name__ == "__main__":
    main()
