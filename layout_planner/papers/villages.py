"""The hearing pages: one a village, saying who goes where, how far, by what, and what changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.measures.mergers import weighted_mean
from layout_planner.measures.moved import moved
from layout_planner.papers.blocks import Block, Chapter, Grid, Heading, PageEnd, Sentence
from layout_planner.papers.columns import Kind
from layout_planner.papers.lost import lost_pupils
from layout_planner.papers.paper import Paper
from layout_planner.papers.words import HOW, MODES, stage_word

_CELLS: tuple[tuple[str, Kind, str], ...] = (
    ("pupils", "count", "sum of pupils"), ("minutes", "minutes", "mean minutes"), ("metres", "km", "mean metres"),
)  # fmt: skip
"""Column of the assignment, how it is written, and what it is made from."""

_AT = ["place_id", "stage", "school_id", "how"]


def affected(paper: Paper) -> list[str]:
    """Name the villages where children change school or lose one, in the order of the study."""
    ids: set[str] = set()
    for stage in paper.papers.stages:
        if paper.compared and stage in paper.base.assignments:
            ids |= set(moved(paper.plan, stage)["place_id"].astype(str))
        ids |= set(lost_pupils(paper.plan, stage).index.astype(str))
    return [str(place) for place in paper.plan.study.places.index if str(place) in ids]


def check_places(paper: Paper, places: Sequence[str]) -> list[str]:
    """Refuse places the study does not have."""
    known = paper.plan.study.places.index
    for place in places:
        if place not in known:
            hint = did_you_mean(place, known)
            raise refuse(
                f'the study has no place "{place}"{hint.en}',
                f"研究中没有居住点“{place}”{hint.zh}",
                "give ids of the table of places",
                "请用居住点表中的编号",
            )
    return list(places)


def villages(paper: Paper, places: Sequence[str] | None = None) -> Chapter:
    """Write one page a village.

    Parameters
    ----------
    places
        Ids of the villages; left out: those where something changes.
    """
    title = Text("Village by village", "村民听证材料")
    chosen = affected(paper) if places is None else check_places(paper, places)
    ways = {when: _ways(paper, when) for when in ("before", "after")}
    lost = {stage: lost_pupils(paper.plan, stage) for stage in paper.papers.stages}
    blocks: list[Block] = []
    for number, place in enumerate(chosen):
        if number:
            blocks.append(PageEnd())
        here = {stage: float(pupils.get(place, 0.0)) for stage, pupils in lost.items()}
        blocks += list(_page(paper, place, ways, here))
    return Chapter("villages", title, tuple(blocks), Text("no village is affected", "没有受影响的村"))


def _ways(paper: Paper, when: str) -> dict[str, pd.DataFrame]:
    """Sum the flows by place, stage, school and how: pupils, mean minutes and metres where known, modes; place → rows.

    The mode most pupils use comes first.
    """
    flows = (paper.plan if when == "after" else paper.base).flows
    table = flows.groupby(_AT, observed=True)["pupils"].sum().to_frame()
    for unit in ("minutes", "metres"):
        table[unit] = weighted_mean(flows, unit, _AT)
    by = flows.groupby([*_AT, "mode"], observed=True)["pupils"].sum().sort_values(ascending=False, kind="stable")
    table["modes"] = by.reset_index().groupby(_AT, observed=True)["mode"].agg(tuple)
    return {str(place): rows for place, rows in table.reset_index().groupby("place_id", observed=True)}


def _page(
    paper: Paper, place: str, ways: dict[str, dict[str, pd.DataFrame]], lost: dict[str, float]
) -> Iterator[Block]:
    study = paper.plan.study
    town = study.places["township_id"].get(place) if "township_id" in study.places else None
    name = paper.papers.place(place)
    yield Heading(f"{paper.papers.township(town)} {name}".strip(), 1)
    if study.simulated:
        yield Sentence(str(Text("Simulated data.", "模拟数据。")), "alarm")
    for stage, count in lost.items():
        if count:
            number = paper.number(count, "count", f"unplaced.csv[place_id={place}, stage={stage}]: sum of pupils")
            yield Sentence(
                str(
                    Text(
                        f"{number} children ({stage_word(stage)}) would have no school.",
                        f"{number} 名儿童（{stage_word(stage)}）将无学可上。",
                    )
                ),
                "alarm",
            )
    if study.demand_base == "residents":
        yield Sentence(str(Text("Children who live here:", "本村（社区）常住适龄儿童：")), "lead")
    rows = [row for stage in paper.papers.stages for row in _stage_rows(paper, place, stage, ways)]
    if rows:
        heads = (
            Text("stage", "学段"),
            Text("when", "时段"),
            Text("school", "学校"),
            Text("children", "人数"),
            Text("how", "方式"),
            Text("minutes one way", "单程（分钟）"),
            Text("km one way", "单程（千米）"),
        )
        yield Grid(
            [str(h) for h in heads],
            rows,
            (3, 5, 6),
            str(
                Text(
                    "Source: assignment.csv, base/assignment.csv; means over the children",
                    "来源：assignment.csv、base/assignment.csv；为学生平均",
                )
            ),
        )
    else:
        yield Sentence(str(Text("No child of school age lives here.", "本村无适龄儿童。")))
    yield from _when(paper, place, ways)


def _of(ways: dict[str, pd.DataFrame], place: str, stage: str) -> pd.DataFrame:
    held = ways.get(place)
    if held is None:
        return pd.DataFrame(columns=[*_AT, "pupils", "minutes", "metres", "modes"])
    return held.loc[held["stage"] == stage].sort_values(["pupils", "school_id"], ascending=[False, True], kind="stable")


def _stage_rows(paper: Paper, place: str, stage: str, ways: dict[str, dict[str, pd.DataFrame]]) -> Iterator[list[str]]:
    """Tell where the children of a stage go: now and as planned, or once where nothing changes."""
    before, after = (_of(ways[when], place, stage) for when in ("before", "after"))
    if before.empty and after.empty:
        return
    now, folder = Text("now", "现在"), paper.before()
    if not paper.compared:
        shown = [(now, after, "")]
    elif before[["school_id", "how"]].reset_index(drop=True).equals(after[["school_id", "how"]].reset_index(drop=True)):
        shown = [(Text("unchanged", "不变"), after, "")]
    else:
        shown = [(now, before, folder), (Text("planned", "规划"), after, "")]
    for when, table, folder in shown:
        for row in table.to_dict("records"):
            yield _row(paper, place, stage, str(when), row, folder)


def _row(paper: Paper, place: str, stage: str, when: str, row: Mapping[str, Any], folder: str) -> list[str]:
    at = f"{folder}assignment.csv[place_id={place}, stage={stage}, school_id={row['school_id']}, how={row['how']}]"
    cells = [paper.number(float(row[name]), kind, f"{at}: {what}") for name, kind, what in _CELLS]
    return [
        stage_word(stage),
        when,
        paper.papers.school(str(row["school_id"])),
        cells[0],
        _how(row),
        *cells[1:],
    ]


def _how(row: Mapping[str, Any]) -> str:
    """Say how the children come: for those who come home daily also by what."""
    word = str(HOW.get(str(row["how"]), row["how"]))
    by = [str(MODES[mode]) for mode in row["modes"] if mode in MODES] if row["how"] == "day" else []
    if not by:
        return word
    return str(Text(f"{word} ({', '.join(by)})", f"{word}（{'、'.join(by)}）"))


def _when(paper: Paper, place: str, ways: dict[str, dict[str, pd.DataFrame]]) -> Iterator[Block]:
    """Say when and why the schools the village's children leave are changed."""
    if not paper.compared:
        return
    held = ways["before"].get(place)
    left = set() if held is None else set(held["school_id"].astype(str))
    for edit in paper.plan.scenario.edits:
        if edit.subject is not None and edit.subject in left and edit.ends:
            year = (
                ""
                if edit.year is None
                else paper.number(edit.year, "year", f"provenance.json: scenario[{edit.subject}].year")
            )
            since = Text(f" from autumn {year}", f"（{year} 年秋季起）") if year else Text("", "")
            why = Text(f": {edit.reason}", f"：{edit.reason}") if edit.reason else Text("", "")
            name = paper.papers.school(edit.subject)
            into = "" if edit.receiver is None else paper.papers.school(edit.receiver)
            to = Text(f" into {into}", into) if into else Text("", "")
            yield Sentence(
                str(
                    Text(
                        f"{name}: {edit.label.en}{to.en}{since.en}{why.en}",
                        f"{name}：{edit.label.zh}{to.zh}{since.zh}{why.zh}",
                    )
                )
            )
