"""`run_many`: jobs given to an executor, each done once and whole, whatever happens to the others or to us."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from layout_planner.base.errors import RunError, refuse
from layout_planner.base.locks import hold
from layout_planner.base.messages import Text, language
from layout_planner.batch.jobs import Job, Order, Task, prepare
from layout_planner.batch.limits import Limits, resident_mb
from layout_planner.batch.records import commit, find_record, is_whole, sweep, write_manifest
from layout_planner.batch.supervise import dismiss, supervise
from layout_planner.plan.batch import JOB, RECORDS, Batch, JobRecord, read_batch

LOCK = "batch.lock"
ATTEMPTS = 2
"""A job whose process died is tried once more, elsewhere."""
AHEAD = 256
"""Jobs handed to the executor at a time: hundreds of thousands would fill a scheduler's memory."""


def run_many(
    jobs: Iterable[Job],
    folder: str | os.PathLike[str],
    executor: Executor | None = None,
    *,
    workers: int | None = None,
    limits: Limits | None = None,
    retry: bool = False,
    watch: Callable[[JobRecord], None] | None = None,
) -> Batch:
    """Do many jobs; what an earlier call into the same folder has done whole is not done again.

    Parameters
    ----------
    jobs
        What is to be done: see `Job`. Jobs of one study are best given one after another.
    folder
        records/ (a JSON file a job, written last), runs/ (run folders), results/ (Parquet: scorecard, findings,
        proofs, tables of verbs; a part a job), manifest.json.
    executor
        Where the jobs are done: any `concurrent.futures.Executor`, as `dask.distributed.Client(…).get_executor()`;
        its workers must see the studies and the folder under the same paths. None: processes on this machine. Each
        worker keeps one process of its own for its jobs, so a worker should have one thread.
    workers
        Without an executor: how many at a time; as many as there are processors where left out.
    limits
        What one job may take.
    retry
        Do jobs again that ended in a fault. Left out, a fault is kept until the job or its study changes.
    watch
        Is told every record as its job ends (and those found done, first).

    Returns
    -------
    Batch
        All that stands in the folder; `batch.faults` names what came to nothing.

    Raises
    ------
    DataError
        The jobs contradict themselves; every fault is named, nothing is begun.
    RunError
        Another batch writes into the folder, or it cannot be written.
    KeyboardInterrupt
        Interrupted: what was done stays, the same call goes on from there.

    Examples
    --------
    >>> jobs = [lp.batch.Job("fuxi", "today", mode="straight", arguments={"stage": "junior"})]
    >>> done = lp.run_many(jobs, "night")
    >>> done.manifest[["unplaced", "status", "pupils"]].values.tolist()
    [[0.0, 'done', 25000.0]]
    """
    tasks, bounds, target = prepare(jobs), limits or Limits(), Path(folder)
    if resident_mb(os.getpid()) is None:
        raise refuse(
            "the memory of a process cannot be measured on this machine", "本机无法测量进程内存",
            "install psutil: pip install 'layout_planner[dask]'", "请安装 psutil：pip install 'layout_planner[dask]'",
        )  # fmt: skip
    with _alone(target):
        sweep(target)
        done = {
            task.name: record for task in tasks if (record := _standing(target, task, task.limits or bounds, retry))
        }
        for record in done.values():
            if watch is not None:
                watch(record)
        left = [task for task in tasks if task.name not in done]
        lost: list[JobRecord] = []
        try:
            with _executor(executor, workers) as pool:
                for record in _carry_out(left, target, pool, bounds):
                    if record.get("unrecorded"):
                        lost.append(record)
                    if watch is not None:
                        watch(record)
        finally:
            sweep(target)
            batch = _gather(target, lost)
            if not lost:
                write_manifest(batch)
    return batch


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder against a second batch; the hold ends with this process, however that ends."""
    try:
        (folder / RECORDS).mkdir(parents=True, exist_ok=True)
        holding = hold(folder / LOCK)
        with holding as mine:
            if not mine:
                told = Text(
                    f"another batch is writing into {folder}; wait for it, or name another folder",
                    f"另有批量任务正在写入 {folder}；请等待其结束，或换一个文件夹",
                )
                raise RunError(str(told))
            yield
    except OSError as error:
        if isinstance(error, RunError):
            raise
        told = Text(f"{folder} cannot be written: {error}", f"{folder} 无法写入：{error}")
        raise RunError(str(told)) from error


@contextmanager
def _executor(given: Executor | None, workers: int | None) -> Iterator[Executor]:
    """Give the executor; of our own, end its processes whatever happens."""
    if given is not None:
        yield given
        return
    pool = ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="batch")
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        dismiss()
        pool.shutdown(wait=True)


def _carry_out(tasks: Sequence[Task], folder: Path, pool: Executor, limits: Limits) -> Iterator[JobRecord]:
    """Give the record of each task as it ends; on the way out cancel what has not begun."""
    waiting = iter([(task, 1) for task in tasks])
    again: list[tuple[Task, int]] = []
    running: dict[Future[JobRecord], tuple[Task, int]] = {}

    def submit() -> None:
        while len(running) < AHEAD and (following := again.pop() if again else next(waiting, None)) is not None:
            task, attempt = following
            order = _order(task, attempt, folder, limits)
            running[pool.submit(supervise, order, uuid.uuid4().hex)] = following

    try:
        submit()
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task, attempt = running.pop(future)
                record = _result(future, task, attempt, folder)
                if record["status"] == "died" and attempt < ATTEMPTS:
                    again.append((task, attempt + 1))
                else:
                    yield _buried(record, folder) if record["status"] == "died" else record
            submit()
    finally:
        for future in running:
            future.cancel()


def _order(task: Task, attempt: int, folder: Path, limits: Limits) -> Order:
    said, bounds = task.said, asdict(task.limits or limits)
    record: JobRecord = {
        "job": task.name, "key": task.key, "study": said["study"], "inputs": said["inputs"], "verb": said["verb"],
        "scenario": said["scenario"], "mode": said["mode"], "rules": said["rules"], "arguments": said["arguments"],
        "seed": said["seed"], "attempts": attempt, "limits": bounds,
    }  # fmt: skip
    return {
        "folder": str(folder.absolute()), "said": said, "record": record, "lang": language(),
        "limits": bounds,
    }  # fmt: skip


def _result(future: Future[JobRecord], task: Task, attempt: int, folder: Path) -> JobRecord:
    """Give what a future brought; a worker that died with its job, or with a neighbour's, brings an error."""
    try:
        return future.result()
    except Exception as error:
        whole = find_record(folder, task.name)
        if whole is not None and is_whole(folder, whole, task.key):
            return whole  # the job was done; only the news was lost
        told = Text(f"its worker was lost ({error})", f"执行该任务的工作进程已丢失（{error}）")
        record = _order(task, attempt, folder, Limits())["record"]
        return {**record, "status": "died", "fault": "died", "message": {"en": told.en, "zh": told.zh}, "traceback": ""}


def _buried(record: JobRecord, folder: Path) -> JobRecord:
    return commit(folder, {**record, "status": "fault"})


def _standing(folder: Path, task: Task, limits: Limits, retry: bool) -> JobRecord | None:
    """Give the record of what an earlier call has done whole, or found faulty; None where it is to be done."""
    record = find_record(folder, task.name)
    if record is None or not is_whole(folder, record, task.key):
        return None
    if record["status"] == "fault":
        allowed = {"time": ("seconds", limits.seconds), "memory": ("memory_mb", limits.memory_mb)}.get(record["fault"])
        if retry or (allowed is not None and allowed[1] > record["limits"][allowed[0]]):
            return None
    return record


def _gather(folder: Path, lost: Sequence[JobRecord]) -> Batch:
    batch = read_batch(folder)
    return Batch(folder, {**batch.records, **{record[JOB]: record for record in lost}}) if lost else batch
