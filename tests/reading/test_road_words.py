"""A road layer whose class column holds words that are no roads, or that nobody knows: every result says so."""

import geopandas as gpd
import shapely

from layout_planner.reading import read_study

STUDY = """name = "t"
year = 2025
crs = "EPSG:32648"
[places]
file = "places.csv"
coordinates = "wgs84"
[schools]
file = "schools.csv"
coordinates = "wgs84"
[roads]
file = "roads.gpkg"
"""


def test_lines_left_out_and_words_nobody_knows_are_told(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "places.csv").write_text("place_id,pupils_primary,lon,lat\nH,10,105,29.831\n", encoding="utf-8")
    (tmp_path / "schools.csv").write_text(
        "school_id,name,stage,seats,lon,lat\nS,School,primary,300,105.005,29.831\n", encoding="utf-8"
    )
    lines = [shapely.LineString([(105, 29.83 + k / 1000), (105.01, 29.83 + k / 1000)]) for k in range(4)]
    words = {"道路等级": ["铁路", "村道", "机场路面", "规划道路"]}
    gpd.GeoDataFrame(words, geometry=lines, crs=4326).to_file(tmp_path / "roads.gpkg")
    study = read_study(tmp_path)
    assert study.roads["class"].tolist() == ["village", "village"] and not study.roads.attrs
    told = [text.zh for text in study.sources["statements"]]
    assert "路网图层中 2 条线不是可通行的道路，未使用：铁路、规划道路。" in told
    assert "路网图层中 1 条线道路等级无法识别，按村道计：机场路面。" in told
