"""The briefing in headless Chromium: bytes, milliseconds until it can be used, milliseconds a toggle takes.

    python -m benchmarks.page [--large]
    python -m benchmarks.page --against FOLDER [--rounds 5]

Wall time and the processor time of the page's thread (DevTools, thread ticks), since wall time is disturbed by other
work. A toggle closes an open school, or takes that back: the assignment and the figures are answered at once; lists,
findings and the picture follow with the next frame.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from shapely.geometry import box

import layout_planner as lp
from layout_planner.base.proof import unproved
from layout_planner.measures import score
from layout_planner.plan import Assignment, Plan
from layout_planner.policy import Rules
from layout_planner.scenario import Scenario
from layout_planner.show import Page
from layout_planner.study import Study
from layout_planner.study.tidy import TIDY
from layout_planner.travel import Travel

PLACES, SITES, GRADES = 40_000, 2_500, tuple(range(1, 7))
TOGGLES = 40
CRS = "EPSG:4544"


def fuxi() -> list[Plan]:
    study = lp.sample("fuxi")
    walk = lp.travel_matrix(study, mode="walk")
    scenario = Scenario.read(Path(__file__).parents[1] / "data" / "fuxi" / "hill-merge.yaml")
    return [lp.today(study, walk), lp.solve(study, walk, scenario=scenario)]


def large() -> list[Plan]:
    """Make a prefecture of 40,000 villages and 2,500 schools, everyone at the nearest; straight lines."""
    dice = np.random.default_rng(5)
    west, south, side = 400_000.0, 3_300_000.0, 300_000.0
    at, schools = dice.uniform(0, side, (PLACES, 2)), dice.uniform(0, side, (SITES, 2))
    labels = pd.Index([f"V{k:05d}" for k in range(PLACES)], name="place_id")
    ids = pd.Index([f"S{k:04d}" for k in range(SITES)], name="school_id")
    cells = [(i, j) for i in range(10) for j in range(10)]
    town = (at // (side / 10)).astype(int) @ [10, 1]
    townships = gpd.GeoDataFrame(
        {"name": [f"镇{k}" for k in range(100)], "population": 1.0},
        index=pd.Index([f"T{k}" for k in range(100)], name="township_id"),
        geometry=[
            box(west + i * side / 10, south + j * side / 10, west + (i + 1) * side / 10, south + (j + 1) * side / 10)
            for i, j in cells
        ],
        crs=CRS,
    )
    places = gpd.GeoDataFrame(
        {"name": [f"第{k}村" for k in range(PLACES)], "township_id": [f"T{k}" for k in town]},
        index=labels, geometry=gpd.points_from_xy(west + at[:, 0], south + at[:, 1]), crs=CRS,
    )  # fmt: skip
    sites = gpd.GeoDataFrame(
        {
            "name": [f"第{k}小学" for k in range(SITES)], "kind": "211", "state": "open", "closed_year": np.nan,
            "township_id": [f"T{k}" for k in (schools // (side / 10)).astype(int) @ [10, 1]],
        },
        index=ids, geometry=gpd.points_from_xy(west + schools[:, 0], south + schools[:, 1]), crs=CRS,
    )  # fmt: skip
    metres = np.hypot(at[:, None, 0] - schools[None, :, 0], at[:, None, 1] - schools[None, :, 1]) * 1.3
    travel = Travel("straight", pd.DataFrame(metres / 75, labels, ids), pd.DataFrame(metres, labels, ids))
    home = cKDTree(schools).query(at)[1]
    pupils = dice.integers(1, 9, (PLACES, len(GRADES))).astype(float)
    rows = pd.DataFrame(
        {
            "place_id": np.repeat(labels, len(GRADES)),
            "school_id": np.repeat(ids[home], len(GRADES)),
            "stage": "primary",
            "grade": np.tile(GRADES, PLACES),
            "group": "local",
            "how": "day",
            "pupils": pupils.ravel(),
            "minutes": np.repeat(metres[np.arange(PLACES), home] / 75, len(GRADES)),
            "metres": np.repeat(metres[np.arange(PLACES), home], len(GRADES)),
        }
    )
    offers = pd.DataFrame(
        {"seats": np.bincount(home, pupils.sum(axis=1), SITES) * 1.1 + 20, "classrooms": np.nan},
        index=pd.MultiIndex.from_product([ids, ["primary"]], names=["school_id", "stage"]),
    )
    offers["grades"] = [GRADES] * SITES
    study = Study(
        name="大区（模拟）", year=2024, calendar="6+3", crs=CRS, places=places, townships=townships, schools=sites,
        sites=gpd.GeoDataFrame({"name": []}, geometry=[], crs=CRS), offers=offers,
        pupils=rows[["place_id", "stage", "grade", "group", "pupils"]],
        **{table: pd.DataFrame(columns=list(TIDY[table])) for table in ("rolls", "attendance", "births", "classes")},
        adjacency=pd.DataFrame(columns=["place_a", "place_b"]), simulated=True,
    )  # fmt: skip
    none = pd.DataFrame({"place_id": [], "stage": [], "grade": [], "group": [], "pupils": [], "reason": []})
    away = pd.DataFrame({"school_id": [], "stage": [], "grade": [], "pupils": [], "reason": []})
    done = Assignment("primary", rows, none, away, "nearest", unproved("rule"))
    plan = Plan("nearest", study, travel, Rules.load("cn-small-schools-2018"), Scenario(), {"primary": done})
    return [plan.with_(scorecard=score(plan))]


def measure(name: str, page: Page) -> None:
    from playwright.sync_api import sync_playwright

    file = Path(tempfile.mkdtemp()) / "page.html"
    page.save(file)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        ready, worked = [], []
        for _ in range(3):
            tab = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True).new_page()
            tab.set_default_timeout(300_000)
            tools = tab.context.new_cdp_session(tab)
            tools.send("Performance.enable", {"timeDomain": "threadTicks"})
            tab.goto(file.as_uri())
            ready.append(
                tab.evaluate("performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart")
            )
            worked.append(_ticks(tools) * 1000)
        tab.evaluate("Page.set({tab: 'overview', grades: Views.ALL})")
        wall, work, whole = [], [], []
        for number in range(TOGGLES):
            before = _ticks(tools)
            wall.append(
                tab.evaluate(
                    """number => {
                    const open = Reader.view().schools, fate = Changes.fateOf;
                    const mine = open.at.filter((at, k) => open.state[k] === 0 || fate(at) === "close");
                    const at = mine[(number >> 1) * 7 % mine.length], start = performance.now();
                    Changes.decide(at, fate(at) === "close" ? null : "close");
                    return performance.now() - start;
                }""",
                    number,
                )
            )
            work.append((_ticks(tools) - before) * 1000)
            tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            whole.append((_ticks(tools) - before) * 1000)
        browser.close()
    print(
        f"{name}: {file.stat().st_size / 1e6:.2f} MB; usable after {min(ready)} ms wall "
        f"(median {statistics.median(ready)}), "
        f"{min(worked):.0f} ms processor; toggle median {statistics.median(wall):.1f} ms wall, "
        f"{statistics.median(work):.1f} ms processor, with lists and picture "
        f"{statistics.median(whole):.1f} ms processor"
    )


def _ticks(tools: object) -> float:
    found = {m["name"]: m["value"] for m in tools.send("Performance.getMetrics")["metrics"]}
    return float(found["TaskDuration"])


CLOSE = """async (number) => {
    const open = Reader.view().schools, fate = Changes.fateOf;
    const mine = open.at.filter((at, k) => open.state[k] === 0 || fate(at) === "close");
    const at = mine[(number >> 1) * 7 % mine.length], start = performance.now();
    Changes.decide(at, fate(at) === "close" ? null : "close");
    const answered = performance.now() - start;
    // A message sent from the frame's own callback arrives when that frame is painted.
    const after = () => new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;
        port2.postMessage(0);
    });
    await new Promise((done) => requestAnimationFrame(() => after().then(done)));
    const painted = performance.now() - start;
    await new Promise((done) => requestAnimationFrame(() => after().then(done)));
    return [answered, painted, performance.now() - start];
}"""


def against(folder: Path, rounds: int) -> None:
    """Set this build beside another checkout's in one run: in turns, with the processor as it is and four times slower.

    The first toggles are left out; usable, answered and painted are medians.
    """
    from playwright.sync_api import sync_playwright

    place = Path(tempfile.mkdtemp())
    files = {"then": place / "then.html", "now": place / "now.html"}
    make = "import sys, benchmarks.page as b, layout_planner as lp; lp.briefing(b.fuxi()).save(sys.argv[1])"
    subprocess.run([folder / ".venv" / "bin" / "python", "-c", make, files["then"]], check=True, cwd=folder)
    subprocess.run([sys.executable, "-c", make, files["now"]], check=True, cwd=Path(__file__).parents[1])
    print("| processor | build | file | usable | answered | painted | with the lists |\n|---|---|---|---|---|---|---|")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for slower in (1, 4):
            found: dict[str, list[list[float]]] = {name: [] for name in files}
            for _ in range(rounds):
                for name, file in files.items():
                    found[name].append(_once(browser, file, slower))
            rows = {
                name: [statistics.median(column) for column in zip(*its, strict=True)] for name, its in found.items()
            }
            for name, row in rows.items():
                size = files[name].stat().st_size / 1e6
                print(f"| {slower} × slower | {name} | {size:.2f} MB | {' | '.join(f'{ms:.0f} ms' for ms in row)} |")
            ratio = [new / old for new, old in zip(rows["now"], rows["then"], strict=True)]
            print(f"| | now ÷ then | | {' | '.join(f'{each:.2f}' for each in ratio)} |", flush=True)
        browser.close()


def _medians(rows: list[list[float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def _once(browser: Any, file: Path, slower: int) -> list[float]:
    """Open a page and toggle: usable after, then medians of answered, painted, with the lists; milliseconds."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True)
    tab = context.new_page()
    tab.set_default_timeout(300_000)
    tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    tab.goto(file.as_uri())
    usable = tab.evaluate("performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart")
    tab.evaluate("Page.set({tab: 'overview', grades: Views.ALL})")
    toggles = [tab.evaluate(CLOSE, number) for number in range(2 + TOGGLES // 2)][2:]
    context.close()
    return [usable, *_medians(toggles)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="the 40,000 × 2,500 page too (3 GB of memory)")
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="another checkout with a .venv, side by side")
    parser.add_argument("--rounds", type=int, default=5, help="how often each page is opened")
    chosen = parser.parse_args()
    if chosen.against is not None:
        return against(chosen.against.resolve(), chosen.rounds)
    measure("fuxi, two plans", lp.briefing(fuxi()))
    if chosen.large:
        measure(f"{PLACES:,} places × {SITES:,} sites", lp.briefing(large(), sheets=False))
    return None


if __name__ == "__main__":
    main()
