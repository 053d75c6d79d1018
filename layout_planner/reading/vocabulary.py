"""Columns of stages, kinds and other words: read, and what is told of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.reading.config import Section
from layout_planner.reading.faults import Faults, Table
from layout_planner.study import cells
from layout_planner.study.columns import Column
from layout_planner.study.kinds import (
    INCOMPLETE,
    KIND_NAMES,
    KIND_WORDS,
    OWNERSHIP_WORDS,
    SECONDARY,
    STAGE_WORDS,
    Offered,
    plain,
    read_offered,
)
from layout_planner.study.stages import STAGE_NAMES, STAGES


def kind_is_guessed(name: str, section: Section, header_of: dict[str, str]) -> bool:
    """Tell whether the study file says the stage of schools, and a column was only taken for their kind."""
    header = header_of.get("kind")
    if name != "schools" or header is None or "stage" not in section.common:
        return False
    return "kind" not in section.columns and header.strip().lower() != "kind"


def follow_stage(table: Table, stage: str, faults: Faults) -> None:
    """Empty the cells of a guessed column of kinds that are no kind of the stage the study file says; say so.

    The study file knows; what a header such as "type" may mean does not outweigh it.
    """
    said = read_offered(stage)
    if said is None:  # a fault of its own
        return
    text = cells.to_text(table.frame["kind"])
    read = [None if pd.isna(cell) else read_offered(str(cell)) for cell in text]
    unknown = text.notna().to_numpy() & np.array([one is None for one in read], dtype=bool)
    other = np.array(
        [one is not None and bool(one.stages) and not _hold(one.stages) >= _hold(said.stages) for one in read],
        dtype=bool,
    )
    once = ~text.duplicated().to_numpy()
    mend = Text(
        "none needed where set is right; else take the stage out of set, or leave rows out with where.",
        "如 set 所写学段正确则无需处理；否则请从 set 中删去学段，或用 where 排除这些行。",
    )
    told = Text(
        "no kind of school that is known; left empty, set says the stage.",
        "不是可识别的办学类型，按空处理，学段以 set 为准。",
    )
    faults.rows(table, unknown & once, "kind", told, mend, warn=True)
    told = Text(
        f'a kind of other stages than set says ("{stage}"); left empty.',
        f"该办学类型与 set 所写学段（{stage}）不符，按空处理。",
    )
    faults.rows(table, other & once, "kind", told, mend, warn=True)
    table.frame["kind"] = text.mask(unknown | other)


def _hold(stages: tuple[str, ...]) -> set[str]:
    return {one for stage in stages for one in (("junior", "senior") if stage == SECONDARY else (stage,))}


_USUAL_WORDS = (*STAGES, "open", "closed", "planned", "public", "private")
"""Our own words: they are meant before those that only mean the same."""


def likely_word(value: str, words: Iterable[str]) -> Text:
    """Say which word may have been meant: one nearly alike, never one that drops a part of what was written.

    Nor one of other numbers (十六年一贯制 is no 十五年一贯制), nor one that adds to it.
    """
    written = plain(value)
    near = difflib.get_close_matches(written, list(words), n=1, cutoff=0.75)
    usual = difflib.get_close_matches(written, _USUAL_WORDS, n=1, cutoff=0.75)
    near = [word for word in usual if word in words] or near
    if not near or near[0] in written or written in near[0] or re.search(r"[、，,;；/+&]", value):
        return Text("", "")
    if _NUMERALS.findall(near[0]) != _NUMERALS.findall(written):
        return Text("", "")
    return Text(f' (did you mean "{near[0]}"?)', f"（是否为“{near[0]}”？）")


_NUMERALS = re.compile(r"[0-9一二三四五六七八九十]")
_STAGES_SAID = ", ".join(STAGES), "、".join(zh for _, zh in STAGE_NAMES.values())
_KINDS_SAID = "、".join(f"{code} {name}" for code, name in KIND_NAMES.items())


def offered_column(table: Table, column: Column, raw: pd.Series, faults: Faults) -> pd.Series:
    """Read what a school offers; what comes of it is settled by `read_offers` once both columns are read."""
    text = cells.to_text(raw)
    values = text.map(lambda cell: read_offered(str(cell)), na_action="ignore").astype(object)
    bad = (text.notna() & values.isna()).to_numpy()
    header = table.header_of.get(column.name, column.name)
    known = {*STAGE_WORDS, *KIND_WORDS}
    owner = bad & text.map(lambda cell: plain(str(cell)) in OWNERSHIP_WORDS, na_action="ignore").eq(True).to_numpy()
    who = Text("this says who runs the school, not what it offers.", "这是举办者（公办、民办），不是学段或办学类型。")
    name_it = Text(
        f'name the column for what it is: columns = {{ ownership = "{header}" }} under [{table.name}], and fill in the '
        f"stage ({_STAGES_SAID[0]}) in a column of its own.",
        f'请在 [{table.name}] 中注明该列为举办者：columns = {{ ownership = "{header}" }}，'
        f"并另列填写学段（{_STAGES_SAID[1]}）。",
    )
    faults.rows(table, owner, column.name, who, name_it)
    bad = bad & ~owner

    def told(position: int) -> Text:
        hint = likely_word(str(text.iloc[position]), known)
        return Text(f"no stage and no kind of school that is known{hint.en}.", f"不是可识别的学段或办学类型{hint.zh}。")

    mend = Text(
        f"write the stage ({_STAGES_SAID[0]}; several with a comma), the grades (1-6), or a kind ({_KINDS_SAID}); rows "
        f"that are no schools to plan for: where = '{header} != \"…\"' under [{table.name}].",
        f"请写学段（{_STAGES_SAID[1]}，多个用“、”隔开）、年级（1-6）或办学类型（{_KINDS_SAID}）；不需规划的行可在 "
        f"[{table.name}] 中用 where = '{header} != \"…\"' 排除。",
    )
    faults.rows(table, bad, column.name, told, mend)
    _tell_abbreviated(table, column, text, faults)
    _tell_parts(table, column, values, faults)
    return values


def _tell_parts(table: Table, column: Column, values: pd.Series, faults: Faults) -> None:
    """Say where a kindergarten was only a remark, and which grades an incomplete primary school was taken to have."""
    read = [one if isinstance(one, Offered) else None for one in values]
    beside = np.array([one is not None and one.beside for one in read], dtype=bool)
    told = Text(
        "its kindergarten is not read: the numbers of the row are the school's.",
        "附设的幼儿园未计入：本行数字按学校读取。",
    )
    mend = Text(
        "if the kindergarten is to be planned too, give it a row of its own with its children.",
        "如需规划其幼儿园，请另列一行并填其人数。",
    )
    faults.rows(table, beside, column.name, told, mend, warn=True)
    if "grades" in table.header_of or {"grade_from", "grade_to"} <= set(table.header_of):
        return
    lower = np.array([one is not None and one.grades == INCOMPLETE and bool(one.stages) for one in read], dtype=bool)
    told = Text(
        "read as an incomplete primary school, grades 1-4 (GB 50099-2011).",
        "按非完全小学 1—4 年级读取（GB 50099-2011）。",
    )
    mend = Text('if it has others, add a column grades ("1-3").', "如年级不同，请增加“年级范围”列（如 1-3）。")
    faults.rows(table, lower, column.name, told, mend, warn=True)


def _tell_abbreviated(table: Table, column: Column, text: pd.Series, faults: Faults) -> None:
    """Say that ES was read as an American elementary school, where no MS or HS beside it bears that out."""
    words = text.map(lambda cell: plain(str(cell)), na_action="ignore")
    if words.isin(["ms", "hs"]).any():
        return
    told = Text(
        "read as an elementary school; in Portuguese and Spanish lists it may stand for another thing (a state, ensino "
        "secundário).",
        "按美国小学（elementary school）读取；葡、西语名录中可能另有所指（州名、中学）。",
    )
    header = table.header_of.get(column.name, column.name)
    mend = Text(
        f'write primary, if it is so; else name another column: columns = {{ {column.name} = "…" }}, or '
        f'ignore = ["{header}"] under [{table.name}].',
        f'如属实请写小学；否则请在 [{table.name}] 中另指一列：columns = {{ {column.name} = "…" }}，'
        f'或 ignore = ["{header}"]。',
    )
    first = words.eq("es").fillna(False).to_numpy(dtype=bool)
    faults.rows(table, first & ~words.duplicated().to_numpy(), column.name, told, mend, warn=True)
