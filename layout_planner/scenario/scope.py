"""`Scope`: what every edit may say of itself: for which stage and grades, from which year on, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, GetPydanticSchema
from pydantic.dataclasses import dataclass

from layout_planner.base.notation import for_files
from layout_planner.study.stages import parse_grades

FROZEN = ConfigDict(extra="forbid", str_strip_whitespace=True, str_min_length=1, allow_inf_nan=False)
"""How every edit is read: unknown keys, empty texts and infinite numbers are refused."""

_STAGE = Literal["kindergarten", "primary", "junior", "senior", "vocational", "special"]

Stage = Annotated[str, GetPydanticSchema(lambda _source, handler: handler(_STAGE))]
"""A stage by its name; only the six known ones pass the door."""


@dataclass(frozen=True, config=FROZEN)
class Scope:
    """For which stage and grades an edit is, from which year on, and why.

    Parameters
    ----------
    stage, grades
        Left out: all that the school has. Grades as "1-3" or "4,5,6".
    year
        The autumn from which it holds; left out: at once, before all that have a year.
    reason
        Free text that goes with it.
    """

    stage: Stage | None = Field(default=None, kw_only=True)
    grades: str | None = Field(default=None, kw_only=True)
    year: int | None = Field(default=None, ge=1949, le=2200, kw_only=True)
    reason: str | None = Field(default=None, kw_only=True)

    def concerns(self, stage: str) -> bool:
        """Tell whether a stage is meant, by name or because none is named."""
        return self.stage in (None, stage)

    def asked(self, grades: Iterable[int]) -> set[int]:
        """Give those of the grades that are meant; all where none are named."""
        return set(grades) if self.grades is None else set(grades) & set(parse_grades(self.grades))

    def earlier(self, other: Scope) -> bool:
        """Tell whether both have a year, and this one the earlier."""
        return self.year is not None and other.year is not None and self.year < other.year

    def overlaps(self, other: Scope) -> bool:
        """Tell whether some stage and grade is meant by both.

        Raises
        ------
        ValueError
            Grades that are no list of grades.
        """
        if self.stage is not None and other.stage is not None and self.stage != other.stage:
            return False
        if self.grades is None or other.grades is None:
            return True
        return bool(set(parse_grades(self.grades)) & set(parse_grades(other.grades)))

    def described(self) -> str:
        """Write it as one short line, as it would be typed: in Python, or in a scenario file (`base.notation`)."""
        return self._as_yaml() if for_files() else self._as_python()

    def _as_yaml(self) -> str:
        from layout_planner.scenario.reading import dump_line

        own_first = sorted((f for f in fields(self) if f.name not in ("do", "reason")), key=lambda f: f.kw_only is True)
        said = {f.name: value for f in own_first if (value := getattr(self, f.name)) not in (None, "", f.default)}
        return dump_line({"do": getattr(self, "do", ""), **said})

    def _as_python(self) -> str:
        lead = next((f.name for f in fields(self) if not f.kw_only), "")
        said = [repr(getattr(self, lead))] if lead else []
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name not in (lead, "do", "reason") and value is not None and value != f.default:
                said.append(f"{f.name}={value!r}")
        return f"{type(self).__name__}({', '.join(said)})"
