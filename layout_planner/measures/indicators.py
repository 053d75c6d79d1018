"""The seven resource indicators of the quality-balance evaluation (教督〔2017〕6号), school by school."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.measures.balance import difference_coefficient
from layout_planner.measures.load import school_table
from layout_planner.measures.resources import SMALL_POINT, all_resources_after
from layout_planner.plan import Plan
from layout_planner.plan.evaluation import INDICATOR_COLUMNS, SPREAD_COLUMNS, VERDICT_COLUMNS
from layout_planner.policy import PER_HUNDRED, Rules
from layout_planner.scenario.works import TEACHING_POINT
from layout_planner.study import Study
from layout_planner.study.indicators import INDICATORS

COMPULSORY = ("primary", "junior")
"""The stages of compulsory schooling; nothing else is evaluated."""

NOT_EVALUATED = ("36", "51")
"""How the kinds of vocational and special schools begin: they are left out of the evaluation."""


def resources_of(plan: Plan, stage: str) -> pd.DataFrame:
    """Give what each open school of a stage has after the plan: index school_id, columns as `INDICATORS`.

    Teachers and equipment of closed schools follow their pupils, buildings stay (`all_resources_after`).
    """
    return all_resources_after(plan, stage, list(INDICATORS))


def indicator_table(
    study: Study, rules: Rules, stage: str, pupils: pd.Series[float], have: pd.DataFrame
) -> pd.DataFrame:
    """Hold every indicator of every school against its standard.

    Parameters
    ----------
    study
        For names and kinds.
    rules
        The standards: ``indicator_<name>`` of the stage.
    stage
        "primary" or "junior".
    pupils
        Pupils of each school in the evaluation, index school_id.
    have
        Raw quantities, index school_id, columns as `INDICATORS`; NaN unknown. All-through schools must be divided over
        their stages already, as the reader does by the published weights.

    Returns
    -------
    pd.DataFrame
        `INDICATOR_COLUMNS`, schools in the order of `pupils`, indicators in the document's order.
    """
    out = _left_out(study, rules, stage, pupils)
    names = [study.school_name(school) for school in pupils.index]
    parts = []
    for name in INDICATORS:
        rule = rules.find(f"indicator_{name}", stage)
        if rule is None:
            continue
        scale = 100.0 if rule.value.unit == PER_HUNDRED else 1.0
        limit, heads = rule.value.value, pupils.to_numpy(dtype=float)
        stock = have[name].reindex(pupils.index).to_numpy(dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(heads > 0, scale * stock / heads, np.nan)
        known = ~np.isnan(value) & (out == "").to_numpy()
        met = pd.array(value >= limit - 1e-9, dtype="boolean")
        met[~known] = pd.NA
        parts.append(
            pd.DataFrame(
                {
                    "stage": stage,
                    "school_id": pupils.index,
                    "name": names,
                    "indicator": name,
                    "have": stock,
                    "pupils": heads,
                    "value": value,
                    "unit": rule.value.unit,
                    "limit": limit,
                    "met": met,
                    "share": value / limit,
                    "lacks": np.where(known, np.maximum(limit * heads / scale - stock, 0.0), np.nan),
                    "left_out": out.to_numpy(),
                }
            )
        )
    if not parts:
        return pd.DataFrame(columns=list(INDICATOR_COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    rank = pd.Series(range(len(pupils)), index=pupils.index)
    order = table["school_id"].map(rank).sort_values(kind="stable").index
    return table.loc[order, list(INDICATOR_COLUMNS)].reset_index(drop=True)


def plan_indicators(plan: Plan, stage: str) -> pd.DataFrame:
    """Give `indicator_table` of the open schools of a stage of a plan."""
    roll = school_table(plan, stage)["roll"]
    return indicator_table(plan.study, plan.rules, stage, roll, resources_of(plan, stage))


def school_verdicts(table: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Tell which schools pass: at least six of seven met, and the other at 85 % of its standard at least.

    Parameters
    ----------
    table
        Of `indicator_table`, one stage or several.
    rules
        `indicators_met` and `indicator_rest_share`.

    Returns
    -------
    pd.DataFrame
        `VERDICT_COLUMNS`, one row a school and stage that is evaluated: how many indicators are known and met, the
        least share of those not met (NaN where all are), and whether it passes (NA where what is unknown decides).
    """
    mine = table.loc[table["left_out"] == ""]
    known, keys = mine["met"].notna(), [mine["stage"], mine["school_id"]]
    failing = known & ~mine["met"].fillna(True).astype(bool)
    counts = pd.DataFrame({"all": 1, "known": known.astype(int), "failing": failing.astype(int)})
    by = counts.groupby(keys, sort=False).sum()
    least = mine["share"].where(failing).groupby(keys, sort=False).min()
    stages = list(dict.fromkeys(mine["stage"]))
    need = {stage: rules.value("indicators_met", stage, default=float(len(INDICATORS))) for stage in stages}
    rest = {stage: rules.value("indicator_rest_share", stage, default=0.0) or 0.0 for stage in stages}
    of = by.index.get_level_values("stage")
    fails = (by["failing"] > by["all"] - of.map(need).to_numpy(dtype=float)).to_numpy()
    fails = fails | (least < of.map(rest).to_numpy(dtype=float) - 1e-9).to_numpy()
    passes = pd.array(~fails, dtype="boolean")
    passes[~fails & (by["known"] < by["all"]).to_numpy()] = pd.NA
    first = mine.drop_duplicates(["stage", "school_id"])
    return pd.DataFrame(
        {
            "stage": of, "school_id": by.index.get_level_values("school_id"), "name": first["name"].to_numpy(),
            "pupils": first["pupils"].to_numpy(dtype=float), "known": by["known"].to_numpy(),
            "met": (by["known"] - by["failing"]).to_numpy(), "least_share": least.to_numpy(dtype=float),
            "passes": passes,
        },
        columns=list(VERDICT_COLUMNS),
    )  # fmt: skip


def spread_table(table: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Give the difference coefficient of every indicator between the schools that are evaluated.

    Returns
    -------
    pd.DataFrame
        `SPREAD_COLUMNS`: schools counted, the mean an evaluated pupil has, the coefficient (weighted by pupils), its
        limit, ok (NA where there is no limit or fewer than two schools are known).
    """
    rows = []
    known = table.loc[(table["left_out"] == "") & table["value"].notna()]
    for (stage, name), each in known.groupby(["stage", "indicator"], sort=False):
        limit = rules.value("difference_coefficient", str(stage))
        value = difference_coefficient(each["value"] * each["pupils"], each["pupils"]) if len(each) > 1 else np.nan
        mean = float(np.average(each["value"], weights=each["pupils"]))
        ok = pd.NA if limit is None or np.isnan(value) else value <= limit + 1e-9
        unit = str(each["unit"].iloc[0])
        rows.append((stage, name, len(each), mean, unit, value, np.nan if limit is None else limit, ok))
    return pd.DataFrame(rows, columns=list(SPREAD_COLUMNS)).astype({"ok": "boolean", "limit": float})


def _left_out(study: Study, rules: Rules, stage: str, pupils: pd.Series[float]) -> pd.Series[str]:
    """Tell why a school is not evaluated: "" for those that are."""
    small = rules.value("teaching_point_left_out_below", stage, default=float(SMALL_POINT)) or 0.0
    kind = study.schools["kind"].reindex(pupils.index).astype("string").fillna("")
    out = pd.Series("", index=pupils.index, dtype=object)
    out = out.mask((kind.eq(TEACHING_POINT) & (pupils < small)).to_numpy(dtype=bool), "small teaching point")
    out = out.mask(kind.str[:2].isin(NOT_EVALUATED).to_numpy(dtype=bool), "special or vocational")
    return out.mask((~(pupils > 0)).to_numpy(dtype=bool), "no pupils").astype("str")
