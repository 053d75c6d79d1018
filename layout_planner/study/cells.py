"""Cells to values: text as people type it becomes numbers, codes, words of a vocabulary; what cannot is marked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from layout_planner.study.kinds import plain
from layout_planner.study.stages import Calendar, grade_from_word, parse_grades

Mask = npt.NDArray[np.bool_]

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_SPECIAL = r"(?i)^[+-]?(nan|inf|infinity)$"
_THOUSANDS = r"[+-]?\d{1,3}(?P<mark>[,'’ ])\d{3}((?P=mark)\d{3})*(\.\d+)?"
_THOUSANDS_COMMA = r"[+-]?\d{1,3}(?P<mark>['’ ])\d{3}((?P=mark)\d{3})*,\d+"
"""Where a blank or an apostrophe sets thousands apart, a comma stands before decimals."""

_FULL_CODE = r"^(\d{10}|\d{12})\.0+$"
_DECIMAL_CODE = r"^\d+\.0+$"
_SCIENTIFIC_CODE = r"^\d(\.\d+)?[eE]\+\d+$"
_BLANK = (
    r"[\s\x0b\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200f}\x{2028}\x{2029}\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}]"
)
_UNSEEN = "".join(chr(c) for c in range(0x3001) if chr(c).isspace()) + "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Blanks of every kind, and the signs without width that web pages leave at the ends of a name."""

_LOOSE = f"^$|^{_BLANK}|{_BLANK}$"
"""An empty cell, or one with a blank of any kind at an end, as `str.strip` understands blanks."""
_LONGEST_EXACT = 1e15

# Full-width digits, letters and signs, as Chinese input methods leave them: １２３ＡＢ．－
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_OTHER_SIGNS = {0x2212: "-", 0x066B: ".", 0x066C: ",", 0xA0: " ", 0x2009: " ", 0x202F: " "}


NO_GRADES = "none"
"""How a school stage without grades (all given up) is written."""


@dataclass(frozen=True, eq=False)
class Codes:
    """Codes read from cells: the text, and which cells were spoilt on the way here.

    Parameters
    ----------
    values
        Text, blanks stripped, empty as missing.
    mended
        Cells a spreadsheet turned into "2151000001.0" and that are read as 2151000001: school codes (10 digits) and
        area codes (12 digits) never begin with 0, so nothing is lost.
    decimal, scientific
        Cells a spreadsheet turned into "12.0" or "2.15E+09": leading zeros, or the last digits, may be lost.
    """

    values: pd.Series
    mended: Mask
    decimal: Mask
    scientific: Mask


def to_text(cells: pd.Series) -> pd.Series:
    """Read cells as text: blanks at the ends stripped, empty cells missing."""
    if cells.dtype.kind == "b":
        return cells.map({True: "true", False: "false"}).astype("str")
    if cells.dtype.kind in "iu":
        return cells.astype("str")
    if cells.dtype.kind == "f":
        return _float_text(cells)
    if not isinstance(cells.dtype, pd.StringDtype):
        cells = pd.Series([None if _missing(v) else str(v) for v in cells], index=cells.index, dtype="str")
    array = pa.array(cells, type=pa.large_string(), from_pandas=True)
    if not pc.any(pc.match_substring_regex(array, _LOOSE)).as_py():
        return cells  # as nearly always: nothing is copied
    text = cells.str.strip(_UNSEEN)
    return text.mask(text == "")


def plain_signs(text: str) -> str:
    """Write digits of any script, full-width characters and other minus signs in ASCII; a raised digit stays raised."""
    half = text.translate(_HALF_WIDTH).translate(_OTHER_SIGNS)
    return half if half.isascii() else "".join(str(unicodedata.decimal(c, c)) for c in half)


def to_numbers(cells: pd.Series) -> tuple[npt.NDArray[np.float64], Mask]:
    """Read cells as numbers.

    Returns
    -------
    tuple
        Numbers (NaN where empty or unreadable) and the mask of the unreadable cells. "inf" and "nan" are read, as
        infinity: that they are no finite numbers is for the gate to say.
    """
    if cells.dtype.kind in "biuf":
        return cells.to_numpy(dtype=np.float64), np.zeros(len(cells), dtype=bool)
    text = to_text(cells)
    array = pa.array(text, type=pa.large_string(), from_pandas=True)
    try:
        return _to_float(array), np.zeros(len(cells), dtype=bool)
    except pa.ArrowInvalid:
        pass
    empty = text.isna().to_numpy()
    readable = pc.fill_null(pc.match_substring_regex(array, _NUMBER), False)
    rest = ~readable.to_numpy(zero_copy_only=False) & ~empty
    # Only the few cells that are not plain numbers pay for the slow way.
    mended = np.array(text.where(~rest, None), dtype=object)
    half = [plain_signs(str(v)) for v in text[rest]]
    mended[rest] = [v if re.match(_NUMBER, v, re.ASCII) else "inf" if re.match(_SPECIAL, v) else None for v in half]
    numbers = _to_float(pa.array(mended, type=pa.large_string(), from_pandas=True))
    return numbers, rest & np.isnan(numbers)


def as_written(cells: pd.Series, units: Collection[str]) -> npt.NDArray[np.float64]:
    """Read numbers as people write them for people: thousands set apart, a unit after them (1,320人).

    Parameters
    ----------
    cells
        Those that are not plain numbers.
    units
        What may stand after the number without changing it; 万 does change it and is never among them.

    Returns
    -------
    ndarray
        NaN where the cell cannot be read so either.
    """
    ends = sorted({unicodedata.normalize("NFKC", unit) for unit in units}, key=len, reverse=True)
    found = np.full(len(cells), np.nan)
    for i, cell in enumerate(to_text(cells)):
        if _missing(cell):
            continue
        text = plain_signs(_without_unit(str(cell).strip(), ends)).strip()
        thousands = re.fullmatch(_THOUSANDS, text, re.ASCII)
        if thousands:
            text = text.replace(thousands["mark"], "")
        elif decimals := re.fullmatch(_THOUSANDS_COMMA, text, re.ASCII):
            text = text.replace(decimals["mark"], "").replace(",", ".")
        if re.match(_NUMBER, text, re.ASCII):
            found[i] = float(text)
    return found


def tells_its_mark(text: str) -> bool:
    """Tell whether a number by itself shows that its comma stands before decimals: 1 250,5."""
    return re.fullmatch(_THOUSANDS_COMMA, plain_signs(text).strip(), re.ASCII) is not None


def _without_unit(text: str, ends: Collection[str]) -> str:
    """Cut a unit; the number before it is left as it stands, so that 12² is not taken for 122."""
    for unit in ends:
        for length in range(1, min(len(unit), len(text)) + 1):
            if unicodedata.normalize("NFKC", text[-length:]) == unit:
                return text[:-length].strip()
    return text


def to_codes(cells: pd.Series) -> Codes:
    """Read cells as codes: text even where they look like numbers."""
    numeric = cells.dtype.kind in "iuf"
    text = to_text(cells)
    if not numeric and len(text):
        full = text.str.contains("[\uff01-\uff5e\u3000]", regex=True).fillna(False).to_numpy(dtype=bool)
        if full.any():
            text = text.mask(full, text[full].map(lambda v: str(v).translate(_HALF_WIDTH).strip()))
    mended = _matches(text, _FULL_CODE)
    if mended.any():
        text = text.mask(mended, text[mended].str.replace(r"\.0+$", "", regex=True))
    decimal = _matches(text, _DECIMAL_CODE)
    scientific = _matches(text, _SCIENTIFIC_CODE)
    return Codes(text, mended, decimal, scientific)


def to_words(cells: pd.Series, words: Mapping[str, str]) -> tuple[pd.Series, Mask]:
    """Read cells as words of a vocabulary; the mask tells those that are none of it."""
    return _by_value(cells, lambda v: words.get(v) or words.get(plain(v)), "str")


def to_flags(cells: pd.Series) -> tuple[npt.NDArray[np.float64], Mask]:
    """Read cells as yes (1.0) or no (0.0), NaN where empty."""
    yes, no = {"1", "1.0", "true", "yes", "y", "是", "有", "t"}, {"0", "0.0", "false", "no", "n", "否", "无", "f"}
    values, bad = _by_value(cells, lambda v: "1" if plain(v) in yes else "0" if plain(v) in no else None, "str")
    return values.map({"1": 1.0, "0": 0.0}).to_numpy(dtype=np.float64), bad


def to_grades(cells: pd.Series, calendar: Calendar | None = None) -> tuple[npt.NDArray[np.float64], Mask]:
    """Read cells as single grades; NaN where empty."""
    values, bad = _by_value(cells, lambda text: _grade(text, calendar), "object")
    return values.to_numpy(dtype=np.float64, na_value=np.nan), bad


def to_grade_lists(cells: pd.Series, calendar: Calendar | None = None) -> tuple[pd.Series, Mask]:
    """Read cells as lists of grades ("1-6"): tuples, None where empty."""
    return _by_value(cells, lambda text: _grade_list(text, calendar), "object")


def infer(cells: pd.Series) -> pd.Series:
    """Give a column of no meaning to us its natural type: numbers where all cells are, and no code is among them."""
    if not isinstance(cells.dtype, pd.StringDtype) or cells.isna().all():
        return cells
    present = cells.dropna()
    array = pa.array(present, type=pa.large_string(), from_pandas=True)
    if not pc.all(pc.match_substring_regex(array, r"^-?(0|[1-9]\d{0,14})(\.\d+)?$")).as_py():
        return cells
    numbers = _to_float(pa.array(cells, type=pa.large_string(), from_pandas=True))
    whole = len(present) == len(cells) and not pc.any(pc.match_substring(array, ".")).as_py()
    return pd.Series(numbers.astype(np.int64) if whole else numbers, index=cells.index)


def _by_value(cells: pd.Series, read: Callable[[str], object], dtype: str) -> tuple[pd.Series, Mask]:
    """Read each distinct cell once: vocabularies repeat."""
    text = to_text(cells)
    codes, distinct = pd.factorize(text)
    results = np.empty(len(distinct) + 1, dtype=object)
    results[:-1] = [read(str(value)) for value in distinct]
    results[-1] = None  # where factorize says -1: empty
    found = results[codes] if len(codes) else np.empty(0, dtype=object)
    unread = np.array([value is None for value in results[:-1]] + [False], dtype=bool)
    bad = unread[codes] if len(codes) else np.zeros(0, dtype=bool)
    return pd.Series(found, index=cells.index, dtype=dtype), bad


def _grade(text: str, calendar: Calendar | None) -> int | None:
    try:
        return grade_from_word(text.removesuffix(".0"), calendar)
    except ValueError:
        return None


def _grade_list(text: str, calendar: Calendar | None) -> tuple[int, ...] | None:
    if text == NO_GRADES:
        return ()
    try:
        return parse_grades(text, calendar)
    except ValueError:
        return None


def _to_float(array: pa.Array) -> npt.NDArray[np.float64]:
    return pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64, copy=False)


def _matches(text: pd.Series, pattern: str) -> Mask:
    array = pa.array(text, type=pa.large_string(), from_pandas=True)
    return pc.fill_null(pc.match_substring_regex(array, pattern), False).to_numpy(zero_copy_only=False)


def _float_text(cells: pd.Series) -> pd.Series:
    """Write typed floats as a database shows them: whole ones without a point; too long ones show their loss."""
    numbers = cells.to_numpy(dtype=np.float64)
    finite = np.isfinite(numbers)
    whole = finite & (numbers == np.floor(numbers)) & (np.abs(numbers) < _LONGEST_EXACT)
    text = np.full(len(numbers), None, dtype=object)
    text[whole] = numbers[whole].astype(np.int64).astype(str)
    rest = ~whole & ~np.isnan(numbers)
    text[rest] = [f"{v:.6E}" if abs(v) >= _LONGEST_EXACT else repr(float(v)) for v in numbers[rest]]
    return pd.Series(text, index=cells.index, dtype="str")


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)
