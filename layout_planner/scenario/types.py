"""`Scenario`: a named list of edits, read from and written to YAML."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from layout_planner.base.errors import ScenarioError
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Text
from layout_planner.scenario.edit import Edit
from layout_planner.scenario.edits import Written

MAX_YAML_BYTES = 1_000_000
"""A county's history of mergers takes ten thousand; more is a mistake or malice."""

RUN_KEYS = ("base", "stage", "assign", "candidates", "mode", "rules")
"""What a scenario may say of how it is to be carried out; see `Scenario.run`."""

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
    run
        How it was carried out where it was drawn up, as the live page writes it: `base` (the plan it starts from),
        `stage`, `assign`, `candidates`, `mode`, `rules`. The command line takes them where its own options are silent;
        `solve` and `apply` do not look at them.

    Examples
    --------
    >>> what = lp.Scenario("merger", [lp.Merge("P037", into="P036", year=2026)])
    >>> path = what.write("edits.yaml")
    >>> lp.Scenario.read(path).edits == what.edits
    True
    """

    name: str = "today"
    edits: Sequence[Edit] = ()
    note: str = ""
    run: Mapping[str, Any] = field(default_factory=dict, hash=False)

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
    def from_mapping(cls, content: object, file: str = "scenario") -> Scenario:
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
            f"{key}: {Text('unknown key; known are name, note, run, edits', '未知键；可用 name、note、run、edits')}"
            for key in content
            if key not in ("name", "note", "run", "edits")
        ]
        faults += [
            f"{key}: {Text('must be one line of text', '应为一行文本')}"
            for key in ("name", "note")
            if not isinstance(content.get(key, ""), str | int | float | None)
        ]
        run, wrong = _read_run(content.get("run"))
        faults += wrong
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
        return cls(str(content.get("name") or Path(file).stem), edits, str(content.get("note") or ""), run)

    def as_mapping(self) -> dict[str, object]:
        """Give plain values that `from_mapping` reads back."""
        note = {"note": self.note} if self.note else {}
        run = {"run": dict(self.run)} if self.run else {}
        return {"name": self.name, **note, **run, "edits": [edit.as_mapping() for edit in self.edits]}

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the scenario as YAML, whole or not at all."""
        from layout_planner.scenario.reading import dump_plain

        with whole_file(path) as part:
            part.write_text(dump_plain(self.as_mapping()), encoding="utf-8")
        return Path(path)

    def with_(self, edits: Iterable[Edit], name: str | None = None) -> Scenario:
        """Return a copy with more edits at the end."""
        return Scenario(name or self.name, (*self.edits, *edits), self.note, self.run)


def _read_run(said: object) -> tuple[dict[str, object], list[str]]:
    """Read how a scenario is to be carried out: texts, a list of rules, a number of candidates; gives faults too."""
    if said is None:
        return {}, []
    if not isinstance(said, dict):
        return {}, [f"run: {Text('must be a mapping', '应为映射')}"]
    run: dict[str, object] = {}
    faults = []
    for key, value in said.items():
        if key not in RUN_KEYS:
            known = ", ".join(RUN_KEYS)
            faults.append(f"run.{key}: {Text(f'unknown key; known are {known}', f'未知键；可用 {known}')}")
        elif value is None:
            continue
        elif key == "candidates":
            if str(value).isdecimal() and int(value) > 0:
                run[key] = int(value)
            else:
                faults.append(f"run.{key}: {Text('must be a whole number from 1 on', '应为正整数')}")
        elif key in ("rules", "mode") and isinstance(value, list):
            run[key] = [str(each) for each in value]
        elif isinstance(value, str | int | float):
            run[key] = [str(value)] if key in ("rules", "mode") else str(value)
        else:
            faults.append(f"run.{key}: {Text('must be one line of text', '应为一行文本')}")
    return run, faults


@lru_cache(maxsize=1)
def _reader() -> Any:
    """Give the reader of edits; building it takes longer than reading a county's history."""
    from pydantic import TypeAdapter

    return TypeAdapter(list[Written])
