"""zones: the zone of each school with its bounds in words, or whose zone a point is in."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import say, show_table
from layout_planner.cli.inputs import load_plans
from layout_planner.cli.options import Lang, Modes, Names, RuleNames, RunPath, Stage
from layout_planner.cli.tables import stage_name

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from layout_planner.plan import Plan


ZONE_FILES = (".gpkg", ".geojson", ".csv")


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
    names: Names = None,
    lang: Lang = None,
) -> None:
    """Tell the zone of each school: children, seats, and its bounds in words; or whose zone a point is in.

    各校片区：适龄儿童、学位、四至；或查询某点属于哪所学校。
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
        show_school_at(plan, drawn, *point, coordinates)
        return
    described = {each: show_zones(plan, shapes) for each, shapes in drawn.items()}
    if out is not None:
        write_zones(described, out)


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
    from layout_planner.papers.people import in_words

    table = in_words(pd.concat([each.reset_index() for each in zones.values()], ignore_index=True))
    with whole_file(path) as part:
        if path.suffix.lower() == ".csv":
            write_csv(table.drop(columns="geometry"), part)
        elif path.suffix.lower() == ".geojson":
            table.to_crs("EPSG:4326").to_file(part, driver="GeoJSON")
        else:
            table.to_file(part, layer="zones", driver="GPKG")
    say(Text(f"Written to {path}", f"已写入 {path}"))


def show_zones(plan: Plan, zones: GeoDataFrame) -> GeoDataFrame:
    """Show the zones of a stage with their bounds; give them back with the bounds as columns."""
    from layout_planner.measures.bounds import SIDES, describe_bounds

    bounds = describe_bounds(plan.study, zones)
    header = (
        Text("school", "学校"), Text("places", "村/小区"), Text("children", "适龄儿童"), Text("seats", "学位"),
        Text("east", "东至"), Text("south", "南至"), Text("west", "西至"), Text("north", "北至"),
        Text("apart", "飞地"),
    )  # fmt: skip
    rows = [
        [
            zone.name, zone.places, f"{zone.pupils:,.0f}", "?" if math.isnan(zone.seats) else f"{zone.seats:,.0f}",
            *bounds.loc[zone.Index, list(SIDES)], zone.apart,
        ]
        for zone in zones.rename_axis("school_id").assign(name=zones["name"]).itertuples()
    ]  # fmt: skip
    stage = str(zones["stage"].iloc[0])
    show_table(header, rows, numbers=(1, 2, 3), title=Text(f"zones, {stage}", f"{stage_name(stage)}片区"))
    return zones.join(bounds)


def show_school_at(plan: Plan, zones: dict[str, GeoDataFrame], lon: float, lat: float, coordinates: str) -> None:
    """Show which school a point belongs to, stage by stage."""
    from layout_planner.measures.bounds import find_school
    from layout_planner.plan.zones import zone_name

    for stage, drawn in zones.items():
        found = str(find_school(drawn, lon, lat, coordinates).iloc[0])
        nowhere = Text("outside every zone", "不在任何片区内")
        say(f"{stage_name(stage)}: {f'{zone_name(plan, found)} ({found})' if found else nowhere}")
