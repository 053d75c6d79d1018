"""Finding English that was left in Chinese output."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,}){2,}")
"""Three Latin words in a row."""
_NO_SENTENCE = re.compile(
    r"--[a-z-]+(?: [A-Z][A-Z,=|.a-z]*)?|layout-planner [\w-]+ \S+|[\w/.-]*/[\w/.-]+|cn-[\w-]+|<[^>]*>"
)
"""Options with what stands behind them, commands to paste, paths, names of rule profiles, choices."""


def latin_sentences(text: str) -> list[str]:
    """Give every run of three Latin words, but for what is to be typed as it stands."""
    return _SENTENCE.findall(_NO_SENTENCE.sub("", text))
