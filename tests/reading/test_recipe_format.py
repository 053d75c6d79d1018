"""The recipe "add a file format": one reader and its line; recognition, archives, `init` and row numbers follow."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from layout_planner.base.errors import DataError
from layout_planner.formats import tables
from layout_planner.formats.tables import Asked, RawTable, from_frame
from layout_planner.reading import read_study
from layout_planner.reading.draft import draft_study

VILLAGES = [
    {"村名": "甲村", "经度": "105.01", "纬度": "31.01", "小学适龄数": "12"},
    {"村名": "乙村", "经度": "105.02", "纬度": "31.02", "小学适龄数": "8"},
]
STUDY = """
name = "t"
year = 2025
calendar = "6+3"
[places]
file = "村.jsonl"
coordinates = "wgs84"
[schools]
file = "学校.csv"
coordinates = "wgs84"
"""
SCHOOLS = "学校名称,学段,学位数,经度,纬度\n中心小学,小学,300,105.01,31.01\n"


def read_lines(asked: Asked) -> RawTable:
    """Read a file of one JSON object a line."""
    lines = asked.path.read_text(encoding="utf-8").splitlines()
    return from_frame(asked.name, pd.DataFrame([json.loads(line) for line in lines], dtype="str"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(tables.FORMATS, ".jsonl", read_lines)
    lines = [json.dumps(row, ensure_ascii=False) for row in VILLAGES]
    (tmp_path / "村.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "学校.csv").write_text(SCHOOLS, encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def test_a_study_is_read_from_it(folder: Path) -> None:
    study = read_study(folder)
    assert study.places["name"].tolist() == ["甲村", "乙村"]
    assert study.demand("primary").tolist() == [12.0, 8.0]


def test_faults_have_its_rows(folder: Path) -> None:
    file = folder / "村.jsonl"
    file.write_text(file.read_text(encoding="utf-8").replace('"8"', '"-8"'), encoding="utf-8")
    with pytest.raises(DataError, match="row 3"):
        read_study(folder)


def test_archives_and_init_know_it(folder: Path) -> None:
    with zipfile.ZipFile(folder / "村.zip", "w") as archive:
        archive.write(folder / "村.jsonl", "村.jsonl")
    (folder / "study.toml").write_text(STUDY.replace("村.jsonl", "村.zip"), encoding="utf-8")
    assert read_study(folder).demand("primary").sum() == 20
    (folder / "study.toml").unlink()
    assert "村.jsonl" in str(draft_study(folder))
