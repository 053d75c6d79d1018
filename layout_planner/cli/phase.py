"""phase: a year for each edit of a what-if."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.base.options import Effort
from layout_planner.base.proof import STATUS_WORDS
from layout_planner.cli import tables
from layout_planner.cli.console import complain, plain, say, show_table, step
from layout_planner.cli.inputs import load_births, load_rules, load_study, load_travel
from layout_planner.cli.options import (
    Births,
    Lang,
    Modes,
    Names,
    OutFolder,
    RuleNames,
    Stage,
    StudyPath,
    ToTown,
    Variant,
)
from layout_planner.cli.records import Offered
from layout_planner.cli.tables import MOST_ROWS, yuan_written
from layout_planner.cli.writing import refuse_other
from layout_planner.phasing.settings import USUAL, Pace

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.cohorts import Forecast
    from layout_planner.plan.phasing import Phasing
    from layout_planner.study import Study


PHASING_MARKER = "phasing.csv"
"""What every folder of that make holds."""


ASKED = Pace()


def phase(
    study: StudyPath,
    scenario: Annotated[
        Path, typer.Option("--scenario", metavar="FILE.yaml", help="What is to be reached. 远期方案。")
    ],
    start: Annotated[int, typer.Option("--start", help="First autumn anything takes place. 起始年。")],
    end: Annotated[int, typer.Option("--end", help="Last one. 截止年。")],
    settings: Annotated[Pace, Offered()] = ASKED,
    variant: Variant = "middle",
    births: Births = None,
    to_town: ToTown = 0.0,
    stage: Stage = None,
    mode: Modes = None,
    rules: RuleNames = None,
    effort: Annotated[Effort, Offered(says={"seconds": "Seconds of the solver. 求解限时（秒）。"})] = USUAL,
    out: OutFolder = None,
    names: Names = None,
    lang: Lang = None,
) -> None:
    """Give each closure, enlargement and opening of a what-if its year, on the forecast.

    分期实施：先建后撤、逐年不超员、每年不超上限。
    """
    if out is not None:
        refuse_other(out, PHASING_MARKER)
    from layout_planner.scenario import Scenario, with_ids

    edits = Scenario.read(scenario)
    judged_by = load_rules(rules)
    facts = load_study(study)
    edits = with_ids(facts, edits)
    own = load_births(births, facts) if births is not None else None
    travel = load_travel(facts, mode)
    from layout_planner.assignment.solve import solve as carry_out
    from layout_planner.phasing.phase import phase as give_years

    with step(Text("who goes where", "分配学生")):
        plan = carry_out(facts, travel, judged_by, scenario=edits, stage=stage)
    with step(Text("a year for each edit", "分期")):
        course = _course(facts, own, to_town, settings.until or end, settings.finish)
        found = give_years(plan, start, end, forecast=course, variant=variant, settings=settings, effort=effort)
    tables.show_head(plan)
    show_phasing(found)
    if out is not None and found.plans:
        _write_phasing(found, out)
    if not found.plans:
        complain(Text("No timetable: see the notes above.", "排不出分期：原因见上。"))
        raise typer.Exit(1)


def _course(facts: Study, births: pd.DataFrame | None, to_town: float, until: int, finish: bool) -> Forecast | None:
    """Forecast as asked; None leaves it to the phasing, which needs no births."""
    if births is None and to_town == 0:
        return None
    from layout_planner.cohorts import forecast as look_ahead

    longest = 5 if finish else 0
    return look_ahead(facts, until + longest, births=births, to_town=to_town)


def _write_phasing(found: Phasing, out: Path) -> None:
    """Write the timetable, the schools through the years, who is over-full, and the dated scenario."""
    from layout_planner.base.files import whole_folder
    from layout_planner.papers.people import write_people

    with step(Text(f"writing {out}", f"写入 {out}")), whole_folder(out, PHASING_MARKER) as part:
        write_people(found.table, part / PHASING_MARKER)
        write_people(found.by_school().reset_index(), part / "schools.csv")
        write_people(found.over, part / "over.csv")
        found.scenario.write(part / "scenario.yaml")
        for year, plan in found.plans.items():
            write_people(plan.scorecard.table, part / f"scorecard_{year}.csv")
            write_people(plan.findings, part / f"findings_{year}.csv")
    say(Text(f"Written to {plain(out)}", f"已写入 {plain(out)}"))


def show_phasing(found: Phasing) -> None:
    """Print what happens each year, the edits, who is over-full, and what to know."""
    line = str(STATUS_WORDS[found.status])
    if not math.isnan(found.gap):
        line += str(Text(f" · gap {found.gap:.2%}", f" · 误差 {found.gap:.2%}"))
    say(line)
    for note in found.notes:
        say(f"· {note}")
    if not found.plans:
        return
    by = found.by_year()
    rows = [
        [str(year), f"{row.closures:,.0f}", f"{row.builds:,.0f}", f"{row.pupils:,.0f}", yuan_written(row.cost)]
        for year, row in zip(by.index, by.itertuples(), strict=True)
    ]
    header = [Text("autumn", "秋季"), Text("closures", "撤并"), Text("builds", "建设"), Text("pupils", "学生"),
              Text("yuan", "元")]  # fmt: skip
    show_table(header, rows, numbers=(1, 2, 3, 4))
    from layout_planner.scenario.edits import LABELS

    edits = [
        [str(row.year), LABELS[row.do], row.name, row.into, f"{row.pupils:,.0f}", f"{row.seats:,.0f}"]
        for row in found.table.itertuples(index=False)
    ]
    header = [Text("autumn", "秋季"), Text("edit", "方式"), Text("school", "学校"), Text("into", "并入"),
              Text("pupils", "学生"), Text("seats", "新增学位")]  # fmt: skip
    show_table(header, edits[:MOST_ROWS], numbers=(4, 5))
    if len(edits) > MOST_ROWS:
        more = len(edits) - MOST_ROWS
        say(Text(f"… and {more} more; see phasing.csv.", f"……另有 {more} 项，见 phasing.csv。"))
    moves = found.over.loc[found.over["because"] == "moves"]
    if len(moves):
        say(Text("Over-full because of the moves:", "因撤并而超员："))
        rows = [[str(r.year), r.name, f"{r.roll:,.0f}", f"{r.seats:,.0f}"] for r in moves.head(MOST_ROWS).itertuples()]
        header = [Text("autumn", "秋季"), Text("school", "学校"), Text("pupils", "学生"), Text("seats", "学位")]
        show_table(header, rows, numbers=(2, 3))
    else:
        say(Text("No school is over-full because of the moves.", "没有学校因撤并而超员。"))
