"""Row filters such as `supply1 > 0 and 类型 in ("小学", "初中")`: a small grammar of our own, nothing is executed.

filter     = both { "or" both }
both       = one { "and" one }
one        = "not" one | "(" filter ")" | name compare value | name [ "not" ] "in" "(" value { "," value } ")"
compare    = "=" | "==" | "!=" | "<" | "<=" | ">" | ">="
name       = a column's header, in `back quotes` where it holds blanks or signs
value      = a number, a text in quotes, true or false
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.errors import did_you_mean
from layout_planner.base.messages import Text

Mask = npt.NDArray[np.bool_]
Value = float | str

MAX_DEPTH = 50

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w])
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<quoted>`[^`]+`)
    | (?P<sign><=|>=|==|!=|<>|=|<|>|\(|\)|,)
    | (?P<word>[^\W\d]\w*)
    )""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[..., object]] = {
    "=": operator.eq, "==": operator.eq, "!=": operator.ne, "<>": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class FilterError(ValueError):
    """A filter that cannot be read; carries the message in both languages."""

    def __init__(self, message: Text) -> None:
        self.text = message
        super().__init__(str(message))


def select_rows(frame: pd.DataFrame, where: str, aliases: Mapping[str, str] | None = None) -> Mask:
    """Tell which rows satisfy a filter.

    Parameters
    ----------
    frame
        The table, headers as in the file; text or numbers.
    where
        The filter.
    aliases
        Canonical name → header, so that a filter may use either.

    Returns
    -------
    ndarray of bool
        One value a row. A cell that is empty, or no number where one is compared with, satisfies only "!=" and "not".

    Raises
    ------
    FilterError
        The filter is not of the grammar, or names an unknown column.
    """
    return _Reader(frame, where, aliases or {}).read()


class _Reader:
    """Reads one filter from left to right, working out the mask on the way."""

    def __init__(self, frame: pd.DataFrame, where: str, aliases: Mapping[str, str]) -> None:
        self.frame, self.aliases = frame, aliases
        self.tokens = _tokens(where)
        self.at = 0
        self.depth = 0

    def read(self) -> Mask:
        mask = self._either()
        if self.at < len(self.tokens):
            raise self._unexpected()
        return mask

    def _either(self) -> Mask:
        mask = self._both()
        while self._take_word("or"):
            mask = mask | self._both()
        return mask

    def _both(self) -> Mask:
        mask = self._one()
        while self._take_word("and"):
            mask = mask & self._one()
        return mask

    def _one(self) -> Mask:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FilterError(Text("the filter is nested too deeply", "筛选条件嵌套过深"))
        try:
            if self._take_word("not"):
                return ~self._one()
            if self._take_sign("("):
                mask = self._either()
                self._need_sign(")")
                return mask
            return self._comparison()
        finally:
            self.depth -= 1

    def _comparison(self) -> Mask:
        column = self._column()
        negate = self._take_word("not")
        if self._take_word("in"):
            self._need_sign("(")
            values = [self._value()]
            while self._take_sign(","):
                values.append(self._value())
            self._need_sign(")")
            mask = np.logical_or.reduce([_compare(column, "=", value) for value in values])
            return ~mask if negate else mask
        if negate or self._peek()[0] != "sign" or self._peek()[1] not in _COMPARE:
            raise self._unexpected()
        sign = self._next()[1]
        return _compare(column, sign, self._value())

    def _column(self) -> pd.Series:
        kind, text = self._next()
        if kind not in ("word", "quoted"):
            self.at -= 1
            raise self._unexpected()
        name = text.strip("`")
        header = self.aliases.get(name, name)
        if header not in self.frame.columns:
            hint = did_you_mean(name, [*self.frame.columns, *self.aliases])
            raise FilterError(Text(f'there is no column "{name}"{hint.en}', f"没有列“{name}”{hint.zh}"))
        return self.frame[header]

    def _value(self) -> Value:
        kind, text = self._next()
        if kind == "number":
            return float(text)
        if kind == "text":
            return text[1:-1]
        if kind == "word" and text.lower() in ("true", "false"):
            return text.lower()
        self.at -= 1
        raise self._unexpected()

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self.at += 1
        return token

    def _take_word(self, word: str) -> bool:
        kind, text = self._peek()
        hit = kind == "word" and text.lower() == word
        self.at += hit
        return hit

    def _take_sign(self, sign: str) -> bool:
        hit = self._peek() == ("sign", sign)
        self.at += hit
        return hit

    def _need_sign(self, sign: str) -> None:
        if not self._take_sign(sign):
            raise self._unexpected()

    def _unexpected(self) -> FilterError:
        kind, text = self._peek()
        if kind == "end":
            return FilterError(Text("the filter ends too early", "筛选条件不完整"))
        return FilterError(Text(f'"{text}" does not fit there', f"“{text}”的位置不对"))


def _tokens(where: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while where[at:].strip():
        match = _TOKEN.match(where, at)
        if match is None:
            rest = where[at:].strip()[:20]
            raise FilterError(Text(f'cannot read "{rest}"', f"无法识别“{rest}”"))
        kind = str(match.lastgroup)
        tokens.append((kind, match[kind]))
        at = match.end()
    return tokens


def _compare(column: pd.Series, sign: str, value: Value) -> Mask:
    compare = _COMPARE[sign]
    if isinstance(value, float):
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        return np.asarray(compare(numbers, value), dtype=bool)
    if column.dtype.kind in "biuf":
        column = column.astype("str")
    text = column.fillna("").astype("str").str.strip()
    if value in ("true", "false"):
        text = text.str.lower()
    return np.asarray(compare(text.to_numpy(dtype=object), value), dtype=bool)
