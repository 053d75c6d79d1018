"""How the names on a page are spelt in pinyin, so that a reader finds them by letters."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

LONGEST = 40
"""Signs of a name that are spelt; nobody types more."""


def pinyin_of(names: Iterable[str]) -> dict[str, object]:
    """Spell names in pinyin without tones.

    Almost every sign is read alike in all names; so each sign is spelt once, and only names that read one of their
    signs otherwise (重庆, 长寿) are spelt whole.

    Parameters
    ----------
    names
        Names as the page shows them; those without Chinese signs need no spelling.

    Returns
    -------
    dict
        signs (one text), sounds (one for each sign, in their order), names (name → its sounds, where they differ).
    """
    spelt = {}
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    for name in dict.fromkeys(name[:LONGEST] for name in names):
        if not any(_is_chinese(sign) for sign in name):
            continue
        spelt[name] = sounds = _spell(name)
        for sign, sound in zip(name, sounds, strict=True):
            if _is_chinese(sign):
                heard[sign][sound] += 1
    usual = {sign: min(counts, key=lambda sound: (-counts[sound], sound)) for sign, counts in sorted(heard.items())}
    others = {
        name: sounds
        for name, sounds in spelt.items()
        if any(usual.get(sign, sign) != sound for sign, sound in zip(name, sounds, strict=True))
    }
    return {"signs": "".join(usual), "sounds": list(usual.values()), "names": others}


_RUNS = re.compile("[\u3400-\u9fff]+|[^\u3400-\u9fff]", re.DOTALL)


def _spell(name: str) -> list[str]:
    """Spell a name sign by sign; what is no Chinese sign stands for itself."""
    from pypinyin import lazy_pinyin

    sounds: list[str] = []
    for run in _RUNS.findall(name):
        read = lazy_pinyin(run) if _is_chinese(run[0]) else [run]
        # Signs nobody knows how to read come back together.
        sounds += read if len(read) == len(run) else [lazy_pinyin(sign)[0] for sign in run]
    return sounds


def _is_chinese(sign: str) -> bool:
    return "\u3400" <= sign <= "\u9fff"
