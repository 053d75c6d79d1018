"""Jobs: read from YAML, named, told apart by what they are made from; every fault of a list at once."""

from __future__ import annotations

from pathlib import Path

import pytest

import layout_planner as lp
from layout_planner.base.messages import using_language
from layout_planner.batch import Job, Limits, read_jobs
from layout_planner.batch.jobs import prepare
from tests.batch.counties import make_county


def _write(folder: Path, text: str) -> Path:
    file = folder / "jobs.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_grid_is_every_combination(tmp_path: Path) -> None:
    for name in ("一县", "二县"):
        make_county(tmp_path / "counties" / name, 1, 6, 2)
    text = """
studies: counties/*
rules: cn-quality-balance
jobs:
  - verb: today
  - verb: solve
    grid: {assign: [nearest, capacity], gap: [0.1, 0.01]}
    limits: {seconds: 60}
"""
    jobs = read_jobs(_write(tmp_path, text))
    assert [Path(job.study).name for job in jobs] == ["一县", "二县"] + ["一县"] * 4 + ["二县"] * 4
    assert [dict(job.arguments) for job in jobs[2:6]] == [
        {"assign": "nearest", "gap": 0.1}, {"assign": "nearest", "gap": 0.01},
        {"assign": "capacity", "gap": 0.1}, {"assign": "capacity", "gap": 0.01},
    ]  # fmt: skip
    assert jobs[0].limits is None
    assert jobs[2].limits == Limits(seconds=60)
    names = [task.name for task in prepare(jobs)]
    assert names[0] == "一县-today"
    assert names[2] == "一县-solve-assign=nearest-gap=0.1"
    assert len(set(names)) == len(jobs)


def test_all_faults_of_a_list_are_named_at_once(tmp_path: Path) -> None:
    make_county(tmp_path / "a", 1, 6, 2)
    text = """
studys: a
jobs:
  - {study: a, verb: solve, scenariso: x.yaml}
  - {studies: "none*"}
  - nonsense
"""
    with using_language("en"), pytest.raises(lp.DataError) as told:
        read_jobs(_write(tmp_path, text))
    said = str(told.value)
    assert 'unknown key "studys" (did you mean "studies"?)' in said
    assert 'unknown key "jobs[1].scenariso"' in said
    assert "job 2 finds no study" in said
    assert "job 3 is no mapping" in said


def test_unknown_verbs_and_arguments_are_refused_before_anything_runs(tmp_path: Path) -> None:
    folder = make_county(tmp_path / "a", 1, 6, 2)
    jobs = [
        Job(folder, "slove"),
        Job(folder, arguments={"asign": "nearest"}),
        Job(folder, arguments={"assign": object()}),
    ]
    with using_language("en"), pytest.raises(lp.DataError) as told:
        prepare(jobs)
    said = str(told.value)
    assert 'job 1: no verb "slove" (did you mean "solve"?)' in said
    assert 'job 2: solve takes no "asign" (did you mean "assign"?)' in said
    assert "job 3: an argument is no plain value" in said


def test_two_jobs_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = make_county(tmp_path / "a", 1, 6, 2)
    with using_language("zh"), pytest.raises(lp.DataError, match="有多个任务名为“a-today”"):
        prepare([Job(folder, "today"), Job(folder, "today")])


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "today"},
        {"arguments": {"assign": "nearest"}},
        {"seed": 3},
        {"mode": "straight"},
        {"rules": ("cn-quality-balance",)},
    ],
)
def test_the_key_knows_all_a_job_depends_on(tmp_path: Path, change: dict[str, object]) -> None:
    folder = make_county(tmp_path / "a", 1, 6, 2)
    one, two = (prepare([Job(folder, **more)])[0].key for more in ({}, change))  # type: ignore[arg-type]
    assert one != two
    assert prepare([Job(folder)])[0].key == one


def test_a_study_that_moves_is_the_same_and_one_that_changes_is_not(tmp_path: Path) -> None:
    folder = make_county(tmp_path / "a", 1, 6, 2)
    key = prepare([Job(folder)])[0].key
    moved = folder.rename(tmp_path / "b")
    assert prepare([Job(moved)])[0].key == key
    (moved / "places.csv").write_text((moved / "places.csv").read_text() + "V9,new,5,505000,3405000\n")
    assert prepare([Job(moved)])[0].key != key


@pytest.mark.parametrize("name", ["a/b", "..", "con:aux", "x" * 300, "三" * 200])
def test_a_name_is_made_fit_for_any_file_system(tmp_path: Path, name: str) -> None:
    folder = make_county(tmp_path / "a", 1, 6, 2)
    (task,) = prepare([Job(folder, name=name)])
    assert len(task.name.encode()) <= 100
    assert not set(task.name) & set('/\\:*?"<>|')
    assert task.name.strip(".")


def test_limits_are_above_nought() -> None:
    with using_language("en"), pytest.raises(lp.DataError, match="seconds = 0 is no limit"):
        Limits(seconds=0)
