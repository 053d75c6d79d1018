"""Names that want to run stay text, in every sink of our page and of a folium map whose names went through `esc`."""

from __future__ import annotations

import folium
import pytest
from show_toy import HOSTILE, toy_plans

from layout_planner.base.escape import shorten
from layout_planner.show import briefing, esc, single_file

pytestmark = pytest.mark.browser


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:12])
def test_a_hostile_name_stays_text_everywhere_on_the_page(open_page, name: str) -> None:
    opened = open_page(briefing(toy_plans(name), sheets=False).page)
    for stage in ("primary", "junior"):
        for kind, at in (("school", 0), ("school", 3), ("school", 5), ("place", 4), ("place", 39)):
            opened.run("change => Page.set(change)", {"stage": stage, "pick": {"kind": kind, "at": at}})
            opened.run("change => Page.set(change)", {"lang": "en"})
    opened.run(
        "change => Page.set(change)", {"stage": "primary", "layers": {"names": True, "lines": True, "far": True}}
    )
    opened.page.mouse.move(600, 400)
    assert opened.run("window.pwned") is None
    assert opened.errors == []
    assert opened.requests == []
    shown = shorten(name)
    assert opened.run("document.getElementById('title').textContent") == shown
    assert opened.run("document.querySelector('#card bdi').textContent") == shown
    assert opened.page.locator("#card img, #card script, .panel img, .panel script, .top img, .top script").count() == 0
    assert opened.run("document.documentElement.scrollWidth") <= 1366
    # A name that turns the text around is shut in its own box.
    assert opened.run("getComputedStyle(document.querySelector('#far bdi')).unicodeBidi") == "isolate"


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:12])
def test_a_hostile_name_stays_text_in_lists_findings_sheets_and_edits(open_page, name: str) -> None:
    opened = open_page(briefing(toy_plans(name)).page)
    opened.run("() => Changes.decide(3, 'close')")
    for lang in ("zh", "en"):
        for tab in ("overview", "schools", "findings", "sheets"):
            opened.run("change => Page.set(change)", {"stage": "primary", "lang": lang, "tab": tab})
            opened.page.mouse.move(700, 300)
    assert opened.run("Scenario.scenario().edits.length") == 1
    assert opened.run("Yaml.write(Scenario.scenario())").count("\n") < 60  # a name adds no lines of its own
    assert opened.run("window.pwned") is None
    assert opened.errors == []
    assert opened.requests == []
    assert opened.page.locator(".panel img, .panel script, .top img, .top script").count() == 0
    assert opened.run("document.documentElement.scrollWidth") <= 1366


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:12])
def test_escaped_names_are_inert_in_every_sink_of_folium(open_page, name: str) -> None:
    page = folium.Map([31, 105], tiles=None, prefer_canvas=True, zoom_start=9)
    group = folium.FeatureGroup(name=esc(name)).add_to(page)
    folium.Marker([31, 105], popup=folium.Popup(esc(name)), tooltip=esc(name)).add_to(group)
    folium.Marker([31.1, 105], icon=folium.DivIcon(html=esc(name))).add_to(group)
    folium.CircleMarker([31.2, 105], popup=esc(name), tooltip=folium.Tooltip(esc(name), permanent=True)).add_to(group)
    folium.LayerControl(collapsed=False).add_to(page)
    opened = open_page(single_file(page.get_root()))
    opened.run(f"{page.get_name()}.eachLayer(layer => layer.getPopup && layer.getPopup() && layer.openPopup())")
    assert opened.run("window.pwned") is None
    assert opened.errors == []
    assert opened.requests == []
    assert name.strip()[:20] in opened.run("document.querySelector('.leaflet-popup-content').textContent")


def test_the_test_would_notice(open_page) -> None:
    # Unescaped, a template literal runs even under the policy: it stands in the page's own script.
    page = folium.Map([31, 105], tiles=None)
    folium.Marker([31, 105], popup=folium.Popup("${window.pwned=3}")).add_to(page)
    assert open_page(single_file(page.get_root())).run("window.pwned") == 3
