"""Take the pictures of docs/page.md and the README's. Run as ``python docs/page_shots.py [FOLDER]``.

Each view in headless Chromium without a network, as WebP; the whole set stays below three megabytes. The page is
fuxi's, today and after its mergers in the hills, with a forecast, districts and a frontier.
"""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "img" / "page"
WIDE, OFFICE, PHONE = (1920, 1080), (1366, 768), (390, 844)
SEVENTH = "涪溪县第七小学"

Act = Callable[[Any], None]


def page_of_fuxi() -> str:
    """Make the page; a few minutes of work."""
    import layout_planner as lp

    study = lp.sample("fuxi")
    ways = lp.travel_matrix(study, mode="usual")
    plan = lp.solve(study, ways, scenario=lp.Scenario.read(ROOT / "data" / "fuxi" / "hill-merge.yaml"))
    front = lp.consolidate(study, ways, stage="primary", keep=(56, 64, 72, 80, 88))
    page = lp.briefing(
        [lp.today(study, ways), plan],
        forecast=lp.forecast(study, to=2035),
        frontier=front,
        districting=lp.partition(study, ways, stage="primary", districts=8),
    )
    return page.page


def _run(script: str) -> Act:
    return lambda tab: tab.evaluate(script)


def _close_seventh(tab: Any) -> None:
    tab.evaluate("Page.set({tab: 'overview', grades: Views.ALL})")
    tab.evaluate(f"Changes.decide(Page.data.schools.name.indexOf('{SEVENTH}'), 'close')")


def _pick_seventh(tab: Any) -> None:
    _close_seventh(tab)
    tab.evaluate(f"Page.pick('school', Page.data.schools.name.indexOf('{SEVENTH}'))")


def _paint(tab: Any) -> None:
    tab.evaluate("Page.set({tab: 'overview', plan: 0, grades: Views.ALL})")
    tab.evaluate(f"Page.set({{hand: {{do: 'paint', school: Page.data.schools.name.indexOf('{SEVENTH}')}}}})")
    tab.evaluate(
        """() => { const s = Page.state.hand.school, {lon, lat} = Page.data.schools, p = Page.data.places;
        const far = (at) => Math.hypot(p.lon[at] - lon[s], p.lat[at] - lat[s]);
        Hand.paint([...Reader.view().places.at].sort((a, b) => far(a) - far(b)).slice(0, 25)); }"""
    )


def _build(tab: Any) -> None:
    tab.evaluate("Page.set({tab: 'overview', plan: 0, grades: Views.ALL, hand: {do: 'site'}})")
    tab.evaluate(
        """() => { const p = Page.data.places, k = Reader.view().places.at[Logic.farthest(Reader.view(), 1)[0]];
        Hand.clicked(null, [p.lon[k] + 0.004, p.lat[k]]); }"""
    )


def _only_over_full(tab: Any) -> None:
    tab.evaluate("Page.set({tab: 'overview', grades: Views.ALL})")
    tab.click("#figures [data-measure=over_full_schools] .narrows")
    tab.click("#figures [data-measure=over_full_schools] .ask")


def _share(tab: Any) -> None:
    _close_seventh(tab)
    tab.evaluate("document.getElementById('share').open = true")
    tab.click("#qrOn")
    tab.evaluate("document.getElementById('share').scrollIntoView()")


def _variants(tab: Any) -> None:
    _close_seventh(tab)
    tab.evaluate("Changes.keepVariant()")
    tab.evaluate("Changes.decide(Page.data.schools.id.indexOf('P010'), 'close')")
    tab.evaluate("Changes.keepVariant()")
    tab.evaluate("document.getElementById('variants').scrollIntoView()")


def _sheet(kind: str) -> Act:
    return _run(
        f"() => {{ Sheets.open(Page.data.sheets.findIndex((s) => s.kind === '{kind}')); Page.set({{tab: 'sheets'}}); }}"
    )


SHOTS: dict[str, tuple[tuple[int, int], Act | None]] = {
    "opens-1920": (WIDE, None),
    "opens-1366": (OFFICE, None),
    "opens-en": (OFFICE, _run("Page.set({lang: 'en'})")),
    "sheet-towns": (OFFICE, _sheet("towns")),
    "sheet-frontier": (OFFICE, _sheet("frontier")),
    "sheet-robust": (OFFICE, _sheet("robust")),
    "sheet-redlines": (OFFICE, _sheet("redlines")),
    "sheet-hard": (OFFICE, _sheet("hard")),
    "overview-1920": (WIDE, _run("Page.set({tab: 'overview', grades: Views.ALL})")),
    "overview-1366": (OFFICE, _run("Page.set({tab: 'overview', grades: Views.ALL})")),
    "missing": (OFFICE, _close_seventh),
    "missing-card": (OFFICE, _pick_seventh),
    "paint": (OFFICE, _paint),
    "new-school": (OFFICE, _build),
    "only": (OFFICE, _only_over_full),
    "variants": (OFFICE, _variants),
    "share": (OFFICE, _share),
    "compare": (OFFICE, _run("Page.set({tab: 'overview', grades: Views.ALL, swipe: 0.5})")),
    "schools": (OFFICE, _run("Page.set({tab: 'schools'})")),
    "villages": (OFFICE, _run("Page.set({tab: 'places', grades: Views.ALL})")),
    "findings": (OFFICE, _run("Page.set({tab: 'findings'})")),
    "districts": (OFFICE, _run("Page.set({tab: 'districts'})")),
    "year": (OFFICE, _run("Page.set({tab: 'overview', grades: Views.ALL, year: 2030})")),
    "phone": (PHONE, _run("Page.set({tab: 'overview', grades: Views.ALL})")),
    "phone-missing": (PHONE, _pick_seventh),
    "phone-en": (PHONE, _run("Page.set({tab: 'places', lang: 'en', grades: Views.ALL})")),
}

SIGHT = {"grey": "achromatopsia", "deuteranopia": "deuteranopia"}
"""Name of the picture → what Chromium calls that sight."""


def take(html: Path, names: list[str] | None = None) -> None:
    """Take all views, or some by name."""
    from playwright.sync_api import sync_playwright

    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )

        def opened(size: tuple[int, int]) -> Any:
            tab = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True).new_page()
            tab.goto(html.as_uri())
            return tab

        def rest(tab: Any) -> None:
            tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")

        for name, (size, act) in SHOTS.items():
            if names and name not in names:
                continue
            tab = opened(size)
            if act is not None:
                act(tab)
            rest(tab)
            keep(name, tab.screenshot())
            tab.context.close()
        for name, sight in SIGHT.items():
            if names and name not in names:
                continue
            tab = opened(OFFICE)
            _close_seventh(tab)
            tools = tab.context.new_cdp_session(tab)
            tools.send("Emulation.setEmulatedVisionDeficiency", {"type": sight})
            rest(tab)
            keep(name, tab.screenshot())
            tab.context.close()
        for name in ("print-a3", "print-a4"):
            if names and name not in names:
                continue
            tab = opened(OFFICE)
            _close_seventh(tab)
            if name == "print-a4":
                tab.evaluate("Pack.make()")
            rest(tab)
            printed(name, tab.pdf(prefer_css_page_size=True))
            tab.context.close()
        browser.close()
    print(f"{sum(file.stat().st_size for file in OUT.glob('*.webp')) / 1e6:.2f} MB in {OUT}")


def top(html: Path) -> None:
    """Take the picture that stands at the top of the README."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_context(viewport={"width": 1280, "height": 800}, offline=True).new_page()
        tab.goto(html.as_uri())
        tab.evaluate("Page.set({tab: 'overview', grades: Views.ALL})")
        tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")
        tab.screenshot(path=OUT.parent / "hill-merge.png")
        browser.close()


def keep(name: str, png: bytes, most: int = 1100) -> None:
    """Write a picture small, no wider than a window of an office."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    if picture.width > most:
        picture = picture.resize((most, round(picture.height * most / picture.width)), Image.Resampling.LANCZOS)
    picture.save(OUT / f"{name}.webp", quality=45, method=6)


def printed(name: str, pdf: bytes) -> None:
    """Write the pages of a print as pictures, with poppler's pdftoppm."""
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "print.pdf"
        file.write_bytes(pdf)
        subprocess.run(["pdftoppm", "-r", "70", "-png", "-l", "4", str(file), str(Path(folder) / "page")], check=True)
        pages = sorted(Path(folder).glob("page*.png"))
        for number, page in enumerate(pages, start=1):
            keep(f"{name}-{number}" if len(pages) > 1 else name, page.read_bytes())


def main() -> None:
    """Make the page unless FOLDER holds it, then take the pictures (all, or those named behind the folder)."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    html = (folder or OUT) / "fuxi.html"
    if folder is None or not html.exists():
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(page_of_fuxi(), encoding="utf-8", newline="\n")
    take(html, sys.argv[2:] or None)
    if not sys.argv[2:]:
        top(html)


if __name__ == "__main__":
    main()
