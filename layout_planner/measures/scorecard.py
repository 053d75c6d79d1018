"""The scorecard of a plan, and plans side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.labels import positions, texts
from layout_planner.base.units import in_units
from layout_planner.measures.catalogue import SCHOOL, measures_named, shown_in
from layout_planner.measures.distance import WAYS, mean_by, ways_by
from layout_planner.measures.load import school_table
from layout_planner.measures.sent import Sent
from layout_planner.plan import SCORE_COLUMNS, Assignment, Plan, Scorecard
from layout_planner.plan.coded import day_flows
from layout_planner.study import Study

SCOPES = ("county", "township", "school", "place")


@dataclass(frozen=True, eq=False)
class _Block:
    """One measure of one scope: a value for each id."""

    measure: str
    scope: str
    ids: Sequence[str] | pd.Index
    values: npt.NDArray[np.float64]
    unit: str
    better: str = ""
    rule: str = ""


def score(plan: Plan) -> Scorecard:
    """Measure a plan: by stage, for the county, each township, school and place.

    Returns
    -------
    Scorecard
        Ways count pupils once and are those of the day pupils (boarders travel weekly); a township's ways are those of
        the children who live there, its load that of the schools that stand there.
    """
    parts = [
        _as_before(plan, stage) if same_as_base(plan, stage) else _table(plan, stage) for stage in plan.assignments
    ]
    if len(parts) == 1:
        whole = isinstance(parts[0].index, pd.RangeIndex)
        return Scorecard(parts[0] if whole else parts[0].reset_index(drop=True))
    filled = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(SCORE_COLUMNS))
    return Scorecard(filled.astype({"value": np.float64, "limit": np.float64, "ok": "boolean"}))


def same_as_base(plan: Plan, stage: str) -> bool:
    """Tell whether a what-if left a stage untouched: `solve` then hands on the very tables of the base."""
    if plan.base is None or stage not in plan.base.assignments or plan.base.rules is not plan.rules:
        return False
    one, two = plan.assignments[stage], plan.base.assignments[stage]
    return one.flows is two.flows and one.unplaced is two.unplaced and one.outside is two.outside


def _as_before(plan: Plan, stage: str) -> pd.DataFrame:
    """Give the base's measures of a stage nothing changed in; nobody moved."""
    assert plan.base is not None
    mine = plan.base.scorecard.table
    mine = mine.loc[mine["stage"] == stage]
    at = int(np.flatnonzero((mine["measure"] == "super_large_classes") & (mine["scope"] == "county"))[0]) + 1
    changes = [measure for measure in shown_in("scorecard") if measure.change]
    rows = [(m.name, stage, "county", "", 0.0, m.unit, m.better, np.nan, pd.NA, "") for m in changes]
    nobody = pd.DataFrame(rows, columns=list(SCORE_COLUMNS)).astype(mine.dtypes.to_dict())
    return pd.concat([mine.iloc[:at], nobody, mine.iloc[at:]])


def _table(plan: Plan, stage: str) -> pd.DataFrame:
    """Put the blocks of a stage under each other, each value held against its rule."""
    day = _Day.of(plan.study, plan.assignments[stage])
    blocks = [
        *_county(plan, stage),
        *_townships(plan, stage, day),
        *_schools(plan, stage),
        *_places(plan, day),
    ]
    counts = [len(block.ids) for block in blocks]
    value = np.concatenate([block.values for block in blocks])
    limits, signs, sources = [], [], []
    for block in blocks:
        rule = plan.rules.find(block.rule, stage) if block.rule else None
        limits.append(np.nan if rule is None else rule.value.value)
        signs.append(1.0 if rule is None or rule.sense == "max" else -1.0)
        sources.append("" if rule is None else rule.value.source)
    limit = np.where(np.isnan(value), np.nan, np.repeat(limits, counts))
    ok = pd.array((value - limit) * np.repeat(signs, counts) <= 1e-9, dtype="boolean")
    ok[np.isnan(limit)] = pd.NA

    at = np.repeat(np.arange(len(blocks)), counts)

    def each(told: Sequence[str]) -> Any:
        return texts(told, at)

    first: dict[int, int] = {}  # many blocks tell of the same schools or places: their texts are put together once
    known: list[Sequence[str] | pd.Index] = []
    for block in blocks:
        if id(block.ids) not in first:
            first[id(block.ids)] = sum(map(len, known))
            known.append(block.ids)
    ids = np.concatenate([first[id(block.ids)] + np.arange(len(block.ids)) for block in blocks])
    return pd.DataFrame(
        {
            "measure": each([block.measure for block in blocks]),
            "stage": texts([stage], np.zeros(len(value), dtype=np.intp)),
            "scope": each([block.scope for block in blocks]),
            "id": texts(np.concatenate([np.asarray(told, dtype=object) for told in known]), ids),
            "value": value,
            "unit": each([block.unit for block in blocks]),
            "better": each([block.better for block in blocks]),
            "limit": limit,
            "ok": ok,
            "source": texts([*sources, ""], np.where(np.isnan(limit), len(sources), at)),
        },
        columns=list(SCORE_COLUMNS),
    )


@dataclass(frozen=True, eq=False)
class _Day:
    """The flows of those who come by day, as arrays; `place` is the position in the study."""

    pupils: npt.NDArray[np.float64]
    minutes: npt.NDArray[np.float64]
    metres: npt.NDArray[np.float64]
    place: npt.NDArray[np.intp]

    @classmethod
    def of(cls, study: Study, assignment: Assignment) -> _Day:
        day = day_flows(assignment)
        at = positions(study.places.index, day.place.known)
        return cls(day.pupils, day.minutes, day.metres, at[day.place.at] if len(at) else day.place.at)

    def ways(self, group: npt.NDArray[np.intp], scope: str, ids: Sequence[str] | pd.Index) -> Iterator[_Block]:
        for unit, short in (("minutes", "min"), ("metres", "m")):
            found = ways_by(getattr(self, unit), self.pupils, group, len(ids))
            for column, name in enumerate(WAYS):
                yield _Block(f"{unit}_{name}", scope, ids, found[:, column], short, "lower")


@in_units()
def compare(plans: Sequence[Plan], scope: str = "county") -> pd.DataFrame:
    """Set plans side by side.

    Parameters
    ----------
    plans
        At least one; names that occur twice are numbered.
    scope
        "county", "township", "school" or "place".

    Returns
    -------
    pd.DataFrame
        Index (stage, measure, unit), for a scope below the county also id; one column a plan, in the order given.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> what = lp.Scenario("merger", [lp.Merge("P037", into="P036"), lp.Expand("P036", seats=1350)])
    >>> plan = lp.solve(study, ways, scenario=what, stage="primary")
    >>> table = lp.compare([plan.base, plan]).loc["primary"]
    >>> table.loc[["pupils", "unplaced", "schools", "pupils_moved"]]
                            today   merger
    measure      unit
    pupils       pupils   56000.0  56000.0
    unplaced     pupils       0.0      0.0
    schools      schools    104.0    103.0
    pupils_moved pupils       NaN    294.0
    """
    if scope not in SCOPES:
        hint = did_you_mean(scope, SCOPES)
        raise refuse(
            f'scope="{scope}" is unknown{hint.en}',
            f"scope=“{scope}”未知{hint.zh}",
            f"use one of {', '.join(SCOPES)}",
            f"可用：{'、'.join(SCOPES)}",
        )
    if not plans:
        raise refuse("no plans to compare", "没有可比较的方案", "give at least one", "请至少给一个")
    keys = ["stage", "measure", "unit"] if scope == "county" else ["stage", "id", "measure", "unit"]
    columns: dict[str, pd.Series[float]] = {}
    for plan in plans:
        name, number = plan.name, 1
        while name in columns:
            number += 1
            name = f"{plan.name} ({number})"
        mine = plan.scorecard.table
        columns[name] = mine.loc[mine["scope"] == scope].set_index(keys)["value"]
    joined = pd.concat(columns, axis=1, sort=False)
    order = pd.concat([column.index.to_frame() for column in columns.values()]).drop_duplicates()
    return joined.reindex(pd.MultiIndex.from_frame(order, names=keys))


def _county(plan: Plan, stage: str) -> Iterator[_Block]:
    sent = Sent.of(plan, stage)
    for measure in shown_in("scorecard"):
        value = None if measure.formula is None else measure.formula(sent)
        if value is not None:
            values = np.array([value], dtype=np.float64)
            yield _Block(measure.name, "county", ("",), values, measure.unit, measure.better, measure.rule)


def _townships(plan: Plan, stage: str, day: _Day) -> Iterator[_Block]:
    study = plan.study
    if "township_id" not in study.places:
        return
    home, townships = study.townships_of_places()
    if not len(townships):
        return
    demand = study.demand(stage).to_numpy(dtype=np.float64)
    count = len(townships)
    living = np.bincount(home[home >= 0], demand[home >= 0], count).astype(np.float64)
    yield _Block("pupils", "township", townships, living, "pupils")
    yield from day.ways(np.where(day.place >= 0, home[day.place], -1), "township", townships)
    if "township_id" not in study.schools:
        return
    schools = school_table(plan, stage)
    stands = positions(townships, study.schools["township_id"].take(positions(study.schools.index, schools.index)))
    own = np.bincount(stands[stands >= 0], minlength=count) > 0
    loads = (("roll", "roll"), ("seats", "seats"), ("over", "over_full_pupils"))
    for column, name in loads:
        amounts = schools[column].to_numpy(dtype=np.float64)
        sums = np.bincount(stands[stands >= 0], amounts[stands >= 0], count)
        known = np.where(np.isfinite(sums), sums, np.nan)[own]
        said = measures_named(name)[0]
        yield _Block(name, "township", townships[own], known, said.unit, said.better)


def _schools(plan: Plan, stage: str) -> Iterator[_Block]:
    table = school_table(plan, stage)
    for m in SCHOOL:
        values = table[m.name].to_numpy(dtype=np.float64)
        yield _Block(
            m.name, "school", table.index, np.where(np.isfinite(values), values, np.nan), m.unit, m.better, m.rule
        )


def _places(plan: Plan, day: _Day) -> Iterator[_Block]:
    for unit, short in (("minutes", "min"), ("metres", "m")):
        mean = mean_by(getattr(day, unit), day.pupils, day.place, len(plan.study.places))
        known = ~np.isnan(mean)
        yield _Block(f"{unit}_mean", "place", plan.study.places.index[known], mean[known], short, "lower")
