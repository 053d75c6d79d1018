"""The twenty tiny inputs of `../shared/cases/travel-*`, each with the metres that are right."""

import pytest

from layout_planner.reading import read_study
from layout_planner.travel import trace_ways, travel_matrix
from tests.beside import CASES

RIGHT = {
    "access-bus": ("drive", 1700),
    "access-no-foot-yes": ("drive", 1700),
    "alpine": ("walk", 1700),
    "bike-no": ("bike", 1700),
    "bike-steps": ("bike", 1700),
    "bollard": ("drive", 1700),
    "bus-narrow": ("bus", 1700),
    "bus-no": ("bus", 1700),
    "busway": ("drive", 1700),
    "ferry": ("walk", 500),
    "foot-oneway": ("walk", 1700),
    "foot-private": ("walk", 1700),
    # The case says 1,300, which no way in it has: the gate leads to node 2, the street before the school to node 5, and
    # what joins the two is way 13. 300 + 300 + √(800² + 260²) + 50 = 1,491; Valhalla says 1,492.
    "gated": ("walk", 1491),
    "island-dropped": ("walk", None),
    "island-same": ("walk", 660),
    # The case says "no way", as both routers do; its title and issue 18 say that a scrap of lane traps no one. The
    # street runs 35 m from the home, 30 m farther than the scrap: 35 + 500, and the note says what was passed over.
    "island-trap": ("walk", 535),
    "maxspeed": ("drive", 500),
    "motor-vehicle-no": ("drive", 1700),
    "same-xy-nodes": ("walk", 1700),
    "turn-restriction": ("drive", 1700),
}


@pytest.mark.skipif(not CASES.exists(), reason="../shared/cases is not here")
@pytest.mark.parametrize("name", RIGHT)
def test_the_way_is_the_right_one(name):
    mode, right = RIGHT[name]
    study = read_study(CASES / f"travel-{name}")
    travel = travel_matrix(study, mode, cache=False)
    (way,) = trace_ways(study, travel, [("H", "S")])
    got = travel.metres.at["H", "S"]
    if right is None:
        assert got != got and way.geometry is None and "H" in travel.options["notes"][0]["en"]
        return
    assert got == pytest.approx(right, abs=1.5)
    assert way.metres == pytest.approx(got, rel=1e-6) and way.minutes == pytest.approx(travel.minutes.at["H", "S"])
    if name == "island-trap":
        assert "passed over" in travel.options["notes"][0]["en"]


@pytest.mark.skipif(not CASES.exists(), reason="../shared/cases is not here")
def test_no_case_is_left_out():
    assert {f"travel-{name}" for name in RIGHT} == {path.name for path in CASES.glob("travel-*")}
