"""Writing a study as a folder that `read_study` reads back with equal content."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from layout_planner.base.files import whole_folder
from layout_planner.study.cells import NO_GRADES
from layout_planner.study.columns import IDS, METRES, STUDY_FILE
from layout_planner.study.record import StudyRecord
from layout_planner.study.stages import STAGES, format_grades, grade_label
from layout_planner.study.tidy import MIGRANT, TIDY


def write_study(study: StudyRecord, folder: str | os.PathLike[str]) -> Path:
    """Write a study as a folder, whole or not at all.

    Parameters
    ----------
    study
        Any study, an edited one too.
    folder
        The folder to make. One that exists is replaced only if it holds a study.toml.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    RunError
        The folder exists and is something else.

    Notes
    -----
    Tables go to (Geo)Parquet, which keeps types and every digit. What the input gave by stage is written by grade, as
    it was spread; every statement made on the way is kept.

    Examples
    --------
    >>> folder = lp.write_study(lp.sample("fuxi"), "county")
    >>> folder.name, (folder / "study.toml").is_file()
    ('county', True)
    """
    with whole_folder(folder, STUDY_FILE) as part:
        sections: dict[str, str] = {}
        _write_frame(_places(study), "places", part, sections)
        if len(study.townships):
            _write_frame(study.townships.reset_index(), "townships", part, sections)
        if len(study.schools):
            _write_frame(_schools(study), "schools", part, sections)
        if len(study.sites):
            _write_frame(study.sites.reset_index(), "sites", part, sections)
        for name in ("rolls", "attendance", "births", "classes"):
            _write_tidy(getattr(study, name), name, part, sections)
        _write_frame(study.adjacency, "adjacency", part, sections)
        if study.roads is not None:
            _write_frame(study.roads, "roads", part, sections)
        for name, table in study.extra.items():
            _write_frame(table.reset_index() if name in IDS else table, name, part, sections)
        travel = _write_travel(study, part)
        if study.elevation is not None:
            copied = "elevation" + Path(study.elevation).suffix
            shutil.copyfile(study.elevation, part / copied)
            sections["elevation"] = copied
        (part / STUDY_FILE).write_text(_toml(study, sections, travel), encoding="utf-8")
    return Path(folder)


def _places(study: StudyRecord) -> gpd.GeoDataFrame:
    frame = study.places.reset_index()
    for lead, groups in (("pupils", None), ("migrants", (MIGRANT,))):
        counted = study.pupils if groups is None else study.pupils.loc[study.pupils["group"].isin(groups)]
        wide = counted.pivot_table(index="place_id", columns=["stage", "grade"], values="pupils", aggfunc="sum")
        for stage, grade in sorted(wide.columns, key=lambda c: (STAGES.index(c[0]), c[1])):
            amounts = wide[(stage, grade)].reindex(study.places.index).fillna(0.0)
            frame[f"{lead}_{stage}_{grade_label(grade)}"] = amounts.to_numpy(dtype=np.float64)
    if not len(study.pupils):
        frame[f"pupils_{STAGES[1]}"] = 0.0
    return frame


def _schools(study: StudyRecord) -> gpd.GeoDataFrame:
    """One row a school and stage, in the order of the schools; a school without offers keeps one row."""
    offers = study.offers.reset_index()
    offers["rank"] = offers["stage"].map({stage: i for i, stage in enumerate(STAGES)})
    offers = offers.sort_values("rank", kind="stable").drop(columns="rank")
    offers["grades"] = [format_grades(g) or NO_GRADES for g in offers["grades"]]
    schools = study.schools.reset_index()
    joined = schools.assign(_order=range(len(schools))).merge(offers, on="school_id", how="left")
    return joined.sort_values("_order", kind="stable", ignore_index=True).drop(columns="_order")


def _write_frame(frame: pd.DataFrame, name: str, part: Path, sections: dict[str, str]) -> None:
    if not len(frame):
        return
    file = f"{name}.parquet"
    if isinstance(frame, gpd.GeoDataFrame) and frame.geometry.notna().any():
        frame.to_parquet(part / file, index=False, compression="zstd")
    else:
        plain = frame.drop(columns="geometry", errors="ignore")
        pd.DataFrame(plain).to_parquet(part / file, index=False, compression="zstd")
    sections[name] = file


def _write_tidy(table: pd.DataFrame, name: str, part: Path, sections: dict[str, str]) -> None:
    if not len(table):
        return
    shown = table[list(TIDY[name])].copy()
    if "grade" in shown:
        shown["grade"] = shown["grade"].map(grade_label)
    _write_frame(shown, name, part, sections)


def _write_travel(study: StudyRecord, part: Path) -> dict[str, str]:
    files: dict[str, str] = {}
    for mode, minutes in study.given_travel.items():
        if mode.endswith(METRES):
            continue
        long = _long(minutes, "minutes")
        metres = study.given_travel.get(mode + METRES)
        if metres is not None:
            aligned = metres.reindex(index=minutes.index, columns=minutes.columns)
            long["metres"] = aligned.to_numpy(dtype=np.float64).ravel()
        files[mode] = f"travel_{len(files) + 1}.parquet"
        long.to_parquet(part / files[mode], index=False, compression="zstd")
    return files


def _long(table: pd.DataFrame, name: str) -> pd.DataFrame:
    places, sites = np.repeat(np.asarray(table.index), table.shape[1]), np.tile(np.asarray(table.columns), len(table))
    values = table.to_numpy(dtype=np.float64).ravel()
    return pd.DataFrame({"place_id": places, "school_id": sites, name: values}).astype(
        {"place_id": "str", "school_id": "str"}
    )


def _toml(study: StudyRecord, sections: dict[str, str], travel: dict[str, str]) -> str:
    lines = [
        f"name = {_text(study.name)}",
        f"year = {study.year}",
        f"calendar = {_text(study.calendar)}",
        f"crs = {_text(study.crs)}",
        f"simulated = {str(study.simulated).lower()}",
        f"demand_base = {_text(study.demand_base)}",
    ]
    if study.sources.get("note"):
        lines.append(f"note = {_text(study.sources['note'])}")
    if _is_edited(study):
        lines.append("edited = true      # rolls and attendance are those before the edits")
    statements = study.sources.get("statements", ())
    if statements:
        told = [f"  {{ en = {_text(s.en)}, zh = {_text(s.zh)} }}," for s in statements]
        lines += ["statements = [", *told, "]"]
    for name, file in sections.items():
        lines += ["", f"[{name}]", f"file = {_text(file)}"]
    for mode, file in travel.items():
        lines += ["", f"[travel.{_text(mode)}]", f"file = {_text(file)}"]
    return "\n".join(lines) + "\n"


def _is_edited(study: StudyRecord) -> bool:
    """Tell whether rolls or attendance name a stage or grade that its school has given up since."""
    grades = {key: set(offered) for key, offered in study.offers["grades"].items()}
    for table in (study.rolls, study.attendance):
        keys = table[["school_id", "stage", "grade"]].drop_duplicates().itertuples(index=False, name=None)
        if any(grade not in grades.get((school, stage), ()) for school, stage, grade in keys):
            return True
    return False


def _text(value: object) -> str:
    """Write a TOML string; JSON's are the same but for one control character."""
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
