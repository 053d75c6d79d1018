"""How the command speaks: widths, progress, figures."""

from __future__ import annotations

import io
import math

import pytest
from rich.console import Console

from layout_planner.base.messages import Text, using_language
from layout_planner.base.progress import track, tracked_by
from layout_planner.cli import console
from layout_planner.cli.tables import written


def test_control_characters_are_shown_not_obeyed() -> None:
    assert console.plain("小学\x1b[31m\u202e\x07") == "小学\ufffd[31m\ufffd\ufffd"
    assert console.plain("two\nlines") == "two\nlines"


def test_a_step_tells_its_time_only_when_it_was_long(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.9, 0.0, 2.1])
    monkeypatch.setattr(console.time, "perf_counter", lambda: next(clock))
    with console.step(Text("short", "短")):
        pass
    with console.step(Text("long", "长")):
        assert list(track([1, 2], Text("inside", "内"))) == [1, 2]
    assert capsys.readouterr().err == "long: 2.1 s\n"


def test_on_a_terminal_the_librarys_progress_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=80)
    monkeypatch.setattr(console, "console", lambda stderr=False: terminal)
    with console.step(Text("the whole", "整体")):
        for item in track([1, 2, 3], Text("its parts", "部分")):
            assert item in (1, 2, 3)
    assert "the whole" in screen.getvalue()


def test_bars_count_what_is_done_and_go_when_it_is_over() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=80)
    with console._bars(screen) as bars, tracked_by(console._Bars(bars)):
        seen = track(["a", "b"], Text("parts", "部分"))
        next(seen)
        next(seen)
        (bar,) = bars.tasks
        assert (bar.description, bar.completed, bar.total) == ("  parts", 1, 2)
        assert list(seen) == []
        assert bars.tasks == []


def test_without_the_command_progress_is_tqdms(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track([1, 2], Text("quick", "快"))) == [1, 2]
    assert capsys.readouterr().err.strip() == ""  # no bar before two seconds


@pytest.mark.parametrize(
    ("value", "kind", "sign", "told"),
    [
        (56_000.0, "count", False, "56,000"),
        (-2.0, "count", True, "-2"),
        (0.2, "count", True, "="),
        (12.34, "minutes", False, "12.3 min"),
        (4_160.0, "metres", True, "+4.16 km"),
        (57.55, "percent", False, "57.5 %"),
        (0.8231, "share", False, "82.3 %"),
        (0.5153, "ratio", False, "0.515"),
        (math.nan, "ratio", True, "–"),
    ],
)
def test_figures_as_they_are_written(value: float, kind: str, sign: bool, told: str) -> None:
    with using_language("en"):
        assert written(value, kind, sign) == told


def test_figures_in_chinese() -> None:
    with using_language("zh"):
        assert written(12.34, "minutes") == "12.3 分钟"
