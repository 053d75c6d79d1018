"""A plan on a folium map: its layers, what users put on it, and its frames."""

from __future__ import annotations

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point
from show_toy import CRS, HOSTILE, X0, Y0, toy_plans, with_names

import layout_planner as lp
from layout_planner.base.errors import DataError
from layout_planner.base.escape import esc, shorten
from layout_planner.base.messages import using_language
from layout_planner.plan import ELSEWHERE
from layout_planner.show.explore import LAYERS


def names_of(m: folium.Map) -> list[str]:
    return [each.layer_name for each in m._children.values() if isinstance(each, folium.FeatureGroup)]


def test_children_without_a_school_are_the_first_layer_with_their_number() -> None:
    # The last village is cut off: 20 + 22 in primary school (39 % 3 = 0), 14 in junior school.
    with using_language("en"):
        m = toy_plans()[1].explore(stage="junior")
    first, *others = names_of(m)
    assert "56 children without a school" in first
    assert "#c8140a" in first
    assert others == [str(LAYERS[name].en) for name in ("townships", "zones", "flows", "places", "schools")]
    group = next(each for each in m._children.values() if isinstance(each, folium.FeatureGroup))
    (dots,) = [each for each in group._children.values() if isinstance(each, folium.GeoJson)]
    (feature,) = dots.data["features"]
    assert feature["properties"]["f1"] == "<bdi>56</bdi>"
    assert feature["properties"]["f3"].count(esc(toy_plans()[1].unplaced["reason"].iloc[0])) == 1


def test_who_learns_elsewhere_is_not_without_a_school() -> None:
    plan = toy_plans()[0]
    done = {s: a.with_(unplaced=a.unplaced.assign(reason=ELSEWHERE.en)) for s, a in plan.assignments.items()}
    told = plan.with_(assignments=done)
    with using_language("zh"):
        assert "0 名儿童无学可上" in names_of(told.explore())[0]
    assert told.places_gdf().loc["V40", ["without_school", "elsewhere"]].tolist() == [0.0, 56.0]


def test_layers_are_chosen_by_name_and_an_unknown_one_is_refused() -> None:
    plan = toy_plans()[1]
    with using_language("en"):
        assert len(names_of(plan.explore(layers=["schools"]))) == 2
        with pytest.raises(DataError, match="zones"):
            plan.explore(layers=["zone"])
        with pytest.raises(DataError, match="primary"):
            plan.explore(stage="primry")


def test_isochrones_are_drawn_only_when_asked_for() -> None:
    plan = toy_plans()[1]
    study = plan.study.with_(roads=None)
    today = plan.with_(study=study, travel=lp.travel_matrix(study, mode="straight"))
    with using_language("en"):
        assert "reach of the schools" not in names_of(today.explore())
        assert names_of(today.explore(layers="isochrones"))[1:] == ["reach of the schools"]


def test_layers_of_others_come_into_the_list_whenever_they_are_added() -> None:
    plan = toy_plans()[1]
    m = plan.explore()
    own = folium.FeatureGroup(name="own").add_to(m)
    folium.Marker([31.4, 104.9], tooltip="here").add_to(own)
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[Point(X0 + 5_000, Y0 + 5_000)], crs=CRS)
    assert frame.explore(m=m, name="geopandas") is m
    page = m.page().page
    control = next(each for each in m._children.values() if isinstance(each, folium.LayerControl))
    assert list(control.overlays)[-2:] == ["own", "geopandas"]
    # The list may name a layer only once its variable is there.
    assert page.index(f"var {own.get_name()} = L.featureGroup") < page.index(f"{control.get_name()}_layers = ")


def test_a_plan_is_drawn_on_a_map_of_the_users_own() -> None:
    today, plan = toy_plans()
    m = folium.Map(tiles=None)
    assert plan.explore(m=m, layers=["places"]) is m
    assert today.explore(m=m, layers=["places"]) is m
    assert [name.split(":")[0] for name in names_of(m)] == [plan.name] * 2 + [today.name] * 2
    assert sum(isinstance(each, folium.LayerControl) for each in m._children.values()) == 1


def test_a_map_that_needs_the_network_says_so(tmp_path) -> None:
    m = toy_plans()[1].explore(layers=["schools"])
    m.save(tmp_path / "a.html")
    assert "<script src=" not in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "srcdoc" in m._repr_html_()
    folium.plugins.MarkerCluster().add_to(m)
    with using_language("en"), pytest.warns(UserWarning, match="(?s)needs the network.*markercluster"):
        m.save(str(tmp_path / "b.html"))
    assert "markercluster" in (tmp_path / "b.html").read_text(encoding="utf-8")


def test_tiles_are_the_users_choice(tmp_path) -> None:
    m = toy_plans()[1].explore(layers=["schools"], tiles="OpenStreetMap")
    m.save(tmp_path / "tiles.html")  # no warning: who asks for tiles asks for the network
    assert "tile.openstreetmap.org" in (tmp_path / "tiles.html").read_text(encoding="utf-8")


def test_both_sides_colour_alike(tmp_path) -> None:
    today, plan = toy_plans()
    both = today.explore_beside(plan)
    assert isinstance(both, folium.plugins.DualMap)
    legends = [next(e for e in m._children.values() if type(e).__name__ == "Legend") for m in (both.m1, both.m2)]
    keys = [legend.body.split("<details")[1] for legend in legends]
    assert keys[0] == keys[1]
    both.save(tmp_path / "both.html")
    assert "L.Sync" in (tmp_path / "both.html").read_text(encoding="utf-8")


def test_frames_have_ids_crs_units_and_the_same_columns_in_both_languages() -> None:
    plan = toy_plans()[1]
    for make in (plan.places_gdf, plan.schools_gdf, plan.flows_gdf):
        with using_language("zh"):
            one = make("primary")
        with using_language("en"):
            other = make("primary")
        pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))
        assert one.crs == CRS
        assert set(one.attrs["units"]) == {name for name in one if pd.api.types.is_numeric_dtype(one[name])}
    assert plan.places_gdf().index.name == "place_id"
    assert plan.schools_gdf().index.name == "school_id"
    assert plan.flows_gdf().index.names == ["place_id", "school_id"]


def test_frames_tell_what_the_plan_says() -> None:
    today, plan = toy_plans()
    places, schools, flows = plan.places_gdf("primary"), plan.schools_gdf("primary"), plan.flows_gdf("primary")
    score = plan.scorecard
    assert (places["pupils"] * places["minutes_mean"]).sum() / (places["pupils"] - places["without_school"]).sum() == (
        pytest.approx(score.value("minutes_mean", "primary"))
    )
    assert flows["pupils"].sum() == places["pupils"].sum() - places["without_school"].sum()
    assert schools["roll"].sum() == flows["pupils"].sum()
    assert schools.loc["S4", ["state", "state_before"]].tolist() == ["closed", "open"]
    assert schools.at["S3", "load"] == pytest.approx(schools.at["S3", "roll"] / 300)
    assert np.isnan(schools.at["S4", "load"])
    assert flows.geometry.iloc[0].coords[0] == (X0 + 1_875, Y0 + 1_600)
    assert today.places_gdf()["pupils"].sum() == today.study.pupils["pupils"].sum()


def test_no_name_stands_unescaped_on_the_page() -> None:
    page = with_names(toy_plans()[1], HOSTILE).explore().page().page
    for name in HOSTILE:
        shown = shorten(name)
        assert esc(shown) == shown or shown not in page
