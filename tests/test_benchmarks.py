"""`python -m benchmarks` keeps what each section said, and goes on where it stopped."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as bench


def test_sections_are_kept_skipped_when_done_and_tried_again_when_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    says = {"good": "print('12 proved')", "bad": "print('so far'); raise SystemExit(3)"}
    monkeypatch.setattr(bench, "SECTIONS", dict.fromkeys(says, ""))
    monkeypatch.setattr(bench, "command", lambda section, _: [sys.executable, "-Ic", says[section]])
    again = ["--folder", str(tmp_path)]
    assert bench.main(again) == 1
    assert (tmp_path / "good.txt").read_text().splitlines()[1:] == ["12 proved"]
    assert (tmp_path / "bad.unfinished").read_text().splitlines()[1:] == ["so far"]
    assert "failed: bad" in capfd.readouterr().out
    says["bad"] = "print('all')"
    assert bench.main(again) == 0
    assert (tmp_path / "bad.txt").read_text().splitlines()[1:] == ["all"] and not (tmp_path / "bad.unfinished").exists()
    with (tmp_path / "table.csv").open() as stream:
        assert [(row["section"], row["exit"]) for row in csv.DictReader(stream)] == [
            ("good", "0"), ("bad", "3"), ("bad", "0"),
        ]  # fmt: skip


def test_every_section_names_a_module_that_is_there() -> None:
    for section in bench.SECTIONS:
        module = bench.command(section, Path("elsewhere"))[2].removeprefix("benchmarks.")
        assert (bench.ROOT / "benchmarks" / f"{module}.py").is_file(), section
    assert "--against" in bench.command("whatif", Path("elsewhere"))


def test_an_unknown_section_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["no-such"])
    assert "no-such" in capsys.readouterr().err
