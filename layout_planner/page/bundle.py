"""The JavaScript of a page, ES modules in `web/` of several rooms, put together into the one script a page holds.

A small subset of the language is taken, so that a bundler of a few lines can be right: imports stand first, by name or
as a namespace, from a file beside or of another room; exports stand last, as one list, or before a declaration that
never changes. Lines that are comments stay behind; eslint refuses a template that holds one. A circle, a name that is
not exported and anything else is refused, not guessed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

_IMPORT = re.compile(
    r"^import\s+(?:\{(?P<names>[^}]*)\}|\*\s+as\s+(?P<all>\w+))\s+"
    r'from\s+"(?P<path>\./|\.\./\.\./\w+/web/)(?P<file>[\w-]+\.js)";\n',
    re.M,
)
_LIST = re.compile(r"^export\s*\{(?P<names>[^}]*)\};\n?", re.M)
_DECLARED = re.compile(r"^export\s+(?=(?:async\s+)?(?:function\*?|const|class)\s+(?P<name>[\w$]+))", re.M)
_COMMENT = re.compile(r"^[ ]*//.*\n", re.M)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.M)


class BundleError(ValueError):
    """A module is not written as the bundler understands it."""


def bundle(entry: str, read: Callable[[str], str] | None = None) -> str:
    """Put a module and all it imports into one script.

    Parameters
    ----------
    entry
        The file that starts the page; modules it needs come before it, each once.
    read
        Gives the text of a module by its path, "room/web/file.js"; those of the package where left out.

    Returns
    -------
    str
        Classic script, strict. Each module is one constant, named as its file with a capital letter, that holds what
        it exports.

    Raises
    ------
    BundleError
        Modules import each other in a circle, two bear one name, a name is imported that is not exported or is that of
        a module's constant, or a statement is not understood.
    """
    done: dict[str, tuple[str, set[str]]] = {}
    _add(entry, read or _own, done, [])
    return '"use strict";\n' + "\n".join(text for text, _ in done.values())


@cache
def page_script() -> str:
    """Give the script of the briefing."""
    return bundle("page/web/page.js")


def _add(
    file: str, read: Callable[[str], str], done: dict[str, tuple[str, set[str]]], above: list[str]
) -> tuple[str, set[str]]:
    if file in above:
        raise BundleError(f"modules import each other in a circle: {' → '.join([*above[above.index(file) :], file])}")
    if file not in done:
        if _name(file) in map(_name, done):
            raise BundleError(f"{file}: there is another module of that name")
        source = read(file)
        needs = []
        for found in _IMPORT.finditer(source):
            _, offered = _add(_path(file, found), read, done, [*above, file])
            needs.append(_bound(file, found, offered))
        body, exports = _exports(file, _IMPORT.sub("", source))
        inside = "".join(needs) + body.strip("\n")
        listed = ", ".join(f"{out}: {name}" if out != name else name for out, name in exports.items())
        text = f"const {_name(file)} = (() => {{\n{inside}\nreturn Object.freeze({{ {listed} }});\n}})();\n"
        done[file] = (text, set(exports))
    return done[file]


def _bound(file: str, found: re.Match[str], offered: set[str]) -> str:
    """Write an import as a constant."""
    module = _name(found["file"])
    if found["all"]:
        return "" if found["all"] == module else f"const {found['all']} = {module};\n"
    pairs = _pairs(found["names"])
    unknown = sorted(out for _, out in pairs if out not in offered)
    if unknown:
        raise BundleError(f"{file} imports {', '.join(unknown)} from {found['file']}, which exports no such name")
    if module in dict(pairs):
        raise BundleError(f"{file}: {module} is the constant of {found['file']}; import it under another name")
    names = ", ".join(its if its == mine else f"{its}: {mine}" for mine, its in pairs)
    return f"const {{ {names} }} = {module};\n"


def _exports(file: str, body: str) -> tuple[str, dict[str, str]]:
    """Take the exports out of a module's text; gives the rest, and name outside → name inside."""
    exports: dict[str, str] = {}
    for found in _LIST.finditer(body):
        exports.update(_pairs(found["names"]))
    body = _LIST.sub("", body)
    exports.update({found["name"]: found["name"] for found in _DECLARED.finditer(body)})
    body = _COMMENT.sub("", _DECLARED.sub("", body))
    left = _LEFT.search(body)
    if left:
        raise BundleError(f"{file}: the bundler does not understand: {left[0]}")
    return body, exports


def _pairs(names: str) -> list[tuple[str, str]]:
    """Read `a, b as c` as pairs of (last, first) name: what it is called afterwards, what it was called."""
    pairs = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        first, _, last = name.partition(" as ")
        pairs.append(((last or first).strip(), first.strip()))
    return pairs


def _path(file: str, found: re.Match[str]) -> str:
    """Give the path of what a file imports."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), found["path"], found["file"]))


def _name(file: str) -> str:
    name = posixpath.basename(file).removesuffix(".js").replace("-", "_")
    return name[0].upper() + name[1:]


@cache
def _folder() -> Traversable:
    return resources.files("layout_planner")


def _own(file: str) -> str:
    return (_folder() / file).read_text(encoding="utf-8").replace("\r\n", "\n")
