"""Checks of what a county must provide: kindergartens of estates and townships, schools of estates, special schools."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.measures.findings.case import COUNTY, Case, Told, cited, hold, plain
from layout_planner.plan import Plan
from layout_planner.study import Study

ESTATES = Text("table [estates] with homes", "[estates] 表（含户数 homes）")
LOCATED = Text("township of every school", "各校所属乡镇")


def check_estates(case: Case) -> Told:
    """Estates without the school of their size, and estate kindergartens that are neither public nor inclusive."""
    study = case.plan.study
    estates = study.extra.get("estates")
    served = study.schools["estate_id"] if "estate_id" in study.schools else pd.Series(dtype=object)
    mine = served.reindex(case.schools.index).dropna()
    for name, column in (("estate_homes", "homes"), ("estate_people", "people")):
        if not case.has(name):
            continue
        if estates is None or column not in estates or "estate_id" not in estates:
            yield case.unchecked(name, ESTATES if column == "homes" else Text("people of the estates", "居住区人口"))
            continue
        size = estates.set_index("estate_id")[column].astype(float)
        rule = case.plan.rules.find(name, case.stage)
        for estate, number in size.loc[~size.index.isin(set(mine))].items():
            if rule is not None and number >= rule.value.value:
                yield cited(case, rule, str(rule.term), "estate", str(estate), number, 0.0,
                            excess=number - rule.value.value)  # fmt: skip
    if case.stage == "kindergarten" and case.has("estate_kindergarten"):
        if not len(mine):
            yield case.unchecked("estate_kindergarten", Text("estate_id of the kindergartens", "幼儿园所属居住区"))
            return
        about = study.schools.loc[mine.index]
        private = about["ownership"].eq("private")
        inclusive = about["inclusive"] if "inclusive" in about else pd.Series(np.nan, index=about.index)
        unknown = int((private & inclusive.isna()).sum())
        if unknown:
            yield case.unchecked(
                "estate_kindergarten",
                Text(f"inclusive of {unknown} private estate kindergartens", f"{unknown} 所民办配套园是否普惠"),
            )
        roll = case.schools["roll"].loc[mine.index]
        yield from hold(case, "estate_kindergarten", roll.where(private & inclusive.eq(0)), roll)


def check_townships(case: Case) -> Told:
    """Townships without a public kindergarten."""
    name, study = "public_kindergarten_per_township", case.plan.study
    if case.stage != "kindergarten" or not case.has(name):
        return
    home = study.schools["township_id"].reindex(case.schools.index) if "township_id" in study.schools else None
    if home is None or home.isna().any():
        yield case.unchecked(name, LOCATED)
        return
    public = study.schools["ownership"].reindex(case.schools.index).ne("private").to_numpy(dtype=bool)
    count = home[public].value_counts().reindex(study.townships.index, fill_value=0).astype(float)
    pupils = case.demand.groupby(study.places["township_id"].reindex(case.demand.index).to_numpy()).sum()
    yield from hold(case, name, count, pupils, "township")


def check_change_of_ownership(case: Case) -> Told:
    """Public kindergartens that the plan makes private."""
    base = case.plan.base
    if case.stage != "kindergarten" or base is None or not case.has("public_not_private"):
        return
    before, after = (s.schools["ownership"].reindex(case.schools.index) for s in (base.study, case.plan.study))
    roll = case.schools["roll"]
    lost = (before.notna() & before.ne("private") & after.eq("private")).to_numpy(dtype=bool)
    yield from hold(case, "public_not_private", roll.clip(lower=1.0).where(lost), roll)


def check_building_elsewhere(case: Case) -> Told:
    """What is built although buildings of other stages fall empty in the same township, and new rural kindergartens."""
    plan = case.plan
    if plan.base is None or not (case.has("cross_stage_use") or case.has("no_new_rural_kindergarten")):
        return
    homes = [s.schools["township_id"] for s in (plan.study, plan.base.study) if "township_id" in s.schools]
    if not homes:
        yield case.unchecked("cross_stage_use", LOCATED)
        return
    home = pd.concat(homes)
    home = home.loc[~home.index.duplicated()]
    open_now, was_open = _open(plan.study), _open(plan.base.study)
    empty = home.reindex(sorted(was_open - open_now)).value_counts()
    builds = [e for e in plan.scenario.edits if e.builds and e.becomes != "rebuilding" and e.subject is not None]
    mine = [str(e.opens or e.subject) for e in builds if e.opens or e.concerns(case.stage)]
    mine = [school for school in dict.fromkeys(mine) if school in case.schools.index]
    beside = pd.Series([float(empty.get(home.get(school), 0)) for school in mine], index=mine, dtype=float)
    yield from hold(case, "cross_stage_use", beside, case.schools["roll"])
    if case.stage == "kindergarten":
        new = pd.Series(1.0, index=[s for s in mine if s not in plan.base.study.schools.index], dtype=float)
        yield from hold(case, "no_new_rural_kindergarten", new, case.schools["roll"])


def _open(study: Study) -> set[str]:
    """Name the sites where pupils of some stage learn."""
    return {str(school) for stage in study.stages for school in study.offering(stage)}


def _special_school(plan: Plan) -> Told:
    """A county of so many people without a special school."""
    case = Case(plan, "special")
    rule = plan.rules.find("special_school", "special")
    if rule is None or len(plan.study.offering("special")):
        return
    places = plan.study.places
    people = places["population"].astype(float).sum() if "population" in places else 0.0
    if not people > 0:
        yield case.unchecked(rule.name, Text("population of the places", "居住点人口"))
    elif people >= rule.value.value:
        yield cited(case, rule, str(rule.term), COUNTY, COUNTY, people, 0.0, excess=people - rule.value.value)


def check_special(plan: Plan) -> Told:
    """Special schools: one in a county of so many people, and their places; told once for the county."""
    study = plan.study
    yield from _special_school(plan)
    if "special" in plan.assignments or "special" not in study.stages:
        return
    ids = study.offering("special")
    roll, seats = study.roll("special").reindex(ids), study.seats("special").reindex(ids)
    case = Case(plan, "special")
    what = Text("more pupils than places in a special school", "特殊教育学校学生超过学位")
    for school in ids:
        if roll[school] > seats[school]:
            over = float(roll[school] - seats[school])
            yield plain(
                case, "special_places", what, "school", str(school), roll[school], seats[school], "pupils", over
            )
    if len(ids) and not np.isfinite(seats).any():
        yield case.unchecked("special_places", Text("places of the special schools", "特殊教育学校学位"))


CHECKS = (check_estates, check_townships, check_change_of_ownership, check_building_elsewhere)
"""What every stage is checked for."""
