"""Giving each edit of a plan its year (分期实施): the verb `phase`.

An edit e takes place in one autumn t: z_et = 1; Z_et = Σ_{u≤t} z_eu says that it has taken place by then.

    first   least Σ_jst o_jst                                                  pupils too many, over rooms and years
    then    least Σ_e Σ_t p_et z_et                                            p = t − start for a closure: early gain;
                                                                               a little for building before it is needed
    s.t.    Σ_t z_et = 1
            R_jst + Σ_e Σ_u n_ejstu z_eu ≤ q_js + o_jst                        build before close; no receiver over-full
            Σ closures z_et ≤ n;  Σ m_et z_et ≤ m;  Σ cost_b z_bt ≤ budget     in every year
            Z_bt ≤ Z_a,t−lag                                                   where edit b needs edit a
            z_et = 0 before the edit's own year, and before the procedure allows it

j school, s stage; R pupils with nothing moved, of that autumn's forecast; q seats before; n pupils less seats that edit
e, taking place in year u, brings to a room by autumn t: all its pupils from u on, or grade by grade where they may
finish where they are (老生老办法); seats from u on; and while a school is rebuilt its pupils at the host. m pupils who
go to another school with e in its own year. The two steps stand for one objective with a weight on o that no gain
outweighs. Deciding when sites open and close is the multiperiod location problem: Wesolowsky and Truscott 1975, "The
multiperiod location-allocation problem with relocation of facilities", Management Science 22; with openings spread
over a horizon, Albareda-Sambola, Fernández, Hinojosa and Puerto 2009, "The multi-period incremental service facility
location problem", Computers & Operations Research 36. Here who goes where is taken from the plan, and only the years
are decided; HiGHS solves it with bound and gap.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.base.options import Effort, told
from layout_planner.base.proof import unproved
from layout_planner.cohorts import Forecast
from layout_planner.cohorts import forecast as make_forecast
from layout_planner.phasing.schedule import (
    lay_out,
    prepare,
)
from layout_planner.phasing.settings import USUAL, Pace
from layout_planner.phasing.timetable import PUPIL_YEARS, UNIT, Found, Timetable, least_limit, solve_timetable
from layout_planner.phasing.years import carry_out, date_edits, remarks, table_of, unreckoned
from layout_planner.plan import Plan
from layout_planner.plan.phasing import OVER_COLUMNS, PHASE_COLUMNS, Phasing
from layout_planner.policy import earliest_closing_years
from layout_planner.scenario import Edit
from layout_planner.solving.clock import Clock, ClockKind

LIMITS = {
    "closures": Text("closures a year", "每年撤并数"),
    "moved": Text("pupils moved a year", "每年转学学生数"),
    "budget": Text("yuan a year", "每年经费（元）"),
}
"""The yearly limits as readers know them."""


def phase(
    plan: Plan,
    start: int,
    end: int,
    *,
    forecast: Forecast | None = None,
    variant: str = "middle",
    settings: Pace | None = None,
    effort: Effort | None = None,
    **further: object,
) -> Phasing:
    """Give each closure, enlargement and opening of a plan its year.

    Seats are built before pupils come, receiving schools are never over-full on the forecast where that can be had,
    no child changes school twice, and what closes closes early. The formulation stands in this module's head.

    Parameters
    ----------
    plan
        What is to be reached; solved from today (`plan.base`).
    start, end
        First and last autumn in which anything takes place.
    forecast, variant
        Pupils to come, and which course; reckoned from the study's births where left out. Without births every autumn
        has today's children, and a note says so.
    settings
        How much one autumn may hold, and who moves when: see `Pace`.
    effort
        Seconds (120), what they are of, and gap (0.001) of the solver.
    **further
        Fields of `Pace` and `Effort` one by one: ``most_closures=6``, ``finish=True``, ``gap=0.01`` …; they go before
        those of the records.

    Returns
    -------
    Phasing
        Always. Where the yearly limits cannot be kept the status is "infeasible" and the notes name the limit and the
        least that would do.

    Raises
    ------
    DataError
        A plan without a base, or arguments that do not fit together.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> what = lp.Scenario("merger", [lp.Merge("P037", into="P036"), lp.Expand("P036", seats=1350)])
    >>> plan = lp.solve(study, ways, scenario=what, stage="primary")
    >>> years = lp.phase(plan, start=2024, end=2026)
    >>> years.table[["year", "do", "school_id", "pupils", "seats"]]
       year      do school_id  pupils  seats
    0  2024   merge      P037   288.0    0.0
    1  2024  expand      P036     0.0  495.0
    """
    started = time.perf_counter()
    pace, search = told("phase", settings, Pace(), effort, USUAL, further)
    time_limit, kind = float(search.seconds or 0.0), search.clock or "wall"
    longest = max(len(plan.study.grades(stage)) for stage in plan.assignments) - 1
    until = max(end, pace.until or end + (longest if pace.finish else 0))
    _check(plan, start, end, forecast, until, pace)
    limits = {"closures": pace.most_closures, "moved": pace.most_moved, "budget": pace.budget}
    given = {name: float(value) for name, value in limits.items() if value is not None}
    course, notes = _forecast_of(plan, forecast, variant, until)
    job = prepare(plan, start, end, until, course, variant, pace.seat_cost, pace.finish)
    lawful = pace.lawful
    if lawful is None:
        ends = [edit.subject for edit in job.edits if edit.ends and edit.subject is not None]
        lawful = earliest_closing_years(job.base.study, plan.rules, ends)
    problem = lay_out(job, pace.build_years, lawful, given)
    late = [job.edits[e] for e in np.flatnonzero(~problem.allowed[:-1].any(axis=1))]
    if late:
        found = Found(None, unproved("infeasible", UNIT), unproved("infeasible", PUPIL_YEARS))
        notes.append(_too_late(plan, late, end))
    else:
        found = solve_timetable(problem, float(search.gap or 0.0), Clock(time_limit, kind))
        if found.year is None:
            notes += _why_not(problem, min(time_limit / 6, 10.0), kind) if found.status == "infeasible" else [_NO_TIME]
    work = {"unit": found.proof.unit, "pupils_over": found.over, "pupils_over_bound": found.over_bound,
            "nodes": found.nodes, "edits": len(job.edits), "rooms": len(problem.seats)}  # fmt: skip
    if found.year is None:
        return Phasing(
            plan.scenario, pd.DataFrame(columns=list(PHASE_COLUMNS)), {}, pd.DataFrame(columns=list(OVER_COLUMNS)),
            found.proof, time.perf_counter() - started, work, tuple(notes),
        )  # fmt: skip
    year_of = start + found.year
    scenario = date_edits(plan.scenario, job, year_of)
    plans, over, pupils = carry_out(job, scenario, year_of)
    notes += [*remarks(job, year_of), *unreckoned(job, course, variant)]
    return Phasing(
        scenario=scenario,
        table=table_of(job, year_of, pupils),
        plans=plans,
        over=over,
        proof=found.proof,
        seconds=time.perf_counter() - started,
        work=work,
        notes=tuple(notes),
    )


_OTHERS_KEPT = Text("with the other limits as they are", "其余上限不变时")
_OTHERS_DROPPED = Text("even without the other limits", "即使不计其余上限")
_LEAST = Text("is the least that would do", "至少需要")
_ENOUGH = Text("would do, less was not ruled out in the time given", "可行值（限时内未排除更小）为")
_NO_TIME = Text("no timetable was found in the time given; give more.", "限时内未找到分期方案，请放宽时限。")


def _check(plan: Plan, start: int, end: int, forecast: Forecast | None, until: int, pace: Pace) -> None:
    """Refuse arguments that do not fit together."""
    if plan.base is None:
        raise refuse(
            "the plan has no base: today cannot be phased",
            "方案没有对照：现状无法分期",
            "give the plan that solve made of a scenario",
            "请给出 solve 由方案得出的结果",
        )
    year = plan.base.study.year
    if not year <= start <= end:
        raise refuse(
            f"start= {start} and end= {end} must follow the study's year {year}, in this order",
            f"start= {start}、end= {end} 须依次不早于研究年份 {year}",
            "correct the years",
            "请更正年份",
        )
    if forecast is not None and (forecast.to < until or forecast.base.year != year):
        raise refuse(
            f"the forecast runs from {forecast.base.year} to {forecast.to}; {year} to {until} is needed",
            f"预测自 {forecast.base.year} 至 {forecast.to} 年；需要 {year} 至 {until} 年",
            f"forecast(study, to={until}) from the plan's study of today",
            f"请用现状研究计算 forecast(study, to={until})",
        )
    numbers = (pace.most_closures, pace.most_moved, pace.budget, pace.build_years, pace.seat_cost)
    if any(number is not None and number < 0 for number in numbers):
        raise refuse(
            "yearly limits, seat_cost= and build_years= cannot be negative",
            "年度上限、seat_cost= 与 build_years= 不能为负",
            "correct them",
            "请更正",
        )
    if pace.budget is not None and pace.seat_cost is None:
        raise refuse(
            "a budget needs the price of a seat",
            "有经费上限时须给出每学位造价",
            "give seat_cost= in yuan",
            "请给出每学位造价（元）：seat_cost= ",
        )


def _forecast_of(plan: Plan, forecast: Forecast | None, variant: str, until: int) -> tuple[Forecast | None, list[Text]]:
    """Give the forecast, and what the reader must know of it; None where today's children stand for every autumn."""
    assert plan.base is not None
    study = plan.base.study
    if forecast is None and until > study.year and len(study.births):
        forecast = make_forecast(study, until)
    if forecast is None:
        told = Text(
            "The study has no births: every autumn has the children of today.",
            "研究中没有出生数据：各年均按现状学生数计算。",
        )
        return None, [told] if until > study.year else []
    known = list(dict.fromkeys(forecast.table["variant"]))
    if variant not in known:
        hint = did_you_mean(variant, known)
        raise refuse(
            f'the forecast has no variant "{variant}"{hint.en}',
            f"预测中没有方案“{variant}”{hint.zh}",
            f"use one of {', '.join(known)}",
            f"可用：{'、'.join(known)}",
        )
    return forecast, list(forecast.notes)


def _why_not(problem: Timetable, seconds: float, kind: ClockKind) -> list[Text]:
    """Name the yearly limits that cannot be kept, and the least that would do."""
    for others in (True, False):
        told = []
        for name, limit in problem.limits.items():
            least = least_limit(problem, name, others, Clock(seconds, kind))
            if least is None or least.value <= limit + 1e-6:
                continue
            what, value = LIMITS[name], np.ceil(least.value - 1e-6)
            when = _OTHERS_KEPT if others else _OTHERS_DROPPED
            sure = _LEAST if least.proved else _ENOUGH
            told.append(
                Text(
                    f"{what.en}: {limit:,.0f} cannot be kept; {when.en} {value:,.0f} {sure.en}.",
                    f"{what.zh}：{limit:,.0f} 无法满足；{when.zh}，{sure.zh} {value:,.0f}。",
                )
            )
        if told:
            return told
    return [
        Text(
            "The edits' own years and the order they need leave no timetable; give more years.",
            "各项措施的最早年份与先后次序排不出分期；请延长期限。",
        )
    ]


def _too_late(plan: Plan, late: Sequence[Edit], end: int) -> Text:
    names = [plan.study.school_name(edit.subject or edit.receiver or "") for edit in late]
    shown, more = names[:10], " …" if len(names) > 10 else ""
    return Text(
        f"{len(late)} edits may not take place by {end} (own year, building time or procedure): "
        f"{', '.join(shown)}{more}.",
        f"{len(late)} 项措施最早也晚于 {end} 年（自定年份、建设周期或程序）：{'、'.join(shown)}{more}。",
    )
