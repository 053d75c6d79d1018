"""Which building serves which stage in which year: the verb `plan_years` (渡峰).

The formulation, a multi-period modular school location problem over forecasts, stands in `phasing.horizon.problem`; the
bound is Lagrangian (`phasing.horizon.prices`) and holds whatever the search does; small counties are solved whole as an
integer program, which proves what it finds.

References
----------
Antunes, A. and Peeters, D. 2001, "On solving complex multi-period location models using simulated annealing", European
Journal of Operational Research 130. Delmelle, E. M., Thill, J.-C., Peeters, D. and Thomas, I. 2014, "A multi-period
capacitated school location problem with modular equipment and closest assignment considerations", Journal of
Geographical Systems 16.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.assignment.solve import default_rules, today
from layout_planner.base.arrays import Ints
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.base.options import Effort, told
from layout_planner.base.progress import gauge
from layout_planner.base.proof import Proof
from layout_planner.cohorts import Forecast
from layout_planner.cohorts import forecast as make_forecast
from layout_planner.phasing import outlook_settings as usual
from layout_planner.phasing.horizon.engine import UNIT, Course, solve_horizon
from layout_planner.phasing.naive import naive_plans
from layout_planner.phasing.outlook import Outlook, lay_out
from layout_planner.phasing.outlook_settings import USUAL, Years
from layout_planner.phasing.rebuilding import check_limits, check_rebuild, unsafe_schools, with_unsafe
from layout_planner.phasing.shortage import shortages
from layout_planner.phasing.told import acts_table, costs_table, flows_table, rooms_table, scenario_of
from layout_planner.plan.years import YearPlan
from layout_planner.policy import Rules
from layout_planner.solving.clock import Clock
from layout_planner.study import Study
from layout_planner.travel import TravelLike

ROUNDS = 12
"""Rounds of prices and search at most."""
NAIVE_SHARE, ALONE_SHARE = 0.25, 0.25
"""Of the time: for the naive plans; for each forecast alone."""
NAIVE_ROUNDS = 3


def plan_years(
    study: Study,
    travel: TravelLike,
    rules: Rules | None = None,
    forecast: Forecast | None = None,
    *,
    start: int,
    end: int,
    stages: Sequence[str] = ("primary", "junior"),
    variants: Sequence[str] = ("low", "middle", "high"),
    settings: Years | None = None,
    effort: Effort | None = None,
    **further: Any,
) -> YearPlan:
    """Decide for every building and year which stages it serves with how many rooms, at least cost, with a bound.

    Parameters
    ----------
    study, travel, rules
        The facts, the ways (one `Travel` for each stage), the limits.
    forecast
        Children to come; reckoned from the study's births where left out.
    start, end
        First and last autumn planned, after the study's year.
    stages
        Stages planned together: a building may be given from one to another.
    variants
        Forecasts to hold at once, by their weights (`Years.weights`).
    settings
        What may change, what must hold, at which prices: see `Years`.
    effort
        300 seconds and a gap of 0.02 where left out.
    **further
        Fields of `Years` and `Effort` one by one; ``rounds=3`` limits the work instead of the time.

    Returns
    -------
    YearPlan
        Always, with three naive plans beside it; what cannot be seated is named in `unplaced` and `short`, and the
        status says infeasible where no plan could seat it.

    Raises
    ------
    DataError
        Years, stages or forecasts that do not fit together; unknown schools.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> plan = lp.plan_years(study, ways, start=2024, end=2024, stages=("junior",), variants=("middle",))
    >>> plan.proof.bound <= plan.proof.objective
    True
    >>> float(plan.rooms["over"].sum())  # pupils over the seats
    92.0
    """
    started = time.perf_counter()
    rounds = int(further.pop("rounds", ROUNDS))
    wish, work = told("plan_years", settings, Years(), effort, USUAL, further)
    rules = rules or default_rules()
    if forecast is None:
        forecast = make_forecast(study, end)
    _check(study, forecast, start, end, stages, variants, wish)
    wish = with_unsafe(study, stages, wish)
    check_rebuild(study, stages, start, end, wish)
    base = today(study, travel, rules)
    look = lay_out(base, travel, rules, forecast, range(start, end + 1), stages, variants, wish)
    _check_names(look, wish)
    check_limits(look.problem, [look.study.school_name(str(school)) for school in look.buildings])
    clock, gap, seed = (
        Clock(float(work.seconds or 0.0), work.clock or "wall"),
        float(work.gap or 0.0),
        int(work.seed or 0),
    )
    several = len(variants) > 1
    share = 1.0 - NAIVE_SHARE - (ALONE_SHARE if several else 0.0)
    with gauge(Text("a plan over the years (best | bound, million yuan)", "逐年方案（最优｜下界，百万元）"),
               clock.limit) as show:  # fmt: skip
        course = solve_horizon(look.problem, gap=gap, clock=clock.within(clock.limit * share), seed=seed,
                               rounds=rounds, tell=show)  # fmt: skip
    stopped = course.proof.ended == "interrupted"
    few = min(rounds, NAIVE_ROUNDS)
    naive, carried, notes = naive_plans(
        look, forecast, (course.path, course.home), clock.within(0.0 if stopped else clock.limit * NAIVE_SHARE), gap,
        seed, few,
    )  # fmt: skip
    course = _best(look, course, carried, gap)
    robust = _alone(look, course, clock, gap, seed, few) if several else pd.DataFrame()
    return _record(
        look,
        course,
        naive,
        robust,
        time.perf_counter() - started,
        [*forecast.notes, *notes, *_notes(look), *_unsafe_notes(look, course.path)],
    )


def _best(look: Outlook, course: Course, carried: list[Any], gap: float) -> Course:
    """Take a naive plan where it is cheaper than what was found: nothing better is kept back."""
    for path, home in carried:
        parts = look.problem.cost(path, home)
        cost = sum(parts.values())
        if cost < course.proof.objective - 1e-6:
            ended = course.proof.ended if course.proof.ended != "proved" else "searched"
            proof = Proof.within(gap, cost, course.proof.bound, UNIT, otherwise=ended)
            course = Course(path, home, parts, proof, course.rounds)
    return course


def _alone(look: Outlook, course: Course, clock: Clock, gap: float, seed: int, rounds: int) -> pd.DataFrame:
    """Set the plan beside the best plan of each forecast alone: the price of decisions in common."""
    rows = {}
    for w, variant in enumerate(look.variants):
        one = look.problem.alone(w)
        here = sum(one.cost(course.path[[w]], course.home[[w]]).values())
        own = solve_horizon(one, gap=gap, clock=clock.within(clock.left / (len(look.variants) - w)), seed=seed,
                            rounds=rounds, start=course.path[[w]])  # fmt: skip
        alone = min(own.proof.objective, here)
        rows[variant] = {"alone": alone, "bound": own.proof.bound, "here": here, "price": here - alone}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("variant")


def _record(
    look: Outlook, course: Course, naive: pd.DataFrame, robust: pd.DataFrame, seconds: float, notes: list[Text]
) -> YearPlan:
    path, home, p, wish = course.path, course.home, look.problem, look.wish
    flows, unplaced, children = flows_table(look, home)
    short, impossible = shortages(look, path, home)
    proof = course.proof.with_(ended="infeasible") if impossible else course.proof
    naive.loc["plan", "status"] = proof.status
    today_rooms = {str(b): float(np.nansum(list(look.uses.uses[s].rooms.values()))) for b, s in
                   zip(look.buildings, p.now, strict=True)}  # fmt: skip
    T = len(look.years)
    now = {
        str(b): {look.stages[i]: float(n) if np.isfinite(n) else None for i, n in look.uses.uses[s].rooms.items()}
        for b, s in zip(look.buildings, p.now, strict=True) if look.uses.uses[s].rooms
    }  # fmt: skip
    limits = {
        "county": look.study.name, "today": now,
        "elastic": wish.elastic, "elastic_years": wish.elastic_years, "closures": wish.most_closures,
        "budget": wish.budget, "discount": wish.discount, "minute": look.money.of_minute(), "moves": wish.moves,
        "waiting": [str(b) for b in look.buildings[p.waits]], "rooms_today": today_rooms,
        "rebuild": dict(wish.last_use), "weights": dict(zip(look.variants, map(float, p.weight), strict=True)),
        "town": _town(look),
    }  # fmt: skip
    return YearPlan(
        years=look.years, stages=look.stages, variants=look.variants,
        known=look.years[0] + (p.known if p.waits.any() else T), rooms=rooms_table(look, path, home),
        acts=acts_table(look, path, home), flows=flows, unplaced=unplaced, children=children,
        costs=costs_table(look, path, home), naive=naive, robust=robust, short=short,
        scenarios={v: scenario_of(look, path, home, w) for w, v in enumerate(look.variants)},
        prices=_prices(look), limits=limits, proof=proof, seconds=seconds,
        work={"rounds": course.rounds, "units": p.shape[1], "buildings": p.shape[2], "states": len(p.owner)},
        notes=tuple(notes),
    )  # fmt: skip


def _town(look: Outlook) -> dict[str, list[str]]:
    """Name places and schools in town; nothing where the study has no codes for towns, or nothing else."""
    study = look.study
    if "urban_rural" not in study.townships or study.townships["urban_rural"].isna().all():
        return {}
    town = study.townships.index[study.townships["urban_rural"].astype("string").str.startswith("1", na=False)]
    told = {"places": study.places, "schools": study.schools}
    named = {k: sorted(map(str, t.index[t["township_id"].isin(town)])) for k, t in told.items()}
    return named if 0 < len(named["places"]) < len(study.places) else {}


def _prices(look: Outlook) -> pd.DataFrame:
    wish, table = look.wish, look.money.table()
    own = {
        "change": usual.CHANGE, "elastic_price": usual.ELASTIC, "unplaced": usual.UNPLACED,
        "convert_seat": usual.CONVERT, "convert_years": usual.CONVERT_YEARS, "reopen_seat": usual.REOPEN,
        "discount": usual.DISCOUNT,
    }  # fmt: skip
    rows = {}
    for name, cited in own.items():
        value = float(getattr(wish, name))
        source = cited.source if value == cited.value else "set by the user"
        rows[name] = {"value": value, "unit": cited.unit, "source": source, "mark": cited.mark}
    if wish.last_use:
        seat, given = look.money.seat, wish.rebuild_seat
        rows["rebuild_seat"] = {"value": seat.value if given is None else given, "unit": seat.unit, "mark": seat.mark,
                                "source": seat.source if given is None else "set by the user"}  # fmt: skip
    mine = pd.DataFrame.from_dict(rows, orient="index")
    return pd.concat([table[list(mine.columns)], mine]).rename_axis("price")


def _notes(look: Outlook) -> list[Text]:
    notes = [
        Text(
            "Running is what ends with a school; what follows the pupils is the same in every plan and left out.",
            "运行费只计随学校停办而节省的部分；随学生走的部分各方案相同，未计入。",
        )
    ]
    if look.wish.moves == "all":
        notes.append(Text("A year's zones hold for every grade.", "当年片区适用于所有年级。"))
    else:
        notes.append(
            Text("Only the entry grade follows a year's zones; the others finish where they are.",
                 "仅起始年级按当年片区入学，其余年级在原校读完。")
        )  # fmt: skip
    if look.wish.block is not None:
        blocks = look.units.assign(block=look.problem.group).groupby(["stage", "place_id", "grades"])["block"].nunique()
        many = blocks[blocks > 1]
        notes.append(
            Text(f"Places with more than {look.wish.block} pupils of a stage are planned in blocks: {len(many)} in "
                 f"{many.sum()}; which streets a block is, the zones have to say.",
                 f"学生超过 {look.wish.block} 人的居住点按片块安排：{len(many)} 处分为 {many.sum()} 块；"
                 "各块所含街巷、小区由学区划定。")
        )  # fmt: skip
    if look.wish.last_use:
        there = ("those away finish there", "在外过渡的学生在过渡校读完") if look.wish.moves == "entry" else (
            "they may come back, which is no second change of school", "建成后可返回，不算二次转学")  # fmt: skip
        notes.append(
            Text(f"A school that is rebuilt goes on, and so does its running cost; its pupils are away; {there[0]}.",
                 f"重建期间学校建制与运行费保留，学生在外过渡；{there[1]}。")
        )  # fmt: skip
    if len(look.fixed):
        notes.append(
            Text("Private schools keep the share of each place's children they have today.",
                 "民办学校各居住点就读比例按现状不变。")
        )  # fmt: skip
    return notes


def _unsafe_notes(look: Outlook, path: Ints) -> list[Text]:
    """Name the buildings of grade D that a plan goes on using, with the last autumn it does (W × B × T states)."""
    told = []
    for school in unsafe_schools(look.base.study, look.stages):
        if school in look.wish.last_use:
            continue
        used = look.problem.seats[path[:, look.buildings.get_loc(school)]].sum(axis=2).any(axis=0)
        if used.any():
            told.append(f"{look.study.school_name(school)} ({school}, {look.years[int(np.flatnonzero(used)[-1])]})")
    if not told:
        return []
    return [
        Text(
            f"Buildings of grade D (dangerous as a whole) stay in use, to the year named: {', '.join(told)}; with "
            "unsafe_until= they are rebuilt or closed in time.",
            f"以下D级（整幢危险）校舍仍在使用（括号内为最后使用年份）：{'、'.join(told)}；"
            "给出 unsafe_until= 即按期重建或停办。",
        )
    ]


def _check(
    study: Study, forecast: Forecast, start: int, end: int, stages: Sequence[str], variants: Sequence[str], wish: Years
) -> None:
    """Refuse what does not fit together."""
    if not study.year < start <= end <= forecast.to or forecast.base.year != study.year:
        raise refuse(
            f"start= {start} and end= {end} must follow the year {study.year}, within the forecast (to {forecast.to})",
            f"start= {start}、end= {end} 须依次晚于研究年份 {study.year}，且在预测（至 {forecast.to} 年）之内",
            f"correct the years, or forecast(study, to={end})", f"请更正年份，或 forecast(study, to={end})",
        )  # fmt: skip
    for given, known, en, zh in (
        (stages, [s for s in study.stages if len(study.offering(s))], "stage", "学段"),
        (variants, list(dict.fromkeys(forecast.table["variant"])), "forecast", "预测方案"),
    ):
        wrong = [name for name in given if name not in known]
        if wrong or not given or len(set(given)) < len(given):
            hint = did_you_mean(wrong[0], known) if wrong else Text("", "")
            raise refuse(
                f'unknown, missing or repeated {en}: "{", ".join(wrong or given)}"{hint.en}',
                f"{zh}未知、缺失或重复：“{'、'.join(wrong or given)}”{hint.zh}",
                f"use some of {', '.join(known)}", f"可用：{'、'.join(known)}",
            )  # fmt: skip
    if wish.waiting and wish.known is None:
        raise refuse(
            "waiting= needs known= : the autumn in which the forecast is known",
            "waiting= 须同时给出 known= （预测明朗之年）",
            "give that year: known=", "请给出该年：known=",
        )  # fmt: skip


def _check_names(look: Outlook, wish: Years) -> None:
    waiting = [] if wish.waiting == "all" else list(wish.waiting)
    for name, given in (("keep", wish.keep), ("waiting", waiting)):
        wrong = [school for school in given if school not in look.buildings]
        if wrong:
            hint = did_you_mean(wrong[0], look.buildings)
            raise refuse(
                f"{name}= names buildings that serve none of the stages: {', '.join(wrong[:5])}{hint.en}",
                f"{name}= 含不属于所选学段的校舍：{'、'.join(wrong[:5])}{hint.zh}", "correct the ids", "请更正编号",
            )  # fmt: skip
