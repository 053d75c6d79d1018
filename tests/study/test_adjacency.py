import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.study.adjacency import border_pairs, gabriel_pairs, neighbours


def _brute_gabriel(points):
    """Every pair whose closed circle holds no third point; points at one place share each other and all neighbours."""
    at = {}
    for i, p in enumerate(points):
        at.setdefault(tuple(p), []).append(i)
    pairs = {(i, j) for twins in at.values() for i in twins for j in twins if i < j}
    for a in at:
        for b in at:
            if a < b:
                others = (c for c in at if c not in (a, b))
                if all((a[0] - c[0]) * (b[0] - c[0]) + (a[1] - c[1]) * (b[1] - c[1]) > 0 for c in others):
                    pairs |= {tuple(sorted((i, j))) for i in at[a] for j in at[b]}
    return sorted(pairs)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=25))
def test_gabriel_graph_is_that_of_the_definition(points):
    found = gabriel_pairs(np.array(points, dtype=float))
    assert [tuple(pair) for pair in found.tolist()] == _brute_gabriel(points)


@settings(max_examples=100, deadline=None)
@given(st.integers(3, 60), st.integers(0, 10_000))
def test_gabriel_graph_of_points_in_metres_far_from_the_origin(n, seed):
    points = np.random.default_rng(seed).uniform(0, 50_000, (n, 2)) + np.array([5e5, 3.4e6])
    found = gabriel_pairs(points)
    assert [tuple(pair) for pair in found.tolist()] == _brute_gabriel(points.tolist())


def test_a_third_point_on_the_circle_itself_parts_two_points():
    # (8, 8) lies on the circle over (1, 1)–(4, 12); away from whole numbers a rounding once hid that.
    points = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (4, 1), (4, 12), (8, 2), (8, 8)]
    assert [3, 6] not in gabriel_pairs(np.array(points, dtype=float)).tolist()


def test_points_on_a_line_are_a_chain():
    assert gabriel_pairs(np.array([[2.0, 0], [0, 0], [1, 0]])).tolist() == [[0, 2], [1, 2]]


def test_two_estates_at_one_point_both_border_on_both_sides():
    points = np.array([[0.0, 0], [10, 0], [10, 0], [20, 0]])  # west, two at one point, east
    assert gabriel_pairs(points).tolist() == [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]]


def test_a_heap_of_points_stays_in_one_piece_without_a_million_pairs():
    points = np.concatenate([np.zeros((300, 2)), np.ones((300, 2)), [[2.0, 2.0]]])
    pairs = gabriel_pairs(points)
    assert len(pairs) < 20 * len(points)
    assert {tuple(p) for p in pairs.tolist()} >= {(i, 300) for i in range(300)} | {(0, 300 + i) for i in range(300)}
    reached, new = {0}, {0}
    near = {i: set() for i in range(len(points))}
    for a, b in pairs.tolist():
        near[a].add(b)
        near[b].add(a)
    while new:
        new = set().union(*(near[i] for i in new)) - reached
        reached |= new
    assert len(reached) == len(points)


def test_a_corner_in_the_middle_of_an_edge_is_a_border_also_once_projected():
    squares = [shapely.box(105, 31.04, 105.08, 31.08), shapely.box(105, 31, 105.04, 31.04),
               shapely.box(105.04, 31, 105.08, 31.04), shapely.box(105.08, 31.08, 105.12, 31.12)]  # fmt: skip
    places = gpd.GeoSeries(squares, index=["N", "SW", "SE", "corner"], crs=4326).to_crs(4544)
    assert neighbours(places).to_numpy().tolist() == [["N", "SW"], ["N", "SE"], ["SW", "SE"]]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_a_corner_on_an_oblique_edge_in_metres_is_a_border(seed):
    rng = np.random.default_rng(seed)
    a = rng.random(2) * 5000 + [500_000, 3_430_000]
    b = a + rng.uniform(1000, 4000, 2)
    middle = a + (b - a) * rng.uniform(0.3, 0.7)
    up = np.array([-(b - a)[1], (b - a)[0]]) / np.hypot(*(b - a)) * 1000
    shapes = [[a, b, b + up, a + up], [a, middle, middle - up, a - up], [middle, b, b - up, middle - up]]
    assert border_pairs(np.array([shapely.Polygon(s) for s in shapes])).tolist() == [[0, 1], [0, 2], [1, 2]]


@settings(max_examples=50, deadline=None)
@given(st.floats(0.001, 0.4), st.floats(0.3, 0.7))
def test_a_narrow_strip_parts_what_lies_on_both_sides_of_it(width, at):
    left, right = shapely.box(0, 0, 100, 100), shapely.box(100 + width, 0, 200, 100)
    strip = shapely.box(100, 0, 100 + width, 100)
    assert border_pairs(np.array([left, right])).tolist() == [[0, 1]]  # the gap is nobody's
    assert border_pairs(np.array([left, right, strip])).tolist() == [[0, 2], [1, 2]]
    short = shapely.box(100, 0, 100 + width, 100 * at)  # beyond its end the two meet
    assert border_pairs(np.array([left, right, short])).tolist() == [[0, 1], [0, 2], [1, 2]]


def test_sharp_corners_that_touch_make_no_neighbours_where_others_lie_between():
    #  Two streets cross at one point at an angle of 1/50: west and east are thin wedges, north and south lie between.
    west, east = [(0, 0), (-1000, 10), (-1000, -10)], [(0, 0), (1000, 10), (1000, -10)]
    north = [(0, 0), (1000, 10), (1000, 500), (-1000, 500), (-1000, 10)]
    south = [(0, 0), (-1000, -10), (-1000, -500), (1000, -500), (1000, -10)]
    shapes = np.array([shapely.Polygon(s) for s in (north, south, west, east)])
    assert border_pairs(shapes).tolist() == [[0, 2], [0, 3], [1, 2], [1, 3]]


def test_a_twin_of_a_polygon_does_not_lie_between_it_and_its_neighbour():
    left, right = shapely.box(0, 0, 100, 100), shapely.box(100.2, 0, 200, 100)
    assert border_pairs(np.array([left, left, right])).tolist() == [[0, 1], [0, 2], [1, 2]]


def test_a_gap_wider_than_a_drawing_is_no_border():
    left, right = shapely.box(0, 0, 100, 100), shapely.box(102, 0, 200, 100)
    assert border_pairs(np.array([left, right])).tolist() == []


def test_corners_that_touch_make_no_neighbours():
    #  A B
    #  C D    A–D and B–C touch at one point only
    boxes = [shapely.box(0, 1, 1, 2), shapely.box(1, 1, 2, 2), shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    assert border_pairs(np.array(boxes)).tolist() == [[0, 1], [0, 2], [1, 3], [2, 3]]


def test_a_border_told_with_other_vertices_counts_and_an_overlap_too():
    left = shapely.Polygon([(0, 0), (1, 0), (1, 0.3), (1, 0.7), (1, 1), (0, 1)])
    right, over = shapely.box(1, 0, 2, 1), shapely.box(1.9, 0, 3, 1)
    assert border_pairs(np.array([left, right, over])).tolist() == [[0, 1], [1, 2]]


def test_an_enclave_is_the_neighbour_of_what_surrounds_it():
    hole = shapely.box(4, 4, 6, 6)
    around = shapely.box(0, 0, 10, 10).difference(hole)
    assert border_pairs(np.array([around, hole])).tolist() == [[0, 1]]


def test_neighbours_are_named_by_their_ids():
    points = gpd.GeoSeries(gpd.points_from_xy([0, 1, 5], [0, 0, 0]), index=pd.Index(["x", "y", "z"]), crs="EPSG:4544")
    assert neighbours(points).to_numpy().tolist() == [["x", "y"], ["y", "z"]]


def test_one_place_has_no_neighbours():
    point = gpd.GeoSeries([shapely.Point(0, 0)], index=["x"], crs="EPSG:4544")
    assert list(neighbours(point).columns) == ["place_a", "place_b"]
    assert len(neighbours(point)) == 0


def test_fairfax_blocks_have_the_neighbours_published_for_them(fairfax):
    ours = neighbours(fairfax.places.geometry)
    position = pd.Series(range(len(fairfax.places)), index=fairfax.places.index)
    pairs = {tuple(sorted(p)) for p in zip(position[ours["place_a"]], position[ours["place_b"]], strict=True)}
    given = fairfax.adjacency
    published = {tuple(sorted(p)) for p in zip(position[given["place_a"]], position[given["place_b"]], strict=True)}
    assert pairs == published  # 23,196 pairs
