"""What a mode's ways run on: the network's nodes, taken apart where a turn is forbidden or a road is private.

At a plain node everyone who comes in may go on by every road. Where that is not so the node is split: each road's end
gets a state to come in by and one to go out by, and arcs of no cost for the turns that are allowed (the line graph of a
few junctions, not of all). A road open only to those who begin or end on it has its arcs twice: once for those who are
leaving it and once for those who have arrived; from the second no arc leads back to the public roads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layout_planner.travel.network import Network

Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
End = tuple[int, int]
"""An edge and one of its ends: 0 its tail, 1 its head."""

LEAVING, PUBLIC, ARRIVING = 0, 1, 2
"""The stages of a way; it goes from one to a later one, never back."""


@dataclass(frozen=True, eq=False)
class Junctions:
    """The graph of one mode.

    Parameters
    ----------
    count
        How many nodes there are; those of the network come first.
    origin, at, edge, ahead
        The arcs: from node to node, along which edge (−1 for a turn), whether from its tail to its head.
    leave
        The node one is at on leaving an edge by its tail and by its head, (m, 2).
    stop
        The node from which one comes onto an edge to stop there, by its tail and by its head, (m, 2).
    """

    count: int
    origin: Ints
    at: Ints
    edge: Ints
    ahead: Bools
    leave: Ints
    stop: Ints


@dataclass(frozen=True)
class Turn:
    """A turn restriction: from an end of an edge, along some edges, not into (or only into) some ends of edges."""

    from_: End
    along: tuple[End, ...]
    into: frozenset[End]
    only: bool


def make_junctions(network: Network, there: Bools, back: Bools, ends_only: Bools, turns: list[Turn]) -> Junctions:
    """Build the graph of a mode.

    Parameters
    ----------
    there, back
        Which edges are open from tail to head, and from head to tail, (m,).
    ends_only
        Which are open only to those who begin or end on them, (m,).
    turns
        The turn restrictions; `along` names each edge with the end one comes onto it by.
    """
    node = np.column_stack([network.tail, network.head])
    if not turns and not (ends_only & (there | back)).any():
        go, come = np.flatnonzero(there), np.flatnonzero(back)
        origin = np.concatenate([network.tail[go], network.head[come]])
        at = np.concatenate([network.head[go], network.tail[come]])
        edge = np.concatenate([go, come]).astype(np.int32)
        return Junctions(len(network.xy), origin, at, edge, np.arange(len(edge)) < len(go), node, node)
    return _Maker(network, there, back, ends_only, turns).made()


def _come_in_by(driven: tuple[End, ...]) -> End:
    """Give the end of the last edge one comes to the next node by: `driven` names those along by where one enters."""
    edge, end = driven[-1]
    return (edge, end) if len(driven) == 1 else (edge, 1 - end)


def _suffixes(driven: tuple[End, ...]) -> Iterator[tuple[End, ...]]:
    """List what was driven, then the same begun at each later edge: a restriction may begin on another's way."""
    yield driven
    for first in range(1, len(driven)):
        yield (_come_in_by(driven[: first + 1]), *driven[first + 1 :])


class _Maker:
    """Splits nodes; lists of arcs grow as it goes."""

    def __init__(self, network: Network, there: Bools, back: Bools, ends_only: Bools, turns: list[Turn]) -> None:
        self.node = np.column_stack([network.tail, network.head])
        self.open = np.column_stack([back, there])  # by which ends an edge may be left: by its tail going back
        self.private = ends_only & (there | back)
        self.count = len(network.xy)
        self.turns = turns
        # States to come in by and to go out by: edge, end, stage.
        self.into = np.full((len(there), 2, 3), -1, dtype=np.int32)
        self.out = np.full((len(there), 2, 3), -1, dtype=np.int32)
        self.stop = np.full((len(there), 2), -1, dtype=np.int32)
        self.arcs: list[tuple[npt.NDArray, npt.NDArray, npt.NDArray, npt.NDArray]] = []
        self.loose: list[tuple[int, int, int, bool]] = []
        # Copies of edges along which restrictions run, by what was driven and the stage; those not yet led on from.
        self.copies: dict[tuple[tuple[End, ...], int], int] = {}
        self.to_follow: list[tuple[tuple[End, ...], int, int]] = []

    def new(self, count: int = 1) -> int:
        first = self.count
        self.count += count
        return first

    def made(self) -> Junctions:
        split = self._split()
        self._plain(split)
        self.ends = self._ends_at(split)
        for ends in self.ends.values():
            self._states(ends)
        self.chains = self._chains()
        for ends in self.ends.values():
            for end in ends:
                self._turns_from(end)
        while self.to_follow:
            self._lead_on(*self.to_follow.pop())
        self._along()
        private = self.private.astype(int)
        edge = np.arange(len(self.node))[:, None]
        leave = self.into[edge, [[0, 1]], (PUBLIC - private)[:, None]]
        stop = self.out[edge, [[0, 1]], (PUBLIC + private)[:, None]]
        stop = np.where(self.stop >= 0, self.stop, stop)
        if self.loose:
            a, b, e, f = (np.array(part) for part in zip(*self.loose, strict=True))
            self.arcs.append((a, b, e, f))
        origin, at, edges, ahead = (np.concatenate(part) for part in zip(*self.arcs, strict=True))
        origin, at, edges, leave, stop = (part.astype(np.int32) for part in (origin, at, edges, leave, stop))
        return Junctions(self.count, origin, at, edges, ahead.astype(bool), leave, stop)

    def _split(self) -> Bools:
        """Choose the nodes to take apart: where turns are forbidden, and next to them, where one might turn round."""
        split = np.zeros(self.count, dtype=bool)
        for turn in self.turns:
            split[self.node[turn.from_]] = True
            for edge, _ in turn.along:
                split[self.node[edge]] = True
        near = np.flatnonzero(split[self.node].any(axis=1) & self.open.any(axis=1))
        split[self.node[near].ravel()] = True
        return split

    def _plain(self, split: Bools) -> None:
        """Give every end of an edge the states of its node; split nodes get theirs later."""
        n = len(split)
        stage = np.full((n, 3), -1, dtype=np.int32)
        stage[:, PUBLIC] = np.arange(n)
        touched = np.unique(self.node[self.private])
        touched = touched[~split[touched]]
        for k in (LEAVING, ARRIVING):
            stage[touched, k] = self.new(len(touched)) + np.arange(len(touched))
        for a, b in ((LEAVING, PUBLIC), (PUBLIC, ARRIVING)):
            none = np.full(len(touched), -1)
            self.arcs.append((stage[touched, a], stage[touched, b], none, none < 0))
        self.into[:] = self.out[:] = stage[self.node]

    def _ends_at(self, split: Bools) -> dict[int, list[End]]:
        found: dict[int, list[End]] = {v: [] for v in np.flatnonzero(split).tolist()}
        edge, end = np.nonzero(split[self.node] & self.open.any(axis=1, keepdims=True))
        for e, k in zip(edge.tolist(), end.tolist(), strict=True):
            found[int(self.node[e, k])].append((e, k))
        return found

    def _stages(self, edge: int) -> tuple[int, ...]:
        return (LEAVING, ARRIVING) if self.private[edge] else (PUBLIC,)

    def _states(self, ends: list[End]) -> None:
        for e, k in ends:
            self.into[e, k], self.out[e, k] = -1, -1
            for stage in self._stages(e):
                self.into[e, k, stage], self.out[e, k, stage] = self.new(), self.new()

    def _chains(self) -> dict[tuple[End, ...], list[Turn]]:
        """Index the restrictions by what has been driven so far: the end come in by, then edges along."""
        found: dict[tuple[End, ...], list[Turn]] = {}
        for turn in self.turns:
            for length in range(len(turn.along) + 1):
                found.setdefault((turn.from_, *turn.along[:length]), []).append(turn)
        return found

    def _onward(self, driven: tuple[End, ...]) -> list[End]:
        """List the ends one may go out by; `driven` is the end come in by and the edges along, or that end alone."""
        banned: set[End] = set()
        allowed: set[End] | None = None
        for key in _suffixes(driven):
            step = len(key) - 1
            for turn in self.chains.get(key, ()):
                last = step == len(turn.along)
                if turn.only:
                    only = set(turn.into) if last else {turn.along[step]} if step else None
                    if only is not None:
                        allowed = only if allowed is None else allowed & only
                elif last:
                    banned |= turn.into
        end = _come_in_by(driven)
        able = [
            out for out in self.ends[int(self.node[end])]
            if self.open[out[0], 1 - out[1]] and out not in banned and (allowed is None or out in allowed)
        ]  # fmt: skip
        return [out for out in able if out != end] or able  # turning round only where nothing else is left

    def _turns_from(self, end: End) -> None:
        if not self.open[end]:
            return
        for stage in self._stages(end[0]):
            self._lead_on((end,), int(self.into[(*end, stage)]), stage)

    def _lead_on(self, driven: tuple[End, ...], state: int, stage: int) -> None:
        """Add the turns from a state; where a restriction runs along the next edge, onto that edge's copy."""
        for out in self._onward(driven):
            keys = (key for key in _suffixes((*driven, out)) if len(key) > 1 and key in self.chains)
            begun = next(keys, None)  # the longest tells all the shorter ones tell
            for later in self._stages(out[0]):
                if later >= stage:
                    to = int(self.out[(*out, later)]) if begun is None else self._copy(begun, later)
                    self.loose.append((state, to, -1, True))

    def _copy(self, driven: tuple[End, ...], stage: int) -> int:
        """Give the last edge once more, for those who came this way: the node they go onto it by."""
        if (driven, stage) in self.copies:
            return self.copies[driven, stage]
        e, k = driven[-1]
        out = self.copies[driven, stage] = self.new(2)
        self.loose.append((out, out + 1, e, k == 0))
        self.to_follow.append((driven, out + 1, stage))
        if stage == LEAVING:  # whoever stops on a private edge has turned onto it as one who arrives
            return out
        if self.stop[e, k] < 0:  # whoever stops on the edge may come either way
            self.stop[e, k] = self.new()
            self.loose.append((int(self.out[e, k, stage]), int(self.stop[e, k]), -1, True))
        self.loose.append((out, int(self.stop[e, k]), -1, True))
        return out

    def _along(self) -> None:
        """Add the arcs along the edges, private ones twice."""
        for private in (False, True):
            mine = np.flatnonzero((self.private == private) & self.open.any(axis=1))
            for stage in (LEAVING, ARRIVING) if private else (PUBLIC,):
                for a, b in ((0, 1), (1, 0)):
                    open_ = mine[self.open[mine, b]]
                    ahead = np.full(len(open_), a == 0)
                    self.arcs.append((self.out[open_, a, stage], self.into[open_, b, stage], open_, ahead))
