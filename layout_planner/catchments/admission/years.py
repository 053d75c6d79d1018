"""New zones for those who begin school, while the others stay (老生老办法), autumn by autumn.

Every autumn each grade moves up with its schools. The children who begin school go by the new zones, in the order of
admission and within the seats that fall free (`order`, `measures.intake`); so do children without a school: those who
moved in, and those whose school closed or does not offer the next grade. How many begin is the forecast's, place by
place; of the other grades it says how many a township has: who moved away is missing at all schools alike, who moved in
asks for a seat.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.carriage import as_returned
from layout_planner.assignment.case import ROW_COLUMNS, Case, label_flows, make_case
from layout_planner.assignment.moves import offered, public
from layout_planner.assignment.solve import judged, with_rolls
from layout_planner.base.arrays import Floats
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.base.proof import unproved
from layout_planner.catchments.admission.order import SENT_ON, admit_in_zones
from layout_planner.catchments.methods import PHASE_IN
from layout_planner.cohorts import Forecast
from layout_planner.measures.intake import Cohorts, class_limits, cohorts_of, entry_seats
from layout_planner.measures.load import school_table
from layout_planner.measures.matching import DUST, share_out
from layout_planner.plan import (
    ELSEWHERE,
    NO_SEAT,
    OUTSIDE_COLUMNS,
    UNPLACED_COLUMNS,
    Assignment,
    Plan,
    by_day,
    lacks_school,
    typed,
)
from layout_planner.plan.zones import zone_map
from layout_planner.study import Study
from layout_planner.study.tidy import MIGRANT

YEAR_COLUMNS = (
    "year", "pupils", "by_new_zones", "sent_on", "unplaced", "over_full_schools", "over_full_pupils", "minutes_mean",
    "divided_places",
)  # fmt: skip

_WHO = ["place_id", "grade", "group"]
_ELSEWHERE, _NOWHERE, _ZONED = "", "?", "*"
"""Stand among the schools of a row for a school outside the study, for none, and for whichever the zones say."""


@dataclass(frozen=True, eq=False)
class PhaseIn:
    """New zones for the entry grade only, year by year.

    Parameters
    ----------
    stage
        The stage.
    table
        `YEAR_COLUMNS`, one row an autumn: children of the stage; those who were admitted by the new zones so far;
        sent on that autumn because their zone was full; unplaced; schools with more pupils than seats and the pupils
        above; mean minutes of day pupils; places whose pupils are at two public schools or more.
    plans
        Year → the plan as it stands that autumn, with the children of then, scored.
    """

    stage: str
    table: pd.DataFrame
    plans: Mapping[int, Plan]


@dataclass(frozen=True, eq=False)
class _Autumn:
    """What one autumn hands on to the next: who is where, whose home is outside, classes, who came by new zones."""

    rows: pd.DataFrame
    outside: pd.DataFrame
    cohorts: Cohorts


def phase_in_zones(
    plan: Plan,
    stage: str,
    *,
    forecast: Forecast | None = None,
    years: int | None = None,
    variant: str = "middle",
    zones: pd.Series | None = None,
) -> PhaseIn:
    """Bring new zones in by the entry grade only; pupils already at school stay where they are.

    Parameters
    ----------
    plan
        Whose zones and schools are to come; who is at school now is taken from its base (from itself, where it has
        none).
    stage
        A stage it covers.
    forecast
        Children of the autumns to come, of the same study; as many as now where left out.
    years
        Autumns to come; as many as the stage has grades where left out: then everyone is in the new zones.
    variant
        Of the forecast.
    zones
        Place → school (or several with ";"); `zone_map` of the plan where left out.

    Returns
    -------
    PhaseIn
        Each autumn placed + unplaced = the children of then: the forecast's of the entry grade, and its totals of the
        townships in the others. Shares of private schools and schools outside among those who begin are those of now,
        place by place.

    Raises
    ------
    DataError
        The forecast ends too early.
    """
    base = plan.base or plan
    grades = plan.study.grades(stage)
    span = len(grades) if years is None else years
    first = base.study.year + 1
    if span < 1 or (forecast is not None and first + span - 1 > forecast.to):
        raise refuse(
            f"{span} autumns from {first} with a forecast to {forecast.to if forecast else '-'}",
            f"自 {first} 年起 {span} 个秋季，而预测止于 {forecast.to if forecast else '-'} 年",
            "ask for at least one autumn, and forecast as far",
            "至少一个秋季，且预测须覆盖",
        )
    label = zone_map(plan, stage) if zones is None else zones
    began = base.assignments[stage]
    entry = _entry_choices(base, stage)
    case = make_case(plan.study, plan.travel, plan.rules, stage)
    at = _Autumn(_at_school(began), began.outside[list(OUTSIDE_COLUMNS)], cohorts_of(base, stage))
    at = _Autumn(at.rows, at.outside, _on(at.cohorts, case))
    plans, table = {}, []
    for year in track(range(first, first + span), Text("autumn by autumn", "逐年推演")):
        started = time.perf_counter()
        children = (base.study if forecast is None else forecast.study(year, variant)).with_(
            year=year, schools=plan.study.schools, offers=plan.study.offers, sites=plan.study.sites
        )
        at, sent_on = _next(at, case, children, forecast is not None, plan, label, entry)
        assignment = _assignment(at, case, started)
        moved_on = with_rolls(_with_children(children, at, stage), {stage: assignment})
        named = f"{plan.name} {year}"
        plans[year] = judged(
            Plan(named, moved_on, plan.travel, plan.rules, plan.scenario, {stage: assignment}),
            started,
            {"assign": "phase_in", "year": year, **({"variant": variant} if forecast is not None else {})},
        )
        table.append(_told(plans[year], at.rows, stage, sent_on, case))
    return PhaseIn(stage, pd.DataFrame(table, columns=list(YEAR_COLUMNS)), plans)


def _at_school(assignment: Assignment) -> pd.DataFrame:
    """Give who is where today; children who wait for a seat are nowhere and ask again."""
    rows = assignment.flows[["place_id", "grade", "group", "school_id", "pupils"]]
    gone = assignment.unplaced.loc[~lacks_school(assignment.unplaced), [*_WHO, "pupils"]]
    both = pd.concat([rows, gone.assign(school_id=_ELSEWHERE)], ignore_index=True) if len(gone) else rows
    sums = both.groupby([*_WHO, "school_id"], as_index=False)["pupils"].sum()
    return sums.assign(new=False)


def _entry_choices(base: Plan, stage: str) -> pd.DataFrame:
    """Give what children who begin school choose now: private schools, schools outside, and `_ZONED` for the rest."""
    rows = _at_school(base.assignments[stage])
    rows = rows.loc[rows["grade"] == base.study.grades(stage)[0]]
    private = rows["school_id"].map(base.study.is_private()).fillna(False).astype(bool)
    kept = private | (rows["school_id"] == _ELSEWHERE)
    chosen = rows.assign(school_id=rows["school_id"].where(kept, _ZONED))
    return chosen.groupby(["place_id", "group", "school_id"], as_index=False)["pupils"].sum()


def _with_children(study: Study, at: _Autumn, stage: str) -> Study:
    """Give the study the children of the stage as they are where their grade moved up."""
    mine = at.rows.groupby(_WHO, as_index=False)["pupils"].sum().assign(stage=stage)
    others = study.pupils.loc[study.pupils["stage"] != stage]
    return study.with_(pupils=pd.concat([others, mine[study.pupils.columns]], ignore_index=True))


def _on(cohorts: Cohorts, case: Case) -> Cohorts:
    schools = case.schools
    return Cohorts(cohorts.heads.reindex(schools, fill_value=0.0), cohorts.classes.reindex(schools, fill_value=0.0))


def _next(
    at: _Autumn, case: Case, children: Study, grown: bool, plan: Plan, zones: pd.Series, entry: pd.DataFrame
) -> tuple[_Autumn, float]:
    """Let a year pass; gives the autumn and how many were sent on.

    `children` says how many begin, place by place, and (where `grown`) how many a township has in the other grades.
    """
    begin = _begin(children, case)
    stay, moved_in = _moved_up(at.rows, case, children if grown else None)
    goes_on = offered(case, stay["school_id"], stay["grade"]) | (stay["school_id"] == _ELSEWHERE).to_numpy()
    placed = pd.concat([stay.loc[goes_on], _chosen(entry, begin)], ignore_index=True)
    older = at.outside.assign(grade=at.outside["grade"] + 1)
    guests = at.outside.loc[at.outside["grade"] == case.grades[0]]
    outside = pd.concat([guests, older.loc[older["grade"] <= case.grades[-1]]], ignore_index=True)
    outside = outside.loc[case.school_at(outside["school_id"]) >= 0]
    limits = class_limits(plan.rules, case.stage, case.grades)
    moved_up = at.cohorts.move_up()
    cohorts = moved_up.with_heads(_heads(case, placed, outside), limits)
    seats = entry_seats(plan.study, plan.rules, case.stage, cohorts) - cohorts.heads[case.grades[0]]
    first = admit_in_zones(case, _asking(begin, placed), zones, _free(case, seats))
    cohorts = moved_up.with_heads(_heads(case, pd.concat([placed, first]), outside), limits)
    # Others find room in any class: what counts are the seats of the whole school.
    others = _ranked(pd.concat([stay.loc[~goes_on, list(ROW_COLUMNS)], moved_in]))
    later = admit_in_zones(case, others, zones, _free(case, case.seats - cohorts.heads.sum(axis=1)))
    admitted = pd.concat([first, later], ignore_index=True)
    admitted["school_id"] = admitted["school_id"].where(admitted["school_id"] != "", _NOWHERE)
    rows = pd.concat([placed, admitted.assign(new=True)[placed.columns]], ignore_index=True)
    rows = rows.groupby([*_WHO, "school_id", "new"], as_index=False)["pupils"].sum()
    sent_on = float(admitted.loc[admitted["how"] == SENT_ON, "pupils"].sum())
    return _Autumn(rows, outside, moved_up.with_heads(_heads(case, rows, outside), limits)), sent_on


def _begin(children: Study, case: Case) -> pd.DataFrame:
    """Give the children who begin school, by place and group."""
    mine = children.pupils.loc[(children.pupils["stage"] == case.stage) & (children.pupils["pupils"] > 0)]
    return mine.loc[mine["grade"] == case.grades[0]].groupby(_WHO, as_index=False)["pupils"].sum()


def _moved_up(rows: pd.DataFrame, case: Case, children: Study | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let every grade move up; gives who stays, and who moved in.

    Where a township has fewer children of a grade than moved up, all its rows lose alike; where it has more, they moved
    in where its children live.
    """
    up = rows.assign(grade=rows["grade"] + 1)
    up = up.loc[up["grade"] <= case.grades[-1]].reset_index(drop=True)
    if children is None or "township_id" not in children.places:
        return up, up.iloc[:0][list(ROW_COLUMNS)]
    town = children.places["township_id"]
    mine = children.pupils.loc[(children.pupils["stage"] == case.stage) & (children.pupils["grade"] > case.grades[0])]
    there = mine.groupby([mine["place_id"].map(town), "grade"])["pupils"].sum()
    keys = pd.MultiIndex.from_arrays([up["place_id"].map(town), up["grade"]])
    key, names = pd.factorize(keys)
    total = there.reindex(pd.MultiIndex.from_tuples(names)).fillna(0.0).to_numpy(dtype=float)
    pupils = up["pupils"].to_numpy(dtype=float)
    before = np.bincount(key, weights=pupils, minlength=len(total))
    stays = share_out(key, pupils, np.minimum(total, before))
    more = share_out(key, pupils, np.maximum(total - before, 0.0))
    # A grade of a township that had nobody: its children are where the forecast has them.
    unknown = ~pd.MultiIndex.from_arrays([mine["place_id"].map(town), mine["grade"]]).isin(names)
    moved_in = pd.concat([up.assign(pupils=more), mine.loc[unknown]])[list(ROW_COLUMNS)]
    return up.assign(pupils=stays).loc[stays > DUST], moved_in.loc[moved_in["pupils"] > DUST]


def _chosen(entry: pd.DataFrame, begin: pd.DataFrame) -> pd.DataFrame:
    """Give those who begin at private schools and outside the study: as large a share as now, place by place."""
    keyed = begin.reset_index(drop=True).rename_axis("key").reset_index()
    mine = entry.merge(keyed[["place_id", "group", "grade", "key"]], on=["place_id", "group"], how="inner")
    key = mine["key"].to_numpy(dtype=np.intp)
    pupils = share_out(key, mine["pupils"].to_numpy(dtype=float), keyed["pupils"].to_numpy(dtype=float))
    rows = mine.assign(pupils=pupils, new=True).loc[(pupils > DUST) & (mine["school_id"] != _ZONED).to_numpy()]
    return rows[[*_WHO, "school_id", "pupils", "new"]]


def _asking(begin: pd.DataFrame, placed: pd.DataFrame) -> pd.DataFrame:
    """Give the children who begin and have no school yet."""
    there = placed.groupby(_WHO, as_index=False)["pupils"].sum().rename(columns={"pupils": "there"})
    asking = begin.merge(there, on=_WHO, how="left")
    asking["pupils"] = asking["pupils"] - asking["there"].fillna(0.0)
    return _ranked(asking.loc[asking["pupils"] > DUST])


def _ranked(asking: pd.DataFrame) -> pd.DataFrame:
    """Put locals before migrants."""
    rows = asking.groupby(_WHO, as_index=False)["pupils"].sum()
    return rows.assign(rank=(rows["group"] == MIGRANT).astype(int), claim=True)


def _free(case: Case, seats: pd.Series) -> Floats:
    """Give the seats of public schools, none of private ones."""
    return np.where(public(case), seats.clip(lower=0.0).to_numpy(dtype=float), 0.0)


def _heads(case: Case, rows: pd.DataFrame, outside: pd.DataFrame) -> pd.DataFrame:
    both = pd.concat([rows[["school_id", "grade", "pupils"]], outside[["school_id", "grade", "pupils"]]])
    table = both.pivot_table(index="school_id", columns="grade", values="pupils", aggfunc="sum", fill_value=0.0)
    return table.reindex(index=case.schools, columns=list(case.grades), fill_value=0.0).fillna(0.0).astype(float)


def _assignment(at: _Autumn, case: Case, started: float) -> Assignment:
    lost = at.rows["school_id"] == _NOWHERE
    gone = at.rows["school_id"] == _ELSEWHERE
    flows = as_returned(case, label_flows(case, at.rows.loc[~lost & ~gone].drop(columns="new")))
    reason = np.where(lost, NO_SEAT.en, ELSEWHERE.en)
    left = at.rows.assign(stage=case.stage, reason=reason).loc[lost | gone, list(UNPLACED_COLUMNS)]
    left = left.groupby([c for c in UNPLACED_COLUMNS if c != "pupils"], as_index=False)["pupils"].sum()
    return Assignment(
        stage=case.stage,
        flows=flows,
        unplaced=typed(left, UNPLACED_COLUMNS),
        outside=typed(at.outside, OUTSIDE_COLUMNS).reset_index(drop=True),
        method=PHASE_IN.name,
        proof=unproved("infeasible" if lost.any() else "rule"),
        seconds=time.perf_counter() - started,
    )


def _told(plan: Plan, rows: pd.DataFrame, stage: str, sent_on: float, case: Case) -> dict[str, float]:
    schools = school_table(plan, stage)
    flows = plan.assignments[stage].flows
    day = flows.loc[by_day(flows) & flows["minutes"].notna()]
    open_to_all = case.schools[public(case)]
    mine = rows.loc[rows["school_id"].isin(open_to_all)]
    return {
        "year": plan.study.year,
        "pupils": float(rows["pupils"].sum()),
        "by_new_zones": float(rows.loc[rows["new"] & rows["school_id"].isin(open_to_all), "pupils"].sum()),
        "sent_on": sent_on,
        "unplaced": float(rows.loc[rows["school_id"] == _NOWHERE, "pupils"].sum()),
        "over_full_schools": int((schools["over"] > 0).sum()),
        "over_full_pupils": float(schools["over"].sum()),
        "minutes_mean": float(np.average(day["minutes"], weights=day["pupils"])) if len(day) else float("nan"),
        "divided_places": int((mine.groupby("place_id")["school_id"].nunique() > 1).sum()),
    }
