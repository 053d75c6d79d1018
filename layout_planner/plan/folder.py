"""The run folder: a plan as files, whole or not at all, and back again."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layout_planner.base.errors import LayoutPlannerError, RunError
from layout_planner.base.files import whole_folder
from layout_planner.base.messages import Text
from layout_planner.base.proof import read_proof
from layout_planner.base.tables import read_csv, write_csv
from layout_planner.plan.district_files import read_districtings, read_pairings, write_districtings, write_pairings
from layout_planner.plan.staffing_files import nameless, read_staffing, write_staffing
from layout_planner.plan.types import ZONE_COLUMNS, Assignment, Judged, Plan, Renderer, Scorecard
from layout_planner.plan.zones import draw_zones, zoned_stages
from layout_planner.policy import Rules, class_limit
from layout_planner.scenario import Scenario
from layout_planner.study import read_study, write_study
from layout_planner.travel import Travel, TravelLike, read_travel, write_travel

MARKER = "provenance.json"
FORMAT = 2
_TEXT = (
    "place_id", "school_id", "stage", "group", "how", "reason", "id", "rule", "what", "name", "source", "kind", "unit",
    "better", "severity", "measure", "scope", "grades", "overridden_because", "missing",
)  # fmt: skip


def write_plan(plan: Plan, folder: str | os.PathLike[str], renderer: Renderer | None) -> Path:
    """Write a plan; see `Plan.write`."""
    try:
        return _write(plan, folder, renderer)
    except RunError:
        raise
    except OSError as error:
        message = Text(
            f"{folder} cannot be written ({error}); nothing was changed. Name another folder, or make room.",
            f"{folder} 无法写入（{error}），未作任何改动；请换一个文件夹或腾出空间。",
        )
        raise RunError(str(message)) from error


def _write(plan: Plan, folder: str | os.PathLike[str], renderer: Renderer | None) -> Path:
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
        _write_layers(plan, part / "plan.gpkg")
        if renderer is not None:
            renderer(plan).save(part / "map.html")
        (part / MARKER).write_text(_json(told), encoding="utf-8")
    return Path(folder)


def read_plan(folder: str | os.PathLike[str]) -> Plan:
    """Read a plan back from its run folder.

    Raises
    ------
    RunError
        The folder is not a run, or of a newer version of this program.
    DataError
        The study inside is damaged.
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


def _write_tables(plan: Plan, folder: Path) -> None:
    write_csv(plan.flows, folder / "assignment.csv")
    write_csv(plan.unplaced, folder / "unplaced.csv")
    write_csv(plan.outside, folder / "outside.csv")
    write_csv(_schools(plan), folder / "schools.csv")
    zones = [a.zones for a in plan.assignments.values() if len(a.zones)]
    if zones:
        write_csv(pd.concat(zones, ignore_index=True), folder / "zones.csv")
    write_csv(plan.scorecard.table, folder / "scorecard.csv")
    write_csv(plan.findings, folder / "findings.csv")
    write_csv(plan.unchecked, folder / "unchecked.csv")


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
        )
    return Plan(
        name=told["name"],
        study=read_study(run / "study"),
        travel=travel,
        rules=Rules.from_table(told["rules"], told["profiles"], told["allowances"]),
        scenario=Scenario.from_mapping(told["scenario"]),
        assignments=assignments,
        base=base,
        districtings=read_districtings(run, told["districtings"]) if "districtings" in told else {},
        pairings=read_pairings(run, told["pairings"]) if "pairings" in told else {},
        staffing=read_staffing(run, told["staffing"]) if "staffing" in told else None,
        scorecard=Scorecard(scores),
        judge=Judged(findings, unchecked),
        provenance=told["provenance"],
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


def _schools(plan: Plan) -> pd.DataFrame:
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


def _write_layers(plan: Plan, path: Path) -> None:
    study = plan.study
    table = _schools(plan)
    points = gpd.GeoDataFrame(
        table, geometry=study.schools.geometry.reindex(table["school_id"]).to_numpy(), crs=study.crs
    )
    points.to_file(path, layer="schools", driver="GPKG")
    places = study.places[["name", "geometry"] if "name" in study.places else ["geometry"]].reset_index()
    for stage, assignment in plan.assignments.items():
        places[f"school_{stage}"] = places["place_id"].map(assignment.school_of())
    places.to_file(path, layer="places", driver="GPKG")
    for stage in zoned_stages(plan):
        draw_zones(plan, stage).reset_index().to_file(path, layer=f"zones_{stage}", driver="GPKG")


def _provenance(plan: Plan) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": plan.name,
        "status": plan.status,
        "scenario": plan.scenario.as_mapping(),
        "rules": plan.rules.table(),
        "profiles": list(plan.rules.profiles),
        "allowances": plan.rules.allowance_table(),
        "assignments": {
            stage: {
                key: getattr(a, key)
                for key in ("method", "status", "objective", "bound", "gap", "seconds", "work", "notes")
            }
            for stage, a in plan.assignments.items()
        },
        "provenance": dict(plan.provenance),
    }


def _json(value: object) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, indent=1, allow_nan=False)


def _plain(value: object) -> Any:
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


def _write_travel(travel: TravelLike, folder: Path) -> list[dict[str, Any]]:
    """Write each travel once; say which stage and band uses which."""
    pairs: list[tuple[Any, Travel]] = [(None, travel)] if isinstance(travel, Travel) else list(travel.items())
    files: dict[int, str] = {}
    for _, one in pairs:
        if id(one) not in files:
            files[id(one)] = f"travel_{one.mode}{'' if not files else f'_{len(files) + 1}'}.parquet"
            write_travel(one, folder / files[id(one)])
    return [{"key": key, "file": files[id(one)]} for key, one in pairs]


def _read_travel(run: Path, told: list[dict[str, Any]]) -> TravelLike:
    loaded = {name: read_travel(run / Path(name).name) for name in dict.fromkeys(record["file"] for record in told)}
    if len(told) == 1 and told[0]["key"] is None:
        return loaded[told[0]["file"]]
    keys = [tuple(r["key"]) if isinstance(r["key"], list) else r["key"] for r in told]
    return {key: loaded[record["file"]] for key, record in zip(keys, told, strict=True)}
