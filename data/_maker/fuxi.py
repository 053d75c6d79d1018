"""The sample study 涪溪县（模拟）: a hill county of 645,000 people after, and before, a year of mergers.

Calibrated to the published figures of one rural county (standards §1.1); the place itself is made up.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from . import fuxi_checks, fuxi_files, fuxi_plans
from .draw import share_out
from .fuxi_county import County
from .fuxi_land import CRS, SEAT_PARTS, Land, make_land
from .fuxi_schools import GRADES, MOVED_TEACHERS, Stage, school_children
from .people import births_by_township, county_births, entry_mix, residents
from .roads import road_layer
from .schooling import CLASS_LIMIT, PER_HUNDRED, SEVEN, class_counts, seven_indicators

YEAR = 2023
TOTALS = {"primary": 56_000, "junior": 25_000}  # standards §1.1

# Children living here against births registered here, by grade: some follow parents who work elsewhere, the older the
# more; from grade 10 on only general senior schools count. Kindergarten: attendance. Made up, and smooth by grade.
STAY = {
    -2: 0.70, -1: 0.80, 0: 0.85,
    1: 0.920, 2: 0.900, 3: 0.880, 4: 0.860, 5: 0.840, 6: 0.820,
    7: 0.800, 8: 0.788, 9: 0.776,
    10: 0.430, 11: 0.420, 12: 0.410,
}  # fmt: skip
DECLINE, LATE_DECLINE = 0.015, 0.035


def grade_totals(births: pd.Series) -> dict[tuple[str, int], int]:
    """Children of each grade in the county; primary and junior meet the published totals exactly."""
    raw = {stage: np.array([entry_mix(births, YEAR, g) * STAY[g] for g in grades]) for stage, grades in GRADES.items()}
    totals: dict[tuple[str, int], int] = {}
    for stage, grades in GRADES.items():
        total = TOTALS.get(stage, round(float(raw[stage].sum())))
        totals |= {(stage, g): int(n) for g, n in zip(grades, share_out(raw[stage], total), strict=True)}
    return totals


def make_pupils(rng: np.random.Generator, land: Land) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Births by township and children by place, each explaining the other."""
    mix = sum(entry_mix(county_births(1.0, DECLINE, LATE_DECLINE), YEAR, g) * STAY[g] for g in GRADES["primary"])
    births = county_births(TOTALS["primary"] / mix, DECLINE, LATE_DECLINE)
    people = land.townships["population"].to_numpy()
    urban = np.arange(len(people)) <= SEAT_PARTS
    drift = np.where(urban, 0.012, rng.normal(-0.006, 0.004, len(people)))
    by_township = births_by_township(rng, births, people, drift)
    stay = np.where(urban, 1.05, rng.normal(0.985, 0.02, len(people)))
    places = land.places
    weight = places["population"].to_numpy() * np.where(places["kind"] == "village", 0.94, 1.12)
    frame = residents(
        rng, by_township, YEAR, grade_totals(births), stay, places["township"].to_numpy(), weight.astype(float)
    )
    return by_township, frame


def _name_schools(land: Land, stages: dict[str, Stage]) -> None:
    """Give ids, codes and names; the two rows of a nine-year school share them."""
    towns = [name.rstrip("镇乡").removesuffix("街道") for name in land.townships["name"]]
    village = land.places["name"].str.removesuffix("村").str.removesuffix("社区")
    titles = {
        ("primary", "seat"): "涪溪县第{n}小学",
        ("primary", "sub"): "芦笙镇第{n}小学",
        ("primary", "centre"): "{t}中心小学校",
        ("primary", "village"): "{t}{v}小学",
        ("primary", "tp"): "{t}{v}教学点",
        ("primary", "campus"): "{t}小学{v}校区",
        ("primary", "nine"): "{t}{v}九年一贯制学校",
        ("junior", "nine"): "{t}{v}九年一贯制学校",
        ("junior", "seat"): "涪溪县第{n}初级中学",
        ("junior", "sub"): "芦笙镇第{n}初级中学",
        ("junior", "centre"): "{t}初级中学",
        ("junior", "second"): "{t}{v}初级中学",
        ("senior", "seat"): "涪溪县第{n}高级中学",
        ("senior", "sub"): "芦笙高级中学",
        ("kindergarten", "town"): "{t}中心幼儿园",
        ("kindergarten", "city"): "{v}幼儿园",
        ("kindergarten", "village"): "{t}{v}幼儿园",
    }
    letters = {"kindergarten": "K", "primary": "P", "junior": "J", "senior": "S"}
    special = {"nine": "N", "tp": "T", "campus": "C"}
    prefix = {"111": "11", "211": "21", "218": "21", "311": "31", "312": "31", "341": "34", "342": "34"}
    numerals = "一二三四五六七八九"
    counter: dict[str, int] = {}
    serial = dict.fromkeys(prefix.values(), 0)
    nine_names: dict[int, tuple[str, str, str]] = {}
    for stage, s in stages.items():
        rows = s.rows
        # Ids run through the townships, not through the fates, as in any list that grew over the years.
        order = rows.sort_values(["township", "role", "place"], kind="stable").index
        rank: dict[str, int] = {}
        for i in order:
            role, place, kind = str(rows.at[i, "role"]), int(rows.at[i, "place"]), str(rows.at[i, "kind"])
            if role == "nine" and place in nine_names:
                ids = nine_names[place]
            else:
                letter = special.get(role, letters[stage])
                counter[letter] = counter.get(letter, 0) + 1
                serial[prefix[kind]] += 1
                n = rank[role] = rank.get(role, 0) + 1
                title = titles[(stage, role)].format(
                    n=numerals[(n - 1) % 9], t=towns[int(rows.at[i, "township"])], v=village[place]
                )
                width = 3 if letter in "PK" else 2 if letter in "JTCN" else 1
                # 99 stands where a province would be: no real school can have such a code.
                ids = (f"{letter}{counter[letter]:0{width}d}", f"{prefix[kind]}99{serial[prefix[kind]]:06d}", title)
                if role == "nine":
                    nine_names[place] = ids
            rows.loc[i, ["school_id", "code", "name"]] = ids


def _parents(stage: Stage) -> pd.Series:
    """Parent of each teaching point and campus: the centre or town school of the township."""
    rows = stage.rows
    parent = pd.Series("", index=rows.index)
    xy = stage.metres
    for i in rows.index[rows["role"].isin(["tp", "campus"])]:
        own = rows.index[rows["role"].isin(["centre", "seat", "sub"]) & (rows["township"] == rows.at[i, "township"])]
        if len(own) == 0:
            own = rows.index[rows["role"].isin(["seat"])]
        parent[i] = rows.at[own[int(np.argmin(xy[rows.at[i, "place"], own]))], "school_id"]
    return parent


_LEVELS = {  # quality, class size run, pupils a teacher, share of boarders in the junior schools
    "seat": (86, 55.0, 18.8, 0.22),
    "sub": (82, 50.5, 17.8, 0.25),
    "centre": (61, 43.5, 16.2, 0.48),
    "nine": (55, 40.0, 14.5, 0.48),
    "campus": (68, 44.0, 18.0, 0.0),
    "village": (42, 34.0, 12.5, 0.0),
    "second": (44, 40.0, 12.0, 0.44),
    "tp": (34, 22.0, 11.0, 0.0),
    "town": (66, 31.0, 13.0, 0.0),
    "city": (70, 31.0, 12.0, 0.0),
}


def _run(rng: np.random.Generator, stage_name: str, stage: Stage) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each school is like now and was before: seats, classes, teachers, quality."""
    rows = stage.rows
    level = rows["role"].map(_LEVELS)
    now, before = stage.now.sum(axis=0), stage.before.sum(axis=0)
    roll_now, roll_before = now.sum(axis=1), before.sum(axis=1)
    limit = CLASS_LIMIT[stage_name]
    size = (
        level.map(lambda x: x[1]).to_numpy()
        * rng.uniform(0.9, 1.09, len(rows))
        * {"junior": 1.05, "senior": 0.88}.get(stage_name, 1.0)
    )
    size = np.minimum(size, 61.0) if stage_name != "kindergarten" else np.minimum(size, 34)
    rows["class_size"] = size
    frame = pd.DataFrame(index=rows.index)
    frame["quality"] = np.clip(level.map(lambda x: x[0]) + rng.normal(0, 5, len(rows)), 15, 97).round(1)
    at_work = class_counts(now, size, limit).sum(axis=1)
    classes_before = class_counts(before, size, limit).sum(axis=1)
    rooms = np.maximum(at_work, classes_before)
    # Town schools have no room to spare; the further out, the more rooms stand empty.
    spare = rows["role"].map(
        {
            "seat": 0.0,
            "sub": 0.03,
            "centre": 0.12,
            "nine": 0.15,
            "campus": 0.05,
            "village": 0.3,
            "second": 0.35,
            "tp": 0.4,
            "town": 0.05,
            "city": 0.06,
        }
    )
    if stage_name == "junior":
        spare = spare.where(rows["role"] != "centre", 0.3)
    rooms = np.ceil(rooms * (1 + spare.to_numpy() * rng.uniform(0.3, 1.5, len(rows)))).astype(int)
    frame["classrooms"] = rooms
    narrow = np.where(rng.random(len(rows)) < 0.12, rng.uniform(0.9, 0.98, len(rows)), 1.0)  # other halls set the limit
    frame["seats"] = (np.floor(rooms * limit * narrow / 5) * 5).astype(int)
    ratio = (
        level.map(lambda x: x[2]).to_numpy()
        * rng.uniform(0.9, 1.1, len(rows))
        * {"junior": 0.78, "senior": 0.72}.get(stage_name, 1.0)
    )
    teachers_before = np.maximum(
        np.ceil(roll_before / ratio),
        np.ceil(classes_before * 1.25 if stage_name != "kindergarten" else classes_before * 1.6),
    ).astype(int)
    frame["teachers"] = teachers_before
    extra = {"enrolment": roll_before, "classes": classes_before}
    frame_before = frame.assign(**extra)
    frame_now = frame.assign(enrolment=roll_now, classes=at_work)
    return frame_now, frame_before


def _move_teachers(stages: dict[str, Stage], now: dict[str, pd.DataFrame], before: dict[str, pd.DataFrame]) -> None:
    """Exactly 885 teachers work in the merged schools, and go with the pupils."""
    parts = []
    for name in ("primary", "junior"):
        gone = np.flatnonzero(stages[name].into >= 0)
        parts += [(name, int(i), float(before[name]["teachers"].iloc[i])) for i in gone]
    shares = share_out(np.array([p[2] for p in parts]), MOVED_TEACHERS)
    for (name, i, _), count in zip(parts, shares.tolist(), strict=True):
        before[name].loc[i, "teachers"] = count
        now[name].loc[i, ["teachers", "enrolment", "classes"]] = 0
        now[name].loc[stages[name].into[i], "teachers"] += count


def _more_facts(
    rng: np.random.Generator, name: str, stage: Stage, frame: pd.DataFrame, frame_before: pd.DataFrame
) -> None:
    """Boarders, money, sites and the seven indicators, the same in both years but for what moved."""
    rows, role = stage.rows, stage.rows["role"]
    open_before = frame_before["enrolment"].to_numpy()
    base = np.maximum(frame["enrolment"].to_numpy(), open_before)
    share = role.map(lambda r: _LEVELS[r][3]).to_numpy() * rng.uniform(0.7, 1.3, len(rows))
    share = share * {"junior": 1.0, "senior": 3.4}.get(name, 0.0) + (
        0.08 * (role == "centre").to_numpy() if name == "primary" else 0
    )
    for one in (frame, frame_before):
        one["boarders"] = np.round(one["enrolment"] * np.clip(share, 0, 0.8)).astype(int)
        one["staff"] = np.ceil(one["teachers"] * (1.05 if name != "kindergarten" else 1.6)).astype(int)
        money = 150_000 + 118_000 * one["teachers"] + 950 * np.maximum(one["enrolment"], 100) + 1_200 * one["boarders"]
        one["running_cost"] = np.where(one["enrolment"] > 0, np.round(money, -3), 0).astype(int)
    beds = np.round(base * np.clip(share, 0, 0.8) * rng.uniform(0.9, 1.3, len(rows)) / 8) * 8
    roomy = (
        role.map({"seat": 0.75, "sub": 0.85, "centre": 1.1, "nine": 1.15, "village": 1.7, "second": 1.5, "tp": 1.8})
        .fillna(1.0)
        .to_numpy()
    )
    for one in (frame, frame_before):
        one["beds"] = beds.astype(int)
        one["open_cost"] = 0
        per_child = {"kindergarten": 14, "primary": 18, "junior": 24, "senior": 28}[name]
    site = np.round(frame["seats"] * per_child * roomy * rng.uniform(0.8, 1.25, len(rows)), -1).astype(int)
    floor = np.round(frame["seats"] * per_child * 0.36 * roomy**0.5 * rng.uniform(0.8, 1.2, len(rows)), -1).astype(int)
    tenure = np.where(rng.random(len(rows)) < 0.93, "state", "village collective")
    grade = rng.choice(["A", "B", "C", "D"], len(rows), p=[0.45, 0.38, 0.15, 0.02])
    for one in (frame, frame_before):
        one["site_area"], one["floor_area"], one["tenure"], one["building_grade"] = site, floor, tenure, grade
    if name in ("primary", "junior"):
        _indicators(rng, name, role, frame, frame_before)


def _indicators(
    rng: np.random.Generator, name: str, role: pd.Series, frame: pd.DataFrame, before: pd.DataFrame
) -> None:
    """The seven indicators: towns lead in teachers and equipment, villages have the floor space."""
    gradient = {
        "teachers_above_degree": (1.08, 0.98, 0.82, 0.62),
        "teachers_backbone": (2.3, 1.8, 1.2, 0.7),
        "teachers_arts": (1.15, 1.1, 0.95, 0.75),
        "area_teaching": (0.95, 1.05, 1.45, 1.9),
        "area_sports": (0.75, 0.95, 1.4, 1.8),
        "equipment_value": (1.35, 1.25, 1.15, 1.0),
        "network_rooms": (1.1, 1.1, 1.15, 1.3),
    }
    place = role.map({"seat": 0, "sub": 1, "campus": 1, "centre": 2, "nine": 2}).fillna(3).astype(int)
    level = pd.DataFrame({k: place.map(dict(enumerate(v))) for k, v in gradient.items()})
    pupils = np.maximum(frame["enrolment"], before["enrolment"]).to_numpy()
    teachers = np.maximum(frame["teachers"], before["teachers"]).to_numpy()
    counted = ((frame["enrolment"] > 0) & (role != "tp")).to_numpy()
    raw = seven_indicators(rng, name, pupils, teachers, level, 0.45, (0.33, 0.74), counted)
    for one in (frame, before):
        scale = np.where(one["teachers"] > 0, one["teachers"] / teachers, 0)
        for column in SEVEN:
            moves = column in PER_HUNDRED[:3]
            one[column] = np.round(raw[column] * scale).astype(int) if moves else raw[column].to_numpy()


def _assemble(rng: np.random.Generator, land: Land, stages: dict[str, Stage]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The school tables of now and before, row by row in one order."""
    _name_schools(land, stages)
    now: dict[str, pd.DataFrame] = {}
    before: dict[str, pd.DataFrame] = {}
    for name, stage in stages.items():
        now[name], before[name] = _run(rng, name, stage)
    _move_teachers(stages, now, before)
    for name, stage in stages.items():
        _more_facts(rng, name, stage, now[name], before[name])
    tables = []
    for frames, closed in ((now, True), (before, False)):
        parts = []
        for name, stage in stages.items():
            rows = stage.rows
            part = rows[
                ["school_id", "code", "name", "stage", "kind", "ownership", "township", "place", "role", "fate"]
            ].join(frames[name])
            part["parent_id"] = _parents(stage)
            grades = GRADES[name]
            part["grades"] = np.where(rows["role"] == "tp", "1-3", f"{grades[0]}-{grades[-1]}")
            gone = (rows["fate"] == "2023") & closed
            part["state"] = np.where(gone, "closed", "open")
            part["closed_year"] = np.where(gone, 2023.0, np.nan)
            for column in ("licensed", "inclusive"):
                part[column] = rows.get(column, np.nan)
            lead = rows["role"].isin(["seat", "sub"]) & (name in ("primary", "junior"))
            part["lead_candidate"] = lead.astype(int)
            parts.append(part)
        tables.append(pd.concat([*parts, _other_schools(land)], ignore_index=True))
    xy = _spots(rng, land, tables[0])
    return tables[0].join(xy), tables[1].join(xy)


def _other_schools(land: Land) -> pd.DataFrame:
    """The vocational and the special school; their pupils are not part of the demand by place."""
    seat = land.places.index[(land.places["township"] == 1) & (land.places["rank"] == 3)][0]
    base = {
        "ownership": "public",
        "township": 1,
        "place": seat,
        "role": "other",
        "fate": "keep",
        "state": "open",
        "parent_id": "",
        "tenure": "state",
        "building_grade": "A",
        "lead_candidate": 0,
        "quality": 70.0,
        "open_cost": 0,
    }
    vocational = base | {
        "school_id": "V1",
        "code": "3699000001",
        "name": "涪溪县职业技术学校",
        "stage": "vocational",
        "kind": "361",
        "grades": "10-12",
        "enrolment": 3_620,
        "classes": 81,
        "classrooms": 88,
        "seats": 3_900,
        "teachers": 262,
        "staff": 291,
        "boarders": 2_700,
        "beds": 2_880,
        "running_cost": 36_500_000,
        "site_area": 112_000,
        "floor_area": 61_000,
    }
    special = base | {
        "school_id": "E1",
        "code": "5199000001",
        "name": "涪溪县特殊教育学校",
        "stage": "special",
        "kind": "511",
        "grades": "1-9",
        "enrolment": 126,
        "classes": 18,
        "classrooms": 20,
        "seats": 160,
        "teachers": 34,
        "staff": 41,
        "boarders": 58,
        "beds": 72,
        "running_cost": 4_900_000,
        "site_area": 13_400,
        "floor_area": 6_100,
    }
    return pd.DataFrame([vocational, special])


def _spots(rng: np.random.Generator, land: Land, schools: pd.DataFrame) -> pd.DataFrame:
    """A spot for each school near the road node of its place, two schools never on the same spot."""
    nodes = land.mesh.xy[land.places["node"].to_numpy()]
    spot: dict[str, tuple[float, float]] = {}
    for school, place in zip(schools["school_id"], schools["place"], strict=True):
        angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(55, 125)
        spot.setdefault(school, tuple(nodes[int(place)] + away * np.array([np.cos(angle), np.sin(angle)])))
    xy = np.array([spot[s] for s in schools["school_id"]])
    return pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1]})


def _rolls(stages: dict[str, Stage], which: str) -> pd.DataFrame:
    """Pupils and classes by school and grade."""
    parts = []
    for name, stage in stages.items():
        flows = stage.now if which == "now" else stage.before
        pupils = flows.sum(axis=0)
        size = stage.rows["class_size"].to_numpy()
        classes = class_counts(pupils, size, CLASS_LIMIT[name])
        for g, grade in enumerate(GRADES[name]):
            part = pd.DataFrame({"school_id": stage.rows["school_id"], "stage": name, "grade": grade})
            parts.append(part.assign(pupils=pupils[:, g], classes=classes[:, g]))
    for school, stage_name, grades, roll, limit in (
        ("V1", "vocational", range(10, 13), 3_620, 45),
        ("E1", "special", range(1, 10), 126, 12),
    ):
        pupils = share_out(np.ones(len(grades)), roll)
        part = pd.DataFrame({"school_id": school, "stage": stage_name, "grade": list(grades), "pupils": pupils})
        parts.append(part.assign(classes=np.ceil(pupils / limit).astype(int)))
    rolls = pd.concat(parts, ignore_index=True)
    return rolls[rolls["pupils"] > 0].sort_values(["stage", "school_id", "grade"], kind="stable").reset_index(drop=True)


def make_county(seed: int) -> County:
    """Make everything in memory; the same seed gives the same county."""
    land = make_land(seed)
    rng = np.random.default_rng(seed + 1)
    births, pupils = make_pupils(rng, land)
    stages = school_children(rng, land, pupils)
    schools, before = _assemble(rng, land, stages)
    # Farms and streets lose or gain nothing by chance from here on: roads have a generator of their own.
    stops = land.mesh.nearest(land.mesh.xy[land.places["node"].to_numpy()])
    roads = road_layer(np.random.default_rng(seed + 2), land.mesh, stops, CRS, {0: "省道", 1: "县道"})
    rolls, rolls_before = _rolls(stages, "now"), _rolls(stages, "before")
    sites = fuxi_plans.candidate_sites(np.random.default_rng(seed + 3), land)
    return County(land, births, pupils, stages, schools, before, rolls, rolls_before, roads, sites)


def make_fuxi(folder: Path, seed: int = 7) -> None:
    """Make the study, assert what it promises, and write it."""
    county = make_county(seed)
    history = fuxi_plans.history(county.stages)
    end_state = fuxi_plans.end_state(county, peak_demand(county.births))
    fuxi_checks.check(county, history, end_state, peak_demand(county.births))
    fuxi_files.write_study(county, history, end_state, folder, np.random.default_rng(seed + 4))


def peak_demand(births: pd.DataFrame, until: int = 2035) -> dict[str, int]:
    """Largest number of children of the county in any year to come, births after 2023 staying as in 2023."""
    course = births.sum(axis=0).astype(float)
    for year in range(int(course.index.max()) + 1, until + 1):
        course[year] = course[year - 1]
    return {
        stage: max(
            round(sum(entry_mix(course, year, g) * STAY[g] for g in GRADES[stage])) for year in range(YEAR, until + 1)
        )
        for stage in TOTALS
    }
