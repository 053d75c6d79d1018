"""Tables of `bureau_tables` as bureaus and their programs write them, damaged, and read: the truth, or one error.

What comes in must be the truth, or be refused; nothing may be lost, doubled or invented without a word.
"""

from __future__ import annotations

import io
import random
import re
import shutil
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.utils import get_column_letter

from layout_planner.base.errors import DataError
from layout_planner.reading import check_study
from layout_planner.reading.reader import CheckReport
from layout_planner.study import Study
from tests.reading.bureau_tables import Draft, draw, insert

_STRICT = [
    (b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"),
    (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    ),
]

# --- damage: what people and programs do to a table


def damage(draft: Draft, rng: random.Random) -> None:
    """Do one thing to the table, and note what is true or must be told then."""
    rows = draft.records()
    at = rng.choice(rows)
    name = str(draft.rows[at][draft.name])
    count = rng.choice([c for c in draft.counts if c in draft.truth[name]])
    column = draft.columns.index(count)
    what = rng.choice(["blank", "word", "negative", "twice", "unnamed", "formula", "merged",
                       "thousand", "swap", "raised", "wide", "long", "again"])  # fmt: skip
    if what == "blank":
        draft.rows[at][column] = None
        del draft.truth[name][count]
        draft.said.append("no number|has a number|neither seats|empty")
    elif what == "word":
        draft.rows[at][column] = rng.choice(["若干", "六十", "不详", "#REF!", "60万", "１２x"])
        draft.said.append("not a number")
    elif what == "negative":
        draft.rows[at][column] = -1
        draft.said.append("negative|below 0")
    elif what == "twice":
        insert(draft, at + 1, list(draft.rows[at]))
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
        _merge_count(draft, at, count)
    elif what == "thousand":
        draft.rows[at][column] = "1.250"
        draft.truth[name][count] = 1250
    elif what == "swap" and "lon" in draft.columns:
        lon, lat = draft.columns.index("lon"), draft.columns.index("lat")
        for row in draft.rows[draft.first :]:
            row[lon], row[lat] = row[lat], row[lon]
        draft.said.append("swapped|other axis")
    elif what == "raised":
        draft.rows[at][column] = "12²"
        draft.said.append("not a number")
    elif what == "long":
        draft.rows[at][draft.name] = name * 600
        draft.said.append("more than 1,000 characters|no such township")
    elif what == "wide":
        draft.rows[at].append("多出")
        draft.said.append("no header|cells under")
    elif what == "again":  # the headers once more, as at the top of every printed page
        for row in reversed(draft.rows[_first_header(draft) : draft.first]):
            insert(draft, at, list(row))
        draft.said.append("once more")


def _first_header(draft: Draft) -> int:
    return next(i for i, row in enumerate(draft.rows) if sum(cell is not None for cell in row) > 2)


def _merge_count(draft: Draft, at: int, count: str) -> None:
    """Merge a number with that of the row below it."""
    column = draft.columns.index(count)
    below = str(draft.rows[at + 1][draft.name]) if at + 1 in draft.records() else ""
    if count in draft.truth.get(below, {}):
        draft.rows[at + 1][column] = None
        draft.merges.append((at, column, at + 1, column))
        draft.said.append("merged over several rows|no number|has a number|neither seats|empty")
        draft.merged = (below, count)


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
TOML = 'name = "某县"\nyear = 2024\n[{section}]\nfile = "{file}"\n'
_VILLAGES = TOML.format(section="places", file="villages.csv") + 'coordinates = "wgs84"\n'


def check_book(seed: int) -> str:
    """Write and read the table of one seed.

    Returns
    -------
    str
        The section of the table, and "study" or "refused".

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
        _write(draft, form, content, folder)
        report = check_study(folder)
    except DataError:
        return f"{draft.section} refused"
    finally:
        shutil.rmtree(folder)
    if report.study is None:
        assert report.errors
        return f"{draft.section} refused"
    if draft.merged is not None and form == "csv":
        name, count = draft.merged
        draft.truth[name].pop(count)
    if not (broken and form != "xlsx"):  # text cut short is a shorter text
        _compare(report, draft, form)
    return f"{draft.section} study"


def _write(draft: Draft, form: str, content: bytes, folder: Path) -> None:
    """Write the table; beside every other than that of the villages, a plain one of villages."""
    file = f"表.{form}"
    (folder / file).write_bytes(content)
    toml = TOML.format(section=draft.section, file=file)
    if draft.section == "places":
        toml += 'coordinates = "wgs84"\n'
    else:
        towns = [name for name in draft.truth if draft.section != "schools"] or list(
            dict.fromkeys(draft.towns.values())
        )
        lines = [f"V{i},{t},{t},105.04,31.04,90,40" for i, t in enumerate(towns)]
        head = "place_id,name,乡镇,lon,lat,pupils_primary,pupils_junior"
        (folder / "villages.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
        toml = _VILLAGES + toml.partition("\n[")[1].strip() + toml.partition("\n[")[2]
        if draft.section == "schools":
            toml += 'coordinates = "wgs84"\nshare_by = "grades"\n'
    (folder / "study.toml").write_text(toml, encoding="utf-8")


def _compare(report: CheckReport, draft: Draft, form: str) -> None:
    study = report.study
    assert study is not None
    told = " | ".join(f"{f.message.en}" for f in (*report.errors, *report.warnings))
    found = {key: float(n) for key, n in _numbers(study, draft.section).items() if n}
    expected = {(name, key): n for name, c in draft.truth.items() for key, n in c.items() if n}
    assert found == expected, told
    for pattern in draft.said:
        assert re.search(pattern, told), (pattern, told)
    if draft.section == "schools":
        assert dict(zip(study.schools["name"], study.schools.index, strict=True)) == draft.codes
        offered = study.offers.reset_index().groupby("school_id")["stage"].agg(set)
        assert {draft.codes[n]: set(stages) for n, stages in draft.words.items()} == offered.to_dict()
    if draft.section == "townships":
        assert dict(zip(study.townships["name"], study.townships.index, strict=True)) == draft.codes
    if draft.towns:
        table = getattr(study, draft.section)
        towns, names = table["township_id"], table["name"]
        assert sorted(names) == sorted(draft.truth), told
        blank = {names[at] for at in towns.index[towns.isna()]}
        given = {names[at]: town for at, town in towns.dropna().items()}
        assert given == {n: t for n, t in draft.towns.items() if n not in blank}
        if blank:
            assert form == "csv"
            assert "no township" in told, told


def _numbers(study: Study, section: str) -> dict[tuple[str, str], float]:
    """Give the numbers a study holds by the name of the row and the column they stood in."""
    if section == "places":
        names = study.places["name"]
        counts = study.pupils.groupby(["place_id", "stage"])["pupils"].sum()
        return {(names[place], stage): n for (place, stage), n in counts.items()}
    if section == "townships":
        towns = study.townships
        return {(name, "population"): n for name, n in zip(towns["name"], towns["population"], strict=True) if n == n}
    if section == "births":
        names = study.townships["name"]
        return {(names[row.township_id], str(row.year)): row.count for row in study.births.itertuples(index=False)}
    names = study.schools["name"]
    found = {(names[s], f"seats_{stage}"): n for (s, stage), n in study.offers["seats"].dropna().items()}
    rolls = study.rolls.groupby(["school_id", "stage"])["pupils"].sum()
    found |= {(names[s], f"enrolment_{stage}"): round(n, 6) for (s, stage), n in rolls.items()}
    teachers = study.offers["teachers"].dropna().groupby("school_id").sum()
    return found | {(names[s], "teachers"): n for s, n in teachers.items()}
