"""The page of a check: names are harmless, doubtful rows are ringed, nothing is loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from layout_planner.base.errors import Fault
from layout_planner.base.messages import Text
from layout_planner.reading import CheckReport, check_study, sample
from layout_planner.show import checkpage
from tests.study.toy_folder import FILES, write_toy

HOSTILE = '<script>alert(1)</script>"onload=x `${1}`'


def test_counts_warnings_and_what_was_recognised_stand_on_the_page(tmp_path: Path) -> None:
    places = FILES["places.csv"].replace("V2,西村,001", "V2,西村,002")
    report = check_study(write_toy(tmp_path / "toy", places_csv=places))
    page = checkpage(report, tmp_path / "check.html", "en").read_text(encoding="utf-8")
    assert "No errors: the study can be read." in page
    assert "[places] places.csv: 4 rows." in page
    assert '<td class="n">143</td>' in page  # children of primary school age


def test_a_row_that_is_named_is_ringed_with_its_number(tmp_path: Path) -> None:
    fault = Fault("places.csv", Text("far", "远"), Text("look", "看"), row=3, column="lon", value=9)
    rows = {"table": "places", "file": "places.csv", "row": [2, 3, 4], "lon": [1.0, 2.0, 3.0], "lat": [1.0, 2.0, 3.0]}
    page = checkpage(CheckReport((), (fault,), None, (), pd.DataFrame(rows)), tmp_path / "c.html", "en")
    text = page.read_text(encoding="utf-8")
    assert len(re.findall('stroke="#b3261e"', text)) == 1
    assert ">3<title>places.csv</title>" in text


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    fault = Fault(HOSTILE, Text(HOSTILE, HOSTILE), Text(HOSTILE, HOSTILE), row=2, column=HOSTILE, value=HOSTILE * 9)
    rows = {"table": "places", "file": HOSTILE, "row": [2], "lon": [1.0], "lat": [1.0]}
    study = sample("zhigang").with_(name=HOSTILE)
    report = CheckReport((fault,), (), study, (Text(HOSTILE, HOSTILE),), pd.DataFrame(rows))
    text = checkpage(report, tmp_path / "c.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert '"onload' not in text
    assert "default-src 'none'" in text
