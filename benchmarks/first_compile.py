"""How long the kernels take to compile, first use: ``python -m benchmarks.first_compile``.

A small workload through the public names uses the kernels of every room, with an empty cache; what numba's compiler
lock is held for is the answer, in processor seconds, so that a busy machine does not matter much. Runs on any version
of the package that has these names (give the other checkout's folder as PYTHONPATH).
"""

from __future__ import annotations

import sys
import tempfile
import time
from typing import Any

from numba.core import config, event

import layout_planner as lp


class Compiling(event.TimingListener):
    """Adds up the processor seconds between the outermost start and end of compiling."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds, self.began = 0.0, 0.0

    def on_start(self, event: Any) -> None:
        """Begin at the outermost."""
        if self._depth == 0:
            self.began = time.process_time()
        super().on_start(event)

    def on_end(self, event: Any) -> None:
        """End at the outermost."""
        super().on_end(event)
        if self._depth == 0:
            self.seconds += time.process_time() - self.began


def work() -> None:
    """Use every room's kernels on the made-up counties."""
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
        event.register("numba:compiler_lock", compiling)
        work()
        print(f"compiling {compiling.seconds:.1f} s of {time.process_time():.1f} s (processor), {lp.__file__}")


if __name__ == "__main__":
    sys.exit(main())
