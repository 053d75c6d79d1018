"""A county of three townships, forty villages and seven schools, with answers small enough to know by heart."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point, box

from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof, unproved
from layout_planner.measures import score
from layout_planner.plan import Assignment, Plan
from layout_planner.policy import Rules
from layout_planner.scenario import Close, Scenario
from layout_planner.study import Study
from layout_planner.study.tidy import TIDY
from layout_planner.travel import Travel

CRS = "EPSG:4544"
X0, Y0 = 480_000.0, 3_480_000.0
HOSTILE = (
    "<script>window.pwned=1</script>",
    '<img src=x onerror="window.pwned=2">',
    "${window.pwned=3}",
    '" onmouseover="window.pwned=4" x="',
    "`+(window.pwned=5)+`",
    "\u202eevil\u202c txt",
    "</script><script>window.pwned=6</script>",
    "长" * 10_000,
    "{{ 7*7 }} {% raw %}",
    "\\u003cimg src=x onerror=window.pwned=7\\u003e",
    '“O\'Brien” "小学"\r\n- {do: close}\t\u2028\x00',
)
"""Names that run, break out, turn the text around or never end."""


def toy_study(name: str | None = None, polygons: bool = False) -> Study:
    """Three townships 10 km wide, forty villages on a grid, six primary schools, two junior; `name` names all."""
    townships = gpd.GeoDataFrame(
        {"name": [name or n for n in ("青溪镇", "白岩乡", "黄坪乡")], "population": [30_000.0, 12_000.0, 9_000.0]},
        index=pd.Index(["T1", "T2", "T3"], name="township_id"),
        geometry=[box(X0 + i * 10_000, Y0, X0 + (i + 1) * 10_000, Y0 + 16_000) for i in range(3)],
        crs=CRS,
    )
    xy = [(X0 + 1_875 + 3_750 * (i % 8), Y0 + 1_600 + 3_200 * (i // 8)) for i in range(40)]
    places = gpd.GeoDataFrame(
        {
            "name": [name or f"第{i + 1}村" for i in range(40)],
            "township_id": [f"T{min(int((x - X0) // 10_000) + 1, 3)}" for x, _ in xy],
            "population": 600.0,
        },
        index=pd.Index([f"V{i + 1:02d}" for i in range(40)], name="place_id"),
        geometry=[box(x - 1_875, y - 1_600, x + 1_875, y + 1_600) if polygons else Point(x, y) for x, y in xy],
        crs=CRS,
    )
    rows = [
        ("S1", "青溪中心小学", "211", "open", np.nan, "T1", 5_000, 8_000),
        ("S2", "白岩小学", "211", "open", np.nan, "T2", 15_000, 8_000),
        ("S3", "黄坪小学", "211", "open", np.nan, "T3", 25_000, 8_000),
        ("S4", "石门村小学", "218", "open", np.nan, "T2", 13_000, 14_500),
        ("S5", "老屋小学", "211", "closed", 2019.0, "T3", 28_000, 2_500),
        ("S6", "青溪中学", "312", "open", np.nan, "T1", 6_500, 6_500),
        ("S7", "黄坪中学", "311", "planned", np.nan, "T3", 23_000, 6_000),
    ]
    schools = gpd.GeoDataFrame(
        {
            "name": [name or row[1] for row in rows],
            "kind": [row[2] for row in rows],
            "state": [row[3] for row in rows],
            "closed_year": [row[4] for row in rows],
            "township_id": [row[5] for row in rows],
        },
        index=pd.Index([row[0] for row in rows], name="school_id"),
        geometry=[Point(X0 + row[6], Y0 + row[7]) for row in rows],
        crs=CRS,
    )
    seats = {
        ("S1", "primary"): 900.0, ("S2", "primary"): 500.0, ("S3", "primary"): 300.0, ("S4", "primary"): 120.0,
        ("S5", "primary"): 90.0, ("S6", "primary"): np.nan, ("S6", "junior"): 700.0, ("S7", "junior"): 400.0,
    }  # fmt: skip
    offers = pd.DataFrame(
        {"seats": list(seats.values()), "classrooms": np.nan},
        index=pd.MultiIndex.from_tuples(seats, names=["school_id", "stage"]),
    )
    offers["grades"] = [tuple(range(1, 7)) if stage == "primary" else (7, 8, 9) for _, stage in seats]
    pupils = pd.DataFrame(
        [
            (place, stage, grade, "local", count)
            for at, place in enumerate(places.index)
            for stage, grade, count in (("primary", 1, 20.0 + at % 3), ("primary", 4, 22.0), ("junior", 7, 14.0))
        ],
        columns=["place_id", "stage", "grade", "group", "pupils"],
    )
    roads = gpd.GeoDataFrame(
        {"class": ["trunk", "secondary", "village", "village"]},
        geometry=[
            LineString([(X0, Y0 + 8_000), (X0 + 12_000, Y0 + 8_400), (X0 + 30_000, Y0 + 7_600)]),
            LineString([(X0 + 13_000, Y0), (X0 + 13_000, Y0 + 16_000)]),
            LineString([(X0 + 25_000, Y0 + 8_000), (X0 + 28_000, Y0 + 2_500)]),
            LineString([(X0 + 28_000, Y0 + 2_500), (X0 + 29_500, Y0 + 500)]),
        ],
        crs=CRS,
    )
    return Study(
        name=name or "青白县（模拟）", year=2023, calendar="6+3", crs=CRS, places=places, townships=townships,
        schools=schools, sites=gpd.GeoDataFrame({"name": []}, geometry=[], crs=CRS), offers=offers, pupils=pupils,
        **{table: pd.DataFrame(columns=list(TIDY[table])) for table in ("rolls", "attendance", "births", "classes")},
        adjacency=pd.DataFrame(columns=["place_a", "place_b"]), roads=roads,
        sources={"statements": (Text(name or "rolls estimated", name or "在校生为估计数"),)}, simulated=True,
    )  # fmt: skip


def toy_travel(study: Study) -> Travel:
    """Straight lines at 4 km/h, but the last village is cut off."""
    points, sites = study.place_points(), study.schools.geometry
    metres = pd.DataFrame(
        {school: points.distance(sites[school]) for school in study.schools.index}, index=study.places.index
    )
    metres.iloc[39] = np.nan
    return Travel("walk", metres / 4_000 * 60, metres)


def nearest(study: Study, travel: Travel, stage: str, reason: str = "no road") -> Assignment:
    """Everyone goes to the nearest open school; who cannot get there is unplaced."""
    mine = study.pupils[study.pupils["stage"] == stage]
    metres = travel.metres[study.offering(stage)]
    reached = metres.dropna(how="all").idxmin(axis=1)
    flows = mine[mine["place_id"].isin(reached.index)].assign(how="day")
    flows["school_id"] = reached.loc[flows["place_id"]].to_numpy()
    at = list(zip(flows["place_id"], flows["school_id"], strict=True))
    flows["minutes"] = [float(travel.minutes.at[pair]) for pair in at]
    flows["metres"] = [float(travel.metres.at[pair]) for pair in at]
    lost = mine[~mine["place_id"].isin(reached.index)].assign(reason=reason)
    outside = pd.DataFrame({"school_id": ["S6"], "stage": ["junior"], "grade": [7], "pupils": [5.0], "reason": ["?"]})
    return Assignment(
        stage, flows.reset_index(drop=True), lost.reset_index(drop=True),
        outside[outside["stage"] == stage], "nearest", unproved("rule"),
    )  # fmt: skip


def toy_plans(name: str | None = None, polygons: bool = False) -> tuple[Plan, Plan]:
    """Today, and the plan that closes S4 (its pupils go to S1, S2 and S3) and opens S7; `name` names everything."""
    study = toy_study(name, polygons)
    travel = toy_travel(study)
    today = _plan(name or "今天", study, travel, Scenario(), None)
    schools = study.schools.copy()
    schools.loc["S4", ["state", "closed_year"]] = ["closed", 2023.0]
    schools.loc["S7", "state"] = "open"
    after = study.with_(schools=schools)
    plan = _plan(name or "关停石门小学", after, travel, Scenario("关停石门", [Close("S4")]), today)
    junior = plan.assignments["junior"].with_(
        proof=Proof(100.0, 99.6, ended="proved"), method=name or "capacity",
        notes=(Text(name or "note", name or "说明"),),
    )  # fmt: skip
    return today, plan.with_(assignments={**plan.assignments, "junior": junior})


def with_names(plan: Plan, names: Sequence[str]) -> Plan:
    """Give the places and schools of a plan these names in turn, and the plan itself the first."""
    study = plan.study
    frames = {
        table: frame.assign(name=[names[i % len(names)] for i in range(len(frame))])
        for table, frame in (("places", study.places), ("schools", study.schools), ("townships", study.townships))
    }
    return plan.with_(name=names[0], study=study.with_(name=names[-1], **frames))


def _plan(name: str, study: Study, travel: Travel, scenario: Scenario, base: Plan | None) -> Plan:
    assignments = {stage: nearest(study, travel, stage, name) for stage in ("primary", "junior")}
    rules = Rules.load("cn-quality-balance").with_(primary={"reach_minutes": 60})
    plan = Plan(name, study, travel, rules, scenario, assignments, base)
    return plan.with_(scorecard=score(plan))
