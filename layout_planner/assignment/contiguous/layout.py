"""One stage of a study as a zoning problem: units, costs, seats, what touches what, and where each school stands.

A unit is a place. Where some schools offer but some grades (teaching points), each band of grades that the same schools
offer has a map of its own over the same land, and a unit is a place and a band; the seats of a school are counted over
all bands together, as under ``assign="capacity"``. A school's own place belongs to its zone. Where it cannot (two
schools stand in one place, more children live there than the school has seats, a pin sends them elsewhere, no way leads
to it), the school stands on ground of its own that touches the place and its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case
from layout_planner.assignment.contiguous.goals import Area, Part
from layout_planner.assignment.contiguous.settings import ZoneSettings
from layout_planner.assignment.contiguous.territory import Territory, survey
from layout_planner.assignment.moves import (
    Move,
    allowed_pairs,
    base_rows,
    case_of,
    free_seats,
    offered,
    outside_after,
    public,
    take_pinned,
)
from layout_planner.base.arrays import Bools, Floats, Ints
from layout_planner.base.errors import DataError, Fault, did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.engines.zoning import Contraction, Shape, ZoneProblem, contract
from layout_planner.scenario import pins

EMPTY = 1e-4
"""A place without children counts as so many, so that it joins a zone nearby; objective and bound leave this out."""


@dataclass(frozen=True, eq=False)
class Layout:
    """One stage laid out.

    Parameters
    ----------
    move, case, wish
        What was asked for.
    area
        What the goals see: units × schools.
    columns
        Position of each zoned school among the case's schools; private schools have no zone.
    place
        Position of the place of each unit of the area.
    bands
        The bands of grades; units are ordered by band, then by place.
    problem
        The units, and after them the grounds of schools that do not own their place.
    contraction
        The problem with places kept together joined.
    scale
        What one unit of the problem's cost is: objectives are divided by it.
    parts
        Name, weight and part of every goal.
    fixed, rows, over
        Pupils no rule moves (private schools, pins of some grades); those assigned by zone, with `unit_of`; those no
        school can take.
    outside, homeless
        As for every rule.
    """

    move: Move
    case: Case
    wish: ZoneSettings
    area: Area
    columns: Ints
    place: Ints
    bands: tuple[tuple[int, ...], ...]
    territory: Territory
    problem: ZoneProblem
    contraction: Contraction
    scale: float
    parts: tuple[tuple[str, float, Part], ...]
    fixed: pd.DataFrame
    rows: pd.DataFrame
    unit_of: Ints
    over: pd.DataFrame
    outside: pd.DataFrame
    homeless: pd.DataFrame

    @property
    def units(self) -> int:
        """Units of the area, grounds of schools not counted."""
        return len(self.place)

    def objective(self, school_of: Ints) -> float:
        """Give the cost of an assignment of all units, places without children left out, in the unit of the result."""
        empty = np.flatnonzero(self.area.pupils == 0)
        ways = np.nan_to_num(self.area.minutes[empty, school_of[empty]]).sum()
        return (self.problem.objective(school_of) - EMPTY * float(ways)) / self.scale

    def bound(self, proved: float) -> float:
        """Give what the engine's bound says when places without children are left out, in the unit of the result."""
        empty = np.nan_to_num(self.area.minutes[self.area.pupils == 0])
        return (proved - EMPTY * float(empty.max(axis=1, initial=0.0).sum())) / self.scale


@dataclass(frozen=True, eq=False)
class _Units:
    """The children of each unit, and the pairs that are open to them."""

    bands: tuple[tuple[int, ...], ...]
    pupils: Floats
    minutes: Floats
    metres: Floats
    open: Bools
    unit_of: Ints


def lay_out(move: Move, wish: ZoneSettings) -> Layout:
    """Lay one stage out."""
    case = case_of(move)
    columns = np.flatnonzero(public(case)).astype(np.int64)
    if not len(columns):
        raise refuse(
            f"no public school offers {move.stage}", f"没有公办学校开设学段 {move.stage}",
            "zones are drawn for public schools; open one, or use another rule",
            "片区只为公办学校划定；请开办学校或改用其他办法",
        )  # fmt: skip
    schools = case.schools[columns]
    _check_ids(case, wish)
    bands = tuple(tuple(case.grades[at] for at in alike) for alike in _alike(case, columns))
    pinned_to = _pins(move, case, schools, bands)
    fixed, rows, outside, homeless = _parted(move, case, bands, pinned_to)
    nobody = ~rows["grade"].isin([grade for band in bands for grade in band])
    rows, unoffered = rows.loc[~nobody].reset_index(drop=True), rows.loc[nobody]
    seats = free_seats(case, fixed, outside)[columns]
    units = _units(move, case, columns, bands, rows, wish, schools)
    stuck = (units.pupils > 0) & ~units.open.any(axis=1)
    lost = stuck[units.unit_of]
    rows, over = rows.loc[~lost].reset_index(drop=True), pd.concat([unoffered, rows.loc[lost]])
    unit_of = units.unit_of[~lost]
    pupils = np.where(stuck, 0.0, units.pupils)
    n = len(case.places)
    free = units.open | (pupils == 0)[:, None] & _offering(case, columns, bands).repeat(n, axis=0)
    free = _with_pins(free, pinned_to, schools, n)
    seats = np.where(np.isfinite(seats), seats, pupils.sum() + 1.0)
    place = np.tile(np.arange(n), len(bands))
    demand = np.bincount(place, weights=pupils, minlength=n).astype(np.float64)
    territory = survey(move.study, schools, demand, seats)
    area = _area(move, case, schools, columns, bands, place, pupils, units, seats, territory)
    problem, scale, parts = _problem(area, wish, free, seats, territory, _offering(case, columns, bands), n)
    together = _together(case, wish, bands, n)
    return Layout(
        move, case, wish, area, columns, place, bands, territory, problem, contract(problem, together), scale, parts,
        fixed, rows, unit_of, over, outside, homeless,
    )  # fmt: skip


def _alike(case: Case, columns: Ints) -> list[list[int]]:
    """Group grades (by position) that the same schools offer."""
    groups: dict[bytes, list[int]] = {}
    for at in range(len(case.grades)):
        groups.setdefault(case.offers[columns, at].tobytes(), []).append(at)
    return [group for group in groups.values() if case.offers[columns, group[0]].any()]


def _offering(case: Case, columns: Ints, bands: Sequence[tuple[int, ...]]) -> Bools:
    """Tell which school offers which band; bands × schools."""
    at = [case.grades.index(band[0]) for band in bands]
    return np.asarray(case.offers[columns][:, at].T, dtype=np.bool_)


def _check_ids(case: Case, wish: ZoneSettings) -> None:
    """Refuse places and schools that are not there, all at once."""
    places = {p for p, _ in wish.forbid} | {p for group in wish.together for p in group}
    schools = {s for _, s in wish.forbid}
    faults = []
    for what, zh, ids, known in (("place", "居住点", places, case.places), ("school", "学校", schools, case.schools)):
        for one in sorted(ids - set(known)):
            hint = did_you_mean(one, known)
            message = Text(f'forbid or together names the {what} "{one}", which is not at hand{hint.en}',
                           f"forbid 或 together 中的{zh}“{one}”不存在{hint.zh}")  # fmt: skip
            faults.append(Fault("", message, Text("correct the id", "请更正编号")))
    if faults:
        raise DataError(faults)


def _pins(move: Move, case: Case, schools: pd.Index, bands: Sequence[tuple[int, ...]]) -> dict[tuple[int, int], int]:
    """Give the pins that hold for a whole unit: (band, place) → school."""
    last: dict[tuple[int, int], int] = {}
    for place, grades, school in pins(move.scenario, move.stage, move.options.year):
        at, to = case.places.get_loc(place), schools.get_indexer([school])[0]
        for number, band in enumerate(bands):
            offers = school in case.schools and case.offers[case.schools.get_loc(school), case.grades.index(band[0])]
            if grades is not None and not set(band) & set(grades):
                continue
            if to >= 0 and offers and (grades is None or set(band) <= set(grades)):
                last[number, int(at)] = int(to)
            else:  # some of its grades only, or a school without a zone: single children, not the place
                last.pop((number, int(at)), None)
    return last


def _parted(
    move: Move, case: Case, bands: Sequence[tuple[int, ...]], pinned_to: dict[tuple[int, int], int]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Part the pupils as `assignable` does; those a pin sends with their whole place go by zone."""
    pinned, rows = take_pinned(move, case, base_rows(move.base))
    band_of = {grade: number for number, band in enumerate(bands) for grade in band}
    keys = zip(pinned["grade"].map(band_of), case.place_at(pinned["place_id"]), strict=True)
    whole = np.array([key in pinned_to for key in keys], dtype=bool)
    at = case.school_at(rows["school_id"])
    private = offered(case, rows["school_id"], rows["grade"])
    private[private] = ~public(case)[at[private]]
    outside, homeless = outside_after(move, case)
    loose = pd.concat([rows.loc[~private], pinned.loc[whole]])
    sums = loose.groupby(["place_id", "grade", "group"], observed=True, sort=False)["pupils"].sum().reset_index()
    order = np.lexsort([sums["group"].astype(str), sums["grade"], case.place_at(sums["place_id"])])
    fixed = pd.concat([rows.loc[private], pinned.loc[~whole]])
    return fixed, sums.iloc[order].reset_index(drop=True), outside, homeless


def _units(
    move: Move,
    case: Case,
    columns: Ints,
    bands: Sequence[tuple[int, ...]],
    rows: pd.DataFrame,
    wish: ZoneSettings,
    schools: pd.Index,
) -> _Units:
    """Add the children of each unit up; a unit may use a pair when all its grades may."""
    n, band_of = len(case.places), {grade: number for number, band in enumerate(bands) for grade in band}
    place = case.place_at(rows["place_id"]).astype(np.int64)
    unit_of = rows["grade"].map(band_of).to_numpy(dtype=np.int64) * n + place
    total = n * len(bands)
    pupils = np.bincount(unit_of, weights=rows["pupils"].to_numpy(dtype=float), minlength=total)
    allowed = allowed_pairs(move, case)
    minutes, metres = np.zeros((total, len(columns))), np.zeros((total, len(columns)))
    usable = np.repeat(_offering(case, columns, bands), n, axis=0)
    for number, grades in enumerate(bands):
        part = slice(number * n, (number + 1) * n)
        for grade in grades:
            at = case.grades.index(grade)
            mine = (rows["grade"] == grade).to_numpy()
            here = np.bincount(place[mine], weights=rows["pupils"].to_numpy(dtype=float)[mine], minlength=n)
            share = np.divide(here, pupils[part], out=np.full(n, 1.0 / len(grades)), where=pupils[part] > 0)
            minutes[part] += share[:, None] * case.minutes(at)[:, columns]
            metres[part] += share[:, None] * case.metres[at][:, columns]
            if allowed is not None:
                usable[part] &= allowed[at][:, columns] | (here == 0)[:, None]
    usable &= np.isfinite(minutes)
    for place_id, school in wish.forbid:
        to = schools.get_indexer([school])[0]
        if to >= 0:
            usable[case.places.get_loc(place_id) :: n, to] = False
    return _Units(tuple(bands), pupils.astype(np.float64), minutes, metres, usable, unit_of)


def _with_pins(free: Bools, pinned_to: dict[tuple[int, int], int], schools: pd.Index, n: int) -> Bools:
    kept = free.copy()
    for (band, place), school in pinned_to.items():
        kept[band * n + place] = np.arange(len(schools)) == school
    return kept


def _together(case: Case, wish: ZoneSettings, bands: Sequence[tuple[int, ...]], n: int) -> list[list[int]]:
    at = [[int(case.places.get_loc(place)) for place in group] for group in wish.together]
    return [[band * n + place for place in group] for band in range(len(bands)) for group in at]


def _area(
    move: Move,
    case: Case,
    schools: pd.Index,
    columns: Ints,
    bands: Sequence[tuple[int, ...]],
    place: Ints,
    pupils: Floats,
    units: _Units,
    seats: Floats,
    territory: Territory,
) -> Area:
    n = len(case.places)
    band_of = {grade: number for number, band in enumerate(bands) for grade in band}
    before = base_rows(move.base)
    before = before.loc[before["grade"].isin(list(band_of))]
    at = schools.get_indexer(before["school_id"])
    unit = before["grade"].map(band_of).to_numpy(dtype=np.int64) * n + case.place_at(before["place_id"])
    today = np.zeros((len(place), len(schools)))
    np.add.at(today, (unit[at >= 0], at[at >= 0]), before["pupils"].to_numpy(dtype=float)[at >= 0])
    edges = np.concatenate([territory.edges + number * n for number in range(len(bands))])
    return Area(
        study=move.study,
        rules=move.rules,
        stage=move.stage,
        places=case.places[place],
        schools=schools,
        grades=tuple(band for band in bands for _ in range(n)),
        pupils=pupils,
        minutes=units.minutes,
        metres=units.metres,
        seats=seats,
        today=today,
        groups=_groups(move, case, bands, pupils),
        edges=edges,
    )


def _groups(move: Move, case: Case, bands: Sequence[tuple[int, ...]], pupils: Floats) -> dict[str, Floats]:
    """Add up the children of each group by unit; a group known for the whole place is spread as its pupils are."""
    n = len(case.places)
    found: dict[str, Floats] = {}
    mine = move.study.pupils.loc[(move.study.pupils["stage"] == move.stage) & (move.study.pupils["group"] == "migrant")]
    migrants = np.zeros(len(bands) * n)
    for number, band in enumerate(bands):
        rows = mine.loc[mine["grade"].isin(band)]
        np.add.at(migrants, number * n + case.place_at(rows["place_id"]), rows["pupils"].to_numpy(dtype=float))
    found["migrant"] = np.minimum(migrants, pupils)
    whole = pupils.reshape(len(bands), n).sum(axis=0)
    for column in move.study.places.columns:
        if str(column).startswith("group_") and str(column).endswith(f"_{move.stage}"):
            count = move.study.places[column].astype(float).fillna(0.0).to_numpy()
            share = np.divide(count, whole, out=np.zeros(n), where=whole > 0)
            name = str(column).removeprefix("group_").removesuffix(f"_{move.stage}")
            found[name] = np.minimum(np.tile(share, len(bands)), 1.0) * pupils
    return found


def _problem(
    area: Area, wish: ZoneSettings, free: Bools, seats: Floats, territory: Territory, offering: Bools, n: int
) -> tuple[ZoneProblem, float, tuple[tuple[str, float, Part], ...]]:
    """Make the arrays: costs of pairs, sums and borders, the schools' places and grounds."""
    units, m = area.minutes.shape
    way = area.pupils[:, None] * np.nan_to_num(area.minutes if wish.by == "minutes" else area.metres)
    parts = tuple((name, weight, goal(area)) for name, goal, weight in wish.weighted())
    # Goals are unit-free and small: scaled to the size of pupil-minutes they do not sink in a solver's tolerances.
    scale = area.scale if parts else 1.0
    cost = way if not parts else np.zeros((units, m))
    cost = cost + np.where(area.pupils == 0, EMPTY, 0.0)[:, None] * np.nan_to_num(area.minutes)
    sums, border = [], np.zeros(len(area.edges))
    for _, weight, part in parts:
        if weight == 0:
            continue
        if part.pairs is not None:
            cost = cost + scale * weight * part.pairs
        if part.border is not None:
            border += scale * weight * part.border
        sums += [(s.amount, s.level, scale * weight * s.over, scale * weight * s.under) for s in part.sums]
    capacity = seats
    if wish.overload is not None:
        capacity = np.full(m, area.pupils.sum() + seats.max(initial=0.0) + 1.0)
        sums.append((area.pupils, seats, np.full(m, float(wish.overload)), np.zeros(m)))
    home, ground, edges = _homes(area, free, capacity, territory, offering, n)
    cost = np.where(free, cost, np.nan)
    extra = np.full((len(ground), m), np.nan)
    extra[np.arange(len(ground)), ground] = 0.0
    for j in np.flatnonzero(home < units):  # the other bands of a school's own place are its own too
        for band in np.flatnonzero(offering[:, j]):
            others = np.arange(m) != j
            cost[band * n + territory.home[j], others] = np.nan
    pad = np.zeros(len(ground))
    shape = Shape(
        weight=np.array([np.concatenate([amount, pad]) for amount, *_ in sums]).reshape(len(sums), units + len(ground)),
        level=np.array([level for _, level, *_ in sums]).reshape(len(sums), m),
        over=np.array([over for *_, over, _ in sums]).reshape(len(sums), m),
        under=np.array([under for *_, under in sums]).reshape(len(sums), m),
        edges=area.edges,
        border=border,
    )
    problem = ZoneProblem.from_edges(
        np.concatenate([cost, extra]), np.concatenate([area.pupils, pad]), capacity,
        np.concatenate([area.edges, edges]), home, shape,
    )  # fmt: skip
    return problem, scale, parts


def _homes(
    area: Area, free: Bools, capacity: Floats, territory: Territory, offering: Bools, n: int
) -> tuple[Ints, Ints, Ints]:
    """Give each school a home: its place, or ground of its own.

    Returns
    -------
    home
        Unit of each school.
    ground
        The school of each ground, in order; grounds are units after those of the area.
    edges
        What joins the bands of a school's place, and grounds with the land around.
    """
    units, m = area.minutes.shape
    twice = np.bincount(territory.home, minlength=n)[territory.home] > 1
    home = np.zeros(m, dtype=np.int64)
    ground: list[int] = []
    edges: list[tuple[int, int]] = []
    ends = np.concatenate([territory.edges, territory.edges[:, ::-1]])
    for j, place in enumerate(territory.home):
        own = np.flatnonzero(offering[:, j]) * n + place
        if not twice[j] and free[own, j].all() and area.pupils[own].sum() <= capacity[j] * (1 + 1e-9):
            home[j] = own[0]
            edges += [(own[0], other) for other in own[1:]]
        else:
            home[j] = units + len(ground)
            ground.append(j)
            around = np.append(ends[ends[:, 0] == place, 1], place)
            edges += [(home[j], band * n + other) for band in np.flatnonzero(offering[:, j]) for other in around]
    return home, np.array(ground, dtype=np.int64), np.array(edges, dtype=np.int64).reshape(-1, 2)
