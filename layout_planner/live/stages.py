"""What the page needs to carry out a what-if: the children as sent, the nearest sites, the schools, the limits.

Nothing is worked out here that a plan does not hold: columns are laid out as typed arrays in base64, which
`web/whatif.js` reads and then follows the solver's rule step by step.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.assignment.case import offers_matrix
from layout_planner.base.arrays import Floats, Positions
from layout_planner.base.escape import shorten
from layout_planner.live.judged import LIVE_CLOSURES, both
from layout_planner.measures.findings.case import Case
from layout_planner.measures.findings.closures import whole_roll
from layout_planner.measures.findings.schools import UNSAFE_GRADES, UNSAFE_SOURCE, size_limit
from layout_planner.measures.load import LARGE, SUPER_LARGE, class_table
from layout_planner.plan import NO_SEAT, Plan
from layout_planner.policy import Rules, class_limit
from layout_planner.scenario.works import ROOM_SEATS
from layout_planner.study.stages import LOWER_GRADES
from layout_planner.travel import Travel, travel_for

NEAREST = 12
"""Open schools the page knows of each place; what lies between them (closed schools, candidate sites) comes along."""

BUDGET = 2_000_000
"""Bytes the nearest sites of all stages may take; where they are more, numbers are halved, then fewer sites kept and
their ways told in whole metres."""

OWN = 255
"""Slot of a way that is not among the nearest of its place: it brings its own minutes and metres."""

HOW = ("day", "board", "bus", "lodge")
_KINDS = {"u1": (0, 255), "u2": (0, 65_535), "u4": (0, 2**32 - 1), "i4": (-(2**31), 2**31 - 1)}
_CHUNK = 2_000


def pack(values: npt.ArrayLike, half: bool = False) -> str:
    """Write numbers as a typed array: its kind, then base64, little-endian; the narrowest kind that loses nothing.

    Parameters
    ----------
    values
        Numbers; NaN may be among them.
    half
        Write fractions in 32 bits (metres to a few millimetres) instead of 64.
    """
    array = np.asarray(values)
    kind = "f4" if half else "f8"
    if not len(array):
        kind = "u1"
    elif array.dtype.kind in "biu" or (np.isfinite(array).all() and (array == np.rint(array)).all()):
        low, high = array.min(), array.max()
        kind = next((k for k, (least, most) in _KINDS.items() if least <= low and high <= most), kind)
    return kind + base64.b64encode(array.astype(f"<{kind}").tobytes()).decode()


def live_stage(
    plans: Sequence[Plan], stage: str, schools: pd.Index, places: pd.Index, bytes_left: float
) -> dict[str, object]:
    """Give the engine's data of one stage.

    Parameters
    ----------
    plans
        The plans shown; those without the stage have no block.
    schools, places
        Ids of the page's schools (candidate sites among them) and places.
    bytes_left
        Bytes the nearest sites of this stage may take.

    Returns
    -------
    dict
        sites (positions among the page's schools), near (tables of the nearest sites), ask (how many open schools a
        child asks at), plans (one block a plan, None where the plan does not have the stage).
    """
    worked = [plan for plan in plans if stage in plan.assignments]
    sites = _sites(worked, stage, schools)
    keep, half = _fits(worked, stage, bytes_left)
    steady = [site for site in sites if all(site in plan.study.offering(stage) for plan in worked)]
    tables: list[_Near] = []
    blocks: list[object] = []
    for plan in plans:
        block = None
        if stage in plan.assignments:
            block = _block(plan, stage, sites, pd.Index(steady), schools, places, tables, keep, half)
        # A plan that left the stage as it is points to the one it shares it with.
        blocks.append(blocks.index(block) if block in blocks and block is not None else block)
    return {
        "sites": pack(schools.get_indexer(sites)),
        "ask": max(keep * 2 // 3, 2),
        "near": [near.packed(half, coarse=keep < NEAREST) for near in tables],
        "plans": blocks,
    }


def candidate_sites(plan: Plan) -> pd.DataFrame:
    """Give the candidate sites of a plan's study that could open: their seats are known and the ways measured."""
    sites = plan.study.sites
    if not len(sites) or "seats" not in sites or "stage" not in sites:
        return sites.iloc[:0]
    measured = [
        stage in plan.assignments and label in travel_for(plan.travel, stage).minutes.columns
        for label, stage in sites["stage"].items()
    ]
    return sites.loc[np.array(measured, dtype=bool) & (sites["seats"].astype(float) > 0).to_numpy()]


def _sites(plans: Sequence[Plan], stage: str, schools: pd.Index) -> pd.Index:
    """Name the schools that offer the stage in some plan, whatever their state, then the candidate sites for it."""
    offering = {school for plan in plans for school, its in plan.study.offers.index if its == stage}
    new = [
        label
        for plan in plans
        for label, its in candidate_sites(plan).get("stage", pd.Series(dtype="str")).items()
        if its == stage and label not in offering
    ]
    return schools[schools.isin(offering)].append(pd.Index(dict.fromkeys(new)))


def _fits(plans: Sequence[Plan], stage: str, bytes_left: float) -> tuple[int, bool]:
    """Choose how many open schools are kept a place, and whether their ways are written in 32 bits."""
    demand = max((int((plan.study.demand(stage) > 0).sum()) for plan in plans), default=0)
    bands = max((len({*_ways(plan, stage)}) for plan in plans), default=1)
    rows = max(demand * bands, 1)
    if rows * NEAREST * 1.5 * 18 <= bytes_left:
        return NEAREST, False
    return int(np.clip(bytes_left / (rows * 10), 4, NEAREST)), True


def _ways(plan: Plan, stage: str) -> list[Travel]:
    return [travel_for(plan.travel, stage, grade) for grade in plan.study.grades(stage)]


def _block(
    plan: Plan,
    stage: str,
    sites: pd.Index,
    steady: pd.Index,
    schools: pd.Index,
    places: pd.Index,
    tables: list[_Near],
    keep: int,
    half: bool,
) -> dict[str, object]:
    grades = plan.study.grades(stage)
    ways = _ways(plan, stage)
    bands = list(dict.fromkeys(ways))
    band = [bands.index(way) for way in ways]
    near = []
    for way in bands:
        table = _nearest(plan, stage, way, sites, steady, places, keep)
        same = next((k for k, other in enumerate(tables) if table.same_as(other)), None)
        if same is None:
            tables.append(table)
        near.append(len(tables) - 1 if same is None else same)
    return {
        "grades": list(grades),
        "young": [int(grade in LOWER_GRADES) for grade in grades],
        "pace": [float(way.pace.get(grade, 1.0)) for way, grade in zip(ways, grades, strict=True)],
        "band": band,
        "near": near,
        "schools": _school_columns(plan, stage, sites),
        "limits": limits(plan.rules, stage, grades),
        "areas": _areas(plan, stage, sites, places),
        "returned": _returned(plan, stage, sites),
        **_children(plan, stage, sites, places, bands, band, [tables[k] for k in near], half),
    }


@dataclass(frozen=True, eq=False)
class _Near:
    """The nearest sites of every place, one after another: how many each has, whether there are more; site, ways.

    `mode` holds by what each is gone (positions in `WAYS`), empty where all go alike.
    """

    count: Positions
    more: Positions
    site: Positions
    minutes: Floats
    metres: Floats
    mode: Positions

    def same_as(self, other: _Near) -> bool:
        return all(
            np.array_equal(mine, its, equal_nan=True) for mine, its in zip(self._all(), other._all(), strict=True)
        )

    def packed(self, half: bool, coarse: bool) -> dict[str, str]:
        metres = np.rint(self.metres) if coarse else self.metres  # whole ones take half the bytes
        return {
            "count": pack(self.count),
            "more": pack(self.more),
            "site": pack(self.site),
            "minutes": pack(self.minutes, half),
            "metres": pack(metres, half),
            **({"mode": pack(self.mode)} if len(self.mode) else {}),
        }

    def slots(self, place: Positions, site: Positions) -> Positions:
        """Find pairs among the sites of their place; 255 where one is not there."""
        owner = np.repeat(np.arange(len(self.count)), self.count)
        first = np.cumsum(self.count) - self.count
        width = int(self.site.max(initial=0)) + 1
        key = owner * width + self.site
        order = np.argsort(key, kind="stable")
        wanted = place * width + np.minimum(site, width)
        at = np.searchsorted(key[order], wanted)
        at = np.minimum(at, max(len(key) - 1, 0))
        if not len(key):
            return np.full(len(place), OWN)
        hit = (key[order][at] == wanted) & (site < width)
        slot = order[at] - first[place]
        return np.where(hit & (slot < OWN), slot, OWN)

    def _all(self) -> tuple[Positions | Floats, ...]:
        return self.count, self.more, self.site, self.minutes, self.metres, self.mode


def _nearest(
    plan: Plan, stage: str, way: Travel, sites: pd.Index, steady: pd.Index, places: pd.Index, keep: int
) -> _Near:
    """Find the nearest sites of the places that have children: the first ones of the whole order, none left out.

    So many of them that `keep` are schools open in every plan.
    """
    study = plan.study
    demand = study.demand(stage)
    mine = places[places.isin(demand.index[demand > 0])]
    known = sites[np.isin(_columns(plan, sites), way.minutes.columns)]
    at_site = sites.get_indexer(known)
    is_open = np.isin(known, steady)
    columns = _columns(plan, known)
    count = np.zeros(len(places), dtype=np.int64)
    more = np.zeros(len(places), dtype=np.int64)
    parts: list[tuple[Positions, Floats, Floats, Positions]] = []
    most = min(2 * keep, len(known))
    for start in range(0, len(mine) if most else 0, _CHUNK):
        some = mine[start : start + _CHUNK]
        minutes, metres = way.cost(some, columns, "minutes"), way.cost(some, columns, "metres")
        modes = way.modes(some, columns)
        filled = np.where(np.isnan(minutes), np.inf, minutes)
        first = np.sort(np.argpartition(filled, most - 1, axis=1)[:, :most], axis=1)
        values = np.take_along_axis(filled, first, axis=1)
        order = np.take_along_axis(first, np.argsort(values, axis=1, kind="stable"), axis=1)
        reached = np.isfinite(np.take_along_axis(filled, order, axis=1))
        before: Positions = np.cumsum(is_open[order], axis=1) - is_open[order]
        kept = reached & (before < keep)
        at = places.get_indexer(some)
        count[at] = kept.sum(axis=1)
        more[at] = np.isfinite(filled).sum(axis=1) > count[at]
        rows = np.nonzero(kept)[0]
        used = np.empty(0, dtype=np.intp) if isinstance(modes, str) else modes[rows, order[kept]].astype(np.intp)
        parts.append((at_site[order[kept]], minutes[rows, order[kept]], metres[rows, order[kept]], used))
    told = (np.concatenate([part[k] for part in parts]) if parts else np.empty(0) for k in range(4))
    site, minutes, metres, mode = told
    return _Near(count, more, site.astype(np.intp), minutes, metres, mode.astype(np.intp))


def _columns(plan: Plan, sites: pd.Index) -> list[str]:
    """Give the travel columns of sites: a school opened on a candidate site keeps the site's."""
    return plan.study.site_of(sites)


def _school_columns(plan: Plan, stage: str, sites: pd.Index) -> dict[str, object]:
    study = plan.study
    mine = study.offers.loc[study.offers.index.get_level_values("stage") == stage].droplevel("stage")
    grades = study.grades(stage)
    offers = np.zeros((len(sites), len(grades)), dtype=bool)
    has = sites.isin(mine.index)
    offers[has] = offers_matrix(study, stage, sites[has])
    seats = mine["seats"].reindex(sites).astype(float)
    new = study.sites.reindex(sites[~has])
    if "seats" in new:
        seats.loc[new.index] = new["seats"].astype(float)
        offers[sites.get_indexer(new.index[new["seats"].notna()])] = True
    named = {
        "open": np.isin(sites, study.offering(stage)).astype(int),
        "seats": seats.to_numpy(),
        "rooms": mine["classrooms"].reindex(sites).astype(float).to_numpy(),
        "offers": offers @ (1 << np.arange(len(grades))),
    }
    beds = mine["beds"] if "beds" in mine else pd.Series(np.nan, mine.index)
    named["beds"] = beds.reindex(sites).fillna(0.0).to_numpy(dtype=float)
    named |= _receiving(plan, stage, sites, beds.reindex(sites).to_numpy(dtype=float))
    order = study.schools.index.get_indexer(sites)
    # Schools stand in the study's order, candidate sites behind them, as `apply` would put them.
    named["order"] = np.where(order >= 0, order, len(study.schools) + np.arange(len(sites)))
    return {key: pack(values) for key, values in named.items()}


def _receiving(plan: Plan, stage: str, sites: pd.Index, beds: Floats) -> dict[str, object]:
    """Give what a school that takes pupils from closed ones is held to (`closures.js`); NaN where not told.

    known: whether its beds are told; canteen: its canteen seats; building: 3 or 4 for grade C or D (dangerous), else 0;
    other: pupils of its other stage that its size limit counts; size: that limit.
    """
    schools = plan.study.schools
    case = Case(plan, stage)
    grade = schools["building_grade"].reindex(sites) if "building_grade" in schools else pd.Series("", sites)
    canteen = schools["canteen_seats"].reindex(sites) if "canteen_seats" in schools else pd.Series(np.nan, sites)
    letter = grade.astype("string").fillna("").str.strip().str.upper().str[:1]
    whole = whole_roll(case)
    limit = plan.rules.value("school_size", stage)
    size = {school: size_limit(case, str(school)) for school in whole.index}
    return {
        "known": np.isfinite(beds).astype(int),
        "canteen": canteen.astype(float).to_numpy(),
        "building": letter.map({"C": 3, "D": 4}).fillna(0).to_numpy(dtype=int),
        "other": (whole - case.schools["roll"]).reindex(sites).fillna(0.0).to_numpy(dtype=float),
        "size": np.array([size.get(site, np.inf if limit is None else limit) for site in sites], dtype=float),
    }


def _areas(plan: Plan, stage: str, sites: pd.Index, places: pd.Index) -> dict[str, str]:
    """Give the area of each site and place, one letter each ("-" not known); rules say by it whom they bind."""
    case = Case(plan, stage)
    kinds = {"sites": case.areas("school", sites), "places": case.areas("place", places)}
    return {kind: "".join(area[:1] or "-" for area in areas) for kind, areas in kinds.items()}


def limits(rules: Rules, stage: str, grades: Sequence[int]) -> dict[str, object]:
    """Give the limits the page judges by: by grade where a rule may hold for some grades only."""

    def of(name: str, grade: int | None = None) -> dict[str, object] | None:
        rule = rules.find(name, stage, grade)
        if rule is None or rule.scope in ("design", "mean"):
            return None
        told = {"value": rule.value.value, "source": shorten(rule.value.source), "severity": rule.severity}
        return {**told, "areas": "".join(area[:1] for area in rule.areas)}

    cited: list[dict[str, object]] = []

    def each(name: str) -> list[int]:
        """Give each grade the position of its rule in `cited`, −1 for none."""
        found = [of(name, grade) for grade in grades]
        for rule in found:
            if rule is not None and rule not in cited:
                cited.append(rule)
        return [-1 if rule is None else cited.index(rule) for rule in found]

    return {
        "class": class_limit(rules, stage),
        "classes": [class_limit(rules, stage, grade) for grade in grades],
        "roomSeats": ROOM_SEATS[stage],
        "large": rules.value("large_class", stage, default=LARGE) or LARGE,
        "huge": rules.value("super_large_class", stage, default=SUPER_LARGE) or SUPER_LARGE,
        "classSize": each("class_size"),
        "reachMinutes": each("reach_minutes"),
        "reachMetres": each("reach_metres"),
        "cited": cited,
        "schoolSize": of("school_size"),
        "largeClass": of("large_class"),
        "leastRoll": of("least_roll") or of("funding_floor_roll"),
        "closures": {name: of(name) for name in LIVE_CLOSURES[:-1]},
        "building": {"source": both(UNSAFE_SOURCE), **{grade: both(text) for grade, text in UNSAFE_GRADES.items()}},
    }


def _returned(plan: Plan, stage: str, sites: pd.Index) -> dict[str, str]:
    """Give the classes that are known rather than formed; they hold while the roll of the grade stays."""
    table = class_table(plan, stage)
    table = table.loc[(table["known"] != "formed") & table["school_id"].isin(sites)]
    grades = pd.Index(plan.study.grades(stage))
    at = {"site": sites.get_indexer(table["school_id"]), "grade": grades.get_indexer(table["grade"])}
    columns = ("pupils", "classes", "largest", "large", "super_large", "in_large")
    told = at | {c: table[c].to_numpy(dtype=float) for c in columns}
    told["register"] = table["known"].eq("register").astype(int).to_numpy()
    return {key: pack(values) for key, values in told.items()}


def _children(
    plan: Plan,
    stage: str,
    sites: pd.Index,
    places: pd.Index,
    bands: Sequence[Travel],
    band: Sequence[int],
    near: Sequence[_Near],
    half: bool,
) -> dict[str, object]:
    """Lay out who goes where: the ways (place, school, band), and the children of each by grade, group and manner."""
    done = plan.assignments[stage]
    flows = done.flows
    grades = pd.Index(plan.study.grades(stage))
    groups = pd.Index(sorted({*flows["group"].unique(), *done.unplaced["group"].unique()} - {""}))
    place, site = places.get_indexer(flows["place_id"]), sites.get_indexer(flows["school_id"])
    grade, group = grades.get_indexer(flows["grade"]), groups.get_indexer(flows["group"])
    how = pd.Index(HOW).get_indexer(flows["how"])
    rank = plan.study.schools.index.get_indexer(flows["school_id"])
    order = np.lexsort([flows["how"].astype(str), group, grade, rank, place])
    place, site, grade, group, how = (column[order] for column in (place, site, grade, group, how))
    its_band = np.array(band, dtype=np.intp)[grade]
    key = np.stack([place, site, its_band])
    new = np.ones(len(place), dtype=bool)
    new[1:] = (key[:, 1:] != key[:, :-1]).any(axis=0)
    slot = np.full(int(new.sum()), OWN)
    for number, table in enumerate(near):
        mine = its_band[new] == number
        slot[mine] = table.slots(place[new][mine], site[new][mine])
    own = slot == OWN
    ways = _pair_ways(plan, bands, its_band[new][own], place[new][own], site[new][own], sites, places)
    minutes, metres, mode = ways
    code = ((grade * max(len(groups), 1) + group) * len(HOW) + how) * 2 + new
    waiting = done.unplaced.loc[(done.unplaced["reason"] == NO_SEAT.en) & done.unplaced["place_id"].isin(places)]
    outside = done.outside.loc[done.outside["school_id"].isin(sites)]
    return {
        "groups": len(groups),
        "pairs": {
            "place": pack(np.diff(place[new], prepend=0)),
            "site": pack(site[new]),
            "slot": pack(slot),
            "minutes": pack(minutes, half),
            "metres": pack(metres, half),
            **({"mode": pack(mode)} if any(way.ways is not None for way in bands) else {}),
        },
        "rows": {"code": pack(code), "pupils": pack(flows["pupils"].to_numpy(dtype=float)[order])},
        "waiting": {
            "place": pack(places.get_indexer(waiting["place_id"])),
            "grade": pack(grades.get_indexer(waiting["grade"])),
            "group": pack(groups.get_indexer(waiting["group"])),
            "pupils": pack(waiting["pupils"].to_numpy(dtype=float)),
        },
        "outside": {
            "site": pack(sites.get_indexer(outside["school_id"])),
            "grade": pack(grades.get_indexer(outside["grade"])),
            "pupils": pack(outside["pupils"].to_numpy(dtype=float)),
        },
        "unplaced": float(done.unplaced["pupils"].sum()),
    }


def _pair_ways(
    plan: Plan,
    bands: Sequence[Travel],
    band: Positions,
    place: Positions,
    site: Positions,
    sites: pd.Index,
    places: pd.Index,
) -> tuple[Floats, Floats, Positions]:
    """Look up the ways of pairs: adult minutes and metres, NaN where there is none, and by what (`OWN`: none)."""
    minutes, metres = np.full(len(place), np.nan), np.full(len(place), np.nan)
    mode = np.full(len(place), OWN)
    columns = np.array(_columns(plan, sites), dtype=object)
    for number, way in enumerate(bands):
        mine = band == number
        rows = way.minutes.index.get_indexer(places[place[mine]])
        at = way.minutes.columns.get_indexer(columns[site[mine]])
        minutes[mine] = way.minutes.to_numpy(dtype=float)[rows, at]
        metres[mine] = way.metres.to_numpy(dtype=float)[rows, at]
        if way.ways is not None:
            used = way.ways.to_numpy(dtype=np.int64)[rows, at]
            mode[mine] = np.where(used < 0, OWN, used)
    return minutes, metres, mode


def live_data(
    plans: Sequence[Plan], stages: Sequence[str], schools: pd.Index, places: pd.Index
) -> Mapping[str, dict[str, object]]:
    """Give the engine's data of every stage, the nearest sites within the budget."""
    demand = {stage: max(float((plan.study.demand(stage) > 0).sum()) for plan in plans) for stage in stages}
    whole = sum(demand.values()) or 1.0
    return {stage: live_stage(plans, stage, schools, places, BUDGET * demand[stage] / whole) for stage in stages}
