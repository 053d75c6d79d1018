from __future__ import annotations

import re
from pathlib import Path

import pytest
import shapely
from shapely.affinity import translate
from show_toy import HOSTILE, toy_plans

from layout_planner.base.errors import DataError, RunError
from layout_planner.show.provinces import _laid_out, overview


def test_a_province_links_one_page_a_county(tmp_path: Path) -> None:
    plans = toy_plans()
    page = overview({"甲县": plans, "乙县": plans[0]}, tmp_path / "out", title="两县")
    text = page.read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', text)
    assert sorted(set(links)) == ["county-001.html", "county-002.html"]
    assert all((page.parent / link).stat().st_size > 100_000 for link in links)
    assert "甲县" in text and "模拟数据" in text
    assert f"<td>{plans[1].scorecard.value('minutes_mean', 'primary'):.1f}</td>" in text
    # Written again over itself, never over anything else.
    overview({"甲县": plans}, tmp_path / "out")
    assert not (tmp_path / "out" / "county-002.html").exists()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("mine")
    with pytest.raises(RunError):
        overview({"甲县": plans}, tmp_path / "site")
    with pytest.raises(DataError):
        overview({}, tmp_path / "none")


def test_hostile_county_names_stay_text(tmp_path: Path) -> None:
    plan = toy_plans()[0]
    page = overview(dict.fromkeys(HOSTILE[:3], plan), tmp_path / "out", title=HOSTILE[0], lang="en")
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text and "<img" not in text
    assert "script-src 'none'" in text


def test_counties_far_apart_are_set_side_by_side_to_one_scale() -> None:
    """Two counties of a degree each way, ten degrees east and north of each other: specks where they lie."""
    near = shapely.box(104, 30, 105, 31)
    far = translate(near, 10, 10)
    laid, apart = _laid_out([near, far])
    assert apart
    assert [one.bounds[3] - one.bounds[1] for one in laid] == pytest.approx([1.0, 1.0])
    assert not laid[0].intersects(laid[1])
    west, _, east, _ = shapely.total_bounds(laid)
    assert east - west < 3 * (laid[0].bounds[2] - laid[0].bounds[0])
    # Neighbours stay where they are, joined.
    laid, apart = _laid_out([near, translate(near, 1, 0)])
    assert not apart
    assert laid[0].touches(laid[1])
    # One alone is what it is, and a farther north one is narrower.
    assert _laid_out([near])[1] is False
    south, north = _laid_out([shapely.box(104, 20, 105, 21), shapely.box(124, 45, 125, 46)])[0]
    widths = [one.bounds[2] - one.bounds[0] for one in (south, north)]
    assert widths == pytest.approx([0.9373, 0.7009], abs=1e-3)
