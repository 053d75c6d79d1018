"""Small tools of chance and rounding shared by both samples. Every function takes its own generator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Delaunay

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def fractal_noise(
    rng: np.random.Generator, shape: tuple[int, int], slope: float = 2.0, coarsest: float = 2.0
) -> Floats:
    """Draw smooth random relief by shaping the spectrum of white noise.

    Parameters
    ----------
    slope
        How fast the amplitude falls with frequency: 1.5 rough, 3 smooth.
    coarsest
        Waves longer than the longer side divided by this are flattened.

    Returns
    -------
    ndarray
        Field of the given shape, mean 0 and standard deviation 1.
    """
    white = np.fft.rfft2(rng.standard_normal(shape))
    fy = np.fft.fftfreq(shape[0])[:, None]
    fx = np.fft.rfftfreq(shape[1])[None, :]
    frequency = np.hypot(fy, fx)
    floor = coarsest / max(shape)
    field = np.fft.irfft2(white * np.maximum(frequency, floor) ** -slope, s=shape)
    field -= field.mean()
    return np.asarray(field / field.std())


def share_out(weights: Floats | Ints, total: int) -> Ints:
    """Divide ``total`` in whole numbers in proportion to ``weights`` (largest remainder, ties by position)."""
    weights = np.asarray(weights, dtype=float)
    exact = weights / weights.sum() * total
    whole = np.floor(exact + 1e-9).astype(np.int64)
    left = int(total - whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[:left]] += 1
    return whole


def farthest_points(xy: Floats, count: int, start: Sequence[int], weight: Floats | None = None) -> list[int]:
    """Choose ``count`` further points one by one, each far from all chosen so far (and heavy, if weights are given)."""
    chosen = list(start)
    gap = np.full(len(xy), np.inf)
    for index in chosen:
        gap = np.minimum(gap, np.hypot(*(xy - xy[index]).T))
    found: list[int] = []
    for _ in range(count):
        score = np.where(np.isinf(gap), 1e6, gap) * (1.0 if weight is None else weight)
        score[chosen] = -1.0
        best = int(np.argmax(score))
        chosen.append(best)
        found.append(best)
        gap = np.minimum(gap, np.hypot(*(xy - xy[best]).T))
    return found


def spaced_sample(rng: np.random.Generator, xy: Floats, weight: Floats, count: int, gap: float) -> list[int]:
    """Draw ``count`` points by weight, none nearer than ``gap`` to another; the gap gives way when room runs out."""
    # Gumbel keys turn weighted drawing without replacement into one sort.
    keys = np.log(np.maximum(weight, 1e-12)) + rng.gumbel(size=len(xy))
    order = np.argsort(-keys, kind="stable")
    chosen: list[int] = []
    while len(chosen) < count:
        for index in order:
            if len(chosen) == count:
                break
            if not chosen or np.min(np.hypot(*(xy[chosen] - xy[index]).T)) >= max(gap, 1.0):
                chosen.append(int(index))
        gap *= 0.85
    return chosen


def gabriel_pairs(xy: Floats) -> list[tuple[int, int]]:
    """Neighbours by the Gabriel graph: pairs whose circle on the diameter holds no third point."""
    triangles = Delaunay(xy).simplices
    pairs = np.unique(np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])), axis=0)
    middle = (xy[pairs[:, 0]] + xy[pairs[:, 1]]) / 2
    radius = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T) / 2
    tree = shapely.STRtree(shapely.points(xy))
    nearest = tree.query(shapely.buffer(shapely.points(middle), radius * 0.999), predicate="contains")
    taken = np.bincount(nearest[0], minlength=len(pairs))
    ends = np.zeros(len(pairs), dtype=int)
    np.add.at(ends, nearest[0], (nearest[1] == pairs[nearest[0], 0]) | (nearest[1] == pairs[nearest[0], 1]))
    return [(int(a), int(b)) for (a, b), free in zip(pairs, taken == ends, strict=True) if free]


def rounded_corners(line: Floats, times: int = 2) -> Floats:
    """Cut the corners of a line (Chaikin), its two ends staying where they are."""
    for _ in range(times):
        if len(line) < 3:
            return line
        near = 0.75 * line[:-1] + 0.25 * line[1:]
        far = 0.25 * line[:-1] + 0.75 * line[1:]
        inner = np.empty((2 * len(near), 2))
        inner[0::2], inner[1::2] = near, far
        line = np.vstack([line[:1], inner[1:-1], line[-1:]])
    return line


_HEADS = "砚篆鹿鹭鸢桑栀槐柘椿芷荇蓼葭蕨菖苇棠枫榆皂绛缃黛皓素玄靛墨笏笙磬篪埙竽琅璞琮"
_TAILS = "坪坳沱湾沟垭梁坝嘴堰塬岩洼滩坎田井垴冲岔"
_ESTATES = "澜庭 汀苑 笙里 砚园 棠苑 葭院 栀园 云筑 岫居 桐里 霁园 沁苑 澄院 漪园 岑居 珩里"


def village_names(rng: np.random.Generator) -> Iterator[str]:
    """Yield made-up village names without end and without repeats (村 is added by the caller)."""
    pairs = [head + tail for head in _HEADS for tail in _TAILS]
    for index in rng.permutation(len(pairs)):
        yield pairs[index]
    for index in rng.permutation(len(pairs)):
        yield "上" + pairs[index]
    raise RuntimeError("more villages than names")


def estate_names(rng: np.random.Generator) -> Iterator[str]:
    """Yield made-up names of estates without repeats."""
    pairs = [head + tail for head in _HEADS for tail in _ESTATES.split()]
    for index in rng.permutation(len(pairs)):
        yield pairs[index]
    raise RuntimeError("more estates than names")
