"""Children without a school are the first thing the shell says of a plan."""

from __future__ import annotations

import pytest

import layout_planner as lp
from layout_planner.base.messages import using_language
from layout_planner.cli.tables import show_head
from tests.toy.county import line_county, line_travel

SHORT = {"S1": 180.0, "S2": 180.0, "S3": 10.0}


def first_line(plan: lp.Plan, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    show_head(plan)
    return capsys.readouterr().out.splitlines()[0]


def test_whoever_has_no_school_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    plan = lp.solve(line_county(seats=SHORT), line_travel(), assign="nearest_seats")
    assert plan.unplaced["pupils"].sum() == 420 - 370
    with using_language("zh"):
        assert first_line(plan, capsys) == "50 名儿童无学可上：方案不能实施。"
    with using_language("en"):
        assert first_line(plan, capsys) == "50 children have no school: this plan cannot be carried out."


def test_nothing_is_said_where_everyone_has_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert first_line(lp.today(line_county(), line_travel()), capsys).startswith("直线县")
