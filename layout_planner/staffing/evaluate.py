"""The quality-balance evaluation of a county: the verb `evaluate`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.base.proof import total, unproved
from layout_planner.measures.indicators import (
    COMPULSORY,
    indicator_table,
    plan_indicators,
    school_verdicts,
    spread_table,
)
from layout_planner.plan import Evaluation, Plan
from layout_planner.plan.evaluation import INDICATOR_COLUMNS, SHIFT_COLUMNS
from layout_planner.policy import Rules
from layout_planner.staffing.shifts import DEEDS, PRICES, UNITS, Shifted, cheapest_shifts, pair_moves
from layout_planner.study import Study
from layout_planner.study.indicators import INDICATORS
from layout_planner.study.stages import STAGE_NAMES


def evaluate(
    subject: Study | Plan,
    profile: str | Rules = "cn-quality-balance",
    *,
    shifts: bool = True,
    prices: Mapping[str, float] | None = None,
    time_limit: float = 60.0,
    gap: float = 1e-3,
) -> Evaluation:
    """Hold a county against the resource standards: every school, every indicator, every coefficient.

    Parameters
    ----------
    subject
        A study: its returns as they stand. A plan: after its edits, with `before` for what it is compared with.
        Teachers and equipment of closed schools follow their pupils, buildings stay.
    profile
        A rule profile with the indicators, by name, by file, or loaded.
    shifts
        Also work out the cheapest shifts that would pass; their formulation stands in `layout_planner.staffing.shifts`.
    prices
        Yuan, in place of those of `PRICES`: by indicator, and "move" for a teacher moved.
    time_limit, gap
        Wall seconds a stage, and the relative gap to stop at.

    Returns
    -------
    Evaluation
        With the whole table, the verdict of each school, the coefficients, the shifts.

    Raises
    ------
    RulesError
        No such profile.
    DataError
        A price of something unknown, or a negative one; or nothing to evaluate.

    Examples
    --------
    >>> done = lp.evaluate(lp.sample("fuxi"), "cn-quality-balance", shifts=False)
    >>> done.passes
    False
    >>> held = done.spread.loc[done.spread["ok"] == False, ["stage", "indicator", "difference", "limit"]]
    >>> held.round(3)  # indicators that differ too much from school to school
          stage          indicator  difference  limit
    1   primary  teachers_backbone       0.546   0.50
    11   junior        area_sports       0.478   0.45
    13   junior      network_rooms       0.454   0.45
    """
    rules = Rules.load(profile) if isinstance(profile, str) else profile
    asked = {**PRICES, **_checked(prices or {})}
    study = subject if isinstance(subject, Study) else subject.study
    table = _table(subject, rules)
    if not len(table):
        raise refuse(
            "there is nothing to evaluate: no primary or junior school, or the profile has no indicators",
            "没有可评估的对象：无小学、初中，或规则集不含资源指标",
            "name a profile with indicators, such as cn-quality-balance",
            "请使用含资源指标的规则集，如 cn-quality-balance",
        )
    before = None
    if isinstance(subject, Plan) and subject.base is not None:
        before = evaluate(subject.base, rules, shifts=False)
    notes = [*_silent(table)]
    rows: list[tuple[object, ...]] = []
    parts: list[Shifted] = []
    if shifts:
        for stage in track(list(dict.fromkeys(table["stage"])), Text("cheapest shifts", "最省调整")):
            mine = _evaluated(table, stage)
            if not len(mine):  # nothing was returned, as the notes say
                continue
            found = cheapest_shifts(mine, rules, stage, asked, time_limit, gap)
            parts.append(found)
            rows += _rows(study, stage, mine, found, asked)
        if parts:
            notes += [_priced(prices), _COUNTED_APART]
    return Evaluation(
        profile=rules.profiles,
        indicators=table,
        schools=school_verdicts(table, rules),
        spread=spread_table(table, rules),
        before=before,
        shifts=pd.DataFrame(rows, columns=list(SHIFT_COLUMNS)).astype(dict.fromkeys(_AMOUNTS, float)),
        proof=total([part.proof for part in parts], "yuan") if parts else unproved("given", "yuan"),
        prices=asked,
        notes=tuple(notes),
    )


def shifted_table(evaluation: Evaluation, study: Study, rules: Rules) -> pd.DataFrame:
    """Give the indicators as they would be after the shifts, to be checked again by `school_verdicts`.

    Returns
    -------
    pd.DataFrame
        `INDICATOR_COLUMNS`.
    """
    parts = []
    for stage in dict.fromkeys(evaluation.indicators["stage"]):
        mine = evaluation.indicators.loc[evaluation.indicators["stage"] == stage]
        have = mine.pivot(index="school_id", columns="indicator", values="have").reindex(columns=list(INDICATORS))
        pupils = mine.drop_duplicates("school_id").set_index("school_id")["pupils"]
        have = have.reindex(pupils.index)
        for row in evaluation.shifts.loc[evaluation.shifts["stage"] == stage].itertuples():
            if row.from_school:
                have.loc[row.from_school, row.indicator] -= row.quantity
            have.loc[row.to_school, row.indicator] += row.quantity
        parts.append(indicator_table(study, rules, stage, pupils, have))
    return pd.concat(parts, ignore_index=True)


_AMOUNTS = ("quantity", "price", "cost")
_COUNTED_APART = Text(
    "Degree, backbone and arts teachers are counted apart, as the returns do: one person who is several moves as "
    "several, so the teachers to move are at most these.",
    "高学历、骨干、体艺教师按报表分别计数：一人兼具多项时此处分别计算，实际调动人数不多于此。",
)


def _checked(prices: Mapping[str, float]) -> dict[str, float]:
    for name, price in prices.items():
        if name not in PRICES:
            hint = did_you_mean(name, PRICES)
            raise refuse(
                f'prices name "{name}", which is not priced{hint.en}',
                f"prices 中的“{name}”不在计价项目内{hint.zh}",
                f"use {', '.join(PRICES)}",
                f"可用：{'、'.join(PRICES)}",
            )
        if not float(price) >= 0 or np.isinf(price):
            raise refuse(f"the price of {name} is {price}", f"{name} 的价格为 {price}", "give yuan, 0 or more",
                         "请给出不小于 0 的元数")  # fmt: skip
    return {name: float(price) for name, price in prices.items()}


def _table(subject: Study | Plan, rules: Rules) -> pd.DataFrame:
    parts = []
    for stage in COMPULSORY:
        if isinstance(subject, Plan):
            if stage in subject.assignments:
                parts.append(plan_indicators(subject.with_(rules=rules), stage))
            continue
        ids = subject.offering(stage)
        offers = subject.offers.loc[subject.offers.index.get_level_values("stage") == stage].droplevel("stage")
        have = offers.reindex(ids).reindex(columns=list(INDICATORS)).astype(float)
        pupils = subject.roll(stage).reindex(ids).fillna(0.0)
        parts.append(indicator_table(subject, rules, stage, pupils, have))
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(INDICATOR_COLUMNS))


def _evaluated(table: pd.DataFrame, stage: str) -> pd.DataFrame:
    known = (table["stage"] == stage) & (table["left_out"] == "") & table["value"].notna()
    return table.loc[known].reset_index(drop=True)


def _rows(
    study: Study, stage: str, table: pd.DataFrame, found: Shifted, prices: Mapping[str, float]
) -> Iterator[tuple[object, ...]]:
    """List the shifts of a stage, moves first."""
    points = study.schools.geometry
    for name in dict.fromkeys(table["indicator"]):
        at = np.flatnonzero((table["indicator"] == name).to_numpy(dtype=bool))
        schools = pd.Index(table["school_id"].iloc[at])
        where = points.reindex(schools).representative_point()
        moved = pd.Series(found.moved[at], index=schools)
        for a, b, count in pair_moves(moved, where.x.to_numpy(), where.y.to_numpy()):
            price = prices["move"]
            yield (stage, "move", name, a, study.school_name(a), b, study.school_name(b), count, "teachers", price,
                   count * price)  # fmt: skip
    for row in np.flatnonzero(found.bought > 0):
        name, school, number = table["indicator"].iat[row], table["school_id"].iat[row], float(found.bought[row])
        price = prices[name]
        yield (stage, DEEDS[name], name, "", "", school, study.school_name(school), number,
               UNITS.get(name, "teachers"), price, number * price)  # fmt: skip


def _silent(table: pd.DataFrame) -> Iterator[Text]:
    """Say which indicators were not returned, and which schools are left out."""
    judged = table.loc[table["left_out"] == ""]
    if len(judged) and judged["value"].isna().all():
        columns = ", ".join(INDICATORS)
        yield Text(
            f"Nothing can be judged: the schools have none of the seven resource columns ({columns}).",
            f"无法评估：学校表缺少七项资源指标的原始数据（{'、'.join(text.zh for text in INDICATORS.values())}；"
            f"对应列名 {columns}）。",
        )
        judged = judged.iloc[:0]
    mine = judged.loc[judged["value"].isna()]
    for (stage, name), rows in mine.groupby(["stage", "indicator"], sort=False):
        yield Text(
            f"{stage}, {INDICATORS[name].en}: not returned by {len(rows)} schools; they are judged by the others.",
            f"{STAGE_NAMES[str(stage)][1]}，{INDICATORS[name].zh}：{len(rows)} 所学校未填报，按其余指标评判。",
        )
    out = table.loc[table["left_out"] != ""].drop_duplicates(["stage", "school_id"])
    for why, rows in out.groupby("left_out", sort=True):
        yield Text(f"{len(rows)} schools are left out: {why}.", f"{len(rows)} 所学校不计入：{_WHY[str(why)]}。")


_WHY = {
    "small teaching point": "不足规定人数的教学点",
    "special or vocational": "特殊教育或职业学校",
    "no pupils": "无学生",
}


_PRICE_NAMES = {name: text.zh for name, text in INDICATORS.items()} | {"move": "调动一名教师"}


def _priced(prices: Mapping[str, float] | None) -> Text:
    assumed = [name for name in PRICES if name not in (prices or {})]
    if not assumed:
        return Text("All prices are the county's own.", "价格均由本县给出。")
    said = "，".join(f"{_PRICE_NAMES[name]} {PRICES[name]:,.0f} 元" for name in assumed)
    return Text(
        f"Prices assumed by us, not published: {', '.join(f'{name} {PRICES[name]:,.0f}' for name in assumed)} yuan.",
        f"以下单价为本工具假定，并非公布数：{said}。",
    )
