"""How fast a child, a bicycle, a car and a school bus go: one cited table, overridable by study and by call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from layout_planner.base.cited import Cited
from layout_planner.base.errors import DataError, Fault, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.study import Study
from layout_planner.study.stages import LOWER_GRADES
from layout_planner.travel.speed_words import said

_TOBLER = "Tobler 1993, Three presentations on geographical analysis and modeling, NCGIA 93-1"
_SURABAYA = "Normal walking speed in elementary students in Surabaya, SPMRJ 2022 (170 children, 10-metre walk)"
_JTG = "JTG B01-2014 公路工程技术标准, design speeds of class {} roads, the lower one"
_BUS = "国务院令617号 校车安全管理条例 2012, art. 35"
_OSM = {
    "motorway": 97.0, "motorway_link": 63.0, "trunk": 87.0, "trunk_link": 55.0, "primary": 70.0, "primary_link": 44.0,
    "secondary": 57.0, "secondary_link": 36.0, "tertiary": 45.0, "tertiary_link": 29.0, "unclassified": 30.0,
    "residential": 27.0, "living_street": 14.0, "service": 17.0,
}  # fmt: skip
"""Halfway between the two routers: the square root of OSRM's speed (90 … 15, profiles/car.lua) times Valhalla's:
outside towns for the roads between them (105, 90, 75, 60, 50, default_speed; links 0.85 of their road's), in towns for
streets (35, 30, 20, urban_rc_speed; living streets 20)."""

SPEEDS: Mapping[str, Cited] = {
    "detour": Cited(1.3, "1", "Wang et al. 2024, arXiv 2406.06490: the way is about 1.3 times the crow's", "verified"),
    "walk_top": Cited(6.0, "km/h", f"{_TOBLER}: reached at a slope of −5 %", "verified"),
    "walk_decay": Cited(3.5, "1", _TOBLER, "verified"),
    "walk_shift": Cited(0.05, "1", _TOBLER, "verified"),
    "walk_steepest": Cited(0.5, "1", "steps and mountain paths; steeper is the raster's error; assumed", "memory"),
    "unsafe_slope": Cited(0.25, "1", "a stretch is named steep beyond this; assumed", "memory"),
    "pace_kindergarten": Cited(1.4, "1", "GB 50180-2018: 300 m in five minutes, 1.0 m/s against 1.40", "partial"),
    "pace_1_3": Cited(1.14, "1", f"{_SURABAYA}: 1.23 m/s at eight against 1.40", "verified"),
    "pace_4_6": Cited(1.1, "1", f"{_SURABAYA}: 1.27 m/s at twelve against 1.40", "verified"),
    "pace_7_12": Cited(
        1.0, "1", "Ahmedov et al. 2022, Cyprus J Med Sci 7(3): 1.39 m/s at 12.7 ± 2.2 years", "verified"
    ),
    "bike_flat": Cited(12.0, "km/h", "a child's easy pace; assumed", "memory"),
    "bike_up": Cited(1.44, "km/h per % up", "Parkin & Rotheram 2010, Transport Policy 17(5)", "memory"),
    "bike_down": Cited(0.86, "km/h per % down", "Parkin & Rotheram 2010, Transport Policy 17(5)", "memory"),
    "bike_least": Cited(4.0, "km/h", "pushing the bicycle uphill; assumed", "memory"),
    "bike_top": Cited(20.0, "km/h", "downhill, braked; assumed", "memory"),
    "ebike_flat": Cited(
        20.0,
        "km/h",
        "GB 17761-2018: the motor stops at 25 km/h; on the road a little slower, with a child (Lin, He & Tan 2008,"
        " TRR 2048: 21.9 km/h without)",
        "memory",
    ),
    "ebike_ready": Cited(5.0, "minutes", "out of the yard, helmets on, off at the gate; assumed", "memory"),
    "ebike_power": Cited(400.0, "W", "GB 17761-2018: largest continuous power of the motor", "verified"),
    "ebike_drive": Cited(0.8, "1", "of the motor's power reaches the road; assumed", "memory"),
    "ebike_mass": Cited(
        155.0, "kg", "GB 17761-2018: 55 kg at most, with a parent and a child of 100 kg; assumed", "memory"
    ),
    "ebike_rolling": Cited(0.012, "1", "rolling resistance of a tyre on asphalt; assumed", "memory"),
    "drive_motorway": Cited(80.0, "km/h", _JTG.format("0 (高速)"), "memory"),
    "drive_trunk": Cited(60.0, "km/h", _JTG.format("1–2 (一、二级)"), "memory"),
    "drive_secondary": Cited(40.0, "km/h", _JTG.format("3 (三级), the upper one instead"), "memory"),
    "drive_tertiary": Cited(30.0, "km/h", _JTG.format("3 (三级)"), "memory"),
    "drive_village": Cited(20.0, "km/h", _JTG.format("4 (四级)"), "memory"),
    **{
        f"osm_{kind}": Cited(kmh, "km/h", "halfway between OSRM 26.10 (car.lua) and Valhalla 3.9.1", "verified")
        for kind, kmh in _OSM.items()
    },
    "drive_path": Cited(15.0, "km/h", "tracks and paths that say they are open to cars; assumed", "memory"),
    "limit_share": Cited(
        0.894,
        "1",
        "of the speed limit: halfway, √(0.8 · 1), between OSRM 26.10 (car.lua, speed_reduction) and Valhalla 3.9.1",
        "verified",
    ),
    "light": Cited(2 / 60, "minutes", "a traffic light; OSRM 26.10 profiles/lib/obstacles.lua: 2 s", "verified"),
    "turn": Cited(7.5, "s", "a turn, at most; OSRM 26.10 profiles/car.lua, turn_penalty", "verified"),
    "turn_across": Cited(
        2.0, "s", "more across oncoming traffic; OSRM 26.10 profiles/car.lua, oncoming_turn_penalty", "verified"
    ),
    "turn_share": Cited(
        0.15, "1", "of those who come to a crossroads turn: 0.154 of 10,729 on OSRM's ways in Porto Alegre", "verified"
    ),
    "car_height": Cited(2.0, "m", "OSRM 26.10 profiles/car.lua, vehicle_height", "verified"),
    "car_weight": Cited(2.0, "t", "OSRM 26.10 profiles/car.lua, vehicle_weight", "verified"),
    "car_width": Cited(1.9, "m", "OSRM 26.10 profiles/car.lua, vehicle_width", "verified"),
    "car_length": Cited(4.8, "m", "OSRM 26.10 profiles/car.lua, vehicle_length", "verified"),
    "ferry_speed": Cited(5.0, "km/h", "a ferry that tells no duration; OSRM 26.10 profiles, route_speeds", "verified"),
    "ferry_wait": Cited(10.0, "minutes", "for a ferry that does not say how often it goes; assumed", "memory"),
    "bus_top": Cited(60.0, "km/h", f"{_BUS}: with children on board, off the motorway", "verified"),
    "bus_steep": Cited(0.08, "1", "JTG B01-2014: steepest grade of a class 3 road at 30 km/h", "memory"),
    "bus_width": Cited(3.5, "m", "JTG B01-2014: width of a single-lane class 4 carriageway", "memory"),
    "bus_body": Cited(2.55, "m", "GB 1589-2016: widest bus", "memory"),
    "bus_height": Cited(3.2, "m", "a school bus of 36 seats; assumed", "memory"),
    "bus_weight": Cited(10.0, "t", "a school bus of 36 seats, full; assumed", "memory"),
    "bus_length": Cited(8.0, "m", "a school bus of 36 seats; assumed", "memory"),
    "bus_reach": Cited(1000.0, "m", "farthest straight walk to a road a bus can pass; assumed", "memory"),
    "bus_stop_every": Cited(1.5, "km", "one stop a village along the way; assumed", "memory"),
    "bus_stop": Cited(1.0, "minutes", "children get on with the attendant's help; assumed", "memory"),
    "bus_wait": Cited(5.0, "minutes", "at the stop before the bus is due; assumed", "memory"),
    "coach_wait": Cited(15.0, "minutes", "for a county bus every half hour; assumed", "memory"),
    "usual_walk_kindergarten": Cited(1000.0, "m", "twelve minutes hand in hand; assumed", "memory"),
    "usual_walk_1_3": Cited(1500.0, "m", "四川 2014, 小学低、中年级单程不超过1.5千米", "partial"),
    "usual_walk_4_6": Cited(2000.0, "m", "河北, 小学服务半径不超过2千米", "partial"),
    "usual_walk_7_12": Cited(3000.0, "m", "a little over half an hour on foot; assumed", "memory"),
    "usual_day_kindergarten": Cited(12000.0, "m", "the youngest come home from farther than others; assumed", "memory"),
    "usual_day_1_3": Cited(8000.0, "m", "a parent's two rides a day of half an hour; assumed", "memory"),
    "usual_day_4_6": Cited(8000.0, "m", "a parent's two rides a day of half an hour; assumed", "memory"),
    "usual_day_7_12": Cited(10000.0, "m", "a ride of about half an hour; assumed", "memory"),
}
"""Every number travel is reckoned with; `usual_…`: how children go (`travel.usual`)."""


def speeds_for(study: Study, overrides: Mapping[str, float] | None = None) -> dict[str, Cited]:
    """Give the speed table that holds for a study.

    Parameters
    ----------
    study
        Its table `extra["speeds"]` (columns name, value, source), where there is one, goes before the package's.
    overrides
        Name → value, going before both.

    Raises
    ------
    DataError
        Every unknown name, and every value that is not a positive number.
    """
    table = dict(SPEEDS)
    told: list[tuple[str, str, float, str]] = []
    if "speeds" in study.extra:
        given = study.extra["speeds"]
        sources = given["source"] if "source" in given else ["the study's own table"] * len(given)
        told += [("speeds", n, v, s) for n, v, s in zip(given["name"], given["value"], sources, strict=True)]
    told += [("", n, v, "set by the user") for n, v in (overrides or {}).items()]
    faults = []
    for file, name, value, source in told:
        if name not in table:
            hint = did_you_mean(name, table)
            faults.append(
                Fault(
                    file,
                    Text(f"no speed is called so{hint.en}.", f"没有此速度参数{hint.zh}。"),
                    Text(f"use one of {', '.join(table)}.", f"可用：{'、'.join(table)}。"),
                    column="name",
                    value=name,
                )
            )
        elif not _positive(value):
            faults.append(
                Fault(
                    file,
                    Text(f"{name} must be a number above zero.", f"{name} 须为正数。"),
                    Text(f"give it in {table[name].unit}.", f"单位为 {table[name].unit}。"),
                    column=name,
                    value=value,
                )
            )
        else:
            table[name] = Cited(float(value), table[name].unit, str(source), "user")
    if faults:
        raise DataError(faults)
    return table


def _positive(value: object) -> bool:
    try:
        return 0 < float(str(value)) < float("inf")
    except (TypeError, ValueError):
        return False


def values(speeds: Mapping[str, Cited]) -> dict[str, float]:
    """Give the bare numbers of a speed table."""
    return {name: cited.value for name, cited in speeds.items()}


_OF = {
    "walk": ("walk_",), "bike": ("bike_", "walk_"), "ebike": ("ebike_", "bike_least"), "ferry": ("ferry_",),
    "drive": ("drive_", "car_", "turn_"), "bus": ("bus_", "drive_", "turn_"),
    "mixed": ("bus_", "drive_", "turn_", "walk_"), "coach": ("coach_", "bus_", "drive_", "turn_"), "usual": ("usual_",),
}  # fmt: skip
"""How the names of the numbers begin that a mode is reckoned with."""


def assumed(modes: Iterable[str], used: Mapping[str, float] | None = None) -> Text | None:
    """Say which numbers the modes are reckoned with that no document was read for; None where there are none.

    Parameters
    ----------
    modes
        Ways of going, as for `travel_matrix`; "ferry" where there are ferries.
    used
        The numbers in use (`Travel.options["speeds"]`): what a study or a user set is not assumed by us.
    """
    leads = tuple(lead for mode in modes for lead in _OF.get(mode, ()))
    told = [
        said(name, cited.value, cited.unit)
        for name, cited in SPEEDS.items()
        if cited.mark == "memory" and leads and name.startswith(leads)
        and (used is None or used.get(name, cited.value) == cited.value)
    ]  # fmt: skip
    if not told:
        return None
    en, zh = (sep.join(getattr(one, lang) for one in told) for sep, lang in (("; ", "en"), ("、", "zh")))
    return Text(f"Assumed or from memory: {en}.", f"假设或凭记忆的取值：{zh}。")


def flat_walk(v: Mapping[str, float]) -> float:
    """Give the walking speed on the flat, km/h: 5.04 by Tobler's function."""
    from math import exp

    return v["walk_top"] * exp(-v["walk_decay"] * v["walk_shift"])


def pace_by_grade(v: Mapping[str, float]) -> dict[int, float]:
    """Give each grade's factor on the walking minutes of an adult."""
    bands = {"pace_kindergarten": range(-2, 1), "pace_1_3": LOWER_GRADES, "pace_4_6": range(4, 7)}
    found = {grade: v[name] for name, grades in bands.items() for grade in grades}
    return found | dict.fromkeys(range(7, 13), v["pace_7_12"])
