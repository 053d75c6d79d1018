"""The one way a name gets into a page."""

from __future__ import annotations

import html
import json

_JAVASCRIPT = str.maketrans(
    {
        "`": "&#96;",
        "$": "&#36;",
        "{": "&#123;",
        "}": "&#125;",
        "\\": "&#92;",
        "\0": "",
        # A line's end would break off a quoted script text.
        **{end: f"&#{ord(end)};" for end in "\n\r\u2028\u2029"},
    }
)
_IN_JSON = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029", "\x7f": "\\u007f"}
)


def esc(text: object) -> str:
    r"""Make a text harmless in HTML, in an attribute and inside a JavaScript template literal.

    `html.escape` alone is not enough: folium puts popups into template literals, where ``${…}`` runs.

    Parameters
    ----------
    text
        Anything; its `str()` is shown.

    Returns
    -------
    str
        The text with ``& < > " '``, ``` ` $ { } \ ``` and ends of lines as entities; NUL is left out.
    """
    return html.escape(str(text), quote=True).translate(_JAVASCRIPT)


def json_block(value: object) -> str:
    """Write plain values as JSON that may stand inside a `<script type="application/json">` element.

    Raises
    ------
    ValueError
        The value holds NaN or infinity, which JSON does not know.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # "<" must not appear at all: "</script>" and "<!--" both change how the parser reads on.
    return text.translate(_IN_JSON)


def shorten(text: object, limit: int = 80) -> str:
    """Cut a text that is too long to be a name, so that one bad cell cannot fill the page."""
    whole = " ".join(str(text).split())
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"
