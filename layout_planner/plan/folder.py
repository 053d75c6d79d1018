"""The run folder: a plan as files, whole or not at all, and back again."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.drawing import draw
from layout_planner.base.errors import RunError
from layout_planner.base.files import whole_folder
from layout_planner.base.messages import Text
from layout_planner.base.tables import write_csv
from layout_planner.plan.district_files import write_districtings, write_pairings
from layout_planner.plan.record import PlanRecord
from layout_planner.plan.staffing_files import nameless, write_staffing
from layout_planner.policy import class_limit
from layout_planner.study import write_study
from layout_planner.travel import Travel, TravelLike, write_travel

MARKER = "provenance.json"
FORMAT = 2


def write_plan(plan: PlanRecord, folder: str | os.PathLike[str]) -> Path:
    """Write a plan; see `Plan.write`."""
    try:
        return _write(plan, folder)
    except RunError:
        raise
    except OSError as error:
        message = Text(
            f"{folder} cannot be written ({error}); nothing was changed. Name another folder, or make room.",
            f"{folder} 无法写入（{error}），未作任何改动；请换一个文件夹或腾出空间。",
        )
        raise RunError(str(message)) from error


def _write(plan: PlanRecord, folder: str | os.PathLike[str]) -> Path:
    with whole_folder(folder, MARKER) as part:
        _write_tables(plan, part)
        write_study(nameless(plan.study), part / "study")
        told = _provenance(plan)
        if plan.staffing is not None:
            told["staffing"] = write_staffing(plan.staffing, part)
        if plan.districtings:
            told["districtings"] = write_districtings(plan.districtings, plan.study, part)
        if plan.pairings:
            told["pairings"] = write_pairings(plan.pairings, part)
        told["travel"] = _write_travel(plan.travel, part)
        if plan.base is not None:
            base = part / "base"
            base.mkdir()
            _write_tables(plan.base, base)
            write_study(nameless(plan.base.study), base / "study")
            (base / MARKER).write_text(_json(_provenance(plan.base)), encoding="utf-8")
        draw("layers.write_layers", plan, part / "plan.gpkg", room="papers")
        plan.map().save(part / "map.html")
        (part / MARKER).write_text(_json(told), encoding="utf-8")
    return Path(folder)


def _write_tables(plan: PlanRecord, folder: Path) -> None:
    write_csv(plan.flows, folder / "assignment.csv")
    write_csv(plan.unplaced, folder / "unplaced.csv")
    write_csv(plan.outside, folder / "outside.csv")
    write_csv(school_table(plan), folder / "schools.csv")
    zones = [a.zones for a in plan.assignments.values() if len(a.zones)]
    if zones:
        write_csv(pd.concat(zones, ignore_index=True), folder / "zones.csv")
    write_csv(plan.scorecard.table, folder / "scorecard.csv")
    write_csv(plan.findings, folder / "findings.csv")
    write_csv(plan.unchecked, folder / "unchecked.csv")


def school_table(plan: PlanRecord) -> pd.DataFrame:
    """List every school and stage: state, roll of today and of the plan, seats, load."""
    parts = []
    for stage, assignment in plan.assignments.items():
        study = plan.study
        seats = study.seats(stage, class_limit(plan.rules, stage))
        table = pd.DataFrame(
            {
                "school_id": seats.index,
                "name": [study.school_name(school) for school in seats.index],
                "stage": stage,
                "state": study.schools["state"].reindex(seats.index).to_numpy(),
                "seats": seats.replace(np.inf, np.nan).to_numpy(),
                "roll": assignment.roll().reindex(seats.index, fill_value=0.0).to_numpy(),
            }
        )
        if plan.base is not None and stage in plan.base.assignments:
            before = plan.base.assignments[stage].roll()
            table["roll_before"] = before.reindex(seats.index, fill_value=0.0).to_numpy()
        table["load"] = (table["roll"] / table["seats"]).where(table["seats"] > 0)
        parts.append(table)
    columns = ["school_id", "name", "stage", "state", "seats", "roll", "load"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _provenance(plan: PlanRecord) -> dict[str, object]:
    return {
        "format": FORMAT,
        "name": plan.name,
        "status": plan.status,
        "scenario": plan.scenario.as_mapping(),
        "rules": plan.rules.table(),
        "profiles": list(plan.rules.profiles),
        "allowances": plan.rules.allowance_table(),
        "steps": list(plan.rules.steps),
        "assignments": {
            stage: {
                key: getattr(a, key)
                for key in ("method", "promises", "status", "objective", "bound", "gap", "seconds", "work", "notes")
            }
            | ({} if a.words is None else {"words": a.words})
            for stage, a in plan.assignments.items()
        },
        "provenance": dict(plan.provenance),
    }


def _json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, indent=1, allow_nan=False)


def _plain(value: object) -> object:
    """Make a value JSON can hold; what is not finite becomes null."""
    if isinstance(value, Text):
        return {"en": value.en, "zh": value.zh}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | bool | None) else str(value)


def _write_travel(travel: TravelLike, folder: Path) -> list[dict[str, object]]:
    """Write each travel once; say which stage and band uses which."""
    pairs: list[tuple[Any, Travel]] = [(None, travel)] if isinstance(travel, Travel) else list(travel.items())
    files: dict[Travel, str] = {}
    for _, one in pairs:
        if one not in files:
            files[one] = f"travel_{one.mode}{'' if not files else f'_{len(files) + 1}'}.parquet"
            write_travel(one, folder / files[one])
    return [{"key": key, "file": files[one]} for key, one in pairs]
