"""`read_study` and `check_study`: the way of the files through the gate to a `Study`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from layout_planner.base.errors import DataError, Fault, refuse
from layout_planner.base.files import digest_file, digest_parts
from layout_planner.base.messages import Text
from layout_planner.formats.limits import damaged
from layout_planner.formats.tables import resolve_inside
from layout_planner.reading import build
from layout_planner.reading.agreeing import agree
from layout_planner.reading.axes import check_axes
from layout_planner.reading.config import StudyFile, find_study_file, read_study_file
from layout_planner.reading.coordinates import choose_metric, degrees_of, is_metric, locate, parse_epsg, to_metric
from layout_planner.reading.dasymetry import share_out
from layout_planner.reading.elevation import check_elevation
from layout_planner.reading.evidence import (
    locate_rows,
    tell_crs,
    tell_recognised,
    warn_borders,
    weigh_coordinates,
)
from layout_planner.reading.faults import Faults, Table
from layout_planner.reading.gaps import warn_of_blanks, warn_of_gaps
from layout_planner.reading.gate import check_table
from layout_planner.reading.offers import without_early_years
from layout_planner.reading.parts import Seen, read_section
from layout_planner.reading.plausible import warn_foreign, warn_unlikely
from layout_planner.reading.positions import check_positions
from layout_planner.reading.references import check_references
from layout_planner.reading.sense import check_sense
from layout_planner.reading.through import divide_all_through, state_divided
from layout_planner.reading.transformations import HOW, find_doubt
from layout_planner.reading.travel_tables import read_given_travel
from layout_planner.reading.zones import zone_places
from layout_planner.roads.layers import DIRECTIONS, NO_ROADS, UNKNOWN
from layout_planner.roads.osm import from_graph
from layout_planner.roads.reader import read_roads, roads_from_lines
from layout_planner.study.adjacency import neighbours
from layout_planner.study.stages import STAGE_NAMES, USUAL, read_calendar
from layout_planner.study.types import Study

if TYPE_CHECKING:
    import networkx as nx

NETWORK_SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.bz2", ".osm.gz", ".graphml")
"""Roads that are no layer; `roads.read_roads` reads them."""

MOST_FOR_ADJACENCY = 300_000
"""Places of a larger table (a province's) get no neighbours unless they are asked for: it would double the time."""

_OWN_FIELDS = (
    "places", "townships", "schools", "sites", "rolls", "attendance", "births", "classes", "adjacency", "roads"
)  # fmt: skip


def read_study(path: str | os.PathLike[str], *, roads: nx.MultiDiGraph | gpd.GeoDataFrame | None = None) -> Study:
    """Read a study.

    Parameters
    ----------
    path
        A folder that holds study.toml, or a study file (.toml).
    roads
        Roads that are in memory already, in place of those the study file names: an osmnx graph, or lines as
        `roads.read_roads` gives them.

    Returns
    -------
    Study
        Checked; what was recognised, assumed and doubted is in `Study.sources`: "files" (file → SHA-256), "headers"
        (table → {column: header}), "statements" (sentences every result must carry), "warnings" (faults that did not
        stop it).

    Raises
    ------
    DataError
        Bad input: every fault at once, with file, spreadsheet row, column, value and mend.

    Examples
    --------
    >>> folder = lp.write_study(lp.sample("fuxi"), "county")  # any folder with a study.toml
    >>> study = lp.read_study(folder)
    >>> study.year, study.calendar, len(study.places), len(study.townships)
    (2023, '6+3+3', 1000, 33)
    """
    reading = _read(Path(path))
    if reading.study is None:
        raise DataError(_with_lines(reading.faults.errors, reading.file))
    return reading.study if roads is None else with_roads(reading.study, roads)


def with_roads(study: Study, roads: nx.MultiDiGraph | gpd.GeoDataFrame) -> Study:
    """Give a study other roads: an osmnx graph, or lines as `roads.read_roads` gives them.

    Raises
    ------
    DataError
        There are no roads in it, it is no graph of osmnx, or it does not say its CRS.
    """
    try:
        lines = roads if isinstance(roads, gpd.GeoDataFrame) else from_graph(roads)
        lines = lines.to_crs(study.crs)
    except (KeyError, AttributeError, ValueError) as error:
        raise refuse(
            f"the roads are neither a graph of osmnx nor lines with a CRS ({error})",
            f"所给道路既不是 osmnx 图，也不是带坐标系的线图层（{error}）",
            "hand in what osmnx.graph_from_… or roads.read_roads gives",
            "请传入 osmnx.graph_from_… 或 read_roads 的结果",
        ) from error  # fmt: skip
    if not len(lines):
        raise refuse("the graph holds no roads", "图中没有道路", "ask for a larger area", "请扩大范围")
    told = Text("The roads were handed in, not read from the study's files.", "道路由调用者给出，并非读自研究文件。")
    statements = (*study.sources.get("statements", ()), told)
    return study.with_(roads=lines, sources={**study.sources, "statements": statements})


@dataclass(frozen=True, eq=False)
class CheckReport:
    """What the check of a study found.

    Parameters
    ----------
    errors
        What stops the study from being read.
    warnings
        What does not, but should be looked at.
    study
        The study, where there are no errors.
    told
        What was recognised: files, headers, coordinate systems, and what the roads say of the coordinates.
    positions
        Where the rows lie that could be located: table, file, row, lon, lat.
    """

    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    study: Study | None
    told: tuple[Text, ...] = ()
    positions: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def table(self) -> pd.DataFrame:
        """All findings: level, file, row, column, value, message, mend."""
        levels = [("error", self.errors), ("warning", self.warnings)]
        rows = [{"level": level} | fault.as_dict() for level, faults in levels for fault in faults]
        return pd.DataFrame(rows, columns=["level", "file", "row", "column", "value", "message", "mend"])

    def __str__(self) -> str:
        name = "" if self.study is None else f"{self.study.name}: "
        counts = Text(
            f"{name}{len(self.errors)} errors, {len(self.warnings)} warnings.",
            f"{name}{len(self.errors)} 处错误，{len(self.warnings)} 处提醒。",
        )
        return "\n".join([str(counts), *(f"  {f.file} {f}" for f in (*self.errors, *self.warnings))])


@dataclass(eq=False)
class _Reading:
    """How far the reading of a study came."""

    faults: Faults
    file: StudyFile | None = None
    tables: dict[str, Table] = field(default_factory=dict)
    study: Study | None = None


def check_study(path: str | os.PathLike[str]) -> CheckReport:
    """Check a study without raising: every fault, every warning, and what was recognised.

    Beyond what `read_study` does, the declared coordinates are weighed against the roads (`datums`), and the borders
    of polygons against each other (`topology`). Nothing is changed by it.

    Parameters
    ----------
    path
        A folder that holds study.toml, or a study file (.toml).

    Returns
    -------
    CheckReport
        `errors`, `warnings`, both as one `table`, what was `told`, and the `study` where there are no errors.

    Examples
    --------
    >>> folder = lp.write_study(lp.sample("fuxi"), "county")
    >>> told = lp.check_study(folder)
    >>> told.errors, told.warnings
    ((), ())
    """
    reading = _read(Path(path))
    faults, file, tables, study = reading.faults, reading.file, reading.tables, reading.study
    told = tell_recognised(tables)
    if study is not None and file is not None:
        told += tell_crs(study, tables) + weigh_coordinates(study, tables, file, faults)
        warn_borders(study, tables, faults)
        if file.header.crs is not None:
            warn_foreign(tables, file.header.crs, file.path.name, file.line("crs"), faults)
        if file.elevation is not None:
            check_elevation(resolve_inside(file.folder, file.elevation), file.elevation, study.places, faults)
    errors = _with_lines(faults.errors, file)
    # What concerns a whole table stands in the study file, and counts for more than single rows.
    warnings = sorted(faults.warnings, key=lambda fault: file is None or fault.file != file.path.name)
    return CheckReport(errors, tuple(warnings), study, tuple(told), locate_rows(tables))


def _read(path: Path) -> _Reading:
    """Read a study as far as its faults allow."""
    reading = _Reading(Faults())
    faults = reading.faults
    try:
        reading.file, said = read_study_file(find_study_file(path))
        faults.errors.extend(said)
        if reading.file is not None:
            reading.tables = tables = _read_tables(reading.file, faults)
            check_axes(tables, faults)
            warn_of_gaps(tables, faults)
            crs, told = _metric_crs(reading.file, tables, faults)
            told += share_out(tables, reading.file, faults)
            if not said:  # a mistyped section would make every reference to it a fault
                check_references(tables, reading.file, faults)
                check_sense(tables, reading.file, faults)
                warn_of_blanks(tables, reading.file, faults)
                warn_unlikely(tables, faults)
            if not faults.errors and crs is not None:
                reading.study = _build(reading.file, tables, crs, told, faults)
        faults.settle()
    except DataError as error:
        known = {id(fault) for fault in faults.errors}
        faults.errors.extend(fault for fault in error.faults if id(fault) not in known)
        reading.study = None
    return reading


def _with_lines(faults: list[Fault], file: StudyFile | None) -> tuple[Fault, ...]:
    """Give faults that lie in the study file the line of the key they name."""
    if file is None:
        return tuple(faults)
    mine = file.path.name
    return tuple(
        replace(f, row=file.line(*f.column.split("."))) if f.file == mine and f.row is None and f.column else f
        for f in faults
    )


def _read_tables(file: StudyFile, faults: Faults) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    seen: Seen = {}
    wanted = [header for section in file.tables.values() for header in section.columns.values()]
    for name, section in file.tables.items():
        if name == "roads" and section.files[0].lower().endswith(NETWORK_SUFFIXES):
            continue  # read when the metric CRS is known
        try:
            raw, told = read_section(file, name, wanted, seen)
            faults.warnings.extend(told)
        except DataError as error:
            faults.take(error)
            continue
        table = check_table(name, raw, section, file.path.name, faults, read_calendar(file.header.calendar) or USUAL)
        if table is None:
            continue
        locate(table, section.coordinates, file.path.name, faults)
        if name == "schools":
            years = read_calendar(file.header.calendar)
            assert years is not None, "the study file was refused otherwise"
            table = build.expand_stages(table, years)
            without_early_years(table, years, faults)
            divide_all_through(table, file.header.calendar, faults, section.share_by == "grades")
        tables[name] = table
    return tables


def _metric_crs(file: StudyFile, tables: dict[str, Table], faults: Faults) -> tuple[str | None, list[Text]]:
    said = file.header.crs
    if said is not None:
        crs = parse_epsg(said)
        if crs is None or not is_metric(crs):
            told = Text(f'"{said}" is no projected CRS in metres.', f"“{said}”不是以米为单位的投影坐标系。")
            mend = Text(
                "name one as EPSG:n, or leave crs out: it is then chosen.", "请写 EPSG:n，或省略 crs 由程序选定。"
            )
            faults.add(file.path.name, told, mend, file.line("crs"), "crs", said)
            return None, []
        return f"EPSG:{crs.to_epsg()}", []
    places = tables.get("places")
    if places is None or not places.is_located:
        return None, []
    lon, lat = degrees_of(places.crs).transform(*places.middle)
    name, statement = choose_metric(lon, lat)
    return name, [statement]


def _build(file: StudyFile, tables: dict[str, Table], crs: str, told: list[Text], faults: Faults) -> Study:
    header = file.header
    statements = [Text(s.en, s.zh) for s in header.statements] + told
    building = build.Building(header.year, header.calendar, crs, statements)
    shapes = {name: to_metric(t, crs, faults) for name, t in tables.items() if t.is_located}
    statements.extend(_tell_transformations(tables, crs, faults))
    if "schools" in tables:
        _say_points(tables["schools"], building)
        statements.extend(state_divided(tables["schools"]))
    births = build.build_tidy(tables.get("births"), "births")
    statements.extend(zone_places(tables, shapes, faults))
    places = build.build_places(tables["places"], shapes["places"], crs)
    schools_table = tables.get("schools")
    school_shapes = shapes.get("schools")
    offers = build.build_offers(schools_table, header.calendar)
    known, lone = build.roll_totals(build.build_tidy(tables.get("rolls"), "rolls"), schools_table, offers)
    rates = file.tables["places"].pupils_from
    by_stage = {str(stage): float(total) for stage, total in lone.groupby(level="stage").sum().items()}
    sums = agree(tables["places"], rates, births, known, by_stage, header.year, header.calendar)
    pupils = build.build_pupils(tables["places"], rates, births, building, sums)
    rolls = build.build_rolls(known, lone, offers, sums, building)
    schools = build.build_schools(schools_table, school_shapes, crs)
    _say_stages_without_schools(schools_table, pupils, building)
    sites = build.build_sites(tables.get("sites"), shapes.get("sites"), crs)
    extra = {
        name: build.build_other(table, shapes.get(name), crs)
        for name, table in tables.items()
        if name not in _OWN_FIELDS
    }
    roads = _roads(file, tables.get("roads"), shapes.get("roads"), crs)
    _say_classes(roads, building)
    study = Study(
        name=header.name,
        year=header.year,
        calendar=header.calendar,
        crs=crs,
        places=places,
        townships=build.build_townships(tables.get("townships"), shapes.get("townships"), places, building),
        schools=schools,
        sites=sites,
        offers=build.fill_enrolment(offers, rolls),
        pupils=pupils,
        rolls=rolls,
        attendance=build.build_attendance(tables.get("attendance"), rolls, pupils, places, building),
        births=births,
        classes=build.build_tidy(tables.get("classes"), "classes"),
        adjacency=_adjacency(tables.get("adjacency"), places, building),
        roads=roads,
        elevation=None if file.elevation is None else str(resolve_inside(file.folder, file.elevation).resolve()),
        given_travel=read_given_travel(file, places, schools, sites, faults),
        extra=extra,
        simulated=header.simulated,
        demand_base=header.demand_base,
    )
    check_positions(tables, shapes, study.townships, faults)
    if study.roads is not None and not len(study.roads):
        nothing = Text("no line of it is a road.", "其中没有一条线是道路。")
        mend = Text("is it the right layer? Ways would be straight lines.", "请核对图层；否则出行按直线计算。")
        faults.add(file.tables["roads"].files[0], nothing, mend, warn=True)
    return study.with_(sources=_sources(file, tables, building.statements, faults))


def _tell_transformations(tables: dict[str, Table], crs: str, faults: Faults) -> list[Text]:
    """Say of each coordinate system how far bringing it into the study's may be off, where it may."""
    to = pyproj.CRS(crs)
    told: dict[str, Text] = {}
    for table in tables.values():
        if not table.is_located or _same_datum(table.crs, to):
            continue
        lon, lat = degrees_of(table.crs).transform(*table.middle)
        doubt = find_doubt(table.crs, to, round(lon, 1), round(lat, 1))
        if doubt is not None:
            faults.add(table.file, doubt, HOW, column="geometry", warn=True)
            told[str(table.crs)] = doubt
    return list(told.values())


def _same_datum(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    return bool(one.geodetic_crs is not None and one.geodetic_crs.equals(other.geodetic_crs, ignore_axis_order=True))


def _roads(file: StudyFile, table: Table | None, shapes: gpd.GeoSeries | None, crs: str) -> gpd.GeoDataFrame | None:
    if table is not None:
        return roads_from_lines(gpd.GeoDataFrame(build.build_other(table, shapes, crs)))
    if "roads" not in file.tables:
        return None
    first, *more = file.tables["roads"].parts
    if more:
        told = Text("several networks cannot be joined.", "多个路网文件无法合并。")
        mend = Text("join them into one file first.", "请先合并为一个文件。")
        raise DataError([Fault(more[0].file, told, mend)])
    path = resolve_inside(file.folder, first.file)
    try:
        return read_roads(path, crs, first.layer)
    except DataError:
        raise
    except Exception as error:  # each library raises what a broken file provokes: XML, GraphML, PBF, numbers, keys
        raise DataError([damaged(first.file, f"{type(error).__name__}: {error}")]) from error


def _say_classes(roads: gpd.GeoDataFrame | None, building: build.Building) -> None:
    """Say which lines of a road layer were left out, or taken for village or two-way roads, because of a word."""
    for name, en, zh in (
        (NO_ROADS, "left out, being no roads one can use", "不是可通行的道路，未使用"),
        (UNKNOWN, "of a class nobody knows, taken as village roads", "道路等级无法识别，按村道计"),
        (DIRECTIONS, "of a direction nobody knows, taken as two-way", "通行方向无法识别，按双向通行计"),
    ):
        words = {} if roads is None else roads.attrs.pop(name, {})
        if words:
            count, shown = sum(words.values()), list(words)[:5]
            building.say(
                f"{count:,} lines of the road layer were {en}: {', '.join(shown)}.",
                f"路网图层中 {count:,} 条线{zh}：{'、'.join(shown)}。",
            )


def _say_stages_without_schools(table: Table | None, pupils: pd.DataFrame, building: build.Building) -> None:
    """Say whose children no school of the table is for: a list of primary and junior schools has no kindergartens."""
    if table is None:
        return
    offered = set(table.frame["stage"].dropna())
    for stage, count in pupils.groupby("stage")["pupils"].sum().items():
        if count > 0 and stage not in offered:
            en, zh = STAGE_NAMES[str(stage)]
            building.say(
                f"No school of the list offers the stage {en}: nothing is planned for its {count:,.0f} children.",
                f"学校表中没有{zh}：该学段 {count:,.0f} 名儿童未列入规划。",
            )


def _say_points(table: Table, building: build.Building) -> None:
    if table.points is None and table.geometry is not None and not table.geometry.geom_type.isin(["Point"]).all():
        building.say("Schools drawn as areas lie at a point inside them.", "以面表示的学校取面内一点为校址。")


def _adjacency(table: Table | None, places: gpd.GeoDataFrame, building: build.Building) -> pd.DataFrame:
    if table is None and len(places) > MOST_FOR_ADJACENCY:
        building.say(
            f"Which of the {len(places):,} places are neighbours was not worked out; call neighbours() if needed.",
            f"居住点达 {len(places):,} 个，未计算邻接关系；需要时请调用 neighbours()。",
        )
        return pd.DataFrame({"place_a": [], "place_b": []}, dtype="str")
    if table is None:
        return neighbours(places.geometry)
    at = places.index.get_indexer(table.frame["place_a"]), places.index.get_indexer(table.frame["place_b"])
    pairs = np.unique(np.sort(np.column_stack(at), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    ids = places.index.to_numpy()
    return pd.DataFrame({"place_a": ids[pairs[:, 0]], "place_b": ids[pairs[:, 1]]}, dtype="str")


def _sources(file: StudyFile, tables: dict[str, Table], statements: list[Text], faults: Faults) -> dict[str, object]:
    names = [one for section in file.tables.values() for one in section.files]
    names += [matrix.file for matrix in file.travel.values()]
    if file.elevation is not None:
        names.append(file.elevation)
    digests = {name: _digest(resolve_inside(file.folder, name)) for name in dict.fromkeys(names)}
    return {
        "study_file": file.path.name,
        "files": {file.path.name: digest_file(file.path)} | digests,
        "headers": {name: dict(table.header_of) for name, table in tables.items()},
        "statements": tuple(statements),
        "warnings": tuple(faults.warnings),
        "note": file.header.note,
    }


def _digest(path: Path) -> str:
    """Give the digest of a file, or of all files of a geodatabase, which is a folder."""
    if path.is_file():
        return digest_file(path)
    parts = sorted(one for one in path.iterdir() if one.is_file() and one.suffix.lower() != ".lock")
    return digest_parts(*(part for one in parts for part in (one.name, digest_file(one))))
