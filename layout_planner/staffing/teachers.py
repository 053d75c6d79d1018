"""Teachers as the solvers take them: one row a person, whether the study has a list of persons or counts by subject."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout_planner.study import Study

PEOPLE_COLUMNS = ("row", "school_id", "subject", "backbone", "protected", "record", "retires")
"""row: label in the table of teachers, −1 for counts; record: what the allocation goes by; retires: a year or NaN."""

ANY_SUBJECT = ""
"""Stands where the study tells no subject."""

NEAR_RETIREMENT_YEARS = 3
"""Who retires within so many years stays (standing practice of 县管校聘)."""

_DEGREES = ("专科", "本科", "硕士|研究生", "博士")
_DEGREES_EN = ("college", "bachelor", "master", "doctor")
_BORN = re.compile(r"(\d{4})\D{0,2}(\d{1,2})")


def people_of(study: Study, stage: str, schools: Sequence[str]) -> pd.DataFrame:
    """Give the teachers of a stage at the schools named, one row each.

    From the table of teachers (persons, or counts by subject) where it has the stage; else as many as the schools
    return, their subjects not known.

    Returns
    -------
    pd.DataFrame
        `PEOPLE_COLUMNS`, in the order of the table; no names.
    """
    table = study.extra.get("teachers")
    if table is not None and len(table):
        mine = table.loc[_stage_of(study, table).eq(stage).to_numpy(dtype=bool) & table["school_id"].isin(schools)]
        if len(mine):
            return _from_table(mine, study.year)
    if stage not in study.offers.index.get_level_values("stage"):
        return pd.DataFrame(columns=list(PEOPLE_COLUMNS))
    counts = study.offers["teachers"].xs(stage, level="stage").reindex(list(schools)).fillna(0.0)
    return _from_table(
        pd.DataFrame({"school_id": counts.index, "subject": ANY_SUBJECT, "teachers": counts.to_numpy()}), study.year
    )


def _stage_of(study: Study, table: pd.DataFrame) -> pd.Series[str]:
    """Give the stage a teacher teaches; where the table does not say, the youngest stage of the school."""
    own = table["stage"] if "stage" in table else pd.Series(None, index=table.index, dtype="str")
    offers = study.offers.index.to_frame(index=False)
    offers["rank"] = offers["stage"].map({stage: at for at, stage in enumerate(study.stages)})
    youngest = offers.sort_values("rank").drop_duplicates("school_id").set_index("school_id")["stage"]
    return own.fillna(table["school_id"].map(youngest))


def _from_table(table: pd.DataFrame, year: int) -> pd.DataFrame:
    """Take persons as they are, and make as many rows of a count as it counts."""
    persons = "teachers" not in table or table["teachers"].isna().all()
    number = np.ones(len(table)) if persons else np.round(table["teachers"].fillna(0.0).to_numpy(dtype=float))
    at = np.repeat(np.arange(len(table)), number.astype(int))
    retires = _retires(table)

    def column(name: str) -> pd.Series:
        return table[name] if name in table else pd.Series(np.nan, index=table.index)

    told = column("protected").astype("string").fillna("").str.strip()
    protected = ~told.isin(["", "0", "否", "no", "false", "False"]).to_numpy(dtype=bool)
    backbone = pd.to_numeric(column("backbone"), errors="coerce").to_numpy(dtype=float)
    frame = pd.DataFrame(
        {
            "row": table.index if persons else -1,
            "school_id": table["school_id"].to_numpy(),
            "subject": column("subject").astype("string").fillna(ANY_SUBJECT).to_numpy(),
            "backbone": backbone,
            "protected": protected | (retires - year < NEAR_RETIREMENT_YEARS),
            "record": 10.0 * np.nan_to_num(backbone) + _degree(column("degree")),
            "retires": retires,
        },
        columns=list(PEOPLE_COLUMNS),
    )
    return frame.iloc[at].reset_index(drop=True)


def _degree(told: pd.Series) -> np.ndarray:
    """Rank degrees: none known 0, college 1 … doctor 4."""
    text = told.astype("string").fillna("").str.lower()
    rank = np.zeros(len(text))
    for at, words in enumerate(zip(_DEGREES, _DEGREES_EN, strict=True), start=1):
        rank[text.str.contains("|".join(words), regex=True).to_numpy(dtype=bool)] = at
    return rank


def _retires(table: pd.DataFrame) -> np.ndarray:
    """Give the year each person retires, NaN where the birth is not known."""
    if "born" not in table:
        return np.full(len(table), np.nan)
    sex = table["sex"].astype("string").fillna("") if "sex" in table else pd.Series("", index=table.index)
    post = table["post"].astype("string").fillna("") if "post" in table else pd.Series("", index=table.index)
    return np.array(
        [retirement_year(b, s, p) for b, s, p in zip(table["born"].astype("string"), sex, post, strict=True)]
    )


def retirement_year(born: object, sex: str, post: str) -> float:
    """Give the year a teacher retires by the statute of 2024 (渐进式延迟法定退休年龄, from 2025; from memory).

    Men 60 and women on a professional or cadre post 55, both a month later for every four months after January 2025,
    at most three years; women workers 50, a month later for every two months, at most five years.

    Parameters
    ----------
    born
        Year and month, "1970-03".
    sex
        "女" or "f…" for women; all else counts as men.
    post
        A post with 工人 or "worker" in it is a worker's.
    """
    found = None if pd.isna(born) else _BORN.match(str(born))
    if found is None:
        return float("nan")
    woman = sex.strip().lower().startswith(("女", "f", "w"))
    worker = "工人" in post or "worker" in post.lower()
    age, step, most = (60, 4, 36) if not woman else (50, 2, 60) if worker else (55, 4, 36)
    month = int(found[1]) * 12 + int(found[2]) - 1 + 12 * age
    late = month - 2025 * 12
    return float((month + (min(late // step + 1, most) if late >= 0 else 0)) // 12)
