"""The notebooks run, and each pair says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.py"))

NOT_OURS = {"12_lonboard_pydeck": ("lonboard", "pydeck")}
"""What a notebook shows beside the project, and who does without it skips."""


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def script(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_the_pair_says_the_same_and_holds_no_outputs(script: Path) -> None:
    text = jupytext.read(script)
    paired = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    assert [(cell.cell_type, cell.source) for cell in text.cells] == [
        (cell.cell_type, cell.source) for cell in paired.cells
    ]
    code = [cell for cell in paired.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


BEFORE = """
import gc
from functools import lru_cache
from layout_planner.reading import samples
samples.sample = lru_cache(maxsize=None)(samples.sample)
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
"""
"""As `conftest.py` has it: a sample study is read once, and garbage looked for less often."""


@pytest.fixture(scope="module")
def kernel() -> Iterator[NotebookClient]:
    """One kernel for all notebooks, which loads packages and samples once; each begins with nothing defined."""
    client = NotebookClient(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BEFORE)]), timeout=300)
    with client.setup_kernel():
        client.execute_cell(client.nb.cells[0], 0)
        yield client


@pytest.mark.slow
def test_it_runs(script: Path, tmp_path: Path, kernel: NotebookClient) -> None:
    for name in NOT_OURS.get(script.stem, ()):
        pytest.importorskip(name)
    notebook = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    fresh = nbformat.v4.new_code_cell(f"%reset -f\nimport os\nos.chdir({str(tmp_path)!r})\ndel os")
    notebook.cells.insert(0, fresh)
    kernel.nb = notebook
    kernel.reset_execution_trackers()
    for at, cell in enumerate(notebook.cells):
        kernel.execute_cell(cell, at)  # an error in a cell is raised here
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
