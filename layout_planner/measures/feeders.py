"""Which junior schools the children of a primary zone go on to."""

from __future__ import annotations

import pandas as pd

from layout_planner.base.units import in_units
from layout_planner.plan import Plan
from layout_planner.plan.zones import SHARED, zone_map

FEEDER_COLUMNS = ("zone", "school_id", "places", "pupils", "share", "main")


@in_units()
def feeder_table(
    plan: Plan, low: str = "primary", high: str = "junior", zones: pd.Series | None = None
) -> pd.DataFrame:
    """Set the zones of two stages against each other.

    Parameters
    ----------
    plan
        Covers both stages.
    low, high
        The stages; the children of `high` are counted where they live.
    zones
        Zones of `high`: place → school (or schools, with ";", who share its children evenly); `zone_map` where left
        out.

    Returns
    -------
    DataFrame
        `FEEDER_COLUMNS`, by zone of `low`: the schools of `high` it leads to, the places and pupils of each, their
        share of the zone's, and whether it is the one most go to. A zone nests where its first share is 1.
    """
    study = plan.study
    upper = (zone_map(plan, high) if zones is None else zones).reindex(study.places.index).dropna()
    rows = upper.str.split(SHARED).explode().rename("school_id").rename_axis("place_id").reset_index()
    rows["zone"] = rows["place_id"].map(zone_map(plan, low))
    rows["pupils"] = rows["place_id"].map(study.demand(high)) / rows.groupby("place_id")["school_id"].transform("size")
    table = rows.groupby(["zone", "school_id"], as_index=False).agg(
        places=("place_id", "size"), pupils=("pupils", "sum")
    )
    total = table.groupby("zone")["pupils"].transform("sum")
    table["share"] = (table["pupils"] / total).where(total > 0, 0.0)
    table = table.sort_values(["zone", "pupils", "places", "school_id"], ascending=[True, False, False, True])
    table["main"] = ~table["zone"].duplicated()
    return table.reset_index(drop=True)[list(FEEDER_COLUMNS)]


def split_by(table: pd.DataFrame) -> float:
    """Give the share of children who do not go where most of their primary zone goes: 0 where all zones nest."""
    pupils = table["pupils"].sum()
    return float(table.loc[~table["main"], "pupils"].sum() / pupils) if pupils else 0.0
