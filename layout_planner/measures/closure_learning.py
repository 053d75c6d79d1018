"""What a county's own earlier closures teach: a ranking, offered only where it tells more than plain orders.

Weights carried over from elsewhere mislead (see `WEIGHTS`), a county's own decisions need not. The model is logistic
regression on standardised factors, missing ones set to the median and marked (scikit-learn); every figure told of it is
out of fold: no school is judged by a model that has seen what became of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.units import Measured
from layout_planner.measures.closure import CLOSES_WHEN_SMALL, WEIGHTS, told_by

AFTERWARDS = frozenset(
    {
        "closed", "closed_year", "state", "considered", "proposed", "spared_in_the_vote", "proposed_action",
        "receives_pupils", "site_stays_in_use", "last_roll_year", "successor_id", "into", "merged_into", "reason",
    }
)  # fmt: skip
"""Columns known only afterwards, or the decision itself."""
FEWEST = 10
"""Closures, and schools kept, from which anything may be learnt."""
FOLDS = 5


@dataclass(frozen=True, eq=False, repr=False)
class Learned(Measured):
    """A ranking learnt from earlier closures.

    Parameters
    ----------
    table
        Index school_id, the likeliest first: chance (out of fold), why, and share_<factor>: what each adds to the
        log-odds against a school of median factors.
    figures
        Index: learned, then the plain orders; auc, error, hits, n, closed, each out of fold.
    importance
        Factor → how much AUC is lost, out of fold, when its column is shuffled: mean and standard deviation.
    offered
        Whether it tells more than every plain order; only then should anybody be shown `table`.
    note
        What a reader must know.
    """

    table: pd.DataFrame
    figures: pd.DataFrame
    importance: pd.DataFrame
    offered: bool
    note: Text


def learn_closures(
    factors: pd.DataFrame,
    closed: Iterable[str],
    predictors: Sequence[str] | None = None,
    *,
    place: pd.Series | None = None,
    seed: int = 0,
) -> Learned:
    """Learn from schools of which it is known whether they closed.

    Parameters
    ----------
    factors
        Index school_id, as they were before: the raw factors `closure_scores` gives, and whatever else was known then.
    closed
        The schools that closed afterwards.
    predictors
        Columns to learn from, all numbers; the factors of `WEIGHTS` that are known where left out.
    place
        School → the place, round or district it belongs to: each is then told of by the others alone. Left out, folds
        are drawn within.
    seed
        Of folds and shuffles.

    Raises
    ------
    DataError
        A predictor is known only afterwards, is no number or is missing; too few closed, or were kept, to learn from.
    """
    chosen = _predictors(factors, predictors)
    did = factors.index.isin(list(closed))
    if min(did.sum(), (~did).sum()) < FEWEST:
        raise refuse(
            f"{int(did.sum())} of {len(did)} schools closed: too few to learn from (at least {FEWEST} of each)",
            f"{len(did)} 所学校中撤并 {int(did.sum())} 所，样本过少（撤并与保留均不少于 {FEWEST} 所）",
            "use closure_scores", "请使用 closure_scores",
        )  # fmt: skip
    values = factors[chosen].astype(float).rename_axis("school_id")
    folds = _folds(did, place, seed)
    chance, importance = _out_of_fold(values, did, folds, seed)
    figures = _figures(values, chance, did)
    plain = figures.drop(index="learned")["auc"].max()
    offered = bool(figures.at["learned", "auc"] > plain)
    return Learned(_explained(values, did, chance), figures, importance, offered, _note(figures, offered))


def _predictors(factors: pd.DataFrame, said: Sequence[str] | None) -> list[str]:
    chosen = [n for n in WEIGHTS if n in factors and factors[n].notna().any()] if said is None else list(said)
    late = sorted(set(chosen) & AFTERWARDS | {name for name in chosen if name.startswith("points_")})
    if late:
        raise refuse(
            f"{late[0]} was known only afterwards, or is the decision itself",
            f"“{late[0]}”事后才知，或即决定本身",
            "predict from what was known before", "只能用事前已知的列",
        )  # fmt: skip
    wrong = [name for name in chosen if name not in factors or not pd.api.types.is_numeric_dtype(factors[name])]
    if wrong or not chosen:
        raise refuse(
            f"{wrong[0] if wrong else 'nothing'} is no column of numbers",
            f"“{wrong[0] if wrong else '（无）'}”不是数值列",
            "name columns of the table that hold numbers", "请指定表中的数值列",
        )  # fmt: skip
    return [name for name in chosen if factors[name].nunique(dropna=False) > 1] or chosen


def _model() -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # No weighting of classes: the chances it tells would no longer be shares of schools that close.
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return make_pipeline(fill, StandardScaler(), LogisticRegression(C=0.3, max_iter=1_000))


def _folds(did: np.ndarray, place: pd.Series | None, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold

    rows = np.zeros((len(did), 1))
    if place is None:
        return list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(rows, did))
    groups = place.to_numpy()
    if len(set(groups)) < 2:
        raise refuse(
            "there is one place only", "只有一个地区", "leave place out: folds are then drawn within", "请省略 place"
        )
    return list(LeaveOneGroupOut().split(rows, did, groups))


def _out_of_fold(
    values: pd.DataFrame, did: np.ndarray, folds: list[tuple[np.ndarray, np.ndarray]], seed: int
) -> tuple[np.ndarray, pd.DataFrame]:
    """Give each school's chance by models that did not see it, and what shuffling a column costs them."""
    from sklearn.inspection import permutation_importance

    chance, lost = np.full(len(did), np.nan), []
    for known, unseen in folds:
        if not 0 < did[known].sum() < len(known):
            continue
        model = _model().fit(values.to_numpy()[known], did[known])
        chance[unseen] = model.predict_proba(values.to_numpy()[unseen])[:, 1]
        if 0 < did[unseen].sum() < len(unseen):
            found = permutation_importance(
                model, values.to_numpy()[unseen], did[unseen], scoring="roc_auc", n_repeats=10, random_state=seed
            )
            lost.append(found.importances)
    every = np.concatenate(lost, axis=1)
    table = pd.DataFrame({"lost_auc": every.mean(axis=1), "spread": every.std(axis=1)}, index=values.columns)
    return chance, table.sort_values("lost_auc", ascending=False).rename_axis("factor")


def _figures(values: pd.DataFrame, chance: np.ndarray, did: np.ndarray) -> pd.DataFrame:
    orders = {"learned": chance}
    for name in ("roll", "load"):
        if name in values:
            orders[name] = -values[name].to_numpy() if name in CLOSES_WHEN_SMALL else values[name].to_numpy()
    rows = {}
    for name, order in orders.items():
        known = ~np.isnan(order)
        if 0 < did[known].sum() < known.sum():
            rows[name] = told_by(order[known], did[known])
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["auc", "error", "hits", "n", "closed"])
    return table.rename_axis("by")


def _explained(values: pd.DataFrame, did: np.ndarray, chance: np.ndarray) -> pd.DataFrame:
    """Tell, school by school, what each factor adds to the log-odds against a school of median factors."""
    model = _model().fit(values.to_numpy(), did)
    fill, scale, last = (model[step] for step in range(3))
    shown = scale.transform(fill.transform(values.to_numpy()))
    middle = scale.transform(fill.transform(values.median().to_frame().T.to_numpy()))
    shares = (shown - middle) * last.coef_[0]
    names = list(values.columns)
    marks = [] if fill.indicator_ is None else [names[k] for k in fill.indicator_.features_]
    table = pd.DataFrame(shares, values.index, [*names, *(f"{name} " for name in marks)])
    table = table.T.groupby(lambda name: name.strip()).sum().T[names]
    why = [_told(row) for _, row in table.iterrows()]
    found = table.add_prefix("share_")
    found.insert(0, "why", why)
    found.insert(0, "chance", chance)
    return found.sort_values("chance", ascending=False, kind="stable")


def _told(row: pd.Series[float]) -> str:
    first = row.sort_values(key=lambda share: -share.abs(), kind="stable").head(3)
    return ", ".join(f"{name} {share:+.2f}" for name, share in first.items() if abs(share) > 0.005)


def _note(figures: pd.DataFrame, offered: bool) -> Text:
    mine, plain = figures.loc["learned"], figures.drop(index="learned")
    best = plain["auc"].idxmax()
    told = f"AUC {mine['auc']:.3f} ± {mine['error']:.3f}", f"{best}: {plain.at[best, 'auc']:.3f}"
    if offered:
        return Text(
            f"Learnt from this county's own closures: {told[0]} out of fold ({told[1]}). "
            "It tells what was done, not what is right.",
            f"据本县以往撤并学得：折外 {told[0]}（{told[1]}）。它只反映以往做法，不说明是否应当。",
        )
    return Text(
        f"Not to be used: {told[0]} out of fold is no better than a plain order ({told[1]}).",
        f"不宜使用：折外 {told[0]}，不优于简单排序（{told[1]}）。",
    )
