"""Teachers in later years: posts against those still there, and who waits for one term by term."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.cohorts import Forecast
from layout_planner.cohorts import forecast as make_forecast
from layout_planner.plan import Plan
from layout_planner.plan.staffing import LADDER_COLUMNS, OUTLOOK_COLUMNS, Ladder
from layout_planner.staffing.levels import Level
from layout_planner.study.stages import STAGE_NAMES

OUTLOOK_YEARS = 10


def set_outlook(
    plan: Plan, levels: Sequence[Level], forecast: Forecast | None, until: int | None, leave: float, later: float = 0.0
) -> tuple[pd.DataFrame, list[Text]]:
    """Set posts against the teachers still there, year by year, nobody recruited; all retiring so many years later."""
    study = plan.study
    last = until or study.year + OUTLOOK_YEARS
    if forecast is None and len(study.births):
        forecast = make_forecast(study, last)
    notes: list[Text] = []
    if forecast is None:
        notes.append(
            Text("No births: the outlook keeps the pupils of today.", "无出生数据：教师供需展望按现状学生数。")
        )
    known = any(level.people["retires"].notna().any() for level in levels)
    if not known:
        notes.append(
            Text(
                f"Birth months are not known: {leave:.1%} of the teachers are taken to retire each year.",
                f"教师出生年月未知：按每年 {leave:.1%} 退休估算。",
            )
        )
    notes += _titles(levels)
    rows: list[tuple[object, ...]] = []
    for level in levels:
        totals = forecast.totals() if forecast is not None else pd.DataFrame()
        pupils = totals[level.stage] if level.stage in totals else pd.Series(dtype=float)
        today = float(study.demand(level.stage).sum())
        retires = level.people["retires"].to_numpy(dtype=float) + later
        retires = np.fmax(retires, level.people["soonest"].to_numpy(dtype=float))
        subject = level.rounds.subject
        for year in range(study.year, last + 1):
            growth = float(pupils.get(year, today)) / today if today > 0 else 1.0
            stays = np.where(np.isnan(retires), (1.0 - leave) ** (year - study.year), (retires > year) * 1.0)
            teachers = np.bincount(subject, weights=stays, minlength=len(level.subjects))
            posts = level.pool * growth * level.shares
            rows += [
                (year, level.stage, name, p, n, n - p)
                for name, p, n in zip(level.subjects, posts, teachers, strict=True)
            ]
    table = pd.DataFrame(rows, columns=list(OUTLOOK_COLUMNS))
    return table, notes + _gone_by(table, study.year)


def _titles(levels: Sequence[Level]) -> list[Text]:
    """Say of how many women the title, which moves their retirement by five years, is not told."""
    told = [(level.people["untitled"], level.people["retires"].notna()) for level in levels]
    untitled, known = (int(sum(part.sum() for part in parts)) for parts in zip(*told, strict=True))
    if not untitled:
        return []
    return [
        Text(
            f"The title of {untitled:,} of {known:,} teachers with a known birth month is not told (women): they are "
            "dated as without a senior title; with one they retire five years later.",
            f"已知出生年月的 {known:,} 名教师中，{untitled:,} 名女教师职称未知：按无高级职称推算；"
            "若为高级职称，退休晚五年。",
        )
    ]


def _gone_by(outlook: pd.DataFrame, now: int) -> list[Text]:
    """Say by when retirements alone take up a stage's surplus of today."""
    notes = []
    for stage, rows in outlook.groupby("stage", sort=False):
        by_year = rows.groupby("year")["surplus"].sum()
        if not by_year[now] >= 1.0:
            continue
        en, zh = STAGE_NAMES[stage]
        free = by_year.index[by_year < 1.0]
        if len(free):
            notes.append(
                Text(
                    f"{en}: {by_year[now]:,.0f} teachers above the posts; retirements take them up by {free[0]}, and "
                    "nobody need be dismissed.",
                    f"{zh}：超编 {by_year[now]:,.0f} 人，{free[0]} 年前可由自然退休消化，无需辞退。",
                )
            )
        else:
            notes.append(
                Text(
                    f"{en}: {by_year[now]:,.0f} teachers above the posts; {by_year.iloc[-1]:,.0f} are left in "
                    f"{by_year.index[-1]} after retirements.",
                    f"{zh}：超编 {by_year[now]:,.0f} 人，至 {by_year.index[-1]} 年退休后仍超 "
                    f"{by_year.iloc[-1]:,.0f} 人。",
                )
            )
    return notes


def climb_ladder(levels: Sequence[Level], outlook: pd.DataFrame, now: int, ladder: Ladder) -> pd.DataFrame:
    """Follow who waits term by term: posts that fall free take them in, subject by subject."""
    wait = {
        (level.stage, name): float(n)
        for level in levels
        for name, n in zip(
            level.subjects, np.bincount(level.rounds.subject[level.waiting], minlength=len(level.subjects)), strict=True
        )
    }
    surplus = outlook.set_index(["year", "stage", "subject"])["surplus"]
    rows: list[tuple[object, ...]] = []
    terms = int(np.ceil(ladder.dismiss_months / ladder.term_months))
    for term in range(terms):
        start, end = term * ladder.term_months, min((term + 1) * ladder.term_months, ladder.dismiss_months)
        year = min(now + start // 12, int(outlook["year"].max()))
        wait = {key: min(n, max(np.ceil(surplus[(year, *key)] - 1e-9), 0.0)) for key, n in wait.items()}
        number = sum(wait.values())
        share = ladder.award_shares[min(term, len(ladder.award_shares) - 1)]
        yuan = number * (end - start) * (ladder.base + ladder.performance + share * ladder.award)
        rows.append((term + 1, start, end, number, share, yuan, 0.0))
    if rows:
        rows[-1] = (*rows[-1][:-1], rows[-1][3])  # whoever still waits at the end
    return pd.DataFrame(rows, columns=list(LADDER_COLUMNS))
