import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout_planner.study.shift import shift, unshift

METRE = 1 / 111_320  # degrees
CHINA = st.tuples(st.floats(73.6, 135.0), st.floats(3.9, 53.5))


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),  # Shanghai
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),  # Shenzhen
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),  # Beijing
    ],
)
def test_gcj02_of_three_cities_as_published(wgs, gcj):
    """The worked examples of eviltransform (googollee, MIT), which the formula in general use goes back to."""
    lon, lat = shift([wgs[0]], [wgs[1]], "gcj02")
    assert (lon[0], lat[0]) == pytest.approx(gcj, abs=1e-6)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@settings(max_examples=300, deadline=None)
@given(CHINA)
def test_there_and_back_is_exact(datum, point):
    lon, lat = unshift(*shift([point[0]], [point[1]], datum), datum)
    assert abs(lon[0] - point[0]) < 1e-6 * METRE * 10
    assert abs(lat[0] - point[1]) < 1e-6 * METRE * 10


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_back_and_there_is_exact_on_many_points(datum):
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(74, 134, 200_000), rng.uniform(4, 53, 200_000)
    there_lon, there_lat = shift(*unshift(lon, lat, datum), datum)
    miss = np.hypot(there_lon - lon, there_lat - lat) / METRE
    assert miss.max() < 1e-5


def test_the_shift_is_some_hundred_metres_in_china_and_none_abroad():
    lon, lat = shift([104.9], [31.2], "gcj02")
    assert 100 < np.hypot(lon[0] - 104.9, lat[0] - 31.2) / METRE < 800
    assert shift([-77.3], [38.8], "gcj02")[0].tolist() == [-77.3]
    assert unshift([-77.3], [38.8], "gcj02")[1].tolist() == [38.8]
