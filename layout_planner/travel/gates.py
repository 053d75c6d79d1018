"""Barriers across roads: whom they stop, and what lies behind a gate that opens only for those who live there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layout_planner.travel.modes import access_of, ruled_as
from layout_planner.travel.network import Network, split_ends

Bools = npt.NDArray[np.bool_]
SIDES = ("stops_from", "stops_to")

ENCLAVE = 0.05
"""A piece of public road up to this share of the longest one that hangs on private roads alone is as private as they:
the aisles of a car park behind the customers' drive, a hamlet at the end of a forest road."""


def heed_barriers(network: Network, mode: str) -> tuple[Network, Bools]:
    """Part the network where a barrier stops a mode.

    A private gate stops those who pass through. Where an estate hangs on private gates alone, they open, and its roads
    are for those who begin or end on them; so are small pieces of public road that hang on private roads alone.

    Returns
    -------
    tuple
        The network, and which edges are open only to those who begin or end there, (m,).
    """
    mode = ruled_as(mode)
    access = access_of(network, mode)
    closed = np.column_stack([_told(network, side, mode) for side in SIDES])
    gated = np.column_stack([_told(network, side, f"ends-{mode}") for side in SIDES])
    network = split_ends(network, closed)
    if not gated.any():
        return network, _with_enclaves(network, access.there | access.back, access.ends_only)
    parted = split_ends(network, gated)
    open_ = access.there | access.back
    n = len(parted.xy)
    ends = parted.tail[open_], parted.head[open_]
    part = connected_components(coo_matrix((np.ones(len(ends[0])), ends), shape=(n, n)), directed=False)[1]
    length = np.bincount(part[ends[0]], weights=network.metres[open_], minlength=n)
    ends_only = access.ends_only.copy()
    edge, end = np.nonzero(gated & open_[:, None])
    gate = np.column_stack([network.tail, network.head])[edge, end]
    of_end = part[parted.tail[edge]]
    for v in np.unique(gate).tolist():
        mine = gate == v
        around = np.unique(of_end[mine])
        if len(around) > 1:
            behind = around[around != around[np.argmax(length[around])]]
            ends_only |= open_ & np.isin(part[parted.tail], behind)
            gated[edge[mine], end[mine]] = False
    parted = split_ends(network, gated)
    return parted, _with_enclaves(parted, open_, ends_only)


def _with_enclaves(network: Network, open_: Bools, ends_only: Bools) -> Bools:
    """Count small pieces of public road that touch a private one, and no other, among the private ones."""
    private = open_ & ends_only
    if not private.any():
        return ends_only
    public = open_ & ~ends_only
    n = len(network.xy)
    joins = coo_matrix((np.ones(int(public.sum())), (network.tail[public], network.head[public])), shape=(n, n))
    piece = connected_components(joins, directed=False)[1]
    length = np.bincount(piece[network.tail[public]], weights=network.metres[public], minlength=n)
    hangs = np.zeros(n, dtype=bool)
    hangs[piece[network.tail[private]]] = hangs[piece[network.head[private]]] = True
    enclave = hangs & (length <= ENCLAVE * length.max())
    return ends_only | (public & enclave[piece[network.tail]])


def _told(network: Network, column: str, word: str) -> Bools:
    """Tell which edges a column of words names a word for."""
    found = np.zeros(len(network.tail), dtype=bool)
    if column in network.table:
        told = network.table[column]
        for row in np.flatnonzero(told.notna().to_numpy()):
            found[row] = word in str(told.iat[row]).split()
    return found
