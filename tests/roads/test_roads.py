import warnings
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pyogrio
import pytest
import shapely

from layout_planner.base.errors import DataError
from layout_planner.formats.tables import read_table
from layout_planner.roads.reader import ROAD_COLUMNS, read_roads, roads_from_lines
from tests.beside import DATA, real_roads

OSM = """<?xml version="1.0"?>
<osm version="0.6">
 <node id="1" lat="30.00" lon="104.00" version="1"/><node id="2" lat="30.00" lon="104.01" version="1"/>
 <node id="3" lat="30.00" lon="104.02" version="1"/><node id="4" lat="30.01" lon="104.01" version="1"/>
 <node id="5" lat="30.02" lon="104.01" version="1"/>
 <way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
  <tag k="highway" v="primary"/><tag k="sidewalk" v="no"/><tag k="name" v="川陕路"/></way>
 <way id="11" version="1"><nd ref="2"/><nd ref="4"/><nd ref="5"/>
  <tag k="highway" v="residential"/><tag k="oneway" v="-1"/><tag k="bridge" v="yes"/></way>
 <way id="12" version="1"><nd ref="4"/><nd ref="1"/><tag k="highway" v="proposed"/></way>
 <way id="13" version="1"><nd ref="4"/><nd ref="3"/><tag k="highway" v="service"/><tag k="access" v="private"/></way>
 <way id="14" version="1"><nd ref="5"/><nd ref="99"/><tag k="highway" v="service"/></way>
</osm>"""


def test_osm_ways_are_cut_at_junctions_and_their_tags_read(tmp_path):
    (tmp_path / "a.osm").write_text(OSM, encoding="utf-8")
    roads = read_roads(tmp_path / "a.osm", crs="EPSG:4544")
    assert set(ROAD_COLUMNS) <= set(roads.columns)
    # The primary and the bridge are cut in two; the private road is one for those who live on it.
    assert roads["class"].tolist() == ["trunk", "trunk", "village", "village", "village"]
    assert roads["pavement"].tolist() == [False, False, None, None, None]
    assert roads["bridge"].tolist() == [False, False, True, True, False]
    assert roads["oneway"].tolist() == [False, False, True, True, False]
    assert roads["name"].tolist()[0] == "川陕路"
    bridge = roads.geometry.iloc[2].coords
    assert bridge[0][1] > bridge[-1][1]  # oneway=-1: turned round, it runs from north to south
    assert roads[["from_node", "to_node"]].to_numpy().tolist() == [[1, 2], [2, 3], [4, 2], [5, 4], [4, 3]]
    assert roads["walk"].tolist() == ["open both"] * 4 + ["ends both"]
    assert roads["drive"].tolist() == ["open both"] * 2 + ["open forward"] * 2 + ["ends both"]
    assert read_roads(tmp_path / "a.osm").crs.to_epsg() == 32648


def test_a_line_layer_is_cut_at_shared_points_and_its_chinese_classes_read(tmp_path):
    lines = [[(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 50)], [(300, 0), (300, 10)]]
    table = {"道路等级": ["县道", "村道", "胡同"], "oneway": ["F", "B", "1"], "路名": ["a", "b", "c"]}
    frame = gpd.GeoDataFrame(table, geometry=[shapely.LineString(x) for x in lines], crs="EPSG:4544")
    frame.to_file(tmp_path / "r.gpkg")
    roads = read_roads(tmp_path / "r.gpkg", crs="EPSG:4544")
    assert roads["class"].tolist() == ["secondary", "secondary", "village", "village"]
    assert roads["name"].tolist() == ["a", "a", "b", "c"]
    assert roads["oneway"].tolist() == [True, True, False, True]  # F: along the line only
    assert roads.length.tolist() == pytest.approx([100, 100, 50, 10])


def test_an_osmnx_graph_keeps_one_line_a_street(tmp_path):
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    for v, (x, y) in enumerate([(104.0, 30.0), (104.01, 30.0), (104.01, 30.01)]):
        graph.add_node(v, x=x, y=y)
    for u, v in ((0, 1), (1, 0)):
        graph.add_edge(u, v, highway="['secondary', 'tertiary']", oneway="False", reversed=str(u == 1))
    graph.add_edge(1, 2, highway="residential", oneway="True")
    nx.write_graphml(graph, tmp_path / "g.graphml")
    roads = read_roads(tmp_path / "g.graphml", crs="EPSG:4544")
    assert roads["class"].tolist() == ["secondary", "village"]
    assert roads["oneway"].tolist() == [False, True]


def test_faults_name_the_file(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.gpkg"):
        read_roads(tmp_path / "nothing.gpkg")
    (tmp_path / "bad.osm").write_text("not osm", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be read as roads"):
        read_roads(tmp_path / "bad.osm")
    (tmp_path / "empty.osm").write_text("<osm version='0.6'></osm>", encoding="utf-8")
    with pytest.raises(DataError, match="holds no roads"):
        read_roads(tmp_path / "empty.osm")
    gpd.GeoDataFrame({"class": ["village"]}, geometry=[shapely.LineString([(0, 0), (1, 1)])]).to_parquet(
        tmp_path / "nocrs.parquet"
    )
    with pytest.raises(DataError, match="coordinate system"):
        read_roads(tmp_path / "nocrs.parquet")


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="the shared real data are not on this machine")
@pytest.mark.parametrize(
    ("file", "zone", "most"), [("andorra/andorra.osm.pbf", 32631, 0.94), ("porto_alegre/poa_osm.pbf", 32722, 0.96)]
)
def test_real_extracts_hang_together(file, zone, most):
    roads = real_roads(file)
    assert roads.crs.to_epsg() == zone
    ends = shapely.get_coordinates([shapely.get_point(g, i) for g in roads.geometry for i in (0, -1)])
    node = np.unique(np.round(ends, 3), axis=0, return_inverse=True)[1].reshape(-1, 2)
    pieces = sorted(map(len, nx.connected_components(nx.Graph(map(tuple, node)))))
    assert pieces[-1] > most * sum(pieces)


def _layer(*lines: list[tuple[float, float]], **columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(line) for line in lines], crs="EPSG:4544")


CROSS = ([(0, 0), (100, 0)], [(50, -50), (50, 50)])


def test_lines_that_cross_meet_where_the_layer_knows_of_no_bridges() -> None:
    roads = roads_from_lines(_layer(*CROSS))
    assert sorted(roads.length) == [50, 50, 50, 50]
    assert {tuple(line.coords[i]) for line in roads.geometry for i in (0, -1)} == {
        (0, 0), (100, 0), (50, -50), (50, 50), (50, 0),
    }  # fmt: skip


def test_lines_that_cross_pass_over_one_another_where_it_does() -> None:
    roads = roads_from_lines(_layer(*CROSS, bridge=["no", "yes"]))
    assert list(roads.length) == [100, 100]


def test_an_end_that_stops_just_short_is_joined_and_one_farther_off_is_not() -> None:
    roads = roads_from_lines(_layer([(0, 0), (100, 0)], [(30, 40), (30, 0.3)], [(60, 40), (60, 2)]))
    assert sorted(roads.length) == [30, 38, 40, 70]


def test_crossings_several_on_one_line_keep_its_shape() -> None:
    across = [[(x, -5), (x, 5)] for x in (10, 70, 40)]
    roads = roads_from_lines(_layer([(0, 0), (50, 0), (100, 0)], *across))
    assert len(roads) == 4 + 6
    assert roads.length.sum() == pytest.approx(130)


def _osm_lines(tmp_path: Path) -> Path:
    """An .osm file with a road, a river and a power line, as GDAL shows it: a layer of columns and other_tags."""
    at = {1: (105.0, 31.0), 2: (105.02, 31.0), 3: (105.01, 30.99), 4: (105.01, 31.01)}
    nodes = "".join(f'<node id="{i}" lon="{x}" lat="{y}" version="1"/>' for i, (x, y) in at.items())
    ways = [
        (10, (1, 2), {"highway": "residential", "bridge": "yes", "oneway": "-1", "access": "no", "foot": "yes"}),
        (11, (3, 4), {"waterway": "river"}),
        (12, (3, 4), {"power": "line"}),
    ]
    text = "".join(
        f'<way id="{i}" version="1">{"".join(f"<nd ref={chr(34)}{r}{chr(34)}/>" for r in refs)}'
        + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        + "</way>"
        for i, refs, tags in ways
    )
    (tmp_path / "c.osm").write_text(f'<osm version="0.6">{nodes}{text}</osm>')
    gpd.read_file(tmp_path / "c.osm", layer="lines").to_file(tmp_path / "c.gpkg", layer="lines")
    return tmp_path


def test_gdals_layer_of_lines_reads_as_the_file_it_came_from(tmp_path: Path) -> None:
    folder = _osm_lines(tmp_path)
    whole, lines = (read_roads(folder / name, "EPSG:4544") for name in ("c.osm", "c.gpkg"))
    columns = ["class", "oneway", "bridge", "walk", "drive"]
    assert lines[columns].to_numpy().tolist() == whole[columns].to_numpy().tolist()
    assert lines[columns].to_numpy().tolist() == [["village", False, True, "yes both", "no"]]
    river = gpd.read_file(folder / "c.gpkg").iloc[1:]
    river.to_file(folder / "river.gpkg")
    with pytest.raises(DataError, match="holds no roads"):
        read_roads(folder / "river.gpkg")


@pytest.mark.parametrize("new", [(), (4,)])
@pytest.mark.parametrize("order", ["nodes first", "ways first", "in the ways"])
def test_the_same_streets_however_the_file_is_written(tmp_path: Path, order: str, new: tuple[int, ...]) -> None:
    at = {1: (105.0, 31.0), 2: (105.01, 31.0), 3: (105.02, 31.0), 4: (105.01, 31.01)}
    name = {k: -k if k in new else k for k in at}
    nodes = "".join(f'<node id="{name[k]}" lon="{x}" lat="{y}" version="1"/>' for k, (x, y) in at.items())
    inside = {k: f' lon="{x}" lat="{y}"' if order == "in the ways" else "" for k, (x, y) in at.items()}
    ways = "".join(
        f'<way id="{w}" version="1">{"".join(f"<nd ref={chr(34)}{name[k]}{chr(34)}{inside[k]}/>" for k in refs)}'
        f'<tag k="highway" v="{kind}"/></way>'
        for w, refs, kind in ((10, (1, 2, 3), "residential"), (-11 if new else 11, (2, 4), "tertiary"))
    )
    text = {"nodes first": nodes + ways, "ways first": ways + nodes, "in the ways": ways}[order]
    (tmp_path / "a.osm").write_text(f'<osm version="0.6">{text}</osm>')
    roads = read_roads(tmp_path / "a.osm", "EPSG:32648")
    assert roads["class"].tolist() == ["village", "village", "tertiary"]
    assert roads.length.sum() == pytest.approx(3018, abs=2)


@pytest.mark.parametrize(
    "columns",
    [
        {"layer": ["道路_甲镇", "道路_乙镇"], "path": ["a.shp", "b.shp"]},
        {"Layer": ["DLSS", "DLSS"], "Linetype": ["", ""]},
        {"layer": [0, 0]},
        {"level": ["1", "1"]},
        {"bridge": ["F", "F"]},
        {"桥梁": ["否", ""]},
    ],
)
def test_a_column_that_tells_of_no_level_parts_no_crossing(columns: dict[str, list[object]]) -> None:
    assert sorted(roads_from_lines(_layer(*CROSS, **columns)).length) == [50, 50, 50, 50]


@pytest.mark.parametrize(
    "columns", [{"layer": [0, 1]}, {"层级": ["0", "1"]}, {"桥名": ["", "张家大桥"]}, {"隧道": [0, 1]}]
)
def test_a_bridge_or_another_level_passes_over(columns: dict[str, list[object]]) -> None:
    assert list(roads_from_lines(_layer(*CROSS, **columns)).length) == [100, 100]


def test_rails_and_roads_that_are_not_there_are_no_roads_and_words_nobody_knows_are_counted() -> None:
    words = [
        "铁路",
        "规划道路",
        "在建公路",
        "高速铁路",
        "城市主干道",
        "省级公路",
        "县乡道",
        "匝道",
        "自行车道",
        "机场路面",
        "",
        None,
    ]
    apart = [[(0, 10 * k), (100, 10 * k)] for k in range(len(words))]
    roads = roads_from_lines(_layer(*apart, 道路等级=words))
    assert roads["class"].tolist() == ["trunk", "trunk", "tertiary", "trunk", "path", "village", "village", "village"]
    assert roads.attrs["no_roads"] == {"铁路": 1, "规划道路": 1, "在建公路": 1, "高速铁路": 1}
    assert roads.attrs["unknown_classes"] == {"机场路面": 1}


def test_chinese_columns_and_words_of_road_layers() -> None:
    words = ["高速公路", "国道", "省道", "县道", "乡道", "村道", "机耕路", "G5", "G108", "S40", "X012", "C045", "渡口"]
    apart = [[(0, 10 * k), (100, 10 * k)] for k in range(len(words))]
    roads = roads_from_lines(_layer(*apart, 行政等级=words))
    assert roads["class"].tolist() == [
        "motorway", "trunk", "trunk", "secondary", "tertiary", "village", "path", "motorway", "trunk", "motorway",
        "secondary", "village", "ferry",
    ]  # fmt: skip
    told = _layer(
        *apart[:4],
        技术等级=["四级", "三级公路", "四级", "二级"],
        单行=["是", "否", "逆向", ""],
        限高=["3.0", "", "4.5米", "0"],
        限宽=["2.2m", None, "", "3"],
        限速=[20, 0, 40, 60],
        路面宽度=["3.0", "6", "", "7"],
        桥梁=["", "", "是", ""],
        渡口=["", "是", "", ""],
    )
    roads = roads_from_lines(told)
    assert roads["class"].tolist() == ["village", "ferry", "village", "trunk"]
    assert roads["oneway"].tolist() == [True, False, True, False] and roads["bridge"].tolist() == [
        False,
        False,
        True,
        False,
    ]
    assert roads["drive"].tolist() == [None, "yes", None, None]  # a road that goes by ferry takes cars along
    assert roads.geometry.iloc[2].coords[0] == (100, 20)  # against the line: turned round
    assert roads["maxheight"].fillna(0).tolist() == [3, 0, 4.5, 0] and roads["maxwidth"].fillna(0).tolist() == [
        2.2,
        0,
        0,
        3,
    ]
    assert roads["maxspeed"].fillna(0).tolist() == [20, 0, 40, 60] and roads["width"].fillna(0).tolist() == [3, 6, 0, 7]


def test_words_of_the_national_standard_and_of_bureaus_tables() -> None:
    """GB/T 13923's names; route numbers beside the class; roads not yet built; units in the headers and the cells."""
    words = {
        "大车路": "path", "乡村路": "village", "时令路": "path", "山隘": "path", "人行桥": "path", "街坊路": "village",
        "国道G318": "trunk", "S205省道": "trunk", "县道X101": "secondary", "环城高速": "motorway",
        "通组公路": "village", "建筑中的高速公路": None, "规划国道": None,
        "G": "trunk", "x": "secondary", "C": "village", "G310410122": "trunk", "G30410000": "motorway",
        "轮渡航线": "ferry", "内河航道": None,
    }  # fmt: skip
    apart = [[(0, 10 * k), (100, 10 * k)] for k in range(len(words))]
    roads = roads_from_lines(_layer(*apart, 道路等级=list(words), word=list(words)))
    assert dict(zip(roads["word"], roads["class"], strict=True)) == {w: c for w, c in words.items() if c}
    assert "unknown_classes" not in roads.attrs and len(roads.attrs["no_roads"]) == 3
    assert roads_from_lines(_layer(*apart[:2], 路线编号=["S205", "Y012410122"]))["class"].tolist() == [
        "trunk",
        "tertiary",
    ]
    told = {
        "路面宽度（米）": ["3.0", "6"],
        "限高(m)": ["限高3.5m", "3500mm"],
        "限速": ["限速40", "40KM"],
        "限长": ["7米", ""],
    }
    roads = roads_from_lines(_layer(*apart[:2], **told))
    assert roads["width"].tolist() == [3, 6] and roads["maxheight"].tolist() == [3.5, 3.5]
    assert roads["maxspeed"].tolist() == [40, 40] and roads["maxlength"].fillna(0).tolist() == [7, 0]
    roads = roads_from_lines(_layer(*apart[:4], 行驶方向=["正向单行", "逆向单行", "双向通行", "单行线"]))
    assert roads["oneway"].tolist() == [True, True, False, True]
    assert [line.coords[0][0] == 100 for line in roads.geometry] == [False, True, False, False]


def test_one_way_by_the_points_of_the_compass_and_words_nobody_knows() -> None:
    """The lines run east, east, north and west; 东西向 says how a road lies, not that it is one-way."""
    lines = [[(0, 0), (100, 0)], [(0, 9), (100, 9)], [(300, 0), (300, 90)], [(500, 0), (400, 0)]]
    roads = roads_from_lines(_layer(*lines, 单行=["自东向西", "由西向东单行", "北往南", "双向"]))
    assert roads["oneway"].tolist() == [True, True, True, False] and "unknown_directions" not in roads.attrs
    assert [line.coords[0] for line in roads.geometry] == [(100, 0), (0, 9), (300, 90), (500, 0)]
    roads = roads_from_lines(_layer(*lines, 方向=["上行", "东西向", "上行", "双向通行"]))
    assert not roads["oneway"].any() and roads.attrs["unknown_directions"] == {"上行": 2, "东西向": 1}


@pytest.mark.parametrize(
    ("values", "back", "oneway"),
    [
        (["F", "T", "B"], [False, True, False], [True, True, False]),  # Geofabrik: from, to, both
        (["T", None, None], [True, False, False], [True, False, False]),
        (["T", "F", "F"], [False, False, False], [True, False, False]),  # true and false
        (["yes", "-1", "no"], [False, True, False], [True, True, False]),
        ([1, -1, 0], [False, True, False], [True, True, False]),
        (["单行", "reverse", "双向"], [False, True, False], [True, True, False]),
        ([True, False, False], [False, False, False], [True, False, False]),
    ],
)
def test_one_way_however_it_is_written(values: list[object], back: list[bool], oneway: list[bool]) -> None:
    apart = [[(0, 10 * k), (100, 10 * k)] for k in range(3)]
    roads = roads_from_lines(_layer(*apart, oneway=values))
    assert roads["oneway"].tolist() == oneway
    assert [line.coords[0][0] == 100 for line in roads.geometry] == back
    tagged = roads_from_lines(
        _layer(*apart, fclass=["residential", "track_grade2", "primary_link"], oneway=["F", "T", "B"])
    )
    assert tagged["class"].tolist() == ["village", "path", "trunk"]
    assert tagged["oneway"].tolist() == [True, False, False]  # no car on the track, and its direction with it
    assert tagged["bike"].tolist() == ["open forward", "open backward", "open both"]


def test_speeds_under_the_names_of_design_speed_and_in_words() -> None:
    words = ["40km/h", "≤40", "设计速度60公里/时", "时速30公里"]
    apart = [[(0, 10 * k), (100, 10 * k)] for k in range(4)]
    for header in ("车速", "设计时速", "设计速度（km/h）"):
        assert roads_from_lines(_layer(*apart, **{header: words}))["maxspeed"].tolist() == [40, 40, 60, 30]
    both = roads_from_lines(_layer(apart[0], 设计速度=["60"], 限速=["40"]))
    assert both["maxspeed"].tolist() == [40]  # what is allowed goes before what it was built for


def test_column_names_that_a_shapefile_cut_within_a_character_are_read(tmp_path: Path) -> None:
    """Ten bytes hold three Chinese characters and a third of the fourth: 道路等级 is written as 道路等 and a byte."""
    lines = [[(0, 0), (100, 0)], [(0, 9), (100, 9)]]
    with warnings.catch_warnings(action="ignore"):  # GDAL says that it cuts
        _layer(*lines, 道路等级=["县道", "机耕路"], 是否单行=["是", "否"], 路面宽度=["3.5", "2"]).to_file(
            tmp_path / "r.shp"
        )
    roads = read_roads(tmp_path / "r.shp")
    assert roads["class"].tolist() == ["secondary", "path"] and roads["oneway"].tolist() == [True, False]
    assert roads["width"].tolist() == [3.5, 2]
    raw = read_table(tmp_path, "r.shp")
    assert list(raw.frame.columns)[:2] == ["道路等", "是否单"] and any(
        "道路等" in fault.message.en for fault in raw.told
    )


def test_texts_that_a_shapefile_cut_within_a_character_are_told(tmp_path: Path) -> None:
    """山里小学 without its last byte: three characters are left, and it is said in which column and how often."""
    half = "山里小学".encode()[:-1].decode("latin-1")
    pyogrio.write_dataframe(
        _layer([(0, 0), (9, 0)], [(0, 9), (9, 9)], name=[half, "S2"]), tmp_path / "t.shp", encoding="ISO-8859-1"
    )
    (tmp_path / "t.cpg").write_text("UTF-8")
    raw = read_table(tmp_path, "t.shp")
    assert raw.frame["name"].tolist() == ["山里小", "S2"]
    (told,) = [fault.message for fault in raw.told]
    assert "name (1)" in told.en and "name（1 行）" in told.zh


def test_our_own_layer_comes_back_as_it_went(tmp_path: Path) -> None:
    """Two nodes at one place stay two: what is written and read again is not cut anew."""
    twice = OSM.replace('<node id="4" lat="30.01" lon="104.01"', '<node id="4" lat="30.00" lon="104.02"')
    (tmp_path / "a.osm").write_text(twice, encoding="utf-8")
    roads = read_roads(tmp_path / "a.osm", "EPSG:4544")
    roads.to_parquet(tmp_path / "r.parquet")
    again = read_roads(tmp_path / "r.parquet", "EPSG:4544")
    assert again.geometry.tolist() == roads.geometry.tolist()
    columns = [c for c in roads.columns if c != "geometry"]
    same = again[columns].astype("string").fillna("") == roads[columns].astype("string").fillna("")
    assert same.all(axis=None)
