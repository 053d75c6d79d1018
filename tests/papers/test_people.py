"""Tables for people: words, names beside ids, rounded; machine names on request."""

from __future__ import annotations

import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.consolidation.screen import SCREEN_COLUMNS
from layout_planner.measures.mergers import LEDGER_COLUMNS
from layout_planner.papers import for_people
from layout_planner.papers.columns import COLUMNS, column_of
from layout_planner.papers.people import using_names, write_people
from layout_planner.plan.busing import ROUTE_COLUMNS
from layout_planner.plan.columns import (
    FINDING_COLUMNS,
    FLOW_COLUMNS,
    OUTSIDE_COLUMNS,
    SCORE_COLUMNS,
    UNCHECKED_COLUMNS,
    UNPLACED_COLUMNS,
)
from layout_planner.plan.evaluation import INDICATOR_COLUMNS, SHIFT_COLUMNS, SPREAD_COLUMNS, VERDICT_COLUMNS
from layout_planner.plan.frontier import POINT_COLUMNS
from layout_planner.plan.phasing import OVER_COLUMNS, PHASE_COLUMNS
from tests.papers.paper_toy import merged, some_without_a_school

WRITTEN = {
    *FLOW_COLUMNS, *UNPLACED_COLUMNS, *OUTSIDE_COLUMNS, *SCORE_COLUMNS, *FINDING_COLUMNS, *UNCHECKED_COLUMNS,
    *LEDGER_COLUMNS, *ROUTE_COLUMNS, *POINT_COLUMNS, *PHASE_COLUMNS, *OVER_COLUMNS, *INDICATOR_COLUMNS,
    *VERDICT_COLUMNS, *SPREAD_COLUMNS, *SHIFT_COLUMNS,
}  # fmt: skip
"""Columns of the tables the commands write."""


def test_every_column_written_has_words_in_both_languages():
    silent = [name for name in sorted(WRITTEN) if column_of(name).words.zh == name]
    assert silent == []
    assert all(any("一" <= c <= "鿿" for c in column.words.zh) for column in COLUMNS.values())


def test_flows_in_chinese():
    shown = merged().tables("zh")["学生流向"]
    heads = "居住点编号 居住点 学校编号 学校 学段 年级 群体 方式 出行工具 学生数 单程（分钟） 单程（米）"
    assert list(shown.columns) == heads.split()
    row = shown.loc[(shown["居住点编号"] == "G") & (shown["年级"] == 1)].iloc[0]
    # G lies at x = 20, S2 at 12: eight minutes, 800 metres.
    assert row.tolist() == ["G", "G村", "S2", "二小", "小学", 1, "本地", "走读", row["出行工具"], 10, 8.0, 800]


def test_children_without_a_school_come_first_and_machine_names_on_request():
    plan = some_without_a_school()
    tables = plan.tables("en")
    assert next(iter(tables)) == "children without a school"
    both = len(tables["children without a school"]) + len(tables["pupils who learn elsewhere"])
    assert both == len(plan.unplaced)
    machine = plan.tables(names="machine")
    pd.testing.assert_frame_equal(machine["assignment"], plan.flows)
    assert list(machine["unplaced"].columns) == list(UNPLACED_COLUMNS)


def test_numbers_are_rounded_to_what_is_known():
    table = pd.DataFrame(
        {"pupils": [1.1392592592592592], "minutes": [12.3456], "load": [0.98765], "value": [3.14159], "unit": ["min"]}
    )
    shown = for_people(table, lang="en")
    assert shown.iloc[0].tolist() == [1, 12.3, 0.988, 3.1, "minutes"]


def test_ids_stay_text_and_text_no_formula(tmp_path):
    table = pd.DataFrame({"school_id": ["007"], "name": ["=1+1"], "pupils": [5.0]})
    write_people(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()[1] == "007,'=1+1,5"
    with using_names("machine"):
        write_people(table, tmp_path / "m.csv")
    assert (tmp_path / "m.csv").read_text(encoding="utf-8-sig").splitlines()[0] == "school_id,name,pupils"


def test_two_columns_of_one_name_are_both_kept():
    shown = for_people(pd.DataFrame({"school": ["a"], "school_id": ["S1"], "name": ["b"]}), lang="zh")
    assert len(shown.columns) == 3 and len(set(shown.columns)) == 3


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_run_folder_reads_back_whatever_the_language(tmp_path, lang):
    plan = merged()
    with lp.using_language(lang):
        plan.write(tmp_path / "run")
    pd.testing.assert_frame_equal(lp.read_plan(tmp_path / "run").flows, plan.flows)


def test_screen_measures_have_words():
    assert [name for name in SCREEN_COLUMNS if name not in COLUMNS and column_of(name).words.zh == name] == []
