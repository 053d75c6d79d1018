"""Damaged input: what was done to which file, and what the reader is told: file, row, column, message, mend."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from layout_planner.base.errors import DataError
from layout_planner.reading import check_study, read_study
from tests.study.toy_folder import FILES, write_toy


@dataclass(frozen=True)
class Case:
    what: str
    file: str  # the file that is damaged …
    old: str  # … by replacing this (once)
    new: str  # … by that
    row: int | None
    column: str | None
    says: str
    mend: str
    told_in: str = ""  # the file the fault is told of, where it is another


P, S, T, R, A, B, C, X, Y = (
    "places.csv",
    "schools.csv",
    "townships.csv",
    "rolls.csv",
    "attendance.csv",
    "births.csv",
    "classes.csv",
    "sites.csv",
    "study.toml",
)


def _cases() -> list[Case]:
    lines = (Path(__file__).parent / "damaged.txt").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("#")][1:]
    cases = []
    for what, file, old, new, row, column, says, mend, told_in in rows:
        old, new, told_in = (c.replace("\\n", "\n").replace("\\\\", "\\") for c in (old, new, told_in))
        old = FILES[file] if old == "<all>" else old
        new = FILES[file].split("\n")[0] + "\n" if new == "<headers>" else new
        cases.append(Case(what, file, old, new, int(row) if row else None, column or None, says, mend, told_in))
    return cases


CASES = _cases()


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_damaged(case, tmp_path):
    text = FILES[case.file]
    assert case.old in text
    write_toy(tmp_path, **{case.file.replace(".", "_"): text.replace(case.old, case.new, 1)})
    report = check_study(tmp_path)
    assert report.study is None
    told = case.told_in or case.file
    found = [f for f in report.errors if f.file == told and f.row == case.row and f.column == case.column]
    assert found, "\n".join(f"{f.file} {f.row} {f.column}: {f}" for f in report.errors)
    assert any(case.says in f.message.en and case.mend in f.mend.en for f in found), str(report)
    for fault in report.errors:
        assert re.search("[一-鿿]", fault.message.zh), fault.message
        assert re.search("[一-鿿]", fault.mend.zh), fault.mend


def test_the_value_shown_is_the_file_s_own(tmp_path):
    write_toy(tmp_path, places_csv=FILES[P].replace("41,2,20", "四十一,2,20"))
    (fault,) = check_study(tmp_path).errors
    assert fault.value == "四十一"
    assert str(fault).startswith('row 4, pupils_primary = "四十一": not a number.')


def test_headers_are_named_as_in_the_file(tmp_path):
    write_toy(tmp_path, places_csv=FILES[P].replace("pupils_primary", "小学适龄数", 1).replace("41,2,20", "-4,2,20"))
    (fault,) = [f for f in check_study(tmp_path).errors if f.row == 4 and "negative" in f.message.en]
    assert fault.column == "小学适龄数"


def test_all_faults_at_once_over_all_tables(tmp_path):
    write_toy(
        tmp_path,
        places_csv=FILES[P].replace("41,2,20", "-4,2,20").replace("V2,", "V1,"),
        schools_csv=FILES[S].replace("东小,primary", "东小,primery"),
        rolls_csv=None,
    )
    with pytest.raises(DataError) as caught:
        read_study(tmp_path)
    assert {fault.file for fault in caught.value.faults} == {P, S, A, "rolls.csv"}
    # The second V1 leaves V2's attendance dangling.
    shown = str(caught.value)
    assert "places.csv: 2 faults, nothing was loaded." in shown
    assert "schools.csv: 1 fault, nothing was loaded." in shown


def test_groups_and_grades_must_agree_with_the_total(tmp_path):
    head = "place_id,lon,lat,pupils_primary,pupils_primary_1,pupils_primary_2,group_poor_primary\n"
    write_toy(tmp_path, places_csv=head + "V1,105,31,5,2,3,5\nV2,105.1,31,5,2,2,9\n")
    (tmp_path / Y).write_text(FILES[Y].split("[townships]")[0], encoding="utf-8")
    report = check_study(tmp_path)
    told = {(f.row, f.column): f.message.en for f in report.errors}
    assert told == {
        (3, "pupils_primary"): "the grades add up to 4.",
        (3, "group_poor_primary"): "more children in the group than pupils.",
    }
    assert str(report).startswith("2 errors, 0 warnings.\n  places.csv row 3")


def test_a_column_filled_wrongly_throughout_is_not_a_list_of_thousands(tmp_path):
    rows = "\n".join(f"W{i},村{i},001,-1,105.{i:04},31.0,1,0,1,S1" for i in range(1000, 2000))
    write_toy(tmp_path, places_csv=FILES[P] + rows + "\n")
    errors = check_study(tmp_path).errors
    assert len(errors) == 21
    assert "980 more rows like these: cannot be negative" in errors[-1].message.en


# --- layers and workbooks


def _layer(folder: Path, places: gpd.GeoDataFrame, name: str = "places.gpkg", coordinates: str = "") -> Path:
    write_toy(folder)
    declared = f'coordinates = "{coordinates}"\n' if coordinates else ""
    if name.endswith(".shp"):  # whose headers are cut at ten bytes
        places = places.rename(columns={"pupils_primary": "demand"})
        declared += 'columns = { pupils_primary = "demand" }'
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'crs' was not provided")
        places.to_file(folder / name)
    text = FILES[Y].replace('file = "places.csv"\ncoordinates = "wgs84"', f'file = "{name}"\n{declared}')
    (folder / Y).write_text(text, encoding="utf-8")
    return folder


def _squares(x: float = 500_000.0, y: float = 3_430_000.0, crs: str | None = "EPSG:4544") -> gpd.GeoDataFrame:
    boxes = [shapely.box(x + 1000 * i, y, x + 1000 * (i + 1), y + 1000) for i in range(4)]
    frame = pd.DataFrame({"place_id": ["V1", "V2", "V3", "V4"], "pupils_primary": [60, 30, 41, 12]})
    return gpd.GeoDataFrame(frame, geometry=boxes, crs=crs)


def test_layer_without_crs(tmp_path):
    (fault,) = check_study(_layer(tmp_path, _squares(crs=None), "places.shp")).errors
    assert (fault.file, fault.row) == ("places.shp", None)
    assert "has no CRS" in fault.message.en
    assert "gcj02" in fault.mend.en


def test_layer_without_crs_but_zone_prefix_names_the_crs_it_implies(tmp_path):
    (fault,) = check_study(_layer(tmp_path, _squares(19_682_000.0, crs=None), "places.shp")).errors
    assert "EPSG:4497" in fault.message.en
    assert 'coordinates = "EPSG:4497"' in fault.mend.en


def test_layer_declared_otherwise_than_its_file_says(tmp_path):
    (fault,) = check_study(_layer(tmp_path, _squares(), coordinates="EPSG:4545")).errors
    assert (fault.file, fault.column) == (Y, "places.coordinates")
    assert "EPSG:4544" in fault.message.en


def test_layer_with_an_empty_shape_and_a_line(tmp_path):
    squares = _squares()
    squares.loc[1, "geometry"] = shapely.Polygon()
    squares.loc[2, "geometry"] = shapely.LineString([(0, 0), (1, 1)])
    errors = check_study(_layer(tmp_path, squares)).errors
    assert [(f.row, f.column) for f in errors] == [(3, "geometry"), (4, "geometry")]
    assert "has no shape" in errors[0].message.en
    assert "no point or polygon" in errors[1].message.en


def test_layer_far_outside_its_crs(tmp_path):
    errors = check_study(_layer(tmp_path, _squares(x=5_000_000.0))).errors
    assert {f.row for f in errors} == {2, 3, 4, 5}
    assert "far outside the area" in errors[0].message.en


def test_layer_with_axes_swapped(tmp_path):
    squares = _squares()
    squares["geometry"] = shapely.transform(squares.geometry.to_numpy(), lambda c: c[:, ::-1])
    errors = check_study(_layer(tmp_path, squares)).errors
    assert all("x and y are swapped" in f.message.en for f in errors)


def test_bow_tie_is_repaired_with_a_warning_that_states_the_area(tmp_path):
    squares = _squares()
    x, y = 500_000.0, 3_430_000.0
    # The two halves of the bow have 250,000 m² each; as drawn they cancel out.
    squares.loc[0, "geometry"] = shapely.Polygon([(x, y), (x + 1000, y + 1000), (x + 1000, y), (x, y + 1000)])
    report = check_study(_layer(tmp_path, squares))
    assert report.errors == ()
    (warning,) = [w for w in report.warnings if "repaired" in w.message.en]
    assert (warning.file, warning.row) == ("places.gpkg", 2)
    assert "0 → 500,000 m²" in warning.message.en
    assert report.study is not None
    assert report.study.places.geometry["V1"].area == pytest.approx(500_000)


def test_layer_whose_content_is_not_what_its_name_says(tmp_path):
    folder = _layer(tmp_path, _squares())
    (folder / "places.gpkg").write_text("<OGRVRTDataSource/>")
    (fault,) = check_study(folder).errors
    assert "damaged or not what its name says" in fault.message.en


def test_virtual_dataset_disguised_as_geojson_is_not_opened(tmp_path):
    folder = _layer(tmp_path, _squares(), "places.geojson")
    (folder / "places.geojson").write_text("<OGRVRTDataSource><OGRVRTLayer name='a'/></OGRVRTDataSource>")
    (fault,) = check_study(folder).errors
    assert "not GeoJSON" in fault.message.en


def test_unknown_layer(tmp_path):
    folder = _layer(tmp_path, _squares())
    text = (folder / Y).read_text(encoding="utf-8").replace('"places.gpkg"', '"places.gpkg"\nlayer = "place"')
    (folder / Y).write_text(text, encoding="utf-8")
    (fault,) = check_study(folder).errors
    assert fault.message.en == 'there is no layer "place" (did you mean "places"?).'


def test_shapefile_without_its_companions(tmp_path):
    folder = _layer(tmp_path, _squares(), "places.shp")
    (folder / "places.dbf").unlink()
    (fault,) = check_study(folder).errors
    assert "companion .dbf is missing" in fault.message.en


def _workbook(folder: Path, cells: dict[str, object] | None = None) -> Path:
    write_toy(folder)
    book = openpyxl.Workbook()
    for line in FILES[T].splitlines():
        book.active.append(line.split(","))
    for at, value in (cells or {}).items():
        book.active[at] = value
    book.save(folder / "townships.xlsx")
    (folder / Y).write_text(FILES[Y].replace("townships.csv", "townships.xlsx"), encoding="utf-8")
    return folder


def test_workbook_reads_like_csv(tmp_path):
    study = read_study(_workbook(tmp_path))
    assert list(study.townships.index) == ["001", "002"]
    assert list(study.townships["population"]) == [900.0, 550.0]


def test_workbook_code_typed_as_a_number_lost_its_zeros(tmp_path):
    errors = check_study(_workbook(tmp_path, {"A2": 1, "A3": 2})).errors
    assert {f.file for f in errors} >= {P, S, B}
    assert any('did you mean "1"' in f.message.en or "no such township" in f.message.en for f in errors)


def test_workbook_code_too_long_for_a_number(tmp_path):
    errors = check_study(_workbook(tmp_path, {"A2": 510722101000001234})).errors
    (fault,) = [f for f in errors if f.file == "townships.xlsx"]
    assert (fault.row, fault.column) == (2, "township_id")
    assert "scientific notation" in fault.message.en


def test_workbook_that_is_none(tmp_path):
    folder = _workbook(tmp_path)
    (folder / "townships.xlsx").write_bytes(b"PK\x03\x04 nonsense")
    assert "damaged" in check_study(folder).errors[0].message.en


def test_workbook_with_a_document_type_is_refused(tmp_path):
    folder = _workbook(tmp_path)
    with zipfile.ZipFile(folder / "townships.xlsx") as old:
        parts = {name: old.read(name) for name in old.namelist()}
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    parts["xl/workbook.xml"] = bomb + parts["xl/workbook.xml"].split(b"?>", 1)[-1]
    with zipfile.ZipFile(folder / "townships.xlsx", "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    (fault,) = [f for f in check_study(folder).errors if f.file == "townships.xlsx"]
    assert "XML document type" in fault.message.en


def test_zip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("layout_planner.formats.archives.MAX_UNPACKED_BYTES", 1000)
    (fault,) = [f for f in check_study(_workbook(tmp_path)).errors if f.file == "townships.xlsx"]
    assert "larger than the limit" in fault.message.en


def test_file_larger_than_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("layout_planner.formats.tables.MAX_FILE_BYTES", 300)
    errors = check_study(write_toy(tmp_path)).errors
    assert {f.file for f in errors} == {S}
    assert "larger than the limit" in errors[0].message.en


def test_link_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "secret.csv").write_text(FILES[R], encoding="utf-8")
    folder = write_toy(tmp_path / "study", rolls_csv=None)
    (folder / "rolls.csv").symlink_to(tmp_path / "secret.csv")
    (fault,) = check_study(folder).errors
    assert "out of the study folder" in fault.message.en


def test_link_of_a_shapefile_s_companion_is_not_followed(tmp_path):
    folder = _layer(tmp_path / "study", _squares(), "places.shp")
    (folder / "places.dbf").rename(tmp_path / "secret.dbf")
    (folder / "places.dbf").symlink_to(tmp_path / "secret.dbf")
    (fault,) = check_study(folder).errors
    assert fault.file == "places.dbf"
    assert "out of the study folder" in fault.message.en


def test_reading_a_layer_writes_nothing_beside_it(tmp_path):
    folder = _layer(tmp_path, _squares())
    before = sorted(p.name for p in folder.iterdir())
    read_study(folder)
    assert sorted(p.name for p in folder.iterdir()) == before


def test_old_workbook_that_is_none(tmp_path):
    folder = write_toy(tmp_path)
    (folder / "townships.xls").write_bytes(b"\xd0\xcf\x11\xe0 nonsense")
    (folder / Y).write_text(FILES[Y].replace("townships.csv", "townships.xls"), encoding="utf-8")
    assert "damaged" in check_study(folder).errors[0].message.en


def test_bytes_that_are_no_text(tmp_path):
    folder = write_toy(tmp_path)
    (folder / P).write_bytes(b"place_id,name\n\x00\x01\xff\xfe\xff\n")
    (fault,) = [f for f in check_study(folder).errors if f.file == P]
    assert "cannot be read as utf-8 or utf-16" in fault.message.en
    assert "CSV UTF-8" in fault.mend.en


# --- measured travel


def _travel(folder: Path, name: str, write, keys: str = "") -> Path:
    write_toy(folder)
    write(folder / name)
    (folder / Y).write_text(FILES[Y] + f'\n[travel.walk]\nfile = "{name}"\n{keys}\n', encoding="utf-8")
    return folder


def test_pickled_matrix_is_not_opened(tmp_path):
    folder = _travel(tmp_path, "m.npz", lambda f: np.savez(f, t=np.array([{"a": 1}], dtype=object)))
    (fault,) = check_study(folder).errors
    assert "cannot be read" in fault.message.en
    assert "plain numbers" in fault.mend.en


def test_matrix_of_another_shape(tmp_path):
    folder = _travel(tmp_path, "m.npz", lambda f: np.savez(f, t=np.ones((4, 3))))
    (fault,) = check_study(folder).errors
    assert "(4, 3), not 4 places × 4 schools" in fault.message.en


def test_matrix_key_mistyped(tmp_path):
    folder = _travel(tmp_path, "m.npz", lambda f: np.savez(f, time=np.ones((4, 4)), m=np.ones(2)), 'key = "tme"')
    (fault,) = check_study(folder).errors
    assert 'did you mean "time"' in fault.message.en


def test_wide_travel_with_an_unknown_school_and_a_missing_place(tmp_path):
    text = "place_id,S1,S5\nV1,1,2\nV2,1,-2\nV3,1,x\n"
    errors = check_study(_travel(tmp_path, "m.csv", lambda f: f.write_text(text))).errors
    told = {(f.row, f.column, f.message.en) for f in errors}
    assert (1, "S5", 'no such school or site (did you mean "S4"?).') in told
    assert (None, "place_id", "1 places have no row: V4.") in told
    assert (3, "S5", "cannot be negative.") in told
    assert (4, "S5", "not a number.") in told


def test_long_travel_with_a_pair_twice_and_a_place_unknown(tmp_path):
    text = "place_id,school_id,minutes\nV1,S1,2\nV1,S1,3\nV9,S1,3\n"
    errors = check_study(_travel(tmp_path, "m.csv", lambda f: f.write_text(text))).errors
    assert [(f.row, f.column) for f in errors] == [(4, "place_id"), (3, "school_id")]
    assert "this pair has a row already" in errors[1].message.en


def test_no_study_file(tmp_path):
    with pytest.raises(DataError, match="no study file here"):
        read_study(tmp_path)


def test_the_report_is_one_table(tmp_path):
    write_toy(tmp_path, places_csv=FILES[P].replace("41,2,20", "-4,2,20"))
    table = check_study(tmp_path).table
    assert list(table.columns) == ["level", "file", "row", "column", "value", "message", "mend"]
    assert json.loads(table.to_json(orient="records"))[0]["row"] == 4


def test_a_missing_stage_column_is_one_fault(tmp_path):
    head, *rows = FILES["schools.csv"].strip().split("\n")
    drop = [i for i, name in enumerate(head.split(",")) if name in ("stage", "kind", "grades")]
    text = "\n".join(
        ",".join(c for i, c in enumerate(r.split(",")) if i not in drop) for r in (head, rows[0], rows[3], rows[4])
    )
    faults = [f for f in check_study(write_toy(tmp_path, schools_csv=text)).errors if f.column == "stage"]
    assert [(f.file, f.row) for f in faults if f.file == "schools.csv"] == [("schools.csv", 1)]
