"""Management districts, pairs and groups in the run folder: tables people read, and what gives them back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.base.proof import read_proof
from layout_planner.base.tables import read_csv, write_csv
from layout_planner.plan.districting import DIAGNOSIS_COLUMNS, PAIR_COLUMNS, TERM_COLUMNS, Districting, Pairing
from layout_planner.study import Study

DISTRICT_COLUMNS = (
    "stage", "district", "kind", "id", "name", "unit", "townships", "population", "pupils",
)  # fmt: skip
"""Rows of districting.csv: kind = unit (what was divided, with what the windows bind), school or lead."""

_NUMBERS = ("objective", "bound", "gap", "seconds")


def write_districtings(districtings: Mapping[str, Districting], study: Study, folder: Path) -> dict[str, object]:
    """Write districting.csv and district_edges.csv; gives what belongs into the provenance, by stage."""
    write_csv(
        pd.concat([_rows(d, study) for d in districtings.values()], ignore_index=True), folder / "districting.csv"
    )
    edges = [d.edges.assign(stage=stage) for stage, d in districtings.items()]
    write_csv(pd.concat(edges, ignore_index=True), folder / "district_edges.csv")
    return {stage: _told(found) for stage, found in districtings.items()}


def _rows(found: Districting, study: Study) -> pd.DataFrame:
    homes = found.school_district.attrs.get("unit", {})
    units = found.units.rename_axis("id").reset_index()
    units = units.assign(district=found.district_of.reindex(found.units.index).to_numpy(), kind="unit", unit="")
    schools = pd.DataFrame(
        {
            "district": found.school_district.to_numpy(),
            "kind": np.where(found.school_district.index.isin(found.lead_of), "lead", "school"),
            "id": found.school_district.index,
            "name": [study.school_name(school) for school in found.school_district.index],
            "unit": [homes.get(school, "") for school in found.school_district.index],
        }
    )
    return (
        pd.concat([units, schools], ignore_index=True).assign(stage=found.stage).reindex(columns=list(DISTRICT_COLUMNS))
    )


def _told(found: Districting) -> dict[str, object]:
    keys = ("method", "status", *_NUMBERS, "work", "notes", "inside")
    told = {key: getattr(found, key) for key in keys}
    told |= {"lead_of": dict(found.lead_of), "lead_units": dict(found.lead_units)}
    told["unit_index"] = found.district_of.index.name
    for name in ("windows", "lead_shares"):
        told[name] = {str(key): dict(row) for key, row in getattr(found, name).iterrows()}
    return told | {name: getattr(found, name).to_dict("records") for name in ("terms", "diagnosis")}


def read_districtings(folder: Path, told: Mapping[str, Any]) -> dict[str, Districting]:
    """Read districtings back; their terms can be shown, but not worked out again (see `Districting.evaluate`)."""
    rows = _read(folder / "districting.csv", ("stage", "district", "kind", "id", "name", "unit"))
    edges = _read(folder / "district_edges.csv", ("stage", "a", "b", "link"))
    return {
        stage: _districting(
            stage,
            rows.loc[rows["stage"] == stage],
            edges.loc[edges["stage"] == stage].drop(columns="stage").reset_index(drop=True),
            record,
        )
        for stage, record in told.items()
    }


def _districting(stage: str, rows: pd.DataFrame, edges: pd.DataFrame, told: Mapping[str, Any]) -> Districting:
    units = rows.loc[rows["kind"] == "unit"].set_index("id").rename_axis(told["unit_index"])
    schools = rows.loc[rows["kind"] != "unit"].set_index("id").rename_axis("school_id")
    school_district = schools["district"].copy()
    school_district.attrs["unit"] = {school: unit for school, unit in schools["unit"].items() if unit}
    names = list(told["windows"])
    windows = pd.DataFrame.from_dict(told["windows"], orient="index", columns=["low", "high"]).rename_axis("window")
    shares = pd.DataFrame.from_dict(told["lead_shares"], orient="index", columns=names)
    return Districting(
        stage=stage,
        district_of=units["district"].copy(),
        lead_of=_texts(told["lead_of"], "lead").rename_axis("district"),
        school_district=school_district,
        units=units[["name", *names]].astype(dict.fromkeys(names, np.int64)),
        edges=edges,
        windows=windows.astype(np.int64),
        lead_shares=shares,
        inside=bool(told["inside"]),
        lead_units=_texts(told["lead_units"], None),
        terms=pd.DataFrame(told["terms"], columns=list(TERM_COLUMNS)),
        evaluate=None,
        method=told["method"],
        proof=read_proof(told),
        seconds=float(told["seconds"]),
        work=told["work"],
        diagnosis=pd.DataFrame(told["diagnosis"], columns=list(DIAGNOSIS_COLUMNS)),
        notes=_notes(told),
    )


def write_pairings(pairings: Mapping[str, Pairing], folder: Path) -> dict[str, object]:
    """Write pairs.csv and pairs_effect.csv; gives what belongs into the provenance, by stage."""
    tables = [p.table.assign(stage=stage) for stage, p in pairings.items()]
    effects = [p.effect.reset_index().assign(stage=stage) for stage, p in pairings.items()]
    write_csv(pd.concat(tables, ignore_index=True), folder / "pairs.csv")
    write_csv(pd.concat(effects, ignore_index=True), folder / "pairs_effect.csv")
    keys = ("status", "objective", "bound", "gap", "seconds", "unmatched", "rule", "notes")
    return {stage: {key: getattr(p, key) for key in keys} for stage, p in pairings.items()}


def read_pairings(folder: Path, told: Mapping[str, Any]) -> dict[str, Pairing]:
    """Read pairings back."""
    table = _read(folder / "pairs.csv", ("stage", "core", "member"))
    effect = _read(folder / "pairs_effect.csv", ("stage", "group", "indicator"))
    found = {}
    for stage, record in told.items():
        mine = effect.loc[effect["stage"] == stage].drop(columns="stage")
        found[stage] = Pairing(
            stage=stage,
            table=table.loc[table["stage"] == stage, list(PAIR_COLUMNS)].reset_index(drop=True),
            unmatched=tuple(record["unmatched"]),
            proof=read_proof(record),
            seconds=float(record["seconds"]),
            effect=mine.set_index(["group", "indicator"]),
            rule=Text(record["rule"]["en"], record["rule"]["zh"]),
            notes=_notes(record),
        )
    return found


def _texts(values: Mapping[str, str], name: str | None) -> pd.Series[str]:
    return pd.Series(list(values.values()), index=list(values), name=name, dtype="str")


def _notes(told: Mapping[str, Any]) -> tuple[Text, ...]:
    return tuple(Text(note["en"], note["zh"]) for note in told["notes"])


def _read(path: Path, text: tuple[str, ...]) -> pd.DataFrame:
    table = read_csv(path, text)
    for column in table:
        known = column in text
        # First the type: a column without any text is read as numbers.
        table[column] = table[column].astype("str").fillna("") if known else table[column].astype(np.float64)
    return table
