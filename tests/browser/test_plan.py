"""The rest of the hand that plans: grades apart, a ring around villages, a new school, notes, a code to scan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point
from show_toy import CRS, toy_plans, toy_study

import layout_planner as lp
from layout_planner.scenario import Merge, Open, Pin, Scenario, apply
from layout_planner.show import briefing

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def html() -> str:
    """The toy county with villages on a grid, each beside those next to it."""
    beside = [
        (f"V{i + 1:02d}", f"V{j + 1:02d}")
        for i in range(40)
        for j in (i + 1, i + 8)
        if j < 40 and (j - i == 8 or j % 8)
    ]
    plans = [
        plan.with_(study=plan.study.with_(adjacency=pd.DataFrame(beside, columns=["place_a", "place_b"])))
        for plan in toy_plans()
    ]
    return briefing(plans, sheets=False).page


@pytest.fixture
def today(open_page: Any, html: str) -> Any:
    opened = open_page(html)
    opened.run("Page.set({plan: 0})")
    return opened


def written(opened: Any) -> tuple[Any, ...]:
    return Scenario.from_mapping(opened.run("Scenario.scenario()")).edits


def test_any_band_of_grades_goes_to_another_school(today: Any) -> None:
    today.run("Page.pick('school', 2)")
    today.page.click("#actGrades")
    bands = today.page.eval_on_selector_all("#bands option", "nodes => nodes.map(n => n.value)")
    assert bands == ["2-6", "3-6", "4-6", "5-6", "6", "1", "1-2", "1-3", "1-4", "1-5"]
    today.page.select_option("#bands", "4-6")
    today.page.select_option("#into", "1")
    assert written(today) == (Merge("S3", into="S2", grades="4-6", stage="primary"),)
    # Grade 4 is the only one with children among them: 22 in each village; grade 1 stays.
    stays = today.run("Reader.view().schools.roll[2]")
    gone = today.run("Reader.view().figures.pupils_moved")
    assert gone > 0 and gone % 22 == 0
    assert stays + gone == today.run("Reader.reference().schools.roll[2]")
    assert "黄坪小学 的 4-6 年级并入 白岩小学" in today.text("#edits")
    assert today.errors == []


def ring(opened: Any, places: list[int], margin: float = 8.0) -> None:
    """Draw a ring by hand around villages that lie in a row."""
    spots = opened.run(
        """at => at.map(k => { const {lat, lon} = Page.data.places;
        const p = Page.map.latLngToContainerPoint([lat[k], lon[k]]);
        const box = document.getElementById("map").getBoundingClientRect(); return [box.x + p.x, box.y + p.y]; })""",
        places,
    )
    west, east = min(x for x, _ in spots) - margin, max(x for x, _ in spots) + margin
    north, south = min(y for _, y in spots) - margin, max(y for _, y in spots) + margin
    mouse = opened.page.mouse
    mouse.move(west, north)
    mouse.down()
    for corner in ((east, north), (east, south), (west, south)):
        mouse.move(*corner, steps=3)
    mouse.up()
    opened.run("0")


def test_a_ring_paints_villages_and_tells_seats_and_whether_they_hang_together(today: Any) -> None:
    today.run("Page.pick('school', 1)")
    today.page.click("#actPaint")
    # V04, V05, V12 …: 301 pupils of seven villages, all beside each other.
    assert today.text("#zone") == "在校 301 人，学位 500，学区连片"
    today.page.click("#lassoOn")
    ring(today, [32, 33])  # V33 and V34, in the far corner
    assert written(today) == (Pin("V33", "S2", stage="primary"), Pin("V34", "S2", stage="primary"))
    more = 20 + 32 % 3 + 22 + 20 + 33 % 3 + 22
    assert today.text("#zone") == f"在校 {301 + more} 人，学位 500，学区分成 2 块（原 1 块）"
    today.run("at => Hand.paint(at)", list(range(16)))
    assert "超 " in today.text("#zone")
    assert today.run("document.getElementById('zone').className") == "bad"
    today.page.click("#handDone")
    assert today.page.locator("#lasso").count() == 0
    assert today.errors == []


def test_without_neighbours_the_page_does_not_guess(open_page: Any) -> None:
    opened = open_page(briefing(toy_plans(), sheets=False).page)
    opened.run("Page.set({plan: 0, hand: {do: 'paint', school: 1}})")
    assert "未判断是否连片" in opened.text("#zone")


def test_a_new_school_where_the_map_is_clicked(today: Any, open_page: Any, html: str, tmp_path: Path) -> None:
    today.page.click("#newSchool")
    x, y = today.run(
        """() => { const {lat, lon} = Page.data.places, p = Page.map.latLngToContainerPoint([lat[31], lon[31] - 0.004]);
        const box = document.getElementById("map").getBoundingClientRect(); return [box.x + p.x, box.y + p.y]; }"""
    )
    today.page.mouse.click(x, y)
    assert "估算" in today.text("#card")
    today.page.fill("#actSeats", "315")
    today.page.keyboard.press("Tab")
    (opening,) = written(today)
    assert isinstance(opening, Open) and opening.seats == 315 and opening.name == "新校 1"
    lon, lat = (float(part) for part in opening.site.removeprefix("new@").split(","))
    # Straight lines at 4 km/h: the estimate is the true way, to the metre the clicked point is written with.
    study = toy_study()
    point = gpd.GeoSeries([Point(lon, lat)], crs="EPSG:4326").to_crs(CRS).iloc[0]
    home = study.place_points()["V32"]
    today.run("at => Changes.pin([at], Page.data.schools.id.length - 1)", 31)
    way = today.run("Logic.placeFacts(Reader.view(), 31).to[0]")
    assert way["metres"] == pytest.approx(home.distance(point), rel=0.02)
    assert way["minutes"] == pytest.approx(way["metres"] / 4_000 * 60, rel=1e-6)
    today.run("Page.pick('place', 31)")
    assert "估算" in today.text("#card")
    assert "路程为估算" in today.text("#verdict")
    # Its pupils ask for it when their school closes, and all it says comes back with a file and with a link.
    today.run("Changes.decide(2, 'close')")
    assert today.run("Reader.view().schools.roll[Reader.view().schools.at.indexOf(7)]") > 42
    figures, link = today.run("Reader.view().figures"), today.run("Keep.shortState()")
    told = today.run("Scenario.scenario()")
    again = open_page(html)
    assert again.run("told => Scenario.load(told)", told) == []
    assert again.run("Reader.view().figures") == figures
    third = open_page(html)
    third.run("link => Keep.paste('x.html#s=' + link)", link)
    assert third.run("Reader.view().figures") == figures
    assert today.errors == again.errors == third.errors == []


def test_the_command_line_measures_what_the_page_estimates(today: Any) -> None:
    """The file runs once its site stands among the study's: the same point, really measured."""
    today.run("Page.set({hand: {do: 'site'}})")
    today.run("Hand.clicked(null, [Page.data.places.lon[31], Page.data.places.lat[31]])")
    scenario = Scenario.from_mapping(today.run("Scenario.scenario()"))
    lon, lat = (float(part) for part in scenario.edits[0].site.removeprefix("new@").split(","))
    study = toy_study()
    site = gpd.GeoDataFrame(
        {"name": ["新校"], "stage": ["primary"], "seats": [270.0]},
        index=pd.Index([scenario.edits[0].site], name="site_id"),
        geometry=gpd.GeoSeries([Point(lon, lat)], crs="EPSG:4326").to_crs(CRS).to_numpy(), crs=CRS,
    )  # fmt: skip
    study = study.with_(sites=site)
    after = apply(study, scenario)
    assert after.seats("primary")[scenario.edits[0].site] == 270
    travel = lp.travel_matrix(study, mode="straight")
    assert travel.metres.at["V32", scenario.edits[0].site] < 5  # the point is written to a metre


def test_notes_stand_beside_reasons_and_come_back_with_the_file(today: Any, open_page: Any, html: str) -> None:
    today.run("Changes.decide(3, 'close')")
    today.run("Page.pick('school', 3)")
    for box, text in (("#actReason", "生源不足"), ("#actNote", "先听家长意见: [1] 二")):
        today.page.fill(box, text)
        today.page.keyboard.press("Tab")
    today.run("Page.pick(null)")
    assert "(生源不足) — 备注：先听家长意见: [1] 二" in today.text("#edits")
    told = today.run("Yaml.write(Scenario.scenario())")
    (edit,) = written(today)
    assert edit.reason == "生源不足"
    again = open_page(html)
    assert again.run("text => Scenario.loadText(text)", told) == []
    assert again.run("Reader.editsOf()[0].note") == "先听家长意见: [1] 二"


def test_the_state_as_a_code_to_scan(today: Any) -> None:
    today.run("Page.set({tab: 'overview'})")
    today.run("Changes.decide(2, 'close')")
    today.run("document.getElementById('share').open = true")
    today.page.click("#qrOn")
    # A code of 21 + 4k modules with four of quiet on each side.
    side = int(str(today.page.get_attribute("#qr svg", "viewBox")).split()[2]) - 8
    assert side >= 21 and (side - 21) % 4 == 0
    # Its three corners bear the finder pattern: a dark ring of seven.
    dark = str(today.page.get_attribute("#qr path", "d"))
    for row, col in ((0, 0), (0, side - 7), (side - 7, 0)):
        assert all(f"M{col + k + 4} {row + 4}h" in dark for k in range(7))
        assert f"M{col + 5} {row + 5}h" not in dark
    assert today.run("Qr.code('x'.repeat(1201))") is None
    assert today.run("text => Keep.paste(text)", "nonsense") == "链接不属于本页面，未载入。"
    assert today.errors == []


@pytest.mark.slow
def test_solve_carries_out_a_new_school_as_the_page_said(open_page: Any, fuxi_html: str, tmp_path: Path) -> None:
    """The file of the page as it is, its site called new@lon,lat: `solve` measures the ways the page estimated."""
    opened = open_page(fuxi_html)
    opened.run("Page.set({plan: 0, stage: 'primary', grades: Views.ALL, tab: 'overview'})")
    # Where a school once stood, by a road; its village's school of today closes.
    lon, lat, home = opened.run(
        """() => { const {lon, lat} = Page.data.schools, {at, state, roll} = Reader.view().schools;
        const are = (wanted) => at.filter((_, k) => state[k] === wanted);
        const far = (a, b) => Math.hypot(lon[a] - lon[b], lat[a] - lat[b]);
        const nearest = (old) => are(0).reduce((a, b) => (far(b, old) < far(a, old) ? b : a));
        const pupils = (old) => Math.min(roll[at.indexOf(nearest(old))], 600) / (0.02 + far(old, nearest(old)));
        const old = are(1).reduce((a, b) => (pupils(b) > pupils(a) ? b : a));
        return [lon[old], lat[old], nearest(old)]; }"""
    )
    opened.run("([lon, lat]) => Changes.enlarge(Changes.build(lon, lat), 900)", [lon, lat])
    opened.run("at => Changes.decide(at, 'close')", home)
    told = opened.run(
        """() => { const v = Reader.view(), me = Page.data.schools.id.length - 1, sums = new Map();
        v.ways.school.forEach((s, k) => { if (s !== me || v.ways.how[k] !== 0 || v.ways.minutes[k] === null) return;
            const id = Page.data.places.id[v.ways.place[k]], was = sums.get(id) || [0, 0];
            sums.set(id, [was[0] + v.ways.minutes[k] * v.ways.pupils[k], was[1] + v.ways.pupils[k]]); });
        return {ways: Object.fromEntries([...sums].map(([id, [a, n]]) => [id, a / n])), missing: v.missing.total,
            roll: v.schools.roll[v.schools.at.indexOf(me)], mean: v.figures.minutes_mean,
            error: Reader.spotTrial(me)}; }"""
    )
    opened.run("Page.pick('school', Page.data.schools.id.length - 1)")
    assert f"一半误差在 {np.ceil(told['error']['median'] * 100):.0f}% 以内" in opened.text("#estimateError")
    file = tmp_path / "edits.yaml"
    file.write_text(opened.run("Yaml.write(Scenario.scenario())"), encoding="utf-8")
    scenario = Scenario.read(file)
    study = lp.sample("fuxi")
    ways = lp.travel_matrix(study, mode="usual")
    candidates = opened.run("Scenario.scenario().run.candidates")
    plan = lp.solve(study, ways, scenario=scenario, stage="primary", candidates=candidates)
    (site,) = (edit.site for edit in scenario.edits if edit.do == "open")
    flows = plan.assignments["primary"].flows
    mine = flows[flows["school_id"] == site]
    assert told["missing"] == plan.assignments["primary"].unplaced["pupils"].sum() == 0
    assert told["roll"] == pytest.approx(mine["pupils"].sum(), rel=0.15) and told["roll"] > 50
    assert told["mean"] == pytest.approx(plan.scorecard.value("minutes_mean", "primary"), rel=0.01)
    day = mine[mine["how"] == "day"]
    true = (day["minutes"] * day["pupils"]).groupby(day["place_id"]).sum() / day.groupby("place_id")["pupils"].sum()
    off = pd.Series(told["ways"]).div(true).sub(1).abs().dropna()
    assert len(off) >= 4
    # As the card says: half of the ways within the first figure or nearly so, nine in ten within the second.
    assert off.median() <= told["error"]["ninth"]
    assert (off <= told["error"]["ninth"] + 0.02).mean() >= 0.75
