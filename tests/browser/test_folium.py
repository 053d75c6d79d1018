"""The folium map of a plan in a browser: no request, names inert, layers of others beside ours."""

from __future__ import annotations

import folium
import geopandas as gpd
import pytest
from shapely.geometry import Point
from show_toy import CRS, HOSTILE, X0, Y0, toy_plans, with_names

from layout_planner.base.escape import shorten
from layout_planner.show.explore import LAYERS

pytestmark = pytest.mark.browser
EVERYTHING = [name for name in LAYERS if name != "isochrones"]

OPEN_ALL = """() => {
    const told = [];
    MAP.eachLayer((layer) => {
        if (!layer.feature) return;
        const latlng = layer.getLatLng ? layer.getLatLng() : layer.getBounds().getCenter();
        for (const [event, kind] of [["mouseover", "tooltip"], ["click", "popup"]]) {
            layer.fire(event, {latlng, originalEvent: new MouseEvent(event)}, true);
            told.push(...[...document.querySelectorAll(`.leaflet-${kind}`)].map((box) => box.textContent));
        }
        layer.fire("mouseout", {latlng}, true);
    });
    return told;
}"""
"""Opens every tooltip and popup of a map once; gives what they say."""


def test_hostile_names_are_inert_in_tooltips_popups_layers_and_legend(open_page) -> None:
    today, plan = toy_plans()
    m = with_names(today, HOSTILE[::-1]).explore(layers=["schools"])
    with_names(plan, HOSTILE).explore(m=m, layers=EVERYTHING)
    opened = open_page(m.page().page)
    told = opened.run(OPEN_ALL.replace("MAP", m.get_name()))
    assert opened.run("window.pwned") is None
    assert opened.errors == []
    assert opened.requests == []
    for name in HOSTILE:
        # HTML has no sign for NUL: the browser leaves it out or shows that something is missing.
        shown = " ".join(shorten(name).replace("\x00", "").split())
        assert sum(shown in " ".join(text.replace("\ufffd", "").split()) for text in told) >= 4
    boxes = (".leaflet-control-layers", ".layout-planner-legend", ".leaflet-tooltip", ".leaflet-popup")
    assert opened.page.locator(", ".join(f"{box} img, {box} script" for box in boxes)).count() == 0


def test_the_map_opens_without_a_request_and_shows_layers_of_others(open_page) -> None:
    plan = toy_plans(polygons=True)[1]
    m = plan.explore()
    own = folium.FeatureGroup(name="own").add_to(m)
    folium.Marker([31.44, 104.9], popup="mine").add_to(own)
    gpd.GeoDataFrame({"a": ["b"]}, geometry=[Point(X0 + 5_000, Y0 + 5_000)], crs=CRS).explore(m=m, name="geopandas")
    opened = open_page(m.page().page)
    words = opened.text(".leaflet-control-layers").split("\n")
    assert [word.strip() for word in words if word.strip()][-2:] == ["own", "geopandas"]
    assert "56" in words[0]
    assert opened.page.locator(".leaflet-lp-without-pane path").count() == 1
    assert opened.page.locator(".leaflet-lp-schools-pane path").count() == 6
    opened.page.locator(".leaflet-lp-without-pane path").dispatch_event("mouseover")
    assert "56" in opened.text(".leaflet-tooltip")
    assert opened.requests == []
    assert opened.errors == []


def test_two_maps_move_together(open_page) -> None:
    today, plan = toy_plans()
    both = today.explore_beside(plan)
    opened = open_page(both.page().page)
    assert opened.page.locator(".leaflet-lp-without-pane path").count() == 2
    opened.run(f"{both.m1.get_name()}.setView([31.5, 104.95], 12, {{animate: false}})")
    assert opened.run(f"{both.m2.get_name()}.getZoom()") == 12
    assert opened.requests == []
    assert opened.errors == []
