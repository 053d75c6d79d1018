"""Exchange of teachers between schools (交流轮岗): as many as the rules ask, near schools first, posts untouched."""

from __future__ import annotations

import numpy as np

from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.staffing.rounds import Rounds

MOST_TIMES = 2.0
"""A school gives up at most so many times the share asked of the county, so that the near ones are not emptied."""


def exchange(rounds: Rounds, origin: Positions, backbone: Floats, share: float, backbone_share: float) -> Bools:
    """Swap teachers of one subject between two schools until enough of the eligible have changed school.

    A rule, nothing optimised: pairs of schools by the way between them, one swap each in turn; backbone teachers first
    until they have their share among those who change, then those of least record.

    Parameters
    ----------
    rounds
        The posts filled; `place` is changed.
    origin
        Where each teacher was at first: who came with the pupils or in a round counts as having changed.
    backbone
        1, 0, or NaN where it is not known.
    share, backbone_share
        Of the eligible (not protected) who change, and of these who are backbone.

    Returns
    -------
    ndarray
        Who was swapped, shape (persons,).
    """
    swapped = np.zeros(len(origin), dtype=bool)
    eligible = ~rounds.protected
    changed = eligible & (rounds.place >= 0) & (rounds.place != origin)
    done = int(changed.sum())
    target = done + 2 * int(np.ceil(max(share * eligible.sum() - done, 0.0) / 2 - 1e-9))  # they swap in twos
    wish = int(np.ceil(backbone_share * target - 1e-9)) - int(np.nansum(backbone[changed]))
    free = eligible & ~changed & (rounds.place >= 0) & (rounds.teaches == rounds.subject)
    left = np.ceil(MOST_TIMES * share * np.bincount(rounds.place[free], minlength=len(rounds.need)))
    star = np.nan_to_num(backbone) > 0
    stars = min(wish, int(star[free].sum()))
    queues = _queues(rounds, free, star)
    for wanted in (True, False):  # first the swaps that bring backbone teachers, then any
        moving = True
        while moving and done < target and (stars > 0 or not wanted):
            moving = False
            for subject, *schools in _pairs(rounds, queues):
                if done >= target or (wanted and stars <= 0):
                    break
                lines = [queues[(school, subject)] for school in schools]
                if (left[schools] < 1).any() or not all(any(line) for line in lines):
                    continue
                if wanted and not any(line[0] for line in lines):
                    continue
                for line, school in zip(lines, reversed(schools), strict=True):
                    first, second = line if stars > 0 else reversed(line)
                    person = (first or second).pop()
                    rounds.place[person], swapped[person] = school, True
                    stars -= int(star[person])
                left[schools] -= 1
                done += 2
                moving = True
    return swapped


Queues = dict[tuple[int, int], tuple[list[int], list[int]]]
"""(school, subject) → backbone teachers and others who may go; the last goes first."""


def _queues(rounds: Rounds, free: Bools, star: Bools) -> Queues:
    """Line up who may go, of each school and subject; of equals the least record goes first."""
    queues: Queues = {}
    for person in rounds.order:
        if free[person]:
            key = (int(rounds.place[person]), int(rounds.subject[person]))
            queues.setdefault(key, ([], []))[0 if star[person] else 1].append(int(person))
    return queues


def _pairs(rounds: Rounds, queues: Queues) -> list[tuple[int, int, int]]:
    """List (subject, school, school) that may swap, near ones first."""
    found = []
    for subject in range(rounds.need.shape[1]):
        schools = np.array(sorted(school for school, s in queues if s == subject), dtype=np.intp)
        way = rounds.minutes[np.ix_(schools, schools)]
        one, two = np.nonzero(np.triu(np.isfinite(way), k=1))
        found += [(float(way[i, j]), subject, int(schools[i]), int(schools[j])) for i, j in zip(one, two, strict=True)]
    return [pair[1:] for pair in sorted(found)]
