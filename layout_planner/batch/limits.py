"""`Limits`: what one job may take of a machine."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from layout_planner.base.errors import refuse

if sys.platform != "win32":
    import resource

KEEP_MB = 600.0
"""A process that holds more than this after a job is replaced by a fresh one."""


@dataclass(frozen=True)
class Limits:
    """What one job may take; beyond it the job is ended, and it alone.

    Parameters
    ----------
    seconds
        Wall time of a job, reading and writing included, waiting for another's compilation or ways not.
    memory_mb
        Resident memory of the process that does the job, in MiB.

    Raises
    ------
    DataError
        A limit is not above nought.
    """

    seconds: float = 3_600.0
    memory_mb: float = 4_096.0

    def __post_init__(self) -> None:
        for name in ("seconds", "memory_mb"):
            value = getattr(self, name)
            if not value > 0:
                raise refuse(
                    f"{name} = {value} is no limit", f"{name} = {value} 不是有效限额",
                    "give a number above nought", "请给出大于零的数",
                )  # fmt: skip


def resident_mb(process: int) -> float | None:
    """Give the memory a process holds now, in MiB; None where this machine does not tell (not Linux, no psutil)."""
    with suppress(OSError, ValueError, IndexError):
        told = Path(f"/proc/{process}/statm").read_text(encoding="ascii")
        return int(told.split()[1]) * resource.getpagesize() / 2**20
    try:
        import psutil
    except ImportError:
        return None
    try:
        return float(psutil.Process(process).memory_info().rss) / 2**20
    except psutil.Error:  # it has gone
        return None


def peak_mb() -> float | None:
    """Give the most memory this process held since `forget_peak` (ever, where that cannot be), in MiB."""
    with suppress(OSError, StopIteration, ValueError):
        told = Path("/proc/self/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("VmHWM:")) / 1024
    if sys.platform == "win32":
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 1024


def forget_peak() -> None:
    """Begin to measure the peak anew, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
