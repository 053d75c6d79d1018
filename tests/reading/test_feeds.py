"""A timetable (GTFS) as bus stops with headways, worked out by hand."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from layout_planner.base.errors import DataError
from layout_planner.reading import read_study
from layout_planner.travel import travel_matrix

FEED = {
    "stops.txt": "\ufeffstop_id,stop_name,stop_lat,stop_lon\n"
    "A,村口,30.0,105.0\nB,半路,30.0,105.02\nC,镇上,30.0,105.04\n",
    "routes.txt": "route_id,route_type\nR,3\nQ,3\n",
    "trips.txt": "route_id,service_id,trip_id,direction_id\nR,wk,r1,0\nR,wk,r2,0\nR,wk,r3,1\nR,sat,r4,0\nQ,wk,q,0\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "wk,1,1,1,1,1,0,0,20250101,20261231\nsat,0,0,0,0,0,1,0,20250101,20261231\n",
    # r1 leaves at 7:00 (written without a nought), its middle stop tells no time; r2 at 9:00, after school has begun.
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "r1,7:00:00,7:00:00,A,1\nr1,,,B,2\nr1,07:20:00,07:20:00,C,3\n"
    "r2,09:00:00,09:00:00,A,1\nr2,09:20:00,09:20:00,C,2\n"
    "r3,07:30:00,07:30:00,C,1\nr3,07:50:00,07:50:00,A,2\n"
    "r4,07:00:00,07:00:00,A,1\nr4,07:20:00,07:20:00,C,2\n"
    "q,05:00:00,05:00:00,B,1\nq,05:10:00,05:10:00,C,2\n",
    # The line Q goes every 20 minutes from six to nine at B: six times between half past six and half past eight.
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nq,06:00:00,09:00:00,1200\n",
}
STUDY = """
name = "t"
year = 2025
calendar = "6+3"
crs = "EPSG:4544"
[places]
file = "places.csv"
coordinates = "wgs84"
set = { usual_mode = "班车" }
[schools]
file = "schools.csv"
coordinates = "wgs84"
[stops]
file = "feed.zip"
coordinates = "wgs84"
[roads]
file = "roads.geojson"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as feed:
        for name, text in FEED.items():
            feed.writestr(name, text)
    (tmp_path / "places.csv").write_text("place_id,lon,lat,pupils_primary\nH,105.0,30.0,6\n", encoding="utf-8")
    (tmp_path / "schools.csv").write_text("school_id,name,stage,seats,lon,lat\nS,校,primary,90,105.04,30.0\n", "utf-8")
    line = '{"type":"LineString","coordinates":[[105.0,30.0],[105.04,30.0]]}'
    feature = f'{{"type":"Feature","properties":{{"class":"tertiary"}},"geometry":{line}}}'
    (tmp_path / "roads.geojson").write_text(f'{{"type":"FeatureCollection","features":[{feature}]}}', encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def test_stops_have_the_headway_of_the_line_that_comes_most_often_on_a_school_morning(folder: Path) -> None:
    """A: one bus of R each way in two hours, 120 minutes. B and C: Q comes six times, every 20 minutes."""
    stops = read_study(folder).extra["stops"]
    assert stops["name"].tolist() == ["村口", "半路", "镇上"]
    assert stops["headway"].tolist() == [120.0, 20.0, 20.0]


def test_children_wait_half_the_headway_and_a_long_wait_is_walked_past(folder: Path) -> None:
    """H lives at A, 3.9 km from school: the bus at A would be waited for an hour; at B it is ten minutes."""
    study = read_study(folder)
    travel = travel_matrix(study, "usual", cache=False)
    metres = travel.metres.at["H", "S"]
    assert metres == pytest.approx(3860, rel=0.01)
    mixed = travel_matrix(study, "mixed", cache=False)
    half = metres / 2000
    by_bus = 10 + half * 2 + half / 1.5  # ten minutes, 30 km/h, a stop of a minute every 1.5 km
    on_foot = metres / 2 / (6.0 * 0.8395 * 1000 / 60)
    assert mixed.minutes.at["H", "S"] == pytest.approx(on_foot + by_bus, rel=0.01)
    assert travel.cost(["H"], ["S"], "minutes", 5)[0, 0] == mixed.minutes.at["H", "S"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("stop_times.txt", "trip_id,stop_id\nr1,A\n"),
        ("stop_times.txt", FEED["stop_times.txt"].replace("7:00:00,7:00:00", "7.00,7.00")),
        ("calendar.txt", "service_id\nwk\n"),
    ],
)
def test_a_feed_that_is_none_is_named(folder: Path, file: str, text: str) -> None:
    with zipfile.ZipFile(folder / "feed.zip", "w") as feed:
        for name, good in FEED.items():
            feed.writestr(name, text if name == file else good)
    with pytest.raises(DataError, match=r"feed\.zip"):
        read_study(folder)
