"""Wrong usage in Chinese: what the shell library says in English, said again from what it knows of the parameter."""

from __future__ import annotations

import re
from typing import Any, get_args

import typer

UsageError: type[Any] = typer.BadParameter.__mro__[1]
"""What the shell library raises for wrong usage, in English."""

_SAID = (
    (r"requires an argument", "{name} 后面缺少取值。"),
    (r"does not take a value", "{name} 不带取值。"),
    (r"unexpected extra argument(?:s|\(s\))? \((?P<what>.*?)\)", "多出参数：{what}。"),
    (r"does not exist", "{name}：文件或文件夹不存在。"),
    (r"is a directory", "{name}：应为文件，而不是文件夹。"),
    (r"is a file", "{name}：应为文件夹，而不是文件。"),
    (r"valid int", "{name} 应为整数。"),
    (r"valid (?:float|number)", "{name} 应为数字。"),
    (r"(?:greater than or equal to |in the range x>=)(?P<what>[\d.-]*\d)", "{name} 应不小于 {what}。"),
    (r"greater than (?P<what>[\d.-]+)", "{name} 应大于 {what}。"),
    (r"less than or equal to (?P<what>[\d.-]+)", "{name} 应不大于 {what}。"),
    (r"less than (?P<what>[\d.-]+)", "{name} 应小于 {what}。"),
)
"""What the shell library says → the same in Chinese."""


def wrong_usage(error: Any) -> str:
    """Say in Chinese what is wrong with what was typed."""
    kind, said = type(error).__name__, str(error.message)
    parameter = getattr(error, "param", None)
    hint = getattr(error, "param_hint", None) or (max(parameter.opts, key=len) if parameter is not None else "")
    hint = hint or getattr(error, "option_name", "")
    name = (" ".join(hint) if isinstance(hint, list | tuple) else str(hint)).strip("'\"")
    if kind == "NoSuchOption":
        near = getattr(error, "possibilities", None)
        meant = f"（是否为 {'、'.join(sorted(near))}）" if near else ""
        return f"没有选项 {error.option_name}{meant}。"
    if kind == "MissingParameter":
        shown = parameter.metavar or name if parameter is not None else name
        return f"缺少参数 {shown}。"
    if choices := _choices(parameter):
        return f"{name} 的取值不对，可用：{'、'.join(choices)}。"
    if any("\u4e00" <= c <= "\u9fff" for c in said):  # our own words
        return f"{name}：{said}" if name else said
    for pattern, words in _SAID:
        if found := re.search(pattern, said, re.IGNORECASE):
            return words.format(name=name, **found.groupdict())
    if kind == "BadParameter":
        return f"{name} 的取值不对。"
    return "命令或参数不对。"


def _choices(parameter: Any) -> tuple[str, ...]:
    """Give the words a parameter takes, none where it takes anything else; typer keeps them elsewhere since 0.29."""
    said = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
    either = get_args(said) or getattr(getattr(parameter, "type", None), "choices", ())
    return tuple(one for one in either if isinstance(one, str))
