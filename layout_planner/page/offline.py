"""One HTML file with everything inside: takes a folium or branca figure and lets nothing out.

Two walls: every link is replaced by a vendored copy (or refused), and a content security policy forbids the page to
load anything and to run any script that was not there when the page was written.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from layout_planner.base.errors import refuse
from layout_planner.base.escape import esc

if TYPE_CHECKING:
    from branca.element import Element, Figure

VENDOR = Path(__file__).parent / "vendor"

USED_BY: dict[str, tuple[str, ...]] = {
    "jquery": ("Popup",),
    "d3": ("ColorMap",),
    "bootstrap": ("Icon",),
    "awesome_markers": ("Icon",),
    "bootstrap_css": ("Icon",),
    "glyphicons_css": ("Icon",),
    "awesome_markers_font_css": ("Icon",),
    "awesome_markers_css": ("Icon",),
    "awesome_rotate_css": ("Icon",),
}
"""Links folium adds to every map → the classes that need them. Without one of those on the page the link is dropped."""

_MIME = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}
_URL = re.compile(r"url\(\s*['\"]?(?!data:|#)([^'\")]+)['\"]?\s*\)")
_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_OUTSIDE = re.compile(
    r"<(?:script|link|img|iframe|embed|object|source|video|audio)\b[^>]*?\b(?:src|href|data|srcset)\s*=\s*"
    r"['\"]?((?!data:|#)[^'\"\s>]+)",
    re.IGNORECASE,
)


def single_file(figure: Figure, lang: str = "zh") -> str:
    """Write a figure as one HTML document that needs no network.

    Parameters
    ----------
    figure
        The root of a folium map (`m.get_root()`) or any branca figure. It is not changed, but for the links folium
        itself adds when it draws. Scripts belong into its header or script part; one in the html part does not run,
        since that is where names stand.
    lang
        Language of the document, for hyphenation, fonts and screen readers.

    Returns
    -------
    str
        The document. The same figure gives the same text if its elements have fixed names.

    Raises
    ------
    DataError
        The page links a file that is not vendored, or asks for map tiles.
    """
    from branca.element import Link

    for child in figure._children.values():
        child.render()  # folium adds its links and scripts only now
    classes = _classes_on(figure)
    if "TileLayer" in classes or "WmsTileLayer" in classes:
        raise refuse(
            "map tiles come from the network and cannot be put into an offline page",
            "在线瓦片底图需要联网，不能写入离线页面",
            "make the map with tiles=None",
            "请用 tiles=None 建图",
        )
    used = {
        name: element
        for name, element in figure.header._children.items()
        if name != "meta_http" and (name not in USED_BY or classes.intersection(USED_BY[name]))
    }
    _refuse_links([link.url for link in used.values() if isinstance(link, Link) and link.url not in manifest()])
    header = "\n".join(_inlined(element) for element in used.values())
    body = figure.html.render()
    script = figure.script.render().strip()
    trusted = [*_SCRIPT.findall(header), f"\n{script}\n"]
    page = (
        f'<!DOCTYPE html>\n<html lang="{_LANG.get(lang, esc(lang))}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(trusted)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{esc(figure.title or 'layout_planner')}</title>\n{header}\n</head>\n"
        f"<body>\n{body}\n<script>\n{script}\n</script>\n</body>\n</html>\n"
    )
    _refuse_links(sorted(set(_OUTSIDE.findall(_SCRIPT.sub("", page)))))
    return page


_LANG = {"zh": "zh-CN", "en": "en"}


def policy(scripts: list[str]) -> str:
    """Give a content security policy under which only these inline scripts run and nothing is loaded or sent.

    Event handlers in attributes and scripts that a name smuggles in have no hash here and stay dead.
    """
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts)
    allowed = " ".join(dict.fromkeys(f"'sha256-{digest}'" for digest in digests)) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; "
        "form-action 'none'; base-uri 'none'"
    )


def walk(element: Element) -> Iterator[Element]:
    """Go through an element and all that hangs on it."""
    from branca.element import Element

    yield element
    parts = [getattr(element, part, None) for part in ("header", "html", "script")]
    for child in [*parts, *element._children.values()]:
        if isinstance(child, Element):
            yield from walk(child)


def _classes_on(figure: Figure) -> set[str]:
    kinds = {type(element) for element in walk(figure)}
    # An icon of the user's own is an Icon by descent only: it needs none of the icon fonts.
    lines = (kind.__mro__ if kind.__name__ != "CustomIcon" else (kind,) for kind in kinds)
    return {cls.__name__ for line in lines for cls in line}


@cache
def manifest() -> dict[str, dict[str, str]]:
    """Give the vendored files: URL replaced → package, version, licence, file, sha256."""
    content = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    return {
        entry["replaces"]: {**entry, **{key: package[key] for key in ("name", "version", "licence")}}
        for package in content["packages"]
        for entry in package["files"]
        if "replaces" in entry
    }


def _inlined(element: Element) -> str:
    """Give a header element's text, a link replaced by what it links."""
    from branca.element import CssLink, Link

    if not isinstance(element, Link):
        return str(element.render())
    entry = manifest()[element.url]
    content = (VENDOR / entry["file"]).read_text(encoding="utf-8").replace("\r\n", "\n")
    folder = (VENDOR / entry["file"]).parent
    notice = f"<!-- {entry['name']} {entry['version']}, {entry['licence']}\n{_licence(folder)}-->\n"
    if isinstance(element, CssLink):
        return f"<style>\n{_with_data_uris(content, folder)}\n</style>"
    if entry["name"] == "leaflet":
        content += _DEFAULT_ICONS % {
            key: _data_uri(folder / "images" / f"marker-{file}.png")
            for key, file in (("icon", "icon"), ("retina", "icon-2x"), ("shadow", "shadow"))
        }
    # A source map would be asked for by the developer tools.
    content = re.sub(r"\n//# sourceMappingURL=.*", "", content)
    return f"{notice}<script>\n{content}\n</script>"


# Leaflet reads the folder of its icons off the style sheet, which fails once they are data URIs.
_DEFAULT_ICONS = """
delete L.Icon.Default.prototype._getIconUrl;
L.Icon.Default.mergeOptions({iconUrl: "%(icon)s", iconRetinaUrl: "%(retina)s", shadowUrl: "%(shadow)s"});
"""


def _refuse_links(urls: list[str]) -> None:
    if urls:
        raise refuse(
            f"the page links {', '.join(urls)}, of which there is no copy in the package",
            f"页面链接了 {'、'.join(urls)}，程序包内没有副本",
            "leave out the layer that needs it (for icons use CircleMarker), or vendor it (page/vendor/manifest.json)",
            "请去掉用到它的图层（图标请改用 CircleMarker），或在 page/vendor/manifest.json 中登记副本",
        )


def _licence(folder: Path) -> str:
    file = next(folder.glob("LICENSE*"))
    # "--" would end the comment it stands in.
    return file.read_text(encoding="utf-8").replace("--", "- -")


def _with_data_uris(css: str, folder: Path) -> str:
    return _URL.sub(lambda found: f"url({_data_uri(folder / found.group(1))})", css)


@cache
def _data_uri(file: Path) -> str:
    content = base64.b64encode(file.read_bytes()).decode()
    return f"data:{_MIME[file.suffix]};base64,{content}"
