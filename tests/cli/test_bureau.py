"""A bureau's own workbooks, all the way: init, check, today, map, forecast, staff, evaluate, partition; all in Chinese.

The county is made by the test (`tests.study.bureau`); its figures are worked out by hand below.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import layout_planner as lp
from layout_planner.cli.app import make_app
from layout_planner.reading.draft import draft_study
from tests.cli.latin import latin_sentences
from tests.studies import DATA
from tests.study.bureau import write_county

SHARED = DATA.parent / "cases" / "bureau-county"

EDITS = {r"^# year = .*$": "year = 2024", r'^# coordinates = "wgs84".*$': 'coordinates = "wgs84"'}
"""What the planner fills in; the second stands in two sections."""

MERGER = "name: 并入中心校\nedits:\n- {do: merge, school: 高坪教学点, into: 石岭乡九年一贯制学校}\n"


def _fill_in(text: str, edits: dict[str, str] = EDITS) -> tuple[str, int]:
    count = 0
    for pattern, line in edits.items():
        text, found = re.subn(pattern, line, text, flags=re.MULTILINE)
        count += found
    return text, count


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run every command on the county, in Chinese; what each said. None may fail."""
    root = tmp_path_factory.mktemp("bureau")
    county = write_county(root / "county")
    runner, app = CliRunner(env={"LAYOUT_PLANNER_LANG": "zh", "COLUMNS": "240"}), make_app()
    said: dict[str, str] = {"": str(root)}

    def run(*words: str | Path) -> None:
        result = runner.invoke(app, [str(word) for word in words])
        assert result.exit_code == 0, (words, result.output, result.exception)
        said[str(words[0])] = result.output

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        run("init", county)
        text, edited = _fill_in((county / "study.toml").read_text(encoding="utf-8"))
        assert edited == 3
        (county / "study.toml").write_text(text, encoding="utf-8")
        (root / "merger.yaml").write_text(MERGER, encoding="utf-8")
        straight = ("--mode", "straight")
        run("check", county)
        run("today", county, *straight)
        run("map", county, "--out", "map.html")
        run("forecast", county, "--to", "2027")
        run("staff", county, *straight)
        run("evaluate", county)
        windows = ("--population-tolerance", "inf", "--pupils-tolerance", "inf", "--time-limit", "1")
        run("partition", county, "--stage", "小学", "--districts", "2", "--lead-mode", "none", *windows, *straight)
        run("solve", county, "--scenario", "merger.yaml", "--stage", "小学", *straight, "--out", "run")
        run("zones", county, "--stage", "小学", *straight)
        run("score", county, "--stage", "小学", *straight)
        run("rules")
        run("template")
        yield said
    shutil.rmtree(root)


@pytest.mark.slow
def test_the_tables_are_read_as_they_are_meant(told):
    study = lp.read_study(Path(told[""]) / "county")
    assert (study.name, study.year, len(study.places), len(study.townships), len(study.schools)) == (
        "清河县", 2024, 6, 2, 4,
    )  # fmt: skip
    # 200+43+37 + 71+41+28 and 95+22+18 + 36+20+14
    assert study.demand("primary").sum() == 420
    assert study.demand("junior").sum() == 205
    assert study.demand("primary")["石岭乡 柳林村委会"] == 28
    assert study.demand("primary")["清河镇 柳林村委会"] == 43
    assert study.places["township_id"].tolist() == ["500000101000"] * 3 + ["500000102000"] * 3
    # 262 + 130 + 28 on the rolls: the same children, so every grade has as many as live here
    rolls = study.rolls.groupby(["stage", "grade"])["pupils"].sum()
    homes = study.pupils.groupby(["stage", "grade"])["pupils"].sum()
    assert rolls.equals(homes.reindex(rolls.index))
    nine = study.offers.loc["3150000003"]
    assert nine["seats"].to_dict() == {"junior": 120.0, "primary": 180.0}
    # 20 teachers by posts: 130/19 = 6.84 to 77/13.5 = 5.70; 10,500 m² by pupils, 130 to 1.1 × 77 = 84.7
    assert nine["teachers"].to_dict() == {"junior": 9.0, "primary": 11.0}
    assert nine["site_area"].to_dict() == {"junior": 4142.0, "primary": 6358.0}
    assert study.schools["kind"].tolist() == ["211", "311", "312", "218"]
    assert study.births.set_index(["township_id", "year"])["count"][("500000102000", 2014)] == 29


def test_nobody_studies_outside_and_the_figures_are_right(told):
    today = " ".join(told["today"].split())
    assert "适龄儿童 420" in today
    assert "适龄儿童 205" in today
    assert "未安置" not in today
    assert "县外" not in today
    assert "420" in told["check"]
    # In 2025 the grades move up: the seventh grade is today's sixth.
    study = lp.read_study(Path(told[""]) / "county")
    sixth = study.pupils.query("stage == 'primary' and grade == 6")["pupils"].sum()
    coming = lp.forecast(study, to=2025)
    assert coming.intake("junior")[2025] == pytest.approx(sixth)
    assert "晚于初中部分年级的出生年份" in told["forecast"]
    assert coming.totals().loc[2025, "junior"] == pytest.approx(
        sixth + study.pupils.query("stage == 'junior' and grade < 9")["pupils"].sum()
    )


def test_a_scenario_may_name_schools_by_name(told):
    assert "高坪教学点" in told["solve"]
    plan = lp.read_plan(Path(told[""]) / "run")
    assert plan.study.schools.loc["2150000004", "state"] == "closed"


def test_every_command_speaks_chinese(told):
    english = {command: found for command, text in told.items() if command and (found := latin_sentences(text))}
    assert english == {}
    assert "无法评估：学校表缺少七项资源指标" in told["evaluate"]


@pytest.mark.parametrize(
    ("words", "zh"),
    [
        (("today",), "缺少参数"),
        (("today", "fuxi", "--no-such"), "没有选项 --no-such"),
        (("solve", "fuxi", "--assign", "capcity"), "--assign 的取值不对，可用：stay"),
        (("solve", "fuxi", "--year", "x"), "--year 应为整数"),
        (("tody", "fuxi"), "没有命令“tody”（是否为“today”？）"),
        (("today", "fuxi", "extra"), "多出参数：extra"),
        (("today", "fuxi", "--mode"), "--mode 后面缺少取值"),
        (("check", "fuxi", "--json=1"), "--json 不带取值"),
        (("partition", "fuxi", "--stage", "小学", "--districts", "0"), "--districts 应不小于 1"),
        (
            ("partition", "fuxi", "--stage", "xx", "--districts", "2"),
            "“xx”不是单个学段；可用：幼儿园 kindergarten",
        ),
        (("plan-years", "fuxi", "--stage", "九年一贯制", "--start", "2024", "--end", "2025"), "不是单个学段"),
        (("--lang", "fr", "today"), "--lang 的取值不对，可用：zh、en"),
        (("--lang",), "--lang 后面缺少取值"),
        (("-x",), "没有选项 -x"),
    ],
)
def test_wrong_usage_is_told_in_chinese(words, zh):
    result = CliRunner(env={"LAYOUT_PLANNER_LANG": "zh"}).invoke(make_app(), list(words))
    assert result.exit_code == 2
    assert zh in result.output
    assert latin_sentences(result.output) == []


def test_the_county_of_the_shared_case(tmp_path):
    if not SHARED.is_dir():
        pytest.skip("the shared case bureau-county is not here")
    county = tmp_path / "county"
    shutil.copytree(SHARED, county)
    county.chmod(0o755)
    gcj02 = EDITS | {r'^# coordinates = "wgs84".*$': 'coordinates = "gcj02"'}
    text, edited = _fill_in(draft_study(county), gcj02)
    assert edited == 3
    (county / "study.toml").write_text(text, encoding="utf-8")
    report = lp.check_study(county)
    assert report.errors == ()
    study = report.study
    assert study is not None
    assert (study.demand("primary").sum(), study.roll("primary").sum()) == (3553, 3553)
    assert (study.demand("junior").sum(), study.roll("junior").sum()) == (1808, 1808)
    plan = lp.today(study, lp.travel_matrix(study, mode="straight"))
    assert len(plan.unplaced.query("stage != 'kindergarten'")) == 0
    assert len(plan.outside) == 0
