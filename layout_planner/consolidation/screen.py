"""Many what-ifs scored at once: `screen`. The figures are those of `solve` with the same rule, without its plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case, make_case
from layout_planner.assignment.moves import Move, Options, assignable, free_seats, outside_after, public, stays_away
from layout_planner.assignment.solve import default_rules, today
from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.base.units import say_units
from layout_planner.engines.asking import Questions
from layout_planner.measures.catalogue import reckon, shown_in
from layout_planner.measures.money import Money
from layout_planner.measures.sent import Sent
from layout_planner.plan import Plan, lacks_school
from layout_planner.policy import Rules
from layout_planner.scenario import Scenario, check_scenario, in_force
from layout_planner.study import Study
from layout_planner.study.stages import LOWER_GRADES, STAGES
from layout_planner.travel import TravelLike

SCREEN_COLUMNS = tuple(measure.name for measure in shown_in("screen"))
"""The measures `screen` tells (see `measures.catalogue`)."""


def screen(
    study: Study,
    travel: TravelLike,
    rules: Rules | None = None,
    *,
    stage: str,
    scenarios: Sequence[Scenario],
    assign: str = "nearest",
    money: Money | None = None,
) -> pd.DataFrame:
    """Score many scenarios that close and merge schools, one row each.

    Parameters
    ----------
    study, travel, rules
        As for `solve`.
    stage
        The stage.
    scenarios
        Their edits may be `Close`, `Merge` (not into a kindergarten) and `Keep`; for others use `solve`.
    assign
        "nearest" or "nearest_seats", as for `solve`.
    money
        The prices; `Money()` where left out.

    Returns
    -------
    pd.DataFrame
        Index scenario (its name), `SCREEN_COLUMNS`: the county's measures of the scorecard by the same names (pupils
        without a known home whose school closes are on no roll here), and yuan a year of ways and of running schools.

    Raises
    ------
    ScenarioError
        A scenario names what the study does not have, or contradicts itself.
    DataError
        An edit or rule that cannot be screened.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> ideas = [lp.Scenario(one, [lp.Merge(one, into="P036")]) for one in ("P037", "P039")]
    >>> table = lp.screen(study, ways, stage="primary", scenarios=ideas)
    >>> table[["schools", "placed"]]
              schools   placed
    scenario
    P037        103.0  56000.0
    P039        103.0  56000.0
    """
    if assign not in ("nearest", "nearest_seats"):
        raise refuse(
            f'assign="{assign}" cannot be screened',
            f"assign=“{assign}”不能批量筛查",
            "use nearest or nearest_seats, or solve",
            "请用 nearest、nearest_seats，或用 solve",
        )
    rules, money = rules or default_rules(), money or Money()
    ground = _prepare(study, travel, rules, stage, today(study, travel, rules, stage), money)
    rows = []
    for scenario in track(list(scenarios), Text("screening scenarios", "批量筛查")):
        check_scenario(study, scenario)
        rows.append(_score(ground, _offers_after(ground, scenario), assign))
    names = pd.Index([scenario.name for scenario in scenarios], name="scenario", dtype="str")
    units = {measure.name: measure.unit for measure in shown_in("screen")}
    return cast("pd.DataFrame", say_units(pd.DataFrame(rows, names, columns=list(units), dtype=float), units))


@dataclass(frozen=True, eq=False)
class _Ground:
    """What all scenarios share.

    Rows are pupils of a place, grade and group; the first `fixed` of them stay where they are (private schools).
    `questions` are those of the other rows.
    """

    case: Case
    place: Positions
    grade: Positions
    pupils: Floats
    home: Positions
    fixed: int
    minutes: Floats
    adult: Floats
    before: Floats
    outside: Floats
    seats: Floats
    beds: Floats
    limit: Floats
    young: Bools
    questions: Questions
    public: Bools
    running: Floats
    money: Money
    lost: float
    elsewhere: float
    known: bool


def _prepare(study: Study, travel: TravelLike, rules: Rules, stage: str, now: Plan, money: Money) -> _Ground:
    base = now.assignments[stage]
    case = make_case(study, travel, rules, stage)
    move = Move(study, study, travel, rules, stage, Scenario(), Options("priced", False, None, 0.0, 60.0, None), base)
    fixed, loose, _, _ = assignable(move, case)
    keys = ["place_id", "grade", "group", "pupils"]
    rows = pd.concat([fixed[keys], loose[keys]], ignore_index=True)
    place, grade = case.place_at(rows["place_id"]), case.grade_at(rows["grade"])
    home = np.concatenate([case.school_at(fixed["school_id"]), np.full(len(loose), -1)]).astype(np.intp)
    adult = np.stack(case.adult)[grade, place]
    usable = np.isfinite(adult) & public(case)[None, :]
    usable[: len(fixed)] = False
    rank = np.lexsort([place, grade])
    keyed = rows.reset_index().set_index(["place_id", "grade", "group"])["index"]
    loosely = keyed[len(fixed) :]
    flows = base.flows
    at = loosely.reindex(pd.MultiIndex.from_frame(flows[["place_id", "grade", "group"]])).to_numpy(dtype=float)
    known = np.isfinite(at) & public(case)[np.maximum(case.school_at(flows["school_id"]), 0)]
    before = np.zeros(adult.shape)
    np.add.at(
        before,
        (at[known].astype(np.intp), case.school_at(flows["school_id"])[known]),
        flows["pupils"].to_numpy(dtype=float)[known],
    )
    outside = outside_after(move, case)[0]
    from_outside = np.bincount(
        case.school_at(outside["school_id"]), weights=outside["pupils"], minlength=len(case.schools)
    ).astype(float)
    away = stays_away(move)  # those who wait for a seat are among the rows: they ask again
    lacking = lacks_school(away)
    offers = study.offers.xs(stage, level="stage")
    beds = offers["boarders"] if "boarders" in offers else pd.Series(0.0, offers.index)
    limits = {g: rules.value("reach_minutes", stage, g) for g in case.grades}
    return _Ground(
        case=case,
        place=place,
        grade=grade,
        pupils=rows["pupils"].to_numpy(dtype=float),
        home=home,
        fixed=len(fixed),
        minutes=adult * case.pace[grade][:, None],
        adult=adult,
        before=before,
        outside=from_outside,
        seats=free_seats(case, fixed),
        beds=beds.reindex(case.schools).fillna(0.0).to_numpy(dtype=float),
        limit=np.array([np.nan if limits[g] is None else limits[g] for g in case.grades], dtype=float)[grade],
        young=np.isin(np.array(case.grades)[grade], LOWER_GRADES),
        questions=Questions.of(np.where(usable, adult, np.inf), rank),
        public=public(case),
        running=money.of_running(study, stage, case.schools)[0].to_numpy(dtype=float),
        money=money,
        lost=float(away.loc[lacking, "pupils"].sum()),
        elsewhere=float(away.loc[~lacking, "pupils"].sum()),
        known=base.method != "assumed",
    )


def _offers_after(ground: _Ground, scenario: Scenario) -> Bools:
    """Give which school offers which grade after the edits."""
    case = ground.case
    offers = case.offers.copy()
    for edit in in_force(scenario):
        if edit.promise or not edit.concerns(case.stage):
            continue
        if not edit.closes or edit.becomes in STAGES:
            raise refuse(
                f"{scenario.name}: {edit.do} cannot be screened",
                f"{scenario.name}：{edit.do} 不能批量筛查",
                "use solve for this scenario",
                "请对此方案使用 solve",
            )
        if edit.subject in case.schools:
            gone = edit.ended_grades(case.stage, case.grades)
            offers[case.schools.get_loc(edit.subject), [at for at, g in enumerate(case.grades) if g in gone]] = False
    return offers


def _score(ground: _Ground, offers: Bools, assign: str) -> dict[str, float]:
    case = ground.case
    runs = offers.any(axis=1)
    waiting = np.where(np.arange(len(ground.pupils)) < ground.fixed, 0.0, ground.pupils)
    seats = np.full(len(offers), np.inf)
    if assign == "nearest_seats":
        seats = np.maximum(ground.seats - np.where(runs, ground.outside, 0.0), 0.0)
    row, school, pupils = ground.questions.answer(ground.grade, offers, seats, waiting)
    stays = np.flatnonzero(offers[ground.home[: ground.fixed], ground.grade[: ground.fixed]])
    moved = pupils - np.minimum(ground.before[row, school], pupils)
    row = np.concatenate([stays, row])
    school = np.concatenate([ground.home[stays], school])
    pupils = np.concatenate([ground.pupils[stays], pupils])
    minutes = ground.minutes[row, school]
    day = pupils - _boarding(ground, row, school, pupils, minutes)
    roll = np.bincount(school, weights=pupils, minlength=len(case.schools)) + np.where(runs, ground.outside, 0.0)
    finite = runs & np.isfinite(case.seats)
    over = np.where(finite, np.maximum(roll - case.seats, 0.0), 0.0)
    judged = day * np.isfinite(ground.limit[row])
    far = day[minutes > ground.limit[row] + 1e-9].sum()
    placed = float(pupils.sum())
    money = ground.money
    short = np.maximum(money.floor_pupils.value - roll, 0.0)[runs & ground.public].sum()
    sent = Sent(
        placed=placed,
        unplaced=float(ground.pupils.sum() - placed) + ground.lost,
        elsewhere=ground.elsewhere,
        open_schools=float(runs.sum()),
        day=day,
        minutes=minutes,
        schools={"roll": roll[runs].astype(float), "seats": case.seats[runs], "over": over[runs].astype(float)},
        moved=float(moved.sum()) if ground.known else np.nan,
        reach={"minutes": (float(far), float(judged.sum()))},
        costs={
            "travel": float(np.nansum(minutes * day)) * money.of_minute(),
            "running": float(ground.running[runs].sum() + money.of_floor(case.stage) * short),
        },
    )
    return reckon("screen", sent)


def _boarding(ground: _Ground, row: Positions, school: Positions, pupils: Floats, minutes: Floats) -> Floats:
    """Give how many of each row board: as many a school as it returned, the longest ways first, grades 1 to 3 last."""
    boards = np.zeros(len(row))
    asks = np.flatnonzero(ground.beds[school] > 0)
    far = -np.where(np.isnan(minutes[asks]), np.inf, minutes[asks])
    order = asks[np.lexsort([row[asks], far, ground.young[row[asks]], school[asks]])]
    counts, at = pupils[order], school[order]
    before = np.cumsum(counts) - counts
    before -= before[np.searchsorted(at, at, side="left")]
    boards[order] = np.clip(ground.beds[at] - before, 0.0, counts)
    return boards
