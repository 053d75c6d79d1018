"""How messages write what the reader would have to type: as Python does, or as files and the command line do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_in_files: ContextVar[bool] = ContextVar("in_files", default=False)


@contextmanager
def writing_for_files() -> Iterator[None]:
    """Write edits inside the block as a scenario file says them: whoever reads the message typed no Python."""
    token = _in_files.set(True)
    try:
        yield
    finally:
        _in_files.reset(token)


def for_files() -> bool:
    """Tell whether messages are read beside a file, not in Python."""
    return _in_files.get()


def to_say(name: str) -> str:
    """Write how a key is said: `stage=…` in Python, `stage: …` in a scenario file."""
    return f"{name}: …" if for_files() else f"{name}=…"
