"""The edits of a what-if: small, typed, frozen, read from and written to YAML with unknown keys refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

_frozen = ConfigDict(extra="forbid", str_strip_whitespace=True, str_min_length=1, allow_inf_nan=False)

Stage = Literal["kindergarten", "primary", "junior", "senior", "vocational", "special"]


@dataclass(frozen=True, config=_frozen)
class _Edit:
    """What every edit may say: for which stage and grades, from which year on, and why."""

    stage: Stage | None = Field(default=None, kw_only=True)
    grades: str | None = Field(default=None, kw_only=True)
    year: int | None = Field(default=None, ge=1949, le=2200, kw_only=True)
    reason: str | None = Field(default=None, kw_only=True)


@dataclass(frozen=True, config=_frozen)
class Close(_Edit):
    """Close a school (or one stage of it); its pupils go where the assignment rule sends them."""

    school: str
    do: Literal["close"] = Field(default="close", repr=False, kw_only=True)


@dataclass(frozen=True, config=_frozen)
class Merge(_Edit):
    """Merge a school into another (撤并): its pupils go there together.

    `site` says what the old site becomes: "closed"; "campus" or "teaching_point" (the pupils stay, only the legal
    school, staff and budget change; a teaching point keeps grades 1–3); "kindergarten".
    """

    school: str
    into: str
    site: Literal["closed", "campus", "teaching_point", "kindergarten"] = "closed"
    do: Literal["merge"] = Field(default="merge", repr=False, kw_only=True)

    @model_validator(mode="after")
    def _not_itself(self) -> Merge:
        if self.school == self.into:
            raise ValueError(f"{self.school} cannot merge into itself / 不能并入自身")
        return self


@dataclass(frozen=True, config=_frozen)
class Keep(_Edit):
    """Keep a school, come what may: no other edit and no solver may close it."""

    school: str
    do: Literal["keep"] = Field(default="keep", repr=False, kw_only=True)


@dataclass(frozen=True, config=_frozen)
class Expand(_Edit):
    """Change the seats of a school: the new total of the stage, or so many more; and its classrooms, where told."""

    school: str
    seats: PositiveFloat | None = None
    add_seats: float | None = None
    classrooms: PositiveInt | None = None
    do: Literal["expand"] = Field(default="expand", repr=False, kw_only=True)

    @model_validator(mode="after")
    def _says_how_much(self) -> Expand:
        if (self.seats is None) == (self.add_seats is None):
            raise ValueError(
                "give either seats (the new total) or add_seats / seats（总学位）与 add_seats（增加）二选一"
            )
        return self


@dataclass(frozen=True, config=_frozen)
class Rebuild(_Edit):
    """Rebuild a school on its site: new seats from the year it is `back`; `host` has the pupils meanwhile.

    Only a study applied up to a year before `back` shows the school out of use; without a year the end is shown.
    """

    school: str
    seats: PositiveFloat
    back: int | None = Field(default=None, ge=1949, le=2200)
    host: str | None = None
    do: Literal["rebuild"] = Field(default="rebuild", repr=False, kw_only=True)

    @model_validator(mode="after")
    def _comes_back_later(self) -> Rebuild:
        if self.host == self.school:
            raise ValueError(f"{self.school} cannot be its own host / 不能由自身过渡")
        if self.year is not None and self.back is not None and self.back <= self.year:
            raise ValueError("back must be later than year / back 须晚于 year")
        return self


@dataclass(frozen=True, config=_frozen)
class Open(_Edit):
    """Open a school on a candidate site of the study, or reopen a closed one (`site` = its own id).

    `school` is the new school's id; left out, the site's id. A school reopened for one `stage` gives up its others.
    """

    site: str
    seats: PositiveFloat | None = None
    school: str | None = None
    name: str | None = None
    parent: str | None = None
    do: Literal["open"] = Field(default="open", repr=False, kw_only=True)

    @property
    def school_id(self) -> str:
        """The id the opened school bears."""
        return self.school or self.site


@dataclass(frozen=True, config=_frozen)
class Convert(_Edit):
    """Give a site another use: its offers of `stage` (or all) end and it offers `to` with so many seats."""

    school: str
    to: Stage
    seats: PositiveFloat | None = None
    do: Literal["convert"] = Field(default="convert", repr=False, kw_only=True)


@dataclass(frozen=True, config=_frozen)
class Pin(_Edit):
    """Send the children of a place to one school, whatever the rule says."""

    place: str
    school: str
    do: Literal["pin"] = Field(default="pin", repr=False, kw_only=True)


@dataclass(frozen=True, config=_frozen)
class Board(_Edit):
    """Let the pupils of a school board who live farther than so many minutes (all, where left out).

    Those with the longest way come first, as many as there are `beds`. Grades 1 to 3 go home daily unless `grades`
    names them (国办发〔2018〕27号).
    """

    school: str
    beyond_minutes: PositiveFloat | None = None
    beds: PositiveInt | None = None
    do: Literal["board"] = Field(default="board", repr=False, kw_only=True)


@dataclass(frozen=True, config=_frozen)
class Bus(_Edit):
    """Run a school bus to a school for the pupils who live farther than so many minutes (all, where left out).

    Those with the longest way come first, up to the `capacity`.
    """

    school: str
    beyond_minutes: PositiveFloat | None = None
    capacity: PositiveInt | None = None
    do: Literal["bus"] = Field(default="bus", repr=False, kw_only=True)


Edit = Annotated[
    Close | Merge | Keep | Expand | Rebuild | Open | Convert | Pin | Board | Bus, Field(discriminator="do")
]


def as_mapping(edit: Any) -> dict[str, Any]:
    """Write an edit as a plain mapping: what it does first, then only what was said."""
    from dataclasses import fields

    said = {f.name: getattr(edit, f.name) for f in fields(edit) if f.name != "do"}
    return {"do": edit.do, **{name: value for name, value in said.items() if value is not None}}
