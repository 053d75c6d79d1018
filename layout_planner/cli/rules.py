"""rules: every value of the rule profiles with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from layout_planner.base.messages import Text, language
from layout_planner.cli.console import say, show_table
from layout_planner.cli.options import Lang
from layout_planner.cli.tables import stage_name


def rules(
    profiles: Annotated[
        list[str] | None, typer.Argument(metavar="[PROFILE]...", help="These only, or .toml files. 只列这些规则集。")
    ] = None,
    lang: Lang = None,
) -> None:
    """List the rule profiles: every value with its source, and how sure we are of it.

    列出规则集：每个数值的出处与可靠程度。
    """
    from layout_planner.policy import Rules, profile_names, read_profile
    from layout_planner.policy.catalogue import UNIT_WORDS

    marks = {
        "verified": Text("seen", "已核对"), "partial": Text("partly seen", "部分核对"),
        "memory": Text("from memory", "凭记忆"), "user": Text("yours", "自定"),
    }  # fmt: skip
    severities = {"breach": Text("must", "必须"), "advice": Text("in principle", "原则上")}
    header = (
        Text("rule", "规则"), Text("where", "范围"), Text("value", "数值"), Text("unit", "单位"), Text("force", "力度"),
        Text("mark", "核对"), Text("source", "出处"),
    )  # fmt: skip
    for name in profiles or profile_names():
        rows = [
            [
                _rule(str(row["rule"])),
                " ".join(_scope(row)),
                f"{'≤' if row['sense'] == 'max' else '≥'} {row['value']:g}",
                UNIT_WORDS.get(str(row["unit"]), row["unit"]),
                severities[row["severity"]],
                marks[row["mark"]],
                row["source"],
            ]
            for row in Rules.load(name).table()
        ]
        profile = read_profile(name)
        show_table(header, rows, numbers=(2,), title=f"{profile.name} · {profile.document} {profile.title}")
        for allowed in profile.allowances:
            say(Text(f"  accepted: {allowed.rule} for {allowed.id} ({allowed.reason})",
                     f"  已说明理由：{allowed.rule}，{allowed.id}（{allowed.reason}）"))  # fmt: skip


def _rule(name: str) -> str:
    """Name a rule as a profile names it; in Chinese with its words before it."""
    from layout_planner.policy.catalogue import TERMS

    return str(Text(name, f"{TERMS[name].text.zh}（{name}）")) if name in TERMS else name


def _scope(row: Mapping[str, object]) -> Iterator[str]:
    """Say for which stage, grades and area a rule holds."""
    from layout_planner.policy.catalogue import AREA_WORDS

    if row["stage"]:
        yield str(stage_name(str(row["stage"]))) if language() == "zh" else str(row["stage"])
    if row["grades"]:
        yield str(Text(f"{row['grades']}", f"{row['grades']}年级"))
    if row["area"]:
        yield str(AREA_WORDS.get(str(row["area"]), row["area"]))
