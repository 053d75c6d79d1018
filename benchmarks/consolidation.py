"""Consolidation on whole counties: the frontier of the sample county, a real city with contiguous zones, what-ifs.

    python -m benchmarks.consolidation frontier     # fuxi primary, 30 … 83 schools
    python -m benchmarks.consolidation gongyi       # 22 schools, the best 18 … 21, enlarged, contiguous
    python -m benchmarks.consolidation whatif       # one school closed; a thousand random scenarios

`--seconds` are the processor's, since others may share the machine; the wall's are printed beside.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

import layout_planner as lp
from layout_planner.plan.frontier import Frontier

CITY = Path(__file__).parents[1] / "tests" / "studies" / "gongyi" / "study.toml"
DATA = Path(__file__).parents[1].parent / "shared" / "data" / "gongyi"

SHOWN = [
    "status", "objective", "bound", "gap", "gap_avoidable", "travel", "running", "building", "investment",
    "minutes_mean", "minutes_p95", "minutes_tail", "closed", "expanded", "opened", "pupils_moved",
]  # fmt: skip


def frontier(seconds: float, gap: float) -> None:
    """Every number of schools from 30 to 83, and what the published 41 cost over 50 and 60."""
    study = lp.sample("fuxi")
    walk = lp.travel_matrix(study, mode="walk")
    lp.today(study, walk, stage="primary")
    begun, wall = time.process_time(), time.perf_counter()
    front = lp.consolidate(study, walk, stage="primary", keep=range(30, 84), gap=gap, time_limit=seconds, clock="cpu")
    assert isinstance(front, Frontier)
    print(f"{time.process_time() - begun:.1f} s of processor, {time.perf_counter() - wall:.1f} s wall; {front.work}")
    table = front.table
    print(table[SHOWN].round(4).to_string())
    print(f"largest gap {table['gap'].max():.4%} of the whole, {table['gap_avoidable'].max():.4%} of what can change")
    print(f"knee {front.knee}")
    print(front.beside(41, 50, 60).round(2).to_string())
    print(front.robust(41)["closes"].value_counts().to_string())


def gongyi(seconds: float, gap: float) -> None:
    """The best 18 to 21 of 22 schools, which may grow, every zone in one piece."""
    study = lp.read_study(_beside_the_data())
    ways = lp.travel_matrix(study, mode="straight")
    begun, wall = time.process_time(), time.perf_counter()
    front = lp.consolidate(
        study, ways, stage="junior", keep=range(18, 22), contiguous=True, gap=gap, time_limit=seconds, clock="cpu",
        expand=4000.0,
    )  # fmt: skip
    assert isinstance(front, Frontier)
    print(f"{time.process_time() - begun:.1f} s of processor, {time.perf_counter() - wall:.1f} s wall; {front.work}")
    print(front.table[SHOWN].round(4).T.to_string())
    for point in front.points:
        if point.scenario is not None:
            print(point.keep, [f"{edit.do} {getattr(edit, 'school', '')}" for edit in point.scenario.edits])


def _beside_the_data() -> Path:
    """Give a study file that reads the city's layer where it lies."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp())
    for file in (CITY, *DATA.iterdir()):
        shutil.copy(file, folder)
    return folder


def whatif(seconds: float, gap: float) -> None:
    """Close one school and send everyone to the nearest; then a thousand random scenarios."""
    study = lp.sample("fuxi")
    walk = lp.travel_matrix(study, mode="walk")
    lp.today(study, walk)
    schools = [str(school) for school in study.offering("primary")]
    taken = []
    for school in schools[:24]:
        scenario = lp.Scenario("close", [lp.Close(school, stage="primary")])
        begun = time.process_time()
        lp.solve(study, walk, scenario=scenario, assign="nearest", stage="primary")
        taken.append(time.process_time() - begun)
    print(f"close one, nearest: median {np.median(taken[2:]):.3f} s of processor, worst {max(taken[2:]):.3f}")
    rng = np.random.default_rng(7)
    scenarios = []
    for number in range(1000):
        closed = rng.choice(schools, rng.integers(1, 45), replace=False)
        scenarios.append(lp.Scenario(f"random-{number}", [lp.Close(str(s), stage="primary") for s in closed]))
    for assign in ("nearest", "nearest_seats"):
        begun = time.process_time()
        table = lp.screen(study, walk, stage="primary", scenarios=scenarios, assign=assign)
        print(f"1,000 random scenarios, {assign}: {time.process_time() - begun:.2f} s of processor")
        print(table[["minutes_mean", "minutes_p95"]].describe().round(2).loc[["min", "50%", "max"]].to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    runs = {"frontier": frontier, "gongyi": gongyi, "whatif": whatif}
    parser.add_argument("what", choices=runs)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--gap", type=float, default=5e-3)
    told = parser.parse_args()
    pd.set_option("display.width", 250)
    runs[told.what](told.seconds, told.gap)


if __name__ == "__main__":
    main()
