"""Turn restrictions of a road layer, found on the network."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.travel.junctions import End, Turn
from layout_planner.travel.network import Network

Bools = npt.NDArray[np.bool_]


def turns_of(network: Network, mode: str, there: Bools, back: Bools) -> list[Turn]:
    """Read the turn restrictions that hold for a mode off the columns `turns` and `way`.

    Parameters
    ----------
    there, back
        Which edges are open from tail to head, and from head to tail, (m,).

    Returns
    -------
    list of Turn
        Those whose roads are all in the network; an order to go only into a road that is closed is left out.
    """
    if not {"turns", "way", "from_node", "to_node"} <= set(network.table):
        return []
    told = network.table["turns"]
    rows = np.flatnonzero(told.notna().to_numpy())
    if not len(rows):
        return []
    finder = _Finder(network, there, back)
    found: list[Turn] = []
    for edge in rows.tolist():
        for item in str(told.iat[edge]).split(";"):
            word, via, into, modes = item.split()
            if mode in modes.split(","):
                found += finder.turns(edge, word == "only", via.split(","), into.split(","))
    return found


class _Finder:
    """Looks roads up by the ids of the layer."""

    def __init__(self, network: Network, there: Bools, back: Bools) -> None:
        self.node = np.column_stack([network.tail, network.head])
        self.open = np.column_stack([back, there])
        self.ids = network.table[["from_node", "to_node"]].to_numpy(dtype=object)
        way = pd.Series(np.arange(len(self.node)))
        self.of_way = way.groupby(network.table["way"].to_numpy()).apply(list).to_dict()

    def ways(self, names: list[str]) -> list[int]:
        return [edge for name in names for edge in self.of_way.get(int(name[1:]), [])]

    def turns(self, edge: int, only: bool, via: list[str], into: list[str]) -> list[Turn]:
        """Find one restriction, for each end of the edge it begins at."""
        found = []
        targets = self.ways(into)
        for end in (0, 1):
            if not self.open[edge, end]:
                continue
            at = int(self.node[edge, end])
            if via[0][0] == "n":
                if pd.isna(self.ids[edge, end]) or int(self.ids[edge, end]) != int(via[0][1:]):
                    continue
                routes: list[tuple[tuple[End, ...], list[End]]] = [((), self._ends(targets, at))]
            else:
                routes = self._routes(at, set(self.ways(via)) - {edge}, targets)
            for along, ends in routes:
                if not ends or (only and not any(self.open[t, 1 - j] for t, j in ends)):
                    continue
                found.append(Turn((edge, end), along, frozenset(ends), only))
        return found

    def _ends(self, edges: list[int], node: int) -> list[End]:
        return [(e, k) for e in edges for k in (0, 1) if self.node[e, k] == node]

    def _routes(self, start: int, via: set[int], targets: list[int]) -> list[tuple[tuple[End, ...], list[End]]]:
        """Find the shortest run along some edges to where one of the targets begins."""
        queue: deque[tuple[int, tuple[End, ...]]] = deque([(start, ())])
        seen = {start}
        while queue:
            at, along = queue.popleft()
            ends = [end for end in self._ends(targets, at) if end[0] not in via]
            if along and ends:
                return [(along, ends)]
            for edge, end in self._ends(sorted(via), at):
                other = int(self.node[edge, 1 - end])
                if self.open[edge, 1 - end] and other not in seen:
                    seen.add(other)
                    queue.append((other, (*along, (edge, end))))
        return []
