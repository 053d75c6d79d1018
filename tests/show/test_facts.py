"""What the page says of the toy county, against answers worked out by hand."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from show_toy import HOSTILE, toy_plans, toy_study

import layout_planner as lp
from layout_planner.base.errors import DataError
from layout_planner.base.escape import json_block
from layout_planner.base.messages import using_language
from layout_planner.base.proof import Proof, read_proof
from layout_planner.live.judged import told_of
from layout_planner.page.facts import CLOSED, ENDED, OPEN, PLANNED, name_words, states, status_words
from layout_planner.page.measure_words import KEY, named, worded
from layout_planner.page.payload import FEATURES, page_data, plan_names
from layout_planner.plan import NO_SEAT, Plan


@pytest.fixture(scope="module")
def plans() -> tuple[Plan, Plan]:
    return toy_plans()


@pytest.fixture(scope="module")
def data(plans) -> dict:
    return page_data(plans, "zh")


def test_states_tell_closed_by_the_plan_from_closed_before(plans) -> None:
    today, plan = plans
    assert states(today, None, "primary").to_dict() == {
        "S1": OPEN, "S2": OPEN, "S3": OPEN, "S4": OPEN, "S5": CLOSED, "S6": OPEN,
    }  # fmt: skip
    assert states(plan, today, "primary").to_dict() == {
        "S1": OPEN, "S2": OPEN, "S3": OPEN, "S4": ENDED, "S5": CLOSED, "S6": OPEN,
    }  # fmt: skip
    assert states(today, None, "junior").to_dict() == {"S6": OPEN, "S7": PLANNED}
    assert states(plan, today, "junior").to_dict() == {"S6": OPEN, "S7": OPEN}


def test_a_school_that_loses_one_stage_is_closed_in_that_stage_alone(plans) -> None:
    today, _ = plans
    study = today.study.with_(offers=today.study.offers.drop(("S6", "primary")))
    plan = today.with_(study=study)
    assert states(plan, today, "primary")["S6"] == ENDED
    assert states(plan, today, "junior")["S6"] == OPEN


def test_pupils_of_the_closed_school_are_followed(data) -> None:
    view = data["views"]["primary"][1]
    # S4 had the six villages round it (V27, V28 and V35 to V38, in the two northern rows): 258 pupils.
    assert dict(zip(view["moves"]["to"], view["moves"]["pupils"], strict=True)) == {1: 128, 0: 87, 2: 43}
    assert set(view["moves"]["from"]) == {3}
    assert "moves" not in data["views"]["primary"][0]


def test_rolls_seats_and_years(data) -> None:
    today, plan = (view["schools"] for view in data["views"]["primary"])
    assert today["at"] == plan["at"] == [0, 1, 2, 3, 4, 5]
    assert today["roll"][3] == 258
    assert plan["roll"][3] is None
    assert plan["closed"][3:5] == [2023, 2019]
    assert today["seats"] == [900, 500, 300, 120, None, None]
    # 256 of the county and none from outside in primary; the five from outside count in junior.
    assert today["roll"][5] == 256
    junior = data["views"]["junior"][0]["schools"]
    assert junior["roll"] == [39 * 14 + 5, None]


def test_reasons_are_worded_in_both_languages(plans) -> None:
    today, _ = plans
    done = today.assignments["primary"]
    lost = done.unplaced.assign(reason=NO_SEAT.en)
    plan = today.with_(assignments={"primary": done.with_(unplaced=lost)})
    told = page_data([plan], "zh")["views"]["primary"][0]["unplaced"]
    assert told == {
        "place": [39], "pupils": [42], "reason": [0], "waits": [1], "elsewhere": [0],
        "why": [{"zh": NO_SEAT.zh, "en": NO_SEAT.en}],
    }  # fmt: skip


def test_plans_without_edits_are_named_by_their_rule(plans) -> None:
    today, _ = plans
    names = plan_names([today.with_(name="today"), today.with_(name="no edits"), today.with_(name="无改动")])
    assert [name.zh for name in names] == ["现状", "就近入学（不计学位）", "就近入学（不计学位）（2）"]


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (0.0, "Proved: no plan within these limits is better"),
        (0.004, "No plan within these limits is more than 0.4 % better"),
        (0.0041, "No plan within these limits is more than 0.5 % better"),
        (0.00012, "No plan within these limits is more than 0.012 % better"),
    ],
)
def test_the_gap_is_rounded_up(plans, gap: float, said: str) -> None:
    done = plans[1].assignments["junior"].with_(proof=Proof(100.0, 100.0 * (1.0 - gap)))
    assert status_words(done)["known"]["en"] == said


@pytest.mark.parametrize(
    ("status", "method", "gap", "start"),
    [
        ("optimal", "today", 0.0, "Today as the schools returned it"),
        ("interrupted", "capacity", 0.02, "Stopped early. No plan within these limits is more than 2 % better"),
        ("infeasible", "capacity", float("nan"), "Not everyone can be placed"),
        ("rule", "stay", float("nan"), "A stated rule carried out"),
        ("given", "given", float("nan"), "Taken as handed in"),
        ("feasible", "capacity", float("nan"), "Feasible, but how far from the best is not known"),
    ],
)
def test_every_status_has_its_sentence(plans, status: str, method: str, gap: float, start: str) -> None:
    done = (
        plans[0]
        .assignments["primary"]
        .with_(proof=read_proof({"status": status, "objective": 100.0, "bound": 100.0 * (1.0 - gap)}), method=method)
    )
    assert status_words(done)["known"]["en"].startswith(start)


def test_disputed_figures_are_said_to_be_recomputed(plans) -> None:
    done = plans[0].assignments["primary"].with_(proof=Proof(100.0, 99.0, ended="disputed"), method="capacity")
    said = status_words(done)
    assert (said["status"], done.status) == ("feasible", "feasible")
    assert said["known"]["en"].startswith(
        "No plan within these limits is more than 1 % better. The solver's own figures"
    )


def test_measures_on_the_page_are_those_of_the_scorecard(plans, data) -> None:
    rows = {row["measure"]: row for row in data["views"]["primary"][1]["scores"]}
    for measure, row in rows.items():
        value = plans[1].scorecard.value(measure, "primary")
        if row["value"] is None:  # JSON has no NaN
            assert np.isnan(value), measure
        else:
            assert row["value"] == pytest.approx(value, abs=1e-6), measure
        assert row["zh"]
        assert row["en"]
    assert rows["schools"]["value"] == 4
    assert rows["pupils_moved"]["value"] == 258
    assert rows["beyond_reach_minutes"]["kind"] == "percent"
    assert sorted(row["key"] for row in rows.values() if row["key"] is not None) == list(range(len(KEY)))


def test_words_cover_what_a_decision_maker_looks_at_first() -> None:
    assert all(named(measure) for measure in KEY)
    assert worded("load", "1") == {"zh": "学位使用率", "en": "Use of seats", "kind": "share"}
    assert not named("gini_teachers")


def test_a_page_holds_plain_values_within_the_budget(data) -> None:
    again = json.loads(json_block(data))
    assert again["bounds"][0] < again["bounds"][2]
    assert sum(len(layer["lines"]) for layer in data["roads"]) + len(data["places"]["id"]) <= FEATURES
    assert json_block(page_data(toy_plans(), "zh")) == json_block(data)  # the same input, the same page


def test_nobody_can_fill_a_page_with_one_name() -> None:
    usual, long = (len(json_block(page_data(toy_plans(name), "zh"))) for name in (None, HOSTILE[7]))
    assert long < usual + 40_000


def test_plans_that_cannot_lie_on_one_map_are_refused(plans) -> None:
    other = plans[0].with_(study=plans[0].study.with_(crs="EPSG:4545"))
    with pytest.raises(DataError, match="EPSG:4544, EPSG:4545"):
        page_data([plans[0], other], "zh")
    with pytest.raises(DataError, match="no plan"):
        page_data([], "zh")
    with pytest.raises(DataError, match='"fr"'):
        page_data(plans, "fr")


def test_a_school_the_plan_opens_on_a_new_site_is_on_the_map_of_both(plans) -> None:
    today, plan = plans
    schools = pd.concat([plan.study.schools, plan.study.schools.loc[["S1"]].rename(index={"S1": "N1"})])
    offers = pd.concat([plan.study.offers, plan.study.offers.loc[["S1"]].rename(index={"S1": "N1"})])
    new = plan.with_(study=plan.study.with_(schools=schools, offers=offers))
    data = page_data([today, new], "zh")
    assert data["schools"]["id"][-1] == "N1"
    assert data["views"]["primary"][1]["schools"]["at"][-1] == 7
    assert 7 not in data["views"]["primary"][0]["schools"]["at"]


def test_areas_bring_their_borders_points_do_not(data) -> None:
    assert "shape" not in data["places"]
    areas = page_data(toy_plans(polygons=True), "zh")["places"]
    assert len(areas["shape"]) == 40
    assert len(areas["borders"]["line"]) == 67


def test_a_study_without_townships_or_roads_is_drawn_all_the_same(plans) -> None:
    study = toy_study()
    bare = study.with_(roads=None, townships=study.townships.iloc[:0], places=study.places.drop(columns="township_id"))
    data = page_data([plans[0].with_(study=bare)], "zh")
    assert data["roads"] == data["outline"] == []
    assert set(data["places"]["township"]) == {-1}


def test_names_this_program_made_are_told_in_both_languages() -> None:
    told = {
        name: (name_words(name).zh, name_words(name).en) for name in ("keep-50", "现状", "today 2030", "hill-merge")
    }
    assert told == {
        "keep-50": ("保留 50 所", "keep 50 schools"),
        "现状": ("现状", "today"),
        "today 2030": ("现状 2030", "today 2030"),
        "hill-merge": ("hill-merge", "hill-merge"),
    }


def test_findings_are_told_in_both_languages_whoever_asked_first() -> None:
    study = lp.sample("zhigang")
    with using_language("en"):
        plan = lp.today(study, lp.travel_matrix(study, mode="straight"))
        assert len(plan.findings)  # asked for in English
    told = told_of(plan)
    assert len(told.findings["zh"]) == len(told.findings["en"]) > 0
    for zh, en in zip(told.findings["zh"]["what"], told.findings["en"]["what"], strict=True):
        assert re.search(r"[\u4e00-\u9fff]", zh) and not re.search(r"[\u4e00-\u9fff]", en)
    assert told.findings["zh"]["id"].tolist() == told.findings["en"]["id"].tolist()


def test_a_note_in_two_languages_is_shown_by_language() -> None:
    statements = page_data(
        [lp.today(lp.sample("zhigang"), lp.travel_matrix(lp.sample("zhigang"), mode="straight"))], "zh"
    )
    (note,) = [text for text in statements["statements"] if "模拟" in text["zh"]]
    assert not re.search(r"[\u4e00-\u9fff]", note["en"]) and "Simulated" not in note["zh"]
