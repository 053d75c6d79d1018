"""The cheapest shifts that make every school of a stage pass the resource standards.

For each school s and indicator k, a what it has, t = limit × pupils what the standard asks of it, P its pupils:

    least   Σ p_move m⁺_sk + Σ p_k b_sk                         teachers moved in, hired or trained; rooms built; bought
    s.t.    x_sk = a_sk + m⁺_sk − m⁻_sk + b_sk ≥ t_sk (1 − (1 − r) y_sk),   Σ_k y_sk ≤ 7 − 6    six of seven, rest ≥ r
            Σ_s m⁺_sk = Σ_s m⁻_sk                               teachers moved are conserved; m, y and persons whole
            √( Σ_s w_s (x_sk/P_s − x̄_k)² ) ≤ c x̄_k             difference coefficient at most c, weighted by pupils

The last line is a second-order cone in x, since x̄ is linear. It is written as Σ v_sk ≤ c² x̄_k with v_sk x̄_k ≥ z_sk²,
z_sk = √w_s (x_sk/P_s − x̄_k), and each v is cut by tangents v ≥ 2τz − τ²x̄ where a solution breaks it: outer
approximation of the extended formulation (Vielma, Dunning, Huchette and Lubin 2017, "Extended formulations in mixed
integer conic quadratic programming"), first on the linear relaxation, then on the integer program. HiGHS, through
scipy, solves both; the bound is that of the integer program with its cuts, and a solution that still breaks a
coefficient is mended by raising the schools that have least.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import coo_array, csr_array, vstack

from layout_planner.base.arrays import Floats
from layout_planner.plan import Status
from layout_planner.policy import INDICATORS, PER_HUNDRED, Rules

PRICES = {
    "move": 10_000.0,
    "teachers_above_degree": 30_000.0,
    "teachers_backbone": 20_000.0,
    "teachers_arts": 90_000.0,
    "area_teaching": 3_000.0,
    "area_sports": 400.0,
    "equipment_value": 1.0,
    "network_rooms": 50_000.0,
}
"""Yuan for a teacher moved, and for one more of each quantity: a teacher trained (degree, backbone) or hired (arts), a
square metre, a yuan of equipment, a room fitted out. Assumptions of ours, to be replaced by the county's own."""

DEEDS = {
    "teachers_above_degree": "train", "teachers_backbone": "train", "teachers_arts": "hire", "area_teaching": "build",
    "area_sports": "build", "equipment_value": "buy", "network_rooms": "buy",
}  # fmt: skip
"""What one more of each quantity takes."""

UNITS = {"area_teaching": "m²", "area_sports": "m²", "equipment_value": "yuan", "network_rooms": "rooms"}

CLEARANCE = 1e-4
"""So far below its limit a coefficient is kept, so that rounding up what is bought cannot lift it above."""

MOST_CUTS = 200


@dataclass(frozen=True, eq=False)
class Shifted:
    """The shifts of one stage: index as the pairs of the table given."""

    moved: Floats
    bought: Floats
    status: Status
    objective: float
    bound: float


def cheapest_shifts(
    table: pd.DataFrame, rules: Rules, stage: str, prices: Mapping[str, float], seconds: float, gap: float
) -> Shifted:
    """Find the cheapest shifts of one stage.

    Parameters
    ----------
    table
        Of `indicator_table`: the rows of the stage that are evaluated and known.
    rules
        `indicators_met`, `indicator_rest_share`, `difference_coefficient`.
    prices
        As `PRICES`, complete.
    seconds, gap
        Wall seconds, and the relative gap to stop at.

    Returns
    -------
    Shifted
        moved (teachers in less teachers out, whole) and bought (rounded up to whole units), in the order of `table`.
    """
    model = _Model(table, rules, stage, prices)
    until = time.perf_counter() + seconds
    whole, bound = False, 0.0
    best = model.mend(*model.buy_all())
    least = model.cost_of(*best)
    status: Status = "feasible"
    for _ in range(MOST_CUTS):
        left = until - time.perf_counter()
        if left <= 0:
            break
        found = model.solve(whole, left, gap)
        if found.x is None:
            break
        cut = model.cut(found.x)
        if not whole:
            whole = not cut
            continue
        bound = max(bound, float(found.mip_dual_bound))
        answer = model.mend(*model.read(found.x))
        cost = model.cost_of(*answer)
        if cost < least:
            best, least = answer, cost
        if least - bound <= gap * least:
            status = "optimal"
            break
        if not cut:
            break
    return Shifted(*best, status, least, min(bound, least))


class _Model:
    """Columns, pair by pair: moved in, moved out, bought, excused (y), v; then x̄ of each indicator."""

    def __init__(self, table: pd.DataFrame, rules: Rules, stage: str, prices: Mapping[str, float]) -> None:
        self.pairs = len(table)
        self.have = table["have"].to_numpy(dtype=float)
        self.pupils = table["pupils"].to_numpy(dtype=float)
        self.indicator = table["indicator"].to_numpy(dtype=object)
        self.price = table["indicator"].map(dict(prices)).to_numpy(dtype=float)
        scale = np.where(table["unit"].to_numpy(dtype=object) == PER_HUNDRED, 100.0, 1.0)
        need = table["limit"].to_numpy(dtype=float) * self.pupils / scale
        self.person = np.array([name.startswith("teachers") for name in self.indicator], dtype=bool)
        self.counted = self.person | (self.indicator == "network_rooms")
        limit = rules.value("difference_coefficient", stage)
        self.most = None if limit is None else limit - CLEARANCE
        asked = rules.value("indicators_met", stage)
        rest = rules.value("indicator_rest_share", stage, default=0.0) or 0.0
        n, each = self.pairs, np.arange(self.pairs)
        kind, kinds = pd.factorize(self.indicator)
        self.columns = 5 * n + len(kinds)
        parts: list[csr_array] = []
        low: list[float] = []
        high: list[float] = []
        self.need, self.rest, self.spare = (need, rest, 0.0) if asked is not None else (0.0 * need, 0.0, 0.0)
        self.school = pd.factorize(table["school_id"])[0]
        if asked is not None:
            self.spare = max(len(INDICATORS) - asked, 0.0)
            slack = need * (1 - rest)
            rows = self._rows(np.tile(each, 4), np.concatenate([each, n + each, 2 * n + each, 3 * n + each]),
                              np.concatenate([np.ones(n), -np.ones(n), np.ones(n), slack]), n)  # fmt: skip
            parts.append(rows)
            low += list(need - self.have)
            high += [np.inf] * n
            schools = int(self.school.max()) + 1
            parts.append(self._rows(self.school, 3 * n + each, np.ones(n), schools))
            low += [0.0] * schools
            high += [self.spare] * schools
        parts.append(self._rows(np.tile(kind, 2), np.concatenate([each, n + each]),
                                np.concatenate([np.ones(n), -np.ones(n)]), len(kinds)))  # fmt: skip
        low += [0.0] * len(kinds)
        high += [0.0] * len(kinds)
        total = np.bincount(kind, weights=self.pupils)
        self.kind, self.weight = kind, np.sqrt(self.pupils / total[kind])
        share = 1 / total[kind]
        columns = np.concatenate([each, n + each, 2 * n + each, 5 * n + np.arange(len(kinds))])
        values = np.concatenate([share, -share, share, -np.ones(len(kinds))])
        parts.append(self._rows(np.concatenate([kind, kind, kind, np.arange(len(kinds))]), columns, values, len(kinds)))
        low += list(-np.bincount(kind, weights=self.have * share))
        high += list(-np.bincount(kind, weights=self.have * share))
        if self.most is not None:
            columns = np.concatenate([4 * n + each, 5 * n + np.arange(len(kinds))])
            values = np.concatenate([np.ones(n), np.full(len(kinds), -(self.most**2))])
            parts.append(self._rows(np.concatenate([kind, np.arange(len(kinds))]), columns, values, len(kinds)))
            low += [-np.inf] * len(kinds)
            high += [0.0] * len(kinds)
        self.rows, self.low, self.high = parts, low, high
        rest_of = np.zeros(2 * n + len(kinds))
        self.cost = np.concatenate([np.full(n, prices["move"]), np.zeros(n), self.price, rest_of])
        leave = np.where(self.person, np.floor(self.have), 0.0)
        free = np.full(n + len(kinds), np.inf)
        most = np.concatenate([np.where(self.person, np.inf, 0.0), leave, np.full(n, np.inf), np.ones(n), free])
        self.bounds = Bounds(np.zeros(len(most)), most)
        whole = [self.person, self.person, self.counted, np.ones(n, dtype=bool), np.zeros(n + len(kinds), dtype=bool)]
        self.integer = np.concatenate(whole).astype(int)

    def _rows(self, row: npt.NDArray, column: npt.NDArray, value: Floats, count: int) -> csr_array:
        return csr_array(coo_array((value, (row, column)), shape=(count, self.columns)))

    def solve(self, whole: bool, seconds: float, gap: float) -> Any:
        """Solve the integer program, or its linear relaxation."""
        matrix = vstack(self.rows, format="csr")
        return milp(
            self.cost,
            integrality=self.integer if whole else np.zeros_like(self.integer),
            bounds=self.bounds,
            constraints=LinearConstraint(matrix, np.array(self.low), np.array(self.high)),
            options={"time_limit": max(seconds, 0.1), "mip_rel_gap": gap},
        )

    def cut(self, x: Floats) -> bool:
        """Cut off a solution whose coefficients are above the limit; tell whether any was."""
        if self.most is None:
            return False
        n, after = self.pairs, self.after(x)
        mean = np.maximum(x[5 * n :], 1e-12)
        away = self.weight * (after / self.pupils - mean[self.kind])
        norm = np.sqrt(np.bincount(self.kind, weights=away**2))
        broken = norm > self.most * mean * (1 + 1e-6)
        at = np.flatnonzero(broken[self.kind])
        if not len(at):
            return False
        slope = away[at] / mean[self.kind[at]]
        row, inside = np.arange(len(at)), 2 * slope * self.weight[at] / self.pupils[at]
        of_mean = -(2 * slope * self.weight[at] + slope**2)
        columns = np.concatenate([at, n + at, 2 * n + at, 4 * n + at, 5 * n + self.kind[at]])
        values = np.concatenate([inside, -inside, inside, -np.ones(len(at)), of_mean])
        self.rows.append(self._rows(np.tile(row, 5), columns, values, len(at)))
        self.low += [-np.inf] * len(at)
        self.high += list(-inside * self.have[at])
        return True

    def after(self, x: Floats) -> Floats:
        """Give what each pair has after the shifts."""
        n = self.pairs
        after: Floats = self.have + x[:n] - x[n : 2 * n] + x[2 * n : 3 * n]
        return after

    def read(self, x: Floats) -> tuple[Floats, Floats]:
        """Give teachers moved and what is bought, whole units, up."""
        n = self.pairs
        moved = np.round(x[:n]) - np.round(x[n : 2 * n])
        bought = np.where(x[2 * n : 3 * n] > 1e-6, np.ceil(x[2 * n : 3 * n] - 1e-6), 0.0)
        return moved, bought

    def buy_all(self) -> tuple[Floats, Floats]:
        """Give the plain answer: nobody moves, all that lacks is bought, and the dearest is excused to its least."""
        lacks = np.maximum(self.need - self.have, 0.0)
        least = np.maximum(self.need * self.rest - self.have, 0.0)
        saved = pd.Series((lacks - least) * self.price)
        excused = saved.groupby(self.school).rank(ascending=False, method="first").to_numpy() <= self.spare
        return np.zeros(self.pairs), np.ceil(np.where(excused, least, lacks) - 1e-9)

    def mend(self, moved: Floats, bought: Floats) -> tuple[Floats, Floats]:
        """Buy what a coefficient still lacks: raise the schools that have least per pupil, all to one level."""
        if self.most is None:
            return moved, bought
        bought = bought.copy()
        for kind in dict.fromkeys(self.indicator):
            at = np.flatnonzero(self.indicator == kind)
            heads, have = self.pupils[at], (self.have + moved + bought)[at]
            if _spread(have, heads) <= self.most + CLEARANCE:
                continue
            low, high = float((have / heads).min()), float((have / heads).max())
            for _ in range(60):
                level = (low + high) / 2
                more = np.ceil(np.maximum(level * heads - have, 0.0) - 1e-9)
                if _spread(have + more, heads) <= self.most + CLEARANCE:
                    high = level
                else:
                    low = level
            bought[at] += np.ceil(np.maximum(high * heads - have, 0.0) - 1e-9)
        return moved, bought

    def cost_of(self, moved: Floats, bought: Floats) -> float:
        """Give what shifts cost, yuan."""
        return float((np.maximum(moved, 0.0) * self.cost[0] + bought * self.price).sum())


def _spread(have: Floats, heads: Floats) -> float:
    each, weight = have / heads, heads / heads.sum()
    mean = float(each @ weight)
    return float(np.sqrt(weight @ (each - mean) ** 2) / mean) if mean > 0 else 0.0


def pair_moves(moved: pd.Series[float], east: Floats, north: Floats) -> list[tuple[str, str, int]]:
    """Say who goes from where to where, with the least distance in all.

    Parameters
    ----------
    moved
        Teachers in less teachers out, whole, summing to 0; index school_id.
    east, north
        Where each school lies, metres, in the order of `moved`.

    Returns
    -------
    list of (from, to, teachers)
        In the order of ids.
    """
    count = moved.to_numpy().round().astype(int)
    gives, takes = (np.repeat(np.arange(len(count)), np.maximum(sign * count, 0)) for sign in (-1, 1))
    if not len(gives):
        return []
    away = np.hypot(east[gives][:, None] - east[takes], north[gives][:, None] - north[takes])
    left, right = linear_sum_assignment(away)
    pairs = pd.Series(1, index=pd.MultiIndex.from_arrays([moved.index[gives[left]], moved.index[takes[right]]]))
    return [(str(a), str(b), int(number)) for (a, b), number in pairs.groupby(level=[0, 1]).sum().items()]
