"""The edits of a what-if: small, typed, frozen, read from and written to YAML with unknown keys refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, PositiveFloat, PositiveInt, model_validator
from pydantic.dataclasses import dataclass

from layout_planner.base.messages import Text
from layout_planner.base.notation import to_say
from layout_planner.scenario.edit import Carriage, Edit, Hosting, Kind, SchoolEdit
from layout_planner.scenario.opening import Open
from layout_planner.scenario.scope import FROZEN, Stage
from layout_planner.scenario.standing import Fault, Standing
from layout_planner.scenario.works import ROOM_SEATS, Works
from layout_planner.study.stages import LOWER_GRADES, STAGE_NAMES

Site = Literal["closed", "campus", "teaching_point", "kindergarten"]
"""What becomes of the old site of a merger."""


@dataclass(frozen=True, config=FROZEN)
class Close(SchoolEdit):
    """Close a school (or one stage of it); its pupils go where the assignment rule sends them."""

    do: Literal["close"] = Field(default="close", repr=False, kw_only=True)

    label: ClassVar[Text] = Text("close", "关闭")
    ends: ClassVar[bool] = True
    closes: ClassVar[bool] = True

    @property
    def becomes(self) -> str | None:
        return "closed"

    def faults(self, standing: Standing) -> Iterator[Fault]:
        found = standing.not_running(self, self.school)
        yield from found
        if not found:
            standing.end(self, self.school)

    def apply(self, works: Works) -> None:
        works.end(self.school, self)


@dataclass(frozen=True, config=FROZEN)
class Merge(SchoolEdit):
    """Merge a school into another (撤并): its pupils go there together.

    `site` says what the old site becomes: "closed"; "campus" or "teaching_point" (the pupils stay, only the legal
    school, staff and budget change; a teaching point keeps grades 1–3); "kindergarten".
    """

    into: str
    site: Site = "closed"
    do: Literal["merge"] = Field(default="merge", repr=False, kw_only=True)

    label: ClassVar[Text] = Text("merge", "并入")
    ends: ClassVar[bool] = True
    closes: ClassVar[bool] = True

    @model_validator(mode="after")
    def _not_itself(self) -> Merge:
        if self.school == self.into:
            raise ValueError(f"{self.school} cannot merge into itself / 不能并入自身")
        return self

    @property
    def names(self) -> tuple[tuple[Kind, str], ...]:
        return ("school", self.school), ("school", self.into)

    @property
    def receiver(self) -> str | None:
        return self.into

    @property
    def holds(self) -> str | None:
        return self.into

    @property
    def becomes(self) -> str | None:
        return self.site

    @property
    def empties(self) -> bool:
        return self.site in ("closed", "kindergarten")

    def ended_grades(self, stage: str, grades: Iterable[int]) -> set[int]:
        """Give the grades that go: none of a campus, the upper ones of a primary that becomes a teaching point."""
        if self.site == "campus" or not self.concerns(stage):
            return set()
        if self.site == "teaching_point":
            return set(grades) - set(LOWER_GRADES) if stage == "primary" else set()
        return self.asked(grades)

    def ended_for(self, stage: str, grades: str) -> Edit:
        """Give a merger of some grades only; what becomes of the site waits until the last has left."""
        return replace(self, site="closed", stage=stage, grades=grades)

    def destination(self, year: int | None) -> str | None:
        return None if self.site == "campus" else self.into

    def faults(self, standing: Standing) -> Iterator[Fault]:
        """Tell when one of the schools does not run, the receiver lacks a grade, or the site cannot become that."""
        found = [*standing.not_running(self, self.school), *standing.not_open(self, self.into)]
        own = standing.of(self.school)
        if not found:
            found += standing.lacking(self, self.school, self.into, self._staying())
            if self.site == "teaching_point" and not own.get("primary", set()) & set(LOWER_GRADES):
                found.append((None, Text("it has none of grades 1–3 to keep.", "该校没有可保留的 1–3 年级。")))
            if self.site == "kindergarten":
                found += self._no_kindergarten(standing)
        yield from found
        if found:
            return
        if self.site == "teaching_point":
            own["primary"] &= set(LOWER_GRADES)
            standing.changed_by[self.school] = self
        elif self.site != "campus":
            standing.end(self, self.school)
            if self.site == "kindergarten":
                standing.begin(self.school, "kindergarten")

    def _staying(self) -> set[int] | None:
        """Give the grades that stay on the site; None for all."""
        return {"campus": None, "teaching_point": set(LOWER_GRADES)}.get(self.site, set())

    def _no_kindergarten(self, standing: Standing) -> Iterator[Fault]:
        if "kindergarten" in standing.of(self.school) and not self.concerns("kindergarten"):
            yield None, Text("the school has a kindergarten already.", "该校已有幼儿园。")
        if not standing.has_rooms(self.school):
            told = Text(
                f"its classrooms are not known; close it, and convert it ({to_say('seats')}).",
                f"教室数未知；请先关闭（close），再改办（convert）并注明 {to_say('seats')}。",
            )
            yield None, told

    def apply(self, works: Works) -> None:
        if self.site in ("campus", "teaching_point"):
            works.attach(self.school, self.into)
            if self.site == "teaching_point":
                works.reduce_to_point(self.school)
            return
        rooms = works.end(self.school, self)
        if self.site == "kindergarten":
            works.begin(self.school, "kindergarten", rooms * ROOM_SEATS["kindergarten"])


@dataclass(frozen=True, config=FROZEN)
class Keep(SchoolEdit):
    """Keep a school, come what may: no other edit and no solver may close it."""

    do: Literal["keep"] = Field(default="keep", repr=False, kw_only=True)

    label: ClassVar[Text] = Text("keep", "保留")
    timed: ClassVar[bool] = False
    promise: ClassVar[bool] = True

    @property
    def holds(self) -> str | None:
        return self.school


@dataclass(frozen=True, config=FROZEN)
class Enlargement(SchoolEdit):
    """An edit that gives a school other seats."""

    label: ClassVar[Text] = Text("enlarge", "扩建")
    builds: ClassVar[bool] = True

    def faults(self, standing: Standing) -> Iterator[Fault]:
        """Tell when the school does not run, or it is open which stage is meant."""
        found = standing.not_running(self, self.school)
        stages = [stage for stage in standing.of(self.school) if self.concerns(stage)]
        if not found and len(stages) > 1:
            how = to_say("stage")
            told = Text(f"the school has several stages: say which ({how}).", f"该校有多个学段：请注明 {how}。")
            found.append((None, told))
        yield from found
        if found:
            return
        if self.sets_total:
            standing.size_is_known(self.school, stages[0])
        elif not standing.knows_size(self.school, stages[0]):
            how = to_say("seats")
            yield (
                None,
                Text(
                    f"its seats are not known, so nothing can be added to them: give the new total ({how}).",
                    f"该校学位未知，无从增减：请写调整后的总学位（{how}）。",
                ),
            )


@dataclass(frozen=True, config=FROZEN)
class Expand(Enlargement):
    """Change the seats of a school: the new total of the stage, or so many more; and its classrooms, where told."""

    seats: PositiveFloat | None = None
    add_seats: float | None = None
    classrooms: PositiveInt | None = None
    do: Literal["expand"] = Field(default="expand", repr=False, kw_only=True)

    label: ClassVar[Text] = Text("expand", "扩容")

    @model_validator(mode="after")
    def _says_how_much(self) -> Expand:
        if (self.seats is None) == (self.add_seats is None):
            raise ValueError(
                "give either seats (the new total) or add_seats / seats（总学位）与 add_seats（增加）二选一"
            )
        return self

    @property
    def sets_total(self) -> bool:
        return self.seats is not None

    def planned_seats(self, had: float) -> float | None:
        return self.seats if self.seats is not None else had + (self.add_seats or 0.0)

    def with_seats(self, seats: float, most_rooms: int | None) -> Edit:
        """Give the edit with another total; classrooms only where it named some and the most is known."""
        rooms = None if self.classrooms is None or most_rooms is None else min(self.classrooms, most_rooms)
        return replace(self, seats=seats, add_seats=None, classrooms=rooms)

    def apply(self, works: Works) -> None:
        stages = works.stages_of(self.school, self)
        if not stages:  # out of use for its rebuilding
            return
        planned = self.planned_seats(works.seats(self.school, stages[0]))
        works.set_seats(self.school, stages[0], max(0.0, planned or 0.0))
        if self.classrooms is not None:
            works.set_classrooms(self.school, stages[0], self.classrooms)


@dataclass(frozen=True, config=FROZEN)
class Rebuild(Enlargement):
    """Rebuild a school on its site: new seats from the year it is `back`; `host` has the pupils meanwhile.

    Only a study applied up to a year before `back` shows the school out of use; without a year the end is shown.
    """

    seats: PositiveFloat
    back: int | None = Field(default=None, ge=1949, le=2200)
    host: str | None = None
    do: Literal["rebuild"] = Field(default="rebuild", repr=False, kw_only=True)

    label: ClassVar[Text] = Text("rebuild", "改扩建")

    @model_validator(mode="after")
    def _comes_back_later(self) -> Rebuild:
        if self.host == self.school:
            raise ValueError(f"{self.school} cannot be its own host / 不能由自身过渡")
        if self.year is not None and self.back is not None and self.back <= self.year:
            raise ValueError("back must be later than year / back 须晚于 year")
        return self

    @property
    def names(self) -> tuple[tuple[Kind, str], ...]:
        hosts: tuple[tuple[Kind, str], ...] = () if self.host is None else (("school", self.host),)
        return (("school", self.school), *hosts)

    @property
    def becomes(self) -> str | None:
        return "rebuilding"

    def destination(self, year: int | None) -> str | None:
        return self.host if self._is_away(year) else None

    @property
    def sets_total(self) -> bool:
        return True

    @property
    def ready(self) -> int | None:
        return self.back if self.back is not None else self.year

    @property
    def lasts(self) -> int:
        return self.back - self.year if self.back and self.year else 0

    @property
    def hosting(self) -> Hosting | None:
        if self.host is None or self.year is None or self.back is None:
            return None
        return Hosting(self.host, self.year, self.back)

    def ready_in(self, year: int) -> Edit:
        """Give the rebuilding with the school back in a year; it lasts as long as before."""
        if self.back is None:
            return replace(self, year=year)
        return replace(self, year=year - (self.lasts or 1), back=year)

    def faults(self, standing: Standing) -> Iterator[Fault]:
        yield from super().faults(standing)
        if self.host is not None:
            yield from standing.not_open(self, self.host)

    def apply(self, works: Works) -> None:
        if self._is_away(works.year):
            works.end(self.school, self)
        else:
            (stage,) = works.stages_of(self.school, self)
            works.set_seats(self.school, stage, self.seats)

    def _is_away(self, year: int | None) -> bool:
        """Tell whether the school is out of use; without a year the end of all edits is meant."""
        return self.back is not None and year is not None and year < self.back


@dataclass(frozen=True, config=FROZEN)
class Convert(SchoolEdit):
    """Give a site another use: its offers of `stage` (or all) end and it offers `to` with so many seats."""

    to: Stage
    seats: PositiveFloat | None = None
    do: Literal["convert"] = Field(default="convert", repr=False, kw_only=True)

    label: ClassVar[Text] = Text("convert", "改办")
    ends: ClassVar[bool] = True

    @property
    def becomes(self) -> str | None:
        return self.to

    def ended_for(self, stage: str, grades: str) -> Edit:
        """Give a closing of some grades only; the new use waits until the last has left."""
        return Close(self.school, year=self.year, reason=self.reason, stage=stage, grades=grades)

    def faults(self, standing: Standing) -> Iterator[Fault]:
        """Tell when the school does not run, has that use already, or its room is not known."""
        found = standing.not_running(self, self.school)
        kept = {s for s, grades in standing.of(self.school).items() if grades - self.ended_grades(s, grades)}
        if not found and self.to in kept:
            en, zh = STAGE_NAMES[self.to]
            told = Text(
                f"the school offers {en} already; enlarge it (expand).", f"该校已办{zh}；请改用扩容（expand）。"
            )
            found.append((None, told))
        if not found and self.seats is None and not standing.has_rooms(self.school):
            how = to_say("seats")
            told = Text(f"its classrooms are not known: say how many seats ({how}).", f"教室数未知：请注明 {how}。")
            found.append((None, told))
        yield from found
        if not found:
            standing.end(self, self.school)
            standing.begin(self.school, self.to)

    def apply(self, works: Works) -> None:
        """End the old offers and begin the new one, in the rooms that fall free where no seats were given."""
        rooms = works.end(self.school, self)
        works.begin(self.school, self.to, self.seats or rooms * ROOM_SEATS[self.to])


@dataclass(frozen=True, config=FROZEN)
class Pin(Edit):
    """Send the children of a place to one school, whatever the rule says."""

    place: str
    school: str
    do: Literal["pin"] = Field(default="pin", repr=False, kw_only=True)

    label: ClassVar[Text] = Text("pin", "指定")

    @property
    def receiver(self) -> str | None:
        return self.school

    @property
    def sends(self) -> str | None:
        return self.place

    @property
    def names(self) -> tuple[tuple[Kind, str], ...]:
        return ("school", self.school), ("place", self.place)

    def faults(self, standing: Standing) -> Iterator[Fault]:
        yield from standing.not_running(self, self.school)


@dataclass(frozen=True, config=FROZEN)
class Board(SchoolEdit):
    """Let the pupils of a school board who live farther than so many minutes (all, where left out).

    Those with the longest way come first, as many as there are `beds`. Grades 1 to 3 go home daily unless `grades`
    names them (国办发〔2018〕27号).
    """

    beyond_minutes: PositiveFloat | None = None
    beds: PositiveInt | None = None
    do: Literal["board"] = Field(default="board", repr=False, kw_only=True)

    label: ClassVar[Text] = Text("board", "寄宿")
    timed: ClassVar[bool] = False

    @property
    def carriage(self) -> Carriage | None:
        return Carriage("board", self.beyond_minutes, self.beds, LOWER_GRADES)


@dataclass(frozen=True, config=FROZEN)
class Bus(SchoolEdit):
    """Run a school bus to a school for the pupils who live farther than so many minutes (all, where left out).

    Those with the longest way come first, up to the `capacity`.
    """

    beyond_minutes: PositiveFloat | None = None
    capacity: PositiveInt | None = None
    do: Literal["bus"] = Field(default="bus", repr=False, kw_only=True)

    label: ClassVar[Text] = Text("bus", "校车")
    timed: ClassVar[bool] = False

    @property
    def carriage(self) -> Carriage | None:
        return Carriage("bus", self.beyond_minutes, self.capacity, ())


Written = Annotated[
    Close | Merge | Keep | Expand | Rebuild | Open | Convert | Pin | Board | Bus, Field(discriminator="do")
]
"""An edit as YAML writes it; a new class goes here."""

EDITS: tuple[type[Edit], ...] = get_args(get_args(Written)[0])
"""Every kind of edit."""

LABELS = {edit.do: edit.label for edit in EDITS}
"""The word for each kind, by its name in YAML."""
