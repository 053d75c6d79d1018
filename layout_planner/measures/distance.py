"""How far: the ways of pupils, every pupil counting once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Bools, Floats, Ints, Positions
from layout_planner.base.labels import equal_to
from layout_planner.plan import by_day
from layout_planner.plan.coded import Coded, Column
from layout_planner.policy import Rules
from layout_planner.study.stages import format_grades

QUANTILES = {"median": 0.5, "p90": 0.9, "p95": 0.95}
WAYS = ("mean", *QUANTILES, "max")
"""What `ways` and `ways_by` tell, in this order."""


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
    return float(v[keep][order][_at_share(np.cumsum(w[keep][order]), np.zeros(1), q)[0]])


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
    values, pupils = flows[unit].to_numpy(dtype=float), flows["pupils"].to_numpy(dtype=float)
    return pd.Series(ways_by(values, pupils, np.zeros(len(flows), dtype=np.intp), 1)[0], index=list(WAYS), name=unit)


def ways_by(values: Floats, pupils: Floats, group: Positions, groups: int) -> Floats:
    """Summarise ways group by group.

    Parameters
    ----------
    values, pupils
        A way, NaN where not known, and the pupils who go it; shape (n,).
    group
        Position of the group of each, shape (n,); −1 for none.
    groups
        How many groups there are.

    Returns
    -------
    ndarray
        Shape (groups, 5), columns `WAYS`; NaN for a group without known ways.
    """
    keep = np.isfinite(values) & (pupils > 0) & (group >= 0)
    order = np.argsort(values[keep], kind="stable") if groups == 1 else np.lexsort([values[keep], group[keep]])
    v, w, g = values[keep][order], pupils[keep][order], group[keep][order]
    answer = np.full((groups, len(WAYS)), np.nan)
    present, first = np.unique(g, return_index=True)
    if not len(present):
        return answer
    last = np.append(first[1:], len(g)) - 1
    run = np.cumsum(w)
    before = run[first] - w[first]
    answer[present, 0] = np.add.reduceat(v * w, first) / np.add.reduceat(w, first)
    for column, q in enumerate(QUANTILES.values(), start=1):
        at = _at_share(run, before, q, run[last])
        answer[present, column] = v[np.clip(at, first, last)]
    answer[present, len(WAYS) - 1] = v[last]
    return answer


def mean_by(values: Floats, pupils: Floats, group: Positions, groups: int) -> Floats:
    """Give the mean way of each group, every pupil counting once; arguments as in `ways_by`, shape (groups,)."""
    keep = np.isfinite(values) & (group >= 0)
    heads = np.bincount(group[keep], weights=pupils[keep], minlength=groups)
    sums = np.bincount(group[keep], weights=values[keep] * pupils[keep], minlength=groups)
    return np.where(heads > 0, sums / np.where(heads > 0, heads, 1.0), np.nan)


def _at_share(run: Floats, before: Floats, q: float, total: Floats | None = None) -> Positions:
    """Give where the running sum reaches the share q of what lies between `before` and `total` (the end)."""
    end = run[-1:] if total is None else total
    # Rounding must not push the quantile past the value that just reaches it.
    return np.searchsorted(run, before + q * (end - before) * (1 - 1e-12) - 1e-12 * end)


def beyond_reach(flows: pd.DataFrame, rules: Rules, unit: str, mode: str = "") -> pd.Series[bool]:
    """Tell which flows go farther than the rules' reach for their grade and mode.

    Parameters
    ----------
    flows
        Flows with stage, grade and the column `unit`.
    unit
        "minutes" (rule reach_minutes) or "metres" (rule reach_metres).
    mode
        How those travel whose flows tell no `mode` ("walk" …): a rule reach_minutes_walk goes before reach_minutes.
        Pupils who ride the school bus are held against reach_minutes_bus.

    Returns
    -------
    pd.Series
        Nullable booleans on the index of `flows`; NA where no rule holds, the way is not known, or the pupils board.
    """
    limit = reach_of(flows, rules, unit, mode)
    value = flows[unit].to_numpy(dtype=float)
    unknown = np.isnan(limit) | np.isnan(value) | ~by_day(flows)
    beyond = pd.array(np.where(unknown, False, value > limit + 1e-9), dtype="boolean")
    beyond[unknown] = pd.NA
    return pd.Series(beyond, index=flows.index, name="beyond_reach")


def reach_of(flows: pd.DataFrame, rules: Rules, unit: str, mode: str = "") -> Floats:
    """Give the reach the rules allow each flow, shape (flows,); NaN where no rule holds. See `beyond_reach`."""
    return reach_of_alike(ways_alike(flows, mode), len(flows), rules, unit)


def reach_of_alike(
    alike: Iterable[tuple[tuple[str, int, str], Positions]], count: int, rules: Rules, unit: str
) -> Floats:
    """Give the reach of flows that `ways_alike` has sorted, shape (count,); see `reach_of`."""
    answer = np.full(count, np.nan)
    for (stage, grade, own), at in alike:
        name = reach_rule(rules, unit, stage, grade, own)
        limit = rules.value(name, stage, grade)
        answer[at] = np.nan if limit is None else limit
    return answer


def ways_alike(flows: pd.DataFrame, mode: str) -> Iterator[tuple[tuple[str, int, str], Positions]]:
    """Give the flows of each stage, grade and mode: (stage, grade, mode), positions."""
    went = Column.of(flows["mode"]) if "mode" in flows else Column(pd.Index([""]), np.zeros(len(flows), dtype=np.intp))
    grade = flows["grade"].to_numpy(dtype=np.int64)
    return _alike(Column.of(flows["stage"]), grade, went, equal_to(flows["how"], "bus"), mode)


def coded_alike(stage: str, flows: Coded, mode: str) -> Iterator[tuple[tuple[str, int, str], Positions]]:
    """Give the flows of each grade and mode of a stage, as `ways_alike` does."""
    stages = Column(pd.Index([stage]), np.zeros(len(flows.grade), dtype=np.intp))
    return _alike(stages, flows.grade, flows.mode, flows.how.is_any("bus"), mode)


def _alike(
    stage: Column, grade: Ints, went: Column, rides: Bools, mode: str
) -> Iterator[tuple[tuple[str, int, str], Positions]]:
    own = [str(one) or mode for one in went.known]
    modes = sorted({*own, "bus"})
    used = np.array([modes.index(one) for one in own], dtype=np.intp)[went.at]
    used[rides] = modes.index("bus")
    key = (stage.at * 1000 + grade + 500) * len(modes) + used  # grades go from −2 to 12
    for each in np.unique(key):
        number, by = divmod(int(each), len(modes))
        yield (str(stage.known[number // 1000]), number % 1000 - 500, str(modes[by])), np.flatnonzero(key == each)


def reach_band(rules: Rules, unit: str, stage: str, grades: Iterable[int], mode: str = "") -> str:
    """Name the grades of a stage that a rule of reach holds for, as "1-3"; "" where none does."""
    held = [g for g in grades if rules.find(reach_rule(rules, unit, stage, g, mode), stage, g) is not None]
    return format_grades(held) if held else ""


def reach_rule(rules: Rules, unit: str, stage: str, grade: int, mode: str) -> str:
    """Name the rule of reach that holds for a mode: its own where there is one, else the one for all."""
    own = f"reach_{unit}_{mode}"
    return own if mode and rules.find(own, stage, grade) is not None else f"reach_{unit}"
