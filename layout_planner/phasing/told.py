"""A course of the engine told back with labels: rooms, acts, who goes where, costs by year, edits with years."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.phasing.outlook import Outlook
from layout_planner.phasing.rebuilding import REBUILT, SITE
from layout_planner.phasing.use import POINT
from layout_planner.plan.yearplan import (
    ACT_COLUMNS,
    CHILD_COLUMNS,
    COST_COLUMNS,
    ROOM_COLUMNS,
    YEAR_FLOW_COLUMNS,
)
from layout_planner.scenario import Close, Convert, Edit, Expand, Merge, Open, Rebuild, Scenario


def rooms_table(look: Outlook, path: Ints, home: Ints) -> pd.DataFrame:
    """List what every building serves in every year, private schools with their share."""
    p = look.problem
    loads = p.loads(path, home)
    rows: list[tuple[Any, ...]] = []
    for w, variant in enumerate(look.variants):
        for t, year in enumerate(look.years):
            for b, school in enumerate(look.buildings):
                s = path[w, b, t]
                use = look.uses.uses[s]
                for stage in use.seats:
                    pools = [
                        q for q in range(p.seats.shape[1]) if look.uses.pool_stage[q] == stage and p.seats[s, q] > 0
                    ]
                    if not pools:
                        continue
                    roll = float(loads[w, b, pools, t].sum())
                    seats = float(p.seats[s, pools].sum())
                    rows.append((variant, year, school, look.study.school_name(school), look.stages[stage], use.word,
                                 use.rooms[stage], seats, roll, max(0.0, roll - seats)))  # fmt: skip
    table = pd.DataFrame(rows, columns=list(ROOM_COLUMNS))
    if look.fixed.empty:
        return table
    keys = ["variant", "year", "school_id", "stage"]
    sums = look.fixed.groupby(keys, as_index=False)["pupils"].sum()
    private = sums.assign(name=sums["school_id"].map(look.study.school_name), use="private", rooms=np.nan,
                          seats=sums["pupils"], over=0.0)  # fmt: skip
    return pd.concat([table, private[list(ROOM_COLUMNS)]], ignore_index=True)


def flows_table(look: Outlook, home: Ints) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """List who goes where, who finds no seat, and everybody there is."""
    p, units = look.problem, look.units
    w, u, t = np.nonzero(p.pupils > 0)
    b = home[w, u, t]
    names = np.asarray(look.variants, dtype=object)[w]
    table = pd.DataFrame(
        {
            "variant": names, "year": np.asarray(look.years)[t], "place_id": units["place_id"].to_numpy()[u],
            "stage": units["stage"].to_numpy()[u], "entry": units["cohort"].to_numpy()[u], "pupils": p.pupils[w, u, t],
            "school_id": np.where(b >= 0, np.asarray(look.buildings, dtype=object)[np.maximum(b, 0)], ""),
            "minutes": p.way[p.group[u], np.maximum(b, 0)] / look.money.of_minute() * p.pace[w, u, t],
        }
    )  # fmt: skip
    lost = table.loc[table["school_id"] == ""].groupby(list(CHILD_COLUMNS[:-1]), as_index=False)["pupils"].sum()
    sent = table.loc[table["school_id"] != ""]
    keys = ["variant", "year", "place_id", "stage", "entry", "school_id"]
    total = (
        sent.assign(minutes=sent["minutes"] * sent["pupils"]).groupby(keys, as_index=False)[["pupils", "minutes"]].sum()
    )
    flows = total.assign(minutes=total["minutes"] / total["pupils"], private=False)
    if len(look.fixed):
        flows = pd.concat([flows, look.fixed.assign(entry=-1, minutes=np.nan, private=True)], ignore_index=True)
    everybody = pd.concat([table[list(CHILD_COLUMNS)], look.fixed[list(CHILD_COLUMNS)]] if len(look.fixed) else [table])
    children = everybody.groupby(list(CHILD_COLUMNS[:-1]), as_index=False)["pupils"].sum()
    return flows[list(YEAR_FLOW_COLUMNS)], lost[list(CHILD_COLUMNS)], children


def acts_table(look: Outlook, path: Ints, home: Ints) -> pd.DataFrame:
    """List what is done, in the order of years; what all forecasts have in common once."""
    p = look.problem
    rows: dict[tuple[Any, ...], list[tuple[int, dict[str, Any]]]] = {}
    was = p.before(path)
    for w, b, t in zip(*np.nonzero(was != path), strict=True):
        i, j = was[w, b, t], path[w, b, t]
        for act in _acts(look, i, j):
            lead = int(p.lead[i, j])
            pupils, host = 0.0, ""
            if act["do"] in ("close", "convert", "point", "rebuild"):
                pupils, host = _leaving(look, home[w], b, t - lead if act["do"] == "rebuild" else t, act["stage"])
            told = {**act, "decided": look.years[t] - lead, "year": look.years[t], "lead": lead,
                    "school_id": str(look.buildings[b]), "name": look.study.school_name(look.buildings[b]),
                    "pupils": pupils, "host": host}  # fmt: skip
            key = (told["year"], told["school_id"], told["do"], told["stage"], told["to"], told["seats"])
            rows.setdefault(key, []).append((w, told))
    table = []
    for found in rows.values():
        if len({w for w, _ in found}) == len(look.variants):
            pupils = sum(p.weight[w] * told["pupils"] for w, told in found)
            table.append({**found[0][1], "variant": "", "pupils": float(pupils)})
        else:
            table += [{**told, "variant": look.variants[w]} for w, told in found]
    frame = pd.DataFrame(table, columns=list(ACT_COLUMNS))
    return frame.sort_values(["year", "do", "school_id", "stage", "variant"], kind="stable", ignore_index=True)


def _acts(look: Outlook, i: int, j: int) -> list[dict[str, Any]]:
    """Name what leads from one state to another: a closure, a conversion, seats more, an opening."""
    one, two = look.uses.uses[i], look.uses.uses[j]
    stages = look.stages
    gone = [s for s in one.own if s not in two.own]
    more = [s for s in two.own if two.own[s] > one.own.get(s, 0.0) + 1e-9]
    cost, acts = float(look.problem.invest[i, j]), []
    if two.word == SITE:
        return []  # told when the school stands again
    if one.word == SITE:
        one = look.uses.uses[look.problem.now[one.building]]
        for s in two.own:
            acts.append({"do": "rebuild", "stage": stages[s], "to": "", "rooms": two.rooms[s] - one.rooms[s],
                         "seats": two.own[s] - one.own[s], "cost": cost})  # fmt: skip
            cost = 0.0
        return acts
    if two.word == POINT:
        (s,) = (
            s for s in two.seats if s not in one.seats or two.rooms[s] != one.rooms[s] or two.seats[s] < one.seats[s]
        )
        return [{"do": "point", "stage": stages[s], "to": "", "rooms": two.rooms[s],
                 "seats": two.seats[s] - one.seats[s], "cost": 0.0}]  # fmt: skip
    if gone and more:
        for s, to in zip(gone, [*more, *more[-1:] * len(gone)], strict=False):
            acts.append({"do": "convert", "stage": stages[s], "to": stages[to], "rooms": two.rooms[to],
                         "seats": two.own[to] - one.own.get(to, 0.0), "cost": cost})  # fmt: skip
            cost = 0.0
        return acts
    acts += [{"do": "close", "stage": stages[s], "to": "", "rooms": one.rooms[s], "seats": -one.own[s], "cost": 0.0}
             for s in gone]  # fmt: skip
    for s in more:
        do = "expand" if s in one.own else "open" if two.word == "new" else "reopen"
        acts.append({"do": do, "stage": stages[s], "to": "", "rooms": two.rooms[s] - one.rooms.get(s, 0.0),
                     "seats": two.own[s] - one.own.get(s, 0.0), "cost": cost})  # fmt: skip
        cost = 0.0
    return acts


def _leaving(look: Outlook, home: Ints, b: int, t: int, stage: str) -> tuple[float, str]:
    """Give the pupils who leave a building that ends a stage, and where most of them go."""
    p = look.problem
    mine = (look.units["stage"] == stage).to_numpy()
    share = p.prior[:, b] if t == 0 else (home[:, t - 1] == b).astype(float)
    pupils = np.where(mine, share, 0.0) * p.pupils[:, :, t].max(axis=0, initial=0.0)
    to = home[:, t]
    staying = np.where(mine & (to != b), share, 0.0) * p.staying[:, :, t].max(axis=0, initial=0.0)
    known = (pupils > 0) & (to >= 0) & (to != b)
    if not known.any():
        return float(staying.sum()), ""
    sums = np.bincount(to[known], weights=pupils[known], minlength=len(look.buildings))
    return float(staying.sum()), str(look.buildings[int(sums.argmax())])


def costs_table(look: Outlook, path: Ints, home: Ints) -> pd.DataFrame:
    """Give yuan of each forecast, year and part, not discounted."""
    rows = [
        (variant, year, name, float(yuan[w, t]))
        for name, yuan in look.problem.by_year(path, home).items()
        for w, variant in enumerate(look.variants)
        for t, year in enumerate(look.years)
    ]
    return pd.DataFrame(rows, columns=list(COST_COLUMNS))


def scenario_of(look: Outlook, path: Ints, home: Ints, w: int) -> Scenario:
    """Write the acts of one forecast as edits with years."""
    p = look.problem
    edits: list[Edit] = []
    was = p.before(path)[w]
    for t, year in enumerate(look.years):
        again: list[Edit] = []
        late: list[Edit] = []
        for b in np.flatnonzero(was[:, t] != path[w, :, t]):
            school = str(look.buildings[b])
            one, two = look.uses.uses[was[b, t]], look.uses.uses[path[w, b, t]]
            gone = [s for s in one.own if s not in two.own]
            more = [s for s in two.own if two.own[s] > one.own.get(s, 0.0) + 1e-9]
            if SITE in (one.word, two.word):
                again += _rebuilt(look, path[w], home[w], int(b), t) if two.step == 1 else []
                continue
            if two.word == POINT:
                late.append(_point(look, path, home[w], w, int(b), t))
                continue
            if gone and more:
                to = more[0]
                if to in one.own:
                    edits.append(Expand(school, seats=two.own[to], stage=look.stages[to], year=year))
                    late.append(Close(school, stage=look.stages[gone[0]], year=year))
                else:
                    late.append(
                        Convert(school, to=look.stages[to], seats=two.own[to], stage=look.stages[gone[0]], year=year)
                    )
                continue
            if len(more) > 1 and one.word == "closed":  # again with all its stages
                edits.append(Open(site=look.study.site_of([school])[0], year=year))
                more = []
            for s in more:
                stage = look.stages[s]
                if s in one.own:
                    edits.append(Expand(school, seats=two.own[s], stage=stage, year=year))
                else:
                    site = look.study.site_of([school])[0]
                    edits.append(Open(site=site, stage=stage, year=year))
            for s in gone:
                _, host = _leaving(look, home[w], int(b), t, look.stages[s])
                stage = look.stages[s]
                late.append(_ended(look, path, w, t, school, host, stage, year))
        edits += [*again, *late]
    return Scenario(f"plan-years {look.variants[w]}", tuple(edits))


def _rebuilt(look: Outlook, path: Ints, home: Ints, b: int, t: int) -> list[Edit]:
    """Write the rebuilding that begins in a year, stage by stage, with the host most go to, if it runs on meanwhile."""
    back = t + look.wish.rebuild_years
    edits: list[Edit] = []
    for s, seats in look.uses.uses[path[b, back]].own.items():
        stage = look.stages[s]
        _, host = _leaving(look, home, b, t, stage)
        runs = host and all(s in look.uses.uses[at].own for at in path[look.buildings.get_loc(host), t:back])
        edits.append(Rebuild(str(look.buildings[b]), seats=seats, back=look.years[back], host=host if runs else None,
                             stage=stage, year=look.years[t]))  # fmt: skip
    return edits


def _ended(look: Outlook, path: Ints, w: int, t: int, school: str, host: str, stage: str, year: int) -> Edit:
    """Merge into the school most go to, where it runs on with all grades; else close."""
    if host:
        b = int(look.buildings.get_loc(host))
        at = look.stages.index(stage)
        runs = all(at in look.uses.uses[s].own for s in path[w, b, t:])
        use = look.uses.uses[path[w, b, t]]
        case_all = host in look.study.offers.index.get_level_values(0)
        if runs and case_all and use.word in ("as today", "enlarged", REBUILT) and _complete(look, host, school, stage):
            return Merge(school, into=host, stage=stage, year=year)
    return Close(school, stage=stage, year=year)


def _point(look: Outlook, path: Ints, home: Ints, w: int, b: int, t: int) -> Edit:
    """Merge into the school most of the upper grades go to, or the nearest with all grades; the site stays."""
    school, stage = str(look.buildings[b]), "primary"
    _, host = _leaving(look, home, b, t, stage)
    if not host:
        at, p = look.stages.index(stage), look.problem
        whole = [at in look.uses.uses[s].seats and look.uses.uses[s].word not in (POINT, "converted")
                 for s in path[w, :, t]]  # fmt: skip
        near = np.argsort(p.way[:, b], kind="stable")[:5]
        ways = np.where(np.array(whole) & (np.arange(len(whole)) != b), p.way[near].mean(axis=0), np.inf)
        host = str(look.buildings[int(ways.argmin())])
    return Merge(school, into=host, site="teaching_point", stage=stage, year=look.years[t])


def _complete(look: Outlook, host: str, school: str, stage: str) -> bool:
    grades = look.study.offers["grades"]
    return set(grades.get((school, stage), ())) <= set(grades.get((host, stage), ()))


def figures(look: Outlook, path: Ints, home: Ints) -> dict[str, float]:
    """Give the figures plans are set beside each other with; pupils weighed over the forecasts."""
    p = look.problem
    parts = p.cost(path, home)
    loads = p.loads(path, home)
    over = np.maximum(loads - p.seats[path].transpose(0, 1, 3, 2), 0.0).sum(axis=(1, 2, 3))
    moved = p.moved(home)
    back = _returns(look, path, home)
    twice = np.array([_twice(look.units, moved[w], back[w]) for w in range(len(look.variants))])
    lost = np.where(home < 0, p.pupils, 0.0).sum(axis=(1, 2))
    closures, paid = p.acts(path)
    return {
        "unplaced_pupil_years": float(p.weight @ lost),
        "over_pupil_years": float(p.weight @ over),
        "yuan": sum(parts.values()) - parts["unplaced"],
        **{name: parts[name] for name in ("travel", "running", "floor", "building", "elastic", "changes", "unplaced")},
        "moved": float(p.weight @ moved.sum(axis=(1, 2))),
        "moved_twice": float(p.weight @ twice),
        "closures": float(p.weight @ closures.sum(axis=1)),
        "over_budget_years": float(p.weight @ ((paid > p.budget + 1e-6) | (closures > p.closures + 1e-9)).sum(axis=1)),
    }


def _returns(look: Outlook, path: Ints, home: Ints) -> Bools:
    """Tell who comes back to a school that was rebuilt, W × U × T: no second change of school."""
    p, site = look.problem, np.array([use.word == SITE for use in look.uses.uses])
    prior = np.where(p.prior.max(axis=1, initial=0) > 0.5, p.prior.argmax(axis=1), -1)
    back = np.zeros(home.shape, dtype=bool)
    for w, b in zip(*np.nonzero(site[path].any(axis=2)), strict=True):
        away = np.flatnonzero(site[path[w, b]])
        first, stands = int(away[0]), int(away[-1]) + 1
        were = home[w, :, first - 1] == b if first else prior == b
        if stands < home.shape[2]:
            back[w, :, stands] |= were & (home[w, :, stands] == b)
    return back


def _twice(units: pd.DataFrame, moved: Floats, back: Bools) -> float:
    """Give pupils who change school again within a stage: those of a later change who lived through an earlier one.

    Coming back to a rebuilt school is none.
    """
    total = 0.0
    spans, cohorts = units["grades"].map(len).to_numpy(), units["cohort"].to_numpy()
    for u in np.flatnonzero((moved > 0).sum(axis=1) > 1):
        years = np.flatnonzero(moved[u] > 0)
        span = int(spans[u]) - 1
        for one, two in pairwise(years.tolist()):
            if back[u, two]:
                continue
            # Of those who move in the later year, the grades that were there in the earlier one and moved then.
            left = 1.0 if cohorts[u] >= 0 else max(span - (two - one), 0) / max(span, 1)
            total += left * float(moved[u, two])
    return total
