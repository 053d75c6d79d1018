"""`Paper`: what a chapter is written from, and the ways all chapters write tables and sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.page.facts import name_words, status_words
from layout_planner.papers.annex import Annex, Papers
from layout_planner.papers.blocks import Block, Chapter, Grid, Sentence
from layout_planner.papers.columns import Kind
from layout_planner.papers.figures import Figures, unit_kind
from layout_planner.papers.words import measure_word, plain, stage_word
from layout_planner.plan import Plan
from layout_planner.travel.types import MODE_WORDS, travel_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS = 60
"""Rows of a table in a document; the rest is counted, and stands in the annexes."""


@dataclass
class Paper:
    """A paper being written.

    Parameters
    ----------
    papers
        The plan and what stands beside it.
    figures
        Every number written so far.
    """

    papers: Papers
    figures: Figures = field(default_factory=Figures)

    @property
    def plan(self) -> Plan:
        """The plan told."""
        return self.papers.plan

    @property
    def base(self) -> Plan:
        """What it is compared with."""
        return self.papers.base

    @property
    def compared(self) -> bool:
        """Whether there is something to compare with."""
        return self.plan.base is not None

    def before(self) -> str:
        """Give the folder of what it is compared with in the run."""
        return "base/" if self.compared else ""

    def number(self, value: float, kind: Kind, source: str, sign: bool = False) -> str:
        """Write a number and remember its source."""
        return self.figures.write(value, kind, source, sign)

    def measures(self, names: Sequence[str], stages: Sequence[str] | None = None) -> Grid | None:
        """Set measures of the county side by side: today, plan, change; None where there is none.

        Measures that are zero or unknown in both are left out, children without a school never.
        """
        rows = []
        for stage in stages or self.papers.stages:
            for name in names:
                row = self._measure(name, stage)
                if row is not None:
                    rows.append(row)
        if not rows:
            return None
        heads = [Text("stage", "学段"), Text("measure", "指标"), Text("today", "现状")]
        if self.compared:
            heads += [Text("plan", "规划"), Text("change", "变化")]
        else:
            rows = [row[:3] for row in rows]
        source = Text(
            "Source: scorecard.csv (scope county); today: base/scorecard.csv",
            "来源：scorecard.csv（全县）；现状：base/scorecard.csv",
        )
        return Grid([str(h) for h in heads], rows, range(2, len(heads)), str(source))

    def _measure(self, name: str, stage: str) -> list[str] | None:
        values = [one.scorecard.value(name, stage) for one in (self.base, self.plan)]
        if name != "unplaced" and all(np.isnan(v) or v == 0 for v in values):
            return None
        if name == "schools_own" and values == [p.scorecard.value("schools", stage) for p in (self.base, self.plan)]:
            return None  # every school is one of its own: said already
        table = self.plan.scorecard.table
        unit = table.loc[table["measure"] == name, "unit"]
        kind = unit_kind(name, str(unit.iloc[0]) if len(unit) else "")
        source = f"scorecard.csv[measure={name}, stage={stage}, scope=county]"
        cells = [self.number(values[0], kind, self.before() + source)]
        if self.compared:
            cells.append(self.number(values[1], kind, source))
            cells.append(self.number(values[1] - values[0], kind, f"{source} less base/{source}", sign=True))
        unit_word = {
            "minutes": Text(" (min)", "（分钟）"),
            "km": Text(" (km)", "（千米）"),
            "percent": Text(" (%)", "（%）"),
            "share": Text(" (%)", "（%）"),
        }.get(kind)
        return [stage_word(stage), f"{measure_word(name)}{unit_word or ''}", *cells]

    def annex(self, annex: Annex, columns: Sequence[int] | None = None, most: int = MOST_ROWS) -> list[Block]:
        """Show an annex table in the text: some of its columns, its first rows; the rest is counted."""
        fields = list(annex.fields.items())
        kept = list(columns) if columns is not None else list(range(len(fields)))
        # Columns nothing is known of are left to the annexes.
        kept = [at for at in kept if not _is_blank(annex.table[fields[at][0]])]
        shown = annex.table.head(most)
        numbers = [n for n, at in enumerate(kept) if fields[at][1].kind not in ("text", "code", "flag")]
        rows = []
        for _, row in shown.iterrows():
            cells = []
            for at in kept:
                header, own = fields[at]
                value = row[header]
                if isinstance(value, str):
                    cells.append(plain(value))
                else:
                    cells.append(self._cell(value, own.kind, f"annex {annex.key}: {header}"))
            rows.append(cells)
        source = str(Text(f"Source: {annex.source.en}", f"来源：{annex.source.zh}"))
        grid = Grid([fields[at][0] for at in kept], rows, numbers, source)
        blocks: list[Block] = [grid]
        more = len(annex.table) - len(shown)
        if more:
            count = self.number(more, "count", f"annex {annex.key}: rows not shown")
            told = Text(
                f"… and {count} more rows, see annex “{annex.title.en}”.",
                f"……另有 {count} 行，见附表“{annex.title.zh}”。",
            )
            blocks.append(Sentence(str(told), "source"))
        return blocks

    def _cell(self, value: float, kind: Kind, source: str) -> str:
        if value is None or not np.isfinite(value):
            return ""
        if kind == "yuan":  # annexes hold yuan to the yuan; so does the text that repeats them
            text = f"{value:,.0f}"
            self.figures.rows.append((text, float(value), kind, source))
            return text
        if kind == "percent" or kind == "share":
            return self.number(value, "percent" if kind == "percent" else "ratio", source)
        return self.number(value, kind, source)


def chapter(key: str, title: Text, blocks: Iterable[Block | None], missing: Text) -> Chapter:
    """Make a chapter of the blocks there are; without any it is left out for what is missing."""
    found = tuple(block for block in blocks if block is not None)
    return Chapter(key, title, found, Text("", "") if found else missing)


def on(chart: Callable[..., Axes], *shown: object, **options: object) -> Callable[[Axes], Axes]:
    """Give a chart that waits for its axes."""
    return lambda ax: chart(*shown, ax=ax, **options)


def _is_blank(values: pd.Series) -> bool:
    if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
        return bool((values.astype("str").str.strip() == "").all())
    return bool(values.isna().all())


def status_lines(plan: Plan) -> Iterator[tuple[str, str]]:
    """Say by stage how a plan was made, and how good it is known to be."""
    for stage, done in plan.assignments.items():
        told = status_words(done)
        method, known = (Text(told[key]["en"], told[key]["zh"]) for key in ("method", "known"))
        yield stage_word(stage), str(Text(f"{method.en}. {known.en}.", f"{method.zh}。{known.zh}。"))


def ways_line(plan: Plan) -> str:
    """Say by which way minutes and distances are those of."""
    stages: dict[str, list[str]] = {}
    for stage in plan.assignments:
        stages.setdefault(travel_for(plan.travel, stage).mode, []).append(stage_word(stage))
    words = {mode: MODE_WORDS.get(mode, Text(plain(mode), plain(mode))) for mode in stages}
    if len(words) == 1:
        (only,) = words.values()
        return str(Text(f"Minutes and distances: {only.en}.", f"单程时间和距离的口径：{only.zh}。"))
    en = "; ".join(f"{', '.join(stages[mode])} {word.en}" for mode, word in words.items())
    zh = "；".join(f"{'、'.join(stages[mode])}{word.zh}" for mode, word in words.items())
    return str(Text(f"Minutes and distances: {en}.", f"单程时间和距离的口径：{zh}。"))


def plan_name(plan: Plan) -> str:
    """Give a plan's name as readers know it."""
    return plain(str(name_words(plan.name)))


Writer = Callable[[Paper], Chapter]
"""What writes one chapter."""
