"""The package as it is installed: nothing forgotten, quick to import, whole."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import layout_planner as lp

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "layout_planner"
SAMPLES = ("bureau", "fuxi", "templates", "zhigang")


@pytest.mark.slow
def test_the_wheel_holds_every_file_and_runs_from_where_it_lies(tmp_path: Path) -> None:
    source = tmp_path / "source"  # a copy, since building leaves its traces where it works
    for name in ("layout_planner", "data"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    made = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(source)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    modules = (path for path in (source / "layout_planner").rglob("*") if path.is_file())
    samples = [path for name in SAMPLES for path in (source / "data" / name).iterdir()]
    wanted = [path.relative_to(source) for path in modules]
    wanted += [Path("layout_planner", "samples", path.parent.name, path.name) for path in samples]
    assert [str(path) for path in sorted(wanted) if not (unpacked / path).is_file()] == []
    assert sum(path.stat().st_size for path in samples) < 6_000_000
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import layout_planner as lp;"
        "assert lp.__file__.startswith(sys.argv[1]), lp.__file__;"
        "study = lp.sample('fuxi'); assert sys.argv[1] in study.elevation;"
        "plan = lp.today(study, lp.travel_matrix(study, 'straight'), stage='junior');"
        "lp.briefing(plan, sys.argv[2]); print(lp.policy.profile_names(), lp.scenario.template_names())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(unpacked), str(tmp_path / "map.html")], capture_output=True, text=True,
        cwd=tmp_path, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "cn-quality-balance" in ran.stdout
    assert "senior-to-town" in ran.stdout
    assert (tmp_path / "map.html").stat().st_size > 200_000


def test_the_import_loads_next_to_nothing() -> None:
    """What makes it quick: no library, and few files of our own (`python -m benchmarks` has the milliseconds)."""
    code = "import sys; import layout_planner; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"numpy", "pandas", "geopandas", "pydantic", "typer", "numba", "highspy"}
    assert len([name for name in loaded if name.startswith("layout_planner")]) <= 4


def test_every_public_name_is_there() -> None:
    assert [name for name in lp.__all__ if getattr(lp, name, None) is None] == []
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        _ = lp.nosuch


def test_no_public_verb_bears_the_name_of_a_room() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir()}
    assert set(lp.__all__) & rooms == set()


def test_what_a_planner_types_first_is_at_the_top_and_the_rest_in_the_rooms() -> None:
    assert 40 <= len(lp.__all__) <= 60
    stubs = sorted(PACKAGE.rglob("__init__.pyi"))
    assert len(stubs) >= 14
    for stub in stubs:
        name = ".".join(("layout_planner", *stub.parent.relative_to(PACKAGE).parts))
        room = importlib.import_module(name)
        missing = [each for each in room.__all__ if getattr(room, each, None) is None]
        assert missing == [] and set(room.__all__) <= set(dir(room))


def test_importing_a_file_does_not_hide_the_verb_of_its_name() -> None:
    code = (
        "import layout_planner.districts.partition, layout_planner.travel.isochrones, layout_planner as lp;"
        "print(callable(lp.districts.partition), callable(lp.travel.isochrones), callable(lp.partition))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 3


def test_importing_a_room_loads_nothing_heavy() -> None:
    code = (
        "import sys, layout_planner as lp; lp.measures, lp.study, lp.consolidation, lp.show, lp.plan;"
        "print('numpy' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_stubs_are_plain_lists_of_names() -> None:
    for stub in PACKAGE.rglob("__init__.pyi"):
        for line in stub.read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(r"from layout_planner[\w.]* import (\w+) as \1", line), f"{stub}: {line}"
