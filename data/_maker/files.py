"""Writing the files of a sample study: the same content every time, small, and readable in Excel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Transformer

from .schooling import SEVEN

SCHOOL_COLUMNS = [
    "school_id",
    "code",
    "name",
    "stage",
    "kind",
    "grades",
    "state",
    "closed_year",
    "township_id",
    "ownership",
    "enrolment",
    "seats",
    "classrooms",
    "classes",
    "teachers",
    "staff",
    "boarders",
    "beds",
    "quality",
    "parent_id",
    "lead_candidate",
    "inclusive",
    "licensed",
    "running_cost",
    "open_cost",
    "site_area",
    "floor_area",
    "tenure",
    "building_grade",
    *SEVEN,
    "lon",
    "lat",
]
WHOLE = ["closed_year", "inclusive", "licensed", "beds", "boarders", *SEVEN]


def lonlat(xy: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Longitude and latitude of metric coordinates, six decimals (a tenth of a metre)."""
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(xy["x"], xy["y"])
    return pd.DataFrame({"lon": np.round(lon, 6), "lat": np.round(lat, 6)}, index=xy.index)


def school_table(schools: pd.DataFrame, township_ids: pd.Series, crs: str, extra: tuple[str, ...] = ()) -> pd.DataFrame:
    """School table in canonical columns; what does not apply to a school stays empty."""
    table = schools.assign(township_id=township_ids.iloc[schools["township"].to_numpy()].to_numpy())
    table = table.join(lonlat(table[["x", "y"]], crs))
    for column in WHOLE:
        table[column] = table[column].astype("Int64")
    return table[[*SCHOOL_COLUMNS, *extra]].sort_values(["stage", "school_id"], kind="stable")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as UTF-8 with BOM, so that Excel opens the Chinese rightly (standards §4)."""
    frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def write_layer(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write a layer as GeoParquet."""
    frame.to_parquet(path, index=False, compression="zstd", compression_level=15)


def write_text(text: str, path: Path) -> None:
    """Write a text file with one line end at its end."""
    path.write_text(text.strip("\n") + "\n", encoding="utf-8", newline="\n")


def edit_line(edit: Mapping[str, object]) -> str:
    """One edit of a scenario as a line of YAML in flow style."""
    parts = []
    for key, value in edit.items():
        plain = isinstance(value, int) or (str(value).isidentifier() and str(value).isascii())
        parts.append(f"{key}: {value}" if plain else f'{key}: "{value}"')
    return "  - {" + ", ".join(parts) + "}"


def write_scenario(name: str, note: str, edits: list[dict[str, object]], path: Path) -> None:
    """Write a scenario."""
    lines = [f"name: {name}", f'note: "{note}"', "edits:", *(edit_line(edit) for edit in edits)]
    write_text("\n".join(lines), path)
