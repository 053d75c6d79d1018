"""What-ifs in Python on the sample county, this build beside another, with the same figures.

    python -m benchmarks.whatif                      # this build
    python -m benchmarks.whatif --against FOLDER     # another checkout with its own .venv, in turn, three times each

Ways and today at hand; one school closes, everyone goes to the nearest, with the scorecard; then a thousand random
scenarios by `screen`. Seconds are the processor's. Both builds read one study, the sample of the other checkout; every
measure both know must be the same, to 1e-9 of it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

import layout_planner as lp

CLOSED, WARM = 24, 2
SCENARIOS = 1_000


SAMPLE = Path("data/fuxi/study.toml")


def run(study_file: str) -> dict[str, Any]:
    """Carry out all what-ifs once; give the seconds and the figures."""
    study = lp.read_study(study_file)
    walk = lp.travel_matrix(study, mode="walk")
    lp.today(study, walk)
    schools = [str(school) for school in study.offering("primary")]
    seconds: dict[str, float] = {}
    figures: dict[str, float] = {}
    for how in ("nearest", "stay"):
        taken = []
        for school in schools[:CLOSED]:
            scenario = lp.Scenario("close", [lp.Close(school, stage="primary")])
            begun = time.process_time()
            plan = lp.solve(study, walk, scenario=scenario, assign=how, stage="primary")
            table = plan.scorecard.table
            taken.append(time.process_time() - begun)
            keys = zip(table["measure"], table["scope"], table["id"], strict=True)
            names = (f"{how} {school} {' '.join(key)}" for key in keys)
            figures |= dict(zip(names, table["value"].tolist(), strict=True))
        seconds[f"close one, {how}"] = statistics.median(taken[WARM:])
    rng = np.random.default_rng(7)
    scenarios = []
    for number in range(SCENARIOS):
        closed = rng.choice(schools, rng.integers(1, 45), replace=False)
        scenarios.append(lp.Scenario(f"random-{number}", [lp.Close(str(s), stage="primary") for s in closed]))
    for how in ("nearest", "nearest_seats"):
        lp.screen(study, walk, stage="primary", scenarios=scenarios[:1], assign=how)
        begun = time.process_time()
        screened = lp.screen(study, walk, stage="primary", scenarios=scenarios, assign=how)
        seconds[f"{SCENARIOS:,} scenarios, {how}"] = time.process_time() - begun
        for measure in screened:
            figures |= {f"{how} {name} {measure}": float(v) for name, v in screened[measure].items()}
    return {"seconds": seconds, "figures": figures}


def main() -> None:
    """Run each build in turn and set the seconds side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, help="another checkout with its own .venv")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        print(json.dumps(run(told.one)))
        return
    builds = {"now": sys.executable}
    if told.against:
        builds = {"before": str(told.against / ".venv" / "bin" / "python"), **builds}
    study = str((told.against or Path(__file__).parents[1]).resolve() / SAMPLE)
    said: dict[str, list[dict[str, Any]]] = {build: [] for build in builds}
    for _ in range(told.rounds):
        for build, python in builds.items():
            asked = [python, str(Path(__file__).resolve()), "--one", study]
            told_by = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
            said[build].append(json.loads(told_by.splitlines()[-1]))
    for what in said["now"][0]["seconds"]:
        each = {build: statistics.median(one["seconds"][what] for one in runs) for build, runs in said.items()}
        ratio = f", {each['now'] / each['before']:.2f} ×" if told.against else ""
        print(f"{what}: {', '.join(f'{build} {value:.3f} s' for build, value in each.items())}{ratio}")
    if told.against:
        old, new = said["before"][0]["figures"], said["now"][0]["figures"]
        both = sorted(old.keys() & new.keys())
        one, two = (np.array([figures[name] for name in both], dtype=float) for figures in (old, new))
        same = np.isclose(one, two, rtol=1e-9, atol=1e-9, equal_nan=True)
        print(f"{len(both):,} figures in common, {int((~same).sum())} differ")
        odd = Counter(both[at].split()[2] for at in np.flatnonzero(~same))
        print("\n".join(f"  {measure}: {count:,}" for measure, count in odd.most_common()))


if __name__ == "__main__":
    main()
