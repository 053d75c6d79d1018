"""`Batch`: what many jobs gave, read from the folder they wrote into."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, TypedDict, cast

import pandas as pd

from layout_planner.base.errors import RunError, did_you_mean
from layout_planner.base.messages import Text, language
from layout_planner.base.units import in_units, say_units

MANIFEST = "manifest.json"
RECORDS, RUNS, RESULTS = "records", "runs", "results"
JOB: Final = "job"
"""The column of every table of results that says which job a row is of."""

MANIFEST_COLUMNS = (
    JOB, "unplaced", "status", "fault", "message", "proof", "pupils", "findings", "study", "study_name", "verb",
    "scenario", "seed", "attempts", "seconds", "peak_mb", "key", "run",
)  # fmt: skip


class JobRecord(TypedDict, total=False):
    """What is known of a job, as it lies in records/: what it was, then how it ended."""

    job: str
    key: str
    study: str
    inputs: dict[str, str]
    verb: str
    scenario: str
    mode: str | dict[str, str] | None
    rules: list[dict[str, str]]
    arguments: dict[str, object]
    seed: int | None
    attempts: int
    limits: dict[str, float]
    status: str
    fault: str
    message: dict[str, str]
    traceback: str
    digest: str
    unrecorded: bool
    study_name: str
    run: str
    proof: str
    pupils: float
    unplaced: float
    findings: int
    tables: list[str]
    seconds: float
    peak_mb: float | None
    versions: dict[str, str]


@dataclass(frozen=True, eq=False)
class Batch:
    """What many jobs gave.

    Parameters
    ----------
    folder
        Where they wrote: records/ (a file a job), runs/ (a run folder a job), results/ (Parquet, a part a job),
        manifest.json.
    records
        Job → what is known of it, as it was recorded: inputs with digests, versions, how it ended.
    """

    folder: Path
    records: Mapping[str, JobRecord]

    @cached_property
    @in_units()
    def manifest(self) -> pd.DataFrame:
        """One row a job, `MANIFEST_COLUMNS`; pupils in heads, seconds of wall time, peak_mb in MiB.

        First unplaced: children without a school, NaN where the verb makes no plan.
        """
        rows = [{**record, "message": _told(record)} for record in self.records.values()]
        table = pd.DataFrame(rows, columns=list(MANIFEST_COLUMNS))
        return table.set_index(JOB)

    @property
    @in_units()
    def faults(self) -> pd.DataFrame:
        """The jobs that came to nothing, each with the reason."""
        table = self.manifest
        return table.loc[table["status"] == "fault", ["study", "verb", "scenario", "fault", "message", "attempts"]]

    @property
    def done(self) -> tuple[str, ...]:
        """The jobs that gave a result, in the order of their names."""
        return tuple(name for name, record in self.records.items() if record["status"] == "done")

    @in_units()
    def table(self, name: str, jobs: Iterable[str] | None = None) -> pd.DataFrame:
        """Give one table of results of all jobs, or of some, its first column `JOB`.

        Parameters
        ----------
        name
            "scorecard", "findings", "proofs", or a table of one verb ("frontier", "forecast", "phasing" …).
        jobs
            Some only.

        Raises
        ------
        RunError
            No job gave such a table, or a part of it cannot be read.
        """
        wanted = self.done if jobs is None else tuple(jobs)
        paths = [path for job in wanted if (path := self.folder / RESULTS / name / f"{job}.parquet").is_file()]
        if not paths:
            known = sorted(path.name for path in (self.folder / RESULTS).glob("*")) if self.done else []
            hint = did_you_mean(name, known)
            raise RunError(
                str(
                    Text(
                        f'no job gave a table "{name}"{hint.en}; there are {", ".join(known) or "none"}',
                        f"没有任务给出“{name}”表{hint.zh}；现有：{'、'.join(known) or '无'}",
                    )
                )
            )
        try:
            parts = [pd.read_parquet(path) for path in paths]
        except (OSError, ValueError) as error:
            told = Text(f"results/{name} cannot be read: {error}", f"results/{name} 无法读取：{error}")
            raise RunError(str(told)) from error
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else parts[0]

    @cached_property
    @in_units()
    def scorecard(self) -> pd.DataFrame:
        """The scorecards of all jobs that made a plan."""
        return self.table("scorecard")

    @cached_property
    @in_units()
    def findings(self) -> pd.DataFrame:
        """The findings of all jobs that made a plan."""
        return self.table("findings")

    @cached_property
    @in_units()
    def proofs(self) -> pd.DataFrame:
        """What was proved: job, part (a stage, a point of a frontier), objective, bound, gap, unit, status."""
        return self.table("proofs")

    def compare(self, stage: str) -> pd.DataFrame:
        """Set the county's measures of all jobs side by side: job × measure; children without a school first.

        Raises
        ------
        RunError
            No job made a plan.
        """
        card = self.scorecard
        mine = card.loc[(card["stage"] == stage) & (card["scope"] == "county")]
        wide = mine.pivot(index=JOB, columns="measure", values="value")
        first = [name for name in ("unplaced", "placed", "minutes_mean") if name in wide]
        wide = wide[[*first, *(name for name in wide if name not in first)]].rename_axis(columns=None)
        return cast("pd.DataFrame", say_units(wide, dict(zip(mine["measure"], mine["unit"], strict=True))))

    def run(self, job: str) -> Path | None:
        """Give the run folder of a job; None where its verb makes none."""
        told = self.records[job].get("run")
        return self.folder / told if told else None


def read_batch(folder: str | os.PathLike[str]) -> Batch:
    """Read what a batch has written so far, finished or not.

    Raises
    ------
    RunError
        The folder holds no batch, or a record in it is damaged.
    """
    path = Path(folder)
    if not (path / RECORDS).is_dir():
        told = Text(
            f"{path} holds no batch (no folder {RECORDS} in it); name the folder given to --out",
            f"{path} 中没有批量结果（缺 {RECORDS} 文件夹）；请指向 --out 所给的文件夹",
        )
        raise RunError(str(told))
    records: dict[str, JobRecord] = {}
    for file in sorted((path / RECORDS).glob("*.json")):
        try:
            record: JobRecord = json.loads(file.read_text(encoding="utf-8"))
            records[str(record[JOB])] = record
        except (OSError, ValueError, KeyError, TypeError) as error:
            told = Text(
                f"{file} is damaged ({error}); remove it, and its job is done again",
                f"{file} 已损坏（{error}）；删除后该任务会重做",
            )
            raise RunError(str(told)) from error
    return Batch(path, records)


def _told(record: JobRecord) -> str:
    message = record.get("message") or {}
    return str(message.get(language(), "")) if isinstance(message, dict) else str(message)
