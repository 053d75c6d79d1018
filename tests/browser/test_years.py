"""Years to come, townships and districts: each colour, number and sentence is of the plan and the stage it names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from show_toy import toy_plans

import layout_planner as lp
from layout_planner.measures import score
from layout_planner.page import palette
from layout_planner.plan.phasing import OVER_COLUMNS, PHASE_COLUMNS, Phasing
from layout_planner.show import briefing

pytestmark = pytest.mark.browser


def growing(plans: list[Any]) -> Any:
    """Forecast the toy county, whose births rise: its 1,820 seats of primary school do not suffice for ever."""
    births = pd.DataFrame(
        [(t, year, 70.0 + 14 * (year - 2012), "middle") for t in ("T1", "T2", "T3") for year in range(2005, 2026)],
        columns=["township_id", "year", "count", "variant"],
    )
    return lp.forecast(plans[0].study.with_(births=births.assign(count=births["count"].clip(lower=70.0))), to=2031)


@pytest.fixture(scope="module")
def plans() -> list[Any]:
    """Toy plans whose every seat is known: S6 offers no primary school here."""
    found = []
    for plan in toy_plans():
        offers = plan.study.offers
        offers = offers.assign(seats=offers["seats"].fillna(100.0))
        plan = plan.with_(study=plan.study.with_(offers=offers))
        found.append(plan.with_(scorecard=score(plan)))
    return found


@pytest.fixture(scope="module")
def forecast(plans: list[Any]) -> Any:
    return growing(plans)


@pytest.fixture(scope="module")
def html(plans: list[Any], forecast: Any) -> str:
    return briefing(plans, forecast=forecast, sheets=False).page


def short(plan: Any, forecast: Any, stage: str) -> dict[int, float]:
    """Children beyond the seats of a plan, year by year, as Python counts them."""
    seats = plan.study.seats(stage, 45 if stage == "primary" else 50)[plan.study.offering(stage)].sum()
    return {int(y): float(n - seats) for y, n in forecast.totals()[stage].items() if n - seats > 0.5}


def test_years_in_which_children_must_be_without_a_school_are_told_from_the_start(
    open_page: Any, html: str, plans: list[Any], forecast: Any
) -> None:
    opened = open_page(html)
    for number, plan in enumerate(plans):
        opened.run("plan => Page.set({plan, stage: 'primary'})", number)
        want = short(plan, forecast, "primary")
        assert want and min(want) > 2024  # today and in the first year there are seats enough
        told = opened.run("Years.later().find(row => row.stage === 'primary')")
        assert told["years"] == list(want)
        assert told["most"] == pytest.approx(max(want.values()), abs=1)
        assert f"{max(want.values()):,.0f} 人" in opened.text("#later")
        assert f"{min(want)}" in opened.text("#later")
    # The plan closes a school of 120 seats, so it is short by as much more.
    first, plan = (short(each, forecast, "primary") for each in plans)
    assert max(plan.values()) - max(first.values()) == pytest.approx(120)
    assert opened.errors == []


def test_the_year_chosen_turns_the_band_red_where_seats_do_not_suffice(
    open_page: Any, html: str, plans: list[Any], forecast: Any
) -> None:
    opened = open_page(html)
    opened.run("Page.set({plan: 1, stage: 'primary', tab: 'overview'})")
    want = short(plans[1], forecast, "primary")
    red = "getComputedStyle(document.getElementById('band')).backgroundColor === 'rgb(196, 0, 22)'"
    year = max(want)
    opened.run("year => Page.set({year})", year)
    assert opened.run(red)
    assert f"至少 {want[year]:,.0f} 人无学可上" in opened.text("#later") and str(year) in opened.text("#later")
    # Seats that the reader adds count; prints and files say the same.
    opened.run("Changes.enlarge(0, 1800)")
    assert opened.run("year => Years.short('primary', year)", year) == pytest.approx(max(0, want[year] - 900), abs=1)
    opened.run("Changes.undo()")
    opened.run("year => Page.set({year})", year)
    assert any("无学可上" in line and str(year) in line for line in opened.run("Exports.colophon()"))


def test_townships_of_a_year_as_a_table_and_in_colours(
    open_page: Any, html: str, plans: list[Any], forecast: Any
) -> None:
    opened = open_page(html)
    opened.run("Page.set({plan: 0, stage: 'primary', tab: 'overview', year: 2030})")
    seats = forecast.seats({"primary": 45.0})
    seats = seats[(seats["variant"] == "middle") & (seats["stage"] == "primary") & (seats["year"] == 2030)]
    rows = opened.page.eval_on_selector_all(
        "#yearTable tbody tr", "rows => rows.map(r => [...r.children].map(c => c.innerText))"
    )
    assert [rows[0][0], rows[0][1]] == ["合计", f"{seats['pupils'].sum():,.0f}"]
    names = plans[0].study.townships["name"]
    want = {
        names[row.area]: (f"{row.pupils:,.0f}", f"{row.seats:,.0f}") for row in seats.itertuples() if row.area in names
    }
    assert {row[0]: (row[1], row[2]) for row in rows[1:]} == want
    colours = opened.run("[Districts.tints(), Page.data.style.load.colours]")
    classes = np.digitize((seats["pupils"] / seats["seats"]).to_numpy(), [0.5, 0.8, 1.0], right=True)
    assert colours[0] == [colours[1][k] for k in classes]
    # What the year does not touch does not say so: the card of a village is of the plan.
    assert "2030" in opened.text("#narrowed") and "其余仍为本方案" in opened.text("#narrowed")
    opened.run("Page.pick('place', 3)")
    assert "2030" not in opened.text("#card")


def test_a_year_of_a_phasing_says_whose_plan_is_shown_and_that_children_are_left_out(
    open_page: Any, plans: list[Any]
) -> None:
    """The hidden plan of 2026 leaves a village out; so does today's, whose band is red anyway."""
    whole = [
        plan.with_(
            assignments={s: a.with_(unplaced=a.unplaced.iloc[:0]) for s, a in plan.assignments.items()},
        )
        for plan in plans
    ]
    phasing = Phasing(
        scenario=plans[1].scenario, table=pd.DataFrame(columns=list(PHASE_COLUMNS)),
        plans={2025: whole[0], 2026: plans[1]}, over=pd.DataFrame(columns=list(OVER_COLUMNS)),
        proof=plans[1].assignments["primary"].proof, seconds=0,
    )  # fmt: skip
    opened = open_page(briefing(whole, phasing=phasing, sheets=False).page)
    opened.run("Page.set({plan: 1})")
    assert opened.page.locator("#alarm").count() == 0
    lost = float(plans[1].assignments["primary"].unplaced["pupils"].sum())
    assert lost > 0
    assert "2026" in opened.text("#later") and f"{lost:,.0f} 人" in opened.text("#later")
    opened.run("Page.set({plan: Page.data.years.plans[2026], year: 2026})")
    assert f"{lost:,.0f} 人" in opened.text("#alarm")
    assert "2026 年的方案" in opened.text("#narrowed")


def test_each_sentence_figure_and_print_says_its_stage(open_page: Any, html: str) -> None:
    opened = open_page(html)
    for stage, name in (("primary", "小学"), ("junior", "初中")):
        opened.run("stage => Page.set({stage, tab: 'overview', year: 2030})", stage)
        assert name in opened.text("#sentence")
        assert name in opened.text("#yearTable h2")
        opened.run("at => Page.pick('place', at)", 3)
        assert name in opened.text("#card")
        opened.run("Page.pick(null)")
        opened.run("Pack.make()")
        heads = opened.page.eval_on_selector_all("#pack h1", "nodes => nodes.map(n => n.textContent)")
        assert heads and all(name in head for head in heads)
        assert name in opened.run("document.querySelector('#pack .lead').textContent")
        opened.run("Pack.done()")
        assert name in opened.run("Exports.villages()[1] ? Exports.villages()[1][3] : '小学初中'")
    opened.run("Page.toPaper()")
    assert "· 初中：" in opened.text("#sentence") and "初中" in opened.text("#stages")
    opened.run("Page.toScreen()")


@pytest.mark.slow
def test_eight_districts_stand_in_eight_colours_each_with_its_number(open_page: Any) -> None:
    study = lp.sample("fuxi")
    ways = lp.travel_matrix(study, mode="usual")
    today = lp.today(study, ways)
    areas = lp.partition(study, ways, stage="primary", districts=8)
    opened = open_page(briefing([today], districting=areas, sheets=False).page)
    opened.run("Page.set({tab: 'districts'})")
    swatches = opened.page.eval_on_selector_all(
        "#districts summary i", "nodes => nodes.map(n => getComputedStyle(n).backgroundColor)"
    )
    assert len(swatches) == len(set(swatches)) == 8
    tints = opened.run("Districts.tints()")
    told = opened.run("Page.data.districts[0]")
    assert len({tint for tint in tints if tint}) == 8
    # A township has the colour of its schools' district; none where they belong to several.
    district = areas.school_district
    stands = study.schools["township_id"].reindex(district.index)
    for at, township in enumerate(study.townships.index):
        mine = set(district[stands == township])
        want = (
            told["colours"][told["districts"][areas.districts.index(mine.pop())]["colour"]] if len(mine) == 1 else None
        )
        assert tints[at] == want, township
    assert "各校分属不同学区" in opened.text("#districts") and "各校分属不同学区" in opened.text("#keys")
    # Every number is written on the map, however crowded it is.
    written = opened.run(
        """() => { const said = [], real = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
            said.push(String(text)); real.call(this, text, ...at); };
        Page.set({}); CanvasRenderingContext2D.prototype.fillText = real; return said; }"""
    )
    assert {str(k) for k in range(1, 9)} <= set(written)
    assert len(palette.DISTRICT_COLOURS) >= 8


@pytest.mark.parametrize("polygons", [False, True])
def test_the_legend_names_what_is_drawn_and_nothing_else(open_page: Any, polygons: bool) -> None:
    plans = toy_plans(polygons=polygons) if polygons else toy_plans()
    opened = open_page(briefing(plans, sheets=False).page)
    lines = opened.text("#keys .grounds")
    assert "乡镇界" in lines and "县（区）界" in lines and "水系" not in lines
    assert ("学区界" in lines) == polygons
    assert "乡镇界" in opened.text("#source")
    bare = [
        plan.with_(study=plan.study.with_(townships=plan.study.townships.set_geometry([None] * 3, crs=plan.study.crs)))
        for plan in plans
    ]
    opened = open_page(briefing(bare, sheets=False).page)
    assert "乡镇界" not in opened.text("#source") and "乡镇界" not in opened.text("#keys")


def test_the_scale_speaks_the_page_s_language(open_page: Any, html: str) -> None:
    opened = open_page(html)
    assert "公里" in opened.text("#map .leaflet-control-scale")
    opened.page.click("#language")
    assert "km" in opened.text("#map .leaflet-control-scale") and "公里" not in opened.text(
        "#map .leaflet-control-scale"
    )
