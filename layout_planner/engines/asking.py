"""Children ask school after school, the nearest first, all in one queue by distance: who lives nearest is admitted.

The questions are sorted once; each answer to a what-if then only walks along them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

from layout_planner.base.arrays import Bools, Floats, Positions


@dataclass(frozen=True, eq=False)
class Questions:
    """Whom each row of children asks, and when.

    Parameters
    ----------
    first
        Where the questions of each row begin, shape (rows + 1,).
    school
        Whom each question is put to; those of a row stand the nearest first.
    turn
        Its place in the queue of all rows' questions.
    asker
        The row whose question has each place in that queue.
    """

    first: Positions
    school: Positions
    turn: Positions
    asker: Positions

    @classmethod
    def of(cls, ways: Floats, rank: Positions) -> Questions:
        """Sort the questions: the shortest way first, of equal ones the row of the lowest rank, then the school.

        Parameters
        ----------
        ways
            Of each row to each school, shape (rows, schools); inf or NaN where it does not ask.
        rank
            The rows in the order in which they ask at equal ways.
        """
        at, school = np.nonzero(np.isfinite(ways[rank]))
        row = rank[at]
        queue = np.argsort(ways[row, school], kind="stable")
        asker, asked = row[queue], school[queue]
        turn = np.argsort(asker, kind="stable")
        first = np.concatenate([[0], np.cumsum(np.bincount(asker, minlength=len(ways)))])
        return cls(first.astype(np.intp), asked[turn], turn, asker)

    def answer(
        self, grade: Positions, offers: Bools, seats: Floats, waiting: Floats
    ) -> tuple[Positions, Positions, Floats]:
        """Admit along the queue.

        Parameters
        ----------
        grade
            Of each row.
        offers
            Which school has which grade, shape (schools, grades).
        seats
            Free ones of each school, inf for no limit; whole children take whole ones.
        waiting
            Children of each row who ask.

        Returns
        -------
        tuple of ndarray
            Row, school and children of each admission, in the order of the queue.
        """
        return admit_in_turn(
            self.first, self.school, self.turn, self.asker, grade, offers, seats.copy(), waiting.copy()
        )


@nb.njit(cache=True)
def _room(waiting: float, seats: float) -> float:
    """Give how many of a row a school can take: whole children take whole seats."""
    if waiting % 1.0 == 0.0 and seats < np.inf:
        seats = np.floor(seats + 1e-9)
    return min(waiting, seats)


@nb.njit(cache=True)
def admit_in_turn(
    first: Positions, school: Positions, turn: Positions, asker: Positions,
    grade: Positions, offers: Bools, seats: Floats, waiting: Floats,
) -> tuple[Positions, Positions, Floats]:  # fmt: skip
    """Admit along the queue; see `Questions.answer`. Seats and waiting are used up.

    A row waits with one question at a time, marked at its place in the queue. Seats only become fewer, so a question
    that would find no room now is skipped: it would find none later.
    """
    rows = len(waiting)
    most = rows + 2 * len(seats)  # a school takes part of a row at most twice: its last whole seats, and what is left
    row, to, pupils = np.empty(most, dtype=np.intp), np.empty(most, dtype=np.intp), np.empty(most)
    count = 0
    marks = np.zeros(len(turn) // 8 + 1, dtype=np.uint64)  # eight places of the queue in each, passed over together
    marked = marks.view(np.uint8)
    at = np.empty(rows, dtype=np.intp)
    left = 0
    for i in range(rows):
        at[i] = first[i] - 1
        if waiting[i] > 1e-9:
            for q in range(first[i], first[i + 1]):
                if offers[school[q], grade[i]] and _room(waiting[i], seats[school[q]]) > 0.0:
                    at[i] = q
                    marked[turn[q]] = 1
                    left += 1
                    break
    for eight in range(len(marks)):
        if left == 0:
            break
        if marks[eight] == 0:
            continue
        for place in range(8 * eight, 8 * eight + 8):
            if marked[place] == 0:
                continue
            i = asker[place]
            j = school[at[i]]
            left -= 1
            admitted = _room(waiting[i], seats[j])
            if admitted > 0.0:
                seats[j] -= admitted
                waiting[i] -= admitted
                row[count], to[count], pupils[count] = i, j, admitted
                count += 1
            if waiting[i] <= 1e-9:
                continue
            for q in range(at[i] + 1, first[i + 1]):
                if offers[school[q], grade[i]] and _room(waiting[i], seats[school[q]]) > 0.0:
                    at[i] = q
                    marked[turn[q]] = 1
                    left += 1
                    break
    return row[:count], to[:count], pupils[:count]
