"""Who may use a road: OpenStreetMap's access tags read as one word a mode.

The key that names a mode most closely decides (OSM wiki, "Key:access", transport mode hierarchy): foot before access;
bicycle before vehicle before access; motorcar before motor_vehicle before vehicle before access; bus before psv before
motor_vehicle before vehicle before access. Where none is told the kind of road decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

MODES = ("walk", "bike", "drive", "bus")

_KEYS = {
    "walk": ("foot", "access"),
    "bike": ("bicycle", "vehicle", "access"),
    "drive": ("motorcar", "motor_vehicle", "vehicle", "access"),
    "bus": ("bus", "psv", "motor_vehicle", "vehicle", "access"),
}
"""The keys that speak of each mode, the closest first."""

_OPEN = frozenset(("yes", "designated", "permissive", "official", "public", "discouraged", "permit_not_required"))
_ENDS = frozenset(
    ("private", "destination", "customers", "delivery", "permit", "residents", "students", "employees", "key")
)
"""Only for those who begin or end there."""
_SHUT = frozenset({
    "no", "agricultural", "forestry", "emergency", "military", "none", "false", "0", "closed", "restricted",
})  # fmt: skip
_ONLY = {
    "walk": frozenset(("foot", "pedestrian", "pedestrians")),
    "bike": frozenset(("bicycle",)),
    "drive": frozenset(("motorcar", "motor_vehicle", "vehicle")),
    "bus": frozenset(("bus", "psv", "motor_vehicle", "vehicle")),
}
"""Values of a wider key that name a mode (access=bus): they open the road to it and shut it to the others."""
_NAMES = frozenset({
    "hgv", "taxi", "share_taxi", "minibus", "moped", "motorcycle", "goods", "tram", "horse", "emergency_vehicle",
}).union(*_ONLY.values())  # fmt: skip

_WALKED = frozenset({
    "cycleway", "footway", "path", "pedestrian", "steps", "track", "bridleway", "platform", "corridor", "elevator",
})  # fmt: skip
_DRIVEN = frozenset({
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street",
    "service", "road",
})  # fmt: skip
_PUSHED = frozenset(("footway", "pedestrian"))
"""Where a bicycle may be pushed and not ridden, unless it is told."""

_RAMPS = frozenset(("yes", "bicycle", "automatic"))
"""A ramp on steps that a bicycle is pushed up; ramp=separate is a way of its own, ramp:stroller has two rails."""

_FOR_EXPERTS = frozenset(
    ("demanding_mountain_hiking", "alpine_hiking", "demanding_alpine_hiking", "difficult_alpine_hiking")
)
"""sac_scale from T3 on (hands for balance, exposed): no way to school."""

_BESIDE_THE_WORKS = frozenset(("no", "minor", "widening"))
"""construction=* on a road that can be used all the same (OSRM 26.10, profiles/car.lua); walkers get past any."""

_FORWARD = frozenset(("yes", "true", "1"))
_BACKWARD = frozenset(("-1", "reverse"))
_BOTH = frozenset(("no", "false", "0", "alternating"))
_CONTRAFLOW = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")


class Access(NamedTuple):
    """What a road's tags say.

    Parameters
    ----------
    walk, bike, drive, bus
        `yes` (told), `open` (by the kind of road) or `ends` (only for those who begin or end there), each followed by
        ` both`, ` forward` (along the line only) or ` backward`; or `no`.
    push
        A bicycle is pushed here.
    conditional
        The rules that hold at certain times only, as they are written; None where there are none.
    """

    walk: str
    bike: str
    drive: str
    bus: str
    push: bool
    conditional: str | None


_RELEVANT = frozenset({
    "highway", "route", "service", "smoothness", "junction", "oneway", "motorroad", "sac_scale", "ramp", "ramp:bicycle",
    "conveying", "barrier", "bollard", "kerb", "locked", "maxheight", "busway", "busway:left", "busway:right",
    "busway:both", "area", "construction", "impassable", "status", "ford", "maxwidth", "maxweight",
    "maxspeed:conditional",
}).union(_CONTRAFLOW, *_KEYS.values())  # fmt: skip
_RULED = ("oneway", "access", "foot", "bicycle", "vehicle", "motor_vehicle", "motorcar", "bus", "psv")
KEYS_READ = _RELEVANT.union(
    (f"{key}{more}" for key in _RULED for more in (":forward", ":backward", ":conditional")),
    (f"oneway:{key}" for key in _RULED[2:]),
    (f"{key}:oneway" for key in _CONTRAFLOW),
)
"""Every key that a road's access may hang on."""
_RULE = re.compile(rf"^({'|'.join(_RULED)})(:[a-z_]+)?(:conditional)?$")


def access_of(tags: Mapping[str, str]) -> Access:
    """Read the access of a road or a ferry from its tags.

    Parameters
    ----------
    tags
        Key → value, as OpenStreetMap has them.
    """
    told = {key: value.strip().lower() for key, value in tags.items() if key in KEYS_READ or _RULE.match(key)}
    return _access(tuple(sorted(told.items())))


@lru_cache(maxsize=65_536)
def _access(told: tuple[tuple[str, str], ...]) -> Access:
    tags = dict(told)
    words = {mode: _word(tags, mode) for mode in MODES}
    push = _pushed(tags, words)
    if push:
        words["bike"] = words["walk"]
    for mode in MODES:
        words[mode] = _directed(tags, mode if not (push and mode == "bike") else "walk", words[mode])
    conditional = [f"{k}={v}" for k, v in told if k.endswith(":conditional")]
    if tags.get("oneway") == "reversible":
        conditional.insert(0, "oneway=reversible")
    return Access(words["walk"], words["bike"], words["drive"], words["bus"], push, "; ".join(conditional) or None)


def told_word(tags: Mapping[str, str], mode: str) -> str | None:
    """Read what the keys of a mode say: yes, ends or no; None where they say nothing."""
    for key in _KEYS[mode]:
        value = tags.get(key)
        if value is None:
            continue
        values = [part.strip() for part in value.split(";")]
        named = [part for part in values if part in _NAMES]
        if any(part in _ONLY[mode] or part in _OPEN for part in values):
            return "yes"
        if any(part in _ENDS for part in values):
            # "Residents only" is a sign for vehicles (OSM wiki, access=destination); walkers are meant by foot=*.
            return "yes" if mode == "walk" and key == "access" and value == "destination" else "ends"
        if named or any(part in _SHUT for part in values) or value in _SHUT:
            return "no"
        if value == "use_sidepath":
            return "no" if mode == "bike" else None
        # dismount is told by `push`; unknown and unheard-of values say nothing: the next key, then the kind of road.
    return None


def _word(tags: Mapping[str, str], mode: str) -> str:
    highway = tags.get("highway", "").removesuffix("_link")
    if mode == "walk" and tags.get("sac_scale") in _FOR_EXPERTS:
        return "no"
    if tags.get("impassable") == "yes" or tags.get("status") == "impassable":
        return "no"
    if mode != "walk" and tags.get("construction", "no") not in _BESIDE_THE_WORKS:
        return "no"
    if mode != "walk" and tags.get("ford") == "stepping_stones":
        return "no"
    told = told_word(tags, mode)
    if mode == "bike" and tags.get("sac_scale") not in (None, "hiking") and tags.get("bicycle") is None:
        return "no"
    if told is not None:
        # What opens a lane to cars in general does not say that a bus gets through.
        any_bus = mode != "bus" or "bus" in tags or "psv" in tags or any(v in _ONLY["bus"] for v in tags.values())
        return "open" if told == "yes" and not any_bus else told
    if tags.get("motorroad") == "yes" and mode in ("walk", "bike"):
        return "no"
    if mode != "walk" and tags.get("smoothness") == "impassable":
        return "no"
    # Whoever drives goes neither by ways kept for fire engines nor round the edge of a square.
    if mode in ("drive", "bus") and (tags.get("service") == "emergency_access" or tags.get("area") == "yes"):
        return "no"
    if not highway:
        return _ferry(tags, mode)
    return "open" if _by_kind(highway, mode) else "no"


def _by_kind(highway: str, mode: str) -> bool:
    if highway == "busway":
        return mode == "bus"
    if mode == "walk":
        return highway in _WALKED or (highway in _DRIVEN and highway != "motorway")
    if mode == "bike":
        return highway in ("cycleway", "path", "track") or (highway in _DRIVEN and highway != "motorway")
    return highway in _DRIVEN


def _ferry(tags: Mapping[str, str], mode: str) -> str:
    """A ferry takes walkers; cars and buses only where it says so, bicycles where it takes cars or names no one."""
    if mode == "walk":
        return "open"
    if mode == "bike":
        carries = told_word(tags, "drive") in ("yes", "ends")
        return "open" if carries or not any(key in tags for keys in _KEYS.values() for key in keys) else "no"
    return "no"


def _pushed(tags: Mapping[str, str], words: Mapping[str, str]) -> bool:
    """Tell whether a bicycle is got along here by pushing it."""
    highway = tags.get("highway", "")
    if words["walk"] == "no":
        return False
    if tags.get("bicycle") == "dismount":
        return True
    if words["bike"] != "no" or any(key in tags for key in ("bicycle", "vehicle")):
        return False
    if highway == "steps":
        return any(tags.get(key, "no") in _RAMPS for key in ("ramp", "ramp:bicycle"))
    # A mountain path (sac_scale T2) is no way for a child's bicycle, but who walks it may push one.
    return (highway in _PUSHED or tags.get("sac_scale") == "mountain_hiking") and tags.get("access") not in _SHUT


def _directed(tags: Mapping[str, str], mode: str, word: str) -> str:
    """Add the direction in which a mode may go along the line."""
    if word == "no":
        return word
    forward, backward = _directions(tags, mode)
    for key in _KEYS[mode][::-1]:  # the closest key speaks last: access:backward=no, then bus:backward=yes
        forward = _side(tags.get(f"{key}:forward"), forward)
        backward = _side(tags.get(f"{key}:backward"), backward)
    if not (forward or backward):
        return "no"
    return f"{word} {'both' if forward and backward else 'forward' if forward else 'backward'}"


def _side(value: str | None, before: bool) -> bool:
    return before if value is None else value not in _SHUT


def _directions(tags: Mapping[str, str], mode: str) -> tuple[bool, bool]:
    if mode == "walk":
        if tags.get("route") == "ferry" and "highway" not in tags:  # who is carried goes where the boat goes
            return _along(tags.get("oneway:foot") or tags.get("oneway"), (True, True))
        moving = tags.get("conveying")  # a moving stair that may run either way, or nobody says which, is a stair
        return _along(tags.get("oneway:foot") or (moving if moving in ("forward", "backward") else None), (True, True))
    both = _along(tags.get("oneway"), (True, True))
    if tags.get("oneway") is None and (
        tags.get("junction") in ("roundabout", "circular") or tags.get("highway", "") == "motorway"
    ):
        both = (True, False)
    for key in _KEYS[mode][::-1]:
        both = _along(tags.get(f"oneway:{key}"), both)
    against = ("cycleway",) if mode == "bike" else ("busway",) if mode == "bus" else ()
    for lead in against:
        sides = [tags.get(lead, ""), *(tags.get(f"{lead}:{side}", "") for side in ("left", "right", "both"))]
        if any(value.startswith("opposite") for value in sides):
            both = (True, True)
    if mode == "bike":  # a lane beside the cars may run the other way
        lanes = [tags[f"{key}:oneway"] for key in _CONTRAFLOW if f"{key}:oneway" in tags]
        for there, back in (_along(value, (False, False)) for value in lanes):
            both = (both[0] or there, both[1] or back)
    return both


def _along(value: str | None, before: tuple[bool, bool]) -> tuple[bool, bool]:
    if value is None:
        return before
    if value in _FORWARD or value == "forward":
        return True, False
    if value in _BACKWARD or value == "backward":
        return False, True
    if value == "reversible":  # which way it runs hangs on the hour: no one may count on it
        return False, False
    return (True, True) if value in _BOTH else before


def turned(word: str) -> str:
    """Give a word for the same road drawn the other way round."""
    if word.endswith(" forward"):
        return word.removesuffix("forward") + "backward"
    if word.endswith(" backward"):
        return word.removesuffix("backward") + "forward"
    return word


_PASSABLE_BY_CAR = frozenset({
    "cattle_grid", "border_control", "toll_booth", "sally_port", "gate", "lift_gate", "swing_gate", "sliding_gate",
    "hampshire_gate", "no", "entrance", "height_restrictor", "arch", "checkpoint", "width_restrictor",
})  # fmt: skip
_STOPS_ALL = frozenset(("yes", "wall", "fence", "hedge", "city_wall", "retaining_wall", "guard_rail", "ditch"))
_STOPS_BICYCLES = frozenset(("stile", "turnstile", "full-height_turnstile", "kissing_gate"))
_LARGEST = {"bus": {"maxheight": 3.2, "maxwidth": 2.55, "maxweight": 10.0},
            "drive": {"maxheight": 2.0, "maxwidth": 1.9, "maxweight": 2.0}}  # fmt: skip
"""Metres and tonnes under which a bar, posts or a bridge at one point of the road stop a school bus, and a car: as
`bus_height` … and `car_height` … in `travel.speeds` have them for whole roads."""
_BUS_ONLY = frozenset(("bus_trap", "sump_buster"))


def barrier_stops(tags: Mapping[str, str]) -> str | None:
    """Tell whom a barrier on a road stops.

    Parameters
    ----------
    tags
        The tags of the node.

    Returns
    -------
    str or None
        Modes with a space between; `ends-drive` where only those who begin or end beyond it may pass. None where it
        stops no one.

    Notes
    -----
    Kinds as in OSRM's profiles (car.lua, bicycle.lua, foot.lua, version 26); tags of access go before the kind.
    """
    told = {key: value.strip().lower() for key, value in tags.items() if key in _RELEVANT}
    named = any(key in told for keys in _KEYS.values() for key in keys)
    if "barrier" not in told and ("highway" in told or "railway" in tags or not named):
        # What a crossing says of those who cross (bicycle=no) is not said of the road.
        told = {key: value for key, value in told.items() if key in ("ford", *_LARGEST["bus"])}
    found = []
    for mode in MODES:
        word = "no" if _too_large(told, mode) else told_word(told, mode) or ("no" if _stops(told, mode) else "yes")
        if word != "yes":
            found.append(mode if word == "no" else f"ends-{mode}")
    return " ".join(found) or None


def _too_large(tags: Mapping[str, str], mode: str) -> bool:
    """Tell whether a mode is too high, too wide or too heavy to pass, or a bus stands before water."""
    if mode == "bus" and tags.get("ford", "no") != "no":
        return True
    read = {"maxheight": metres_of, "maxwidth": metres_of, "maxweight": tonnes_of}
    return any(read[key](tags.get(key)) < size for key, size in _LARGEST.get(mode, {}).items())


def _stops(tags: Mapping[str, str], mode: str) -> bool:
    kind = tags.get("barrier")
    if kind is None:
        return False
    if tags.get("locked") == "yes" and kind.endswith("gate"):
        return True
    if kind in _STOPS_ALL:
        return True
    if mode == "walk":
        return False
    if mode == "bike":
        return kind in _STOPS_BICYCLES
    if kind == "kerb":  # on a crossing it is the kerb of those who cross
        return tags.get("kerb") not in ("lowered", "flush", "no") and tags.get("highway") != "crossing"
    if kind == "bollard":
        return tags.get("bollard") != "rising"
    if kind in _BUS_ONLY:
        return mode == "drive"
    if mode == "bus" and kind in ("height_restrictor", "width_restrictor"):
        return "maxheight" not in tags and "maxwidth" not in tags  # nobody knows: made to keep large vehicles out
    return kind not in _PASSABLE_BY_CAR


def metres_of(text: str | float | None) -> float:
    """Read a length: 3.5, "3.5 m", "3,5", "350 cm", feet and inches, "4.5米", the less of "3-3.5 m"; nan where none."""
    plain = "" if text is None else str(text).strip()
    spans = _SPAN.fullmatch(plain)
    return least(_number(part + spans[3], _LENGTHS) for part in spans.group(1, 2)) if spans else _number(text, _LENGTHS)


def kmh_of(text: str | float | None) -> float:
    """Read a speed: 60, "60 km/h", "30 mph"; nan where it is no plain number (CN:urban, walk, none, 60;80)."""
    return _number(text, _SPEEDS)


def tonnes_of(text: str | float | None) -> float:
    """Read a weight: 10, "10 t", "3500 kg", "10吨"; nan where it is none."""
    return _number(text, {"": 1, "t": 1, "吨": 1, "kg": 0.001, "st": 0.90718474, "lbs": 0.00045359237})


def minutes_of(text: str | None) -> float:
    """Read a time: "00:05", "1:30:00", "90", "PT1H30M", "5 min"; nan where it is none."""
    if text is None:
        return float("nan")
    text = text.strip().lower()
    clock = re.fullmatch(r"(\d+):(\d{1,2})(?::(\d{1,2}))?", text)
    if clock:
        return int(clock[1]) * 60 + int(clock[2]) + int(clock[3] or 0) / 60
    iso = re.fullmatch(r"pt(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    if iso and any(iso.groups()):
        return int(iso[1] or 0) * 60 + int(iso[2] or 0) + int(iso[3] or 0) / 60
    return _number(text, {"": 1, "min": 1, "minutes": 1, "mins": 1, "分钟": 1, "分": 1, "h": 60, "小时": 60})


_LENGTHS = {
    "": 1, "m": 1, "米": 1, "公尺": 1, "cm": 0.01, "厘米": 0.01, "mm": 0.001, "毫米": 0.001, "ft": 0.3048, "km": 1000,
}  # fmt: skip
_SPEEDS = {
    "mph": 1.609344,
    **dict.fromkeys(("", "km/h", "kmh", "kph", "km", "公里/小时", "千米/小时", "公里", "千米"), 1),
    **dict.fromkeys(("公里/时", "千米/时", "公里每小时", "千米每小时"), 1),
}
_AMOUNT = re.compile(r"(\d+(?:[.,]\d+)?)\s*(\D*)")
_SIGN = re.compile(r"^(?:限[高宽速重载长]|最高限速|设计速度|车速|时速)?(?:为|[:：])?\s*[≤<]?=?\s*")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*[-~～—–至到]\s*(\d+(?:\.\d+)?)(\s*\D*)")
_FEET = re.compile(r"(\d+)\s*'\s*(?:(\d+(?:\.\d+)?)\s*\")?")


def _number(text: str | float | None, units: Mapping[str, float]) -> float:
    if text is None or text != text:
        return float("nan")
    plain = _SIGN.sub("", str(text).strip().lower())
    feet = _FEET.fullmatch(plain)
    if feet and "ft" in units:
        return int(feet[1]) * 0.3048 + float(feet[2] or 0) * 0.0254
    found = _AMOUNT.fullmatch(plain)
    if not found or found[2].strip() not in units:
        return float("nan")
    value = float(found[1].replace(",", ".")) * units[found[2].strip()]
    return value if value > 0 else float("nan")


_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_DAY_RANGE = re.compile(rf"\b({'|'.join(_DAYS)})(?:-({'|'.join(_DAYS)}))?\b")
_HOURS = re.compile(r"(?<![\d:])(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?(?![\d:])")
_A_DAY = 24 * 60
_ON_THE_WAY = 7 * 60 + 30
"""Minutes after midnight at which children are on their way to school, Monday to Friday (assumed)."""


def in_force_on_the_way(when: str) -> bool:
    """Tell whether a rule that holds at times holds as children go to school: "(Mo-Fr 07:00-18:00)".

    Days left out are all days. What is no plain days and hours does not: months, holidays, weights, other hours on
    other days.
    """
    text = when.strip().strip("()").lower()
    hours = _HOURS.findall(text)
    rest = _HOURS.sub("", _DAY_RANGE.sub("", text)).strip(" ,")
    if rest or not hours:
        return False
    days: set[int] = set()
    for first, last in _DAY_RANGE.findall(text):
        a, b = _DAYS.index(first), _DAYS.index(last or first)
        days.update((a + k) % 7 for k in range((b - a) % 7 + 1))
    spans = [(int(a) * 60 + int(b or 0), int(c) * 60 + int(d or 0)) for a, b, c, d in hours]
    since = [(_ON_THE_WAY - begins) % _A_DAY < (ends - begins) % _A_DAY for begins, ends in spans]  # also over midnight
    return any(since) and (not days or days >= set(range(5)))


def least(values: Iterable[float]) -> float:
    """Give the least of some lengths, the unknown ones left out; nan where all are."""
    known = [value for value in values if value == value]
    return min(known) if known else float("nan")
