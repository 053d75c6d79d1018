"""Columns of numbers as people write them: decimal commas, thousands set apart, units, angles, formulas, merges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layout_planner.base.messages import Text
from layout_planner.reading.angles import read_angle
from layout_planner.reading.faults import Faults, Table
from layout_planner.study import cells
from layout_planner.study.columns import Column, units_of
from layout_planner.study.units import Unit, counted_in, title_unit, unit_of

_Mask = npt.NDArray[np.bool_]

_DEGREES = ("lon", "lat")
_SHARED = ("lon", "lat", "x", "y", "year", "closed_year", "class_size", "since", "dwelling_used")
"""Numbers that are the same for every row of a merged cell; a count under one is not said row by row."""
_COUNTS = re.compile(
    r"(pupils|migrants|group|enrolment|population|seats|classes|classrooms|teachers|staff|boarders|beds|count|carers)(_\w+)?"
)
_COMMA = r"^[+-]?(\d+,(\d{1,2}|\d{4,})|0,\d+|\d{1,3}([. '’]\d{3})+,\d+|\d{1,3}(\.\d{3}){2,})$"
_POINT = r"^[+-]?(\d+\.(\d{1,2}|\d{4,})|0\.\d+|\d{1,3}([, '’]\d{3})+\.\d+|\d{1,3}(,\d{3}){2,})$"
_COMMA_DEGREES, _POINT_DEGREES = r"^[+-]?\d{1,3},\d+$", r"^[+-]?\d{1,3}\.\d+$"
_EITHER = {mark: rf"^[+-]?[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}$" for mark in ".,"}
"""What may be thousands set apart, or three decimals."""

_GROUPED = re.compile(r"([+-]?\d{1,3}(?P<mark>[. '’])\d{3}(?:(?P=mark)\d{3})*)(,\d+)?")
_PLAIN_COMMA = re.compile(r"[+-]?\d+,\d+")

_OWN = {"money": Text("yuan", "元"), "area": Text("m²", "平方米"), "people": Text("people", "人")}
_HOW_DECIMAL = Text(
    'say in its section which mark stands before decimals: decimal = "," or decimal = ".".',
    '请在该节注明小数点：decimal = "," 或 decimal = "."。',
)


@dataclass(frozen=True)
class Habit:
    """How a file writes decimals: the mark ("," or ".", empty where nothing tells), and whether it writes both."""

    mark: str = ""
    both: bool = False
    said: bool = False


def find_habit(columns: Mapping[str, pd.Series], separator: str, said: str | None) -> Habit:
    """Tell how a file writes decimals, by all its columns of numbers.

    Parameters
    ----------
    columns
        Canonical name → cells.
    separator
        What stands between the cells of a text file; with ";" a comma is free for decimals.
    said
        What the study file says.
    """
    if said:
        return Habit(said, said=True)
    if separator != ";" and not any(_holds(column, ",") for column in columns.values()):
        return Habit()
    comma = point = either = False
    for name, column in columns.items():
        if not isinstance(column.dtype, pd.StringDtype) and column.dtype.kind != "O":
            continue
        degrees = name in _DEGREES
        array = _plain_array(column)
        comma = comma or _any(array, _COMMA_DEGREES if degrees else _COMMA)
        point = point or _any(array, _POINT_DEGREES if degrees else _POINT)
        either = either or _any(array, _EITHER["."])
    if comma and point:
        return Habit(both=True)
    if comma or (separator == ";" and not point and either):
        return Habit(",")
    return Habit("." if point else "")


def read_numbers(table: Table, column: Column, raw: pd.Series, habit: Habit, faults: Faults) -> pd.Series:
    """Read a column of numbers; what was read otherwise than it stands is told, what cannot be read is a fault."""
    text = _with_points(table, column, raw, faults) if habit.mark == "," else raw
    numbers, bad = cells.to_numbers(text)
    if bad.any():
        numbers = numbers.copy()
        bad = _read_the_rest(table, column, text, numbers, bad, habit, faults)
    _doubt_thousands(table, column, raw, numbers, habit, faults)
    _refuse_merged(table, column, numbers, faults)
    return pd.Series(numbers, index=raw.index)


def in_own_unit(table: Table, column: Column, numbers: pd.Series, faults: Faults) -> pd.Series:
    """Bring numbers whose header or title names a unit (万元, 亩, 万人) into the table's own (yuan, m², people); told.

    A unit that counts something else than the column does is a fault: one of the two is not what it seems. So are
    several units of one kind in a title, and one that would make numbers no school or village has.
    """
    header = table.header_of.get(column.name, column.name)
    if not numbers.notna().any():
        return numbers
    several = table.raw.unit_of.get(header)
    if several is not None:
        for unit in dict.fromkeys(one for one in several if one is not None):
            mine = np.array([one == unit for one in several], dtype=bool)
            if numbers[mine].notna().any():
                numbers = numbers.where(~mine, _in_unit(table, column, header, numbers.where(mine), unit, faults))
        return numbers
    own = unit_of(header)
    try:
        unit = own or title_unit(table.raw.units, column.name)
    except ValueError as error:
        said = Text(
            f"the title names several units ({error}); which of them is meant here is not said.",
            f"标题注明多个单位（{error}），无法得知本列所用单位。",
        )
        mend = Text("write it into the header, in brackets.", "请写入表头，如“…（亩）”。")
        faults.add(table.file, said, mend, None, header)
        return numbers
    return numbers if unit is None else _in_unit(table, column, header, numbers, unit, faults, in_title=own is None)


_MOST_PEOPLE = {"schools": 1e5, "sites": 1e5}
"""More than any school holds: a title in thousands may be meant for another column of its table."""


def _in_unit(
    table: Table, column: Column, header: str, numbers: pd.Series, unit: Unit, faults: Faults, in_title: bool = False
) -> pd.Series:
    if unit.scale == 1.0:
        return numbers
    if counted_in(column.name) != unit.counts:
        said = Text(
            f"the unit in this header ({unit.written}) is none of what the column holds ({column.name}).",
            f"表头中的单位（{unit.written}）与该列含义（{column.name}）不符。",
        )
        mend = Text("correct the header, or name another column for it.", "请更正表头，或另指定一列。")
        faults.add(table.file, said, mend, None, header)
        return numbers
    scaled = numbers * unit.scale
    at = int(np.flatnonzero(numbers.notna())[0])
    shown = f"{numbers.iloc[at]:.15g} = {scaled.iloc[at]:,.10g}"
    row, own = int(table.raw.rows[at]), _OWN[unit.counts]
    if in_title and unit.counts == "people" and scaled.max() > _MOST_PEOPLE.get(table.name, 5e6):
        said = Text(
            f"the title says {unit.written}, by which {shown} {own.en}: it may be meant for another column.",
            f"标题单位为{unit.written}，据此 {shown} {own.zh}：可能并非本列单位。",
        )
        mend = Text(
            f"write the unit into the header: …（人） or …（{unit.written}）.",
            f"请在表头注明单位：…（人）或…（{unit.written}）。",
        )
        faults.add(table.raw.file_of(at), said, mend, row, header)
        return numbers
    by = Text(", as the title says", "（据标题）") if in_title else Text("", "")
    told = Text(f"read in {unit.written}{by.en}: {shown} {own.en}.", f"按{unit.written}读取{by.zh}：{shown} {own.zh}。")
    mend = Text(
        "nothing to do if that is so; else correct the unit in the header.", "如属实无须处理；否则请更正表头单位。"
    )
    if in_title:
        mend = Text("if it is not so, write the unit into the header.", "如不属实，请在该列表头注明单位。")
    faults.add(table.raw.file_of(at), told, mend, row, header, warn=True)
    return scaled


def _holds(column: pd.Series, sign: str) -> bool:
    """Tell whether any cell of a column of text holds a sign; columns of numbers hold none."""
    if isinstance(column.dtype, pd.StringDtype):
        array = pa.array(column, type=pa.large_string(), from_pandas=True)
        return bool(pc.any(pc.match_substring(array, sign)).as_py())
    return column.dtype.kind == "O" and any(sign in cell for cell in column if isinstance(cell, str))


def _plain_array(column: pd.Series) -> pa.Array:
    """Give the cells of a column with digits and signs in ASCII; nearly always they stand so already."""
    text = cells.to_text(column)
    array = pa.array(text, type=pa.large_string(), from_pandas=True)
    if pc.all(pc.string_is_ascii(array)).as_py() is False:
        array = pa.array(text.map(cells.plain_signs, na_action="ignore"), type=pa.large_string(), from_pandas=True)
    return array


def _any(array: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(array, pattern)).as_py())


def _with_points(table: Table, column: Column, raw: pd.Series, faults: Faults) -> pd.Series:
    """Write decimal commas as points, and take out the points between thousands; told once a column."""
    if not isinstance(raw.dtype, pd.StringDtype) and raw.dtype.kind != "O":
        return raw
    text = cells.to_text(raw)
    there = text.notna().to_numpy()
    written = [str(one) if ok else None for one, ok in zip(text, there, strict=True)]
    changed = [None if one is None else _point(one, column.name in _DEGREES) for one in written]
    at = next((i for i, (old, new) in enumerate(zip(written, changed, strict=True)) if old != new), None)
    if at is None:
        return raw
    told = Text(
        f'"," was read as the decimal mark and "." as what sets thousands apart: {written[at]} = {changed[at]}.',
        f"逗号按小数点读取，句点按千位分隔读取：{written[at]} = {changed[at]}。",
    )
    faults.add(
        table.raw.file_of(at), told, _HOW_DECIMAL, int(table.raw.rows[at]), table.header_of.get(column.name), warn=True
    )
    return pd.Series(changed, index=raw.index, dtype="str")


def _point(text: str, degrees: bool) -> str:
    plain = cells.plain_signs(text)
    grouped = None if degrees else _GROUPED.fullmatch(plain)
    if grouped:
        return grouped[1].replace(grouped["mark"], "") + (grouped[3] or "").replace(",", ".")
    return plain.replace(",", ".") if _PLAIN_COMMA.fullmatch(plain) else text


def _read_the_rest(
    table: Table,
    column: Column,
    text: pd.Series,
    numbers: npt.NDArray[np.float64],
    bad: _Mask,
    habit: Habit,
    faults: Faults,
) -> _Mask:
    """Read the cells that are no plain numbers into `numbers`; what stays unread is a fault."""
    at = np.flatnonzero(bad)
    if column.name in _DEGREES:
        bad = _read_angles(table, column, text, numbers, bad, faults)
        at = np.flatnonzero(bad)
    formula = np.zeros(len(bad), dtype=bool)
    formula[at] = [str(text.iloc[i]).startswith("=") for i in at]
    told = Text("a formula without a stored value.", "公式没有存储计算结果。")
    mend = Text("open the workbook in Excel or WPS and save it.", "请用 Excel 或 WPS 打开后保存一次。")
    faults.rows(table, formula, column.name, told, mend)
    commas = np.zeros(len(bad), dtype=bool)
    if habit.both:
        commas[at] = ["," in str(text.iloc[i]) and not cells.tells_its_mark(str(text.iloc[i])) for i in at]
        told = Text("decimals stand after a point and after a comma in one file.", "同一文件中小数点既有句点又有逗号。")
        faults.rows(table, commas, column.name, told, _HOW_DECIMAL)
    rest = bad & ~formula & ~commas
    at = np.flatnonzero(rest)
    numbers[at] = cells.as_written(text.iloc[at], units_of(column.name))
    mended = rest & ~np.isnan(numbers)

    def read_as(position: int) -> Text:
        return Text(f"read as {numbers[position]:.15g}.", f"按 {numbers[position]:.15g} 读取。")

    mend = Text("enter plain numbers; the unit belongs in the header.", "请填写纯数字，单位写在表头。")
    faults.rows(table, mended, column.name, read_as, mend, warn=True)
    told = Text("not a number.", "不是数字。")
    mend = Text("enter a plain number, or leave the cell empty if it is unknown.", "请填写纯数字；未知时留空。")
    if column.name in _DEGREES:
        mend = Text(
            "write decimal degrees: degrees + minutes / 60 + seconds / 3600, so 105°01′12″ is 105.02.",
            "请填写十进制度：度 + 分/60 + 秒/3600，如 105°01′12″ 为 105.02。",
        )
    faults.rows(table, rest & ~mended, column.name, told, mend)
    return bad & ~mended


def _read_angles(
    table: Table, column: Column, text: pd.Series, numbers: npt.NDArray[np.float64], bad: _Mask, faults: Faults
) -> _Mask:
    bad = bad.copy()
    first = None
    turned = np.zeros(len(bad), dtype=bool)
    count = 0
    for at in np.flatnonzero(bad):
        angle = read_angle(str(text.iloc[at]), column.name == "lat")
        if angle is None:
            continue
        numbers[at] = angle.degrees
        turned[at] = angle.other_axis
        bad[at] = False
        count += 1
        first = at if first is None else first
    told = Text("a coordinate of the other axis.", "填的是另一坐标轴的值。")
    mend = Text("put E and W under lon, N and S under lat.", "东经、西经填入经度列，北纬、南纬填入纬度列。")
    faults.rows(table, turned, column.name, told, mend)
    if first is not None:
        value = numbers[int(first)]
        said = Text(
            f"{count} coordinates in degrees, minutes and seconds were read; the first as {value:.7g}.",
            f"{count} 个坐标以度分秒书写，已换算；首个为 {value:.7g}。",
        )
        faults.add(
            table.raw.file_of(int(first)), said, Text("nothing to do if that is so.", "如属实无须处理。"),
            int(table.raw.rows[first]), table.header_of.get(column.name, column.name), str(text.iloc[first]), warn=True,
        )  # fmt: skip
    return bad


def _doubt_thousands(
    table: Table,
    column: Column,
    raw: pd.Series,
    numbers: npt.NDArray[np.float64],
    habit: Habit,
    faults: Faults,
) -> None:
    """Doubt a count of 1.250 (or of 1,250, where commas stand before decimals) among whole ones."""
    if habit.said or not _COUNTS.fullmatch(column.name):
        return
    mark = "," if habit.mark == "," else "."
    if not _holds(raw, mark):
        return
    pattern = _EITHER[mark]
    mask = pc.fill_null(pc.match_substring_regex(_plain_array(raw), pattern), False).to_numpy(zero_copy_only=False)
    if not mask.any():
        return
    others = numbers[~mask & np.isfinite(numbers)]
    if (others != np.floor(others)).any():
        return

    def told(position: int) -> Text:
        there = str(raw.iloc[position]).strip()
        whole = cells.plain_signs(there).replace(mark, "")
        return Text(
            f"{there} may mean {whole} or {numbers[position]:g}.", f"{there} 可能是 {whole} 或 {numbers[position]:g}。"
        )

    faults.rows(table, mask, column.name, told, _HOW_DECIMAL)


def _refuse_merged(table: Table, column: Column, numbers: npt.NDArray[np.float64], faults: Faults) -> None:
    """Refuse a count in a merged cell: how it is shared among the rows is not said, and counting it twice is wrong."""
    spread = table.raw.spread.get(table.header_of.get(column.name, column.name))
    if spread is None or column.name in _SHARED:
        return
    told = Text("one number in a cell merged over several rows.", "多行合并为一格，只填了一个数字。")
    mend = Text("split the cell and give each row its own number.", "请取消合并，逐行填写各自的数字。")
    faults.rows(table, spread & ~np.isnan(numbers), column.name, told, mend)
