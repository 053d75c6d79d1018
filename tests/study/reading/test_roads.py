from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from layout_planner.base.errors import DataError
from layout_planner.study.reading.roads import ROAD_COLUMNS, read_roads, roads_from_lines

DATA = Path(__file__).parents[3].parent / "shared" / "data"
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


@pytest.mark.skipif(not DATA.exists(), reason="the shared real data are not on this machine")
@pytest.mark.parametrize(
    ("file", "zone", "most"), [("andorra/andorra.osm.pbf", 32631, 0.94), ("porto_alegre/poa_osm.pbf", 32722, 0.96)]
)
def test_real_extracts_hang_together(file, zone, most):
    roads = read_roads(DATA / file)
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
