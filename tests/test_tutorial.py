"""The tutorial is carried out line by line, as is what README says of one's county; the Chinese one does the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import layout_planner as lp
from layout_planner.cli.app import make_app
from tests.readme import README, ROOT, TUTORIAL, blocks, commands, fill_in

CHINESE = ROOT / "docs" / "zh" / "tutorial.md"


def carry_out(page: Path, folder: Path, lang: str) -> dict[str, str]:
    """Do what the blocks of a page say, in a folder; give what each command said."""
    runner, app = CliRunner(env={"LAYOUT_PLANNER_LANG": lang, "COLUMNS": "200"}), make_app()
    (answers,) = (text for language, name, text in blocks(TUTORIAL) if (language, name) == ("toml", "fill-in"))
    said: dict[str, str] = {}
    for language, name, text in blocks(page):
        if language == "yaml" and name:
            (folder / name).write_text(text, encoding="utf-8")
        for words in commands(text) if language == "console" else ():
            result = runner.invoke(app, words)
            assert result.exit_code == 0, (words, result.output, result.exception)
            said[words[0]] = " ".join(result.output.split())
            if words[0] == "init":
                study = folder / words[1] / "study.toml"
                study.write_text(fill_in(study.read_text(encoding="utf-8"), answers), encoding="utf-8")
    return said


@pytest.mark.slow
def test_from_four_excel_files_to_the_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = carry_out(TUTORIAL, tmp_path, "en")
    study = lp.read_study(tmp_path / "county")
    assert (len(study.townships), len(study.places), len(study.schools), study.simulated) == (4, 138, 17, True)
    assert study.demand("primary").sum() == study.roll("primary").sum() == 6305
    assert "0 errors" in said["check"] and "6,305" in said["check"]
    plan = lp.read_plan(tmp_path / "runs" / "merger")
    moved = plan.scorecard.value("pupils_moved", "primary")
    assert moved == 166 + 264  # the rolls of the two schools that end
    assert plan.unplaced["pupils"].sum() == 0
    for file in ("merger.html", "plan.docx", "annexes.xlsx", "families.html", "check.html"):
        assert (tmp_path / file).stat().st_size > 10_000, file
    assert "simulated" in (tmp_path / "merger.html").read_text(encoding="utf-8").lower()


def test_readme_on_ones_own_county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = carry_out(README, tmp_path, "zh")
    assert set(said) == {"template-tables", "init", "check", "today"}
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"my-county", "我的县"}
    assert "6,305" in said["today"]


def test_the_chinese_tutorial_does_the_same() -> None:
    def done(page: Path) -> list[list[str]]:
        words = [words for language, _, text in blocks(page) if language == "console" for words in commands(text)]
        return [[word for word in one if word not in ("--lang", "zh")] for one in words]

    assert done(CHINESE) == done(TUTORIAL)
    named = [[(name, text) for _, name, text in blocks(page) if name] for page in (TUTORIAL, CHINESE)]
    assert [name for name, _ in named[0]] == [name for name, _ in named[1]]
    filled = [[text for name, text in page if name == "fill-in"] for page in named]
    assert len(filled[0]) == 1 and filled[0] == filled[1]
