"""`Template`: a reform as rules (“every upper school to town”), filled in for a county to give a scenario."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import ConfigDict, Field, PositiveFloat, PositiveInt, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from layout_planner.base.errors import ScenarioError, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.scenario.edit import Edit
from layout_planner.scenario.edits import Board, Expand, Merge, Site
from layout_planner.scenario.opening import Open
from layout_planner.scenario.reading import load_plain, readable
from layout_planner.scenario.scope import Stage
from layout_planner.scenario.types import Scenario
from layout_planner.scenario.works import ROOM_SEATS
from layout_planner.study import Study
from layout_planner.study.filters import FilterError, select_rows
from layout_planner.study.towns import in_town

SCHOOL_COLUMNS = (
    "school_id", "name", "kind", "category", "ownership", "area", "township_id", "township_schools", "roll", "seats",
    "load", "beds", "quality", "building", "size_rank", "next_metres", "receives",
)  # fmt: skip
"""What a step's `where` and `among` may ask of the open schools of its stage, at the point the template has reached.

area: "town" or "country"; township_schools: open schools of the stage in the township; load: roll / seats; size_rank: 1
for the largest; next_metres: straight to the next other school of all its grades; receives: pupils merged into it.
"""

_plain = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)


@dataclass(frozen=True, config=_plain)
class Step:
    """One rule of a template: which schools of a stage, and what becomes of them.

    Parameters
    ----------
    do
        "merge", "expand", "board", or "open" (the candidate sites of the stage).
    stage
        The stage.
    where
        Row filter over `SCHOOL_COLUMNS`; all where left out. It is asked anew after every edit, so that
        ``township_schools > 1`` leaves every township its last school.
    first, by
        So many schools only, the smallest by a column first.
    into, among, within
        merge: into the "nearest" or the "largest" school of `among` (a filter) that has the grades; one with so many
        "seats" or "beds" free, where there is one.
    site
        merge: see `Merge`.
    beyond_minutes
        board: see `Board`; as many as there are beds.
    reason
        Goes into the edits.
    """

    do: Literal["merge", "expand", "board", "open"]
    stage: Stage
    where: str | None = None
    first: PositiveInt | None = None
    by: str = "roll"
    into: Literal["nearest", "largest"] = "nearest"
    among: str | None = None
    within: Literal["seats", "beds"] | None = None
    site: Site = "closed"
    beyond_minutes: PositiveFloat | None = None
    reason: str | None = None


@dataclass(frozen=True, config=_plain)
class Template:
    """A reform as rules, to be filled in for any county.

    Parameters
    ----------
    name, note
        Go into the scenario.
    steps
        Carried out in order.
    """

    name: str
    steps: tuple[Step, ...] = Field(min_length=1)
    note: str = ""

    @classmethod
    def read(cls, name: str | os.PathLike[str]) -> Template:
        """Read a template of the package (by name, see `template_names`) or of the user's own (a YAML file).

        Raises
        ------
        ScenarioError
            No such template, or the file is none; every fault is named.
        """
        path = Path(name)
        if not path.is_file():
            path = _folder() / f"{name}.yaml"
        if not path.is_file():
            hint = did_you_mean(str(name), template_names())
            known = ", ".join(template_names())
            raise ScenarioError(
                str(
                    Text(
                        f'no template "{name}"{hint.en}; there are {known}, or give a .yaml file.',
                        f"没有模板“{name}”{hint.zh}；可用：{known}，或给出 .yaml 文件。",
                    )
                )
            )
        import yaml

        try:
            return TypeAdapter(cls).validate_python(load_plain(path.read_text(encoding="utf-8-sig")))
        except ValidationError as error:
            found = error.errors(include_url=False)
            faults = [f"{'.'.join(map(str, item['loc']))}: {readable(item).partition(': ')[2]}" for item in found]
            raise ScenarioError("\n".join([f"{path.name}:", *(f"  {fault}" for fault in faults)])) from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            told = Text("not a plain YAML file", "不是普通 YAML 文件")
            raise ScenarioError(f"{path.name}: {told}") from error

    def fill(self, study: Study) -> Scenario:
        """Give the scenario the template comes to in a county.

        Rolls are those returned; whoever is merged counts where he goes. A school that took others in does not end.

        Raises
        ------
        ScenarioError
            A filter that cannot be read, or asks for what is not in `SCHOOL_COLUMNS`.
        """
        work = _Filling(study)
        edits = [edit for step in self.steps for edit in work.carry_out(step)]
        return Scenario(self.name, edits, self.note)


def template_names() -> list[str]:
    """Name the templates that come with the package."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def _folder() -> Path:
    package = Path(__file__).parents[1]
    # Installed, the templates lie inside the package; in a checkout, in the folder data/ beside it.
    inside = package / "samples" / "templates"
    return inside if inside.is_dir() else package.parent / "data" / "templates"


class _Filling:
    """The county as the steps go by; lives for one `fill`."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.town = in_town(study)
        self.ended: dict[str, set[str]] = {}
        self.receives: dict[tuple[str, str], float] = {}
        self.protected: set[str] = set()
        self.seats: dict[tuple[str, str], float] = {}
        self.opened: set[str] = set()
        self.apart: dict[str, pd.DataFrame] = {}
        self.tables: dict[str, pd.DataFrame] = {}

    def carry_out(self, step: Step) -> Iterator[Edit]:
        if step.do == "open":
            yield from self.open(step)
            return
        deeds: dict[str, Callable[[Step, pd.Series], Edit | None]] = {
            "merge": self.merge, "expand": self.expand, "board": self.board,
        }  # fmt: skip
        done = 0
        for school in self.ordered(step):
            table = self.table(step.stage)
            if school not in self.chosen(step, table, step.where):
                continue
            edit = deeds[step.do](step, table.loc[school])
            if edit is not None:
                self.tables.clear()  # the next school finds the county as the edit leaves it
                yield edit
                done += 1
            if done == step.first:
                return

    def open(self, step: Step) -> Iterator[Edit]:
        sites = self.study.sites
        mine = sites.index[(sites["stage"] == step.stage).to_numpy(dtype=bool)] if "stage" in sites else sites.index
        for site in mine[: step.first]:
            if site not in self.opened:
                self.opened.add(str(site))
                yield Open(str(site), stage=step.stage, reason=step.reason)

    def merge(self, step: Step, row: pd.Series) -> Edit | None:
        school = str(row["school_id"])
        into = self.receiver(step, row)
        if school in self.protected or into is None:
            return None
        self.protected.add(into)
        pupils = 0.0 if pd.isna(row["roll"]) else float(row["roll"])
        if step.site == "campus":
            self.protected.add(school)
        else:
            self.ended.setdefault(step.stage, set()).add(school)
            self.receives[(into, step.stage)] = self.receives.get((into, step.stage), 0.0) + pupils
        return Merge(school, into=into, site=step.site, stage=step.stage, reason=step.reason)

    def expand(self, step: Step, row: pd.Series) -> Edit | None:
        """Enlarge a school by whole classes to hold its pupils; nothing where it does already."""
        room = ROOM_SEATS[step.stage]
        if not row["roll"] > row["seats"]:
            return None
        seats = float(row["seats"] + np.ceil((row["roll"] - row["seats"]) / room) * room)
        self.seats[(str(row["school_id"]), step.stage)] = seats
        return Expand(str(row["school_id"]), seats=seats, stage=step.stage, reason=step.reason)

    def board(self, step: Step, row: pd.Series) -> Edit | None:
        if not row["beds"] >= 1:
            return None
        return Board(
            str(row["school_id"]), beyond_minutes=step.beyond_minutes, beds=int(row["beds"]), stage=step.stage,
            reason=step.reason,
        )  # fmt: skip

    def receiver(self, step: Step, row: pd.Series) -> str | None:
        """Find where a school merges into: with room where there is some, else where most is."""
        table = self.table(step.stage)
        school = str(row["school_id"])
        grades = set(self.study.offers.at[(school, step.stage), "grades"])
        offered = self.study.offers["grades"]
        fit = [i for i in self.chosen(step, table, step.among) if grades <= set(offered[(i, step.stage)])]
        fit = [i for i in fit if i != school and table.at[i, "ownership"] != "private"]
        if not fit:
            return None
        metres = self.metres(school, fit)
        order = sorted(fit, key=lambda i: (-table.at[i, "roll"], i) if step.into == "largest" else (metres[i], i))
        if step.within is None:
            return order[0]
        free = table[step.within].fillna(np.inf if step.within == "seats" else 0.0)
        taken = table["roll"] if step.within == "seats" else table["receives"] + self.boarders(step.stage, table.index)
        left = free - taken.fillna(0.0)
        return next((i for i in order if left[i] >= row["roll"]), max(order, key=lambda i: (left[i], i)))

    def boarders(self, stage: str, schools: pd.Index) -> pd.Series[float]:
        offers = self.study.offers.xs(stage, level="stage")
        column = offers["boarders"] if "boarders" in offers else pd.Series(0.0, offers.index)
        return column.reindex(schools).fillna(0.0).astype(float)

    def metres(self, school: str, others: list[str]) -> pd.Series[float]:
        points = self.study.schools.geometry
        return points.loc[others].distance(points[school])

    def ordered(self, step: Step) -> list[str]:
        table = self.table(step.stage)
        if step.by not in SCHOOL_COLUMNS:
            hint = did_you_mean(step.by, SCHOOL_COLUMNS)
            raise ScenarioError(str(Text(f'by: "{step.by}" is unknown{hint.en}', f"by：“{step.by}”未知{hint.zh}")))
        return [str(i) for i in table.sort_values([step.by, "school_id"], kind="stable").index]

    def chosen(self, step: Step, table: pd.DataFrame, where: str | None) -> list[str]:
        if where is None or table.empty:
            return list(table.index)
        try:
            return list(table.index[select_rows(table, where)])
        except FilterError as error:
            raise ScenarioError(f"{step.do} {step.stage}: {error.text}") from error

    def table(self, stage: str) -> pd.DataFrame:
        """Give the open schools of a stage as they are by now; `SCHOOL_COLUMNS`."""
        if stage not in self.tables:
            self.tables[stage] = self.tabulate(stage)
        return self.tables[stage]

    def tabulate(self, stage: str) -> pd.DataFrame:
        """Put the table of a stage together."""
        study = self.study
        offering = study.offering(stage)
        ids = offering[~offering.isin(self.ended.get(stage, set()))]
        schools = study.schools.loc[ids]
        offers = study.offers.xs(stage, level="stage").reindex(ids) if len(ids) else study.offers.iloc[:0]
        nothing = pd.Series(None, ids, dtype="str")
        told = {c: schools.get(c, nothing) for c in ("name", "kind", "ownership", "township_id")}
        receives = pd.Series([self.receives.get((str(i), stage), 0.0) for i in ids], index=ids, dtype=float)
        seats = study.seats(stage).reindex(ids)
        seats = seats.where(np.isfinite(seats)).fillna(np.nan)
        seats = pd.Series([self.seats.get((str(i), stage), seats[i]) for i in ids], index=ids, dtype=float)
        roll = study.roll(stage).reindex(ids) + receives
        numbers = {c: offers[c].astype(float) if c in offers else pd.Series(np.nan, ids) for c in ("beds", "quality")}
        table = pd.DataFrame(
            {
                "school_id": ids.astype("str"),
                **told,
                "category": study.categories().reindex(ids),
                "area": np.where(self.town.reindex(ids).to_numpy(dtype=bool), "town", "country"),
                "township_schools": told["township_id"].map(told["township_id"].value_counts()).fillna(0).to_numpy(),
                "roll": roll,
                "seats": seats,
                "load": roll / seats,
                **numbers,
                "building": schools.get("building_grade", nothing),
                "size_rank": roll.rank(ascending=False, method="first"),
                "next_metres": self.next_metres(stage, ids),
                "receives": receives,
            },
            index=ids,
        )
        return table[list(SCHOOL_COLUMNS)].rename_axis(None)

    def next_metres(self, stage: str, ids: pd.Index) -> pd.Series[float]:
        """Give the straight way of each school to the next other one that has all its grades."""
        if stage not in self.apart:
            self.apart[stage] = self.ways(stage)
        apart = self.apart[stage].loc[ids, ids].to_numpy()
        nearest = apart.min(axis=1, initial=np.inf)
        return pd.Series(np.where(np.isfinite(nearest), nearest, np.nan), index=ids)

    def ways(self, stage: str) -> pd.DataFrame:
        """Give the straight metres from school to school; inf to itself and to one that lacks any of its grades."""
        ids = self.study.offering(stage)
        points = self.study.schools.geometry.loc[ids]
        xy = np.column_stack([points.x, points.y])
        apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        grades = self.study.grades(stage)
        has = np.array([[g in self.study.offers.at[(i, stage), "grades"] for g in grades] for i in ids], dtype=bool)
        has = has.reshape(len(ids), len(grades))
        lacks = (has[:, None, :] & ~has[None, :, :]).any(axis=2)
        apart[lacks | np.eye(len(ids), dtype=bool)] = np.inf
        return pd.DataFrame(apart, index=ids, columns=ids)
