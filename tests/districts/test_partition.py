"""`partition` on a toy county worked out by hand, and on the sample county against its published windows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from layout_planner.base.errors import DataError
from layout_planner.districts.partition import PUBLISHED, alike_against_mixed, partition
from layout_planner.districts.terms import Part
from layout_planner.districts.units import Units
from layout_planner.engines.districting.check import check_division
from layout_planner.engines.districting.problem import ArrayPlan
from layout_planner.plan.districting import Districting
from layout_planner.reading import sample
from layout_planner.reading.samples import sample_file
from layout_planner.study import Study
from layout_planner.travel import Travel, travel_matrix
from tests.districts.second import flow_feasible
from tests.toy.county import line_county


@pytest.fixture(scope="module")
def fuxi() -> Study:
    return sample("fuxi")


@pytest.fixture(scope="module")
def straight(fuxi: Study) -> Travel:
    return travel_matrix(fuxi, mode="straight")


def strip(qualities: tuple[float, ...] = (90, 50, 50, 80), island: bool = False) -> tuple[Study, Travel]:
    """Four townships in a row, T1 … T4, one place and one school of 60 pupils each; the last may lie off shore."""
    base = line_county()
    at = [0, 10, 20, 32 if island else 30]
    ids = [f"T{i + 1}" for i in range(4)]
    places = gpd.GeoDataFrame(
        {"name": [f"村{i}" for i in range(4)], "township_id": ids, "population": [1000, 1000, 1000, 1000]},
        index=pd.Index(list("ABCD"), name="place_id"),
        geometry=[Point(x + 5, 5) for x in at],
        crs=base.crs,
    )
    townships = gpd.GeoDataFrame(
        {"name": ids, "population": 1000, "urban_rural": "210"},
        index=pd.Index(ids, name="township_id"),
        geometry=[box(x, 0, x + 10, 10) for x in at],
        crs=base.crs,
    )
    school_ids = [f"S{i + 1}" for i in range(4)]
    schools = gpd.GeoDataFrame(
        {"name": school_ids, "kind": "211", "state": "open", "township_id": ids},
        index=pd.Index(school_ids, name="school_id"),
        geometry=[Point(x + 5, 5) for x in at],
        crs=base.crs,
    )
    offers = pd.DataFrame(
        {"grades": [(1, 2, 3, 4, 5, 6)] * 4, "seats": 90.0, "quality": qualities, "lead_candidate": [1, 0, 0, 1]},
        index=pd.MultiIndex.from_product([school_ids, ["primary"]], names=["school_id", "stage"]),
    )
    pupils = pd.DataFrame([(p, "primary", g, "local", 10.0) for p in "ABCD" for g in range(1, 7)])
    rolls = pd.DataFrame([(s, "primary", g, 10.0, 1.0) for s in school_ids for g in range(1, 7)])
    pupils.columns, rolls.columns = base.pupils.columns, base.rolls.columns
    study = base.with_(
        places=places, townships=townships, schools=schools, offers=offers, pupils=pupils, rolls=rolls,
        adjacency=pd.DataFrame({"place_a": list("ABC"), "place_b": list("BCD")}),
    )  # fmt: skip
    minutes = pd.DataFrame(
        [[abs(i - j) * 10.0 for j in range(4)] for i in range(4)], index=places.index, columns=school_ids
    )
    return study, Travel("toy", minutes, minutes * 100)


def test_a_row_of_four_is_cut_in_the_middle() -> None:
    study, travel = strip()
    found = partition(study, travel, "primary", districts=2, lead_mode="inside", population_tolerance=0)
    assert found.status == "optimal" and found.gap == 0
    assert found.district_of.to_dict() == {"T1": "D1", "T2": "D1", "T3": "D2", "T4": "D2"}
    assert found.lead_of.to_dict() == {"D1": "S1", "D2": "S4"}
    terms = found.terms.set_index("term")["value"]
    # Every unit has its nearest lead; sizes are equal; means of strength are 70 and 65 around 67.5 (sd 17.85), so
    # strength = 2.5 / 17.85 and mix = 2.5² / 17.85²; one of three borders is cut.
    assert terms["travel"] == pytest.approx(1.0)
    assert terms["population"] == 0 and terms["pupils"] == 0
    assert terms["strength"] == pytest.approx(2.5 / np.std([90, 50, 50, 80]))
    assert terms["mix"] == pytest.approx(6.25 / np.var([90, 50, 50, 80]))
    assert terms["compact"] == pytest.approx(1 / 3)
    assert found.table["population"].to_list() == [2000, 2000]
    assert found.breaches.empty and found.objective == pytest.approx(found.terms["cost"].sum())


def test_flip_gives_a_new_one_and_names_what_breaks() -> None:
    study, travel = strip()
    found = partition(study, travel, "primary", districts=2, lead_mode="inside", population_tolerance=0)
    other = found.flip("T2", "D2")
    assert found.district_of["T2"] == "D1" and other.district_of["T2"] == "D2"
    assert other.school_district["S2"] == "D2" and other.status == "given"
    assert set(other.breaches["what"]) == {"population", "pupils"}
    apart = found.flip("T4", "D1")
    assert {"connected", "lead_inside"} <= set(apart.breaches["what"])
    with pytest.raises(DataError, match="not in this districting"):
        found.flip("T9", "D1")


def test_an_island_is_tied_and_named() -> None:
    study, travel = strip(island=True)
    found = partition(study, travel, "primary", districts=2, lead_mode="inside")
    assert found.status == "optimal"
    assert found.edges.loc[found.edges["link"] == "island", ["a", "b"]].to_numpy().tolist() == [["T3", "T4"]]
    assert any("Islands" in note.en and "T3–T4" in note.en for note in found.notes)


def test_detached_leads_divide_the_towns_they_stand_in() -> None:
    study, travel = strip()
    found = partition(study, travel, "primary", districts=2, lead_mode="detached", population_tolerance=0)
    # T1 and T4 go with their leads; T2 and T3 are left to be divided, each to its nearer lead.
    assert found.district_of.to_dict() == {"T2": "D1", "T3": "D2"}
    assert found.lead_of.to_dict() == {"D1": "S1", "D2": "S4"}
    assert found.lead_shares["population"].to_dict() == {"S1": 1000, "S4": 1000}
    assert found.table["pupils"].to_list() == [120, 120] and found.table["townships"].to_list() == [2, 2]
    assert found.school_district.to_dict() == {"S1": "D1", "S2": "D1", "S3": "D2", "S4": "D2"}


def test_today_is_kept_when_it_counts_most() -> None:
    study, travel = strip()
    today = pd.Series({"T1": "x", "T2": "x", "T3": "x", "T4": "y"})
    weights = {"keep": 50.0, "population": 1.0}
    found = partition(
        study, travel, "primary", districts=2, lead_mode="inside", population_tolerance=None, pupils_tolerance=None,
        today=today, weights=weights,
    )  # fmt: skip
    assert found.district_of.to_dict() == {"T1": "D1", "T2": "D1", "T3": "D1", "T4": "D2"}
    assert found.terms.set_index("term").at["keep", "value"] == pytest.approx(0.0, abs=1e-12)


def test_a_term_of_ones_own() -> None:
    def apart(units: Units) -> Part:  # a border between T1 and T2 is dear to keep
        return Part(border=np.array([100.0 if (a, b) == (0, 1) else 0.0 for a, b in units.edges]))

    study, travel = strip()
    found = partition(
        study, travel, "primary", districts=2, lead_mode="inside", population_tolerance=None, pupils_tolerance=None,
        terms={"apart": apart},
    )  # fmt: skip
    assert found.district_of["T1"] != found.district_of["T2"]
    with pytest.raises(DataError, match='no term "aprt" in the objective \\(did you mean "apart"'):
        partition(study, travel, "primary", districts=2, terms={"apart": apart}, weights={"aprt": 1})


def test_infeasible_windows_are_explained_with_the_nearest() -> None:
    study, travel = strip()
    places = study.places.assign(population=[1000, 1000, 1000, 2000])
    found = partition(
        study.with_(places=places), travel, "primary", districts=2, lead_mode="inside", population_tolerance=0.1,
        pupils_tolerance=None,
    )  # fmt: skip
    # 5,000 people: 2,500 each within 10 % is 2,250 to 2,750; cuts give 1,000/4,000, 2,000/3,000 and 3,000/2,000.
    assert found.status == "infeasible"
    row = found.diagnosis.set_index("window").loc["population"]
    assert row["feasible_low"] <= 2000 and row["feasible_high"] >= 3000 and row["tolerance"] <= 0.105
    assert set(found.breaches["what"]) == {"population"}
    assert any("proved" in note.en for note in found.notes)


@pytest.mark.parametrize("stage", ["junior", "primary"])
@pytest.mark.parametrize("divide_towns", [True, False])
def test_fuxi_within_the_published_windows(fuxi: Study, straight: Travel, stage: str, divide_towns: bool) -> None:
    found = partition(fuxi, straight, stage, **PUBLISHED[stage], divide_towns=divide_towns)
    assert found.status == "optimal" and found.breaches.empty
    case = found.problem
    plan = ArrayPlan(
        np.array([found.districts.index(d) for d in found.district_of]),
        case.units.leads.get_indexer(found.lead_of.reindex(found.districts)),
    )
    assert check_division(case.problem, plan).feasible
    assert found.bound == found.objective
    assert set(found.school_district.index) == set(fuxi.offering(stage))
    assert len(set(found.lead_of)) == PUBLISHED[stage]["districts"]


@pytest.mark.parametrize("stage", ["junior", "primary"])
def test_the_planted_districts_are_lawful_and_not_better(fuxi: Study, straight: Travel, stage: str) -> None:
    planted = pd.read_csv(
        Path(sample_file("fuxi")).parent / "districts_planted.csv", dtype=str, encoding="utf-8-sig"
    ).set_index("township_id")[stage]
    found = partition(fuxi, straight, stage, **PUBLISHED[stage], divide_towns=False)
    names = {name: f"D{i + 1}" for i, name in enumerate(sorted(set(planted)))}
    witness = planted.map(names).reindex(found.district_of.index)
    case = found.problem
    best = np.inf
    of = np.array([int(d[1:]) - 1 for d in witness])
    from scipy.optimize import linear_sum_assignment

    away = np.stack([case.problem.costs.linear[of == d].sum(axis=0) for d in range(case.problem.districts)])
    _, leads = linear_sum_assignment(away)
    assert check_division(case.problem, ArrayPlan(of, leads)).feasible
    lead_of = pd.Series(list(case.units.leads[leads]), index=[f"D{d + 1}" for d in range(case.problem.districts)])
    best = found.evaluate(witness, lead_of)["cost"].sum()
    assert found.objective < best


@pytest.mark.slow
def test_infeasible_is_confirmed_by_another_method(fuxi: Study, straight: Travel) -> None:
    found = partition(
        fuxi, straight, "primary", **{**PUBLISHED["primary"], "townships": (4, 4)}, divide_towns=False
    )  # 8 × 4 = 32 of 33 townships
    assert found.status == "infeasible"
    assert not flow_feasible(found.problem.problem)
    assert flow_feasible(replace(found.problem.problem, low=np.array([1, 0, 0]), high=np.array([33, 10**9, 10**9])))
    alone = found.diagnosis.set_index("window").loc["townships"]
    assert alone["feasible_low"] <= 4 <= 5 <= alone["feasible_high"]


def test_the_conflict_between_alike_and_mixed_is_shown(fuxi: Study, straight: Travel) -> None:
    found = partition(fuxi, straight, "primary", **PUBLISHED["primary"])
    table = alike_against_mixed(found, fuxi, (0, 1))
    assert (table["status"] == "optimal").all()
    # From the two optima, the other terms being the same: what mixture gains is at most what likeness loses.
    mixed, alike = (table.at[1, term] - table.at[0, term] for term in ("mix", "alike"))
    assert mixed <= alike + 1e-6
    assert alike > 0


def test_schools_with_catchments_as_units(fuxi: Study, straight: Travel) -> None:
    found = partition(
        fuxi, straight, "junior", districts=5, units="schools", lead_mode="none", population_tolerance=0.25,
        pupils_tolerance=None,
    )  # fmt: skip
    assert isinstance(found, Districting) and found.status == "optimal"
    assert len(found.district_of) == 28 and found.breaches.empty and found.lead_of.empty


def test_a_detached_lead_counts_where_it_leads() -> None:
    study, travel = strip((90, 50, 50, 80))
    found = partition(
        study, travel, "primary", districts=2, leads=["S1", "S4"], divide_towns=False, population_tolerance=0,
        weights={"travel": 0.0, "compact": 0.0, "alike": 0.0, "strength": 1.0, "mix": 0.0},
    )  # fmt: skip
    # Whole townships, T1 with T2 and T3 with T4, and each lead with either side: {S2} and {S3} are alike, so that any
    # lead gives means 70 and 65; with its own lead left at home nothing would change.
    assert found.objective == pytest.approx(2.5 / np.std([90, 50, 50, 80]))
    crossed = found.evaluate(found.district_of, pd.Series({"D1": "S4", "D2": "S1"}))
    assert crossed["cost"].sum() == pytest.approx(2.5 / np.std([90, 50, 50, 80]))
    study, travel = strip((90, 40, 60, 80))
    found = partition(
        study, travel, "primary", districts=2, leads=["S1", "S4"], divide_towns=False, population_tolerance=0,
        weights={"travel": 0.0, "compact": 0.0, "alike": 0.0, "strength": 1.0, "mix": 0.0},
    )  # fmt: skip
    # The stronger lead goes with the weaker side: 90 with 40, 80 with 60, means 65 and 70.
    lead = found.lead_of[found.district_of["T2"]]
    assert lead == "S1" and found.objective == pytest.approx(2.5 / np.std([90, 40, 60, 80]))
    assert found.school_district["S1"] == found.district_of["T2"]
