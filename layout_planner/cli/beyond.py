"""What check looks at beyond the tables: places nobody can reach, and scenario files that lie beside the study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from layout_planner.base.errors import Fault, LayoutPlannerError, ScenarioError
from layout_planner.base.messages import Text
from layout_planner.study.stages import STAGE_NAMES

if TYPE_CHECKING:
    from layout_planner.reading import CheckReport
    from layout_planner.study import Study
    from layout_planner.travel import Travel

MOST_PAIRS = 5_000_000
"""Places × schools up to which the check measures the ways."""

_NAMED = 8


def look_beyond(report: CheckReport, folder: Path) -> CheckReport:
    """Add warnings to a check: who reaches no school by which mode, and which scenarios name what is not there.

    Parameters
    ----------
    report
        Of a study that could be read; another comes back as it is.
    folder
        Where the study lies.
    """
    study = report.study
    if study is None:
        return report
    found = [*_scenarios(study, folder)]
    if len(study.places) * max(len(study.schools), 1) <= MOST_PAIRS and len(study.schools):
        found += _unreached(study, report)
    return replace(report, warnings=(*report.warnings, *found))


def _unreached(study: Study, report: CheckReport) -> list[Fault]:
    from layout_planner.travel import travel_matrix
    from layout_planner.travel.matrix import METRES_SUFFIX

    modes = [mode for mode in study.given_travel if not mode.endswith(METRES_SUFFIX)]
    modes += ["walk"] if study.roads is not None and "walk" not in modes else []
    file = str(study.sources.get("study_file", ""))
    found = []
    for mode in modes:
        try:
            travel = travel_matrix(study, mode)
        except LayoutPlannerError as error:
            told = Text(f"{mode} cannot be measured: {error}", f"无法计算 {mode} 路程：{error}")
            found.append(Fault(file, told, Text("see above.", "见上。"), column=f"travel.{mode}"))
            continue
        found += [fault for stage in study.stages if (fault := _of_stage(study, travel, mode, stage, file)) is not None]
    return found


def _of_stage(study: Study, travel: Travel, mode: str, stage: str, file: str) -> Fault | None:
    """Tell which places with children of a stage reach none of its schools."""
    from layout_planner.travel.types import MODE_WORDS

    schools = study.offering(stage)
    demand = study.demand(stage)
    homes = demand.index[demand.to_numpy() > 0]
    if not len(schools) or not len(homes):
        return None
    minutes = travel.cost(homes, study.site_of(schools), "minutes")
    cut = homes[~np.isfinite(minutes).any(axis=1)]
    if not len(cut):
        return None
    names = [str(study.places.at[place, "name"]) for place in cut[:_NAMED]]
    more = " …" if len(cut) > _NAMED else ""
    children = float(demand.loc[cut].sum())
    en, zh = STAGE_NAMES[stage]
    way = MODE_WORDS[mode].zh if mode in MODE_WORDS else mode
    told = Text(
        f"by {mode}, {len(cut)} places with {children:,.0f} children reach no school of {en}: "
        f"{', '.join(names)}{more}.",
        f"按{way}，{len(cut)} 个居住点（{children:,.0f} 名儿童）到不了任何{zh}：{'、'.join(names)}{more}。",
    )
    mend = Text(
        "look at the roads around them: an island, a village without a road, a gap in the lines.",
        "请核对其周边道路：是否为岛、未通路的村，或路线断开。",
    )
    return Fault(file, told, mend, column=None)


def _history(file: str, first: int, last: int) -> Fault:
    span = str(first) if first == last else f"{first}–{last}"
    told = Text(
        f"its edits are of {span}: taken for what has happened, not held against the study.",
        f"各项改动均在 {span} 年：视为已发生，未与本研究核对。",
    )
    mend = Text("nothing to do if that is so; else give them later years.", "如属实无须处理；否则请改填以后的年份。")
    return Fault(file, told, mend)


def _scenarios(study: Study, folder: Path) -> list[Fault]:
    """Check every scenario that lies beside the study: a YAML file that has edits."""
    from layout_planner.scenario import Scenario, check_scenario, with_ids

    found = []
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            if "edits" not in path.read_text(encoding="utf-8-sig"):
                continue
            scenario = Scenario.read(path)
            years = [edit.year for edit in scenario.edits if edit.year is not None and edit.year <= study.year]
            if years and len(years) == len(scenario.edits):
                found.append(_history(path.name, min(years), max(years)))
                continue
            check_scenario(study, with_ids(study, scenario))
        except UnicodeDecodeError:
            found.append(
                Fault(
                    path.name, Text("is not UTF-8.", "不是 UTF-8 编码。"), Text("save it as UTF-8.", "请另存为 UTF-8。")
                )
            )
        except (ScenarioError, LayoutPlannerError) as error:
            said = " ".join(str(error).split())
            found.append(Fault(path.name, Text(said, said), Text("correct the scenario.", "请更正方案。")))
    return found
