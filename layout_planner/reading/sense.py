"""Checks of sense: numbers that contradict each other, in one table or between two."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.base.messages import Text
from layout_planner.reading.config import StudyFile
from layout_planner.reading.faults import Faults, Table
from layout_planner.reading.gaps import find_blanks, name_rows
from layout_planner.reading.lineage import check_codes
from layout_planner.reading.through import FACILITIES
from layout_planner.study.columns import SCHOOL_AGREE, stage_columns
from layout_planner.study.kinds import KIND_STAGES
from layout_planner.study.stages import STAGE_NAMES, STAGES, format_grades, grade_from_label, grade_label, grades_of

LARGEST_CLASS = 120
"""Pupils a class: above it a number is a slip of the pen (super-large classes begin at 66)."""

_BOTH = Text("correct one of the two.", "请更正其中之一。")
_COUNT = Text("correct the number.", "请更正数字。")


def check_sense(tables: dict[str, Table], file: StudyFile, faults: Faults) -> None:
    """Check what cannot be true.

    Parameters
    ----------
    tables
        What came through the gate, schools with one row a stage.
    file
        The study file. One that says `edited = true` may hold rolls of stages its schools have given up.
    faults
        Collects what is wrong.
    """
    calendar = file.header.calendar
    if "places" in tables:
        _check_pupils(tables["places"], file, faults)
    schools = tables.get("schools")
    if schools is not None and "school_id" in schools.frame:
        _check_schools(schools, file, faults)
        check_codes(schools, faults)
    offered = _offered(schools, calendar)
    for name in ("rolls", "attendance"):
        if name in tables and {"school_id", "stage"} <= set(tables[name].frame.columns):
            if name == "attendance":
                _check_homes(tables[name], faults)
            if not file.header.edited:
                _check_offered(tables[name], offered, faults)
    if "rolls" in tables:
        _check_rolls(tables["rolls"], schools, faults)
        for name in ("attendance", "classes"):
            if name in tables:
                _check_against_rolls(tables[name], tables["rolls"], faults)


def _check_pupils(places: Table, file: StudyFile, faults: Faults) -> None:
    frame = places.frame
    given = stage_columns(frame.columns, "pupils")
    rates = file.tables["places"].pupils_from
    if not given and not rates:
        told = Text("there are no children: no column pupils_<stage>.", "没有学生数：缺少 pupils_<学段> 列。")
        mend = Text(
            "add pupils_primary (or name your header in columns), or reckon: pupils_from = { primary = 0.08 }.",
            "请补充 pupils_primary 列（或在 columns 中指定表头），或按人口推算：pupils_from = { primary = 0.08 }。",
        )
        faults.add(places.file, told, mend, row=1, column="pupils_primary")
    if rates and "population" not in frame:
        told = Text("pupils_from needs the population of every place.", "pupils_from 需要每个居住点的人口。")
        mend = Text("add the column, or name your header in columns.", "请补充该列，或在 columns 中指定表头。")
        faults.add(places.file, told, mend, row=1, column="population")
    for stage in [stage for stage in rates if stage in given]:
        told = Text(f"{stage} has both counts and a rate.", f"{stage} 既有人数又有推算比率。")
        faults.add(file.path.name, told, _BOTH, file.line("places", "pupils_from"), "places.pupils_from", stage)
    for lead in ("pupils", "migrants"):
        for stage, columns in stage_columns(frame.columns, lead).items():
            _check_grade_columns(places, stage, columns, file.header.calendar, faults)
    everyone = {stage: _total(frame, columns) for stage, columns in given.items()}
    for stage, columns in stage_columns(frame.columns, "migrants").items():
        if stage not in given:
            continue
        column = columns.get(None) or next(iter(columns.values()))
        more = _total(frame, columns) > everyone[stage] + 1e-9
        told = Text(
            "more migrant children than pupils, who include them.", "随迁子女多于学生总数（总数应包含随迁子女）。"
        )
        faults.rows(places, more, column, told, _BOTH)
        for grade in [g for g in columns if g is not None and g in given[stage]]:
            over = _numbers(frame, columns[grade]) > _numbers(frame, given[stage][grade]) + 1e-9
            faults.rows(places, over & ~more, columns[grade], told, _BOTH)
    for column in [str(c) for c in frame.columns if str(c).startswith("group_")]:
        stage = column.rsplit("_", 1)[-1]
        if stage in everyone:
            more = _numbers(frame, column) > everyone[stage] + 1e-9
            told = Text("more children in the group than pupils.", "群体人数多于学生总数。")
            faults.rows(places, more, column, told, _BOTH)
    for columns in given.values():
        _warn_empty(places, list(columns.values()), faults)
    if given and not sum(float(np.nansum(total)) for total in everyone.values()) > 0 and not rates:
        told = Text("all counts of pupils are zero or empty.", "所有学生数均为零或空。")
        first = next(iter(next(iter(given.values())).values()))
        faults.add(places.file, told, Text("is the right column read?", "请核对读取的列。"), column=first, warn=True)


def _check_grade_columns(
    places: Table, stage: str, columns: dict[int | None, str], calendar: str, faults: Faults
) -> None:
    grades = grades_of(stage, calendar)
    span = f"{grade_label(grades[0])}–{grade_label(grades[-1])}"
    for grade in [g for g in columns if g is not None and g not in grades]:
        told = Text(
            f"grade {grade_label(grade)} is not {stage} under the calendar {calendar} ({span}).",
            f"在学制 {calendar} 下，{grade_label(grade)} 年级不属于 {stage}（{span}）。",
        )
        mend = Text("correct the header or the calendar.", "请更正表头或学制。")
        faults.add(places.file, told, mend, 1, places.header_of.get(columns[grade], columns[grade]))
    by_grade = [name for grade, name in columns.items() if grade in grades]
    if None not in columns or not by_grade:
        return
    sums = sum((_numbers(places.frame, name) for name in by_grade), start=np.zeros(len(places.frame)))
    total = places.frame[columns[None]].to_numpy(dtype=np.float64)
    differ = ~np.isnan(total) & (np.abs(sums - total) > 0.5)

    def told_sum(position: int) -> Text:
        return Text(f"the grades add up to {sums[position]:g}.", f"各年级合计为 {sums[position]:g}。")

    faults.rows(places, differ, columns[None], told_sum, _BOTH)


def _warn_empty(places: Table, columns: list[str], faults: Faults) -> None:
    empty = places.frame[columns].isna().all(axis=1).to_numpy()
    for column in columns:  # a cell that could not be read is a fault already
        header = places.header_of.get(column, column)
        if header in places.raw.frame:
            empty = empty & places.raw.frame[header].isna().to_numpy()
    if empty.all() and len(empty):
        told = Text("no place has a number here: it counts as 0.", "此列没有任何数字，按 0 计。")
        mend = Text("fill it in, or take the column out.", "请填写，或删去该列。")
        faults.add(places.file, told, mend, None, places.header_of.get(columns[0], columns[0]), warn=True)
    elif empty.any():
        rows = ", ".join(str(row) for row in places.raw.rows[np.flatnonzero(empty)[:10]])
        told = Text(
            f"{int(empty.sum())} places have no number and count as 0 (rows {rows}).",
            f"{int(empty.sum())} 个居住点没有数字，按 0 计（第 {rows} 行）。",
        )
        mend = Text("fill in the numbers, 0 where there are no children.", "请补全数字，没有学生时填 0。")
        faults.add(places.file, told, mend, column=places.header_of.get(columns[0], columns[0]), warn=True)


def _check_schools(schools: Table, file: StudyFile, faults: Faults) -> None:
    frame = schools.frame
    state = frame["state"].fillna("open") if "state" in frame else pd.Series("open", index=frame.index)
    unread = np.zeros(len(frame), dtype=bool)  # a cell that could not be read is a fault already
    for column in [c for c in ("stage", "kind") if c in schools.header_of]:
        unread |= schools.raw.frame[schools.header_of[column]].notna().to_numpy()
    lacking = (frame["stage"].isna() & state.ne("closed")).to_numpy() & ~unread
    told = Text("neither a stage nor a kind that tells it.", "既无学段，也无可推断学段的类型。")
    mend = Text(f"fill in the stage: {', '.join(STAGES)}.", f"请填写学段：{'、'.join(STAGES)}。")
    if lacking.any() and not {"stage", "kind"} & set(schools.header_of):
        told = Text('neither a column "stage" nor "kind".', "既无学段列，也无类型列。")
        mend = Text(
            f'add one ({", ".join(STAGES)}), name your header under columns, or say set = {{ stage = "primary" }}.',
            f'请补充（{"、".join(STAGES)}），或在 columns 中指定表头，或写 set = {{ stage = "primary" }}。',
        )
        faults.add(schools.file, told, mend, row=1, column="stage")
    else:
        faults.rows(schools, lacking, "stage", told, mend)
    again = (frame[["school_id", "stage"]].duplicated() & frame["stage"].notna()).to_numpy()
    split = frame["school_id"].isin(frame["school_id"][pd.Series(schools.raw.rows).duplicated(keep=False)])
    told = Text("the stage of this school is told by another row already.", "该校该学段已由另一行给出。")
    mend = Text("give every row its own stage.", "请为每一行注明各自的学段。")
    faults.rows(schools, again & split.to_numpy(), "stage", told, mend)
    known = frame["kind"].map(KIND_STAGES, na_action="ignore")
    offered = frame.groupby("school_id")["stage"].agg(lambda mine: frozenset(mine.dropna()))
    held = frame["school_id"].map(offered)
    # A primary school with junior classes attached is of its own kind still; one without a primary stage is not.
    wrong = [
        isinstance(k, tuple) and isinstance(s, str) and s not in k and not (isinstance(h, frozenset) and set(k) <= h)
        for k, s, h in zip(known, frame["stage"], held, strict=True)
    ]
    told = Text("kind and stage contradict each other.", "类型与学段矛盾。")
    faults.rows(schools, np.array(wrong, dtype=bool), "kind", told, _BOTH)
    _check_one_school(schools, faults)
    _check_offered_grades(schools, file.header.calendar, faults)
    _check_enrolment(schools, file.header.calendar, faults)
    _check_counts(schools, faults)
    if "closed_year" in frame:
        late = (state.eq("open") & frame["closed_year"].notna() & (frame["closed_year"] <= file.header.year)).to_numpy()
        told = Text("open, but with a year of closure.", "在办学校却有撤并年份。")
        faults.rows(schools, late, "closed_year", told, _BOTH, warn=True)


def _check_one_school(schools: Table, faults: Faults) -> None:
    """The rows of one school (one for each stage) must agree on what it is and where it lies."""
    frame = schools.frame
    again = frame["school_id"].duplicated().to_numpy() & frame["school_id"].notna().to_numpy()
    if not again.any():
        return
    first = frame.groupby("school_id", sort=False).head(1).index
    leader = frame["school_id"].map(dict(zip(frame.loc[first, "school_id"], first, strict=True)))
    at = leader.fillna(0).to_numpy(dtype=np.int64)

    def told(position: int) -> Text:
        row = int(schools.raw.rows[at[position]])
        return Text(f"differs from row {row}, which is the same school.", f"与第 {row} 行不一致，而两行为同一所学校。")

    for column in [c for c in SCHOOL_AGREE if c in frame]:
        mine, theirs = frame[column], frame[column].iloc[at].reset_index(drop=True)
        differ = again & (mine.notna() & theirs.notna() & (mine != theirs)).to_numpy()
        faults.rows(schools, differ, column, told, _BOTH)
    if schools.geometry is not None:
        shapes = np.asarray(schools.geometry.array)
        differ = again & (shapes != shapes[at])
        column = next((c for c in ("lon", "x") if c in schools.header_of), "geometry")
        faults.rows(schools, differ, column, told, Text("one school, one place: correct it.", "一校一址：请更正。"))


def _check_offered_grades(schools: Table, calendar: str, faults: Faults) -> None:
    if "grades" not in schools.frame:
        return
    pairs = zip(schools.frame["stage"], schools.frame["grades"], strict=True)
    wrong = [
        isinstance(stage, str) and isinstance(grades, tuple) and not set(grades) <= set(grades_of(stage, calendar))
        for stage, grades in pairs
    ]

    def told(position: int) -> Text:
        stage = schools.frame["stage"].iloc[position]
        own = grades_of(stage, calendar)
        span = f"{grade_label(own[0])}–{grade_label(own[-1])}"
        return Text(
            f"these are not grades of {stage} under the calendar {calendar} ({span}).",
            f"在学制 {calendar} 下不是 {stage} 的年级（{span}）。",
        )

    mend = Text("correct the grades, or the calendar in the study file.", "请更正年级范围，或研究文件中的学制。")
    faults.rows(schools, np.array(wrong, dtype=bool), "grades", told, mend)
    pairs = zip(schools.frame["stage"], schools.frame["grades"], strict=True)
    last = [
        isinstance(stage, str) and isinstance(grades, tuple) and grades == tuple(grades_of(stage, calendar)[-1:])
        for stage, grades in pairs
    ]
    alone = Text("read as the last grade alone.", "按仅有最高一个年级读取。")
    mend = Text('if it is the number of grades, write "1-6".', "如所填为年级个数，请写成“1-6”。")
    faults.rows(schools, np.array(last, dtype=bool), "grades", alone, mend, warn=True)


def _check_enrolment(schools: Table, calendar: str, faults: Faults) -> None:
    frame = schools.frame
    several = frame["school_id"].duplicated(keep=False) & pd.Series(schools.raw.rows).duplicated(keep=False)
    stops = ("seats", "enrolment", "classes", "classrooms", "teachers", "staff")
    for column in [c for c in dict.fromkeys((*stops, *FACILITIES)) if c in frame]:
        # One row of a school of several stages: a total alone cannot be divided.
        shared = (
            several
            & frame[column].notna()
            & frame[column].eq(frame[column].groupby(frame["school_id"]).transform("first"))
            & ~schools.divided.get(column, np.zeros(len(frame), dtype=bool))
        )
        own = [f"{column}_{stage}" in schools.header_of for stage in STAGES]
        split = column in ("enrolment",) and any(str(c).startswith("enrolment_g") for c in frame.columns)
        first = (shared & ~frame["school_id"].duplicated()).to_numpy()
        if not any(own) and not split:
            told = Text("one total for several stages.", "多个学段只有一个总数。")
            mend = Text(
                f"give {column}_primary, {column}_junior …, or one row a stage.", "请按学段分列，或每学段一行。"
            )
            some = first & (frame[column] > 0).to_numpy()
            faults.rows(schools, some, column, told, mend, warn=column not in stops)
    by_grade = {
        grade_from_label(str(c)[len("enrolment_g") :]): str(c) for c in frame if str(c).startswith("enrolment_g")
    }
    if not by_grade:
        return
    stages = frame["stage"].to_numpy(dtype=object)
    offered = {s: set(grades_of(s, calendar)) for s in STAGES}
    _tell_grades_without_column(schools, set(by_grade), offered, faults)
    sums = np.zeros(len(frame))
    for grade, column in by_grade.items():
        mine = np.array([isinstance(s, str) and grade in offered[s] for s in stages], dtype=bool)
        numbers = _numbers(frame, column)
        sums += np.where(mine, numbers, 0.0)
        astray = ~mine & (numbers > 0) & ~several.to_numpy()
        told = Text(
            f"pupils in grade {grade_label(grade)}, which is not of the stage.", "该学段没有这个年级，却有学生。"
        )
        faults.rows(schools, astray, column, told, _BOTH)
    if "enrolment" in frame:
        total = frame["enrolment"].to_numpy(dtype=np.float64)
        differ = ~np.isnan(total) & (np.abs(sums - total) > 0.5) & ~several.to_numpy()
        faults.rows(
            schools,
            differ,
            "enrolment",
            lambda at: Text(f"the grades add up to {sums[at]:g}.", f"各年级合计为 {sums[at]:g}。"),
            _BOTH,
        )


def _check_counts(schools: Table, faults: Faults) -> None:
    frame = schools.frame

    def column(name: str) -> Floats:
        return frame[name].to_numpy(dtype=np.float64) if name in frame else np.full(len(frame), np.nan)

    with np.errstate(invalid="ignore", divide="ignore"):
        for part, whole, en, zh in (
            ("teachers", "staff", "more full-time teachers than staff.", "专任教师多于教职工。"),
            ("teachers_above_degree", "teachers", "more than there are teachers.", "多于专任教师总数。"),
            ("teachers_backbone", "teachers", "more than there are teachers.", "多于专任教师总数。"),
            ("teachers_arts", "teachers", "more than there are teachers.", "多于专任教师总数。"),
            ("boarders", "enrolment", "more boarders than pupils.", "寄宿生多于在校生。"),
        ):
            # A staff of 0 is a column nobody filled in.
            over = (column(part) > column(whole)) & ((column(whole) > 0) | (part != "teachers"))
            faults.rows(schools, over, part, Text(en, zh), _BOTH)
        pupils, classes = column("enrolment"), column("classes")
        _check_class_size(schools, pupils, classes, faults)
        tight = (column("classrooms") < classes) & (column("classrooms") > 0)
        told = Text("fewer classrooms than classes.", "教室数少于班级数。")
        faults.rows(schools, tight, "classrooms", told, _BOTH, warn=True)
        state = frame["state"].fillna("open") if "state" in frame else pd.Series("open", index=frame.index)
        live = state.eq("open").to_numpy()
        told = Text("a closed school with pupils.", "已撤并学校仍有在校生。")
        faults.rows(schools, state.eq("closed").to_numpy() & (pupils > 0), "enrolment", told, _BOTH, warn=True)
        told = Text("an open school without seats.", "在办学校学位为 0。")
        faults.rows(schools, live & (column("seats") == 0), "seats", told, _COUNT, warn=True)
        unknown = live & np.isnan(column("seats")) & np.isnan(column("classrooms"))
    if unknown.any():
        count, shown, zh = name_rows(schools, unknown)
        some = not (unknown | ~live).all()
        told = Text(
            f"{count} open schools have neither seats nor classrooms and count as unlimited"
            f"{f' (rows {shown})' if some else ''}.",
            f"{count} 所在办学校既无学位数也无教室数，按不限学位处理{f'（{zh}）' if some else ''}。",
        )
        mend = Text("fill in seats or classrooms.", "请补充学位数或教室数。")
        faults.add(schools.file, told, mend, column=schools.header_of.get("seats", "seats"), warn=True)
    if "seats" in frame and (reckoned := find_blanks(schools, "seats") & ~np.isnan(column("classrooms"))).any():
        count, shown, zh = name_rows(schools, reckoned)
        told = Text(
            f"{count} open schools have no number of seats: {shown}; theirs are reckoned from the classrooms.",
            f"{count} 所在办学校没有学位数：{zh}；按教室数推算。",
        )
        mend = Text("fill in the seats if they are known.", "如已知学位数，请补填。")
        faults.add(schools.file, told, mend, column=schools.header_of.get("seats", "seats"), warn=True)


def _check_class_size(table: Table, pupils: Floats, classes: Floats, faults: Faults) -> None:
    with np.errstate(invalid="ignore", divide="ignore"):
        none = (classes == 0) & (pupils > 0)
        told = Text("pupils but no class.", "有学生却没有班级。")
        faults.rows(table, none, "classes", told, _BOTH)
        size = pupils / classes
        large = (size > LARGEST_CLASS) & (classes > 0)
        faults.rows(
            table,
            large,
            "classes",
            lambda at: Text(f"{size[at]:.0f} pupils a class.", f"平均每班 {size[at]:.0f} 人。"),
            _BOTH,
        )
        many = (classes > pupils) & (pupils > 0)
        faults.rows(table, many, "classes", Text("more classes than pupils.", "班级数多于学生数。"), _BOTH)


def _offered(schools: Table | None, calendar: str) -> dict[tuple[str, str], set[int]]:
    if schools is None or "school_id" not in schools.frame:
        return {}
    frame = schools.frame
    grades: Iterable[object] = frame["grades"] if "grades" in frame else [None] * len(frame)
    found = {}
    for school, stage, own in zip(frame["school_id"], frame["stage"], grades, strict=True):
        if isinstance(stage, str):
            found[(school, stage)] = set(own if isinstance(own, tuple) else grades_of(stage, calendar))
    return found


def _check_homes(attendance: Table, faults: Faults) -> None:
    frame = attendance.frame
    columns = [c for c in ("place_id", "township_id") if c in frame]
    homeless = frame[columns].isna().all(axis=1).to_numpy() if columns else np.ones(len(frame), dtype=bool)
    told = Text("neither place nor township.", "既无居住点，也无乡镇。")
    faults.rows(attendance, homeless, "place_id", told, Text("fill in one of them.", "请填写其一。"))


def _check_offered(table: Table, offered: dict[tuple[str, str], set[int]], faults: Faults) -> None:
    """Rolls and attendance may name only stages and grades the school offers."""
    if not offered:
        return
    keys = [k for k in ("school_id", "stage", "grade") if k in table.frame]
    codes, distinct = pd.factorize(pd.MultiIndex.from_frame(table.frame[keys]))
    schools = {school for school, _ in offered}
    strange, wrong = np.zeros(len(distinct), dtype=bool), np.zeros(len(distinct), dtype=bool)
    for i, (school, stage, *grade) in enumerate(distinct):
        if school not in schools or stage not in STAGES:
            continue
        own = offered.get((school, stage))
        strange[i] = own is None
        wrong[i] = own is not None and bool(grade) and grade[0] == grade[0] and int(grade[0]) not in own
    told = Text("the school does not offer this stage.", "该校不办这个学段。")
    faults.rows(table, strange[codes], "stage", told, Text("correct the stage or the school.", "请更正学段或学校。"))

    def told_grade(position: int) -> Text:
        school, stage = distinct[codes[position]][:2]
        span = ", ".join(grade_label(g) for g in sorted(offered[(school, stage)]))
        return Text(f"the school does not offer this grade (it has {span}).", f"该校不办这个年级（现有 {span}）。")

    faults.rows(table, wrong[codes], "grade", told_grade, _BOTH)


def _check_rolls(rolls: Table, schools: Table | None, faults: Faults) -> None:
    frame = rolls.frame
    if not {"school_id", "stage", "pupils"} <= set(frame.columns):
        return
    if "classes" in frame:
        _check_class_size(rolls, _numbers(frame, "pupils"), frame["classes"].to_numpy(dtype=np.float64), faults)
    if schools is None or not {"school_id", "stage", "enrolment"} <= set(schools.frame.columns):
        return
    sums = frame.groupby(["school_id", "stage"])["pupils"].sum()
    keys = pd.MultiIndex.from_frame(schools.frame[["school_id", "stage"]])
    rolled = sums.reindex(keys).to_numpy(dtype=np.float64)
    stated = schools.frame["enrolment"].to_numpy(dtype=np.float64)
    differ = np.abs(rolled - stated) > 0.5
    faults.rows(
        schools,
        differ,
        "enrolment",
        lambda at: Text(
            f"the roll of the school in {rolls.file} adds up to {rolled[at]:g}.",
            f"{rolls.file} 中该校各年级合计为 {rolled[at]:g}。",
        ),
        _BOTH,
    )


def _check_against_rolls(table: Table, rolls: Table, faults: Faults) -> None:
    """Those who are known to attend, or stand in the class register, cannot be more than the roll."""
    keys = [k for k in ("school_id", "grade") if k in table.frame and table.frame[k].notna().all()]
    if keys == ["school_id"] and "stage" in table.frame:
        keys = ["school_id", "stage"]
    if "pupils" not in table.frame or not {*keys, "pupils"} <= set(rolls.frame.columns) or not keys:
        return
    told_of = table.frame.groupby(keys)["pupils"].sum()
    on_roll = rolls.frame.groupby(keys)["pupils"].sum().reindex(told_of.index)
    over = told_of.index[(told_of > on_roll + 0.5).to_numpy()]
    if not len(over):
        return
    mine = pd.MultiIndex.from_frame(table.frame[keys]) if len(keys) > 1 else pd.Index(table.frame[keys[0]])
    where = np.flatnonzero(mine.isin(over) & ~table.frame[keys].duplicated().to_numpy())

    def told(position: int) -> Text:
        key = mine[position]
        return Text(
            f"all rows of it add up to {told_of[key]:g}, but its roll in {rolls.file} is {on_roll[key]:g}.",
            f"该校该年级各行合计 {told_of[key]:g}，而 {rolls.file} 中在校生为 {on_roll[key]:g}。",
        )

    faults.rows(table, where, "pupils", told, _BOTH)


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    return np.nan_to_num(frame[column].to_numpy(dtype=np.float64))


def _total(frame: pd.DataFrame, columns: dict[int | None, str]) -> Floats:
    """Sum the grades, or take the total; NaN where a number is missing altogether or a fault in itself."""
    names = [name for grade, name in columns.items() if grade is not None] or [columns[None]]
    numbers = frame[names].where((frame[names] >= 0) & np.isfinite(frame[names]))
    return numbers.sum(axis=1, min_count=1).to_numpy(dtype=np.float64)


def _tell_grades_without_column(schools: Table, known: set[int], offered: dict[str, set[int]], faults: Faults) -> None:
    """Say which grades of a stage have no column where others of it have one: they count as without pupils."""
    frame = schools.frame
    own = frame["grades"] if "grades" in frame else [None] * len(frame)
    for stage in dict.fromkeys(s for s in frame["stage"] if isinstance(s, str)):
        mine = [set(g) if isinstance(g, tuple) else offered[stage] for s, g in zip(frame["stage"], own, strict=True)
                if s == stage]  # fmt: skip
        lacking = set().union(*mine) - known
        if not lacking or not set().union(*mine) & known:
            continue
        en, zh = STAGE_NAMES[stage]
        shown = format_grades(lacking)
        told = Text(
            f"no column for grades {shown} of {en}: they count as without pupils.",
            f"{zh}缺少 {shown} 年级的列：这些年级按没有学生计。",
        )
        mend = Text(
            "add their columns, or say which grades the schools have.", "请补充这些年级的列，或注明各校年级范围。"
        )
        faults.add(schools.file, told, mend, 1, warn=True)
