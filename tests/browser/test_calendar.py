"""The calendar of a plan over years in a browser: children without a seat first, the year slider, phones and paper."""

from __future__ import annotations

from typing import Any

import pytest

from layout_planner.base.messages import using_language
from layout_planner.plan.years import YearPlan
from layout_planner.show.calendar import calendar
from tests.phasing.test_plan_years import STILL, plan, steady
from tests.toy.county import line_county

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def short() -> YearPlan:
    """Four hundred and twenty children, 300 seats: 120 are left over every year."""
    study = line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 100.0))
    codes = study.townships.assign(urban_rural=["121", "210"])
    return plan(study.with_(townships=codes), steady(study), **STILL)


def test_children_without_a_seat_come_first_and_the_slider_shows_a_year(short: YearPlan, open_page: Any) -> None:
    opened = open_page(calendar(short, lang="zh").page)
    page = opened.page
    lead = page.inner_text(".lead")
    assert lead.startswith("无学位人次（按预测）：中方案 ") and opened.text("body").index("无学位") < 60
    # Which stage, where, how many seats, the cheapest way out: one row a year and township.
    table = page.inner_text("table >> nth=0")
    assert "西乡" in table and "小学" in table and "最省办法" in table and "元" in table
    assert page.inner_text(".year output") == "2024"
    page.fill(".year input", "2")
    assert page.inner_text(".year output") == "2026" and page.inner_text(".year p").startswith("小学：无学位 ")
    marked = page.eval_on_selector_all("th.on", "cells => cells.map(cell => cell.textContent)")
    assert marked == ["2026"]
    # County, towns, country: one picture each.
    assert page.eval_on_selector_all("figcaption", "all => all.map(one => one.textContent)") == [
        "小学 · 全县",
        "小学 · 城镇",
        "小学 · 乡村",
    ]
    assert page.locator("svg .short").count() > 0
    assert opened.errors == [] and opened.requests == []


def test_a_phone_does_not_scroll_sideways_and_paper_has_no_slider(short: YearPlan, open_page: Any) -> None:
    opened = open_page(calendar(short, lang="en").page, width=390, height=844)
    page = opened.page
    assert page.inner_text(".lead").startswith("Pupil-years without a seat, by forecast: middle ")
    assert opened.run("document.documentElement.scrollWidth <= innerWidth")
    page.emulate_media(media="print")
    assert not page.is_visible(".year")


def test_names_are_harmless(short: YearPlan, open_page: Any) -> None:
    bad = "<img src=x onerror=window.pwned=1>"
    named = YearPlan(**(vars(short) | {"rooms": short.rooms.assign(name=bad), "acts": short.acts.assign(name=bad)}))
    with using_language("en"):
        opened = open_page(calendar(named).page)
    assert opened.run("window.pwned") is None and opened.errors == []
