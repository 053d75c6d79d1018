"""The tables of 芝港区（模拟） as they lie in the folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from .files import lonlat, school_table, write_csv, write_layer, write_text
from .schooling import subject_teachers
from .texts import ZHIGANG_TOML
from .zhigang_district import District
from .zhigang_land import CRS, City


def _estates(rng: np.random.Generator, city: City) -> pd.DataFrame:
    """Estates to be handed over in the next years, where there is room: people arrive before seats do."""
    roomy = np.argsort((city.places["population"] / city.places.area).to_numpy(), kind="stable")
    chosen = np.sort(rng.choice(roomy[20:80], 8, replace=False))
    names = ("澜庭", "汀苑", "云筑", "霁园", "漪园", "珩里", "岫居", "栀园")
    rows = []
    for n, place in enumerate(chosen.tolist()):
        rows.append(
            {
                "estate_id": f"E{n + 1:02d}",
                "name": f"望潮{names[n]}",
                "place_id": city.places.at[place, "place_id"],
                "homes": int(rng.integers(6, 26)) * 100,
                "year": 2025 + n % 4,
                "yield_kindergarten": 0.09,
                "yield_primary": 0.16,
                "yield_junior": 0.10,
            }
        )
    return pd.DataFrame(rows)


def _sites(city: City, estates: pd.DataFrame) -> pd.DataFrame:
    """Reserved school sites, near the planned estates."""
    plan = [
        ("primary", 1_350),
        ("junior", 1_600),
        ("primary", 1_080),
        ("kindergarten", 360),
        ("primary", 1_350),
        ("junior", 1_200),
    ]
    rows = []
    for n, (stage, seats) in enumerate(plan):
        place = int(city.places.index[city.places["place_id"] == estates["place_id"].iloc[n]][0])
        spot = city.mesh.xy[int(city.places.at[place, "node"])] + [60.0, -45.0]
        price = {"primary": 62_000, "junior": 78_000, "kindergarten": 45_000}[stage]
        rows.append(
            {
                "site_id": f"X{n + 1}",
                "name": f"{city.places.at[place, 'name']}教育用地",
                "stage": stage,
                "seats": seats,
                "open_cost": seats * price,
                "township_id": city.townships["township_id"].iloc[int(city.places.at[place, "township"])],
                "x": spot[0],
                "y": spot[1],
            }
        )
    frame = pd.DataFrame(rows)
    return frame.join(lonlat(frame[["x", "y"]], CRS)).drop(columns=["x", "y"])


def write_study(district: District, groups: pd.DataFrame, folder: Path, rng: np.random.Generator) -> None:
    """Write all files of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    city = district.city
    ids = city.townships["township_id"]
    places = city.places[["place_id", "name", "kind", "population", "geometry"]].copy()
    places.insert(2, "township_id", ids.to_numpy()[city.places["township"].to_numpy()])
    for table in (district.pupils, groups, district.catchments.add_prefix("catchment_")):
        for column in table:
            places[column] = table[column].to_numpy()
    write_layer(places, folder / "places.parquet")
    write_layer(city.townships, folder / "townships.parquet")
    write_layer(district.roads, folder / "roads.parquet")
    write_csv(school_table(district.schools, ids, CRS, ("migrant_designated",)), folder / "schools.csv")
    write_csv(district.rolls, folder / "rolls.csv")
    write_csv(district.classes, folder / "classes.csv")
    long = district.births.rename_axis("t").reset_index().melt("t", var_name="year", value_name="count")
    long["township_id"] = ids.to_numpy()[long["t"].to_numpy()]
    births = long.assign(variant="recorded")[["township_id", "year", "count", "variant"]]
    write_csv(births.sort_values(["township_id", "year"]), folder / "births.csv")
    taught = district.schools[district.schools["stage"].isin(["primary", "junior", "senior"])]
    write_csv(subject_teachers(taught), folder / "teachers.csv")
    estates = _estates(rng, city)
    write_csv(estates, folder / "estates.csv")
    write_csv(_sites(city, estates), folder / "sites.csv")
    write_text(ZHIGANG_TOML, folder / "study.toml")
