"""The recipe "add a rule": a line of a profile and one function; findings, unchecked list, tables and files follow."""

from __future__ import annotations

from pathlib import Path

import pytest

import layout_planner as lp
from layout_planner.assignment.solve import solve, today
from layout_planner.base.messages import using_language
from layout_planner.cli.tables import show_findings
from layout_planner.measures.findings import checking
from layout_planner.measures.findings.case import Case, Told, hold, holds
from layout_planner.plan import read_plan
from layout_planner.scenario import Scenario
from tests.toy.county import line_county, line_travel

PROFILE = """
title = { en = "Toy county", zh = "示例县" }
document = "示例〔2026〕1号"

[[rule]]
name = "villages_a_school"
stage = "primary"
value = 2
unit = "villages"
severity = "advice"
mark = "verified"
source = "每校服务村数不宜超过2个"
words = { en = "serves too many villages", zh = "服务村数过多" }
"""


@holds("villages_a_school")
def check_villages(case: Case) -> Told:
    """Schools that serve more villages than the rule allows."""
    served = case.assignment.flows.groupby("school_id")["place_id"].nunique().astype(float)
    yield from hold(case, "villages_a_school", served, case.schools["roll"])


@pytest.fixture
def rules(tmp_path: Path) -> lp.Rules:
    file = tmp_path / "toy.toml"
    file.write_text(PROFILE, encoding="utf-8")
    return lp.Rules.load(str(file))


@pytest.fixture
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "CHECKS", (*checking.CHECKS, check_villages))


def test_without_its_function_the_rule_is_said_to_be_unchecked(rules: lp.Rules) -> None:
    plan = today(line_county(), line_travel(), rules)
    assert plan.unchecked["rule"].tolist() == ["villages_a_school"]


@pytest.mark.usefixtures("_known")
def test_a_breach_is_told_everywhere(rules: lp.Rules, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with using_language("zh"):
        plan = solve(line_county(), line_travel(), rules, assign="nearest", scenario=Scenario("x"))
        found = plan.findings.loc[plan.findings["rule"] == "villages_a_school"].set_index("id")
        # A, B, C at S1 and D, E, F at S2: three villages each, one at S3.
        assert found["value"].to_dict() == {"S1": 3.0, "S2": 3.0}
        assert found["excess"].tolist() == [1.0, 1.0] and found["pupils"].tolist() == [180.0, 180.0]
        assert set(found["severity"]) == {"advice"} and set(found["what"]) == {"服务村数过多"}
        assert set(found["source"]) == {"示例〔2026〕1号，每校服务村数不宜超过2个"}
        assert plan.unchecked.empty
        show_findings(plan)
        assert "服务村数过多" in capsys.readouterr().out
    back = read_plan(plan.write(tmp_path / "run"))
    assert back.rules.table() == plan.rules.table()
    term = back.rules.term("villages_a_school")
    assert term is not None and (term.text.zh, term.unit, term.sense) == ("服务村数过多", "villages", "max")


@pytest.mark.usefixtures("_known")
def test_the_users_value_counts_and_says_why(rules: lp.Rules) -> None:
    looser = rules.with_("two valleys", primary={"villages_a_school": 3})
    plan = solve(line_county(), line_travel(), looser, assign="nearest", scenario=Scenario("x"))
    found = plan.findings.loc[plan.findings["rule"] == "villages_a_school"]
    assert set(found["overridden_because"]) == {"two valleys"}
