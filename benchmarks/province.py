"""A province of counties with the sample county's statistics, and what a batch over them costs.

python -m benchmarks.province make FOLDER --counties 100 [--seed 1]     the counties
python -m benchmarks.province speed FOLDER [--counties 100]             1 worker, 2 workers, Dask, the shell: one table
python -m benchmarks.province flat FOLDER                               cost a county from 10 to 200
python -m benchmarks.province spaces FOLDER                             a scheduler and two workers apart (needs root)

A county is the sample fuxi, turned or mirrored with its roads and heights, with the pupils of every place and grade
drawn anew (Poisson), seats in proportion, no rolls: 1,000 places, 111 schools, made up.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
from rasterio import Affine

import layout_planner as lp
from layout_planner.batch import Job, Limits, run_many
from layout_planner.study import Study
from layout_planner.travel.cache import cache_folder

CENTRE = (500_000.0, 3_452_000.0)
WORK: dict[str, Any] = {"stage": "primary", "keep": 60, "gap": 0.01}
"""What is done to each county: ways on foot, then which 60 schools to keep, scored and written."""


def make(folder: Path, counties: int, seed: int) -> list[float]:
    """Write counties; give the processor seconds each took."""
    base = lp.sample("fuxi")
    taken = []
    for number in range(counties):
        start = time.process_time()
        target = folder / f"county-{number:03d}"
        shutil.rmtree(target, ignore_errors=True)
        county(base, number, seed).write(target)
        taken.append(time.process_time() - start)
    return taken


def county(base: Study, number: int, seed: int) -> Study:
    """Give one county: the base turned, its pupils drawn anew."""
    rng = np.random.default_rng([seed, number])
    quarter, mirrored = int(rng.integers(4)), bool(rng.integers(2))
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarter]
    flip = -1 if mirrored else 1
    matrix = [cos * flip, -sin, sin * flip, cos]
    pupils = base.pupils.assign(pupils=rng.poisson(base.pupils["pupils"]).astype(float))
    grown = pupils["pupils"].sum() / base.pupils["pupils"].sum()
    offers = base.offers.assign(seats=np.ceil(base.offers["seats"] * grown))
    empty = {name: getattr(base, name).iloc[:0] for name in ("rolls", "attendance", "classes")}
    groups = [name for name in base.places if name.startswith("group_")]  # they are parts of the pupils of old
    base = replace(base, places=base.places.drop(columns=groups))
    extra = {name: _turned(table, matrix) for name, table in base.extra.items() if name != "teachers"}
    return replace(
        base, name=f"County {number:03d} (simulated)", pupils=pupils, offers=offers,
        **{name: _turned(getattr(base, name), matrix) for name in ("places", "townships", "schools", "sites", "roads")},
        **empty, extra=extra, elevation=_heights(base, matrix), sources={}, simulated=True,
    )  # fmt: skip


def _turned(table: pd.DataFrame, matrix: list[float]) -> pd.DataFrame:
    if not isinstance(table, gpd.GeoDataFrame):
        return table
    a, b, d, e = matrix
    (x, y) = CENTRE
    moved = table.geometry.affine_transform([a, b, d, e, x - a * x - b * y, y - d * x - e * y])
    return table.set_geometry(moved)


def _heights(base: Study, matrix: list[float]) -> str | None:
    """Turn the heights with the land: one file a symmetry, kept beside the others."""
    if base.elevation is None:
        return None
    a, b, d, e = matrix
    (x, y) = CENTRE
    name = "dem_" + "".join("mzp"[int(one) + 1] for one in matrix) + ".tif"
    path = Path(base.elevation).resolve().parents[2] / "build" / name
    if path.is_file():
        return str(path)
    path.parent.mkdir(exist_ok=True)
    with rasterio.open(base.elevation) as source:
        values, old, profile = source.read(1), source.transform, dict(source.profile)
    swapped = values.T if a == 0 else values
    whole = Affine(a, b, x - a * x - b * y, d, e, y - d * x - e * y) @ old
    if a == 0:  # the transposed raster: its columns run along the old rows
        whole = whole @ Affine(0, 1, 0, 1, 0, 0)
    rows, columns = swapped.shape
    if whole.a < 0:
        swapped, whole = swapped[:, ::-1], whole @ Affine(-1, 0, columns, 0, 1, 0)
    if whole.e > 0:
        swapped, whole = swapped[::-1], whole @ Affine(1, 0, 0, 0, -1, rows)
    profile |= {"height": rows, "width": columns, "transform": whole}
    with rasterio.open(path, "w", **profile) as target:
        target.write(swapped, 1)
    return str(path)


def jobs(folder: Path, counties: int) -> list[Job]:
    """Give the work on the first counties of a folder."""
    found = sorted(folder.glob("county-*"))[:counties]
    assert len(found) == counties, f"make {counties} counties first"
    return [Job(one, "consolidate", arguments=WORK, name=one.name) for one in found]


def timed(
    what: str, folder: Path, work: list[Job], executor: Any = None, workers: int | None = None
) -> dict[str, float]:
    """Run a batch into a fresh folder; print and give its row."""
    out = folder / "out" / what.replace(" ", "-")
    shutil.rmtree(out, ignore_errors=True)
    forget()
    start = time.perf_counter()
    batch = run_many(work, out, executor, workers=workers, limits=Limits(600, 2_000))
    wall = time.perf_counter() - start
    table = batch.manifest
    peak = float(table["peak_mb"].max())
    row = {"wall": wall, "done": float(len(batch.done)), "peak": peak, "mean": float(table["seconds"].mean())}
    hour = len(work) / wall * 3600
    kept = sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / len(work) / 2**20
    cells = (what, len(work), f"{wall:.0f}", f"{hour:.0f}", f"{row['mean']:.1f}", f"{peak:.0f}", f"{kept:.1f}")
    print("|", *(f"{cell} |" for cell in (*cells, len(batch.faults))), flush=True)
    return row


def forget() -> None:
    """Forget all ways, so that every run measures them; compiled kernels stay."""
    for kept in cache_folder().glob("*.parquet"):
        kept.unlink()


HEAD = (
    "| how | counties | wall s | counties an hour | s a job | peak MiB | MiB kept a county | faults |\n"
    "|---|---|---|---|---|---|---|---|"
)


def speed(folder: Path, counties: int, shell: int) -> None:
    """One worker, two, a LocalCluster of two, and the shell's loop."""
    work = jobs(folder, counties)
    run_many(work[:1], folder / "out" / "warm", workers=1)
    print(HEAD)
    one, two = timed("1 worker", folder, work, workers=1), timed("2 workers", folder, work, workers=2)
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        timed("Dask LocalCluster", folder, work, client.get_executor(pure=False))
    print(f"2 workers are {one['wall'] / two['wall']:.2f} x as fast as 1")
    same(folder, "2-workers", "Dask-LocalCluster", work)
    command = [sys.executable, "-c", "from layout_planner.cli import main; main()"]
    forget()
    start = time.perf_counter()
    for job in work[:shell]:
        words = ["consolidate", str(job.study), *(f"--{key}={value}" for key, value in WORK.items())]
        out = folder / "out" / "shell" / job.name
        shutil.rmtree(out, ignore_errors=True)
        subprocess.run([*command, *words, f"--out={out}"], check=True, capture_output=True)
    each = (time.perf_counter() - start) / shell
    print(f"| shell loop | {shell} | {each * shell:.0f} | {3600 / each:.0f} | {each:.1f} | | | |")
    print(f"the batch on two workers does {each * counties / two['wall']:.2f} x as many counties an hour")


def same(folder: Path, one: str, two: str, work: list[Job]) -> None:
    """Say whether two batches gave the same, to the digit."""
    differ = 0
    for job in work:
        parts = [folder / "out" / way / "runs" / job.name / "assignment.csv" for way in (one, two)]
        differ += parts[0].read_bytes() != parts[1].read_bytes()
    print(f"{one} and {two}: {differ} of {len(work)} flows differ")


def flat(folder: Path, sizes: tuple[int, ...] = (10, 50, 100, 200)) -> None:
    """Cost a county by the number of counties."""
    print(HEAD)
    rows = [timed(f"{size} counties", folder, jobs(folder, size), workers=2) for size in sizes]
    each = [row["wall"] / size for row, size in zip(rows, sizes, strict=True)]
    print(f"seconds a county: {', '.join(f'{value:.2f}' for value in each)}; spread {max(each) / min(each) - 1:.1%}")


def spaces(folder: Path, counties: int) -> None:
    """A scheduler and two workers, each in a network namespace of its own, joined by a bridge."""
    names, bridge = ("lps", "lpa", "lpb"), "lpbridge"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True)

    processes: list[subprocess.Popen[bytes]] = []
    ip("link", "add", bridge, "type", "bridge")
    try:
        ip("addr", "add", "10.77.0.1/24", "dev", bridge)
        ip("link", "set", bridge, "up")
        for number, name in enumerate(names, start=2):
            ip("netns", "add", name)
            ip("link", "add", f"{name}0", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"{name}0", "master", bridge, "up")
            for words in (
                ("addr", "add", f"10.77.0.{number}/24", "dev", "eth0"),
                ("link", "set", "eth0", "up"),
                ("link", "set", "lo", "up"),
            ):
                ip("-n", name, *words)
        scheduler = "tcp://10.77.0.2:8786"
        start = ["ip", "netns", "exec"]
        processes.append(
            subprocess.Popen([*start, "lps", sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard"])
        )
        processes += [
            subprocess.Popen(
                [
                    *start,
                    name,
                    sys.executable,
                    "-m",
                    "distributed.cli.dask_worker",
                    scheduler,
                    "--nthreads=1",
                    "--no-dashboard",
                ]
            )
            for name in names[1:]
        ]
        from distributed import Client

        with Client(scheduler, timeout="60s") as client:
            client.wait_for_workers(2)
            work = jobs(folder, counties)
            timed("two namespaces", folder, work, client.get_executor(pure=False))
            timed("2 workers", folder, work, workers=2)
            same(folder, "2-workers", "two-namespaces", work)
    finally:
        for process in processes:
            process.terminate()
            process.wait()
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False)
        subprocess.run(["ip", "link", "del", bridge], check=False)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("make", "speed", "flat", "spaces"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--counties", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shell", type=int, default=10, help="counties of the shell's loop")
    said = parser.parse_args()
    # A run forgets the ways it kept; the user's own are elsewhere.
    os.environ["LAYOUT_PLANNER_CACHE"] = str(said.folder.resolve() / "cache")
    if said.what == "make":
        taken = make(said.folder, said.counties, said.seed)
        print(f"{len(taken)} counties, median {statistics.median(taken):.2f} processor seconds, most {max(taken):.2f}")
    elif said.what == "speed":
        speed(said.folder, said.counties, said.shell)
    elif said.what == "flat":
        flat(said.folder)
    else:
        spaces(said.folder, said.counties)


if __name__ == "__main__":
    main()
