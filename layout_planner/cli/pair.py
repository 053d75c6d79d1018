"""pair: strong schools with weak or new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table, step
from layout_planner.cli.inputs import load_rules, load_study, load_travel, read_names, schools_meant
from layout_planner.cli.options import Lang, Modes, OneStage, OutFolder, RuleNames, StudyPath
from layout_planner.cli.writing import refuse_foreign, write

if TYPE_CHECKING:
    from layout_planner.plan.districting import Pairing
    from layout_planner.study import Study


def pair(
    study: StudyPath,
    stage: OneStage,
    count: Annotated[
        int | None, typer.Option("--count", min=1, help="Pairs (or members); left out: all. 结对数。")
    ] = None,
    members: Annotated[
        int, typer.Option("--members", min=1, help="Most members of a core school: 1 makes pairs. 每校至多带几所。")
    ] = 1,
    strong: Annotated[str | None, typer.Option("--strong", metavar="ID,ID", help="Core schools. 强校。")] = None,
    weak: Annotated[
        str | None, typer.Option("--weak", metavar="ID,ID", help="Weak or new schools. 弱校或新校。")
    ] = None,
    shared: Annotated[
        float, typer.Option("--shared", min=0, max=1, help="Share of resources put together. 共享比例。")
    ] = 1.0,
    mode: Modes = None,
    rules: RuleNames = None,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Pair strong schools with weak or new ones, or form school groups.

    强弱结对、强新结对、集团化办学。
    """
    refuse_foreign(out)
    from layout_planner.assignment.solve import today
    from layout_planner.districts import pair as match

    facts = load_study(study)
    travel = load_travel(facts, mode)
    found = match(
        facts,
        travel,
        stage,
        count=count,
        members=members,
        strong=schools_meant(facts, read_names(strong), "--strong"),
        weak=schools_meant(facts, read_names(weak), "--weak"),
        shared=shared,
    )
    with step(Text("today", "现状")):
        plan = today(facts, travel, load_rules(rules), stage).with_(pairing=found)
    tables.show_head(plan)
    show_pairing(found, facts)
    if out is not None:
        write(plan, out)


def show_pairing(found: Pairing, study: Study) -> None:
    """Print the pairs or groups and what they do to the difference coefficients."""
    rows = [
        [study.school_name(r.core), study.school_name(r.member), tables.written(r.minutes, "minutes")]
        for r in found.table.itertuples()
    ]
    show_table((Text("core", "核心校"), Text("member", "成员校"), Text("way", "单程")), rows, numbers=(2,))
    every = found.effect.xs("all", level="group") if len(found.effect) else found.effect
    effect = [[r.Index, f"{r.before:.3f}", f"{r.after:.3f}"] for r in every.itertuples()]
    header = (Text("difference coefficient", "差异系数"), Text("before", "之前"), Text("after", "之后"))
    show_table(header, effect, numbers=(1, 2))
    say(found.rule)
    if found.unmatched:
        names = "、".join(study.school_name(school) for school in found.unmatched)
        say(Text(f"Without a partner: {names}", f"未结对：{names}"))
