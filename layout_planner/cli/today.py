"""today: who goes where, how far, how full."""

from __future__ import annotations

from layout_planner.cli import tables
from layout_planner.cli.inputs import load_study, make_today
from layout_planner.cli.options import Lang, Modes, OutFolder, RuleNames, Stage, StudyPath
from layout_planner.cli.writing import refuse_foreign, write


def today(
    study: StudyPath,
    stage: Stage = None,
    mode: Modes = None,
    rules: RuleNames = None,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Show the present: who goes where, how far, how full, what breaks the rules.

    看现状：谁去哪所学校、走多远、学位够不够、哪些不合规定。
    """
    refuse_foreign(out)
    plan = make_today(load_study(study), mode, rules, stage)
    tables.show_head(plan)
    tables.show_status(plan)
    tables.show_measures([plan])
    tables.show_unplaced(plan)
    tables.show_findings(plan)
    if out is not None:
        write(plan, out)
