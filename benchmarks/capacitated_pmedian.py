"""OR-Library capacitated p-median through the engine of `consolidate`.

    python -m benchmarks.capacitated_pmedian FILE [FILE …]

prints `objective bound gap seconds` for each. Without files it runs the folder `../shared/bench/capacitated_pmedian`
beside the repository and sets the optima beside; with `--made` ten larger ones made alike (`benchmarks.alike`).
Distances are truncated to whole numbers, as published.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np

from benchmarks.alike import PLANES, made_plane
from layout_planner.engines.location.capacitated import solve_location
from layout_planner.engines.location.problem import LocationProblem, make_problem

FOLDER = Path(__file__).parents[1].parent / "shared" / "bench" / "capacitated_pmedian"


def read_instance(path: Path) -> LocationProblem:
    """Read an instance: number and best known, then n, p, Q, then n rows of id, x, y, demand."""
    numbers = np.array(path.read_text().split(), dtype=float)
    n, p, seats = int(numbers[2]), int(numbers[3]), numbers[4]
    x, y, demand = numbers[5:].reshape(n, 4)[:, 1:].T
    cost = np.floor(np.hypot(x[:, None] - x, y[:, None] - y) + 1e-9)
    return make_problem(cost, demand, np.full(n, seats), fewest=p, most=p)


def made_instance(number: int) -> LocationProblem:
    """Make instance `number` (11–20)."""
    cost, demand, seats, p = made_plane(number)
    return make_problem(cost, demand, np.full(len(cost), seats), fewest=p, most=p)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cpu", action="store_true", help="seconds of processor instead of wall")
    parser.add_argument("--made", action="store_true", help="ten larger instances made alike")
    told = parser.parse_args()
    optima: dict[str, float] = {}
    files = [Path(f"made{11 + k}") for k in range(len(PLANES))] if told.made else told.files
    if not files:
        with (FOLDER / "optima.csv").open() as stream:
            optima = {row["instance"]: float(row["optimum"]) for row in csv.DictReader(stream)}
        files = [FOLDER / f"{name}.txt" for name in optima]
    total, processor = 0.0, time.process_time()
    for path in files:
        problem = made_instance(int(path.stem[4:])) if told.made else read_instance(path)
        begun = time.perf_counter()
        found = solve_location(problem, whole=True, seconds=told.seconds, clock="cpu" if told.cpu else "wall")
        seconds = time.perf_counter() - begun
        total += seconds
        line = f"{found.objective:.0f} {found.bound:.0f} {found.gap:.6f} {seconds:.2f}"
        if told.made:
            line = f"{path.stem} n {problem.places} p {problem.most} {line}"
        print(f"{path.stem} {line} | optimum {optima[path.stem]:.0f}" if optima else line, flush=True)
    if len(files) > 1:
        print(f"together {total:.1f} s wall, {time.process_time() - processor:.1f} s of processor")


if __name__ == "__main__":
    main()
