"""Pupils of findings are counted once: by hand."""

from __future__ import annotations

import pandas as pd

from layout_planner.plan.concerned import pupils_by

ROWS = [
    # rule, stage, kind, id, pupils
    ("spread", "primary", "county", "teachers", 1000.0),
    ("spread", "primary", "county", "books", 1000.0),
    ("spread", "primary", "district", "D1", 300.0),
    ("spread", "primary", "district", "D1", 300.0),
    ("spread", "primary", "district", "D2", 200.0),
    ("spread", "junior", "district", "D1", 70.0),
    ("spread", "junior", "district", "D1", 70.0),
    ("spread", "junior", "district", "D2", 30.0),
    ("class_size", "primary", "school", "S1", 50.0),
    ("class_size", "primary", "school", "S2", 60.0),
    ("reach", "primary", "place", "V1", 7.0),
    ("reach", "primary", "place", "V1", 5.0),
]


def test_who_is_in_the_county_or_a_district_is_counted_once() -> None:
    found = pd.DataFrame(ROWS, columns=["rule", "stage", "kind", "id", "pupils"])
    told = pupils_by(found, ["stage", "rule"])
    assert told.to_dict() == {
        ("primary", "spread"): 1000.0,  # everyone, whatever the districts say
        ("junior", "spread"): 100.0,  # both districts, each once
        ("primary", "class_size"): 110.0,
        ("primary", "reach"): 12.0,  # two grades of one village
    }
    assert pupils_by(found.iloc[:0], ["stage", "rule"]).empty
