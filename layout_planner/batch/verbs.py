"""The verbs a job may name, as values: each says which arguments it takes and what it gives."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from layout_planner.base.proof import Proved
from layout_planner.plan import Plan
from layout_planner.policy import Rules
from layout_planner.scenario import Scenario
from layout_planner.study import Study
from layout_planner.travel import TravelLike

PROOF_COLUMNS = ("part", "objective", "bound", "gap", "unit", "status")
_GIVEN = {"study", "travel", "rules", "plan", "subject", "scenario", "settings", "effort", "further", "forecast"}
"""Arguments that a job brings by itself, or that are no plain values."""


Arguments = Mapping[str, Any]
"""Arguments of a verb as a list of jobs gives them: which there are is known, what they hold the verb itself checks."""


@dataclass(frozen=True, eq=False)
class Facts:
    """What a verb works on: the study, its ways, the rules to judge by, the edits."""

    study: Study
    travel: TravelLike
    rules: Rules | None
    scenario: Scenario | None


@dataclass(frozen=True, eq=False)
class Answer:
    """What a verb gives: a plan that becomes a run folder, and tables that become Parquet.

    Parameters
    ----------
    plan
        None where the verb makes none.
    tables
        Name → table.
    proofs
        What was proved, part by part; the plan's own stages need not be among them.
    """

    plan: Plan | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    proofs: tuple[tuple[str, Proved], ...] = ()

    def proof_table(self) -> pd.DataFrame:
        """Give the proofs as a table, `PROOF_COLUMNS`."""
        stages = () if self.plan is None else tuple(self.plan.assignments.items())
        rows = [
            (part, one.proof.objective, one.proof.bound, one.proof.gap, one.proof.unit, one.proof.status)
            for part, one in (*stages, *self.proofs)
        ]
        return pd.DataFrame(rows, columns=list(PROOF_COLUMNS)).astype(dict.fromkeys(PROOF_COLUMNS[1:4], float))


@dataclass(frozen=True)
class Verb:
    """One verb.

    Parameters
    ----------
    name
        As in `layout_planner`.
    do
        Facts and arguments → answer.
    takes
        Names "room.module:name" of functions and records whose parameters a job may give; found when they are needed.
    """

    name: str
    do: Callable[[Facts, Arguments], Answer]
    takes: tuple[str, ...]

    def arguments(self) -> tuple[str, ...]:
        """Name the arguments a job may give."""
        return _arguments(self.takes)

    @property
    def draws(self) -> bool:
        """Whether the verb takes a seed."""
        return "seed" in self.arguments()


@dataclass(frozen=True)
class At:
    """Which point of a frontier becomes the plan: a number of schools or an amount; else the knee, or the cheapest."""

    at: float | None = None


@cache
def _arguments(takes: tuple[str, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for one in takes:
        module, _, name = one.partition(":")
        found = getattr(importlib.import_module(f"layout_planner.{module}"), name)
        if dataclasses.is_dataclass(found):
            names += [part.name for part in dataclasses.fields(found)]
        else:
            names += list(inspect.signature(found).parameters)
    wanted = dict.fromkeys(name for name in names if name not in _GIVEN)
    return (*wanted, "time_limit") if "seconds" in wanted else tuple(wanted)


def _today(facts: Facts, said: Arguments) -> Answer:
    from layout_planner.assignment.solve import today

    return Answer(today(facts.study, facts.travel, facts.rules, **said))


def _solve(facts: Facts, said: Arguments) -> Answer:
    return Answer(_carried_out(facts, said))


def _carried_out(facts: Facts, said: Arguments) -> Plan:
    from layout_planner.assignment.solve import solve

    return solve(facts.study, facts.travel, facts.rules, scenario=facts.scenario, **said)


def _consolidate(facts: Facts, said: Arguments) -> Answer:
    from layout_planner.consolidation.consolidate import consolidate

    chosen_at = said.get("at")
    found = consolidate(facts.study, facts.travel, facts.rules, **{key: said[key] for key in said if key != "at"})
    if isinstance(found, Plan):
        return Answer(found)
    proofs = tuple((f"{found.by}={at:g}", point) for at, point in zip(found.table.index, found.points, strict=True))
    chosen = found.at(found.chosen if chosen_at is None else chosen_at) if found.points else None
    return Answer(chosen, {"frontier": found.table.reset_index()}, proofs)


def _partition(facts: Facts, said: Arguments) -> Answer:
    from layout_planner.districts.partition import partition

    found = partition(facts.study, facts.travel, **said)
    plan = _present(facts).with_(districting=found)
    return Answer(plan, {"districts": found.table.reset_index()}, ((f"districts {found.stage}", found),))


def _pair(facts: Facts, said: Arguments) -> Answer:
    from layout_planner.districts.pair import pair

    found = pair(facts.study, facts.travel, **said)
    return Answer(_present(facts).with_(pairing=found), {}, ((f"pairs {found.stage}", found),))


def _forecast(facts: Facts, said: Arguments) -> Answer:
    from layout_planner.assignment.solve import default_rules
    from layout_planner.cohorts.projection import forecast
    from layout_planner.policy import class_limit

    found, rules = forecast(facts.study, **said), facts.rules or default_rules()
    limits = {stage: class_limit(rules, stage) for stage in dict.fromkeys((*facts.study.stages, *found.table["stage"]))}
    return Answer(None, {"forecast": found.table, "seats": found.seats(limits)})


def _staff(facts: Facts, said: Arguments) -> Answer:
    from layout_planner.staffing.staff import staff

    plan = _carried_out(facts, {}) if facts.scenario is not None else _present(facts)
    return Answer(plan.with_(staffing=staff(plan, facts.rules, **said)))


def _evaluate(facts: Facts, said: Arguments) -> Answer:
    from layout_planner.staffing.evaluate import evaluate

    found = evaluate(facts.study, **said)
    tables = {"indicators": found.indicators, "verdicts": found.schools, "spread": found.spread, "shifts": found.shifts}
    return Answer(None, tables, (("shifts", found),))


def _phase(facts: Facts, said: Arguments) -> Answer:
    from layout_planner.phasing.phase import phase

    plan = _carried_out(facts, {})
    found = phase(plan, **said)
    return Answer(
        plan.with_(scenario=found.scenario), {"phasing": found.table, "over": found.over}, (("years", found),)
    )


def _present(facts: Facts) -> Plan:
    from layout_planner.assignment.solve import today

    return today(facts.study, facts.travel, facts.rules)


_EFFORT, _AT = "base.options:Effort", "batch.verbs:At"
VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("today", _today, ("assignment.solve:today",)),
        Verb("solve", _solve, ("assignment.solve:solve",)),
        Verb(
            "consolidate", _consolidate,
            ("consolidation.consolidate:consolidate", "consolidation.settings:Consolidation", _EFFORT, _AT),
        ),
        Verb("partition", _partition, ("districts.partition:partition", "districts.settings:Partition", _EFFORT)),
        Verb("pair", _pair, ("districts.pair:pair",)),
        Verb("forecast", _forecast, ("cohorts.projection:forecast",)),
        Verb("phase", _phase, ("phasing.phase:phase", "phasing.settings:Pace", _EFFORT)),
        Verb("staff", _staff, ("staffing.staff:staff", "staffing.settings:Posts")),
        Verb("evaluate", _evaluate, ("staffing.evaluate:evaluate",)),
    )
}  # fmt: skip
