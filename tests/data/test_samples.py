"""The sample studies hold what their README files promise; the files are read directly, without the package."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import yaml
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

DATA = Path(__file__).resolve().parents[2] / "data"
FUXI, ZHIGANG = DATA / "fuxi", DATA / "zhigang"
GRADES = {"kindergarten": (-2, -1, 0), "primary": range(1, 7), "junior": (7, 8, 9), "senior": (10, 11, 12)}


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(
        path, dtype={"code": str, "township_id": str, "kind": str, "parent_id": str}, encoding="utf-8-sig"
    )


def column(stage: str, grade: int) -> str:
    return f"pupils_{stage}_{f'k{grade + 3}' if stage == 'kindergarten' else grade}"


def legal(schools: pd.DataFrame, *kinds: str) -> int:
    own = schools[(schools["state"] == "open") & schools["kind"].isin(kinds) & schools["parent_id"].isna()]
    return own["school_id"].nunique()


def graph(roads: gpd.GeoDataFrame) -> tuple[int, int]:
    """Nodes and connected parts of a layer of lines, read off the end points."""
    xy, line = shapely.get_coordinates(roads.geometry, return_index=True)
    first, last = np.flatnonzero(np.r_[True, line[1:] != line[:-1]]), np.flatnonzero(np.r_[line[1:] != line[:-1], True])
    points, number = np.unique(np.vstack([xy[first], xy[last]]), axis=0, return_inverse=True)
    a, b = number.ravel()[: len(roads)], number.ravel()[len(roads) :]
    ways = coo_array((np.ones(len(a)), (a, b)), shape=(len(points), len(points)))
    return len(points), connected_components(ways, directed=False)[0]


def spots(frame: pd.DataFrame, crs: str) -> np.ndarray:
    return gpd.GeoSeries(gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326).to_crs(crs).to_numpy()


@pytest.fixture(scope="module")
def fuxi() -> dict[str, pd.DataFrame]:
    return {p.stem: table(p) for p in FUXI.glob("*.csv")} | {
        p.stem: gpd.read_parquet(p) for p in FUXI.glob("*.parquet")
    }


@pytest.fixture(scope="module")
def zhigang() -> dict[str, pd.DataFrame]:
    files = {p.stem: table(p) for p in ZHIGANG.glob("*.csv")}
    return files | {p.stem: gpd.read_parquet(p) for p in ZHIGANG.glob("*.parquet")}


def test_samples_are_small_and_say_that_they_are_simulated():
    files = [p for folder in (FUXI, ZHIGANG) for p in folder.iterdir()]
    assert sum(p.stat().st_size for p in files) < 4e6
    for path in (FUXI / "study.toml", FUXI / "before.toml", ZHIGANG / "study.toml"):
        study = tomllib.loads(path.read_text(encoding="utf-8"))
        assert study["simulated"] is True
        assert "模拟" in study["name"]
        assert "Simulated" in study["note"]
        named = [section["file"] for section in study.values() if isinstance(section, dict)]
        assert all((path.parent / file).is_file() for file in named)
    for folder in (FUXI, ZHIGANG):
        assert "模拟数据" in (folder / "README.md").read_text(encoding="utf-8")
        for path in folder.glob("*.csv"):
            assert path.read_bytes().startswith(b"\xef\xbb\xbf"), path


def test_fuxi_land(fuxi):
    towns, places = fuxi["townships"], fuxi["places"]
    assert towns.area.sum() / 1e6 == pytest.approx(2650, rel=0.02)
    assert len(towns) == 33
    assert shapely.coverage_is_valid(towns.geometry.to_numpy())
    whole = towns.union_all()
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert whole.area == pytest.approx(towns.area.sum(), abs=1.0)
    assert places["population"].sum() == towns["population"].sum() == 645_000
    assert len(places) == 1000
    assert (towns["urban_rural"] == "121").sum() == 5  # four sub-districts of the seat, and the sub-centre
    # Every village lies in the township it names.
    at = gpd.GeoDataFrame(places, geometry=gpd.points_from_xy(places["lon"], places["lat"]), crs=4326).to_crs(towns.crs)
    home = towns.set_index("township_id").geometry.loc[at["township_id"]].to_numpy()
    assert (shapely.distance(home, at.geometry.to_numpy()) < 70).all()
    with rasterio.open(FUXI / "dem.tif") as dem:
        height = dem.read(1)
        assert dem.crs.to_epsg() == 4544
        assert dem.dtypes == ("int16",)
        assert dem.bounds.left < whole.bounds[0] - 1000
        assert dem.bounds.top > whole.bounds[3] + 1000
    assert 280 < height.min() < 340
    assert 850 < height.max() < 1200


def test_fuxi_roads_hang_together_and_cross_the_river_only_on_bridges(fuxi):
    roads, water = fuxi["roads"], fuxi["water"]
    nodes, parts = graph(roads)
    assert nodes >= 15_000
    assert parts == 1
    assert set(roads["class"]) == {"trunk", "secondary", "tertiary", "village"}
    wet = roads.intersects(water.geometry.iloc[0])
    assert 6 <= wet.sum() <= 14
    assert (roads.loc[wet, "bridge"] == 1).all()
    assert (roads.loc[~wet, "bridge"] == 0).all()
    tree = shapely.STRtree(roads.geometry.to_numpy())
    for name in ("places", "schools", "sites"):
        away = tree.query_nearest(spots(fuxi[name], roads.crs), return_distance=True, all_matches=False)[1]
        assert away.max() < 300, name


def test_fuxi_roads_wind(fuxi):
    """Neighbouring villages are a realistic detour apart: more than the straight line, less than a maze."""
    roads = fuxi["roads"]
    ends = shapely.get_point(roads.geometry.to_numpy(), 0), shapely.get_point(roads.geometry.to_numpy(), -1)
    straight = shapely.distance(*ends)
    long = (straight > 400) & (roads["class"] == "tertiary")
    assert 1.02 < (roads.length[long] / straight[long]).median() < 1.5


def test_fuxi_schools_count_as_published(fuxi):
    now, before = fuxi["schools"], fuxi["schools_before"]
    assert (legal(now, "211"), legal(now, "311", "312")) == (83, 28)
    assert (legal(before, "211"), legal(before, "311", "312")) == (119, 50)
    gone = now[now["state"] == "closed"]
    assert gone["stage"].value_counts().to_dict() == {"primary": 36, "junior": 22}
    assert (gone["closed_year"] == 2023).all()
    was = before[before["school_id"].isin(gone["school_id"])]
    assert was["enrolment"].sum() == 9_584
    assert was["teachers"].sum() == 885
    assert before["teachers"].sum() == now["teachers"].sum()
    assert (now["kind"] == "218").sum() == 14
    assert set(now.loc[now["kind"] == "218", "grades"]) == {"1-3"}
    assert now.loc[now["kind"] == "312", "school_id"].nunique() == 3
    assert now["code"].str.fullmatch(r"\d{10}").all()
    parents = now["parent_id"].dropna()
    assert len(parents) == 18
    assert parents.isin(now.loc[now["state"] == "open", "school_id"]).all()
    assert not now.duplicated(["school_id", "stage"]).any()
    assert len(now.drop_duplicates(["lon", "lat"])) == now["school_id"].nunique()


@pytest.mark.parametrize("rolls", ["rolls", "rolls_before"])
def test_fuxi_rolls_equal_residents_in_every_grade(fuxi, rolls):
    places, roll = fuxi["places"], fuxi[rolls]
    assert roll.loc[roll["stage"] == "primary", "pupils"].sum() == 56_000
    assert roll.loc[roll["stage"] == "junior", "pupils"].sum() == 25_000
    sums = roll.groupby(["stage", "grade"])["pupils"].sum()
    for stage, grades in GRADES.items():
        for grade in grades:
            assert sums[stage, grade] == places[column(stage, grade)].sum()
    schools = fuxi["schools" if rolls == "rolls" else "schools_before"].set_index(["school_id", "stage"])["enrolment"]
    sums = roll.groupby(["school_id", "stage"])["pupils"].sum()
    assert sums.reindex(schools.index, fill_value=0).eq(schools).all()


def test_fuxi_attendance_is_part_of_residents_and_all_of_the_rolls_it_tells(fuxi):
    attendance, rolls, places = fuxi["attendance"], fuxi["rolls"], fuxi["places"].set_index("place_id")
    told = attendance.groupby(["school_id", "stage", "grade"])["pupils"].sum()
    known = rolls.set_index(["school_id", "stage"]).loc[lambda r: r.index.isin(told.index.droplevel("grade"))]
    assert told.sort_index().eq(known.set_index("grade", append=True)["pupils"].sort_index()).all()
    assert len(told) == len(known)
    sent = attendance.groupby(["place_id", "stage", "grade"], as_index=False)["pupils"].sum()
    lives = [places.at[p, column(s, g)] for p, s, g in sent[["place_id", "stage", "grade"]].itertuples(index=False)]
    assert (sent["pupils"] <= lives).all()
    counted = fuxi["schools"].query("state == 'open' and parent_id.isna() and kind in ['211', '311', '312']")
    share = attendance["school_id"].nunique() / counted["school_id"].nunique()
    assert 0.25 < share < 0.42
    # Pupils of villages go to town.
    seat = fuxi["townships"]["township_id"].iloc[:4]
    town = fuxi["schools"].loc[fuxi["schools"]["township_id"].isin(seat), "school_id"]
    into_town = attendance[attendance["school_id"].isin(town)]
    from_villages = into_town["place_id"].map(places["kind"]) == "village"
    assert into_town.loc[from_villages, "pupils"].sum() > 3_000


def test_fuxi_births_explain_the_rolls(fuxi):
    """Grade g of autumn t: a third of the births of t−6−g, two thirds of the year after; the ratio falls gently."""
    births = fuxi["births"].groupby("year")["count"].sum()
    assert (births.index.min(), births.index.max()) == (2005, 2023)
    mix = {g: births[2023 - 6 - g] / 3 + births[2023 - 5 - g] * 2 / 3 for g in range(1, 10)}
    lives = {g: fuxi["places"][column("primary" if g < 7 else "junior", g)].sum() for g in mix}
    ratio = pd.Series({g: lives[g] / mix[g] for g in mix})
    assert ratio.is_monotonic_decreasing
    assert ratio.between(0.76, 0.93).all()
    intake = {t: births[t - 13] / 3 + births[t - 12] * 2 / 3 for t in range(2023, 2036)}
    assert max(intake, key=lambda t: intake[t]) in (2028, 2029)
    assert births[2023] < 0.5 * births[2016]
    # ... township by township, not only in sum.
    places = fuxi["places"]
    own = fuxi["births"].pivot(index="township_id", columns="year", values="count")
    primary = places[[column("primary", g) for g in range(1, 7)]].sum(axis=1).groupby(places["township_id"]).sum()
    expected = sum(own[2017 - g] / 3 + own[2018 - g] * 2 / 3 for g in range(1, 7))
    assert (primary / expected).between(0.75, 1.05).all()


def test_fuxi_history_turns_before_into_now(fuxi):
    edits = yaml.safe_load((FUXI / "history.yaml").read_text(encoding="utf-8"))["edits"]
    into = {e["school"]: e["into"] for e in edits}
    assert len(edits) == len(into) == 58
    assert {e["do"] for e in edits} == {"merge"}
    before, now = fuxi["schools_before"], fuxi["schools"]
    left = set(before.loc[before["state"] == "open", "school_id"]) - set(into)
    assert left == set(now.loc[now["state"] == "open", "school_id"])
    assert set(into.values()) <= left
    moved = fuxi["rolls_before"].assign(school_id=lambda r: r["school_id"].replace(into))
    keys = ["school_id", "stage", "grade"]
    assert moved.groupby(keys)["pupils"].sum().equals(fuxi["rolls"].groupby(keys)["pupils"].sum())
    staff = before.assign(school_id=before["school_id"].replace(into)).groupby(["school_id", "stage"])["teachers"].sum()
    assert staff.eq(now[now["state"] == "open"].groupby(["school_id", "stage"])["teachers"].sum()).all()
    # A school of two stages is not merged into without saying which.
    two = set(now.loc[now["kind"] == "312", "school_id"])
    assert all(e.get("stage") == "junior" for e in edits if e["into"] in two)


def test_fuxi_end_state_seats_the_peak(fuxi):
    edits = yaml.safe_load((FUXI / "end-state.yaml").read_text(encoding="utf-8"))["edits"]
    schools = fuxi["schools"][fuxi["schools"]["state"] == "open"]
    gone = {e["school"]: e["into"] for e in edits if e["do"] == "merge"}
    new = [e for e in edits if e["do"] == "open"]
    left = schools[~schools["school_id"].isin(gone)]
    assert legal(left, "211") + len(new) == 39 + 2
    assert legal(left, "311", "312") == 16
    junior = set(left.loc[left["stage"] == "junior", "school_id"])
    plain = [e for e in edits if e["do"] == "expand" and e["school"] in junior and e.get("stage", "junior") == "junior"]
    assert len(plain) == 15
    assert sum(e["do"] == "rebuild" for e in edits) == 1
    assert {e["site"] for e in new} <= set(fuxi["sites"]["site_id"])
    for stage, peak in (("primary", 56_000), ("junior", 25_300)):
        own = left[(left["stage"] == stage) & left["parent_id"].isna()].set_index("school_id")
        seats = own["seats"].copy()
        for e in edits:
            if e["do"] in ("expand", "rebuild") and e["school"] in seats.index and e.get("stage", stage) == stage:
                seats[e["school"]] = e["seats"]
        merged = schools[schools["school_id"].isin(gone) & (schools["stage"] == stage)]
        load = own["enrolment"].add(merged.groupby(merged["school_id"].map(gone))["enrolment"].sum(), fill_value=0)
        assert (seats >= load.loc[seats.index]).all()
        assert seats.sum() + sum(e["seats"] for e in new if e["stage"] == stage) >= peak


@pytest.mark.parametrize(
    ("stage", "count", "sizes", "people", "pupils"),
    [("junior", 5, (6, 9), 130_000, 5_000), ("primary", 8, (3, 5), 80_000, 7_000)],
)
def test_fuxi_planted_districts_meet_the_published_windows(fuxi, stage, count, sizes, people, pupils):
    towns = fuxi["townships"].merge(fuxi["districts_planted"], on="township_id")
    children = fuxi["places"][[column(stage, g) for g in GRADES[stage]]].sum(axis=1)
    towns["children"] = towns["township_id"].map(children.groupby(fuxi["places"]["township_id"]).sum())
    groups = towns.groupby(stage)
    assert groups.ngroups == count
    assert groups.size().between(*sizes).all()
    assert groups["population"].sum().between(0.9 * people, 1.1 * people).all()
    assert groups["children"].sum().between(0.85 * pupils, 1.15 * pupils).all()
    for _, members in groups:
        whole = members.union_all()
        assert whole.geom_type == "Polygon"  # one piece: shared borders, not corners
        assert whole.buffer(-100).geom_type == "Polygon"


def test_fuxi_towns_are_full_and_strong_and_villages_empty(fuxi):
    schools = fuxi["schools"][fuxi["schools"]["state"] == "open"]
    for stage in ("primary", "junior"):
        own = schools[(schools["stage"] == stage) & (schools["kind"] != "218")]
        lead, rest = own[own["lead_candidate"] == 1], own[own["lead_candidate"] == 0]
        assert lead["enrolment"].sum() / lead["seats"].sum() > 0.98
        assert rest["enrolment"].sum() / rest["seats"].sum() < 0.85
        assert lead["quality"].mean() > rest["quality"].mean() + 20
        assert own["seats"].sum() > 1.05 * own["enrolment"].sum()
    rolls = fuxi["rolls"].query("stage in ['primary', 'junior']")
    size = rolls["pupils"] / rolls["classes"]
    assert size.max() <= 66
    assert (size >= 56).sum() >= 20
    assert (size < 20).sum() >= 20
    taught = fuxi["teachers"].groupby(["school_id", "stage"])["teachers"].sum()
    assert taught.eq(schools.set_index(["school_id", "stage"])["teachers"].loc[taught.index]).all()


THRESHOLDS = {
    "teachers_above_degree": (4.2, 5.3, 100),
    "teachers_backbone": (1, 1, 100),
    "teachers_arts": (0.9, 0.9, 100),
    "area_teaching": (4.5, 5.8, 1),
    "area_sports": (7.5, 10.2, 1),
    "equipment_value": (2000, 2500, 1),
    "network_rooms": (2.3, 2.4, 100),
}


@pytest.mark.parametrize("stage", ["primary", "junior"])
def test_fuxi_seven_indicators_are_unequal_and_partly_met(fuxi, stage):
    own = fuxi["schools"].query("state == 'open' and kind != '218'").query("stage == @stage")
    weight = own["enrolment"] / own["enrolment"].sum()
    met = 0
    for name, (primary, junior, unit) in THRESHOLDS.items():
        each = own[name] / own["enrolment"]
        mean = own[name].sum() / own["enrolment"].sum()
        assert 0.3 <= np.sqrt((weight * (each - mean) ** 2).sum()) / mean <= 0.8, name
        met = met + (each * unit >= (primary if stage == "primary" else junior)).astype(int)
    assert 0.05 < (met >= 6).mean() < 0.7


def test_fuxi_has_the_other_schools_too(fuxi):
    schools = fuxi["schools"]
    nurseries = schools[schools["stage"] == "kindergarten"]
    assert 85 <= len(nurseries) <= 100
    assert (nurseries["licensed"] == 0).sum() >= 4
    assert nurseries["ownership"].value_counts()["private"] >= 20
    assert (schools["stage"] == "senior").sum() == 5
    assert set(schools.loc[schools["stage"].isin(["vocational", "special"]), "school_id"]) == {"V1", "E1"}
    assert set(fuxi["hazards"]["kind"]) == {"no_pavement", "flood", "landslide"}


def test_zhigang_land(zhigang):
    places, towns = zhigang["places"], zhigang["townships"]
    assert (len(places), len(towns)) == (160, 12)
    for layer in (places, towns):
        assert shapely.coverage_is_valid(layer.geometry.to_numpy())
        assert layer.union_all().geom_type == "Polygon"
    assert places.area.sum() == pytest.approx(towns.area.sum(), abs=1.0)
    assert places["population"].sum() == towns["population"].sum()
    nodes, parts = graph(zhigang["roads"])
    assert nodes >= 4_000
    assert parts == 1


def test_zhigang_schools_count_as_published(zhigang):
    schools = zhigang["schools"].query("stage != 'kindergarten'")
    public, private = schools[schools["ownership"] == "public"], schools[schools["ownership"] == "private"]
    kinds = public.drop_duplicates("school_id")["kind"].value_counts()
    assert kinds["211"] == 43
    assert kinds["311"] + kinds["341"] == 18
    assert kinds.sum() == 64
    assert (public["enrolment"].sum(), public["staff"].sum()) == (63_000, 5_266)
    assert private["school_id"].nunique() == 7
    assert (private["enrolment"].sum(), private["teachers"].sum()) == (9_932, 888)
    assert schools.loc[schools["migrant_designated"] == 1, "school_id"].nunique() == 31


@pytest.mark.parametrize(
    ("stage", "grades", "rest"),
    [("primary", range(1, 6), 80), ("junior", range(6, 10), 60), ("senior", range(10, 13), -60)],
)
def test_zhigang_residents_and_rolls_differ_by_the_stated_rest(zhigang, stage, grades, rest):
    rolls = zhigang["rolls"].query("stage == @stage")
    assert set(rolls["grade"]) == set(grades)
    lives = sum(zhigang["places"][column(stage, g)].sum() for g in grades)
    assert lives - rolls["pupils"].sum() == rest


def test_zhigang_register_of_classes(zhigang):
    keys = ["school_id", "stage", "grade"]
    register = zhigang["classes"].groupby(keys)["pupils"].agg(["sum", "size"])
    rolls = zhigang["rolls"].set_index(keys).sort_index()
    assert register["sum"].eq(rolls["pupils"]).all()
    assert register["size"].eq(rolls["classes"]).all()
    main = zhigang["classes"].query("stage in ['primary', 'junior']")["pupils"]
    assert (main >= 56).sum() >= 40
    assert 3 <= (main >= 66).sum() <= 60
    load = zhigang["schools"].query("stage == 'primary'").eval("enrolment / seats")
    assert (load > 1.15).sum() >= 3
    assert (load < 0.65).sum() >= 3


@pytest.mark.parametrize("stage", ["primary", "junior"])
def test_zhigang_catchments_name_public_schools_of_the_stage(zhigang, stage):
    schools = zhigang["schools"].query("stage == @stage and ownership == 'public'")["school_id"]
    zones = zhigang["places"][f"catchment_{stage}"].str.split(";")
    assert set(zones.explode()) == set(schools)
    assert (zones.str.len() == 2).sum() == 7
    assert zones.str.len().max() == 2
    assert zhigang["places"][f"migrants_{stage}"].sum() > 1_000


def test_zhigang_estates_come_after_now(zhigang):
    estates = zhigang["estates"]
    assert estates["year"].between(2025, 2028).all()
    assert estates["place_id"].isin(zhigang["places"]["place_id"]).all()


@pytest.mark.slow
def test_the_maker_makes_equal_content(tmp_path):
    subprocess.run([sys.executable, str(DATA / "make_samples.py"), str(tmp_path)], check=True, capture_output=True)
    for folder in (FUXI, ZHIGANG):
        made = tmp_path / folder.name
        assert {p.name for p in made.iterdir()} <= {p.name for p in folder.iterdir()}
        for path in made.iterdir():
            stored = folder / path.name
            if path.suffix == ".parquet":
                pd.testing.assert_frame_equal(gpd.read_parquet(path), gpd.read_parquet(stored))
            elif path.suffix == ".tif":
                with rasterio.open(path) as a, rasterio.open(stored) as b:
                    assert np.array_equal(a.read(1), b.read(1))
            else:
                assert path.read_bytes() == stored.read_bytes(), path.name
