"""Kernels as plain Python: coverage cannot see compiled code, and both must say the same."""

from __future__ import annotations

import sys

import pytest


def plain(monkeypatch: pytest.MonkeyPatch, *rooms: str) -> None:
    """Put the Python source of every compiled function in its place, in all loaded modules of these rooms."""
    for name, module in list(sys.modules.items()):
        if name.startswith(rooms):
            for key, value in list(vars(module).items()):
                if hasattr(value, "py_func"):
                    monkeypatch.setattr(module, key, value.py_func)
