"""The difference coefficient inside districts and between them, exactly; and how alike two divisions are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.units import in_units
from layout_planner.measures.balance import difference_coefficient


@in_units(mean="the resource's unit a pupil")
def decompose_difference(resource: pd.Series, pupils: pd.Series, district: pd.Series) -> pd.DataFrame:
    """Take the difference coefficient apart: what lies inside each district, and what between districts.

    Parameters
    ----------
    resource, pupils
        As in `difference_coefficient`; index school_id.
    district
        District of each school; same index.

    Returns
    -------
    pd.DataFrame
        Index: the districts, then "between", then "total". Columns: pupils; mean (resource a pupil); coefficient (the
        difference coefficient inside the district, of the districts' means, and of all schools); part: what each adds
        to the square of the total coefficient, so that the parts above "total" add up to it exactly:

        C² = Σ_d W_d (x̄_d / x̄)² C_d² + Σ_d W_d (x̄_d − x̄)² / x̄², W_d = P_d / ΣP.

    Raises
    ------
    DataError
        A school with pupils has no district; or the indexes differ.

    References
    ----------
    教督〔2017〕6号, appendix (the coefficient); the law of total variance.
    """
    if not district.index.equals(resource.index):
        raise refuse(
            "district and resource are not of the same schools", "学区与资源的学校不一致",
            "give both one index", "请用同一索引",
        )  # fmt: skip
    total = difference_coefficient(resource, pupils)  # checks the numbers too
    counted = (pupils > 0) & resource.notna()
    if district[counted].isna().any():
        named = ", ".join(map(str, district.index[counted & district.isna()][:20]))
        raise refuse(f"schools without a district: {named}", f"学校没有学区：{named}", "add them", "请补充")
    x, p, d = (series[counted] for series in (resource.astype(float), pupils.astype(float), district))
    by = pd.DataFrame({"x": x, "p": p}).groupby(d.to_numpy()).sum()
    mean = float(by["x"].sum() / by["p"].sum()) if len(by) else float("nan")
    share, means = by["p"] / by["p"].sum(), by["x"] / by["p"]
    inside = pd.Series({g: difference_coefficient(x[d == g], p[d == g]) for g in by.index}, dtype=float)
    scale = mean if mean else 1.0
    table = pd.DataFrame(
        {
            "pupils": by["p"],
            "mean": means,
            "coefficient": inside,
            "part": share * (means / scale) ** 2 * inside**2,
        }
    )
    between = float((share * ((means - mean) / scale) ** 2).sum())
    pupils_all = float(by["p"].sum())
    table.loc["between"] = [pupils_all, mean, np.sqrt(between), between]
    table.loc["total"] = [pupils_all, mean, total, total**2]
    return table.rename_axis("district")


def compare_districtings(before: pd.Series, after: pd.Series, weight: pd.Series | None = None) -> pd.Series:
    """Say how alike two divisions of the same schools or units are.

    Parameters
    ----------
    before, after
        District of each; names need not agree.
    weight
        Pupils of each, for the share moved by weight; every one counts 1 where left out.

    Returns
    -------
    pd.Series
        moved: share that changes district when the districts are matched so that most stay; moved_weight: likewise by
        weight; rand: adjusted Rand index (1 alike, 0 as by chance; Hubert and Arabie 1985).

    Raises
    ------
    DataError
        The two are not of the same schools or units.
    """
    from scipy.optimize import linear_sum_assignment

    if set(before.index) != set(after.index):
        odd = ", ".join(map(str, sorted(set(before.index) ^ set(after.index))[:20]))
        raise refuse(f"not the same members: {odd}", f"成员不一致：{odd}", "compare like with like", "请比较同一范围")
    after = after.reindex(before.index)
    mass = pd.Series(1.0, before.index) if weight is None else weight.reindex(before.index).astype(float)
    found = {}
    for name, own in (("moved", pd.Series(1.0, before.index)), ("moved_weight", mass)):
        table = own.groupby([before.to_numpy(), after.to_numpy()]).sum().unstack(fill_value=0.0).to_numpy(dtype=float)
        rows, columns = linear_sum_assignment(-table)
        found[name] = 1.0 - float(table[rows, columns].sum() / table.sum())
    counts = pd.crosstab(before.to_numpy(), after.to_numpy()).to_numpy(dtype=float)
    pairs = [float((v * (v - 1) / 2).sum()) for v in (counts, counts.sum(axis=1), counts.sum(axis=0))]
    n = counts.sum()
    chance = pairs[1] * pairs[2] / (n * (n - 1) / 2) if n > 1 else 0.0
    most = (pairs[1] + pairs[2]) / 2
    found["rand"] = 1.0 if most == chance else (pairs[0] - chance) / (most - chance)
    return pd.Series(found, dtype=float)
