"""What killed runs leave: removed once their process is gone, never before."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from layout_planner.base import leftovers
from layout_planner.base.files import whole_file, whole_folder

WRITER = """
import os, sys
from pathlib import Path
from layout_planner.base.files import whole_file, whole_folder

def wait():
    print("writing", flush=True)
    sys.stdin.read()

target = Path(sys.argv[2])
match sys.argv[1]:
    case "file":
        with whole_file(target) as part:
            part.write_text("half")
            wait()
    case "folder":
        with whole_folder(target, "mark") as part:
            (part / "deep").mkdir()
            (part / "deep" / "table.csv").write_text("half")
            wait()
    case "between":  # the earlier folder is moved aside, the new one not yet in its place
        replace = Path.replace
        def slow(path, other):
            if not path.suffix and other == target:
                wait()
            return replace(path, other)
        Path.replace = slow
        with whole_folder(target, "mark") as part:
            (part / "mark").write_text("new")
    case "forked":  # the process that writes is killed, its child lives on
        with whole_folder(target, "mark") as part:
            if os.fork() == 0:
                wait()
                os.closerange(3, 64)  # the lock first, then the output the test waits for
                os._exit(0)
            os.kill(os.getpid(), 9)
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a process that stops in the middle of writing."""
    started: list[subprocess.Popen[str]] = []

    def starter(what: str, target: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, what, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        return process

    yield starter
    for process in started:
        process.kill()
        process.communicate()


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def write(target: Path, text: str = "whole") -> None:
    with whole_file(target) as part:
        part.write_text(text)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_a_killed_run_left_goes_and_what_a_living_one_writes_stays(
    tmp_path: Path, start: Start, what: str
) -> None:
    dead, living = start(what, tmp_path / "dead.csv"), start(what, tmp_path / "living.csv")
    before = names(tmp_path)
    assert len(before) == 4  # of each the part and its owner file
    write(tmp_path / "a")
    assert names(tmp_path) == before | {"a"}  # both live
    kill(dead)
    with whole_folder(tmp_path / "b", "mark") as part:
        (part / "mark").touch()
    left = names(tmp_path) - {"a", "b"}
    assert len(left) == 2 and left < before
    living.communicate()  # ends its waiting
    assert names(tmp_path) == {"a", "b", "living.csv"}


def test_a_run_killed_while_it_replaced_an_earlier_one_leaves_the_earlier(tmp_path: Path, start: Start) -> None:
    run = tmp_path / "run"
    with whole_folder(run, "mark") as part:
        (part / "mark").write_text("earlier")
    process = start("between", run)
    assert not run.exists()
    write(tmp_path / "a")
    assert not run.exists()  # it may still end well
    kill(process)
    write(tmp_path / "a")
    assert names(tmp_path) == {"a", "run"}
    assert (run / "mark").read_text() == "earlier"


def test_what_stands_in_the_place_by_then_is_not_replaced_by_the_earlier_one(tmp_path: Path, start: Start) -> None:
    run = tmp_path / "run"
    with whole_folder(run, "mark") as part:
        (part / "mark").write_text("earlier")
    kill(start("between", run))
    run.write_text("somebody else's")
    write(tmp_path / "a")
    assert names(tmp_path) == {"a", "run"}
    assert run.read_text() == "somebody else's"


def test_the_child_of_a_killed_run_may_still_write(tmp_path: Path, start: Start) -> None:
    process = start("forked", tmp_path / "run")
    process.wait()
    before = names(tmp_path)
    write(tmp_path / "a")
    assert names(tmp_path) == before | {"a"}
    process.communicate()  # the child reads the end of its input
    write(tmp_path / "a")
    assert names(tmp_path) == {"a"}


def test_what_is_not_ours_or_not_known_to_be_dead_stays(tmp_path: Path) -> None:
    (tmp_path / ".part-abcdefgh").mkdir()  # no owner file
    (tmp_path / ".part-of-a-whole.csv").touch()
    elsewhere = tmp_path / ".part-elsewhere.layout-planner"
    elsewhere.write_text(json.dumps({"target": "run", "machine": ["another-host", "another-start"]}))
    (tmp_path / ".part-elsewhere").mkdir()
    damaged = tmp_path / ".part-damaged1.layout-planner"
    damaged.write_text("{")
    (tmp_path / ".part-damaged1.csv").touch()
    before = names(tmp_path)
    (tmp_path / ".part-empty123.layout-planner").touch()  # killed before it wrote anything
    write(tmp_path / "a")
    assert names(tmp_path) == before | {"a"}


def test_two_writers_of_one_process_do_not_remove_each_other(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "run", "mark") as folder, whole_file(tmp_path / "b.csv") as file:
        leftovers.remove_leftovers(tmp_path)
        (folder / "mark").touch()
        file.write_text("b")
    assert names(tmp_path) == {"run", "b.csv"}


def test_files_that_a_writer_puts_beside_its_own_go_too(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "a.gpkg") as part:
        part.with_name(part.name + "-journal").touch()
        part.with_suffix(".cpg").touch()
        raise KeyboardInterrupt
    assert names(tmp_path) == set()


def test_a_name_swept_before_it_was_locked_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = leftovers.lock
    swept: list[str] = []

    def late(handle: int) -> bool:
        if not swept:  # another run removes the still unlocked file
            (owner,) = tmp_path.glob("*.layout-planner")
            swept.append(owner.name)
            owner.unlink()
        return lock(handle)

    monkeypatch.setattr(leftovers, "lock", late)
    with whole_file(tmp_path / "a") as part:
        assert part.name + ".layout-planner" not in swept
        assert part.with_suffix(".layout-planner").exists()
        part.write_text("a")
    assert names(tmp_path) == {"a"}


def test_without_locks_files_are_written_and_nothing_is_thought_dead(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(start("file", tmp_path / "dead.csv"))
    before = names(tmp_path)

    def none(handle: int) -> bool:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(leftovers, "lock", none)
    with whole_file(tmp_path / "a") as part:
        part.write_text("a")
        assert not part.with_suffix(".layout-planner").exists()
    assert names(tmp_path) == before | {"a"}


def test_leftovers_in_a_folder_that_may_not_be_changed_are_no_error(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(start("folder", tmp_path / "run"))
    before = names(tmp_path)
    opened = os.open

    def refuse(path: str | Path, flags: int, *rest: int, **named: int) -> int:
        if flags & (os.O_RDWR | os.O_WRONLY):
            raise OSError(errno.EROFS, "Read-only file system")
        return opened(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", refuse)
    leftovers.remove_leftovers(tmp_path)
    leftovers.remove_leftovers(tmp_path / "absent")
    assert names(tmp_path) == before


def test_what_cannot_be_removed_keeps_its_owner_for_the_next_time(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill(start("folder", tmp_path / "run"))
    before = names(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        leftovers.remove_leftovers(tmp_path)
        assert names(tmp_path) == before
    leftovers.remove_leftovers(tmp_path)
    assert names(tmp_path) == set()
