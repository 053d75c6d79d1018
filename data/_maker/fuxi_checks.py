"""What 涪溪县（模拟） promises to those who build on it, asserted before a file is written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import connected_components

from .country import connected, shared_borders, tiles_exactly
from .fuxi_county import County
from .fuxi_land import AREA_KM2, PEOPLE, WINDOWS
from .fuxi_plans import NEW_PRIMARY, Edit
from .fuxi_schools import GRADES, MOVED_PUPILS, MOVED_TEACHERS
from .people import grade_column
from .roads import end_points
from .schooling import SEVEN, difference_coefficient
from .terrain import pair_graph

TOTALS = {"primary": 56_000, "junior": 25_000}


def check(county: County, history: list[Edit], end_state: list[Edit], peak: dict[str, int]) -> None:
    """Assert everything; the message says what failed."""
    _land(county)
    _roads(county)
    _districts(county)
    _pupils(county)
    _schools(county)
    _history(county, history)
    _end_state(county, end_state, peak)
    _quality(county)


def _land(county: County) -> None:
    townships = county.land.townships
    area = float(townships.area.sum()) / 1e6
    assert abs(area / AREA_KM2 - 1) < 0.02, area
    assert len(townships) == 33 and townships["name"].is_unique
    assert tiles_exactly(townships.geometry), "townships do not tile"
    assert int(townships["population"].sum()) == PEOPLE == int(county.land.places["population"].sum())
    places = county.land.places
    assert 950 <= len(places) <= 1_050 and places["name"].is_unique
    height = county.land.terrain.height
    assert height.min() > 250 and 850 < height.max() < 1_200


def _roads(county: County) -> None:
    roads, river = county.roads, county.land.water.geometry.iloc[0]
    first, second, points = end_points(roads)
    assert len(points) >= 15_000, len(points)
    pieces, _ = connected_components(pair_graph(first, second, np.ones(len(first)), len(points)))
    assert pieces == 1, "roads fall apart"
    wet = roads.intersects(river)
    assert wet.sum() == roads["bridge"].sum() >= 6 and bool((roads.loc[wet, "bridge"] == 1).all())
    assert set(roads["class"]) == {"trunk", "secondary", "tertiary", "village"}
    tree = shapely.STRtree(roads.geometry.to_numpy())
    for xy in (county.land.places[["x", "y"]], county.schools[["x", "y"]], county.sites[["x", "y"]]):
        spots = shapely.points(xy.to_numpy())
        _, away = tree.query_nearest(spots, return_distance=True, all_matches=False)
        assert away.max() < 300, away.max()


def _by_township(county: County, stage: str) -> np.ndarray:
    columns = [f"pupils_{stage}_{grade_column(stage, g)}" for g in GRADES[stage]]
    return np.bincount(county.land.places["township"], weights=county.pupils[columns].sum(axis=1))


def _districts(county: County) -> None:
    """The published districts: 130,000 people and 5,000 pupils, 80,000 and 7,000 (standards §1.1)."""
    around: dict[int, set[int]] = {i: set() for i in range(33)}
    for a, b in shared_borders(list(county.land.townships.geometry)):
        around[a].add(b)
        around[b].add(a)
    wanted = {"junior": (130_000, 5_000), "primary": (80_000, 7_000)}
    people = county.land.townships["population"].to_numpy()
    for stage, window in WINDOWS.items():
        of = county.land.planted[stage]
        children = _by_township(county, stage)
        for district in range(window.districts):
            own = of == district
            assert window.least <= own.sum() <= window.most
            assert connected(set(np.flatnonzero(own).tolist()), around), (stage, district)
            assert abs(people[own].sum() / wanted[stage][0] - 1) < 0.095, (stage, people[own].sum())
            assert abs(children[own].sum() / wanted[stage][1] - 1) < 0.14, (stage, children[own].sum())


def _pupils(county: County) -> None:
    for stage, total in TOTALS.items():
        for rolls in (county.rolls, county.rolls_before):
            own = rolls[rolls["stage"] == stage]
            assert int(own["pupils"].sum()) == total
        columns = [f"pupils_{stage}_{g}" for g in GRADES[stage]]
        assert int(county.pupils[columns].to_numpy().sum()) == total
    for stage, grades in GRADES.items():
        for rolls in (county.rolls, county.rolls_before):
            by_grade = rolls[rolls["stage"] == stage].groupby("grade")["pupils"].sum()
            for grade in grades:
                lives = int(county.pupils[f"pupils_{stage}_{grade_column(stage, grade)}"].sum())
                assert int(by_grade[grade]) == lives, (stage, grade)
    assert bool((county.rolls["classes"] >= 1).all())


def _legal(schools: pd.DataFrame, kinds: list[str]) -> int:
    """Open legal schools by kind: not those with a parent (campuses), and a school of two stages once."""
    own = schools[(schools["state"] == "open") & schools["kind"].isin(kinds) & (schools["parent_id"] == "")]
    return int(own["school_id"].nunique())


def _schools(county: County) -> None:
    now, before = county.schools, county.before
    assert (_legal(now, ["211"]), _legal(now, ["311", "312"])) == (83, 28)
    assert (_legal(before, ["211"]), _legal(before, ["311", "312"])) == (119, 50)
    assert not now.duplicated(["school_id", "stage"]).any() and not now["school_id"].isna().any()
    assert now.drop_duplicates("school_id")["code"].is_unique and bool((now["code"].str.len() == 10).all())
    gone = now.loc[now["state"] == "closed", "school_id"]
    assert len(gone) == 58
    was = before[before["school_id"].isin(gone)]
    assert int(was["enrolment"].sum()) == MOVED_PUPILS and int(was["teachers"].sum()) == MOVED_TEACHERS
    assert int(before["teachers"].sum()) == int(now["teachers"].sum())
    for table, rolls in ((now, county.rolls), (before, county.rolls_before)):
        have = rolls.groupby(["school_id", "stage"])["pupils"].sum()
        counted = table[table["enrolment"] > 0]
        want = counted.set_index(["school_id", "stage"])["enrolment"]
        assert have.sort_index().astype(int).equals(want.sort_index().astype(int).rename("pupils"))
    for stage in GRADES:  # every child has a seat somewhere
        open_ = now[(now["stage"] == stage) & (now["state"] == "open")]
        assert open_["seats"].sum() > (1.05 if stage in TOTALS else 1.01) * open_["enrolment"].sum(), stage


def _history(county: County, history: list[Edit]) -> None:
    """Carrying out the mergers on the rolls of before gives the rolls of now, to the pupil."""
    into = {e["school"]: e["into"] for e in history}
    assert len(into) == 58 and not set(into.values()) & set(into)
    moved = county.rolls_before.assign(school_id=county.rolls_before["school_id"].replace(into))
    keys = ["stage", "school_id", "grade"]
    after = moved.groupby(keys)["pupils"].sum()
    assert after.equals(county.rolls.groupby(keys)["pupils"].sum()), "history does not lead to now"


def _end_state(county: County, edits: list[Edit], peak: dict[str, int]) -> None:
    stage_of = county.schools.groupby("school_id")["stage"].agg(set)
    merged = [e for e in edits if e["do"] == "merge"]
    gone = {e["school"] for e in merged}
    parents = set(county.schools["parent_id"])
    assert not gone & {e["into"] for e in merged} and not gone & parents
    by_stage = {s: sum(stage_of[g] == {s} for g in gone) for s in TOTALS}
    assert by_stage == {"primary": 44, "junior": 12}
    assert (
        sum(e["do"] == "expand" and (e.get("stage") or next(iter(stage_of[e["school"]]))) == "junior" for e in edits)
        == 15
    )
    assert sum(e["do"] == "rebuild" for e in edits) == 1 and sum(e["do"] == "open" for e in edits) == len(NEW_PRIMARY)
    for stage, total in TOTALS.items():
        kept = county.schools[
            (county.schools["stage"] == stage)
            & (county.schools["state"] == "open")
            & (county.schools["parent_id"] == "")
            & ~county.schools["school_id"].isin(gone)
        ].set_index("school_id")
        seats = kept["seats"].copy()
        for e in edits:
            if e["do"] in ("expand", "rebuild") and e.get("stage", stage) == stage and e["school"] in seats.index:
                assert e["seats"] >= seats[e["school"]]
                seats[e["school"]] = e["seats"]
        load = kept["enrolment"].copy()
        for e in merged:
            if e["into"] in load.index and e.get("stage", stage) == stage and stage in stage_of[e["school"]]:
                load[e["into"]] += int(
                    county.schools.loc[county.schools["school_id"] == e["school"], "enrolment"].iloc[0]
                )
        assert bool((seats >= load).all()), f"a receiving school of {stage} cannot seat its pupils"
        new = sum(e["seats"] for e in edits if e["do"] == "open" and e["stage"] == stage)
        assert seats.sum() + new >= max(peak[stage], total), stage


def _quality(county: County) -> None:
    """Gradient and indicators: some schools pass and some fail, difference coefficients between 0.3 and 0.8."""
    for stage in TOTALS:
        own = county.schools[
            (county.schools["stage"] == stage) & (county.schools["state"] == "open") & (county.schools["role"] != "tp")
        ]
        met = pd.Series(0, index=own.index)
        for name, thresholds in SEVEN.items():
            amount = own[name].to_numpy(dtype=float)
            coefficient = difference_coefficient(amount, own["enrolment"].to_numpy())
            assert 0.3 <= coefficient <= 0.8, (stage, name, round(coefficient, 3))
            unit = 100 if name.startswith("teachers") or name == "network_rooms" else 1
            met += (amount * unit / own["enrolment"] >= thresholds[stage]).astype(int)
        assert 0.05 < (met >= 6).mean() < 0.7, (stage, (met >= 6).mean())
        town = own[own["role"].isin(["seat", "sub"])]
        assert town["quality"].mean() > own["quality"].mean() + 12
    sizes = county.rolls[county.rolls["stage"].isin(["primary", "junior"])]
    per_class = sizes["pupils"] / sizes["classes"]
    assert per_class.max() <= 66 and (per_class >= 56).sum() >= 20
