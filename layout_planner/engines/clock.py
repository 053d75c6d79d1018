"""Time that runs out: seconds of the wall, or of this process when others share the machine."""

from __future__ import annotations

import time
from typing import Literal

ClockKind = Literal["wall", "cpu"]


class Clock:
    """A stop watch with a limit.

    Parameters
    ----------
    seconds
        The limit; infinite for none.
    kind
        "wall", or "cpu" for the processor time of this process.
    """

    def __init__(self, seconds: float, kind: ClockKind = "wall") -> None:
        self.kind = kind
        self._now = time.perf_counter if kind == "wall" else time.process_time
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
