"""peaks: when each stage peaks, where seats run short or stand empty, whose rooms could carry it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import plain, say, show_table, step
from layout_planner.cli.forecast import say_unknown_seats
from layout_planner.cli.inputs import load_births, load_rules, load_study, load_travel
from layout_planner.cli.options import Births, Lang, Modes, OutFolder, RuleNames, StudyPath, ToTown, Variant
from layout_planner.cli.tables import MOST_ROWS, numbers_written, stage_name
from layout_planner.cli.writing import refuse_other
from layout_planner.study.stages import STAGES

if TYPE_CHECKING:
    from layout_planner.phasing.peaks import Peaks
    from layout_planner.study import Study

PEAKS_MARKER = "peaks.csv"


def peaks(
    study: StudyPath,
    to: Annotated[int, typer.Option("--to", help="Last autumn. 预测到哪一年。")],
    variant: Variant = "middle",
    births: Births = None,
    to_town: ToTown = 0.0,
    mode: Modes = None,
    rules: RuleNames = None,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Tell year and height of each stage's peak, and where seats run short or stand empty.

    各学段峰年与峰值、学位何时不足与闲置、哪些缺口可由其他学段的空余教室承接。
    """
    if out is not None:
        refuse_other(out, PEAKS_MARKER)
    from layout_planner.cohorts import forecast as look_ahead
    from layout_planner.phasing.peaks import peaks as tell

    judged_by = load_rules(rules)
    facts = load_study(study)
    own = load_births(births, facts) if births is not None else None
    travel = load_travel(facts, mode)
    with step(Text("peaks", "峰值")):
        found = tell(look_ahead(facts, to, births=own, to_town=to_town), travel, judged_by)
    tables.show_study(facts)
    show_peaks(found, variant, facts)
    if out is not None:
        from layout_planner.base.files import whole_folder
        from layout_planner.base.tables import write_csv

        with whole_folder(out, PEAKS_MARKER) as part:
            write_csv(found.table, part / PEAKS_MARKER)
            write_csv(found.balance, part / "balance.csv")
            write_csv(found.lending, part / "lending.csv")
        say(Text(f"Written to {plain(out)}", f"已写入 {plain(out)}"))


def show_peaks(found: Peaks, variant: str, study: Study) -> None:
    """Print the county's peaks, the townships that run short, and who could lend rooms."""
    mine = found.table.loc[found.table["variant"] == variant]
    told = say_unknown_seats(study, [s for s in STAGES if s in set(mine["stage"])])
    mine = mine.loc[mine["stage"].isin(told)]
    short = mine.loc[(mine["township_id"] != "") & (mine["most_short"] > 0)].sort_values("most_short", ascending=False)
    title = Text("Townships that run short of seats", "学位不足的乡镇")
    rows = [[r.name, stage_name(r.stage), _year(r.short_from), _year(r.short_to), *numbers_written(r.most_short)]
            for r in short.head(MOST_ROWS).itertuples()]  # fmt: skip
    header = [Text("township", "乡镇"), Text("stage", "学段"), Text("from", "自"), Text("to", "至"),
              Text("most missing", "最多缺")]  # fmt: skip
    show_table(header, rows, numbers=(2, 3, 4), title=title)
    county = mine.loc[mine["township_id"] == ""]
    county = county.sort_values("stage", key=lambda stage: stage.map(STAGES.index))
    names = dict(zip(mine["township_id"], mine["name"], strict=True))
    rows = [[stage_name(r.stage), f"{r.now:,.0f}", str(r.peak_year), f"{r.peak:,.0f}", f"{r.last:,.0f}",
             str(r.intake_year), _year(r.short_from), *numbers_written(r.most_short), _year(r.empty_from),
             *numbers_written(r.most_empty)] for r in county.itertuples()]  # fmt: skip
    header = [Text("stage", "学段"), Text("now", "现在"), Text("peak", "峰年"), Text("children", "峰值"),
              Text("last year", "末年"), Text("entry peaks", "入学峰年"), Text("short from", "不足自"),
              Text("most missing", "最多缺"), Text("empty from", "闲置自"), Text("most empty", "最多空")]  # fmt: skip
    show_table(header, rows, numbers=range(1, 10), title=Text("The county", "全县"))
    lent = found.lending.loc[found.lending["variant"] == variant]
    rows = [
        [str(r.year), names.get(r.township_id, r.township_id), stage_name(r.stage), f"{r.short:,.0f}",
         stage_name(r.from_stage),
         names.get(r.from_township, r.from_township), f"{r.rooms:,.0f}", f"{r.left:,.0f}"]
        for r in lent.head(MOST_ROWS).itertuples()
    ]  # fmt: skip
    header = [Text("autumn", "秋季"), Text("township", "乡镇"), Text("stage", "学段"), Text("missing", "缺"),
              Text("rooms of", "借用"), Text("in", "所在乡镇"), Text("rooms", "教室"),
              Text("left short", "仍缺")]  # fmt: skip
    show_table(header, rows, numbers=(0, 3, 6, 7), title=Text("Rooms that could be lent", "可调剂的教室"))


def _year(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.0f}"
