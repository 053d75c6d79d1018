"""Papers of a county: processor seconds of each document and of the annexes, and the memory it takes.

    python -m benchmarks.papers

The sample county (fuxi) with its end state, forecast, districts and teachers; how many schools it has is printed.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

import layout_planner as lp
from layout_planner.papers.annexes import annexes
from layout_planner.papers.report import AUDIENCES, report
from layout_planner.plan import Plan


def county() -> Plan:
    """The end state of fuxi, with its districts and teachers."""
    study = lp.sample("fuxi")
    walk = lp.travel_matrix(study, mode="walk")
    scenario = lp.Scenario.read(Path(__file__).parents[1] / "data" / "fuxi" / "end-state.yaml")
    plan = lp.solve(study, walk, scenario=scenario)
    for stage, districts in (("junior", 5), ("primary", 8)):
        plan = plan.with_(districting=lp.partition(study, walk, stage=stage, districts=districts))
    return plan.with_(staffing=lp.staff(plan))


def main() -> None:
    plan = county()
    assert plan.base is not None
    schools = sum(len(plan.base.study.offering(stage)) for stage in ("primary", "junior"))
    coming = lp.forecast(plan.base.study, to=plan.study.year + 10)
    print(f"{schools} primary and junior schools today")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("annexes", *AUDIENCES):
            wall, busy = time.perf_counter(), time.process_time()
            if name == "annexes":
                path = annexes(plan, Path(folder) / "annexes.xlsx", "zh", forecast=coming)
            else:
                path = report(plan, Path(folder) / f"{name}.docx", name, "zh", forecast=coming).path
            wall, busy = time.perf_counter() - wall, time.process_time() - busy
            print(f"{name:12} {busy:6.1f} s of processor, {wall:6.1f} s, {path.stat().st_size / 1e6:5.2f} MB")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory {peak:.2f} GB")


if __name__ == "__main__":
    main()
