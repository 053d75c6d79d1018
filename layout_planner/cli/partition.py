"""partition: management districts under lead schools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from layout_planner.base.messages import Text
from layout_planner.base.options import Effort
from layout_planner.base.proof import STATUS_WORDS
from layout_planner.cli import tables
from layout_planner.cli.console import complain, say, show_table, step
from layout_planner.cli.inputs import load_rules, load_study, load_travel, read_names, schools_meant
from layout_planner.cli.options import Lang, Modes, OneStage, OutFolder, RuleNames, StudyPath
from layout_planner.cli.records import Offered
from layout_planner.cli.writing import refuse_foreign, write
from layout_planner.districts.settings import USUAL, Partition

if TYPE_CHECKING:
    from layout_planner.plan.districting import Districting
    from layout_planner.study import Study


WINDOW_NAMES = {
    "townships": Text("townships", "乡镇数"),
    "population": Text("people", "人口"),
    "pupils": Text("pupils", "学生"),
}


def _finite(tolerance: float) -> float | None:
    return tolerance if tolerance < float("inf") else None


def _window(said: str | None) -> tuple[int, int] | None:
    if said is None:
        return None
    low, _, high = said.partition("-")
    try:
        return int(low), int(high or low)
    except ValueError as error:
        told = Text(f'"{said}" is no window; write 3-5', f"“{said}”不是区间；请写 3-5")
        raise typer.BadParameter(str(told), param_hint="--townships") from error


def _weights(said: Sequence[str] | None) -> dict[str, float]:
    found = {}
    for one in said or ():
        term, _, weight = one.partition("=")
        try:
            found[term.strip()] = float(weight)
        except ValueError as error:
            told = Text(f'"{one}" is no weight; write travel=2', f"“{one}”不是权重；请写 travel=2")
            raise typer.BadParameter(str(told), param_hint="--weight") from error
    return found


def _whole(undivided: bool) -> bool:
    return not undivided


ASKED = Partition()
READS = {
    "leads": read_names, "divide_towns": _whole, "townships": _window, "weights": _weights,
    "population_tolerance": _finite, "pupils_tolerance": _finite,
}  # fmt: skip


def partition(
    study: StudyPath,
    stage: OneStage,
    districts: Annotated[int, typer.Option("--districts", min=1, help="How many. 学区个数。")],
    settings: Annotated[Partition, Offered(reads=READS)] = ASKED,
    steps: Annotated[
        int, typer.Option("--ensemble", min=0, help="Steps of four chains to compare with; 0 for none. 抽样步数。")
    ] = 0,
    effort: Annotated[Effort, Offered(says={"seed": "Same seed, same answer. 随机种子。"})] = USUAL,
    mode: Modes = None,
    rules: RuleNames = None,
    out: OutFolder = None,
    lang: Lang = None,
) -> None:
    """Divide a county into management districts under lead schools.

    划分管理学区：连片、均衡、强弱搭配，每区一所学区长校。
    """
    refuse_foreign(out)
    from layout_planner.assignment.solve import today
    from layout_planner.districts import annex_table, ensemble
    from layout_planner.districts import partition as divide

    facts = load_study(study)
    settings = replace(settings, leads=schools_meant(facts, settings.leads, "--leads"))
    travel = load_travel(facts, mode)
    with step(Text("dividing", "划分学区")):
        found = divide(facts, travel, stage, districts=districts, settings=settings, effort=effort)
    with step(Text("today", "现状")):
        plan = today(facts, travel, load_rules(rules), stage).with_(districting=found)
    tables.show_head(plan)
    show_districting(found, facts, annex_table(found, facts))
    inside = int((plan.findings["kind"] == "district").sum())
    if inside:
        say(Text(f"Difference coefficients above the rules' limit inside districts: {inside}; see findings.csv.",
                 f"学区内差异系数超过规则限值：{inside} 项，见 findings.csv。"))  # fmt: skip
    if steps:
        with step(Text("sampling feasible divisions", "抽样合法划分")):
            sampled = ensemble(found, steps, int(effort.seed or 0))
        _show_ensemble(sampled)
    if out is not None:
        write(plan, out)
    if found.status == "infeasible":
        complain(Text("Infeasible: see the notes above.", "无法实现：原因见上。"))
        raise typer.Exit(1)


def show_districting(found: Districting, study: Study, annex: Any) -> None:
    """Print the districts, what the objective comes to, and what a reader must know."""
    line = f"{tables.stage_name(found.stage)} · {STATUS_WORDS[found.status]}"
    if found.status == "feasible" and found.gap == found.gap:
        line += str(Text(f" · none is more than {found.gap:.1%} better", f" · 不存在更优 {found.gap:.1%} 以上的划分"))
    say(line)
    table = found.table
    header = [Text("district", "学区"), Text("lead", "学区长校"), Text("schools", "学校"), *_window_names(found)]
    coefficients = [column for column in annex.columns if column.startswith("difference_")]
    header.append(Text("mean difference inside", "区内平均差异系数"))
    rows = []
    for district in found.districts:
        lead = str(found.lead_of.get(district, ""))
        inside = annex.loc[district, coefficients].astype(float).mean() if coefficients else float("nan")
        rows.append(
            [district, study.school_name(lead) if lead else "", table.at[district, "schools"]]
            + [f"{table.at[district, window]:,.0f}" for window in found.windows.index]
            + [tables.written(inside, "ratio")]
        )
    show_table(header, rows, numbers=range(2, len(header)))
    for district in found.districts:
        names = found.units["name"].reindex(found.members(district))
        say(f"  {district}: {'、'.join(names)}")
    terms = [[_term(r.term), f"{r.weight:g}", f"{r.value:.3f}"] for r in found.terms.itertuples()]
    show_table((Text("objective", "目标"), Text("weight", "权重"), Text("value", "数值")), terms, numbers=(1, 2))
    if len(found.diagnosis):
        near = [
            [_window_name(r.window), f"{r.low:,.0f}–{r.high:,.0f}",
             "–" if r.tolerance != r.tolerance else f"{r.feasible_low:,.0f}–{r.feasible_high:,.0f}"]
            for r in found.diagnosis.itertuples()
        ]  # fmt: skip
        show_table(
            (Text("window", "区间"), Text("asked", "要求"), Text("nearest that can be met", "最接近的可行区间")), near
        )
    for breach in found.breaches.itertuples():
        where = f"{breach.district} {_window_name(breach.what)} {breach.value:,.0f}"
        asked = f"{breach.low:,.0f}–{breach.high:,.0f}"
        say(Text(f"  Broken: {where}, {asked} asked", f"  不满足：{where}，要求 {asked}"))
    for note in found.notes:
        say(f"· {note}")


def _show_ensemble(sampled: Any) -> None:
    rank = sampled.percentile()
    rows = [
        [_term(str(measure)), "–" if value != value else f"{value:.1f} %",
         f"{sampled.diagnostics.at[measure, 'ess']:,.0f}", f"{sampled.diagnostics.at[measure, 'rhat']:.3f}"]
        for measure, value in rank.items()
    ]  # fmt: skip
    header = (
        Text("measure", "指标"), Text("better than this share of feasible divisions", "优于合法划分的比例"),
        Text("effective samples", "有效样本"), Text("R-hat of the chains", "链间一致性 R-hat"),
    )  # fmt: skip
    show_table(header, rows, numbers=(1, 2, 3))
    for note in sampled.notes:
        say(f"· {note}")


def _term(name: str) -> Text | str:
    from layout_planner.districts.terms import STANDARD_TERMS

    known = STANDARD_TERMS.get(name)
    return name if known is None or known.words is None else known.words


def _window_names(found: Districting) -> list[Text | str]:
    return [WINDOW_NAMES.get(window, window) for window in found.windows.index]


def _window_name(window: str) -> str:
    """Name a window; "(all)" says how far it must be widened where all are widened together."""
    bare, _, all_of_them = window.partition(" (")
    name = str(WINDOW_NAMES.get(bare, bare))
    return name + str(Text(" (all widened)", "（全部放宽时）")) if all_of_them else name
