"""What it costs to go along an edge, there and back, by each mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.travel.bends import turn_minutes
from layout_planner.travel.network import CLASSES, Network, truth
from layout_planner.travel.relief import Heights

ROAD_MODES = ("walk", "bike", "ebike", "drive", "bus")
"""Modes that run on the roads; "mixed" is put together from walk and bus, "usual" from what each child uses."""

ON_FOOT = ("walk", "bike", "ebike")
"""Modes that hazards hold for, and that turn where they like."""

_RULED_AS = {"ebike": "bike"}
"""An electric bicycle by GB 17761-2018 is no motor vehicle (道路交通安全法, art. 119): a bicycle's rules hold."""


def ruled_as(mode: str) -> str:
    """Give the mode whose rules of the road hold for a mode."""
    return _RULED_AS.get(mode, mode)


@dataclass(frozen=True, eq=False)
class EdgeCosts:
    """Minutes along every edge, and how they mount up on the way.

    Parameters
    ----------
    there, back
        Minutes from tail to head and from head to tail, (m,); inf where the mode may not go.
    start
        Samples of edge e are start[e]:start[e+1], in equal steps from tail to head, (m+1,).
    there_to, back_to
        Minutes from the tail to each sample, and from each sample to the tail, as if both ways were open.
    """

    there: Floats
    back: Floats
    start: npt.NDArray[np.int64]
    there_to: Floats
    back_to: Floats

    def to_tail(self, edge: npt.NDArray[np.intp], share: Floats) -> tuple[Floats, Floats]:
        """Give minutes from the tail to a share of the edge, and back from there; inf the way that is closed.

        Standing on the tail costs nothing, closed or not.
        """
        return self._part(edge, share, self.there_to, self.there), self._part(edge, share, self.back_to, self.back)

    def to_head(self, edge: npt.NDArray[np.intp], share: Floats) -> tuple[Floats, Floats]:
        """Give minutes from a share of the edge to the head, and back from there; inf the way that is closed."""
        rest = 1 - share
        there, back = self._whole(edge, self.there_to), self._whole(edge, self.back_to)
        before_there = _between(self.start, self.there_to, edge, share)
        before_back = _between(self.start, self.back_to, edge, share)
        return (
            np.where(rest == 0, 0.0, np.where(np.isinf(self.there[edge]), np.inf, there - before_there)),
            np.where(rest == 0, 0.0, np.where(np.isinf(self.back[edge]), np.inf, back - before_back)),
        )

    def _whole(self, edge: npt.NDArray[np.intp], mounting: Floats) -> Floats:
        return mounting[self.start[edge + 1] - 1]

    def _part(self, edge: npt.NDArray[np.intp], share: Floats, mounting: Floats, whole: Floats) -> Floats:
        part = _between(self.start, mounting, edge, share)
        return np.where(share == 0, 0.0, np.where(np.isinf(whole[edge]), np.inf, part))


def _between(start: npt.NDArray[np.int64], mounting: Floats, edge: npt.NDArray[np.intp], share: Floats) -> Floats:
    steps = start[edge + 1] - start[edge] - 1
    at = share * steps
    below = np.minimum(at.astype(np.int64), steps - 1)
    first = start[edge] + below
    value: Floats = mounting[first] + (mounting[first + 1] - mounting[first]) * (at - below)
    return value


@dataclass(frozen=True, eq=False)
class Access:
    """Where a mode may go.

    Parameters
    ----------
    there, back
        Open from tail to head, and from head to tail, (m,).
    ends_only
        Open only to those who begin or end there, (m,).
    told
        The layer says yes in so many words, (m,).
    """

    there: npt.NDArray[np.bool_]
    back: npt.NDArray[np.bool_]
    ends_only: npt.NDArray[np.bool_]
    told: npt.NDArray[np.bool_]


def access_of(network: Network, mode: str) -> Access:
    """Read off the road layer where a mode may go.

    The column named like the mode holds the words of `roads.access.Access`, or plain yes and no; where it is
    empty the class decides: motorways carry no one on foot or by bicycle, paths no car, ferries only walkers and
    bicycles. `oneway` holds for all but walkers, on a ferry for them too, `foot` = no for walkers and bicycles.
    """
    mode = ruled_as(mode)
    kind = network.table["class"]
    m = len(kind)
    oneway = network.flag("oneway")
    if mode == "walk":  # one who walks need not heed it; one who is carried goes where the boat goes
        oneway = oneway & (kind == "ferry").to_numpy()
    by_class = (kind != "motorway" if mode in ON_FOOT else ~kind.isin(("path", "ferry"))).to_numpy()
    if mode in ON_FOOT:
        by_class = by_class & ~forbidden(network, "foot")
    there, back = by_class.copy(), by_class & ~oneway
    ends_only, told = np.zeros(m, dtype=bool), np.zeros(m, dtype=bool)
    if mode in network.table:
        codes, words = pd.factorize(network.table[mode].astype(object))
        for code, word in enumerate(words):
            mine = codes == code
            lead, _, way = str(word).strip().lower().partition(" ")
            opened = lead in ("open", "ends") or bool(truth(pd.Series([lead], dtype="string"))[0])
            there[mine] = opened and way != "backward"
            back[mine] = opened & (way != "forward" if way else ~oneway[mine])
            ends_only[mine] = lead == "ends"
            told[mine] = opened and lead not in ("open", "ends")
    return Access(there, back, ends_only, told)


def before_the_ride(mode: str, v: Mapping[str, float]) -> float:
    """Give the minutes of a way that are spent neither walking nor riding: at the bus stop, getting the bicycle out."""
    return v["bus_wait"] if mode == "bus" else v["ebike_ready"] if mode == "ebike" else 0.0


def edge_costs(network: Network, mode: str, v: Mapping[str, float], heights: Heights) -> EdgeCosts:
    """Reckon what every edge costs.

    Everyone keeps to where the mode may go (`access_of`), cars to roads wide and high enough (`car_width`,
    `car_height`), the bus to roads that can carry it (`bus_roads`). Cars and buses go at `limit_share` of the speed
    limit where one is known, else by class, and lose time by turning (`bends`) and at traffic lights. A bicycle that
    must be pushed goes as fast as one walks. Passing a hazard costs its `hazard_minutes`; inf closes the edge. A ferry
    takes its `minutes`, and those who board wait.
    """
    access = access_of(network, mode)
    slope, edge = heights.slopes(network.metres)
    steps = np.diff(heights.start) - 1
    run = (network.metres / steps)[edge]
    shut = np.zeros(len(network.tail), dtype=bool)
    extra = np.zeros(len(network.tail))
    turns = [extra, extra]
    if mode in ON_FOOT:
        up, down = (run / (_on_foot(network, mode, s, edge, v) * 1000 / 60) for s in (slope, -slope))
        if "hazard_minutes" in network.table:
            extra = network.table["hazard_minutes"].fillna(0.0).to_numpy(dtype=float)
            shut = np.isinf(extra)
            extra = np.where(shut, 0.0, extra)
    else:
        kmh = class_speeds(network, v)
        shut = kmh == 0
        if mode == "bus":
            kmh = np.minimum(kmh, v["bus_top"])
            shut |= ~bus_roads(network, v, heights)
        else:
            shut |= (amount(network, "maxheight") < v["car_height"]) | (_narrowest(network) < v["car_width"])
            shut |= (amount(network, "maxweight") < v["car_weight"]) | (amount(network, "maxlength") < v["car_length"])
        pace = 60 / (np.where(kmh == 0, 1.0, kmh) * 1000)
        if mode == "bus":
            pace = pace + v["bus_stop"] / (v["bus_stop_every"] * 1000)
        up = down = run * pace[edge]
        extra = v["light"] * np.nan_to_num(amount(network, "lights"))
        coming, going = turn_minutes(network, access.there & ~shut, access.back & ~shut, v)
        turns = [going[:, a] + coming[:, 1 - a] for a in (0, 1)]
    share, (ahead, behind) = extra[edge] / steps[edge], (turn[edge] / steps[edge] for turn in turns)
    up, down = _by_ferry(network, v, edge, steps, up + share + ahead, down + share + behind)
    return _mount(heights.start, up, down, edge, shut | ~access.there, shut | ~access.back)


def _on_foot(network: Network, mode: str, slope: Floats, edge: npt.NDArray[np.int64], v: Mapping[str, float]) -> Floats:
    """Give the speed of walkers, or of bicycles, those that are pushed included, km/h."""
    if mode == "walk":
        return walking_speed(slope, v)
    push = network.flag("push")[edge]
    riding = electric_speed(slope, v) if mode == "ebike" else cycling_speed(slope, v)
    return np.where(push, walking_speed(slope, v), riding) if push.any() else riding


def _by_ferry(
    network: Network,
    v: Mapping[str, float],
    edge: npt.NDArray[np.int64],
    steps: npt.NDArray[np.int64],
    up: Floats,
    down: Floats,
) -> tuple[Floats, Floats]:
    """Put in what ferries cost: the crossing, and the wait of those who come aboard from a road."""
    ferry = (network.table["class"] == "ferry").to_numpy()
    if not ferry.any():
        return up, down
    crossing = amount(network, "minutes")
    crossing = np.where(np.isnan(crossing), network.metres / (v["ferry_speed"] * 1000 / 60), crossing)
    wait = amount(network, "wait")
    wait = np.where(np.isnan(wait), v["ferry_wait"], wait)
    land = np.zeros(len(network.xy), dtype=bool)
    land[network.tail[~ferry]] = land[network.head[~ferry]] = True
    there, back = crossing + wait * land[network.tail], crossing + wait * land[network.head]
    on = ferry[edge]
    return np.where(on, there[edge] / steps[edge], up), np.where(on, back[edge] / steps[edge], down)


def _mount(
    start: npt.NDArray[np.int64],
    up: Floats,
    down: Floats,
    edge: npt.NDArray[np.intp],
    closed: npt.NDArray[np.bool_],
    closed_back: npt.NDArray[np.bool_],
) -> EdgeCosts:
    """Add the steps of every edge up."""
    to: list[Floats] = []
    after = np.arange(len(edge)) + edge + 1
    for cost in (up, down):
        mounting = np.zeros(start[-1])
        mounting[after] = cost
        running = np.cumsum(mounting)
        # One sum over all edges, then each begins at nought: on a million edges the tenth digit is still right.
        running -= np.repeat(running[start[:-1]], np.diff(start))
        to.append(running)
    whole = [np.bincount(edge, weights=cost, minlength=len(closed)) for cost in (up, down)]
    return EdgeCosts(np.where(closed, np.inf, whole[0]), np.where(closed_back, np.inf, whole[1]), start, to[0], to[1])


def walking_speed(slope: Floats, v: Mapping[str, float]) -> Floats:
    """Give the speed on foot, km/h, by Tobler's hiking function.

    Parameters
    ----------
    slope
        Rise over run in the direction of walking; beyond `walk_steepest` it is taken for the raster's error.

    References
    ----------
    W. Tobler 1993, Three presentations on geographical analysis and modeling, NCGIA 93-1.
    """
    held = np.clip(slope, -v["walk_steepest"], v["walk_steepest"])
    speed: Floats = v["walk_top"] * np.exp(-v["walk_decay"] * np.abs(held + v["walk_shift"]))
    return speed


def cycling_speed(slope: Floats, v: Mapping[str, float]) -> Floats:
    """Give the speed of a bicycle, km/h: so much slower for each per cent up, so much faster for each down."""
    percent = 100 * slope
    speed = v["bike_flat"] - v["bike_up"] * np.maximum(percent, 0) + v["bike_down"] * np.maximum(-percent, 0)
    return np.clip(speed, v["bike_least"], v["bike_top"])


def electric_speed(slope: Floats, v: Mapping[str, float]) -> Floats:
    """Give the speed of a parent's electric bicycle with a child on it, km/h.

    On the flat and downhill `ebike_flat`; uphill what the motor's power carries, P·η / (m·g·(slope + rolling)), never
    less than pushing it.
    """
    pull = v["ebike_mass"] * 9.81 * (np.maximum(slope, 0.0) + v["ebike_rolling"])
    climbs = 3.6 * v["ebike_power"] * v["ebike_drive"] / pull
    return np.clip(climbs, v["bike_least"], v["ebike_flat"])


def class_speeds(network: Network, v: Mapping[str, float]) -> Floats:
    """Give the driving speed of each edge, km/h: a share of its speed limit, or by its class; 0 where no car goes.

    On roads from OpenStreetMap (column `highway`) its own classes count, `osm_residential` …; else ours.
    """
    known = {name: v["ferry_speed"] if name == "ferry" else v[f"drive_{name}"] for name in CLASSES}
    kmh = np.array([known[name] for name in CLASSES])[network.table["class"].cat.codes]
    if "highway" in network.table:
        finer = {name.removeprefix("osm_"): value for name, value in v.items() if name.startswith("osm_")}
        by_kind = _looked_up(network.table["highway"], finer)
        kmh = np.where(np.isnan(by_kind) | (kmh == 0), kmh, by_kind)
    limit = amount(network, "maxspeed")
    return np.where(np.isnan(limit) | (kmh == 0), kmh, v["limit_share"] * limit)


def _looked_up(column: pd.Series, known: Mapping[str, float]) -> Floats:
    """Give the number of each word, nan for other words: a few words on many roads are looked up once each."""
    codes, words = pd.factorize(column.to_numpy(dtype=object))
    return np.array([*(known.get(word, np.nan) for word in words), np.nan], dtype=float)[codes]


def bus_roads(network: Network, v: Mapping[str, float], heights: Heights) -> npt.NDArray[np.bool_]:
    """Tell which edges a school bus may pass.

    Where the layer's column `bus` says yes or no, that holds. Else a bus passes every road but paths, fords, roads
    narrower than `bus_width` (column `width`, metres), lower, narrower, weaker or shorter than the bus (`maxheight`,
    `maxwidth`, `maxweight`, `maxlength`), and village roads with a step steeper than `bus_steep`.
    """
    access = access_of(network, "bus")
    slope, edge = heights.slopes(network.metres)
    steepest = np.zeros(len(network.tail))
    np.maximum.at(steepest, edge, np.abs(slope))
    kind = network.table["class"]
    passable = (kind != "path").to_numpy() & ~network.flag("ford")
    passable &= ~((kind == "village").to_numpy() & (steepest > v["bus_steep"]))
    for column, least in (
        ("width", "bus_width"), ("maxwidth", "bus_body"), ("maxheight", "bus_height"), ("maxweight", "bus_weight"),
        ("maxlength", "bus_length"),
    ):  # fmt: skip
        passable &= ~(amount(network, column) < v[least])
    return (passable | access.told) & (access.there | access.back)


def amount(network: Network, column: str) -> Floats:
    """Give a column of numbers; nan where the layer lacks it or it is no number."""
    if column not in network.table:
        return np.full(len(network.tail), np.nan)
    return pd.to_numeric(network.table[column], errors="coerce").to_numpy(dtype=float)


def _narrowest(network: Network) -> Floats:
    return np.fmin(amount(network, "width"), amount(network, "maxwidth"))


def forbidden(network: Network, name: str) -> npt.NDArray[np.bool_]:
    """Tell where a column says no; where it is empty nothing is forbidden."""
    if name not in network.table:
        return np.zeros(len(network.tail), dtype=bool)
    column = network.table[name]
    return column.notna().to_numpy() & ~truth(column)
