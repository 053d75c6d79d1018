"""`overview`: many counties on one page: children without a school first, a map, rankings, the farthest villages.

A county comes as plans, or as a job of a batch; what the page tells of one is a `County`, whichever it comes from.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from shapely.affinity import scale as stretch
from shapely.affinity import translate

from layout_planner._version import __version__
from layout_planner.base.errors import refuse
from layout_planner.base.escape import esc, shorten
from layout_planner.base.files import whole_folder
from layout_planner.base.messages import Language, Text
from layout_planner.page import palette
from layout_planner.page.briefing import briefing
from layout_planner.page.geometry import degrees
from layout_planner.page.offline import policy
from layout_planner.plan import Plan, Scorecard
from layout_planner.plan.batch import JOB, Batch
from layout_planner.plan.concerned import pupils_by
from layout_planner.plan.frames import without_school
from layout_planner.policy import TERMS

if TYPE_CHECKING:
    from shapely import LinearRing
    from shapely.geometry.base import BaseGeometry

MARKER = "overview.json"
"""Tells a folder of ours from any other."""

WIDTH = 900
VERTICES = 400
"""Corners an outline may have: a county is a thumbnail here."""

APART = 0.04
"""Counties that fill a smaller share of their map than this are set side by side: nobody sees anything in specks."""
GUTTER = 1.15
SIDE_BY_SIDE = Text(
    "The counties lie far apart and are set side by side, to one scale.",
    "各县相距较远，图中按同一比例并列，不表示相对位置。",
)
LIMITS = (10.0, 20.0, 30.0, 45.0)

VILLAGES = 100
"""Villages the page lists."""
LEADING = 10
"""Counties a ranking lists."""
FEW = 5
"""A village with fewer pupils than this is no measure of a county."""


@dataclass(frozen=True)
class Column:
    """A column of the table of counties: its head, its measure, digits, and whether much of it is bad."""

    head: Text
    measure: str
    digits: int = 0
    worse: bool = False
    suffix: str = ""


COLUMNS = (
    Column(Text("children without a school", "无学可上"), "unplaced", worse=True),
    Column(Text("schools", "学校"), "schools"),
    Column(Text("pupils", "学生"), "placed"),
    Column(Text("mean way, min", "平均单程（分钟）"), "minutes_mean", 1, worse=True),
    Column(Text("beyond the time allowed", "超时学生"), "beyond_reach_minutes", 1, worse=True, suffix=" %"),
    Column(Text("over-full schools", "超员学校"), "over_full_schools", worse=True),
    Column(Text("findings", "不合规定处"), "findings", worse=True),
)
COUNTY = Text("county", "县（区）")
VILLAGE_COLUMNS = ("stage", "place_id", "name", "pupils", "minutes", "unplaced")


@dataclass(frozen=True, eq=False)
class County:
    """What the page tells of one county.

    Parameters
    ----------
    name
        As the reader calls it.
    figures
        Measure of `COLUMNS` → value; NaN where it is not known.
    findings
        rule, what, stage, kind, id, pupils of the stage.
    villages
        `VILLAGE_COLUMNS` of the stage.
    outline
        Its shape in degrees.
    simulated
        Made-up data.
    brief
        Writes its briefing to a path.
    """

    name: str
    figures: Mapping[str, float]
    findings: pd.DataFrame
    villages: pd.DataFrame
    outline: Any
    simulated: bool
    brief: Callable[[Path], Any]


def overview(
    counties: Mapping[str, Plan | Sequence[Plan]] | Batch,
    folder: str | os.PathLike[str],
    *,
    stage: str = "primary",
    title: str = "",
    lang: Language = "zh",
) -> Path:
    """Write one briefing a county and a page that links them.

    The page says first how many children have no school, then shows a map coloured by the mean way, the table of
    counties, rankings by measure, the villages with the longest ways, and the findings that recur.

    Parameters
    ----------
    counties
        Name → its plans, as for `briefing`, of which the last is told of; or a batch: every job of it that made a
        plan.
    folder
        Made new, whole or not at all; an earlier overview there is replaced, any other folder never.
    stage
        The stage the page tells of.
    title
        Of the overview.
    lang
        "zh" or "en". The briefings of a batch are in the language it was run in.

    Returns
    -------
    Path
        The page, `index.html` in the folder.

    Raises
    ------
    DataError
        No county.
    RunError
        The folder holds something else; a table of the batch cannot be read.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> now = lp.today(study, ways, stage="junior")
    >>> lp.overview({"Fuxi": now}, "pages", stage="junior", lang="en").name
    'index.html'
    """
    told = _of_batch(counties, stage) if isinstance(counties, Batch) else _of_plans(counties, stage, lang)
    if not told:
        raise refuse("there is no county to show", "没有可显示的县", "hand in at least one", "请至少给出一个")
    with whole_folder(folder, MARKER) as part:
        files = [f"county-{number:03d}.html" for number in range(1, len(told) + 1)]  # names are for reading only
        for county, file in zip(told, files, strict=True):
            county.brief(part / file)
        page = _page(dict(zip(files, told, strict=True)), title or str(Text("Counties", "各县概览").in_(lang)), lang)
        (part / "index.html").write_text(page, encoding="utf-8", newline="\n")
        (part / MARKER).write_text(json.dumps({"version": __version__, "counties": len(told)}), encoding="utf-8")
    return Path(folder) / "index.html"


def county_tables(plan: Plan) -> dict[str, pd.DataFrame]:
    """Give what a batch keeps of a plan for the page: "villages", and "county", its outline as WKB in degrees."""
    flows = plan.flows.assign(spent=plan.flows["pupils"] * plan.flows["minutes"])
    keys = ["stage", "place_id"]
    sums = flows.groupby(keys, observed=True)[["pupils", "spent"]].sum(min_count=1)
    left = without_school(plan).groupby(keys, observed=True)["pupils"].sum().rename("unplaced")
    table = sums.join(left, how="outer").fillna({"pupils": 0.0, "unplaced": 0.0}).reset_index()
    table["minutes"] = (table["spent"] / table["pupils"]).where(table["pupils"] > 0)
    names = plan.study.places.get("name", pd.Series(dtype="str"))
    table["name"] = names.reindex(table["place_id"]).fillna(table["place_id"].set_axis(table["place_id"])).to_numpy()
    outline = pd.DataFrame({"outline": [shapely.to_wkb(_outline(plan))], "simulated": [plan.study.simulated]})
    return {"villages": table[list(VILLAGE_COLUMNS)], "county": outline}


def _of_plans(counties: Mapping[str, Plan | Sequence[Plan]], stage: str, lang: Language) -> list[County]:
    told = []
    for name, plans in counties.items():
        plan = plans if isinstance(plans, Plan) else list(plans)[-1]

        def brief(path: Path, plans: Plan | Sequence[Plan] = plans) -> None:
            briefing(plans, path, lang=lang)

        villages = county_tables(plan)["villages"]
        told.append(
            _county(name, plan.scorecard, plan.findings, villages, _outline(plan), plan.study.simulated, brief, stage)
        )
    return told


def _of_batch(batch: Batch, stage: str) -> list[County]:
    jobs = [job for job in batch.done if batch.run(job) is not None]
    if not jobs:
        return []
    tables = {
        name: dict(tuple(batch.table(name, jobs).groupby(JOB, sort=False)))
        for name in ("scorecard", "findings", "villages", "county")
    }
    names = pd.Series({job: str(batch.records[job]["study_name"]) for job in jobs})
    told = []
    for job in jobs:
        run, outline = batch.run(job), tables["county"][job]

        def brief(path: Path, source: Path = Path(str(run)) / "map.html") -> None:
            shutil.copyfile(source, path)

        told.append(
            _county(
                names[job] if (names == names[job]).sum() == 1 else f"{names[job]} ({job})",
                Scorecard(tables["scorecard"][job]),
                tables["findings"].get(job, batch.findings.iloc[:0]),
                tables["villages"].get(job, pd.DataFrame(columns=list(VILLAGE_COLUMNS))),
                shapely.from_wkb(outline["outline"].iloc[0]), bool(outline["simulated"].iloc[0]), brief, stage,
            )
        )  # fmt: skip
    return told


def _county(
    name: str, card: Scorecard, findings: pd.DataFrame, villages: pd.DataFrame, outline: Any, simulated: bool,
    brief: Callable[[Path], Any], stage: str,
) -> County:  # fmt: skip
    mine = findings.loc[findings["stage"] == stage, ["rule", "what", "stage", "kind", "id", "pupils"]]
    near = villages.loc[villages["stage"] == stage]
    figures = {column.measure: card.value(column.measure, stage) for column in COLUMNS}
    figures |= {"unplaced": float(near["unplaced"].sum()), "findings": float(len(mine))}
    return County(name, figures, mine, near, outline, simulated, brief)


def _page(told: Mapping[str, County], title: str, lang: Language) -> str:
    badge = Text("simulated data", "模拟数据").in_(lang) if any(one.simulated for one in told.values()) else ""
    heads = "".join(f"<th>{esc(head.in_(lang))}</th>" for head in (COUNTY, *(column.head for column in COLUMNS)))
    order = sorted(told.items(), key=lambda one: (-one[1].figures["unplaced"], -_known(one[1], "beyond_reach_minutes")))
    rows = "\n".join(_row(file, county) for file, county in order)
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy([])}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{esc(shorten(title))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{esc(shorten(title))} {f'<b>{esc(badge)}</b>' if badge else ''}</h1>\n{_without(told, lang)}\n"
        f"{_map(told, lang)}\n<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>\n"
        f"{_rankings(told, lang)}\n{_villages(told, lang)}\n{_recurring(told, lang)}\n</body>\n</html>\n"
    )


def _without(told: Mapping[str, County], lang: Language) -> str:
    """Say first how many children have no school."""
    some = [county for county in told.values() if county.figures["unplaced"] >= 0.5]
    total = sum(county.figures["unplaced"] for county in some)
    if not some:
        return f'<p class="fine">{esc(Text("Every child has a school.", "没有儿童无学可上。").in_(lang))}</p>'
    said = Text(
        f"{total:,.0f} children without a school, in {len(some)} of {len(told)}",
        f"{total:,.0f} 名儿童无学可上，涉及 {len(told)} 个中的 {len(some)} 个",
    )
    return f'<p class="alarm" role="alert">{esc(said.in_(lang))}</p>'


def _row(file: str, county: County) -> str:
    cells = "".join(f"<td>{_shown(county, column)}</td>" for column in COLUMNS)
    return f"<tr><td>{_link(file, county)}</td>{cells}</tr>"


def _link(file: str, county: County) -> str:
    return f'<a href="{file}"><bdi>{esc(shorten(county.name))}</bdi></a>'


def _shown(county: County, column: Column) -> str:
    value = county.figures[column.measure]
    return _number(value, column.digits) + ("" if np.isnan(value) else column.suffix)


def _known(county: County, measure: str) -> float:
    value = county.figures[measure]
    return -np.inf if np.isnan(value) else value


def _rankings(told: Mapping[str, County], lang: Language) -> str:
    """List, measure by measure, the counties where it is worst."""
    lists = []
    for column in COLUMNS:
        if not column.worse:
            continue
        known = [(file, one) for file, one in told.items() if _known(one, column.measure) > 0]
        first = sorted(known, key=lambda one: -one[1].figures[column.measure])[:LEADING]
        items = "".join(f"<li>{_link(file, county)} {_shown(county, column)}</li>" for file, county in first)
        if items:
            lists.append(f"<section><h3>{esc(column.head.in_(lang))}</h3><ol>{items}</ol></section>")
    head = Text(f"Where it is worst (up to {LEADING})", f"各项最差的县（至多 {LEADING} 个）")
    return f'<h2>{esc(head.in_(lang))}</h2><div class="lists">{"".join(lists)}</div>' if lists else ""


def _villages(told: Mapping[str, County], lang: Language) -> str:
    """List the villages without a school, then those with the longest ways."""
    parts = [one.villages.assign(file=file) for file, one in told.items() if len(one.villages)]
    if not parts:
        return ""
    every = pd.concat(parts, ignore_index=True)
    counted = every.loc[(every["pupils"] >= FEW) | (every["unplaced"] > 0)]
    worst = counted.sort_values(["unplaced", "minutes", "file", "place_id"], ascending=[False, False, True, True])
    heads = (
        Text("village", "村（居）"), COUNTY, Text("pupils", "学生"), Text("mean way, min", "平均单程（分钟）"),
        Text("without a school", "无学可上"),
    )  # fmt: skip
    rows = [
        f"<tr><td><bdi>{esc(shorten(str(village['name'])))}</bdi></td>"
        f"<td>{_link(village['file'], told[village['file']])}</td>"
        f"<td>{_number(village['pupils'])}</td><td>{_number(village['minutes'], 1)}</td>"
        f"<td>{_number(village['unplaced'])}</td></tr>"
        for village in worst.head(VILLAGES).to_dict("records")
    ]
    head = Text(f"The farthest villages (at least {FEW} pupils)", f"路程最远的村（学生不少于 {FEW} 人）")
    cells = "".join(f"<th>{esc(one.in_(lang))}</th>" for one in heads)
    return (
        f'<h2>{esc(head.in_(lang))}</h2><table class="villages"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _recurring(told: Mapping[str, County], lang: Language) -> str:
    """Count in how many counties a rule is broken, how often, and for how many pupils."""
    parts = [one.findings.assign(file=file) for file, one in told.items() if len(one.findings)]
    if not parts:
        return ""
    every = pd.concat(parts, ignore_index=True)
    sums = every.groupby("rule", observed=True).agg(
        what=("what", "min"), counties=("file", "nunique"), cases=("file", "size")
    )
    sums["pupils"] = pupils_by(every, ["file", "stage", "rule"]).groupby(level="rule").sum()
    ranked = sums.reset_index().sort_values(["counties", "cases", "rule"], ascending=[False, False, True])
    # A finding tells its case in the language it was made in; a rule is known in both.
    ranked["what"] = [
        TERMS[rule].text.in_(lang) if rule in TERMS else what
        for rule, what in zip(ranked["rule"], ranked["what"], strict=True)
    ]
    rows = "".join(
        f"<tr><td>{esc(str(one['what']))}</td><td>{one['counties']:,}</td><td>{one['cases']:,}</td>"
        f"<td>{_number(one['pupils'])}</td></tr>"
        for one in ranked.to_dict("records")
    )
    heads = (Text("finding", "不合规定"), Text("counties", "县数"), Text("cases", "处数"), Text("pupils", "涉及学生"))
    cells = "".join(f"<th>{esc(one.in_(lang))}</th>" for one in heads)
    head = Text("What recurs", "普遍存在的问题")
    return f"<h2>{esc(head.in_(lang))}</h2><table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>"


def _number(value: float, digits: int = 0) -> str:
    return "—" if np.isnan(value) else f"{value:,.{digits}f}"


def _map(told: Mapping[str, County], lang: Language) -> str:
    outlines, apart = _laid_out([county.outline for county in told.values()])
    west, south, east, north = shapely.total_bounds(np.array(outlines, dtype=object))
    scale = WIDTH / max(east - west, 1e-9)
    height = (north - south) * scale
    shapes = []
    for (file, county), outline in zip(told.items(), outlines, strict=True):
        mean = county.figures["minutes_mean"]
        colour = palette.UNKNOWN if np.isnan(mean) else palette.MINUTE_COLOURS[int(np.searchsorted(LIMITS, mean))]
        d = "".join(_path(ring, west, north, scale) for ring in _rings(outline))
        shapes.append(
            f'<a href="{file}"><path d="{d}" fill="{colour}" fill-rule="evenodd">'
            f"<title>{esc(shorten(county.name))}</title>"
            "</path></a>"
        )
    keys = ["≤ 10", "10–20", "20–30", "30–45", "> 45"]
    minutes = esc(Text("mean way one way, minutes", "平均单程（分钟）").in_(lang))
    legend = "".join(
        f'<span><i style="background:{colour}"></i>{esc(key)}</span>'
        for key, colour in zip(keys, palette.MINUTE_COLOURS, strict=True)
    )
    told_apart = f"<p>{esc(SIDE_BY_SIDE.in_(lang))}</p>" if apart else ""
    label = esc(Text("Map of the counties", "各县地图").in_(lang))
    return (
        f'<svg viewBox="-4 -4 {WIDTH + 8} {height + 8:.0f}" role="img" aria-label="{label}">{"".join(shapes)}</svg>'
        f'<p class="keys">{minutes}: {legend}</p>{told_apart}'
    )


def _laid_out(outlines: Sequence[BaseGeometry | None]) -> tuple[list[BaseGeometry | None], bool]:
    """Put the outlines on a plane, degrees of latitude: where they lie, or in rows where they lie far apart."""
    west, south, east, north = shapely.total_bounds(np.array(outlines, dtype=object))
    boxes = shapely.box(*shapely.bounds(np.array(outlines, dtype=object)).T)
    apart = len(outlines) > 1 and float(shapely.area(boxes).sum()) < APART * (east - west) * (north - south)
    middle = [(bottom + top) / 2 if apart else (south + north) / 2 for _, bottom, _, top in shapely.bounds(boxes)]
    flat = [
        stretch(outline, float(np.cos(np.radians(latitude))), 1.0, origin=(0.0, 0.0))
        for outline, latitude in zip(outlines, middle, strict=True)
    ]
    if not apart:
        return flat, False
    bounds = shapely.bounds(np.array(flat, dtype=object))
    wide, high = GUTTER * (bounds[:, 2:] - bounds[:, :2]).max(axis=0)
    in_row = int(np.ceil(np.sqrt(len(flat) * high / wide)))
    corner = [(wide * (k % in_row), -high * (k // in_row)) for k in range(len(flat))]
    return [
        translate(outline, x - left, y - top)
        for outline, (x, y), (left, _, _, top) in zip(flat, corner, bounds, strict=True)
    ], True


def _outline(plan: Plan) -> BaseGeometry | None:
    study = plan.study
    drawn = study.townships.geometry.dropna()
    shapes = drawn if len(drawn) else study.places.geometry.buffer(1_000.0)
    whole = shapely.union_all(np.asarray(shapes.to_numpy(), dtype=object))
    tolerance = 20.0
    while shapely.get_num_coordinates(whole) > VERTICES and tolerance < 1e5:
        whole = shapely.simplify(whole, tolerance)
        tolerance *= 2
    return degrees([whole], study.crs)[0]


def _rings(outline: Any) -> list[LinearRing]:
    return [shapely.get_coordinates(ring) for ring in shapely.get_parts(shapely.boundary(outline))]


def _path(ring: LinearRing, west: float, north: float, scale: float) -> str:
    x, y = (ring[:, 0] - west) * scale, (north - ring[:, 1]) * scale
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)) + "Z"


_STYLE = """
body { font: 15px/1.5 "Noto Sans CJK SC", "Microsoft YaHei", SimHei, sans-serif; color: #22303c; margin: 24px auto;
  max-width: 960px; padding: 0 16px; }
h1 { font-size: 22px; } h2 { font-size: 18px; margin-top: 28px; } h3 { font-size: 15px; margin: 4px 0; }
.alarm { background: #b00020; color: #fff; font-weight: bold; font-size: 18px; padding: 10px 14px;
  border-radius: 4px; } .fine { color: #1b5e20; } .lists { display: flex; flex-wrap: wrap; gap: 8px 28px; }
.lists ol { margin: 0; padding-left: 24px; } .villages td:nth-child(2) { text-align: left; }
.villages th:nth-child(2) { text-align: left; }
h1 b { background: #ffd166; font-size: 14px; padding: 2px 8px; border-radius: 3px; }
svg { width: 100%; height: auto; max-height: 70vh; } path { stroke: #22303c; stroke-width: 1; }
a:hover path { stroke-width: 3; } .keys i { display: inline-block; width: 16px; height: 12px; margin: 0 4px 0 12px; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: right; padding: 4px 8px; border-top: 1px solid
  #d9dde2; } th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; }
"""
