"""The least total minutes of a random county within its seats, places divided, by one plain linear program."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from layout_planner.policy import Rules, class_limit
from tests.toy.random_county import County


def transport_cost(county: County, rules: Rules) -> tuple[float, float]:
    """Give (pupil-minutes at the pace of each grade, pupils who find no seat)."""
    study, travel = county.study, county.travel
    rows = study.pupils.groupby(["place_id", "grade"])["pupils"].sum()
    seats = study.seats("primary", class_limit(rules, "primary"))
    pairs, cost = [], []
    for at, (place, grade) in enumerate(rows.index):
        for school in seats.index:
            way = travel.minutes.at[place, school]
            if np.isfinite(way) and grade in study.offers.at[(school, "primary"), "grades"]:
                pairs.append((at, seats.index.get_loc(school)))
                cost.append(way * travel.pace.get(grade, 1.0))
    count = len(pairs)
    equal = np.zeros((len(rows), count + len(rows)))
    upper = np.zeros((len(seats), count + len(rows)))
    for column, (at, school) in enumerate(pairs):
        equal[at, column] = upper[school, column] = 1.0
    equal[np.arange(len(rows)), count + np.arange(len(rows))] = 1.0
    price = 1e5
    found = linprog(
        [*cost, *[price] * len(rows)], A_ub=upper, b_ub=seats.to_numpy(), A_eq=equal, b_eq=rows.to_numpy(),
        method="highs",
    )  # fmt: skip
    unplaced = float(found.x[count:].sum())
    return float(np.dot(cost, found.x[:count])), unplaced
