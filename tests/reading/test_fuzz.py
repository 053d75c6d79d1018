"""Whatever is done to a table or a study file, the outcome is a study or one DataError."""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from layout_planner.base.errors import DataError
from layout_planner.reading import read_study
from tests.study.toy_folder import FILES, RETURNS, write_toy

CELLS = [
    "", "-1", "0", "1e309", "nan", "inf", "-0", "007", "2.15E+09", "１２", "x", "小学", "primary", "k1", "1-6", "13",
    "V1", "S1", "S2;S9", ";", '"', "'", "=1+1", "\u0000", "\ufeff", "9" * 30, "105.0", "是", "closed", "999", "-7.5",
    "true", "1950", "6-1", "k9", "999999", ",,,", "\n", "\r", "||", "🏫", "<b>", "../x", "1-999999999", "NA", "#REF!",
]  # fmt: skip
LINES = [
    "where = 'x >'",
    'where = "pupils_primary > 0"',
    "set = { stage = 'junior' }",
    "columns = { name = 'lon' }",
    "coordinates = 'gcj02'",
    "coordinates = 'EPSG:4544'",
    "coordinates = 'EPSG:0'",
    "ignore = ['lon']",
    "[travel.x]",
    "file = 'places.csv'",
    "[roads]",
    "[elevation]",
    "unit = 'hours'",
    "pupils_from = { junior = 0.1 }",
    "edited = true",
    "[adjacency]",
    "[[places]]",
    "calendar = '5+4'",
    "crs = 'EPSG:3857'",
    "set = { pupils_junior = -1 }",
    "]]",
    "= 1",
    "set = { school_id = 'S1' }",
    "columns = { pupils_senior = 'name' }",
    "[hazards]",
    "[teachers]",
    "layer = 'x'",
    "encoding = 'utf-16'",
    "encoding = 'nonsense'",
    "set = { lon = 999 }",
    "columns = { lon = 'lat' }",
    "[sites.x]",
]


def _mutate(rng: random.Random, files: dict[str, str]) -> dict[str, str]:
    files = dict(files)
    for _ in range(rng.randint(1, 4)):
        name = rng.choice(list(files))
        lines = files[name].split("\n")
        at = rng.randrange(len(lines))
        if name.endswith(".toml"):
            do = rng.choice(["insert", "drop", "cut"])
            new = rng.choice(LINES)
        else:
            cells = lines[at].split(",")
            cells[rng.randrange(len(cells))] = rng.choice(CELLS)
            do = rng.choice(["cell", "cell", "cell", "cell", "drop", "insert", "cut"])
            new = ",".join(cells)
        if do == "cell":
            lines[at] = new
        elif do == "drop":
            del lines[at]
        elif do == "insert":
            lines.insert(at, new)
        else:
            lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
        files[name] = "\n".join(lines)
    return files


def check(rng: random.Random, files: dict[str, str]) -> bool:
    """Read a county once it is mutated; True where it is still a study. Nothing may be written beside it."""
    folder = Path(tempfile.mkdtemp())
    try:
        changes = {name.replace(".", "_"): text for name, text in _mutate(rng, files).items()}
        write_toy(folder, **changes)
        before = {file: file.read_bytes() for file in folder.rglob("*")}
        try:
            read_study(folder)
        except DataError:
            return False
        finally:
            assert {file: file.read_bytes() for file in folder.rglob("*")} == before
    finally:
        shutil.rmtree(folder)
    return True


def check_seed(seed: int) -> bool:
    """Read the county of one seed."""
    return check(random.Random(seed), FILES)


@pytest.mark.slow
def test_mutations_come_to_both_ends():
    outcomes = [check_seed(seed) for seed in range(25)]
    assert any(outcomes)
    assert not all(outcomes)


@pytest.mark.slow
@settings(deadline=10_000)
@given(st.randoms(use_true_random=False), st.sampled_from([FILES, FILES | RETURNS]))
def test_every_mutation_is_a_study_or_a_data_error(rng, files):
    check(rng, files)


def test_returns_are_the_same_county(tmp_path):
    plain = read_study(write_toy(tmp_path / "plain"))
    sent = read_study(write_toy(tmp_path / "sent", **{name.replace(".", "_"): text for name, text in RETURNS.items()}))
    for table in ("places", "schools", "pupils", "offers"):
        assert_frame_equal(pd.DataFrame(getattr(sent, table)), pd.DataFrame(getattr(plain, table)))
