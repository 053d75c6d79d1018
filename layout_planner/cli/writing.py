"""What several commands write: run folders, maps, tables; each whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from layout_planner.base.messages import Text, language
from layout_planner.cli.console import plain, say, step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from layout_planner.plan import Plan
    from layout_planner.study import Study


def refuse_foreign(out: Path | None) -> None:
    """Refuse a folder that holds something else before anything is worked out for it."""
    if out is not None:
        from layout_planner.base.files import check_replaceable
        from layout_planner.plan.folder import MARKER

        check_replaceable(out, MARKER)


def write(plan: Plan, folder: Path) -> None:
    """Write a run folder, its map in the reader's language."""
    with step(Text(f"writing {folder}", f"写入 {folder}")):
        plan.write(folder)
    say(Text(f"Written to {plain(folder)}", f"已写入 {plain(folder)}"))


def refuse_other(out: Path, marker: str) -> None:
    """Refuse a folder that does not hold what a former run of the same command wrote."""
    from layout_planner.base.files import check_replaceable

    check_replaceable(out, marker)


def write_comparison(plans: Sequence[Plan], path: Path) -> None:
    """Write every measure of plans as CSV, whole or not at all."""
    from layout_planner.base.files import whole_file
    from layout_planner.measures import compare as beside
    from layout_planner.papers.people import write_people

    with whole_file(path) as part:
        write_people(beside(plans).reset_index(), part)
    say(Text(f"Written to {path}", f"已写入 {path}"))


def write_map(plans: Sequence[Plan], path: Path) -> None:
    """Write one page with some plans, in the reader's language."""
    with step(Text("drawing the map", "绘制地图")):
        from layout_planner.show import briefing

        briefing(plans, path, lang=language())
    say(Text(f"Written to {path}", f"已写入 {path}"))


def write_table(table: pd.DataFrame, out: Path | None, study: Study | None = None) -> None:
    """Write a table as CSV, whole or not at all, in the words asked for; the study names what ids mean."""
    if out is None:
        return
    from layout_planner.base.files import whole_file
    from layout_planner.papers.people import write_people

    with whole_file(out) as part:
        write_people(table, part, study)
    say(Text(f"Written to {out}", f"已写入 {out}"))
