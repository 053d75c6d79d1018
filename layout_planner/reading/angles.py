"""Degrees, minutes and seconds, as surveyors and phones write coordinates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from layout_planner.study.cells import plain_signs

_SIGN_OF = {"n": 1.0, "北纬": 1.0, "北緯": 1.0, "s": -1.0, "南纬": -1.0, "南緯": -1.0,
            "e": 1.0, "东经": 1.0, "東經": 1.0, "w": -1.0, "西经": -1.0, "西經": -1.0}  # fmt: skip
_LATITUDES = {"n", "s", "北纬", "北緯", "南纬", "南緯"}
_SIDE = "北纬|北緯|南纬|南緯|东经|東經|西经|西經|[nsew]"
_NUMBER = r"\d+(?:\.\d+)?"
_MARKED = re.compile(
    rf"(?P<lead>{_SIDE})?\s*(?P<minus>-)?\s*(?P<d>{_NUMBER})\s*(?:[°º˚度]|deg)\s*"
    rf"(?:(?P<m>{_NUMBER})\s*[′'’‘´`分]\s*)?"
    rf"(?:(?P<s>{_NUMBER})\s*(?:[″\"”“秒]|[′'’´]{{2}})\s*)?(?P<tail>{_SIDE})?"
)
_BARE = re.compile(
    rf"(?P<lead>{_SIDE})?\s*(?P<minus>-)?(?P<d>\d+)(?P<cut>[:\s-])\s*(?P<m>{_NUMBER})"
    rf"(?:(?P=cut)\s*(?P<s>{_NUMBER}))?\s*(?P<tail>{_SIDE})?"
)
_DECIMAL = re.compile(rf"(?P<lead>{_SIDE})?\s*(?P<minus>-)?(?P<d>{_NUMBER})\s*(?P<tail>{_SIDE})?")


@dataclass(frozen=True)
class Angle:
    """A coordinate that was written for people: its degrees, and whether it says that it is the other axis's."""

    degrees: float
    other_axis: bool = False


def read_angle(text: str, latitude: bool) -> Angle | None:
    """Read one coordinate.

    Parameters
    ----------
    text
        "105°01′12″", "东经105°1′12″", "105:01:12 E", "105°1.2′", "105.02E".
    latitude
        Whether it stands in a column of latitudes.

    Returns
    -------
    Angle or None
        None where it is none: minutes from 60 on, two sides, or parts without a mark that could be anything.
    """
    plain = plain_signs(text).strip().lower()
    found = _MARKED.fullmatch(plain) or _BARE.fullmatch(plain) or _DECIMAL.fullmatch(plain)
    if found is None:
        return None
    parts = found.groupdict()
    sides = [side for side in (parts["lead"], parts["tail"]) if side]
    bare = "cut" in parts
    if len(sides) > 1 or (bare and parts["cut"] != ":" and not sides) or (len(parts) == 4 and not sides):
        return None
    minutes, seconds = float(parts.get("m") or 0), float(parts.get("s") or 0)
    if minutes >= 60 or seconds >= 60 or (parts.get("s") and "." in (parts.get("m") or "")):
        return None
    if sides and parts["minus"]:
        return None
    sign = -1.0 if parts["minus"] else _SIGN_OF[sides[0]] if sides else 1.0
    degrees = float(parts["d"]) + minutes / 60 + seconds / 3600
    return Angle(sign * degrees, bool(sides) and (sides[0] in _LATITUDES) != latitude)
