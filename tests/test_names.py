"""Every name in manual, README, notebooks and docstrings is there: nothing is told that does not exist."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import layout_planner as lp
from layout_planner.cli.app import make_app
from layout_planner.measures.catalogue import COUNTY
from layout_planner.plan.districting import Districting
from tests.readme import ROOT, blocks

PACKAGE = ROOT / "layout_planner"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
PAGES = [page for page in PAGES if not {"_generated", "_build"} & set(page.parts)]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))
HELD = {
    "study": lp.Study, "plan": lp.Plan, "today": lp.Plan, "best": lp.Plan, "full": lp.Plan, "ways": lp.Travel,
    "walk": lp.Travel, "front": lp.plan.Frontier, "posts": lp.plan.Staffing, "areas": Districting,
    "coming": lp.cohorts.Forecast, "rules": lp.Rules,
}  # fmt: skip
"""What a name stands for in the examples of the manual."""

ELSEWHERE = {
    "_repr_html_",
    "matplotlib",
    "numpy",
    "pandas",
    "geopandas",
    "scipy",
    "osmnx",
    "math",
    "True",
    "False",
    "simplify_graph",
    "count_2016",
    "osm_residential",
}
"""Names of Python and of libraries that docstrings speak of."""

OTHERS = {
    # libraries, their functions and options
    *("PMedian", "from_cost_matrix", "fac2cli", "Volume", "gdf", "momepy", "travel_time_matrix", "model_definition"),
    *("_validate", "py_func", "graph_from_xml", "executable_path", "filterwarnings", "recom", "two_stage_fca"),
    *("pandana", "igraph", "rustworkx", "sources_to_targets", "distances", "dijkstra_shortest_path_lengths"),
    *(
        "nearest_nodes",
        "shortest_path_length",
        "Tracing",
        "farm",
        "bench",
        "vs",
        "linter",
        "unshare",
        "venv",
        "ruff",
        "tool",
    ),
    # what a reader puts something else for, and columns of other people's tables
    *("ADDRESS", "OF", "YOUR", "MIRROR", "PAGES", "REPLIES", "OLD", "Scripts", "my_method", "K2", "K3", "R2"),
    *("geo_point_2d", "enrolment_g1", "seats_primary", "seats_junior", "wheels", "solvers"),
}
"""Names on the manual's pages that are not ours."""


def there(owner: Any, names: list[str]) -> bool:
    """Tell whether a name, then a name of it, and so on, is there; fields of records count."""
    for name in names:
        if inspect.isclass(owner) and name in getattr(owner, "__dataclass_fields__", {}):
            return True  # what a field holds is not asked further
        found = inspect.getattr_static(owner, name, None) if inspect.isclass(owner) else getattr(owner, name, None)
        if found is None:
            return False
        if not (inspect.ismodule(found) or inspect.isclass(found)):
            return True
        owner = found
    return True


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=lambda page: str(page.relative_to(ROOT)))
def test_names_of_the_package_on_a_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w.])lp((?:\.[A-Za-z_]\w*)+)", text))
    assert sorted(name for name in named if not there(lp, name[1:].split("."))) == []


def test_there_are_enough_names_to_look_at() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in [*PAGES, *NOTEBOOKS])
    assert len(set(re.findall(r"(?<![\w.])lp((?:\.[A-Za-z_]\w*)+)", text))) > 60
    assert not there(lp, ["Plan", "nosuch"]) and not there(lp, ["measures", "nosuch"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_attributes_in_the_examples_of_a_page(page: Path) -> None:
    code = "\n".join(text for language, _, text in blocks(page) if language in ("py", "python"))
    code = re.sub(r'"[^"]*"|#.*', "", code)
    used = re.findall(rf"(?<![\w.])({'|'.join(HELD)})\.([A-Za-z_]\w*)", code)
    assert [f"{name}.{part}" for name, part in used if not there(HELD[name], [part])] == []


@cache
def options(command: str) -> set[str]:
    app = get_command(make_app())
    found = app.get_command(None, command)
    assert found is not None, command
    return {said for parameter in found.params for said in (*parameter.opts, *parameter.secondary_opts)} | {"-h"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_on_a_page(page: Path) -> None:
    lines = [line for *_, text in blocks(page) for line in text.splitlines() if "layout-planner " in line]
    for line in lines:
        words = shlex.split(line.split("layout-planner ", 1)[1], comments=True)
        if not words or not re.fullmatch(r"[a-z-]+", words[0]):
            continue
        given = {word.split("=")[0] for word in words[1:] if word.startswith("-") and not word[1:2].isdigit()}
        assert given <= options(words[0]), line


def words_of_the_code() -> set[str]:
    """Give every name and every text of the code, docstrings apart: what a docstring may speak of."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        found |= {path.stem, path.parent.name}
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                found |= set(re.findall(r"\w+", node.value))
            for part in ("name", "id", "attr", "arg", "asname", "module"):
                value = getattr(node, part, None)
                if isinstance(value, str):
                    found |= set(value.split("."))
    for file in PACKAGE.rglob("*"):
        if file.suffix in (".toml", ".js", ".mjs"):
            found |= {file.stem, *re.findall(r"\w+", file.read_text(encoding="utf-8"))}
    # Names of measures are put together where there is one of each kind.
    return found | {measure.name for measure in COUNTY}


def test_names_in_docstrings() -> None:
    known = words_of_the_code() | ELSEWHERE
    unknown = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                told = ast.get_docstring(node) or ""
                # `name`, `a.b`, `a(…)`: the parts of the name; longer expressions are formulas.
                for name in re.findall(r"(?<!`)`([A-Za-z_][\w.]*)(?:\([^`]*\))?`(?!`)", told):
                    parts = [part for part in name.split(".") if part]
                    if not set(parts) <= known:
                        unknown.append(f"{path.relative_to(ROOT)}: {name}")
    assert unknown == []


def words_of_the_repository() -> set[str]:
    """Give the parts of the names of all files beside the package, the targets of `make`, and the tests' names."""
    found = set(re.findall(r"\w+", (ROOT / "Makefile").read_text(encoding="utf-8")))
    for folder in (ROOT, *(ROOT / name for name in ("tests", "docs", "benchmarks", "notebooks", "data", "findings"))):
        for path in folder.glob("*") if folder == ROOT else folder.rglob("*"):
            found |= set(re.findall(r"\w+", str(path.relative_to(ROOT))))
            if path.name.startswith("test_") and path.suffix == ".py":
                found |= set(re.findall(r"^ *def (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    return found


CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.(?:py|js|mjs|md|toml|css)\b")
ELSEWHERE_LIES = ("momepy/", "util/exceptions.py", "locate/base.py", "county/study.toml")
"""Files of other libraries, and of the reader."""


def codes(page: Path) -> list[str]:
    """Give what stands in the page's text as code; texts in quotes and the blocks apart."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [re.sub(r"\"[^\"]*\"", "", code) for code in CODE.findall(text)]


@pytest.fixture(scope="module")
def known() -> set[str]:
    return words_of_the_code() | words_of_the_repository() | ELSEWHERE | OTHERS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_names_in_the_text_of_a_page(page: Path, known: set[str]) -> None:
    unknown = [code for code in codes(page) if not set(re.findall(r"(?<!\w)[A-Za-z_]\w*", code)) <= known]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_in_the_text_of_a_page(page: Path) -> None:
    named = [path for code in codes(page) for path in PATH.findall(code)]
    lost = [path for path in named if not any((root / path).exists() for root in (ROOT, PACKAGE, page.parent))]
    assert [path for path in lost if not path.startswith(ELSEWHERE_LIES)] == []


def test_dotted_names_in_the_text_of_the_pages() -> None:
    wrong = []
    for page in PAGES:
        for code in codes(page):
            found = re.fullmatch(rf"({'|'.join(HELD)})((?:\.[A-Za-z_]\w*)+)(?:\(.*\))?", code)
            if (
                found
                and not code.endswith((".toml", ".gpkg", ".csv"))
                and not there(HELD[found[1]], found[2][1:].split("."))
            ):
                wrong.append(f"{page.relative_to(ROOT)}: {code}")
    assert wrong == []


def test_the_words_of_edits_are_whole() -> None:
    spec = importlib.util.spec_from_file_location("manual", ROOT / "docs" / "manual.py")
    assert spec is not None and spec.loader is not None
    manual = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(manual)
    edits = manual.edit_classes()
    assert len(edits) >= 10
    keys = {key for edit in edits for key, *_ in manual.edit_keys(edit)}
    assert keys <= set(manual.KEYS)
    assert all(name in manual.edits_part(zh=True) for name in keys)
