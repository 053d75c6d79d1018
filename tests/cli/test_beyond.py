"""check beyond the tables: places without a way, scenarios beside the study; output that outlives its reader."""

from __future__ import annotations

import os
import subprocess
import sys

import geopandas as gpd
import pandas as pd
import pytest
import shapely


def test_an_island_and_a_scenario_of_strangers_are_told(run, villages):
    frame = pd.read_csv(villages / "places.csv")
    spots = list(zip(frame["lon"], frame["lat"], strict=True))
    roads = [shapely.LineString([(x, y), (x, y + 0.001)]) for x, y in spots]  # three roads that do not meet
    gpd.GeoDataFrame({"class": ["county"] * 3}, geometry=roads, crs="EPSG:4326").to_file(villages / "roads.gpkg")
    with (villages / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[roads]\nfile = "roads.gpkg"\n')
    (villages / "other.yaml").write_text("name: x\nedits:\n- {do: close, school: Nowhere}\n", encoding="utf-8")
    told = " ".join(run("check", villages).output.split())
    assert "by walk, 1 places with 60 children reach no school of primary: 西村." in told
    assert "other.yaml" in told
    assert 'no school "Nowhere"' in told


@pytest.mark.slow
def test_a_run_is_written_though_its_reader_has_gone(villages, tmp_path):
    command = [sys.executable, "-m", "layout_planner", "solve", villages, "--assign", "nearest", "--out", "run"]
    piped = subprocess.Popen(
        [str(word) for word in command], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=os.environ | {"LAYOUT_PLANNER_LANG": "en"},
    )  # fmt: skip
    assert piped.stdout is not None
    piped.stdout.close()
    assert piped.wait(timeout=240) == 0
    assert (tmp_path / "run" / "provenance.json").is_file()


def test_a_county_without_the_seven_columns_is_told_which(run, villages):
    result = run("evaluate", villages)
    assert result.exit_code == 0
    assert "none of the seven resource columns (teachers_above_degree" in result.output


def test_a_scenario_of_years_gone_by_is_history(run, villages):
    history = "name: x\nedits:\n- {do: close, school: Nowhere, year: 2019}\n"
    (villages / "history.yaml").write_text(history, encoding="utf-8")
    told = " ".join(run("check", villages).output.split())
    assert "its edits are of 2019: taken for what has happened" in told
    assert "Nowhere" not in told
