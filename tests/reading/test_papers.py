"""Real papers become studies by a study file of at most twenty lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from layout_planner.reading import check_study
from tests.studies import HERE, assemble


@pytest.mark.parametrize("name", ["gongyi", "andorra", "porto_alegre"])
def test_the_study_file_is_short(name: str) -> None:
    assert len((HERE / name / "study.toml").read_text(encoding="utf-8").splitlines()) <= 20


def test_andorra_by_its_extract_and_elevation(tmp_path: Path) -> None:
    report = check_study(assemble("andorra", tmp_path))
    assert report.errors == ()
    study = report.study
    assert study is not None and study.roads is not None
    assert study.places.loc["Andorra la Vella", "population"] == 24678
    assert study.demand("primary")["Andorra la Vella"] == pytest.approx(24678 * 0.06)
    assert study.elevation is not None and study.elevation.endswith(".hgt.zip")
    assert {"motorway", "trunk", "secondary", "path"} & set(study.roads["class"])


@pytest.mark.slow
def test_porto_alegre_by_its_cells(tmp_path: Path) -> None:
    report = check_study(assemble("porto_alegre", tmp_path))
    assert report.errors == ()
    study = report.study
    assert study is not None and study.roads is not None
    assert (len(study.places), len(study.schools)) == (1227, 177)
    assert study.places["population"].sum() == 812_935
    assert study.demand("primary").sum() == pytest.approx(812_935 * 0.08)
