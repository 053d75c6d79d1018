"""A plan over years as a run folder, whole or not at all, and back again."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.drawing import Drawn
from layout_planner.base.errors import RunError
from layout_planner.base.files import whole_folder
from layout_planner.base.messages import Text
from layout_planner.base.proof import read_proof
from layout_planner.base.tables import read_csv, write_csv
from layout_planner.plan.yearplan import YearRecord
from layout_planner.scenario import Scenario

YEARPLAN_MARKER = "yearplan.json"
FORMAT = 1
_TABLES = {"unplaced": "unplaced", "acts": "acts", "rooms": "rooms", "flows": "flows", "children": "children",
           "costs": "costs", "short": "short"}  # fmt: skip
_INDEXED = {"naive": "plan", "robust": "variant", "prices": "price"}
_TEXT = ("variant", "school_id", "name", "stage", "use", "do", "to", "host", "place_id", "part", "township_id",
         "way_out",
         "plan", "status", "price", "unit", "source", "mark")  # fmt: skip
_WHOLE = ("year", "decided", "entry", "lead")


def write_year_plan(plan: YearRecord, folder: str | os.PathLike[str], page: Drawn) -> Path:
    """Write a plan over years; see `YearPlan.write`."""
    try:
        with whole_folder(folder, YEARPLAN_MARKER) as part:
            for name in _TABLES:
                write_csv(getattr(plan, name), part / f"{name}.csv")
            for name, index in _INDEXED.items():
                write_csv(getattr(plan, name).rename_axis(index), part / f"{name}.csv", index=True)
            write_csv(plan.calendar().reset_index(), part / "calendar.csv")
            for variant, scenario in plan.scenarios.items():
                scenario.write(part / f"scenario_{variant}.yaml")
            page.save(part / "calendar.html")
            (part / YEARPLAN_MARKER).write_text(_json(plan), encoding="utf-8")
    except RunError:
        raise
    except OSError as error:
        told = Text(
            f"{folder} cannot be written ({error}); nothing was changed. Name another folder, or make room.",
            f"{folder} 无法写入（{error}），未作任何改动；请换一个文件夹或腾出空间。",
        )
        raise RunError(str(told)) from error
    return Path(folder)


def _json(plan: YearRecord) -> str:
    told: dict[str, object] = {
        "format": FORMAT, "years": plan.years, "stages": plan.stages, "variants": plan.variants, "known": plan.known,
        "limits": dict(plan.limits), "status": plan.status, "objective": _number(plan.objective),
        "bound": _number(plan.bound), "ended": plan.proof.ended, "seconds": plan.seconds,
        "work": {"unit": plan.proof.unit, **plan.work}, "notes": [vars(note) for note in plan.notes],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1, default=_plain) + "\n"


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else str(value)


def read_parts(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the fields of a plan over years.

    Raises
    ------
    RunError
        No such folder, or it holds something else.
    """
    path = Path(folder)
    try:
        told = json.loads((path / YEARPLAN_MARKER).read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise ValueError(f"format {told['format']}")
        tables = {name: _read(path / f"{name}.csv") for name in _TABLES}
        tables |= {name: _read(path / f"{name}.csv").set_index(index) for name, index in _INDEXED.items()}
        scenarios = {variant: Scenario.read(path / f"scenario_{variant}.yaml") for variant in told["variants"]}
        proof = read_proof(told).with_(ended=told["ended"])
    except (OSError, ValueError, KeyError) as error:
        message = Text(
            f"{path} is not a run folder of plan-years ({error}). Name the folder that plan-years --out wrote.",
            f"{path} 不是 plan-years 的结果文件夹（{error}）；请给出 plan-years --out 写出的文件夹。",
        )
        raise RunError(str(message)) from error
    work = {name: value for name, value in told["work"].items() if name != "unit"}
    return dict(
        years=tuple(told["years"]), stages=tuple(told["stages"]), variants=tuple(told["variants"]),
        known=told["known"], **tables, scenarios=scenarios, limits=told["limits"], proof=proof,
        seconds=float(told["seconds"]), work=work, notes=tuple(Text(n["en"], n["zh"]) for n in told["notes"]),
    )  # fmt: skip


def _read(path: Path) -> pd.DataFrame:
    table = read_csv(path, _TEXT)
    for column in table:
        if column in _TEXT:
            table[column] = table[column].astype(object).fillna("").astype("str")
        elif column == "private":
            table[column] = table[column].astype(str).eq("True")
        else:
            table[column] = table[column].astype(np.int64 if column in _WHOLE else np.float64)
    return table
