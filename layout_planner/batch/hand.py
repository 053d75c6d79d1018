"""The process that does jobs, one after another: `python -m layout_planner.batch.hand`.

It reads one JSON line a job from its standard input and answers with two: that it has begun (the clock of the job runs
from there) and how it ended. It ends with its input, so that nobody's work goes on once they have gone.
"""

from __future__ import annotations

import errno
import faulthandler
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from layout_planner.base.errors import LayoutPlannerError, refuse
from layout_planner.base.files import digest_parts
from layout_planner.base.locks import hold
from layout_planner.base.messages import using_language
from layout_planner.batch.jobs import Edits, Order, Said
from layout_planner.batch.limits import forget_peak, peak_mb
from layout_planner.batch.records import commit, fault, sync, versions, write_part
from layout_planner.batch.verbs import VERBS, Answer, Facts
from layout_planner.plan.batch import JOB, RUNS, JobRecord
from layout_planner.plan.frames import without_school
from layout_planner.policy import Rules
from layout_planner.reading import read_study
from layout_planner.scenario import Scenario
from layout_planner.show.provinces import county_tables
from layout_planner.study import Study
from layout_planner.travel import Travel, TravelLike, travel_matrix
from layout_planner.travel.cache import cache_folder
from layout_planner.travel.matrix import METRES_SUFFIX

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG}


def main() -> None:
    """Do jobs until the input ends."""
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever was asked to stop closes our input
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    jobs: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
    last = _Last()
    while True:
        order = json.loads(jobs.get())
        _say(answers, {"ended": do(order, last, lambda: _say(answers, {"begun": True}))})


def _listen(jobs: queue.Queue[str]) -> None:
    for line in sys.stdin:
        jobs.put(line)
    os._exit(0)  # nobody is left who would hear of it; what is half-written is removed by the next to write there


def _say(answers: TextIO, what: Mapping[str, object]) -> None:
    with suppress(BrokenPipeError):
        answers.write(json.dumps(what, ensure_ascii=False, default=str) + "\n")
        answers.flush()


class _Last:
    """The study read last, with its ways: the scenarios of one study come one after another."""

    def __init__(self) -> None:
        self.inputs: object = None
        self.study: Study | None = None
        self.ways: dict[str, Travel] = {}

    def read(self, said: Said) -> Study:
        """Read a study, unless it is the one read last and its files are the same."""
        inputs = (said["study"], said["inputs"])
        if self.study is None or self.inputs != inputs:
            self.study, self.ways, self.inputs = None, {}, None
            self.study, self.inputs = read_study(said["study"]), inputs
        return self.study

    def measure(self, study: Study, mode: str | Mapping[str, str] | None) -> TravelLike:
        """Measure the ways; others who want the same wait, and find them kept."""
        if isinstance(mode, Mapping):
            return {stage: self._one(study, its) for stage, its in mode.items()}
        return self._one(study, mode or usual_mode(study))

    def _one(self, study: Study, mode: str) -> Travel:
        if mode not in self.ways:
            name = digest_parts("ways", mode, json.dumps(self.inputs, default=str))[:16]
            with ExitStack() as alone:
                _wait(alone, f"ways-{name}")
                self.ways[mode] = travel_matrix(study, mode)
        return self.ways[mode]


def usual_mode(study: Study) -> str:
    """Walking where there are roads, else the matrix the study brings, else straight lines."""
    given = [mode for mode in study.given_travel if not mode.endswith(METRES_SUFFIX)]
    return "walk" if study.roads is not None else given[0] if given else "straight"


def do(order: Order, last: _Last, begun: Callable[[], None]) -> JobRecord:
    """Do one job and record it; a fault of any kind is an answer too."""
    folder, said, record = Path(order["folder"]), order["said"], order["record"].copy()
    start = time.perf_counter()
    with using_language(order["lang"]):
        try:
            # A job whose worker was lost may still be under way there; both would write the same folder.
            with hold(folder / RUNS / f".{record[JOB]}.lock", wait=True), _compiled(said["verb"]):
                begun()
                forget_peak()
                start = time.perf_counter()
                record |= _carry_out(folder, record[JOB], said, last)
        except Exception as error:  # whatever it is, it is this job's, and the next must not suffer
            record |= fault(_kind(error), error)
        record |= {"seconds": round(time.perf_counter() - start, 3), "peak_mb": peak_mb(), "versions": versions()}
        return commit(folder, record)


def _carry_out(folder: Path, job: str, said: Said, last: _Last) -> JobRecord:
    study = last.read(said)
    read = study.sources.get("files", {})
    changed = [name for name, digest in said["inputs"].items() if read.get(name, digest) != digest]
    if changed:
        raise refuse(
            f"{changed[0]} changed while the batch ran", f"批量运行期间 {changed[0]} 发生了变化",
            "run the batch again", "请重新运行",
        )  # fmt: skip
    rules = Rules.load(*(one["name"] for one in said["rules"])) if said["rules"] else None
    verb, edits = VERBS[said["verb"]], said["edits"]
    arguments = dict(said["arguments"]) | ({"seed": said["seed"]} if verb.draws and said["seed"] is not None else {})
    answer = verb.do(Facts(study, last.measure(study, said["mode"]), rules, _scenario(edits)), arguments)
    return {"status": "done", "study_name": study.name, **_write(folder, job, answer)}


def _scenario(edits: Edits) -> Scenario | None:
    if "file" in edits:
        return Scenario.read(edits["file"])
    return Scenario.from_mapping(edits["mapping"]) if edits else None


def _write(folder: Path, job: str, answer: Answer) -> JobRecord:
    plan, tables = answer.plan, dict(answer.tables)
    proofs = answer.proof_table()
    if len(proofs):
        tables["proofs"] = proofs
    told: JobRecord = {}
    if plan is not None:
        plan.write(folder / RUNS / job)
        sync(folder / RUNS / job)
        tables |= {"scorecard": plan.scorecard.table, "findings": plan.findings, **county_tables(plan)}
        told = {
            "run": f"{RUNS}/{job}", "proof": plan.status, "pupils": float(plan.flows["pupils"].sum()),
            "unplaced": float(without_school(plan)["pupils"].sum()), "findings": len(plan.findings),
        }  # fmt: skip
    for name, table in tables.items():
        write_part(folder, name, job, table)
    return {**told, "tables": sorted(tables)}


def _kind(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in FULL:
            return "disk"
        if isinstance(cause, MemoryError):
            return "memory"
        cause = cause.__cause__ or cause.__context__
    return "input" if isinstance(error, LayoutPlannerError | ValueError | OSError) else "error"


@contextmanager
def _compiled(verb: str) -> Iterator[None]:
    """Let the first job of a verb on this machine run alone, so that its kernels are compiled once and not by all."""
    mark = cache_folder() / f"compiled-{_code()}-{verb}"
    with ExitStack() as alone:
        if not mark.exists():
            _wait(alone, f"compiling-{verb}")
            if mark.exists():
                alone.close()
        yield
        with suppress(OSError):
            mark.touch()


def _wait(stack: ExitStack, name: str) -> None:
    """Wait for a name on this machine. Without a cache folder everybody does the work for themselves."""
    with suppress(OSError):
        stack.enter_context(hold(cache_folder() / f"{name}.lock", wait=True))


def _code() -> str:
    """Digest what numba's cache depends on: its version, and which files of ours changed when."""
    here = Path(__file__).parents[1]
    files = sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in here.rglob("*.py"))
    return digest_parts(repr(files), repr(sorted(versions().items())))[:16]


if __name__ == "__main__":
    main()
