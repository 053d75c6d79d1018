"""What a plan asks of groups to watch: left-behind, poor, disabled, minority and migrant children."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.base.units import in_units
from layout_planner.measures.distance import beyond_reach
from layout_planner.measures.findings.case import Case, Told, plain
from layout_planner.measures.findings.ways import mode_of
from layout_planner.measures.moved import NOWHERE
from layout_planner.plan import Plan, by_day
from layout_planner.study import Study
from layout_planner.study.tidy import MIGRANT

EVERYONE = "everyone"
FAR_MORE = 1.2
"""A group bears more than its share when the share of it whose school closes is so many times everyone's, where no
rule `group_burden` says otherwise (our own line; none is published)."""

OWN_LINE = Text("our own line, no published value", "本工具的提示线，无公布标准")

GROUP_NAMES = {
    "left_behind": Text("left-behind children", "留守儿童"),
    "poor": Text("poor children", "家庭经济困难学生"),
    "disabled": Text("disabled children", "残疾儿童"),
    "minority": Text("minority children", "少数民族学生"),
    MIGRANT: Text("migrant children", "随迁子女"),
}


def group_names(study: Study, stage: str) -> dict[str, str]:
    """Give the groups counted by place: name → column of `places` (group_<name>_<stage>)."""
    pattern = re.compile(rf"group_(\w+)_{stage}")
    return {m[1]: str(c) for c in study.places.columns if (m := pattern.fullmatch(str(c)))}


@in_units()
def group_table(plan: Plan, stage: str) -> pd.DataFrame:
    """Give the ways, the boarding and the closures by group.

    Migrant children are told apart in the flows. Other groups are counted by place; within a place they are taken to
    go where its children go, in proportion.

    Returns
    -------
    pd.DataFrame
        Index group, "everyone" first: pupils placed, minutes (mean over day pupils with a known way), boards, beyond
        (reach in minutes, share of those a rule holds for), closed (share whose school closed), moved (share who
        change school); shares in 0 … 1, NaN where there is nobody.
    """
    case = Case(plan, stage)
    flows, changes = case.assignment.flows, case.changes
    changes = changes.loc[(changes["from_school"] != NOWHERE) & (changes["to_school"] != NOWHERE)]
    day = by_day(flows)
    minutes = flows["minutes"].to_numpy(dtype=float)
    beyond = beyond_reach(flows, plan.rules, "minutes", mode_of(case))
    held, far = beyond.notna().to_numpy(), beyond.fillna(False).to_numpy(dtype=bool)
    closed = changes["from_school"].isin(case.closed).to_numpy(dtype=bool)
    rows = {}
    for group, share in _shares(plan.study, stage, case.demand).items():
        heads, leaves = _heads(flows, group, share), _heads(changes, group, share)
        timed = day & ~np.isnan(minutes)
        rows[group] = (
            heads.sum(),
            _ratio((heads * np.nan_to_num(minutes))[timed].sum(), heads[timed].sum()),
            _ratio(heads[~day].sum(), heads.sum()),
            _ratio(heads[far].sum(), heads[held].sum()),
            _ratio(leaves[closed].sum(), heads.sum()),
            _ratio(leaves.sum(), heads.sum()),
        )
    columns = ["pupils", "minutes", "boards", "beyond", "closed", "moved"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("group")


def check_groups(case: Case) -> Told:
    """Groups of whom closures hit far more than of everyone; protected bilingual schools that close."""
    study, base = case.plan.study, case.plan.base
    if not len(case.closed) or base is None:
        return
    if "bilingual" in base.study.schools:
        flag = base.study.schools["bilingual"].reindex(case.closed)
        before = base.assignments[case.stage].roll()
        for school in flag.index[(flag == 1).to_numpy(dtype=bool)]:
            what = Text("protected bilingual school closed", "撤并受保护的双语学校")
            pupils = float(before.get(school, 0.0))
            yield plain(case, "bilingual_protected", what, "school", str(school), pupils, 0.0, "pupils", pupils)
    if not group_names(study, case.stage) and not (study.pupils["group"] == MIGRANT).any():
        yield case.unchecked("group_burden", Text("groups by place (group_<name>_<stage>)", "分群体的学生数"))
        return
    table = group_table(case.plan, case.stage)
    rule = case.plan.rules.find("group_burden", case.stage)
    most = FAR_MORE if rule is None else rule.value.value
    everyone = float(table.at[EVERYONE, "closed"])
    for group, row in table.drop(index=EVERYONE).iterrows():
        share = float(row["closed"])
        if row["pupils"] < 1 or not share > most * everyone + 1e-9:
            continue
        name = GROUP_NAMES.get(str(group), Text(str(group), str(group)))
        what = Text(
            f"closures hit {name.en} more: {share:.1%} of them, {everyone:.1%} of everyone",
            f"撤并对{name.zh}影响偏重：其中 {share:.1%}，全体 {everyone:.1%}",
        )
        yield plain(
            case, "group_burden", what, "group", str(group), share / everyone if everyone else np.inf, most, "1",
            share * row["pupils"], severity="advice", source=OWN_LINE if rule is None else rule.value.source,
        )  # fmt: skip


def _shares(study: Study, stage: str, demand: pd.Series[float]) -> dict[str, pd.Series[float] | None]:
    """Give each group's share of the children of a place; None for everyone and for migrants, whom the flows tell."""
    shares: dict[str, pd.Series[float] | None] = {EVERYONE: None}
    for name, column in group_names(study, stage).items():
        count = study.places[column].astype(float).fillna(0.0)
        shares[name] = (count / demand.where(demand > 0)).clip(upper=1.0).fillna(0.0)
    if ((study.pupils["group"] == MIGRANT) & (study.pupils["stage"] == stage)).any():
        shares[MIGRANT] = None
    return shares


def _heads(rows: pd.DataFrame, group: str, share: pd.Series[float] | None) -> np.ndarray:
    pupils = rows["pupils"].to_numpy(dtype=float)
    if group == MIGRANT and share is None:
        return np.where((rows["group"] == MIGRANT).to_numpy(dtype=bool), pupils, 0.0)
    return pupils if share is None else pupils * share.reindex(rows["place_id"]).fillna(0.0).to_numpy(dtype=float)


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
