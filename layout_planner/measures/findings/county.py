"""Checks of the county as a whole: balance between schools, admission, migrants, pre-school, the disabled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.base.units import in_units
from layout_planner.measures.balance import difference_coefficient
from layout_planner.measures.districts import difference_inside
from layout_planner.measures.findings.case import COUNTY, NO_AREA, Case, Finding, Told, hold, plain
from layout_planner.measures.findings.groups import OWN_LINE, group_names
from layout_planner.measures.indicators import COMPULSORY, plan_indicators, school_verdicts
from layout_planner.measures.load import class_table
from layout_planner.measures.resources import balances, resources_after
from layout_planner.plan import Plan, by_day, lacks_school
from layout_planner.study.indicators import INDICATORS
from layout_planner.study.tidy import MIGRANT

BASIC_EIGHT = (
    "area_teaching", "area_sports", "equipment_value", "computers", "books", "teachers", "teachers_above_degree",
    "teachers_middle_title",
)  # fmt: skip
"""The eight of 教督〔2012〕3号 (from memory): their mean coefficient is told only where all eight are returned."""


def check_balance(case: Case) -> Told:
    """Difference coefficients of the county and of each management district."""
    roll = case.schools["roll"]
    total = pd.Series(float(roll.sum()), index=[*INDICATORS, COUNTY])
    if case.has("difference_coefficient"):
        found = {r: v for n, r, v in balances(case.plan, case.stage) if n == "difference" and r in INDICATORS}
        absent = [str(text) for name, text in INDICATORS.items() if name not in found]
        if absent:
            yield case.unchecked("difference_coefficient", Text(", ".join(absent), "、".join(absent)))
        for name, value in found.items():
            what = Text(f"spread between schools: {name}", f"校际差异系数超限：{name}")
            yield from hold(case, "difference_coefficient", pd.Series({name: value}), total, "county", what=what)
        yield from _districts(case, list(found))
    if case.has("difference_coefficient_mean"):
        known = [r for r in BASIC_EIGHT if r in case.plan.study.offers and case.told(r).notna().any()]
        if len(known) < len(BASIC_EIGHT):
            lacking = [r for r in BASIC_EIGHT if r not in known]
            yield case.unchecked("difference_coefficient_mean", Text(", ".join(lacking), "、".join(lacking)))
        else:
            values = [difference_coefficient(resources_after(case.plan, case.stage, r), roll) for r in BASIC_EIGHT]
            mean = pd.Series({COUNTY: float(np.mean(values))})
            yield from hold(case, "difference_coefficient_mean", mean, total, "county")


def _districts(case: Case, resources: list[str]) -> Told:
    """Hold the coefficients inside each management district: there they count most."""
    districting = case.plan.districtings.get(case.stage)
    if districting is None:
        return
    roll = case.schools["roll"]
    pupils = roll.groupby(districting.school_district.reindex(roll.index)).sum().to_dict()
    inside = difference_inside(case.plan, case.stage, districting.school_district)
    for resource in resources:
        what = Text(f"spread between the schools of a district: {resource}", f"学区内校际差异系数超限：{resource}")
        yield from hold(case, "difference_coefficient", inside[resource].dropna(), pupils, "district", what=what)


def check_indicators(case: Case) -> Told:
    """Six of seven indicators in every school, the other at 85 % at least."""
    if case.stage not in COMPULSORY or not case.has("indicators_met"):
        return
    table = plan_indicators(case.plan, case.stage)
    if not len(table) or table["have"].isna().all():
        yield case.unchecked("indicators_met", Text("the seven indicators of the schools", "学校七项资源指标"))
        return
    verdicts = school_verdicts(table, case.plan.rules).set_index("school_id")
    limits = table["indicator"].nunique()
    unknown = (limits - verdicts["known"]).astype(float)
    silent = int((unknown > 0).sum())
    if silent:
        yield case.unchecked(
            "indicators_met",
            Text(
                f"some indicators of {silent} of {len(verdicts)} schools", f"{len(verdicts)} 所中 {silent} 所的部分指标"
            ),
        )
    # What is not known may still be met: only what is short in any case is told.
    best = verdicts["met"] + unknown
    lacking = _names(table)
    for told in hold(case, "indicators_met", best, verdicts["pupils"]):
        assert isinstance(told, Finding)
        said = lacking[told.id]
        what = Text(f"fewer indicators met than asked for; short: {said}", f"资源配置达标项数不足；未达标：{said}")
        yield replace(told, what=str(what))
    need = case.plan.rules.value("indicators_met", case.stage) or 0.0
    rest = verdicts["least_share"].where(best >= need)
    yield from hold(case, "indicator_rest_share", rest, verdicts["pupils"])


def _names(table: pd.DataFrame) -> dict[str, str]:
    """Name the indicators each school does not meet."""
    short = table.loc[~table["met"].fillna(True).astype(bool) & (table["left_out"] == "")]
    lacks: dict[str, list[str]] = {}
    for school, name in zip(short["school_id"], short["indicator"], strict=True):
        lacks.setdefault(str(school), []).append(str(INDICATORS[name]))
    return {school: str(Text(", ", "、")).join(names) for school, names in lacks.items()}


def check_catchments(case: Case) -> Told:
    """Share of the pupils of public day schools, where the rule binds them, who live in the school's catchment."""
    name = "catchment_admission_share"
    if case.stage not in COMPULSORY or not case.has(name):
        return
    places, schools = case.plan.study.places, case.plan.study.schools
    column = f"catchment_{case.stage}"
    if column not in places or not places[column].notna().any():
        yield case.unchecked(name, Text(f"{column} of the places", "居住点的划片学校"))
        return
    if case.by_area(name) and (case.school_areas == "").any():
        yield case.unchecked(name, NO_AREA)
    flows = case.assignment.flows
    boarding = set(flows.loc[~by_day(flows), "school_id"])
    bound = _bound(case, name, case.school_areas)
    public = schools["ownership"].reindex(case.schools.index).ne("private").to_numpy(dtype=bool)
    boards = case.schools.index.isin(boarding) | (case.told("boarders") > 0).to_numpy(dtype=bool)
    counted = case.schools.index[bound & public & ~boards]
    flows = flows.loc[flows["school_id"].isin(counted)]
    zone = places[column].reindex(flows["place_id"]).fillna("").astype(str).to_numpy()
    runs = set(case.schools.index)
    # Where the school of a catchment has closed, the one the children are sent to is their zone now.
    inside = [
        school in (mine := [s for s in text.split(";") if s in runs]) or not mine
        for text, school in zip(zone, flows["school_id"], strict=True)
    ]
    pupils = flows["pupils"].to_numpy(dtype=float)
    away = case.assignment.outside
    beyond = float(away.loc[away["school_id"].isin(counted), "pupils"].sum())
    total = float(pupils.sum()) + beyond
    if total > 0:
        share = float(pupils[np.array(inside, dtype=bool)].sum()) / total
        yield from hold(case, name, pd.Series({COUNTY: share}), {COUNTY: total * (1 - share)}, "county")


def check_migrants(case: Case) -> Told:
    """Migrant children in public schools, and at schools that may admit them."""
    if case.stage not in COMPULSORY or not case.has("migrants_public_share"):
        return
    study, flows = case.plan.study, case.assignment.flows
    mine = flows.loc[(flows["group"] == MIGRANT).to_numpy(dtype=bool)]
    if not len(mine):
        yield case.unchecked("migrants_public_share", Text("migrant children by place", "居住点的随迁子女数"))
        return
    by = mine.groupby("school_id")["pupils"].sum()
    private = study.schools["ownership"].reindex(by.index).eq("private").to_numpy(dtype=bool)
    total, outside = float(by.sum()), float(by[private].sum())
    share = pd.Series({COUNTY: 1 - outside / total})
    yield from hold(case, "migrants_public_share", share, {COUNTY: outside}, "county")
    may = migrant_admission(case.plan, case.stage)
    refused = may.index[~may["may_admit"].to_numpy(dtype=bool)]
    what = Text(
        "migrant children at a school not designated and without spare seats", "随迁子女就读于非定点且无余位的学校"
    )
    for school, pupils in by[~private].items():
        if school in refused:
            yield plain(case, "migrants_admitted", what, "school", str(school), pupils, 0.0, "pupils", pupils,
                        severity="advice", source=OWN_LINE)  # fmt: skip


@in_units()
def migrant_admission(plan: Plan, stage: str) -> pd.DataFrame:
    """Tell which public schools may admit migrant children: designated ones, and any with seats to spare.

    Seats are spare after the local children are seated: our own rule beside the designated list.

    Returns
    -------
    pd.DataFrame
        Index school_id of the open public schools; local (pupils on roll who are not migrants), migrants, seats,
        spare (seats left after local demand, inf where seats are not known), designated, may_admit.
    """
    case = Case(plan, stage)
    study, flows = plan.study, case.assignment.flows
    ids = case.schools.index[study.schools["ownership"].reindex(case.schools.index).ne("private").to_numpy(dtype=bool)]
    migrants = flows.loc[(flows["group"] == MIGRANT).to_numpy(dtype=bool)].groupby("school_id")["pupils"].sum()
    table = case.schools.loc[ids, ["roll", "seats"]].assign(migrants=migrants.reindex(ids).fillna(0.0))
    local = table["roll"] - table["migrants"]
    flag = study.schools["migrant_designated"] if "migrant_designated" in study.schools else pd.Series(dtype=float)
    designated = flag.reindex(ids).eq(1).to_numpy(dtype=bool)
    spare = (table["seats"] - local).clip(lower=0.0)
    return pd.DataFrame(
        {
            "local": local, "migrants": table["migrants"], "seats": table["seats"], "spare": spare,
            "designated": designated, "may_admit": designated | (spare >= 1.0).to_numpy(dtype=bool),
        },
        index=ids,
    )  # fmt: skip


def check_disabled(case: Case) -> Told:
    """Disabled children without a place."""
    names = [name for name in ("disabled_enrolment", "disabled_enrolment_target") if case.has(name)]
    if case.stage not in COMPULSORY or not names:
        return
    study = case.plan.study
    column = group_names(study, case.stage).get("disabled")
    if column is None:
        for name in names:
            yield case.unchecked(name, Text(f"group_disabled_{case.stage} of the places", "居住点的残疾儿童数"))
        return
    unplaced = case.assignment.unplaced
    without = unplaced.loc[lacks_school(unplaced)]
    lost = without.groupby("place_id")["pupils"].sum().reindex(study.places.index).fillna(0.0)
    disabled = study.places[column].astype(float).fillna(0.0)
    share = (lost / case.demand.where(case.demand > 0)).clip(upper=1.0).fillna(0.0)
    total, out = float(disabled.sum()), float((disabled * share).sum())
    for name in names if total > 0 else ():
        yield from hold(case, name, pd.Series({COUNTY: 1 - out / total}), {COUNTY: out}, "county")


def check_kindergartens(case: Case) -> Told:
    """Gross enrolment, inclusive coverage, public share, classes within the limit."""
    if case.stage != "kindergarten":
        return
    study, roll = case.plan.study, case.schools["roll"]
    total, children = float(roll.sum()), float(case.demand.sum())
    about = study.schools.reindex(roll.index)
    everyone = {COUNTY: total}

    def share(name: str, part: float, whole: float) -> Told:
        if whole > 0:
            yield from hold(case, name, pd.Series({COUNTY: part / whole}), {COUNTY: whole - part}, "county")

    yield from share("gross_enrolment", total, children)
    public = about["ownership"].ne("private").to_numpy(dtype=bool)
    for name in ("public_share", "public_share_target"):
        yield from share(name, float(roll[public].sum()), total)
    if case.has("rural_public_share"):
        rural = (case.school_areas == "rural").to_numpy(dtype=bool)
        if (case.school_areas == "").any():
            yield case.unchecked("rural_public_share", NO_AREA)
        elif roll[rural].sum() > 0:
            part = pd.Series({COUNTY: float(roll[rural & public].sum() / roll[rural].sum())})
            left = {COUNTY: float(roll[rural & ~public].sum())}
            yield from hold(case, "rural_public_share", part, left, COUNTY)
    if case.has("inclusive_coverage") and not public.all():
        if "inclusive" not in about or not about.loc[~public, "inclusive"].notna().any():
            yield case.unchecked("inclusive_coverage", Text("inclusive of the private kindergartens", "民办园是否普惠"))
        else:
            licensed = about["licensed"].ne(0) if "licensed" in about else pd.Series(True, index=about.index)
            counted = public | (about["inclusive"].eq(1) & licensed).to_numpy(dtype=bool)
            yield from share("inclusive_coverage", float(roll[counted].sum()), total)
    if case.has("class_size_share"):
        classes = class_table(case.plan, case.stage)
        limit = classes["grade"].map(
            {g: case.plan.rules.value("class_size", case.stage, int(g)) for g in classes["grade"].unique()}
        )
        if limit.isna().any():
            yield case.unchecked(
                "class_size_share", Text("class_size of every grade in the rules", "规则中各年级的班额")
            )
        else:
            within = classes["largest"] <= limit.astype(float)
            count = classes["classes"].astype(float)
            value = pd.Series({COUNTY: float(count[within].sum() / count.sum()) if count.sum() else np.nan})
            yield from hold(case, "class_size_share", value, everyone, "county")


def check_people(case: Case) -> Told:
    """Seats for a thousand people, people for a school: local planning figures."""
    names = ("seats_per_1000", "seats_per_1000_most", "people_per_school", "people_per_school_least")
    if not any(case.has(name) for name in names):
        return
    places, heads = case.plan.study.places, {COUNTY: float(case.schools["roll"].sum())}
    counted = places["population"].astype(float) if "population" in places else pd.Series(0.0, index=places.index)
    if not counted.sum() > 0:
        yield case.unchecked(next(n for n in names if case.has(n)), Text("population of the places", "居住点人口"))
        return
    if case.has(names[0]) and not np.isfinite(case.schools["seats"]).all():
        yield case.unchecked(names[0], Text("seats of every school", "各校学位数"))
    for name in names:
        if case.by_area(name) and ((case.place_areas == "").any() or (case.school_areas == "").any()):
            yield case.unchecked(name, NO_AREA)
            continue
        people = float(counted[_bound(case, name, case.place_areas)].sum())
        seats = case.schools.loc[_bound(case, name, case.school_areas), "seats"]
        if name.startswith("people"):
            value = people / len(seats) if len(seats) else np.nan
        else:
            value = float(seats.sum()) / people * 1000 if people > 0 and np.isfinite(seats).all() else np.nan
        yield from hold(case, name, pd.Series({COUNTY: value if people > 0 else np.nan}), heads, COUNTY)


def _bound(case: Case, name: str, areas: pd.Series[str]) -> npt.NDArray[np.bool_]:
    """Mark what lies where a rule holds; all where it holds everywhere."""
    if not case.by_area(name):
        return np.ones(len(areas), dtype=bool)
    holding = [area for area in set(areas) if case.plan.rules.find(name, case.stage, area=area) is not None]
    return areas.isin(holding).to_numpy(dtype=bool)


def check_records(case: Case) -> Told:
    """Rules whose data no table of a study holds: they are named, not passed over."""
    for name, data, stages in (
        ("retention_three_year", Text("pupils by cohort over three years", "三年学籍变动"), ("junior",)),
        ("exchange_share", Text("teachers exchanged in a year", "年度交流轮岗教师"), COMPULSORY),
        ("exchange_backbone_share", Text("backbone teachers exchanged in a year", "年度交流轮岗骨干教师"), COMPULSORY),
        ("kindergarten_plan", Text("whether the county has the plan", "县级幼儿园布局规划是否制定"), ("kindergarten",)),
        ("seat_warning", Text("whether the county warns of seats", "是否建立学位预测预警"), (case.stage,)),
    ):
        if case.has(name) and case.stage in stages:
            yield case.unchecked(name, data)


CHECKS = (
    check_balance,
    check_indicators,
    check_catchments,
    check_migrants,
    check_disabled,
    check_kindergartens,
    check_people,
    check_records,
)
"""What every stage is checked for."""
