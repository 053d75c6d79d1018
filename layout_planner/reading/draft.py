"""A first study.toml, drawn up from the files that lie in a folder: what was recognised, and what is left to say."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.formats.tables import FORMATS, RawTable, read_table
from layout_planner.reading.filing import Filed, sort_file, stage_in_name
from layout_planner.reading.reader import NETWORK_SUFFIXES
from layout_planner.study.columns import LOCATED, TABLES, column_of, stage_columns
from layout_planner.study.shift import is_shifted

_RASTERS = (".tif", ".tiff", ".hgt")
_COMPANIONS = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd", ".toml", ".xml", ".md", ".html")
"""Files that belong to another, or are none of the bureau's."""
_TOGETHER = ("schools", "births", "teachers", "classes")
"""Sections whose lists often come in several files, one a stage or a township."""
_COUNTY = re.compile(r"([\u4e00-\u9fff]{2,5}?(?:自治县|县|区|市|旗))(?!域|级|直|教育)")
_MADE_UP = re.compile(r"[（(]模拟[）)]|模拟数据|虚构|simulated data|made[- ]up|fictitious", re.IGNORECASE)
_SCHOOL_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=\s*[-—–~～至/年]|学年|\D|$)")


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
        recognised, and what only the planner knows (year, coordinates) as lines to fill in, never guessed. At its end
        every file of the folder: what it was taken for and why, or why it was not.

    Raises
    ------
    DataError
        There is no such folder, or no file in it.
    """
    root = Path(folder)
    names = sorted(p.name for p in root.iterdir() if _counts(p)) if root.is_dir() else []
    sections: dict[str, list[str]] = {}
    told: dict[str, Text] = {}
    filed: list[Filed] = []
    for name in names:
        lowered = name.lower()
        if lowered.endswith((*_RASTERS, *NETWORK_SUFFIXES)):
            section = "elevation" if lowered.endswith(_RASTERS) else "roads"
            if section in sections:
                told[name] = Text(f"a second file for [{section}]", f"[{section}] 已有文件")
            else:
                sections[section] = [f"[{section}]", f"file = {_quoted(name)}"]
                told[name] = Text(f"[{section}], by its ending", f"[{section}]，依据扩展名")
        elif lowered.endswith((".yaml", ".yml")):
            told[name] = Text("a scenario, for solve --scenario", "方案文件，用于 solve --scenario")
        elif lowered.endswith(tuple(FORMATS)):
            try:
                filed.append(sort_file(name, read_table(root, name)))
            except DataError as error:
                told[name] = error.faults[0].message
        else:
            told[name] = Text("a format that is not read", "不支持的格式")
    if not names:
        why = Text("no file here can serve a study: the folder is empty.", "此文件夹中没有可用的数据文件。")
        mend = Text("put tables of villages and schools into the folder.", "请放入居住点与学校等数据表。")
        raise DataError([Fault(str(root), why, mend)])
    by_section: dict[str, list[Filed]] = {}
    for one in sorted(filed, key=lambda f: f.fits[0].score if f.fits else (False, False, 0), reverse=True):
        if one.best is not None:
            by_section.setdefault(one.best.section, []).append(one)
    for section, several in by_section.items():
        used, left = _set_together(section, several)
        sections[section] = _section(section, used)
        told |= {one.raw.file: _taken(one) for one in used}
        told |= {one.raw.file: _second(section, used[0], one) for one in left}
    for one in [f for f in filed if f.best is None]:
        told[one.raw.file] = _strange(one)
    blanks = [line for one in filed if one.best is None for line in _blank(one)]
    lines = [*_header(root, names, [one.raw for one in filed]), *_body(sections), *blanks, *_list_of_files(told)]
    return "\n".join(lines) + "\n"


def _counts(path: Path) -> bool:
    """Tell whether a file is one of the bureau's: no companion of a shapefile, no lock of an open workbook."""
    lowered = path.name.lower()
    if lowered.startswith(("~$", ".")) or (path.is_dir() and not lowered.endswith(".gdb")):
        return False
    return not lowered.endswith(_COMPANIONS) or lowered.endswith(".html")


def _set_together(section: str, several: list[Filed]) -> tuple[list[Filed], list[Filed]]:
    """Choose which files serve a section: all lists of schools that are complete and lie in one CRS, else the best."""
    first = several[0]
    alike = [
        one
        for one in several
        if one.best is not None and one.best.complete and str(one.raw.crs) == str(first.raw.crs)
        and (one.raw.geometry is None) == (first.raw.geometry is None)
    ]  # fmt: skip
    used = alike if section in _TOGETHER and len(alike) > 1 else several[:1]
    return used, [one for one in several if one not in used]


def _taken(one: Filed) -> Text:
    assert one.best is not None
    why = one.best.why()
    enough = 0.7 * len(one.best.header_of)
    others = [fit.section for fit in one.fits[1:3] if fit.complete and len(fit.header_of) >= enough]
    also = Text("", "")
    if others:
        also = Text(f"; it might also be [{'], ['.join(others)}]", f"；也可能是 [{']、['.join(others)}]")
    return Text(f"[{one.best.section}]: {why.en}{also.en}", f"[{one.best.section}]：{why.zh}{also.zh}")


def _second(section: str, used: Filed, one: Filed) -> Text:
    assert one.best is not None
    why = one.best.why()
    together = f"file = [{_quoted(used.raw.file)}, {_quoted(one.raw.file)}]"
    return Text(
        f"not used; [{section}] has {used.raw.file} ({why.en}). If both belong to it: {together}",
        f"未使用：[{section}] 已用 {used.raw.file}（本表{why.zh}）。若两表都属于它：{together}",
    )


def _strange(one: Filed) -> Text:
    headers = ", ".join(str(c) for c in one.raw.frame.columns[:20])
    if not one.fits:
        return Text(
            f"not recognised as any table; none of its headers is known: {headers}",
            f"未识别为任何一类表；表头均无法识别：{headers}",
        )
    near = one.fits[0]
    why = near.why()
    return Text(
        f"not recognised as any table; nearest to [{near.section}] ({why.en}); headers: {headers}",
        f"未识别为任何一类表；最接近 [{near.section}]（{why.zh}）；表头：{headers}",
    )


def _blank(one: Filed) -> list[str]:
    """Give a section to fill in for a table none of whose headers decide it."""
    section = one.fits[0].section if one.fits else "schools"
    needed = {"schools": ("name", "stage"), "places": ("name", "pupils_primary")}.get(section, ("name",))
    located = ("lon", "lat") if one.raw.geometry is None and section in LOCATED else ()
    known = one.fits[0].header_of if one.fits else {}
    columns = ", ".join(f'{column} = "…"' for column in (*needed, *located) if column not in known)
    headers = ", ".join(str(c) for c in one.raw.frame.columns[:30])
    ask = Text(
        "If this is a table of schools, places or the like: name its section and columns, and take the # away.",
        "若此表为学校、居住点等数据：请写明节名与列名，并去掉行首的 #。",
    )
    lines = [
        "",
        _comment(ask),
        f"# [{section}]   # [places] [townships] [births] …",
        _comment(Text(f"file = {_quoted(one.raw.file)}", f"file = {_quoted(one.raw.file)}")),
    ]
    lines.append(f"# columns = {{ {columns} }}")
    lines.append(_comment(Text(f"its headers: {headers}", f"表头：{headers}")))
    return lines


def _section(section: str, used: list[Filed]) -> list[str]:
    first = used[0]
    assert first.best is not None
    raw, found = first.raw, dict(first.best.header_of)
    lines = [f"[{section}]", *_files(section, used)]
    lines += [_comment(fault.message) for one in used for fault in one.raw.told]
    lines += [f"sheet = {_quoted(str(f.value))}" for f in raw.told if f.column == "sheet" and len(used) == 1]
    columns = {"lon", "lat"} <= set(found) or {"x", "y"} <= set(found)
    if (raw.geometry is None and (columns or section in LOCATED)) or (raw.geometry is not None and not raw.crs):
        lines += _ask_coordinates(raw, found)
    if raw.geometry is not None and raw.crs:
        known_crs = getattr(raw.crs, "name", str(raw.crs))
        lines.append(_comment(Text(f"Its own coordinates: {known_crs}", f"图层自带坐标系：{known_crs}")))
    for one in used:
        assert one.best is not None
        mine = one.best.header_of
        renamed = [f"{header} → {canonical}" for canonical, header in mine.items() if canonical != header]
        if renamed:
            lines.append(_comment(Text(f"Recognised: {', '.join(renamed)}", f"已识别：{'，'.join(renamed)}")))
        known = {*mine.values(), *(header for several in one.best.rivals.values() for header in several)}
        strange = [str(h) for h in one.raw.frame.columns if h not in known and column_of(section, str(h)) is None]
        if strange:
            shown = ", ".join(strange[:30]) + (" …" if len(strange) > 30 else "")
            lines.append(_comment(Text(f"Carried through as they are: {shown}", f"原样保留：{shown}")))
    if first.best.rivals:
        named = ", ".join(f"{canonical} = {_quoted(found[canonical])}" for canonical in first.best.rivals)
        others = "; ".join(f"{canonical}: {', '.join(more)}" for canonical, more in first.best.rivals.items())
        lines += [
            _comment(
                Text(f"Several headers may be meant ({others}); choose:", f"有多个表头可选（{others}），请选定：")
            ),
            f"columns = {{ {named} }}",
        ]
    lines += _still_missing(section, first.best.missing)
    if section == "places" and not stage_columns(found, "pupils"):
        lines += [
            _comment(Text("No counts of children: a share of the population?", "没有适龄人数：可按人口比例推算：")),
            "# pupils_from = { primary = 0.0875 }",
        ]
    return lines


_GAUSS = (((25, 45), 4513), ((13, 23), 4491))
"""Zones of three and of six degrees, and the EPSG code of the first: CGCS2000 with the zone before the easting."""


def _ask_coordinates(raw: RawTable, found: Mapping[str, str]) -> list[str]:
    """Ask for the coordinate system of plain columns, and say what their numbers tell of it."""
    ask = _comment(Text("Say what the coordinates are; it cannot be guessed.", "请注明坐标系，程序不作猜测："))
    if {"x", "y"} <= set(found):
        east = pd.to_numeric(raw.frame[found["x"]], errors="coerce").median()
        zone = int(east // 1e6) if 1.3e7 <= east < 4.6e7 else 0
        code = next((first + zone - low for (low, high), first in _GAUSS if low <= zone <= high), None)
        told = Text(
            "x and y are metres: name their system by its EPSG number; whoever drew the map knows it"
            + (f" (the eastings begin with zone {zone}: in CGCS2000 that is EPSG:{code})." if code else "."),
            "x、y 为米：请写明 EPSG 编号，可询问制图单位"
            + (f"（横坐标带号为 {zone}，CGCS2000 即 EPSG:{code}）。" if code else "。"),
        )
        return [ask, _comment(told), f'# coordinates = "EPSG:{code or "…"}"']
    lines = [ask, '# coordinates = "wgs84"   # wgs84 | cgcs2000 | gcj02 | bd09 | EPSG:n']
    if not {"lon", "lat"} <= set(found):
        return lines
    lon, lat = (pd.to_numeric(raw.frame[found[c]], errors="coerce").median() for c in ("lon", "lat"))
    if lon == lon and lat == lat and is_shifted([lon], [lat]):
        told = Text(
            "Picked on Amap or Tencent maps: gcj02; on Baidu: bd09; on Tianditu or by survey: cgcs2000; by GPS: wgs84.",
            "取自高德、腾讯地图填 gcj02；百度填 bd09；天地图或测绘填 cgcs2000；GPS 填 wgs84。",
        )
        lines.insert(1, _comment(told))
    return lines


def _files(section: str, used: list[Filed]) -> list[str]:
    """Name the files of a section, and the stage of each where only its name tells it."""
    names = [one.raw.file for one in used]
    lines = [f"file = {_quoted(names[0])}" if len(used) == 1 else f"file = [{', '.join(map(_quoted, names))}]"]
    if section != "schools":
        return lines
    told = {"stage", "kind", "grades", "grade_from"}
    stages = [
        None if one.best is None or told & set(one.best.header_of) else stage_in_name(one.raw.file) for one in used
    ]
    if any(stages):
        sets = [f'{{ stage = "{stage}" }}' if stage else "{}" for stage in stages]
        lines.append(f"set = {sets[0]}" if len(used) == 1 else f"set = [{', '.join(sets)}]")
        lines.append(_comment(Text("The stage is taken from the file's name.", "学段取自文件名。")))
    return lines


def _still_missing(section: str, missing: Iterable[str]) -> list[str]:
    asked = [name for name in missing if name != "pupils_primary"]
    if not asked:
        return []
    blanks = ", ".join(f'{name} = "…"' for name in asked)
    return [
        _comment(Text("Not found; put your headers here:", "未找到下列列，请填入您的表头：")),
        f"# columns = {{ {blanks} }}",
    ]


def _header(root: Path, names: Iterable[str], tables: Sequence[RawTable]) -> list[str]:
    titles = [fault.message.zh for raw in tables for fault in raw.told if "其上为" in fault.message.zh]
    said = [*(Path(name).stem for name in names), *titles]
    years = sorted({year for text in said for year in _SCHOOL_YEAR.findall(text)})
    likely = next((y for text in titles for y in re.findall(r"(20\d\d)\s*[-—–~～至]\s*(?:20)?\d\d\s*学年", text)), None)
    seen = Text("", "")
    if years:
        seen = Text(f" (the files say {', '.join(years)})", f"（文件中出现 {'、'.join(years)}）")
    counties = [county for text in said for county in _COUNTY.findall(text.split("：")[-1])]
    name = max(set(counties), key=lambda one: (counties.count(one), one)) if counties else root.resolve().name
    return [
        _comment(
            Text(
                "Drawn up from the files in this folder. Look through it, fill in what is marked, then run: check",
                "根据本文件夹中的文件草拟。请逐项核对，补填标出之处，然后运行 check。",
            )
        ),
        f"name = {_quoted(name or 'study')}",
        *_made_up(said + [fault.message.zh for raw in tables for fault in raw.told]),
        _comment(Text(f"The school year the data are of{seen.en}:", f"数据所属学年{seen.zh}：")),
        f"# year = {likely or (years[-1] if years else '…')}",
        'calendar = "6+3"   # 6+3 | 5+4 | 6+3+3 | 7+6 | K1+5+3+4 | R1+6+5+2@5 …',
        _comment(Text("crs is chosen from the data where it is left out.", "不写 crs 时由程序按数据选定。")),
        '# crs = "EPSG:4544"',
    ]


def _made_up(said: Iterable[str]) -> list[str]:
    """Propose that the data are made up where the files say so of themselves: whoever sees them has to be told."""
    found = next((hit[0] for text in said if (hit := _MADE_UP.search(text))), None)
    if found is None:
        return []
    told = Text(
        f'The files call their data made up ("{found}"): all pages and papers will say so. Take it out if it is wrong.',
        f"文件自称数据为虚构（“{found}”）：各页面、文本均会注明；如确为真实数据，请删去此行。",
    )
    return [_comment(told), "simulated = true"]


def _body(sections: dict[str, list[str]]) -> list[str]:
    if "places" not in sections:
        told = Text("A study needs places: villages, estates or grid cells.", "研究必须有居住点（村、小区或网格）。")
        sections["places"] = [_comment(told), "# [places]", '# file = "…"']
    order = [*TABLES, "elevation"]
    return [line for name in sorted(sections, key=order.index) for line in ("", *sections[name])]


def _list_of_files(told: dict[str, Text]) -> list[str]:
    if not told:
        return []
    said = [_comment(Text(f"  {name}: {why.en}", f"  {name}：{why.zh}")) for name, why in sorted(told.items())]
    return [
        "",
        _comment(Text("Every file of this folder, and what it was taken for:", "本文件夹中各文件的判断：")),
        *said,
    ]


def _comment(text: Text) -> str:
    """One comment line; control characters are not allowed in TOML comments."""
    return "# " + "".join(c if c.isprintable() else " " for c in str(text))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
