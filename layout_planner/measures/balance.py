"""How evenly a resource is spread: the difference coefficient of the evaluations, Gini, Theil."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text


def difference_coefficient(resource: pd.Series[float], pupils: pd.Series[float]) -> float:
    """Pupil-weighted coefficient of variation of a resource between schools (差异系数).

    Parameters
    ----------
    resource
        What each school has, in any unit; index school_id.
    pupils
        Pupils of each school, same index. Schools without pupils are left out.

    Returns
    -------
    float
        S / x̄ with x̄ = Σx/ΣP and S² = Σ (P/ΣP)(x/P − x̄)²; 0 when all are equal, NaN when no school has pupils.

    Raises
    ------
    DataError
        The indexes differ or a number is negative; every such school is named.

    References
    ----------
    教督〔2017〕6号, appendix. Fixture: 0.5153.

    Examples
    --------
    >>> import pandas as pd
    >>> schools = ["A", "B", "C", "D", "E"]
    >>> pupils = pd.Series([45, 37, 89, 76, 55], index=schools)
    >>> books = pd.Series([279, 137, 935, 160, 402], index=schools)
    >>> round(lp.measures.difference_coefficient(books, pupils), 4)
    0.5153
    """
    return _difference(*_per_pupil(resource, pupils))


def _difference(each: np.ndarray, weight: np.ndarray) -> float:
    mean = float((each * weight).sum())
    if not len(each) or mean == 0:
        return float("nan") if not len(each) else 0.0
    return float(np.sqrt((weight * (each - mean) ** 2).sum()) / mean)


def gini(resource: pd.Series[float], pupils: pd.Series[float]) -> float:
    """Gini coefficient of a resource per pupil, every pupil counting once.

    Parameters
    ----------
    resource, pupils
        As in `difference_coefficient`.

    Returns
    -------
    float
        0 when every pupil has the same, towards 1 when few have all; NaN when no school has pupils or nothing is there.

    References
    ----------
    Gini 1912; grouped form ``Σ_i Σ_j w_i w_j |x_i − x_j| / (2 x̄)``.

    Examples
    --------
    >>> import pandas as pd
    >>> schools = ["A", "B"]
    >>> pupils = pd.Series([100, 100], index=schools)
    >>> rooms = pd.Series([0, 10], index=schools)
    >>> round(lp.measures.gini(rooms, pupils), 6)  # half of the pupils have all rooms
    0.5
    """
    return _gini(*_per_pupil(resource, pupils))


def _gini(each: np.ndarray, weight: np.ndarray) -> float:
    mean = float((each * weight).sum())
    if not len(each) or mean == 0:
        return float("nan")
    order = np.argsort(each, kind="stable")
    each, weight = each[order], weight[order]
    share = np.cumsum(each * weight) / mean
    below = np.concatenate([[0.0], share[:-1]])
    return float(max(0.0, 1.0 - (weight * (share + below)).sum()))


def theil(resource: pd.Series[float], pupils: pd.Series[float]) -> float:
    """Theil's T of a resource per pupil, every pupil counting once.

    Parameters
    ----------
    resource, pupils
        As in `difference_coefficient`.

    Returns
    -------
    float
        Σ w (x/x̄) ln(x/x̄), in nats; 0 when all are equal; NaN when no school has pupils or nothing is there.

    References
    ----------
    Theil 1967, Economics and Information Theory.
    """
    return _theil(*_per_pupil(resource, pupils))


def _theil(each: np.ndarray, weight: np.ndarray) -> float:
    mean = float((each * weight).sum())
    if not len(each) or mean == 0:
        return float("nan")
    ratio = each / mean
    logs = np.log(np.where(ratio > 0, ratio, 1.0))  # x ln x → 0 as x → 0
    return float(max(0.0, (weight * ratio * logs).sum()))


def spread(each: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """Give difference coefficient, Gini and Theil at once.

    Parameters
    ----------
    each, weight
        What each school has a pupil, and its share of the pupils.
    """
    return _difference(each, weight), _gini(each, weight), _theil(each, weight)


def _per_pupil(resource: pd.Series[float], pupils: pd.Series[float]) -> tuple[np.ndarray, np.ndarray]:
    """Check both, drop schools without pupils, and give resource per pupil and the weight of each school."""
    faults = []
    if not resource.index.equals(pupils.index):
        odd = resource.index.symmetric_difference(pupils.index)
        named = ", ".join(map(str, odd[:20])) or "the order"
        faults.append(
            Fault(
                "",
                Text(f"resource and pupils are not of the same schools: {named}", f"资源与学生数的学校不一致：{named}"),
                Text("give both one index", "请用同一索引"),
            )
        )
    for name, series in (("resource", resource), ("pupils", pupils)):
        faults += [
            Fault(
                "",
                Text(f"{name} of school {school} is negative", f"学校 {school} 的 {name} 为负"),
                Text("correct the number", "请更正"),
                value=float(series[school]),
            )
            for school in series.index[(series < 0).to_numpy()]
        ]
    if faults:
        raise DataError(faults)
    has = ((pupils > 0) & resource.notna()).to_numpy()
    heads = pupils.to_numpy(dtype=float)[has]
    return resource.to_numpy(dtype=float)[has] / heads, heads / heads.sum() if len(heads) else heads
