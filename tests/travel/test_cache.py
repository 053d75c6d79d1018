import os
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from layout_planner.base.errors import TravelError
from layout_planner.travel import cache, read_travel, travel_matrix, write_travel
from tests.travel.builders import CRS, grid_roads, study_of

ROADS = grid_roads(6, 6, seed=5)
STUDY = study_of({"A": (100, 100), "乙": (800, 700)}, {"S": (300, 900), "T": (1000, 0)}, ROADS)


def same(a, b):
    for x, y in ((a.minutes, b.minutes), (a.metres, b.metres), *((a.between[k], b.between[k]) for k in a.between)):
        pd.testing.assert_frame_equal(x, y, check_exact=True)
    assert (a.mode, dict(a.options), dict(a.pace)) == (b.mode, dict(b.options), dict(b.pace))


def test_written_and_read_back_equal(tmp_path):
    for mode in ("walk", "straight"):
        travel = travel_matrix(STUDY, mode, limit=30)
        write_travel(travel, tmp_path / "t.parquet")
        same(read_travel(tmp_path / "t.parquet"), travel)
    minutes = pd.DataFrame({"S": [1.0, np.nan], "T": [2.0, 3.0]}, index=["A", "乙"])
    given = travel_matrix(STUDY.with_(given_travel={"drive": minutes}), "drive")
    write_travel(given, tmp_path / "t.parquet")
    same(read_travel(tmp_path / "t.parquet"), given)


def test_a_file_of_another_make_is_refused(tmp_path):
    (tmp_path / "no.parquet").write_bytes(b"no parquet")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    for name in ("no.parquet", "other.parquet", "absent.parquet"):
        with pytest.raises(TravelError, match=name):
            read_travel(tmp_path / name)


def test_a_second_call_takes_the_kept_one(monkeypatch):
    first = travel_matrix(STUDY, "walk")
    monkeypatch.setattr("layout_planner.travel.matrix.make_roadway", None)  # measuring again would fail
    same(travel_matrix(STUDY, "walk"), first)
    with pytest.raises(TypeError):
        travel_matrix(STUDY, "walk", cache=False)


def test_whatever_is_changed_is_measured_again(tmp_path):
    """Each change gives another key; none is answered by what was kept for another."""
    wall = gpd.GeoDataFrame(geometry=[shapely.LineString([(500, -100), (500, 1200)])], crs=CRS)
    bent = ROADS.copy()
    bent.loc[0, "geometry"] = shapely.LineString([*bent.geometry[0].coords[:1], (1, 1), *bent.geometry[0].coords[1:]])
    (tmp_path / "a.tif").write_bytes(b"1")
    studies = [
        STUDY,
        STUDY.with_(roads=ROADS.assign(oneway=True)),
        STUDY.with_(roads=ROADS.assign(foot="no")),
        STUDY.with_(roads=bent),
        STUDY.with_(roads=ROADS.iloc[:-1]),
        STUDY.with_(extra={"hazards": wall}),
        STUDY.with_(extra={"water": wall}),
        STUDY.with_(elevation=str(tmp_path / "a.tif")),
        STUDY.with_(places=STUDY.places.set_geometry(STUDY.places.translate(1))),
        STUDY.with_(schools=STUDY.schools.rename(index={"S": "U"})),
    ]
    keys = []
    for study in studies:
        points = study.place_points(), study.schools.geometry
        keys += [cache.travel_key(study, *points, {"mode": "walk", "limit": limit}) for limit in (None, 5.0)]
    (tmp_path / "a.tif").write_bytes(b"2")
    points = STUDY.place_points(), STUDY.schools.geometry
    keys.append(cache.travel_key(studies[7], *points, {"mode": "walk", "limit": None}))
    assert len(set(keys)) == len(keys)
    assert cache.travel_key(STUDY, *points, {"limit": None, "mode": "walk"}) == keys[0]


def test_a_damaged_or_unwritable_cache_is_no_fault(monkeypatch, tmp_path):
    first = travel_matrix(STUDY, "walk")
    for file in cache.cache_folder().glob("*.parquet"):
        file.write_bytes(b"cut off")
    same(travel_matrix(STUDY, "walk"), first)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LAYOUT_PLANNER_CACHE", str(tmp_path / "file"))  # a folder cannot be made here
    same(travel_matrix(STUDY, "walk"), first)


def test_the_oldest_goes_when_the_folder_is_full(monkeypatch):
    for k, mode in enumerate(("walk", "drive", "bike")):
        travel_matrix(STUDY, mode)
        newest = max(cache.cache_folder().glob("*.parquet"), key=lambda p: p.stat().st_mtime_ns)
        os.utime(newest, (time.time() - 100 + k,) * 2)
    sizes = [p.stat().st_size for p in cache.cache_folder().glob("*.parquet")]
    monkeypatch.setattr(cache, "MOST_BYTES", sum(sizes) + 10)
    written = cache.cache_folder() / ".part-abcdefgh.parquet"  # by another process, now
    written.touch()
    os.utime(written, (0, 0))
    travel_matrix(STUDY, "bus")
    assert written.exists()
    written.unlink()
    left = {read_travel(p).mode for p in cache.cache_folder().glob("*.parquet")}
    assert "bus" in left and "walk" not in left


def test_the_folder_follows_the_users_habits(monkeypatch, tmp_path):
    monkeypatch.delenv("LAYOUT_PLANNER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache.cache_folder() == tmp_path / "layout_planner"
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache.cache_folder().parts[-2:] == ("Caches", "layout_planner")
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache.cache_folder() == tmp_path / "local" / "layout_planner"
