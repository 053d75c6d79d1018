"""Which coordinate system points were taken in, told by the roads: as declared, GCJ-02 or BD-09.

Townships are kilometres wide and say little about a shift of 500 m; roads say it. Schools and villages stand beside
roads, neither on them nor far from them. Each reading of the coordinates gives every point a distance to its nearest
road; how much likelier those distances are for buildings than for points anywhere near is the reading's score. What
"anywhere near" looks like is learnt from the same points moved about at random, so a dense town and a mountain valley
are each judged by their own roads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from layout_planner.base.arrays import Floats
from layout_planner.base.messages import Text
from layout_planner.reading.coordinates import transformer
from layout_planner.study.shift import shift, unshift

Reading = Literal["wgs84", "gcj02", "bd09"]
READINGS: tuple[Reading, ...] = ("wgs84", "gcj02", "bd09")

FEWEST_POINTS = 20
"""Fewer points prove nothing."""
MOST_POINTS = 400
"""More points than these are thinned evenly: they would add seconds, not certainty."""
NEAR_ROAD = 60.0
"""Metres; the share within is what a reader is shown."""
MOVES, MOVED_AT_LEAST, MOVED_AT_MOST = 100, 150.0, 1500.0
"""Random moves that teach what "anywhere near" looks like, and their metres: the order of the map services' shifts."""
MARGIN, LEAST_SCORE = 4.0, 2.0
"""Natural logarithms of odds by which the best reading must beat the next, and stand above chance, to be named."""

_PRIOR = 30.0
"""Moves' worth of weight of what all points have, against what one point has."""
_EDGES = np.array([0.0, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, np.inf])
_FARTHEST = 2048.0


@dataclass(frozen=True)
class DatumEvidence:
    """What the roads say of the coordinates of one table.

    Parameters
    ----------
    points
        How many were looked at.
    best
        The reading that fits; None where the evidence does not decide.
    score
        Reading → logarithm of the odds against chance.
    near
        Reading → share of the points within `NEAR_ROAD` metres of a road.
    median
        Reading → median metres to the nearest road.
    """

    points: int
    best: Reading | None
    score: Mapping[Reading, float]
    near: Mapping[Reading, float]
    median: Mapping[Reading, float]

    def told(self, declared: Reading) -> Text:
        """Say what fits, with the shares."""
        names = {"wgs84": "WGS 84/CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
        shares_en = ", ".join(f"{names[r]} {self.near[r]:.0%} (median {self.median[r]:.0f} m)" for r in READINGS)
        shares_zh = "，".join(f"{names[r]} {self.near[r]:.0%}（中位 {self.median[r]:.0f} 米）" for r in READINGS)
        head_en = f"{self.points} points; within {NEAR_ROAD:.0f} m of a road when read as: {shares_en}."
        head_zh = f"{self.points} 个点；按下列坐标系读取时距道路 {NEAR_ROAD:.0f} 米以内的比例：{shares_zh}。"
        if self.best is None:
            return Text(f"unsure which coordinates these are. {head_en}", f"无法判定坐标系。{head_zh}")
        if self.best == declared:
            return Text(
                f"the roads agree with {names[declared]}. {head_en}", f"道路印证为 {names[declared]}。{head_zh}"
            )
        return Text(
            f"declared {names[declared]}, but the roads say {names[self.best]}. {head_en}",
            f"声明为 {names[declared]}，但道路表明应为 {names[self.best]}。{head_zh}",
        )


def weigh_datums(
    lon: npt.ArrayLike, lat: npt.ArrayLike, roads: gpd.GeoSeries, *, seed: int = 0
) -> DatumEvidence | None:
    """Weigh the three readings of coordinates in China against the roads; nothing is changed.

    Parameters
    ----------
    lon, lat
        Degrees as they stand in the file, n each.
    roads
        Lines in a metric CRS, themselves in true position.
    seed
        Where the random moves begin.

    Returns
    -------
    DatumEvidence or None
        None where there are fewer than `FEWEST_POINTS` points or no roads.

    Notes
    -----
    The score of a reading is Σ log(p₁(d)/p₀(d)) over the distances d of its points to the nearest road, in classes. p₀
    is estimated for each point from `MOVES` random moves, common to all points, and drawn towards what all points have;
    p₁ is the best of three shapes: set back from the road, on the road (geocoded addresses), scattered. A reading is
    named when it is `MARGIN` ahead of the others, above `LEAST_SCORE` and above all but one in a hundred of the moves.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if len(x) < FEWEST_POINTS or not len(roads):
        return None
    chosen = np.unique(np.linspace(0, len(x) - 1, min(len(x), MOST_POINTS)).astype(np.int64))
    x, y = x[chosen], y[chosen]
    to_metres = transformer(pyproj.CRS(4326), pyproj.CRS(roads.crs))
    tree = shapely.STRtree(np.asarray(roads.array))
    readings: dict[Reading, Floats] = {}
    for reading in READINGS:
        true = (x, y) if reading == "wgs84" else unshift(x, y, reading)
        readings[reading] = np.column_stack(to_metres.transform(*true))
    far = {reading: _to_road(tree, points) for reading, points in readings.items()}
    elsewhere = _moved(tree, readings["wgs84"], np.random.default_rng(seed))
    weight = np.log(_beside_roads()[:, None, :] / _chance(elsewhere)[None, :, :])  # shape × point × class
    point = np.arange(len(x))

    def score(metres: Floats) -> Floats:
        return np.asarray(weight[:, point, _class(metres)].sum(axis=-1).max(axis=0))

    scores = {reading: float(score(metres)) for reading, metres in far.items()}
    first, second = sorted(scores, key=lambda r: -scores[r])[:2]
    usual = float(np.quantile(score(elsewhere), 0.99))
    sure = scores[first] - scores[second] >= MARGIN and scores[first] >= max(LEAST_SCORE, usual)
    return DatumEvidence(
        points=len(x),
        best=first if sure else None,
        score=scores,
        near={reading: float((metres <= NEAR_ROAD).mean()) for reading, metres in far.items()},
        median={reading: float(np.median(metres)) for reading, metres in far.items()},
    )


def as_written(lon: Floats, lat: Floats, declared: Reading) -> tuple[Floats, Floats]:
    """Give coordinates as they stood in the file, before a declared shift was undone."""
    return (lon, lat) if declared == "wgs84" else shift(lon, lat, declared)


def _moved(tree: shapely.STRtree, points: Floats, rng: np.random.Generator) -> Floats:
    """Give the metres to the road of all points after common random moves, (moves, points)."""
    angle, far = rng.uniform(0, 2 * np.pi, MOVES), rng.uniform(MOVED_AT_LEAST, MOVED_AT_MOST, MOVES)
    moves = np.column_stack([far * np.cos(angle), far * np.sin(angle)])
    return _to_road(tree, (points[None, :, :] + moves[:, None, :]).reshape(-1, 2)).reshape(MOVES, -1)


def _chance(elsewhere: Floats) -> Floats:
    """Give the shares of the classes of distance around each point, (points, classes)."""
    classes, own = len(_EDGES) - 1, _class(elsewhere)
    count = np.array([np.bincount(column, minlength=classes) for column in own.T], dtype=np.float64)
    everywhere = (count.sum(axis=0) + 1.0) / (count.sum() + classes)
    return np.asarray((count + _PRIOR * everywhere) / (len(elsewhere) + _PRIOR))


def _to_road(tree: shapely.STRtree, points: Floats) -> Floats:
    _, metres = tree.query_nearest(shapely.points(points), return_distance=True, all_matches=False)
    return np.asarray(metres, dtype=np.float64)


def _class(metres: Floats) -> npt.NDArray[np.int64]:
    return np.digitize(metres, _EDGES[1:-1])


def _beside_roads() -> Floats:
    """Give how far buildings stand from roads, as shares of the classes: three shapes, one a row."""
    metres = np.linspace(0.0, _FARTHEST, 20_481)
    shapes = [
        np.where(metres < 8, 0.15, 1.0) * np.exp(-np.maximum(metres - 60, 0) / 25) + 0.0006 * np.exp(-metres / 600),
        np.exp(-metres / 12) + 0.002 * np.exp(-metres / 400),
        np.exp(-metres / 60) + 0.0006 * np.exp(-metres / 600),
    ]
    shares = np.array([np.bincount(_class(metres), weights=shape, minlength=len(_EDGES) - 1) for shape in shapes])
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
