"""The published instances of capacitated location with contiguous zones, through the engine of `consolidate`.

    python -m benchmarks.cflsap UNITS.txt CONNECTIVITY.txt --seconds 150 --plan plan.csv

prints `objective bound gap seconds`. Without files it runs the folder `../shared/bench/cflsap` beside the repository
and sets every figure beside CPLEX's lower bound after 7,200 s and the published matheuristic.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.kong import read_files
from layout_planner.base.arrays import Ints
from layout_planner.engines.location.branching import LocationResult
from layout_planner.engines.location.contiguous import solve_contiguous
from layout_planner.engines.location.problem import LocationProblem, make_problem
from layout_planner.engines.zoning import ZoneProblem, check_zones

FOLDER = Path(__file__).parents[1].parent / "shared" / "bench" / "cflsap"


class Instance(NamedTuple):
    """The problem, its adjacency, the places of the sites, and the ids of units and sites."""

    problem: LocationProblem
    edges: Ints
    stands: Ints
    units: Ints


def read_instance(units: Path, connectivity: Path) -> Instance:
    """Read the two text files of an instance; sites are the rows with capacity above 0."""
    files = read_files(units, connectivity)
    demand = np.maximum(files.people, 1e-6)  # a place without people belongs to a zone all the same
    problem = make_problem(files.kilometres * files.people[:, None], demand, files.seats, files.opening)
    return Instance(problem, files.edges, files.home, files.ids)


def solve(instance: Instance, seconds: float, seed: int, cpu: bool) -> tuple[LocationResult, float]:
    """Solve one instance; gives the result and the seconds."""
    now = time.process_time if cpu else time.perf_counter
    begun = now()
    found = solve_contiguous(instance.problem, instance.edges, instance.stands, seconds=seconds, seed=seed, now=now)
    return found, now() - begun


def is_lawful(instance: Instance, result: LocationResult) -> bool:
    """Look at a result with the check that shares no code with the solver."""
    if result.home is None or result.is_open is None:
        return False
    at = np.flatnonzero(result.is_open)
    problem = instance.problem
    zones = ZoneProblem.from_edges(
        problem.cost[:, at], problem.demand, problem.seats[at, 0], instance.edges, instance.stands[at]
    )
    return check_zones(zones, np.searchsorted(at, result.home)).feasible


def write_plan(path: Path, instance: Instance, result: LocationResult) -> None:
    """Write place_id, school_id."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["place_id", "school_id"])
        if result.home is not None:
            writer.writerows(zip(instance.units, instance.units[instance.stands[result.home]], strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("units", type=Path, nargs="?")
    parser.add_argument("connectivity", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=150.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plan", type=Path)
    parser.add_argument("--cpu", action="store_true", help="count the processor's seconds, not the wall's")
    parser.add_argument("--only", nargs="*", help="names of instances of the folder")
    told = parser.parse_args()
    if told.units is not None:
        instance = read_instance(told.units, told.connectivity)
        found, seconds = solve(instance, told.seconds, told.seed, told.cpu)
        print(f"{found.objective:.6f} {found.bound:.6f} {found.gap:.6f} {seconds:.1f}")
        if told.plan:
            write_plan(told.plan, instance, found)
        return
    gaps = []
    with (FOLDER / "best_known.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    print("instance objective bound gap seconds | to CPLEX's bound %, matheuristic's %, bound above CPLEX's, lawful")
    for row in rows:
        name = row["instance"]
        if told.only and name not in told.only:
            continue
        group = "gy2" if name.startswith("gy") else "zy"
        instance = read_instance(FOLDER / f"{name}.txt", FOLDER / f"{group}_connectivity.txt")
        found, seconds = solve(instance, told.seconds, told.seed, told.cpu)
        lower = float(row["cplex_lower_bound"])
        gaps.append(100 * (found.objective - lower) / found.objective)
        lawful = found.home is not None and is_lawful(instance, found)
        print(
            f"{name} {found.objective:.2f} {found.bound:.2f} {found.gap:.5f} {seconds:.1f} | {gaps[-1]:.3f} "
            f"{row['matheuristic_gap_pct']} {found.bound > lower} {lawful}",
            flush=True,
        )
    print(f"mean gap to CPLEX's bound {np.mean(gaps):.3f} %")


if __name__ == "__main__":
    main()
