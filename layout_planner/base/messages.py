"""Texts in Chinese and English, written side by side where they are used."""

from __future__ import annotations

import contextvars
import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]

_chosen: contextvars.ContextVar[Language | None] = contextvars.ContextVar("language", default=None)


@dataclass(frozen=True)
class Text:
    """One sentence in both languages; `str()` gives the reader's.

    Parameters
    ----------
    en, zh
        The sentence in English and in Chinese.
    """

    en: str
    zh: str

    def __str__(self) -> str:
        return self.zh if language() == "zh" else self.en

    def in_(self, lang: Language) -> str:
        """Give the sentence in one language."""
        return self.zh if lang == "zh" else self.en


def language() -> Language:
    """Tell the reader's language: the one in force, else LAYOUT_PLANNER_LANG, else the machine's, else English."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    # The variables themselves: Python knows no locale that is not installed.
    spoken = (os.environ.get(name) for name in ("LAYOUT_PLANNER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"))
    told = next((one for one in spoken if one), None) or locale.getlocale()[0] or ""
    return "zh" if told.lower().startswith(("zh", "chinese")) else "en"


@contextmanager
def using_language(lang: Language) -> Iterator[None]:
    """Speak one language inside the block, whatever the machine speaks.

    Examples
    --------
    >>> with lp.using_language("zh"):
    ...     print(lp.Merge("P037", into="P036").label)
    并入
    """
    token = _chosen.set(lang)
    try:
        yield
    finally:
        _chosen.reset(token)
