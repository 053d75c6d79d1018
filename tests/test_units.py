"""Whatever table the public API gives says the units of its numbers, has an index with a name, and a CRS with shapes.

Which functions, properties and fields give tables is read off their annotations, from the names in the stubs; that
each says its units is looked at in every quick test that makes one (`tests/in_units.py`).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

import layout_planner as lp
from layout_planner.base import units
from layout_planner.base.units import UNITS, Measured, in_units, say_units
from tests.in_units import wrong_in
from tests.toy.county import line_county, line_travel, nine_year_county

TABLE = re.compile(r"(Data|Geo)?(Frame|Series)\b")
ROOMS = (
    "assignment", "batch", "buses", "catchments", "cohorts", "consolidation", "districts", "measures", "papers",
    "phasing", "plan", "policy", "scenario", "show", "staffing", "study", "travel",
)  # fmt: skip

THEMSELVES = {
    "Plan.places_gdf", "Plan.schools_gdf", "Plan.flows_gdf", "Frontier.table", "Frontier.beside", "Frontier.steps",
    "three_steps", "Scorecard.county", "Evaluation.table", "screen", "propose_sites",
}  # fmt: skip
"""Say their units in their own code; looked at below."""
WISHES = {"Consolidation.demands", "Contiguous.start", "Partition.strength", "Partition.today"}
"""What a planner hands in."""
LABELS = {
    "Study.is_private", "Study.categories", "Assignment.school_of", "Staffing.places", "find_school", "zone_map",
    "areas_of", "Study.place_points",
}  # fmt: skip
"""No numbers."""
NAMED_BY_UNIT = {"school_minutes", "Travel.minutes", "Travel.metres", "Travel.between", "Travel.ways"}
"""Wide, place × school or school × school: the name is the unit of all of it."""
IN_THE_READERS_WORDS = {"Plan.tables", "annex_tables", "for_people"}
"""To be read: headings in the reader's language, units in them."""
OTHERWISE = {
    "Batch.compare": "the units its scorecards say",
    "typed": "gives back what it was given",
    "compare_districtings": "shares by name",
    "Money.of_running": "",
    "Study.offers_of": "what was read; docs/input.md has its units",
}


def tables() -> Iterator[tuple[str, object]]:
    """Name what gives tables: functions, methods and properties, and fields of records (their class)."""
    seen = set()
    for room in (lp, *(getattr(lp, name) for name in ROOMS)):
        for name in dir(room):
            value = getattr(room, name)
            if name.startswith("_") or id(value) in seen:
                continue
            seen.add(id(value))
            if inspect.isfunction(value) and TABLE.search(str(inspect.signature(value).return_annotation)):
                yield name, value
            elif inspect.isclass(value) and value.__module__.startswith("layout_planner"):
                yield from members(name, value)


def members(name: str, kind: type) -> Iterator[tuple[str, object]]:
    for owner in kind.__mro__:
        if not owner.__module__.startswith("layout_planner"):
            continue
        for field, annotation in vars(owner).get("__annotations__", {}).items():
            if TABLE.search(str(annotation)):
                yield f"{name}.{field}", kind
        for member, value in vars(owner).items():
            function = getattr(value, "fget", None) or getattr(value, "func", None) or value
            if member.startswith("_") or not inspect.isfunction(function):
                continue
            if TABLE.search(str(inspect.signature(function).return_annotation)):
                yield f"{name}.{member}", function


FOUND = dict(tables())
EXCEPT = THEMSELVES | WISHES | LABELS | NAMED_BY_UNIT | IN_THE_READERS_WORDS | set(OTHERWISE)


def test_whatever_gives_a_table_says_its_units() -> None:
    assert len(FOUND) > 120
    silent = []
    for name, maker in FOUND.items():
        if inspect.isclass(maker):
            says = issubclass(maker, Measured)
        else:
            says = maker.__globals__["__name__"] == units.__name__  # wrapped by `in_units`
        of_the_study = maker is lp.Study  # what was read; docs/input.md has its units
        if not says and not of_the_study and name not in EXCEPT:
            silent.append(name)
    assert silent == []
    assert set(FOUND) >= EXCEPT  # no exception outlives what it was made for


def test_a_column_has_one_unit_and_a_table_may_mean_something_else() -> None:
    table = pd.DataFrame({"pupils": [1.0], "gap": [2.0], "share_x": [0.5], "open": [True], "name": ["a"]})
    assert say_units(table, {"gap": "seats"}).attrs["units"] == {"pupils": "pupils", "gap": "seats", "share_x": "1"}
    assert wrong_in(table) == []
    assert wrong_in(table.assign(odd=1.0)) == ["no unit of odd"]
    assert wrong_in(table.set_index(pd.Index(["x"]))) == ["index without a name: ['x']"]
    assert wrong_in(gpd.GeoDataFrame(geometry=[Point(0, 0)])) == ["no CRS"]

    @in_units(yuan="yuan a year")
    def made() -> pd.Series:
        return pd.Series([1.0], name="yuan")

    assert made().attrs["units"] == {"yuan": "yuan a year"}
    assert UNITS["minutes"] == "min"


def test_those_that_say_it_themselves() -> None:
    study, ways = nine_year_county(), line_travel()
    today = lp.today(study, ways)
    short = lp.solve(study, ways, scenario=lp.Scenario("x", [lp.Close("S2"), lp.Close("S3")]), stage="primary")
    front = lp.consolidate(line_county(), ways, stage="primary", keep=[2, 3], expand=False, sites=False, gap=0.0)
    made = {
        "Plan.places_gdf": today.places_gdf(), "Plan.schools_gdf": today.schools_gdf(),
        "Plan.flows_gdf": today.flows_gdf(), "Frontier.table": front.table, "Frontier.beside": front.beside(2, 3),
        "Frontier.steps": front.steps(2), "three_steps": lp.plan.three_steps(front.at(keep=2)),
        "Scorecard.county": today.scorecard.county(), "Evaluation.table": lp.evaluate(today).table(),
        "screen": lp.screen(study, ways, stage="primary", scenarios=[lp.Scenario("x", [lp.Close("S1")])]),
        "propose_sites": lp.consolidation.propose_sites(short, stage="primary", number=1, ground="centre"),
    }  # fmt: skip
    assert set(made) == THEMSELVES
    assert {name: wrong_in(table) for name, table in made.items() if wrong_in(table)} == {}
    assert made["screen"].attrs["units"]["minutes_mean"] == "min"
    assert made["Frontier.beside"].attrs["units"]["minutes_mean"] == "min"
    assert made["Scorecard.county"].attrs["units"]["over_full_pupils"] == "pupils"
    shapes = [frame for frame in made.values() if isinstance(frame, gpd.GeoDataFrame)]
    assert len(shapes) == 4 and all(frame.crs == study.crs for frame in shapes)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_columns_and_units_do_not_change_with_the_language(lang: str) -> None:
    study, ways = nine_year_county(), line_travel()
    with lp.using_language("en"):
        other = lp.today(study, ways)
    with lp.using_language(lang):
        plan = lp.today(study, ways)
        for name in ("flows", "unplaced", "outside", "findings", "unchecked"):
            one, two = getattr(plan, name), getattr(other, name)
            assert (list(one), one.attrs) == (list(two), two.attrs)
        both = (lp.compare([plan]), lp.compare([other]))
        assert list(both[0].index) == list(both[1].index)
