"""The house stands as drawn: what `docs/house.py` measures, and what is to be said once."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from pathlib import Path

import pytest

from layout_planner.study.indicators import INDICATORS
from layout_planner.study.stages import LOWER_GRADES

ROOT = Path(__file__).parents[1]
PACKAGE = "layout_planner"


@pytest.fixture(scope="module")
def house():
    spec = importlib.util.spec_from_file_location("house", ROOT / "docs" / "house.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["house"] = module  # its dataclass asks for it
    spec.loader.exec_module(module)
    yield module
    del sys.modules["house"]


@pytest.fixture(scope="module")
def files(house):
    return house.read_files(ROOT, (PACKAGE,))


def test_no_file_reaches_itself_by_imports(house, files):
    makers = house.read_files(ROOT, house.MAKERS)
    assert house.circles(files, "at_import", "for_types", "in_functions") == []
    assert house.circles(makers, "at_import", "for_types", "in_functions") == []


def test_a_circle_would_be_seen(house, tmp_path):
    package = tmp_path / PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("from layout_planner.two import b\n")
    (package / "two.py").write_text("def b():\n    from layout_planner import one\n")
    found = house.read_files(tmp_path, (PACKAGE,))
    assert house.circles(found, "at_import") == []
    assert house.circles(found, "at_import", "in_functions") == [[f"{PACKAGE}.one", f"{PACKAGE}.two"]]


def test_only_drawing_looks_upward_by_a_name(house, files):
    # base.lazy opens the rooms, cli.app its commands, batch.verbs the verbs of the rooms below, buses.tours an optional
    # library: none of them looks upward.
    assert set(house.named_imports(files)) == {f"{PACKAGE}.{name}" for name in (
        "base.drawing", "base.lazy", "batch.verbs", "buses.tours", "cli.app",
    )}  # fmt: skip


def test_who_computes_asks_the_edit_and_tests_no_class(house, files):
    assert {name for name in house.edit_tests(files) if ".scenario" not in name} == set()


def test_no_room_is_more_than_a_fifth_nor_of_nine_thousand_lines(house):
    lines, _ = house.rooms(ROOT)
    assert max(lines.values()) <= min(9_000, 0.2 * sum(lines.values()))


def _texts(nodes) -> set:
    return {node.value for node in nodes if isinstance(node, ast.Constant)}


def test_the_seven_indicators_and_the_lower_grades_are_listed_once(files):
    lists, grades = set(), set()
    for name, file in files.items():
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Tuple | ast.List | ast.Set):
                lists |= {name} if set(INDICATORS) <= _texts(node.elts) else set()
            if isinstance(node, ast.Dict) and {"Text"} == {ast.unparse(v).partition("(")[0] for v in node.values}:
                lists |= {name} if _texts(node.keys) & set(INDICATORS) else set()
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                value = ast.unparse(node.value)
                if re.fullmatch(r"(frozenset\()?[\[({]1, 2, 3[\])}]\)?", value):
                    grades.add(name)
    assert lists == {f"{PACKAGE}.study.indicators"}
    assert grades == {f"{PACKAGE}.study.stages"}
    assert LOWER_GRADES == (1, 2, 3)


def test_lines_that_stand_twice_are_seen(house, tmp_path):
    package = tmp_path / PACKAGE
    package.mkdir()
    run = "".join(f"value_{n} = {n}\n" for n in range(house.SAME_LINES))
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("import os\n" + run)
    (package / "two.py").write_text(run + "\n# no line\n")
    found = house.duplicates(house.read_files(tmp_path, (PACKAGE,)))
    assert found == [(house.SAME_LINES, f"{PACKAGE}.one", 2, f"{PACKAGE}.two", 1)]
