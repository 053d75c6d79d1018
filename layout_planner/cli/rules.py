"""rules: every value of the rule profiles with its source."""

from __future__ import annotations

from typing import Annotated

import typer

from layout_planner.base.messages import Text, language
from layout_planner.cli.console import say, show_table
from layout_planner.cli.options import Lang


def rules(
    profiles: Annotated[
        list[str] | None, typer.Argument(metavar="[PROFILE]...", help="These only, or .toml files. 只列这些规则集。")
    ] = None,
    lang: Lang = None,
) -> None:
    """List the rule profiles: every value with its source, and how sure we are of it.

    列出规则集：每个数值的出处与可靠程度。
    """
    from layout_planner.policy import profile_names, read_profile, rules_table
    from layout_planner.policy.table import HEADINGS, MARKS

    columns = ("rule", "what", "stage", "area", "value", "unit", "scope", "binds", "force", "mark", "source")
    at = [list(HEADINGS).index(column) for column in columns]
    for name in profiles or profile_names():
        profile = read_profile(name)
        table = rules_table(language(), [name]).iloc[:, at]
        title = f"{profile.name} · {profile.document} {profile.title}"
        show_table([HEADINGS[c] for c in columns], table.to_numpy().tolist(), numbers=(4,), title=title)
        for text, mark in profile.facts:
            say(Text(f"  fact ({MARKS[mark].en}): {text.en}", f"  事实（{MARKS[mark].zh}）：{text.zh}"))
        for allowed in profile.allowances:
            say(Text(f"  accepted: {allowed.rule} for {allowed.id} ({allowed.reason})",
                     f"  已说明理由：{allowed.rule}，{allowed.id}（{allowed.reason}）"))  # fmt: skip
