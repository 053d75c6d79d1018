"""How evenly resources lie inside management districts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.measures.balance import difference_coefficient
from layout_planner.measures.load import school_table
from layout_planner.measures.resources import all_resources_after
from layout_planner.plan import Plan
from layout_planner.study.indicators import INDICATORS


def difference_inside(plan: Plan, stage: str, district: pd.Series[str]) -> pd.DataFrame:
    """Give the difference coefficient of each indicator among the schools of each district, after the plan.

    Parameters
    ----------
    district
        District of the schools, index school_id; others count nowhere.

    Returns
    -------
    pd.DataFrame
        Index district, columns the `INDICATORS` that were returned; NaN where fewer than two schools of the district
        have pupils and returned it: one school differs from none. The same as the coefficients in the districts' own
        balance (`districts.sharing.district_balance`) where the plan leaves the schools as they are.

    References
    ----------
    教督〔2017〕6号, appendix (the coefficient).
    """
    returned = [name for name in INDICATORS if name in plan.study.offers]
    roll = school_table(plan, stage)["roll"]
    have = all_resources_after(plan, stage, returned)
    of = district.reindex(roll.index)
    names = pd.Index(sorted(of.dropna().unique()), name="district")
    table = pd.DataFrame(np.nan, index=names, columns=returned)
    for name in returned:
        known = have[name].notna() & (roll > 0) & of.notna()
        for one, mine in roll[known].groupby(of[known]):
            if len(mine) > 1:
                table.at[one, name] = difference_coefficient(have.loc[mine.index, name], mine)
    return table
