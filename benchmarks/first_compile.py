"""How long the kernels take to compile, first use: ``python -m benchmarks.first_compile``.

A small workload through the public names uses the kernels of every room, with an empty cache. The answer is processor
seconds, each kernel without those it calls, so that a busy machine does not matter much. Runs on any version of the
package that has these names (give the other checkout's folder as PYTHONPATH).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from typing import Any

from numba.core import config, event

import layout_planner as lp

DEAREST = 25


class Compiling(event.Listener):
    """Adds up the processor seconds of each kernel's compiling, those it calls left out."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.times: Counter[str] = Counter()
        self.open: list[str] = []
        self.since = 0.0

    def _pass(self) -> None:
        now = time.process_time()
        if self.open:
            self.seconds[self.open[-1]] += now - self.since
        self.since = now

    def on_start(self, event: Any) -> None:
        """Stop the clock of the caller."""
        self._pass()
        function = event.data["dispatcher"].py_func
        self.open.append(f"{function.__module__.removeprefix('layout_planner.')}.{function.__name__}")
        self.times[self.open[-1]] += 1

    def on_end(self, event: Any) -> None:
        """Go on with the caller's."""
        self._pass()
        self.open.pop()


def work() -> None:
    """Use every room's kernels on a made-up county."""
    study = lp.sample("fuxi")
    walk = lp.travel_matrix(study, mode="walk", cache=False)
    today = lp.today(study, walk)
    for method in ("nearest_seats", "capacity"):
        lp.solve(study, walk, assign=method)
    best = lp.consolidate(study, walk, stage="primary", keep=40, gap=0.2, time_limit=30.0, clock="cpu")
    lp.phase(best, 2024, 2027)
    areas = lp.partition(
        study, walk, "junior", districts=5, townships=(6, 9), population=130_000, pupils=5_000, divide_towns=False
    )
    lp.ensemble(areas, steps=2_000, chains=2)
    lp.screen(study, walk, stage="primary", scenarios=[lp.Scenario("none", [])])
    lp.staff(today)
    lp.solve(study, walk, stage="junior", assign=lp.Contiguous(), gap=0.05)


def main() -> None:
    """Compile everything anew in a cache of its own, and print the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        config.CACHE_DIR = folder
        compiling = Compiling()
        event.register("numba:compile", compiling)
        work()
        print(f"compiling {compiling.seconds.total():.1f} s of {time.process_time():.1f} s (processor), {lp.__file__}")
        for name, seconds in compiling.seconds.most_common(DEAREST):
            print(f"{seconds:>7.2f} {compiling.times[name]:>2} × {name}")


if __name__ == "__main__":
    sys.exit(main())
