"""Village tables as bureaus keep them, drawn at random with the truth beside them: layout, format, encoding, damage.

What comes in must be the truth, or be refused; nothing may be lost, doubled or invented without a word.
"""

from __future__ import annotations

import io
import random
import re
import shutil
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.utils import get_column_letter

from layout_planner.base.errors import DataError
from layout_planner.reading import check_study
from layout_planner.reading.reader import CheckReport

STAGES = ("primary", "junior")
_ZERO = {"plain": 0x30, "full": 0xFF10, "hindi": 0x0966, "arabic": 0x0660}
_NAMES = "东西南北上下大小青白石松柳桥塘沟岭坪湾口"
_HEADS = {
    "no": ["序号"],
    "town": ["乡镇", "所属乡镇", "乡镇（街道）"],
    "name": ["村名", "居住点", "村（居）委会"],
    "lon": ["经度"],
    "lat": ["纬度"],
    "primary": ["小学适龄儿童", "小学适龄人口数", "小学学生数"],
    "junior": ["初中适龄儿童", "初中适龄人口数", "初中学生数"],
    "note": ["备注"],
}
_STRICT = [
    (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
    (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    ),
]
Cell = str | int | float | None


@dataclass
class Draft:
    """A table as it will be written: rows of cells, merged ranges (from 0), where the body is, and what is true."""

    rows: list[list[Cell]]
    merges: list[tuple[int, int, int, int]]
    columns: list[str]
    first: int
    truth: dict[str, dict[str, float]]
    towns: dict[str, str]
    said: list[str] = field(default_factory=list)
    """What must be told of, in an error or a warning, as a pattern: damage that may cost a number."""
    merged: tuple[str, str] | None = None
    """A count that stands in a merged cell, which text leaves blank."""


def draw(rng: random.Random) -> Draft:
    """Draw a county's table of villages."""
    towns = [f"{name}镇" for name in rng.sample(_NAMES, rng.randint(1, 3))]
    truth: dict[str, dict[str, float]] = {}
    town_of: dict[str, str] = {}
    for town in towns:
        for _ in range(rng.randint(1, 5)):
            name = "".join(rng.sample(_NAMES, 3)) + "村"
            if name not in truth:
                truth[name] = {stage: rng.choice([0, rng.randint(1, 90), rng.randint(900, 1500)]) for stage in STAGES}
                town_of[name] = town
    columns = [c for c in ("no", "town", "name", "primary", "junior", "lon", "lat", "note") if _kept(c, rng)]
    if rng.random() < 0.3:
        columns.remove("lon"), columns.remove("lat")
        columns[columns.index("name") + 1 : 1] = ["lon", "lat"]
    rows, merges = _heads(columns, rng)
    first = len(rows)
    style, angles = rng.choice(list(_ZERO)), rng.random() < 0.15
    grouped, unit = rng.random() < 0.2, rng.random() < 0.1
    for number, (name, counts) in enumerate(truth.items(), start=1):
        lon, lat = 105 + rng.randint(0, 900) / 10_000, 31 + rng.randint(0, 900) / 10_000
        said: dict[str, Cell] = {
            "no": number, "town": town_of[name], "name": name, "note": rng.choice([None, None, "新建"]),
            "lon": _angle(lon, "东经") if angles else lon, "lat": _angle(lat, "北纬") if angles else lat,
        }  # fmt: skip
        for stage in STAGES:
            said[stage] = _number(int(counts[stage]), style, grouped, unit)
        rows.append([said[c] for c in columns])
    draft = Draft(rows, merges, columns, first, truth, town_of)
    if rng.random() < 0.5 and "town" in columns:
        _merge_towns(draft)
    _add_sums_and_notes(draft, rng)
    return draft


def _kept(column: str, rng: random.Random) -> bool:
    return column not in ("no", "note") or rng.random() < 0.6


def _heads(columns: list[str], rng: random.Random) -> tuple[list[list[Cell]], list[tuple[int, int, int, int]]]:
    width = len(columns)
    blank: list[Cell] = [None] * (width - 1)
    rows: list[list[Cell]] = [["某县各村适龄儿童统计表", *blank]] if rng.random() < 0.6 else []
    merges = [(0, 0, 0, width - 1)] if rows else []
    if rows and rng.random() < 0.5:
        rows.append(["填报单位：某县教育局", *blank])
    at = len(rows)
    names: list[Cell] = [rng.choice(_HEADS[c]) for c in columns]
    left = columns.index("primary")
    if rng.random() < 0.5:
        top, below = list(names), [None] * width
        top[left], top[left + 1] = "适龄儿童", None
        below[left], below[left + 1] = "小学", "初中"  # type: ignore[call-overload]
        rows += [top, below]  # type: ignore[list-item]
        merges += [(at, c, at + 1, c) for c in range(width) if c not in (left, left + 1)]
        merges.append((at, left, at, left + 1))
    else:
        rows.append(names)
    return rows, merges


def _number(number: int, style: str, grouped: bool, unit: bool) -> Cell:
    if style == "plain" and not grouped and not unit:
        return number
    text = f"{number:,}" if grouped else str(number)
    return "".join(chr(_ZERO[style] + int(c)) if c.isdigit() else c for c in text) + ("人" if unit else "")


def _angle(degrees: float, side: str) -> str:
    seconds = round(degrees * 3600)
    return f"{side}{seconds // 3600}°{seconds % 3600 // 60:02d}′{seconds % 60:02d}″"


def _merge_towns(draft: Draft) -> None:
    column = draft.columns.index("town")
    start = draft.first
    for at in range(draft.first + 1, len(draft.rows) + 1):
        if at == len(draft.rows) or draft.rows[at][column] != draft.rows[start][column]:
            if at - start > 1:
                draft.merges.append((start, column, at - 1, column))
                for below in range(start + 1, at):
                    draft.rows[below][column] = None
            start = at


def _add_sums_and_notes(draft: Draft, rng: random.Random) -> None:
    width = len(draft.columns)
    if rng.random() < 0.4:
        draft.rows.insert(rng.randint(draft.first, len(draft.rows)), [None] * width)
        at = next(i for i in range(draft.first, len(draft.rows)) if all(c is None for c in draft.rows[i]))
        draft.merges = [_stretch(m, at) for m in draft.merges]
    if rng.random() < 0.5:
        total: list[Cell] = [None] * width
        total[0] = rng.choice(["合计", "合  计", "总计", "全县合计"])
        for stage in STAGES:
            if draft.columns.index(stage):
                total[draft.columns.index(stage)] = int(sum(c[stage] for c in draft.truth.values()))
        draft.rows.append(total)
    if rng.random() < 0.4:
        draft.rows.append([rng.choice(["注：含随迁子女。", "填表人：王五", "数据来源：教育局"]), *[None] * (width - 1)])


def _stretch(merge: tuple[int, int, int, int], at: int) -> tuple[int, int, int, int]:
    top, left, bottom, right = merge
    return (top + (top >= at), left, bottom + (bottom >= at), right)


# --- damage: what people and programs do to a table


def damage(draft: Draft, rng: random.Random) -> None:
    """Do one thing to the table, and note what is true or must be told then."""
    rows = [i for i, row in enumerate(draft.rows) if row[draft.columns.index("name")] in draft.truth]
    at = rng.choice(rows)
    name = str(draft.rows[at][draft.columns.index("name")])
    stage = rng.choice(STAGES)
    column = draft.columns.index(stage)
    what = rng.choice(["blank", "word", "negative", "twice", "unnamed", "formula", "merged",
                       "thousand", "swap", "raised", "wide", "long"])  # fmt: skip
    if what == "blank":
        draft.rows[at][column] = None
        draft.truth[name] = draft.truth[name] | {stage: 0}
        draft.said.append("no number|has a number|empty")
    elif what == "word":
        draft.rows[at][column] = rng.choice(["若干", "六十", "不详", "#REF!", "-", "60万", "１２x"])
        draft.said.append("not a number")
    elif what == "negative":
        draft.rows[at][column] = -1
        draft.said.append("negative")
    elif what == "twice":
        draft.rows.insert(at + 1, list(draft.rows[at]))
        draft.merges = [_stretch(m, at + 1) for m in draft.merges]
        draft.said.append("more than once|already|twice")
    elif what == "unnamed":
        for i, row in enumerate(draft.rows):
            row.append("x" if i == at else None)
        draft.columns.append("")
        draft.said.append("no header")
    elif what == "formula":
        draft.rows[at][column] = "=30+30"
        draft.said.append("formula")
    elif what == "merged":
        after = [i for i in rows if i == at + 1]
        if after:
            draft.rows[at + 1][column] = None
            draft.merges.append((at, column, at + 1, column))
            draft.said.append("merged over several rows|no number|has a number|empty")
            draft.merged = (str(draft.rows[at + 1][draft.columns.index("name")]), stage)
    elif what == "thousand":
        draft.rows[at][column] = "1.250"
        draft.truth[name] = draft.truth[name] | {stage: 1250}
    elif what == "swap":
        lon, lat = draft.columns.index("lon"), draft.columns.index("lat")
        for row in draft.rows[draft.first :]:
            row[lon], row[lat] = row[lat], row[lon]
        draft.said.append("swapped|other axis")
    elif what == "raised":
        draft.rows[at][column] = "12²"
        draft.said.append("not a number")
    elif what == "long":
        draft.rows[at][draft.columns.index("name")] = name * 500
        draft.said.append("more than 1,000 characters")
    elif what == "wide":
        draft.rows[at].append("多出")
        draft.said.append("no header|cells under")


# --- formats


def to_xlsx(draft: Draft, rng: random.Random) -> bytes:
    """Write a workbook, perhaps with a wrong size, perhaps strict, perhaps with other sheets."""
    book = openpyxl.Workbook()
    page = book.active
    if rng.random() < 0.3:
        book.create_sheet("封面", 0).append(["填表说明"])
    for row in draft.rows:
        page.append(row)
    for top, left, bottom, right in draft.merges:
        page.merge_cells(f"{get_column_letter(left + 1)}{top + 1}:{get_column_letter(right + 1)}{bottom + 1}")
    if rng.random() < 0.2:
        book.create_sheet("去年").append(["旧"])
    out = io.BytesIO()
    book.save(out)
    size = rng.choice([None, None, b"A1", b"A1:B3"])
    strict = rng.random() < 0.2
    if size is None and not strict:
        return out.getvalue()
    changed = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if size is not None:
                part = re.sub(rb"<dimension [^>]*/>", b'<dimension ref="' + size + b'"/>', part)
            for usual, other in _STRICT if strict else []:
                part = part.replace(usual, other)
            new.writestr(name, part)
    return changed.getvalue()


def to_text(draft: Draft, rng: random.Random) -> bytes:
    """Write text: separators, line ends, encodings. What was merged is blank."""
    comma = rng.choice([",", ",", "\t", ";"])
    width = max(len(row) for row in draft.rows)
    lines = []
    for row in draft.rows:
        cells = ["" if c is None else str(c) for c in [*row, *[None] * (width - len(row))]]
        lines.append(comma.join(f'"{c}"' if comma in c or '"' in c else c for c in cells))
    text = rng.choice(["\n", "\r\n", "\r"]).join([*lines, ""])
    return text.encode(rng.choice(["utf-8", "utf-8-sig", "gb18030", "gb18030", "utf-16"]))


def to_html(draft: Draft, rng: random.Random) -> bytes:
    """Write a web page named .xls, spans and all."""
    span = {(m[0], m[1]): m for m in draft.merges}
    under = {
        (r, c) for m in draft.merges for r in range(m[0], m[2] + 1) for c in range(m[1], m[3] + 1) if (r, c) != m[:2]
    }
    out = ['<html><head><meta charset="gbk"></head><body><table>']
    for r, row in enumerate(draft.rows):
        out.append("<tr>")
        for c, cell in enumerate(row):
            if (r, c) in under:
                continue
            top, left, bottom, right = span.get((r, c), (r, c, r, c))
            said = f' rowspan="{bottom - top + 1}" colspan="{right - left + 1}"'
            out.append(f"<td{said}>{escape('' if cell is None else str(cell))}</td>")
        out.append("</tr>")
    return "".join([*out, "</table></body></html>"]).encode("gb18030")


FORMS = {"xlsx": to_xlsx, "csv": to_text, "xls": to_html}
TOML = 'name = "某县"\nyear = 2024\n[places]\nfile = "村.{form}"\ncoordinates = "wgs84"\n'


def check_book(seed: int) -> str:
    """Write and read the table of one seed.

    Returns
    -------
    str
        "study" or "refused".

    Raises
    ------
    AssertionError
        Something was lost, doubled, invented, or passed over in silence.
    """
    rng = random.Random(seed)
    draft = draw(rng)
    if rng.random() < 0.5:
        damage(draft, rng)
    form = rng.choice(list(FORMS))
    content = FORMS[form](draft, rng)
    broken = rng.random() < 0.05
    if broken:
        content = content[: rng.randint(0, len(content) - 1)]
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / f"村.{form}").write_bytes(content)
        (folder / "study.toml").write_text(TOML.format(form=form), encoding="utf-8")
        try:
            report = check_study(folder)
        except DataError:
            return "refused"
    finally:
        shutil.rmtree(folder)
    if report.study is None:
        assert report.errors
        return "refused"
    if draft.merged is not None and form == "csv":
        name, stage = draft.merged
        draft.truth[name] = draft.truth[name] | {stage: 0}
    if not (broken and form != "xlsx"):  # text cut short is a shorter text
        _compare(report, draft, form)
    return "study"


def _compare(report: CheckReport, draft: Draft, form: str) -> None:
    assert report.study is not None
    told = " | ".join(f"{f.message.en}" for f in (*report.errors, *report.warnings))
    pupils = report.study.pupils.groupby(["place_id", "stage"])["pupils"].sum()
    names = report.study.places["name"]
    found = {(names[place], stage): float(n) for (place, stage), n in pupils.items() if n}
    expected = {(name, stage): float(n) for name, c in draft.truth.items() for stage, n in c.items() if n}
    assert sorted(names) == sorted(draft.truth), told
    assert found == expected, told
    for pattern in draft.said:
        assert re.search(pattern, told), (pattern, told)
    towns = report.study.places["township_id"]
    blank = {names[place] for place in towns.index[towns.isna()]}
    assert {names[p]: t for p, t in towns.dropna().items()} == {n: t for n, t in draft.towns.items() if n not in blank}
    if blank:
        assert form == "csv"
        assert "no township" in told, told
