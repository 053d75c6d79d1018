"""Bytes of a text table to text: UTF-8, GB18030, Big5 and UTF-16, told apart by the headers they give."""

from __future__ import annotations

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.study.reading.headers import count_known

_HEAD_BYTES = 4000
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


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
        The text, and a warning where the encoding was recognised as Big5 or UTF-16.

    Raises
    ------
    DataError
        No encoding fits.
    """
    head = raw[:_HEAD_BYTES]
    if encoding:
        tried = [encoding]
    elif raw[:2] in _MARKS:
        tried = [_MARKS[raw[:2]]]
    elif b"\0" in head:
        tried = ["utf-8-sig", "gb18030", "utf-16-le", "utf-16-be"]
    else:
        tried = ["utf-8-sig", "gb18030", "big5"]
        if not _is(head, "utf-8-sig") and _looks_big5(head):
            tried = ["utf-8-sig", "big5", "gb18030"]
    for one in tried:
        try:
            text = raw.decode(one)
        except (UnicodeDecodeError, LookupError):
            continue
        # Bytes of UTF-16 read the wrong way round have no line ends, and text has no NUL.
        if "\0" not in text and (not one.startswith("utf-16") or "\n" in text or "\r" in text):
            told = [] if encoding or one in ("utf-8-sig", "gb18030") else [_recognised(name, one)]
            return text, told
    message = Text(f"cannot be read as {' or '.join(tried)}.", f"无法按 {'、'.join(tried)} 编码读取。")
    mend = Text(
        'save it as "CSV UTF-8", or name its encoding = "…" in the study file.',
        "请另存为“CSV UTF-8”，或在研究文件中注明 encoding = “…”。",
    )
    raise DataError([Fault(name, message, mend)])


def _is(head: bytes, encoding: str) -> bool:
    try:
        head.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 4  # a character cut in two at the end
    return True


def _looks_big5(head: bytes) -> bool:
    """Tell whether Big5 gives more headers that are known; almost any Big5 text is also some GB18030 text."""
    first = b"\n".join(head.splitlines()[:12])
    known = [count_known(first.decode(one, errors="replace")) for one in ("gb18030", "big5")]
    return known[1] > known[0]


def _recognised(name: str, encoding: str) -> Fault:
    shown = "Big5" if encoding == "big5" else encoding.upper()
    return Fault(
        name,
        Text(f"the encoding was recognised as {shown}.", f"编码识别为 {shown}。"),
        Text(
            f'if the names read wrongly, say encoding = "…" in the study file (this is "{encoding}").',
            f"如出现乱码，请在研究文件中注明 encoding = “…”（现为“{encoding}”）。",
        ),
    )
