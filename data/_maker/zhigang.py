"""The sample study 芝港区（模拟）: an urban district by the sea, five primary and four junior grades.

Calibrated to the published figures of one urban district (standards §1.2); the place itself is made up.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import dijkstra

from . import zhigang_checks, zhigang_files
from .draw import Bools, Floats, Ints, farthest_points, share_out
from .people import among, births_by_township, county_births, entry_mix, grade_column, residents
from .roads import road_layer
from .schooling import CLASS_LIMIT, seven_indicators, weights
from .zhigang_district import GRADES, IN, OUT, District
from .zhigang_land import CRS, City, make_city

YEAR = 2023

# Published (standards §1.2): 64 public schools = 18 middle + 43 primary + 1 vocational + 1 special + 1 sports school,
# 63,000 pupils and 5,266 staff; 7 private schools, 9,932 pupils and 888 teachers. How the pupils divide is assumed.
PUBLIC = {"primary": 31_500, "junior": 23_000, "senior": 4_500, "vocational": 3_400, "special": 210, "sports": 390}
PRIVATE = {"primary": 2_932, "junior": 4_600, "senior": 2_400}
STAFF, PRIVATE_TEACHERS, DESIGNATED = 5_266, 888, 31
STAY = {
    -2: 0.72, -1: 0.84, 0: 0.92,
    1: 1.030, 2: 1.035, 3: 1.040, 4: 1.045, 5: 1.050,
    6: 1.060, 7: 1.070, 8: 1.080, 9: 1.090,
    10: 0.5, 11: 0.5, 12: 0.5,
}  # fmt: skip
DECLINE, LATE_DECLINE = 0.004, 0.02


def grade_totals(births: pd.Series) -> dict[tuple[str, int], int]:
    """Resident children by grade: those in the district's schools, and those who leave, less those who come."""
    totals: dict[tuple[str, int], int] = {}
    for stage, grades in GRADES.items():
        raw = np.array([entry_mix(births, YEAR, g) * STAY[g] for g in grades])
        total = round(float(raw.sum()))
        if stage in PRIVATE:
            total = PUBLIC[stage] + PRIVATE[stage] + OUT[stage] - IN[stage]
        totals |= {(stage, g): int(n) for g, n in zip(grades, share_out(raw, total), strict=True)}
    return totals


def make_pupils(rng: np.random.Generator, city: City) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Births by sub-district and children by place."""
    mix = sum(entry_mix(county_births(1.0, DECLINE, LATE_DECLINE), YEAR, g) * STAY[g] for g in GRADES["primary"])
    living = PUBLIC["primary"] + PRIVATE["primary"] + OUT["primary"] - IN["primary"]
    births = county_births(living / mix, DECLINE, LATE_DECLINE)
    count = len(city.townships)
    table = births_by_township(rng, births, city.townships["population"].to_numpy(), rng.normal(0.0, 0.008, count))
    places = city.places
    weight = places["population"].to_numpy() * np.where(places["kind"] == "estate", 1.18, 0.94)
    stay = rng.normal(1.0, 0.03, count)
    totals = grade_totals(births)
    return table, residents(rng, table, YEAR, totals, stay, places["township"].to_numpy(), weight.astype(float))


def _spread(city: City, count: int, taken: list[int], power: float) -> list[int]:
    """Communities far from each other, rather large ones."""
    xy = city.mesh.xy[city.places["node"].to_numpy()]
    people = city.places["population"].to_numpy().astype(float)
    dense = people / city.places.area.to_numpy()
    weight = (people / people.mean()) ** power * (dense / dense.mean()) ** (power * 0.7)
    start = taken or [int(np.argmax(weight))]
    return farthest_points(xy, count, start, weight)


def list_schools(city: City) -> pd.DataFrame:
    """Put up all schools; a school of two stages has two rows."""
    rows: list[dict[str, object]] = []

    def add(place: int, school: str, stage: str, kind: str, title: str, ownership: str = "public") -> None:
        rows.append(
            {"place": place, "school_id": school, "stage": stage, "kind": kind, "name": title, "ownership": ownership}
        )

    names = city.places["name"].str.removesuffix("社区")
    for n, place in enumerate(_spread(city, 43, [], 1.0), 1):
        add(place, f"P{n:02d}", "primary", "211", f"芝港区{names[place]}小学")
    middles = _spread(city, 18, [], 1.0)
    for n, place in enumerate(middles, 1):
        if n in (2, 5, 9, 14):  # assumption: 4 of the 18 are complete middle schools
            add(place, f"M{(2, 5, 9, 14).index(n) + 1:02d}", "junior", "341", f"芝港区{names[place]}完全中学")
            add(place, f"M{(2, 5, 9, 14).index(n) + 1:02d}", "senior", "341", f"芝港区{names[place]}完全中学")
        else:
            number = n - sum(k < n for k in (2, 5, 9, 14))
            add(place, f"J{number:02d}", "junior", "311", f"芝港区{names[place]}初级中学")
    for n, place in enumerate(_spread(city, 2, middles[:6], 0.5), 1):
        add(place, f"N{n:02d}", "primary", "312", f"{names[place]}双语学校（民办）", "private")
        add(place, f"N{n:02d}", "junior", "312", f"{names[place]}双语学校（民办）", "private")
    other = _spread(city, 8, middles[:8], 0.5)
    add(other[0], "P44", "primary", "211", f"{names[other[0]]}实验小学（民办）", "private")
    for n in (15, 16):
        add(other[n - 14], f"J{n}", "junior", "311", f"{names[other[n - 14]]}初级中学（民办）", "private")
    for n in (1, 2):
        add(other[n + 2], f"S{n:02d}", "senior", "342", f"{names[other[n + 2]]}高级中学（民办）", "private")
    add(other[5], "V01", "vocational", "361", "芝港区职业中等专业学校")
    add(other[6], "V02", "vocational", "362", "芝港区体育运动学校")
    add(other[7], "E01", "special", "511", "芝港区特殊教育学校")
    for n, place in enumerate(_spread(city, 46, [], 0.9), 1):
        private = n % 5 in (2, 4)
        add(
            place,
            f"K{n:02d}",
            "kindergarten",
            "111",
            f"{names[place]}{'双语' if private else ''}幼儿园",
            "private" if private else "public",
        )
    frame = pd.DataFrame(rows)
    frame["township"] = city.places["township"].to_numpy()[frame["place"]]
    prefix = frame["kind"].str[:2].where(frame["kind"] != "312", "31")
    serial = frame.drop_duplicates("school_id").groupby(prefix).cumcount() + 1
    code = {frame.at[i, "school_id"]: f"{prefix[i]}98{n:06d}" for i, n in serial.items()}
    return frame.assign(code=frame["school_id"].map(code))


def street_metres(city: City, places: Ints) -> Floats:
    """Way along the streets from every place (row) to the given places (column), metres, with the way to the street."""
    nodes = city.places["node"].to_numpy()
    return np.asarray(dijkstra(city.mesh.graph(built_only=True), indices=nodes[places])[:, nodes].T) + 150.0


def zone(rng: np.random.Generator, metres: Floats, children: Ints) -> tuple[Ints, dict[int, int]]:
    """Today's catchments: the nearest school, pushed and pulled as history has it; a few places share two.

    Returns
    -------
    tuple
        Position of the school of each place, and for shared places the second one.
    """
    bias = np.exp(rng.normal(0, 0.16, metres.shape[1]))
    target = children.sum() / metres.shape[1]
    for _ in range(10):  # the bureau has evened out the worst, and no more
        load = np.bincount((metres * bias).argmin(axis=1), weights=children, minlength=len(bias))
        bias *= np.clip((load + 1) / target, 0.5, 2.0) ** 0.06
    ranked = np.argsort(metres * bias, axis=1, kind="stable")
    first, second = ranked[:, 0], ranked[:, 1]
    row = np.arange(len(metres))
    closeness = (metres * bias)[row, second] / (metres * bias)[row, first]
    shared = np.argsort(closeness, kind="stable")[:7]
    return first, {int(p): int(second[p]) for p in shared}


def _by_grade(rng: np.random.Generator, children: Ints, out: int) -> Ints:
    """Take ``out`` children at random from a place × grade table; answers how many are taken where."""
    flat = children.ravel()
    taken = rng.multivariate_hypergeometric(flat, out, method="marginals")
    return np.asarray(taken.reshape(children.shape), dtype=np.int64)


def enrol(
    rng: np.random.Generator, city: City, rows: pd.DataFrame, stage: str, children: Ints
) -> tuple[Ints, pd.Series]:
    """Rolls by school and grade for primary or junior, and the catchment of each place.

    Every resident child is either out of the district, in a private school, in the school of the catchment, or (about
    one in thirty) in another public school; children from outside are added at the end.
    """
    public = (rows["ownership"] == "public").to_numpy()
    metres = street_metres(city, rows["place"].to_numpy())
    rolls = np.zeros((len(rows), children.shape[1]), dtype=np.int64)
    left = children - _by_grade(rng, children, OUT[stage])
    paying = _by_grade(rng, left, PRIVATE[stage])
    left = left - paying
    schools = np.flatnonzero(public)
    first, shared = zone(rng, metres[:, schools], children.sum(axis=1))
    stray = rng.binomial(left, 0.035)
    pull = weights(metres[:, schools], np.exp(rng.normal(0, 0.5, len(schools))), 2_500.0)
    private = np.flatnonzero(~public)
    pay_pull = np.exp(-metres[:, private] / 7_000) * np.array(_PRIVATE_SIZE[stage])
    for grade in range(children.shape[1]):
        for place in range(len(children)):
            stays = int(left[place, grade] - stray[place, grade])
            own = schools[first[place]]
            if place in shared:
                half = int(rng.binomial(stays, 0.5))
                rolls[schools[shared[place]], grade] += half
                stays -= half
            rolls[own, grade] += stays
        p = pull / pull.sum(axis=1, keepdims=True)
        rolls[schools, grade] += rng.multinomial(stray[:, grade], p).sum(axis=0)
        q = pay_pull / pay_pull.sum(axis=1, keepdims=True)
        rolls[private, grade] += rng.multinomial(paying[:, grade], q).sum(axis=0)
    from_outside = rng.multinomial(IN[stage], np.full(rolls[public].size, 1 / rolls[public].size)).reshape(
        rolls[public].shape
    )
    rolls[schools] += from_outside
    ids = rows["school_id"].to_numpy()
    catchment = pd.Series(ids[schools[first]], index=city.places.index)
    for place, other in shared.items():
        catchment[place] = f"{catchment[place]};{ids[schools[other]]}"
    return rolls, catchment


_PRIVATE_SIZE = {"primary": [1.1, 1.0, 0.9], "junior": [0.7, 0.7, 1.0, 1.0]}


def enrol_by_pull(rng: np.random.Generator, city: City, rows: pd.DataFrame, children: Ints, sizes: Ints | None) -> Ints:
    """Rolls of kindergartens and senior schools, which have no catchments; given sizes are met exactly."""
    if sizes is not None:
        total = children.sum(axis=0)
        split = np.stack([share_out(sizes, int(t)) for t in total], axis=1)
        for school in range(len(rows) - 1):  # whole numbers by school as well as by grade
            drift = int(split[school].sum() - sizes[school])
            grade = school % split.shape[1]
            split[school, grade] -= drift
            split[-1, grade] += drift
        return split
    metres = street_metres(city, rows["place"].to_numpy())
    pull = weights(metres, np.exp(rng.normal(0, 0.3, len(rows))), 900.0)
    p = pull / pull.sum(axis=1, keepdims=True)
    return np.stack([rng.multinomial(children[:, g], p).sum(axis=0) for g in range(children.shape[1])], axis=1)


def _senior_sizes() -> Ints:
    """Senior sections of the four complete middle schools and the two private senior schools."""
    return np.array([1_290, 1_200, 1_050, 960, 1_300, 1_100])


def _columns(pupils: pd.DataFrame, stage: str) -> Ints:
    return pupils[[f"pupils_{stage}_{grade_column(stage, g)}" for g in GRADES[stage]]].to_numpy()


def _crowding(rng: np.random.Generator, count: int) -> Floats:
    """How full schools are: a few much over-full, many full, some half empty."""
    few = max(round(count * 0.1), 3)
    fill = np.concatenate(
        [
            rng.uniform(1.30, 1.45, few),
            rng.uniform(1.08, 1.25, round(count * 0.22)),
            rng.uniform(0.45, 0.62, round(count * 0.18)),
        ]
    )
    return np.concatenate([fill, rng.uniform(0.72, 1.02, count - len(fill))])


def rooms_and_classes(rng: np.random.Generator, rolls: Ints, limit: int, crowd: Bools) -> tuple[Ints, Ints, Ints]:
    """Classrooms, classes by grade, seats. An over-full school has no room for the class it needs."""
    total = rolls.sum(axis=1)
    grades = rolls.shape[1]
    filled = rng.uniform(0.75, 1.0, len(total))
    # The largest schools are the over-full ones: crowding goes by size, shuffled a little.
    order = np.argsort(-(total * rng.lognormal(0, 0.35, len(total))), kind="stable")
    order = order[crowd[order]]
    if len(order):
        filled[order] = np.sort(_crowding(rng, len(order)))[::-1]
    rooms = np.maximum(np.round(total / limit / filled).astype(int), grades)
    classes = np.zeros_like(rolls)
    for s in range(len(rolls)):
        wish = np.ceil(rolls[s] / limit).astype(int)
        while wish.sum() > rooms[s]:  # where a class fewer hurts least
            size = np.where(wish > 1, rolls[s] / np.maximum(wish - 1, 1), np.inf)
            if size.min() > 68:
                break
            wish[int(np.argmin(size))] -= 1
        classes[s] = np.maximum(wish, rolls[s] > 0)
    rooms = np.maximum(rooms, classes.sum(axis=1))
    return rooms, classes, rooms * limit


def class_register(rng: np.random.Generator, rolls: pd.DataFrame) -> pd.DataFrame:
    """Every class with its pupils; classes of one grade differ by a child or three."""
    rows = []
    for school, stage, grade, pupils, classes in rolls[["school_id", "stage", "grade", "pupils", "classes"]].itertuples(
        index=False
    ):
        sizes = share_out(1 + 0.03 * rng.standard_normal(int(classes)), int(pupils))
        rows += [(school, stage, grade, n, int(size)) for n, size in enumerate(sizes, 1)]
    return pd.DataFrame(rows, columns=["school_id", "stage", "grade", "class_no", "pupils"])


def _fixed_rows(schools: pd.DataFrame) -> pd.DataFrame:
    """Vocational, sports and special school: roll by grade in equal parts, no demand by place."""
    total = {"V01": PUBLIC["vocational"], "V02": PUBLIC["sports"], "E01": PUBLIC["special"]}
    parts = []
    for school, count in total.items():
        grades = range(1, 10) if school == "E01" else range(10, 13)
        stage = str(schools.loc[schools["school_id"] == school, "stage"].iloc[0])
        split = share_out(np.ones(len(grades)), count)
        limit = CLASS_LIMIT[stage]
        parts.append(
            pd.DataFrame(
                {
                    "school_id": school,
                    "stage": stage,
                    "grade": list(grades),
                    "pupils": split,
                    "classes": np.ceil(split / limit).astype(int),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _complete(rng: np.random.Generator, schools: pd.DataFrame, rolls: pd.DataFrame) -> pd.DataFrame:
    """Teachers, money, sites and the seven indicators."""
    keys = ["school_id", "stage"]
    sums = rolls.groupby(keys)[["pupils", "classes"]].sum().rename(columns={"pupils": "enrolment"})
    table = schools.merge(sums.reset_index(), on=keys, how="left")
    for column in ("classrooms", "seats"):
        missing = table[column].isna()
        table.loc[missing, column] = table.loc[missing, "classes"] * (
            1.0 if column == "classrooms" else table.loc[missing, "stage"].map(CLASS_LIMIT)
        )
        table[column] = table[column].astype(int)
    ratio = table["stage"].map(
        {"kindergarten": 10.5, "primary": 14.6, "junior": 10.8, "senior": 10.2, "vocational": 13.0, "special": 3.5}
    )
    need = table["enrolment"] / ratio * rng.uniform(0.9, 1.1, len(table))
    public = (table["ownership"] == "public") & (table["stage"] != "kindergarten")
    private = (table["ownership"] == "private") & (table["stage"] != "kindergarten")
    table["staff"] = np.round(need * 1.45).astype(int)
    table.loc[public, "staff"] = share_out(need[public].to_numpy(), STAFF)
    table["teachers"] = np.round(table["staff"] * 0.915).astype(int)
    table.loc[~public, "teachers"] = np.round(need[~public]).astype(int)
    table.loc[private, "teachers"] = share_out(need[private].to_numpy(), PRIVATE_TEACHERS)
    table.loc[private, "staff"] = np.round(table.loc[private, "teachers"] * 1.12).astype(int)
    old_town = table["place_density"].rank(pct=True)
    table["quality"] = np.clip(48 + 34 * old_town + rng.normal(0, 9, len(table)), 25, 98).round(1)
    table["boarders"] = np.where(
        table["stage"].isin(["senior", "vocational"]), (table["enrolment"] * 0.4).astype(int), 0
    )
    table["beds"] = np.ceil(table["boarders"] * 1.06 / 6).astype(int) * 6
    money = 400_000 + 165_000 * table["staff"] + 1_150 * table["enrolment"]
    table["running_cost"] = np.round(money, -3).astype(int)
    per_child = table["stage"].map(
        {"kindergarten": 10, "primary": 13, "junior": 18, "senior": 22, "vocational": 26, "special": 60}
    )
    table["site_area"] = np.round(table["seats"] * per_child * rng.uniform(0.6, 1.25, len(table)), -1).astype(int)
    table["floor_area"] = np.round(table["seats"] * per_child * 0.55 * rng.uniform(0.8, 1.2, len(table)), -1).astype(
        int
    )
    table["tenure"] = np.where(table["ownership"] == "public", "state", "leased")
    table["building_grade"] = rng.choice(["A", "B", "C"], len(table), p=[0.6, 0.32, 0.08])
    table["open_cost"], table["parent_id"], table["state"], table["closed_year"] = 0, "", "open", np.nan
    top = table[public & table["stage"].isin(["primary", "junior"])].groupby("stage")["quality"].rank(ascending=False)
    table["lead_candidate"] = (top.reindex(table.index) <= 9).astype(int)
    return _add_indicators(rng, _one_tenure(table))


def _one_tenure(table: pd.DataFrame) -> pd.DataFrame:
    """What belongs to a whole school is the same in its two rows."""
    for column in ("tenure", "building_grade", "quality"):
        table[column] = table.groupby("school_id")[column].transform("first")
    return table


def _add_indicators(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    level = {
        "teachers_above_degree": 1.25,
        "teachers_backbone": 1.5,
        "teachers_arts": 1.1,
        "area_teaching": 1.15,
        "area_sports": 1.0,
        "equipment_value": 1.3,
        "network_rooms": 1.15,
    }
    parts = []
    for stage in ("primary", "junior"):
        own = table[table["stage"] == stage]
        usual = pd.DataFrame(level, index=own.index)
        # Where rooms are short the area per child is short as well.
        room = np.clip(own["seats"] / own["enrolment"], 0.6, 1.8)
        usual["area_teaching"] *= room
        usual["area_sports"] *= room
        pupils, teachers = own["enrolment"].to_numpy(), own["teachers"].to_numpy()
        raw = seven_indicators(rng, stage, pupils, teachers, usual, 0.34, (0.25, 0.6), np.ones(len(own), dtype=bool))
        parts.append(raw.set_index(own.index))
    return table.join(pd.concat(parts))


def make_district(seed: int) -> District:
    """Make everything in memory; the same seed gives the same district."""
    city = make_city(seed)
    rng = np.random.default_rng(seed + 1)
    births, pupils = make_pupils(rng, city)
    schools = list_schools(city)
    density = (city.places["population"] / city.places.area).to_numpy()
    schools["place_density"] = density[schools["place"]]
    parts, catchments = [], {}
    for stage, grades in GRADES.items():
        rows = schools[schools["stage"] == stage].reset_index()
        children = _columns(pupils, stage)
        if stage in ("primary", "junior"):
            rolls, catchments[stage] = enrol(rng, city, rows, stage, children)
        elif stage == "senior":
            # Senior schools admit by examination; those who leave or come are taken off and added grade by grade.
            within = children.sum(axis=0) - share_out(np.ones(3), OUT[stage]) + share_out(np.ones(3), IN[stage])
            rolls = enrol_by_pull(rng, city, rows, within[None, :], _senior_sizes())
        else:
            rolls = enrol_by_pull(rng, city, rows, children, None)
        crowd = (rows["ownership"] == "public").to_numpy() & (stage in ("primary", "junior"))
        rooms, classes, seats = rooms_and_classes(rng, rolls, CLASS_LIMIT[stage], crowd)
        schools.loc[rows["index"], "classrooms"] = rooms
        schools.loc[rows["index"], "seats"] = seats
        schools.loc[rows["index"], "grades"] = f"{grades[0]}-{grades[-1]}"
        for g, grade in enumerate(grades):
            part = pd.DataFrame({"school_id": rows["school_id"], "stage": stage, "grade": grade})
            parts.append(part.assign(pupils=rolls[:, g], classes=classes[:, g]))
    schools.loc[schools["stage"] == "vocational", "grades"] = "10-12"
    schools.loc[schools["stage"] == "special", "grades"] = "1-9"
    rolls_all = pd.concat([*parts, _fixed_rows(schools)], ignore_index=True)
    rolls_all = rolls_all[rolls_all["pupils"] > 0].sort_values(
        ["stage", "school_id", "grade"], kind="stable", ignore_index=True
    )
    table = _complete(rng, schools, rolls_all)
    table = _designate(rng, table)
    table = table.join(_spots(rng, city, table))
    register = class_register(rng, rolls_all)
    winding = np.random.default_rng(seed + 2)
    roads = road_layer(winding, city.mesh, city.mesh.used(), CRS, {0: "主干道", 1: "次干道"}, winding=0.008)
    return District(city, births, pupils, table, rolls_all, register, roads, pd.DataFrame(catchments), OUT)


def _designate(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """31 public schools are designated to admit migrants' children: those with the most room."""
    able = table[(table["ownership"] == "public") & table["stage"].isin(["primary", "junior"])]
    room = (able["seats"] / able["enrolment"]) * rng.lognormal(0, 0.15, len(able))
    chosen = set(able.loc[room.sort_values(ascending=False, kind="stable").index[:DESIGNATED], "school_id"])
    table["migrant_designated"] = (table["school_id"].isin(chosen) & table["stage"].isin(["primary", "junior"])).astype(
        int
    )
    kindergarten = table["stage"] == "kindergarten"
    private = table["ownership"] == "private"
    table["licensed"] = np.where(kindergarten, 1.0, np.nan)
    table["inclusive"] = np.where(
        kindergarten, np.where(private, (rng.random(len(table)) < 0.65).astype(float), 1.0), np.nan
    )
    return table


def _spots(rng: np.random.Generator, city: City, table: pd.DataFrame) -> pd.DataFrame:
    """A spot near a street node of the community, never twice the same."""
    nodes = city.mesh.xy[city.places["node"].to_numpy()]
    spot: dict[str, tuple[float, float]] = {}
    for school, place in zip(table["school_id"], table["place"], strict=True):
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(25, 90)
        spot.setdefault(school, tuple(nodes[int(place)] + away * np.array([np.cos(angle), np.sin(angle)])))
    xy = np.array([spot[s] for s in table["school_id"]])
    return pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1]})


def migrants(rng: np.random.Generator, district: District) -> pd.DataFrame:
    """Migrants' children by place, among the children: more on the outskirts and by the factories."""
    places = district.city.places
    rate = np.clip(rng.beta(2.0, 9.0, len(places)) * np.where(places["kind"] == "estate", 0.7, 1.25), 0.01, 0.6)
    answer = {}
    for stage in ("primary", "junior"):
        answer[f"migrants_{stage}"] = among(rng, _columns(district.pupils, stage).sum(axis=1), rate)
        answer[f"group_disabled_{stage}"] = among(
            rng, _columns(district.pupils, stage).sum(axis=1), np.full(len(places), 0.008)
        )
    return pd.DataFrame(answer)


def make_zhigang(folder: Path, seed: int = 11) -> None:
    """Make the study, assert what it promises, and write it."""
    district = make_district(seed)
    zhigang_checks.check(district)
    rng = np.random.default_rng(seed + 4)
    zhigang_files.write_study(district, migrants(rng, district), folder, rng)
