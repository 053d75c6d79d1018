"""`Open`: a school opens on a candidate site, at a chosen point, or again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import InitVar
from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field, PositiveFloat
from pydantic.dataclasses import dataclass

from layout_planner.base.messages import Text
from layout_planner.base.notation import to_say
from layout_planner.scenario.edit import Edit, Kind
from layout_planner.scenario.points import site_at
from layout_planner.scenario.scope import FROZEN
from layout_planner.scenario.standing import Fault, Standing
from layout_planner.scenario.works import KINDS, Works
from layout_planner.study.stages import STAGES


@dataclass(frozen=True, config=FROZEN)
class Open(Edit):
    """Open a school on a candidate site of the study, at a chosen point, or reopen a closed one (`site` = its own id).

    `at` is (longitude, latitude) in degrees, WGS 84; the site is then called "new@longitude,latitude", as the live page
    calls a point that was clicked, and `solve` measures the ways to it. `school` is the new school's id; left out, the
    site's id. A school reopened for one `stage` gives up its others.
    """

    site: str = ""
    seats: PositiveFloat | None = None
    school: str | None = None
    name: str | None = None
    parent: str | None = None
    do: Literal["open"] = Field(default="open", repr=False, kw_only=True)
    at: InitVar[tuple[float, float] | None] = Field(default=None, kw_only=True)

    label: ClassVar[Text] = Text("open", "新建")
    builds: ClassVar[bool] = True

    def __post_init__(self, at: tuple[float, float] | None) -> None:
        if (at is None) == (not self.site):
            raise ValueError("give either site or at=(longitude, latitude) / site 与 at=(经度, 纬度) 二选一")
        if at is not None:
            object.__setattr__(self, "site", site_at(*at))

    @property
    def school_id(self) -> str:
        """The id the opened school bears."""
        return self.school or self.site

    @property
    def subject(self) -> str | None:
        return self.school_id

    @property
    def opens(self) -> str | None:
        return self.school_id

    @property
    def holds(self) -> str | None:
        return self.school_id

    @property
    def names(self) -> tuple[tuple[Kind, str], ...]:
        parents: tuple[tuple[Kind, str], ...] = () if self.parent is None else (("school", self.parent),)
        return (*parents, ("site", self.site))

    def faults(self, standing: Standing) -> Iterator[Fault]:
        """Tell when the site or the id is taken, or what the school offers is not known."""
        school, study = self.school_id, standing.study
        if self.parent is not None:
            yield from standing.not_open(self, self.parent)
        if self.site in standing.state and self.site not in study.sites.index:
            if school != self.site:
                yield None, Text("a school that reopens keeps its id.", "恢复办学的学校沿用原编号。")
            elif standing.state[school] == "open":
                yield standing.changed_by.get(school), Text("the school is open already.", "该校已在办。")
            else:
                yield from standing.reopen(self, school)
                if self.seats is not None:
                    for stage in standing.of(school):
                        standing.size_is_known(school, stage)
            return
        site = study.sites.loc[self.site]
        stage = self.stage if self.stage is not None else site.get("stage")
        if school in standing.state:
            yield standing.changed_by.get(school), Text("that id is taken.", "该编号已被占用。")
            return
        if stage not in STAGES:
            how = to_say("stage")
            yield None, Text(f"say which stage ({how}); the site does not.", f"该校址未写学段；请注明 {how}。")
            return
        if self.seats is None and not float(site["seats"] if pd.notna(site.get("seats")) else 0.0) > 0:
            how = to_say("seats")
            yield None, Text(f"say how many seats ({how}); the site does not.", f"该校址未写学位；请注明 {how}。")
        yield from standing.open(self, school, str(stage))

    def apply(self, works: Works) -> None:
        school = self.school_id
        if school in works.schools.index:
            works.reopen(school, self, self.seats)
            return
        site = works.study.sites.loc[self.site]
        stage = self.stage or str(site["stage"])
        told = {
            "name": self.name or (site["name"] if "name" in site and pd.notna(site["name"]) else school),
            "state": "open",
            "kind": KINDS.get(stage),
            "site_id": self.site,
            "township_id": site.get("township_id"),
            "parent_id": self.parent,
            "ownership": "public",
            "geometry": site["geometry"],
        }
        works.add_school(school, told)
        seats = self.seats if self.seats is not None else site["seats"]
        works.add_offer(school, stage, float(seats), self.grades)
