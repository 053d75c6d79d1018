"""A zone map scored as it stands."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case, residents
from layout_planner.assignment.methods.method import GIVEN
from layout_planner.assignment.moves import (
    Move,
    case_of,
    offered,
    outside_after,
)
from layout_planner.assignment.results import UNIT, settle
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.proof import Proof
from layout_planner.plan import NOT_ZONED, Assignment


def given(move: Move, zones: pd.Series) -> Assignment:
    """Score a zone map as it stands."""
    started = time.perf_counter()
    case = case_of(move)
    school_of = _checked_zones(case, zones)
    rows = residents(move.study, move.stage)
    school = rows["place_id"].map(school_of)
    outside, homeless = outside_after(move, case)
    sent = offered(case, school.fillna(""), rows["grade"])
    placed, over = rows.assign(school_id=school).loc[sent], rows.loc[~sent]
    result = settle(move, case, placed, over, outside, homeless, GIVEN, started, [], NOT_ZONED)
    objective = float((result.flows["minutes"] * result.flows["pupils"]).sum())
    return result.with_(
        proof=Proof(objective, np.nan, UNIT, "infeasible" if result.status == "infeasible" else "given"),
        work={"unit": UNIT},
    )


def _checked_zones(case: Case, zones: pd.Series) -> pd.Series:
    """Give zones place → school as text, or refuse what the study does not have."""
    named = zones.dropna()
    named = pd.Series(named.astype(str).to_numpy(dtype=object), index=named.index.astype(str), dtype="str")
    schools, places = named[~named.isin(case.schools)].unique(), zones.index.astype(str).difference(case.places)
    if len(schools) or len(places):
        wrong = ", ".join([*places[:5], *schools[:5]])
        hint = did_you_mean(*((schools[0], case.schools) if len(schools) else (places[0], case.places)))
        raise refuse(
            f"the given zones name places or open schools the study does not have: {wrong}{hint.en}",
            f"给定的片区含有研究中没有的居住点或在办学校：{wrong}{hint.zh}",
            "correct the ids, or open the school in the scenario",
            "请更正编号，或在方案中开办该校",
        )
    twice = named.index[named.index.duplicated()].unique()
    if len(twice):
        raise refuse(
            f"the given zones name places twice: {', '.join(twice[:10])}",
            f"给定的片区中居住点重复：{'、'.join(twice[:10])}",
            "give each place one school",
            "每个居住点请只给一所学校",
        )
    return named
