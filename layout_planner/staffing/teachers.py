"""Teachers as the solvers take them: one row a person, whether the study has a list of persons or counts by subject."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout_planner.study import Study

PEOPLE_COLUMNS = ("row", "school_id", "subject", "backbone", "protected", "record", "retires", "soonest", "untitled")
"""row: label in the table of teachers, −1 for counts; record: what the allocation goes by; retires: a year or NaN;
soonest: the year at the age before 2025, below which nobody may choose; untitled: a woman whose title, on which five
years depend, is not told."""

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
    retires, soonest, untitled = _retires(table)

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
            "soonest": soonest,
            "untitled": untitled,
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


def _retires(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the year each retires, and could at the soonest (NaN where the birth is not known); who is untitled."""
    if "born" not in table:
        unknown = np.full(len(table), np.nan)
        return unknown, unknown, np.zeros(len(table), dtype=bool)

    def words(name: str) -> pd.Series:
        return table[name].astype("string").fillna("") if name in table else pd.Series("", index=table.index)

    born, sex, post, title = table["born"].astype("string"), words("sex"), words("post"), words("title")
    rows = list(zip(born, sex, post, title, strict=True))
    retires = np.array([retirement_year(*row) for row in rows])
    soonest = np.array([retirement_year(*row, delayed=False) for row in rows])
    # Only a woman on a professional post whose title nobody tells may be five years out.
    untitled = [_woman(s) and not _worker(p, c) and not c.strip() and not _senior(p, c) for _, s, p, c in rows]
    return retires, soonest, np.array(untitled, dtype=bool) & ~np.isnan(retires)


_SENIOR = re.compile(r"高级|副高|正高|特级|senior|professor", re.IGNORECASE)
_HEADS = re.compile(r"[副正]处|处级|[副正]县|县级|[副正]厅|division head", re.IGNORECASE)


def _woman(sex: str) -> bool:
    return sex.strip().lower().startswith(("女", "f", "w"))


def _worker(post: str, title: str) -> bool:
    return any(word in text.lower() for text in (post, title) for word in ("工人", "worker", "高级工", "技师"))


def _senior(post: str, title: str) -> bool:
    return bool(_SENIOR.search(title) or _SENIOR.search(post) or _HEADS.search(post))


def retirement_year(born: object, sex: str, post: str, title: str = "", *, delayed: bool = True) -> float:
    """Give the year a teacher retires by the statute of 2024 (渐进式延迟法定退休年龄, from 2025).

    Men 60, and so women with a senior title (正高, 副高) or heads at 副处 level and up (组通字〔2015〕14号); other
    women on a professional or cadre post 55; all a month later for every four months after January 2025, at most three
    years. Women workers 50, a month later for every two months, at most five years.

    Parameters
    ----------
    born
        Year and month, "1970-03".
    sex
        "女" or "f…" for women; all else counts as men.
    post, title
        Post (岗位) and professional title (职称). A post with 工人 or "worker" in it is a worker's. A woman whose title
        is not told counts as without a senior one.
    delayed
        False gives the year by the ages before 2025.
    """
    found = None if pd.isna(born) else _BORN.match(str(born))
    if found is None:
        return float("nan")
    as_men = not _woman(sex) or (not _worker(post, title) and _senior(post, title))
    age, step, most = (60, 4, 36) if as_men else (50, 2, 60) if _worker(post, title) else (55, 4, 36)
    month = int(found[1]) * 12 + int(found[2]) - 1 + 12 * age
    late = month - 2025 * 12
    return float((month + (min(late // step + 1, most) if late >= 0 and delayed else 0)) // 12)
