"""compare, map, rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from layout_planner.base.tables import read_csv
from layout_planner.policy import profile_names
from tests.cli.conftest import Run


@pytest.fixture
def merged(run: Run, villages: Path, tmp_path: Path) -> Path:
    """A run folder of the merger."""
    assert run("solve", villages, "--scenario", villages / "merge.yaml", "--out", tmp_path / "merged").exit_code == 0
    return tmp_path / "merged"


def test_one_run_is_compared_with_what_it_started_from(run: Run, merged: Path) -> None:
    done = run("compare", merged)
    assert done.exit_code == 0
    line = next(line for line in done.stdout.splitlines() if "Schools open" in line)
    assert line.split()[-3:] == ["2", "1", "-1"]


def test_a_study_stands_for_its_today(run: Run, merged: Path, villages: Path, tmp_path: Path) -> None:
    out = ("--names", "machine", "--out", tmp_path / "all.csv")
    done = run("compare", villages, merged, villages / "study.toml", *out)
    assert done.exit_code == 0
    table = read_csv(tmp_path / "all.csv")
    assert list(table.columns)[3:] == ["today Three villages", "merge", "today Three villages (2)"]
    schools = table.loc[table["measure"] == "schools"]
    assert schools.iloc[0, 3:].tolist() == [2, 1, 2]
    assert len(table) > len(done.stdout.splitlines())  # the table on the screen is a choice


@pytest.mark.slow
def test_all_measures_on_the_screen(run: Run, merged: Path) -> None:
    few, many = run("compare", merged), run("compare", merged, "--all")
    assert "Mean class" not in few.stdout and "Mean class" in many.stdout


def test_a_stage_of_a_comparison(run: Run, merged: Path) -> None:
    assert "Schools open" in run("compare", merged, "--stage", "primary").stdout
    wrong = run("compare", merged, "--stage", "junior")
    assert wrong.exit_code == 1 and "junior" in wrong.stderr


def test_not_a_run(run: Run, tmp_path: Path) -> None:
    done = run("compare", tmp_path)
    assert done.exit_code == 1 and "is not a run folder" in done.stderr


def test_a_map_of_runs_in_the_language_asked_for(run: Run, merged: Path, tmp_path: Path) -> None:
    done = run("map", merged, "--out", tmp_path / "maps" / "both.html", "--lang", "zh")
    assert done.exit_code == 0
    page = (tmp_path / "maps" / "both.html").read_text(encoding="utf-8")
    assert 'lang="zh' in page[:2000] and "merge" in page
    # Nothing is loaded: the addresses are names of XML namespaces, and those that Leaflet's and the QR library's own
    # texts mention.
    addresses = re.findall(r"https?://[^\s\"'`<>)]*", page)
    names = ("http://www.w3.org/", "http://schemas.openxmlformats.org/")
    assert {address for address in addresses if not address.startswith(names)} == {
        "https://leafletjs.com",
        "https://bugzilla.mozilla.org/show_bug.cgi?id=888319",
        "http://stackoverflow.com/questions/18729405/how-to-convert-utf8-string-to-byte-array",
        "http://www.denso-wave.com/qrcode/faqpatent-e.html",
        "http://www.opensource.org/licenses/mit-license.php",
        "http://www.d-project.com/",
    }


def test_rules_with_source_and_mark(run: Run) -> None:
    done = run("rules", "cn-small-schools-2018")
    assert done.exit_code == 0
    line = next(line for line in done.stdout.splitlines() if "reach_minutes" in line)
    assert "≤ 30" in line and "国办发〔2018〕27号" in line and "in principle" in line and "seen" in line
    assert "原则上" in run("rules", "cn-small-schools-2018", "--lang", "zh").stdout


def test_all_profiles_are_listed(run: Run) -> None:
    done = run("rules")
    assert done.exit_code == 0
    assert [name for name in profile_names() if f"\n{name} " not in f"\n{done.stdout}"] == []


def test_rules_of_the_users_own(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('document = "ours"\n[[rule]]\nname = "class_size"\nvalue = 40\nunit = "pupils"\n', encoding="utf-8")
    assert "≤ 40" in run("rules", own).stdout
    own.write_text("[[rule]]\nname = 3\n", encoding="utf-8")
    done = run("rules", own)
    assert done.exit_code == 1 and "not a rule profile" in done.stderr


@pytest.mark.slow
def test_zones_with_their_bounds(run: Run, merged: Path, tmp_path: Path) -> None:
    done = run("zones", merged, "--stage", "primary", "--lang", "zh", "--out", tmp_path / "zones.csv")
    assert done.exit_code == 0 and "东至" in done.stdout and "区域边界" in done.stdout
    table = read_csv(tmp_path / "zones.csv", ("学校编号",))
    assert list(table["学段"]) == ["小学"] and {"东至", "北至", "学位"} <= set(table.columns)
    run("zones", merged, "--stage", "primary", "--names", "machine", "--out", tmp_path / "zones.csv")
    table = read_csv(tmp_path / "zones.csv", ("school_id",))
    assert list(table["stage"]) == ["primary"] and {"east", "north", "seats"} <= set(table.columns)
    for name in ("zones.gpkg", "zones.geojson"):
        assert run("zones", merged, "--out", tmp_path / name).exit_code == 0
        assert (tmp_path / name).stat().st_size > 100


@pytest.mark.slow
def test_whose_zone_a_point_is_in(run: Run, merged: Path) -> None:
    from layout_planner.plan import read_plan

    study = read_plan(merged).study
    point = study.place_points().to_crs("EPSG:4326").iloc[0]
    done = run("zones", merged, "--at", f"{point.x},{point.y}")
    assert (done.exit_code == 0 and study.schools["name"].iloc[-1] in done.stdout) or "(" in done.stdout
    assert "outside every zone" in run("zones", merged, "--at", "0，0").stdout
    assert run("zones", merged, "--at", "here").exit_code == 2
    assert run("zones", merged, "--out", "zones.txt").exit_code == 2
