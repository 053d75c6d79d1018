"""A first study.toml, drawn up from the files that lie in a folder: what was recognised, and what is left to say."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.study.reading.columns import LOCATED, SHAPES, TABLES, column_of, stage_columns
from layout_planner.study.reading.headers import recognise
from layout_planner.study.reading.reader import NETWORK_SUFFIXES
from layout_planner.study.reading.tables import SUFFIXES, RawTable, read_table

_RASTERS = (".tif", ".tiff", ".hgt")
_HINTS: dict[str, str] = {
    "places": "places villages 居住点 村 小区 社区 生源",
    "townships": "townships towns 乡镇 街道",
    "schools": "schools 学校 幼儿园 中小学 學校",
    "sites": "sites 选址 地块",
    "rolls": "rolls 在校生 学籍",
    "attendance": "attendance 就读",
    "births": "births 出生",
    "classes": "classes 班额 大班额",
    "teachers": "teachers 教师",
    "roads": "roads streets 道路 路网",
    "water": "water rivers 水系 河流",
    "hazards": "hazards 危险 隐患 灾害",
    "stops": "stops 站点 校车",
    "costs": "costs 费用 成本",
    "procedure": "procedure 程序 听证",
    "projects": "projects 项目",
    "estates": "estates 楼盘 配套",
    "speeds": "speeds 速度",
}
"""Section → words in the names of files that hold it."""

_SHAPE_OF = {"Point": "point", "MultiPoint": "point", "LineString": "line", "MultiLineString": "line",
             "Polygon": "polygon", "MultiPolygon": "polygon"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Match:
    """A file and the section it was recognised as."""

    section: str
    score: tuple[bool, bool, int]
    raw: RawTable
    header_of: dict[str, str]


def draft_study(folder: str | os.PathLike[str]) -> str:
    """Draw up a study.toml from the files that lie in a folder; nothing is written.

    Parameters
    ----------
    folder
        Its own files are looked at, not those of folders inside it.

    Returns
    -------
    str
        TOML with comments in the reader's language: each file under the section it was recognised as, the headers
        recognised, and what only the planner knows (year, coordinates) as lines to fill in, never guessed.

    Raises
    ------
    DataError
        There is no such folder, or no file in it can serve.
    """
    root = Path(folder)
    names = sorted(p.name for p in root.iterdir() if p.is_file() or p.suffix.lower() == ".gdb") if root.is_dir() else []
    sections: dict[str, list[str]] = {}
    unused: dict[str, Text] = {}
    matches: list[_Match] = []
    for name in names:
        lowered = name.lower()
        if lowered.endswith((*_RASTERS, *NETWORK_SUFFIXES)):
            section = "elevation" if lowered.endswith(_RASTERS) else "roads"
            if section in sections:
                unused[name] = Text(f"a second file for [{section}]", f"[{section}] 已有文件")
            else:
                sections[section] = [f"[{section}]", f"file = {_quoted(name)}"]
        elif lowered.endswith(SUFFIXES):
            try:
                matches.append(_match(name, read_table(root, name)))
            except DataError as error:
                unused[name] = error.faults[0].message
    for match in sorted(matches, key=lambda m: m.score, reverse=True):
        if not match.section:
            unused[match.raw.file] = Text("not recognised as any table", "未识别为任何一类表")
        elif match.section in sections:
            unused[match.raw.file] = Text(f"a second file for [{match.section}]", f"[{match.section}] 已有文件")
        else:
            sections[match.section] = _section(match)
    if not sections:
        told = Text("no file here can serve a study.", "此文件夹中没有可用的数据文件。")
        mend = Text("put tables of villages and schools into the folder.", "请放入居住点与学校等数据表。")
        raise DataError([Fault(str(root), told, mend)])
    return "\n".join([*_header(root, names), *_body(sections), *_rest(unused)]) + "\n"


def _match(name: str, raw: RawTable) -> _Match:
    """Find the section a file fits best: needed columns found, then its name, then how many columns are known."""
    best = _Match("", (False, False, 0), raw, {})
    shapes = set() if raw.geometry is None else {_SHAPE_OF.get(t, "") for t in raw.geometry.geom_type.dropna()}
    headers = [str(header) for header in raw.frame.columns]
    for section, columns in TABLES.items():
        if shapes and not shapes <= set(SHAPES.get(section, ())):
            continue
        found = {canonical: heads[0] for canonical, heads in recognise(section, headers, {}).items()}
        needed = [column.name for column in columns if column.needed]
        complete = bool(needed) and all(column in found for column in needed)
        if section == "schools":
            complete = complete and bool({"stage", "kind"} & set(found))
        if section == "places":
            complete = complete and ("population" in found or bool(stage_columns(found, "pupils")))
        hinted = any(word in Path(name).stem.lower() for word in _HINTS.get(section, "").split())
        score = (complete, hinted, len(found))
        if (complete or hinted) and score > best.score:
            best = _Match(section, score, raw, found)
    return best


def _section(match: _Match) -> list[str]:
    raw, found = match.raw, match.header_of
    lines = [f"[{match.section}]", f"file = {_quoted(raw.file)}"]
    lines += [_comment(fault.message) for fault in raw.told]
    lines += [f"sheet = {_quoted(str(fault.value))}" for fault in raw.told if fault.column == "sheet"]
    columns = {"lon", "lat"} <= set(found) or {"x", "y"} <= set(found)
    if (raw.geometry is None and (columns or match.section in LOCATED)) or (raw.geometry is not None and not raw.crs):
        lines += [
            _comment(Text("Say what the coordinates are; it cannot be guessed.", "请注明坐标系，程序不作猜测：")),
            '# coordinates = "wgs84"   # wgs84 | cgcs2000 | gcj02 | bd09 | EPSG:n',
        ]
    renamed = [f"{header} → {canonical}" for canonical, header in found.items() if canonical != header]
    if renamed:
        lines.append(_comment(Text(f"Recognised: {', '.join(renamed)}", f"已识别：{'，'.join(renamed)}")))
    known = set(found.values())
    strange = [str(h) for h in raw.frame.columns if h not in known and column_of(match.section, str(h)) is None]
    if strange:
        shown = ", ".join(strange[:30]) + (" …" if len(strange) > 30 else "")
        lines.append(_comment(Text(f"Carried through as they are: {shown}", f"原样保留：{shown}")))
    missing = [c.name for c in TABLES[match.section] if c.needed and c.name not in found]
    if match.section == "schools" and not {"stage", "kind"} & set(found):
        missing.append("stage")
    if missing:
        blanks = ", ".join(f'{name} = "…"' for name in missing)
        lines += [
            _comment(Text("Not found; put your headers here:", "未找到下列列，请填入您的表头：")),
            f"# columns = {{ {blanks} }}",
        ]
    if match.section == "places" and not stage_columns(found, "pupils"):
        lines += [
            _comment(Text("No counts of children: a share of the population?", "没有适龄人数：可按人口比例推算：")),
            "# pupils_from = { primary = 0.0875 }",
        ]
    return lines


def _header(root: Path, names: Iterable[str]) -> list[str]:
    years = sorted({year for name in names for year in re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", name)})
    seen = Text("", "")
    if years:
        seen = Text(f" (the files' names say {', '.join(years)})", f"（文件名中有 {'、'.join(years)}）")
    return [
        _comment(
            Text(
                "Drawn up from the files in this folder. Look through it, fill in what is marked, then run: check",
                "根据本文件夹中的文件草拟。请逐项核对，补填标出之处，然后运行 check。",
            )
        ),
        f"name = {_quoted(root.resolve().name or 'study')}",
        _comment(Text(f"The school year the data are of{seen.en}:", f"数据所属学年{seen.zh}：")),
        f"# year = {years[-1] if years else '…'}",
        'calendar = "6+3"   # 6+3 | 5+4 | 6+3+3 | 5+4+3',
        _comment(Text("crs is chosen from the data where it is left out.", "不写 crs 时由程序按数据选定。")),
        '# crs = "EPSG:4544"',
    ]


def _body(sections: dict[str, list[str]]) -> list[str]:
    if "places" not in sections:
        told = Text("A study needs places: villages, estates or grid cells.", "研究必须有居住点（村、小区或网格）。")
        sections["places"] = [_comment(told), "# [places]", '# file = "…"']
    order = [*TABLES, "elevation"]
    return [line for name in sorted(sections, key=order.index) for line in ("", *sections[name])]


def _rest(unused: dict[str, Text]) -> list[str]:
    if not unused:
        return []
    said = [_comment(Text(f"  {name}: {why.en}", f"  {name}：{why.zh}")) for name, why in sorted(unused.items())]
    return ["", _comment(Text("Not used:", "未使用的文件：")), *said]


def _comment(text: Text) -> str:
    """One comment line; control characters are not allowed in TOML comments."""
    return "# " + "".join(c if c.isprintable() else " " for c in str(text))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
