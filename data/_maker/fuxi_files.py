"""The tables of 涪溪县（模拟） as they lie in the folder."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString

from .files import lonlat, school_table, write_csv, write_layer, write_scenario, write_text
from .fuxi_county import County
from .fuxi_land import CRS, SEAT_PARTS, Land
from .fuxi_plans import Edit
from .fuxi_schools import GRADES, Stage
from .people import among
from .schooling import subject_teachers
from .terrain import write_elevation
from .texts import FUXI_BEFORE_TOML, FUXI_TOML


def _places(rng: np.random.Generator, county: County) -> pd.DataFrame:
    """Place table: people, children by grade, and groups among them."""
    land = county.land
    places = land.places
    ids = land.townships["township_id"].to_numpy()[places["township"].to_numpy()]
    table = places[["place_id", "name"]].assign(township_id=ids)
    table[["kind", "population"]] = places[["kind", "population"]]
    table = table.join(lonlat(places[["x", "y"]], CRS)).join(county.pupils)
    town = (places["kind"] != "village").to_numpy()
    rates = {  # made up: left-behind children mostly in the villages, migrants' children in the towns
        "migrants_{}": np.where(town, 0.075, 0.006),
        "group_left_behind_{}": np.where(town, 0.11, 0.36) * rng.uniform(0.7, 1.3, len(places)),
        "group_disabled_{}": np.full(len(places), 0.009),
    }
    for pattern, rate in rates.items():
        for stage in ("primary", "junior"):
            columns = [c for c in county.pupils.columns if c.startswith(f"pupils_{stage}_")]
            table[pattern.format(stage)] = among(rng, county.pupils[columns].sum(axis=1).to_numpy(), rate)
    return table


def _attendance(county: County) -> pd.DataFrame:
    """Who goes where, for the schools that have told: all of the seat and the sub-centre, and some of the rest."""
    parts = []
    for name in ("primary", "junior"):
        stage: Stage = county.stages[name]
        rows = stage.rows
        known = rows["role"].isin(["seat", "sub", "nine"]).to_numpy(copy=True)
        others = np.flatnonzero((rows["role"] == "centre") & (rows["fate"] != "2023"))
        known[others[:: 2 if name == "primary" else 4]] = True
        place, school, grade = np.nonzero(stage.now * known[None, :, None])
        parts.append(
            pd.DataFrame(
                {
                    "place_id": county.land.places["place_id"].to_numpy()[place],
                    "school_id": rows["school_id"].to_numpy()[school],
                    "stage": name,
                    "grade": np.asarray(GRADES[name])[grade],
                    "pupils": stage.now[place, school, grade],
                }
            )
        )
    return pd.concat(parts, ignore_index=True).sort_values(["school_id", "stage", "place_id", "grade"], kind="stable")


def _hazards(county: County) -> gpd.GeoDataFrame:
    """Named stretches where the way to school is not safe (standards §5)."""
    land, roads = county.land, county.roads
    river = LineString(land.terrain.river)
    trunk = roads[(roads["class"] == "trunk") & (roads["bridge"] == 0)]
    heart = shapely.Point(*land.centres[:SEAT_PARTS].mean(axis=0))
    away = trunk.distance(heart)
    stretches = trunk[(away > 5_000) & (trunk.length > 350)].geometry.iloc[::9].iloc[:6]
    below = river.project(shapely.Point(*land.centres[SEAT_PARTS]))
    flood = shapely.ops.substring(river, below - 5_200, below - 900).buffer(420).simplify(25)
    xy = land.mesh.xy[land.mesh.used()]
    relief = np.abs(land.terrain.at(xy) - land.terrain.at(xy + np.array([250.0, 0.0])))
    # Not in the towns: 9 km from the middle of the seat, 2 km from the others.
    outside = np.hypot(*(xy - land.centres[:SEAT_PARTS].mean(axis=0)).T) > 9_000
    outside &= np.hypot(*(xy[:, None] - land.centres[None]).transpose(2, 0, 1)).min(axis=1) > 2_000
    inside = relief * outside
    spots: list[np.ndarray] = []
    for index in np.argsort(-inside, kind="stable"):
        if all(np.hypot(*(xy[index] - s)) > 9_000 for s in spots):
            spots.append(xy[index])
        if len(spots) == 3:
            break
    lobes = (np.array([0.0, 0.0]), np.array([170.0, -210.0]), np.array([90.0, -430.0]))
    slides = [shapely.union_all([shapely.Point(*(s + d)).buffer(230, quad_segs=5) for d in lobes]) for s in spots]
    kinds = ["no_pavement"] * len(stretches) + ["flood"] + ["landslide"] * len(slides)
    titles = [f"省道无人行道路段{i + 1}" for i in range(len(stretches))] + ["涪溪河下游汛期淹没区"]
    titles += [f"滑坡隐患点{i + 1}" for i in range(len(slides))]
    shapes = [*stretches, flood, *slides]
    return gpd.GeoDataFrame(
        {"hazard_id": [f"H{i + 1:02d}" for i in range(len(shapes))], "name": titles, "kind": kinds},
        geometry=[shapely.set_precision(s, 1.0) for s in shapes],
        crs=CRS,
    )


def _births(land: Land, births: pd.DataFrame) -> pd.DataFrame:
    long = births.rename_axis("t").reset_index().melt("t", var_name="year", value_name="count")
    long["township_id"] = land.townships["township_id"].to_numpy()[long["t"].to_numpy()]
    return long.assign(variant="recorded")[["township_id", "year", "count", "variant"]].sort_values(
        ["township_id", "year"]
    )


def write_study(
    county: County, history: list[Edit], end_state: list[Edit], folder: Path, rng: np.random.Generator
) -> None:
    """Write all files of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    land = county.land
    ids = land.townships["township_id"]
    attendance = _attendance(county)
    _check_attendance(county, attendance)
    write_csv(_places(rng, county), folder / "places.csv")
    write_layer(land.townships, folder / "townships.parquet")
    write_layer(county.roads, folder / "roads.parquet")
    write_layer(land.water, folder / "water.parquet")
    write_layer(_hazards(county), folder / "hazards.parquet")
    write_elevation(land.terrain, folder / "dem.tif", CRS)
    write_csv(school_table(county.schools, ids, CRS), folder / "schools.csv")
    write_csv(school_table(county.before, ids, CRS), folder / "schools_before.csv")
    sites = county.sites.join(lonlat(county.sites[["x", "y"]], CRS)).drop(columns=["x", "y"])
    write_csv(sites, folder / "sites.csv")
    write_csv(county.rolls[["school_id", "stage", "grade", "pupils", "classes"]], folder / "rolls.csv")
    write_csv(county.rolls_before[["school_id", "stage", "grade", "pupils", "classes"]], folder / "rolls_before.csv")
    write_csv(attendance, folder / "attendance.csv")
    write_csv(_births(land, county.births), folder / "births.csv")
    taught = county.schools[
        county.schools["stage"].isin(["primary", "junior", "senior"]) & (county.schools["teachers"] > 0)
    ]
    write_csv(subject_teachers(taught), folder / "teachers.csv")
    planted = pd.DataFrame({"township_id": ids} | {s: [f"{s}-{d + 1}" for d in of] for s, of in land.planted.items()})
    write_csv(planted, folder / "districts_planted.csv")
    write_scenario(
        "history",
        "涪溪县（模拟）2023 年撤并 58 所 / simulated: the 58 mergers of 2023",
        history,
        folder / "history.yaml",
    )
    write_scenario(
        "end-state",
        "涪溪县（模拟）布局规划远期方案，以现状为起点 / simulated: the further plan, starting from now",
        end_state,
        folder / "end-state.yaml",
    )
    write_text(FUXI_TOML, folder / "study.toml")
    write_text(FUXI_BEFORE_TOML, folder / "before.toml")


def _check_attendance(county: County, attendance: pd.DataFrame) -> None:
    """Never more than live there; and to the pupil the rolls of the schools that are in it."""
    keys = ["school_id", "stage", "grade"]
    rolls = county.rolls[county.rolls["school_id"].isin(attendance["school_id"])]
    rolls = rolls[rolls["stage"].isin(["primary", "junior"])]
    listed = attendance.groupby(keys)["pupils"].sum().sort_index()
    merged = rolls.merge(attendance[["school_id", "stage"]].drop_duplicates()).set_index(keys)["pupils"].sort_index()
    assert listed.equals(merged.astype(listed.dtype)), "attendance and rolls differ"
    lives = county.pupils.set_index(county.land.places["place_id"])
    sent = attendance.groupby(["place_id", "stage", "grade"])["pupils"].sum()
    for (place, stage, grade), count in sent.items():
        assert count <= lives.at[place, f"pupils_{stage}_{grade}"]
