"""The README's fenced blocks: what stands there is run, so that it stays true."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
_FENCE = re.compile(r"^```(\w*) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str, str]]:
    """Give language, file name ("" where there is none) and text of every block."""
    return [match.groups() for match in _FENCE.finditer(README.read_text(encoding="utf-8"))]


def write_example(folder: Path) -> Path:
    """Write the blocks that bear a file name into a folder."""
    folder.mkdir()
    for _, name, text in blocks():
        if name:
            (folder / name).write_text(text, encoding="utf-8")
    return folder
