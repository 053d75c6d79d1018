"""OR-Library p-median through the engine of `consolidate`.

    python -m benchmarks.pmedian FILE [FILE …]

prints `objective bound gap seconds` for each. Without files it runs the folder `../shared/bench/pmedian` beside the
repository, sets the optima beside, and, with `--peers`, spopt and plain HiGHS on the first five; with `--made` twenty
of the sizes of pmed21–40, made alike (`benchmarks.alike`).
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path

from benchmarks.alike import GRAPHS, made_graph
from benchmarks.median import solve_median
from layout_planner.base.arrays import Floats

FOLDER = Path(__file__).parents[1].parent / "shared" / "bench" / "pmedian"


def read_instance(path: Path) -> tuple[Floats, int]:
    """Read an instance: shortest ways between all nodes, and p. Of a repeated edge the last length counts."""
    numbers = np.array(path.read_text().split(), dtype=float)
    n, p = int(numbers[0]), int(numbers[2])
    edges = numbers[3:].reshape(-1, 3)
    length: dict[tuple[int, int], float] = {}
    for a, b, c in edges:
        length[(min(int(a), int(b)) - 1, max(int(a), int(b)) - 1)] = c
    rows, columns = np.array(list(length)).T
    graph = coo_array((np.array(list(length.values())), (rows, columns)), shape=(n, n)).tocsr()
    return shortest_path(graph, directed=False), p


def spopt_seconds(cost: Floats, p: int) -> tuple[float, float]:
    """Let spopt solve it with CBC (pulp's own); gives the objective and the seconds."""
    import pulp
    from spopt.locate import PMedian

    begun = time.perf_counter()
    model = PMedian.from_cost_matrix(cost, np.ones(len(cost)), p_facilities=p)
    solved = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=600))
    return float(solved.problem.objective.value()), time.perf_counter() - begun


def highs_seconds(cost: Floats, p: int) -> tuple[float, float]:
    """Let HiGHS solve the plain model; gives the objective and the seconds."""
    from layout_planner.engines.location.problem import make_problem
    from layout_planner.engines.location.program import solve_leftover
    from layout_planner.solving.clock import Clock

    begun = time.perf_counter()
    n = len(cost)
    problem = make_problem(cost, np.ones(n), np.full(n, float(n)), fewest=p, most=p)
    found = solve_leftover(problem, np.ones((n, n), dtype=bool), cutoff=float("inf"), clock=Clock(600))
    assert found.home is not None
    return float(cost[np.arange(n), found.home].sum()), time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--peers", action="store_true", help="also spopt + CBC and plain HiGHS on pmed1–5")
    parser.add_argument("--cpu", action="store_true", help="seconds of processor instead of wall")
    parser.add_argument("--made", action="store_true", help="twenty instances made alike pmed21–40")
    told = parser.parse_args()
    optima: dict[str, float] = {}
    files = [Path(f"made{21 + k}") for k in range(len(GRAPHS))] if told.made else told.files
    if not files:
        with (FOLDER / "optima.csv").open() as stream:
            optima = {row["instance"]: float(row["optimum"]) for row in csv.DictReader(stream)}
        files = [FOLDER / f"{name}.txt" for name in optima]
    total, processor = 0.0, time.process_time()
    for path in files:
        cost, p = made_graph(int(path.stem[4:])) if told.made else read_instance(path)
        begun = time.perf_counter()
        found = solve_median(cost, p, whole=True, seconds=told.seconds, clock="cpu" if told.cpu else "wall")
        seconds = time.perf_counter() - begun
        total += seconds
        line = f"{found.objective:.0f} {found.bound:.0f} {found.gap:.6f} {seconds:.2f}"
        if told.made:
            line = f"{path.stem} n {len(cost)} p {p} {line}"
        if optima:
            line = f"{path.stem} {line} | optimum {optima[path.stem]:.0f}"
        if told.peers and path.stem in ("pmed1", "pmed2", "pmed3", "pmed4", "pmed5"):
            for name, peer in (("spopt+CBC", spopt_seconds), ("plain HiGHS", highs_seconds)):
                try:
                    objective, took = peer(cost, p)
                    line += f" | {name} {objective:.0f} in {took:.1f} s"
                except ImportError as error:
                    line += f" | {name} not installed ({error.name})"
        print(line, flush=True)
    if len(files) > 1:
        print(f"together {total:.1f} s wall, {time.process_time() - processor:.1f} s of processor with reading")


if __name__ == "__main__":
    main()
