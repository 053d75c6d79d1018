from __future__ import annotations

import re
from pathlib import Path

import pytest
from show_toy import HOSTILE, toy_plans

from layout_planner.base.errors import DataError, RunError
from layout_planner.show.provinces import overview


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
