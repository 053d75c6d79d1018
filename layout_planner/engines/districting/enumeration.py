"""Every connected set of units that could be a district: enumeration by extension, with pruning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from layout_planner.base.arrays import Floats, Ints, Words
from layout_planner.engines.districting.costs import BIT_OF, columns_of
from layout_planner.engines.districting.problem import DistrictProblem
from layout_planner.solving.kernel import kernel

MOST_UNITS = 64
"""A set of units is one machine word."""
MOST_SETS = 12_000_000
"""More feasible sets than this are not kept: the county is too large, or its windows too wide, for the exact method."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Every district that could be in a feasible division, with every lead it may have.

    Parameters
    ----------
    masks
        The members, one bit a unit; shape (columns,).
    lead_of
        The lead; shape (columns,).
    cost
        The cost; shape (columns,).
    complete
        Whether none is missing; False when there were too many.
    """

    masks: Words
    lead_of: Ints
    cost: Floats
    complete: bool


class Windows(NamedTuple):
    """The units as bits, and what binds the sets; whole numbers."""

    neighbour: Words
    """The neighbours of each unit, one bit each."""
    weights: Ints
    low: Ints
    high: Ints
    bit: Ints
    """See `columns_of`."""


@kernel
def _every(n: int) -> np.uint64:
    """Give the set of all units."""
    every = np.uint64(0)
    for u in range(n):
        every |= np.uint64(1) << np.uint64(u)
    return every


@kernel
def _doubled(found: Words, most: int) -> Words:
    """Give an array twice as long that begins with the same."""
    larger = np.empty(min(most, 2 * len(found)), dtype=np.uint64)
    larger[: len(found)] = found
    return larger


@kernel
def connected_sets(
    windows: Windows, roots: Ints, banned: Words, districts: int, homes: np.uint64, most: int
) -> tuple[Words, bool]:
    """List the connected sets that hold a root, weigh between low and high, and leave a rest that can be divided.

    Parameters
    ----------
    roots, banned
        Where sets begin, and the units that sets of that root must not hold: no set is listed twice when later roots
        ban earlier ones.
    districts
        In how many the whole is to be divided.
    homes
        Bits of the units with leads, when every district holds exactly one; else 0.
    most
        Stop after so many sets.

    Returns
    -------
    ndarray, bool
        The sets, and whether all were listed.

    References
    ----------
    Wernicke 2006, Efficient detection of network motifs (ESU): every connected set is reached once, by adding units
    that only the newest member touches.
    """
    neighbour, weights, low, high = windows.neighbour, windows.weights, windows.low, windows.high
    n = len(neighbour)
    rows = len(weights)
    zero = np.uint64(0)
    one = np.uint64(1)
    every = _every(n)
    found = np.empty(min(most, 1 << 16), dtype=np.uint64)
    count = 0
    inner = np.zeros(n + 2, dtype=np.uint64)
    open_ = np.zeros(n + 2, dtype=np.uint64)
    seen = np.zeros(n + 2, dtype=np.uint64)
    load = np.zeros((n + 2, rows), dtype=np.int64)
    part = np.zeros(rows, dtype=np.int64)
    for k in range(len(roots)):
        root = roots[k]
        start = one << np.uint64(root)
        if start & banned[k] != zero:
            continue
        fits = True
        for r in range(rows):
            load[0, r] = weights[r, root]
            fits = fits and load[0, r] <= high[r]
        if not fits:
            continue
        depth = 0
        inner[0] = start
        seen[0] = start | neighbour[root] | banned[k]
        open_[0] = neighbour[root] & ~banned[k]
        fresh = True
        while depth >= 0:
            if fresh:
                fresh = False
                enough = True
                for r in range(rows):
                    enough = enough and load[depth, r] >= low[r]
                if enough and _rest_fits(every & ~inner[depth], windows, districts - 1, homes, part):
                    if count == most:
                        return found[:count], False
                    if count == len(found):
                        found = _doubled(found, most)
                    found[count] = inner[depth]
                    count += 1
            if open_[depth] == zero:
                depth -= 1
                continue
            low_bit = open_[depth] ^ (open_[depth] & (open_[depth] - one))
            open_[depth] ^= low_bit
            u = windows.bit[np.int64(low_bit % np.uint64(67))]
            fits = True
            for r in range(rows):
                load[depth + 1, r] = load[depth, r] + weights[r, u]
                fits = fits and load[depth + 1, r] <= high[r]
            if fits:
                inner[depth + 1] = inner[depth] | low_bit
                open_[depth + 1] = open_[depth] | (neighbour[u] & ~seen[depth])
                seen[depth + 1] = seen[depth] | neighbour[u]
                depth += 1
                fresh = True
    return found[:count], True


@kernel
def _rest_fits(rest: np.uint64, windows: Windows, districts: int, homes: np.uint64, part: Ints) -> bool:
    """Tell whether each piece of the rest can weigh as a whole number of districts, and all together as many as left.

    A piece of weight W makes m districts only if m · low <= W <= m · high in every window.
    """
    neighbour, weights, low, high = windows.neighbour, windows.weights, windows.low, windows.high
    zero = np.uint64(0)
    one = np.uint64(1)
    sixty_seven = np.uint64(67)
    fewest = 0
    most = 0
    rows = len(weights)
    while rest != zero:
        border = rest ^ (rest & (rest - one))
        piece = zero
        part[:] = 0
        held = 0
        while border != zero:
            low_bit = border ^ (border & (border - one))
            border ^= low_bit
            piece |= low_bit
            u = windows.bit[np.int64(low_bit % sixty_seven)]
            for r in range(rows):
                part[r] += weights[r, u]
            if homes & low_bit != zero:
                held += 1
            border |= neighbour[u] & rest & ~piece
        rest &= ~piece
        least, largest = 1, districts
        if homes != zero:
            least, largest = held, held
        for r in range(rows):
            if high[r] > 0:
                least = max(least, (part[r] + high[r] - 1) // high[r])
            elif part[r] > 0:
                return False
            if low[r] > 0:
                largest = min(largest, part[r] // low[r])
        if least > largest or least < 1:
            return False
        fewest += least
        most += largest
    return fewest <= districts <= most


def neighbour_words(problem: DistrictProblem) -> Words:
    """Give the neighbours of each unit as bits."""
    return np.array(
        [
            sum(1 << int(v) for v in problem.indices[problem.indptr[u] : problem.indptr[u + 1]])
            for u in range(problem.n)
        ],
        dtype=np.uint64,
    )


def make_pool(problem: DistrictProblem, most: int = MOST_SETS) -> Pool:
    """List every district a feasible division could have.

    Parameters
    ----------
    problem
        At most `MOST_UNITS` units.
    most
        Sets at most; with more the pool is not complete.
    """
    homes = np.uint64(0)
    if problem.mode == "inside":
        roots = problem.homes
        bits = [1 << int(h) for h in problem.homes]
        exact = len(roots) == problem.districts
        banned = [sum(bits) - own if exact else sum(bits[:i]) for i, own in enumerate(bits)]
        homes = np.uint64(sum(bits) if exact else 0)
    else:
        roots = np.arange(problem.n)
        banned = [(1 << u) - 1 for u in range(problem.n)]
    windows = Windows(neighbour_words(problem), problem.weights, problem.bare_low, problem.bare_high, BIT_OF)
    sets, complete = connected_sets(windows, roots, np.array(banned, dtype=np.uint64), problem.districts, homes, most)
    inside = problem.mode == "inside"
    which, lead_of, cost = columns_of(sets, BIT_OF, problem.ground, problem.costs, inside)
    return Pool(sets[which], lead_of, cost, complete)
