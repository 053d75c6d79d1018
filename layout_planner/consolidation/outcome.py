"""A solution of a `Siting` told back: as edits, as figures, as a plan."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from layout_planner.assignment.carriage import keep_boarding
from layout_planner.assignment.moves import assignable, case_of, still_offered
from layout_planner.assignment.results import settle
from layout_planner.assignment.solve import judged, with_rolls
from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.base.proof import Proof
from layout_planner.consolidation.methods import CONSOLIDATE, CONSOLIDATE_STAY
from layout_planner.consolidation.siting import BY_SCHOOL, Siting, keys_of, unit_by
from layout_planner.consolidation.travel_costs import BOARD, BUS, DAY, orders_of
from layout_planner.engines.location.problem import CLOSED, FREE
from layout_planner.measures.balance import gini
from layout_planner.measures.catalogue import reckon
from layout_planner.measures.counted import KINDS
from layout_planner.measures.sent import Sent
from layout_planner.plan import Plan
from layout_planner.scenario import Close, Edit, Expand, Merge, Open, Rebuild, Scenario, apply
from layout_planner.scenario.edits import Site


def edits_of(
    siting: Siting, home: Positions, is_open: Bools, stage: str, not_before: Mapping[str, int] | None = None
) -> tuple[Edit, ...]:
    """Write a solution as edits: closed schools merge into the one most of their pupils go to."""
    edits: list[Edit] = []
    problem, schools, case = siting.problem, siting.schools, siting.case
    size = _size(siting, home)
    added = _added(siting, size)
    into = _followed(siting, home, is_open)
    for at in np.flatnonzero(is_open & ~siting.point):
        name = str(schools[at])
        seats = float(case.seats[at] + added[at])
        if siting.new[at]:
            parent = siting.parent[at]
            edits.append(Open(site=name, stage=stage, parent=str(into.get(parent) or parent) or None))
        elif siting.sizes.rebuilt[at, size[at]]:
            edits.append(Rebuild(name, seats=seats, stage=stage))
        elif added[at] > 1e-6:
            edits.append(Expand(name, seats=seats, stage=stage))
    points = {str(s) for s in schools[is_open & siting.point]}
    for at in np.flatnonzero((problem.state == FREE) & ~is_open & ~siting.new & ~siting.point):
        name = str(schools[at])
        to, year = into[name], (not_before or {}).get(name)
        if to is None:
            edits.append(Close(name, stage=stage, year=year))
        else:
            site: Site = "teaching_point" if name in points else "closed"
            edits.append(Merge(name, into=to, site=site, stage=stage, year=year))
    return (*edits, *orders_of(stage, _riders(siting, home)))


def _size(siting: Siting, home: Positions) -> Positions:
    """Give the size each column has in a solution."""
    return np.minimum(siting.problem.size_of(siting.problem.loads(home)), siting.problem.seats.shape[1] - 1)


def _added(siting: Siting, size: Positions) -> Floats:
    """Give the seats each column has more than at its first size; 0 where seats are without limit."""
    seats = siting.sizes.seats
    first = np.where(np.isfinite(seats[:, 0]), seats[:, 0], 0.0)
    return np.where(np.isfinite(seats[:, 0]), seats[np.arange(len(size)), size] - first, 0.0)


def _followed(siting: Siting, home: Positions, is_open: Bools) -> dict[str, str | None]:
    """Tell for each closed school the one that takes it over: a complete one, where most of its pupils go."""
    schools = np.asarray(siting.schools, dtype=object)
    takes = np.zeros(len(schools), dtype=bool)
    takes[: len(siting.case.schools)] = siting.case.offers.all(axis=1)
    to = home[siting.today["unit"]]
    followed = siting.today.assign(to=np.where(takes[to], schools[to], ""))
    sums = followed.loc[followed["to"] != ""].groupby(["school_id", "to"], observed=True)["pupils"].sum()
    known = set(sums.index.get_level_values(0))
    points = set(schools[is_open & siting.point])
    able = np.flatnonzero(takes & is_open)
    answer: dict[str, str | None] = {}
    for at in np.flatnonzero(~is_open & ~siting.point & ~siting.new):
        name = str(schools[at])
        if name in known:
            answer[name] = str(sums.xs(name).sort_index().idxmax())
        elif name in points and len(able):  # a teaching point needs a school to belong to: the one alike in ways
            ways = np.nan_to_num(siting.case.adult[0], nan=0.0, posinf=0.0)
            apart = np.abs(ways[:, able] - ways[:, [at]]).sum(axis=0)
            answer[name] = str(schools[able[int(np.argmin(apart))]])
        else:
            answer[name] = None
    return answer


def _riders(siting: Siting, home: Positions) -> pd.DataFrame:
    """List the rows that ride or board, each with its school."""
    to = home[siting.unit_of]
    how = siting.ways.how[np.arange(len(to)), to]
    rides = how != DAY
    if siting.staying is not None:  # who boards today boards on; nobody needs to order it
        same = siting.rows["school_id"].to_numpy(dtype=str) == np.asarray(siting.schools, dtype=str)[to]
        rides &= ~(same & siting.rows["how"].isin(["board", "lodge"]).to_numpy(dtype=bool))
    return pd.DataFrame(
        {
            "school_id": np.asarray(siting.schools)[to[rides]].astype(str),
            "grade": siting.rows["grade"].to_numpy()[rides],
            "how": how[rides],
            "limit": siting.ways.limit[rides],
        }
    )


def figures_of(siting: Siting, home: Positions, is_open: Bools) -> dict[str, float]:
    """Give what a solution costs, part by part (see `Point.figures`)."""
    problem = siting.problem
    pupils = siting.rows["pupils"].to_numpy(dtype=float)
    to = home[siting.unit_of]
    row = np.arange(len(to))
    minutes, how = siting.ways.minutes[row, to], siting.ways.how[row, to]
    daily = how != BOARD
    far = (siting.ways.minutes[row, to] > siting.ways.limit) & (how == DAY)
    loads, size, at = problem.loads(home), _size(siting, home), np.arange(problem.sites)
    added = np.where(is_open, _added(siting, size), 0.0)
    short = (problem.floor_price * np.maximum(problem.floor - loads, 0.0))[is_open].sum()
    investment = float(siting.sizes.invest[at, size][is_open].sum())
    terms = float(siting.extra_open[at, size][is_open].sum())
    whole = float(problem.price[at, size][is_open].sum())
    running = float(siting.running[is_open].sum())
    unit = np.arange(problem.places)
    parts = {name: float(yuan[unit, home].sum()) for name, yuan in siting.parts.items()}
    stays = siting.today["school_id"].to_numpy(dtype=str) == np.asarray(siting.schools, dtype=str)[
        home[siting.today["unit"]]
    ]  # fmt: skip
    own = ~siting.point & ~siting.new
    private = (problem.state == CLOSED) & ~problem.counted
    sent = Sent(
        placed=float(pupils.sum()),
        unplaced=0.0,
        open_schools=float(is_open.sum() + private.sum()),
        day=pupils[daily],
        minutes=minutes[daily],
        schools={"roll": loads[is_open]},
        moved=float(siting.today["pupils"].to_numpy()[~stays].sum()),
        riders=float(pupils[how == BUS].sum()),
        kinds={kind: float((siting.kind[is_open | private] == kind).sum()) for kind in KINDS},
    )
    return {
        **parts,
        "terms": parts["terms"] + terms,
        "running": running + float(short) + siting.constant,
        "building": whole - running - terms,
        "investment": investment,
        "beyond_reach": float(pupils[far].sum()),
        "added_gini": _added_gini(siting, minutes),
        "closed": float(((problem.state == FREE) & ~is_open & own).sum()),
        "expanded": float((added > 1e-6).sum()),
        "rebuilt": float(siting.sizes.rebuilt[at, size][is_open].sum()),
        "opened": float((is_open & siting.new).sum()),
        "points": float((is_open & siting.point).sum()),
        "seats_added": float(added.sum()),
        **reckon("frontier", sent),
    }


def _added_gini(siting: Siting, minutes: Floats) -> float:
    """Give the Gini of added minutes a pupil between townships: 0 when all bear alike; NaN where none is known."""
    places = siting.study.places
    if "township_id" not in places:
        return float("nan")
    known = np.isfinite(siting.now) & np.isfinite(minutes)
    added = np.maximum(minutes - siting.now, 0.0)[known] * siting.rows["pupils"].to_numpy(dtype=float)[known]
    table = pd.DataFrame({"added": added, "pupils": siting.rows["pupils"].to_numpy(dtype=float)[known]})
    sums = table.groupby(siting.rows["place_id"][known].map(places["township_id"]).to_numpy()).sum()
    return gini(sums["added"], sums["pupils"])


def plan_of(siting: Siting, home: Positions, base: Plan, scenario: Scenario, proof: Proof) -> Plan:
    """Make the plan of a solution: the edits applied, everyone sent where the solution says, scored and judged."""
    started = time.perf_counter()
    stage, before = siting.case.stage, base.study
    edited = apply(before, scenario)
    move = replace(siting.move, study=edited, scenario=scenario)
    case = case_of(move)
    stay = siting.staying is not None
    method = CONSOLIDATE_STAY if stay else CONSOLIDATE
    fixed, rows, outside, homeless = assignable(move, case, BY_SCHOOL if stay else ())
    keys = keys_of(siting.rows)
    at = unit_by(keys, siting.rows, siting.unit_of).reindex(pd.MultiIndex.from_frame(rows[keys]))
    known = at.notna().to_numpy()
    sends = rows.loc[known].assign(school_id=np.asarray(siting.schools)[home[at[known].to_numpy(dtype=np.int64)]])
    over = rows.loc[~known]
    if stay:
        same = (sends["school_id"] == rows.loc[known, "school_id"]).to_numpy(dtype=bool)
        goes_on = still_offered(move, case, over)  # without a way to any school, but with a school all the same
        kept, over = pd.concat([sends.loc[same], over.loc[goes_on]]), over.loc[~goes_on]
        sends = pd.concat([kept, keep_boarding(case, kept, sends.loc[~same])])
    placed = pd.concat([fixed, sends])
    sent = settle(move, case, placed, over, outside, homeless, method, started, [])
    proof = proof.with_(ended="infeasible") if sent.status == "infeasible" else proof
    sent = sent.with_(proof=proof, work={"unit": proof.unit})
    after = with_rolls(edited, {stage: sent})
    plan = Plan(scenario.name, after, siting.move.travel, siting.move.rules, scenario, {stage: sent}, base=base)
    return judged(plan, started, {"assign": method.name})
