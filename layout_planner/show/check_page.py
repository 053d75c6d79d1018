"""`checkpage`: what the check of a study found, as one HTML page without scripts that opens without internet."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from layout_planner.base.errors import Fault, RunError
from layout_planner.base.escape import esc
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Language, Text, using_language
from layout_planner.reading import CheckReport
from layout_planner.study.stages import STAGE_NAMES

GENERATOR = '<meta name="generator" content="layout-planner check">'
"""Stands in every such page; a file without it is never overwritten."""

WIDTH, HEIGHT, EDGE = 720, 480, 18
MOST_DOTS = 4_000

_STYLE = """
body{font:15px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;margin:1.5rem auto;max-width:1100px;
padding:0 1rem;color:#1b2733}
h1{font-size:1.4rem;margin:0 0 .3rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}
.no{color:#a3160c;font-weight:600}.yes{color:#0a5c36;font-weight:600}
table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #d5dbe1;padding:.3rem .5rem;text-align:left;
vertical-align:top}td:nth-child(n+4){overflow-wrap:anywhere}th{background:#f1f4f7}td.n{text-align:right;white-space:nowrap}
svg{border:1px solid #d5dbe1;background:#fbfcfd;max-width:100%;height:auto}.small{color:#4a5866;font-size:.9rem}
@media print{body{margin:0;max-width:none}}
"""


def checkpage(report: CheckReport, path: str | os.PathLike[str], lang: Language = "zh") -> Path:
    """Write the page of a check, whole or not at all.

    Parameters
    ----------
    report
        What `check_study` found.
    path
        The .html file to write; an earlier page of a check is replaced.
    lang
        The page's language.

    Raises
    ------
    RunError
        There is a file of that name which is no such page.
    """
    target = Path(path)
    if target.exists() and GENERATOR.encode() not in _head(target):
        told = Text(
            f"{target} exists and is no page of a check; name another file.",
            f"{target} 已存在且不是检查报告；请另取文件名。",
        )
        raise RunError(str(told))
    with using_language(lang):
        page = _page(report, lang)
    with whole_file(target) as part:
        part.write_text(page, encoding="utf-8", newline="\n")
    return target


def _head(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as stream:
        return stream.read(600)


def _page(report: CheckReport, lang: Language) -> str:
    study = report.study
    title = (
        Text("Check of the data", "数据检查报告")
        if study is None
        else Text(f"Check: {study.name}", f"数据检查：{study.name}")
    )
    verdict = (
        Text(
            f"{len(report.errors)} errors: the study cannot be read yet.",
            f"有 {len(report.errors)} 处错误，研究尚不能读取。",
        )
        if report.errors
        else Text("No errors: the study can be read.", "没有错误，研究可以读取。")
    )
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">{GENERATOR}',
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">""",
        f'<meta name="viewport" content="width=device-width"><title>{esc(title)}</title><style>{_STYLE}</style></head>',
        f'<body><h1>{esc(title)}</h1><p class="{"no" if report.errors else "yes"}">{esc(verdict)}</p>',
    ]
    if study is not None:
        parts += [_counts(report)]
    parts += [_faults(Text("Errors", "错误"), report.errors), _faults(Text("Warnings", "提醒"), report.warnings)]
    parts += [_map(report), _list(Text("What was recognised", "识别结果"), report.told)]
    if study is not None:
        parts.append(
            _list(Text("What every result must carry", "所有结果须附的说明"), study.sources.get("statements", ()))
        )
    return "\n".join([*(part for part in parts if part), "</body></html>"])


def _counts(report: CheckReport) -> str:
    study = report.study
    assert study is not None
    rows = []
    for stage in study.stages:
        pupils, seats = float(study.demand(stage).sum()), study.seats(stage)[study.offering(stage)]
        known = f"{seats.sum():,.0f}" if np.isfinite(seats).all() else "—"
        rows.append([str(Text(*STAGE_NAMES[stage])), f"{len(study.offering(stage)):,}", f"{pupils:,.0f}", known])
    header = [
        Text("stage", "学段"),
        Text("open schools", "在办学校"),
        Text("children", "适龄人数"),
        Text("seats", "学位"),
    ]
    told = Text(
        f"{study.year}, {study.calendar}; {len(study.places):,} places, {len(study.townships):,} townships, "
        f"{len(study.schools):,} schools, CRS {study.crs}.",
        f"{study.year} 年，学制 {study.calendar}；居住点 {len(study.places):,} 个，乡镇 {len(study.townships):,} 个，"
        f"学校 {len(study.schools):,} 所，坐标系 {study.crs}。",
    )
    made_up = Text("Simulated data.", "模拟数据。") if study.simulated else ""
    return f"<p>{esc(told)} {esc(made_up)}</p>{_table(header, rows, numbers=(1, 2, 3))}"


def _faults(title: Text, faults: Sequence[Fault]) -> str:
    if not faults:
        return ""
    header = [
        Text("file", "文件"), Text("row", "行"), Text("column", "列"), Text("value", "值"),
        Text("what is wrong", "问题"), Text("how to mend it", "改法"),
    ]  # fmt: skip
    rows = []
    for fault in faults:
        value = "" if fault.value is None else str(fault.value)
        shown = value if len(value) <= 80 else value[:79] + "…"
        row = "" if fault.row is None else f"{fault.row}"
        rows.append([fault.file, row, fault.column or "", shown, str(fault.message), str(fault.mend)])
    return f"<h2>{esc(title)}（{len(faults)}）</h2>{_table(header, rows, numbers=(1,))}"


def _list(title: Text, lines: Iterable[object]) -> str:
    items = "".join(f"<li>{esc(line)}</li>" for line in lines)
    return f"<h2>{esc(title)}</h2><ul>{items}</ul>" if items else ""


def _table(header: Sequence[object], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    def cells(row: Sequence[str]) -> str:
        return "".join(
            f'<td class="n">{esc(c)}</td>' if i in numbers else f"<td>{esc(c)}</td>" for i, c in enumerate(row)
        )

    head = "".join(f"<th>{esc(name)}</th>" for name in header)
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{cells(row)}</tr>' for row in rows)}</table>"


def _map(report: CheckReport) -> str:
    """Draw every located row as a dot, and those that a fault or warning names as ringed crosses with their row."""
    points = report.positions
    if not len(points):
        return ""
    named = {(fault.file, fault.row) for fault in (*report.errors, *report.warnings) if fault.row is not None}
    keys = list(zip(points["file"], points["row"].astype(int), strict=True))
    doubtful = np.array([key in named for key in keys], dtype=bool)
    x, y = _on_paper(points["lon"].to_numpy(dtype=np.float64), points["lat"].to_numpy(dtype=np.float64))
    fine = np.flatnonzero(~doubtful)
    fine = fine[:: max(1, len(fine) // MOST_DOTS)]
    table = points["table"].to_numpy()
    dots = [
        f'<rect x="{x[i] - 2.5:.1f}" y="{y[i] - 2.5:.1f}" width="5" height="5" fill="#1f5fa8"/>'
        if table[i] == "schools"
        else f'<circle cx="{x[i]:.1f}" cy="{y[i]:.1f}" r="1.6" fill="#8b98a5"/>'
        for i in sorted(fine, key=lambda i: table[i] == "schools")
    ]
    marks = [
        f'<circle cx="{x[i]:.1f}" cy="{y[i]:.1f}" r="6" fill="none" stroke="#b3261e" stroke-width="2"/>'
        f'<text x="{x[i] + 8:.1f}" y="{y[i] + 4:.1f}" font-size="11" fill="#7c120b">'
        f"{keys[i][1]}<title>{esc(keys[i][0])}</title></text>"
        for i in np.flatnonzero(doubtful)[:200]
    ]
    title = Text("Where the rows lie", "各行位置")
    legend = Text(
        f"Blue squares: schools; grey dots: places; red rings: the {int(doubtful.sum())} rows named above, by "
        "their number. A point far outside is drawn at the edge.",
        f"蓝方块为学校，灰点为居住点；红圈为上文提到的 {int(doubtful.sum())} 行，旁注行号。远在区域之外的点画在边缘。",
    )
    return (
        f'<h2>{esc(title)}</h2><svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{esc(title)}">{"".join(dots)}{"".join(marks)}</svg><p class="small">{esc(legend)}</p>'
    )


def _on_paper(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit degrees into the picture; a point far from all others is held at its edge, or it would shrink the rest."""
    across = lon * np.cos(np.radians(np.median(lat)))
    x, y = _held(across), _held(lat)
    scale = min((WIDTH - 2 * EDGE) / max(np.ptp(x), 1e-9), (HEIGHT - 2 * EDGE) / max(np.ptp(y), 1e-9))
    return EDGE + (x - x.min()) * scale, HEIGHT - EDGE - (y - y.min()) * scale


def _held(values: np.ndarray) -> np.ndarray:
    low, high = np.quantile(values, [0.02, 0.98])
    slack = max(high - low, 1e-9) * 0.3
    return np.clip(values, low - slack, high + slack)
