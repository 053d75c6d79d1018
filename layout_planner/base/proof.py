"""What is proved of a result: one record for every search, and one vocabulary of how searches end."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

Status = Literal["optimal", "feasible", "infeasible", "interrupted", "rule", "given"]
"""How good a result is known to be.

optimal: within the gap asked for, proved. feasible: allowed, its gap stated. infeasible: cannot be done, with a
diagnosis. interrupted: stopped by the user, or nothing found when time or work ended. rule: a stated rule carried out,
nothing optimised. given: handed in by the user.
"""

Ended = Literal[
    "proved", "infeasible", "searched", "time", "work", "interrupted", "disputed", "failed", "rule", "given"
]
"""How a search ended.

proved: the gap asked for is reached. infeasible: proved that nothing is allowed (or that nothing is below the cutoff).
searched: the method did all it does, and that is no proof. time, work: a limit of seconds, or of nodes, iterations or
rounds. interrupted: by the user. disputed: a solver's word did not agree with our own arithmetic, twice; the figures
are ours. failed: a solver gave nothing usable. rule, given: nothing was searched.
"""

DUST = 1e-8
"""Share of the objective, or of one where that is less, that sums of floating-point numbers may be off by."""

_STATUS: dict[Ended, Status] = {
    "proved": "optimal", "infeasible": "infeasible", "interrupted": "interrupted", "rule": "rule", "given": "given",
}  # fmt: skip
_ENDED: dict[Status, Ended] = {
    "optimal": "proved", "feasible": "searched", "infeasible": "infeasible", "interrupted": "interrupted",
    "rule": "rule", "given": "given",
}  # fmt: skip


@dataclass(frozen=True)
class Proof:
    """What was reached, what was proved, and how it ended; least is best.

    Parameters
    ----------
    objective
        What the result costs; inf where nothing was found, NaN where nothing is optimised.
    bound
        No allowed result costs less; −inf where nothing is proved, NaN where nothing is optimised.
    unit
        Of both: "pupil-minutes", "yuan" …
    ended
        See `Ended`.

    Raises
    ------
    ValueError
        The bound is above the objective, or a proof is claimed without an objective.
    """

    objective: float
    bound: float
    unit: str = ""
    ended: Ended = "searched"

    def __post_init__(self) -> None:
        if self.bound > self.objective:
            if self.bound - self.objective > DUST * max(1.0, abs(self.objective)):
                raise ValueError(f"bound {self.bound} is above the objective {self.objective}")
            object.__setattr__(self, "bound", self.objective)
        if self.ended == "proved" and math.isinf(self.objective):
            raise ValueError("nothing is proved optimal where nothing was found")

    @property
    def status(self) -> Status:
        """The ending in the words of a reader."""
        known = _STATUS.get(self.ended)
        return known or ("feasible" if math.isfinite(self.objective) else "interrupted")

    @property
    def found(self) -> bool:
        """Whether there is a result."""
        return math.isfinite(self.objective)

    @property
    def finished(self) -> bool:
        """Whether the search came to its end: optimal, or nothing there."""
        return self.ended in ("proved", "infeasible")

    @property
    def excess(self) -> float:
        """By how much something better may be better; NaN where not known."""
        return self.objective - self.bound if self.found else math.nan

    @property
    def gap(self) -> float:
        """(objective − bound) / |objective|: 0 where they are equal, NaN where nothing was found or optimised."""
        excess = self.excess
        if not excess > 0:  # 0 or NaN
            return excess
        return excess / abs(self.objective) if self.objective else math.inf

    def reached(self, gap: float) -> bool:
        """Tell whether nothing can be better by more than this share of the objective."""
        return self.found and self.excess <= gap * abs(self.objective) + DUST * max(1.0, abs(self.objective))

    def with_(self, **changes: float | str) -> Proof:
        """Return a copy with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @classmethod
    def within(
        cls, gap: float, objective: float, bound: float, unit: str = "", otherwise: Ended = "time", offset: float = 0.0
    ) -> Proof:
        """Make the record of a search that asked for a gap.

        Parameters
        ----------
        gap
            Relative: the search is proved where it is reached.
        objective, bound
            A bound above the objective, as a cutoff may give, says that nothing is better.
        otherwise
            How it ended where the gap is not reached.
        offset
            Cost that stands in neither; the gap asked for is of the whole.
        """
        bound = min(bound, objective)
        whole = cls(objective + offset, bound + offset, unit, otherwise)
        return cls(objective, bound, unit, "proved" if whole.reached(gap) else otherwise)

    @classmethod
    def from_status(cls, status: Status, objective: float, bound: float, unit: str = "") -> Proof:
        """Make the record from what a file tells."""
        return cls(objective, min(bound, objective) if bound == bound else bound, unit, _ENDED[status])


def unproved(ended: Ended, unit: str = "") -> Proof:
    """Give the record of a result without figures: a rule carried out, handed in by the user, or none at all."""
    return Proof(math.nan, math.nan, unit, ended)


class Proved:
    """What has a proof: its figures in the reader's words.

    Parameters
    ----------
    proof
        The record.
    """

    proof: Proof

    @property
    def status(self) -> Status:
        """See `Status`."""
        return self.proof.status

    @property
    def objective(self) -> float:
        """What it costs, in the proof's unit; NaN (within the engines inf) where nothing was found or optimised."""
        return self.proof.objective

    @property
    def bound(self) -> float:
        """Nothing allowed costs less; NaN where nothing was optimised, −inf where nothing is proved."""
        return self.proof.bound

    @property
    def gap(self) -> float:
        """(objective − bound) / |objective|; NaN where nothing was found or optimised."""
        return self.proof.gap
