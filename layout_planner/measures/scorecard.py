"""The scorecard of a plan, and plans side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.measures.balance import spread
from layout_planner.measures.distance import WAYS, beyond_reach, mean_by, ways_by
from layout_planner.measures.load import school_table
from layout_planner.measures.moved import NOWHERE, moved
from layout_planner.plan import SCORE_COLUMNS, Assignment, Plan, Scorecard
from layout_planner.policy import Rules
from layout_planner.scenario import Scenario
from layout_planner.study import Study
from layout_planner.travel.types import travel_for

MOVES = (("pupils_moved", "pupils"), ("share_moved", "%"))
"""What is measured against the base, and its unit."""

SCOPES = ("county", "township", "school", "place")

RESOURCES = (
    "teachers", "teachers_above_degree", "teachers_backbone", "teachers_arts",
    "area_teaching", "area_sports", "equipment_value", "network_rooms",
)  # fmt: skip
"""Raw quantities whose spread between schools is measured (the seven indicators of 教督〔2017〕6号, and teachers)."""

MOVES_WITH_PUPILS = (
    "teachers", "staff", "carers", "teachers_above_degree", "teachers_backbone", "teachers_arts", "equipment_value",
)  # fmt: skip
"""Of a closed school's resources these follow its pupils; buildings stay where they are."""

TEACHING_POINT = "218"
SMALL_POINT = 50
"""Teaching points under 50 pupils do not count in the difference coefficients (教督〔2017〕6号)."""


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
    rows = [(name, stage, "county", "", 0.0, unit, "lower", np.nan, pd.NA, "") for name, unit in MOVES]
    nobody = pd.DataFrame(rows, columns=list(SCORE_COLUMNS)).astype(mine.dtypes.to_dict())
    return pd.concat([mine.iloc[:at], nobody, mine.iloc[at:]])


def _table(plan: Plan, stage: str) -> pd.DataFrame:
    """Put the blocks of a stage under each other, each value held against its rule."""
    day = _Day.of(plan.study, plan.assignments[stage])
    blocks = [
        *_county(plan, stage, day),
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

    def each(texts: Sequence[str]) -> pd.Series[str]:
        return pd.Series(np.repeat(np.array(texts, dtype=object), counts), dtype="str")

    return pd.DataFrame(
        {
            "measure": each([block.measure for block in blocks]),
            "stage": pd.Series([stage] * len(value), dtype="str"),
            "scope": each([block.scope for block in blocks]),
            "id": pd.Series(np.concatenate([np.asarray(b.ids, dtype=object) for b in blocks]), dtype="str"),
            "value": value,
            "unit": each([block.unit for block in blocks]),
            "better": each([block.better for block in blocks]),
            "limit": limit,
            "ok": ok,
            "source": each(sources).where(~np.isnan(limit), ""),
        },
        columns=list(SCORE_COLUMNS),
    )


@dataclass(frozen=True, eq=False)
class _Day:
    """The flows of those who come by day, as arrays; `place` is the position in the study."""

    flows: pd.DataFrame
    pupils: npt.NDArray[np.float64]
    minutes: npt.NDArray[np.float64]
    metres: npt.NDArray[np.float64]
    place: npt.NDArray[np.intp]

    @classmethod
    def of(cls, study: Study, assignment: Assignment) -> _Day:
        flows = assignment.flows
        flows = flows.loc[(flows["how"] != "board").to_numpy(dtype=bool)]
        pupils, minutes, metres = (flows[name].to_numpy(dtype=np.float64) for name in ("pupils", "minutes", "metres"))
        return cls(flows, pupils, minutes, metres, study.places.index.get_indexer(flows["place_id"]))

    def ways(self, group: npt.NDArray[np.intp], scope: str, ids: Sequence[str] | pd.Index) -> Iterator[_Block]:
        for unit, short in (("minutes", "min"), ("metres", "m")):
            found = ways_by(getattr(self, unit), self.pupils, group, len(ids))
            for column, name in enumerate(WAYS):
                yield _Block(f"{unit}_{name}", scope, ids, found[:, column], short, "lower")


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


def _county(plan: Plan, stage: str, day: _Day) -> Iterator[_Block]:
    assignment = plan.assignments[stage]
    placed, unplaced = float(assignment.flows["pupils"].sum()), float(assignment.unplaced["pupils"].sum())
    schools = school_table(plan, stage)

    def one(measure: str, value: float, unit: str, better: str = "", rule: str = "") -> _Block:
        return _Block(measure, "county", ("",), np.array([value], dtype=np.float64), unit, better, rule)

    yield one("pupils", placed + unplaced, "pupils")
    yield one("placed", placed, "pupils", "higher")
    yield one("unplaced", unplaced, "pupils", "lower")
    yield one("outside", float(assignment.outside["pupils"].sum()), "pupils")
    yield one("schools", len(schools), "schools")
    yield one("boarders", placed - float(day.pupils.sum()), "pupils")
    yield from day.ways(np.zeros(len(day.pupils), dtype=np.intp), "county", ("",))
    mode = travel_for(plan.travel, stage).mode if plan.travel else ""
    for unit in ("minutes", "metres"):
        beyond = beyond_reach(day.flows, plan.rules, unit, mode)
        judged = float(day.pupils[beyond.notna().to_numpy()].sum())
        if judged:
            far = float(day.pupils[beyond.fillna(False).to_numpy(dtype=bool)].sum())
            yield one(f"beyond_reach_{unit}", 100.0 * far / judged, "%", "lower")
            yield one(f"beyond_reach_{unit}_pupils", far, "pupils", "lower")
            yield one(f"held_to_reach_{unit}_pupils", judged, "pupils")
    finite = np.isfinite(schools["seats"])
    seats = float(schools.loc[finite, "seats"].sum())
    yield one("seats", seats, "seats")
    if seats:
        yield one("load", float(schools.loc[finite, "roll"].sum()) / seats, "1")
    yield one("over_full_schools", int((schools["over"] > 1e-6).sum()), "schools", "lower")
    yield one("over_full_pupils", float(schools["over"].sum()), "pupils", "lower")
    formed = float(schools["classes"].sum())
    yield one("classes", formed, "classes")
    yield one("class_size", float(schools["roll"].sum()) / formed if formed else np.nan, "pupils", "", "class_size")
    yield one("largest_class", float(schools["largest"].max()), "pupils", "lower", "class_size")
    yield one("large_classes", float(schools["large"].sum()), "classes", "lower")
    yield one("super_large_classes", float(schools["super_large"].sum()), "classes", "lower")
    if plan.base is not None and stage in plan.base.assignments:
        changes = moved(plan, stage)
        both = (changes["from_school"] != NOWHERE) & (changes["to_school"] != NOWHERE)
        number = float(changes.loc[both, "pupils"].sum())
        share = 100.0 * number / placed if placed else np.nan
        if plan.base.assignments[stage].method == "assumed" and not plan.assignments[stage].stays:
            number = share = np.nan  # two ways of sending everyone differ, but nobody is known to move
        for (name, unit), value in zip(MOVES, (number, share), strict=True):
            yield one(name, value, unit, "lower")
    for name, resource, value in balances(plan, stage):
        rule = "difference_coefficient" if name == "difference" and resource != "teachers" else ""
        yield one(f"{name}_{resource}", value, "1", "lower", rule)


def resources_after(plan: Plan, stage: str, resource: str) -> pd.Series[float]:
    """Give a resource of the open schools of a stage after the plan; index school_id, NaN where not returned.

    Teachers and equipment of schools that closed follow their pupils in proportion (县管校聘: the teachers of merged
    schools first follow the pupils); buildings do not move.
    """
    return all_resources_after(plan, stage, [resource])[resource]


def all_resources_after(plan: Plan, stage: str, resources: list[str]) -> pd.DataFrame:
    """Give some resources of the open schools after the plan, as `resources_after` does."""
    ids = plan.study.offering(stage)
    after = _of_stage(plan.study, stage).reindex(index=ids, columns=resources).astype(float)
    shares = _followed(plan, stage)
    moving = [name for name in resources if name in MOVES_WITH_PUPILS]
    if shares is None or plan.base is None or not moving:
        return after
    before = _of_stage(plan.base.study, stage).reindex(columns=moving).astype(float)
    carried = before.reindex(shares.index.get_level_values(0)).to_numpy() * shares.to_numpy()[:, None]
    arrives = pd.DataFrame(carried, index=shares.index, columns=moving).groupby(level=1).sum()
    after[moving] = after[moving] + arrives.reindex(ids).fillna(0.0)
    return after


def _followed(plan: Plan, stage: str) -> pd.Series[float] | None:
    """Give the share of each closed school's pupils that went to each open one, index (from, to); None without any."""
    if plan.base is None or stage not in plan.base.assignments:
        return None
    ids = plan.study.offering(stage)
    gone = plan.base.study.offering(stage).difference(ids)
    if not len(gone):
        return None
    changes = moved(plan, stage)
    changes = changes.loc[changes["from_school"].isin(gone) & changes["to_school"].isin(ids)]
    shares = changes.groupby(["from_school", "to_school"])["pupils"].sum()
    return shares / shares.groupby(level=0).transform("sum")


def _of_stage(study: Study, stage: str) -> pd.DataFrame:
    return study.offers.loc[study.offers.index.get_level_values("stage") == stage].droplevel("stage")


def balances(plan: Plan, stage: str) -> list[tuple[str, str, float]]:
    """Give (difference | gini | theil, resource, value) for every resource that two schools or more returned."""
    base = plan.base if plan.base is not None and stage in plan.base.assignments else None
    return _balances(
        plan.study,
        None if base is None else base.study,
        plan.rules,
        plan.assignments[stage],
        None if base is None else base.assignments[stage],
    )


@lru_cache(maxsize=32)
def _balances(
    study: Study, before: Study | None, rules: Rules, assignment: Assignment, old: Assignment | None
) -> list[tuple[str, str, float]]:
    # Asked for by the scorecard and by the findings: the plan is put together again from what the answer depends on.
    stage = assignment.stage
    plan = Plan("", study, {}, rules, Scenario(), {stage: assignment})
    if before is not None and old is not None:
        plan = plan.with_(base=Plan("", before, {}, rules, Scenario(), {stage: old}))
    roll = school_table(plan, stage)["roll"]
    kinds = study.schools["kind"].reindex(roll.index).astype("string").fillna("")
    counts = (roll > 0) & ~((kinds == TEACHING_POINT) & (roll < SMALL_POINT)).to_numpy(dtype=bool)
    resources = [resource for resource in RESOURCES if resource in study.offers]
    table = all_resources_after(plan, stage, resources)
    answer = []
    heads = roll.to_numpy(dtype=float)
    for resource in resources:
        have = table[resource].to_numpy(dtype=float)
        known = ~np.isnan(have) & counts.to_numpy(dtype=bool)
        if known.sum() < 2:
            continue
        values = spread(have[known] / heads[known], heads[known] / heads[known].sum())
        answer += [(name, resource, value) for name, value in zip(("difference", "gini", "theil"), values, strict=True)]
    return answer


def _townships(plan: Plan, stage: str, day: _Day) -> Iterator[_Block]:
    study = plan.study
    if "township_id" not in study.places:
        return
    home, townships = pd.factorize(study.places["township_id"], sort=True)
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
    stands = townships.get_indexer(study.schools["township_id"].reindex(schools.index))
    own = np.bincount(stands[stands >= 0], minlength=count) > 0
    loads = {
        "roll": ("roll", "pupils", ""),
        "seats": ("seats", "seats", ""),
        "over": ("over_full_pupils", "pupils", "lower"),
    }
    for column, (measure, unit, better) in loads.items():
        amounts = schools[column].to_numpy(dtype=np.float64)
        sums = np.bincount(stands[stands >= 0], amounts[stands >= 0], count)
        yield _Block(measure, "township", townships[own], np.where(np.isfinite(sums), sums, np.nan)[own], unit, better)


def _schools(plan: Plan, stage: str) -> Iterator[_Block]:
    units = {
        "roll": ("pupils", "", "school_size"), "seats": ("seats", "", ""), "load": ("1", "", ""),
        "over": ("pupils", "lower", ""), "classes": ("classes", "", ""), "class_size": ("pupils", "", "class_size"),
        "largest": ("pupils", "lower", "class_size"), "large": ("classes", "lower", ""),
        "super_large": ("classes", "lower", ""), "minutes": ("min", "lower", ""), "metres": ("m", "lower", ""),
    }  # fmt: skip
    table = school_table(plan, stage)
    for measure, (unit, better, rule) in units.items():
        values = table[measure].to_numpy(dtype=np.float64)
        yield _Block(measure, "school", table.index, np.where(np.isfinite(values), values, np.nan), unit, better, rule)


def _places(plan: Plan, day: _Day) -> Iterator[_Block]:
    for unit, short in (("minutes", "min"), ("metres", "m")):
        mean = mean_by(getattr(day, unit), day.pupils, day.place, len(plan.study.places))
        known = ~np.isnan(mean)
        yield _Block(f"{unit}_mean", "place", plan.study.places.index[known], mean[known], short, "lower")
