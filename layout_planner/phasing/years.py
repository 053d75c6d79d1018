"""What a timetable comes to: the edits with their years, the plan of every autumn, who is over-full, what to know."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from layout_planner.assignment.changes import ending_grades
from layout_planner.assignment.hosts import at_host
from layout_planner.assignment.solve import judged, with_rolls
from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.cohorts import Forecast
from layout_planner.phasing.schedule import Job, ending_years
from layout_planner.plan import Assignment, Plan
from layout_planner.plan.phasing import OVER_COLUMNS, PHASE_COLUMNS
from layout_planner.policy import class_limit
from layout_planner.scenario import Edit, Scenario, apply
from layout_planner.study import TIDY, Study
from layout_planner.study.stages import STAGE_NAMES, format_grades


def date_edits(scenario: Scenario, job: Job, year_of: Positions) -> Scenario:
    """Write the years into the edits; within a year what opens and builds comes first."""
    opened = {e.opens: int(y) for e, y in zip(job.edits, year_of[:-1], strict=True) if e.opens is not None}
    dated = [edit.ready_in(year) for edit, year in zip(job.edits, year_of[:-1].tolist(), strict=True)]
    for edit in scenario.edits:
        if not edit.timed:
            first = opened.get(edit.subject or "")
            dated.append(edit if first is None else replace(edit, year=max(edit.year or first, first)))
    return Scenario(scenario.name, sorted(dated, key=lambda edit: (edit.ready or 0, _rank(edit))), scenario.note)


def _rank(edit: Edit) -> int:
    return 0 if edit.opens is not None else 1 if edit.builds else 2


def _so_far(job: Job, scenario: Scenario, year: int) -> Scenario:
    """Give what is done by an autumn.

    A school being rebuilt without a host is shown running until the new one stands; of a school whose pupils may
    finish only the grades that have left are ended.
    """
    done: list[Edit] = []
    for edit in scenario.edits:
        own = edit.ready if edit.hosting is None else edit.year
        if (own or year) > year:
            continue
        lasts = ending_years(job, edit)
        if not lasts or own is None:
            done.append(edit)
        elif year >= own + lasts:
            done.append(replace(edit, year=own + lasts))
        else:
            done += _ended_so_far(job, edit, year - own)
    return Scenario(f"{scenario.name} {year}", done, scenario.note)


def _ended_so_far(job: Job, edit: Edit, autumns: int) -> list[Edit]:
    """End the grades that have left so many autumns after an edit, stage by stage."""
    parts: list[Edit] = []
    for stage in job.base.study.stages:
        grades = ending_grades(job.base.study, edit, stage)
        gone = [grade for grade in grades if grade - grades[0] <= autumns]
        if gone:
            parts.append(edit.ended_for(stage, format_grades(gone)))
    return parts


def carry_out(job: Job, scenario: Scenario, year_of: Positions) -> tuple[dict[int, Plan], pd.DataFrame, Floats]:
    """Make the plan of every autumn, list over-full schools, and count the pupils who move with each edit."""
    plans: dict[int, Plan] = {}
    over: list[pd.DataFrame] = []
    pupils = np.zeros(len(job.edits) + 1)
    away = [(edit, edit.hosting) for edit in scenario.edits if edit.hosting is not None]
    for year in track(range(job.start, job.until + 1), Text("the plan of each year", "逐年方案")):
        started = time.perf_counter()
        now, nothing = {}, {}
        so_far = _so_far(job, scenario, year)
        edited = apply(job.base.study, so_far, year)
        for stage, switch in job.switches.items():
            switched = switch.switched(year, year_of)
            whole = switch.whole(year, switched)
            mine = (switch.edit >= 0) & (switch.lag == 0)
            mine[mine] = year_of[switch.edit[mine]] == year
            pupils += np.bincount(switch.edit[mine], weights=whole[mine], minlength=len(pupils))
            unmoved = np.zeros(len(whole), dtype=bool)
            now[stage] = switch.assignment(edited, whole, switched, switch.after)
            for edit, stay in away:
                if stay.first <= year < stay.back and edit.concerns(stage):
                    now[stage] = at_host(now[stage], edited, job.plan.travel, str(edit.subject), stay.host)
            nothing[stage] = switch.assignment(job.base.study, whole, unmoved, switch.before)
            over.append(_over(job, edited, stage, year, now[stage], nothing[stage]))
        if year > job.last:
            continue
        base = _of_year(job.base, job.base.study, nothing, year, Scenario(str(Text("nothing done", "不作调整"))))
        base = judged(base, started, {"assign": "phased"})
        plan = _of_year(job.plan, edited, now, year, so_far).with_(base=base)
        plans[year] = judged(plan, started, {"assign": "phased"})
    table = pd.concat(over, ignore_index=True)
    return plans, table[list(OVER_COLUMNS)], pupils


def _of_year(plan: Plan, study: Study, assignments: Mapping[str, Assignment], year: int, scenario: Scenario) -> Plan:
    """Give a plan the children of an autumn."""
    children = [study.pupils.loc[~study.pupils["stage"].isin(list(assignments))]]
    for assignment in assignments.values():
        both = [assignment.flows, assignment.unplaced.loc[assignment.unplaced["place_id"] != ""]]
        rows = pd.concat([part[list(TIDY["pupils"])] for part in both if len(part)] or both[:1])
        keys = [key for key in TIDY["pupils"] if key != "pupils"]
        children.append(rows[list(TIDY["pupils"])].groupby(keys, sort=False)["pupils"].sum().reset_index())
    pupils = pd.concat([part for part in children if len(part)], ignore_index=True)
    dated = with_rolls(study.with_(year=year, pupils=pupils[list(TIDY["pupils"])]), assignments)
    # Who is over-full in which year stands in `Phasing.over`: seats are told there, not promised.
    assignments = {stage: one.with_(work={**one.work, "phased": year}) for stage, one in assignments.items()}
    # Districts and staff are of the plan's children, not of that autumn's.
    return plan.with_(
        name=f"{year} {scenario.name}" if plan.base is None else scenario.name,
        study=dated, scenario=scenario, assignments=assignments, base=None, districtings={}, staffing=None,
    )  # fmt: skip


def _over(job: Job, study: Study, stage: str, year: int, now: Assignment, nothing: Assignment) -> pd.DataFrame:
    """List the schools of a stage with more pupils than seats, and the children whom the moves leave without any."""
    ids = study.offering(stage)
    seats = study.seats(stage, class_limit(job.plan.rules, stage)).reindex(ids)
    roll = now.roll().reindex(ids, fill_value=0.0)
    full = roll[roll > seats + 1e-6].index
    without = nothing.roll().reindex(full, fill_value=0.0)
    lost = float(now.unplaced["pupils"].sum() - nothing.unplaced["pupils"].sum())
    nowhere = [lost] if lost > 1e-6 else []
    return pd.DataFrame(
        {
            "year": year,
            "school_id": [*full, *("" for _ in nowhere)],
            "name": [*(study.school_name(school) for school in full), *(str(_NOWHERE) for _ in nowhere)],
            "stage": stage,
            "roll": [*roll[full].astype(float), *nowhere],
            "seats": [*seats[full].astype(float), *(0.0 for _ in nowhere)],
            "over": [*(roll - seats)[full].astype(float), *nowhere],
            "because": [*np.where(without > seats[full] + 1e-6, "births", "moves"), *("moves" for _ in nowhere)],
        }
    )


_NOWHERE = Text("without a place", "无学位")


def table_of(job: Job, year_of: Positions, pupils: Floats) -> pd.DataFrame:
    """List the edits with their years, pupils, seats and cost (`PHASE_COLUMNS`)."""
    rows: list[dict[str, object]] = []
    seats = job.built.sum(axis=1)
    for at, edit in enumerate(job.edits):
        names = job.base.study.places["name"]
        school, place = edit.subject or "", edit.sends
        rows.append(
            {
                "year": int(year_of[at]),
                "do": edit.do,
                "school_id": school,
                "name": job.plan.study.school_name(school) if place is None else names.get(place, place),
                "stage": edit.stage or "",
                "into": edit.receiver or "",
                "pupils": float(pupils[at]),
                "seats": float(seats[at]),
                "cost": float(job.cost[at]),
                "reason": edit.reason or "",
            }
        )
    table = pd.DataFrame(rows, columns=list(PHASE_COLUMNS))
    return table.sort_values("year", kind="stable", ignore_index=True)


def remarks(job: Job, year_of: Positions) -> list[Text]:
    """Say what the yearly plans do not show, and when the moves take place that no edit explains."""
    notes = []
    name = job.plan.study.school_name
    for at, edit in enumerate(job.edits):
        if edit.hosting is not None:
            first, last = year_of[at] - edit.lasts, year_of[at] - 1
            school, host = name(str(edit.subject)), name(edit.hosting.host)
            notes.append(
                Text(
                    f"{school} is rebuilt from {first} to {last}; {host} has its pupils. They "
                    "come back, and do not count as moved twice, but stand among those who change school meanwhile.",
                    f"{school} {first}—{last} 年重建，学生在{host}过渡，建成后返回；不算二次转学，但计入当年转学人数。",
                )
            )
    if job.finish:
        notes.append(
            Text(
                "Pupils finish where they are: only the entry grade starts elsewhere, so nobody changes school; pupils "
                "in the table are those of the first autumn, and a school closes when its last grade has left.",
                "老生老办法：只有起始年级到新校入学，在校生不转学；表中人数为首年新生，末届毕业后学校撤销。",
            )
        )
    rebuilt = [name(str(e.subject)) for e in job.edits if e.becomes == "rebuilding" and e.hosting is None]
    if rebuilt:
        notes.append(
            Text(
                f"Shown in the old building until the new one stands: {', '.join(rebuilt)}. Where the pupils learn "
                "meanwhile is not reckoned.",
                f"新校舍建成前按原校舍在办显示：{'、'.join(rebuilt)}；过渡安置未计入。",
            )
        )
    rest = sum(float(s.rows["pupils"][s.edit == len(job.edits)].sum()) for s in job.switches.values())
    if rest > 0.5:
        notes.append(
            Text(
                f"{rest:,.0f} pupils change school without an edit that makes them; they do so in {year_of[-1]}.",
                f"{rest:,.0f} 名学生的转学不源于任何措施，安排在 {year_of[-1]} 年。",
            )
        )
    return notes


def unreckoned(job: Job, course: Forecast | None, variant: str) -> list[Text]:
    """Name children to come whose township has none of their stage today: nobody goes to a school they could follow."""
    notes: list[Text] = []
    if course is None:
        return notes
    for stage, switch in job.switches.items():
        mine = course.table.loc[(course.table["variant"] == variant) & (course.table["stage"] == stage)]
        coming = mine.groupby("year")["pupils"].sum()
        home = (switch.rows["place_id"] != "").to_numpy()
        lost = max(
            (coming[year] - switch.pupils(year)[home].sum() for year in switch.years if year in coming), default=0
        )
        if lost > 0.5:
            name = STAGE_NAMES[stage]
            notes.append(
                Text(
                    f"Up to {lost:,.0f} {name[0]} children a year in townships without any today are not reckoned.",
                    f"现无{name[1]}学生的乡镇中，每年至多 {lost:,.0f} 名未来学生未计入。",
                )
            )
    return notes
