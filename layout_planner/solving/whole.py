"""Whole places to schools within seats at least total cost: the generalised assignment problem.

    min  Σ c_ij d_i x_ij     s.t.  Σ_j x_ij = 1,   Σ_i d_i x_ij ≤ Q_j,   x binary

(Ross and Soland 1975.) Its linear relaxation is a transportation problem (`transport.ship`): the bound. A vertex of it
splits fewer places than there are schools: rounding and local search often mend it (`rounding`), else a small integer
program over the pairs of low reduced cost. Once a solution is known, a pair whose reduced cost exceeds the distance to
the bound cannot be part of a better one.
Places that fit nowhere whole are divided, as few as may be, and named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.proof import Proof, Proved
from layout_planner.solving.clock import Clock, ClockKind
from layout_planner.solving.fills import WINDOW, Ground, Near, mix_windows, raise_prices
from layout_planner.solving.mip import Model
from layout_planner.solving.rounding import cool_down, round_whole
from layout_planner.solving.transport import Shipment, ship

PAIRS_A_SCHOOL = 5
"""Pairs a school beyond those the relaxation uses that enter the first integer program;
four times as many in each next."""

ROUNDS_BEFORE_DIVIDING = 3
"""Integer programs over some of the pairs that must have failed before one is asked whether places must be divided."""

LAST_NODES = 2_000
"""When time is up and nothing is found, one last look at so many nodes: with places divided there is a solution."""

ANNEALING, PRICING = 0.15, 0.5
"""Shares of the time left that annealing and raising the prices may take at most."""

PROGRAM = 400_000
"""Up to so many pairs (places × schools) integer programs have the last word."""

SPLIT_PRICE_FACTOR = 20.0
"""A divided place costs this many times the dearest way of the largest place, so that only seats can force it."""


@dataclass(frozen=True)
class Wholes(Proved):
    """Places to schools.

    Parameters
    ----------
    place, school, pupils
        Who goes where; a place that had to be divided stands more than once.
    unplaced
        Shape (places,): pupils without a seat.
    divided
        Positions of the places that had to be divided.
    proof
        Σ cost × pupils of those placed, and the relaxation's (or the integer program's) bound on it; "infeasible" where
        not all could be placed.
    work
        Pairs, rounds, thresholds.
    """

    place: Positions
    school: Positions
    pupils: Floats
    unplaced: Floats
    divided: Positions
    proof: Proof
    work: dict[str, float]

    @property
    def proved(self) -> bool:
        """The gap asked for was reached."""
        return self.proof.status == "optimal"


def place_whole(
    cost: Floats, pupils: Floats, seats: Floats, gap: float = 2e-3, seconds: float = 60.0, clock: ClockKind = "wall"
) -> Wholes:
    """Assign whole places to schools within seats at least total cost.

    Parameters
    ----------
    cost
        Cost of one pupil, shape (places, schools) ≥ 0; NaN where the pair is not allowed.
    pupils, seats
        Shapes (places,) and (schools,); seats may be inf.
    gap
        Stop when (objective − bound) / objective is at most this.
    seconds, clock
        Seconds at most, over all rounds, and what they are counted by.

    Returns
    -------
    Wholes
        Everyone is placed who can be: when seats cannot hold whole places some are divided, and when they cannot hold
        all pupils the rest is in `unplaced`. Dividing is a last resort; the bound covers it.
    """
    watch = Clock(seconds, clock)
    relaxed = ship(cost, pupils, seats)
    flow_cost = float((cost[relaxed.place, relaxed.school] * relaxed.pupils).sum())
    if relaxed.unplaced.any():
        # Seats or reach are short: place as many as can be, whole places being the least of the worries.
        return _as_shipped(relaxed, Proof(flow_cost, flow_cost, ended="infeasible"))
    if len(relaxed.place) == int((pupils > 0).sum()):
        return _as_shipped(relaxed, Proof(flow_cost, flow_cost, ended="proved"))
    best = _rounded(cost, pupils, seats, relaxed)
    best, bound = _priced(cost, pupils, seats, relaxed, best, gap, watch)
    told = Proof.within(gap, np.inf if best is None else best.objective, bound)
    if best is not None and (told.finished or watch.over or cost.size > PROGRAM):
        return _as_found(best, pupils, told, {"rounds": 0, "relaxation": flow_cost})
    return _mend(cost, pupils, seats, relaxed, best, bound, gap, watch)


def _priced(
    cost: Floats, pupils: Floats, seats: Floats, relaxed: Shipment, best: Found | None, gap: float, clock: Clock
) -> tuple[Found | None, float]:
    """Raise the bound by fills of single schools, and improve the best known by annealing and by mixing fills."""
    bound = float((cost[relaxed.place, relaxed.school] * relaxed.pupils).sum())
    if best is None or not best.whole or Proof.within(gap, best.objective, bound).finished:
        return best, bound
    near = Near.of(cost, pupils, relaxed.place_price, relaxed.school_price)
    school = np.full(len(pupils), -1, dtype=np.intp)
    school[best.place] = best.school

    def now() -> Found:
        place = np.flatnonzero(school >= 0)
        paid = float((cost[place, school[place]] * pupils[place]).sum())
        return Found(place, school[place], pupils[place], np.empty(0, dtype=np.intp), paid)

    cool_down(near, cost, pupils, seats, school, best.objective - bound, 1, clock.within(clock.left * ANNEALING))
    best = now()
    ground = Ground.of(near, pupils, seats)
    if ground is None or Proof.within(gap, best.objective, bound).finished:
        return best, bound
    share = clock.within(clock.left * PRICING)
    raised, prices = raise_prices(ground, relaxed.place_price * pupils, near.beyond, best.objective, share)
    bound = min(max(bound, raised), best.objective)
    idle, patience = 0, 2 + 2 * len(seats) // WINDOW
    rng = np.random.default_rng(1)
    distance = best.objective - bound
    if distance <= 0.0:
        return best, bound
    for saved in mix_windows(near, ground, school, prices, distance, rng, clock):
        idle = 0 if saved > 0.0 else idle + 1
        if idle >= patience or Proof.within(gap, now().objective, bound).finished:
            break
    best = now()
    return best, min(bound, best.objective)


def _mend(
    cost: Floats, pupils: Floats, seats: Floats, relaxed: Shipment, best: Found | None, raised: float, gap: float,
    clock: Clock,
) -> Wholes:  # fmt: skip
    """Make the relaxation whole by integer programs over ever more pairs; divide places only when that fails."""
    reduced = np.where(
        np.isfinite(cost) & (pupils > 0)[:, None],
        (cost - relaxed.place_price[:, None] - relaxed.school_price[None, :]) * pupils[:, None],
        np.inf,
    )
    in_use = np.zeros(cost.shape, dtype=bool)
    in_use[relaxed.place, relaxed.school] = True
    reduced = np.where(in_use, 0.0, np.maximum(reduced, 0.0))
    ranked = np.sort(reduced[np.isfinite(reduced) & ~in_use])
    bound = float((cost[relaxed.place, relaxed.school] * relaxed.pupils).sum())
    proved_bound, rounds, pairs = raised, 0, 0
    wanted = PAIRS_A_SCHOOL * cost.shape[1]
    must_divide = False
    while True:
        rounds += 1
        # What costs more than the distance to the best known cannot be in a better solution.
        enough = max(best.objective - bound, 0.0) if best is not None and best.whole else np.inf
        allowance = min(enough, ranked[min(wanted, len(ranked)) - 1] if len(ranked) else 0.0)
        complete = bool(allowance >= min(enough, ranked[-1] if len(ranked) else 0.0))
        chosen = (reduced <= allowance + 1e-9) | in_use
        pairs = int(chosen.sum())
        # Whole places only at first; then a program that may divide finds out whether it must.
        divisible = must_divide or (rounds > ROUNDS_BEFORE_DIVIDING and (best is None or not best.whole))
        tolerance = gap / 2 * bound
        limit = clock if complete else clock.within(clock.left / 3)
        found, inner = _integer_program(cost, pupils, seats, chosen, tolerance, limit, best, divisible)
        if found is not None and (best is None or found.rank < best.rank):
            best = found
        if complete and np.isfinite(inner):
            # No pair left out can improve, and dividing costs extra: the bound holds for all whole solutions.
            proved_bound = max(raised, inner)
        whole = best is not None and best.whole
        reached = best is not None and whole and Proof.within(gap, best.objective, proved_bound).finished
        if reached or clock.over or (complete and (best is not None or divisible)):
            break
        must_divide = complete
        wanted *= 4
    if best is None:
        best, _ = _integer_program(
            cost, pupils, seats, in_use, tolerance, Clock(np.inf, clock.kind), None, True, LAST_NODES
        )
    if best is None:
        return _as_shipped(relaxed, Proof(bound, bound, ended="time"))
    work = {"pairs": pairs, "rounds": rounds, "relaxation": bound}
    # A solution with divided places may lie below the bound of the whole ones: the relaxation bounds it.
    proof = Proof.within(gap, best.objective, proved_bound if best.whole else bound)
    return _as_found(best, pupils, proof, work)


def _rounded(cost: Floats, pupils: Floats, seats: Floats, relaxed: Shipment) -> Found | None:
    """Give each place the school most of its pupils were shipped to, and mend what that overfills."""
    order = np.lexsort([relaxed.school, relaxed.pupils, relaxed.place])  # the largest share of a place comes last
    start = np.full(len(pupils), -1, dtype=np.intp)
    start[relaxed.place[order]] = relaxed.school[order]
    school = round_whole(cost, pupils, seats, relaxed.school_price, start)
    if school is None:
        return None
    place = np.flatnonzero(school >= 0)
    objective = float((cost[place, school[place]] * pupils[place]).sum())
    return Found(place, school[place], pupils[place], np.empty(0, dtype=np.intp), objective)


def _as_found(best: Found, pupils: Floats, proof: Proof, work: dict[str, float]) -> Wholes:
    none = np.zeros(len(pupils))
    return Wholes(best.place, best.school, best.pupils, none, best.divided, proof, work)


@dataclass(frozen=True)
class Found:
    """One solution of an integer program."""

    place: Positions
    school: Positions
    pupils: Floats
    divided: Positions
    objective: float

    @property
    def whole(self) -> bool:
        """No place is divided."""
        return not len(self.divided)

    @property
    def rank(self) -> tuple[int, float]:
        """Fewest divided places first, then least cost."""
        return len(self.divided), self.objective


def _integer_program(
    cost: Floats,
    pupils: Floats,
    seats: Floats,
    chosen: npt.NDArray[np.bool_],
    tolerance: float,
    clock: Clock,
    best: Found | None,
    divisible: bool,
    nodes: int = 2**31 - 1,
) -> tuple[Found | None, float]:
    """Solve over the chosen pairs, to an absolute tolerance; places with one pair are fixed, others divided at a price.

    Columns: a binary x for each pair, a share y ≤ 1 for each pair of a divisible place, a binary z "is divided".
    """
    n = len(cost)
    i, j = np.nonzero(chosen)
    counts = np.bincount(i, minlength=n)
    fixed = counts[i] == 1
    left = seats.copy()
    np.subtract.at(left, j[fixed], pupils[i[fixed]])
    base = float((cost[i, j] * pupils[i])[fixed].sum())
    fi, fj = i[~fixed], j[~fixed]
    units, row = np.unique(fi, return_inverse=True)
    if (left[np.isfinite(left)] < -1e-6).any():
        return None, -np.inf  # a school overflows with fixed places alone: more pairs are needed
    places, d = len(units), pupils[fi].astype(float)
    ways = cost[fi, fj] * d
    dearest = cost[np.isfinite(cost)].max(initial=1.0) * pupils.max(initial=1.0)
    may_divide = 1.0 if divisible else 0.0
    model = Model()
    x = model.columns(ways, most=1.0, whole=True)
    y = model.columns(ways, most=may_divide)
    z = model.columns(SPLIT_PRICE_FACTOR * dearest + 2.0 * tolerance + 1.0, most=may_divide, whole=True, count=places)
    each = np.arange(places)
    model.rows((row, x, 1.0), (each, z, 1.0), least=1.0, most=1.0, count=places)  # Σx + z = 1
    model.rows((row, y, 1.0), (each, z, -1.0), least=0.0, most=0.0, count=places)  # Σy − z = 0
    model.rows((fj, x, d), (fj, y, d), most=left)  # Σ d (x + y) ≤ left
    start = None
    if best is not None and best.whole:
        home = np.full(n, -1, dtype=np.intp)
        home[best.place] = best.school
        start = np.concatenate([(home[fi] == fj).astype(float), np.zeros(len(y) + places)])
    found = model.solve(clock=clock, absolute_gap=max(tolerance, 1e-6), nodes=nodes, start=start, seed=1)
    bound = base + found.proof.bound
    if found.x is None:
        return None, bound
    return _read(found.x, i, j, fixed, fi, fj, cost, pupils), bound


def _read(
    values: Floats,
    i: Positions,
    j: Positions,
    fixed: npt.NDArray[np.bool_],
    fi: Positions,
    fj: Positions,
    cost: Floats,
    pupils: Floats,
) -> Found:
    count = len(fi)
    x, y = values[:count] > 0.5, values[count : 2 * count]
    share = y > 1e-9
    place = np.concatenate([i[fixed], fi[x], fi[share]])
    school = np.concatenate([j[fixed], fj[x], fj[share]])
    amount = np.concatenate([pupils[i[fixed]], pupils[fi[x]], (y * pupils[fi])[share]])
    objective = float((cost[place, school] * amount).sum())
    order = np.lexsort([school, place])
    more_than_one = np.flatnonzero(np.bincount(place, minlength=1) > 1)
    return Found(place[order], school[order], amount[order], more_than_one, objective)


def _as_shipped(relaxed: Shipment, proof: Proof) -> Wholes:
    divided = np.flatnonzero(np.bincount(relaxed.place, minlength=1) > 1)
    work = {"chains": relaxed.chains, "relaxation": proof.bound}
    return Wholes(relaxed.place, relaxed.school, relaxed.pupils, relaxed.unplaced, divided, proof, work)
