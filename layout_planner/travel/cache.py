"""Measured travel kept on disk under a name that is its content: a stale one cannot be found."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from weakref import WeakValueDictionary

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.base.errors import TravelError
from layout_planner.base.files import digest_file, digest_parts
from layout_planner.study import Study
from layout_planner.travel.files import read_travel, write_travel
from layout_planner.travel.types import Travel

_IN_USE: WeakValueDictionary[tuple[str, int], Travel] = WeakValueDictionary()
"""Kept travels that somebody holds, by file and its size: asked for again they are the same object, so that what has
been worked out with it (`today`) is known too."""
MOST_BYTES = 2_000_000_000
"""The folder is kept below this; what was not used for longest goes first."""


def cache_folder() -> Path:
    """Give the folder measured travel is kept in: LAYOUT_PLANNER_CACHE, else the user's cache folder."""
    told = os.environ.get("LAYOUT_PLANNER_CACHE")
    if told:
        return Path(told)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "layout_planner"


def travel_key(study: Study, origins: gpd.GeoSeries, sites: gpd.GeoSeries, options: Mapping[str, object]) -> str:
    """Digest everything a measured travel depends on: options, points, roads, heights, hazards, and our own code."""
    parts: list[bytes | str] = [_code(), repr(sorted(options.items())), study.crs]
    for points in (origins, sites):
        parts += ["\0".join(map(str, points.index)), shape_bytes(points)]
    layers = [study.roads, *(study.extra.get(name) for name in ("hazards", "water"))]
    for layer in layers:
        parts += ["none"] if layer is None else layer_parts(layer)
    parts.append("flat" if study.elevation is None else _elevation(study.elevation))
    return digest_parts(*parts)


def keep(key: str, travel: Travel) -> None:
    """Keep a travel. A folder that cannot be written to is no fault: the next call measures again."""
    folder = cache_folder()
    path = folder / f"{key}.parquet"
    try:
        write_travel(travel, path)
        _IN_USE[str(path), path.stat().st_size] = travel
        _trim(folder)
    except OSError:
        return


def find(key: str) -> Travel | None:
    """Give a kept travel; None where there is none or the file is damaged."""
    path = cache_folder() / f"{key}.parquet"
    if not path.is_file():
        return None
    try:
        name = str(path), path.stat().st_size
        found = _IN_USE.get(name) or read_travel(path)
        path.touch()
    except (TravelError, OSError):
        return None
    _IN_USE[name] = found
    return found


def _trim(folder: Path) -> None:
    kept = sorted(folder.glob("[!.]*.parquet"), key=lambda path: path.stat().st_mtime, reverse=True)
    used = np.cumsum([path.stat().st_size for path in kept])
    for path, total in zip(kept, used, strict=True):
        if total > MOST_BYTES and path != kept[0]:
            path.unlink(missing_ok=True)


def _code() -> str:
    """Digest this room's source: a change in how travel is measured makes every kept one unknown."""
    here = Path(__file__).parent
    return digest_parts(*(path.read_bytes() for path in sorted(here.glob("*.py"))))


def shape_bytes(shapes: gpd.GeoSeries) -> bytes:
    """Give shapes as bytes, equal for equal shapes."""
    return b"\0".join(w or b"" for w in shapely.to_wkb(shapes.to_numpy()))


def layer_parts(layer: pd.DataFrame) -> list[bytes | str]:
    """Give what a layer is told apart by: its columns, their values, its shapes; for `digest_parts`."""
    if not isinstance(layer, gpd.GeoDataFrame):
        return [layer.to_csv()]
    table = pd.DataFrame(layer.drop(columns=layer.geometry.name)).astype("string")
    hashed = pd.util.hash_pandas_object(table, index=False).to_numpy()
    return [str(layer.crs), "\0".join(map(str, layer.columns)), hashed.tobytes(), shape_bytes(layer.geometry)]


def _elevation(path: str) -> str:
    """Digest the raster's bytes; of one inside an archive ("zip://…!…") the name and the archive's bytes."""
    archive = path.split("!")[0].removeprefix("zip://").removeprefix("/vsizip/")
    for candidate in (Path(path), Path(archive), *Path(archive).parents):
        if candidate.is_file():
            return f"{path} {digest_file(candidate)}"
    return path
