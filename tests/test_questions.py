"""What an analyst asks in a notebook, each in at most three lines, on a small study."""

from __future__ import annotations

import ast
import inspect
import textwrap

import folium
import geopandas as gpd
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.base.messages import using_language
from layout_planner.base.proof import GIVEN
from layout_planner.base.versions import versions
from layout_planner.plan import Frontier, Plan, draw_zones
from layout_planner.plan.frontier import Point
from layout_planner.study import Study
from layout_planner.travel import Travel


@pytest.fixture(scope="module")
def study() -> Study:
    return lp.sample("zhigang")


@pytest.fixture(scope="module")
def walk(study: Study) -> Travel:
    return lp.travel_matrix(study, mode="straight")


@pytest.fixture(scope="module")
def today(study: Study, walk: Travel) -> Plan:
    return lp.today(study, walk, stage="primary")


def worst_ten(today):
    places = today.places_gdf("primary")
    return places.nlargest(10, ["without_school", "minutes_mean"])


def catchments(today):
    return draw_zones(today, "primary")


def before_and_after(study, walk, today):
    scenario = lp.Scenario("P05 closes", [lp.Close(today.schools_gdf("primary")["roll"].idxmin())])
    return lp.compare([today, lp.solve(study, walk, scenario=scenario, stage="primary")])


def school_at_a_point(study, walk):
    new = lp.Open(at=(121.267, 37.524), stage="primary", seats=300)
    plan = lp.solve(study, walk, scenario=lp.Scenario("new", [new]), assign="nearest_seats", stage="primary")
    return plan.schools_gdf("primary").loc[new.opens]


def folium_map(today):
    m = today.explore()
    folium.Marker([37.52, 121.26], tooltip="here").add_to(m)
    return today.places_gdf("primary").explore(m=m)


def short_print(study):
    return str(study)


QUESTIONS = (worst_ten, catchments, before_and_after, school_at_a_point, folium_map, short_print)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_takes_three_lines_at_most(question) -> None:
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(question))).body
    assert sum(node.end_lineno - node.lineno + 1 for node in function.body) <= 3


def test_the_worst_ten_villages_have_those_without_a_school_first(today: Plan) -> None:
    found = worst_ten(today)
    every = today.places_gdf("primary")
    assert found["without_school"].iloc[0] == every["without_school"].max()
    left = every.drop(index=found.index)
    assert (
        left.loc[left["without_school"] == found["without_school"].iloc[-1], "minutes_mean"].max()
        <= (found["minutes_mean"].iloc[-1])
    )
    assert found.attrs["units"]["minutes_mean"] == "min"


def test_catchments_before_and_after_and_a_school_at_a_point(study: Study, walk: Travel, today: Plan) -> None:
    zones = catchments(today)
    assert isinstance(zones, gpd.GeoDataFrame)
    assert {school for zone in zones.index for school in zone.split(";")} <= set(study.schools.index)
    table = before_and_after(study, walk, today)
    assert list(table) == [today.name, "P05 closes"]
    moved = table.xs("schools", level="measure").iloc[0]
    assert moved.iloc[0] - moved.iloc[1] == 1
    assert school_at_a_point(study, walk)["roll"] > 0


def test_the_folium_map_is_folium_s(today: Plan) -> None:
    assert isinstance(folium_map(today), folium.Map)


def test_values_print_short_with_children_without_a_school_first(study: Study, walk: Travel, today: Plan) -> None:
    later = lp.forecast(study, to=study.year + 3)
    point = Point(40, lp.Scenario("x"), {"minutes_mean": 12.34, "pupils_moved": 1_234.0}, GIVEN)
    front = Frontier(
        "primary", (point, Point(3, None, {}, GIVEN)), study.schools, pd.DataFrame(), lambda _: today, today
    )
    assert "keep = 40" in str(front)
    assert "1,234" in str(front)
    for lang, without in (("en", "children without a school"), ("zh", "无学可上")):
        with using_language(lang):
            for value in (study, today, front, later, walk, today.rules, today.assignments["primary"], today.scorecard):
                assert len(str(value)) <= 1_000
                assert len(str(value).splitlines()) <= 12
                assert "<script" not in value.__class__._repr_html_(value).split("<iframe")[0]
            for value in (today, front):
                assert without in str(value).splitlines()[1]


def test_names_are_inert_in_the_html_of_a_notebook(study: Study) -> None:
    told = study.with_(name="<script>alert(1)</script>")._repr_html_()
    assert "<script" not in told
    assert "&lt;script&gt;" in told


def test_versions_name_what_results_hang_on(capsys: pytest.CaptureFixture[str]) -> None:
    lp.show_versions()
    lines = dict(line.rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["layout_planner"] == lp.__version__
    assert lines["highspy (HiGHS)"] == versions()["highspy"] != ""


def test_columns_and_ids_are_the_same_in_every_language(study: Study, walk: Travel) -> None:
    told = {}
    for lang in ("en", "zh"):
        with using_language(lang):
            plan = lp.today(study, walk, stage="primary")
            frames = {name: getattr(plan, name)("primary") for name in ("places_gdf", "schools_gdf", "flows_gdf")}
            assert all(frame.crs is not None and frame.attrs["units"] for frame in frames.values())
            tables = {"flows": plan.flows, "unplaced": plan.unplaced, "findings": plan.findings}
            tables |= {"scorecard": plan.scorecard.table, "zones": draw_zones(plan, "primary")}
            told[lang] = {name: (list(t), t.index.name) for name, t in (frames | tables).items()}
    assert told["en"] == told["zh"]
    assert told["en"]["places_gdf"][1] == "place_id"
    assert told["en"]["schools_gdf"][1] == "school_id"
