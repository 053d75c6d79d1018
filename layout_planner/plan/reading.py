"""A plan read back from its run folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.errors import LayoutPlannerError, RunError
from layout_planner.base.messages import Text
from layout_planner.base.proof import read_proof
from layout_planner.base.tables import read_csv
from layout_planner.plan.columns import ZONE_COLUMNS
from layout_planner.plan.district_files import read_districtings, read_pairings
from layout_planner.plan.folder import FORMAT, MARKER
from layout_planner.plan.record import Assignment, Judged, Promise, Scorecard, Scored
from layout_planner.plan.staffing_files import read_staffing
from layout_planner.plan.types import Plan
from layout_planner.policy import STEPS, Rules
from layout_planner.reading import read_study
from layout_planner.scenario import Scenario
from layout_planner.travel import TravelLike, read_travel

_TEXT = (
    "place_id", "school_id", "stage", "group", "how", "mode", "reason", "id", "rule", "what", "name", "source", "kind",
    "unit", "better", "severity", "measure", "scope", "grades", "overridden_because", "missing",
)  # fmt: skip


PROMISED: dict[str, tuple[Promise, ...]] = {
    "stay": ("seats", "leaves"), "stay_nearest": ("leaves",), "nearest_seats": ("seats",), "capacity": ("seats",),
    "contiguous": ("seats",), "consolidate": ("seats",), "consolidate_stay": ("seats", "leaves"),
    "migrants_designated": ("seats", "leaves"),
    "migrants_spare": ("seats", "leaves"),
}  # fmt: skip
"""What the methods of folders promise that were written before a folder said so. New methods need no entry."""


def read_plan(folder: str | os.PathLike[str]) -> Plan:
    """Read a plan back from its run folder.

    Raises
    ------
    RunError
        The folder is not a run, or of a newer version of this program.
    DataError
        The study inside is damaged.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> now = lp.today(study, ways, stage="junior")
    >>> folder = now.write("run")
    >>> again = lp.read_plan(folder)
    >>> bool((again.flows["pupils"].to_numpy() == now.flows["pupils"].to_numpy()).all())
    True
    """
    run = Path(folder)
    told = _read_provenance(run)
    try:
        travel = _read_travel(run, told["travel"])
        base = None
        if (run / "base" / MARKER).is_file():
            base = _read_tables(run / "base", _read_provenance(run / "base"), travel, None)
        return _read_tables(run, told, travel, base)
    except LayoutPlannerError:
        raise
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        message = Text(
            f"{run} is damaged ({error!r}); write the plan again.", f"{run} 已损坏（{error!r}）；请重新写出方案。"
        )
        raise RunError(str(message)) from error


def _read_provenance(run: Path) -> dict[str, Any]:
    try:
        told = json.loads((run / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = Text(
            f"{run} is not a run folder ({MARKER} is missing or damaged); name a folder written by solve.",
            f"{run} 不是运行结果文件夹（{MARKER} 缺失或损坏）；请指定 solve 写出的文件夹。",
        )
        raise RunError(str(message)) from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        told = told if isinstance(told, dict) else {}
        message = Text(
            f"{run} has format {told.get('format')}, this program reads {FORMAT}; use the version that wrote it.",
            f"{run} 的格式为 {told.get('format')}，本程序读取 {FORMAT}；请使用写出它的版本。",
        )
        raise RunError(str(message))
    return dict(told)


def _read_tables(run: Path, told: dict[str, Any], travel: TravelLike, base: Plan | None) -> Plan:
    flows, unplaced, outside, scores, findings, unchecked = (
        _read_table(run / f"{name}.csv")
        for name in ("assignment", "unplaced", "outside", "scorecard", "findings", "unchecked")
    )
    drawn = run / "zones.csv"
    zones = _read_table(drawn) if drawn.is_file() else pd.DataFrame(columns=list(ZONE_COLUMNS), dtype="str")
    assignments = {}
    for stage, record in told["assignments"].items():
        flow, left, away = [
            frame.loc[frame["stage"] == stage].reset_index(drop=True) for frame in (flows, unplaced, outside)
        ]
        notes = tuple(Text(note["en"], note["zh"]) for note in record["notes"])
        assignments[stage] = Assignment(
            stage,
            flow,
            left,
            away,
            record["method"],
            read_proof(record),
            record["seconds"],
            record["work"],
            notes,
            zones.loc[zones["stage"] == stage].reset_index(drop=True),
            Text(**record["words"]) if "words" in record else None,
            promises=tuple(record.get("promises", PROMISED.get(record["method"], ()))),
        )
    return Plan(
        name=told["name"],
        study=read_study(run / "study"),
        travel=travel,
        rules=Rules.from_table(told["rules"], told["profiles"], told["allowances"], told.get("steps", STEPS)),
        scenario=Scenario.from_mapping(told["scenario"]),
        assignments=assignments,
        base=base,
        districtings=read_districtings(run, told["districtings"]) if "districtings" in told else {},
        pairings=read_pairings(run, told["pairings"]) if "pairings" in told else {},
        staffing=read_staffing(run, told["staffing"]) if "staffing" in told else None,
        provenance=told["provenance"],
        judge=Judged(findings, unchecked),
        scorer=Scored(Scorecard(scores)),
    )


def _read_table(path: Path) -> pd.DataFrame:
    """Read a table with the types it had: an empty cell is an empty text or an unknown number."""
    table = read_csv(path, _TEXT)
    for column in table:
        if column in _TEXT:
            table[column] = table[column].astype("str").fillna("")
        elif column == "ok":
            known = {"True": True, "False": False, True: True, False: False}
            table[column] = table[column].map(known).astype("boolean")
        else:
            table[column] = table[column].astype(np.int64 if column == "grade" else np.float64)
    return table


def _read_travel(run: Path, told: list[dict[str, Any]]) -> TravelLike:
    loaded = {name: read_travel(run / Path(name).name) for name in dict.fromkeys(record["file"] for record in told)}
    if len(told) == 1 and told[0]["key"] is None:
        return loaded[told[0]["file"]]
    keys = [tuple(r["key"]) if isinstance(r["key"], list) else r["key"] for r in told]
    return {key: loaded[record["file"]] for key, record in zip(keys, told, strict=True)}
