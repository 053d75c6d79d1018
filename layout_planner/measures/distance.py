"""How far: the ways of pupils, every pupil counting once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.policy import Rules


def weighted_quantile(values: pd.Series[float], weights: pd.Series[float], q: float) -> float:
    """Smallest value that a share q of the weight does not exceed.

    Parameters
    ----------
    values, weights
        Same length; NaN values are left out.
    q
        Share in (0, 1].

    Returns
    -------
    float
        In the unit of `values`; NaN when nothing is left.
    """
    v, w = values.to_numpy(dtype=float), weights.to_numpy(dtype=float)
    keep = ~np.isnan(v) & (w > 0)
    if not keep.any():
        return float("nan")
    order = np.argsort(v[keep], kind="stable")
    v, w = v[keep][order], w[keep][order]
    reached = np.cumsum(w)
    # The last sum is the whole: rounding must not push the quantile past the end.
    return float(v[np.searchsorted(reached, q * reached[-1] * (1 - 1e-12))])


def ways(flows: pd.DataFrame, unit: str) -> pd.Series[float]:
    """Summarise the ways of the pupils in flows.

    Parameters
    ----------
    flows
        Flows with `pupils` and the column `unit`.
    unit
        "minutes" or "metres".

    Returns
    -------
    pd.Series
        mean, median, p90, p95, max over pupils whose way is known; NaN where there are none.
    """
    value, pupils = flows[unit], flows["pupils"]
    known = value.notna()
    total = float(pupils[known].sum())
    mean = float((value[known] * pupils[known]).sum() / total) if total else float("nan")
    quantiles = {
        name: weighted_quantile(value, pupils, q) for name, q in (("median", 0.5), ("p90", 0.9), ("p95", 0.95))
    }
    longest = float(value[known & (pupils > 0)].max()) if total else float("nan")
    return pd.Series({"mean": mean, **quantiles, "max": longest}, name=unit)


def beyond_reach(flows: pd.DataFrame, rules: Rules, unit: str) -> pd.Series[bool]:
    """Tell which flows go farther than the rules' reach for their grade.

    Parameters
    ----------
    flows
        Flows with stage, grade and the column `unit`.
    unit
        "minutes" (rule reach_minutes) or "metres" (rule reach_metres).

    Returns
    -------
    pd.Series
        Nullable booleans on the index of `flows`; NA where no rule holds, the way is not known, or the pupils board.
    """
    pairs = flows[["stage", "grade"]].drop_duplicates()
    limits = {
        (stage, grade): rules.value(f"reach_{unit}", stage, int(grade))
        for stage, grade in pairs.itertuples(index=False, name=None)
    }
    keys = list(zip(flows["stage"], flows["grade"], strict=True))
    limit = np.array([np.nan if limits[key] is None else limits[key] for key in keys], dtype=float)
    value = flows[unit].to_numpy(dtype=float)
    told = ~np.isnan(limit) & ~np.isnan(value) & (flows["how"] != "board").to_numpy()
    answer = pd.Series(pd.NA, index=flows.index, dtype="boolean", name="beyond_reach")
    answer[told] = value[told] > limit[told] + 1e-9
    return answer
