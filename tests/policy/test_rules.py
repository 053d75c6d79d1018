"""Rules: layers, grades, areas, overrides with a reason; profiles that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from layout_planner import Rules
from layout_planner.base.cited import Cited
from layout_planner.base.errors import RulesError
from layout_planner.base.messages import using_language
from layout_planner.policy import DEFAULT_CLASS, Rule, class_limit, profile_names
from layout_planner.study.stages import STAGES


def rule(name: str, value: float, **where: object) -> Rule:
    return Rule(name, Cited(value, "m", "doc", "verified"), **where)  # type: ignore[arg-type]


def test_the_last_rule_that_holds_counts() -> None:
    rules = Rules(
        (
            rule("reach", 100),
            rule("reach", 200, stage="primary"),
            rule("reach", 300, stage="primary", grades=(1, 2, 3)),
            rule("reach", 400, stage="primary", area="rural"),
        )
    )
    assert rules.value("reach", "junior") == 100
    assert rules.value("reach", "primary") == 200
    assert rules.value("reach", "primary", 2) == 300
    assert rules.value("reach", "primary", 4) == 200
    assert rules.value("reach", "primary", 2, "rural") == 400
    assert rules.value("reach", "primary", 2, "urban") == 300
    assert rules.value("no such", "primary") is None
    assert rules.value("no such", "primary", default=7.0) == 7.0


def test_an_override_is_a_copy_with_its_reason() -> None:
    rules = Rules.load("cn-quality-balance")
    changed = rules.with_("county order 3/2024", primary={"class_size": 40, "reach_minutes[1-3]": 30}, every={"new": 1})
    assert rules.value("class_size", "primary") == 45
    assert changed.value("class_size", "primary") == 40
    assert changed.value("class_size", "junior") == 50
    assert changed.value("reach_minutes", "primary", 2) == 30
    assert changed.value("reach_minutes", "primary", 4) is None
    assert changed.value("new", "senior") == 1
    found = changed.find("class_size", "primary")
    assert found is not None
    assert (found.value.source, found.value.mark, found.value.unit) == ("county order 3/2024", "user", "pupils")
    assert changed.find("reach_minutes", "primary", 1).value.unit == "minutes"  # type: ignore[union-attr]
    assert Rules.from_table(changed.table(), changed.profiles).table() == changed.table()


@pytest.mark.parametrize(
    ("stages", "why"),
    [
        ({"primry": {"class_size": 40}}, 'did you mean "primary"'),
        ({"primary": {"class_size": "40"}}, "not a number"),
        ({"primary": {"class_size": True}}, "not a number"),
        ({"primary": {"class_size": float("nan")}}, "not a number"),
        ({"primary": {"class_size": float("inf")}}, "not a number"),
        ({"primary": {"reach[1..3]": 4}}, "write grades as"),
    ],
)
def test_impossible_overrides_are_refused(stages: dict[str, dict[str, float]], why: str) -> None:
    with using_language("en"), pytest.raises(RulesError, match=why):
        Rules().with_(**stages)  # type: ignore[arg-type]
    with using_language("zh"), pytest.raises(RulesError, match=r"[一-龥]"):
        Rules().with_(**stages)  # type: ignore[arg-type]


def test_every_profile_loads_and_every_value_says_where_it_is_from() -> None:
    for name in profile_names():
        rules = Rules.load(name)
        assert rules.rules
        for one in rules.rules:
            assert one.value.source
            assert one.value.mark in ("verified", "partial", "memory")
            assert one.sense in ("max", "min")
            assert one.severity in ("breach", "advice")
            assert one.stage is None or one.stage in STAGES
        assert Rules.from_table(rules.table(), rules.profiles).table() == rules.table()


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    mine = tmp_path / "county.toml"
    text = (
        'document = "县教〔2024〕3号"\n[[rule]]\nname = "class_size"\nstage = "primary"\nvalue = 42\nunit = "pupils"\n'
    )
    mine.write_text(text, encoding="utf-8")
    rules = Rules.load("cn-quality-balance", str(mine))
    assert rules.value("class_size", "primary") == 42
    assert rules.find("class_size", "primary").profile == "county"  # type: ignore[union-attr]
    damaged = ('value = "x"\n', "colour = 1\n", 'mark = "sure"\n', "= 3", 'area = "urban+hills"\n',
               'area = "urban+town+rural"\n', 'area = "town+town"\n', 'scope = "all"\n', 'binds = "nobody"\n',
               'since = "soon"\n', 'norm = "宜"\n', 'severity = "advice"\nnorm = "不得"\n')  # fmt: skip
    for damage in damaged:
        mine.write_text(text + damage, encoding="utf-8")
        with pytest.raises(RulesError, match="not a rule profile"):
            Rules.load(str(mine))
    with using_language("en"), pytest.raises(RulesError, match='did you mean "cn-quality-balance"'):
        Rules.load("cn-quality-balence")
    with pytest.raises(RulesError):
        Rules.load(str(tmp_path / "absent.toml"))


def test_a_profile_says_whom_where_and_since_when(tmp_path: Path) -> None:
    mine = tmp_path / "county.toml"
    mine.write_text(
        'document = "县教〔2026〕1号"\nsince = "2026-01"\nsteps = ["hearing", "argument", "risk", "notice", "legality",'
        ' "decision", "approval"]\n[[rule]]\nname = "class_size"\nvalue = 40\nunit = "pupils"\narea = "town+rural"\n'
        'severity = "advice"\nnorm = "宜"\nscope = "mean"\nbinds = "school"\ntarget = 2030\n'
        '[[fact]]\nen = "one"\nzh = "一"\nmark = "partial"\n',
        encoding="utf-8",
    )
    rules = Rules.load("cn-hebei", str(mine))
    found = rules.find("class_size", "primary", area="rural")
    assert found is not None
    assert (found.scope, found.binds, found.norm, found.since, found.target) == (
        "mean",
        "school",
        "宜",
        "2026-01",
        2030,
    )
    assert found.areas == ("town", "rural") and found.value.source == "县教〔2026〕1号（宜）"
    assert rules.find("class_size", "primary", area="urban") is None
    assert rules.steps[0] == "hearing"  # the last profile that has an order
    assert Rules.from_table(rules.table(), rules.profiles).table() == rules.table()
    mine.write_text(mine.read_text(encoding="utf-8").replace('"hearing", ', ""), encoding="utf-8")
    with pytest.raises(RulesError, match="steps"):
        Rules.load(str(mine))


def test_a_class_has_a_limit_even_where_no_rule_says() -> None:
    for stage in STAGES:
        assert class_limit(Rules(), stage) == DEFAULT_CLASS[stage]
    banded = Rules().with_(kindergarten={"class_size[k1]": 25, "class_size[k3]": 35})
    assert class_limit(banded, "kindergarten", -2) == 25
    assert class_limit(banded, "kindergarten", -1) == 30
    assert class_limit(banded, "kindergarten", 0) == 35
    assert class_limit(banded, "kindergarten") == 30
