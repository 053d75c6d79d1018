"""The widget in a real JupyterLab 4, both ways, and what is left of it after a reload.

JupyterLab is no dependency of the project: `pip install jupyterlab` beside the package, and these tests run.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

pytest.importorskip("jupyterlab", minversion="4", reason="JupyterLab 4 is not installed")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOWN = 60_000
"""Milliseconds a front end may take to show something."""

CELLS = {
    "widget": "from show_toy import toy_plans\nimport layout_planner as lp\n"
    "from layout_planner.show.jupyter import widget\nplans = toy_plans()\nw = widget(plans)\nw",
    "told": "print('told', [(edit.do, edit.school) for edit in w.scenario.edits], w.scenario.run['assign'])",
    "set": "w.scenario = lp.Scenario('from Python', [lp.Close('S1', stage='primary')])",
    "again": "w",
    "faults": "print('told', w.faults)",
    "wrong": "w.scenario = lp.Scenario('wrong', [lp.Close('S99', stage='primary')])",
    "long": "print('\\n'.join(str(k) for k in range(400)))",
    "plan": "plans[0]",
    "briefing": "plans[0].map()",
    "folium": "plans[0].explore()",
}


class Lab:
    """A server of JupyterLab on this machine, with folders of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        settings = folder / "settings" / "@jupyter-widgets" / "jupyterlab-manager"
        settings.mkdir(parents=True)
        (settings / "plugin.jupyterlab-settings").write_text('{"saveState": true}')
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        own = {
            "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }  # fmt: skip
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
                 f"--port={self.url.rsplit(':')[-1]}", "--IdentityProvider.token=",
                 "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={folder}",
                 "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
                env=os.environ
                | {name: str(folder / path) for name, path in own.items()}
                | {"PYTHONPATH": str(Path(__file__).parents[1] / "show")},
                stdout=log, stderr=log,
            )  # fmt: skip

    def ask(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def wait(self) -> Lab:
        for _ in range(120):
            try:
                self.ask("/api/status")
            except OSError:
                time.sleep(0.5)
            else:
                return self
        raise AssertionError((self.folder / "log").read_text())

    def end_kernels(self) -> None:
        for session in self.ask("/api/sessions"):
            self.ask(f"/api/sessions/{session['id']}", "DELETE")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(tmp_path_factory.mktemp("lab"))
    try:
        yield made.wait()
    finally:
        made.process.terminate()
        made.process.wait()


class Notebook:
    """A notebook open in JupyterLab: `run` a cell by its name, look at `output`."""

    def __init__(self, page: Any, lab: Lab, cells: tuple[str, ...]) -> None:
        self.page, self.lab, self.cells = page, lab, cells
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_default_timeout(SHOWN)
        # The list of cells hides what is out of sight, where a notebook is long: a cell is found by its place.
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        code = [nbformat.v4.new_code_cell(CELLS[name]) for name in cells]
        nbformat.write(nbformat.v4.new_notebook(cells=code, metadata={"kernelspec": kernel}), lab.folder / "a.ipynb")
        self.open()

    def open(self) -> None:
        self.page.goto(f"{self.lab.url}/lab/tree/a.ipynb?reset")
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        self.page.wait_for_selector("#jp-bottom-panel >> text=| Idle")

    def cell(self, name: str) -> Any:
        return self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{self.cells.index(name)}"]')

    def run(self, name: str) -> Any:
        self.cell(name).locator(".jp-InputPrompt").click()
        self.page.keyboard.press("Control+Enter")
        self.cell(name).locator(".jp-InputPrompt", has_text="[*]").wait_for(state="detached")
        self.cell(name).locator(".jp-InputPrompt", has_text="]:").filter(has_not_text="[ ]").wait_for()
        return self.cell(name)

    def frame(self, name: str) -> Any:
        """Give the page of the briefing below a cell, once it is drawn."""
        frame = self.cell(name).locator("iframe").element_handle().content_frame()
        frame.wait_for_selector("#figures .tile")
        return frame

    def command(self, name: str) -> None:
        self.page.keyboard.press("Control+Shift+C")
        self.page.fill(".lm-CommandPalette-input", name)
        self.page.keyboard.press("Enter")


@pytest.fixture
def open_notebook(lab: Lab, chromium: Any) -> Iterator[Callable[..., Notebook]]:
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    yield lambda *cells: Notebook(context.new_page(), lab, cells)
    context.close()
    lab.end_kernels()


def holds(frame: Any, school: int) -> None:
    """Wait until the page closes this school and nothing else; the page's policy forbids Playwright's own waiting."""
    for _ in range(100):
        closed = frame.evaluate("Reader.editsOf().map((edit) => edit.school)")
        if closed == [school]:
            return
        frame.page.wait_for_timeout(100)
    raise AssertionError(closed)


def test_the_widget_both_ways_and_what_is_saved(open_notebook: Callable[..., Notebook], lab: Lab) -> None:
    book = open_notebook("widget", "told", "set", "again", "wrong", "faults", "long")
    book.run("widget")
    frame = book.frame("widget")
    # Page → Python.
    frame.evaluate("Changes.decide(2, 'close')")
    book.page.wait_for_timeout(500)
    assert "told [('close', 'S3')] stay" in book.run("told").inner_text()
    # Python → page, and a second view, which agrees with the first.
    book.run("set")
    holds(frame, 0)
    book.run("again")
    second = book.frame("again")
    holds(second, 0)
    second.evaluate("Changes.undo(); Changes.decide(1, 'close')")  # at once: what the first says of it must not win
    holds(frame, 1)
    book.page.wait_for_timeout(500)
    assert "told [('close', 'S2')] stay" in book.run("told").inner_text()
    # What the page cannot carry out is said in both, and the picture stays.
    book.run("wrong")
    book.cell("widget").locator("pre", has_text="S99").wait_for()
    book.page.wait_for_timeout(500)
    assert "S99" in book.run("faults").locator(".jp-OutputArea").inner_text()
    holds(frame, 1)
    second.evaluate("Changes.undo(); Changes.decide(1, 'close')")
    book.cell("widget").locator("pre", has_text="S99").wait_for(state="hidden")
    # Scrolled far away and back.
    book.run("long")
    book.cell("widget").scroll_into_view_if_needed()
    holds(book.frame("widget"), 1)
    # Saved, and opened again while the kernel lives.
    book.page.keyboard.press("Control+s")
    book.page.wait_for_function("!document.querySelector('.jp-mod-dirty')")
    saved = nbformat.read(lab.folder / "a.ipynb", as_version=4)
    (state,) = saved.metadata.widgets.values()
    kept = [model["state"] for model in state["state"].values() if "edits" in model["state"]]
    assert [[edit["school"] for edit in each["edits"]["edits"]] for each in kept] == [["S2"]]
    book.open()
    holds(book.frame("widget"), 1)
    # And after the kernel is gone: what was saved is what stands there.
    lab.end_kernels()
    book.open()
    frame = book.frame("widget")
    holds(frame, 1)
    frame.evaluate("Changes.decide(2, 'close')")  # nobody listens: the page works on
    assert book.errors == []


def test_what_a_cell_shows_of_a_plan(open_notebook: Callable[..., Notebook]) -> None:
    book = open_notebook("widget", "plan", "briefing", "folium")
    book.run("widget")
    assert "children without a school" in book.run("plan").inner_text()
    book.run("briefing")
    book.frame("briefing")
    book.run("folium")
    inside = book.cell("folium").locator("iframe").element_handle().content_frame()
    inside.wait_for_selector(".leaflet-interactive")
    assert book.errors == []
