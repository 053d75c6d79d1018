"""The search behind one location problem: bounds, fills, and branch and bound between the two.

Lagrangian bounds (`prices`) point at open sets; these are filled, interchanged and annealed (`solutions`). What is left
between the two is branched on: first on how many sites of a region are open, which is what a relaxation blurs when
seats are short (half a school here, half there), then on single sites; when few pairs are left the rest goes to HiGHS
(`program`).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.base.proof import Proof, Proved
from layout_planner.engines.location import prices, solutions
from layout_planner.engines.location.problem import CLOSED, FREE, OPEN, LocationProblem
from layout_planner.engines.location.program import solve_leftover
from layout_planner.solving.clock import Clock

ROOT_STEPS, WARM_STEPS, NODE_STEPS = 500, 250, 60
EXACT_SEATS = 400
"""Up to so many seats fills are exact knapsacks, if demands are whole numbers."""
LEAF_PAIRS = 200
"""With so few pairs left, an integer program decides."""
LEAF_NODES = 5_000
"""Nodes of that integer program, so that one leaf does not take all the time."""
KEPT_SETS = 24
NODE_SETS = 2
"""Sets of a node's relaxation that are filled."""
POLISH_NODES = 10
"""The best solution is polished after so many nodes, and each time twice as many and so many more."""
NEAR_BEST = 0.01
"""A filled set this near to the best, as a share, is interchanged too."""
NEAR = 8
"""Nearest open sites a place is tried at."""
SITES_A_REGION = 5
UNDECIDED = 0.08
"""A region's number of sites this far from whole is branched on before single sites."""


@dataclass(frozen=True, eq=False)
class LocationResult(Proved):
    """Sites, and who goes where.

    Parameters
    ----------
    home
        The site of each place, n; None where nothing allowed was found.
    is_open
        m.
    proof
        Cost reached (inf where none), and what no solution goes below.
    nodes
        Branch-and-bound nodes.
    sets
        Other sets of open sites met, with their objectives: what else would be nearly as good.
    """

    home: Ints | None
    is_open: Bools | None
    proof: Proof
    nodes: int
    sets: tuple[tuple[float, Bools], ...] = ()


@dataclass(frozen=True, eq=False)
class _Node:
    state: Ints
    low: Ints
    high: Ints
    multipliers: Floats
    shares: Floats


class LocationSearch:
    """One problem under search: the best solution, the bound, and the tree of what is undecided."""

    def __init__(
        self,
        problem: LocationProblem,
        gap: float,
        clock: Clock,
        whole: bool,
        seed: int,
    ) -> None:
        self.problem, self.gap_asked, self.clock, self.whole, self.seed = problem, gap, clock, whole, seed
        self.ways = np.ascontiguousarray(problem.cost.T)
        finite = np.isfinite(problem.cost)
        rate = problem.cost / problem.demand[:, None]
        self.over = float(rate[finite].max(initial=1.0)) + 1.0
        whole_seats = (problem.demand % 1 == 0).all() and problem.seats.max() <= EXACT_SEATS
        self.width = int(problem.seats.max()) if whole_seats and (problem.floor_price == 0).all() else 0
        if self.width:
            self.problem = problem = problem.with_(least=_implied_least(problem))
        self.home: Ints | None = None
        self.is_open: Bools | None = None
        self.objective, self.bound = np.inf, -np.inf
        self.bounds = np.full(problem.sites + 1, -np.inf)
        self.multipliers = np.zeros(problem.places)
        self.heap: list[tuple[float, int, _Node]] = []
        self.rooted = False
        self.nodes = self.slices = 0
        self.next_polish = POLISH_NODES
        self.unfinished = np.inf
        self.impossible = False
        self.tried: set[bytes] = set()
        self.sets: list[tuple[float, Bools]] = []
        self.region, self.low = problem.regions()

    # --- the answer --------------------------------------------------------------------------------------------------

    def slack(self) -> float:
        """Give by how much a solution must be better to be of interest."""
        least = 1e-9 * abs(self.objective) if np.isfinite(self.objective) else 0.0
        return max(
            1.0 - 1e-6 if self.whole else 0.0, self.gap_asked * abs(self.objective + self.problem.offset) * 0.999, least
        )

    def done(self) -> bool:
        """Tell whether the gap asked for is reached."""
        if self.impossible:
            return True
        return bool(np.isfinite(self.objective) and self.objective - self.bound <= self.slack() * (1 + 1e-9) + 1e-9)

    def could_go_on(self) -> bool:
        """Tell whether branching may still help."""
        return not self.done() and not self.impossible and (bool(self.heap) or not self.rooted)

    def result(self) -> LocationResult:
        """Give what was reached."""
        bound = self.bound
        if self.whole and np.isfinite(bound):
            bound = float(np.ceil(bound - 1e-6))
        if self.impossible and self.home is None:
            proof = Proof(np.inf, np.inf, ended="infeasible")
        else:
            proof = Proof.within(self.gap_asked, float(self.objective), float(bound), offset=self.problem.offset)
        return LocationResult(self.home, self.is_open, proof, self.nodes, tuple(self.sets))

    def possible(self) -> bool:
        """Refute at once what cannot be: too few seats, too few sites, a place without a way."""
        p = self.problem
        usable = p.state != CLOSED
        must = int((p.counted & (p.state == OPEN)).sum())
        may = int((p.counted & usable).sum())
        most = min(p.most, may)
        largest = np.sort(np.where(p.counted & usable, p.seats[:, -1], 0.0))[::-1][:most].sum()
        largest += p.seats[~p.counted & usable, -1].sum()
        reachable = np.isfinite(p.cost[:, usable]).any(axis=1).all()
        enough = p.demand.sum() <= largest + 1e-6
        region, low = p.regions()
        served = (np.bincount(region[p.counted & usable], minlength=len(low)) >= low).all() and low.sum() <= p.most
        counts = must <= p.most and may >= p.fewest and p.fewest <= p.most
        self.impossible = not (reachable and enough and served and counts)
        return not self.impossible

    # --- upper bounds ------------------------------------------------------------------------------------------------

    def start_from(self, home: Ints, is_open: Bools) -> None:
        """Take over another number's solution: drop or add sites as this number asks, then polish."""
        is_open, home = is_open.copy(), home.copy()
        p = self.problem
        near = solutions.nearest_open(p.cost, is_open, NEAR)
        while True:
            have = int((is_open & p.counted).sum())
            if p.fewest <= have <= p.most:
                break
            drop, add, _ = solutions.estimate_moves(p.cost, p.site_terms(), p.state, is_open, home, near, self.over)
            region, low = p.regions()
            needed = (p.in_regions(is_open) <= low)[region] & (have > p.most)
            change = np.where(p.counted & ~needed, drop if have > p.most else add, np.inf)
            if not np.isfinite(change).any():
                return
            at = int(np.argmin(change))
            is_open[at] = have < p.fewest
            near = solutions.nearest_open(p.cost, is_open, NEAR)
            solutions.settle_in(p.cost, p.site_terms(), is_open, near, home, self.over, 2)
        self._polish(is_open, home)

    def _polish(self, is_open: Bools, home: Ints | None = None) -> None:
        """Interchange sites, then anneal who goes where."""
        p = self.problem
        is_open = is_open.copy()
        home = np.full(p.places, -1, dtype=np.int64) if home is None else home.copy()
        solutions.exchange_sites(
            p.cost, p.site_terms(), p.counts(), is_open, home, self.over, NEAR, 30, solutions.TRIALS
        )
        key = is_open.tobytes()
        if key in self.tried or (home < 0).any():
            return
        self.tried.add(key)
        self.anneal(is_open, home, 1.0, min(500 * p.places, 600_000))

    def anneal(self, is_open: Bools, home: Ints, hot: float, steps: int) -> float:
        """Anneal who goes where among open sites, `home` being the start; a better solution is kept."""
        p = self.problem
        near = solutions.nearest_open(p.cost, is_open, NEAR)
        solutions.settle_in(p.cost, p.site_terms(), is_open, near, home, self.over, 4)
        if (home < 0).any():
            return np.inf
        second = near[:, 1] if near.shape[1] > 1 else near[:, 0]
        known = second >= 0
        at = np.flatnonzero(known)
        steps_apart = p.cost[at, second[at]] - p.cost[at, near[at, 0]]
        warm = max(float(np.median(steps_apart)) if len(at) else 1.0, 1e-6 * self.over, 1e-9)
        rng = np.random.default_rng([self.seed, self.nodes, len(self.tried)])
        solutions.anneal(p.cost, p.site_terms(), is_open, near, home, self.over, hot * warm, warm / 200.0, steps, rng)
        value = p.objective(home, is_open)
        if np.isfinite(value):
            self.sets.append((value, is_open.copy()))
        self._accept(home, is_open, value)
        return value

    def polish_more(self) -> None:
        """Weigh the most promising interchanges with annealing, from the best solution known."""
        if self.home is None or self.is_open is None:
            return
        p = self.problem
        near = solutions.nearest_open(p.cost, self.is_open, NEAR)
        drop, add, both = solutions.estimate_moves(
            p.cost, p.site_terms(), p.state, self.is_open, self.home, near, self.over
        )
        guess = drop[:, None] + add[None, :] + both
        guess[p.counted[:, None] != p.counted[None, :]] = np.inf
        for at in np.argsort(guess, axis=None, kind="stable")[: 20 + 20 * min(self.slices, 5)]:
            j, k = divmod(int(at), p.sites)
            if not np.isfinite(guess[j, k]):
                break
            is_open, home = self.is_open.copy(), self.home.copy()
            is_open[j], is_open[k] = False, True
            key = is_open.tobytes()
            if key in self.tried or (p.in_regions(is_open) < p.regions()[1]).any():
                continue
            self.tried.add(key)
            before = self.objective
            self.anneal(is_open, home, 0.3, min(100 * p.places, 150_000))
            if self.objective < before - 1e-9:
                break
        self.anneal(self.is_open, self.home.copy(), 1.0, min(2000 * p.places, 2_000_000))

    def _accept(self, home: Ints, is_open: Bools, value: float) -> None:
        if value < self.objective:
            self.objective, self.home, self.is_open = value, home.copy(), is_open.copy()

    # --- lower bounds ------------------------------------------------------------------------------------------------

    def _raise(
        self, node: _Node, steps: int, pace: float, settle: bool, sets: Bools | None = None
    ) -> tuple[float, _Node, int, Floats]:
        p = self.problem
        state, shares = node.state.copy(), node.shares.copy()
        sets = np.zeros((1, p.sites), dtype=np.bool_) if sets is None else sets
        values = np.full(len(sets), -np.inf)
        best = self.objective if np.isfinite(self.objective) else np.inf
        bounds = np.full(p.sites + 1, -np.inf) if settle else self.bounds
        counts = p.counts()._replace(state=state, region=self.region, low=node.low, high=node.high)
        aim = prices.Aim(best, self.slack() if np.isfinite(best) else 0.0, steps, pace, settle)
        bound, multipliers, kept = prices.raise_bound(
            self.ways, p.site_terms(), counts, node.multipliers, self.width, aim,
            prices.Gain(bounds, sets, values, shares),
        )  # fmt: skip
        return bound, _Node(state, node.low, node.high, multipliers, shares), kept, values

    def descend_from_root(self, steps: int, multipliers: Floats | None = None) -> None:
        """Bound the whole problem, and polish the open sets met on the way."""
        p = self.problem
        if multipliers is None:
            finite = np.sort(np.where(np.isfinite(p.cost), p.cost, np.inf), axis=1)
            at = min(p.sites - 1, max(1, p.sites // max(2 * p.most, 1)))
            multipliers = np.where(np.isfinite(finite[:, at]), finite[:, at], finite[:, 0])
        many = np.full(len(self.low), p.sites, dtype=np.int64)
        shares = np.full(p.sites, 0.5)
        node = _Node(p.state, self.low, many, multipliers, shares)
        sets = np.zeros((KEPT_SETS, p.sites), dtype=np.bool_)
        bound, node, kept, values = self._raise(node, steps, 1.5, settle=False, sets=sets)
        if not bound < np.inf:
            self.impossible = True
            return
        self.bound, self.multipliers = max(self.bound, bound), node.multipliers
        for number, at in enumerate(np.argsort(-values[:kept], kind="stable")):
            if self.done() or self.clock.over or (number >= 3 and self.home is not None):
                break
            self._polish(sets[at])
        self.root = node

    def _plant(self) -> None:
        """Start the tree: regions of sites near one another, and what the root's reduced costs settle."""
        p = self.problem
        self.rooted = True
        low = self.low
        if p.region is None:
            self.region = _regions(p)
            low = np.zeros(int(self.region.max()) + 1, dtype=np.int64)
        number = len(low)
        high = np.bincount(self.region[p.counted], minlength=number).astype(np.int64)
        node = _Node(p.state, low, high, self.root.multipliers, self.root.shares)
        bound, node, _, _ = self._raise(node, 2 * NODE_STEPS, 0.5, settle=True)
        self.nodes += 1
        self._push(max(bound, self.bound), node)

    def _push(self, bound: float, node: _Node) -> None:
        if bound < self.objective - self.slack():
            heapq.heappush(self.heap, (bound, self.nodes, node))
        elif np.isfinite(bound):
            self.unfinished = min(self.unfinished, bound)

    def branch(self, seconds: float = np.inf) -> None:
        """Work on the tree, least bound first, for so many seconds at most."""
        if self.impossible or self.done():
            return
        if not self.rooted:
            self._plant()
        clock = self.clock.within(seconds)
        while self.heap and not (self.done() or clock.over):
            if self.nodes >= self.next_polish:
                self.next_polish = 2 * self.nodes + POLISH_NODES
                self.polish_more()
                self.slices += 1
            known, _, node = heapq.heappop(self.heap)
            if known >= self.objective - self.slack():
                self.unfinished = min(self.unfinished, known)
            elif not self._leaf(known, node):
                for child in self._children(node):
                    self.nodes += 1
                    sets = np.zeros((NODE_SETS, self.problem.sites), dtype=np.bool_)
                    bound, child, kept, _ = self._raise(child, NODE_STEPS, 0.4, settle=True, sets=sets)
                    if bound < self.objective - self.slack():
                        self._try_sets(sets[:kept])
                    self._push(max(bound, known), child)
            self._conclude()
        self._conclude()
        if not self.heap and self.home is None and not np.isfinite(self.unfinished):
            self.impossible = True

    def _try_sets(self, sets: Bools) -> None:
        """Fill the sets a node's relaxation chose, each once; one that comes near is interchanged and annealed too."""
        p = self.problem
        for is_open in sets:
            key = is_open.tobytes()
            if key in self.tried:
                continue
            self.tried.add(key)
            home = np.full(p.places, -1, dtype=np.int64)
            before = self.objective
            value = self.anneal(is_open, home, 1.0, min(100 * p.places, 100_000))
            if value < before or value < before + NEAR_BEST * abs(before):
                self._polish(is_open, home)

    def _conclude(self) -> None:
        """Read the bound off what is open; with nothing open the best solution is the bound."""
        rest = min(self.heap[0][0] if self.heap else np.inf, self.unfinished)
        self.bound = max(self.bound, min(rest, self.objective))

    def _children(self, node: _Node) -> list[_Node]:
        p = self.problem
        free = p.counted & (node.state == FREE)
        inside = np.bincount(self.region[p.counted], weights=node.shares[p.counted], minlength=len(node.low))
        blurred = np.abs(inside - np.round(inside))
        at = int(np.argmax(np.where(node.low < node.high, blurred, 0.0)))
        if blurred[at] > UNDECIDED and node.low[at] <= np.floor(inside[at]) < node.high[at]:
            fewer, more = node.high.copy(), node.low.copy()
            fewer[at], more[at] = int(np.floor(inside[at])), int(np.floor(inside[at])) + 1
            return [
                _Node(node.state, node.low, fewer, node.multipliers, node.shares),
                _Node(node.state, more, node.high, node.multipliers, node.shares),
            ]
        if not free.any():
            free = node.state == FREE
        site = int(np.argmin(np.where(free, np.abs(node.shares - 0.5), np.inf)))
        children = []
        for choice in (OPEN, CLOSED):
            state = node.state.copy()
            state[site] = choice
            children.append(_Node(state, node.low, node.high, node.multipliers, node.shares))
        return children

    def _leaf(self, known: float, node: _Node) -> bool:
        """Decide a node by an integer program when little of it is left."""
        p = self.problem
        counts = p.counts()._replace(state=node.state, region=self.region, low=node.low, high=node.high)
        pairs, _ = prices.pair_bounds(self.ways, p.site_terms(), counts, node.multipliers, self.width)
        cutoff = self.objective - self.slack() if np.isfinite(self.objective) else np.inf
        alive = pairs < cutoff
        decided = not (node.state == FREE).any()
        if alive.sum() > LEAF_PAIRS and not decided:
            return False
        # The tree's own limits on regions are left out: they only cut off what other leaves look at.
        found = solve_leftover(p.with_(state=node.state), alive, cutoff=cutoff, clock=self.clock, nodes=LEAF_NODES)
        if found.home is not None and found.is_open is not None:
            self._accept(found.home, found.is_open, p.objective(found.home, found.is_open))
        if not found.proof.finished:
            self.unfinished = min(self.unfinished, max(known, found.proof.bound))
        elif found.home is not None:
            self.unfinished = min(self.unfinished, self.objective)
        return True


def swapped_sets(problem: LocationProblem, home: Ints, is_open: Bools, number: int) -> list[tuple[float, Bools]]:
    """Try the most promising interchanges of one open and one closed site, and give what each costs.

    Parameters
    ----------
    home, is_open
        A solution.
    number
        Interchanges to try; those whose seats do not suffice are left out.

    Returns
    -------
    list
        Objective (reached, not proved best for that set) and the set.
    """
    search = LocationSearch(problem, 0.0, Clock(np.inf), False, 0)
    near = solutions.nearest_open(problem.cost, is_open, NEAR)
    drop, add, both = solutions.estimate_moves(
        problem.cost, problem.site_terms(), problem.state, is_open, home, near, search.over
    )
    guess = drop[:, None] + add[None, :] + both
    guess[problem.counted[:, None] != problem.counted[None, :]] = np.inf
    found = []
    for at in np.argsort(guess, axis=None, kind="stable")[:number]:
        j, k = divmod(int(at), problem.sites)
        if not np.isfinite(guess[j, k]):
            break
        other, homes = is_open.copy(), home.copy()
        other[j], other[k] = False, True
        homes[homes == j] = -1
        solutions.settle_in(
            problem.cost,
            problem.site_terms(),
            other,
            solutions.nearest_open(problem.cost, other, NEAR),
            homes,
            search.over,
            6,
        )
        value = problem.objective(homes, other) if (homes >= 0).all() else np.inf
        if np.isfinite(value):
            found.append((value, other))
    return found


def _implied_least(problem: LocationProblem) -> Floats:
    """Give what each open site must hold because the others cannot hold more: it sharpens the knapsacks."""
    p = problem
    largest = np.where(p.state != CLOSED, p.seats[:, -1], 0.0)
    counted = np.sort(largest[p.counted])[::-1]
    others = counted[: max(p.most - 1, 0)].sum() + largest[~p.counted].sum()
    return np.maximum(p.least, np.where(p.counted, p.demand.sum() - others, 0.0))


def _regions(problem: LocationProblem) -> Ints:
    """Group sites that can stand in for one another: near by the least way over a common place (average linkage)."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    counted = np.flatnonzero(problem.counted)
    region = np.zeros(problem.sites, dtype=np.int64)
    if len(counted) < 2:
        return region
    rate = problem.cost[:, counted] / problem.demand[:, None]
    far = 10.0 * float(rate[np.isfinite(rate)].max(initial=1.0))
    rate = np.where(np.isfinite(rate), rate, far)
    apart = np.array([(rate + rate[:, [j]]).min(axis=0) for j in range(len(counted))])
    apart = (apart + apart.T) / 2
    np.fill_diagonal(apart, 0.0)
    number = max(2, len(counted) // SITES_A_REGION)
    region[counted] = fcluster(linkage(squareform(apart, checks=False), "average"), number, "maxclust") - 1
    return region
