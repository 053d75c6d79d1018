"""School codes and what became of them from one year to another: renamed, merged, closed, restored, changed in kind."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table
from layout_planner.study.kinds import KIND_STAGES
from layout_planner.study.types import Study

_CODE = re.compile(r"\d{10}")
_LEADS = {"11": "1", "21": "21", "31": "31", "34": "34", "36": "36", "51": "51"}
"""First two digits of a school code → how the code of its kind begins."""
_OF_34 = ("341", "342", "345")
"""34 also covers complete middle schools and twelve-year schools."""
_OF_31 = ("311", "312")

EVENTS = (
    "kept", "renamed", "converted", "merged", "closed", "restored", "opened", "planned",
)  # fmt: skip
"""What may become of a school between two years."""


def check_codes(schools: Table, faults: Faults) -> None:
    """Note school codes (学校标识码) that cannot be right: warnings, since an old register is full of them.

    A code has 10 digits: two for the kind, two for the province, six of serial number. A column named `code` is
    looked at; the ids too where all of them look like codes.

    Parameters
    ----------
    schools
        The table of schools.
    faults
        Collects the warnings.
    """
    frame = schools.frame
    column = "code" if "code" in frame else "school_id"
    codes = frame[column]
    written = codes.notna().to_numpy()
    whole = codes.astype("string").str.fullmatch(_CODE).fillna(False).to_numpy(dtype=bool)
    if column == "school_id" and not (whole[written].all() and written.any()):
        return
    told = Text("a school code has 10 digits.", "学校标识码应为 10 位数字。")
    mend = Text("take the code from the national register.", "请按全国学校（机构）代码库填写。")
    faults.rows(schools, written & ~whole, column, told, mend, warn=True)
    lead = codes.astype("string").str[:2]
    kinds = frame["kind"] if "kind" in frame else pd.Series(None, index=frame.index, dtype="str")
    wrong = np.array([_contradict(a, b) for a, b in zip(lead, kinds, strict=True)], dtype=bool)
    told = Text("the code begins as one of another kind of school.", "标识码的类别位与学校类型不符。")
    mend = Text("a change of kind brings a new code: correct one of the two.", "办学类型改变须换发新码：请更正其一。")
    faults.rows(schools, whole & wrong, column, told, mend, warn=True)
    if column == "code":
        first = frame.drop_duplicates("school_id")[["school_id", "code"]].dropna()
        again = first.loc[first["code"].duplicated(), "school_id"]
        told = Text("another school has this code.", "另有学校使用此标识码。")
        repeated = frame["school_id"].isin(again).to_numpy() & ~frame["school_id"].duplicated().to_numpy()
        faults.rows(schools, repeated, column, told, mend, warn=True)


def _contradict(lead: object, kind: object) -> bool:
    if not isinstance(lead, str) or not isinstance(kind, str) or kind not in KIND_STAGES:
        return False
    if lead not in _LEADS:
        return True
    if kind in _OF_34:
        return lead != "34"
    if kind in _OF_31:
        return lead != "31"
    return not kind.startswith(_LEADS[lead])


def trace_schools(before: Study, after: Study) -> pd.DataFrame:
    """Tell what became of each school from one year to another.

    Parameters
    ----------
    before, after
        Two years of one region. Schools are the same where their `code` is, or their id where codes are not given in
        both. A column `successor_id` names the school one was merged into.

    Returns
    -------
    DataFrame
        One row a school, those of `before` first: code, name_before, name_after, kind_before, kind_after, event (one
        of `EVENTS`), into (school_id of the successor, missing if unknown), doubt (en/zh `Text`, or None): a code
        that lives on although the kind changed, a merged school whose code is still in use.

    Notes
    -----
    A rename keeps the code; closure, or a change of kind, retires it; a merged school may keep a predecessor's code
    where the kind is unchanged; a restored school gets its old code back (rules of the national register).
    """
    by_code = all("code" in one.schools and one.schools["code"].notna().all() for one in (before, after))
    old, new = (_register(one, by_code) for one in (before, after))
    rows = []
    for key in [*old.index, *new.index.difference(old.index, sort=False)]:
        was = old.loc[key] if key in old.index else None
        now = new.loc[key] if key in new.index else None
        event = _event(was, now)
        into = None if now is None or pd.isna(now["successor_id"]) else str(now["successor_id"])
        rows.append(
            {
                "code": key,
                "name_before": None if was is None else was["name"],
                "name_after": None if now is None else now["name"],
                "kind_before": None if was is None else was["kind"],
                "kind_after": None if now is None else now["kind"],
                "event": "merged" if event == "closed" and into is not None else event,
                "into": into,
                "doubt": _doubt(event, by_code),
            }
        )
    return pd.DataFrame(rows)


def _register(study: Study, by_code: bool) -> pd.DataFrame:
    """Give a year's schools by code or id; of a code that stands twice the school still open."""
    schools = pd.DataFrame(study.schools.drop(columns="geometry")).reset_index()
    if "successor_id" not in schools:
        schools["successor_id"] = None
    schools["rank"] = schools["state"].map({"open": 0, "planned": 1, "closed": 2})
    key = "code" if by_code else "school_id"
    return schools.sort_values(["rank"], kind="stable").drop_duplicates(key).set_index(key).sort_index()


def _event(was: pd.Series | None, now: pd.Series | None) -> str:
    lived = was is not None and was["state"] == "open"
    lives = now is not None and now["state"] == "open"
    if not lives:
        return "closed" if lived or now is None or now["state"] == "closed" else "planned"
    if was is None or was["state"] == "planned":
        return "opened"
    if not lived:
        return "restored"
    assert now is not None
    if was["kind"] != now["kind"]:
        return "converted"
    return "kept" if was["name"] == now["name"] else "renamed"


def _doubt(event: str, by_code: bool) -> Text | None:
    if event == "converted" and by_code:
        return Text(
            "the kind changed but the code did not: a change of kind brings a new code.",
            "办学类型改变而标识码未变：类型变化应换发新码。",
        )
    return None
