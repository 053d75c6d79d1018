"""What the measures of a scorecard are called on a page."""

from __future__ import annotations

from layout_planner.base.messages import Text

NAMES: dict[str, Text] = {
    "minutes_mean": Text("Mean way", "平均路上时间"),
    "share_beyond_reach": Text("Children beyond reach", "超出服务范围的学生"),
}


def measure_words(measure: str) -> dict[str, str]:
    """Give a measure's name in both languages; an unknown one keeps its own."""
    name = NAMES.get(measure, Text(measure.replace("_", " "), measure.replace("_", " ")))
    return {"zh": name.zh, "en": name.en}


def unit_kind(measure: str, unit: str) -> str:
    """Tell how a value is written: share (as per cent), count, minutes, metres or number."""
    if unit in ("min", "minutes"):
        return "minutes"
    if unit in ("m", "metres"):
        return "metres"
    if unit == "1" and "share" in measure:
        return "share"
    return "number"
