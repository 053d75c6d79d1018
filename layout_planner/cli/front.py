"""The first page of the help. It is written without the shell library, which takes longer to load than this to run."""

from __future__ import annotations

import os
from itertools import groupby

from layout_planner.base.messages import Text, language

COMMANDS = (
    "demo", "template-tables", "init", "check", "today", "solve", "compare", "zones", "verify", "template", "score",
    "ledger", "counter",
    "bus", "consolidate", "partition", "pair", "forecast", "peaks", "phase", "plan-years", "staff", "evaluate",
    "rules", "map", "report", "annexes", "batch", "overview", "lookup", "consultation",
)  # fmt: skip
"""The commands, in the order of the help; each is the function of that name in the file of that name."""

USAGE = Text("Usage: layout-planner [OPTIONS] COMMAND [ARGS]...", "用法： layout-planner [选项] 命令 [参数]...")
ABOUT = Text(
    "School layout planning: who travels how far today, and what if schools merge.",
    "学校布局规划：看现状谁走多远，算撤并之后会怎样。",
)
LANG = Text(
    "Language of the output; left out: LAYOUT_PLANNER_LANG, else the machine's.",
    "输出语言；不写时取 LAYOUT_PLANNER_LANG，再取系统语言。",
)
VERSION = Text("Tell the version.", "显示版本。")
OPTIONS = {
    "--lang <zh|en>": LANG,
    "--version": VERSION,
    "-h, --help": Text("Show this message and exit.", "显示本帮助。"),
}
"""How an option is typed → what it does."""

WIDEST = 80
"""Columns a help takes at most, as the shell library's own do."""


def first_page(columns: int | None = None) -> str:
    """Write what the program is for, its options and its commands, in the reader's language.

    Parameters
    ----------
    columns
        Width of the terminal; asked for where left out.
    """
    width = min(columns or _columns(), WIDEST) - 2
    options = {flag: "\n".join(_lines(str(text), width - 18)) for flag, text in OPTIONS.items()}
    room = width - 6 - max(map(len, COMMANDS))
    commands = {name: _shortened(summary(name), room) for name in COMMANDS}
    parts = [
        str(USAGE),
        "\n".join(f"  {line}" for line in _lines(str(ABOUT), width - 2)),
        f"{Text('Options:', '选项：')}\n{_listed(options)}",
        f"{Text('Commands:', '命令：')}\n{_listed(commands)}",
    ]
    return "\n\n".join(parts)


def summary(name: str) -> str:
    """Read what a command says of itself from its source, in the reader's language: to import it takes longer."""
    function = name.replace("-", "_")
    with open(os.path.join(os.path.dirname(__file__), f"{function}.py"), encoding="utf-8") as file:
        said = file.read().split(f"\ndef {function}(", 1)[1].split('"""', 2)[1]
    english, _, chinese = said.strip().partition("\n\n")
    return " ".join((chinese.partition("\n\n")[0] if language() == "zh" else english).split())


def _columns() -> int:
    """Tell the terminal's width as `shutil` does, which takes its time to load."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(1).columns or WIDEST
    except OSError:
        return WIDEST


def _listed(told: dict[str, str]) -> str:
    """Write two columns."""
    left = max(map(len, told)) + 4
    rows = []
    for name, text in told.items():
        first, *further = text.split("\n")
        rows += [f"  {name}".ljust(left) + first, *[" " * left + line for line in further]]
    return "\n".join(rows)


def _wide(text: str) -> int:
    """Count the columns a text takes: a Chinese sign takes two."""
    return sum(2 if sign >= "\u2e80" else 1 for sign in text)


def _pieces(text: str) -> list[str]:
    """Cut a text where a line may end: behind blanks, and behind every Chinese sign."""
    pieces = [""]
    for wide, signs in groupby(text, lambda sign: sign >= "\u2e80"):
        run = "".join(signs)
        if wide:
            pieces[-1] += run[0]
            pieces += [*run[1:], ""]
        else:
            words = run.split(" ")
            pieces[-1] += words[0]
            for word in words[1:]:
                pieces[-1] += " "
                pieces.append(word)
    return [piece for piece in pieces if piece]


def _lines(text: str, width: int) -> list[str]:
    """Fill lines with the pieces of a text."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and _wide(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _shortened(text: str, width: int) -> str:
    """Give a text on one line, with three dots where it is cut."""
    if _wide(text) <= width:
        return text
    return _lines(text, width - 3)[0].rstrip(" ") + "..."
