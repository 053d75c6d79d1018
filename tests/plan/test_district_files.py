"""Districts and pairs in the run folder: there and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.districts import PUBLISHED
from layout_planner.plan import Plan, read_plan
from layout_planner.plan.districting import measures_of
from tests.plan.test_folder import without_map


@pytest.fixture(scope="module")
def there() -> Plan:
    study = lp.sample("fuxi")
    travel = lp.travel_matrix(study, mode="straight")
    today = lp.today(study, travel, stage="junior")
    areas = lp.partition(study, travel, "junior", **PUBLISHED["junior"])
    return today.with_(districting=areas, pairing=lp.pair(study, travel, "junior", count=4, shared=0.5))


@pytest.fixture(scope="module")
def back(there: Plan, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    with pytest.MonkeyPatch.context() as patch:
        without_map(patch)
        return read_plan(there.write(tmp_path_factory.mktemp("runs") / "districts"))


@pytest.mark.slow
def test_districts_there_and_back(there: Plan, back: Plan) -> None:
    one, two = there.districtings["junior"], back.districtings["junior"]
    for name in ("district_of", "lead_of", "school_district", "lead_units"):
        pd.testing.assert_series_equal(getattr(one, name), getattr(two, name), check_index_type=False)
    for name in ("units", "edges", "windows", "table", "terms", "breaches"):
        pd.testing.assert_frame_equal(
            getattr(one, name), getattr(two, name), check_index_type=False, check_column_type=False
        )
    assert (one.status, one.objective, one.bound, one.gap) == (two.status, two.objective, two.bound, two.gap)
    assert [str(note) for note in one.notes] == [str(note) for note in two.notes]
    assert measures_of(one).to_dict() == pytest.approx(measures_of(two).to_dict())


def test_what_was_read_can_be_flipped_but_not_priced(there: Plan, back: Plan) -> None:
    read = back.districtings["junior"]
    unit, to = read.members("D1")[0], "D2"
    moved, known = read.flip(unit, to), there.districtings["junior"].flip(unit, to)
    assert moved.school_district.to_dict() == known.school_district.to_dict()
    assert moved.breaches.equals(known.breaches)
    assert np.isnan(moved.objective) and moved.terms["value"].isna().all() and known.terms["value"].notna().all()
    with pytest.raises(lp.DataError, match="arrays"):
        lp.ensemble(read)


def test_pairs_there_and_back(there: Plan, back: Plan) -> None:
    one, two = there.pairings["junior"], back.pairings["junior"]
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.effect, two.effect)
    assert one.unmatched == two.unmatched and str(one.rule) == str(two.rule) and one.gap == two.gap == 0


def test_the_table_people_read(back: Plan, there: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_map(monkeypatch)
    table = pd.read_csv(there.write(tmp_path / "run") / "districting.csv", encoding="utf-8-sig")
    schools = table.loc[table["kind"] != "unit"]
    assert (table["kind"] == "lead").sum() == 5 and len(schools) == len(there.study.offering("junior"))
    units = table.loc[table["kind"] == "unit"]
    assert units["pupils"].sum() == there.districtings["junior"].units["pupils"].sum()


def test_districts_of_two_stages_stand_beside_each_other(there: Plan) -> None:
    other = there.districtings["junior"].with_(stage="primary")
    assert set(there.with_(districting=other).districtings) == {"junior", "primary"}
