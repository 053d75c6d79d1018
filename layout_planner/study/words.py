"""The words people write in headers and cells, as words.toml lists them."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any


def group_words(*path: str) -> dict[str, tuple[str, ...]]:
    """Give the word groups of a section of words.toml: name → words, their inner blanks put back."""
    section = _content()
    for key in path:
        section = section[key]
    return {name: tuple(word.replace("_", " ") for word in words.split()) for name, words in section.items()}


@lru_cache(maxsize=1)
def _content() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))
