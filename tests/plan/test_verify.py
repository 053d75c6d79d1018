"""A second look at a plan: honest ones hold, and every kind of lie is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.assignment.solve import solve, today
from layout_planner.base.proof import Proof
from layout_planner.plan import UNREACHABLE, Assignment, Plan
from layout_planner.plan.columns import CHECK_NAMES
from layout_planner.plan.districting import Districting, Pairing
from layout_planner.plan.verify import verify
from layout_planner.plan.verify_run import verify_run
from layout_planner.scenario import Close, Pin, Scenario
from tests.toy.county import line_county, line_travel

RULES = lp.Rules.load("cn-quality-balance")
TRAVEL = line_travel()
SEATS = {"S1": 180.0, "S2": 180.0, "S3": 90.0}


def made(method: str = "capacity", scenario: Scenario | None = None) -> Plan:
    return solve(line_county(seats=SEATS), TRAVEL, RULES, assign=method, scenario=scenario)


def failed(plan: Plan) -> set[str]:
    return {check.name for check in verify(plan).failed}


def lie(change: Callable[[Assignment], Assignment], plan: Plan | None = None) -> set[str]:
    plan = plan or made()
    return failed(plan.with_(assignments={"primary": change(plan.assignments["primary"])}))


def flows_with(column: str, value: object, at: int = 0) -> Callable[[Assignment], Assignment]:
    def change(one: Assignment) -> Assignment:
        flows = one.flows.copy()
        flows.loc[at, column] = value
        return one.with_(flows=flows)

    return change


@pytest.mark.parametrize("method", ["stay", "stay_nearest", "nearest", "nearest_seats", "capacity", "contiguous"])
def test_honest_plans_hold(method: str):
    plan = made(method, Scenario("close S3", [Close("S3")]))
    found = plan.verify()
    assert found.holds and not found.failed
    table = found.table
    assert set(table["check"]) <= set(CHECK_NAMES) and table["said"].str.len().gt(0).all()
    assert table.loc[table["check"] == "pupils", "holds"].all()
    promised = table.loc[table["check"] == "seats", "holds"].notna().all()
    assert promised == (method not in ("nearest", "stay_nearest"))


def test_today_holds_and_its_objective_is_counted_again():
    table = verify(today(line_county(), TRAVEL, RULES)).table.set_index("check")
    assert table.at["objective", "holds"]
    assert table.at["objective", "said"].startswith("480 pupil-minutes")


def test_children_lost_or_invented():
    assert lie(flows_with("pupils", 3.0)) == {"pupils", "objective"}
    assert "pupils" in lie(lambda one: one.with_(flows=one.flows.iloc[1:]))
    assert "pupils" in lie(lambda one: one.with_(flows=pd.concat([one.flows, one.flows.iloc[:1]], ignore_index=True)))
    assert "pupils" in lie(flows_with("pupils", -1.0))


def test_pupils_at_a_closed_school_or_in_a_grade_it_lacks():
    plan = made("stay", Scenario("close S3", [Close("S3")]))
    assert "grades" in lie(flows_with("school_id", "S3"), plan)
    assert "grades" in lie(flows_with("grade", 7))


def test_more_pupils_than_seats():
    def crowd(one: Assignment) -> Assignment:
        everyone = one.flows.assign(school_id="S3")
        return one.with_(flows=everyone)

    assert "seats" in lie(crowd)
    # A pin is the planner's own order: what it fills is not held against the method.
    pins = Scenario("pins", [Pin(place, school="S3") for place in "DEFG"])
    assert failed(made("capacity", pins)) == set()


def test_a_way_that_is_not_in_the_tables():
    assert lie(flows_with("metres", 7.0)) == {"ways"}
    assert lie(flows_with("minutes", 0.5)) == {"ways", "objective"}
    assert lie(flows_with("minutes", float("nan"))) == {"ways", "objective"}


def test_no_way_where_there_is_one():
    def claim(one: Assignment) -> Assignment:
        row = one.flows.iloc[[0]].assign(reason=UNREACHABLE.en)[list(one.unplaced.columns)]
        return one.with_(flows=one.flows.iloc[1:], unplaced=row)

    assert lie(claim) == {"no way", "objective"}


def test_zones_in_pieces_and_places_in_two():
    plan = made("contiguous")
    zones = plan.assignments["primary"].zones
    assert {"S1", "S2", "S3"} == set(zones["school_id"])
    torn = zones.assign(school_id=zones["school_id"].where(zones["place_id"] != "A", "S3"))
    assert lie(lambda one: one.with_(zones=torn), plan) == {"connected"}
    twice = pd.concat([zones, zones.iloc[:1]])
    assert lie(lambda one: one.with_(zones=twice), plan) == {"zones"}


def test_objective_bound_and_gap():
    def told(objective: float, bound: float) -> Callable[[Assignment], Assignment]:
        return lambda one: one.with_(
            proof=one.proof.with_(objective=one.objective * objective, bound=one.objective * bound)
        )

    assert lie(told(0.9, 0.9)) == {"objective"}
    assert lie(told(1.0, 1.1)) == {"proof"}


def test_gap_in_the_file_is_the_difference_of_its_figures(tmp_path):
    path = tmp_path / "run"
    made().write(path)
    assert verify_run(path).holds
    file = path / "provenance.json"
    record = json.loads(file.read_text(encoding="utf-8"))
    one = record["assignments"]["primary"]
    one["bound"] = one["objective"] * 0.5
    file.write_text(json.dumps(record), encoding="utf-8")
    assert {check.name for check in verify_run(path).failed} == {"proof"}


def test_money_adds_up():
    study = lp.sample("zhigang")
    front = lp.consolidate(study, lp.travel_matrix(study, mode="straight"), RULES, stage="primary", keep=[42])
    plan = front.at(keep=42)
    assert verify(plan).table.set_index("check").at["objective", "holds"]
    told = dict(plan.provenance["consolidation"])
    dearer = plan.with_(provenance={**plan.provenance, "consolidation": {**told, "travel": told["travel"] + 1e6}})
    assert failed(dearer) == {"objective"}


def division(**changes: object) -> Districting:
    names = ["townships", "population", "pupils"]
    units = pd.DataFrame(
        {"name": list("甲乙丙丁"), "townships": 1, "population": [10, 20, 30, 40], "pupils": [1, 2, 3, 4]},
        index=pd.Index(list("abcd"), name="township_id"),
    )
    district_of = pd.Series(["1", "1", "2", "2"], index=units.index, name="district")
    windows = pd.DataFrame({"low": [2, 20, 1], "high": [2, 80, 9]}, index=pd.Index(names, name="window"))
    base = {
        "stage": "primary", "district_of": district_of, "lead_of": pd.Series({"1": "A", "2": "C"}, dtype="str"),
        "school_district": pd.Series({"A": "1", "C": "2"}, dtype="str"), "units": units,
        "edges": pd.DataFrame({"a": ["a", "b", "c"], "b": ["b", "c", "d"], "metres": 1.0, "link": ""}),
        "windows": windows, "lead_shares": pd.DataFrame(columns=names, dtype=float), "inside": True,
        "lead_units": pd.Series({"A": "a", "C": "c"}, dtype="str"),
        "terms": pd.DataFrame({"term": ["size"], "weight": [1.0], "value": [0.5], "cost": [0.5]}), "evaluate": None,
        "method": "exact", "proof": Proof(0.5, 0.5, ended="proved"),
    }  # fmt: skip
    return Districting(**{**base, **changes})  # type: ignore[arg-type]


def test_districts():
    plan = made()

    def lies(**changes: object) -> set[str]:
        return failed(plan.with_(districting=division(**changes)))

    assert lies() == set()
    units = division().units
    assert lies(district_of=pd.Series(["1", "2", "1", "2"], index=units.index)) == {"districts"}  # pieces, lead outside
    assert lies(units=units.assign(population=[10, 5, 30, 60])) == {"districts"}
    assert lies(lead_of=pd.Series({"1": "A", "2": "A"}, dtype="str")) == {"districts"}
    assert lies(lead_units=pd.Series({"A": "d", "C": "c"}, dtype="str")) == {"districts"}
    assert lies(proof=Proof(0.4, 0.4, ended="proved")) == {"objective of districts"}
    assert lies(proof=Proof(0.5, 0.6, ended="proved")) == {"proof of districts"}
    brought = pd.DataFrame({"townships": [0.0], "population": [60.0], "pupils": [0.0]}, index=["A"])
    assert lies(lead_shares=brought) == {"districts"}
    impossible = plan.with_(districting=division(proof=Proof(0.5, np.nan, ended="infeasible")))
    shown = verify(impossible).table.set_index("check")
    assert pd.isna(shown.at["districts", "holds"])


def test_pairs():
    table = pd.DataFrame({"core": ["A", "A", "B"], "member": ["C", "D", "C"]})
    pairing = Pairing("primary", table, (), Proof(1.0, 1.0, ended="proved"), 0.0, pd.DataFrame(), lp.DataError)
    assert failed(made().with_(pairing=pairing)) == {"pairs"}
    assert failed(made().with_(pairing=Pairing(**{**vars(pairing), "table": table.iloc[:2]}))) == set()


Edit = Callable[[pd.DataFrame], pd.DataFrame]


def in_table(file: str, edit: Edit) -> Callable[[Path], None]:
    def tamper(run: Path) -> None:
        table = pd.read_csv(run / file, dtype=str, encoding="utf-8-sig", keep_default_na=False)
        edit(table).to_csv(run / file, index=False, encoding="utf-8-sig")

    return tamper


def cell(column: str, value: str, at: int = 0) -> Edit:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        assert table.at[at, column] != value
        table.loc[at, column] = value
        return table

    return edit


def score(measure: str, value: str) -> Edit:
    return lambda table: table.assign(value=table["value"].where(table["measure"] != measure, value))


def in_provenance(**told: object) -> Callable[[Path], None]:
    def tamper(run: Path) -> None:
        file = run / "provenance.json"
        record = json.loads(file.read_text(encoding="utf-8"))
        record["assignments"]["primary"] |= told
        file.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")

    return tamper


TAMPERED: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "a row of children struck out": (in_table("assignment.csv", lambda t: t.iloc[1:]), {"pupils", "objective"}),
    "a row twice": (in_table("assignment.csv", lambda t: pd.concat([t, t.iloc[:1]])), {"pupils", "objective"}),
    "children below nought": (in_table("assignment.csv", cell("pupils", "-10")), {"pupils"}),
    "children sent to a school that closed": (in_table("assignment.csv", cell("school_id", "S3")), {"grades"}),
    "children sent to another school": (in_table("assignment.csv", cell("school_id", "S2")), {"ways"}),
    "everyone in one school": (in_table("assignment.csv", lambda t: t.assign(school_id="S2")), {"seats", "ways"}),
    "a grade nobody offers": (in_table("assignment.csv", cell("grade", "9")), {"grades", "pupils"}),
    "a way made shorter": (in_table("assignment.csv", cell("minutes", "0.5")), {"ways", "objective"}),
    "metres made up": (in_table("assignment.csv", cell("metres", "7")), {"ways"}),
    "a place in another zone": (in_table("zones.csv", cell("school_id", "S2")), {"connected"}),
    "a place in two zones": (
        in_table("zones.csv", lambda t: pd.concat([t, t.iloc[:1].assign(school_id="S2")])), {"zones"},
    ),
    "a better objective": (in_provenance(objective=100.0, bound=100.0, gap=0.0), {"objective"}),
    "a bound above the objective": (in_provenance(bound=9e9), {"proof"}),
    "a gap made up": (in_provenance(gap=0.5), {"proof"}),
    "called optimal without a proof": (in_provenance(bound=1.0, gap=(960.0 - 1.0) / 960.0), {"proof"}),
    "a roll made up": (in_table("schools.csv", cell("roll", "150.0")), {"schools.csv"}),
    "seats made up": (in_table("schools.csv", cell("seats", "999.0")), {"schools.csv"}),
    "a school struck out": (in_table("schools.csv", lambda t: t.iloc[1:]), {"schools.csv"}),
    "fewer children without a school": (in_table("scorecard.csv", score("placed", "500.0")), {"scorecard.csv"}),
    "a nearer mean way": (in_table("scorecard.csv", score("minutes_mean", "0.2")), {"scorecard.csv"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def zoned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with zones that closes S3: A, B and C at S1, the others at S2."""
    county = line_county(seats={"S1": 240.0, "S2": 240.0})
    plan = solve(county, TRAVEL, RULES, assign="contiguous", gap=0.0, scenario=Scenario("close S3", [Close("S3")]))
    assert plan.assignments["primary"].objective == pytest.approx(60 * (2 + 0 + 2 + 2 + 0 + 2 + 8))
    return plan.write(tmp_path_factory.mktemp("zoned") / "run")


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_run_folder_that_was_tampered_with(kind: str, zoned: Path, tmp_path: Path) -> None:
    tamper, failing = TAMPERED[kind]
    run = Path(shutil.copytree(zoned, tmp_path / "run"))
    tamper(run)
    found = verify_run(run)
    assert failing <= {check.name for check in found.failed}, found.table
    for check in found.failed:
        assert check.said.en and check.said.zh


def test_an_untouched_run_holds_and_says_what_was_looked_at(zoned: Path) -> None:
    found = verify_run(zoned)
    assert found.holds
    assert {"pupils", "seats", "ways", "connected", "objective", "proof", "scorecard.csv"} <= {
        check.name for check in found.checks if check.holds
    }


def test_a_run_folder_that_was_edited(tmp_path: Path):
    run = made().write(tmp_path / "run")
    assert verify_run(run).holds
    table = (run / "schools.csv").read_text(encoding="utf-8-sig").replace("S1", "S1", 1)
    (run / "schools.csv").write_text(table.replace(",180.0,180.0,", ",180.0,160.0,", 1), encoding="utf-8-sig")
    edited = verify_run(run)
    if table == (run / "schools.csv").read_text(encoding="utf-8-sig"):
        pytest.fail("the edit changed nothing")
    assert {check.name for check in edited.failed} == {"schools.csv"}
    told = json.loads((run / "provenance.json").read_text(encoding="utf-8"))
    told["assignments"]["primary"]["objective"] -= 30.0
    (run / "provenance.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    assert {"objective", "proof"} & {check.name for check in verify_run(run).failed}
