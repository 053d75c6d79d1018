"""score: which schools come into question for closing, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table
from layout_planner.cli.inputs import load_study, make_today
from layout_planner.cli.options import Lang, Modes, Names, OneStage, OutTable, RuleNames, StudyPath
from layout_planner.cli.tables import MOST_ROWS, numbers_written
from layout_planner.cli.writing import write_table

if TYPE_CHECKING:
    import pandas as pd


def score(
    study: StudyPath,
    stage: OneStage,
    weight: Annotated[
        list[str] | None,
        typer.Option(
            "--weight", metavar="FACTOR=NUMBER", help="roll=3; may be repeated. 因素权重，如 roll=3；可重复。"
        ),
    ] = None,
    closed: Annotated[
        Path | None,
        typer.Option("--closed", metavar="FILE.yaml", help="What closed since: how good was it? 此后撤并的方案。"),
    ] = None,
    out: OutTable = None,
    mode: Modes = None,
    rules: RuleNames = None,
    names: Names = None,
    lang: Lang = None,
) -> None:
    """Rank the schools that come into question for closing, each with its reasons; a talk's beginning, not its end.

    撤并评分：逐校列出得分与理由，供会商参考；可用历史撤并检验其准确度。
    """
    weights = _weights(weight or [])
    plan = make_today(load_study(study), mode, rules, stage)
    from layout_planner.measures.closure import closure_scores, hindcast
    from layout_planner.scenario import Scenario, with_ids

    ranked = closure_scores(plan, stage, weights)
    tables.show_head(plan)
    show_scores(ranked)
    if closed is not None:
        show_hindcast(hindcast(ranked, with_ids(plan.study, Scenario.read(closed)), stage))
    write_table(ranked.reset_index(), out, plan.study)


def _weights(said: list[str]) -> dict[str, float]:
    weights = {}
    for one in said:
        name, _, number = one.partition("=")
        try:
            weights[name.strip()] = float(number)
        except ValueError as error:
            told = Text(f'write "{one}" as roll=3', f"“{one}”请写作 roll=3")
            raise typer.BadParameter(str(told), param_hint="--weight") from error
    return weights


def show_scores(ranked: pd.DataFrame) -> None:
    """Print the ranking, each school with its reasons."""
    rows = [
        [row.rank, row.name, *numbers_written(row.score, decimals=1), *numbers_written(row.roll), row.why]
        for row in ranked.head(2 * MOST_ROWS).itertuples(index=False)
    ]
    header = (
        Text("rank", "序"), Text("school", "学校"), Text("score", "得分"), Text("pupils", "学生"),
        Text("why", "主要理由"),
    )  # fmt: skip
    show_table(header, rows, numbers=(0, 2, 3), title=Text("What speaks for closing", "撤并评分"))


def show_hindcast(told: pd.DataFrame) -> None:
    """Print how well the ranking and its factors would have told what closed."""
    rows = [
        [by, f"{row['auc']:.3f} ± {row['error']:.3f}", f"{row['hits']:.0%}", f"{row['closed']:.0f}/{row['n']:.0f}"]
        for by, row in told.iterrows()
    ]
    header = (Text("by", "依据"), "AUC", Text("hits", "命中"), Text("closed/schools", "撤并/学校"))
    show_table(header, rows, numbers=(1, 2, 3), title=Text("Against what closed since", "与此后实际撤并对照"))
    if told.attrs["note"] is not None:
        say(told.attrs["note"])
