"""The three plans a bureau would make without looking ahead, counted like the plan itself.

Each year on its own: every autumn is planned as if it were the last, from what the autumn before left. Final year
first: the last autumn is planned, its edits are then dated by `phase`. Today kept: nothing is
done but seats above the standard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from layout_planner.assignment.solve import solve
from layout_planner.base.arrays import Ints
from layout_planner.base.errors import LayoutPlannerError
from layout_planner.base.messages import Text
from layout_planner.cohorts import Forecast
from layout_planner.phasing.horizon.engine import solve_horizon
from layout_planner.phasing.horizon.problem import Horizon
from layout_planner.phasing.horizon.search import Search
from layout_planner.phasing.horizon.still import forced
from layout_planner.phasing.outlook import Outlook
from layout_planner.phasing.phase import phase
from layout_planner.phasing.told import figures, scenario_of
from layout_planner.plan.yearplan import NAIVE_COLUMNS, PLANS
from layout_planner.solving.clock import Clock

Carried = tuple[Ints, Ints]
"""States and buildings of units."""


def naive_plans(
    look: Outlook, forecast: Forecast, best: Carried, clock: Clock, gap: float, seed: int, rounds: int
) -> tuple[pd.DataFrame, list[Carried], list[Text]]:
    """Carry the three out; give the table (`NAIVE_COLUMNS`), what may serve as a start, and notes."""
    makers: dict[str, Callable[[], Carried]] = {
        PLANS[1]: lambda: each_year(look.problem, clock.within(clock.left / 2), gap, seed, rounds),
        PLANS[2]: lambda: final_first(look, forecast, clock, gap, seed, rounds),
        PLANS[3]: lambda: today_kept(look.problem, seed),
    }
    rows = {PLANS[0]: {"status": "", **figures(look, *best)}}
    carried, notes = [], []
    for name, make in makers.items():
        try:
            found = make()
        except LayoutPlannerError as error:
            rows[name] = {"status": "impossible"}
            notes.append(Text(f'"{name}" cannot be carried out: {error}', f"“{name}”无法实施：{error}"))
            continue
        faults = look.problem.faults(*found)
        rows[name] = {"status": "; ".join(faults), **figures(look, *found)}
        if not faults:
            carried.append(found)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(NAIVE_COLUMNS)).rename_axis("plan")
    return table, carried, notes


def today_kept(problem: Horizon, seed: int) -> Carried:
    """Keep every building as it is; only seats above the standard."""
    return Search(problem, seed).copy()


def each_year(problem: Horizon, clock: Clock, gap: float, seed: int, rounds: int) -> Carried:
    """Plan every autumn as if it were the last, from what the autumn before left; on the mean of the forecasts."""
    W, _, B, T = problem.shape
    path, now, prior = np.empty((W, B, T), dtype=np.int64), problem.now, problem.prior
    mean = np.tensordot(problem.weight, problem.pupils, axes=1)
    for t in range(T):
        stay = np.tensordot(problem.weight, problem.staying, axes=1)[:, [t]]
        one = problem.with_(
            pupils=mean[None, :, [t]], staying=stay[None], pace=problem.pace[:1, :, [t]], prior=prior, now=now,
            **_arcs_of(problem, t), weight=np.ones(1), discount=np.ones(1), known=1,
            waits=np.zeros(B, dtype=bool), budget=problem.budget[[t]], closures=problem.closures[[t]],
        )  # fmt: skip
        found = solve_horizon(one, gap=gap, clock=clock.within(clock.left / (T - t)), seed=seed, rounds=rounds, small=0)
        path[:, :, t] = found.path[0, :, 0]
        now = found.path[0, :, 0]
        home = found.home[0, :, 0]
        prior = np.zeros_like(prior)
        prior[np.flatnonzero(home >= 0), home[home >= 0]] = 1.0
    search = Search(problem, seed)
    search.begin(path)
    return search.copy()


def final_first(look: Outlook, forecast: Forecast, clock: Clock, gap: float, seed: int, rounds: int) -> Carried:
    """Plan the last autumn alone, then date its edits by `phase`, and carry that out."""
    p = look.problem
    W, U, B, T = p.shape
    last = T - 1
    one = _reached(p).with_(
        pupils=np.tensordot(p.weight, p.pupils, axes=1)[None, :, [last]], staying=np.zeros((1, U, 1)),
        pace=p.pace[:1, :, [last]], weight=np.ones(1),
        discount=np.ones(1), known=1, waits=np.zeros(B, dtype=bool), budget=np.full(1, np.inf),
        closures=np.full(1, np.inf),
    )  # fmt: skip
    found = solve_horizon(one, gap=gap, clock=clock.within(clock.left / 2), seed=seed, rounds=rounds, small=0)
    target = found.path[0, :, 0]
    alone = replace(look, problem=one, years=(look.years[last],), variants=look.variants[:1])
    goal = scenario_of(alone, found.path, found.home, 0)
    undated = replace(goal, name="final year", edits=tuple(replace(edit, year=None) for edit in goal.edits))
    plan = solve(look.base.study, look.base.travel, look.rules, scenario=undated)
    variant = "middle" if "middle" in look.variants else look.variants[0]
    wish = look.wish
    dated = phase(
        plan, look.years[0], look.years[last], forecast=forecast, variant=variant, most_closures=wish.most_closures,
        build_years=max(wish.build_lead, wish.convert_lead, wish.expand_lead), time_limit=max(clock.left / 3, 5.0),
        clock=clock.kind,
    )  # fmt: skip
    path = np.empty((W, B, T), dtype=np.int64)
    years = {row.school_id: int(row.year) for row in dated.table.itertuples()}
    for b in range(B):
        t = years.get(str(look.buildings[b]), look.years[last]) - look.years[0]
        path[:, b] = _dated(p, b, int(target[b]), t)
    search = Search(p, seed)
    search.begin(path)
    return search.copy()


def _arcs_of(problem: Horizon, t: int) -> dict[str, Ints]:
    """Give the arcs that are open in a year as those of a horizon of that year alone."""
    now_open = problem.open(np.array([t]))[0]
    return {"earliest": np.where(now_open, 0, 1), "latest": np.zeros_like(problem.latest)}


def _reached(problem: Horizon) -> Horizon:
    """Give the problem with the arcs of the last year alone; who has to change by then may go to where a path leads."""
    last = problem.shape[3] - 1
    arcs, write = _arcs_of(problem, last), problem.write.copy()
    for b in np.flatnonzero(forced(problem)):
        own, now = np.arange(problem.first[b], problem.first[b + 1]), problem.now[b]
        for target in own:
            path = _dated(problem, int(b), int(target), last)
            was = np.concatenate([[now], path[:-1]])
            shut = (problem.earliest[was, path] > np.arange(last + 1)) | (
                problem.latest[was, path] < np.arange(last + 1)
            )
            arcs["earliest"][now, target] = int(shut.any())
            write[now, target] = problem.write[was, path].sum()
    return problem.with_(**arcs, write=write)


def _dated(problem: Horizon, b: int, target: int, t: int) -> Ints:
    """Give the path of a building from today's state to another, which it reaches in a year or as soon as it may.

    By the arc that leads there; where there is none, over the states that lead on to it, as years of building.
    """
    T, now = problem.shape[3], int(problem.now[b])
    years = np.arange(T)
    route = [target]
    while route[0] != now and problem.earliest[now, route[0]] >= T:
        before = [i for i in range(problem.first[b], problem.first[b + 1])
                  if i not in route and problem.earliest[i, route[0]] < T]  # fmt: skip
        if not before:
            break
        route.insert(0, before[0])
    first = 0 if target == now else int(problem.earliest[now, route[0]])
    last = int(problem.latest[now, route[0]]) if target != now else T
    begin = int(np.clip(t - len(route) + 1, min(first, T), max(min(last, T), 0)))
    at = np.clip(years - begin, 0, len(route) - 1)
    return np.where(years < begin, now, np.array(route)[at])
