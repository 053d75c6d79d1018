"""Zones of a plan: the map place → school, its polygons, its list of places."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import layout_planner as lp
from layout_planner.plan import Plan
from layout_planner.plan.zones import zoned_stages
from tests.toy.county import line_county, line_travel


def plan_of(assign: str = "nearest", **county: object) -> Plan:
    return lp.solve(line_county(**county), line_travel(), assign=assign, stage="primary")


def by_place(schools: str) -> dict[str, str]:
    return dict(zip("ABCDEFG", schools.split(), strict=True))


def test_each_place_belongs_to_the_school_most_of_its_pupils_go_to() -> None:
    assert lp.plan.zone_map(plan_of(), "primary").to_dict() == by_place("S1 S1 S1 S2 S2 S2 S3")


def test_a_place_without_pupils_joins_the_zone_around_it() -> None:
    zones = lp.plan.zone_map(plan_of(pupils={"B": 0.0, "F": 0.0}), "primary")
    assert zones[["B", "F"]].to_dict() == {"B": "S1", "F": "S2"}


def test_a_private_school_has_no_zone() -> None:
    study = line_county()
    study = study.with_(schools=study.schools.assign(ownership=["public", "private", "public"]))
    zones = lp.plan.zone_map(lp.today(study, line_travel()), "primary")
    # D, E, F all go to the private S2. D has a border with C alone, F with G alone; E lies between: 1,000 m each.
    assert zones.to_dict() == by_place("S1 S1 S1 S1 S1 S3 S3")


def test_todays_catchments_count_as_given_shared_ones_too() -> None:
    study = line_county()
    study = study.with_(places=study.places.assign(catchment_primary=["S1", "S1", "S1;S2", "", None, "S2", "S3"]))
    now = lp.today(study, line_travel())
    assert lp.plan.zone_map(now, "primary")[["C", "D", "E", "F"]].tolist() == ["S1;S2", "S2", "S2", "S2"]
    drawn = lp.plan.draw_zones(now, "primary")
    assert drawn.index.tolist() == ["S1", "S1;S2", "S2", "S3"]
    assert drawn.loc["S1;S2", ["name", "seats", "places", "pupils"]].tolist() == ["一小 · 二小", 540.0, 1, 60.0]


def test_polygons_cover_the_townships_without_overlap() -> None:
    plan = plan_of()
    zones = lp.plan.draw_zones(plan, "primary")
    assert zones.index.tolist() == ["S1", "S2", "S3"] and zones.crs == plan.study.crs
    # 直线县: from −100 to 2,100 m, 1,000 m wide; borders half way between C (400) and D (1,000), F (1,400) and G.
    assert zones.area.to_dict() == pytest.approx({"S1": 8e5, "S2": 10e5, "S3": 4e5})
    assert shapely.coverage_is_valid(np.asarray(zones.geometry.array))
    assert zones["pupils"].to_dict() == {"S1": 180.0, "S2": 180.0, "S3": 60.0}
    assert zones[["parts", "holes"]].to_numpy().tolist() == [[1, 0]] * 3 and (zones["apart"] == "").all()


def test_a_piece_apart_and_a_hole_are_told() -> None:
    plan = plan_of()
    zones = pd.Series({"A": "S1", "B": "S1", "C": "S2", "D": "S1", "E": "S2", "F": "S2", "G": "S3"})
    drawn = lp.plan.draw_zones(plan, "primary", zones)
    # D's cell reaches from 700 to 1,100 m, those of A and B from −100 to 300 m: equal, either may be the main part.
    assert drawn.loc["S1", "parts"] == 2 and drawn.loc["S1", "apart"] in ("D村", "A村、B村")
    assert drawn.loc["S2", "apart"] == "C村"
    ring = plan.study.places.copy()
    inner, outer = shapely.box(10, 10, 20, 20), shapely.box(0, 0, 30, 30).difference(shapely.box(10, 10, 20, 20))
    land = plan.study.with_(
        places=ring.iloc[:2].set_geometry([inner, outer], crs=plan.study.crs), townships=plan.study.townships.iloc[:0]
    )
    drawn = lp.plan.draw_zones(plan.with_(study=land), "primary", pd.Series({"A": "S1", "B": "S2"}))
    assert drawn["holes"].to_dict() == {"S1": 0, "S2": 1}


def test_a_place_left_without_a_seat_belongs_to_no_zone(tmp_path: Path) -> None:
    # 360 of 420 find a seat; G, the farthest from S1 and S2, has no other once S3 has none.
    plan = plan_of("capacity", seats={"S1": 180.0, "S2": 180.0, "S3": 0.0})
    assert plan.status == "infeasible" and lp.plan.zone_map(plan, "primary")["G"] == "S2"  # where it could belong
    drawn = lp.plan.draw_zones(plan, "primary")
    assert drawn.area.sum() == pytest.approx(18e5) and drawn["places"].sum() == 6
    assert "G" not in set(lp.plan.list_places(plan, "primary")["place_id"])
    nobody = lp.solve(line_county(seats=dict.fromkeys(("S1", "S2", "S3"), 0.0)), line_travel(), assign="capacity")
    assert zoned_stages(nobody) == [] and nobody.unplaced["pupils"].sum() == 420
    nobody.write(tmp_path / "run")  # a plan without zones is a plan all the same


def test_the_list_of_places() -> None:
    table = lp.plan.list_places(plan_of(), "primary")
    assert table.loc[table["school_id"] == "S2", "place"].tolist() == ["D村", "E村", "F村"]
    assert table.loc[0, ["school", "township", "pupils"]].tolist() == ["一小", "西乡", 60.0]
    assert table["pupils"].sum() == 420


def test_a_stage_the_plan_has_not_and_no_public_school() -> None:
    with pytest.raises(lp.DataError, match="primary"):
        lp.plan.zone_map(plan_of(), "junior")
    study = line_county()
    private = study.with_(schools=study.schools.assign(ownership="private"))
    with pytest.raises(lp.DataError, match="public"):
        lp.plan.zone_map(lp.today(private, line_travel()), "primary")


def test_zones_stand_in_the_run_folder(tmp_path: Path) -> None:
    with lp.using_language("en"):
        plan_of().write(tmp_path / "run")
    layer = gpd.read_file(tmp_path / "run" / "plan.gpkg", layer="catchments primary")
    assert layer["school code"].tolist() == ["S1", "S2", "S3"] and layer.area.sum() == pytest.approx(22e5)


def test_zones_of_a_district_tile_it() -> None:
    study = lp.sample("zhigang")
    now = lp.today(study, lp.travel_matrix(study), stage="primary")
    zones = lp.plan.draw_zones(now, "primary")
    assert shapely.coverage_is_valid(np.asarray(zones.geometry.array))
    assert zones.area.sum() == pytest.approx(study.townships.area.sum())
    assert zones["places"].sum() == 160 and zones["pupils"].sum() == pytest.approx(study.demand("primary").sum())
    assert sum(";" in label for label in zones.index) > 0
    inner = study.place_points().to_crs("EPSG:4326")
    found = lp.measures.find_school(zones, inner.x.to_list(), inner.y.to_list())
    assert found.tolist() == lp.plan.zone_map(now, "primary").tolist()
