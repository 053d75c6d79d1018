"""What mergers do beyond the ledger: to the townships, the schools that take in, the classes, the quality, the town."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.units import in_units
from layout_planner.measures.distance import beyond_reach
from layout_planner.measures.load import class_table, classes_needed, school_table
from layout_planner.measures.mergers import ledger_detail
from layout_planner.measures.moved import NOWHERE
from layout_planner.plan import Plan, by_day
from layout_planner.policy import class_limit
from layout_planner.study import Study
from layout_planner.study.towns import in_town

EFFECT_COLUMNS = ("effect", "stage", "scope", "id", "name", "grade", "before", "after", "unit")
LEAST_CHANGE = 0.05
"""Points of a share below which a township counts as untouched."""

TOWN_LIMITS = (45.0, 50.0, 55.0)
"""Pupils a class: the limits of primary and junior school (教督〔2017〕6号), and one below a large class (56)."""

TOWN_SHARES = tuple(np.round(np.arange(0.0, 0.605, 0.01), 2).tolist())
"""0 to 60 % of the displaced families, the span seen in practice."""


@in_units()
def merger_effects(plan: Plan, stage: str | None = None) -> pd.DataFrame:
    """Tell what the mergers of a plan change, before and after.

    Parameters
    ----------
    plan
        A what-if with a base.
    stage
        One stage only; all in which a school ends where left out.

    Returns
    -------
    pd.DataFrame
        `EFFECT_COLUMNS`, rows only where schools end:

        - township_schools, township_within_reach: of each township that loses a school or pupils within reach its open
          schools of the stage, and the share of its day pupils within the rules' reach (%; NaN without such a rule);
        - roll, load: of each school that takes pupils in;
        - classes, largest_class: of each grade there;
        - quality: the mean `quality` of the school of each pupil who moves, and of all pupils (scope county).
    """
    detail = ledger_detail(plan, stage)
    parts = [pd.DataFrame(_of_stage(plan, s, rows)) for s, rows in detail.groupby("stage", sort=False)]
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=list(EFFECT_COLUMNS))
    return pd.concat(filled, ignore_index=True)[list(EFFECT_COLUMNS)]


@in_units()
def town_classes(
    plan: Plan, stage: str, schools: Sequence[str] | None = None, shares: Sequence[float] = TOWN_SHARES
) -> pd.DataFrame:
    """Show the classes in town when a share of the displaced families choose the town (随迁进城), not the school named.

    Parameters
    ----------
    plan
        A what-if with a base.
    stage
        The stage.
    schools
        The schools in town; those `in_town` where left out.
    shares
        Of the pupils whose school ends and who are sent to a school outside town.

    Returns
    -------
    pd.DataFrame
        Index share: pupils who come to town besides the plan, pupils in town, classes, class_size (mean), largest.
        Newcomers spread over the town's schools as the grade's pupils do; classes are formed by grade within the
        classrooms, and grow when the rooms are used up. Pupils are expected numbers, not rounded.
    """
    town = town_schools(plan.study, stage, schools)
    coming = _displaced(plan, stage, town).groupby("grade")["pupils"].sum()
    rolls = plan.assignments[stage].roll_by_grade()
    heads = rolls.loc[rolls.index.get_level_values("school_id").isin(town)].unstack("grade", fill_value=0.0)
    weights = heads / heads.sum().where(heads.sum() > 0)
    extra = weights.fillna(0.0) * coming.reindex(heads.columns, fill_value=0.0)
    limit = np.array([class_limit(plan.rules, stage, int(grade)) for grade in heads.columns])
    rooms = plan.study.offers["classrooms"].reindex([(school, stage) for school in heads.index]).to_numpy(dtype=float)
    rows = []
    for share in shares:
        now = heads + share * extra
        classes = pd.DataFrame(
            [classes_needed(now.loc[s], limit, r) for s, r in zip(now.index, rooms, strict=True)], index=now.index
        )
        size = now / classes.where(classes > 0)
        formed = float(classes.to_numpy().sum())
        total = float(now.to_numpy().sum())
        arrive = share * float(extra.to_numpy().sum())
        rows.append((arrive, total, formed, total / formed if formed else np.nan, float(np.nanmax(size.to_numpy()))))
    columns = ["comes", "pupils", "classes", "class_size", "largest"]
    return pd.DataFrame(rows, index=pd.Index(list(shares), name="share"), columns=columns)


@in_units(mean="pupils a class")
def town_limits(
    plan: Plan, stage: str, schools: Sequence[str] | None = None, limits: Sequence[float] = TOWN_LIMITS
) -> pd.DataFrame:
    """Find the share of displaced families at which classes in town pass a size.

    Returns
    -------
    pd.DataFrame
        Index limit (pupils a class); mean and largest: the least share, to one per cent, at which the mean class and
        the largest class are above it; 0 when they are already, NaN when not even at 60 %.
    """
    curve = town_classes(plan, stage, schools)
    table = {}
    for column, name in (("class_size", "mean"), ("largest", "largest")):
        first = [curve.index[curve[column] > limit + 1e-9] for limit in limits]
        table[name] = [float(shares[0]) if len(shares) else np.nan for shares in first]
    return pd.DataFrame(table, index=pd.Index(list(limits), name="limit"))


def displaced_to_country(plan: Plan, stage: str, schools: Sequence[str] | None = None) -> pd.DataFrame:
    """Give the rows of the ledger whose pupils change school and are not sent to one in town."""
    return _displaced(plan, stage, town_schools(plan.study, stage, schools))


def _displaced(plan: Plan, stage: str, town: pd.Index) -> pd.DataFrame:
    rows = ledger_detail(plan, stage)
    moves = (rows["from_school"] != rows["to_school"]) & (rows["to_school"] != NOWHERE)
    return rows.loc[moves & ~rows["to_school"].isin(town)]


def town_schools(study: Study, stage: str, schools: Sequence[str] | None = None) -> pd.Index:
    """Give the open schools of a stage in town, or those named.

    Raises
    ------
    DataError
        One is not open for the stage, or there is none.
    """
    offering = study.offering(stage)
    if schools is None:
        found = offering[in_town(study).reindex(offering).to_numpy(dtype=bool)]
    else:
        found = pd.Index(list(schools))
        unknown = found.difference(offering)
        if len(unknown):
            raise refuse(
                f"schools not open for {stage}: {', '.join(map(str, unknown[:10]))}",
                f"未开办 {stage} 的学校：{'、'.join(map(str, unknown[:10]))}",
                "name open schools of the stage",
                "请写该学段在办学校编号",
            )
    if not len(found):
        raise refuse(
            f"no school of {stage} stands in town",
            f"城区没有 {stage} 学校",
            "name the schools (schools=…), or give townships their urban_rural code",
            "请用 schools= 指明，或补充乡镇的城乡代码",
        )
    return found


def _of_stage(plan: Plan, stage: str, detail: pd.DataFrame) -> Iterator[dict[str, object]]:
    for row in (*_townships(plan, stage, detail), *_receivers(plan, stage, detail), *_quality(plan, stage, detail)):
        yield {"stage": stage, "grade": pd.NA, **row}


def _townships(plan: Plan, stage: str, detail: pd.DataFrame) -> Iterator[dict[str, object]]:
    base = plan.base
    assert base is not None
    if "township_id" not in plan.study.schools or "township_id" not in plan.study.places:
        return
    counts = [_count(p.study, stage) for p in (base, plan)]
    reach = [_within_reach(p, stage) for p in (base, plan)]
    homes = plan.study.places["township_id"].reindex(detail["place_id"]).dropna()
    touched = set(homes) | set(base.study.schools["township_id"].reindex(detail["from_school"]).dropna())
    for township in sorted(touched):
        name = plan.study.townships["name"].get(township, township)
        told = {"scope": "township", "id": township, "name": name}
        schools = tuple(float(count.get(township, 0)) for count in counts)
        shares = tuple(float(share.get(township, np.nan)) for share in reach)
        if schools[0] == schools[1] and not abs(shares[0] - shares[1]) > LEAST_CHANGE:
            continue
        for effect, (before, after), unit in (("schools", schools, "schools"), ("within_reach", shares, "%")):
            yield {**told, "effect": f"township_{effect}", "before": before, "after": after, "unit": unit}


def _count(study: Study, stage: str) -> pd.Series[int]:
    return study.schools["township_id"].reindex(study.offering(stage)).value_counts()


def _within_reach(plan: Plan, stage: str) -> pd.Series[float]:
    """Give the share of the day pupils of each township within the reach of the rules, in per cent."""
    flows = plan.assignments[stage].flows
    flows = flows.loc[by_day(flows)]
    far = pd.Series(False, flows.index)
    judged = pd.Series(False, flows.index)
    for unit in ("minutes", "metres"):
        beyond = beyond_reach(flows, plan.rules, unit)
        judged |= beyond.notna()
        far |= beyond.fillna(False).astype(bool)
    home = flows["place_id"].map(plan.study.places["township_id"])
    heads = flows["pupils"].where(judged, 0.0).groupby(home).sum()
    near = flows["pupils"].where(judged & ~far, 0.0).groupby(home).sum()
    return 100.0 * near / heads.where(heads > 0)


def _receivers(plan: Plan, stage: str, detail: pd.DataFrame) -> Iterator[dict[str, object]]:
    base = plan.base
    assert base is not None
    came = detail.loc[(detail["to_school"] != detail["from_school"]) & (detail["to_school"] != NOWHERE), "to_school"]
    receivers = sorted(set(came))
    tables = [school_table(p, stage).reindex(receivers) for p in (base, plan)]
    classes = [class_table(p, stage).set_index(["school_id", "grade"]) for p in (base, plan)]
    for school in receivers:
        told = {"scope": "school", "id": school, "name": plan.study.school_name(school)}
        for column, unit in (("roll", "pupils"), ("load", "1")):
            before, after = (float(table.at[school, column]) for table in tables)
            yield {**told, "effect": column, "before": before, "after": after, "unit": unit}
        for column, effect, unit in (("classes", "classes", "classes"), ("largest", "largest_class", "pupils")):
            for grade in plan.study.grades(stage):
                before, after = (float(table[column].get((school, grade), np.nan)) for table in classes)
                row = {**told, "effect": effect, "grade": grade, "before": before, "after": after, "unit": unit}
                yield row


def _quality(plan: Plan, stage: str, detail: pd.DataFrame) -> Iterator[dict[str, object]]:
    base = plan.base
    assert base is not None
    if "quality" not in base.study.offers or "quality" not in plan.study.offers:
        return
    marks = [p.study.offers.xs(stage, level="stage")["quality"].astype(float) for p in (base, plan)]
    moves = detail.loc[(detail["to_school"] != detail["from_school"]) & (detail["to_school"] != NOWHERE)]
    mine = [mark.reindex(moves[c]) for mark, c in zip(marks, ("from_school", "to_school"), strict=True)]
    both = (mine[0].notna().to_numpy() & mine[1].notna().to_numpy()).astype(bool)
    rolls = [p.assignments[stage].roll() for p in (base, plan)]
    everyone = [_mean(mark.reindex(roll.index), roll) for mark, roll in zip(marks, rolls, strict=True)]
    displaced = [_mean(mark[both], moves["pupils"][both]) for mark in mine]
    for name, (before, after) in (("displaced", displaced), ("all", everyone)):
        told = {"effect": "quality", "scope": "county", "id": name, "name": name}
        yield {**told, "before": before, "after": after, "unit": "points"}


def _mean(values: pd.Series[float], weights: pd.Series[float]) -> float:
    known = values.notna().to_numpy()
    heads = weights.to_numpy(dtype=float)[known]
    return float((values.to_numpy(dtype=float)[known] * heads).sum() / heads.sum()) if heads.sum() else float("nan")
