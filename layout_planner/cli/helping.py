"""Help in the reader's language: texts are written once, English first and Chinese after it; one half is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperCommand

from layout_planner.base.messages import Text, language

_BETWEEN = re.compile(r"(?<=[.?!…])\s+(?=[^\s]*[\u4e00-\u9fff])")
_SHELL_WORDS = (
    (r"^Usage:", "用法："),
    (r"^Arguments:$", "参数："),
    (r"^Options:$", "选项："),
    (r"\[OPTIONS\]", "[选项]"),
    (r"\[required\]", "[必填]"),
    (r"\[default: ", "[默认："),
    (r"; required\]", "；必填]"),
    (r"<path>", "<路径>"),
    (r"<str>", "<文字>"),
    (r"<int(?: range)?>", "<整数>"),
    (r"<float(?: range)?>", "<数>"),
    (r"Show this message and exit\.", "显示本帮助。"),
)
"""What the shell library says of its own."""


def bilingual(text: Text) -> str:
    """Write both halves, for a help whose language is not chosen yet."""
    return f"{text.en} {text.zh}"


def in_one_language(text: str) -> str:
    """Give the half of a bilingual text that the reader reads; all of it where it has one half only."""
    halves = _BETWEEN.split(text, maxsplit=1)
    return halves[-1] if language() == "zh" else halves[0]


def in_shell_words(text: str) -> str:
    """Put the shell library's own words of a help into the reader's language."""
    if language() == "zh":
        for en, zh in _SHELL_WORDS:
            text = re.sub(en, zh, text, flags=re.MULTILINE)
    return text


@contextmanager
def speaking(command: Any) -> Iterator[None]:
    """Let a command and its options speak one language while its help is written."""
    spoken = [one for one in (command, *command.params) if getattr(one, "help", None)]
    before = [one.help for one in spoken]
    for one in spoken:
        one.help = in_one_language(one.help)
    try:
        yield
    finally:
        for one, text in zip(spoken, before, strict=True):
            one.help = text


class OneLanguage(TyperCommand):
    """A command whose help is in the reader's language."""

    def get_help(self, ctx: Any) -> str:
        """Write the help."""
        with speaking(self):
            return in_shell_words(super().get_help(ctx))
