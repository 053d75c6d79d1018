"""From townships to places and schools: where children to come live, and what private schools leave to public seats."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.study import TIDY, Study
from layout_planner.study.spread import spread

ESTATE_COLUMNS = ("year", "place_id", "township_id", "stage", "grade", "pupils")

PRIVATE = "private"


def estate_children(study: Study, until: int) -> pd.DataFrame:
    """Give the children of estates to be handed over after the study's year and by another.

    Parameters
    ----------
    study
        With a table `estates`: place_id (or township_id), homes, year, yield_<stage> (children a home).

    Returns
    -------
    pd.DataFrame
        `ESTATE_COLUMNS`: the autumn they come, whole children, evenly over the grades of a stage; place_id is "" where
        only the township is known.

    Raises
    ------
    DataError
        An estate names neither a place nor a township.
    """
    rows: list[tuple[object, ...]] = []
    estates = study.extra.get("estates", pd.DataFrame(columns=["year"]))
    for row in estates.loc[estates["year"].between(study.year + 1, until)].to_dict("records"):
        place, township = (row.get(key) for key in ("place_id", "township_id"))
        if pd.isna(place) and pd.isna(township):
            raise refuse(
                f"estates: {row.get('estate_id', '')} names neither a place nor a township",
                f"estates：{row.get('estate_id', '')} 未写明居住点或乡镇",
                "fill in place_id or township_id",
                "请填写 place_id 或 township_id",
            )
        for stage in study.stages:
            children = np.nan_to_num(float(row.get("homes") or 0.0) * float(row.get(f"yield_{stage}") or 0.0))
            grades = study.grades(stage)
            each = spread([np.round(children)], np.ones(len(grades)))[0]
            where = ("" if pd.isna(place) else place, "" if pd.isna(township) else township)
            rows += [(int(row["year"]), *where, stage, g, n) for g, n in zip(grades, each, strict=True) if n > 0]
    return pd.DataFrame(rows, columns=list(ESTATE_COLUMNS))


def to_places(study: Study, table: pd.DataFrame, estates: pd.DataFrame) -> pd.DataFrame:
    """Deal township totals out over places and groups, as the children of the stage are now; whole and total-true.

    Parameters
    ----------
    table
        township_id, stage, grade, pupils; those of `estates` (`ESTATE_COLUMNS`) among them.
    """
    now = study.pupils.assign(township_id=study.pupils["place_id"].map(study.places["township_id"]))
    shares = now.groupby(["stage", "township_id", "place_id", "group"], observed=True)["pupils"].sum()
    placed = estates.loc[estates["place_id"] != ""]
    home = placed["place_id"].map(study.places["township_id"])
    own_place = placed.groupby(["stage", home.rename("township_id"), "grade"])["pupils"].sum()
    parts = [placed.assign(group="local")[list(TIDY["pupils"])]] if len(placed) else []
    for (stage, township), rows in table.groupby(["stage", "township_id"], sort=True):
        if (stage, township) not in shares.index:
            mine = study.places.index[study.places["township_id"] == township]
            if not len(mine):
                continue
            own = pd.Series(1.0, index=pd.MultiIndex.from_product([mine, ["local"]], names=["place_id", "group"]))
        else:
            own = shares.loc[(stage, township)]
        keys = pd.MultiIndex.from_product([[stage], [township], rows["grade"]])
        elsewhere = own_place.reindex(keys).fillna(0.0).to_numpy(dtype=float)
        dealt = spread(np.round(rows["pupils"].to_numpy(dtype=float)) - elsewhere, own.to_numpy(dtype=float))
        at, column = np.nonzero(dealt > 0)
        labels = own.index[column]
        parts.append(
            pd.DataFrame(
                {
                    "place_id": labels.get_level_values("place_id"),
                    "stage": stage,
                    "grade": rows["grade"].to_numpy()[at],
                    "group": labels.get_level_values("group"),
                    "pupils": dealt[at, column],
                }
            )
        )
    whole = pd.concat(parts, ignore_index=True)
    if not len(placed):
        return whole[list(TIDY["pupils"])]
    return whole.groupby(list(TIDY["pupils"][:-1]), sort=False, as_index=False)["pupils"].sum()


def private_rolls(study: Study, stage: str) -> pd.Series[float]:
    """Give the pupils of the open private schools of a stage (the seats, where no roll was returned)."""
    ids = study.offering(stage)
    mine = ids[(study.schools["ownership"].reindex(ids) == PRIVATE).to_numpy(dtype=bool)]
    return study.roll(stage).reindex(mine).fillna(study.seats(stage).reindex(mine).replace(np.inf, np.nan)).fillna(0.0)


def private_path(study: Study, quotas: Mapping[str, float], by: int, to: int) -> pd.DataFrame:
    """Lead the private schools' share of pupils from today's to a quota, in equal steps.

    Returns
    -------
    pd.DataFrame
        Index year, the study's own to `to`; columns the stages of `quotas` that have private schools with pupils.
    """
    years = np.arange(study.year, to + 1)
    done = np.clip((years - study.year) / max(by - study.year, 1), 0.0, 1.0)
    columns = {}
    for stage, quota in quotas.items():
        private, every = private_rolls(study, stage).sum(), study.roll(stage).reindex(study.offering(stage)).sum()
        if private > 0:
            today = private / max(every, private)
            columns[stage] = today + (min(quota, today) - today) * done  # a quota is no promise to grow
    return pd.DataFrame(columns, index=pd.Index(years, name="year"))


def private_seats(study: Study, stage: str, quota: float, class_limit: float | None = None) -> pd.Series[float]:
    """Give the seats private schools may fill: their share of a quota of pupils, at most what they have."""
    rolls = private_rolls(study, stage)
    share = rolls / rolls.sum() if rolls.sum() > 0 else rolls
    return (share * quota).clip(upper=study.seats(stage, class_limit).reindex(rolls.index)).rename("seats")
