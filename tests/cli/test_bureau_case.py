"""The shared case bureau-county by the commands alone, in Chinese, three lines written; figures worked out by hand."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from layout_planner.cli.app import make_app
from tests.cli.latin import latin_sentences
from tests.cli.test_bureau import EDITS, SHARED, _fill_in

WAYS = ("--mode", "straight")
PARTED = ("--stage", "小学", "--districts", "2", "--lead-mode", "none", "--time-limit", "1")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[int, str]]]:
    """What each command said of the county, and its exit code."""
    if not SHARED.is_dir():
        pytest.skip("the shared case bureau-county is not here")
    root = tmp_path_factory.mktemp("case")
    shutil.copytree(SHARED, root / "county")
    (root / "county").chmod(0o755)
    runner, app = CliRunner(env={"LAYOUT_PLANNER_LANG": "zh", "COLUMNS": "240"}), make_app()
    found: dict[str, tuple[int, str]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)

        def run(*words: str) -> None:
            result = runner.invoke(app, list(words))
            assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
            found[words[0]] = result.exit_code, " ".join(result.output.split())

        run("init", "county")
        gcj02 = EDITS | {r'^# coordinates = "wgs84".*$': 'coordinates = "gcj02"'}
        text, edited = _fill_in((root / "county" / "study.toml").read_text(encoding="utf-8"), gcj02)
        assert edited == 3
        (root / "county" / "study.toml").write_text(text, encoding="utf-8")
        run("check", "county")
        run("map", "county", "--out", "map.html")
        found["page"] = 0, (root / "map.html").read_text(encoding="utf-8")
        run("forecast", "county", "--to", "2026")
        run("staff", "county", *WAYS)
        run("evaluate", "county")
        run("partition", "county", *PARTED, *WAYS)
        yield found
    shutil.rmtree(root)


@pytest.mark.slow
def test_every_command_ends_as_it_should_and_in_chinese(said):
    # Two districts of four townships that hang on one another like a star cannot hold a fifth more or less each.
    assert {name: code for name, (code, _) in said.items() if code} == {"partition": 1}
    assert {
        name: found for name, (_, text) in said.items() if name != "page" and (found := latin_sentences(text))
    } == {}
    assert not re.search(r"population|pupils \d|townships", said["partition"][1])


@pytest.mark.slow
def test_the_figures_are_those_worked_out_by_hand(said):
    check = said["check"][1]
    assert "0 处错误" in check
    assert "小学 7 3,553 3,553" in check
    assert "初中 3 1,808 1,808" in check
    assert "道路印证为 GCJ-02" in check  # and nothing else: 100 % of 40 points
    forecast = said["forecast"][1]
    # Grades 1-6 today 3,553; 604 leave from grade 6, 548 of those born in 2019 enter: 3,496 (rounded by township).
    # Seats: 675 + 270 + 765 + 900 + 720 + 270 + 450 = 4,050 and 600 + 950 + 600 = 2,150.
    assert "2025 1,511 472 3,496 548 1,810 604" in forecast
    assert "2025 +554 0·1·0 +340 0·0·1" in forecast
    assert "幼儿园：研究中没有这一学段的在办学校，不列学位余缺" in forecast
    staff = said["staff"][1]
    # Posts at 1:19 by school, 769, 213, 668, 813, 649, 298 pupils: 40 + 11 + 35 + 43 + 34 + 16; a village school of
    # 143, below 200, by its six classes: 11. Junior at 1:13.5, 500, 790, 518 pupils: 37 + 59 + 38.
    # Teachers 45 + 13 + 38 + 47 + 38 + 8 + 18 = 207, of them 38 + 47 the primary share of two all-through schools.
    assert "小学 3,553 190 0 207 +17" in staff
    assert "初中 1,808 134 0 141 +7" in staff
    assert "无法评估：学校表缺少七项资源指标" in said["evaluate"][1]
    assert "以下单价" not in said["evaluate"][1]
    # 48,547 + 16,026 people, 2,671 + 882 = 3,553 pupils: nobody is lost between the districts.
    assert "48,547 2,671" in said["partition"][1]
    assert "16,026 882" in said["partition"][1]
    assert "柏川县" in said["page"][1]
    assert "学校表中没有幼儿园：该学段 1,614 名儿童未列入规划。" in forecast
