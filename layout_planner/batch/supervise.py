"""What an executor's worker runs: it hands a job to a process of its own, and minds that process's time and memory.

The worker may be a thread of this process, a process of a pool, or a thread of a Dask worker: what a job does to the
process it runs in (memory, a crash, a scheduler of HiGHS) stays in that process, and is that job's fault alone.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

from layout_planner.base.leftovers import remove_leftovers
from layout_planner.base.messages import Text
from layout_planner.batch.jobs import Order
from layout_planner.batch.limits import KEEP_MB, resident_mb
from layout_planner.batch.records import commit
from layout_planner.plan.batch import RESULTS, RUNS, JobRecord

IDLE_SECONDS = 30.0
"""A process without a job is ended after this long."""
TICK = 0.1
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "GDAL_NUM_THREADS")
_mine = threading.local()
_all: set[_Hand] = set()
_guard = threading.Lock()


class News(TypedDict, total=False):
    """What the process that does jobs says: that one has begun, or how it ended."""

    begun: bool
    ended: JobRecord


class _Hand:
    """One process that does jobs."""

    def __init__(self) -> None:
        env = {**os.environ, **dict.fromkeys(_ONE_THREAD, "1"), "PYTHONUNBUFFERED": "1"}
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "layout_planner.batch.hand"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=env, text=True, encoding="utf-8",
        )  # fmt: skip
        self.answers: queue.Queue[News | None] = queue.Queue()
        self.idle: threading.Timer | None = None
        threading.Thread(target=self._listen, daemon=True).start()
        with _guard:
            _all.add(self)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with suppress(ValueError):  # closed under us
            for line in self.process.stdout:
                self.answers.put(json.loads(line))
        self.answers.put(None)

    def order(self, what: Order) -> bool:
        """Hand over a job; False where the process has gone."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(what, ensure_ascii=False, default=str) + "\n")
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            return False
        return True

    def rest(self) -> None:
        """Wait for the next job, but not for ever."""
        self.idle = threading.Timer(IDLE_SECONDS, self.close)
        self.idle.daemon = True
        self.idle.start()

    def last_words(self) -> str:
        """Give the end of what the process printed."""
        self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, self.errors.tell() - 4_000))
        return self.errors.read().decode("utf-8", "replace")

    def close(self) -> None:
        """End the process and give back what it held."""
        with _guard:
            if self not in _all:
                return
            _all.discard(self)
        if self.idle is not None:
            self.idle.cancel()
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self.errors.close()


def dismiss() -> None:
    """End every process of this one that does jobs; what they were at is left undone."""
    with _guard:
        hands = list(_all)
    for hand in hands:
        hand.close()


def supervise(order: Order, token: str) -> JobRecord:
    """Have one job done.

    Parameters
    ----------
    order
        folder, said, record, lang, and limits: seconds, memory_mb.
    token
        Never the same twice, so that no executor takes two attempts for one.

    Returns
    -------
    dict
        The record of the job. status "done", "fault", or "died" where its process ended by itself or was ended by
        others: that may be tried again, and is not recorded here.
    """
    hand = _take()
    record = order["record"].copy()
    if not hand.order(order):
        hand.close()
        return record | _died(hand, "")
    ended = _watch(hand, order["limits"])
    if isinstance(ended, dict):
        _keep(hand)
        return ended
    words = "" if hand.errors.closed else hand.last_words()
    hand.close()
    folder = Path(order["folder"])
    for one in (folder / RUNS, *(folder / RESULTS).glob("*")):
        remove_leftovers(one)
    if ended is None:
        return record | _died(hand, words)
    told, figures = ended
    return commit(folder, record | told | figures | {"traceback": words})


def _take() -> _Hand:
    hand: _Hand | None = getattr(_mine, "hand", None)
    if hand is not None and hand.idle is not None:
        hand.idle.cancel()
    if hand is None or hand not in _all or hand.process.poll() is not None:
        if hand is not None:
            hand.close()
        hand = _mine.hand = _Hand()
    return hand


def _keep(hand: _Hand) -> None:
    held = resident_mb(hand.process.pid)
    if held is None or held > KEEP_MB:
        hand.close()
    else:
        hand.rest()


def _watch(hand: _Hand, limits: Mapping[str, float]) -> JobRecord | tuple[JobRecord, JobRecord] | None:
    """Wait for the answer: a record, a fault with its figures where a limit is passed, or None where it died."""
    start, peak = None, 0.0
    while True:
        try:
            answer = hand.answers.get(timeout=TICK)
        except queue.Empty:
            answer = {}
        if answer is None:
            return None
        if "ended" in answer:
            return answer["ended"]
        if "begun" in answer:
            start = time.perf_counter()
        peak = max(peak, resident_mb(hand.process.pid) or 0.0)
        lasted = 0.0 if start is None else time.perf_counter() - start
        figures: JobRecord = {"seconds": round(lasted, 3), "peak_mb": round(peak, 1)}
        if lasted > limits["seconds"]:
            return _over("time", limits["seconds"], "s", "秒"), figures
        if peak > limits["memory_mb"]:
            return _over("memory", limits["memory_mb"], "MiB", "MiB"), figures


def _over(kind: str, limit: float, unit: str, unit_zh: str) -> JobRecord:
    what = {"time": ("longer", "耗时"), "memory": ("more memory", "内存")}[kind]
    told = Text(
        f"took {what[0]} than the {limit:g} {unit} allowed, and was ended; allow more, or make the study smaller",
        f"{what[1]}超过所限 {limit:g} {unit_zh}，已中止；请放宽限额或缩小研究范围",
    )
    return {"status": "fault", "fault": kind, "message": {"en": told.en, "zh": told.zh}}


def _died(hand: _Hand, words: str) -> JobRecord:
    code = hand.process.returncode
    told = Text(
        f"its process ended before the job did (exit code {code})", f"任务未完成，其进程已退出（退出码 {code}）"
    )
    message = {"en": told.en, "zh": told.zh}
    return {"status": "died", "fault": "died", "message": message, "traceback": words}
