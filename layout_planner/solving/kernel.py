"""One way to compile a kernel, typed so that mypy still sees the Python function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function with numba and keep the machine code on disk; `.py_func` is the Python original."""
    return cast(Function, njit(cache=True)(function))
