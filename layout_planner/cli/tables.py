"""What the commands show of plans: the measures side by side, the findings, what a reader must know."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from layout_planner.base.messages import Text
from layout_planner.base.proof import STATUS_WORDS
from layout_planner.cli.console import say, show_table

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.plan import Plan
    from layout_planner.study import Study

MOST_ROWS = 12
"""Lines of findings or of children without a place; the rest is counted and stands in the files."""

STATES = {"open": Text("open", "在办"), "closed": Text("closed", "关闭"), "planned": Text("planned", "规划")}


def grade_name(grade: int) -> str:
    """Name a grade in the reader's language: the years of kindergarten have names, the others numbers."""
    from layout_planner.study.stages import grade_label

    years = {-2: "小班", -1: "中班", 0: "大班"}
    return str(Text(grade_label(grade), years.get(grade, str(grade))))


def stage_name(stage: str) -> str:
    """Name a stage in the reader's language."""
    from layout_planner.study.stages import STAGE_NAMES

    return str(Text(*STAGE_NAMES[stage]))


def show_head(plan: Plan) -> None:
    """Say who has no school, what is shown, how the ways were measured, and what every reader of it must know."""
    from layout_planner.travel.types import MODE_WORDS

    _show_without_a_school(plan)
    show_study(plan.study, plan.name)
    travels = plan.travel.items() if isinstance(plan.travel, Mapping) else [("", plan.travel)]
    for part, travel in travels:
        stage = part if isinstance(part, str) else part[0]
        whose = f" ({stage_name(stage)})" if stage else ""
        way = MODE_WORDS.get(travel.mode, Text(travel.mode, travel.mode))
        say(
            Text(
                f"· Ways{whose}: {way.en}; children at the pace of their age.",
                f"· 路程{whose}：{way.zh}；按各年级步速折算。",
            )
        )
        for note in travel.options.get("notes", ()):
            say(f"· {Text(note['en'], note['zh'])}")


def _show_without_a_school(plan: Plan) -> None:
    """Before all else: how many children have no school. Those who learn elsewhere today have one."""
    from layout_planner.plan import without_school

    count = float(without_school(plan)["pupils"].sum())
    if count > 0:
        plan_fails = Text(": this plan cannot be carried out.", "：方案不能实施。")
        so = plan_fails if plan.base is not None else Text(".", "。")
        say(Text(f"{count:,.0f} children have no school{so.en}", f"{count:,.0f} 名儿童无学可上{so.zh}"))


def show_study(study: Study, what: str = "") -> None:
    """Name a study, and say what every reader of its figures must know."""
    name = study.name if study.name.endswith(str(study.year)) else f"{study.name} {study.year}"
    say(f"{name} · {what}" if what else name)
    if study.simulated:
        say(Text("Simulated data: places, schools and people are made up.", "模拟数据：地名、学校、人口均为虚构。"))
    for told in study.sources.get("statements", ()):
        say(f"· {told}")


def show_measures(plans: Sequence[Plan], everything: bool = False, stages: Sequence[str] | None = None) -> None:
    """Print the county's measures of plans side by side; of two plans the change too.

    Parameters
    ----------
    everything
        Every measure that has a name, not only those the catalogue shows in tables.
    stages
        These stages only; None for all.
    """
    from layout_planner.measures import compare
    from layout_planner.measures.catalogue import shown_in
    from layout_planner.page.measure_words import named, worded

    table = compare(plans)
    header: list[object] = [Text("stage", "学段"), Text("measure", "指标"), *table.columns]
    two = len(plans) == 2
    if two:
        header.append(Text("change", "变化"))
    rows = []
    last = ""
    for stage in dict.fromkeys(table.index.get_level_values("stage")):
        if stages is not None and stage not in stages:
            continue
        mine = table.loc[stage]
        order = [m.name for m in shown_in("table") if m.name in mine.index.get_level_values("measure")]
        if everything:
            order = [m for m in mine.index.get_level_values("measure") if named(m)]
        for measure in order:
            row = mine.loc[measure]
            unit, values = str(row.index[0]), [float(value) for value in row.iloc[0]]
            seldom = measure in ("unplaced", "elsewhere", "outside") or measure.startswith("schools_")
            if not everything and seldom and not any(v > 0 for v in values):
                continue
            words = worded(measure, unit)
            label = Text(words["en"], words["zh"])
            cells = [written(value, words["kind"]) for value in values]
            if measure in ("beyond_reach_minutes", "beyond_reach_metres"):
                label, cells = _beyond(plans, stage, measure, label, cells)
            change = [written(values[1] - values[0], words["kind"], sign=True)] if two else []
            shown_stage = stage_name(stage) if stage != last else ""
            rows.append([shown_stage, label, *cells, *change])
            last = stage
    show_table(header, rows, numbers=range(2, len(header)))


def _beyond(plans: Sequence[Plan], stage: str, measure: str, label: Text, cells: list[str]) -> tuple[Text, list[str]]:
    """Say of which grades the share beyond reach is, and how many of how many pupils."""
    from layout_planner.measures.distance import reach_band
    from layout_planner.travel.types import travel_for

    last = plans[-1]
    mode = travel_for(last.travel, stage).mode if last.travel else ""
    band = reach_band(last.rules, measure.removeprefix("beyond_reach_"), stage, last.study.grades(stage), mode)
    told = []
    for plan, cell in zip(plans, cells, strict=True):
        far = plan.scorecard.value(f"{measure}_pupils", stage)
        held = plan.scorecard.value(f"held_to_{measure.removeprefix('beyond_')}_pupils", stage)
        many = Text(f"{cell} ({far:,.0f} of {held:,.0f})", f"{cell}（{held:,.0f} 人中 {far:,.0f} 人）")
        told.append(cell if math.isnan(far) else str(many))
    return Text(f"{label.en}, grades {band}", f"{band} 年级{label.zh}"), told


def written(value: float, kind: str, sign: bool = False) -> str:
    """Write a value as its kind asks: counts whole, minutes with one decimal, metres as kilometres."""
    if math.isnan(value):
        return "–"
    scale, decimals, unit = {
        "count": (1.0, 0, ""),
        "minutes": (1.0, 1, str(Text(" min", " 分钟"))),
        "metres": (0.001, 2, str(Text(" km", " 千米"))),
        # A change of a share is in points: 61 % → 62 % is one point more, not one per cent.
        "percent": (1.0, 1, str(Text(" pp", " 个百分点")) if sign else " %"),
        "share": (100.0, 1, str(Text(" pp", " 个百分点")) if sign else " %"),
        "ratio": (1.0, 3, ""),
    }[kind]
    rounded = round(value * scale, decimals)
    if sign and rounded == 0:
        return "="
    return f"{rounded:{'+' if sign else ''},.{decimals}f}{unit}"


def show_edits(plan: Plan) -> None:
    """Print the edits of the what-if, one a line, with the names of the schools."""
    edits = plan.scenario.edits
    for edit in edits[:MOST_ROWS]:
        said = vars(edit)
        names = [plan.study.school_name(said[key]) for key in ("school", "into") if said.get(key)]
        subject = " → ".join(names) or str(said.get("place") or said.get("site") or "")
        year = f" {edit.year}" if edit.year is not None else ""
        say(f"  {edit.label}{year} {subject}{f' ({edit.reason})' if edit.reason else ''}")
    if len(edits) > MOST_ROWS:
        more = len(edits) - MOST_ROWS
        say(Text(f"  … and {more} more edits.", f"  ……另有 {more} 项改动。"))


def show_changed_schools(plan: Plan) -> None:
    """Print the schools whose roll changes most against what the plan is compared with."""
    from layout_planner.measures import compare

    if plan.base is None:
        return
    both = compare([plan.base.with_(name="before"), plan.with_(name="after")], scope="school")
    wide = both.reset_index().pivot(index=["stage", "id"], columns="measure", values=["before", "after"])
    rolls = wide.xs("roll", axis=1, level="measure").fillna(0.0)
    change = (rolls["after"] - rolls["before"]).abs()
    changed = change[change >= 0.5].sort_values(ascending=False, kind="stable").index
    if not len(changed):
        return
    rows = []
    # A school may live on with another stage (a kindergarten in a closed primary): what counts is this stage.
    open_for = {stage: set(plan.study.offering(stage)) for stage in plan.assignments}
    for stage, school in changed[:MOST_ROWS]:
        row = wide.loc[(stage, school)]
        state = str(plan.study.schools.at[school, "state"]) if school in open_for[stage] else "closed"
        cells = [plan.study.school_name(school), STATES[state]]
        for measure, kind in (("roll", "count"), ("seats", "count"), ("minutes", "minutes")):
            old, new = written(row[("before", measure)], kind), written(row[("after", measure)], kind)
            cells.append(old if old == new else f"{old} → {new}")
        rows.append(cells)
    header = (Text("school", "学校"), Text("state", "状态"), Text("pupils", "在校生"), Text("seats", "学位"),
              Text("mean way of its pupils", "学生平均单程时间"))  # fmt: skip
    show_table(header, rows, numbers=(2, 3, 4), title=Text("Schools that change most", "变动最大的学校"))
    if len(changed) > MOST_ROWS:
        more = len(changed) - MOST_ROWS
        say(Text(f"… and {more} more; see schools.csv.", f"……另有 {more} 所，见 schools.csv。"))


def show_findings(plan: Plan) -> None:
    """Print how many breaches there are of each rule, and its source; then what could not be checked."""
    from layout_planner.plan.concerned import pupils_by

    found = plan.findings
    _show_unchecked(plan)
    if not len(found):
        say(Text("No findings.", "未发现问题。"))
        return
    advice = Text("advice", "建议性")
    terms = {rule: plan.rules.term(rule) for rule in found["rule"].unique()}
    words = {rule: str(term) for rule, term in terms.items() if term is not None}
    accepted = str(Text(" · accepted", " · 已说明理由"))
    told = found["rule"].map(words).fillna(found["what"]) + (found["overridden_because"] != "").map(
        {True: accepted, False: ""}
    )
    grouped = found.assign(what=told).groupby(["stage", "what", "severity", "source"], sort=False)
    pupils = pupils_by(found.assign(what=told), ["stage", "what", "severity", "source"])
    table = grouped.agg(cases=("id", "size")).join(pupils).reset_index()
    rows = [
        [
            stage_name(row.stage),
            f"{row.what} ({advice})" if row.severity == "advice" else row.what,
            f"{row.cases:,}",
            f"{row.pupils:,.0f}",
            row.source,
        ]
        for row in table.head(4 * MOST_ROWS).itertuples()
    ]
    header = (Text("stage", "学段"), Text("finding", "问题"), Text("cases", "处"), Text("pupils", "涉及学生"),
              Text("source", "依据"))  # fmt: skip
    show_table(header, rows, numbers=(2, 3), title=Text("Findings", "发现的问题"))


def _show_unchecked(plan: Plan) -> None:
    """Name in one line each what no data tell of, the stages together."""
    if not len(plan.unchecked):
        return
    what = plan.unchecked["what"].str.split(" · ").str[-1]
    by = plan.unchecked.assign(what=what).groupby(["what", "missing"], sort=False)["stage"].agg(list)
    header = (Text("not checked", "未检查"), Text("stage", "学段"), Text("no data on", "缺少的数据"))
    rows = [
        [what, ", ".join(stage_name(stage) for stage in stages if stage), missing]
        for (what, missing), stages in by.items()
    ]
    show_table(header, rows, title=Text("Not checked: no data", "未检查：无数据"))


def show_unplaced(plan: Plan) -> None:
    """Name the children without a school, then those who learn elsewhere; most pupils first."""
    from layout_planner.plan import lacks_school

    lacking = lacks_school(plan.unplaced)
    _show_left(plan, plan.unplaced.loc[lacking], Text("Without a school", "未安置学生"))
    _show_left(plan, plan.unplaced.loc[~lacking], Text("Learn elsewhere", "县外就读学生"))


def _show_left(plan: Plan, left: pd.DataFrame, title: Text) -> None:
    if not len(left):
        return
    sums = left.groupby(["stage", "place_id", "reason"], sort=False)["pupils"].sum().sort_values(ascending=False)
    names = plan.study.places.get("name", {})
    header = (Text("stage", "学段"), Text("place", "居住点"), Text("reason", "原因"), Text("pupils", "学生"))
    rows = [
        [stage_name(stage), f"{place} {names.get(place, '')}".strip(), reason, f"{pupils:,.0f}"]
        for (stage, place, reason), pupils in sums.head(MOST_ROWS).items()
    ]
    total = f"{sums.sum():,.0f}"
    show_table(header, rows, numbers=(3,), title=Text(f"{title.en}: {total} pupils", f"{title.zh}：{total} 人"))
    if len(sums) > MOST_ROWS:
        more = len(sums) - MOST_ROWS
        say(Text(f"… and {more} more; see unplaced.csv.", f"……另有 {more} 行，见 unplaced.csv。"))


def show_status(plan: Plan) -> None:
    """Say by stage how good the answer is known to be, and what was assumed or did not fit."""
    from layout_planner.page.method_words import method_words

    for stage, assignment in plan.assignments.items():
        line = f"{stage_name(stage)} · {method_words(assignment)} · {STATUS_WORDS[assignment.status]}"
        if assignment.gap < 1e-9:
            line += str(Text(" · proved best", " · 已证明最优"))
        elif math.isfinite(assignment.gap):
            share = f"{100 * assignment.gap:.2g}"
            line += str(Text(f" · no answer is more than {share} % better", f" · 不存在优于此方案 {share}% 以上的方案"))
        if assignment.proof.remark is not None:
            line += f" · {assignment.proof.remark}"
        say(line)
        before = plan.base.assignments.get(stage) if plan.base is not None else None
        if before is not None and before.method == "assumed":
            say(
                Text(
                    f"  Compared with an assumed today: {before.notes[0].en}",
                    f"  所比较的现状为推定：{before.notes[0].zh}",
                )
            )
        for note in assignment.notes[:MOST_ROWS]:
            say(f"  {note}")
        if len(assignment.notes) > MOST_ROWS:
            more = len(assignment.notes) - MOST_ROWS
            say(Text(f"  … and {more} more notes.", f"  ……另有 {more} 条说明。"))


SITES = {
    "closed": Text("closed", "关闭"), "campus": Text("campus", "分校区"),
    "teaching_point": Text("teaching point", "教学点"),
    "kindergarten": Text("kindergarten", "改办幼儿园"), "rebuilding": Text("rebuilding", "改扩建"),
}  # fmt: skip


def numbers_written(*values: float, decimals: int = 0) -> list[str]:
    """Write numbers with so many decimals; – where there is none."""
    return ["–" if math.isnan(value) else "∞" if math.isinf(value) else f"{value:,.{decimals}f}" for value in values]


def yuan_written(value: float) -> str:
    """Write whole yuan."""
    return "–" if math.isnan(value) else f"{value:,.0f}"
