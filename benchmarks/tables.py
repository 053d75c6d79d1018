"""Travel tables beside OSRM's and Valhalla's: `python -m benchmarks.tables [--wheels FOLDER]`.

3,000 places × 200 sites on foot and by car on two extracts; the graphs stand, each on its own terms: OSRM's contraction
hierarchy, Valhalla's tiles, our `Roadway`. What is timed is one table, asked over loopback of the two servers (what
they send back is read in, not looked at) and by `travel.sweeps.measure` of ours, one thread each, best of three.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.routers import EXTRACTS, MODES, extract_of, fetch, junctions, osrm_at, valhalla_at

PLACES, SITES = 3_000, 200
AT_ONCE = 500
"""Places a question to Valhalla: whole tables of this size end its connection."""


def best_of(run: Callable[[], object], times: int = 3) -> float:
    """Time a call: the best of some, seconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


def read(url: str, body: object = None) -> int:
    """Ask and read the answer; gives its bytes."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=1_800) as answer:
        return len(answer.read())


def polyline(xy: np.ndarray) -> str:
    """Write points as OSRM's polyline of five digits, latitude first."""
    steps = np.diff(np.rint(xy[:, ::-1] * 1e5).astype(int), axis=0, prepend=0).ravel()
    letters = []
    for step in steps.tolist():
        value = ~(step << 1) if step < 0 else step << 1
        while value >= 32:
            letters.append(chr((32 | value & 31) + 63))
            value >>= 5
        letters.append(chr(value + 63))
    return "".join(letters)


def osrm_table(url: str, profile: str, degrees: np.ndarray) -> None:
    """Ask OSRM for minutes and metres, places × sites, in one question."""
    from urllib.parse import quote

    ends = quote(polyline(degrees), safe="")
    sources = ";".join(map(str, range(PLACES)))
    targets = ";".join(str(PLACES + k) for k in range(SITES))
    told = f"sources={sources}&destinations={targets}&annotations=duration,distance"
    read(f"{url}/table/v1/{profile}/polyline({ends})?{told}")


def valhalla_table(url: str, costing: str, degrees: np.ndarray) -> None:
    """Ask Valhalla for its matrix, some places at a time."""
    points = [{"lon": x, "lat": y} for x, y in degrees.tolist()]
    for start in range(0, PLACES, AT_ONCE):
        some = points[start : min(start + AT_ONCE, PLACES)]
        read(f"{url}/sources_to_targets", {"sources": some, "targets": points[PLACES:], "costing": costing})


def our_table(roads: gpd.GeoDataFrame, points: gpd.GeoSeries, mode: str) -> tuple[float, float]:
    """Time our table on a standing roadway: seconds, and the seconds it took to build."""
    from layout_planner.study import TIDY, Study
    from layout_planner.travel.roadway import make_roadway
    from layout_planner.travel.speeds import speeds_for, values
    from layout_planner.travel.sweeps import measure

    empty = gpd.GeoDataFrame({"name": []}, geometry=[], crs=roads.crs)
    tables = {name: pd.DataFrame(columns=list(columns)) for name, columns in TIDY.items()}
    study = Study(name="tables", year=2025, calendar="6+3", crs=str(roads.crs), places=empty, townships=empty,
                  schools=empty, sites=empty, offers=pd.DataFrame(), adjacency=pd.DataFrame(), roads=roads,
                  **tables)  # fmt: skip
    start = time.perf_counter()
    road = make_roadway(study, mode, values(speeds_for(study)))
    built = time.perf_counter() - start
    places, sites = points.iloc[:PLACES], points.iloc[PLACES:]
    measure(road, places, sites.iloc[:2], None, 1)  # what numba compiles is not timed
    return best_of(lambda: measure(road, places, sites, None, 1)), built


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheels", type=Path, help="a folder that holds the wheels already")
    parser.add_argument("--extracts", nargs="+", default=list(EXTRACTS)[:2], choices=list(EXTRACTS))
    parser.add_argument("--modes", nargs="+", default=["walk", "drive"], choices=list(MODES))
    told = parser.parse_args()
    from layout_planner.roads.reader import read_roads

    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        homes = fetch(folder, told.wheels)
        print("| extract | mode | ours s (built in) | OSRM s | × ours | Valhalla s | × ours |\n" + "|---" * 7 + "|")
        for name in told.extracts:
            extract = extract_of(name, folder)
            if extract is None:
                continue
            roads = read_roads(extract)
            points = junctions(roads, PLACES + SITES, 18)
            degrees = shapely.get_coordinates(points.to_crs(4326).to_numpy())
            with valhalla_at(homes[1], extract, folder) as valhalla:
                for mode in told.modes:
                    profile, costing = MODES[mode]
                    mine, built = our_table(roads, points, mode)
                    with osrm_at(homes[0], extract, profile, folder) as osrm:
                        his = best_of(partial(osrm_table, osrm, profile, degrees))
                    third = best_of(partial(valhalla_table, valhalla, costing, degrees), 1)
                    row = f"| {name} | {mode} | {mine:.2f} ({built:.1f}) | {his:.2f} | {his / mine:.2f} | {third:.1f} |"
                    print(f"{row} {third / mine:.0f} |", flush=True)


if __name__ == "__main__":
    main()
