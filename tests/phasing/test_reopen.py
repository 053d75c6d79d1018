"""Schools that open again, by hand: a closed one, one that closes for a trough, a nine-year school with all it had."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.base.messages import using_language
from layout_planner.phasing.outlook import lay_out
from layout_planner.phasing.outlook_settings import Years
from layout_planner.scenario import Merge, Open
from layout_planner.study import Study
from tests.phasing.test_phasing import RULES, course
from tests.phasing.test_plan_years import STILL, TRAVEL, plan, steady
from tests.toy.county import line_county, nine_year_county

WISHES: dict[str, Any] = STILL | {"reopen": True, "discount": 0.0}


def shut(study: Study, school: str = "S3") -> Study:
    """Close a school of a county; G's children are at S2."""
    closed = study.schools.index == school
    schools = study.schools.assign(
        state=np.where(closed, "closed", "open"), closed_year=np.where(closed, 2020.0, np.nan)
    )  # fmt: skip
    moved = study.rolls.assign(school_id=study.rolls["school_id"].replace({school: "S2"}))
    keys = ["school_id", "stage", "grade"]
    return study.with_(
        schools=schools, rolls=moved.groupby(keys, as_index=False).agg({"pupils": "sum", "classes": "first"})
    )


def test_a_closed_school_opens_again_for_those_who_have_no_seat() -> None:
    """S1 and S2 have 180 seats for the 420 of seven places; S3 has 90: one place more has a seat from 2025 on.

    90 seats at 1,500 yuan are 135,000, paid in 2024 and written off in 15 years: 9,000 in 2025 and in 2026. It runs
    for 300,000 a year. A missing seat costs 60,000: 60 pupils 3.6 million a year.
    """
    study = shut(line_county(seats={"S1": 180.0, "S2": 180.0, "S3": 90.0}))
    found = plan(study, steady(study), **WISHES)
    (act,) = found.acts.itertuples()
    assert (act.do, act.school_id, act.decided, act.year, act.seats, act.rooms) == (
        "reopen",
        "S3",
        2024,
        2025,
        90.0,
        2.0,
    )
    assert act.cost == 135_000.0
    costs = found.costs.set_index(["part", "year"])["yuan"]
    assert costs["building"].tolist() == [0.0, 9_000.0, 9_000.0]
    assert costs["running"].tolist() == [600_000.0, 900_000.0, 900_000.0]
    assert costs["unplaced"].tolist() == [3_600_000.0, 0.0, 0.0]
    assert found.scenario().edits == (Open(site="S3", stage="primary", year=2025),)
    with using_language("zh"):
        assert str(found.notices()["S3"]) == "三小：2025 年秋季恢复开办小学，学位 90 个。"
    done = lp.solve(study, TRAVEL, RULES, scenario=found.scenario(), stage="primary", assign="capacity")
    assert done.assignments["primary"].roll().to_dict() == {"S1": 180.0, "S2": 180.0, "S3": 60.0}
    dated = lp.phase(done, 2024, 2026, forecast=steady(study))
    assert [(r.do, r.school_id, r.year >= 2025) for r in dated.table.itertuples()] == [("open", "S3", True)]
    never = plan(study, steady(study), **WISHES | {"reopen": False})
    assert never.acts.empty and set(never.unplaced["year"]) == {2024, 2025, 2026}


def test_a_school_closes_for_a_trough_and_opens_again() -> None:
    """East has 240 children, 120 in 2025 and 240 again, for 180 + 60 seats; west is full.

    S3's trough year spares 300,000 and costs G's 30 children 8 minutes at 80 yuan, 19,200, the changes of
    school of 25 there and 25 back, 25,000, and 60 seats again at 1,500 a fifteenth in 2026, 6,000.
    Without `reopen` it stays.
    """
    study = line_county(seats={"S1": 180.0, "S2": 180.0, "S3": 60.0})
    coming = course(study, dict.fromkeys((2024, 2025, 2026), 1.0), {2024: 1.0, 2025: 0.5, 2026: 1.0})
    kept = plan(study, coming, **WISHES | {"reopen": False, "keep": ("S1", "S2")})
    assert kept.acts.empty
    found = plan(study, coming, **WISHES | {"keep": ("S1", "S2")})
    told = [(a.do, a.decided, a.year, a.school_id, a.cost) for a in found.acts.itertuples()]
    assert told == [("close", 2025, 2025, "S3", 0.0), ("reopen", 2025, 2026, "S3", 90_000.0)]
    assert kept.objective - found.objective == pytest.approx(300_000 - 19_200 - 25_000 - 6_000)
    assert found.scenario().edits == (
        Merge("S3", into="S2", stage="primary", year=2025), Open(site="S3", stage="primary", year=2026),
    )  # fmt: skip
    done = lp.solve(study, TRAVEL, RULES, scenario=found.scenario(), stage="primary")
    assert done.study.schools.at["S3", "state"] == "open"


def test_what_was_built_stays() -> None:
    """A school enlarged for a crest could else close after it, though most of what it cost is not yet written off."""
    study = line_county()
    base = lp.today(study, TRAVEL, RULES)

    def ends(built_stays: bool) -> set[str]:
        wish = Years(built_stays=built_stays, keep_small=False)
        years = range(2024, 2027)
        look = lay_out(base, TRAVEL, RULES, steady(study), years, ("primary",), ("middle",), wish)
        p, words = look.problem, np.array([use.word for use in look.uses.uses])
        shut = p.seats.sum(axis=1) == 0
        return {str(words[i]) for i, j in np.argwhere(p.earliest < 3) if shut[j] and not shut[i]}

    assert ends(True) == {"as today"} and ends(False) == {"as today", "enlarged", "new"}


def test_a_nine_year_school_opens_again_with_both_stages_or_one() -> None:
    """S3 is shut; S2 has 100 junior seats for 105 and, once, 180 primary ones for the east's 240.

    Both stages are short: it opens with both, which is one edit without a stage. Where S2 has room for all juniors, it
    opens for the primary stage alone.
    """
    study = shut(nine_year_county())
    offers = study.offers.copy()
    offers.loc[[("S1", "primary"), ("S2", "primary")], "seats"] = 180.0
    wishes = WISHES | {"stages": ("primary", "junior"), "close": False}
    both = plan(study.with_(offers=offers), steady(study), **wishes)
    assert both.acts[["do", "stage", "year"]].to_numpy().tolist() == [
        ["reopen", "junior", 2025], ["reopen", "primary", 2025]
    ]  # fmt: skip
    assert both.scenario().edits == (Open(site="S3", year=2025),)
    done = lp.solve(study.with_(offers=offers), TRAVEL, RULES, scenario=both.scenario())
    assert sorted(done.study.offers.loc["S3"].index) == ["junior", "primary"]
    offers.loc[("S2", "junior"), "seats"] = 150.0
    one = plan(study.with_(offers=offers), steady(study), **wishes)
    assert one.acts[["do", "stage", "year"]].to_numpy().tolist() == [["reopen", "primary", 2025]]
    assert one.scenario().edits == (Open(site="S3", stage="primary", year=2025),)
    assert pd.isna(one.costs["yuan"]).sum() == 0
