"""The gate to every solver: columns and rows in, a `Proof` out.

    min  Σ_j c_j x_j     s.t.  L_i ≤ Σ_j a_ij x_j ≤ U_i,   l_j ≤ x_j ≤ u_j,   x_j whole for some j

    model = Model("pupil-minutes")
    x = model.columns(cost, most=1.0, whole=True)
    model.rows((i, x, 1.0), least=1.0, most=1.0)       # Σ_j x_ij = 1        every place i
    model.rows((j, x, demand), most=seats)             # Σ_i d_i x_ij ≤ Q_j  every school j
    answer = model.solve(gap=1e-3, clock=Clock(60))

What the solver says is a claim. The program is kept here too, and everything is computed again from it: a vector is
handed on only where its limits, rows and whole numbers hold, its objective is the one computed here, and "proved" is
said only where that objective less the bound is within the gap. The bound of a linear program is computed here from the
prices of its rows (`Program.proved_by`); that of an integer program is the solver's word, which a feasible vector may
refute. Where claims and arithmetic disagree the program is solved again from nothing: without the start, with narrower
tolerances. Where they still disagree the best feasible vector is given with our figures, the bound of the linear
relaxation, and the ending "disputed".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from layout_planner.base.arrays import Floats
from layout_planner.base.proof import Ended, Proof
from layout_planner.solving.clock import Clock
from layout_planner.solving.highs import Limits, Reply, Session
from layout_planner.solving.program import Flaw, Program

FINE = 1e-6
"""A solver in floating point proves no smaller share of the objective, or of one, than this."""
SECOND_FEASIBILITY = 1e-9
"""The solver's tolerance at the second try."""

Doubt = Literal["error", "no status", "wrong vector", "no bound", "bound above", "not infeasible"] | Flaw
"""What is wrong with a solver's word.

error: `run()` failed. no status: it claims nothing. wrong vector: the vector does not cost what is claimed, or costs
more than bound and gap allow. no bound: not a number. bound above: above the objective of a feasible vector. not
infeasible: a feasible vector is known. Further those of a vector, `Flaw`.
"""


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found, after checking.

    Parameters
    ----------
    proof
        Objective, bound and ending. Where nothing below the cutoff exists it ended "infeasible", and the bound is the
        cutoff.
    x
        The best vector: feasible, whole columns exactly whole; None where there is none.
    points
        Every feasible improving vector met below the cutoff, best last; of integer programs only.
    prices
        The prices of the rows of a linear program; None where there are none.
    last
        Where the solver stood when it stopped: guidance, no proof. NaN where it does not say.
    nodes, iterations
        What the solver counted.
    doubts
        What was wrong with the solver's word at the first try; also where the second one was right.
    """

    proof: Proof
    x: Floats | None = None
    points: tuple[Floats, ...] = ()
    prices: Floats | None = None
    last: float = float("nan")
    nodes: int = 0
    iterations: int = 0
    doubts: tuple[Doubt, ...] = ()


class Model(Program):
    """A program and its solver, which is kept warm while columns, rows, costs and limits change.

    Parameters
    ----------
    unit
        Of the objective.
    presolve
        Whether the solver reduces the program first; off where it is solved many times from the last basis.
    """

    def __init__(self, unit: str = "", presolve: bool = True) -> None:
        super().__init__(unit)
        self._presolve = presolve
        self._session: Session | None = None

    def solve(
        self,
        *,
        clock: Clock | None = None,
        gap: float = 0.0,
        absolute_gap: float = 0.0,
        cutoff: float = np.inf,
        nodes: int = 2**31 - 1,
        iterations: int = 2**31 - 1,
        start: Floats | None = None,
        seed: int = 0,
    ) -> Answer:
        """Solve the program as it stands.

        Parameters
        ----------
        clock
            When to stop; None for no limit.
        gap, absolute_gap
            Stop where objective − bound is within this share of the objective, or within this amount.
        cutoff
            Only vectors below are of interest; of integer programs.
        nodes, iterations
            Limits of work, the same on every machine: nodes of branch and bound, steps of the simplex method.
        start
            A vector to begin from, of integer programs. Where it is feasible the answer is no worse.
        seed
            Of the solver's random numbers.

        Raises
        ------
        KeyboardInterrupt
            The user stopped it.
        """
        clock = clock or Clock(np.inf)
        limits = Limits(gap, absolute_gap, cutoff, nodes, iterations, seed, self._presolve)
        if not self.width:
            return self._without_columns(cutoff)
        whole = bool(self.whole.all.any())
        if self._session is None or whole:
            self._session = Session(self)
        start = start if whole else None
        first = _Verdict(self, limits, self._session.run(limits, clock, start), [] if start is None else [start])
        if whole or first.doubts:
            self._session = None
        if not first.doubts or clock.over:
            return first.answer(clock, first.doubts)
        again = replace(
            limits, feasibility=SECOND_FEASIBILITY, presolve=self._presolve and first.reply.said != "unclear"
        )
        session = Session(self)
        second = _Verdict(self, again, session.run(again, clock), [] if first.best is None else [first.best])
        if not whole and not second.doubts:
            self._session = session
        return second.answer(clock, first.doubts)

    def relaxed(self, clock: Clock) -> float:
        """Give what the program costs at least, whole or not, proved by our own arithmetic; −inf where it cannot be."""
        bounds = [self.proved_by(np.zeros(self.height))]
        if not clock.over:
            prices = Session(self, relaxed=True).run(Limits(), clock).prices
            if prices is not None and len(prices) == self.height:
                bounds.append(self.proved_by(prices))
        return max(bounds)

    def _without_columns(self, cutoff: float) -> Answer:
        x = np.zeros(0)
        if self.breach(x) > 0 or cutoff <= 0:
            return Answer(Proof(np.inf, max(cutoff, 0.0), self.unit, "infeasible"))
        return Answer(Proof(0.0, 0.0, self.unit, "proved"), x, (), np.zeros(self.height), 0.0)


class _Verdict:
    """One reply of the solver, held against the program.

    Parameters
    ----------
    known
        Vectors known before.
    """

    def __init__(self, model: Model, limits: Limits, reply: Reply, known: Sequence[Floats]) -> None:
        self.model, self.limits, self.reply = model, limits, reply
        self.whole = bool(model.whole.all.any())
        x, flaw = model.checked(reply.x)
        self.points = [point for point in (model.checked(each)[0] for each in reply.points) if point is not None]
        held = [point for point in (model.checked(each)[0] for each in known) if point is not None]
        feasible = [*held, *self.points, *([] if x is None else [x])]
        # Of equals the last: the solver's own answer.
        self.best = min(reversed(feasible), key=model.objective, default=None)
        self.objective = np.inf if self.best is None else model.objective(self.best)
        self.prices = reply.prices if reply.prices is not None and len(reply.prices) == model.height else None
        self.bound = self._bound()
        self.doubts = tuple(self._doubts(x, flaw))

    def _bound(self) -> float:
        if self.reply.said in ("infeasible", "cutoff"):
            return self.limits.cutoff
        if not self.whole:
            return -np.inf if self.prices is None else self.model.proved_by(self.prices)
        return self.reply.bound

    def _reached(self) -> bool:
        """Tell whether the objective exceeds the bound by no more than was asked for.

        Branches that hold nothing below the cutoff are not looked at: a vector above it need not be the best there.
        """
        upper = min(self.objective, self.limits.cutoff)
        size = abs(upper)
        asked = max(self.limits.gap * size, self.limits.absolute_gap) if self.whole else self.model.rounding()
        return self.best is not None and upper - self.bound <= asked + FINE * max(1.0, size)

    def _doubts(self, x: Floats | None, flaw: Flaw | None) -> list[Doubt]:
        said, fine = self.reply.said, FINE * max(1.0, abs(self.objective))
        if said == "error":
            return ["error"]
        if said in ("nothing", "unclear"):
            return ["no status"]
        if said in ("infeasible", "cutoff"):
            return ["not infeasible"] if self.objective < self.limits.cutoff - fine else []
        doubts: list[Doubt] = []
        if said == "optimal":
            if flaw is not None:
                doubts.append(flaw)
            elif x is not None and not abs(self.model.objective(x) - self.reply.objective) <= fine:
                doubts.append("wrong vector")
            elif not self._reached():
                doubts.append("wrong vector" if self.bound == self.bound else "no bound")
        elif np.isnan(self.bound):
            doubts.append("no bound")
        if self.best is not None and self.bound > self.objective + fine:
            doubts.append("bound above")
        return doubts

    def answer(self, clock: Clock, told: tuple[Doubt, ...]) -> Answer:
        """Give what may be said; where doubts remain, what our own arithmetic says."""
        reply, unit, bound = self.reply, self.model.unit, self.bound
        ended: Ended
        if self.doubts:
            ended = "failed" if self.best is None else "disputed"
            bound = self.model.relaxed(clock) if self.whole else -np.inf if self.prices is None else bound
        else:
            ended = _ENDED[reply.said]
        self.bound = bound
        if ended != "infeasible" and self._reached():
            ended = "proved"
        if ended == "infeasible" or self.objective >= self.limits.cutoff:
            return self._none_below(ended, told)
        proof = Proof(self.objective, min(bound, self.objective), unit, ended)
        return Answer(
            proof, self.best, self._below(), self.prices, reply.objective, reply.nodes, reply.iterations, told
        )

    def _below(self) -> tuple[Floats, ...]:
        return tuple(point for point in self.points if self.model.objective(point) < self.limits.cutoff)

    def _none_below(self, ended: Ended, told: tuple[Doubt, ...]) -> Answer:
        """Say that nothing below the cutoff was found, and whether that is proved."""
        cutoff = self.limits.cutoff
        if ended == "proved":  # what was found is as dear as the cutoff, or dearer
            ended = "infeasible" if self.bound >= cutoff - FINE * max(1.0, abs(cutoff)) else "searched"
        bound = cutoff if ended == "infeasible" else min(self.bound, cutoff)
        proof = Proof(np.inf, bound, self.model.unit, ended)
        return Answer(proof, nodes=self.reply.nodes, iterations=self.reply.iterations, doubts=told)


_ENDED: dict[str, Ended] = {
    "optimal": "proved", "infeasible": "infeasible", "cutoff": "infeasible", "time": "time", "work": "work",
    "interrupted": "time",
}  # fmt: skip
