"""batch on the shell: children without a school first, faults named, all in the reader's language."""

from __future__ import annotations

from pathlib import Path

from tests.batch.counties import break_county, make_county
from tests.cli.conftest import Run
from tests.cli.latin import latin_sentences


def test_a_batch_in_chinese(tmp_path: Path, run: Run) -> None:
    make_county(tmp_path / "好县", 1, 6, 2)
    crowded = make_county(tmp_path / "挤县", 2, 6, 2)
    schools = (crowded / "schools.csv").read_text().splitlines()
    (crowded / "schools.csv").write_text("\n".join(schools[:2]) + "\n")  # one of two schools is gone
    break_county(tmp_path / "坏县", 3)
    file = tmp_path / "jobs.yaml"
    file.write_text('studies: "*县"\njobs: [{verb: solve, arguments: {assign: nearest_seats}}]\n', encoding="utf-8")
    told = run("batch", file, "--out", tmp_path / "out", "--workers", "1", "--lang", "zh")
    assert told.exit_code == 1
    lines = told.stdout.splitlines()
    assert any("挤县" in line and "名儿童无学可上" in line for line in lines[:3])
    assert "名儿童无学可上" in lines[3]  # before anything else of the whole
    assert lines[4].startswith("完成 2 项，失败 1 项")
    assert "坏县" in told.stderr
    assert "schools.csv" in told.stderr
    drawn = run("overview", tmp_path / "out", "--out", tmp_path / "pages", "--title", "两县", "--lang", "zh")
    assert drawn.exit_code == 0, drawn.output
    assert latin_sentences(told.output + drawn.output) == []
