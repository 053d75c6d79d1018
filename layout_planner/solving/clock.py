"""Limits that run out: seconds of the wall, of this process when others share the machine, or of counted work."""

from __future__ import annotations

import os
import time
from typing import Literal

ClockKind = Literal["wall", "cpu", "work"]

LOOK = 1e-2
"""Seconds of work that one look at the clock stands for: searches look once a step, which takes about as long."""
NODE, ITERATION = 1e-2, 1e-4
"""Seconds of work of a node of branch and bound, and of a step of the simplex method."""
USUAL = "LAYOUT_PLANNER_CLOCK"
"""Environment variable: "work" has every limit of seconds counted by work, whatever was asked for. So nothing depends
on how busy a machine is; the tests of this package run so."""


class _Work:
    """Work done by this process so far, in seconds; the same on every machine."""

    def __init__(self) -> None:
        self.done = 0.0

    def look(self) -> float:
        """Count one step."""
        self.done += LOOK
        return self.done


_WORK = _Work()
_NOW = {"wall": time.perf_counter, "cpu": time.process_time, "work": _WORK.look}


class Clock:
    """A stop watch with a limit.

    Parameters
    ----------
    seconds
        The limit; infinite for none.
    kind
        "wall"; "cpu" for the processor time of this process; or "work" for steps that are counted, `LOOK` seconds each:
        a limit that ends a search at the same step on every machine.
    """

    def __init__(self, seconds: float, kind: ClockKind = "wall") -> None:
        self.kind: ClockKind = "work" if os.environ.get(USUAL) == "work" else kind
        self._now = _NOW[self.kind]
        self._start = self._now()
        self.limit = seconds

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return self._now() - self._start

    @property
    def left(self) -> float:
        """Seconds until the limit; never negative."""
        return max(0.0, self.limit - self.spent)

    @property
    def over(self) -> bool:
        """Whether the limit is reached."""
        return self.spent >= self.limit

    def within(self, seconds: float) -> Clock:
        """Give a clock that starts now and stops after so many seconds, or with this one."""
        return Clock(min(seconds, self.left), self.kind)

    def worked(self, nodes: int, iterations: int) -> None:
        """Count what a solver did, which cannot look at a clock of work itself."""
        if self.kind == "work":
            _WORK.done += NODE * nodes + ITERATION * iterations
