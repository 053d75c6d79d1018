"""Reading what a bureau sends, measured: `python -m benchmarks.data_in [roads|shift|datums|books …]`.

Seconds are processor seconds of this process. `roads` reads Andorra's extract beside osmnx, which is given the same
ways as XML (writing them is not counted).
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MUTATIONS = 10_000


def seconds(do: Callable[[], Any], runs: int = 3) -> tuple[float, Any]:
    """Give the median processor seconds of several runs, and the last result."""
    taken = []
    for _ in range(runs):
        begun = time.process_time()
        result = do()
        taken.append(time.process_time() - begun)
    return float(np.median(taken)), result


def roads() -> None:
    """Andorra by our reader and by osmnx: time, nodes, length."""
    import osmium
    import osmnx

    from layout_planner.roads.osm import HIGHWAY
    from layout_planner.roads.reader import read_roads

    extract = DATA / "andorra" / "andorra.osm.pbf"
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "roads.osm"
        _write_roads_as_xml(osmium, extract, xml, set(HIGHWAY))
        mine, ours = seconds(lambda: read_roads(extract, "EPSG:32631"))
        settings = {"simplify": False, "retain_all": True, "bidirectional": True}
        peers, graph = seconds(lambda: osmnx.graph_from_xml(xml, **settings))
    # Ours in degrees again, so that the length is reckoned in the same way for both.
    lonlat = ours.geometry.to_crs(4326)
    xy, line = shapely.get_coordinates(lonlat.to_numpy(), return_index=True)
    nodes = len(np.unique(np.round(xy, 7), axis=0))
    same = line[1:] == line[:-1]
    length = float(osmnx.distance.great_circle(xy[:-1, 1], xy[:-1, 0], xy[1:, 1], xy[1:, 0])[same].sum())
    theirs = sum(d["length"] for *_, d in osmnx.convert.to_undirected(graph).edges(data=True))
    print(f"ours {mine:.2f} s, osmnx {peers:.2f} s: {peers / mine:.1f} times as fast")
    print(f"nodes {nodes:,} / {len(graph):,}; length {length / 1000:,.1f} / {theirs / 1000:,.1f} km")


def _write_roads_as_xml(osmium: object, extract: Path, xml: Path, classes: set[str]) -> None:
    """Write the ways our reader takes, and their nodes, as XML."""
    ways, nodes = [], set()
    for way in osmium.FileProcessor(str(extract)).with_filter(osmium.filter.KeyFilter("highway")):  # type: ignore[attr-defined]
        if not way.is_way() or way.tags.get("highway", "").removesuffix("_link") not in classes:
            continue
        barred = way.tags.get("access") in ("no", "private")
        if barred and way.tags.get("foot") not in ("yes", "designated", "permissive"):
            continue
        ways.append(way.id)
        nodes.update(node.ref for node in way.nodes)
    wanted = set(ways)
    with osmium.SimpleWriter(str(xml)) as writer:  # type: ignore[attr-defined]
        for one in osmium.FileProcessor(str(extract)):  # type: ignore[attr-defined]
            if (one.is_node() and one.id in nodes) or (one.is_way() and one.id in wanted):
                writer.add(one)


def shift() -> None:
    """A million points there and back."""
    from layout_planner.study.shift import shift as there
    from layout_planner.study.shift import unshift as back

    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(74, 134, 1_000_000), rng.uniform(4, 53, 1_000_000)
    for datum in ("gcj02", "bd09"):
        taken, (x, y) = seconds(lambda datum=datum: back(*there(lon, lat, datum), datum))  # type: ignore[misc]
        there_again = there(*back(lon, lat, datum), datum)  # type: ignore[arg-type]
        off = max(np.abs(x - lon).max(), np.abs(y - lat).max()) * 111_320
        other = max(np.abs(there_again[0] - lon).max(), np.abs(there_again[1] - lat).max()) * 111_320
        print(f"{datum}: {taken:.2f} s there and back; farthest off {off:.1e} m, the other way round {other:.1e} m")


def province() -> None:
    """A table of a million places, read and checked."""
    from layout_planner.reading import check_study

    n, rng = 1_000_000, np.random.default_rng(0)
    table = {
        "place_id": [f"V{i:07d}" for i in range(n)],
        "name": [f"第{i}村" for i in range(n)],
        "population": rng.integers(10, 3000, n),
        "lon": np.round(rng.uniform(104, 108, n), 6),
        "lat": np.round(rng.uniform(29, 32, n), 6),
        "pupils_primary": rng.integers(0, 90, n),
        "pupils_junior": rng.integers(0, 40, n),
    }
    with tempfile.TemporaryDirectory() as folder:
        pd.DataFrame(table).to_csv(Path(folder) / "places.csv", index=False)
        toml = 'name = "province"\nyear = 2023\n[places]\nfile = "places.csv"\ncoordinates = "wgs84"\n'
        (Path(folder) / "study.toml").write_text(toml, encoding="utf-8")
        expected = float(table["pupils_primary"].sum() + table["pupils_junior"].sum())
        del table
        taken, report = seconds(lambda: check_study(folder), runs=1)
    assert report.study is not None
    assert report.study.pupils["pupils"].sum() == expected
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"a million places: {taken:.1f} s, peak {peak:.2f} GiB (the table's making included)")


def datums() -> None:
    """A hundred counties whose coordinates were taken in one of three systems."""
    from layout_planner.reading import sample
    from tests.reading.test_datums import ABROAD, READINGS, beside, in_china

    found: Counter[tuple[str, str]] = Counter()
    for file in (*ABROAD, "fuxi"):
        lines = sample("fuxi").roads.geometry if file == "fuxi" else in_china(file)
        assert isinstance(lines, gpd.GeoSeries)
        rng = np.random.default_rng(17)
        for case in range(34):
            truth = READINGS[case % 3]
            best = getattr(beside(lines, rng, truth), "best", None)
            found[file, "unsure" if best is None else "right" if best == truth else "wrong"] += 1
    for (file, what), count in sorted(found.items()):
        print(f"{file}: {what} {count}")


def mutations() -> None:
    """Ten thousand damaged counties: each a study or one DataError, none slower than ten seconds."""
    from tests.reading.test_fuzz import check_seed

    outcomes: Counter[bool] = Counter()
    slowest = 0.0
    for seed in range(MUTATIONS):
        begun = time.process_time()
        outcomes[check_seed(seed)] += 1
        slowest = max(slowest, time.process_time() - begun)
        if seed % 1000 == 999:
            print(
                f"{seed + 1:,}: {outcomes[True]:,} studies, {outcomes[False]:,} DataErrors, slowest {slowest:.1f} s",
                flush=True,
            )


def books() -> None:
    """Ten thousand tables (villages, schools, townships, births) as bureaus keep them: the truth, or one DataError."""
    from tests.reading.bureau_books import check_book

    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for seed in range(MUTATIONS):
        begun = time.process_time()
        try:
            outcomes[check_book(seed)] += 1
        except AssertionError as error:
            outcomes["lost"] += 1
            print(f"seed {seed}: {str(error)[:300]}", flush=True)
        slowest = max(slowest, time.process_time() - begun)
        if seed % 1000 == 999:
            said = ", ".join(f"{count:,} {what}" for what, count in sorted(outcomes.items()))
            print(f"{seed + 1:,}: {said}, slowest {slowest:.1f} s", flush=True)


def main() -> None:
    """Run the parts named on the command line; all where none is."""
    parts = {
        "roads": roads,
        "shift": shift,
        "province": province,
        "datums": datums,
        "mutations": mutations,
        "books": books,
    }
    for name in sys.argv[1:] or parts:
        print(f"-- {name}")
        parts[name]()


if __name__ == "__main__":
    main()
