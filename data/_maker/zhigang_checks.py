"""What 芝港区（模拟） promises to those who build on it, asserted before a file is written."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.sparse.csgraph import connected_components

from .country import tiles_exactly
from .roads import end_points
from .schooling import SEVEN, difference_coefficient
from .terrain import pair_graph
from .zhigang_district import GRADES, IN, OUT, District
from .zhigang_land import PEOPLE, PLACES


def check(district: District) -> None:
    """Assert everything; the message says what failed."""
    _land(district)
    _schools(district)
    _rolls(district)
    _classes(district)
    _catchments(district)


def _land(district: District) -> None:
    city, roads = district.city, district.roads
    assert len(city.townships) == 12 and len(city.places) == PLACES
    assert tiles_exactly(city.places.geometry) and tiles_exactly(city.townships.geometry)
    assert int(city.places["population"].sum()) == PEOPLE
    first, second, points = end_points(roads)
    assert len(points) >= 4_000
    pieces, _ = connected_components(pair_graph(first, second, np.ones(len(first)), len(points)))
    assert pieces == 1, "streets fall apart"
    tree = shapely.STRtree(roads.geometry.to_numpy())
    spots = shapely.points(district.schools[["x", "y"]].to_numpy())
    _, away = tree.query_nearest(spots, return_distance=True, all_matches=False)
    assert away.max() < 150, away.max()
    assert bool(shapely.covers(city.area.buffer(150), spots).all())


def _schools(district: District) -> None:
    """The published counts (standards §1.2); kindergartens are counted apart."""
    table = district.schools
    assert not table.duplicated(["school_id", "stage"]).any()
    assert table.drop_duplicates("school_id")["code"].is_unique
    schools = table[table["stage"] != "kindergarten"]
    public, private = schools[schools["ownership"] == "public"], schools[schools["ownership"] == "private"]
    kinds = public.drop_duplicates("school_id")["kind"]
    assert kinds.isin(["311", "341"]).sum() == 18 and (kinds == "211").sum() == 43
    assert (kinds == "361").sum() == (kinds == "362").sum() == (kinds == "511").sum() == 1 and len(kinds) == 64
    assert (int(public["enrolment"].sum()), int(public["staff"].sum())) == (63_000, 5_266)
    assert private["school_id"].nunique() == 7
    assert (int(private["enrolment"].sum()), int(private["teachers"].sum())) == (9_932, 888)
    assert int(table.loc[table["migrant_designated"] == 1, "school_id"].nunique()) == 31
    assert bool((table["teachers"] <= table["staff"]).all())
    for stage in ("primary", "junior"):
        own = schools[schools["stage"] == stage]
        assert own["seats"].sum() > 1.02 * own["enrolment"].sum(), (stage, own["seats"].sum(), own["enrolment"].sum())
        load = own["enrolment"] / own["seats"]
        assert (load > 1.15).sum() >= 3 and (load < 0.65).sum() >= 3, load.describe()
        for name in SEVEN:
            value = difference_coefficient(own[name].to_numpy(dtype=float), own["enrolment"].to_numpy())
            assert 0.2 <= value <= 0.8, (stage, name, value)


def _rolls(district: District) -> None:
    """Rolls and residents differ by the stated children who leave and come."""
    from .people import grade_column

    sums = district.rolls.groupby(["school_id", "stage"])["pupils"].sum()
    want = district.schools.set_index(["school_id", "stage"])["enrolment"]
    assert sums.sort_index().astype(int).equals(want.sort_index().astype(int).rename("pupils"))
    for stage, grades in GRADES.items():
        lives = int(district.pupils[[f"pupils_{stage}_{grade_column(stage, g)}" for g in grades]].to_numpy().sum())
        roll = int(district.rolls.loc[district.rolls["stage"] == stage, "pupils"].sum())
        assert lives - OUT.get(stage, 0) + IN.get(stage, 0) == roll, (stage, lives, roll)


def _classes(district: District) -> None:
    register = district.classes
    keys = ["school_id", "stage", "grade"]
    both = register.groupby(keys)["pupils"].agg(["sum", "count"])
    rolls = district.rolls.set_index(keys).sort_index()
    assert (both["sum"].to_numpy() == rolls["pupils"].to_numpy()).all() and both.index.equals(rolls.index)
    assert (both["count"].to_numpy() == rolls["classes"].to_numpy()).all()
    main = register[register["stage"].isin(["primary", "junior"])]
    large, super_large = int((main["pupils"] >= 56).sum()), int((main["pupils"] >= 66).sum())
    assert large >= 40 and 3 <= super_large <= 60, (large, super_large)
    assert main["pupils"].max() <= 75


def _catchments(district: District) -> None:
    ids = district.schools
    for stage, column in district.catchments.items():
        open_ = set(ids.loc[(ids["stage"] == stage) & (ids["ownership"] == "public"), "school_id"])
        named = column.str.split(";")
        assert 4 <= int((named.map(len) == 2).sum()) <= 12
        assert set(named.explode()) == open_, f"a school of {stage} has no catchment"
