"""The manual is built, both languages, with warnings as errors; it can be read and searched without internet."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sphinx import version_info

from tests.readme import ROOT

pytestmark = pytest.mark.slow
JOBS = {page.stem for page in (ROOT / "docs" / "jobs").glob("*.md")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the manual as `make site` does, from a copy: what it writes beside its sources stays out of ours."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("docs", "notebooks", "data"):
        # Links to samples are told as links to files; only what pages name has to be there.
        kept = shutil.ignore_patterns("_build", "_generated", "*.parquet", "*.tif")
        shutil.copytree(ROOT / name, folder / name, ignore=kept)
    for name in ("layout_planner", "maps", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        (folder / name).symlink_to(ROOT / name)
    done = subprocess.run(
        [sys.executable, str(folder / "docs" / "manual.py")], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stderr == ""
    return folder / "docs" / "_build" / "html"


def test_every_page_is_there_in_both_languages(site: Path) -> None:
    assert len(JOBS) >= 10
    for lang in ("en", "zh"):
        assert {page.stem for page in (site / lang / "jobs").glob("*.html")} == JOBS
        assert (site / lang / "tutorial.html").is_file()
    rooms = {page.stem for page in (site / "en" / "_generated" / "api").glob("*.html")}
    assert {"top", "measures", "plan", "show", "districts", "cohorts"} <= rooms
    top = (site / "en" / "_generated" / "api" / "top.html").read_text(encoding="utf-8")
    assert all(f"{name}</span>" in top for name in ("travel_matrix", "consolidate", "Rebuild"))
    rules = (site / "zh" / "_generated" / "rules.html").read_text(encoding="utf-8")
    assert "教督〔2017〕6号" in rules


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"<(?:script|img|link rel=\"(?:stylesheet|preload)\")[^>]+(?:src|href)=\"(?:https?:)?//")
    found = [page.name for page in site.rglob("*.html") if loaded.search(page.read_text(encoding="utf-8"))]
    assert found == []
    assert "<math" in (site / "en" / "mathematics.html").read_text(encoding="utf-8")


def test_chinese_words_are_in_the_search_index(site: Path) -> None:
    assert version_info[0] < 9  # its Chinese search page finds nothing
    index = (site / "zh" / "searchindex.js").read_text(encoding="utf-8")
    terms = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))["terms"]
    assert {"撤并", "学位", "划片"} <= set(terms)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *told: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
def test_the_search_page_finds_chinese(site: Path) -> None:
    # In a thread of its own: other tests of this process may keep a browser, and with it a loop, in this one.
    with served(site) as address, ThreadPoolExecutor(1) as apart:
        said, titles = apart.submit(_search, address).result()
    assert said == ""
    assert any("撤并" in title for title in titles)


def _search(address: str) -> tuple[str, list[str]]:
    from playwright.sync_api import sync_playwright

    said = io.StringIO()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page()
        tab.on("pageerror", lambda error: said.write(str(error)))
        tab.goto(f"{address}/zh/search.html?q=撤并")
        tab.wait_for_selector("#search-results li")
        titles = tab.locator("#search-results li a").all_inner_texts()
        browser.close()
    return said.getvalue(), titles
