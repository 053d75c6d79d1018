"""How many posts (编制) the schools of a plan are due."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.measures.load import school_table
from layout_planner.plan import Plan
from layout_planner.policy import Rules

PROFILE = "cn-posts-2014"
"""The profile that counts where the plan's rules say nothing of posts."""


def posts_due(plan: Plan, stage: str) -> pd.Series[float]:
    """Give the posts each open school of a stage is due.

    Returns
    -------
    pd.Series
        Index school_id: pupils / pupils_per_post; a school below small_school_roll gets at least posts_per_class for
        each class (中央编办发〔2014〕72号). NaN where no rule says (kindergartens have their own).
    """
    rules = plan.rules
    if rules.find("pupils_per_post", stage) is None:
        rules = Rules((*Rules.load(PROFILE).rules, *rules.rules), rules.profiles)
    table = school_table(plan, stage)
    ratio = rules.value("pupils_per_post", stage)
    if ratio is None:
        return pd.Series(np.nan, table.index, name="posts")
    small, each = rules.value("small_school_roll", stage, default=0.0), rules.value("posts_per_class", stage, default=0)
    by_roll, by_class = table["roll"] / ratio, table["classes"] * (each or 0.0)
    is_small = (table["roll"] < (small or 0.0)) & (table["roll"] > 0)
    return by_roll.where(~is_small, np.maximum(by_roll, by_class)).rename("posts")
