"""Bytes of a text table to text: the encoding is told by what the text would be, and where two would do, asked for."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from itertools import islice

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.base.scripts import GB18030, MACINTOSH, SCRIPTS, UNICODE, Script
from layout_planner.study.headers import count_known

_HEAD_BYTES = 4000
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_LINES = 2_000
_LONGEST_LINE = 2_000
_ENOUGH, _CLEAR = 0.35, 0.2
"""The least share of common characters, and how far the best must be ahead of the next."""
_CERTAIN = 0.6
"""From this share on GB18030, what Excel writes here, is nothing to tell."""
_FEW = 40
_MOSTLY = 3
"""How many characters of UTF-8 stand against one byte that is none, in a text that was UTF-8 before it was damaged."""
_KNOWN_COUNTS = 0.15
"""What each known header that only this decoding gives adds, up to three."""


def decode(raw: bytes, name: str, encoding: str | None) -> tuple[str, list[Fault]]:
    """Decode a text table.

    Parameters
    ----------
    raw
        The file's bytes.
    name
        The file, for faults.
    encoding
        What the study file says; only that is tried then.

    Returns
    -------
    tuple
        The text, and a warning that names the encoding where it is neither UTF-8 nor plainly GB18030.

    Raises
    ------
    DataError
        No encoding fits, or several do.
    """
    if encoding:
        return _decode_as(raw, name, encoding), []
    head = raw[:_HEAD_BYTES]
    if raw[:2] in _MARKS:
        wide = _wide(raw, ["utf-16"])
    else:
        try:
            text = raw.decode("utf-8-sig")
            if (escaped := _with_escapes(raw, name)) is not None:
                return escaped
            if "\0" not in text and not _is_rather_chinese(raw, text):
                return text, []
        except UnicodeDecodeError:
            _refuse_damaged_utf8(raw, name)
        wide = _wide(raw, ["utf-16-le", "utf-16-be"]) if b"\0" in head else None
    if wide is not None:
        return wide[0], [_recognised(name, wide[1], wide[1].upper(), "")]
    if b"\0" in raw:
        raise DataError([_unreadable(name, ["utf-8", "utf-16"])])
    script, told = _judge(raw, name)
    return raw.decode(script.encoding), told


def judge_dbf(raw: bytes, name: str) -> tuple[str | None, list[Fault]]:
    """Tell the encoding of a shapefile's attributes that comes without .cpg.

    Parameters
    ----------
    raw
        The bytes of the .dbf.
    name
        The layer, for faults.

    Returns
    -------
    tuple
        The encoding, and a warning that names it; None where every attribute is ASCII.

    Raises
    ------
    DataError
        No encoding fits, or several do.
    """
    start = int.from_bytes(raw[8:10], "little") if len(raw) > 32 else 0
    width = int.from_bytes(raw[10:12], "little") if len(raw) > 32 else 0
    names = b"\n".join(raw[at : at + 11].split(b"\0")[0] for at in range(32, max(32, start - 1), 32))
    records = b"\n".join(raw[at : at + width] for at in range(start, len(raw), width)) if width else raw[start:]
    # A field is as long as it is: a character may be cut in two at its end.
    text = names + b"\n" + re.sub(rb" {2,}", b"\n", records)
    if text.isascii():
        return None, []
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        script, _ = _judge(text, name, cut=True)
        encoding, label, shown = script.encoding, script.label, _example(text.decode(script.encoding, "replace"))
    else:
        encoding, label, shown = "utf-8", "UTF-8", _example(text.decode("utf-8"))
    return encoding, [_recognised(name, encoding, label, shown, dbf=True)]


def _decode_as(raw: bytes, name: str, encoding: str) -> str:
    try:
        codecs.lookup(encoding)
        mark = "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
        text = raw.decode(mark)
    except (UnicodeDecodeError, LookupError, ValueError):
        raise DataError([_unreadable(name, [encoding])]) from None
    if "\0" in text:
        raise DataError([_unreadable(name, [encoding])])
    return text


def _wide(raw: bytes, tried: Sequence[str]) -> tuple[str, str] | None:
    """Read UTF-16; the wrong way round it has no line ends, and text has no NUL."""
    for one in tried:
        try:
            text = raw.decode(one)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and ("\n" in text or "\r" in text):
            return text, one
    return None


def _judge(raw: bytes, name: str, cut: bool = False) -> tuple[Script, list[Fault]]:
    """Find the script whose decoding looks most like what people write; a warning unless it is plainly GB18030."""
    scripts = [*SCRIPTS, MACINTOSH] if b"\r" in raw and b"\n" not in raw else list(SCRIPTS)
    sample = b"\n".join(
        line[0][:_LONGEST_LINE] for line in islice(re.finditer(rb"[^\r\n]*[\x80-\xff][^\r\n]*", raw), _LINES)
    )
    head = b"\n".join(raw[:_HEAD_BYTES].splitlines()[:12])
    found: list[tuple[float, Script, str]] = []
    for script in scripts:
        try:
            if not cut:
                raw.decode(script.encoding)
            text = sample.decode(script.encoding, "replace")
        except UnicodeDecodeError:
            continue
        if any(text == other for _, _, other in found) or re.search("[\ue000-\uf8ff\x80-\x9f]", text):
            continue
        known = min(count_known(_beyond_ascii(head.decode(script.encoding, "replace"))), 3)
        found.append((script.share(text) + _KNOWN_COUNTS * known, script, text))
    if not found:
        raise DataError([_unreadable(name, ["utf-8", *(s.encoding for s in scripts)])])
    found.sort(key=lambda one: -one[0])
    share, script, text = found[0]
    rival = found[1] if len(found) > 1 else None
    if script.latin:
        rival = next((one for one in found if not one[1].latin), None)  # told with a name
    if share < _ENOUGH or (rival is not None and rival[0] > share - _CLEAR):
        raise DataError([_ask(name, found[:3])])
    if script is GB18030 and share >= _CERTAIN:
        return script, []
    return script, [_recognised(name, script.encoding, script.label, _example(text))]


def _with_escapes(raw: bytes, name: str) -> tuple[str, list[Fault]] | None:
    """Read ISO-2022-JP and its kin, which shift between scripts by escapes and are ASCII to the eye of a decoder."""
    if b"\x1b$" not in raw:
        return None
    for encoding, label in (("iso2022_jp_2", "ISO-2022-JP"), ("iso2022_kr", "ISO-2022-KR")):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text, [_recognised(name, encoding, label, _example(text))]
    return None


def _refuse_damaged_utf8(raw: bytes, name: str) -> None:
    """Refuse a text that is UTF-8 but for a few bytes: a character cut in two, or a row pasted from another file.

    Raises
    ------
    DataError
        With the rows.
    """
    text = raw.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    if len(re.findall("[\u0800-\ufffc]", text)) + len(re.findall("[\u0080-\u07ff]", text)) // 2 < _MOSTLY * bad:
        return
    lines = re.split(r"\r\n|\r|\n", text)
    rows = [number for number, line in enumerate(lines, start=1) if "\ufffd" in line]
    shown = ", ".join(str(row) for row in rows[:20]) + (" …" if len(rows) > 20 else "")
    told = Text(
        f"the text is UTF-8, but rows {shown} hold bytes that are not: {_example_of(lines[rows[0] - 1])}.",
        f"文本为 UTF-8 编码，但第 {shown} 行含有无效字节：{_example_of(lines[rows[0] - 1])}。",
    )
    mend = Text("write those cells again and save the table.", "请重新填写这些单元格后保存。")
    raise DataError([Fault(name, told, mend, row=rows[0])])


def _example_of(line: str) -> str:
    return next(cell for cell in re.split(r"[,;\t|]", line) if "\ufffd" in cell)[:60]


def _is_rather_chinese(raw: bytes, text: str) -> bool:
    """Tell a few Chinese characters in GB18030 whose bytes happen to be UTF-8: 校 is У, 联通 is ͨ."""
    letters = re.findall(r"[^\x00-\x7f]", text[: 1 << 16])
    if not 0 < len(letters) <= _FEW or max(letters) > "\u07ff":
        return False
    try:
        chinese = raw.decode(GB18030.encoding)
    except UnicodeDecodeError:
        return False
    return GB18030.share(chinese) >= _CERTAIN and UNICODE.share(text) < _ENOUGH


def _beyond_ascii(text: str) -> str:
    """Keep the cells that are not plain ASCII: every decoding gives the others alike."""
    return ",".join(cell for cell in re.split(r"[,;\t|\r\n]", text) if not cell.isascii())


def _example(text: str) -> str:
    """Give a name or two, so that a wrong guess is seen."""
    cells = [c.strip().strip('"') for c in re.split(r"[,;\t|\r\n]| {2,}", text)]
    shown = dict.fromkeys(c for c in cells if c and not c.isascii() and "\ufffd" not in c)
    return ", ".join([*shown][-2:])[:60]


def _recognised(name: str, encoding: str, label: str, shown: str, dbf: bool = False) -> Fault:
    en, zh = (f" (for instance: {shown})", f"（例如：{shown}）") if shown else ("", "")
    lead, lead_zh = ("there is no .cpg; ", "没有 .cpg 文件；") if dbf else ("", "")
    return Fault(
        name,
        Text(f"{lead}the encoding was recognised as {label}{en}.", f"{lead_zh}编码识别为 {label}{zh}。"),
        Text(
            f'if the names read wrongly, say encoding = "…" in the study file (this is "{encoding}").',
            f'如出现乱码，请在研究文件中注明 encoding = "…"（现为"{encoding}"）。',
        ),
    )


def _ask(name: str, found: Sequence[tuple[float, Script, str]]) -> Fault:
    """Say that the encoding cannot be told, and how the same cell reads in each that would do."""
    likely = [f'encoding = "{script.encoding}": {_example(text) or "?"}' for _, script, text in found]
    return Fault(
        name,
        Text("the encoding cannot be told from the text.", "无法根据内容判断编码。"),
        Text(
            f'save it as "CSV UTF-8", or say which in the study file: {"; ".join(likely)}.',
            f"请另存为“CSV UTF-8”，或在研究文件中注明：{'；'.join(likely)}。",
        ),
    )


def _unreadable(name: str, tried: Sequence[str]) -> Fault:
    return Fault(
        name,
        Text(f"cannot be read as {' or '.join(tried)}.", f"无法按 {'、'.join(tried)} 编码读取。"),
        Text(
            'save it as "CSV UTF-8", or name its encoding = "…" in the study file.',
            '请另存为“CSV UTF-8”，或在研究文件中注明 encoding = "…"。',
        ),
    )
