"""Clusterings of scikit-learn as baselines beside ours: in one piece, and never called feasible where they are not."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

import layout_planner as lp
from layout_planner.districts.baselines import BASELINES, _excess, _in_one_piece, _towards_windows
from layout_planner.districts.partition import PUBLISHED, partition
from layout_planner.engines.districting.check import check_division
from layout_planner.engines.districting.problem import ArrayPlan
from layout_planner.plan.districting import Districting
from layout_planner.study import Study
from layout_planner.travel import Travel


@pytest.fixture(scope="module")
def fuxi() -> Study:
    return lp.sample("fuxi")


@pytest.fixture(scope="module")
def straight(fuxi: Study) -> Travel:
    return lp.travel_matrix(fuxi, mode="straight")


def test_stray_pieces_go_to_whom_they_touch() -> None:
    row = nx.path_graph(4)
    # 0 | 1 | 0 | 1: unit 0 goes over to its only neighbour's district, then the last to its own.
    assert _in_one_piece(np.array([0, 1, 0, 1]), row, 2).tolist() == [1, 1, 0, 0]
    assert _in_one_piece(np.array([0, 0, 1, 1]), row, 2).tolist() == [0, 0, 1, 1]


class Windows:
    """Five units of weight 1 in a row, two districts of two or three."""

    low, high, districts, n = np.array([2]), np.array([3]), 2, 5
    weights = np.ones((1, 5), dtype=np.int64)
    lead_weights = np.zeros((1, 1), dtype=np.int64)


def test_units_are_handed_on_until_the_windows_hold() -> None:
    row, lead = nx.path_graph(5), np.zeros(2, dtype=np.int64)
    start = np.array([0, 1, 1, 1, 1])
    # 1 and 4 members: one too few and one too many, over a middle of 2.5.
    assert _excess(start, lead, Windows) == pytest.approx(2 / 2.5)  # type: ignore[arg-type]
    done = _towards_windows(start, lead, row, Windows)  # type: ignore[arg-type]
    assert done.tolist() == [0, 0, 1, 1, 1]
    assert _excess(done, lead, Windows) == 0.0  # type: ignore[arg-type]


@pytest.mark.parametrize("stage", ["junior", "primary"])
def test_beside_ours_on_the_sample_county(fuxi: Study, straight: Travel, stage: str) -> None:
    wish = PUBLISHED[stage]
    ours = partition(fuxi, straight, stage, **wish)
    assert ours.status == "optimal"
    for method in BASELINES:
        found = partition(fuxi, straight, stage, method=method, **wish)
        assert isinstance(found, Districting)
        assert found.method == method
        assert np.isnan(found.bound)  # nothing is claimed
        problem = found.problem.problem
        names = list(found.lead_of.index)
        of = np.array([names.index(d) for d in found.district_of])
        faults = check_division(problem, ArrayPlan(of, found.problem.units.leads.get_indexer(found.lead_of)))
        assert not (faults.severed or faults.empty or faults.unassigned or faults.leads)
        assert (found.status == "feasible") == (not faults.outside)
        if faults.outside:
            assert any("windows are broken" in note.en for note in found.notes)
        else:
            assert found.objective >= ours.objective - 1e-9
    again = partition(fuxi, straight, stage, method="kmeans", **wish)
    assert again.district_of.equals(partition(fuxi, straight, stage, method="kmeans", **wish).district_of)


def test_what_a_clustering_does_not_know_is_refused(fuxi: Study, straight: Travel) -> None:
    with pytest.raises(lp.DataError, match="knows no leads that are members"):
        partition(fuxi, straight, "junior", districts=5, lead_mode="inside", method="ward")
    with pytest.raises(lp.DataError, match='no method "word"'):
        partition(fuxi, straight, "junior", districts=5, method="word")
