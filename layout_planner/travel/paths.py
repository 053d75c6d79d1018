"""The way of a child drawn out: its line, its profile, and the stretches that are not safe, by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import shapely.ops

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import TravelError, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.base.units import Measured, in_units
from layout_planner.study import Study
from layout_planner.travel.hazards import hazards_of
from layout_planner.travel.matrix import STRAIGHT, site_points
from layout_planner.travel.modes import ON_FOOT, ROAD_MODES, before_the_ride
from layout_planner.travel.network import Snapped, truth
from layout_planner.travel.roadway import Arcs, Ends, Roadway, arrive, backward_arcs, leave, make_roadway
from layout_planner.travel.speeds import flat_walk
from layout_planner.travel.types import WAYS, Travel
from layout_planner.travel.usual import COACH, coach_of, longer_wait

PROFILE = ("metres", "minutes", "height")
PARTS = ("road", "name", "class", "metres", "minutes", "climb")
UNSAFE = ("what", "name", "from_metres", "metres", "geometry")

UNSAFE_WORDS = {
    "trunk_no_pavement": Text("trunk road without pavement", "无人行道的干线公路"),
    "trunk_unknown": Text("trunk road, pavement not recorded", "干线公路（人行道情况不明）"),
    "ford": Text("ford", "涉水过河"),
    "unlit": Text("unlit", "无照明"),
    "tunnel": Text("tunnel", "隧道"),
    "steep": Text("steep", "陡坡"),
    "no_pavement": Text("road without pavement", "无人行道路段"),
    "flood": Text("flood zone", "洪水淹没区"),
    "landslide": Text("landslide zone", "滑坡隐患区"),
    "arterial": Text("arterial road to cross", "需横穿干道"),
    "river": Text("water to cross", "需过河"),
    "railway": Text("railway to cross", "需过铁路"),
}
"""What an unsafe stretch is called; a hazard of another kind keeps the word of its table."""


@dataclass(frozen=True, eq=False, repr=False)
class Way(Measured):
    """The fastest way of one place to one site.

    Parameters
    ----------
    place_id, site_id
        From where to where.
    minutes, metres
        As in the matrix, adult pace; NaN where there is no way.
    geometry
        The line, the walks to and from the road included; None where there is no way.
    profile
        `PROFILE`: metres and minutes from the door, height above the sea (NaN without elevation).
    parts
        `PARTS`: the roads gone along, in order; `road` is the row in the study's road layer's network, −1 for the walk
        off the road, climb the metres gone up.
    unsafe
        `UNSAFE`: stretches that are not safe on foot: what, the road's or the hazard's name, where along the way.
    """

    place_id: str
    site_id: str
    minutes: float
    metres: float
    geometry: shapely.LineString | None
    profile: pd.DataFrame
    parts: pd.DataFrame
    unsafe: gpd.GeoDataFrame


@dataclass(frozen=True)
class _Leg:
    """A piece of edge from one share to another."""

    edge: int
    from_: float
    to: float


@dataclass(frozen=True, eq=False)
class _Search:
    """A search back from one site, which stands on one spot of the road."""

    point: shapely.Point
    snapped: Snapped
    ends: Ends
    dist: Floats
    came: npt.NDArray[np.int64]


def trace_ways(study: Study, travel: Travel, pairs: Iterable[tuple[str, str]]) -> list[Way]:
    """Draw the fastest ways of some places to some sites.

    Parameters
    ----------
    study, travel
        The travel must have been measured on this study's roads, by walk, bike, ebike, drive or bus, or be straight
        or usual.
    pairs
        (place_id, site_id); a site may be any school or candidate site of the study.

    Returns
    -------
    list of Way
        In the order asked for.

    Raises
    ------
    TravelError
        A place or a site is unknown, or the travel has no roads to draw (given, mixed).
    """
    asked = [(str(p), str(s)) for p, s in pairs]
    places, sites = study.place_points(), site_points(study)
    _check_known(asked, places.index, sites.index)
    if travel.ways is not None:
        return _trace_each(study, travel, asked)
    mode = travel.mode
    if travel.options.get("given") or mode not in (*ROAD_MODES, STRAIGHT):
        raise TravelError(
            str(
                Text(
                    f"{mode} ways cannot be drawn: they were not measured along roads; measure with walk, bike, drive"
                    " or bus.",
                    f"{mode} 并非沿道路计算，无法画出路线；请用 walk、bike、drive 或 bus。",
                )
            )
        )
    if mode == STRAIGHT:
        return [_crow(travel, p, s, places[p], sites[s]) for p, s in asked]
    road = make_roadway(study, mode, travel.options["speeds"])
    tracer = _Tracer(road, hazards_of(study), study.crs)
    here = list(dict.fromkeys(p for p, _ in asked))
    origin = dict(zip(here, range(len(here)), strict=True))
    from_points = places.loc[here]
    own = road.put(from_points)
    starts = [(s, leave(road, s)) for s in (own, road.put_apart(from_points, own))]
    found: dict[tuple[str, str], Way] = {}
    for site in dict.fromkeys(s for _, s in asked):
        target = sites.loc[[site]]
        searches = tracer.searches(target)
        for p in [p for p, s in asked if s == site]:
            found[p, site] = tracer.way(searches, (p, site), origin[p], starts, from_points.iloc[origin[p]])
    return [found[pair] for pair in asked]


def _trace_each(study: Study, travel: Travel, pairs: list[tuple[str, str]]) -> list[Way]:
    """Draw each pair by the mode it is gone by; a walk at an adult's pace, as `minutes` without a grade has it."""
    assert travel.ways is not None
    used = {(p, s): int(travel.ways.at[p, s]) for p, s in dict.fromkeys(pairs)}
    drawn: dict[tuple[str, str], Way] = {}
    wishes = travel.options.get("wish", {}).values()
    coach, later = coach_of(wishes), longer_wait(wishes, travel.options["speeds"])
    for code in dict.fromkeys(used.values()):
        mine = [pair for pair, own in used.items() if own == code]
        # Where there is no way at all, walking finds none either, and says so.
        mode = WAYS[max(code, 0)]
        by = travel.with_(mode=coach if mode == COACH else mode, ways=None, bands={})
        ways = trace_ways(study, by, mine)
        if mode == COACH:
            ways = [replace(way, minutes=way.minutes + later) for way in ways]
        drawn.update(zip(mine, ways, strict=True))
    return [drawn[pair] for pair in pairs]


@in_units()
def ways_table(ways: Iterable[Way], crs: str) -> gpd.GeoDataFrame:
    """List ways as one line layer: place_id, site_id, minutes, metres, climb, unsafe (named, once each), geometry."""
    drawn = list(ways)
    rows = [
        {
            "place_id": way.place_id,
            "site_id": way.site_id,
            "minutes": way.minutes,
            "metres": way.metres,
            "climb": float(way.parts["climb"].sum()),
            "unsafe_metres": float(way.unsafe["metres"].sum()),
            "unsafe": "; ".join(dict.fromkeys(unsafe_names(way))),
        }
        for way in drawn
    ]
    columns = ["place_id", "site_id", "minutes", "metres", "climb", "unsafe_metres", "unsafe"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=[way.geometry for way in drawn], crs=crs)


def unsafe_names(way: Way) -> list[str]:
    """Say the unsafe stretches of a way in the reader's language, one text each."""
    said = []
    for what, name in zip(way.unsafe["what"], way.unsafe["name"], strict=True):
        kind = str(UNSAFE_WORDS[what]) if what in UNSAFE_WORDS else str(what)
        said.append(f"{kind} {name}".strip() if name and name != kind else kind)
    return said


def _check_known(asked: list[tuple[str, str]], places: pd.Index, sites: pd.Index) -> None:
    for p, s in asked:
        for label, known, en, zh in ((p, places, "place", "居住点"), (s, sites, "school or site", "学校或选址")):
            if label not in known:
                hint = did_you_mean(label, known)
                raise TravelError(
                    str(
                        Text(
                            f"the study has no {en} {label}{hint.en}; use an id of its tables.",
                            f"数据中没有{zh} {label}{hint.zh}；请使用表中的编号。",
                        )
                    )
                )


def _no_unsafe(crs: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(columns=list(UNSAFE)), geometry="geometry", crs=crs)


def _crow(travel: Travel, p: str, s: str, a: shapely.Point, b: shapely.Point) -> Way:
    minutes, metres = float(travel.minutes.at[p, s]), float(travel.metres.at[p, s])
    line = None if np.isnan(minutes) else shapely.LineString([a, b])
    profile = pd.DataFrame([(0.0, 0.0, np.nan), (metres, minutes, np.nan)], columns=list(PROFILE))
    parts = pd.DataFrame([(-1, "", "", metres, minutes, 0.0)], columns=list(PARTS))
    return Way(p, s, minutes, metres, line, profile, parts, _no_unsafe("EPSG:4326"))


class _Tracer:
    """Searches and draws on one roadway."""

    def __init__(self, road: Roadway, hazards: gpd.GeoDataFrame | None, crs: str) -> None:
        self.road, self.hazards, self.crs = road, hazards, crs
        self.arcs: Arcs = backward_arcs(road)
        self.into = np.repeat(np.arange(road.junctions.count), np.diff(self.arcs.start))
        self.wait = before_the_ride(road.mode, road.v)
        self.hilly = bool(np.ptp(road.heights.height)) if len(road.heights.height) else False

    def searches(self, target: gpd.GeoSeries) -> list[_Search]:
        """Search backward from one site: from its nearest road, and from a longer piece of network beside it."""
        from layout_planner.travel.kernels import search

        own, arcs, found = self.road.put(target), self.arcs, []
        for put in (own, self.road.put_apart(target, own)):
            ends = arrive(self.road, put)
            dist, _, came = search(
                arcs.start, arcs.other, arcs.minutes, arcs.metres, ends.node[0], ends.cost[0], ends.length[0], np.inf
            )
            found.append(_Search(target.iloc[0], put, ends, dist, came))
        return found

    def way(
        self,
        searches: list[_Search],
        pair: tuple[str, str],
        k: int,
        starts: list[tuple[Snapped, Ends]],
        point: shapely.Point,
    ) -> Way:
        """Draw the way of the k-th origin to the site that was searched from, as `sweeps.measure` chooses it."""
        target = searches[0].point
        best, legs, foot = np.inf, [], target
        for i, j in ((0, 0), (1, 0), (0, 1), (1, 1)):  # each end's nearest road first, then the piece apart
            (snapped, out), back = starts[i], searches[j]
            if np.isfinite(best) or snapped.edge[k] < 0 or back.snapped.edge[0] < 0:
                continue
            totals = back.dist[out.node[k]] + out.cost[k]
            side = int(np.argmin(totals))
            direct = self._direct(snapped, k, back.snapped)
            best = min(float(totals[side]), direct)
            if not np.isfinite(best):
                continue
            if direct == best:
                legs = [_Leg(int(snapped.edge[k]), self._share(snapped, k), self._share(back.snapped, 0))]
            else:
                legs = self._legs(snapped, k, side, back, int(out.node[k, side]))
            foot = shapely.line_interpolate_point(self.road.network.lines[snapped.edge[k]], snapped.along[k])
        across = self._across(point, target, starts[0][0].access[k] + searches[0].snapped.access[0])
        if across < best:
            return self._draw(pair, point, target, [], target)
        if not np.isfinite(best):
            empty = pd.DataFrame(columns=list(PROFILE), dtype=float), pd.DataFrame(columns=list(PARTS))
            return Way(*pair, np.nan, np.nan, None, *empty, _no_unsafe(self.crs))
        return self._draw(pair, point, target, [leg for leg in legs if leg.from_ != leg.to], foot)

    def _share(self, s: Snapped, k: int) -> float:
        return float(s.along[k] / self.road.network.metres[s.edge[k]])

    def _direct(self, a: Snapped, k: int, b: Snapped) -> float:
        """Minutes along the one edge both lie on; inf otherwise."""
        if a.edge[k] < 0 or a.edge[k] != b.edge[0]:
            return np.inf
        leg = _Leg(int(a.edge[k]), self._share(a, k), self._share(b, 0))
        walked = (a.access[k] + b.access[0]) / (flat_walk(self.road.v) * 1000 / 60)
        return float(self._minutes(leg, np.array([leg.to]))[0] + walked)

    def _across(self, a: shapely.Point, b: shapely.Point, access: float) -> float:
        """Minutes straight across, where that is nearer than the road and nothing bars it; inf otherwise."""
        length = a.distance(b)
        if self.road.mode not in ON_FOOT or not length < access:
            return np.inf
        if len(self.road.barriers) and shapely.intersects(self.road.barriers, shapely.LineString([a, b])).any():
            return np.inf
        return float(length / (flat_walk(self.road.v) * 1000 / 60))

    def _legs(self, a: Snapped, k: int, side: int, back: _Search, node: int) -> list[_Leg]:
        """Follow the search back from the origin's end of its edge to the site's edge."""
        legs = [_Leg(int(a.edge[k]), self._share(a, k), float(side))]
        while back.came[node] >= 0:
            arc = back.came[node]
            if self.arcs.edge[arc] >= 0:  # a turn is no leg
                ahead = bool(self.arcs.ahead[arc])
                legs.append(_Leg(int(self.arcs.edge[arc]), 0.0 if ahead else 1.0, 1.0 if ahead else 0.0))
            node = int(self.into[arc])
        cost = np.where(back.ends.node[0] == node, back.ends.cost[0], np.inf)  # a ring has both ends at one node
        return [*legs, _Leg(int(back.snapped.edge[0]), float(np.argmin(cost)), self._share(back.snapped, 0))]

    def _minutes(self, leg: _Leg, shares: Floats) -> Floats:
        """Minutes from a leg's beginning to shares of its edge on the way; inf where it is closed that way."""
        edge = np.full(len(shares), leg.edge)
        if leg.to >= leg.from_:
            mounting = self.road.costs.to_tail(edge, shares)[0]
            base = self.road.costs.to_tail(edge[:1], np.array([leg.from_]))[0][0]
            return mounting - (0.0 if leg.from_ == 0 or np.isinf(base) else base)
        mounting = self.road.costs.to_tail(edge, shares)[1]
        base = self.road.costs.to_tail(edge[:1], np.array([leg.from_]))[1][0]
        spent: Floats = base - np.where(np.isinf(mounting), 0.0, mounting)
        return spent

    def _stations(self, leg: _Leg) -> Floats:
        """Shares of the edge where its heights were sampled, from the leg's beginning to its end."""
        start = self.road.heights.start
        steps = int(start[leg.edge + 1] - start[leg.edge] - 1)
        low, high = sorted((leg.from_, leg.to))
        inner = np.arange(1, steps) / steps
        shares = np.r_[low, inner[(inner > low) & (inner < high)], high]
        return shares if leg.to >= leg.from_ else shares[::-1]

    def _draw(
        self, pair: tuple[str, str], a: shapely.Point, b: shapely.Point, legs: list[_Leg], foot: shapely.Point
    ) -> Way:
        """Put a way together from the walk to the foot on the road, the legs, and the walk from the road."""
        network, heights = self.road.network, self.road.heights
        lines: list[shapely.Geometry] = []
        rows: list[tuple[float, float, float]] = [(0.0, 0.0, np.nan)]
        parts: list[tuple[object, ...]] = []
        flags: list[tuple[float, float, str, str]] = []
        metres, minutes = 0.0, self.wait
        walk = flat_walk(self.road.v) * 1000 / 60

        def off_road(p: shapely.Point, q: shapely.Point) -> None:
            nonlocal metres, minutes
            length = p.distance(q)
            if length > 0:
                lines.append(shapely.LineString([p, q]))
                metres, minutes = metres + length, minutes + length / walk
                rows.append((metres, minutes, np.nan))
                parts.append((-1, "", "", length, length / walk, 0.0))

        off_road(a, foot)
        for leg in legs:
            length = float(network.metres[leg.edge])
            shares = self._stations(leg)
            height = _heights_at(heights.start, heights.height, leg.edge, shares)
            spent = self._minutes(leg, shares)
            gone = np.abs(shares - leg.from_) * length
            name = network.table["name"].iat[leg.edge] if "name" in network.table else None
            label = "" if name is None or pd.isna(name) else str(name)
            lines.append(shapely.ops.substring(network.lines[leg.edge], leg.from_ * length, leg.to * length))
            climb = float(np.maximum(np.diff(height), 0).sum())
            parts.append((leg.edge, label, network.table["class"].iat[leg.edge], gone[-1], spent[-1], climb))
            flags += self._flags(leg, metres, gone, height, label)
            rows += list(zip(metres + gone, minutes + spent, height, strict=True))
            metres, minutes = metres + float(gone[-1]), minutes + float(spent[-1])
        end = legs[-1] if legs else None
        off_road(foot if end is None else network.lines[end.edge].interpolate(end.to, normalized=True), b)
        line = _joined(lines, a)
        profile = pd.DataFrame(rows, columns=list(PROFILE)).drop_duplicates(["metres", "minutes"], keep="last")
        profile["height"] = profile["height"].bfill().ffill() if self.hilly else np.nan
        unsafe = self._unsafe(line, flags)
        parts_table = pd.DataFrame(parts, columns=list(PARTS))
        return Way(*pair, minutes, metres, line, profile.reset_index(drop=True), parts_table, unsafe)

    def _flags(
        self, leg: _Leg, metres: float, gone: Floats, height: Floats, name: str
    ) -> list[tuple[float, float, str, str]]:
        """Tell what is unsafe about one leg: from where to where, what, which road."""
        if self.road.mode not in ON_FOOT:
            return []
        table, edge = self.road.network.table, leg.edge
        found = []

        def told(column: str) -> bool | None:
            if column not in table or pd.isna(table[column].iat[edge]):
                return None
            return bool(truth(table[column].iloc[[edge]])[0])

        if table["class"].iat[edge] == "trunk" and told("pavement") is not True:
            found.append("trunk_unknown" if told("pavement") is None else "trunk_no_pavement")
        found += [flag for flag in ("ford", "tunnel") if told(flag)]
        if told("lit") is False:
            found.append("unlit")
        whole = [(metres, metres + float(gone[-1]), what, name) for what in found]
        run = np.diff(gone)
        with np.errstate(divide="ignore", invalid="ignore"):
            steep = np.abs(np.diff(height)) / run > self.road.v["unsafe_slope"]
        return whole + [
            (metres + float(gone[i]), metres + float(gone[i + 1]), "steep", name) for i in np.flatnonzero(steep)
        ]

    def _unsafe(self, line: shapely.LineString, flags: list[tuple[float, float, str, str]]) -> gpd.GeoDataFrame:
        """Join stretches that follow on one another, and add the hazards the line meets."""
        if self.hazards is not None and self.road.mode in ON_FOOT:
            for h in np.flatnonzero(shapely.intersects(self.hazards.geometry.to_numpy(), line)):
                inside = shapely.intersection(line, self.hazards.geometry.iat[h])
                for part in shapely.get_parts(inside):
                    ends = [line.project(shapely.Point(xy)) for xy in shapely.get_coordinates(part)]
                    if part.length > 0:
                        kind, name = self.hazards["kind"].iat[h], self.hazards["name"].iat[h]
                        flags.append((min(ends), max(ends), str(kind), str(name)))
        joined: list[list] = []
        for low, high, what, name in sorted(flags, key=lambda f: (f[2], f[3], f[0])):
            last = joined[-1] if joined else None
            if last is not None and last[2:] == [what, name] and low <= last[1] + 1.0:
                last[1] = max(last[1], high)
            else:
                joined.append([low, high, what, name])
        rows = sorted(joined)
        table = pd.DataFrame(
            [(what, name, low, high - low) for low, high, what, name in rows], columns=list(UNSAFE[:-1])
        )
        shapes = [shapely.ops.substring(line, low, high) for low, high, _, _ in rows]
        return gpd.GeoDataFrame(table, geometry=shapes, crs=self.crs)


def _heights_at(start: npt.NDArray[np.int64], height: Floats, edge: int, shares: Floats) -> Floats:
    mine = height[start[edge] : start[edge + 1]]
    found: Floats = np.interp(shares, np.linspace(0, 1, len(mine)), mine)
    return found


def _joined(lines: list[shapely.Geometry], at: shapely.Point) -> shapely.LineString:
    """Join pieces end to end; where place and site are one point, a line of no length."""
    points = np.concatenate([shapely.get_coordinates(line) for line in lines]) if lines else np.empty((0, 2))
    if len(points) < 2:
        return shapely.LineString([at, at])
    keep = np.r_[True, (np.abs(np.diff(points, axis=0)) > 1e-6).any(axis=1)]
    points = points[keep] if keep.sum() > 1 else points[:2]
    return shapely.LineString(points)
