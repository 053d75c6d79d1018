"""What the checks look at, and how a finding is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.measures.load import class_table, school_table
from layout_planner.measures.moved import moved
from layout_planner.plan import Assignment, Plan
from layout_planner.policy import Rule, areas_of

OF_THE_STUDY = Text("the study's own figures", "本县上报数据")
"""The source of a finding no document is needed for: more pupils than seats, a child without a place."""

NO_DATA = Text("not checked: no data", "未检查：无数据")

NO_AREA = Text("urban_rural of the townships", "乡镇的城乡分类代码")

WITH_AREA = ("school", "place", "township")
"""Kinds of which it is known where they lie."""

COUNTY = "county"


@dataclass(frozen=True)
class Finding:
    """One row of the findings; see `FINDING_COLUMNS`. The name is put in when the table is made."""

    rule: str
    what: str
    stage: str
    kind: str
    id: str
    value: float
    limit: float
    unit: str
    pupils: float
    severity: str
    source: str
    excess: float
    overridden_because: str = ""


@dataclass(frozen=True)
class Unchecked:
    """One row of what could not be checked; see `UNCHECKED_COLUMNS`."""

    rule: str
    stage: str
    what: str
    missing: str
    source: str


Told = Iterator[Finding | Unchecked]


@dataclass(frozen=True, eq=False)
class Case:
    """One stage of a plan, with the tables several checks need, each worked out once."""

    plan: Plan
    stage: str

    @property
    def assignment(self) -> Assignment:
        """Who goes where."""
        return self.plan.assignments[self.stage]

    @cached_property
    def schools(self) -> pd.DataFrame:
        """Load of each open school (`school_table`)."""
        return school_table(self.plan, self.stage)

    @cached_property
    def classes(self) -> pd.DataFrame:
        """Classes of each school and grade (`class_table`)."""
        return class_table(self.plan, self.stage)

    @cached_property
    def offers(self) -> pd.DataFrame:
        """What each open school of the stage says of itself; index school_id."""
        offers = self.plan.study.offers
        mine = offers.loc[offers.index.get_level_values("stage") == self.stage].droplevel("stage")
        return mine.reindex(self.schools.index)

    def told(self, column: str) -> pd.Series[float]:
        """Give a number the open schools state for the stage; NaN where they do not."""
        if column not in self.offers:
            return pd.Series(np.nan, index=self.schools.index)
        return self.offers[column].astype(float)

    @cached_property
    def all_through(self) -> npt.NDArray[np.bool_]:
        """Mark schools that offer both stages of compulsory schooling; in the order of `schools`."""
        index = self.plan.study.offers.index
        one, two = (set(index[index.get_level_values("stage") == s].get_level_values(0)) for s in ("primary", "junior"))
        return np.asarray(self.schools.index.isin(one & two), dtype=bool)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Pupils whose school changes against the base (`moved`)."""
        return moved(self.plan, self.stage)

    @cached_property
    def closed(self) -> pd.Index[str]:
        """Schools of the base that offer the stage no more."""
        base = self.plan.base
        if base is None or self.stage not in base.assignments:
            return self.schools.index[:0]
        return base.study.offering(self.stage).difference(self.schools.index)

    @cached_property
    def displaced(self) -> pd.DataFrame:
        """Pupils whose school closed: the rows of `changes` that leave a closed one for an open one."""
        t = self.changes
        return t.loc[t["from_school"].isin(self.closed) & t["to_school"].isin(self.schools.index)]

    @cached_property
    def receivers(self) -> pd.Series[float]:
        """Pupils each open school takes from closed ones; index school_id."""
        return self.displaced.groupby("to_school")["pupils"].sum().rename_axis("school_id").sort_index()

    @cached_property
    def demand(self) -> pd.Series[float]:
        """Children of the stage by place."""
        return self.plan.study.demand(self.stage)

    @cached_property
    def school_areas(self) -> pd.Series[str]:
        """Whether each open school stands in the city, a town or the country; "" where not known."""
        return self.areas("school", self.schools.index)

    @cached_property
    def place_areas(self) -> pd.Series[str]:
        """Whether each place lies in the city, a town or the country; "" where not known."""
        return self.areas("place", self.plan.study.places.index)

    def areas(self, kind: str, ids: pd.Index[str]) -> pd.Series[str]:
        """Give the area of schools, places or townships (one that is gone: as the base has it); "" where not known."""
        study = self.plan.study
        if kind == "township":
            return areas_of(study, pd.Series(ids, index=ids, dtype=object))
        frames = [getattr(s, f"{kind}s") for s in (study, self.plan.base.study if self.plan.base else study)]
        homes = [frame["township_id"].reindex(ids) for frame in frames if "township_id" in frame]
        if not homes:
            return pd.Series("", index=ids, dtype="str")
        return areas_of(study, homes[0].where(homes[0].notna(), homes[-1]))

    def has(self, name: str) -> bool:
        """Tell whether any rule of that name concerns the stage."""
        return any(r.name == name and r.stage in (None, self.stage) for r in self.plan.rules.rules)

    def by_area(self, name: str) -> bool:
        """Tell whether the rule differs between city, town and country."""
        return any(r.name == name and r.area is not None and r.stage in (None, self.stage)
                   for r in self.plan.rules.rules)  # fmt: skip

    def scope(self, name: str) -> str:
        """Tell what the rule that counts is held against (`policy.rule.SCOPES`); "" where it does not say."""
        mine = (r for r in reversed(self.plan.rules.rules) if r.name == name and r.stage in (None, self.stage))
        return next((r.scope for r in mine if r.scope), "")

    def unchecked(self, name: str, missing: Text) -> Unchecked:
        """Say that a rule could not be checked, for want of which data."""
        rule = next((r for r in reversed(self.plan.rules.rules)
                     if r.name == name and r.stage in (None, self.stage)), None)  # fmt: skip
        source = rule.value.source if rule else str(OF_THE_STUDY)
        term = self.plan.rules.term(name)
        what = f"{NO_DATA} · {term.text}" if term else str(NO_DATA)
        return Unchecked(name, self.stage, what, str(missing), source)


def hold(
    case: Case,
    name: str,
    values: pd.Series[float],
    pupils: pd.Series[float] | Mapping[str, float],
    kind: str = "school",
    *,
    grade: int | None = None,
    what: Text | None = None,
    at_limit: bool = False,
) -> Told:
    """Hold values against a rule: a finding for each that breaks it, or breaks what it overrode.

    Parameters
    ----------
    case
        The stage.
    name
        The rule.
    values
        Index id; NaN is passed over.
    pupils
        How many each concerns, by id.
    kind
        What the ids are: of schools, places and townships it is known where they lie, should the rule hold for some
        areas only. What lies nobody knows where is said to be unchecked.
    grade
        Of which grade the rule is asked.
    what
        What is told; the rule's own words where left out.
    at_limit
        A value at the limit breaks it already (a large class begins at its number).
    """
    told_as = str(what or case.plan.rules.term(name) or name)
    heads = pd.Series(pupils, dtype=float).reindex(values.index).to_numpy(dtype=float)
    number = values.to_numpy(dtype=float)
    split = kind in WITH_AREA and case.by_area(name)
    area_of = case.areas(kind, values.index).to_numpy(dtype=object) if split else None
    if area_of is not None and ((area_of == "") & np.isfinite(number)).any():
        yield case.unchecked(name, NO_AREA)
    for area in dict.fromkeys(area_of) if area_of is not None else (None,):
        here = np.ones(len(number), dtype=bool) if area_of is None else area_of == area
        told = np.zeros(len(number), dtype=bool)
        for rule, reason in case.plan.rules.limits(name, case.stage, grade, area):
            limit = rule.value.value
            beyond = number - limit if rule.sense == "max" else limit - number
            broken = here & ~told & (beyond >= -1e-9 if at_limit else beyond > 1e-9)
            for at in np.flatnonzero(broken):
                yield cited(
                    case, rule, told_as, kind, str(values.index[at]), number[at], heads[at],
                    excess=max(beyond[at], 0.0), reason=reason,
                )  # fmt: skip
            told |= broken


def cited(
    case: Case, rule: Rule, what: str, kind: str, id: str, value: float, pupils: float, *, excess: float,
    limit: float | None = None, reason: str = "",
) -> Finding:  # fmt: skip
    """Make a finding of a rule."""
    bound = rule.value.value if limit is None else limit
    return Finding(
        rule.name, what, case.stage, kind, id, float(value), float(bound), rule.value.unit, float(pupils),
        rule.severity, rule.value.source, float(excess), reason,
    )  # fmt: skip


def hold_ratio(
    case: Case, name: str, top: pd.Series[float], bottom: pd.Series[float], *, data: Text | None = None
) -> Told:
    """Hold a ratio of two sums against a rule: of each school, or, where the rule binds the county, of all together.

    Parameters
    ----------
    top, bottom
        What is divided, by school; NaN or 0 below leaves a school out.
    data
        What is missing where a school does not tell it; None where that is said elsewhere.
    """
    given = top.isna() | bottom.isna()
    if data is not None:
        yield from some_missing(case, name, top + bottom, data)
    roll, counted = case.schools["roll"], ~given & (bottom > 0) & (case.schools["roll"] > 0)
    if case.scope(name) != "county":
        yield from hold(case, name, (top / bottom).where(counted), roll)
    elif counted.any():
        whole = float(top[counted].sum() / bottom[counted].sum())
        yield from hold(case, name, pd.Series({COUNTY: whole}), {COUNTY: float(roll[counted].sum())}, COUNTY)


def plain(
    case: Case, name: str, what: Text | str, kind: str, id: str, value: float, limit: float, unit: str, pupils: float,
    *, severity: str = "breach", source: Text | str = OF_THE_STUDY,
) -> Finding:  # fmt: skip
    """Make a finding no rule of a profile is needed for."""
    excess = abs(value - limit) if np.isfinite(value - limit) else float("nan")
    return Finding(
        name, str(what), case.stage, kind, id, float(value), float(limit) if np.isfinite(limit) else float("nan"),
        unit, float(pupils), severity, str(source), float(excess),
    )  # fmt: skip


def some_missing(case: Case, name: str, values: pd.Series[float], data: Text) -> Iterable[Unchecked]:
    """Say so where a rule's data are absent for all, or for some."""
    absent = int(values.isna().sum())
    if not case.has(name) or not absent:
        return
    everyone = len(values)
    if absent == everyone:
        yield case.unchecked(name, data)
    else:
        yield case.unchecked(
            name,
            Text(
                f"{data.en}: {absent} of {everyone} did not return it", f"{data.zh}：{everyone} 所中 {absent} 所未填报"
            ),
        )


Check = Callable[[Case], Told]
"""One or several rules held against a stage."""


def holds(*rules: str) -> Callable[[Check], Check]:
    """Mark a check with the rules it knows, where they stand in a profile alone and not in the catalogue of terms."""

    def mark(check: Check) -> Check:
        vars(check)["rules"] = rules
        return check

    return mark
