"""`Scenario`: a named list of edits, read from and written to YAML."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layout_planner.base.errors import ScenarioError
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Text
from layout_planner.scenario.edits import Edit, as_mapping

MAX_YAML_BYTES = 5_000_000


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

        file = Path(path)
        try:
            if file.stat().st_size > MAX_YAML_BYTES:
                raise ScenarioError(f"{file.name}: {Text('too large for a scenario', '文件过大，不像方案')}")
            content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise ScenarioError(
                f"{file}: {Text('cannot be read; check the path.', '无法读取；请检查路径。')}"
            ) from error
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            where = str(getattr(error, "problem_mark", "") or error).strip()
            raise ScenarioError(f"{file.name}: {Text('not valid YAML', '不是有效的 YAML')} ({where})") from error
        return cls.from_mapping(content, file.name)

    @classmethod
    def from_mapping(cls, content: Any, file: str = "scenario") -> Scenario:
        """Build a scenario from plain values, as read from YAML or JSON.

        Raises
        ------
        ScenarioError
            An unknown key, an unknown edit, a missing or wrong value; every one is named.
        """
        from pydantic import TypeAdapter, ValidationError

        if not isinstance(content, dict):
            message = Text("a scenario is a mapping with name and edits.", "方案应是含 name 与 edits 的映射。")
            raise ScenarioError(f"{file}: {message}")
        faults = [
            f"{key}: {Text('unknown key; known are name, note, edits', '未知键；可用 name、note、edits')}"
            for key in content
            if key not in ("name", "note", "edits")
        ]
        edits: list[Edit] = []
        try:
            edits = TypeAdapter(list[Edit]).validate_python(content.get("edits") or [])
        except ValidationError as error:
            faults += [_readable(item) for item in error.errors()]
        if faults:
            count = Text(f"{len(faults)} fault(s)", f"{len(faults)} 处错误")
            raise ScenarioError("\n".join([f"{file}: {count}", *(f"  {fault}" for fault in faults)]))
        return cls(str(content.get("name") or Path(file).stem), edits, str(content.get("note") or ""))

    def as_mapping(self) -> dict[str, Any]:
        """Give plain values that `from_mapping` reads back."""
        note = {"note": self.note} if self.note else {}
        return {"name": self.name, **note, "edits": [as_mapping(edit) for edit in self.edits]}

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the scenario as YAML, whole or not at all."""
        import yaml

        with whole_file(path) as part:
            part.write_text(
                yaml.safe_dump(self.as_mapping(), allow_unicode=True, sort_keys=False, width=120), encoding="utf-8"
            )
        return Path(path)

    def with_(self, edits: Iterable[Edit], name: str | None = None) -> Scenario:
        """Return a copy with more edits at the end."""
        return Scenario(name or self.name, (*self.edits, *edits), self.note)


def _readable(item: Any) -> str:
    place = ".".join(str(part) for part in item["loc"])
    return f"edits[{place}]: {item['msg']} ({item.get('input')!r:.80})"
