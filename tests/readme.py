"""The fenced blocks of README and manual: what stands there is run, so that it stays true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
INPUT = ROOT / "docs" / "input.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
_FENCE = re.compile(r"^```(\w*) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path = README) -> list[tuple[str, str, str]]:
    """Give language, file name ("" where there is none) and text of every block."""
    return [match.groups() for match in _FENCE.finditer(page.read_text(encoding="utf-8"))]


def write_example(folder: Path) -> Path:
    """Write the three villages of docs/input.md into a folder: the blocks that bear a file name."""
    folder.mkdir()
    for _, name, text in blocks(INPUT):
        if name:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def commands(text: str) -> list[list[str]]:
    """Give the calls of `layout-planner` in a console block, as words, without the name of the program."""
    lines = [shlex.split(line, comments=True) for line in text.splitlines()]
    assert all(not words or words[0] == "layout-planner" for words in lines), text
    return [words[1:] for words in lines if words]


def fill_in(draft: str, lines: str) -> str:
    """Put lines into a drafted study.toml as a planner would: for the one that waits, else below its heading."""
    section = ""
    for line in lines.splitlines():
        if line.startswith("["):
            section = line.strip()
        elif line.strip():
            draft = _put(draft, section, line)
    return draft


def _put(draft: str, section: str, line: str) -> str:
    begin = draft.index(f"\n{section}\n") + 1 if section else 0
    end = draft.find("\n[", begin + 1)
    end = len(draft) if end < 0 else end
    part, key = draft[begin:end], line.split(" = ")[0]
    # A planner's values may hold anything: none is taken for a pattern.
    changed, found = re.subn(rf"^(# ?)?{key} = .*$", lambda _: line, part, count=1, flags=re.MULTILINE)
    if not found:
        head, _, rest = part.partition("\n")
        changed = f"{head}\n{line}\n{rest}"
    return draft[:begin] + changed + draft[end:]
