"""The schools of 涪溪县（模拟）: where they stand, who goes there before and after the mergers of 2023."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra

from .draw import Bools, Floats, Ints, farthest_points, share_out
from .fuxi_land import SEAT_PARTS, Land
from .schooling import balance, draw_flows, weights

GRADES = {"kindergarten": (-2, -1, 0), "primary": tuple(range(1, 7)), "junior": (7, 8, 9), "senior": (10, 11, 12)}

# Standards §1.1: 119 → 83 → 39 + 2 primary schools, 50 → 28 → 16 junior schools; 3 of the junior are nine-year schools.
PRIMARY = {"seat": 9, "sub": 3, "centre": 28, "village": 79}
JUNIOR = {"seat": 5, "sub": 2, "centre": 28, "second": 15}
CLOSED_2023 = {"primary": 36, "junior": 22}
CLOSED_LATER = {"primary": 44, "junior": 12}
NINE_YEAR, TEACHING_POINTS, CAMPUSES = 3, 14, 4
MOVED_PUPILS, MOVED_TEACHERS = 9_584, 885  # standards §1.1

# Pupils all schools of a sort have together before the mergers; the centre schools get what is left (see README).
SHARES = {
    "primary": {
        "seat": 13_600,
        "sub": 3_300,
        "village": 13_500,
        "village-closed": 3_240,
        "nine": 1_350,
        "tp": 900,
        "campus": 1_300,
    },
    "junior": {"seat": 7_600, "sub": 2_000, "second-closed": 3_500, "centre-closed": 2_840, "nine": 1_350},
}
# Who goes home every day goes to a school near by: the draw falls to a third within REACH, and ends at HOME.
REACH = {"kindergarten": 700.0, "primary": 700.0, "junior": 2_000.0, "senior": 3_000.0}
HOME = 6_500.0
# Of the families from farther than AWAY from a strong school so many take rooms beside it (陪读) or let the child board
# there; the more, the farther their nearest school is (assumed: README). Nobody goes between HOME and AWAY by choice.
AWAY = 9_000.0
TOWN = {"kindergarten": 0.0, "primary": 0.07, "junior": 0.14, "senior": 1.0}
FAR_MORE = 4.0
RANKED_BY = {"primary": (2_000.0, 0.035), "junior": (4_200.0, 0.06)}


@dataclass(eq=False)
class Stage:
    """One stage of schooling: its schools (rows of the school table), and the flows of children.

    Attributes
    ----------
    rows
        Schools of this stage, all that were open before the mergers; index 0..n-1.
    metres
        Place × school along the roads.
    before, now
        Place × school × grade children.
    into
        Position of the receiving school for those merged in 2023, else -1.
    """

    rows: pd.DataFrame
    metres: Floats
    before: Ints
    now: Ints
    into: Ints


class _Sites:
    """Hands out spots for schools near places."""

    def __init__(self, land: Land) -> None:
        self.land = land
        self.places = land.places
        self.township = land.places["township"].to_numpy()
        self.xy = land.mesh.xy[land.places["node"].to_numpy()]
        self.people = land.places["population"].to_numpy().astype(float)

    def first(self, township: int) -> int:
        """The middle place of a township."""
        return int(self.places.index[(self.township == township) & (self.places["rank"] == 0)][0])

    def spread(self, pool: Ints, count: int, taken: list[int], power: float = 0.35) -> list[int]:
        """Places of a pool, far from those taken and from each other, rather large ones."""
        if count == 0:
            return []
        both = np.concatenate([np.asarray(taken, dtype=np.int64), pool])
        weight = np.concatenate([np.ones(len(taken)), (self.people[pool] / self.people[pool].mean()) ** power])
        found = farthest_points(self.xy[both], count, list(range(len(taken))) or [int(np.argmax(weight))], weight)
        chosen = [int(both[i]) for i in found]
        for _ in range(3):  # farthest points lie on the rim: move each to the middle of the people it is nearest to
            homes = taken + chosen
            nearest = np.hypot(*(self.xy[pool][:, None] - self.xy[homes][None]).transpose(2, 0, 1)).argmin(axis=1)
            for i in range(count):
                own = pool[nearest == len(taken) + i]
                if len(own):
                    heart = np.average(self.xy[own], axis=0, weights=self.people[own])
                    chosen[i] = int(own[np.argmin(np.hypot(*(self.xy[own] - heart).T))])
        return chosen


def _row(place: int, role: str, stage: str, kind: str, **more: object) -> dict[str, object]:
    return {
        "place": place,
        "role": role,
        "stage": stage,
        "kind": kind,
        "fate": "keep",
        "parent": -1,
        "ownership": "public",
    } | more


def _rural_counts(sites: _Sites, total: int) -> Ints:
    """Village schools per township, by people."""
    people = np.bincount(sites.township, weights=sites.people)
    people[: SEAT_PARTS + 1] = 0
    return share_out(people, total)


def _town_schools(sites: _Sites, stage: str, kind: str, seat: int, sub: int) -> list[dict[str, object]]:
    """Schools of the county seat and the sub-centre, spread over their estates."""
    city = np.flatnonzero(sites.township < SEAT_PARTS)
    town = np.flatnonzero((sites.township == SEAT_PARTS) & (sites.places["kind"] != "village"))
    rows = [_row(p, "seat", stage, kind) for p in [sites.first(0), *sites.spread(city, seat - 1, [sites.first(0)])]]
    heart = sites.first(SEAT_PARTS)
    return rows + [_row(p, "sub", stage, kind) for p in [heart, *sites.spread(town, sub - 1, [heart])]]


def list_schools(land: Land) -> pd.DataFrame:
    """Put up the primary and junior schools as they stood before 2023; the nine-year schools have two rows."""
    sites = _Sites(land)
    towns = range(SEAT_PARTS + 1, len(land.townships))
    junior = _town_schools(sites, "junior", "311", JUNIOR["seat"], JUNIOR["sub"])
    junior += [_row(sites.first(t), "centre", "junior", "311") for t in towns]
    people = np.bincount(sites.township, weights=sites.people)
    large = [SEAT_PARTS + 1 + int(i) for i in np.argsort(-people[SEAT_PARTS + 1 :], kind="stable")[: JUNIOR["second"]]]
    seconds = []
    for t in large:
        pool = np.flatnonzero((sites.township == t) & (sites.places["kind"] == "village"))
        seconds.append(sites.spread(pool, 1, [sites.first(t)])[0])
    nine = {seconds[i] for i in farthest_points(sites.xy[seconds], NINE_YEAR, [0])}
    junior += [_row(p, "nine", "junior", "312") if p in nine else _row(p, "second", "junior", "311") for p in seconds]

    primary = _town_schools(sites, "primary", "211", PRIMARY["seat"], PRIMARY["sub"])
    primary += [_row(sites.first(t), "centre", "primary", "211") for t in towns]
    primary += [_row(p, "nine", "primary", "312") for p in sorted(nine)]
    for t, count in enumerate(_rural_counts(sites, PRIMARY["village"]).tolist()):
        taken = [sites.first(t), *[p for p in sorted(nine) if sites.township[p] == t]]
        pool = np.flatnonzero((sites.township == t) & (sites.places["kind"] == "village"))
        primary += [_row(p, "village", "primary", "211") for p in sites.spread(pool, count, taken)]
    used = [int(str(r["place"])) for r in primary]
    villages = np.flatnonzero((sites.places["kind"] == "village") & (sites.township > SEAT_PARTS))
    remote = sites.spread(villages, TEACHING_POINTS, used, 0.1)
    primary += [_row(p, "tp", "primary", "218", parent_township=int(sites.township[p])) for p in remote]
    for t in (1, 3, SEAT_PARTS, int(large[0])):
        pool = np.flatnonzero((sites.township == t) & (sites.places["kind"] != "village"))
        spot = sites.spread(pool, 1, used)[0]
        used.append(spot)
        primary.append(_row(spot, "campus", "primary", "211", parent_township=t))
    frame = pd.DataFrame(primary + junior)
    frame["township"] = sites.township[frame["place"]]
    return frame


def list_kindergartens(rng: np.random.Generator, land: Land) -> pd.DataFrame:
    """Put up kindergartens: one public one in every township, private ones in the towns, some without a licence."""
    sites = _Sites(land)
    rows = [_row(sites.first(t), "town", "kindergarten", "111") for t in range(len(land.townships))]
    city = np.flatnonzero(sites.township < SEAT_PARTS)
    town = np.flatnonzero((sites.township == SEAT_PARTS) & (sites.places["kind"] != "village"))
    taken = [int(str(r["place"])) for r in rows]
    rows += [_row(p, "city", "kindergarten", "111") for p in sites.spread(city, 26, taken)]
    rows += [_row(p, "city", "kindergarten", "111") for p in sites.spread(town, 5, taken)]
    villages = np.flatnonzero(sites.township > SEAT_PARTS)
    rows += [_row(p, "village", "kindergarten", "111") for p in sites.spread(villages, 30, taken, 0.8)]
    frame = pd.DataFrame(rows)
    frame["township"] = sites.township[frame["place"]]
    private = (frame["role"] != "town") & (rng.random(len(frame)) < 0.55)
    frame["ownership"] = np.where(private, "private", "public")
    frame["licensed"] = np.where(private & (rng.random(len(frame)) < 0.27), 0, 1)
    inclusive = ~private | ((frame["licensed"] == 1) & (rng.random(len(frame)) < 0.6))
    frame["inclusive"] = inclusive.astype(int)
    return frame


def list_seniors(land: Land) -> pd.DataFrame:
    """Put up four senior schools in the seat (one of them a complete middle school's) and one in the sub-centre."""
    sites = _Sites(land)
    rows = _town_schools(sites, "senior", "342", 4, 1)
    rows[3]["kind"] = "341"
    frame = pd.DataFrame(rows)
    frame["township"] = sites.township[frame["place"]]
    return frame


def offered_grades(rows: pd.DataFrame) -> np.ndarray:
    """School × grade: teaching points have grades 1 to 3 only."""
    grades = np.asarray(GRADES[str(rows["stage"].iloc[0])])
    offered = np.ones((len(rows), len(grades)), dtype=bool)
    offered[(rows["role"] == "tp").to_numpy()] = grades <= 3
    return offered


def road_metres(land: Land, from_nodes: Ints, to_nodes: Ints) -> Floats:
    """Way along the roads, metres: rows ``to_nodes``, columns ``from_nodes``."""
    return np.asarray(dijkstra(land.mesh.graph(built_only=True), indices=from_nodes)[:, to_nodes].T)


def _decide_fates(rows: pd.DataFrame, natural: Floats, xy: Floats) -> None:
    """Name the schools merged in 2023 and later: small village schools first, and far juniors kept for the way."""
    stage = str(rows["stage"].iloc[0])
    fate = rows["fate"].to_numpy().astype(object)
    size = pd.Series(natural, index=rows.index)
    if stage == "primary":
        village = size[rows["role"] == "village"].sort_values(kind="stable").index
        fate[village[: CLOSED_2023["primary"]]] = "2023"
        fate[village[CLOSED_2023["primary"] :]] = "later"
        parents = set(rows["parent_township"].dropna().astype(int))
        spare = size[(rows["role"] == "centre") & ~rows["township"].isin(parents)]
        more = CLOSED_LATER["primary"] - int((fate == "later").sum())
        fate[spare.sort_values(kind="stable").index[:more]] = "later"
    else:
        fate[rows["role"] == "second"] = "2023"
        centre = rows.index[rows["role"] == "centre"].to_numpy()
        keep = rows.index[rows["role"].isin(["seat", "sub", "nine"])].to_numpy()
        both = np.concatenate([keep, centre])
        start = list(range(len(keep)))
        weight = np.sqrt(natural[both] / natural[both].mean())
        stay_now = [int(both[i]) for i in farthest_points(xy[both], 18, start, weight)]
        fate[np.setdiff1d(centre, stay_now)] = "2023"
        fate[stay_now[6:]] = "later"  # the first six chosen lie farthest apart: they are kept for good
    rows["fate"] = fate
    counted = rows["role"].isin(["seat", "sub", "centre", "village", "second"])
    assert int((fate == "2023").sum()) == CLOSED_2023[stage]
    assert int((counted & (fate == "later")).sum()) == CLOSED_LATER[stage]


def _targets(rows: pd.DataFrame, natural: Floats, total: int) -> Floats:
    """Roll each school should come near to, before the mergers: a share for each sort of school, by natural size."""
    stage = str(rows["stage"].iloc[0])
    sort = rows["role"].where(rows["fate"] != "2023", rows["role"] + "-closed")
    target = np.zeros(len(rows))
    shares = SHARES[stage]
    rest = total - sum(shares.values())
    for name in sort.unique():
        own = (sort == name).to_numpy()
        size = natural[own] ** 0.75
        target[own] = size / size.sum() * shares.get(str(name), rest)
    return target


def _meet_closed_total(rng: np.random.Generator, stages: list[Stage], values: list[Floats], wanted: int) -> None:
    """Move single children between a closing school and its receiver until the closing ones have exactly so many."""
    spots = []
    have = 0
    for number, stage in enumerate(stages):
        for school in np.flatnonzero(stage.into >= 0).tolist():
            have += int(stage.before[:, school].sum())
            spots += [(number, int(p), school) for p in np.flatnonzero(values[number][:, school] > 0)]
    step = 1 if wanted > have else -1
    while have != wanted:
        number, place, school = spots[int(rng.integers(len(spots)))]
        stage = stages[number]
        into = int(stage.into[school])
        source, sink = (into, school) if step > 0 else (school, into)
        grades = np.flatnonzero(stage.before[place, source] > 0)
        if len(grades) == 0:
            continue
        grade = int(rng.choice(grades))
        stage.before[place, source, grade] -= 1
        stage.before[place, sink, grade] += 1
        have += step


def _potential(metres: Floats, pull: Floats, strong: Bools, children: Ints, stage: str) -> Floats:
    """How many children each school would have if ways mattered less: what the bureau ranks its schools by."""
    reach, far = RANKED_BY[stage]
    value = pull * np.exp(-metres / reach) + far * strong * np.exp(-metres / 10_000.0)
    value = np.where(value >= 0.025 * value.max(axis=1, keepdims=True), value, 0.0)
    return np.asarray((value / value.sum(axis=1, keepdims=True) * children.sum(axis=1, keepdims=True)).sum(axis=0))


def _town_goers(metres: Floats, strong: Bools, share: float) -> Floats:
    """Place × school: the share of a place's children that goes to each strong school and stays there over the week.

    The nearest of the strong schools that are too far to come home from count most.
    """
    beyond = metres.min(axis=1, initial=np.inf, where=strong) > AWAY
    remote = np.clip(metres.min(axis=1) / HOME, 0.0, 1.0)
    goes = np.where(beyond, np.minimum(share * (1 + FAR_MORE * remote**2), 1.0), 0.0)
    choice = np.exp(-metres / 25_000.0) * strong
    return np.asarray(goes[:, None] * choice / np.maximum(choice.sum(axis=1, keepdims=True), 1e-12))


def place_children(rng: np.random.Generator, land: Land, rows: pd.DataFrame, children: Ints) -> tuple[Stage, Floats]:
    """Choose a school for every child of one stage."""
    stage = str(rows["stage"].iloc[0])
    nodes = land.places["node"].to_numpy()
    school_nodes = nodes[rows["place"].to_numpy()]
    metres = road_metres(land, school_nodes, nodes)
    strong = rows["role"].isin(["seat", "sub", "city"]).to_numpy()
    small = rows["role"].isin(["village", "tp", "second"]).to_numpy()
    pull = np.where(strong, 1.3, np.where(small, 0.8, 1.0))
    offered = offered_grades(rows)
    goes = _town_goers(metres, strong, TOWN[stage])
    value = weights(metres, pull, REACH[stage], HOME, goes, 1e-4, offered.all(axis=1))
    total = int(children.sum())
    even = np.full(len(rows), total / len(rows))
    natural = np.asarray((value / value.sum(axis=1, keepdims=True) * children.sum(axis=1, keepdims=True)).sum(axis=0))
    if stage in SHARES:
        _decide_fates(rows, _potential(metres, pull, strong, children, stage), land.mesh.xy[school_nodes])
        value = balance(value, children, offered, _targets(rows, natural, total))
    else:
        value = balance(value, children, offered, (natural + even) / 2, strength=0.4)
    flows = draw_flows(rng, value, children, offered)
    into = np.full(len(rows), -1)
    if stage in SHARES:
        gone = np.flatnonzero(rows["fate"] == "2023")
        takers = np.flatnonzero((rows["fate"] != "2023") & ~rows["role"].isin(["tp", "campus"]))
        away = road_metres(land, school_nodes[takers], school_nodes[gone])
        # A centre school a little farther off is chosen before a village school.
        away = away * np.where(rows["role"].to_numpy()[takers] == "village", 1.5, 1.0)
        into[gone] = takers[away.argmin(axis=1)]
    return Stage(rows, metres, flows, flows, into), value


def merge_2023(stage: Stage) -> None:
    """Let the children of the merged schools go to the receiving schools."""
    now = stage.before.copy()
    for school in np.flatnonzero(stage.into >= 0).tolist():
        now[:, stage.into[school]] += now[:, school]
        now[:, school] = 0
    stage.now = now


def school_children(rng: np.random.Generator, land: Land, pupils: pd.DataFrame) -> dict[str, Stage]:
    """Place the children of all stages, and carry out the mergers of 2023."""
    listed = list_schools(land)
    tables = {
        "kindergarten": list_kindergartens(rng, land),
        "primary": listed[listed["stage"] == "primary"].reset_index(drop=True),
        "junior": listed[listed["stage"] == "junior"].reset_index(drop=True),
        "senior": list_seniors(land),
    }
    stages, values = {}, {}
    for name, rows in tables.items():
        columns = [c for c in pupils.columns if c.startswith(f"pupils_{name}_")]
        stages[name], values[name] = place_children(rng, land, rows, pupils[columns].to_numpy())
    merged = ["primary", "junior"]
    _meet_closed_total(rng, [stages[s] for s in merged], [values[s] for s in merged], MOVED_PUPILS)
    for name in merged:
        merge_2023(stages[name])
    return stages
