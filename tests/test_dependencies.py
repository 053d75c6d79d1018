"""What is declared is used, what is used is declared, and the machinery that installs it survives being killed."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
MODULES = {"pillow": "PIL", "pytest-xdist": "xdist", "python-docx": "docx", "pyyaml": "yaml", "scikit-learn": "sklearn"}
"""What is imported under another name than it is installed by."""

USED_WITHOUT_IMPORT = {
    "furo": ("docs/conf.py", 'html_theme = "furo"'),
    "import-linter": ("Makefile", "/lint-imports"),
    "ipykernel": ("notebooks/01_first_look.ipynb", '"kernelspec"'),
    "ipywidgets": ("layout_planner/base/progress.py", "tqdm.auto"),
    "mapclassify": ("tests/show/test_explore.py", "frame.explore(m=m"),
    "myst-nb": ("docs/conf.py", '"myst_nb"'),
    "mypy": ("Makefile", "/mypy"),
    "pytest-cov": ("Makefile", "--cov"),
    "ruff": ("Makefile", "/ruff check"),
}
"""Programs and plug-ins: where each is called, or what it is for."""


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("requirements", ROOT / ".ci" / "requirements.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = load()
DECLARED: dict[str, list[Requirement]] = TOOL.declared()
OURS = ("layout_planner", "tests", "benchmarks")
OFFERED = ("widget", "bus", "dask", "h3")
"""The extras whose parts the package itself imports."""


def imported(folder: str) -> tuple[set[str], set[str]]:
    """Give the modules of others that a folder imports, and those it is ready to do without."""
    files = list((ROOT / folder).rglob("*.py"))
    ours = {path.stem for path in files} | {path.parent.name for path in files} | set(OURS)
    names, optional = set(), set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names.add(node.module)
            elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = getattr(node.func, "attr", getattr(node.func, "id", None))
                if called in ("import_module", "__import__"):
                    names.add(str(node.args[0].value))
                elif called in ("importorskip", "find_spec"):
                    optional.add(str(node.args[0].value))
    known = sys.stdlib_module_names | ours
    return tuple({name.split(".")[0] for name in some} - known for some in (names, optional))  # type: ignore[return-value]


def modules(requirements: Iterable[Requirement]) -> set[str]:
    """Give the modules of those that are there to be imported."""
    names = {canonicalize_name(requirement.name) for requirement in requirements}
    names -= {"layout-planner", *USED_WITHOUT_IMPORT}
    return {MODULES.get(name, name.replace("-", "_")) for name in names if not name.startswith("types-")}


def test_what_the_package_imports_is_declared_and_the_other_way_round() -> None:
    needed = modules(DECLARED[""])
    offered = set().union(*(modules(DECLARED[extra]) for extra in OFFERED))
    assert needed & offered == set()
    assert imported("layout_planner")[0] == needed | offered


def test_what_tests_import_is_declared_and_the_other_way_round() -> None:
    names, optional = set(), set()
    for folder in ("tests", "data", "docs", "notebooks", ".ci"):
        found = imported(folder)
        names |= found[0]
        optional |= found[1]
    declared = modules(TOOL.wanted("test", DECLARED))
    assert names - declared - (optional & modules(DECLARED["bench"])) == set()
    own = modules(DECLARED["test"]) | modules(DECLARED["docs"]) | modules(DECLARED["notebook"])
    assert own - names == set()


def test_what_benchmarks_import_is_declared_and_the_other_way_round() -> None:
    names, _ = imported("benchmarks")
    peers = modules(DECLARED["bench"])
    assert names - peers - modules(DECLARED[""]) == set()
    assert peers - names == set()


def test_no_extra_is_left_out_of_these_tests() -> None:
    assert set(DECLARED) == {"", *OFFERED, "docs", "notebook", "test", "lint", "bench"}


def test_checkers_are_programs_and_types_of_what_is_imported() -> None:
    assert modules(DECLARED["lint"]) == set()
    names = [canonicalize_name(part.name) for part in DECLARED["lint"]]
    typed = [Requirement(name.removeprefix("types-")) for name in names if name.startswith("types-")]
    assert modules(typed) <= imported("layout_planner")[0]


@pytest.mark.parametrize("name", USED_WITHOUT_IMPORT)
def test_what_is_not_imported_is_called_where_it_is_said(name: str) -> None:
    file, text = USED_WITHOUT_IMPORT[name]
    assert text in (ROOT / file).read_text(encoding="utf-8")
    assert name in {canonicalize_name(part.name) for extra in DECLARED.values() for part in extra}


def test_every_dependency_of_users_and_tests_has_a_lower_bound() -> None:
    assert [str(part) for part in TOOL.wanted("test", DECLARED) if TOOL.lower_bound(part) is None] == []


def test_the_reason_stands_above_every_upper_bound_and_exclusion() -> None:
    lines = (ROOT / "setup.cfg").read_text(encoding="utf-8").splitlines()
    bounded = [k for k, line in enumerate(lines) if re.match(r"    [A-Za-z][\w\[\]-]*.*(<|!=)\d", line)]
    assert len(bounded) >= 3
    assert [lines[k] for k in bounded if not lines[k - 1].strip().startswith("# ")] == []


def test_every_declared_dependency_is_pinned_within_its_range() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[a-z0-9-]+==[\w.]+", line)] == []
    versions = dict(line.split("==") for line in pins)
    assert list(versions) == sorted(versions) and len(versions) == len(pins)
    parts = [part for extra in DECLARED.values() for part in extra if part.name != "layout_planner"]
    parts += [Requirement("setuptools>=77"), Requirement("pip")]
    assert [str(part) for part in parts if versions.get(canonicalize_name(part.name)) not in part.specifier] == []


def test_lists_of_requirements(tmp_path: Path) -> None:
    setup = tmp_path / "setup.cfg"
    setup.write_text(
        "[options]\ninstall_requires =\n    # a reason\n    Zeta>=2.0.1,!=3.0\n    alpha[x]>=1\n    free\n"
        "[options.extras_require]\nmore =\n    alpha>=1.2; python_version >= '3.11'\n    old>=1; python_version < '3'\n"
        "test =\n    layout_planner[more]\n    probe>=7\nother =\n    unasked>=1\n",
        encoding="utf-8",
    )
    found = TOOL.declared(setup)
    assert [part.name for part in found[""]] == ["Zeta", "alpha", "free"]
    assert TOOL.lowest(TOOL.wanted("test", found)) == ["alpha==1.2", "probe==7", "zeta==2.0.1"]
    assert TOOL.lowest(TOOL.wanted("", found)) == ["alpha==1", "zeta==2.0.1"]
    parts = [("Zeta_B", "3.1"), ("layout_planner", "0.1"), ("alpha", "1.2.post1")]
    report = {"install": [{"metadata": {"name": name, "version": version}} for name, version in parts]}
    assert TOOL.pinned(json.dumps(report)) == ["alpha==1.2.post1", "zeta-b==3.1"]


STAND_IN = """#!/bin/sh
echo "$@" >>"$LOG"
case "$*" in
"-m venv "*)
    mkdir -p "$3/bin"
    [ "$END" != in-venv ] || kill -9 $PPID
    cp "$0" "$3/bin/python"
    ;;
"-m pip install "*)
    [ "$END" != in-pip ] || kill -9 $PPID
    [ "$END" != pip-fails ] || exit 1
    ;;
esac
"""
"""A Python that only tells what it was asked, and ends its caller in the middle where it is told to."""


def installs(folder: Path, end: str = "well") -> tuple[int, list[str]]:
    """Run .ci/venv over the stand-in; give its exit code and what was asked of Python."""
    python, log = folder / "python", folder / "log"
    python.write_text(STAND_IN)
    python.chmod(0o755)
    log.unlink(missing_ok=True)
    done = subprocess.run(
        [ROOT / ".ci" / "venv", "new", "--editable", "."],
        cwd=folder, env=os.environ | {"PYTHON": str(python), "LOG": str(log), "END": end}, check=False,
    )  # fmt: skip
    asked = [line for line in log.read_text().splitlines() if line.startswith(("-m venv", "-m pip install"))]
    return done.returncode, [" ".join(line.split()[1:3]) for line in asked]


def test_an_environment_is_made_once(tmp_path: Path) -> None:
    assert installs(tmp_path) == (0, ["venv new", "pip install"])
    assert installs(tmp_path) == (0, ["pip install"])
    (tmp_path / "new" / "bin" / "python").unlink()  # Debian has a newer Python
    assert installs(tmp_path) == (0, ["venv new", "pip install"])


@pytest.mark.parametrize("end", ["in-venv", "in-pip", "pip-fails"])
def test_an_environment_left_unfinished_is_made_anew(tmp_path: Path, end: str) -> None:
    assert installs(tmp_path, end)[0] == (1 if end == "pip-fails" else -9)
    (tmp_path / "new" / "half").touch()
    assert installs(tmp_path) == (0, ["venv new", "pip install"])
    assert not (tmp_path / "new" / "half").exists()
    assert installs(tmp_path) == (0, ["pip install"])


def test_an_environment_whose_renewal_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    installs(tmp_path)
    assert installs(tmp_path, "in-pip") == (-9, ["pip install"])
    assert installs(tmp_path) == (0, ["venv new", "pip install"])


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_installs_again_only_when_something_is_missing(tmp_path: Path) -> None:
    for name in ("Makefile", "setup.cfg", "setup.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)

    def plan() -> str:
        return subprocess.run(
            ["make", "--dry-run", "demo"], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    assert ".ci/venv .venv" in plan()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name in ("bin/python", "installed"):
        (tmp_path / ".venv" / name).touch()
    assert ".ci/venv" not in plan()
    (tmp_path / ".venv" / "unfinished").touch()
    assert ".ci/venv .venv" in plan()
    (tmp_path / ".venv" / "unfinished").unlink()
    (tmp_path / ".venv" / "bin" / "python").unlink()
    assert ".ci/venv .venv" in plan()
    (tmp_path / ".venv" / "bin" / "python").touch()
    os.utime(tmp_path / ".venv" / "installed", (0, 0))  # older than what is asked for
    assert ".ci/venv .venv" in plan()
