"""The cheapest shifts that make every school of a stage pass the resource standards.

For each school s and indicator k, a what it has, t = limit × pupils what the standard asks of it, P its pupils:

    least   Σ p_move m⁺_sk + Σ p_k b_sk                         teachers moved in, hired or trained; rooms built; bought
    s.t.    x_sk = a_sk + m⁺_sk − m⁻_sk + b_sk ≥ t_sk (1 − (1 − r) y_sk),   Σ_k y_sk ≤ 7 − 6    six of seven, rest ≥ r
            Σ_s m⁺_sk = Σ_s m⁻_sk                               teachers moved are conserved; m, y and persons whole
            √( Σ_s w_s (x_sk/P_s − x̄_k)² ) ≤ c x̄_k             difference coefficient at most c, weighted by pupils

The last line is a second-order cone in x, since x̄ is linear. It is written as Σ v_sk ≤ c² x̄_k with v_sk x̄_k ≥ z_sk²,
z_sk = √w_s (x_sk/P_s − x̄_k), and each v is cut by tangents v ≥ 2τz − τ²x̄ where a solution breaks it: outer
approximation of the extended formulation (Vielma, Dunning, Huchette and Lubin 2017, "Extended formulations in mixed
integer conic quadratic programming"), first on the linear relaxation, then on the integer program. The bound is that of
the integer program with its cuts; a solution that still breaks a coefficient is mended by raising the schools that have
least.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from layout_planner.base.arrays import Floats
from layout_planner.base.proof import Ended, Proof, Proved
from layout_planner.policy import PER_HUNDRED, Rules
from layout_planner.solving.clock import Clock
from layout_planner.solving.mip import Answer, Model
from layout_planner.study.indicators import INDICATORS

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
class Shifted(Proved):
    """The shifts of one stage: index as the pairs of the table given."""

    moved: Floats
    bought: Floats
    proof: Proof


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
    clock = Clock(seconds)
    whole, bound = False, 0.0
    best = model.mend(*model.buy_all())
    least = model.cost_of(*best)
    ended: Ended = "work"
    for _ in range(MOST_CUTS):
        if clock.over:
            ended = "time"
            break
        found = model.solve(whole, clock, gap)
        if found.x is None:
            ended = found.proof.ended
            break
        cut = model.cut(found.x)
        if not whole:
            whole = not cut
            continue
        bound = max(bound, found.proof.bound)
        answer = model.mend(*model.read(found.x))
        cost = model.cost_of(*answer)
        if cost < least:
            best, least = answer, cost
        if Proof.within(gap, least, bound).finished or not cut:
            ended = found.proof.ended if found.proof.ended != "proved" else "searched"
            break
    return Shifted(*best, Proof.within(gap, least, bound, "yuan", ended))


class _Model:
    """Columns, pair by pair: moved in, moved out, bought, excused (y), v; then x̄ of each indicator."""

    def __init__(self, table: pd.DataFrame, rules: Rules, stage: str, prices: Mapping[str, float]) -> None:
        self.pairs, self.move = len(table), prices["move"]
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
        n = self.pairs
        self.kind, kinds = pd.factorize(self.indicator)
        self.school = pd.factorize(table["school_id"])[0]
        self.need, self.rest, self.spare = (need, rest, 0.0) if asked is not None else (0.0 * need, 0.0, 0.0)
        leave = np.where(self.person, np.floor(self.have), 0.0)
        model = self.model = Model("yuan")
        came = self.came = model.columns(np.full(n, prices["move"]), most=np.where(self.person, np.inf, 0.0))  # m⁺
        left = self.left = model.columns(np.zeros(n), most=leave)  # m⁻
        bought = self.bought = model.columns(self.price)  # b
        excused = model.columns(np.zeros(n), most=1.0)  # y
        self.curve = model.columns(np.zeros(n))  # v
        self.mean = model.columns(np.zeros(len(kinds)))  # x̄
        self.integer = np.concatenate([came[self.person], left[self.person], bought[self.counted], excused])
        each = np.arange(n)
        if asked is not None:
            self.spare = max(len(INDICATORS) - asked, 0.0)
            model.rows(
                (each, came, 1.0), (each, left, -1.0), (each, bought, 1.0), (each, excused, need * (1 - rest)),
                least=need - self.have,
            )  # fmt: skip
            model.rows((self.school, excused, 1.0), least=0.0, most=self.spare)
        model.rows((self.kind, came, 1.0), (self.kind, left, -1.0), least=0.0, most=0.0)
        total = np.bincount(self.kind, weights=self.pupils)
        self.weight = np.sqrt(self.pupils / total[self.kind])
        share = 1 / total[self.kind]
        now = -np.bincount(self.kind, weights=self.have * share)
        of = np.arange(len(kinds))
        model.rows(
            (self.kind, came, share), (self.kind, left, -share), (self.kind, bought, share), (of, self.mean, -1.0),
            least=now, most=now,
        )  # fmt: skip
        if self.most is not None:
            model.rows((self.kind, self.curve, 1.0), (of, self.mean, -(self.most**2)), most=0.0)

    def solve(self, whole: bool, clock: Clock, gap: float) -> Answer:
        """Solve the integer program, or its linear relaxation."""
        if whole:
            self.model.make_whole(self.integer)
        return self.model.solve(clock=clock, gap=gap)

    def cut(self, x: Floats) -> bool:
        """Cut off a solution whose coefficients are above the limit; tell whether any was."""
        if self.most is None:
            return False
        after = self.after(x)
        mean = np.maximum(x[self.mean], 1e-12)
        away = self.weight * (after / self.pupils - mean[self.kind])
        norm = np.sqrt(np.bincount(self.kind, weights=away**2))
        broken = norm > self.most * mean * (1 + 1e-6)
        at = np.flatnonzero(broken[self.kind])
        if not len(at):
            return False
        slope = away[at] / mean[self.kind[at]]
        row, inside = np.arange(len(at)), 2 * slope * self.weight[at] / self.pupils[at]
        of_mean = -(2 * slope * self.weight[at] + slope**2)
        self.model.rows(
            (row, self.came[at], inside), (row, self.left[at], -inside), (row, self.bought[at], inside),
            (row, self.curve[at], -1.0), (row, self.mean[self.kind[at]], of_mean),
            most=-inside * self.have[at],
        )  # fmt: skip
        return True

    def after(self, x: Floats) -> Floats:
        """Give what each pair has after the shifts."""
        after: Floats = self.have + x[self.came] - x[self.left] + x[self.bought]
        return after

    def read(self, x: Floats) -> tuple[Floats, Floats]:
        """Give teachers moved and what is bought, whole units, up."""
        moved = np.round(x[self.came]) - np.round(x[self.left])
        return moved, np.where(x[self.bought] > 1e-6, np.ceil(x[self.bought] - 1e-6), 0.0)

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
        return float((np.maximum(moved, 0.0) * self.move + bought * self.price).sum())


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
