"""Packages that load a name on first use: what there is stands once, in the stub beside `__init__.py`.

Editors and type checkers read `__init__.pyi`; so does `open_room`. A name and its home are therefore written once, and
`import layout_planner` costs next to nothing: this file imports neither typing nor ast, which would take longer than
all the rest.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType


class Room(ModuleType):
    """A package whose names are loaded when they are asked for."""

    __homes__: dict[str, str]  # a name no file of a room bears

    def __getattr__(self, name: str) -> object:
        home = self.__dict__.get("__homes__", {}).get(name)
        if home is None:
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        # A room of this package is a module itself; everything else is a name in one.
        value = import_module(f"{home}.{name}") if home == self.__name__ else getattr(import_module(home), name)
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        # The import of a file districts/partition.py must not hide the verb of that name.
        verb = self.__dict__.get("__homes__", {}).get(name, self.__name__) != self.__name__
        if not (verb and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*self.__dict__, *self.__homes__} - {"__homes__"})


def open_room(name: str) -> None:
    """Let a package load what its stub names when it is asked for.

    Parameters
    ----------
    name
        The package: `__name__` of the `__init__.py` that calls. Every line of its stub reads
        ``from HOME import NAME as NAME``.
    """
    package = sys.modules[name]
    homes: dict[str, str] = {}
    with open(str(package.__file__)[:-3] + ".pyi", encoding="utf-8") as stub:
        for line in stub:
            words = line.split()
            if words[:1] == ["from"]:
                homes[words[5]] = words[1]
    own = package.__dict__.get("__all__", ())
    package.__dict__.update(__homes__=homes, __all__=sorted({*own, *(each for each in homes if homes[each] != name)}))
    package.__class__ = Room
