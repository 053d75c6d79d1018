"""What the package raises. Each leaf also inherits the builtin a caller would expect."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from layout_planner.base.messages import Text


class LayoutPlannerError(Exception):
    """Any error this package raises on purpose."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the input, with the place and the mend.

    Parameters
    ----------
    file
        The file as the user named it; empty when the fault is not in a file.
    message, mend
        What is wrong and how to put it right.
    row
        The row as a spreadsheet shows it (the header is row 1); None when the whole file is meant.
    column, value
        The column's name and the offending value as they stand in the file.
    """

    file: str
    message: Text
    mend: Text
    row: int | None = None
    column: str | None = None
    value: object = None

    def __str__(self) -> str:
        zh = str(Text("", "zh")) == "zh"
        where = []
        if self.row is not None:
            where.append(f"第 {self.row} 行" if zh else f"row {self.row}")
        if self.column is not None:
            shown = f"{self.column} = {_shorten(self.value)}" if self.value is not None else self.column
            where.append(shown)
        place = ("，" if zh else ", ").join(where)
        lead = f"{place}{'：' if zh else ': '}" if place else ""
        message, mend = _ended(str(self.message), zh), _ended(str(self.mend), zh)
        return f"{lead}{message}{'改法：' if zh else ' Mend: '}{mend}"

    def as_dict(self) -> dict[str, object]:
        """Give the fault as plain values, for JSON."""
        value = self.value if isinstance(self.value, str | int | float | bool | None) else str(self.value)
        return {
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "value": value,
            "message": str(self.message),
            "mend": str(self.mend),
        }


class DataError(LayoutPlannerError, ValueError):
    """Bad input: every fault at once, each with file, row, column, value and mend.

    Parameters
    ----------
    faults
        At least one fault.

    Examples
    --------
    >>> try:
    ...     lp.sample("fuxii")
    ... except lp.DataError as error:
    ...     print(error)
    input: 1 fault, nothing was loaded.
      there is no sample "fuxii" (did you mean "fuxi"?). Mend: use one of fuxi, fuxi-before, zhigang.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        blocks = []
        for file in dict.fromkeys(fault.file for fault in self.faults):
            mine = [fault for fault in self.faults if fault.file == file]
            count = len(mine)
            head = Text(
                f"{file or 'input'}: {count} fault{'' if count == 1 else 's'}, nothing was loaded.",
                f"{file or '输入'}：{count} 处错误，未载入任何数据。",
            )
            blocks.append("\n".join([str(head), *(f"  {fault}" for fault in mine)]))
        return "\n".join(blocks)

    def __reduce__(self) -> tuple[type[DataError], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class ScenarioError(LayoutPlannerError, ValueError):
    """A scenario that contradicts itself or names what the study does not have."""


class TravelError(LayoutPlannerError, ValueError):
    """Travel that cannot be measured as asked, or a matrix that lacks what is needed."""


class RulesError(LayoutPlannerError, ValueError):
    """A rule profile that does not exist or holds an impossible value."""


class RunError(LayoutPlannerError, OSError):
    """A run folder that cannot be written or read back."""


def refuse(message_en: str, message_zh: str, mend_en: str, mend_zh: str) -> DataError:
    """Make a `DataError` of one fault that lies in no file: a wrong argument."""
    return DataError([Fault("", Text(message_en, message_zh), Text(mend_en, mend_zh))])


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Find the known name most like a mistyped one; None when nothing is near."""
    found = difflib.get_close_matches(str(name), [str(k) for k in known], n=1, cutoff=0.5)
    return found[0] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> Text:
    """Say which known name may have been meant; empty when none is near."""
    near = nearest_name(name, known)
    return Text("", "") if near is None else Text(f' (did you mean "{near}"?)', f"（是否为“{near}”？）")


def _ended(sentence: str, zh: bool) -> str:
    """Close a sentence that has no full stop yet."""
    if not sentence or sentence.rstrip("”’\"')）」 ")[-1:] in tuple(".。!！?？:：;；…"):
        return sentence
    return f"{sentence}{'。' if zh else '.'}"


def _shorten(value: object, limit: int = 60) -> str:
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
