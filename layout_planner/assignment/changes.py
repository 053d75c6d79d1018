"""Which child changes school with which edit, and how many such children there are in a later autumn.

A plan says where children go before and after all its edits. Told apart by the edit that makes them move, each child
has one school before, one after, and one moment of change, whatever years the edits are given: nobody moves twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.base.proof import unproved
from layout_planner.cohorts import Forecast
from layout_planner.measures.matching import DUST, match_amounts
from layout_planner.measures.moved import moved
from layout_planner.plan import FLOW_COLUMNS, OUTSIDE_COLUMNS, UNPLACED_COLUMNS, Assignment, Plan
from layout_planner.scenario import Edit
from layout_planner.study import Study

STAYS = -1
"""Stands for an edit where a child keeps its school."""

_UNIT = ["place_id", "grade", "group"]
_SIDE = ["school_id", "how", "mode", "minutes", "metres", "reason"]


@dataclass(frozen=True, eq=False)
class Switch:
    """The children of one stage, before and after.

    Parameters
    ----------
    before, after
        The assignments.
    rows
        place_id ("" where the home is not known), grade, group, pupils today; school_id, how, minutes, metres and
        reason, each as `before_…` and `after_…` (school "" for children without a place); edit: the position of the
        edit they move with, `STAYS`, or the number of edits for moves no edit explains; since: for those who stay the
        autumn from which they come as `after` says (on foot, boarding, by bus); lag: autumns after the edit's in which
        the grade goes to the school of after, 0 but where pupils may finish where they are.
    growth
        Shape (rows, years): children of a later autumn for one of today.
    years
        The autumns.
    """

    before: Assignment
    after: Assignment
    rows: pd.DataFrame
    growth: Floats
    years: tuple[int, ...]

    @cached_property
    def edit(self) -> Positions:
        """The edit each row moves with."""
        return self.rows["edit"].to_numpy(dtype=np.intp)

    @cached_property
    def lag(self) -> Positions:
        """Autumns after its edit's in which each row switches."""
        return self.rows["lag"].to_numpy(dtype=np.intp)

    def pupils(self, year: int) -> Floats:
        """Give the children of each row in an autumn, not rounded."""
        return self.rows["pupils"].to_numpy(dtype=float) * self.growth[:, self.years.index(year)]

    def switched(self, year: int, year_of: Positions) -> Bools:
        """Tell who is at the school of after by an autumn, given the years of the edits and, last, of the rest."""
        stays = self.edit == STAYS
        since = self.rows["since"].to_numpy(dtype=np.intp)
        return np.where(stays, since, year_of[np.where(stays, 0, self.edit)] + self.lag) <= year

    def whole(self, year: int, now: Bools) -> Floats:
        """Give the children of each row in an autumn as whole numbers, where today's are whole.

        Rounded from the top (county, schools, grades, rows) by the largest remainder: no school has a child more than
        its share rounded up.
        """
        amounts = self.pupils(year)
        today = self.rows["pupils"].to_numpy(dtype=float)
        # Children of one place may come on foot and by bus: a row need not be whole, but a place's grade is.
        units = self.rows.groupby(_UNIT, sort=False)["pupils"].sum().to_numpy()
        if np.abs(units - np.round(units)).max(initial=0.0) > DUST or not len(today):
            return amounts
        school = pd.factorize(self.school(now))[0]
        grade = pd.factorize(self.rows["grade"])[0]
        room, in_room = np.unique(school * (grade.max() + 1) + grade, return_inverse=True)
        school_of_room = room // (grade.max() + 1)
        by_room: Floats = np.bincount(in_room, weights=amounts).astype(np.float64)
        by_school: Floats = np.bincount(school_of_room, weights=by_room).astype(np.float64)
        schools = deal(np.zeros(len(by_school), dtype=np.intp), by_school, np.round([by_school.sum()]))
        return deal(in_room, amounts, deal(school_of_room, by_room, schools))

    def school(self, now: Bools) -> np.ndarray:
        """Give the school of each row; `now` tells who has switched."""
        return np.where(now, self.rows["after_school_id"], self.rows["before_school_id"])

    def assignment(self, study: Study, pupils: Floats, now: Bools, like: Assignment) -> Assignment:
        """Make an assignment of the rows: each at its school of after where `now`, else of before."""
        side = {c: np.where(now, self.rows[f"after_{c}"], self.rows[f"before_{c}"]) for c in _SIDE}
        rows = self.rows[_UNIT].assign(stage=like.stage, pupils=pupils, **side).loc[pupils > DUST]
        rows = rows.astype({"minutes": float, "metres": float})
        home, placed = rows["place_id"] != "", rows["school_id"] != ""
        keys = ["place_id", "school_id", "grade", "group", "how", "mode"]
        sums = rows.loc[home & placed].groupby(keys, sort=False)
        flows = sums.agg(pupils=("pupils", "sum"), minutes=("minutes", "first"), metres=("metres", "first"))
        flows = flows.reset_index().assign(stage=like.stage)
        place, school = study.places.index, study.schools.index
        order = np.lexsort(
            [flows["how"], flows["group"], flows["grade"], school.get_indexer(flows["school_id"]),
             place.get_indexer(flows["place_id"])]
        )  # fmt: skip
        lost = rows.loc[~placed].assign(group=rows["group"].where(home, "local"))
        return like.with_(
            flows=flows.iloc[order].reset_index(drop=True)[list(FLOW_COLUMNS)],
            unplaced=_sums(lost, UNPLACED_COLUMNS),
            outside=_sums(rows.loc[placed & ~home], OUTSIDE_COLUMNS),
            proof=unproved("infeasible" if like.status == "infeasible" else "rule"), work={}, notes=(),
        )  # fmt: skip


def deal(key: Positions, amounts: Floats, totals: Floats) -> Floats:
    """Round amounts to whole numbers with a given sum for each key, by the largest remainder; ties to the earlier.

    Each total must lie between the sums of its amounts rounded down and up.
    """
    whole = np.floor(amounts + DUST)
    missing = np.round(totals - np.bincount(key, weights=whole, minlength=len(totals))).astype(np.intp)
    order = np.lexsort([np.arange(len(key)), -(amounts - whole), key])
    rank = np.arange(len(key)) - np.searchsorted(key[order], key[order], side="left")
    whole[order] += rank < missing[key[order]]
    return whole


def make_switch(
    plan: Plan, stage: str, edits: Sequence[Edit], shrinks: frozenset[int], growth: pd.DataFrame, finish: bool = False
) -> Switch:
    """Tell who of a stage changes school with which of the edits.

    Parameters
    ----------
    plan
        With its base.
    edits
        Those that are given a year, in the order they are carried out.
    shrinks
        Positions of the edits that leave their school fewer seats.
    growth
        Of `growth_of`: index (township_id, grade), columns years.
    finish
        Who is in a school may finish there: a grade switches when those who started elsewhere have grown into it.
    """
    assert plan.base is not None  # `phase` has refused such plans
    before, after = plan.base.assignments[stage], plan.assignments[stage]
    one, two = _entries(before), _entries(after)
    links = _links(plan, stage, one, two)
    rows = links.merge(_side(one, "before"), on=[*_UNIT, "before_school_id"], how="left", sort=False)
    rows = rows.merge(_side(two, "after"), on=[*_UNIT, "after_school_id"], how="left", sort=False)
    pupils = rows["pupils"] * rows["before_share"] * rows["after_share"]
    rows = rows.assign(pupils=pupils).drop(columns=["before_share", "after_share"])
    rows["edit"] = _edit_of(rows, stage, edits, shrinks)
    rows["lag"] = _lag_of(rows, plan.base.study, stage, edits, shrinks) if finish else 0
    orders = {e.subject: e.year for e in plan.scenario.edits if e.carriage is not None and e.concerns(stage)}
    rows["since"] = rows["after_school_id"].map(orders).astype(float).fillna(growth.columns[0]).astype(np.int64)
    home = rows["place_id"].map(plan.base.study.places["township_id"]).astype(object).fillna("")
    cell = growth.index.get_indexer(pd.MultiIndex.from_arrays([home, rows["grade"]]))
    factors = np.where(cell[:, None] >= 0, growth.to_numpy()[cell], 1.0)
    return Switch(before, after, rows, factors, tuple(int(year) for year in growth.columns))


def growth_of(study: Study, forecast: Forecast | None, variant: str, stage: str, years: Sequence[int]) -> pd.DataFrame:
    """Give children of later autumns for one of today; index (township_id, grade), "" for the county; columns years.

    The forecast's totals of a township are kept: where it has no children of a grade today, the other grades answer
    for them.
    """
    here = study.pupils.loc[study.pupils["stage"] == stage]
    home = here["place_id"].map(study.places["township_id"]).astype(object).fillna("").rename("township_id")
    townships = sorted(set(home) - {""})
    index = pd.MultiIndex.from_product([["", *townships], study.grades(stage)], names=["township_id", "grade"])
    now = here.groupby([home, "grade"])["pupils"].sum()
    county = pd.concat({"": here.groupby("grade")["pupils"].sum()}, names=["township_id"])
    now = pd.concat([now.drop("", errors="ignore"), county])
    now = now.reindex(index, fill_value=0.0).to_numpy(dtype=float).reshape(len(townships) + 1, -1)
    factors = np.ones((len(index), len(years)))
    if forecast is not None:
        table = forecast.table
        table = table.loc[(table["stage"] == stage) & (table["variant"] == variant)]
        wide = table.pivot_table(index=["township_id", "grade"], columns="year", values="pupils", aggfunc="sum")
        whole = pd.concat({"": wide.groupby(level="grade").sum()}, names=["township_id"])
        wide = pd.concat([whole, wide]).reindex(index, fill_value=0.0)
        for at, year in enumerate(years):
            if year not in wide:
                continue  # the study's own autumn
            then = wide[year].to_numpy(dtype=float).reshape(now.shape)
            covered = np.where(now > 0, then, 0.0)
            lift = then.sum(axis=1) / np.where(covered.sum(axis=1) > 0, covered.sum(axis=1), 1.0)
            factors[:, at] = (covered / np.where(now > 0, now, 1.0) * lift[:, None]).ravel()
    return pd.DataFrame(factors, index=index, columns=list(years))


def _entries(assignment: Assignment) -> pd.DataFrame:
    """Give all children: flows, those without a place (school ""), those whose home is not known (place "")."""
    nowhere = {"how": "", "mode": "", "minutes": np.nan, "metres": np.nan}
    unplaced = assignment.unplaced.assign(school_id="", **nowhere)
    unplaced["group"] = unplaced["group"].where(unplaced["place_id"] != "", "")
    outside = assignment.outside.assign(place_id="", group="", **nowhere)
    parts = [assignment.flows.assign(reason=""), unplaced, outside]
    filled = [part[[*_UNIT, *_SIDE, "pupils"]] for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0][[*_UNIT, *_SIDE, "pupils"]]


def _links(plan: Plan, stage: str, one: pd.DataFrame, two: pd.DataFrame) -> pd.DataFrame:
    """Pair the school before with the school after: those who stay, and those who move."""
    keys = [*_UNIT, "school_id"]
    had, has = one.groupby(keys)["pupils"].sum(), two.groupby(keys)["pupils"].sum()
    both = had.index.intersection(has.index)
    stay = np.minimum(had.loc[both], has.loc[both]).rename("pupils").reset_index()
    stay = stay.rename(columns={"school_id": "before_school_id"}).assign(after_school_id=stay["school_id"])
    moves = moved(plan, stage).rename(columns={"from_school": "before_school_id", "to_school": "after_school_id"})
    columns = [*_UNIT, "before_school_id", "after_school_id", "pupils"]
    parts = [stay[columns], moves[columns], _unknown_homes(one, two)[columns]]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _unknown_homes(one: pd.DataFrame, two: pd.DataFrame) -> pd.DataFrame:
    """Pair the pupils whose home is not known, grade by grade, in the order of school ids."""
    sums = [t.loc[t["place_id"] == ""].groupby(["grade", "school_id"])["pupils"].sum() for t in (one, two)]
    had, has = sums[0].align(sums[1], fill_value=0.0)
    change = (has - had).round(6).sort_index()
    left, right = -change[change < 0], change[change > 0]
    grades = np.unique(change.index.get_level_values("grade"))
    at, to, pupils = match_amounts(
        *(
            part
            for side in (left, right)
            for part in (np.searchsorted(grades, side.index.get_level_values("grade")), side.to_numpy(dtype=float))
        )
    )
    return pd.DataFrame(
        {
            "place_id": "",
            "grade": left.index.get_level_values("grade").to_numpy()[at],
            "group": "",
            "before_school_id": left.index.get_level_values("school_id").to_numpy()[at],
            "after_school_id": right.index.get_level_values("school_id").to_numpy()[to],
            "pupils": pupils,
        }
    )


def _side(entries: pd.DataFrame, name: str) -> pd.DataFrame:
    """Give the ways to a school with their share of a unit's children there, under the side's names."""
    keys = [*_UNIT, "school_id"]
    sums = entries.groupby([*keys, "how", "mode", "reason"], as_index=False, sort=False).agg(
        {"pupils": "sum", "minutes": "first", "metres": "first"}
    )
    sums["share"] = sums["pupils"] / sums.groupby(keys)["pupils"].transform("sum")
    return sums.drop(columns="pupils").rename(columns={c: f"{name}_{c}" for c in [*_SIDE, "share"]})


def _edit_of(rows: pd.DataFrame, stage: str, edits: Sequence[Edit], shrinks: frozenset[int]) -> Positions:
    """Give the position of the edit that moves each row.

    The edit that ends the school for the grade; else a pin of the place; else the one that takes seats from the school
    it leaves; else the one that builds where it goes; else the number of edits.
    """
    before, after = rows["before_school_id"].to_numpy(), rows["after_school_id"].to_numpy()
    place, grade = rows["place_id"].to_numpy(), rows["grade"].to_numpy()
    grades = set(grade.tolist())
    found, rank = np.full(len(rows), len(edits), dtype=np.intp), np.full(len(rows), 9)
    for at, edit in enumerate(edits):
        if not edit.concerns(stage):
            continue
        if edit.ends:  # of a campus no grade ends: its pupils stay
            mine, order = (before == edit.subject) & np.isin(grade, list(edit.ended_grades(stage, grades))), 0
        elif edit.sends is not None:
            mine = (place == edit.sends) & (after == edit.receiver) & np.isin(grade, list(edit.asked(grades)))
            order = 1
        elif edit.builds and at in shrinks:
            mine, order = before == edit.subject, 2
        elif edit.builds:
            mine, order = after == edit.subject, 3
        else:
            continue
        better = mine & (rank > order)
        found[better], rank[better] = at, order
    return np.where(before == after, STAYS, found)


def ending_grades(study: Study, edit: Edit, stage: str) -> tuple[int, ...]:
    """Give the grades of a stage that a school ends with an edit, ascending; none where the edit leaves the stage."""
    if (edit.subject, stage) not in study.offers.index:
        return ()
    return tuple(sorted(edit.ended_grades(stage, study.offers.at[(edit.subject, stage), "grades"])))


def _lag_of(rows: pd.DataFrame, study: Study, stage: str, edits: Sequence[Edit], shrinks: frozenset[int]) -> Positions:
    """Give the autumns until those who start elsewhere have grown into the grade; none for who must or may go now."""
    first = np.full(len(edits) + 1, study.grades(stage)[0])
    for at, edit in enumerate(edits):
        if edit.ends:
            first[at] = min(ending_grades(study, edit, stage), default=first[at])
    edit_of = rows["edit"].to_numpy(dtype=np.intp)
    lag = np.maximum(rows["grade"].to_numpy(dtype=np.intp) - first[edit_of], 0)
    at_once = (edit_of == STAYS) | np.isin(edit_of, list(shrinks)) | (rows["before_school_id"] == "").to_numpy()
    return np.where(at_once, 0, lag)


def _sums(rows: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    keys = [column for column in columns if column != "pupils"]
    if not len(rows):
        return rows[list(columns)]
    return rows.groupby(keys, sort=True)["pupils"].sum().reset_index()[list(columns)]
