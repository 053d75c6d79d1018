"""The two plans of 涪溪县（模拟）: what was merged in 2023, and what is still to come (standards §1.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .draw import Floats
from .fuxi_county import County
from .fuxi_land import SEAT_PARTS, Land
from .fuxi_schools import Stage, road_metres
from .schooling import CLASS_LIMIT

Edit = dict[str, Any]
NEW_PRIMARY = (("X1", "P120", "涪溪县滨河中心小学", 2_160), ("X2", "P121", "芦笙镇新城中心小学", 1_620))
HEADROOM = 1.03  # seats of the end state over the peak of the forecast


def candidate_sites(rng: np.random.Generator, land: Land) -> pd.DataFrame:
    """Sites where a school could be built; the first two are the new centre primaries of the plan."""
    wanted = [
        ("X1", "primary", 2_160, 1, 7),
        ("X2", "primary", 1_620, SEAT_PARTS, 5),
        ("X3", "primary", 1_620, 3, 6),
        ("X4", "primary", 1_080, 9, 1),
        ("X5", "primary", 1_080, 17, 1),
        ("X6", "junior", 1_800, 2, 8),
        ("X7", "junior", 1_500, 14, 1),
        ("X8", "kindergarten", 360, 0, 9),
        ("X9", "kindergarten", 270, SEAT_PARTS, 4),
    ]
    rows = []
    for site, stage, seats, township, rank in wanted:
        own = land.places[(land.places["township"] == township)]
        place = own[own["rank"] == min(rank, int(own["rank"].max()))].iloc[0]
        spot = land.mesh.xy[int(place["node"])] + rng.uniform(-90, 90, 2)
        cost = round(seats * {"primary": 32_000, "junior": 41_000, "kindergarten": 26_000}[stage], -5)
        rows.append(
            {
                "site_id": site,
                "name": f"{place['name']}备选地块",
                "stage": stage,
                "seats": seats,
                "open_cost": cost,
                "township_id": land.townships["township_id"].iloc[township],
                "x": spot[0],
                "y": spot[1],
            }
        )
    return pd.DataFrame(rows)


def _merge(stage: Stage, gone: int, taker: int, **more: object) -> Edit:
    rows = stage.rows
    edit: Edit = {"do": "merge", "school": rows.at[gone, "school_id"], "into": rows.at[taker, "school_id"]}
    if rows.at[taker, "role"] == "nine":  # a school of two stages: say which
        edit["stage"] = rows.at[taker, "stage"]
    return edit | more


def history(stages: dict[str, Stage]) -> list[Edit]:
    """Mergers of 2023: 36 primary and 22 junior schools."""
    edits: list[Edit] = []
    for name, reason in (("primary", "村小生源持续减少"), ("junior", "规模过小，学科教师不齐")):
        stage = stages[name]
        for gone in np.flatnonzero(stage.into >= 0).tolist():
            into = int(stage.into[gone])
            edits += [_merge(stage, gone, into, site="closed", year=2023, reason=reason)]
    return sorted(edits, key=lambda e: str(e["school"]))


def _raise_to(seats: Floats, least: Floats, total: float, step: int) -> Floats:
    """Seats in whole classes, at least ``least`` for each school and ``total`` together."""
    after = np.maximum(seats, np.ceil(least / step) * step)
    while after.sum() < total:  # one more class where it is tightest
        after[int(np.argmin(after / np.maximum(least, 1)))] += step
    return after


def end_state(county: County, peak: dict[str, int]) -> list[Edit]:
    """The further plan: 44 + 12 mergers, 2 new primaries, 15 juniors enlarged and 1 rebuilt; build, then close."""
    build: list[Edit] = []
    close: list[Edit] = []
    for site, school, title, seats in NEW_PRIMARY:
        build.append(
            {
                "do": "open",
                "site": site,
                "school": school,
                "name": title,
                "stage": "primary",
                "seats": seats,
                "year": 2025,
            }
        )
    for name in ("primary", "junior"):
        stage = county.stages[name]
        grown, merged = _one_stage(county, name, stage, peak[name])
        build += grown
        close += merged
    return build + close


def _one_stage(county: County, name: str, stage: Stage, peak: int) -> tuple[list[Edit], list[Edit]]:
    rows = stage.rows
    nodes = county.land.places["node"].to_numpy()[rows["place"].to_numpy()]
    kept = np.flatnonzero((rows["fate"] == "keep") & ~rows["role"].isin(["tp", "campus"]))
    gone = np.flatnonzero(rows["fate"] == "later")
    away = road_metres(county.land, nodes[kept], nodes[gone])
    roll = stage.now.sum(axis=(0, 2)).astype(float)
    table = county.schools[county.schools["stage"] == name].reset_index(drop=True)
    after = roll.copy()
    merged = []
    for i, school in enumerate(gone.tolist()):
        # The nearest kept school, unless it would grow beyond what the standards call a school (2,000 pupils, §2.1).
        beyond = np.maximum(after[kept] + roll[school] - 1_900, 0)
        into = int(kept[np.argmin(away[i] * (1 + beyond / 400))])
        after[into] += roll[school]
        site, reason = _afterlife(name, i)
        merged.append(_merge(stage, school, into, site=site, year=2026 + i % 3, reason=reason))
    new = sum(s[3] for s in NEW_PRIMARY) if name == "primary" else 0
    seats = table["seats"].to_numpy(dtype=float)[kept]
    least = after[kept] * 1.02
    if name == "junior":  # every kept junior school is enlarged
        least = np.maximum(least, seats + 1)
    wanted = _raise_to(seats, least, peak * HEADROOM - new, CLASS_LIMIT[name])
    grown: list[Edit] = []
    rebuilt = (
        int(kept[np.argmax(np.where(rows["role"].to_numpy()[kept] == "seat", after[kept], 0))])
        if name == "junior"
        else -1
    )
    for school, had, gets in zip(kept.tolist(), seats, wanted, strict=True):
        if gets <= had:
            continue
        edit: Edit = {"do": "expand", "school": rows.at[school, "school_id"], "seats": int(gets)}
        if rows.at[school, "role"] == "nine":
            edit["stage"] = name
        if school == rebuilt:
            edit |= {"do": "rebuild", "year": 2024, "back": 2026}
        else:
            edit["year"] = 2024 + len(grown) % 2
        grown.append(edit)
    return grown, merged


def _afterlife(stage: str, number: int) -> tuple[str, str]:
    """What becomes of a building: a few campuses and teaching points near home, kindergartens, else closed."""
    if stage == "junior":
        return "closed", "每乡镇一所初中难以为继，向区域中心集中"
    if number % 9 == 4:
        return "campus", "原址保留为分校区，低年级就近入学"
    if number % 9 == 7:
        return "teaching_point", "路远，低年级保留教学点"
    if number % 4 == 1:
        return "kindergarten", "校舍优先改办幼儿园"
    return "closed", "村小生源持续减少"
