"""Posts and teachers of a plan (县管校聘): the verb `staff`.

Cap → pool of each level → posts of each school (`measures.posts`) → posts by subject → who fills them:

1. the teachers of closed schools follow the pupils, in proportion, subject by subject;
2. protected teachers stay where they are then; posts for recruits are held back;
3. every school fills up to 90 % of its posts from its own, by subject, the best record first;
4. who is left goes to posts of the subject with the least travel, as many as can be placed (`staffing.rounds`): the
   first 10 % of a school's posts so filled from elsewhere are the cross-school round, the others are allocated;
5. who is still left fills posts of other subjects, or waits;
6. where asked, teachers are exchanged until the shares of the rules are reached (`staffing.exchange`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.base.options import Effort, told
from layout_planner.base.proof import Proof
from layout_planner.cohorts import Forecast
from layout_planner.districts.sharing import minutes_between, travelling_teachers
from layout_planner.measures.posts import SMALL_ROLL, claimed_posts, post_rules, posts_by_school
from layout_planner.plan import Plan
from layout_planner.plan.staffing import (
    ADJUST,
    CROSS,
    EXCHANGE,
    FOLLOW,
    LEVEL_COLUMNS,
    MOVE_COLUMNS,
    STAFF_COLUMNS,
    TRAVELLING_COLUMNS,
    Ladder,
    Staffing,
)
from layout_planner.policy import Rules
from layout_planner.staffing.exchange import exchange
from layout_planner.staffing.levels import Level
from layout_planner.staffing.outlook import climb_ladder, set_outlook
from layout_planner.staffing.rounds import NOWHERE, as_balance, count_by, mismatch
from layout_planner.staffing.settings import Posts
from layout_planner.study import Study
from layout_planner.study.stages import STAGE_NAMES
from layout_planner.travel import travel_for

EXCHANGE_RULES = (("exchange_share", 0.10), ("exchange_backbone_share", 0.20))
"""Of the eligible teachers at least so many change school a year, so many of them backbone (教督〔2017〕6号)."""


def staff(
    plan: Plan,
    rules: Rules | None = None,
    *,
    settings: Posts | None = None,
    forecast: Forecast | None = None,
    until: int | None = None,
    **further: object,
) -> Staffing:
    """Work out the posts of a plan and who fills them.

    Parameters
    ----------
    plan
        A plan of `today` or `solve`; the teachers are those of its base (of itself, where it has none): a table
        `teachers` of persons or of counts by subject, else what the schools return.
    rules
        What posts are reckoned by; the plan's own where they speak of posts, else the published ratios (2014).
    settings
        How posts are shared out and filled: see `Posts`.
    forecast, until
        Pupils to come for the outlook, and its last year; reckoned from the births where there are any.
    **further
        Fields of `Posts` one by one: ``cap=1200``, ``reserve=0.05``, ``pool="district"`` …; they go before those of
        the record.

    Returns
    -------
    Staffing
        Public schools of every stage a rule for posts holds for. No name of a person is in it.

    Raises
    ------
    DataError
        Arguments that do not fit, no districts to pool in, or no teachers at all.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> now = lp.today(study, ways, stage="junior")
    >>> posts = lp.staff(now)
    >>> table = posts.by_school()
    >>> bool((table["after"] + table["vacant"] >= table["posts"]).all())
    True
    """
    started = time.perf_counter()
    posts, _ = told("staff", settings, Posts(), None, Effort(), further)
    rules = post_rules(plan.rules if rules is None else rules)
    _check(plan, posts)
    claims = {stage: claimed_posts(plan, stage, rules) for stage in plan.assignments}
    unruled = {stage: int(table["claim"].isna().sum()) for stage, table in claims.items()}
    claims = {stage: table.dropna(subset="claim") for stage, table in claims.items() if table["claim"].notna().any()}
    pools = _pools({stage: float(table["claim"].sum()) for stage, table in claims.items()}, posts.cap)
    parts = []
    for stage, claim in claims.items():
        held = float(np.floor(posts.reserve * pools[stage] + 1e-9))
        level = Level.of(plan, stage, claim, pools[stage], held, posts.lessons, posts.own_share, posts.pool)
        if level is None:
            continue
        level.rounds.fill(posts.other_subjects)
        if posts.exchanging:
            shares = (_exchange_rule(plan.rules, stage, *rule)[0] for rule in EXCHANGE_RULES)
            backbone = level.people["backbone"].to_numpy(dtype=float)
            level.swapped = exchange(level.rounds, level.origin, backbone, *shares)
        parts.append(level)
    if not parts:
        raise refuse(
            "no public school has both posts by the rules and teachers",
            "没有既有编制标准又有教师数据的公办学校",
            "give a table [teachers], or teachers in the schools table; and rules with pupils_per_post",
            "请提供 [teachers] 表或学校表中的专任教师数，以及含 pupils_per_post 的规则",
        )
    travelling = pd.concat([_travelling(plan, level, rules, posts.most_minutes) for level in parts], ignore_index=True)
    outlook, notes = set_outlook(plan, parts, forecast, until, posts.leave, posts.later)
    table = pd.concat([_table(level, plan.study) for level in parts], ignore_index=True)
    objective = sum(level.rounds.objective for level in parts)
    places = [level.places() for level in parts]
    return Staffing(
        table=table[list(STAFF_COLUMNS)],
        levels=pd.DataFrame([level.summary() for level in parts], columns=list(LEVEL_COLUMNS)),
        moves=pd.concat([_moves(level) for level in parts], ignore_index=True),
        outlook=outlook,
        travelling=travelling,
        ladder=climb_ladder(parts, outlook, plan.study.year, posts.ladder or Ladder()),
        rates=pd.concat([_rates(level, travelling, plan.rules) for level in parts]),
        places=pd.concat([part for part in places if len(part)] or places[:1]).sort_index(),
        proof=Proof(objective, objective, "minutes", "proved"),
        seconds=time.perf_counter() - started,
        work={"unit": "minutes", "teachers": int(sum(len(level.people) for level in parts)), "pool": posts.pool},
        notes=tuple(_notes(plan, parts, posts.lessons, posts.pool, unruled) + notes),
    )


def _check(plan: Plan, posts: Posts) -> None:
    """Refuse arguments that do not fit."""
    if posts.pool not in ("county", "district"):
        hint = did_you_mean(posts.pool, ("county", "district"))
        raise refuse(
            f'pool="{posts.pool}" is unknown{hint.en}',
            f"pool=“{posts.pool}”未知{hint.zh}",
            'use "county" or "district"',
            "可用：county、district",
        )
    if posts.pool == "district" and not plan.districtings:
        raise refuse(
            "the plan has no management districts to pool teachers in",
            "方案没有可统筹教师的管理学区",
            "give them first: plan.with_(districtings={stage: lp.partition(…)})",
            "请先 plan.with_(districtings={学段: lp.partition(…)})",
        )
    if not (0 <= posts.reserve < 1 and 0 <= posts.own_share <= 1 and 0 <= posts.leave < 1):
        raise refuse(
            "reserve=, own_share= and leave= are shares between 0 and 1",
            "reserve=、own_share=、leave= 须在 0 与 1 之间",
            "correct them",
            "请更正",
        )
    for stage, shares in (posts.lessons or {}).items():
        if stage not in plan.assignments or not sum(shares.values()) > 0 or min(shares.values()) < 0:
            raise refuse(
                f"lessons of {stage}: shares of the lessons by subject, none negative, of a stage of the plan",
                f"{stage} 的 lessons 须为该方案某学段各学科课时占比，且不为负",
                "correct them",
                "请更正",
            )


def _pools(claims: Mapping[str, float], cap: float | Mapping[str, float] | None) -> dict[str, float]:
    """Give the whole posts of each stage: its claims, its cap, or its part of the county's cap."""
    whole = {stage: float(np.round(claim)) for stage, claim in claims.items()}
    if cap is None:
        return whole
    if isinstance(cap, Mapping):
        return {stage: min(posts, float(np.floor(cap.get(stage, posts)))) for stage, posts in whole.items()}
    total = min(float(np.floor(cap)), sum(whole.values()))
    return {str(stage): float(n) for stage, n in posts_by_school(pd.Series(claims, dtype=float), total).items()}


def _table(level: Level, study: Study) -> pd.DataFrame:
    """Lay the level out by school and subject."""
    shape = (len(level.schools), len(level.subjects))
    r = level.rounds
    subject = r.subject
    before, here = count_by(level.origin, subject, shape), count_by(r.school, subject, shape)
    steps = _steps(level)
    stays = (r.place >= 0) & (steps == "own")
    counts = {
        "posts": level.need,
        "before": before,
        "followed": here - before,
        "surplus": here - level.need,
        "own": count_by(np.where(stays, r.place, -1), r.teaches, shape),
        "cross": count_by(np.where(steps == CROSS, r.place, -1), r.teaches, shape),
        "adjusted": count_by(np.where(steps == ADJUST, r.place, -1), r.teaches, shape),
        "exchanged": count_by(np.where(steps == EXCHANGE, r.place, -1), r.teaches, shape),
        "other_subject": count_by(np.where(r.teaches != subject, r.place, -1), r.teaches, shape),
        "after": count_by(r.place, r.teaches, shape),
        "vacant": np.maximum(r.need, 0.0),
        "waiting": count_by(np.where(level.waiting, r.school, -1), subject, shape),
    }
    index = pd.MultiIndex.from_product([level.schools, level.subjects], names=["school_id", "subject"])
    table = pd.DataFrame({name: values.ravel() for name, values in counts.items()}, index=index).reset_index()
    table = table.loc[(table[["posts", "before", "after", "waiting"]] > 0).any(axis=1) | (table["followed"] != 0)]
    names = {school: study.school_name(school) for school in level.schools}
    return table.assign(stage=level.stage, name=table["school_id"].map(names))


def _steps(level: Level) -> np.ndarray:
    """Tell by which step each person came to the post: own, cross or adjust; "" for nobody placed."""
    r = level.rounds
    steps = np.where(r.place == NOWHERE, "", np.where(r.place == r.school, "own", ADJUST)).astype(object)
    steps[level.swapped] = EXCHANGE
    came = np.flatnonzero(steps == ADJUST)
    way = r.minutes[r.school[came], r.place[came]]
    open_to_all = np.ceil((1.0 - r.own_share) * level.posts - 1e-9)
    for school in np.unique(r.place[came]):
        mine = came[r.place[came] == school]
        near = mine[np.argsort(way[r.place[came] == school], kind="stable")]
        steps[near[: int(open_to_all[school])]] = CROSS
    return steps


def _moves(level: Level) -> pd.DataFrame:
    """Count who changes school in which step."""
    r = level.rounds
    steps = _steps(level)
    followed, moved_on = level.origin != r.school, np.isin(steps, [CROSS, ADJUST, EXCHANGE])
    ids, names = np.asarray(level.schools, dtype=object), np.asarray(level.subjects, dtype=object)
    parts = []
    for mine, step, start, end, teaches in (
        (followed, np.full(len(steps), FOLLOW), level.origin, r.school, r.subject),
        (moved_on, steps, r.school, r.place, r.teaches),
    ):
        parts.append(
            pd.DataFrame(
                {
                    "stage": level.stage, "subject": names[r.subject[mine]], "from_school": ids[start[mine]],
                    "to_school": ids[end[mine]], "step": step[mine], "minutes": r.minutes[start[mine], end[mine]],
                    "teaches": names[teaches[mine]],
                }
            )
        )  # fmt: skip
    keys = ["stage", "subject", "from_school", "to_school", "step", "teaches"]
    by = pd.concat(parts).groupby(keys, sort=True)["minutes"]
    return by.agg(teachers="size", minutes="first").reset_index()[list(MOVE_COLUMNS)]


def _travelling(plan: Plan, level: Level, rules: Rules, most_minutes: float) -> pd.DataFrame:
    """Send itinerant teachers to the small schools of the district (of the township, where there are no districts)."""
    empty = pd.DataFrame(columns=list(TRAVELLING_COLUMNS))
    if len(level.subjects) < 2:
        return empty
    district = level.district
    if district is None:
        district = plan.study.schools["township_id"].reindex(level.schools).fillna("").astype("str")
    missing, spare = mismatch(_taught(level), level.shares)
    roll = level.claim["pupils"].reindex(level.schools).fillna(np.inf).to_numpy(dtype=float)
    small = roll < (rules.value("small_school_roll", level.stage, default=SMALL_ROLL) or SMALL_ROLL)
    balance = as_balance(missing * small[:, None], spare, level.schools, level.subjects, district)
    minutes = minutes_between(plan.study, travel_for(plan.travel, level.stage), list(level.schools))
    found = travelling_teachers(balance, minutes, most_minutes).rename(columns={"lessons": "posts"})
    return found.assign(stage=level.stage)[list(TRAVELLING_COLUMNS)].astype({"posts": float, "minutes": float})


def _taught(level: Level) -> Floats:
    """Count the teachers of each school by the subject they have, after."""
    return count_by(level.rounds.place, level.rounds.subject, (len(level.schools), len(level.subjects)))


def _rates(level: Level, travelling: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Give the level's rates, each held against its rule."""
    r = level.rounds
    shape = (len(level.schools), len(level.subjects))
    rates: list[tuple[str, float, str, str, float, str]] = [
        ("staff_posts", level.pool, "posts", "", np.nan, ""),
        ("staff_teachers", float(len(level.people)), "teachers", "", np.nan, ""),
        ("staff_waiting", float(level.waiting.sum()), "teachers", "lower", np.nan, ""),
        ("staff_vacant", float(np.maximum(r.need, 0.0).sum()), "posts", "lower", np.nan, ""),
    ]
    if len(level.subjects) > 1:
        helped = float(travelling.loc[travelling["stage"] == level.stage, "posts"].sum())
        for name, have, less in (
            ("out_of_subject_before", count_by(level.origin, r.subject, shape), 0.0),
            ("out_of_subject", _taught(level), helped),
        ):
            share = 100.0 * (mismatch(have, level.shares)[0].sum() - less) / max(have.sum(), 1.0)
            rates.append((name, float(share), "%", "lower", np.nan, ""))
    changed = (r.place >= 0) & (r.place != level.origin)
    free = ~r.protected
    known = level.people["backbone"].notna().to_numpy(dtype=bool)
    among = float(np.nanmean(level.people["backbone"].to_numpy()[changed])) if (known & changed).any() else np.nan
    values = (float((changed & free).sum() / max(free.sum(), 1)), among)
    for (name, default), value in zip(EXCHANGE_RULES, values, strict=True):
        limit, source = _exchange_rule(rules, level.stage, name, default)
        rates.append((name, 100.0 * value, "%", "higher", 100.0 * limit, source))
    table = pd.DataFrame(rates, columns=["measure", "value", "unit", "better", "limit", "source"])
    ok = pd.array(table["value"] >= table["limit"] - 1e-9, dtype="boolean")
    ok[(table["limit"].isna() | table["value"].isna()).to_numpy(dtype=bool)] = pd.NA
    return table.assign(stage=level.stage, ok=ok).set_index(["stage", "measure"])


def _exchange_rule(rules: Rules, stage: str, name: str, default: float) -> tuple[float, str]:
    """Give the share asked for and its source."""
    rule = rules.find(name, stage)
    return (rule.value.value, rule.value.source) if rule else (default, "教督〔2017〕6号")


def _notes(
    plan: Plan,
    levels: Sequence[Level],
    lessons: Mapping[str, Mapping[str, float]] | None,
    pool: str,
    unruled: Mapping[str, int],
) -> list[Text]:
    """Say what was assumed, and what was left out."""
    notes = [
        Text(
            "Private schools are left out. Ways between schools are by the plan's travel, straight where not measured.",
            "不含民办学校；校际路程按方案的出行方式，未测者按直线。",
        )
    ]
    left_out = {STAGE_NAMES[stage]: number for stage, number in unruled.items() if number}
    if left_out:
        notes.append(
            Text(
                "No rule for posts holds, left out: " + ", ".join(f"{s[0]} {n} schools" for s, n in left_out.items()),
                "无编制标准可依、未计入：" + "、".join(f"{s[1]} {n} 所" for s, n in left_out.items()),
            )
        )
    assumed = [level.stage for level in levels if level.stage not in (lessons or {}) and len(level.subjects) > 1]
    if assumed:
        notes.append(
            Text(
                f"Posts by subject follow the county's mix of teachers today ({', '.join(assumed)}): a subject the "
                "whole county lacks does not show. Give lessons=… to judge by a curriculum.",
                f"学科编制按全县现有学科结构（{'、'.join(STAGE_NAMES[s][1] for s in assumed)}），"
                "全县普遍缺的学科不会显现；可用 lessons=… 按课程方案核算。",
            )
        )
    without = [STAGE_NAMES[level.stage] for level in levels if len(level.subjects) == 1]
    if without:
        notes.append(
            Text(
                f"No subjects are known for {', '.join(en for en, _ in without)}.",
                f"{'、'.join(zh for _, zh in without)}教师学科未知。",
            )
        )
    over = sum(level.beyond for level in levels)
    if over >= 1:
        notes.append(
            Text(f"{over:,.0f} protected teachers stay beyond the posts.", f"{over:,.0f} 名受保护教师超编留任。")
        )
    missing = [level.stage for level in levels if pool == "district" and level.district is None]
    if missing:
        names = [STAGE_NAMES[stage] for stage in missing]
        notes.append(
            Text(
                f"No districts for {', '.join(en for en, _ in names)}: pooled in the whole county.",
                f"{'、'.join(zh for _, zh in names)}无管理学区，按全县统筹。",
            )
        )
    return notes
