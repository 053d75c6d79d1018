"""`consolidate` against trying every set of schools and every way of sending whole villages."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import layout_planner as lp
from layout_planner.measures.money import Money
from layout_planner.plan.frontier import Frontier
from tests.toy.county import SCHOOLS, VILLAGES, line_county, line_travel

X = np.array(list(VILLAGES.values()), dtype=float)
STANDS = np.array(list(SCHOOLS.values()), dtype=float)
HOMES = np.array(list(product(range(3), repeat=7)))
MONEY = Money()


def toy(seed: int) -> tuple[lp.Study, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    pupils = rng.integers(2, 16, 7).astype(float)
    seats = rng.integers(2, 9, 3) * 45.0
    running = rng.integers(5, 60, 3) * 1e5
    study = line_county(pupils=dict(zip(VILLAGES, pupils, strict=True)), seats=dict(zip(SCHOOLS, seats, strict=True)))
    return study.with_(offers=study.offers.assign(running_cost=running)), 6 * pupils, seats, running


def by_trying_all(
    keep: int, pupils: np.ndarray, seats: np.ndarray, running: np.ndarray, most: float, least_roll: float
) -> float:
    """Ways at 80 yuan a minute, 15 % of running, 720 yuan a pupil short of 100, 45 × 640 yuan a class added."""
    loads = np.stack([(j == HOMES) @ pupils for j in range(3)], axis=1)
    ways = 80.0 * (np.abs(X[None, :] - STANDS[HOMES]) * pupils).sum(axis=1)
    classes = np.ceil(np.maximum(loads - seats, 0.0) / 45.0 - 1e-9)
    best = np.inf
    for pattern in product([False, True], repeat=3):
        is_open = np.array(pattern)
        if is_open.sum() != keep:
            continue
        fits = ~(loads[:, ~is_open] > 0).any(axis=1) & (loads[:, is_open] >= least_roll).all(axis=1)
        fits &= (seats + 45.0 * classes <= np.maximum(most, seats) + 1e-9)[:, is_open].all(axis=1)
        each = 0.15 * running + 720.0 * np.maximum(100.0 - loads, 0.0) + 45 * 640.0 * classes
        total = ways + each[:, is_open].sum(axis=1)
        best = min(best, float(np.where(fits, total, np.inf).min()))
    return best + float(0.85 * running.sum())


@pytest.mark.slow
@pytest.mark.parametrize("tens", range(4))
def test_a_frontier_is_as_good_as_trying_all(tens: int) -> None:
    for seed in range(10 * tens, 10 * tens + 10):
        study, pupils, seats, running = toy(seed)
        most, least_roll = (360.0, 0.0) if seed % 2 else (450.0, 60.0)
        front = lp.consolidate(
            study, line_travel(), stage="primary", keep=[1, 2, 3], expand=most, sites=False, least_roll=least_roll,
            gap=0.0, time_limit=300.0,
        )  # fmt: skip
        assert isinstance(front, Frontier)
        for point in front.points:
            number = point.keep
            expected = by_trying_all(number, pupils, seats, running, most, least_roll)
            if np.isinf(expected):
                assert point.status == "infeasible", (seed, number)
                continue
            assert point.figures["objective"] == pytest.approx(expected), (seed, number)
            assert point.figures["bound"] == pytest.approx(expected), (seed, number)


def test_nobody_is_lost_and_the_plan_is_what_was_priced() -> None:
    study, pupils, _, _ = toy(3)
    plan = lp.consolidate(study, line_travel(), stage="primary", keep=2, gap=0.0)
    assert isinstance(plan, lp.Plan)
    flows = plan.assignments["primary"].flows
    assert flows["pupils"].sum() + plan.assignments["primary"].unplaced["pupils"].sum() == pupils.sum()
    travel = float((flows["minutes"] * flows["pupils"]).sum()) * 80.0
    assert plan.provenance["consolidation"]["travel"] == pytest.approx(travel)
    assert flows.groupby("place_id")["school_id"].nunique().max() == 1
