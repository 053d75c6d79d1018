"""School buses of the sample county: every school's tours against the bound, and against another build of this project.

    python -m benchmarks.buses                          # fuxi, all primary pupils beyond 40 minutes on foot
    python -m benchmarks.buses --against FOLDER         # a checkout of 724abed; its search gets the same seconds

The other build runs in a process of its own, with this Python, on the same stops and ways; it needs `ortools<9.12`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import layout_planner as lp
from layout_planner.base.arrays import Floats
from layout_planner.buses.fleet import Fleet
from layout_planner.buses.stops import gather_stops, pupils_to_fetch
from layout_planner.buses.tours import least_cost, list_stops, plan_tours, tour_cost
from layout_planner.travel.rides import bus_rides

BEYOND = 40.0

OTHER = """
import sys, time
import numpy as np
from layout_planner.solvers.touring import Fleet, bound_tours, plan_tours, tour_cost
fleet, whole = Fleet(), np.load(sys.argv[1])
for at in range(int(whole["count"])):
    minutes, metres, pupils = (whole[f"{name}{at}"] for name in ("minutes", "metres", "pupils"))
    best, began, rounds = np.inf, time.process_time(), 25
    while True:
        start = time.process_time()
        try:
            best = min(best, tour_cost(plan_tours(minutes, metres, pupils, fleet, rounds)[0], fleet))
        except RuntimeError as error:  # it found nothing within the clock
            print(error, file=sys.stderr)
        spent = time.process_time() - start
        if time.process_time() - began + 2 * spent > float(sys.argv[2]) or rounds > 100_000:
            break
        rounds *= 2
    print(best, bound_tours(metres, pupils, fleet), time.process_time() - began, flush=True)
"""


def cases() -> list[tuple[Floats, Floats, Floats]]:
    """Give minutes, metres and children of the stops of each school, the school last."""
    study = lp.sample("fuxi")
    plan = lp.today(study, lp.travel_matrix(study, mode="walk"))
    fleet = Fleet()
    far = pupils_to_fetch(plan, "primary", None, BEYOND, None)
    schools = pd.Index(far["school_id"].unique())
    rides = bus_rides(study, study.place_points().loc[pd.Index(far["place_id"].unique())], schools)
    works = (gather_stops(str(one), far.loc[far["school_id"] == one], rides, fleet) for one in schools)
    return [(work.minutes, work.metres, work.pupils) for work in works if len(work.pupils)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="a checkout of another build")
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--schools", type=int, default=10_000, help="so many schools only")
    asked = parser.parse_args()
    fleet, told, rows = Fleet(), cases()[: asked.schools], []
    for minutes, metres, pupils in told:
        start = time.process_time()
        stops = list_stops(minutes, metres, pupils, fleet)
        tours = plan_tours(stops, metres, fleet, asked.rounds)
        searched = time.process_time() - start
        bound = least_cost(stops, tours)
        rows.append((len(pupils), pupils.sum(), len(tours), tour_cost(tours, fleet), bound, searched,
                     time.process_time() - start - searched))  # fmt: skip
    names = ["stops", "children", "buses", "yuan", "bound", "search_s", "bound_s"]
    table = pd.DataFrame(rows, columns=names)
    if asked.against:
        table[["other_yuan", "other_bound", "other_s"]] = run_other(asked.against, told, float(table["search_s"].max()))
    total = table.sum()
    print(table.round(1).to_string(index=False))
    print(total.round(1).to_string())
    worst = (1 - table["bound"] / table["yuan"]).max()
    print(f"gap {1 - total['bound'] / total['yuan']:.2%}; largest of a school {worst:.2%}")
    if asked.against:
        print(f"the other build: {total['other_yuan'] / total['yuan'] - 1:+.1%} yuan, "
              f"gap {1 - total['other_bound'] / total['other_yuan']:.2%}")  # fmt: skip


def run_other(folder: Path, told: list[tuple[Floats, Floats, Floats]], seconds: float) -> Floats:
    """Let the other build plan the same, each school within so many processor seconds."""
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "cases.npz"
        arrays = {f"{name}{at}": each for at, one in enumerate(told)
                  for name, each in zip(("minutes", "metres", "pupils"), one, strict=True)}  # fmt: skip
        np.savez(file, count=len(told), **arrays)
        answer = subprocess.run(
            [sys.executable, "-c", OTHER, str(file), str(seconds)], cwd=folder, check=True, stdout=subprocess.PIPE,
            text=True, env=os.environ | {"PYTHONPATH": str(folder)},
        )  # fmt: skip
    return np.array([[float(value) for value in line.split()] for line in answer.stdout.splitlines()])


if __name__ == "__main__":
    main()
