"""Roads and schools through osmnx, from a small Overpass on loopback; its settings come back as they were."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import networkx as nx
import numpy as np
import osmnx
import pytest
import shapely

import layout_planner as lp
from layout_planner.reading import draft_study
from layout_planner.reading.online import fetch
from layout_planner.travel import road_graph
from tests.study.toy_folder import FILES

BOX = (104.99, 30.99, 105.13, 31.07)
NODES = {
    1: (105.0, 31.0), 2: (105.02, 31.01), 3: (105.06, 31.03),
    4: (105.1, 31.05), 5: (105.12, 31.06), 6: (105.09, 31.035),
}  # fmt: skip
WAYS = {
    11: ([1, 2, 3], {"highway": "residential", "name": "东路"}),
    12: ([3, 4, 5], {"highway": "primary", "maxspeed": "60"}),
    13: ([1, 3], {"highway": "footway"}),
    14: ([4, 6, 3], {"highway": "secondary", "oneway": "yes"}),
}
SCHOOLS = [
    {"type": "node", "id": 21, "lat": 31.0, "lon": 105.01, "tags": {"amenity": "school", "name": "东乡中心小学"}},
    {"type": "node", "id": 22, "lat": 31.05, "lon": 105.1,
     "tags": {"amenity": "school", "name": "{{7*7}}<b>", "isced:level": "1-2"}},
    {"type": "node", "id": 23, "lat": 31.05, "lon": 105.11, "tags": {"amenity": "kindergarten", "name": "小星星"}},
    {"type": "node", "id": 24, "lat": 31.06, "lon": 105.11, "tags": {"amenity": "school", "name": "希望学校"}},
]  # fmt: skip


class Overpass(BaseHTTPRequestHandler):
    """Answers with the toy's roads, or its schools, or a remark."""

    remark = ""
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self._give({})

    def do_POST(self) -> None:
        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["data"][0]
        type(self).asked.append(query)
        nodes = [{"type": "node", "id": k, "lon": x, "lat": y} for k, (x, y) in NODES.items()]
        ways = [{"type": "way", "id": k, "nodes": via, "tags": tags} for k, (via, tags) in WAYS.items()]
        answer: dict[str, Any] = {"elements": SCHOOLS if "amenity" in query else [*nodes, *ways]}
        if self.remark:
            answer = {"elements": answer["elements"][:7], "remark": self.remark}
        self._give(answer)

    def _give(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def overpass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Overpass]]:
    with HTTPServer(("127.0.0.1", 0), Overpass) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setattr(osmnx.settings, "overpass_url", f"http://127.0.0.1:{server.server_port}/api")
        monkeypatch.setattr(osmnx.settings, "overpass_rate_limit", False)
        monkeypatch.setattr(osmnx.settings, "cache_folder", str(tmp_path / "cache"))
        monkeypatch.setattr(Overpass, "remark", "")
        monkeypatch.setattr(Overpass, "asked", [])
        yield Overpass
        server.shutdown()
        thread.join()


def toy(folder: Path) -> Path:
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_roads_keep_every_piece_with_its_own_tags(overpass: type[Overpass]) -> None:
    before = {
        name: getattr(osmnx.settings, name) for name in ("useful_tags_way", "useful_tags_node", "requests_kwargs")
    }
    roads = lp.roads_from_osm(BOX)
    assert before == {name: getattr(osmnx.settings, name) for name in before}
    assert sorted(roads["highway"]) == ["footway", *["primary"] * 2, *["residential"] * 2, *["secondary"] * 2]
    assert sorted(roads["oneway"]) == [False] * 5 + [True] * 2
    assert set(roads.loc[roads["highway"] == "primary", "maxspeed"]) == {60.0}
    assert roads.crs == "EPSG:32648"
    assert '["route"="ferry"]' in overpass.asked[1]


def test_what_is_fetched_once_is_kept_by_osmnx(overpass: type[Overpass]) -> None:
    lp.roads_from_osm(BOX)
    asked = len(overpass.asked)
    lp.roads_from_osm(BOX)
    assert len(overpass.asked) == asked


def test_half_an_answer_is_refused(overpass: type[Overpass]) -> None:
    overpass.remark = "runtime error: Query timed out"
    with lp.using_language("en"), pytest.raises(lp.RunError, match=r"a part only .runtime error: Query timed out"):
        lp.roads_from_osm(BOX)
    with lp.using_language("zh"), pytest.raises(lp.RunError, match="部分数据"):
        lp.schools_from_osm(BOX)


def test_schools_say_what_their_stage_is_from(overpass: type[Overpass]) -> None:
    schools = lp.schools_from_osm(BOX)
    told = {name: (row["stage"], row["stage_from"]) for name, row in schools.iterrows()}
    assert told == {
        "node/21": ("primary", "name"), "node/22": ("primary+junior", "tag"), "node/23": ("kindergarten", "tag"),
        "node/24": ("", ""),
    }  # fmt: skip
    assert schools.at["node/22", "name"] == "{{7*7}}<b>"


def test_a_draft_from_openstreetmap(overpass: type[Overpass], tmp_path: Path) -> None:
    files = fetch(BOX, tmp_path / "county")
    text = draft_study(tmp_path / "county")
    assert "[schools]" in text and 'file = "roads.gpkg"' in text
    assert [file.name for file in files] == ["schools.csv", "roads.gpkg"]
    with lp.using_language("en"), pytest.raises(lp.RunError, match="is there already"):
        fetch(BOX, tmp_path / "county")


def test_an_area_in_metres_is_refused() -> None:
    with lp.using_language("en"), pytest.raises(lp.DataError, match="no polygon in degrees"):
        lp.roads_from_osm(shapely.box(500_000, 3_400_000, 510_000, 3_410_000))


def test_a_graph_in_memory_is_the_roads_of_a_study(overpass: type[Overpass], tmp_path: Path) -> None:
    graph = osmnx.graph_from_bbox(BOX, simplify=True, retain_all=True)
    study = lp.read_study(toy(tmp_path / "toy"), roads=graph)
    assert study.roads is not None and study.roads.crs == study.crs
    with lp.using_language("en"):
        assert any("handed in" in str(told) for told in study.sources["statements"])
    with lp.using_language("en"), pytest.raises(lp.DataError, match="neither a graph of osmnx"):
        lp.read_study(tmp_path / "toy", roads=nx.MultiDiGraph([(1, 2)]))


@pytest.mark.parametrize("mode", ["walk", "bike", "drive"])
def test_ways_are_those_of_networkx_on_our_graph(overpass: type[Overpass], tmp_path: Path, mode: str) -> None:
    study = lp.read_study(toy(tmp_path / "toy"), roads=lp.roads_from_osm(BOX))
    graph = study.graph(mode)
    assert graph.graph["crs"] == study.crs
    for same in (road_graph(study, mode), lp.travel_matrix(study, mode, cache=False).graph(study)):
        assert nx.utils.graphs_equal(nx.MultiDiGraph(same.edges(keys=True)), nx.MultiDiGraph(graph.edges(keys=True)))
        assert [m for *_, m in same.edges(data="minutes")] == [m for *_, m in graph.edges(data="minutes")]
    assert all({"length", "minutes", "travel_time", "geometry"} <= set(data) for *_, data in graph.edges(data=True))
    nodes = osmnx.nearest_nodes(graph, study.places.geometry.x, study.places.geometry.y)
    at = [shapely.Point(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in nodes]
    moved = study.with_(places=study.places.set_geometry(at, crs=study.crs))
    there = {site: osmnx.nearest_nodes(graph, point.x, point.y) for site, point in study.schools.geometry.items()}
    sites = [shapely.Point(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in there.values()]
    moved = moved.with_(schools=moved.schools.set_geometry(sites, crs=study.crs), sites=moved.sites.iloc[:0])
    travel = lp.travel_matrix(moved, mode, cache=False)
    for place, node in zip(moved.places.index, nodes, strict=True):
        lengths = nx.single_source_dijkstra_path_length(graph, node, weight="minutes")
        for site, end in there.items():
            expected = lengths.get(end, np.nan)
            told = travel.minutes.at[place, site]
            assert told == pytest.approx(expected, rel=1e-9, abs=1e-6, nan_ok=True), (place, site)
