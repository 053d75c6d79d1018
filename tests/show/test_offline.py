"""The vendored copies are what folium links, and nothing else gets through."""

import base64
import hashlib
import re

import branca.colormap
import folium
import pytest
from branca.element import Element, Figure, JavascriptLink
from folium.plugins import DualMap, MarkerCluster

from layout_planner.base.errors import DataError
from layout_planner.page.briefing import QR_CODES
from layout_planner.page.offline import USED_BY, VENDOR, manifest, single_file

CLASSES = (folium.Map, folium.GeoJson, folium.Popup, folium.Tooltip, folium.CircleMarker, folium.PolyLine)
"""What a planner's own map is made of; none may link more than the manifest knows of or `USED_BY` drops."""


def plain_map() -> folium.Map:
    return folium.Map([31, 105], tiles=None, prefer_canvas=True)


def test_every_vendored_file_has_the_digest_of_the_manifest() -> None:
    import json

    packages = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))["packages"]
    files = {entry["file"]: entry["sha256"] for package in packages for entry in package["files"]}
    assert {file: hashlib.sha256((VENDOR / file).read_bytes()).hexdigest() for file in files} == files
    on_disk = {
        str(path.relative_to(VENDOR).as_posix())
        for path in VENDOR.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert on_disk == {*files, "manifest.json", "fetch.py", "README.md"}
    for package in packages:
        assert package["licence"]
        assert any("LICENSE" in entry["file"] for entry in package["files"])


@pytest.mark.parametrize("cls", CLASSES)
def test_every_link_of_the_folium_classes_is_vendored_or_dropped(cls: type) -> None:
    links = [*getattr(cls, "default_js", []), *getattr(cls, "default_css", [])]
    unknown = [(name, url) for name, url in links if url not in manifest() and name not in USED_BY]
    assert not unknown
    if cls is folium.Map:
        assert {"leaflet", "leaflet_css"} <= {name for name, url in links if url in manifest()}


def test_what_the_manifest_replaces_is_what_this_folium_links() -> None:
    figure = plain_map()
    branca.colormap.LinearColormap(["red", "blue"]).add_to(figure)
    root = figure.get_root()
    beside = DualMap(tiles=None).get_root()
    linked = set()
    for page in (root, beside):
        page.render()
        linked |= {element.url for element in page.header._children.values() if hasattr(element, "url")}
    assert set(manifest()) <= linked | {QR_CODES}  # the briefing's own


def test_a_plain_map_is_small_and_links_nothing() -> None:
    page = single_file(plain_map().get_root())
    assert len(page) < 180_000
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//|url\(["']?(?:https?:)?//""", _without_scripts(page))
    for dropped in ("jquery", "bootstrap", "FontAwesome", "d3.min"):
        assert dropped not in page
    assert page.count("data:image/png;base64,") >= 6  # css images and the default icons
    assert "Copyright (c) 2010-2022, Vladimir Agafonkin" in page  # the licence goes along


def test_popups_bring_jquery_and_scales_bring_d3() -> None:
    page = plain_map()
    folium.Marker([31, 105], popup=folium.Popup("a")).add_to(page)
    assert "jQuery v3.7.1" in single_file(page.get_root())
    scaled = plain_map()
    branca.colormap.LinearColormap(["red", "blue"]).add_to(scaled)
    assert "d3.scale" in single_file(scaled.get_root())


def _without_scripts(page: str) -> str:
    return re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)


def _with_cluster() -> Figure:
    page = plain_map()
    MarkerCluster().add_to(page)
    return page.get_root()


def _with_icon() -> Figure:
    page = plain_map()
    folium.Marker([31, 105], icon=folium.Icon(color="red")).add_to(page)
    return page.get_root()


def _with_raw_link() -> Figure:
    page = plain_map().get_root()
    page.html.add_child(Element('<img src="https://example.org/logo.png">'))
    return page


def _with_own_link() -> Figure:
    figure = Figure()
    figure.header.add_child(JavascriptLink("https://example.org/own.js"), name="own")
    return figure


@pytest.mark.parametrize(
    ("build", "named"),
    [
        (_with_cluster, "markercluster"),
        (_with_icon, "awesome"),
        (_with_raw_link, "https://example.org/logo.png"),
        (_with_own_link, "https://example.org/own.js"),
    ],
)
def test_a_link_without_a_copy_is_refused_by_name(build, named: str) -> None:
    with pytest.raises(DataError, match=re.escape(named)):
        single_file(build())


def test_tiles_are_refused() -> None:
    with pytest.raises(DataError, match="tiles"):
        single_file(folium.Map([31, 105]).get_root())


def test_the_policy_names_exactly_the_scripts_of_the_page() -> None:
    page = single_file(plain_map().get_root())
    allowed = set(re.findall(r"'sha256-([^']+)'", page))
    bodies = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = {base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in bodies}
    assert allowed == digests
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "http" not in policy[1]


def test_the_title_is_escaped() -> None:
    figure = Figure(title="</title><script>alert(1)</script>")
    assert "<script>alert(1)" not in single_file(figure)
