"""Filling the posts of one stage: own school, cross-school, allocation. The order is a rule; each flow is exact.

Whole posts by subject are a controlled rounding (Bacharach 1966, "Matrix rounding problems", Management Science 12;
cited from memory): every school and subject gets its share rounded down or up, schools and subjects keep their totals.
Who goes where after the first round is a transportation problem by subject (Hitchcock 1941): as many as can be placed,
then the least travel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.changes import deal
from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.solving.mip import Model
from layout_planner.solving.transport import ship

NOWHERE = -1
"""Stands for a school or a subject where there is none."""


@dataclass(eq=False)
class Rounds:
    """The teachers of a stage while the posts are being filled; lives for one `staff`.

    Parameters
    ----------
    school
        Where each person is after following the pupils: position, shape (persons,).
    subject
        Position of the subject each has.
    protected, record
        Who stays, and what the allocation goes by (greater first).
    turn
        Of equal records the smaller comes first: of `turns`, so that who came from a closed school stands no worse.
    need
        Posts still to fill, shape (schools, subjects), whole; 0 at closed schools.
    minutes
        School × school, one way; NaN where nobody is sent.
    own_share
        Share of its posts a school fills from its own in the first round.
    """

    school: Positions
    subject: Positions
    protected: Bools
    record: Floats
    turn: Floats
    need: Floats
    minutes: Floats
    own_share: float

    def __post_init__(self) -> None:
        self.posts = self.need.sum(axis=1)
        self.place = np.full(len(self.school), NOWHERE, dtype=np.intp)
        self.teaches = np.full(len(self.school), NOWHERE, dtype=np.intp)
        self.first = np.zeros(len(self.school), dtype=bool)
        self.order = np.lexsort([np.arange(len(self.school)), self.turn, -self.record, ~self.protected])
        self.objective = 0.0

    def fill(self, other_subjects: bool) -> None:
        """Carry the rounds out."""
        self._own()
        self._by_subject()
        if other_subjects:
            self._by_any()

    def _put(self, person: int, school: int, subject: int) -> None:
        self.place[person], self.teaches[person] = school, subject
        self.need[school, subject] -= 1.0

    def _own(self) -> None:
        """Let each school keep its own for its posts by subject, the best first, up to its share; protected all."""
        kept = np.zeros(len(self.need))
        most = np.floor(self.own_share * self.posts + 1e-9)
        for person in self.order:
            school, subject = self.school[person], self.subject[person]
            if self.protected[person]:
                # A post of the subject, else the one most missed; beyond the posts they stay without one.
                free = subject if self.need[school, subject] >= 1 else int(self.need[school].argmax())
                if self.need[school, free] >= 1:
                    self._put(person, school, free)
                else:
                    self.place[person], self.teaches[person] = school, subject
            elif self.need[school, subject] >= 1 and kept[school] < most[school]:
                self._put(person, school, subject)
            else:
                continue
            kept[school] += 1.0
            self.first[person] = True

    def _by_subject(self) -> None:
        """Send who is left to posts of their subject, the own school first, with the least travel."""
        for subject in range(self.need.shape[1]):
            left = (self.place == NOWHERE) & (self.subject == subject)
            self._send(left, self.need[:, subject].copy(), subject)

    def _by_any(self) -> None:
        """Send who is left to posts of other subjects."""
        self._send(self.place == NOWHERE, self.need.sum(axis=1), NOWHERE)

    def _send(self, left: Bools, room: Floats, subject: int) -> None:
        supply = np.bincount(self.school[left], minlength=len(self.need)).astype(float)
        sources, sinks = np.flatnonzero(supply), np.flatnonzero(room > 0)
        if not len(sources) or not len(sinks):
            return
        cost = self.minutes[np.ix_(sources, sinks)]
        sent = ship(cost, supply[sources], room[sinks])
        self.objective += float((cost[sent.place, sent.school] * sent.pupils).sum())
        waiting = {s: [p for p in self.order if left[p] and self.school[p] == s] for s in sources}
        near = np.lexsort([sinks[sent.school], cost[sent.place, sent.school], sent.place])
        for at in near:
            source, sink = sources[sent.place[at]], sinks[sent.school[at]]
            for _ in range(int(np.round(sent.pupils[at]))):
                person = waiting[source].pop(0)
                self._put(person, sink, subject if subject >= 0 else int(self.need[sink].argmax()))


def whole_posts(exact: Floats, posts: Floats, have: Floats) -> Floats:
    """Round posts by subject so that schools and subjects keep their totals, each cell down or up.

    Parameters
    ----------
    exact
        Shape (schools, subjects); row sums are `posts`.
    posts
        Whole posts of each school.
    have
        Teachers there now: of equal roundings the one that keeps more of them in their subject.
    """
    down = np.floor(exact + 1e-9)
    rest = np.where(exact - down > 1e-9, exact - down, 0.0)
    totals = deal(np.zeros(exact.shape[1], dtype=np.intp), exact.sum(axis=0), posts.sum(keepdims=True))
    i, j = np.nonzero(rest)
    if not len(i):
        return down
    gain = 2.0 * (have[i, j] > down[i, j]) + rest[i, j]
    model = Model("teachers")
    up = model.columns(-gain, most=1.0, whole=True)
    left, missing = posts - down.sum(axis=1), totals - down.sum(axis=0)
    model.rows((i, up, 1.0), least=left, most=left)
    model.rows((j, up, 1.0), least=missing, most=missing)
    answer = model.solve()
    assert answer.x is not None  # the exact posts are a fractional solution, and then there is a whole one
    down[i, j] += answer.x
    return down


def deal_persons(share: Floats, number: int) -> Positions:
    """Send persons one after the other to receivers so that at every moment each has about its share.

    Returns
    -------
    ndarray
        Position of the receiver of each person, shape (number,).
    """
    given = np.zeros(len(share))
    answer = np.empty(number, dtype=np.intp)
    for k in range(number):
        answer[k] = int(np.argmax(share * (k + 1) - given))
        given[answer[k]] += 1.0
    return answer


def turns(origin: Positions, subject: Positions) -> Floats:
    """Line the teachers of every school and subject up evenly between 0 and 1, in the order of the table."""
    key = origin * (subject.max(initial=0) + 1) + subject
    order = np.argsort(key, kind="stable")
    rank = np.empty(len(key))
    rank[order] = np.arange(len(key)) - np.searchsorted(key[order], key[order], side="left")
    _, at, number = np.unique(key, return_inverse=True, return_counts=True)
    return (rank + 0.5) / number[at]


def count_by(school: Positions, subject: Positions, shape: tuple[int, int]) -> Floats:
    """Count persons by school and subject."""
    known = (school >= 0) & (subject >= 0)
    flat = np.bincount(school[known] * shape[1] + subject[known], minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(float)


def mismatch(have: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Weigh what each school's teachers can teach against what its lessons ask, in teachers.

    Returns
    -------
    tuple
        missing and spare, shape (schools, subjects): the lessons are the school's teachers × the shares.
    """
    needed = have.sum(axis=1, keepdims=True) * shares[None, :]
    return np.maximum(needed - have, 0.0), np.maximum(have - needed, 0.0)


def as_balance(missing: Floats, spare: Floats, schools: pd.Index, subjects: pd.Index, of: pd.Series) -> pd.DataFrame:
    """Lay missing and spare out as the districts' sharing takes them."""
    index = pd.MultiIndex.from_product([schools, subjects], names=["school_id", "subject"])
    at = index.get_level_values("school_id")
    return pd.DataFrame(
        {"district": of.reindex(at).to_numpy(), "missing": missing.ravel(), "spare": spare.ravel()}, index=index
    )
