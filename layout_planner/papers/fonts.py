"""Fonts with Chinese letters for pictures on paper; a clear warning where the machine has none."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from layout_planner.base.messages import Language, Text, language, using_language
from layout_planner.papers.words import plain

if TYPE_CHECKING:
    from matplotlib.artist import Artist

CHINESE = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "SimHei", "PingFang SC", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Noto Sans SC", "Noto Sans CJK JP", "DengXian", "SimSun", "Heiti SC",
)  # fmt: skip
"""In the order they are looked for. Of a collection of fonts in one file matplotlib knows the first alone, which for
Noto's is called JP and holds the same letters."""


class FontWarning(UserWarning):
    """No font with Chinese letters was found: pictures are lettered in English."""


@functools.cache
def chinese_fonts() -> tuple[str, ...]:
    """Name the installed fonts that have Chinese letters, best first."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    return tuple(name for name in CHINESE if name in known)


@contextmanager
def lettering(lang: Language | None = None) -> Iterator[Language]:
    """Letter pictures in a language inside the block; where its letters are missing in English, with a warning.

    Gives the language in force: that of every `Text` inside.
    """
    import matplotlib

    wanted = lang or language()
    fonts = chinese_fonts()
    if wanted == "zh" and not fonts:
        told = Text(
            "no font with Chinese letters was found: pictures are lettered in English, Chinese names in them are empty "
            "boxes. Install one, such as Noto Sans CJK SC (Debian: fonts-noto-cjk), Microsoft YaHei or SimHei.",
            "未找到中文字体：图中文字改用英文，中文名称将显示为方框。请安装一种中文字体，如思源黑体（Debian："
            "fonts-noto-cjk）、微软雅黑或黑体。",
        )
        warnings.warn(str(told), FontWarning, stacklevel=3)
        wanted = "en"
    settings: Any = {
        "font.family": "sans-serif", "font.sans-serif": [*fonts, "DejaVu Sans"], "axes.unicode_minus": False,
        "pdf.fonttype": 42, "svg.hashsalt": "layout-planner",
    }  # fmt: skip
    with using_language(wanted), matplotlib.rc_context(settings):
        yield wanted


def letter(artist: Artist) -> None:
    """Give all texts of a picture the fonts, so that they hold when it is drawn later; what a name hides stays text."""
    from matplotlib.text import Text as Lettered

    fonts = [*chinese_fonts(), "DejaVu Sans"]
    for text in artist.findobj(Lettered):
        assert isinstance(text, Lettered)
        text.set_fontfamily(fonts)


def label(name: object, limit: int = 16) -> str:
    """Give a name as a picture may hold it: one line, not too long, `$` no formula."""
    whole = " ".join(plain(name).split())
    return (whole if len(whole) <= limit else whole[: limit - 1] + "…").replace("$", r"\$")
