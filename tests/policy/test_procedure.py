"""The clock of a closure: terms, what is done, the hearing, the first autumn."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.base.messages import using_language
from layout_planner.study import Study
from tests.toy.county import line_county

NATIONAL = lp.Rules.load("cn-major-decisions-2019")


def recorded(*rows: dict[str, object]) -> Study:
    return line_county().with_(extra={"procedure": pd.DataFrame(list(rows))})


def test_nothing_done_yet() -> None:
    # From Friday 1 September 2023: papers seven days before the hearing, thirty days' notice, then seven working days
    # of review from Sunday 8 October: Monday the 9th is day 0, the 18th the seventh after it.
    clock = lp.policy.procedure_clock(line_county(), NATIONAL, ["S1"]).loc["S1"]
    assert clock["hearing"] == date(2023, 9, 8)
    assert clock["notice"] == date(2023, 10, 8)
    assert clock["legality"] == clock["earliest"] == date(2023, 10, 18)
    assert (clock["done"], clock["next"], clock["year"]) == (0, "argument", 2024)
    early = lp.policy.procedure_clock(line_county(), NATIONAL, ["S1"], as_of=date(2023, 3, 1)).loc["S1"]
    assert (early["earliest"], early["year"]) == (date(2023, 4, 18), 2023)


def test_a_province_has_its_own_order_of_steps() -> None:
    # Hebei shows the plan after the county's decision: a decision on 1 May 2023 leaves a month of notice to come.
    study = recorded({"school_id": "S1", "argument": "2023-02-01", "risk": "2023-03-01", "hearing": "2023-04-01",
                      "legality": "2023-04-20", "decision": "2023-05-01"})  # fmt: skip
    when = date(2023, 5, 1)
    hebei = lp.policy.procedure_clock(study, lp.Rules.load("cn-hebei"), as_of=when).loc["S1"]
    assert (hebei["done"], hebei["next"], hebei["notice"]) == (5, "notice", date(2023, 5, 31))
    national = lp.policy.procedure_clock(study, lp.Rules.load("cn-major-decisions-2019"), as_of=when).loc["S1"]
    assert national["next"] == "notice" and national["decision"] == date(2023, 5, 31)  # nothing is decided before it
    again = lp.Rules.from_table(lp.Rules.load("cn-hebei").table(), (), (), lp.Rules.load("cn-hebei").steps)
    assert again.steps == lp.Rules.load("cn-hebei").steps


def test_what_the_parents_say() -> None:
    study = recorded({"school_id": "S1", "parents_asked": 30, "parents_against": 18}, {"school_id": "S2"})
    assert lp.policy.procedure_clock(study, lp.Rules())["parents"].tolist() == pytest.approx([0.6, np.nan], nan_ok=True)


def test_what_is_done_counts() -> None:
    study = recorded(
        {
            "school_id": "S1", "argument": "2023-02-01", "risk": "2023年3月1日", "hearing": "2023/4/1",
            "hearing_attended": 20, "hearing_against": 5, "notice_start": "2023-05-01", "notice_end": "2023-05-31",
            "legality": "2023-06-10", "decision": "2023-06-20", "approval": "2023-07-01",
        },
        {"school_id": "S2", "argument": "2023-02-01", "notice_start": "2023-08-20", "notice_end": "2023-08-25",
         "hearing_attended": 10, "hearing_for": 2},
    )  # fmt: skip
    clock = lp.policy.procedure_clock(study, NATIONAL)
    one, two = clock.loc["S1"], clock.loc["S2"]
    assert (one["done"], one["next"], one["earliest"], one["year"]) == (7, "", date(2023, 7, 1), 2023)
    assert (one["notice_days"], one["notice_short"], one["against"]) == (30, 0, 0.25)
    # S2's notice stood five days; it holds for its thirty, until 19 September.
    assert (two["notice_days"], two["notice_short"], two["against"]) == (5, 25, 0.8)
    assert two["notice"] == date(2023, 9, 19)
    assert (two["next"], two["year"]) == ("risk", 2024)


def test_what_phase_obeys() -> None:
    assert lp.policy.earliest_closing_years(line_county(), lp.Rules(), ["S1", "S2"]) == {}
    assert lp.policy.earliest_closing_years(line_county(), NATIONAL, ["S1", "S1", "S3"]) == {"S1": 2024, "S3": 2024}
    known = recorded({"school_id": "S2", "argument": "2025-10-01"})
    assert lp.policy.earliest_closing_years(known, lp.Rules(), ["S1", "S2"]) == {"S2": 2026}
    slow = NATIONAL.with_("provincial order", primary={"procedure_approval_days": 400})
    assert lp.policy.earliest_closing_years(line_county(), slow, ["S1"]) == {"S1": 2025}


def test_a_province_sets_its_own_term() -> None:
    hebei = lp.Rules.load("cn-major-decisions-2019", "cn-hebei").with_("order 5", every={"procedure_notice_days": 60})
    # Hebei's order: seven days to the hearing, the review from Friday the 8th to the 19th, then sixty days.
    assert lp.policy.procedure_clock(line_county(), hebei, ["S1"]).at["S1", "notice"] == date(2023, 11, 18)


def test_what_is_no_date_is_refused() -> None:
    study = recorded({"school_id": "S1", "argument": "soon", "risk": "2023-13-01"}, {"school_id": "S2", "risk": None})
    with using_language("en"), pytest.raises(lp.DataError) as caught:
        lp.policy.procedure_clock(study, NATIONAL)
    assert "row 2, argument" in str(caught.value)
    assert "row 2, risk" in str(caught.value)
    empty = recorded({"school_id": "S1", "argument": np.nan})
    assert lp.policy.procedure_clock(empty, lp.Rules()).at["S1", "next"] == "argument"
