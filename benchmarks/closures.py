"""The closure score on three real rounds of closures, beside the plain orders: `python -m benchmarks.closures`.

The data (`../shared/data/closures`) are no part of the project. Each figure is an AUC ± its standard error (Hanley and
McNeil 1982). Within a place: the score with its fixed weights, the plain orders, and a ranking learnt from the place
itself, every school told of by a model that has not seen it (`learn_closures`). Leaving one place out: the same model
learnt from the two others, on ranks within each place, since rolls of one are not those of another.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.data_in import DATA
from layout_planner.measures import hindcast, learn_closures, rank_schools
from layout_planner.measures.closure import told_by

PLACES = ("chicago_2013", "puerto_rico_2018", "new_zealand_2015")
KNOWN = ("roll", "load", "next_minutes", "quality")
WALK_MINUTES = 15.0
"""Of a kilometre."""


def factors(place: str) -> tuple[pd.DataFrame, pd.Index]:
    """Give what was known of the schools of a place before, and which of them closed."""
    table = pd.read_csv(DATA / "closures" / place / "schools.csv", encoding="utf-8-sig").set_index("school_id")
    table = table.loc[table["enrolment"].notna()]
    raw = pd.DataFrame(
        {
            "name": table["name"], "roll": table["enrolment"], "load": table["enrolment"] / table["seats"],
            "quality": table.get("quality", np.nan), "next_minutes": table["next_school_km"] * WALK_MINUTES,
        }
    )  # fmt: skip
    return raw, table.index[table["closed"] == 1]


def said(auc: float, error: float) -> str:
    """Write a figure."""
    return f"{auc:.3f} ± {error:.3f}" if np.isfinite(auc) else "not known"


def within() -> None:
    """Print what tells closures within each place."""
    orders = "score | smallest | emptiest | nearest next | weakest"
    print(f"within the place | schools, closed | {orders} | learnt: roll, use, position | learnt: quality too")
    for place in PLACES:
        raw, closed = factors(place)
        told = hindcast(rank_schools(raw), closed)
        plain = [said(*told.loc[name, ["auc", "error"]]) if name in told.index else "not known" for name in KNOWN]
        learnt = []
        for names in (("roll", "load", "next_minutes"), KNOWN):
            figures = learn_closures(raw, closed, [name for name in names if raw[name].notna().any()]).figures
            learnt.append(said(*figures.loc["learned", ["auc", "error"]]))
        smallest, emptiest, near, weakest = plain
        cells = [said(*told.loc["score", ["auc", "error"]]), smallest, emptiest, near, weakest, *learnt]
        print(" | ".join([place, f"{len(raw):,}, {len(closed)}", *cells]))


def left_out() -> None:
    """Print what a model of the two other places tells of each."""
    tables = []
    for place in PLACES:
        raw, closed = factors(place)
        ranks = raw[["roll", "load", "next_minutes"]].rank(pct=True)
        tables.append(ranks.assign(place=place, closed=raw.index.isin(closed)))
    every = pd.concat(tables, keys=PLACES)
    every.index = pd.Index([f"{place}:{school}" for place, school in every.index], name="school_id")
    closed = every.index[every["closed"]]
    print("left out | learnt: roll, position | learnt: roll, use, position | smallest | emptiest")
    chances = [
        learn_closures(every, closed, list(names), place=every["place"]).table["chance"].reindex(every.index)
        for names in (("roll", "next_minutes"), ("roll", "load", "next_minutes"))
    ]
    for place in PLACES:
        mine = (every["place"] == place).to_numpy()
        did = every.loc[mine, "closed"].to_numpy()
        orders = [*(chance[mine] for chance in chances), -every.loc[mine, "roll"], -every.loc[mine, "load"]]
        cells = [said(*told_by(o.to_numpy(), did)[:2]) if o.notna().any() else "not known" for o in orders]
        print(" | ".join([place, *cells]))


if __name__ == "__main__":
    within()
    left_out()
