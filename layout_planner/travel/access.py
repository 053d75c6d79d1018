"""How well a place is served: floating catchments, and the longest ways against the limits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.units import in_units
from layout_planner.study import Study
from layout_planner.study.stages import parse_grades
from layout_planner.travel.types import By, Travel


@in_units()
def floating_catchment(
    travel: Travel,
    supply: pd.Series[float],
    demand: pd.Series[float],
    reach: float | Mapping[float, float],
    *,
    by: By = "minutes",
    grade: int | None = None,
) -> pd.Series[float]:
    """Give each place's access by the two-step floating catchment (2SFCA), or the enhanced one (E2SFCA).

    Step 1: each site's supply over the demand within reach of it, R = S / Σ W(d) P. Step 2: each place's sum of those
    it reaches, A = Σ W(d) R. With seats for supply and pupils for demand it reads "seats a pupil".

    Parameters
    ----------
    travel
        The ways.
    supply
        What each site offers; index site id.
    demand
        Who asks for it; index place_id.
    reach
        One limit (2SFCA: weight 1 up to it, inclusive, 0 beyond), or limit → weight, the weight holding from the
        next smaller limit, exclusive, up to its own, inclusive (E2SFCA; slow decay is {10: 1, 20: 0.68, 30: 0.22}).
    by, grade
        Minutes (at the pace of a grade) or metres.

    Returns
    -------
    pd.Series
        Supply per head; index as `demand`, 0 where nothing is within reach.

    Raises
    ------
    DataError
        A limit or a weight is negative, or supply or demand is.
    TravelError
        A place or a site is not in the travel.

    References
    ----------
    W. Luo & F. Wang 2003, Environment and Planning B 30(6); W. Luo & Y. Qi 2009, Health & Place 15(4).
    """
    steps = sorted(reach.items()) if isinstance(reach, Mapping) else [(reach, 1.0)]
    if any(limit < 0 or weight < 0 for limit, weight in steps) or (supply < 0).any() or (demand < 0).any():
        raise refuse(
            "reach, weights, supply and demand cannot be negative",
            "可达范围、权重、供给与需求不能为负",
            "correct the value",
            "请更正数值",
        )
    cost = travel.cost(demand.index, supply.index, by=by, grade=grade)
    limits = np.array([limit for limit, _ in steps])
    weights = np.array([weight for _, weight in steps] + [0.0])
    weight = weights[np.searchsorted(limits, np.nan_to_num(cost, nan=np.inf), side="left")]
    asking = weight.T @ demand.to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(asking > 0, supply.to_numpy(dtype=float) / asking, 0.0)
    return pd.Series(weight @ ratio, index=demand.index, name="access")


@in_units()
def longest_ways(
    study: Study, travel: Travel, stage: str, limits: Mapping[str, float], state: str = "open"
) -> pd.DataFrame:
    """Hold the longest one-way minutes of each grade band, to the nearest school, against its limit.

    Parameters
    ----------
    study, travel
        The region and its ways.
    stage
        Whose ways; the nearest school that offers the stage counts.
    limits
        Grade band → minutes one way, such as {"1-3": 30} (国办发〔2018〕27号).
    state
        Which schools count.

    Returns
    -------
    pd.DataFrame
        Index band: `place_id` and `school_id` of the longest way, `minutes` at the pace of the band's slowest grade,
        `limit`, `ok`, `pupils` of the band, `pupils_beyond` the limit or without a way, `share_beyond`, and
        `places_without_way`. Places without pupils in the band do not count.

    Raises
    ------
    DataError
        A band holds no grade of the stage.
    """
    schools = study.offering(stage, state)
    rows = []
    for band, limit in limits.items():
        grades = [g for g in parse_grades(band) if g in study.grades(stage)]
        if not grades:
            raise refuse(
                f'band "{band}" holds no grade of {stage}',
                f"年级段“{band}”不含学段 {stage} 的年级",
                "name grades of the stage, such as 1-3",
                "请填写该学段的年级，如 1-3",
            )
        slowest = max(grades, key=lambda g: (travel.pace.get(g, 1.0), -g))
        mine = study.pupils.loc[(study.pupils["stage"] == stage) & study.pupils["grade"].isin(grades)]
        pupils = mine.groupby("place_id", observed=True)["pupils"].sum()
        pupils = pupils[pupils > 0]
        cost = travel.cost(pupils.index, schools, grade=slowest)
        nearest = np.fmin.reduce(cost, axis=1, initial=np.nan) if len(pupils) else np.empty(0)
        lost = np.isnan(nearest)
        beyond = float(pupils.to_numpy()[lost | (nearest > limit)].sum())
        row = {"place_id": None, "school_id": None, "minutes": np.nan}
        if (~lost).any():
            worst = int(np.nanargmax(nearest))
            row = {
                "place_id": pupils.index[worst],
                "school_id": schools[int(np.nanargmin(cost[worst]))],
                "minutes": float(nearest[worst]),
            }
        total = float(pupils.sum())
        rows.append(
            row
            | {
                "limit": float(limit),
                "ok": beyond == 0,
                "pupils": total,
                "pupils_beyond": beyond,
                "share_beyond": beyond / total if total else np.nan,
                "places_without_way": int(lost.sum()),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(list(limits), name="band"))
