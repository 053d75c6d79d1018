"""What is proved of a result: one record for every search, and one vocabulary of how searches end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from layout_planner.base.messages import Text

Status = Literal["optimal", "feasible", "infeasible", "interrupted", "rule", "given"]
"""How good a result is known to be.

optimal: within the gap asked for, proved. feasible: allowed, its gap stated. infeasible: cannot be done, with a
diagnosis. interrupted: stopped by the user, or nothing found when time or work ended. rule: a stated rule carried out,
nothing optimised. given: handed in by the user.
"""

STATUS_WORDS: Mapping[str, Text] = {
    "optimal": Text("optimal within the gap asked for", "在要求的误差内最优"),
    "feasible": Text("feasible, not proved best", "可行，未证明最优"),
    "infeasible": Text("cannot be done as asked", "按此要求无法实现"),
    "interrupted": Text("stopped before the end", "中途停止"),
    "rule": Text("a stated rule carried out", "按既定规则执行"),
    "given": Text("as handed in", "按给定方案"),
}

Ended = Literal[
    "proved", "infeasible", "searched", "time", "work", "interrupted", "disputed", "failed", "rule", "given"
]
"""How a search ended.

proved: the gap asked for is reached. infeasible: proved that nothing is allowed (or that nothing is below the cutoff).
searched: the method did all it does, and that is no proof. time, work: a limit of seconds, or of nodes, iterations or
rounds. interrupted: by the user. disputed: a solver's word did not agree with our own arithmetic, twice; the figures
are ours. failed: neither something allowed was found nor anything proved, whatever is shown instead. rule, given:
nothing was searched.
"""

DUST = 1e-8
"""Share of the objective, or of one where that is less, that sums of floating-point numbers may be off by."""

_STATUS: dict[Ended, Status] = {
    "proved": "optimal", "infeasible": "infeasible", "interrupted": "interrupted", "failed": "interrupted",
    "rule": "rule", "given": "given",
}  # fmt: skip
_REMARKS: dict[Ended, Text] = {
    "disputed": Text(
        "The solver's own figures did not bear checking; those given are recomputed.",
        "求解器给出的数字未通过复核，所列为重新计算的结果。",
    ),
    "failed": Text(
        "Neither a result within the limits nor a proof that there is none was found.",
        "既未找到满足限制的结果，也未能证明其不存在。",
    ),
}
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
        What the result costs; inf where nothing was found, NaN where nothing is optimised or the figure is not told.
    bound
        No allowed result costs less: never above the objective; −inf where nothing is proved, NaN where nothing is
        optimised.
    unit
        Of both: "pupil-minutes", "yuan" …
    ended
        See `Ended`.

    Raises
    ------
    ValueError
        Optimality is claimed where nothing was found.
    """

    objective: float
    bound: float
    unit: str = ""
    ended: Ended = "searched"

    def __post_init__(self) -> None:
        if 0 < self.bound - self.objective <= DUST * max(1.0, abs(self.objective)):
            object.__setattr__(self, "bound", self.objective)
        if self.ended == "proved" and math.isinf(self.objective):
            raise ValueError("nothing is proved optimal where nothing was found")

    @property
    def status(self) -> Status:
        """The ending in the words of a reader."""
        known = _STATUS.get(self.ended)
        return known or ("interrupted" if self.objective == math.inf else "feasible")

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
        """By how much better may be possible; inf where nothing was found or proved, NaN where nothing is optimised."""
        return 0.0 if self.objective == self.bound else self.objective - self.bound

    @property
    def gap(self) -> float:
        """`excess` as a share of the size of the objective."""
        excess = self.excess
        if excess == 0 or not math.isfinite(excess):
            return excess
        return excess / abs(self.objective) if self.objective else math.copysign(math.inf, excess)

    @property
    def remark(self) -> Text | None:
        """What the reader must know of how it ended; None where the status says it."""
        return _REMARKS.get(self.ended)

    def reached(self, gap: float) -> bool:
        """Tell whether nothing can be better by more than this share of the objective."""
        return self.found and self.excess <= gap * abs(self.objective) + DUST * max(1.0, abs(self.objective))

    def with_(
        self,
        *,
        objective: float | None = None,
        bound: float | None = None,
        unit: str | None = None,
        ended: Ended | None = None,
    ) -> Proof:
        """Return a copy with some fields replaced."""
        return replace(
            self,
            objective=self.objective if objective is None else objective,
            bound=self.bound if bound is None else bound,
            unit=self.unit if unit is None else unit,
            ended=ended or self.ended,
        )

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


def read_proof(told: Mapping[str, Any]) -> Proof:
    """Make the record from what a file tells: status, objective and bound, None for no number, and work's unit.

    Which limit ended a search that is no proof is not told. A file may claim what cannot be, a bound above the
    objective: it is read as it stands, and `plan.verify` names it.
    """
    objective, bound = (math.nan if told[key] is None else float(told[key]) for key in ("objective", "bound"))
    unit = (told.get("work") or {}).get("unit", "")
    status: Status = told["status"]
    if status == "interrupted" and math.isfinite(objective) and not math.isfinite(bound):
        return Proof(objective, bound, unit, "failed")
    return Proof(objective, bound, unit, _ENDED[status])


def unproved(ended: Ended, unit: str = "") -> Proof:
    """Give the record of a result without figures: a rule carried out, handed in by the user, or none at all."""
    return Proof(math.nan, math.nan, unit, ended)


RULED, GIVEN = unproved("rule"), unproved("given")


def total(parts: Sequence[Proof], unit: str = "") -> Proof:
    """Add up independent results; it ended as the first of them that is not proved."""
    ended: Ended = next((part.ended for part in parts if part.ended != "proved"), "proved")
    return Proof(sum(part.objective for part in parts), sum(part.bound for part in parts), unit, ended)


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
        """``(objective − bound) / |objective|``; NaN where nothing was found or optimised."""
        return self.proof.gap
