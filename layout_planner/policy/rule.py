"""One rule of a profile: a value with its source, and whom it binds, where and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layout_planner.base.cited import Cited
from layout_planner.base.messages import Text
from layout_planner.policy.catalogue import TERMS, Term
from layout_planner.study.stages import format_grades, parse_grades

SCOPES = ("each", "mean", "county", "design")
"""What a value is held against: each school (or place), the mean of its classes, the quotient of the whole county, or
only what is designed: rooms and sites, not running classes."""

BINDS = ("school", "county", "province", "developer", "designer")
"""Whose duty it is."""

STEPS = ("argument", "risk", "hearing", "notice", "legality", "decision", "approval")
"""The steps of a closure, in order where no profile says otherwise; the column of `extra["procedure"]` that holds the
date each was done (a notice: `notice_start` and `notice_end`), and the middle of the rule name of its term."""

MUST, SHOULD = ("应", "不得", "不超过", "须", "达到"), ("宜", "不宜", "一般", "原则上", "力争", "鼓励")
"""The norm's own words: what makes a breach, and what makes advice."""


@dataclass(frozen=True)
class Rule:
    """One limit and where it holds.

    Parameters
    ----------
    name
        What is limited: "class_size", "reach_metres" … (`layout-planner rules` lists them).
    value
        The number with its unit, source and mark.
    stage, grades, area
        Where it holds; None means everywhere. `area` is "urban", "town" or "rural", or two of them ("urban+town").
    sense
        "max" or "min": on which side the value lies.
    severity
        "breach" (the document says must) or "advice" (in principle).
    profile
        The profile it came from.
    words
        What is told of a case that breaks it, where the profile says it: a rule of one's own needs no entry in the
        catalogue.
    scope
        One of `SCOPES`; "" where the check itself decides.
    binds
        One of `BINDS`: whose duty it is; "" where not said.
    norm
        The document's own word (one of `MUST` or `SHOULD`); "" where not met.
    since
        From when it is in force, "2025-06-01", "2025-01" or "2025"; "" where not told.
    target
        Year by which it is to be reached; None where it holds now.
    """

    name: str
    value: Cited
    stage: str | None = None
    grades: tuple[int, ...] | None = None
    area: str | None = None
    sense: str = "max"
    severity: str = "breach"
    profile: str = ""
    words: Text | None = None
    scope: str = ""
    binds: str = ""
    norm: str = ""
    since: str = ""
    target: int | None = None

    @property
    def term(self) -> Term | None:
        """Its words, unit and sense: its own, else the catalogue's; None where nobody knows the rule."""
        if self.words is not None:
            return Term(self.words, self.value.unit, "min" if self.sense == "min" else "max")
        return TERMS.get(self.name)

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas it holds for; empty for all."""
        return tuple(self.area.split("+")) if self.area else ()

    def concerns(self, stage: str, grade: int | None) -> bool:
        """Tell whether the rule is about a stage, and about a grade where one is asked about."""
        if self.stage is not None and self.stage != stage:
            return False
        return self.grades is None or (grade is not None and grade in self.grades)

    def holds(self, stage: str, grade: int | None, area: str | None) -> bool:
        """Tell whether the rule holds for a stage, and for a grade and an area where those are asked about.

        Without a grade (or area) only rules for every grade (area) hold.
        """
        return self.concerns(stage, grade) and (self.area is None or area in self.areas)

    def as_row(self) -> dict[str, object]:
        """Give it as plain values; what it does not say beyond the number is left out."""
        more = {key: getattr(self, key) for key in ("scope", "binds", "norm", "since", "target") if getattr(self, key)}
        return {
            "profile": self.profile,
            "rule": self.name,
            "stage": self.stage or "",
            "grades": format_grades(self.grades) if self.grades else "",
            "area": self.area or "",
            "sense": self.sense,
            "value": self.value.value,
            "unit": self.value.unit,
            "severity": self.severity,
            "mark": self.value.mark,
            "source": self.value.source,
            **more,
            **({"words": [self.words.en, self.words.zh]} if self.words is not None else {}),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Rule:
        """Build it from what `as_row` gave."""
        return cls(
            row["rule"],
            Cited(float(row["value"]), row["unit"], row["source"], row["mark"]),
            row["stage"] or None,
            parse_grades(row["grades"]) if row["grades"] else None,
            row["area"] or None,
            row["sense"],
            row["severity"],
            row["profile"],
            Text(*row["words"]) if row.get("words") else None,
            **{key: row[key] for key in ("scope", "binds", "norm", "since", "target") if row.get(key)},
        )


@dataclass(frozen=True)
class Allowance:
    """A breach that is accepted: it stays a finding, and carries the reason.

    Parameters
    ----------
    rule
        Name of the rule.
    id
        The school, place, township or resource it is accepted for.
    reason
        Why, and who decided it.
    """

    rule: str
    id: str
    reason: str
