"""counter: a plan beside the one in which a school stays."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text, language
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table, step
from layout_planner.cli.inputs import load_what_if, schools_meant
from layout_planner.cli.options import Lang, Modes, RuleNames, RunPath, Stage
from layout_planner.cli.tables import MOST_ROWS, numbers_written

if TYPE_CHECKING:
    from layout_planner.plan.counterplan import Counter


def counter(
    run: RunPath,
    keep: Annotated[str, typer.Option("--keep", metavar="SCHOOL", help="The school that stays. 要保留的学校。")],
    stage: Stage = None,
    more: Annotated[bool, typer.Option("--more", help="One school more; none closes instead. 不改撤他校。")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.html", help="Write one sheet to print. 写出一页纸。", dir_okay=False),
    ] = None,
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Set a plan beside the one in which a school stays: what else must close, yuan, minutes, posts, who gains.

    如果保留这所学校：要改撤哪一所、多花多少钱、多走多少路、谁受益。
    """
    plan = load_what_if(run, mode, rules)
    from layout_planner.consolidation.counter import keep_instead as set_beside
    from layout_planner.scenario import Keep

    (school,) = schools_meant(plan.study, [keep], "--keep") or [keep]
    with step(Text("the plan with the school", "保留本校的方案")):
        found = set_beside(plan, Keep(school, stage=stage), same_number=not more)
    tables.show_head(plan)
    show_counter(found)
    if out is not None:
        from layout_planner.show.handouts import handout

        handout(found, out, lang=language())
        say(Text(f"Written to {out}", f"已写入 {out}"))


def show_counter(found: Counter) -> None:
    """Print the two columns, who gains, and what would let the school stay."""
    from layout_planner.measures.catalogue import shown_in

    name = found.plan.study.school_name
    if found.closes:
        closes = ", ".join(name(school) for school in found.closes)
        say(Text(f"Closes instead: {closes}", f"改撤：{closes}"))
    rows = []
    for measure in shown_in("counter"):
        unit = measure.unit
        plan, other, change = (float(found.table.at[measure.name, column]) for column in ("plan", "other", "change"))
        if math.isnan(plan):
            continue
        scale = 1e-4 if unit.startswith("yuan") else 1.0
        decimals = 1 if unit in ("min", "posts") or scale != 1.0 else 0
        cells = numbers_written(plan * scale, other * scale, decimals=decimals)
        rows.append([measure.label("counter"), *cells, f"{round(change * scale, decimals) + 0.0:+,.{decimals}f}"])
    header = (Text("", ""), Text("the plan", "原方案"), Text("the school stays", "保留本校"), Text("change", "变化"))
    show_table(header, rows, numbers=(1, 2, 3), title=name(found.school))
    gains = [
        [
            row.name,
            *numbers_written(row.better, row.worse),
            *numbers_written(row.minutes_saved, row.minutes_lost, decimals=1),
        ]
        for row in found.gains.head(MOST_ROWS).itertuples(index=False)
    ]
    header2 = (
        Text("township", "乡镇"), Text("shorter way", "路程缩短（人）"), Text("longer way", "路程变长（人）"),
        Text("min saved", "缩短/分"), Text("min lost", "变长/分"),
    )  # fmt: skip
    show_table(header2, gains, numbers=(1, 2, 3, 4), title=Text("Who gains", "谁受益"))
    asked = {
        "roll": Text("pupils (it has; from so many on it stays)", "学生数（现有；达到多少可保留）"),
        "minutes": Text("minutes longer (they are; beyond so many it stays)", "多走分钟（实际；超过多少可保留）"),
        "seats": Text("free seats of the receivers (there are; needed)", "接收校空余学位（现有；所需）"),
    }
    stays = [
        [asked[str(what)], *numbers_written(row["now"], row["needed"], decimals=0 if what != "minutes" else 1)]
        for what, row in found.stays_if.iterrows()
    ]
    header3 = (Text("", ""), Text("now", "现有"), Text("needed", "所需"))
    show_table(header3, stays, numbers=(1, 2), title=Text("What would let it stay", "怎样才能保留"))
    for note in found.notes:
        say(note)
