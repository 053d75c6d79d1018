"""Staffing in the run folder: tables of counts, and a study whose teachers bear no names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.base.proof import read_proof
from layout_planner.base.tables import read_csv, write_csv
from layout_planner.plan.staffing import Staffing
from layout_planner.study import Study

TEACHER_COLUMNS = (
    "teacher_id", "school_id", "stage", "subject", "teachers", "degree", "backbone", "sex", "born", "post", "protected",
)  # fmt: skip
"""What of the table of teachers is carried into a run folder; every other column may tell who somebody is."""

_TABLES = ("levels", "moves", "outlook", "travelling", "ladder", "rates")
_TEXT = (
    "stage", "school_id", "name", "subject", "from_school", "to_school", "step", "teaches", "district", "sender",
    "receiver", "source", "measure", "unit", "better",
)  # fmt: skip
_WHOLE = ("year", "term", "from_month", "to_month")


def nameless(study: Study) -> Study:
    """Give the study with teachers of running numbers: names, numbers of identity cards and the like stay out."""
    table = study.extra.get("teachers")
    if table is None:
        return study
    kept = table[[column for column in TEACHER_COLUMNS if column in table]]
    if "teacher_id" in kept:
        kept = kept.assign(teacher_id=[f"T{number:05d}" for number in range(1, len(kept) + 1)])
    return study.with_(extra={**study.extra, "teachers": kept})


def write_staffing(staffing: Staffing, folder: Path) -> dict[str, object]:
    """Write the tables; gives what belongs into the provenance."""
    write_csv(staffing.table, folder / "staffing.csv")
    inner = folder / "staffing"
    inner.mkdir()
    for name in _TABLES:
        write_csv(getattr(staffing, name), inner / f"{name}.csv", index=name == "rates")
    return {key: getattr(staffing, key) for key in ("status", "objective", "bound", "gap", "seconds", "work", "notes")}


def read_staffing(folder: Path, told: Mapping[str, Any]) -> Staffing:
    """Read the tables back; who the persons were is not known any more."""
    tables = {name: _read(folder / "staffing" / f"{name}.csv") for name in _TABLES}
    tables["rates"] = tables["rates"].set_index(["stage", "measure"])
    return Staffing(
        table=_read(folder / "staffing.csv"),
        **tables,
        places=pd.Series(dtype="str", name="school_id"),
        proof=read_proof(told),
        seconds=float(told["seconds"]),
        work=told["work"],
        notes=tuple(Text(note["en"], note["zh"]) for note in told["notes"]),
    )


def _read(path: Path) -> pd.DataFrame:
    table = read_csv(path, _TEXT)
    for column in table:
        if column in _TEXT:
            table[column] = table[column].astype(object).fillna("").astype("str")
        elif column == "ok":
            known = {"True": True, "False": False, True: True, False: False}
            table[column] = table[column].map(known).astype("boolean")
        else:
            table[column] = table[column].astype(np.int64 if column in _WHOLE else np.float64)
    return table
