"""Forty jobs through kill -9 and lost workers: what is sound ends as if nothing had happened, what is not is named."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

import layout_planner as lp
from layout_planner.base.messages import using_language
from layout_planner.batch import Batch, Job, Limits, read_batch, read_jobs, run_many
from tests.batch.counties import break_county, make_county

SOUND, BROKEN = 35, 3
ARGUMENTS = {"assign": "nearest_seats"}


@pytest.fixture(scope="module")
def jobs_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty-five sound counties, three broken ones, one job too slow and one too large for its limits."""
    folder = tmp_path_factory.mktemp("counties")
    for number in range(SOUND):
        make_county(folder / f"sound-{number:02d}", number, 8, 2)
    for number in range(BROKEN):
        break_county(folder / f"broken-{number}", number)
    make_county(folder / "slow", 90, 200, 40)
    make_county(folder / "large", 91, 200, 40)
    jobs = [
        {"studies": ["sound-*", "broken-*"], "arguments": ARGUMENTS},
        {"study": "slow", "arguments": ARGUMENTS, "limits": {"seconds": 0.05}},
        {"study": "large", "arguments": ARGUMENTS, "limits": {"memory_mb": 100}},
    ]
    file = folder / "jobs.yaml"
    file.write_text(yaml.safe_dump({"jobs": jobs}), encoding="utf-8")
    return file


def _run_and_kill(jobs: Path, out: Path, after: int) -> None:
    """Run the batch in a process of its own and kill it once so many jobs have ended."""
    command = [sys.executable, "-m", "tests.batch.killed", str(jobs), str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        for _ in range(after):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)


def _left_over(out: Path) -> list[str]:
    return [path.name for path in out.rglob("*") if ".part-" in path.name or path.suffix == ".lock"]


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _as_undisturbed(batch: Batch, jobs: Path) -> None:
    for number in range(SOUND):
        name = f"sound-{number:02d}"
        study = lp.read_study(jobs.parent / name)
        plan = lp.solve(study, lp.travel_matrix(study, "straight"), assign="nearest_seats")
        job = f"{name}-solve-assign=nearest_seats"
        run = batch.run(job)
        assert run is not None
        told = pd.read_csv(run / "assignment.csv", dtype={"grade": str})
        assert told["pupils"].tolist() == plan.flows["pupils"].tolist(), name
        assert told["minutes"].tolist() == pytest.approx(plan.flows["minutes"].tolist(), rel=1e-12)
        mine = batch.table("scorecard", [job]).drop(columns="job")
        pd.testing.assert_frame_equal(mine, plan.scorecard.table, check_dtype=False)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="kill -9 and /proc")
def test_killed_three_times_and_two_workers_lost(jobs_file: Path, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    out, chance = tmp_path / "out", random.Random(5)
    done = 0
    for _ in range(3):
        done += chance.randint(3, 7)
        _run_and_kill(jobs_file, out, done)
        assert len(list((out / "records").glob("*.json"))) >= done  # what was told of is on the disk
    before = _descriptors()
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        kills = iter((done + 2, done + 5))
        next_kill, ended = next(kills), 0

        def watch(record: dict[str, object]) -> None:
            nonlocal next_kill, ended
            ended += 1
            if ended == next_kill:
                next_kill = next(kills, 0)
                os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)

        batch = run_many(read_jobs(jobs_file), out, client.get_executor(pure=False), watch=watch)
    table = batch.manifest
    assert next_kill == 0  # both workers were lost
    assert len(table) == SOUND + BROKEN + 2
    assert sorted(batch.faults["fault"]) == ["input"] * BROKEN + ["memory", "time"]
    assert len(batch.done) == SOUND
    _as_undisturbed(batch, jobs_file)
    assert not _left_over(out)
    assert _descriptors() <= before + 2  # distributed's own loop keeps a pair
    assert len(read_batch(out).records) == len(table)


def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    jobs = [Job(make_county(tmp_path / name, number, 6, 2), arguments=ARGUMENTS) for number, name in enumerate("ab")]
    first = run_many(jobs[:1], tmp_path / "out", workers=1)
    (record,) = (tmp_path / "out" / "records").iterdir()
    written = record.stat().st_mtime_ns
    before = _descriptors()
    told: list[str] = []
    second = run_many(jobs, tmp_path / "out", workers=1, watch=lambda one: told.append(str(one["job"])))
    assert first.done == ("a-solve-assign=nearest_seats",)
    assert second.done == tuple(told) == ("a-solve-assign=nearest_seats", "b-solve-assign=nearest_seats")
    assert record.stat().st_mtime_ns == written
    assert _descriptors() == before


def test_a_changed_study_is_done_again_and_a_damaged_run_too(tmp_path: Path) -> None:
    folder = make_county(tmp_path / "a", 1, 6, 2)
    job = Job(folder, "forecast", arguments={"to": 2025})
    faulty = run_many([job], tmp_path / "out", workers=1)
    with using_language("en"):
        assert "births" in faulty.faults["message"].iloc[0]
    solved = Job(folder, name="a", arguments=ARGUMENTS)
    one = run_many([solved], tmp_path / "out", workers=1).records["a"]
    places = folder / "places.csv"
    places.write_text(places.read_text().replace("village 0,", "village 0 with more,"))
    two = run_many([solved], tmp_path / "out", workers=1).records["a"]
    assert one["key"] != two["key"]
    (tmp_path / "out" / "results" / "scorecard" / "a.parquet").unlink()
    three = run_many([solved], tmp_path / "out", workers=1)
    assert (tmp_path / "out" / "results" / "scorecard" / "a.parquet").is_file()
    assert three.records["a"]["key"] == two["key"]


def test_a_wider_limit_does_the_job_again(tmp_path: Path) -> None:
    job = Job(make_county(tmp_path / "a", 1, 6, 2), arguments=ARGUMENTS, name="a")
    narrow = run_many([job], tmp_path / "out", workers=1, limits=Limits(seconds=0.01))
    assert narrow.manifest.loc["a", ["status", "fault"]].tolist() == ["fault", "time"]
    same = run_many([job], tmp_path / "out", workers=1, limits=Limits(seconds=0.01))
    assert same.records["a"] == narrow.records["a"]
    wide = run_many([job], tmp_path / "out", workers=1)
    assert wide.done == ("a",)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    with pytest.raises(lp.RunError, match="cannot be written"):
        run_many([Job(make_county(tmp_path / "a", 1, 6, 2))], out, workers=1)


def test_two_batches_do_not_share_a_folder(tmp_path: Path) -> None:
    from layout_planner.base.locks import hold

    job = Job(make_county(tmp_path / "a", 1, 6, 2))
    with hold(tmp_path / "out" / "batch.lock") as mine, using_language("en"):
        assert mine
        with pytest.raises(lp.RunError, match="another batch is writing"):
            run_many([job], tmp_path / "out", workers=1)
    assert not (tmp_path / "out" / "batch.lock").exists()
