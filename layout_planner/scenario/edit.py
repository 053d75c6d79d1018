"""`Edit`: what every edit answers, so that nobody who works with edits needs to know which there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field
from pydantic.dataclasses import dataclass

from layout_planner.base.messages import Text
from layout_planner.scenario.scope import FROZEN, Scope
from layout_planner.scenario.standing import Fault, Standing
from layout_planner.scenario.works import Works

Kind = Literal["school", "place", "site"]
"""What an edit may name."""


class Hosting(NamedTuple):
    """Where the pupils of a school are while it is rebuilt: at the host, from the first autumn to before `back`."""

    host: str
    first: int
    back: int


class Carriage(NamedTuple):
    """An order how pupils of a school come.

    Those beyond so many minutes (None: all), the farthest first, up to `most` (None: all). Without grades in the edit
    those of `home_grades` come by day.
    """

    how: Literal["board", "bus"]
    beyond_minutes: float | None
    most: int | None
    home_grades: tuple[int, ...]


@dataclass(frozen=True, config=FROZEN)
class Edit(Scope):
    """One change of a what-if. A new one is a class in `scenario/edits.py` that overrides what it does otherwise.

    Its fields are what a scenario's YAML may say of it.
    """

    do: str = Field(repr=False, kw_only=True)
    """Its name in YAML."""

    label: ClassVar[Text] = Text("edit", "改动")
    """The word for it."""

    ends: ClassVar[bool] = False
    """Whether it takes grades from its school for good."""

    closes: ClassVar[bool] = False
    """Whether it does so because the school shall end, not because the site gets another use."""

    builds: ClassVar[bool] = False
    """Whether it sets or adds seats."""

    timed: ClassVar[bool] = True
    """Whether phasing gives it a year of its own."""

    promise: ClassVar[bool] = False
    """Whether it only binds others, and changes nothing itself."""

    # --- whom it concerns --------------------------------------------------------------------------------------------

    @property
    def subject(self) -> str | None:
        """The school it is about; None where it changes none."""
        return None

    @property
    def receiver(self) -> str | None:
        """The school its pupils are sent to together."""
        return None

    @property
    def names(self) -> tuple[tuple[Kind, str], ...]:
        """What it names and must be there: (kind, id), the school it is about first."""
        return ()

    @property
    def opens(self) -> str | None:
        """The id of the school it opens."""
        return None

    @property
    def holds(self) -> str | None:
        """The school that must stay open for it."""
        return None

    def named(self, kind: Kind) -> tuple[str, ...]:
        """Give the ids of one kind among `names`."""
        return tuple(name for what, name in self.names if what == kind)

    @property
    def schools(self) -> frozenset[str]:
        """All schools that it touches."""
        return frozenset({*self.named("school"), *(name for name in (self.subject,) if name is not None)})

    # --- what becomes of schools and pupils --------------------------------------------------------------------------

    @property
    def becomes(self) -> str | None:
        """What the site is afterwards: "closed", "campus", "teaching_point", "rebuilding" or a stage."""
        return None

    @property
    def empties(self) -> bool:
        """Whether the pupils leave the site for good."""
        return self.ends

    def ended_grades(self, stage: str, grades: Iterable[int]) -> set[int]:
        """Give those of a stage's grades that its school has no more."""
        return self.asked(grades) if self.ends and self.concerns(stage) else set()

    def ended_for(self, stage: str, grades: str) -> Edit:
        """Give the edit that ends some grades of a stage only, as this one ends them all."""
        return replace(self, stage=stage, grades=grades)

    def destination(self, year: int | None) -> str | None:
        """Give the school its pupils are at by an autumn; None where they are not sent together."""
        return None

    @property
    def sends(self) -> str | None:
        """The place whose children it sends to its `receiver`."""
        return None

    @property
    def carriage(self) -> Carriage | None:
        """How it lets pupils of its school come."""
        return None

    # --- seats and years ---------------------------------------------------------------------------------------------

    @property
    def sets_total(self) -> bool:
        """Whether it says how many seats there are afterwards, whatever was before."""
        return False

    def planned_seats(self, had: float) -> float | None:
        """Give the seats its school has after it, if it changes only their number and had so many before."""
        return None

    def with_seats(self, seats: float, most_rooms: int | None) -> Edit:
        """Give the edit with another total of seats and at most so many classrooms; see `planned_seats`."""
        raise NotImplementedError

    @property
    def ready(self) -> int | None:
        """The year from which what it does stands."""
        return self.year

    @property
    def lasts(self) -> int:
        """Years from its begin until it stands."""
        return 0

    @property
    def hosting(self) -> Hosting | None:
        """Where the pupils are meanwhile."""
        return None

    def ready_in(self, year: int) -> Edit:
        """Give the edit with the years moved so that what it does stands in a year."""
        return replace(self, year=year)

    # --- checking and carrying out -----------------------------------------------------------------------------------

    def faults(self, standing: Standing) -> Iterator[Fault]:
        """Tell why it cannot be carried out as the schools stand; where it can, change their standing."""
        raise NotImplementedError

    def apply(self, works: Works) -> None:
        """Change the schools; nothing where only who goes where, or how, depends on it."""

    # --- how it reads ------------------------------------------------------------------------------------------------

    def as_mapping(self) -> dict[str, object]:
        """Write it as plain values: what it does first, then only what was said."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "do"}
        return {"do": self.do, **{name: value for name, value in said.items() if value is not None}}


@dataclass(frozen=True, config=FROZEN)
class SchoolEdit(Edit):
    """An edit of a school that runs."""

    school: str

    @property
    def subject(self) -> str | None:
        """The school."""
        return self.school

    @property
    def names(self) -> tuple[tuple[Kind, str], ...]:
        """The school."""
        return (("school", self.school),)

    def faults(self, standing: Standing) -> Iterator[Fault]:
        """Tell when the school does not run."""
        yield from standing.not_running(self, self.school)


def in_order(edits: Sequence[Edit]) -> list[Edit]:
    """Give edits in the order they are carried out: those without a year first, then by year; else as written."""
    return sorted(edits, key=lambda edit: edit.year if edit.year is not None else -1)
