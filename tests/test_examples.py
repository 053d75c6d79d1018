"""Every example of a docstring runs and gives what stands below it; every public verb has one."""

from __future__ import annotations

import ast
import doctest
import inspect
import io
from pathlib import Path

import pytest

import layout_planner as lp
from layout_planner.base.messages import using_language
from tests.readme import ROOT

PACKAGE = ROOT / "layout_planner"

WITHOUT = {"roads_from_osm", "schools_from_osm", "show_versions"}
"""What an example could not show the same everywhere: the internet's answer, the versions installed."""


def examples() -> list[tuple[str, str, int]]:
    """Give name, docstring and line of all examples; read, not imported: most of the package is not needed for them."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "\n    >>> " in text:
            module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
            found += [(f"{module}.{name}", told, line) for name, told, line in _told(ast.parse(text), "")]
    return found


def _told(node: ast.AST, above: str) -> list[tuple[str, str, int]]:
    found = []
    for each in ast.iter_child_nodes(node):
        if isinstance(each, ast.ClassDef | ast.FunctionDef):
            told = ast.get_docstring(each) or ""
            if ">>> " in told:
                found.append((above + each.name, told, each.lineno))
            found += _told(each, f"{above}{each.name}.")
    return found


EXAMPLES = examples()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "told", "line"), EXAMPLES, ids=[name for name, *_ in EXAMPLES])
def test_an_example(name: str, told: str, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTestParser().get_doctest(told, {"lp": lp}, name, None, line)
    said = io.StringIO()
    with using_language("en"):
        result = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE).run(
            test, out=said.write
        )
    assert result.attempted > 0
    assert result.failed == 0, said.getvalue()


def test_every_public_verb_has_an_example() -> None:
    verbs = {name for name in lp.__all__ if inspect.isfunction(getattr(lp, name))}
    assert {"solve", "report", "consultation"} <= verbs
    shown = {name.rpartition(".")[2] for name, *_ in EXAMPLES}
    assert verbs - WITHOUT - shown == set()
