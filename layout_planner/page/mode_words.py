"""What modes of travel are called on a page; the page has no word of its own for them."""

from __future__ import annotations

from collections.abc import Iterable

from layout_planner.base.escape import shorten
from layout_planner.base.messages import Text
from layout_planner.live.judged import both

SHORT = {
    "walk": Text("on foot", "步行"),
    "bike": Text("by bicycle", "骑车"),
    "ebike": Text("by electric bicycle", "电动车"),
    "drive": Text("by car", "乘车"),
    "bus": Text("by school bus", "校车"),
    "mixed": Text("on foot and by bus", "步行与乘车"),
    "coach": Text("by county bus", "乘城乡班车"),
    "straight": Text("straight line", "直线折算"),
    "usual": Text("as children usually go", "按通常出行方式"),
}
"""Words that fit beside a number; a mode a study brings is called as the study calls it."""


def mode_words(modes: Iterable[str]) -> dict[str, dict[str, str]]:
    """Give the words of modes in both languages."""
    return {mode: both(SHORT.get(mode, Text(shorten(mode), shorten(mode)))) for mode in dict.fromkeys(modes)}
