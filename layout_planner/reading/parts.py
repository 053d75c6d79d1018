"""A section's table from several files, layers or sheets: read one by one, then set under each other by meaning."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.formats.tables import RawTable, read_table, resolve_inside
from layout_planner.reading.config import Part, StudyFile
from layout_planner.reading.gate import constant
from layout_planner.reading.rasters import RASTER_SUFFIXES, read_population
from layout_planner.study.headers import recognise
from layout_planner.study.stages import USUAL, Calendar, read_calendar
from layout_planner.study.units import Unit, counted_in, unit_meant

Seen = dict[tuple[str | None, ...], RawTable]


def read_section(file: StudyFile, name: str, wanted: Collection[str], seen: Seen) -> tuple[RawTable, list[Fault]]:
    """Read the table of a section.

    Parameters
    ----------
    file
        The study file.
    name
        The section.
    wanted
        Headers the study file names.
    seen
        Files that have been read: one may serve several sections. Added to.

    Returns
    -------
    tuple
        The table, several parts set under each other, and the warnings of what was read now.

    Raises
    ------
    DataError
        A part cannot be read, or the parts do not fit together: every fault of every part.
    """
    section = file.tables[name]
    faults: list[Fault] = []
    told: list[Fault] = []
    raws: list[RawTable] = []
    parts = section.parts
    for part in parts:
        source = (part.file, part.layer, part.sheet, section.encoding)
        try:
            if source not in seen:
                seen[source] = _read(file, name, part, wanted)
                told += seen[source].told
            raws.append(seen[source])
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    if len(parts) == 1:
        return raws[0], told
    calendar = read_calendar(file.header.calendar) or USUAL
    return _under_each_other(name, raws, parts, dict(section.columns), calendar), told


def _read(file: StudyFile, name: str, part: Part, wanted: Collection[str]) -> RawTable:
    """Read one part: a table or layer, or for the places a raster of people."""
    section = file.tables[name]
    if name == "places" and part.file.lower().endswith(RASTER_SUFFIXES):
        frame, points, crs = read_population(resolve_inside(file.folder, part.file), part.file, section.cell)
        return RawTable(part.file, frame, np.arange(2, len(frame) + 2), points, crs)
    return read_table(file.folder, part.file, part.layer, part.sheet, section.encoding, wanted)


@dataclass(frozen=True, eq=False)
class _Named:
    """A part with its columns named as the first part names them.

    `meant` gives the common header of a canonical column, `own` the part's own.
    """

    raw: RawTable
    frame: pd.DataFrame
    meant: dict[str, str]
    own: dict[str, str]


def _under_each_other(
    name: str, raws: Sequence[RawTable], parts: Sequence[Part], given: dict[str, str], calendar: Calendar
) -> RawTable:
    """Set tables under each other: columns of one meaning become one, whatever their headers."""
    shaped = [raw.geometry is not None for raw in raws]
    if any(shaped) and not all(shaped):
        told = Text("some of its files have shapes and some have not.", "各文件中有的带图形，有的不带。")
        mend = Text("give them in one kind of file.", "请统一文件类型。")
        raise DataError([Fault(raws[shaped.index(False)].file, told, mend)])
    header_of: dict[str, str] = {}
    named = [_rename(name, raw, part, given, header_of, calendar) for raw, part in zip(raws, parts, strict=True)]
    labels = [_label(raw, part, parts) for raw, part in zip(raws, parts, strict=True)]
    frame = pd.concat([one.frame for one in named], ignore_index=True)
    spread = {
        column: np.concatenate([_mask(one, column) for one in named])
        for column in dict.fromkeys(c for one in named for c in one.raw.spread)
    }
    geometry, crs = _shapes(raws)
    columns = dict.fromkeys((column, header) for one in named for column, header in one.meant.items())
    units = {header: mixed for column, header in columns if (mixed := _units(named, column)) is not None}
    return RawTable(
        ", ".join(dict.fromkeys(labels)),
        frame,
        np.concatenate([raw.rows for raw in raws]),
        geometry,
        crs,
        separator=next((raw.separator for raw in raws if raw.separator), ""),
        spread=spread,
        files=np.repeat(np.array(labels, dtype=object), [len(raw.rows) for raw in raws]),
        units=raws[0].units,
        unit_of=units,
    )


def _rename(
    name: str, raw: RawTable, part: Part, given: dict[str, str], header_of: dict[str, str], calendar: Calendar
) -> _Named:
    """Name the columns of one part by the headers of the parts before it; adds to these what is new."""
    headers = [str(header) for header in raw.frame.columns]
    mine = {c: h for c, h in given.items() if h in headers}
    meant = recognise(name, headers, mine, raw.frame, calendar)
    names: dict[str, str] = {}
    for canonical, found in meant.items():
        if len(found) == 1:
            names.setdefault(found[0], header_of.setdefault(canonical, found[0]))
    frame = raw.frame.rename(columns=names)
    for canonical, value in part.set.items():
        header = header_of.setdefault(canonical, canonical)
        frame[header] = pd.Series([constant(value)] * len(frame), index=frame.index, dtype="str")
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        told = Text("two columns mean the same once the files are set together.", "各文件合并后有两列含义相同。")
        raise DataError([Fault(raw.file, told, Text("rename one.", "请改名其中一列。"), row=1, column=str(twice[0]))])
    spread = {names.get(column, column): mask for column, mask in raw.spread.items()}
    own = {canonical: found[0] for canonical, found in meant.items() if len(found) == 1}
    return _Named(replace(raw, spread=spread), frame, {c: header_of[c] for c in own}, own)


def _units(named: Sequence[_Named], column: str) -> np.ndarray | None:
    """Give the unit of each record where the parts do not count a column in one unit (总人口（万人） and 总人口）."""
    if not counted_in(column):
        return None
    units = [_unit(one, column) for one in named]
    first = next(unit for one, unit in zip(named, units, strict=True) if column in one.own)
    if all(unit == first for one, unit in zip(named, units, strict=True) if column in one.own):
        return None
    mixed = np.empty(len(units), dtype=object)
    mixed[:] = units
    return np.repeat(mixed, [len(one.raw.rows) for one in named])


def _unit(one: _Named, column: str) -> Unit | None:
    if column not in one.own:
        return None
    try:
        return unit_meant(one.raw.units, column, one.own[column])
    except ValueError as error:
        told = Text(f"the title names several units ({error}).", f"标题注明多个单位（{error}）。")
        mend = Text("write the unit into the header, in brackets.", "请写入表头，如“…（亩）”。")
        raise DataError([Fault(one.raw.file, told, mend, row=1, column=one.own[column])]) from error


def _mask(one: _Named, column: str) -> np.ndarray:
    return np.asarray(one.raw.spread.get(column, np.zeros(len(one.frame), dtype=bool)))


def _label(raw: RawTable, part: Part, parts: Sequence[Part]) -> str:
    """Name a part in faults: by its file, and its layer or sheet where the file has several."""
    inside = part.layer or part.sheet
    return f"{raw.file} [{inside}]" if inside and sum(p.file == part.file for p in parts) > 1 else raw.file


def _shapes(raws: Sequence[RawTable]) -> tuple[gpd.GeoSeries | None, object]:
    if raws[0].geometry is None:
        return None, None
    crs = raws[0].crs
    shapes = []
    for raw in raws:
        assert raw.geometry is not None
        if raw.crs != crs and (raw.crs is None or crs is None):
            told = Text("some of its layers have a CRS and some have not.", "各图层中有的带坐标系，有的不带。")
            raise DataError([Fault(raw.file, told, Text("save all of them with one.", "请统一写入坐标系。"))])
        same = raw.crs is None or raw.crs == crs
        shapes.append(
            raw.geometry if same else raw.geometry.set_crs(raw.crs).to_crs(crs).set_crs(None, allow_override=True)
        )
    return gpd.GeoSeries(pd.concat(shapes, ignore_index=True)), crs
