"""Checks of each school: seats, size, classes, staff, land and the safety of its buildings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.measures.findings.case import Case, Told, hold, hold_ratio, plain, some_missing
from layout_planner.measures.resources import resources_after
from layout_planner.scenario.works import TEACHING_POINT

UNSAFE_GRADES = {"C": Text("part of the building is dangerous", "局部危险"), "D": Text("dangerous", "整幢危险")}
"""Grades of a building's safety that forbid putting more pupils in."""

UNSAFE_SOURCE = Text(
    "JGJ 125, standard for dangerous buildings, grades A–D (from memory)",
    "《危险房屋鉴定标准》JGJ 125，A—D级（凭记忆）",
)


def check_seats(case: Case) -> Told:
    """More pupils than seats."""
    full = case.schools.loc[case.schools["over"] > 1e-6]
    what = Text("more pupils than seats", "在校生超过学位")
    for school, roll, seats, over in zip(full.index, full["roll"], full["seats"], full["over"], strict=True):
        yield plain(case, "seats", what, "school", str(school), roll, seats, "pupils", over)


def check_size(case: Case) -> Told:
    """Schools too large, of too many or too few classes, of too few pupils."""
    table, through = case.schools, case.all_through
    apart = through & case.has("school_size_nine_year")
    yield from hold(case, "school_size", table["roll"].where(~apart), table["roll"])
    apart = through & case.has("school_classes_nine_year")
    yield from hold(case, "school_classes", table["classes"].where(~apart), table["roll"])
    whole = ~_incomplete(case)
    running = (table["roll"] > 0).to_numpy(dtype=bool)
    yield from hold(case, "school_classes_least", table["classes"].where(whole & running & ~through), table["roll"])
    yield from hold(case, "incomplete_primary_classes", table["classes"].where(~whole & running), table["roll"])
    own = running & ~_points(case)
    for name in ("least_roll", "funding_floor_roll"):
        if case.stage in ("primary", "junior"):
            yield from hold(case, name, table["roll"].where(own), table["roll"])


def check_classes(case: Case) -> Told:
    """Large classes, and the largest class of each grade against the limit of the grade."""
    table = case.schools
    yield from hold(case, "large_class", table["largest"], table["in_large"], at_limit=True)
    huge = case.classes.groupby("school_id")["in_super_large"].sum()
    yield from hold(case, "super_large_class", table["largest"], huge, at_limit=True)
    classes = case.classes
    small = np.zeros(len(classes), dtype=bool)
    if case.has("class_size_incomplete_primary"):
        small = classes["school_id"].isin(table.index[_incomplete(case)]).to_numpy(dtype=bool)
    yield from _class_sizes(case, classes.loc[~small])
    by = classes.loc[small].groupby("school_id")
    yield from hold(case, "class_size_incomplete_primary", by["largest"].max(), by["pupils"].sum())


def _class_sizes(case: Case, classes: pd.DataFrame) -> Told:
    """Hold the largest class of each grade, or the mean class of the school where the rule speaks of a mean."""
    rules, grades = case.plan.rules, sorted(int(g) for g in classes["grade"].unique())
    held = {g: [r for r in rules.rules if r.name == "class_size" and r.concerns(case.stage, g)] for g in grades}
    for grade in grades:
        same = [g for g in grades if held[g] == held[grade]]
        if not held[grade] or grade != same[0]:
            continue  # told with the first grade the rule holds for
        by = classes.loc[classes["grade"].isin(same)].groupby("school_id", sort=True)
        if case.scope("class_size") == "mean":
            size, pupils = by["pupils"].sum() / by["classes"].sum(), by["pupils"].sum()
            what = Text("mean class above the limit", "平均班额超标")
        else:
            least = min(rule.value.value for rule in held[grade])
            over = classes.loc[classes["grade"].isin(same) & (classes["largest"] > least)]
            size, pupils, what = by["largest"].max(), over.groupby("school_id")["pupils"].sum(), None
        yield from hold(case, "class_size", size, pupils, grade=grade, what=what)


def check_posts(case: Case) -> Told:
    """Staff against the posts that pupils, or in small schools classes, give."""
    if not (case.has("pupils_per_post") or case.has("posts_per_class")):
        return
    roll, classes = case.schools["roll"], case.schools["classes"]
    staff = resources_after(case.plan, case.stage, "staff")
    yield from some_missing(case, "pupils_per_post", staff, Text("staff (教职工)", "教职工数"))
    least = case.plan.rules.value("small_school_roll", case.stage, default=0.0) or 0.0
    small = (roll < least).to_numpy(dtype=bool) & case.has("posts_per_class")
    some = ((staff > 0) & (roll > 0)).to_numpy(dtype=bool)
    yield from hold_ratio(case, "pupils_per_post", roll.where(some & ~small), staff.where(some & ~small))
    yield from hold(case, "posts_per_class", (staff / classes.where(classes > 0)).where(some & small), roll)


def check_kindergarten_staff(case: Case) -> Told:
    """Staff, teachers and carers of each kindergarten."""
    if case.stage != "kindergarten":
        return
    roll, classes = case.schools["roll"], case.schools["classes"]
    staff, teachers, carers = (resources_after(case.plan, case.stage, n) for n in ("staff", "teachers", "carers"))
    # Three teachers do for two and a carer: where nobody tells of carers, teachers alone may still be enough.
    adults = (teachers + carers.fillna(0.0)).where(carers.notna() | (teachers >= 3 * classes))
    returned = Text("staff", "教职工数"), Text("teachers", "专任教师"), Text("carers", "保育员")
    for name, top, bottom, data in (
        ("pupils_per_staff", roll, staff, returned[0]),
        ("pupils_per_staff_least", roll, staff, returned[0]),
        ("pupils_per_teacher", roll, teachers, returned[1]),
        ("teachers_per_class", teachers, classes, returned[1]),
        ("carers_per_class", carers, classes, returned[2]),
        ("adults_per_class", adults, classes, returned[2]),
    ):
        yield from hold_ratio(case, name, top, bottom, data=data)
    if case.has("class_size_mixed"):
        yield case.unchecked("class_size_mixed", Text("which classes are of mixed ages", "哪些班是混合班"))


def check_building(case: Case) -> Told:
    """Land and building safety where a school is to have more pupils or more seats."""
    study, base, roll = case.plan.study, case.plan.base, case.schools["roll"]
    for name, column in (("site_area_per_pupil", "site_area"), ("floor_area_per_pupil", "floor_area")):
        area = case.told(column)
        yield from some_missing(case, name, area, Text(column, "占地面积" if column == "site_area" else "校舍面积"))
        yield from hold(case, name, area / roll.where(roll > 0), roll)
    if base is None or case.stage not in base.assignments:
        return
    before = base.assignments[case.stage].roll().reindex(roll.index, fill_value=0.0)
    more = (roll - before).clip(lower=0.0)
    enlarging = [edit for edit in case.plan.scenario.edits if edit.builds and edit.opens is None]
    built = {edit.subject for edit in enlarging if edit.concerns(case.stage)}
    rebuilt = {edit.subject for edit in enlarging if edit.becomes == "rebuilding"}
    growing = [s for s in roll.index if (more[s] >= 0.5 or s in built) and s not in rebuilt]
    grades = study.schools["building_grade"] if "building_grade" in study.schools else pd.Series(dtype=object)
    tenure = study.schools["tenure"] if "tenure" in study.schools else pd.Series(dtype=object)
    if growing and not grades.reindex(growing).notna().any():
        yield case.unchecked("unsafe_building", Text("building_grade of the schools", "校舍安全等级 building_grade"))
    for school in growing:
        grade = str(grades.get(school, "")).strip().upper()[:1]
        if grade in UNSAFE_GRADES:
            told = UNSAFE_GRADES[grade]
            what = Text(
                f"more pupils or seats in a building of grade {grade} ({told.en})",
                f"在{grade}级（{told.zh}）校舍增加学生或学位",
            )
            yield plain(case, "unsafe_building", what, "school", school, more[school], 0.0, "pupils", more[school],
                        source=UNSAFE_SOURCE)  # fmt: skip
        held = tenure.get(school)
        if school in built and held is not None and not pd.isna(held) and str(held) not in STATE_LAND:
            what = Text(f"seats built on land that is not the state's ({held})", f"在非国有土地上扩建（{held}）")
            yield plain(case, "land_tenure", what, "school", school, more[school], 0.0, "pupils", roll[school],
                        severity="advice")  # fmt: skip


STATE_LAND = ("state", "国有", "公有", "划拨", "国有划拨")


def check_all_through(case: Case) -> Told:
    """Size of schools that offer both compulsory stages: told under junior, as the yearly returns file them."""
    plan = case.plan
    if case.stage != "junior" or "primary" not in plan.assignments:
        return
    other = Case(plan, "primary").schools
    for name, column in (("school_size_nine_year", "roll"), ("school_classes_nine_year", "classes")):
        both = case.schools[column] + other[column].reindex(case.schools.index).fillna(0.0)
        roll = case.schools["roll"] + other["roll"].reindex(case.schools.index).fillna(0.0)
        yield from hold(case, name, both.where(case.all_through), roll)


def size_limit(case: Case, school: str) -> float:
    """Give the pupils a school may have, of both stages where it is all-through; inf without a rule."""
    at = case.schools.index.get_loc(school)
    name = "school_size_nine_year" if case.all_through[at] and case.has("school_size_nine_year") else "school_size"
    limit = case.plan.rules.value(name, case.stage)
    return float("inf") if limit is None else limit


def _points(case: Case) -> np.ndarray:
    kind = case.plan.study.schools["kind"].reindex(case.schools.index).astype("string")
    return kind.eq(TEACHING_POINT).fillna(False).to_numpy(dtype=bool)


def _incomplete(case: Case) -> np.ndarray:
    """Mark primary schools that lack grades (非完全小学), teaching points among them."""
    if case.stage != "primary":
        return np.zeros(len(case.schools), dtype=bool)
    every = set(case.plan.study.grades("primary"))
    return np.array([not every <= set(g) for g in case.offers["grades"]], dtype=bool)


CHECKS = (
    check_seats,
    check_size,
    check_classes,
    check_posts,
    check_kindergarten_staff,
)
"""What every stage is checked for."""
