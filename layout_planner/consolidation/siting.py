"""A stage of a study as a location problem: which schools may close, grow or open, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.assignment.case import Case, make_case
from layout_planner.assignment.moves import Move, Options, allowed_pairs, assignable, free_seats, pair_kinds, public
from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.base.errors import refuse
from layout_planner.base.goals import goal_of
from layout_planner.consolidation.settings import Consolidation
from layout_planner.consolidation.sizes import Sizes, make_sizes
from layout_planner.consolidation.stands import neighbours_of, stands_of
from layout_planner.consolidation.staying import Staying, make_staying
from layout_planner.consolidation.terms import Situation, Term
from layout_planner.consolidation.travel_costs import BOARD, Ways, make_ways
from layout_planner.engines.location.problem import CLOSED, FREE, OPEN, LocationProblem, make_problem
from layout_planner.measures.counted import OWN, POINT, kinds_of
from layout_planner.measures.money import Money
from layout_planner.plan import Assignment
from layout_planner.policy import Rules
from layout_planner.scenario import Edit, Open, Scenario, apply
from layout_planner.study import Study
from layout_planner.study.stages import LOWER_GRADES
from layout_planner.travel import TravelLike

PART_NEAR = 6
"""The grades of a place may part where a school without all grades is among so many nearest; else it goes whole."""

BY_SCHOOL = ("school_id", "how")
"""What rows are told apart by where only pupils of schools that close move."""

NOBODY = 1e-6
"""Seats a place without pupils needs, where every place has to belong to a zone."""


@dataclass(frozen=True, eq=False)
class Siting:
    """The problem, and the way back to labels.

    Parameters
    ----------
    study
        After the pins, with every candidate site opened as a school.
    case, move
        What the rules of `solve` get, of that study.
    problem
        Units × columns; without the count of schools to keep.
    schools
        The school of each column. A school that may become a teaching point has a second column for that.
    new, point
        Columns that are candidate sites; columns that are teaching points to be.
    parent
        The school each column is to be a campus of, "" for none.
    rows
        Children a rule may send anywhere: place_id, grade, group, pupils.
    unit_of
        Unit of each row.
    today
        Who of them goes where today: school_id, pupils, unit.
    now
        Rows: minutes of today's way, NaN for children without one.
    ways
        How the rows come to the columns, and what that costs.
    parts
        Units × columns, yuan a year: `Ways.yuan` added up, and the named terms.
    running, constant
        Yuan a year: what ends with each column; what follows the pupils.
    sizes
        Seats of the columns at each size, and yuan to build it.
    extra_open
        The named terms' part of the price of each size, m × s.
    plain
        Units: the seats they need without the further demands.
    contiguous
        Where zones are to hang together: the pairs of adjacent places, and the place each column stands in.
    kind
        What each column counts as where it is open (`measures.counted.KINDS`).
    staying
        Who is to stay where, if only pupils of schools that close move; then rows bear today's school_id, and how.
    """

    study: Study
    case: Case
    move: Move
    problem: LocationProblem
    schools: pd.Index
    new: Bools
    point: Bools
    parent: tuple[str, ...]
    rows: pd.DataFrame
    unit_of: Positions
    today: pd.DataFrame
    now: Floats
    ways: Ways
    parts: Mapping[str, Floats]
    running: Floats
    constant: float
    sizes: Sizes
    extra_open: Floats
    plain: Floats
    contiguous: tuple[Positions, Positions] | None
    kind: npt.NDArray[np.str_]
    staying: Staying | None = None


@dataclass(frozen=True, eq=False)
class _Columns:
    """The columns: schools and candidate sites, then those schools again that may become a teaching point.

    `at` is the school of the case a column stands for; the other arrays go by columns.
    """

    at: Positions
    point: Bools
    new: Bools
    counted: Bools
    state: Positions
    offers: Bools
    sizes: Sizes
    parent: tuple[str, ...]


def lay_out(
    study: Study,
    travel: TravelLike,
    rules: Rules,
    stage: str,
    base: Assignment,
    wishes: Consolidation,
    *,
    demands: Sequence[pd.Series],
    money: Money,
) -> Siting:
    """Lay the stage out; see `consolidate` for the arguments."""
    pins, terms = wishes.edits(), wishes.terms
    fixed_edits = Scenario("pins", [edit for edit in pins if not edit.promise])
    after = apply(study, fixed_edits)
    candidates = _sites_of(after, stage) if wishes.sites else []
    openings = [Open(site=s, stage=stage) for s in candidates]
    wide = apply(after, Scenario("sites", openings)) if candidates else after
    options = Options(wishes.reach, False, None, 0.0, 60.0, None)
    move = Move(study, wide, travel, rules, stage, fixed_edits, options, base)
    case = make_case(wide, travel, rules, stage)
    stay = wishes.moves == "stay"
    taken, rows, outside, _ = assignable(move, case, BY_SCHOOL if stay else ())
    admits = public(case)
    free = np.where(admits, free_seats(case, taken, outside), 0.0)
    column = _columns(study, case, wishes, np.isin(case.schools, candidates), free, rules, money)
    columns, point, schools, sizes = column.at, column.point, case.schools[column.at], column.sizes
    pairs = allowed_pairs(move, case, admits)
    rows, unit_of, minutes, metres = _units(case, rows, pairs, columns, column.offers, wishes.contiguous)
    ways = make_ways(rows["grade"], minutes, metres, rules, stage, wishes.ride, money)
    ways = _as_today(ways, case, rows) if stay else ways
    units = len(case.places) if wishes.contiguous else int(unit_of.max(initial=-1)) + 1
    weights, plain, demand = _demands(rows, unit_of, units, demands, study, stage)
    now = _now(base, rows)
    situation = Situation(
        wide, rules, stage, pd.Index(rows["place_id"]), pd.Index(rows["grade"]), weights, schools, minutes, now,
        np.where(np.isfinite(sizes.seats), sizes.seats, 0.0),
    )  # fmt: skip
    by_pair, extra_open = _extras(situation, terms)
    parts = _by_unit(ways.yuan, by_pair, weights, unit_of, units)
    running = np.where(point, money.point.value, money.of_running(wide, stage, case.schools)[0].to_numpy()[columns])
    yearly = sizes.invest / money.years.value + running[:, None] + np.where(np.isnan(sizes.seats), np.nan, extra_open)
    region, region_least = _townships(wide, schools, column, wishes.every_township)
    cost, prices = sum(parts.values(), np.zeros((units, len(columns)))), np.fmax.accumulate(yearly, axis=1)
    staying = _staying(study, case, rows, unit_of, cost, demand, prices, column.state) if stay else None
    problem = make_problem(
        cost,
        demand,
        sizes.seats if staying is None else _with_todays(sizes.seats, staying, demand),
        prices,
        state=column.state,
        counted=column.counted,
        least=np.where(column.counted & (column.state == FREE), wishes.least_roll, 0.0),
        floor=np.where(admits[columns], money.floor_pupils.value, 0.0),
        floor_price=money.of_floor(stage),
        offset=money.of_running(study, stage, study.offering(stage))[1],
        region=region,
        region_least=region_least,
    )
    return Siting(
        wide, case, move, problem, schools, column.new, point, column.parent, rows, unit_of,
         _today(base, rows, unit_of), now, ways, parts, running, problem.offset, sizes, extra_open, plain,
        (neighbours_of(wide), stands_of(wide, schools, problem.state != CLOSED)) if wishes.contiguous else None,
        _kinds(wide, stage, schools, point), staying,
    )  # fmt: skip


def _own(case: Case, rows: pd.DataFrame) -> Positions:
    """Give the column of today's school of each row where it runs and has the grade; -1 elsewhere."""
    at = case.school_at(rows["school_id"])
    has = at >= 0
    has[has] = case.offers[at[has], case.grade_at(rows["grade"])[has]]
    return np.where(has, at, -1).astype(np.int64)


def _as_today(ways: Ways, case: Case, rows: pd.DataFrame) -> Ways:
    """Let who boards or lodges today do so while the school stays: no daily way; a way nobody knows stays unknown."""
    own = _own(case, rows)
    minutes, how = ways.minutes.copy(), ways.how.copy()
    boards = np.flatnonzero((own >= 0) & rows["how"].isin(["board", "lodge"]).to_numpy(dtype=bool))
    how[boards, own[boards]] = BOARD
    minutes[boards, own[boards]] = np.nan
    place, grade = case.place_at(rows["place_id"]), case.grade_at(rows["grade"])
    for at in range(len(case.grades)):
        mine = np.flatnonzero((own >= 0) & (grade == at))
        dark = mine[~np.isfinite(case.minutes(at)[place[mine], own[mine]])]
        minutes[dark, own[dark]] = np.nan
    return Ways(how, minutes, ways.yuan, ways.limit)


def _staying(
    study: Study, case: Case, rows: pd.DataFrame, unit_of: Positions, cost: Floats, demand: Floats, prices: Floats,
    state: Positions,
) -> Staying:  # fmt: skip
    """Tell which units are to stay where; a school that a pin makes smaller may be left by anyone."""
    own = np.full(len(demand), -1, dtype=np.int64)
    own[unit_of] = _own(case, rows)
    before = study.seats(case.stage).reindex(case.schools).to_numpy(dtype=float)
    smaller = case.seats < np.where(np.isnan(before), 0.0, before) - NOBODY
    own = np.where((own >= 0) & smaller[np.maximum(own, 0)], -1, own)
    return make_staying(own, cost, demand, prices, state)


def _with_todays(seats: Floats, staying: Staying, demand: Floats) -> Floats:
    """Let a school that is over-full today stay so: what is today is not undone, but nobody is sent there."""
    has = staying.own >= 0
    roll = np.bincount(staying.own[has], weights=demand[has], minlength=len(seats))
    return np.maximum(seats, roll[:, None])


def _kinds(wide: Study, stage: str, schools: pd.Index, point: Bools) -> npt.NDArray[np.str_]:
    """Tell what each column counts as where it is open: a scorecard of the plan will say the same."""
    return np.where(point, POINT, kinds_of(wide, stage, schools).to_numpy(dtype=str))


def _sites_of(study: Study, stage: str) -> list[str]:
    """Name the candidate sites of a stage."""
    sites = study.sites
    return [str(s) for s in sites.index[sites["stage"] == stage]] if "stage" in sites else []


def _by_unit(
    yuan: Mapping[str, Floats], terms: Floats, weights: Floats, unit_of: Positions, units: int
) -> dict[str, Floats]:
    """Add up what rows cost by unit, shape (units, columns): the parts of the ways, and the terms."""
    parts = {name: np.zeros((units, terms.shape[1])) for name in (*yuan, "terms")}
    with np.errstate(invalid="ignore"):  # nobody × no way: NaN, which is no way too
        for name, each in yuan.items():
            np.add.at(parts[name], unit_of, each * weights[:, None])
    np.add.at(parts["terms"], unit_of, terms)
    return parts


def _columns(
    study: Study, case: Case, wishes: Consolidation, new: Bools, free: Floats, rules: Rules, money: Money
) -> _Columns:
    """Lay out the columns: what each may become, at which sizes.

    Private schools stay; so do campuses, teaching points and sections of other schools unless they are to be free.
    """
    admits = public(case)
    counted = (kinds_of(case.study, case.stage, case.schools) == OWN).to_numpy(dtype=bool) & admits
    may_close = admits & (counted | new | (wishes.campuses == "free"))
    state = _pinned(case, np.where(may_close, FREE, OPEN), wishes.edits(), study)
    state = np.where(admits, state, CLOSED)
    sizes = make_sizes(case, free, new, study, wishes.expand, wishes.rebuild, rules, money)
    point_of = _points(case, wishes, case.stage, counted & (state == FREE) & ~new & ~sizes.rebuilt[:, 0])
    at = np.concatenate([np.arange(len(case.schools)), point_of])
    point = np.arange(len(at)) >= len(case.schools)
    offers = case.offers[at]
    offers[point] &= np.isin(case.grades, LOWER_GRADES)
    parent = _parents(study, case, new)
    return _Columns(
        at, point, new[at] & ~point, counted[at] & ~point, np.where(point, FREE, state[at]), offers,
        _with_points(sizes, point_of), tuple(parent[column] for column in at),
    )  # fmt: skip


def _parents(study: Study, case: Case, new: Bools) -> list[str]:
    """Give the school each candidate site is to be a campus of (`parent_id` of the site), "" for the others."""
    given = study.sites["parent_id"] if "parent_id" in study.sites else pd.Series(dtype=object)
    told = [given.get(str(school)) if is_new else None for school, is_new in zip(case.schools, new, strict=True)]
    return ["" if name is None or pd.isna(name) else str(name) for name in told]


def _points(case: Case, wishes: Consolidation, stage: str, may: Bools) -> Positions:
    """Name the schools that may become a teaching point: complete primary schools that may close."""
    if not wishes.points or stage != "primary":
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(may & case.offers.all(axis=1)).astype(np.int64)


def _with_points(sizes: Sizes, point_of: Positions) -> Sizes:
    """Add the columns of teaching points: they have the seats the school has, and build nothing."""
    first = np.zeros(sizes.seats.shape, dtype=bool)
    first[:, 0] = True
    own = first[point_of]
    return Sizes(
        np.concatenate([sizes.seats, np.where(own, sizes.seats[point_of], np.nan)]),
        np.concatenate([sizes.invest, np.where(own, 0.0, np.nan)]),
        np.concatenate([sizes.rebuilt, np.zeros(own.shape, dtype=bool)]),
    )


def _townships(
    study: Study, schools: pd.Index, column: _Columns, wanted: bool
) -> tuple[Positions | None, Positions | None]:
    """Ask for one school in every township that has one, unless a school that is not counted keeps it anyway."""
    if not wanted:
        return None, None
    counted, state, offers = column.counted, column.state, column.offers
    region, names = pd.factorize(study.schools["township_id"].reindex(schools).astype("string").fillna(""), sort=True)
    has = np.bincount(region[counted & (state != CLOSED)], minlength=len(names)) > 0
    kept = np.bincount(region[~counted & (state == OPEN) & offers.all(axis=1)], minlength=len(names)) > 0
    return region.astype(np.int64), (has & ~kept & (np.asarray(names) != "")).astype(np.int64)


def _today(base: Assignment, rows: pd.DataFrame, unit_of: Positions) -> pd.DataFrame:
    """Give who goes where today among those a rule may send, with the unit they belong to."""
    keys = keys_of(rows)
    unit = unit_by(keys, rows, unit_of)
    flows = base.flows[[*dict.fromkeys((*keys, "school_id")), "pupils"]]
    at = unit.reindex(pd.MultiIndex.from_frame(flows[keys]))
    known = at.notna().to_numpy()
    return flows.loc[known, ["school_id", "pupils"]].assign(unit=at[known].to_numpy(dtype=np.int64))


def keys_of(rows: pd.DataFrame) -> list[str]:
    """Name what tells the rows apart that go together: today's school too, where some are to stay there."""
    return ["place_id", "grade", "group", *(["school_id"] if "school_id" in rows else [])]


def unit_by(keys: list[str], rows: pd.DataFrame, unit_of: Positions) -> pd.Series:
    """Give the unit of rows by their keys."""
    unit = pd.Series(unit_of, index=pd.MultiIndex.from_frame(rows[keys]))
    return unit[~unit.index.duplicated()]


def _now(base: Assignment, rows: pd.DataFrame) -> Floats:
    """Give the mean minutes of today's way of each row; NaN where they have none."""
    keys = ["place_id", "grade", "group"]
    flows = base.flows.loc[base.flows["minutes"].notna()]
    total = flows.assign(total=flows["minutes"] * flows["pupils"])
    sums = total.groupby(keys, observed=True)[["total", "pupils"]].sum()
    mean = (sums["total"] / sums["pupils"]).reindex(pd.MultiIndex.from_frame(rows[keys]))
    return np.asarray(mean.to_numpy(dtype=np.float64))


def _units(
    case: Case, rows: pd.DataFrame, allowed: tuple[Bools, ...] | None, columns: Positions, offers: Bools, whole: bool
) -> tuple[pd.DataFrame, Positions, Floats, Floats]:
    """Make the units that go whole to one school; rows nobody can serve are left to the plan's `unplaced`.

    With `whole` every place is a unit, those without pupils too.
    """
    place, grade = case.place_at(rows["place_id"]), case.grade_at(rows["grade"])
    minutes, metres = np.empty((len(rows), len(columns))), np.empty((len(rows), len(columns)))
    for at in range(len(case.grades)):
        mine = grade == at
        ways = case.minutes(at)[place[mine]][:, columns]
        usable = np.isfinite(ways) & offers[:, at]
        if allowed is not None:
            usable &= allowed[at][place[mine]][:, columns]
        minutes[mine] = np.where(usable, ways, np.inf)
        metres[mine] = case.metres[at][place[mine]][:, columns]
    own = _own(case, rows) if "school_id" in rows else np.full(len(rows), -1)
    # Whoever is to stay where nobody knows the way has it priced as the shortest that is known.
    dark = np.flatnonzero(own >= 0)
    dark = dark[~np.isfinite(minutes[dark, own[dark]])]
    minutes[dark, own[dark]], metres[dark, own[dark]] = minutes[dark].min(axis=1), metres[dark].min(axis=1)
    served = np.isfinite(minutes).any(axis=1)
    rows, place, grade, own = rows.loc[served].reset_index(drop=True), place[served], grade[served], own[served]
    parted = _parted(case, columns, offers)
    if len({*pair_kinds(allowed, case)}) > 1 or len({*case.way}) > 1:
        parted[:] = True  # grades that may go, or travel, differently are told apart everywhere
    if whole:
        if parted[place].any():
            raise refuse(
                "contiguous zones send a place whole to one school, but some schools do not offer all grades",
                "片区连片要求整个居住点去同一所学校，但有学校未开设全部年级",
                "close or merge those (pins=), or give one way of travel and priced reach for all grades",
                "请以 pins= 撤并这些学校，或对各年级用同一种出行方式且不设硬性距离",
            )
        return rows, place.astype(np.int64), minutes[served], metres[served]
    kinds: dict[tuple[object, ...], int] = {}
    group_of = np.array(
        [kinds.setdefault((offers[:, at].tobytes(), case.way[at]), len(kinds)) for at in range(len(case.grades))]
    )
    key = place * (len(kinds) + 1) + np.where(parted[place], group_of[grade] + 1, 0)
    _, unit_of = np.unique(key * (len(case.schools) + 1) + own + 1, return_inverse=True)
    return rows, unit_of.astype(np.int64), minutes[served], metres[served]


def _parted(case: Case, columns: Positions, offers: Bools) -> Bools:
    """Tell the places whose grades may part: a school without all of them is among the nearest."""
    parted = np.zeros(len(case.places), dtype=bool)
    partial = ~offers.all(axis=1)
    if partial.any():
        ways = np.where(np.isnan(case.adult[0]), np.inf, case.adult[0])
        near = np.sort(ways, axis=1)[:, min(PART_NEAR, ways.shape[1]) - 1]
        parted |= (ways[:, columns[partial]] <= near[:, None]).any(axis=1)
    return parted


def _demands(
    rows: pd.DataFrame, unit_of: Positions, units: int, demands: Sequence[pd.Series], study: Study, stage: str
) -> tuple[Floats, Floats, Floats]:
    """Give the children of each row by which ways are weighed (mean of the demands), and the seats each unit needs.

    A unit needs the most it has in any of the demands, so that the seats hold in each of them; between the two stands
    what it needs without them.
    """
    pupils = rows["pupils"].to_numpy(dtype=float)
    plain = np.maximum(np.bincount(unit_of, weights=pupils, minlength=units), NOBODY)
    if not len(demands):
        return pupils, plain, plain
    now = study.demand(stage)
    each = []
    for demand in demands:
        unknown = sorted(set(demand.index) - set(now.index))
        if unknown or (demand < 0).any() or demand.isna().any():
            raise refuse(
                f"demands must be pupils ≥ 0 by place_id of the study; not so: {unknown[:5] or 'negative or missing'}",
                f"demands 须为研究中各居住点的学生数（≥ 0）；不符：{unknown[:5] or '负值或缺失'}",
                "give one Series place_id → pupils for each demand",
                "每种需求给一个“居住点→学生数”的 Series",
            )
        factor = (demand.reindex(now.index, fill_value=0.0) / now.where(now > 0)).fillna(0.0)
        each.append(pupils * rows["place_id"].map(factor).to_numpy(dtype=float))
    most = np.max([np.bincount(unit_of, weights=one, minlength=units) for one in each], axis=0)
    return np.mean(each, axis=0), plain, np.maximum(most, NOBODY)


def _extras(situation: Situation, terms: Sequence[Term]) -> tuple[Floats, Floats]:
    """Add up the named terms: by pair, and by site and size."""
    pairs = np.zeros(situation.minutes.shape)
    opening = np.zeros(situation.seats.shape)
    for term in terms:
        value = np.asarray(term(situation), dtype=float)
        known = value.shape in (pairs.shape, opening.shape, opening.shape[:1])
        if not known or not np.isfinite(value).all() or (value < 0).any():
            name = goal_of(term).name
            raise refuse(
                f"term {name}: not finite yuan ≥ 0 of shape rows × sites, sites or sites × sizes",
                f"附加项 {name}：应为非负有限值，形状为 行×学校、学校 或 学校×规模",
                "shift rewards so that the best is 0",
                "奖励项请平移，使最优为 0",
            )
        if value.shape == pairs.shape:
            pairs += value
        else:
            opening += value if value.ndim == 2 else value[:, None]
    return pairs, opening


def _pinned(case: Case, state: Positions, pins: Sequence[Edit], study: Study) -> Positions:
    state = np.asarray(state, dtype=np.int64).copy()
    keeps = [edit.holds for edit in pins if edit.holds is not None]
    ended = {edit.subject for edit in pins if edit.closes}
    both = sorted(set(keeps) & ended)
    unknown = sorted(s for s in set(keeps) - ended if s not in case.schools)
    if both or unknown:
        raise refuse(
            f"pins= keeps what is not open for the stage, or closes it too: {', '.join([*both, *unknown][:5])}",
            f"pins= 要保留的学校未开办该学段，或同时被撤并：{'、'.join([*both, *unknown][:5])}",
            "correct pins= ",
            "请更正 pins= ",
        )
    for school in keeps:
        state[case.schools.get_loc(school)] = OPEN
    return state
