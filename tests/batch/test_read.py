"""What a batch gave, read again: tables over all jobs, the page of the counties, the shell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import layout_planner as lp
from layout_planner.base.messages import using_language
from layout_planner.batch import Batch, Job, read_batch, run_many
from tests.batch.counties import make_county
from tests.cli.conftest import Run, run

__all__ = ["run"]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Two counties with a seat for everybody, and one with half its schools gone."""
    folder = tmp_path_factory.mktemp("counties")
    studies = [make_county(folder / f"c{number}", number, 8, 2) for number in range(3)]
    schools = (studies[2] / "schools.csv").read_text().splitlines()
    (studies[2] / "schools.csv").write_text("\n".join(schools[:2]) + "\n")
    jobs = [Job(study, arguments={"assign": "nearest_seats"}, name=study.name) for study in studies]
    with using_language("en"):
        return run_many(jobs, folder / "out", workers=1)


def test_tables_over_all_jobs(batch: Batch) -> None:
    again = read_batch(batch.folder)
    unplaced = again.manifest["unplaced"]
    plan = lp.read_plan(str(batch.run("c2")))
    assert unplaced["c2"] == plan.unplaced["pupils"].sum() > 0
    assert unplaced[["c0", "c1"]].tolist() == [0, 0]
    wide = again.compare("primary")
    assert wide.columns[0] == "unplaced"
    assert wide.loc["c1", "minutes_mean"] == lp.read_plan(str(batch.run("c1"))).scorecard.value(
        "minutes_mean", "primary"
    )
    assert again.table("villages", ["c2"])["unplaced"].sum() == unplaced["c2"]
    with using_language("en"), pytest.raises(lp.RunError, match=r'"scorecards" .did you mean "scorecard"'):
        again.table("scorecards")


def test_the_page_says_children_without_a_school_first(batch: Batch, tmp_path: Path) -> None:
    page = lp.overview(batch, tmp_path / "page", lang="zh")
    text = page.read_text(encoding="utf-8")
    body = re.sub(r"<[^>]+>", " ", text[text.index("<body>") :])
    without = batch.manifest.loc["c2", "unplaced"]
    assert f"{without:,.0f} 名儿童无学可上，涉及 3 个中的 1 个" in " ".join(body.split())[:120]
    rows = re.findall(r"<tr><td><a href=\"([^\"]+)\"><bdi>(.+?)</bdi></a></td><td>([^<]+)</td>", text)
    assert rows[0][1:] == ("County 2", f"{without:,.0f}")  # the worst county stands first
    linked = {page.parent / file for file, *_ in rows}
    assert len(linked) == 3
    assert all(one.stat().st_size > 100_000 for one in linked)
    villages = text[text.index("路程最远的村") :]
    first = re.search(r"<bdi>(village \d+)</bdi>.*?<td>([\d,]+)</td></tr>", villages)
    assert first is not None
    worst = batch.table("villages", ["c2"]).sort_values("unplaced", ascending=False).iloc[0]
    assert first.group(2) == f"{worst['unplaced']:,.0f}"


def test_compare_and_overview_on_the_shell(batch: Batch, tmp_path: Path, run: Run) -> None:
    told = run("compare", batch.folder, "--lang", "zh", "--out", tmp_path / "all.csv")
    assert told.exit_code == 0, told.output
    lines = [line for line in told.stdout.splitlines() if re.search(r"\bc\d\b", line)]
    assert lines[0].split()[0] == "c2"
    assert (tmp_path / "all.csv").read_text(encoding="utf-8-sig").startswith("job,unplaced,")
    told = run("overview", batch.folder, "--out", tmp_path / "pages", "--lang", "zh")
    assert told.exit_code == 0, told.output
    assert (tmp_path / "pages" / "index.html").is_file()


def test_a_folder_without_a_batch(tmp_path: Path) -> None:
    with using_language("zh"), pytest.raises(lp.RunError, match="没有批量结果"):
        read_batch(tmp_path)
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "x.json").write_text("{")
    with using_language("en"), pytest.raises(lp.RunError, match=r"x\.json is damaged"):
        read_batch(tmp_path)
