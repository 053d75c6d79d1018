"""Which schools come into question for closing: an explained ranking for the committee's talk, not a decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.base.units import in_units
from layout_planner.measures.load import school_table
from layout_planner.plan import Plan
from layout_planner.scenario import Scenario
from layout_planner.travel import travel_for

WEIGHTS: Mapping[str, float] = {
    "roll": 2.0, "load": 1.0,
    "trend": 0.0, "quality": 0.0, "building": 0.0, "next_minutes": 0.0, "alternatives": 0.0, "last": 0.0,
}  # fmt: skip
"""What each factor counts where the user says nothing.

On three real rounds of closures (Chicago 2013: 49 of 472; Puerto Rico 2018: 291 of 1,102; New Zealand 2015–17: 22 of
2,381) a small roll told what closed everywhere (AUC 0.81, 0.83, 0.83), empty seats in the one place where they were
known (0.88; both by these weights 0.86, by equal ones 0.88, but the roll is the safer of the two). The others turn
round from place to place, so they count only if the planner says so: low quality told closures in Chicago (0.82) and
the contrary in Puerto Rico (0.36); a near next school in Chicago (0.71) and the contrary in New Zealand (0.37); the
lower grades against the upper ones nothing (0.47). What the law says of them (the last school of a township, a
dangerous building) is named beside the score.
"""

REASONS = {
    "roll": (Text("few pupils", "学生少"), Text("many pupils", "学生多")),
    "trend": (Text("fewer and fewer pupils", "生源下降"), Text("more and more pupils", "生源上升")),
    "load": (Text("seats stand empty", "学位空置"), Text("well filled", "学位饱满")),
    "quality": (Text("weak", "办学质量偏低"), Text("strong", "办学质量较高")),
    "building": (Text("poor building", "校舍较差"), Text("sound building", "校舍良好")),
    "next_minutes": (Text("the next school is near", "邻校较近"), Text("the next school is far", "邻校较远")),
    "alternatives": (
        Text("other schools within reach", "周边可选学校多"),
        Text("no other within reach", "周边无校可选"),
    ),
    "last": (Text("the township has others", "乡镇另有学校"), Text("the township's last", "乡镇唯一学校")),
}
"""For each factor what speaks for closing, and what against."""

CLOSES_WHEN_SMALL = ("roll", "trend", "load", "quality", "next_minutes")
"""Factors of which a small value speaks for closing; of the others a large one."""

BUILDING_GRADES = {"A": 0.0, "B": 1.0, "C": 2.0, "D": 3.0}
"""房屋危险性等级 (JGJ 125): A sound … D dangerous as a whole."""

REACH_MINUTES = 60.0
"""Another school within so many minutes is an alternative, where the rules set no reach."""


@in_units()
def closure_scores(plan: Plan, stage: str, weights: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Rank the open schools of a stage by what speaks for closing them.

    score = 100 · Σ w · f / Σ w over the factors of weight w > 0 known of any school, where f is the rank of the school
    among all by that factor, from 0 (speaks for keeping) to 1 (for closing), equal values sharing their mean rank, 0.5
    where not known. Campuses, teaching points and sections of schools that count under another stage are left out, as
    they are when schools are counted.

    Parameters
    ----------
    plan
        Today, or any plan.
    stage
        The stage.
    weights
        Factor → weight ≥ 0, over `WEIGHTS`; 0 leaves a factor out.

    Returns
    -------
    pd.DataFrame
        Index school_id, the highest score first: rank, name, score, why (what counts most, and what the law says of a
        township's last school and a dangerous building, counted or not), the raw values of the factors: roll; trend
        (pupils of the lower half of the grades / of the upper half); load; quality; building (0 sound … 3 dangerous);
        next_minutes (mean way of its pupils to their nearest other school); alternatives (mean number of other schools
        within reach of its pupils); last (1 where the township has no other school of the stage); and points_<factor>:
        what each adds to the score.

    Raises
    ------
    DataError
        An unknown factor or a negative weight.
    """
    told = _checked(weights)
    return rank_schools(_factors(plan, stage), told)


def _checked(weights: Mapping[str, float] | None) -> dict[str, float]:
    told = {**WEIGHTS, **(weights or {})}
    wrong = [name for name in told if name not in WEIGHTS or not told[name] >= 0]
    if wrong or not sum(told.values()) > 0:
        hint = did_you_mean(wrong[0], WEIGHTS) if wrong else Text("", "")
        raise refuse(
            f"weights {wrong}: not a factor, or negative{hint.en}; or all are 0",
            f"权重 {wrong}：不是可用因素或为负{hint.zh}；或全为 0",
            f"use {', '.join(WEIGHTS)} with numbers ≥ 0",
            f"可用：{'、'.join(WEIGHTS)}，取非负数",
        )
    return told


@in_units()
def rank_schools(raw: pd.DataFrame, weights: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Rank schools by factors that are known already, as `closure_scores` does with those of a plan.

    Parameters
    ----------
    raw
        Index school_id; name, and columns of `WEIGHTS`, NaN or left out where not known.
    weights
        As for `closure_scores`.

    Returns
    -------
    pd.DataFrame
        As of `closure_scores`.

    Raises
    ------
    DataError
        An unknown factor or a negative weight; no factor that counts is known.
    """
    told = _checked(weights)
    raw = raw.reindex(
        columns=["name", *(name for name in raw if name != "name"), *(n for n in WEIGHTS if n not in raw)]
    )
    known = [name for name in WEIGHTS if raw[name].notna().any() and told[name] > 0]
    if not known:
        raise refuse(
            "no factor that counts is known of any school", "各校均缺少计分所需的因素",
            "give rolls or seats, or weigh a factor that is known", "请提供在校生数或学位数，或对已知因素赋权",
        )  # fmt: skip
    total = sum(told[name] for name in known)
    points = pd.DataFrame(index=raw.index)
    for name in known:
        points[f"points_{name}"] = 100.0 * told[name] / total * _closing(raw[name], name)
    middle = {f"points_{name}": 50.0 * told[name] / total for name in known}
    table = raw.assign(
        score=points.sum(axis=1), why=[_why(row, middle, raw.loc[name]) for name, row in points.iterrows()]
    )
    table = table.join(points).sort_values(["score", "roll"], ascending=[False, True], kind="stable")
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    first = ["rank", "name", "score", "why"]
    return table[[*first, *(column for column in table if column not in first)]]


@in_units()
def hindcast(scores: pd.DataFrame, closed: Iterable[str] | Scenario, stage: str | None = None) -> pd.DataFrame:
    """Ask how well a ranking of the past would have told what later closed.

    Parameters
    ----------
    scores
        What `closure_scores` gave for the past.
    closed
        The schools that closed since, or the scenario that closed them.
    stage
        Where a scenario is given: edits of this stage, or of none, count.

    Returns
    -------
    pd.DataFrame
        Index: score, then each factor alone, counted in the score or not. auc: the chance that of a closed and a kept
        school the closed one ranks higher (0.5 by chance, 1 perfect; ties half; Mann and Whitney 1947); error: its
        standard error (Hanley and McNeil 1982); hits: of the schools ranked first, as many as closed, the share that
        did; n, closed: of how many, those of which the factor is not known left out. `attrs["note"]` says it where the
        smallest or the emptiest schools first would have told as well or better.

    Raises
    ------
    DataError
        None of the schools closed, or all.
    """
    if isinstance(closed, Scenario):
        gone = {
            edit.subject
            for edit in closed.edits
            if edit.closes and edit.empties and (stage is None or edit.concerns(stage))
        }
    else:
        gone = set(closed)
    did = scores.index.isin(gone)
    if not did.any() or did.all():
        raise refuse(
            f"{int(did.sum())} of {len(did)} ranked schools closed: nothing to tell apart",
            f"所排 {len(did)} 所学校中有 {int(did.sum())} 所撤并，无从比较",
            "give the ids of the schools that closed, some of those ranked",
            "请给出其中已撤并学校的编号",
        )
    columns = {"score": scores["score"].to_numpy(dtype=float)}
    for name in WEIGHTS:
        if name in scores and scores[name].notna().sum() > 1:
            values = scores[name].to_numpy(dtype=float)
            columns[name] = -values if name in (*CLOSES_WHEN_SMALL, "last") else values
    rows = {}
    for name, values in columns.items():
        known = ~np.isnan(values)
        if 0 < did[known].sum() < known.sum():
            rows[name] = told_by(values[known], did[known])
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["auc", "error", "hits", "n", "closed"])
    table = table.astype({"n": int, "closed": int}).rename_axis("by")
    table.attrs["note"] = _beaten(table)
    return table


def _beaten(table: pd.DataFrame) -> Text | None:
    """Say where a plain order would have told as much as the score, or more."""
    plain = table.loc[[name for name in ("roll", "load") if name in table.index], "auc"]
    if "score" not in table.index or not len(plain) or table.at["score", "auc"] > plain.max():
        return None
    words = {"roll": ("the smallest schools first", "按规模从小到大"), "load": ("the emptiest first", "按学位空置")}
    en, zh = words[str(plain.idxmax())]
    figures = f"{plain.max():.3f}", f"{table.at['score', 'auc']:.3f}"
    return Text(
        f"{en} would have told as much or more (AUC {figures[0]}; the score {figures[1]})",
        f"{zh}排序的判断不逊于本评分（AUC {figures[0]}；评分 {figures[1]}）",
    )


def told_by(values: np.ndarray, did: np.ndarray) -> tuple[float, float, float, int, int]:
    """Say how well values tell what closed: AUC, its standard error, hits, how many, how many closed.

    Parameters
    ----------
    values
        The higher, the likelier to close; known of all.
    did
        Whether the school closed; some, not all.
    """
    auc, n, m = _auc(values, did), int(did.sum()), int((~did).sum())
    both, twice = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (n - 1) * (both - auc**2) + (m - 1) * (twice - auc**2)
    return auc, float(np.sqrt(max(spread, 0.0) / (n * m))), _hits(values, did), n + m, n


def _auc(values: np.ndarray, did: np.ndarray) -> float:
    ranks = rankdata(values)
    n, m = int(did.sum()), int((~did).sum())
    return float((ranks[did].sum() - n * (n + 1) / 2) / (n * m))


def _hits(values: np.ndarray, did: np.ndarray) -> float:
    first = np.argsort(-values, kind="stable")[: int(did.sum())]
    return float(did[first].mean())


def _factors(plan: Plan, stage: str) -> pd.DataFrame:
    """Give the raw values of the factors, NaN where not known; index school_id."""
    study = plan.study
    offering = study.offering(stage)
    ids = offering[(study.categories().reindex(offering) == stage).to_numpy(dtype=bool)]
    load = school_table(plan, stage).reindex(ids)
    by_grade = plan.assignments[stage].roll_by_grade().unstack("grade", fill_value=0.0).reindex(ids).fillna(0.0)
    grades = sorted(by_grade.columns)
    half = len(grades) // 2
    upper = by_grade[grades[len(grades) - half :]].sum(axis=1)
    offers = study.offers.xs(stage, level="stage").reindex(ids)
    empty = pd.Series(np.nan, ids)
    grade = study.schools["building_grade"].reindex(ids) if "building_grade" in study.schools else empty
    township = study.schools["township_id"].reindex(offering) if "township_id" in study.schools else None
    only = township.map(township.value_counts()) == 1 if township is not None else None
    nearest, number = _others(plan, stage, offering, ids)
    return pd.DataFrame(
        {
            "name": [study.school_name(str(school)) for school in ids],
            "roll": load["roll"],
            "trend": by_grade[grades[:half]].sum(axis=1) / upper.where(upper > 0),
            "load": load["load"],
            "quality": offers["quality"].astype(float) if "quality" in offers else empty,
            "building": grade.astype("string").str.strip().str.upper().map(BUILDING_GRADES).astype(float),
            "next_minutes": nearest,
            "alternatives": number,
            "last": empty if only is None else only.reindex(ids).astype(float),
        },
        index=ids,
    ).rename_axis("school_id")


def _others(plan: Plan, stage: str, offering: pd.Index, ids: pd.Index) -> tuple[pd.Series[float], pd.Series[float]]:
    """Give the mean way of each school's pupils to their nearest other school, and how many they have within reach."""
    flows = plan.assignments[stage].flows
    sites = plan.study.site_of(offering)
    nearest = np.full(len(flows), np.nan)
    number = np.full(len(flows), np.nan)
    own = offering.get_indexer(flows["school_id"])
    offered = plan.study.offers["grades"].reindex([(school, stage) for school in offering])
    for grade in sorted(flows["grade"].unique()):
        mine = np.flatnonzero((flows["grade"] == grade).to_numpy())
        way = travel_for(plan.travel, stage, int(grade))
        minutes = way.cost(flows["place_id"].iloc[mine], sites, "minutes", int(grade))
        minutes[np.arange(len(mine)), own[mine]] = np.inf
        minutes[:, [grade not in grades for grades in offered]] = np.inf
        minutes[np.isnan(minutes)] = np.inf
        reach = plan.rules.value("reach_minutes", stage, int(grade), default=REACH_MINUTES) or REACH_MINUTES
        number[mine] = (minutes <= reach).sum(axis=1)
        nearest[mine] = minutes.min(axis=1)
    nearest[np.isinf(nearest)] = np.nan
    answer = []
    for values in (nearest, number):
        known = ~np.isnan(values)
        heads = flows["pupils"][known].groupby(flows["school_id"][known]).sum()
        sums = (values * flows["pupils"])[known].groupby(flows["school_id"][known]).sum()
        answer.append((sums / heads).reindex(ids))
    return answer[0], answer[1]


def _closing(values: pd.Series[float], name: str) -> pd.Series[float]:
    """Rank from 0 (for keeping) to 1 (for closing); 0.5 where not known."""
    known = values.dropna()
    if len(known) < 2:
        return pd.Series(0.5, values.index)
    rank = (known.rank(method="average") - 1.0) / (len(known) - 1.0)
    small = name in (*CLOSES_WHEN_SMALL, "last")
    return (1.0 - rank if small else rank).reindex(values.index).fillna(0.5)


def _why(points: pd.Series[float], middle: Mapping[str, float], facts: pd.Series) -> str:
    """Name the factors that take a score farthest from the middle, at most three, and what the law asks about."""
    away = (points - pd.Series(middle)).sort_values(key=lambda column: -column.abs(), kind="stable")
    told = []
    for column, value in away.head(3).items():
        if abs(value) > 1e-9:
            for_closing, against = REASONS[str(column).removeprefix("points_")]
            told.append(f"{'+' if value > 0 else '−'} {for_closing if value > 0 else against}")
    if "points_last" not in points and facts["last"] == 1:
        told.append(f"! {REASONS['last'][1]}")
    if "points_building" not in points and facts["building"] >= BUILDING_GRADES["C"]:
        told.append(f"! {REASONS['building'][0]}")
    return str(Text("; ", "；")).join(told)
