"""The commands on finished runs and on the rules: compare, map, zones, rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text, language
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table, step
from layout_planner.cli.districts import show_moves
from layout_planner.cli.inputs import load_plans
from layout_planner.cli.options import Lang, Modes, RuleNames, RunPath, Runs, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geopandas import GeoDataFrame

    from layout_planner.plan import Plan


def compare(
    runs: Runs,
    stage: Stage = None,
    everything: Annotated[bool, typer.Option("--all", help="Every measure. 显示全部指标。")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.csv", help="All measures as a table. 写出全部指标。")
    ] = None,
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Set runs side by side; one run alone, beside what it started from.

    方案比较；只给一个时，与其起点（现状）比较。
    """
    plans = load_plans(runs, mode, rules)
    known = list(dict.fromkeys(each for plan in plans for each in plan.assignments))
    if stage is not None and stage not in known:
        hint = did_you_mean(stage, known)
        raise refuse(
            f'the runs have no stage "{stage}"{hint.en}.', f"这些结果没有学段“{stage}”{hint.zh}。",
            f"use one of {', '.join(known)}.", f"可用：{'、'.join(known)}。",
        )  # fmt: skip
    tables.show_head(plans[-1])
    tables.show_measures(plans, everything, None if stage is None else [stage])
    show_moves(plans)
    if out is not None:
        write_comparison(plans, out)


def draw(
    runs: Runs,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.html", help="The page to write. 写出的网页。")],
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Draw runs as one page that opens without internet, on which schools can be closed, kept, opened and enlarged.

    画成一张不联网也能打开的网页，可在其中关停、保留、恢复或扩建学校。
    """
    plans = load_plans(runs, mode, rules)
    write_map(plans, out)


def zones(
    run: RunPath,
    stage: Stage = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="LON,LAT", help="Which school is this point's? 此点属于哪所学校？")
    ] = None,
    coordinates: Annotated[
        str, typer.Option("--coordinates", help="What --at is in: wgs84, cgcs2000, gcj02, bd09, EPSG:n. 坐标系。")
    ] = "wgs84",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write as .gpkg or .geojson (shapes) or .csv. 写出片区。"),
    ] = None,
    mode: Modes = None,
    rules: RuleNames = None,
    lang: Lang = None,
) -> None:
    """Tell the zone of each school: children, seats, and its bounds in words; or whose zone a point is in.

    各校片区：适龄数、学位、四至；或查询某点属于哪所学校。
    """
    if out is not None and out.suffix.lower() not in ZONE_FILES:
        told = Text(f"write to one of {', '.join(ZONE_FILES)}", f"请写成 {'、'.join(ZONE_FILES)} 之一")
        raise typer.BadParameter(str(told), param_hint="--out")
    point = None if at is None else read_point(at)
    plan = load_plans([run], mode, rules)[-1]
    from layout_planner.plan.zones import draw_zones, zoned_stages

    stages = [stage] if stage is not None else zoned_stages(plan)
    drawn = {each: draw_zones(plan, each) for each in stages}
    tables.show_head(plan)
    if point is not None:
        tables.show_school_at(plan, drawn, *point, coordinates)
        return
    described = {each: tables.show_zones(plan, shapes) for each, shapes in drawn.items()}
    if out is not None:
        write_zones(described, out)


ZONE_FILES = (".gpkg", ".geojson", ".csv")


def read_point(text: str) -> tuple[float, float]:
    """Read "121.4,37.5" (any comma)."""
    try:
        lon, lat = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError as error:
        told = Text(f'"{text}" is no point; write LON,LAT as 121.4,37.5', f"“{text}”不是坐标；请写作 经度,纬度")
        raise typer.BadParameter(str(told), param_hint="--at") from error
    return lon, lat


def write_zones(zones: dict[str, GeoDataFrame], path: Path) -> None:
    """Write zones with their bounds, whole or not at all: shapes in the study's CRS (GeoJSON: degrees), or a table."""
    import pandas as pd

    from layout_planner.base.files import whole_file
    from layout_planner.base.tables import write_csv

    table = pd.concat([each.reset_index() for each in zones.values()], ignore_index=True)
    with whole_file(path) as part:
        if path.suffix.lower() == ".csv":
            write_csv(table.drop(columns="geometry"), part)
        elif path.suffix.lower() == ".geojson":
            table.to_crs("EPSG:4326").to_file(part, driver="GeoJSON")
        else:
            table.to_file(part, layer="zones", driver="GPKG")
    say(Text(f"Written to {path}", f"已写入 {path}"))


def rules(
    profiles: Annotated[
        list[str] | None, typer.Argument(metavar="[PROFILE]...", help="These only, or .toml files. 只列这些规则集。")
    ] = None,
    lang: Lang = None,
) -> None:
    """List the rule profiles: every value with its source, and how sure we are of it.

    列出规则集：每个数值的出处与可靠程度。
    """
    from layout_planner.policy import Rules, profile_names, read_profile

    marks = {
        "verified": Text("seen", "已核对"), "partial": Text("partly seen", "部分核对"),
        "memory": Text("from memory", "凭记忆"), "user": Text("yours", "自定"),
    }  # fmt: skip
    severities = {"breach": Text("must", "必须"), "advice": Text("in principle", "原则上")}
    header = (
        Text("rule", "规则"), Text("where", "范围"), Text("value", "数值"), Text("unit", "单位"), Text("force", "力度"),
        Text("mark", "核对"), Text("source", "出处"),
    )  # fmt: skip
    for name in profiles or profile_names():
        rows = [
            [
                row["rule"],
                " ".join(str(row[key]) for key in ("stage", "grades", "area") if row[key]),
                f"{'≤' if row['sense'] == 'max' else '≥'} {row['value']:g}",
                row["unit"],
                severities[row["severity"]],
                marks[row["mark"]],
                row["source"],
            ]
            for row in Rules.load(name).table()
        ]
        profile = read_profile(name)
        show_table(header, rows, numbers=(2,), title=f"{profile.name} · {profile.document} {profile.title}")
        for allowed in profile.allowances:
            say(Text(f"  accepted: {allowed.rule} for {allowed.id} ({allowed.reason})",
                     f"  已说明理由：{allowed.rule}，{allowed.id}（{allowed.reason}）"))  # fmt: skip


def write_comparison(plans: Sequence[Plan], path: Path) -> None:
    """Write every measure of plans as CSV, whole or not at all."""
    from layout_planner.base.files import whole_file
    from layout_planner.base.tables import write_csv
    from layout_planner.measures import compare as beside

    with whole_file(path) as part:
        write_csv(beside(plans), part, index=True)
    say(Text(f"Written to {path}", f"已写入 {path}"))


def write_map(plans: Sequence[Plan], path: Path) -> None:
    """Write one page with some plans, in the reader's language."""
    with step(Text("drawing the map", "绘制地图")):
        from layout_planner.show import briefing

        briefing(plans, path, lang=language())
    say(Text(f"Written to {path}", f"已写入 {path}"))
