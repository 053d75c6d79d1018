"""`Scenario`: a named list of edits, read from and written to YAML."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from layout_planner.base.errors import ScenarioError
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Text
from layout_planner.scenario.edits import Edit, as_mapping

MAX_YAML_BYTES = 1_000_000
"""A county's history of mergers takes ten thousand; more is a mistake or malice."""

MAX_FAULTS = 50
"""So many faults are listed; the rest is counted."""


@dataclass(frozen=True)
class Scenario:
    """A what-if: a name and an ordered list of edits.

    Parameters
    ----------
    name
        How tables, maps and run folders call it.
    edits
        Carried out in order; two that touch one thing in contradiction are refused (see `apply`).
    note
        Free text that goes with it.
    """

    name: str = "today"
    edits: Sequence[Edit] = ()
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "edits", tuple(self.edits))

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Scenario:
        """Read a scenario from YAML.

        Raises
        ------
        ScenarioError
            The file is not a scenario; every fault is named.
        """
        import yaml

        from layout_planner.scenario.reading import load_plain

        file = Path(path)
        try:
            if file.stat().st_size > MAX_YAML_BYTES:
                raise ScenarioError(f"{file.name}: {Text('too large for a scenario', '文件过大，不像方案')}")
            content = load_plain(file.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise ScenarioError(
                f"{file}: {Text('cannot be read; check the path.', '无法读取；请检查路径。')}"
            ) from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            said = [str(part).strip() for part in (getattr(error, name, None) for name in ("problem", "problem_mark"))]
            where = ", ".join(part for part in said if part != "None") or type(error).__name__
            raise ScenarioError(
                f"{file.name}: {Text('not a plain YAML file', '不是普通 YAML 文件')} ({where})"
            ) from error
        return cls.from_mapping(content, file.name)

    @classmethod
    def from_mapping(cls, content: Any, file: str = "scenario") -> Scenario:
        """Build a scenario from plain values, as read from YAML or JSON.

        Raises
        ------
        ScenarioError
            An unknown key, an unknown edit, a missing or wrong value; every one is named.
        """
        from pydantic import ValidationError

        from layout_planner.scenario.reading import readable

        if not isinstance(content, dict):
            message = Text("a scenario is a mapping with name and edits.", "方案应是含 name 与 edits 的映射。")
            raise ScenarioError(f"{file}: {message}")
        faults = [
            f"{key}: {Text('unknown key; known are name, note, edits', '未知键；可用 name、note、edits')}"
            for key in content
            if key not in ("name", "note", "edits")
        ]
        faults += [
            f"{key}: {Text('must be one line of text', '应为一行文本')}"
            for key in ("name", "note")
            if not isinstance(content.get(key, ""), str | int | float | None)
        ]
        edits: list[Edit] = []
        said = content.get("edits")
        try:
            edits = _reader().validate_python([] if said is None else said)
        except ValidationError as error:
            faults += [readable(item) for item in error.errors(include_url=False)]
        if faults:
            count = Text(f"{len(faults)} fault(s)", f"{len(faults)} 处错误")
            shown = faults[:MAX_FAULTS] + (["…"] if len(faults) > MAX_FAULTS else [])
            raise ScenarioError("\n".join([f"{file}: {count}", *(f"  {fault}" for fault in shown)]))
        return cls(str(content.get("name") or Path(file).stem), edits, str(content.get("note") or ""))

    def as_mapping(self) -> dict[str, Any]:
        """Give plain values that `from_mapping` reads back."""
        note = {"note": self.note} if self.note else {}
        return {"name": self.name, **note, "edits": [as_mapping(edit) for edit in self.edits]}

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the scenario as YAML, whole or not at all."""
        from layout_planner.scenario.reading import dump_plain

        with whole_file(path) as part:
            part.write_text(dump_plain(self.as_mapping()), encoding="utf-8")
        return Path(path)

    def with_(self, edits: Iterable[Edit], name: str | None = None) -> Scenario:
        """Return a copy with more edits at the end."""
        return Scenario(name or self.name, (*self.edits, *edits), self.note)


@lru_cache(maxsize=1)
def _reader() -> Any:
    """Give the reader of edits; building it takes longer than reading a county's history."""
    from pydantic import TypeAdapter

    return TypeAdapter(list[Edit])
