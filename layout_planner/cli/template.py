"""template: fill in a reform template for a county."""

from __future__ import annotations

from collections import Counter as Tally
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli.console import say, show_table, step
from layout_planner.cli.inputs import load_study
from layout_planner.cli.options import Lang
from layout_planner.cli.tables import SITES, stage_name

if TYPE_CHECKING:
    from layout_planner.scenario import Scenario


def template(
    name: Annotated[
        str | None, typer.Argument(metavar="[TEMPLATE]", help="Its name, or a .yaml file. 模板名或文件。")
    ] = None,
    study: Annotated[
        Path | None,
        typer.Argument(
            metavar="[STUDY]",
            help="The county to fill it in for. 研究文件夹、研究文件或示例：fuxi、fuxi-before、zhigang。",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.yaml", help="Write the scenario. 写出方案。", dir_okay=False)
    ] = None,
    lang: Lang = None,
) -> None:
    """Fill in a reform template for a county: rules give a scenario. Without arguments the templates are listed.

    改革模板：按规则为本县生成方案；不带参数时列出模板。
    """
    from layout_planner.scenario.templates import Template, template_names

    if name is None:
        for known in template_names():
            say(Text(f"{known}: {_note(known).en}", f"{known}：{_note(known).zh}"))
        return
    reform = Template.read(name)
    if study is None:
        say(Text(f"{reform.name}: {_note(name).en}", f"{reform.name}：{_note(name).zh}"))
        return
    facts = load_study(study)
    with step(Text("filling in the template", "按模板生成方案")):
        scenario = reform.fill(facts)
    show_edit_counts(scenario)
    if out is not None:
        scenario.write(out)
        say(Text(f"Written to {out}", f"已写入 {out}"))


def _note(name: str) -> Text:
    """Give what a template says of itself; ours say it in Chinese, then after a stroke in English."""
    from layout_planner.scenario.templates import Template

    note = Template.read(name).note
    zh, stroke, en = note.partition(" / ")
    return Text(en, zh) if stroke else Text(note, note)


def show_edit_counts(scenario: Scenario) -> None:
    """Print how many edits of each kind a scenario has."""
    counts = Tally(
        (edit.label, edit.stage, edit.becomes if edit.ends and edit.receiver is not None else None)
        for edit in scenario.edits
    )
    rows = [
        [label, stage_name(stage) if stage else "", SITES.get(site or "", ""), number]
        for (label, stage, site), number in counts.items()
    ]
    header = (Text("edit", "改动"), Text("stage", "学段"), Text("site", "校址"), Text("number", "数量"))
    show_table(header, rows, numbers=(3,), title=scenario.name)
