import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely.geometry import LineString, box
from show_toy import CRS, toy_study

from layout_planner.page.geometry import (
    degrees,
    encode_line,
    encode_parts,
    shared_borders,
    simplified,
    thinned_roads,
)


def decode(text: str) -> np.ndarray:
    """Read an encoded line the plain way, for comparison."""
    numbers, value, shift = [], 0, 0
    for character in text:
        part = ord(character) - 63
        value |= (part & 31) << shift
        shift += 5
        if part < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value, shift = 0, 0
    return np.cumsum(np.reshape(numbers, (-1, 2)), axis=0)[:, ::-1] / 1e5


def test_encoding_is_googles() -> None:
    # The example of the format's own description.
    line = np.array([[-120.2, 38.5], [-120.95, 40.7], [-126.453, 43.252]])
    assert encode_line(line) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"


@given(arrays(float, st.tuples(st.integers(1, 20), st.just(2)), elements=st.floats(-80, 80)))
def test_encoded_lines_come_back_to_a_metre(line: np.ndarray) -> None:
    text = encode_line(line)
    assert "<" not in text
    np.testing.assert_allclose(decode(text), line, atol=0.51e-5)


def test_polygons_with_holes_and_parts_keep_every_ring() -> None:
    ring = box(0, 0, 9, 9).difference(box(3, 3, 6, 6))
    several = shapely.multipolygons([box(0, 0, 1, 1), box(2, 2, 3, 3)])
    assert [len(parts) for parts in encode_parts([ring, several, LineString([(0, 0), (1, 1)])])] == [2, 2, 1]


def test_simplified_polygons_still_share_their_borders() -> None:
    # Two halves of a square, the border between them drawn with 400 wiggles.
    y = np.linspace(0, 1000, 401)
    wiggle = np.column_stack([500 + 3 * np.sin(y), y])
    left = shapely.polygons(np.vstack([wiggle, [[0, 1000], [0, 0]]]))
    right = shapely.polygons(np.vstack([wiggle, [[1000, 1000], [1000, 0]]]))
    slim = simplified(np.array([left, right], dtype=object), budget=100, tolerance=5)
    assert shapely.get_num_coordinates(slim).sum() <= 100
    assert shapely.coverage_is_valid(slim)
    assert shapely.area(slim).sum() == shapely.union_all(slim).area == 1_000_000


def test_what_is_within_budget_stays_as_it_is() -> None:
    shapes = np.array([box(0, 0, 1, 1)], dtype=object)
    assert simplified(shapes, 5, 1.0) is shapes


def test_every_pair_of_neighbours_has_one_border() -> None:
    study = toy_study(polygons=True)
    left, right, lines = shared_borders(degrees(study.places.geometry, study.crs))
    # A grid of 8 × 5 has 7 · 5 + 8 · 4 inner borders.
    assert len(lines) == len(set(zip(left, right, strict=True))) == 67
    assert all(b - a in (1, 8) for a, b in zip(left, right, strict=True))


def roads(classes: list[str]) -> gpd.GeoDataFrame:
    lines = [LineString([(0, k * 10), (100 + k, k * 10)]) for k in range(len(classes))]
    return gpd.GeoDataFrame({"class": classes}, geometry=lines, crs=CRS)


def test_strong_roads_go_first_and_are_drawn_last() -> None:
    given = roads(["village", "trunk", "secondary_link", "village", "nonsense"])
    kept = thinned_roads(given, features=4, vertices=100, tolerance=1)
    assert [(rank, len(lines)) for rank, lines in kept] == [(3, 2), (1, 1), (0, 1)]
    # Of the three weak ones the two longest are kept.
    assert sorted(shapely.length(kept[0][1])) == [103, 104]


def test_roads_cut_at_crossings_are_joined_again() -> None:
    pieces = gpd.GeoDataFrame(
        {"class": ["trunk"] * 3}, geometry=[LineString([(k, 0), (k + 1, 0)]) for k in range(3)], crs=CRS
    )
    [(rank, lines)] = thinned_roads(pieces, 10, 100, tolerance=0.1)
    assert rank == 0
    assert [list(line.coords) for line in lines] == [[(0, 0), (3, 0)]]


def test_no_room_no_roads() -> None:
    assert thinned_roads(roads(["trunk"]), 0, 100, 1) == []
