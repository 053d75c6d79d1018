"""Pages opened in Debian's Chromium, without a network, and listened to."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "show"))  # the toy county lives there

ACTS = (
    "click", "eval_on_selector", "eval_on_selector_all", "fill", "get_attribute", "inner_text", "input_value",
    "is_checked", "is_disabled", "is_enabled", "is_visible", "locator", "query_selector", "query_selector_all",
    "select_option", "text_content",
)  # fmt: skip
"""What a test does to a page, and how it looks at it: each waits until the last act is painted."""


@dataclass
class Opened:
    """A page, and what it said and asked for."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ACTS:
            setattr(self.page, name, self._settled(getattr(self.page, name)))

    def settle(self) -> None:
        """Wait for the next frame: lists and picture follow an edit with it."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

    def _settled(self, act: Callable[..., Any]) -> Callable[..., Any]:
        def settled(*arguments: Any, **more: Any) -> Any:
            self.settle()
            return act(*arguments, **more)

        return settled

    def run(self, script: str, *arguments: Any) -> Any:
        found = self.page.evaluate(script, *arguments)
        self.settle()
        return found

    def text(self, selector: str) -> str:
        return str(self.page.inner_text(selector))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Debian's chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def fuxi_html() -> str:
    """The sample county, today and after its mergers in the hills."""
    import layout_planner as lp
    from layout_planner.show import briefing

    study = lp.sample("fuxi")
    ways = lp.travel_matrix(study, mode="usual")
    plan = lp.solve(study, ways, scenario=lp.Scenario.read(Path("data/fuxi/hill-merge.yaml")))
    return briefing([lp.today(study, ways), plan]).page


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Open HTML from a file with the network off; every request and every error is kept."""
    contexts = []

    def opener(html: str, width: int = 1366, height: int = 768) -> Opened:
        file = tmp_path / f"page{len(contexts)}.html"
        file.write_text(html, encoding="utf-8", newline="\n")
        context = chromium.new_context(viewport={"width": width, "height": height}, offline=True)
        contexts.append(context)
        opened = Opened(context.new_page())
        own = file.as_uri()

        def asked(request: Any) -> None:
            if request.url != own and not request.url.startswith(("data:", "blob:", "about:")):
                opened.requests.append(request.url)

        opened.page.on("request", asked)
        opened.page.on("console", lambda m: opened.errors.append(m.text) if m.type in ("error", "warning") else None)
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.page.on("dialog", lambda dialog: (opened.errors.append("dialog"), dialog.dismiss()))
        opened.page.goto(own)
        return opened

    yield opener
    for context in contexts:
        context.close()
