"""The country's births and rolls as published, and what the rule of thirds makes of them."""

from __future__ import annotations

import pandas as pd
import pytest

from layout_planner.cohorts import BIRTHS, NATIONAL_PEAKS, national_children
from layout_planner.cohorts.births import cohort


def test_the_rule_of_thirds_gives_the_published_intake() -> None:
    births = pd.DataFrame({year: [number] for year, number in BIRTHS.items()}, index=["nation"])
    table = national_children().set_index(["what", "year"])["children"]
    for year, reckoned in ((2024, 1604), (2025, 1484)):
        mine = float(cohort(births, 1, year).loc["nation"])
        assert mine == pytest.approx(reckoned, abs=1)
        assert mine == pytest.approx(table["primary_intake", year], rel=0.02)


def test_a_published_roll_is_highest_in_its_peak_year() -> None:
    table = national_children()
    for what in ("kindergarten", "primary", "primary_intake"):
        rows = table.loc[table["what"] == what].set_index("year")["children"]
        assert rows.idxmax() == NATIONAL_PEAKS[what][0].year
    assert [peak.year for peak in NATIONAL_PEAKS["junior_intake"]] == [2025, 2029]
    assert NATIONAL_PEAKS["junior"][0].year == 2026  # rolls, not intake
    # The second crest is ours: intake six years before × 0.99, from the revised births.
    births = pd.DataFrame({year: [number] for year, number in BIRTHS.items()}, index=["nation"])
    one = table.query("what == 'primary_intake'").set_index("year")["children"]
    ahead = {year + 6: 0.99 * number for year, number in one.items() if year >= 2021}
    assert ahead[2029] == max(ahead[year] for year in (2027, 2028, 2029, 2030, 2031))
    assert float(cohort(births, 1, 2031).loc["nation"]) == pytest.approx(846, abs=1)


def test_revised_births_stand_and_what_was_not_met_says_so() -> None:
    assert (BIRTHS[2016], BIRTHS[2017], BIRTHS[2025]) == (1883, 1765, 792)
    table = national_children()
    assert table.loc[table["mark"] != "verified", ["what", "year"]].to_numpy().tolist() == [["primary_intake", 2022]]
