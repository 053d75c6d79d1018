"""What a batch leaves on disk: a record a job, written last, so that what has one is whole; and the manifest."""

from __future__ import annotations

import json
import os
import platform
import traceback
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from layout_planner._version import __version__
from layout_planner.base.files import digest_parts, whole_file
from layout_planner.base.leftovers import remove_leftovers
from layout_planner.base.locks import hold
from layout_planner.base.messages import using_language
from layout_planner.plan.batch import JOB, MANIFEST, RECORDS, RESULTS, RUNS, Batch, JobRecord

_PARTS = ("numpy", "pandas", "geopandas", "shapely", "scipy", "numba", "highspy")


def versions() -> dict[str, str]:
    """Give the versions a result depends on."""
    told = {"layout_planner": __version__, "python": platform.python_version()}
    for name in _PARTS:
        with suppress(PackageNotFoundError):
            told[name] = version(name)
    return told


def find_record(folder: Path, job: str) -> JobRecord | None:
    """Give the record of a job; None where there is none that can be read."""
    try:
        found: JobRecord = json.loads((folder / RECORDS / f"{job}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def is_whole(folder: Path, record: JobRecord, key: str) -> bool:
    """Say whether a job ended as its record tells, from the very inputs it has now."""
    run = record.get("run")
    tables = [folder / RESULTS / name / f"{record[JOB]}.parquet" for name in record.get("tables", ())]
    return record.get("key") == key and (not run or (folder / run).is_dir()) and all(path.is_file() for path in tables)


def write_record(folder: Path, record: JobRecord) -> None:
    """Write a record; from here on the job is done.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written.
    """
    _write(folder / RECORDS / f"{record[JOB]}.json", json.dumps(record, ensure_ascii=False, indent=1, default=str))


def commit(folder: Path, record: JobRecord) -> JobRecord:
    """Write the record; where even that cannot be, say so in it and leave the job to be done again."""
    try:
        write_record(folder, record)
    except OSError as error:
        return record | fault("disk", error) | {"unrecorded": True}
    return record


def fault(kind: str, error: BaseException) -> JobRecord:
    """Tell a fault: its kind, what is wrong in both languages, and where in the code it came up."""
    message = {}
    for lang in ("en", "zh"):
        with using_language(lang):
            message[lang] = str(error) or type(error).__name__
    trace = "".join(traceback.format_exception(error))
    return {
        "status": "fault",
        "fault": kind,
        "message": message,
        "traceback": trace,
        "digest": digest_parts(trace)[:12],
    }


def write_part(folder: Path, name: str, job: str, table: pd.DataFrame) -> None:
    """Write one job's part of a table of results."""
    texts = [c for c in table if table[c].dtype == object and not isinstance(next(iter(table[c]), ""), bytes)]
    plain = table.assign(**{column: table[column].astype(str) for column in texts})
    with whole_file(folder / RESULTS / name / f"{job}.parquet") as part:
        if JOB in plain:
            plain = plain.drop(columns=JOB)
        plain.insert(0, JOB, job)
        plain.to_parquet(part, index=False)
        sync(part)


def write_manifest(batch: Batch) -> Path:
    """Write the table of all jobs: counts, versions, and every record."""
    counts = batch.manifest["status"].value_counts()
    content = {
        "version": __version__,
        "jobs": len(batch.records),
        **{status: int(counts.get(status, 0)) for status in ("done", "fault")},
        "records": list(batch.records.values()),
    }
    path = batch.folder / MANIFEST
    _write(path, json.dumps(content, ensure_ascii=False, indent=1, default=str))
    return path


def sweep(folder: Path) -> None:
    """Remove what killed jobs left half-written."""
    for one in (folder, folder / RECORDS, folder / RUNS, *(folder / RESULTS).glob("*")):
        remove_leftovers(one)
    for lock in (folder / RUNS).glob(".*.lock"):
        with suppress(OSError), hold(lock):  # free: it goes with the hold
            pass


def sync(path: Path) -> None:
    """Wait until a file, or every file of a folder, lies on the disk and not in a buffer only."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    folders = [] if path.is_file() else [path, *(one for one in path.rglob("*") if one.is_dir()), path.parent]
    for one in [*files, *(folders if os.name == "posix" else [])]:
        handle = os.open(one, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write(path: Path, text: str) -> None:
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
        sync(part)
    if os.name == "posix":
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
