"""A hand-drawn zone map made feasible with the fewest changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout_planner.assignment.contiguous.goals import Area, Part, redrawn
from layout_planner.assignment.methods.contiguous import Contiguous
from layout_planner.assignment.solve import solve
from layout_planner.base.goals import Goal, goal
from layout_planner.base.messages import Text
from layout_planner.catchments.why import stage_of
from layout_planner.plan import Plan
from layout_planner.plan.zones import zone_map


def repair_zones(
    plan: Plan,
    stage: str | None = None,
    *,
    forbid: Sequence[tuple[str, str]] = (),
    together: Sequence[Sequence[str]] = (),
    time_limit: float = 60.0,
    rounds: int | None = None,
    seed: int = 0,
) -> Plan:
    """Make the zones of a plan feasible with the fewest places changed: seats kept, every zone in one piece.

    Among maps with equally few changes the one with the shortest ways is taken.

    Parameters
    ----------
    plan
        A plan whose zones may be over-full or in pieces: a given map, an edited one, today's catchments.
    stage
        The stage; may be left out where the plan has but one.
    forbid, together
        As in `Contiguous`; pins are those of the plan's scenario.
    time_limit, rounds, seed
        Of the search.

    Returns
    -------
    Plan
        Of that stage. Its assignment's `work` holds places_changed and at_least (what is proved), `notes` the same in
        words. Status "infeasible" where no feasible map exists, with what would have to give.

    Raises
    ------
    DataError
        The stage is not in the plan.
    """
    stage = stage_of(plan, stage)
    zones = zone_map(plan, stage).str.split(";").str[0]
    wish = Contiguous(
        goals={redrawn(zones): 1.0, _nearness(): 0.5 / max(len(zones), 1)}, forbid=forbid, together=together,
        start=zones, seed=seed, rounds=rounds,
    )  # fmt: skip
    before = plan if plan.base is None else plan.base
    mended = solve(
        before.study, plan.travel, plan.rules, scenario=plan.scenario, assign=wish, stage=stage, gap=0.0,
        time_limit=time_limit,
    )  # fmt: skip
    found = mended.assignments[stage]
    if found.status == "infeasible" or not np.isfinite(found.objective):
        return mended
    units = len(found.zones)
    changed = round(float(found.work["goal_redrawn"]) * units)
    # Ways weigh less than half a change in all, so that what the bound leaves above them is whole changes.
    at_least = max(0, int(np.ceil((found.bound - 0.5 / units) * units - 1e-6)))
    names = _names(mended, zones, stage)
    note = Text(
        f"{changed} places change their school against the map handed in; at least {at_least} must{names}.",
        f"与所给片区图相比，{changed} 个地点改划；至少须改划 {at_least} 个{names}。",
    )
    work = {**found.work, "places_changed": changed, "at_least": at_least}
    mended_stage = found.with_(work=work, notes=(*found.notes, note))
    return mended.with_(assignments={**mended.assignments, stage: mended_stage})


def _names(plan: Plan, zones: pd.Series, stage: str) -> str:
    now = plan.assignments[stage].zones.drop_duplicates("place_id", keep="last").set_index("place_id")["school_id"]
    other = now.index[now.ne(zones.reindex(now.index)).to_numpy(dtype=bool)]
    names = plan.study.places["name"] if "name" in plan.study.places else pd.Series(dtype="str")
    told = [f"{names.get(place, place)} → {plan.study.school_name(now[place])}" for place in other[:8]]
    return f" ({'; '.join(told)}{' …' if len(other) > len(told) else ''})" if told else ""


def _nearness() -> Goal[Area, Part]:
    @goal("nearness", "ways, between ties", "路程（用于并列时）")
    def nearness(area: Area) -> Part:
        """Ways as a share of the longest there could be: never above 1, so that it only decides between ties."""
        ways = area.pupils[:, None] * np.nan_to_num(area.minutes)
        return Part(pairs=ways / max(float(ways.max(axis=1, initial=0.0).sum()), 1e-9))

    return nearness
