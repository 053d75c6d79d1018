"""Posts (编制) by the published ratios: of a number of pupils, and of every public school of a plan."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.measures.load import school_table
from layout_planner.plan import Plan
from layout_planner.policy import Rules
from layout_planner.policy.areas import areas_of

POST_PROFILES = ("cn-posts-2014", "cn-kindergarten-staff-2013")
"""Profiles posts are reckoned by where the plan's rules say nothing of posts."""

SMALL_ROLL = 200.0
"""Pupils below which a school is small, where no rule says (the 2014 profile says the same)."""

CLAIM_COLUMNS = ("pupils", "classes", "by_pupils", "by_classes", "claim", "source")


def post_rules(rules: Rules) -> Rules:
    """Give rules that speak of posts: the ones given, or else the published ones."""
    return rules if any(rule.name == "pupils_per_post" for rule in rules.rules) else Rules.load(*POST_PROFILES)


def posts_for(pupils: float, stage: str, rules: Rules, area: str | None = None) -> float:
    """Give the posts a number of pupils comes to by the ratio alone, whole.

    Parameters
    ----------
    area
        "urban", "town" or "rural", where the ratio tells them apart (2001).

    Returns
    -------
    float
        pupils / ratio, rounded to the nearest post; NaN where no ratio holds for the stage and area.
    """
    ratio = rules.value("pupils_per_post", stage, area=area)
    return float(np.round(pupils / ratio)) if ratio else float("nan")


def claimed_posts(plan: Plan, stage: str, rules: Rules | None = None) -> pd.DataFrame:
    """Reckon the posts each open public school has a claim to.

    By pupils: roll / ratio. By classes: classes × posts a class. A small school (under `small_school_roll`) has a claim
    to the greater of the two, kindergartens to teachers by class.

    Returns
    -------
    pd.DataFrame
        Index school_id: `CLAIM_COLUMNS`; claim not rounded, NaN where no rule holds.
    """
    rules = post_rules(plan.rules if rules is None else rules)
    table = school_table(plan, stage)
    schools = plan.study.schools.loc[table.index]
    table = table.loc[(schools["ownership"] != "private").to_numpy(dtype=bool)]
    area = areas_of(plan.study, schools["township_id"].reindex(table.index))
    found = area.map({a: rules.find("pupils_per_post", stage, area=a) for a in area.unique()})
    ratio = np.array([np.nan if rule is None else rule.value.value for rule in found], dtype=float)
    by_pupils = table["roll"].to_numpy() / ratio
    kindergarten = rules.find("teachers_per_class", stage)
    per_class = kindergarten or rules.find("posts_per_class", stage)
    by_classes = table["classes"].to_numpy() * (per_class.value.value if per_class else np.nan)
    if not kindergarten:  # posts a class stand beside the ratio, not in its place
        by_classes = np.where(np.isnan(ratio), np.nan, by_classes)
    small = table["roll"].to_numpy() < (rules.value("small_school_roll", stage, default=SMALL_ROLL) or SMALL_ROLL)
    claim = by_classes if kindergarten else np.where(small, np.fmax(by_pupils, by_classes), by_pupils)
    sources = ["" if rule is None else rule.value.source for rule in found]
    return pd.DataFrame(
        {
            "pupils": table["roll"],
            "classes": table["classes"],
            "by_pupils": by_pupils,
            "by_classes": by_classes,
            "claim": claim,
            "source": [kindergarten.value.source] * len(table) if kindergarten else sources,
        }
    )


def posts_by_school(claims: pd.Series[float], pool: float | None = None) -> pd.Series[float]:
    """Share the pool of a level out over its schools in proportion to their claims, whole (largest remainder).

    Parameters
    ----------
    claims
        Index school_id.
    pool
        Whole posts of the level; the claims together, rounded, where left out. A pool beyond the claims stays unused.
    """
    asked = claims.fillna(0.0).to_numpy(dtype=float)
    total = min(np.round(asked.sum()), np.inf if pool is None else np.round(pool))
    exact = asked * (total / asked.sum()) if asked.sum() > 0 else asked
    whole = np.floor(exact + 1e-9)
    order = np.lexsort([np.arange(len(exact)), -(exact - whole)])
    whole[order[: round(total - whole.sum())]] += 1.0
    return pd.Series(whole, index=claims.index, name="posts")
