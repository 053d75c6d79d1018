"""What a file is: the section of a study it fits best, and why; like a clerk who sorts what was handed in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from layout_planner.base.messages import Text
from layout_planner.formats.tables import RawTable
from layout_planner.study.columns import IDS, SHAPES, TABLES, stage_columns
from layout_planner.study.headers import recognise
from layout_planner.study.kinds import read_offered

_HINTS: dict[str, str] = {
    "places": "places villages 居住点 村 小区 社区 生源 居委会 适龄",
    "townships": "townships towns 乡镇 街道",
    "schools": "schools 学校 幼儿园 中小学 學校 小学 初中 高中 校点",
    "sites": "sites 选址 地块",
    "zones": "zones catchments attendance_area 学区 片区 划片 招生范围",
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
_STAGE_IN_NAME = re.compile(
    r"幼儿园|小学|初中|高中|中职|特教|kindergarten|primary|elementary|junior|middle|senior|high"
)


@dataclass(frozen=True, eq=False)
class Fit:
    """How a file fits a section.

    Parameters
    ----------
    section
        The section.
    complete
        Every needed column was found, or what serves in its place.
    hinted
        The words of the file's name that speak for it.
    header_of
        Canonical name → the header read as it.
    rivals
        Canonical name → further headers that may mean it.
    missing
        Needed columns that were not found.
    """

    section: str
    complete: bool
    hinted: str
    header_of: dict[str, str]
    rivals: dict[str, list[str]]
    missing: tuple[str, ...]

    @property
    def score(self) -> tuple[bool, bool, int]:
        """Needed columns found, then the file's name, then how many columns are known."""
        return self.complete, bool(self.hinted), len(self.header_of)

    def why(self) -> Text:
        """Say what speaks for it and what is missing."""
        needed = [f"{header}" for name, header in self.header_of.items() if name in _telling(self.section)]
        shown = needed or list(self.header_of.values())[:3]
        en, zh = [], []
        if shown:
            en.append(f"headers {', '.join(shown)}")
            zh.append(f"表头有 {'、'.join(shown)}")
        if self.hinted:
            en.append(f'its name says "{self.hinted}"')
            zh.append(f"文件名含“{self.hinted}”")
        if self.missing:
            en.append(f"missing: {', '.join(self.missing)}")
            zh.append(f"缺少 {'、'.join(self.missing)}")
        return Text("; ".join(en) or "no header known", "；".join(zh) or "没有可识别的表头")


@dataclass(frozen=True, eq=False)
class Filed:
    """A table file and the sections it may serve, the best first; none where nothing speaks for any."""

    raw: RawTable
    fits: tuple[Fit, ...]

    @property
    def best(self) -> Fit | None:
        """The section it is taken for: needed columns are there, or its name says so."""
        return self.fits[0] if self.fits and any(self.fits[0].score[:2]) else None


def sort_file(name: str, raw: RawTable) -> Filed:
    """Rank the sections a table may serve.

    Parameters
    ----------
    name
        Its name within the folder.
    raw
        Its cells: headers are read in the light of them.
    """
    shapes = set() if raw.geometry is None else {_SHAPE_OF.get(t, "") for t in raw.geometry.geom_type.dropna().unique()}
    headers = [str(header) for header in raw.frame.columns]
    fits = []
    for section in TABLES:
        if shapes and not shapes <= set(SHAPES.get(section, ())):
            continue
        if not shapes and section in ("zones", "roads", "water"):
            continue  # without shapes they say nothing
        found = recognise(section, headers, {}, raw.frame)
        header_of = {canonical: several[0] for canonical, several in found.items()}
        missing = _missing(section, header_of, name)
        stem = Path(name).stem.lower()
        hinted = next((w for w in _HINTS.get(section, "").split() if w.replace("_", " ") in stem.replace("_", " ")), "")
        complete = not missing and any(column.needed for column in TABLES[section])
        if complete or hinted or header_of:
            rivals = {canonical: several[1:] for canonical, several in found.items() if several[1:]}
            fits.append(Fit(section, complete, hinted, header_of, rivals, tuple(missing)))
    return Filed(raw, tuple(sorted(fits, key=lambda fit: fit.score, reverse=True)))


def stage_in_name(name: str) -> str | None:
    """Tell the one stage a file's name speaks of: 小学一览表.xlsx."""
    words = set(_STAGE_IN_NAME.findall(Path(name).stem.lower()))
    meant = {offered.stages for word in words if (offered := read_offered(word)) is not None}
    return meant.pop()[0] if len(meant) == 1 else None


def _missing(section: str, found: dict[str, str], name: str) -> list[str]:
    """Name the needed columns that are not there, nor what may stand for them."""
    missing = [column.name for column in TABLES[section] if column.needed and column.name not in found]
    key = IDS.get(section)
    if key in missing and "name" in found:  # a name will do
        missing.remove(key)
    if section == "births" and any(canonical.startswith("count_") for canonical in found):
        missing = [column for column in missing if column not in ("year", "count")]
    if section == "schools" and not {"stage", "kind", "grades", "grade_from"} & set(found) and not stage_in_name(name):
        missing.append("stage")
    if section == "places" and "population" not in found and not stage_columns(found, "pupils"):
        missing.append("pupils_primary")
    return missing


def _telling(section: str) -> Sequence[str]:
    """Name the columns whose headers speak most for a section."""
    needed = [column.name for column in TABLES[section] if column.needed]
    more = {
        "schools": ["stage", "kind", "name"],
        "places": ["name", "population", "pupils_primary"],
        "births": ["count_2020"],
    }
    return [*needed, *more.get(section, [])]
