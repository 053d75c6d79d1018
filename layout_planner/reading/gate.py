"""The gate of one table: headers recognised, rows filtered, cells typed, ranges and keys checked (with pandera)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layout_planner.base.errors import did_you_mean
from layout_planner.base.messages import Text
from layout_planner.formats.tables import RawTable
from layout_planner.reading.config import Section
from layout_planner.reading.faults import Faults, Table
from layout_planner.reading.figures import Habit, find_habit, in_own_unit, read_numbers
from layout_planner.reading.months import read_months
from layout_planner.reading.names import give_ids
from layout_planner.reading.offers import read_offers, tell_stages_by_columns
from layout_planner.reading.spoilt import mend_spoilt
from layout_planner.reading.vocabulary import follow_stage, kind_is_guessed, likely_word, offered_column
from layout_planner.reading.wide import lay_townships_under, lay_years_under
from layout_planner.study import cells
from layout_planner.study.columns import KEYS, TABLES, Column, column_of, known_names
from layout_planner.study.filters import FilterError, select_rows
from layout_planner.study.headers import ages_in, recognise
from layout_planner.study.kinds import stage_meant
from layout_planner.study.stages import STAGE_NAMES, STAGES, USUAL, Calendar

_LONGEST_CELL = 1_000
_AS_TEXT = Text(
    "codes are text: format the column as text in the spreadsheet and enter the code again.",
    "编码是文本：请在表格中将该列设为文本格式后重新填写。",
)


def check_table(
    name: str, raw: RawTable, section: Section, study_file: str, faults: Faults, calendar: Calendar = USUAL
) -> Table | None:
    """Take one table through the gate.

    Parameters
    ----------
    name
        The section's name.
    raw
        The table as it stands in its file.
    section
        How the study file wants it read.
    study_file
        The study file's name, for faults that lie there.
    faults
        Collects what is wrong.
    calendar
        The study's: it tells the grade of an age.

    Returns
    -------
    Table or None
        Canonical and typed; None where the headers or the filter leave nothing to check further.
    """
    before = len(faults.errors)
    header_of = _match_headers(name, raw, section, study_file, faults, calendar)
    if section.where is not None:
        try:
            mask = select_rows(raw.frame, section.where, header_of)
        except FilterError as error:
            mend = Text(
                "a filter reads like: where = \"seats > 0 and type in ('A', 'B')\".",
                "筛选条件写法如：where = \"seats > 0 and type in ('A', 'B')\"。",
            )
            told = Text(f"the filter cannot be read: {error.text.en}.", f"无法识别筛选条件：{error.text.zh}。")
            faults.add(study_file, told, mend, None, f"{name}.where", section.where)
            return None
        raw = raw.select(mask)
        if not len(raw.frame):
            told = Text("no row satisfies the filter.", "没有任何行满足筛选条件。")
            faults.add(study_file, told, Text("correct it.", "请更正。"), None, f"{name}.where", section.where)
            return None
    if len(faults.errors) > before:
        return None
    if name == "births":
        raw, header_of = lay_years_under(raw, header_of, faults)
        raw, header_of = lay_townships_under(raw, header_of, faults)
    frame = _canonical(name, raw.frame, header_of)
    for column, value in section.common.items():
        frame[column] = pd.Series([constant(value)] * len(frame), index=frame.index, dtype="str")
    table = Table(name, frame, raw, header_of)
    mend_spoilt(table, _known(table), faults)
    give_ids(table, faults)
    missing = [c.name for c in TABLES[name] if c.needed and c.name not in table.frame.columns]
    for canonical in missing:
        _say_missing(faults, raw, name, canonical)
    frame = table.frame
    known = _known(table)
    _refuse_long(table, known, faults)
    _refuse_formulas(table, known, faults)
    numbers = {header: frame[header] for header, column in known.items() if column.holds == "number"}
    habit = find_habit(numbers, raw.separator, section.decimal)
    if kind_is_guessed(name, section, header_of):
        follow_stage(table, constant(section.common["stage"]), faults)
    for header in frame.columns:
        is_known = header in known
        frame[header] = (
            _typed(table, known[header], habit, calendar, faults) if is_known else cells.infer(cells_of(frame[header]))
        )
    if name == "schools":
        tell_stages_by_columns(table, calendar, faults)
        read_offers(table, calendar)
    _check_ranges(table, known, faults)
    if not missing:
        _check_keys(table, faults)
    return table


def _known(table: Table) -> dict[str, Column]:
    return {str(c): meant for c in table.frame.columns if (meant := column_of(table.name, str(c))) is not None}


def _refuse_formulas(table: Table, known: dict[str, Column], faults: Faults) -> None:
    """Refuse names and codes that are formulas whose value was never stored."""
    told = Text("a formula without a stored value.", "公式没有存储计算结果。")
    mend = Text("open the workbook in Excel or WPS and save it.", "请用 Excel 或 WPS 打开后保存一次。")
    if not any("formula" in fault.message.en for fault in table.raw.told):
        return
    for header, column in known.items():
        if column.holds != "number":
            text = cells.to_text(table.frame[header])
            faults.rows(table, text.str.startswith("=").fillna(False).to_numpy(dtype=bool), header, told, mend)


def _refuse_long(table: Table, known: dict[str, Column], faults: Faults) -> None:
    """Refuse cells no name or code is as long as: half a table in a quote that was not closed, or worse."""
    told = Text("a cell of more than 1,000 characters.", "单元格超过 1000 个字符。")
    mend = Text("shorten it; or a quotation mark is not closed above.", "请缩短；或检查其上是否有未闭合的引号。")
    for header in known:
        column = table.frame[header]
        if not isinstance(column.dtype, pd.StringDtype) and column.dtype.kind != "O":
            continue
        text = column if isinstance(column.dtype, pd.StringDtype) else cells.to_text(column)
        array = pa.array(text, type=pa.large_string(), from_pandas=True)
        if (pc.max(pc.binary_length(array)).as_py() or 0) <= _LONGEST_CELL:  # characters take one byte or more
            continue
        long = pc.fill_null(pc.greater(pc.utf8_length(array), _LONGEST_CELL), False)
        if faults.rows(table, long.to_numpy(zero_copy_only=False), header, told, mend):
            table.frame[header] = text.str.slice(0, _LONGEST_CELL)


def _canonical(name: str, frame: pd.DataFrame, header_of: dict[str, str]) -> pd.DataFrame:
    """Name columns by our names; a header may serve two of them (an id that is also the name)."""
    used = set(header_of.values())
    named = {canonical: frame[header] for canonical, header in header_of.items()}
    for column in [str(c) for c in frame.columns if c not in used]:
        # A column that bears one of our names but is not meant (ignored, or another was named) is kept apart.
        kept = column if column_of(name, column) is None else f"{column}_unused"
        named[kept] = frame[column]
    return pd.DataFrame(named, index=frame.index)


def constant(value: str | float | bool) -> str:
    """Write a value of `set` as the cell of a text table would be."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def cells_of(column: pd.Series) -> pd.Series:
    """Give a column that means nothing to us as text, or as the type its file gave it."""
    text = column.dtype.kind == "O" and pd.api.types.infer_dtype(column, skipna=True) == "string"
    return cells.to_text(column) if text or isinstance(column.dtype, pd.StringDtype) else column


def _match_headers(
    name: str, raw: RawTable, section: Section, study_file: str, faults: Faults, calendar: Calendar
) -> dict[str, str]:
    headers = [str(header) for header in raw.frame.columns if header not in section.ignore]
    for header in section.ignore:
        if header not in raw.frame.columns:
            _say_no_header(faults, study_file, f"{name}.ignore", header, headers)
    given: dict[str, str] = {}
    for canonical, header in section.columns.items():
        if column_of(name, canonical) is None:
            hint = did_you_mean(canonical, known_names(name))
            faults.add(
                study_file,
                Text(f'"{canonical}" is no column of {name}{hint.en}.', f"“{canonical}”不是 {name} 的列{hint.zh}。"),
                Text("the left side is our name, the right side your header.", "等号左边为程序列名，右边为您的表头。"),
                column=f"{name}.columns",
                value=canonical,
            )
        elif header not in raw.frame.columns:
            _say_no_header(faults, study_file, f"{name}.columns", header, headers)
        else:
            given[canonical] = header
    header_of = {}
    for canonical, meant in recognise(name, headers, given, raw.frame, calendar).items():
        if canonical in section.common:
            continue
        header_of[canonical] = meant[0]
        if len(meant) > 1:
            spare = canonical == "kind" and kind_is_guessed(name, section, header_of)
            if spare:
                del header_of[canonical]
            both = ", ".join(f'"{one}"' for one in meant)
            faults.add(
                raw.file,
                Text(f"several columns are read as {canonical}: {both}.", f"多列都被识别为 {canonical}：{both}。"),
                Text(
                    f'say which one in the study file, under [{name}]: columns = {{ {canonical} = "{meant[0]}" }}.',
                    f'请在研究文件 [{name}] 中指定：columns = {{ {canonical} = "{meant[0]}" }}。',
                ),
                row=1,
                column=meant[1],
                warn=spare,
            )
    _doubt_ages(raw, header_of, calendar, faults)
    return header_of


def _doubt_ages(raw: RawTable, header_of: dict[str, str], calendar: Calendar, faults: Faults) -> None:
    """Say where the ages in a header are not those of its stage: a year more is a sixth more children."""
    for stage in STAGES:
        header = header_of.get(f"pupils_{stage}", "")
        said, own = ages_in(header), calendar.ages(stage)
        if said is None or own is None or said == own:
            continue
        ages, meant = f"{said[0]}–{said[1]}", f"{own[0]}–{own[1]}"
        told = Text(
            f"the header says ages {ages}; {stage} is {meant} under this calendar, as which the numbers were read.",
            f"表头为 {ages} 岁，按本学制{STAGE_NAMES[stage][1]}为 {meant} 岁；已按该学段人数读取。",
        )
        mend = Text("count the ages of the stage, or correct the calendar.", "请按该学段的年龄统计，或更正学制。")
        faults.add(raw.file, told, mend, None, header, warn=True)


def _say_no_header(faults: Faults, study_file: str, where: str, header: str, headers: list[str]) -> None:
    hint = did_you_mean(header, headers)
    faults.add(
        study_file,
        Text(f'the file has no column "{header}"{hint.en}.', f"文件中没有列“{header}”{hint.zh}。"),
        Text(f"it has: {', '.join(headers[:40])}.", f"现有列：{'、'.join(headers[:40])}。"),
        column=where,
        value=header,
    )


def _say_missing(faults: Faults, raw: RawTable, table: str, column: str) -> None:
    hint = did_you_mean(column, [str(header) for header in raw.frame.columns])
    faults.add(
        raw.file,
        Text(f'the column "{column}" is missing{hint.en}.', f"缺少列“{column}”{hint.zh}。"),
        Text(
            f'add it, or name your header in the study file, under [{table}]: columns = {{ {column} = "…" }}.',
            f'请补上该列，或在研究文件 [{table}] 中指定表头：columns = {{ {column} = "…" }}。',
        ),
        row=1,
        column=column,
    )


def _typed(table: Table, column: Column, habit: Habit, calendar: Calendar, faults: Faults) -> pd.Series:
    raw = table.frame[column.name]
    index = raw.index
    if column.holds in ("id", "ref"):
        codes = cells.to_codes(raw)
        told = Text('the code was turned into a decimal number; ".0" was taken off.', "编码被转成小数，已去掉“.0”。")
        faults.rows(table, codes.mended, column.name, told, _AS_TEXT, warn=True)
        told = Text("the code was turned into a decimal number.", "编码被转成了小数。")
        faults.rows(table, codes.decimal, column.name, told, _AS_TEXT)
        told = Text(
            "the code was turned into scientific notation and lost digits.", "编码被转成科学计数法，末位已丢失。"
        )
        faults.rows(table, codes.scientific, column.name, told, _AS_TEXT)
        return codes.values
    if column.holds == "refs":
        return cells.to_codes(raw).values.str.replace("；", ";")
    if column.holds == "number":
        return in_own_unit(table, column, read_numbers(table, column, raw, habit, faults), faults)
    if column.holds == "flag":
        flags, bad = cells.to_flags(raw)
        told = Text("neither yes nor no.", "既不是“是”也不是“否”。")
        faults.rows(table, bad, column.name, told, Text("use 1 or 0, or leave it empty.", "请填 1 或 0，或留空。"))
        return pd.Series(flags, index=index)
    if column.holds == "word":
        return _word(table, column, raw, faults)
    if column.holds == "offered":
        return offered_column(table, column, raw, faults)
    if column.holds == "month":
        return read_months(table, column, raw, faults)
    if column.holds == "grade":
        grades, bad = cells.to_grades(raw, calendar)
        told = Text("not a grade.", "不是有效年级。")
        mend = Text("grades are k1, k2, k3 for the kindergarten and 1 … 12.", "幼儿园为 k1、k2、k3，其余为 1 … 12。")
        faults.rows(table, bad, column.name, told, mend)
        return pd.Series(grades, index=index)
    if column.holds == "grades":
        lists, bad = cells.to_grade_lists(raw, calendar)
        told = Text("not a list of grades.", "不是有效的年级范围。")
        mend = Text('write "1-6", "1-3,5" or "k1-k3".', "请写成“1-6”“1-3,5”或“k1-k3”。")
        faults.rows(table, bad, column.name, told, mend)
        return lists
    return cells.to_text(raw)


def _word(table: Table, column: Column, raw: pd.Series, faults: Faults) -> pd.Series:
    words = dict(column.words)
    values, bad = cells.to_words(raw, words)
    if column.name == "stage" and bad.any():  # 初中部（7-9 年级）, "Lower secondary school"
        meant = raw[bad].map(lambda cell: stage_meant(str(cell)))
        values, bad = values.where(~bad, meant.reindex(raw.index)), bad & meant.reindex(raw.index).isna().to_numpy()
    kept = list(dict.fromkeys(words.values()))
    shown = [next((w for w, meant in words.items() if meant == one and not w.isascii()), one) for one in kept]

    def told(position: int) -> Text:
        hint = likely_word(str(table.cell(position, column.name)), words)
        return Text(f"unknown {column.name}{hint.en}.", f"无法识别的取值{hint.zh}。")

    if column.name == "ownership":  # nothing hangs on it: who is not said to be private counts as public
        told_once = Text(
            "this word for who runs the school is not known; left empty.", "举办者写法无法识别，按未注明处理。"
        )
        mend = Text(f"write {' or '.join(kept)} if it matters.", f"如需区分，请填{'或'.join(shown)}。")
        faults.rows(table, bad & ~raw.duplicated().to_numpy(), column.name, told_once, mend, warn=True)
        return values
    mend = Text(f"use one of {', '.join(kept)}.", f"可用：{'、'.join(shown)}。")
    faults.rows(table, bad, column.name, told, mend)
    # Marked, so that "empty" is not said of a cell that was filled wrongly.
    return values.mask(bad, "?") if column.needed else values


def _check_ranges(table: Table, known: dict[Any, Column], faults: Faults) -> None:
    """Check presence and ranges with pandera, all columns and rows at once."""
    import pandera.pandas as pa  # costs start-up time
    from pandera.errors import SchemaErrors

    columns = {}
    for name, column in known.items():
        checks = []
        if column.holds == "number":
            checks = [pa.Check(np.isfinite, name="finite")]
            if column.least is not None:
                checks.append(pa.Check(lambda s, low=column.least: ~(s < low), name="least"))
            if column.most is not None:
                checks.append(pa.Check(lambda s, high=column.most: ~(s > high) | np.isinf(s), name="most"))
            if column.whole:
                checks.append(pa.Check(lambda s: (s == np.floor(s)) | ~np.isfinite(s), name="whole"))
        if checks or column.needed:
            columns[name] = pa.Column(None, checks, nullable=not column.needed, coerce=False)
    if not columns:
        return
    try:
        pa.DataFrameSchema(columns).validate(table.frame, lazy=True)
    except SchemaErrors as error:
        for (name, check), rows in error.failure_cases.groupby(["column", "check"], sort=False):
            message, mend = _range_texts(known[name], str(check))
            faults.rows(table, np.sort(rows["index"].to_numpy(dtype=np.int64)), str(name), message, mend)


def _range_texts(column: Column, check: str) -> tuple[Text, Text]:
    correct = Text("correct the number, or leave the cell empty if it is unknown.", "请更正数字；未知时留空。")
    if check == "least" and column.least == 0:
        return Text("cannot be negative.", "不能为负数。"), correct
    if check == "least":
        return Text(f"cannot be below {column.least:g}.", f"不能小于 {column.least:g}。"), correct
    if check == "most":
        return Text(f"cannot be above {column.most:g}.", f"不能大于 {column.most:g}。"), correct
    if check == "whole":
        return Text("must be a whole number.", "必须是整数。"), correct
    if check == "finite":
        return Text("not a finite number.", "不是有限数值。"), correct
    return (
        Text("the cell is empty but the value is needed.", "单元格为空，但该值必填。"),
        Text("fill the cell, or delete the row.", "请填写，或删除该行。"),
    )


def _check_keys(table: Table, faults: Faults) -> None:
    keys = [key for key in KEYS.get(table.name, ()) if key in table.frame.columns]
    if not keys:
        return
    named = table.frame[keys]
    complete = named[keys[0]].notna().to_numpy()
    again = named.duplicated().to_numpy() & complete
    if not again.any():
        return
    first = named.loc[complete].drop_duplicates()
    position_of = dict(zip(first.itertuples(index=False, name=None), first.index, strict=True))
    nan_free = {tuple(None if v != v else v for v in key): at for key, at in position_of.items()}

    def told(position: int) -> Text:
        key = tuple(None if v != v else v for v in named.iloc[position])
        row = int(table.raw.rows[nan_free[key]])
        what = " + ".join(keys)
        return Text(f"{what} stands in row {row} already.", f"{what} 与第 {row} 行重复。")

    mend = Text("ids name one row each: correct it, or delete the repeated row.", "编号须唯一：请更正或删除重复行。")
    faults.rows(table, again, keys[0], told, mend)
