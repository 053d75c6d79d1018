"""Today kept as far as may be: every building stays as it is, and who has to change does so within a year's limits."""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Bools, Ints
from layout_planner.phasing.horizon.exact import Whole
from layout_planner.phasing.horizon.problem import Horizon
from layout_planner.solving.clock import Clock

WORK = 20.0
"""Seconds of counted work for each program, the same on every machine."""
LITTLE = 0.5
"""What all writing off together counts beside one seat in one year: it tells plans apart that keep as many seats."""


def forced(problem: Horizon) -> Bools:
    """Tell which buildings may not stay as they are to the end, B."""
    last = problem.shape[3] - 1
    return np.asarray(
        (problem.latest[problem.now, problem.now] < last) | (problem.earliest[problem.now, problem.now] > 0)
    )


def still(problem: Horizon) -> Ints:
    """Give the states of today kept as far as may be, W × B × T.

    Of the buildings that have to change as many of today's seats are kept in as many years as a year's closures and
    yuan allow: an integer program of their paths alone. Where nothing is allowed, the limits of a year are left aside.

    Raises
    ------
    ValueError
        A building has no path at all.
    """
    W, _, B, T = problem.shape
    path = np.array(np.broadcast_to(problem.now[None, :, None], (W, B, T)))
    which = np.flatnonzero(forced(problem))
    if len(which):
        found = kept_seats(problem, which)
        if found is None:
            free = np.full(T, np.inf)
            found = kept_seats(problem.with_(closures=free, budget=free), which)
        if found is None:
            raise ValueError("a building has no path")
        path[:, which] = found[None]
    return path


def kept_seats(problem: Horizon, which: Ints) -> Ints | None:
    """Give the paths of some buildings that keep most of today's seats within the limits, n × T; None without any."""
    T = problem.shape[3]
    own = np.flatnonzero(np.isin(problem.owner, which))
    place = np.full(len(problem.owner), -1)
    place[own] = np.arange(len(own))
    here = np.ix_(own, own)
    now = problem.now[which]
    seats = np.minimum(problem.seats, problem.seats[problem.now[problem.owner]]).sum(axis=1)[own]
    write = problem.write[here]
    most = max(float(np.where(np.isfinite(write), write, 0.0).sum()) * T, 1e-9)
    alone = problem.with_(
        pupils=np.zeros((1, 1, T)), staying=np.zeros((1, 1, T)), pace=np.ones((1, 1, T)), group=np.zeros(1, dtype=int),
        way=np.zeros((1, len(which))), kind=np.zeros(1, dtype=int), prior=np.zeros((1, len(which))),
        owner=np.searchsorted(which, problem.owner[own]), seats=problem.seats[own], running=-seats, now=place[now],
        earliest=problem.earliest[here], latest=problem.latest[here], lead=problem.lead[here], ends=problem.ends[here],
        invest=problem.invest[here], write=LITTLE * write / most, weight=np.ones(1), discount=np.ones(T), known=T,
        waits=np.zeros(len(which), dtype=bool), floor=np.zeros_like(problem.floor), hold=False,
    )  # fmt: skip
    _, path, _ = Whole(alone).solve(0.0, Clock(WORK, "work"))
    return None if path is None else own[path[0]]
