"""The scorecard of a plan, and plans side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.measures.balance import difference_coefficient, gini, theil
from layout_planner.measures.distance import beyond_reach, ways
from layout_planner.measures.load import school_table
from layout_planner.measures.moved import NOWHERE, moved
from layout_planner.plan import SCORE_COLUMNS, Plan, Scorecard

RESOURCES = (
    "teachers", "teachers_above_degree", "teachers_backbone", "teachers_arts",
    "area_teaching", "area_sports", "equipment_value", "network_rooms",
)  # fmt: skip
"""Raw quantities whose spread between schools is measured (the seven indicators of 教督〔2017〕6号, and teachers)."""

MOVES_WITH_PUPILS = ("teachers", "teachers_above_degree", "teachers_backbone", "teachers_arts", "equipment_value")
"""Of a closed school's resources these follow its pupils; buildings stay where they are."""

Row = tuple[str, str, str, str, float, str, str, float, object, str]


def score(plan: Plan) -> Scorecard:
    """Measure a plan: by stage, for the county, each township, school and place.

    Returns
    -------
    Scorecard
        Ways count pupils once and are those of the day pupils (boarders travel weekly); a township's ways are those of
        the children who live there, its load that of the schools that stand there.
    """
    rows: list[Row] = []
    for stage in plan.assignments:
        rows += _county(plan, stage)
        rows += _townships(plan, stage)
        rows += _schools(plan, stage)
        rows += _places(plan, stage)
    table = pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
    table["ok"] = table["ok"].astype("boolean")
    return Scorecard(table)


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
    order = list(dict.fromkeys(key for column in columns.values() for key in column.index))
    return joined.reindex(pd.MultiIndex.from_tuples(order, names=keys))


def _row(
    measure: str, stage: str, scope: str, id: str, value: float, unit: str, better: str = "", plan: Plan | None = None,
    rule: str = "",
) -> Row:  # fmt: skip
    limit, ok, source = float("nan"), pd.NA, ""
    if plan is not None and rule:
        found = plan.rules.find(rule, stage)
        if found is not None and not np.isnan(value):
            limit, source = found.value.value, found.value.source
            ok = value <= limit + 1e-9 if found.sense == "max" else value >= limit - 1e-9
    return (measure, stage, scope, id, float(value), unit, better, limit, ok, source)


def _county(plan: Plan, stage: str) -> Iterator[Row]:
    assignment, flows = plan.assignments[stage], plan.assignments[stage].flows
    placed = float(flows["pupils"].sum())
    unplaced = float(assignment.unplaced["pupils"].sum())
    schools = school_table(plan, stage)

    def row(measure: str, value: float, unit: str, better: str = "", rule: str = "") -> Row:
        return _row(measure, stage, "county", "", value, unit, better, plan, rule)

    yield row("pupils", placed + unplaced, "pupils")
    yield row("placed", placed, "pupils", "higher")
    yield row("unplaced", unplaced, "pupils", "lower")
    yield row("outside", float(assignment.outside["pupils"].sum()), "pupils")
    yield row("schools", len(schools), "schools")
    yield row("boarders", float(flows.loc[flows["how"] == "board", "pupils"].sum()), "pupils")
    flows = flows.loc[flows["how"] != "board"]
    yield from _ways(flows, stage, "county", "")
    for unit in ("minutes", "metres"):
        beyond = beyond_reach(flows, plan.rules, unit)
        if beyond.notna().any():
            judged = flows["pupils"].where(beyond.notna(), 0.0).sum()
            yield row(
                f"beyond_reach_{unit}",
                100.0 * flows["pupils"].where(beyond.fillna(False), 0.0).sum() / judged,
                "%",
                "lower",
            )
    finite = schools["seats"].replace(np.inf, np.nan)
    yield row("seats", float(finite.sum()), "seats")
    if finite.notna().any():
        yield row("load", float(schools.loc[finite.notna(), "roll"].sum() / finite.sum()), "1")
    yield row("over_full_schools", int((schools["over"] > 1e-6).sum()), "schools", "lower")
    yield row("over_full_pupils", float(schools["over"].sum()), "pupils", "lower")
    yield row("classes", float(schools["classes"].sum()), "classes")
    formed = schools["classes"].sum()
    yield row("class_size", float(schools["roll"].sum() / formed) if formed else np.nan, "pupils", "", "class_size")
    yield row("largest_class", float(schools["largest"].max()), "pupils", "lower", "class_size")
    yield row("large_classes", float(schools["large"].sum()), "classes", "lower")
    yield row("super_large_classes", float(schools["super_large"].sum()), "classes", "lower")
    if plan.base is not None and stage in plan.base.assignments:
        changes = moved(plan, stage)
        changes = changes.loc[(changes["from_school"] != NOWHERE) & (changes["to_school"] != NOWHERE)]
        share = 100.0 * changes["pupils"].sum() / placed if placed else np.nan
        yield row("pupils_moved", float(changes["pupils"].sum()), "pupils", "lower")
        yield row("share_moved", float(share), "%", "lower")
    yield from _balance(plan, stage, schools["roll"])


def _ways(flows: pd.DataFrame, stage: str, scope: str, id: str) -> Iterator[Row]:
    for unit, short in (("minutes", "min"), ("metres", "m")):
        for name, value in ways(flows, unit).items():
            yield _row(f"{unit}_{name}", stage, scope, id, value, short, "lower")


def resources_after(plan: Plan, stage: str, resource: str) -> pd.Series[float]:
    """Give a resource of the open schools of a stage after the plan; index school_id, NaN where not returned.

    Teachers and equipment of schools that closed follow their pupils in proportion (县管校聘: the teachers of merged
    schools first follow the pupils); buildings do not move.
    """
    offers = plan.study.offers.xs(stage, level="stage")[resource].astype(float)
    ids = plan.study.offering(stage)
    after = offers.reindex(ids)
    if plan.base is None or resource not in MOVES_WITH_PUPILS or stage not in plan.base.assignments:
        return after
    before = plan.base.study.offers.xs(stage, level="stage")[resource].astype(float)
    gone = plan.base.study.offering(stage).difference(ids)
    if not len(gone):
        return after
    changes = moved(plan, stage)
    changes = changes.loc[changes["from_school"].isin(gone) & changes["to_school"].isin(ids)]
    shares = changes.groupby(["from_school", "to_school"])["pupils"].sum()
    shares = shares / shares.groupby(level=0).transform("sum")
    follows = (shares * before.reindex(shares.index.get_level_values(0)).to_numpy()).groupby(level=1).sum()
    return after.add(follows.reindex(ids).fillna(0.0))


def _balance(plan: Plan, stage: str, roll: pd.Series[float]) -> Iterator[Row]:
    for resource in RESOURCES:
        if resource not in plan.study.offers:
            continue
        have = resources_after(plan, stage, resource)
        known = have.notna() & (roll > 0)
        if known.sum() < 2:
            continue
        for name, measure in (("difference", difference_coefficient), ("gini", gini), ("theil", theil)):
            rule = "difference_coefficient" if name == "difference" and resource != "teachers" else ""
            value = measure(have[known], roll[known])
            yield _row(f"{name}_{resource}", stage, "county", "", value, "1", "lower", plan, rule)


def _townships(plan: Plan, stage: str) -> Iterator[Row]:
    study, flows = plan.study, plan.assignments[stage].flows
    flows = flows.loc[flows["how"] != "board"]
    if "township_id" not in study.places:
        return
    home = flows["place_id"].map(study.places["township_id"])
    demand = study.demand(stage).groupby(study.places["township_id"]).sum()
    schools = school_table(plan, stage)
    stands = (
        schools.groupby(study.schools["township_id"].reindex(schools.index)) if "township_id" in study.schools else None
    )
    loads = stands[["roll", "seats", "over"]].sum() if stands is not None else None
    parts = dict(iter(flows.groupby(home)))
    for township in demand.index:
        yield _row("pupils", stage, "township", township, demand[township], "pupils")
        if township in parts:
            yield from _ways(parts[township], stage, "township", township)
        if loads is not None and township in loads.index:
            roll, seats, over = loads.loc[township]
            yield _row("roll", stage, "township", township, roll, "pupils")
            yield _row("seats", stage, "township", township, seats if np.isfinite(seats) else np.nan, "seats")
            yield _row("over_full_pupils", stage, "township", township, over, "pupils", "lower")


def _schools(plan: Plan, stage: str) -> Iterator[Row]:
    units = {
        "roll": ("pupils", "", "school_size"), "seats": ("seats", "", ""), "load": ("1", "", ""),
        "over": ("pupils", "lower", ""), "classes": ("classes", "", ""), "class_size": ("pupils", "", "class_size"),
        "largest": ("pupils", "lower", "class_size"), "large": ("classes", "lower", ""),
        "super_large": ("classes", "lower", ""), "minutes": ("min", "lower", ""), "metres": ("m", "lower", ""),
    }  # fmt: skip
    table = school_table(plan, stage)
    for measure, (unit, better, rule) in units.items():
        for school, value in table[measure].items():
            value = value if np.isfinite(value) else np.nan
            yield _row(measure, stage, "school", str(school), value, unit, better, plan, rule)


def _places(plan: Plan, stage: str) -> Iterator[Row]:
    flows = plan.assignments[stage].flows
    for unit, short in (("minutes", "min"), ("metres", "m")):
        has = flows.loc[flows[unit].notna() & (flows["how"] != "board")]
        heads = has.groupby("place_id")["pupils"].sum()
        sums = (has[unit] * has["pupils"]).groupby(has["place_id"]).sum()
        for place, value in (sums / heads).reindex(plan.study.places.index.intersection(heads.index)).items():
            yield _row(f"{unit}_mean", stage, "place", str(place), value, short, "lower")
