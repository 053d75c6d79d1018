"""The verb `partition`: management districts of a study, proved where the county is small enough."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import ceil, floor

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Ints
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.goals import goal_of
from layout_planner.base.messages import Text
from layout_planner.base.options import Effort, told
from layout_planner.base.proof import Ended, Proof
from layout_planner.base.units import in_units
from layout_planner.districts.baselines import BASELINES, divide_by, told_of
from layout_planner.districts.diagnosis import nearest_windows
from layout_planner.districts.leads import detach_leads, divide_seats, keep_leads, strongest
from layout_planner.districts.settings import USUAL, Partition
from layout_planner.districts.terms import STANDARD_TERMS, STANDARD_WEIGHTS, Part, Term, combine
from layout_planner.districts.units import Units, make_units, strength_map
from layout_planner.engines.districting.costs import plan_cost
from layout_planner.engines.districting.division import Division, divide
from layout_planner.engines.districting.enumeration import MOST_UNITS
from layout_planner.engines.districting.problem import ArrayPlan, DistrictProblem, LeadMode, make_problem
from layout_planner.plan.districting import DIAGNOSIS_COLUMNS, TERM_COLUMNS, Districting
from layout_planner.study import Study
from layout_planner.travel import TravelLike

WINDOWS = ("townships", "population", "pupils")

PUBLISHED: Mapping[str, Mapping[str, object]] = {
    "junior": {"districts": 5, "townships": (6, 9), "population": 130_000, "pupils": 5_000},
    "primary": {"districts": 8, "townships": (3, 5), "population": 80_000, "pupils": 7_000},
}
"""The published reform of one county (28 junior schools → 5 districts, 83 primary → 8), for `partition(**…)`."""


@dataclass(frozen=True, eq=False)
class Case:
    """What `partition` solves: units, parts of the objective and windows.

    Parameters
    ----------
    units
        Labels and arrays.
    parts
        Term → (weight, part).
    problem
        The arrays.
    """

    units: Units
    parts: Mapping[str, tuple[float, Part]]
    problem: DistrictProblem


def partition(
    study: Study,
    travel: TravelLike,
    stage: str,
    *,
    districts: int,
    settings: Partition | None = None,
    effort: Effort | None = None,
    **further: object,
) -> Districting:
    """Divide a county into management districts (管理学区).

    Parameters
    ----------
    study, travel, stage
        The facts, the ways, and whose schools are to be run together.
    districts
        How many; exactly.
    settings
        What districts must be, and what they should be: see `Partition`.
    effort
        Seconds (60) and seed of the annealing.
    **further
        Fields of `Partition` and `Effort` one by one: ``lead_mode="none"``, ``townships=(3, 5)``, ``seed=7`` …; they
        go before those of the records.

    Returns
    -------
    Districting
        Always, with status, bound and gap. Where the windows cannot be met the status is "infeasible", `diagnosis`
        holds the nearest windows that can, and the division shown breaks them least.

    Raises
    ------
    DataError
        An unknown term, lead or district number.

    Notes
    -----
    Up to 64 units: every connected set of units within the windows is enumerated (ESU, Wernicke 2006), and districts
    are chosen among them by set partitioning (Garfinkel and Nemhauser 1970) with column pricing, subset-row cuts
    (Jepsen et al. 2008) and Ryan–Foster branches; fixing by reduced cost starts from an annealing bound. Above:
    annealing, with the bound of the relaxation without connection.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> areas = lp.partition(study, ways, stage="junior", districts=5)
    >>> areas.status
    'optimal'
    >>> areas.lead_of
    district
    D1    J03
    D2    J04
    D3    J05
    D4    J06
    D5    J07
    Name: lead, dtype: str
    """
    started = time.perf_counter()
    wish, work = told("partition", settings, Partition(), effort, USUAL, further)
    case = make_case(study, travel, stage, districts, wish)
    if wish.method != "best":
        return _by_clustering(case, study, stage, wish.method, int(work.seed or 0), started)
    return solve_case(case, study, stage, int(work.seed or 0), float(work.seconds or 0.0), started)


def make_case(study: Study, travel: TravelLike, stage: str, districts: int, wish: Partition) -> Case:
    """Lay the arguments of `partition` out as arrays."""
    known, weight = _terms(wish.weights, wish.terms)
    if wish.today is None:
        known.pop("keep")  # nothing to keep
    strengths = strength_map(study, stage, wish.strength)
    own = [] if wish.lead_mode == "none" else wish.leads
    units = make_units(study, travel, stage, districts, wish.units, own, wish.strength, wish.today)
    mode: LeadMode = wish.lead_mode if len(units.leads) else "none"
    if mode == "none" and wish.lead_mode != "none" and (wish.leads is None or len(wish.leads)):
        raise refuse(
            "no school is marked as a candidate lead", "没有标为学区长候选的学校",
            'name them in leads=, or use lead_mode="none"', '在 leads= 中指定，或用 lead_mode="none"',
        )  # fmt: skip
    if mode == "inside":
        units = _one_lead_a_unit(units, strengths)
    if mode == "detached":
        candidates = units.homes.copy()
        units = keep_leads(units, sorted(strongest(units, districts, strengths)))
        rolls = study.roll(stage).fillna(0.0).to_dict()
        if wish.divide_towns:
            units = divide_seats(units, candidates, rolls, strengths)
        else:
            units = detach_leads(units, rolls, strengths)
    low, high = _windows(units, districts, wish)
    parts = {name: (weight[name], term(units)) for name, term in known.items() if weight[name] != 0}
    problem = make_problem(
        units.edges,
        np.stack([units.size, units.population, units.pupils]),
        low,
        high,
        districts,
        combine(units, list(parts.values())),
        units.homes if mode != "none" else None,
        mode,
        np.stack([units.lead_size, units.lead_population, units.lead_pupils]) if mode != "none" else None,
    )
    return Case(units, parts, problem)


def solve_case(case: Case, study: Study, stage: str, seed: int, time_limit: float, started: float) -> Districting:
    """Solve a case and label the answer."""
    result = divide(case.problem, seed, time_limit)
    diagnosis = pd.DataFrame(columns=list(DIAGNOSIS_COLUMNS))
    notes = list(case.units.notes)
    if result.status == "infeasible":
        diagnosis = _diagnosis(case.problem) if case.problem.n <= MOST_UNITS else diagnosis
        notes.append(_explained(diagnosis))
    if result.status == "interrupted":
        notes.append(
            Text(
                "No division within the windows was found in the time given, and none was ruled out.",
                "在给定时间内未找到满足全部区间的划分，也未能证明其不存在。",
            )
        )
    plan = result.plan if result.plan is not None else _anything(case.problem)
    return label(case, plan, result, study, stage, diagnosis, tuple(notes), time.perf_counter() - started)


def _by_clustering(case: Case, study: Study, stage: str, method: str, seed: int, started: float) -> Districting:
    """Divide by a baseline, and label the answer."""
    if method not in BASELINES:
        raise refuse(
            f'no method "{method}"{did_you_mean(method, BASELINES).en}',
            f"没有方法“{method}”{did_you_mean(method, BASELINES).zh}",
            f"use best, {', '.join(BASELINES)}", f"可用：best、{'、'.join(BASELINES)}",
        )  # fmt: skip
    result = divide_by(method, case.problem, case.units, study, seed)
    note = told_of(result)
    notes = (*case.units.notes, *([note] if note else []))
    assert result.plan is not None
    nothing = pd.DataFrame(columns=list(DIAGNOSIS_COLUMNS))
    return label(case, result.plan, result, study, stage, nothing, notes, time.perf_counter() - started)


def _evaluate(case: Case, names: Sequence[str], leads_given: Ints, of: pd.Series, lead: pd.Series) -> pd.DataFrame:
    """Work out the terms of a division given by its labels."""
    units, problem = case.units, case.problem
    known = {d: i for i, d in enumerate(names)}
    has_leads = problem.mode != "none"
    arrays = ArrayPlan(
        np.array([known[d] for d in of.reindex(units.ids)], dtype=np.int64),
        units.leads.get_indexer(lead.reindex(list(names))).astype(np.int64) if has_leads else leads_given,
    )
    rows = []
    for term, (weight, part) in case.parts.items():
        value = plan_cost(problem, arrays, combine(units, [(1.0, part)]))
        rows.append((term, weight, value, weight * value))
    return pd.DataFrame(rows, columns=list(TERM_COLUMNS))


def label(
    case: Case,
    plan: ArrayPlan,
    result: Division,
    study: Study,
    stage: str,
    diagnosis: pd.DataFrame,
    notes: tuple[Text, ...],
    seconds: float,
) -> Districting:
    """Give a division of positions its labels."""
    units, problem = case.units, case.problem
    plan = _in_order(plan, problem)
    names = [f"D{d + 1}" for d in range(problem.districts)]
    district_of = pd.Series([names[d] for d in plan.district_of], index=units.ids, name="district", dtype="str")
    has_leads = problem.mode != "none"
    leads = [str(units.leads[i]) for i in plan.lead_of] if has_leads else []
    lead_of = pd.Series(leads, index=names if has_leads else [], name="lead", dtype="str")
    district_of_lead = dict(zip(leads, names, strict=False))
    schools = {s: str(district_of[u]) for s, u in units.unit_of_school.items()}
    schools |= {s: district_of_lead[lead] for s, lead in units.lead_of_school.items() if lead in district_of_lead}
    if has_leads:
        schools |= {lead: d for d, lead in lead_of.items()}  # a detached lead belongs to the district it leads
    order = [s for s in study.offering(stage) if s in schools]
    school_district = pd.Series(
        [schools[s] for s in order], index=pd.Index(order, name="school_id"), name="district", dtype="str"
    )
    school_district.attrs["unit"] = dict(units.unit_of_school)

    evaluate = partial(_evaluate, case, names, plan.lead_of)
    table = evaluate(district_of, lead_of)
    objective = float(table["cost"].sum())
    bound = float(result.bound) if np.isfinite(result.bound) else float("nan")
    ended: Ended = result.proof.ended if result.proof.found or result.status == "infeasible" else "failed"
    return Districting(
        stage=stage,
        district_of=district_of.rename_axis(units.ids.name or "unit_id"),
        lead_of=lead_of.rename_axis("district"),
        school_district=school_district,
        units=pd.DataFrame(
            {
                "name": list(units.names),
                "townships": units.size,
                "population": units.population,
                "pupils": units.pupils,
            },
            index=units.ids,
        ),
        edges=_edges(units),
        windows=_window_table(problem),
        lead_shares=pd.DataFrame(problem.lead_weights.T, index=units.leads, columns=list(WINDOWS))
        if has_leads
        else pd.DataFrame(columns=list(WINDOWS)),
        inside=problem.mode == "inside",
        lead_units=pd.Series(
            [str(units.ids[h]) for h in units.homes if h >= 0] if has_leads else [],
            index=[str(s) for s, h in zip(units.leads, units.homes, strict=False) if h >= 0],
            dtype="str",
        ),
        terms=table,
        evaluate=evaluate,
        method=str(result.work["method"]),
        proof=Proof(objective, objective if ended == "proved" else min(bound, objective), ended=ended),
        seconds=seconds,
        work=result.work,
        diagnosis=diagnosis,
        notes=notes,
        problem=case,
    )


@in_units()
def alike_against_mixed(
    districting: Districting, study: Study, shares: Sequence[float] = (0, 0.25, 0.5, 0.75, 1)
) -> pd.DataFrame:
    """Show the conflict between likeness and mixture: solve again with their common weight shifted to and fro.

    Parameters
    ----------
    districting
        From `partition`.
    study
        The same study.
    shares
        Share of the weight that goes to "mix".

    Returns
    -------
    pd.DataFrame
        Index share_mix: status, gap, alike, mix and every other term's value.
    """
    case: Case = districting.problem
    weight = sum(case.parts[name][0] for name in ("alike", "mix") if name in case.parts)
    rows = []
    for share in shares:
        parts = dict(case.parts)
        for name, own in (("mix", share), ("alike", 1 - share)):
            parts[name] = (weight * own, STANDARD_TERMS[name](case.units))
        changed = Case(
            case.units, parts, replace(case.problem, costs=combine(case.units, [p for p in parts.values() if p[0]]))
        )
        found = solve_case(changed, study, districting.stage, 0, 30.0, time.perf_counter())
        values = dict(zip(found.terms["term"], found.terms["value"], strict=True))
        rows.append({"share_mix": share, "status": found.status, "gap": found.gap, **values})
    return pd.DataFrame(rows).set_index("share_mix")


def _terms(
    weights: Mapping[str, float] | None, terms: Mapping[str, Term] | None
) -> tuple[dict[str, Term], dict[str, float]]:
    known: dict[str, Term] = {**STANDARD_TERMS, **(terms or {})}
    weight = {name: STANDARD_WEIGHTS.get(name, goal_of(term).weight) for name, term in known.items()} | dict(
        weights or {}
    )
    for name in weight:
        if name not in known:
            hint = did_you_mean(name, known)
            raise refuse(
                f'no term "{name}" in the objective{hint.en}', f"目标中没有“{name}”一项{hint.zh}",
                f"use one of {', '.join(known)}, or add it with terms=", f"可用：{'、'.join(known)}，或用 terms= 添加",
            )  # fmt: skip
    return known, weight


def _one_lead_a_unit(units: Units, strengths: Mapping[str, float]) -> Units:
    """Two candidate leads in one unit collapse to the stronger one."""
    kept: dict[int, int] = {}
    for i in strongest(units, len(units.leads), strengths):
        if units.homes[i] >= 0:
            kept.setdefault(int(units.homes[i]), i)
    chosen = sorted(kept.values())
    dropped = [str(s) for i, s in enumerate(units.leads) if i not in chosen]
    if not dropped:
        return units
    note = Text(
        f"Only one lead of a unit can be a member's lead: {', '.join(dropped)} do not lead.",
        f"同一单元内只能有一所学区长学校：{'、'.join(dropped)} 不作为学区长。",
    )
    units = keep_leads(units, chosen)
    return replace(units, notes=(*units.notes, note))


def _windows(units: Units, districts: int, wish: Partition) -> tuple[Ints, Ints]:
    """Windows in whole numbers, both ends allowed."""
    low, high = [], []
    members = (1, units.n + int(units.lead_size.sum())) if wish.townships is None else wish.townships
    low.append(int(members[0]))
    high.append(int(members[1]))
    for target, tolerance, own, brought in (
        (wish.population, wish.population_tolerance, units.population, units.lead_population),
        (wish.pupils, wish.pupils_tolerance, units.pupils, units.lead_pupils),
    ):
        total = int(own.sum() + brought.sum())
        if tolerance is None or not total:
            low.append(0)
            high.append(total)
            continue
        # Exact fractions: 80,000 × 1.1 in floats lies above 88,000, and 80,000 × 1.15 below 92,000.
        middle = Fraction(total, districts) if target is None else Fraction(str(target))
        low.append(ceil(middle * (1 - Fraction(str(tolerance)))))
        high.append(floor(middle * (1 + Fraction(str(tolerance)))))
    return np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)


def _in_order(plan: ArrayPlan, problem: DistrictProblem) -> ArrayPlan:
    """Number the districts by their lead, or without leads by their first unit, so that equal divisions look alike."""
    first = [int(np.argmax(plan.district_of == d)) for d in range(problem.districts)]
    order = np.argsort(first if problem.mode == "none" else plan.lead_of, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return ArrayPlan(place[plan.district_of], plan.lead_of[order])


def _edges(units: Units) -> pd.DataFrame:
    links = set(units.links)
    return pd.DataFrame(
        {
            "a": [str(units.ids[a]) for a, _ in units.edges],
            "b": [str(units.ids[b]) for _, b in units.edges],
            "metres": units.border,
            "link": ["island" if (int(a), int(b)) in links else "" for a, b in units.edges],
        }
    )


def _window_table(problem: DistrictProblem) -> pd.DataFrame:
    return pd.DataFrame({"low": problem.low, "high": problem.high}, index=pd.Index(WINDOWS, name="window"))


def _diagnosis(problem: DistrictProblem) -> pd.DataFrame:
    rows = []
    for found in nearest_windows(problem):
        together = len(found.windows) > 1
        for r in found.windows:
            ok = found.by == found.by
            rows.append(
                (
                    f"{WINDOWS[r]} (all)" if together else WINDOWS[r],
                    int(problem.low[r]),
                    int(problem.high[r]),
                    float(found.low[r]) if ok else float("nan"),
                    float(found.high[r]) if ok else float("nan"),
                    found.by,
                )
            )
    return pd.DataFrame(rows, columns=list(DIAGNOSIS_COLUMNS))


def _explained(diagnosis: pd.DataFrame) -> Text:
    alone = diagnosis.loc[diagnosis["tolerance"].notna() & ~diagnosis["window"].str.endswith("(all)")]
    if not len(alone):
        return Text(
            "No division meets the windows, and widening one of them alone does not help.",
            "没有满足全部区间的划分，单独放宽任何一项也不够。",
        )
    en = "; or ".join(f"{r.window} {r.feasible_low:.0f} to {r.feasible_high:.0f}" for r in alone.itertuples())
    words = {"townships": "乡镇数", "population": "人口", "pupils": "学生数"}
    zh = "；或 ".join(f"{words[r.window]} {r.feasible_low:.0f}–{r.feasible_high:.0f}" for r in alone.itertuples())
    return Text(
        f"No division meets the windows (proved). It becomes possible with {en}.",
        f"已证明没有满足全部区间的划分；改为 {zh} 即可。",
    )


def _anything(problem: DistrictProblem) -> ArrayPlan:
    """Show the division that breaks the windows least where the exact method had nothing to start from."""
    from layout_planner.engines.districting.search import search

    return search(problem, 4, 0).plan
