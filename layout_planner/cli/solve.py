"""solve: carry out a what-if."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from layout_planner.assignment.methods import METHODS
from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import complain, step
from layout_planner.cli.inputs import load_rules, load_study, load_travel, load_zones
from layout_planner.cli.options import Lang, Modes, OutFolder, RuleNames, Stage, StudyPath
from layout_planner.cli.writing import refuse_foreign, write

if TYPE_CHECKING:
    MethodName = str
else:
    MethodName = Literal[tuple(METHODS)]
_EN = ", ".join(f"{m.name} ({m.help})" if m.help else m.name for m in METHODS.values())
_ZH = "、".join(f"{m.name}（{m.words.zh}）" for m in METHODS.values())
METHODS_HELP = f"{_EN}. 分配办法：{_ZH}。"


def solve(
    study: StudyPath,
    scenario: Annotated[
        Path | None, typer.Option("--scenario", metavar="FILE.yaml", help="The edits of the what-if. 方案（YAML）。")
    ] = None,
    assign: Annotated[
        MethodName | None,
        typer.Option(
            "--assign",
            show_default=False,
            help=METHODS_HELP,
        ),
    ] = None,
    zones: Annotated[
        Path | None,
        typer.Option("--zones", metavar="TABLE", help="Score this map place → school instead. 给定片区表。"),
    ] = None,
    stage: Stage = None,
    mode: Modes = None,
    rules: RuleNames = None,
    year: Annotated[int | None, typer.Option("--year", help="Edits up to this year only. 只计到此年。")] = None,
    reach: Annotated[
        Literal["priced", "hard"],
        typer.Option("--reach", help="hard: no way beyond the rules' reach. hard：路程为硬限，不得超出规则。"),
    ] = "priced",
    split: Annotated[bool, typer.Option("--split", help="capacity: places may be divided. 允许拆分居住点。")] = False,
    candidates: Annotated[
        int | None, typer.Option("--candidates", min=1, help="Ask at so many nearest schools only. 只考虑最近几所。")
    ] = None,
    gap: Annotated[
        float, typer.Option("--gap", min=0, max=0.99, help="capacity, contiguous: stop at this gap. 允许误差。")
    ] = 2e-3,
    time_limit: Annotated[
        float, typer.Option("--time-limit", min=0.1, help="capacity, contiguous: seconds a stage. 每学段限时（秒）。")
    ] = 60.0,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Carry out a what-if and say who goes where.

    推演方案：撤并、扩容、新建之后，谁去哪所学校。
    """
    if assign is not None and zones is not None:
        told = Text("give either --assign or --zones, not both", "--assign 与 --zones 只能二选一")
        raise typer.BadParameter(str(told), param_hint="--zones")
    refuse_foreign(out)
    from layout_planner.scenario import Scenario

    edits = Scenario.read(scenario) if scenario is not None else None
    said = edits.run if edits is not None else {}  # a scenario from the live page says how it was carried out
    stage, candidates = stage or said.get("stage"), candidates or said.get("candidates")
    judged_by = load_rules(rules or said.get("rules"))
    facts = load_study(study)
    given = load_zones(zones, facts, stage) if zones is not None else assign or said.get("assign") or "stay"
    travel = load_travel(facts, mode or said.get("mode"))
    from layout_planner.assignment.solve import solve as carry_out

    with step(Text("who goes where", "分配学生")):
        plan = carry_out(
            facts, travel, judged_by, scenario=edits, assign=given, stage=stage, year=year, reach=reach, split=split,
            candidates=candidates, gap=gap, time_limit=time_limit,
        )  # fmt: skip
    tables.show_head(plan)
    tables.show_edits(plan)
    tables.show_status(plan)
    tables.show_measures([plan.base, plan] if plan.base is not None else [plan])
    tables.show_changed_schools(plan)
    tables.show_unplaced(plan)
    tables.show_findings(plan)
    if out is not None:
        write(plan, out)
    if plan.status == "infeasible":
        complain(Text("Infeasible: see the notes above.", "无法实现：原因见上。"))
        raise typer.Exit(1)
