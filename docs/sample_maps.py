"""Make the pages in maps/: the sample county and district, today and after a plan: ``python docs/sample_maps.py``.

`make maps` runs it. The same code and samples give the same bytes, so that a page changes only when what it shows does;
tests/show/test_maps.py holds the pages in the repository against it. With ``--pictures`` their pictures for the README
are taken too (Debian's chromium).
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layout_planner import Plan

ROOT = Path(__file__).parents[1]
OUT = ROOT / "maps"
MOST = 3_000_000
"""Bytes a page may have: it is sent by e-mail and opened on office computers."""

PAGES = {"fuxi.html": "涪溪县（模拟）", "zhigang.html": "芝港区（模拟）"}
"""File → how the overview calls it; in the order of `sample_plans`."""

PICTURES = {"fuxi.html": "maps-fuxi.webp", "zhigang.html": "maps-zhigang.webp", "index.html": "maps-index.webp"}


def sample_plans() -> dict[str, list[Plan]]:
    """Give today and a plan of each sample: mergers in the hills; schools built and enlarged in the district."""
    import layout_planner as lp
    from layout_planner.scenario.templates import Template

    plans = {}
    for page, sample in zip(PAGES, ("fuxi", "zhigang"), strict=True):
        study = lp.sample(sample)
        ways = lp.travel_matrix(study, mode="usual")
        if sample == "fuxi":
            what = lp.Scenario.read(ROOT / "data" / "fuxi" / "hill-merge.yaml")
        else:
            what = Template.read("urban-district").fill(study)
        plan = lp.solve(study, ways, scenario=what)
        plans[PAGES[page]] = [lp.today(study, ways), plan if sample == "fuxi" else plan.with_(name="新建扩容")]
    return plans


def make_maps(folder: Path) -> list[Path]:
    """Write the overview and the pages it links into a folder; other files there are left alone."""
    import layout_planner as lp

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        index = lp.overview(sample_plans(), Path(work) / "maps", title="示例 / The samples").read_text(encoding="utf-8")
        # An overview names its pages by number, since the names of counties may be anything; ours are known.
        for number, page in enumerate(PAGES, start=1):
            file = f"county-{number:03d}.html"
            index = index.replace(f'href="{file}"', f'href="{page}"')
            shutil.copyfile(Path(work) / "maps" / file, folder / page)
    (folder / "index.html").write_text(index, encoding="utf-8", newline="\n")
    return [folder / page for page in ("index.html", *PAGES)]


def take_pictures() -> None:
    """Take a picture of each page as an office computer shows it, for the README."""
    import io

    from PIL import Image
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for page, picture in PICTURES.items():
            tab = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True).new_page()
            tab.goto((OUT / page).as_uri())
            tab.evaluate("() => typeof Page === 'undefined' || Page.set({tab: 'overview', grades: Views.ALL})")
            tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 300)))")
            shot = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
            shot.resize((900, 506), Image.Resampling.LANCZOS).save(
                ROOT / "docs" / "img" / picture, quality=55, method=6
            )
        browser.close()


def main() -> int:
    """Make the pages; the exit code is 1 where one is too large."""
    files = make_maps(OUT)
    for file in files:
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1e6:.2f} MB")
    if "--pictures" in sys.argv[1:]:
        take_pictures()
    return 1 if any(file.stat().st_size > MOST for file in files) else 0


if __name__ == "__main__":
    raise SystemExit(main())
