"""forecast: the children of every autumn, and seats against them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from layout_planner.base.messages import Text
from layout_planner.cli import tables
from layout_planner.cli.console import plain, say, show_table, step
from layout_planner.cli.inputs import load_births, load_study
from layout_planner.cli.options import Births, Lang, Names, OutFolder, Stage, StudyPath, ToTown, Variant
from layout_planner.cli.tables import grade_name, stage_name
from layout_planner.cli.writing import refuse_other
from layout_planner.study.stages import STAGES

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.cohorts import Forecast
    from layout_planner.study import Study


FORECAST_MARKER = "forecast.csv"


def forecast(
    study: StudyPath,
    to: Annotated[int, typer.Option("--to", help="Last autumn. 预测到哪一年。")],
    variant: Variant = "middle",
    stage: Stage = None,
    births: Births = None,
    to_town: ToTown = 0.0,
    private: Annotated[
        list[str] | None,
        typer.Option(
            "--private",
            metavar="STAGE=SHARE",
            help="Share of pupils private schools may have by then: primary=0.05; repeated. 民办在校生占比上限。",
        ),
    ] = None,
    out: OutFolder = None,
    names: Names = None,
    lang: Lang = None,
) -> None:
    """Forecast the children of every autumn from the births; seats against them; how good the method is.

    适龄儿童预测、学位供需与回测误差。
    """  # fmt: skip
    if out is not None:
        refuse_other(out, FORECAST_MARKER)
    quotas = _shares(private or ())
    facts = load_study(study)
    own = load_births(births, facts) if births is not None else None
    from layout_planner.cohorts import backtest
    from layout_planner.cohorts import forecast as look_ahead

    with step(Text("forecast", "预测")):
        coming = look_ahead(facts, to, births=own, to_town=to_town, private=quotas or None)
        behind = backtest(facts)
    tables.show_study(facts)
    for note in coming.notes:
        say(f"· {note}")
    show_children(coming, variant, stage)
    show_national([stage] if stage else facts.stages)
    show_seats(coming, variant, stage)
    show_backtest(behind, stage)
    if out is not None:
        from layout_planner.base.files import whole_folder
        from layout_planner.papers.people import write_people

        with whole_folder(out, FORECAST_MARKER) as part:
            write_people(coming.table, part / FORECAST_MARKER, facts)
            write_people(coming.seats(_limits(facts)), part / "seats.csv")
            write_people(behind.reset_index(), part / "backtest.csv")
        say(Text(f"Written to {plain(out)}", f"已写入 {plain(out)}"))


def show_national(stages: Sequence[str]) -> None:
    """Say when the country's rolls crest, beside the county's own curve: a county that loses people peaked earlier."""
    from layout_planner.cohorts import NATIONAL_PEAKS

    for stage in stages:
        for peak in NATIONAL_PEAKS.get(stage, ()):
            name = stage_name(stage)
            say(Text(f"· The country's rolls crest in {peak.year} ({name}; {peak.source.en}).",
                     f"· 全国{name}在校生峰值：{peak.year} 年（{peak.source.zh}）。"))  # fmt: skip


def _shares(said: Sequence[str]) -> dict[str, float]:
    """Read "primary=0.05"."""
    shares = {}
    for text in said:
        stage, _, share = text.partition("=")
        try:
            shares[stage.strip()] = float(share)
        except ValueError as error:
            told = Text(f'"{text}": write STAGE=SHARE, as primary=0.05', f"“{text}”：请写作 学段=占比，如 primary=0.05")
            raise typer.BadParameter(str(told), param_hint="--private") from error
    return shares


def show_children(forecast: Forecast, variant: str, stage: str | None) -> None:
    """Print the county's children by year and stage, and who enters each stage."""
    totals = forecast.totals(variant)
    stages = [s for s in STAGES if s in totals and stage in (None, s)]
    header: list[object] = [Text("autumn", "秋季")]
    for s in stages:
        header += [stage_name(s), Text("entry grade", "入学年级")]
    intakes = {s: forecast.intake(s, variant) for s in stages}
    rows = []
    for year in totals.index:
        cells = [str(year)]
        for s in stages:
            cells += [f"{totals.at[year, s]:,.0f}", f"{intakes[s].get(year, math.nan):,.0f}"]
        rows.append(cells)
    from layout_planner.cohorts.births import VARIANT_NAMES

    title = Text(f"Children ({variant})", f"适龄儿童（{VARIANT_NAMES[variant].zh}）")
    show_table(header, rows, numbers=range(1, len(header)), title=title)


def _limits(study: Study) -> dict[str, float]:
    """Give the pupils a class of each stage may hold: what a school has in classrooms it has in seats."""
    from layout_planner.assignment.solve import default_rules
    from layout_planner.policy import class_limit

    rules = default_rules()
    return {stage: class_limit(rules, stage) for stage in dict.fromkeys((*study.stages, *study.pupils["stage"]))}


def say_unknown_seats(study: Study, stages: Sequence[str]) -> list[str]:
    """Say whose seats are not known, and give the stages that have schools: without any nothing is missing or free."""
    kept = []
    limits = _limits(study)
    for stage in stages:
        name = stage_name(stage)
        open_now = study.offering(stage)
        if not len(open_now):
            say(Text(f"· {name}: the study has no school of this stage; seats are not set against children.",
                     f"· {name}：研究中没有这一学段的在办学校，不列学位余缺。"))  # fmt: skip
            continue
        kept.append(stage)
        seats = study.seats(stage, limits[stage])
        unknown = [study.school_name(s) for s in open_now if math.isinf(seats[s])]
        if unknown:
            shown = "、".join(unknown[:8]) + (" …" if len(unknown) > 8 else "")
            many = len(unknown)
            say(Text(f"· {name}: {many} schools have unknown seats, and so have their townships below: {shown}",
                     f"· {name}：{many} 所学校学位未知，其所在乡镇不列余缺：{shown}"))  # fmt: skip
    return kept


def show_seats(forecast: Forecast, variant: str, stage: str | None) -> None:
    """Print the county's free seats by year and stage, and how many townships are warned."""
    table = forecast.seats(_limits(forecast.base))
    table = table.loc[table["variant"] == variant]
    stages = say_unknown_seats(forecast.base, [s for s in STAGES if s in set(table["stage"]) and stage in (None, s)])
    if not stages:
        return
    gap = table.groupby(["year", "stage"])["gap"].agg(lambda mine: mine.sum(skipna=False))
    warned = table.loc[table["warning"] != ""].groupby(["year", "stage", "warning"]).size()
    header: list[object] = [Text("autumn", "秋季")]
    for s in stages:
        header += [stage_name(s), Text("yellow·orange·red", "黄·橙·红")]
    rows = []
    for year in dict.fromkeys(table["year"]):
        cells = [str(year)]
        for s in stages:
            counts = [int(warned.get((year, s, name), 0)) for name in ("yellow", "orange", "red")]
            free = gap[(year, s)]
            cells += ["–" if math.isnan(free) else f"{free:+,.0f}", "·".join(map(str, counts))]
        rows.append(cells)
    title = Text("Free seats of the county, and townships with a seat warning", "全县学位余缺与学位预警乡镇数")
    show_table(header, rows, numbers=range(1, len(header)), title=title)


def show_backtest(table: pd.DataFrame, stage: str | None) -> None:
    """Print how far births and the other grades miss each grade of today."""
    header = (Text("stage", "学段"), Text("grade", "年级"), Text("births", "出生"), Text("expected", "推算"),
              Text("living here", "实有"), Text("on the rolls", "在校"), Text("error", "误差"),
              Text("by the mean alone", "仅用均值"), Text("townships", "乡镇误差"))  # fmt: skip
    rows = []
    for (s, grade), row in table.iterrows():
        if stage in (None, s):
            columns = ("births", "expected", "residents", "rolls")
            counts = [f"{row[c]:,.0f}" if row[c] == row[c] else "–" for c in columns]
            shares = [f"{row[c]:+.1%}" for c in ("error", "mean_error")]
            rows.append([stage_name(s), grade_name(int(grade)), *counts, *shares, f"{row['township_error']:.1%}"])
    title = Text("Back-test: each grade from its births and the other grades", "回测：由出生人口与其他年级推算各年级")
    show_table(header, rows, numbers=range(1, 9), title=title)
