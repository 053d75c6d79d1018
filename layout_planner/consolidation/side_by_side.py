"""Two plans in two columns, figure by figure, and what would let a school stay."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.measures.catalogue import reckon, shown_in
from layout_planner.measures.mergers import ledger_detail
from layout_planner.measures.money import Money
from layout_planner.measures.moved import NOWHERE, moved
from layout_planner.measures.pricing import yearly_cost
from layout_planner.measures.sent import Sent
from layout_planner.plan import Plan

NOTICED = 0.5
"""Minutes by which a way must change to count as better or worse."""


def set_beside(plan: Plan, other: Plan, stage: str, money: Money) -> pd.DataFrame:
    """Give the figures of two plans: index measure (as the catalogue has them), columns unit, plan, other, change."""
    rows = shown_in("counter")
    columns = {
        name: pd.Series(reckon("counter", Sent.of(each, stage, money)), dtype=float)
        for name, each in (("plan", plan), ("other", other))
    }
    table = pd.DataFrame(columns, index=[measure.name for measure in rows])
    table.insert(0, "unit", [measure.unit for measure in rows])
    return table.assign(change=table["other"] - table["plan"]).rename_axis("measure")


def who_gains(plan: Plan, other: Plan, stage: str) -> pd.DataFrame:
    """Tell by township whose way is shorter or longer in the other plan; see `Counter.gains`."""
    moves = moved(other, stage, base=plan)
    moves = moves.loc[(moves["from_school"] != NOWHERE) & (moves["to_school"] != NOWHERE)]
    keys = ["place_id", "grade", "group", "school_id"]
    ways = []
    for which, column in ((plan, "from_school"), (other, "to_school")):
        known = which.assignments[stage].flows.drop_duplicates(keys).set_index(keys)["minutes"]
        at = pd.MultiIndex.from_frame(moves.rename(columns={column: "school_id"})[keys])
        ways.append(known.reindex(at).to_numpy(dtype=float))
    study = other.study
    home = study.places["township_id"] if "township_id" in study.places else pd.Series("", study.places.index)
    saved = ways[0] - ways[1]
    rows = pd.DataFrame({"township_id": moves["place_id"].map(home).to_numpy(), "saved": saved})
    rows["pupils"] = moves["pupils"].to_numpy()
    table = pd.DataFrame(index=pd.Index([], name="township_id"))
    for count, minutes, sign in (("better", "minutes_saved", 1.0), ("worse", "minutes_lost", -1.0)):
        mine = rows.loc[rows["saved"] * sign > NOTICED]
        by = (mine["saved"] * mine["pupils"] * sign).groupby(mine["township_id"]).sum()
        heads = mine.groupby("township_id")["pupils"].sum()
        table = table.join(pd.DataFrame({count: heads, minutes: by / heads}), how="outer")
    table = table.assign(**table[["better", "worse"]].fillna(0.0))
    name = study.townships["name"].reindex(table.index).fillna(pd.Series(table.index, table.index))
    table.insert(0, "name", name)
    return table.rename_axis("township_id").sort_values(["better", "worse"], ascending=False, kind="stable")


def stays_if(plan: Plan, alone: Plan, school: str, stage: str, money: Money) -> pd.DataFrame:
    """Say what roll, what added way, what lack of seats would let a school stay; see `Counter.stays_if`.

    Closing it saves what ends with it, and what is not paid below the funding floor; it costs the longer ways of its
    pupils and what must be built for them. With f yuan saved whatever the roll, e yuan a pupil of longer ways and p
    yuan a pupil below the floor of N pupils, keeping is no dearer from the roll n on where
    f + p · max(0, N − n) = e · n.
    """
    base = plan.base
    assert base is not None
    roll = float(base.assignments[stage].roll().get(school, 0.0))
    with_it, without = yearly_cost(alone, stage, money), yearly_cost(plan, stage, money)
    longer = float(without["travel"] - with_it["travel"])
    fixed = float(with_it["running"] - without["running"]) - float(without["building"] - with_it["building"])
    floor = float(with_it["floor"] - without["floor"])
    per_pupil = longer / roll if roll else np.nan
    went = ledger_detail(plan, stage).query("from_school == @school and to_school != @school and to_school != ''")
    known = went.loc[went["minutes_before"].notna() & went["minutes_after"].notna()]
    extra = (known["minutes_after"] - known["minutes_before"]) * known["pupils"]
    minutes = float(extra.sum() / known["pupils"].sum()) if len(known) else np.nan
    # The minutes at which the ways alone weigh up the saving; they cost in proportion.
    needed = minutes * (fixed + floor) / longer if longer > 0 else np.nan
    receivers = list(went["to_school"].unique())
    seats = base.study.seats(stage).reindex(receivers)
    others = alone.assignments[stage].roll().reindex(receivers, fill_value=0.0)
    # Seats nobody returned are not known, not endless: then neither is what is free.
    free = float((seats.replace(np.inf, np.nan) - others).clip(lower=0.0).sum(skipna=False))
    rows = {
        "roll": (roll, _break_even(fixed, per_pupil, money, stage), "pupils"),
        "minutes": (minutes, max(needed, 0.0) if np.isfinite(needed) else needed, "min"),
        "seats": (free, roll, "seats"),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["now", "needed", "unit"]).rename_axis("what")


def _break_even(fixed: float, per_pupil: float, money: Money, stage: str) -> float:
    """Give the roll from which keeping is no dearer; inf when no roll would do."""
    limit, price = money.floor_pupils.value, money.of_floor(stage)
    if not per_pupil > 0:
        return 0.0 if fixed + price * limit <= 0 else float("inf")
    if fixed / per_pupil >= limit:
        return fixed / per_pupil
    return max((fixed + price * limit) / (per_pupil + price), 0.0)
