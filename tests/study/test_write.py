"""Writing a study and reading it back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layout_planner.base.errors import RunError
from layout_planner.reading import read_study, sample
from layout_planner.scenario import Scenario
from layout_planner.scenario.apply import apply
from layout_planner.scenario.edits import Close, Expand, Merge, Open
from layout_planner.study import write_study
from tests.study.same import assert_same
from tests.study.toy_folder import FILES, write_toy


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fuxi", "fuxi-before", "zhigang"])
def test_samples_come_back_equal(name, tmp_path):
    study = sample(name)
    assert study.write(tmp_path / "out") == tmp_path / "out"
    assert_same(study, read_study(tmp_path / "out"))


def test_gongyi_comes_back_equal(gongyi, tmp_path):
    write_study(gongyi, tmp_path / "out")
    assert_same(gongyi, read_study(tmp_path / "out"))


def test_fairfax_comes_back_equal_with_its_travel(fairfax, tmp_path):
    write_study(fairfax, tmp_path / "out")
    assert_same(fairfax, read_study(tmp_path / "out"))


def test_hostile_names_come_back_equal(tmp_path):
    places = FILES["places.csv"].replace("东村", '"=1+1"').replace("西村", '"<b>""x\n\'y"').replace("南村", "'-1")
    places = places.replace("V1,", "-V1,").replace("V2,", "'=V2,")
    attendance = FILES["attendance.csv"].replace("V1,", "-V1,").replace("V2,", "'=V2,")
    folder = write_toy(tmp_path / "in", places_csv=places, attendance_csv=attendance)
    text = FILES["study.toml"].replace('name = "Toy"', 'name = "a\\"b\\\\c\\n\\u007f中"')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    study = read_study(folder)
    assert study.places["name"].tolist() == ["=1+1", "<b>\"x\n'y", "'-1", "北村"]
    write_study(study, tmp_path / "out")
    assert_same(study, read_study(tmp_path / "out"))


def test_an_edited_study_comes_back_equal(tmp_path):
    study = read_study(write_toy(tmp_path / "in"))
    edits = [
        Merge("S3", into="S2", site="teaching_point", stage="primary"),
        Close("S2", stage="junior"),
        Expand("S1", seats=300),
        Open("X1", school="N1"),
    ]
    edited = apply(study, Scenario("hills", edits))
    write_study(edited, tmp_path / "out")
    again = read_study(tmp_path / "out")
    # The last junior school has closed: whoever reads the edited study is told of it, whoever made it knows.
    known, told = (set(map(str, one.sources["statements"])) for one in (edited, again))
    (fresh,) = told - known
    assert known < told
    assert "junior" in fresh
    assert_same(edited, again.with_(sources=edited.sources))


def test_metres_of_given_travel_come_back(tmp_path):
    study = read_study(write_toy(tmp_path / "in"))
    sites = pd.Index(["S1", "S2"], dtype="str")
    minutes = pd.DataFrame([[1.5, np.nan]] * 4, index=study.places.index, columns=sites)
    with_travel = study.with_(given_travel={"walk": minutes, "walk:metres": minutes * 80})
    write_study(with_travel, tmp_path / "out")
    assert_same(with_travel, read_study(tmp_path / "out"))


def test_an_earlier_study_is_replaced_and_nothing_else(tmp_path):
    study = read_study(write_toy(tmp_path / "in"))
    write_study(study, tmp_path / "out")
    write_study(study.with_(name="later"), tmp_path / "out")
    assert read_study(tmp_path / "out").name == "later"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(RunError, match="was not written by this program"):
        write_study(study, tmp_path / "other")


def test_a_write_that_fails_leaves_nothing(tmp_path):
    study = read_study(write_toy(tmp_path / "in")).with_(elevation=str(tmp_path / "gone.tif"))
    with pytest.raises(FileNotFoundError):
        write_study(study, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]
