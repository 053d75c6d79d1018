"""study.toml: what it may say, and reading it with every fault named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from layout_planner.base.errors import DataError, Fault, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.study.columns import STUDY_FILE, TABLES
from layout_planner.study.stages import STAGES, calendar_mend, read_calendar

MAX_TOML_BYTES = 1_000_000

_strict = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)
_Name = Annotated[str, Field(min_length=1, max_length=400)]


_Set = dict[str, str | int | float | bool]

Item = TypeVar("Item")


@dataclass(frozen=True)
class Part:
    """One file, layer or sheet of a section, and the columns that are the same for all its rows."""

    file: str
    layer: str | None
    sheet: str | None
    set: _Set


class Section(BaseModel):
    """One table of a study: where it lies and how to read it; several files, layers or sheets are set together."""

    model_config = _strict

    file: _Name | Annotated[tuple[_Name, ...], Field(min_length=1)]
    layer: str | Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    sheet: str | Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    encoding: str | None = None
    coordinates: str | None = None
    decimal: Annotated[str, Field(pattern="^[.,]$")] | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    where: Annotated[str, Field(max_length=1000)] | None = None
    set: _Set | tuple[_Set, ...] = Field(default_factory=dict)
    pupils_from: dict[str, Annotated[float, Field(gt=0, lt=1e6)]] = Field(default_factory=dict)
    share_by: _Name | None = None
    cell: Annotated[float, Field(gt=0, lt=1e6)] | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Its files, each once."""
        return (self.file,) if isinstance(self.file, str) else tuple(dict.fromkeys(self.file))

    @property
    def common(self) -> _Set:
        """The columns that are the same for all rows of all parts."""
        return self.set if isinstance(self.set, dict) else {}

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the table is read from, in order."""
        lists = [one for one in (self.file, self.layer, self.sheet, self.set) if isinstance(one, tuple)]
        count = max((len(one) for one in lists), default=1)

        def each(one: Item | tuple[Item, ...]) -> list[Item]:
            return list(one) if isinstance(one, tuple) else [one] * count

        sets: list[_Set] = list(self.set) if isinstance(self.set, tuple) else [{}] * count
        at = zip(each(self.file), each(self.layer), each(self.sheet), sets, strict=True)
        return tuple(Part(*one) for one in at)

    @model_validator(mode="after")
    def _lists_are_alike(self) -> Section:
        lists = [one for one in (self.file, self.layer, self.sheet, self.set) if isinstance(one, tuple)]
        if len({len(one) for one in lists}) > 1:
            raise ValueError("file, layer, sheet and set have lists of different lengths")
        if isinstance(self.set, tuple) and not any(isinstance(o, tuple) for o in (self.file, self.layer, self.sheet)):
            raise ValueError("set is a list, but there is one file only")
        return self


class Matrix(BaseModel):
    """Measured travel of one mode: wide place × school, long, or a matrix without labels (npz)."""

    model_config = _strict

    file: _Name
    unit: Annotated[str, Field(pattern="^(minutes|seconds)$")] = "minutes"
    key: str | None = None
    metres_key: str | None = None
    sheet: str | None = None
    encoding: str | None = None


class Statement(BaseModel):
    """One sentence that every result of the study must carry."""

    model_config = _strict

    en: str
    zh: str


class Header(BaseModel):
    """What study.toml says outside its sections."""

    model_config = _strict

    name: _Name
    year: Annotated[int, Field(ge=1949, le=2200)]
    calendar: str = "6+3"
    crs: str | None = None
    simulated: bool = False
    edited: bool = False
    note: str = ""
    demand_base: Annotated[str, Field(pattern="^(residents|hukou|enrolled)$")] = "residents"
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class StudyFile:
    """A study.toml that has been read: the header, the tables, the measured travel."""

    path: Path
    header: Header
    tables: dict[str, Section]
    travel: dict[str, Matrix]
    elevation: str | None
    lines: dict[tuple[str, ...], int] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder no file of the study may lie outside of."""
        return self.path.parent

    def line(self, *keys: str) -> int | None:
        """Give the line where a key stands, else its section's."""
        return self.lines.get(keys) or self.lines.get(keys[:-1])


def find_study_file(path: Path) -> Path:
    """Find the study file of a folder, or take a .toml as it is.

    Raises
    ------
    DataError
        There is none.
    """
    file = path / STUDY_FILE if path.is_dir() else path
    if file.is_file() and file.suffix == ".toml":
        return file
    near = sorted(p.name for p in path.glob("*.toml")) if path.is_dir() else []
    also = f" (there is {', '.join(near)})" if near else ""
    also_zh = f"（该处有 {'、'.join(near)}）" if near else ""
    raise DataError(
        [
            Fault(
                str(file),
                Text(f"no study file here{also}.", f"此处没有研究文件{also_zh}。"),
                Text(
                    "name the folder that holds study.toml, or the .toml file itself.",
                    "请指向含 study.toml 的文件夹，或直接指向 .toml 文件。",
                ),
            )
        ]
    )


def read_study_file(path: Path) -> tuple[StudyFile | None, list[Fault]]:
    """Read a study.toml.

    Returns
    -------
    tuple
        What it says, None where not even the header can be used, and the faults: unknown or missing keys and
        sections, wrong values, each with its line as the row.

    Raises
    ------
    DataError
        It is no TOML, or cannot be read.
    """
    content, text = _parse(path)
    lines = _line_numbers(text)
    faults: list[Fault] = []

    def fault(keys: tuple[str, ...], message: Text, mend: Text, value: object = None) -> None:
        row = lines.get(keys) or lines.get(keys[:-1])
        faults.append(Fault(path.name, message, mend, row, ".".join(keys) or None, value))

    top = {key: value for key, value in content.items() if not isinstance(value, dict)}
    sections = {key: value for key, value in content.items() if isinstance(value, dict)}
    header = _model(Header, top, (), fault)
    if header is not None and read_calendar(header.calendar) is None:
        en, zh = calendar_mend()
        fault(("calendar",), Text("unknown calendar.", "未知学制。"), Text(f"{en}.", f"{zh}。"), header.calendar)
    tables: dict[str, Section] = {}
    travel: dict[str, Matrix] = {}
    elevation: str | None = None
    for name, body in sections.items():
        if name == "travel":
            for mode, matrix in body.items():
                if not isinstance(matrix, dict):
                    fault((name, mode), *_not_a_section(f"travel.{mode}"), matrix)
                elif (one := _model(Matrix, matrix, (name, mode), fault)) is not None:
                    travel[mode] = one
        elif name == "elevation":
            raster = _model(Section, body, (name,), fault)
            elevation = raster.files[0] if raster is not None else None
        elif name in TABLES:
            section = _model(Section, body, (name,), fault)
            if section is not None:
                tables[name] = section
        else:
            known = [*TABLES, "travel", "elevation"]
            hint = did_you_mean(name, known)
            fault(
                (name,),
                Text(f"unknown section{hint.en}.", f"未知的节{hint.zh}。"),
                Text(f"known sections: {', '.join(known)}.", f"可用的节：{'、'.join(known)}。"),
            )
    for name in set(TABLES) & set(top):
        fault((name,), *_not_a_section(name), top[name])
    if "places" not in content:
        fault(
            (),
            Text("the section [places] is missing: a study needs places.", "缺少 [places] 节：研究必须有居住点。"),
            Text('add [places] with file = "…".', '请添加 [places] 并写明 file = "…"。'),
        )
    for stage in [s for s in tables["places"].pupils_from if s not in STAGES] if "places" in tables else ():
        hint = did_you_mean(stage, STAGES)
        fault(
            ("places", "pupils_from"),
            Text(f"unknown stage{hint.en}.", f"未知学段{hint.zh}。"),
            Text(f"use one of {', '.join(STAGES)}.", f"可用：{'、'.join(STAGES)}。"),
            stage,
        )
    if header is None or read_calendar(header.calendar) is None:
        return None, faults
    return StudyFile(path, header, tables, travel, elevation, lines), faults


def _parse(path: Path) -> tuple[dict[str, object], str]:
    mend = Text("see docs: a study file is TOML in UTF-8.", "研究文件应为 UTF-8 编码的 TOML。")
    try:
        if path.stat().st_size > MAX_TOML_BYTES:
            raise DataError([Fault(path.name, Text("too large for a study file.", "文件过大，不像研究文件。"), mend)])
        text = path.read_bytes().decode("utf-8-sig")
        return tomllib.loads(text.replace("\r\n", "\n")), text
    except OSError as error:
        raise DataError([Fault(path.name, Text("cannot be read.", "无法读取。"), mend)]) from error
    except UnicodeDecodeError as error:
        row = path.read_bytes()[: error.start].count(b"\n") + 1
        message = Text("is not UTF-8.", "不是 UTF-8 编码。")
        raise DataError([Fault(path.name, message, Text("save it as UTF-8.", "请另存为 UTF-8。"), row)]) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        message = Text(f"is not valid TOML: {error}.", f"不是有效的 TOML：{error}。")
        raise DataError([Fault(path.name, message, mend, int(found[1]) if found else None)]) from error


def _not_a_section(name: str) -> tuple[Text, Text]:
    return (
        Text("this is a section, not a value.", "这应是一个节，而不是一个值。"),
        Text(f'write [{name}] and below it file = "…".', f'请写 [{name}]，下一行写 file = "…"。'),
    )


def _model(model: type[Any], body: dict[str, object], at: tuple[str, ...], fault: Any) -> Any:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        seen = set()
        for item in error.errors():
            loc = item["loc"][:1] if item["loc"][:1] and item["loc"][0] in _ONE_OR_SEVERAL else item["loc"]
            keys = (*at, *(str(part) for part in loc))
            if keys in seen and loc != item["loc"]:
                continue  # a value that may be one or a list is wrong in both
            seen.add(keys)
            name = keys[-1] if keys else ""
            if item["type"] == "extra_forbidden":
                hint = did_you_mean(name, model.model_fields)
                known = ", ".join(model.model_fields)
                fault(
                    keys,
                    Text(f"unknown key{hint.en}.", f"未知的键{hint.zh}。"),
                    Text(f"known keys here: {known}.", f"此处可用的键：{known}。"),
                )
            elif item["type"] == "missing":
                fault(
                    keys,
                    Text(f'the key "{name}" is missing.', f"缺少键“{name}”。"),
                    Text(f"add {name} = … .", f"请补上 {name} = …。"),
                )
            elif item["type"] == "value_error":
                fault(
                    keys,
                    Text("file, layer, sheet and set do not go together.", "file、layer、sheet、set 不相配。"),
                    Text(
                        'lists among them are as long as each other: file = ["a.csv", "b.csv"], '
                        'set = [{ stage = "primary" }, { stage = "junior" }].',
                        '其中的列表须一样长：file = ["a.csv", "b.csv"]，'
                        'set = [{ stage = "primary" }, { stage = "junior" }]。',
                    ),
                )
            else:
                fault(keys, *_wrong_value(name, item), item.get("input"))
        return None


_ONE_OR_SEVERAL = ("file", "layer", "sheet", "set")

_WRONG: dict[str, tuple[str, str]] = {
    "string_type": ("this should be text", "此处应为文字"),
    "string_too_short": ("the text is empty", "文字为空"),
    "string_too_long": ("the text is too long", "文字过长"),
    "bool_parsing": ("this should be true or false", "此处应为 true 或 false"),
    "bool_type": ("this should be true or false", "此处应为 true 或 false"),
    "dict_type": ("this should be a table in braces", "此处应为花括号表"),
    "tuple_type": ("this should be a list in square brackets", "此处应为方括号列表"),
    "model_type": ("this should be a table", "此处应为表"),
}
"""What pydantic calls a wrong value → what it is called here."""

_WRITE: dict[str, tuple[str, str]] = {
    "year": ("the autumn, as one number: year = 2024.", "请填秋季学年的一个数字：year = 2024。"),
    "demand_base": (
        'one of: demand_base = "residents", "hukou" or "enrolled".',
        '请选其一：demand_base = "residents"（常住）、"hukou"（户籍）或 "enrolled"（在校）。',
    ),
    "unit": ('write unit = "minutes" or unit = "seconds".', '请写 unit = "minutes"（分钟）或 unit = "seconds"（秒）。'),
    "simulated": ("write simulated = true or false.", "请写 simulated = true 或 false。"),
    "pupils_from": (
        "write a share above 0: pupils_from = { primary = 0.0875 }.",
        "请写大于 0 的比例：pupils_from = { primary = 0.0875 }。",
    ),
    "file": ('write file = "name of the file".', '请写 file = "文件名"。'),
    "columns": ('write columns = { name = "your header" }.', '请写 columns = { name = "您的表头" }。'),
    "ignore": ('write ignore = ["header"].', '请写 ignore = ["表头"]。'),
    "set": ('write set = { stage = "primary" }.', '请写 set = { stage = "primary" }。'),
}
"""Key → how it is written."""


def _wrong_value(name: str, item: Mapping[str, Any]) -> tuple[Text, Text]:
    """Say what is wrong with a value in both languages: pydantic knows one."""
    kind = str(item["type"])
    en, zh = _WRONG.get(kind, ("this value cannot be read", "该值无法识别"))
    if kind.startswith(("int", "float")):
        en, zh = "this should be a number", "此处应为数字"
    limits = item.get("ctx", {})
    for word, sign, sign_zh in (
        ("ge", "at least", "不小于"),
        ("gt", "above", "大于"),
        ("le", "at most", "不大于"),
        ("lt", "below", "小于"),
    ):
        if word in limits:
            en, zh = f"the number should be {sign} {limits[word]:g}", f"数字应{sign_zh} {limits[word]:g}"
    keys = [str(part) for part in item["loc"]]
    how = next((_WRITE[key] for key in reversed(keys) if key in _WRITE), ("correct the value.", "请更正该值。"))
    return Text(f"{en}.", f"{zh}。"), Text(*how)


def _line_numbers(text: str) -> dict[tuple[str, ...], int]:
    """Find the line of each section and key; good enough to point at, tomllib itself tells no lines."""
    found: dict[tuple[str, ...], int] = {}
    at: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        section = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line)
        key = re.match(r"""\s*["']?([^="'#\[]+?)["']?\s*=""", line)
        if section:
            at = tuple(part.strip().strip("\"'") for part in section[1].split("."))
            found.setdefault(at, number)
        elif key:
            found.setdefault((*at, *(part.strip() for part in key[1].split("."))), number)
    return found
