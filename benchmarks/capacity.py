"""Whole places within the seats as work grows: random counties on a plain.

    python -m benchmarks.capacity [--places 1000 4000 16000] [--seconds 60] [--seed 0]
    python -m benchmarks.capacity --against FOLDER …     # the same by another checkout, in turn

Places lie uniformly, 5 to 120 pupils each; a school stands at every tenth place and has 500 to 1,100 seats; ways are
straight lines. Seconds are the processor's. Every answer is counted again here: each place at one school, no school
over its seats, the cost, and a bound that does not exceed it. Each size runs in a process of its own, for its peak
memory.
"""

from __future__ import annotations

import argparse
import inspect
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

try:
    from layout_planner.solving.whole import place_whole
except ImportError:  # before the rooms were drawn
    from layout_planner.solvers.whole import place_whole  # type: ignore[import-not-found, no-redef]

METRES_A_MINUTE = 66.7
CLOCK = ("cpu",) if "clock" in inspect.signature(place_whole).parameters else ()
"""The build before knows the wall's seconds only."""


def county(places: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the minutes of every pair, the pupils and the seats."""
    rng = np.random.default_rng(seed)
    schools = places // 10
    at = rng.uniform(0, 1000.0 * np.sqrt(places), (places, 2))
    pupils = rng.integers(5, 121, places).astype(float)
    to = at[::10][:schools]
    seats = rng.integers(500, 1101, schools).astype(float)
    minutes = np.hypot(at[:, :1] - to[:, 0], at[:, 1:] - to[:, 1]) / METRES_A_MINUTE
    return minutes, pupils, seats


def run(places: int, seed: int, seconds: float) -> dict[str, float]:
    """Solve one county and count the answer again."""
    place_whole(*county(60, 0), 1e-6, 5.0, *CLOCK)  # compiles
    minutes, pupils, seats = county(places, seed)
    begun = time.process_time()
    found = place_whole(minutes, pupils, seats, 1e-6, seconds, *CLOCK)
    taken = time.process_time() - begun
    if len(found.divided) or found.unplaced.any() or not np.array_equal(np.sort(found.place), np.arange(places)):
        raise SystemExit(f"{places} places: not every place at one school")
    if (np.bincount(found.school, pupils[found.place], len(seats)) > seats + 1e-6).any():
        raise SystemExit(f"{places} places: a school holds more than its seats")
    cost = float((minutes[found.place, found.school] * pupils[found.place]).sum())
    if abs(cost - found.proof.objective) > 1e-6 * cost or found.proof.bound > cost * (1 + 1e-9):
        raise SystemExit(f"{places} places: {cost} is told as {found.proof}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"objective": cost, "bound": found.proof.bound, "seconds": taken, "gigabytes": memory}


def main() -> None:
    """Run every size in a process of its own, each build in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, nargs="+", default=[1_000, 4_000, 16_000])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--against", type=Path, help="another checkout with its own .venv")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        print(json.dumps(run(told.places[0], told.seed, told.seconds)))
        return
    here = Path(__file__).resolve()
    builds = {"now": sys.executable}
    if told.against:
        builds = {"before": str(told.against / ".venv" / "bin" / "python"), **builds}
    print("| places × schools | build | pupil-minutes | bound | gap | processor s | GB |")
    print("|---|---|---|---|---|---|---|")
    for places in told.places:
        for build, python in builds.items():
            asked = ["--one", "--places", str(places), "--seed", str(told.seed), "--seconds", str(told.seconds)]
            said = subprocess.run([python, str(here), *asked], check=True, capture_output=True, text=True).stdout
            f = json.loads(said.splitlines()[-1])
            gap = (f["objective"] - f["bound"]) / f["objective"]
            print(
                f"| {places:,} × {places // 10:,} | {build} | {f['objective']:,.0f} | {f['bound']:,.0f} | {gap:.3%} | "
                f"{f['seconds']:.0f} | {f['gigabytes']:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
