"""Reading a scenario's YAML: plain text, lists and mappings only, so that no file can do harm or mean two things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from layout_planner.base.messages import Text
from layout_planner.base.notation import for_files

NOTHING = ("", "~", "null", "Null", "NULL")

MAX_DEPTH = 20
"""A scenario is four deep."""


class _PlainLoader(yaml.BaseLoader):
    """YAML without tags, anchors and repeated keys; every scalar is text, so that the code 0123 stays "0123"."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self._refuse(event, Text("anchors and aliases are not allowed", "不允许锚点与别名"))
        if getattr(event, "tag", None) is not None:
            self._refuse(event, Text("tags are not allowed", "不允许标签"))
        if self.depth >= MAX_DEPTH:
            self._refuse(event, Text("nested too deep", "嵌套过深"))
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        return None if node.style is None and value in NOTHING else value

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                told = Text(f'the key "{key.value}" stands twice', f"键“{key.value}”重复")
                raise yaml.constructor.ConstructorError(None, None, str(told), key.start_mark)
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else None)
        return super().construct_mapping(node, deep)

    def _refuse(self, event: Any, why: Text) -> None:
        raise yaml.composer.ComposerError(None, None, str(why), event.start_mark)


def load_plain(text: str) -> object:
    """Read YAML as text, lists and mappings.

    Raises
    ------
    yaml.YAMLError
        Not valid YAML, or more than plain values.
    """
    loader = _PlainLoader(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


class _PlainDumper(yaml.SafeDumper):
    """YAML that reads back unchanged: PyYAML folds the rarer line breaks unless the text stands in double quotes."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = '"' if any(sign in data for sign in "\x85\u2028\u2029") else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_PlainDumper.add_representer(str, _PlainDumper.represent_str)


def dump_plain(content: object) -> str:
    """Write plain values as YAML that `load_plain` reads back."""
    return yaml.dump(content, Dumper=_PlainDumper, allow_unicode=True, sort_keys=False, width=120)


def dump_line(content: object) -> str:
    """Write plain values as one line of YAML, as a scenario file may hold them."""
    if isinstance(content, dict):  # 300 seats, not 300.0
        content = {k: int(v) if isinstance(v, float) and v.is_integer() else v for k, v in content.items()}
    return (
        yaml.dump(
            content, Dumper=_PlainDumper, allow_unicode=True, sort_keys=False, default_flow_style=True, width=10_000
        )
        .strip()
        .removesuffix("...")
        .strip()
    )


_WORDS = {
    "missing": ("this is needed", "缺少此项"),
    "unexpected_keyword_argument": ("unknown key", "未知键"),
    "extra_forbidden": ("unknown key", "未知键"),
    "union_tag_not_found": ('say what to do (do: …)', "请写明操作（do: …）"),
    "union_tag_invalid": ("no such edit; there are {expected_tags}", "没有此操作；可用 {expected_tags}"),
    "literal_error": ("must be {expected}", "应为 {expected}"),
    "string_type": ("must be text (codes in quotes)", "应为文本（编号请加引号）"),
    "string_too_short": ("must not be empty", "不能为空"),
    "float_parsing": ("must be a number", "应为数字"),
    "float_type": ("must be a number", "应为数字"),
    "finite_number": ("must be a finite number", "应为有限数"),
    "int_parsing": ("must be a whole number", "应为整数"),
    "int_type": ("must be a whole number", "应为整数"),
    "int_from_float": ("must be a whole number", "应为整数"),
    "greater_than": ("must be greater than {gt}", "应大于 {gt}"),
    "greater_than_equal": ("must be at least {ge}", "应不小于 {ge}"),
    "less_than_equal": ("must be at most {le}", "应不大于 {le}"),
    "list_type": ("must be a list", "应为列表"),
    "value_error": ("{error}", "{error}"),
}  # fmt: skip
"""What pydantic finds, in both languages; anything rarer is told in its own words."""


def readable(item: Mapping[str, Any]) -> str:
    """Write one fault that pydantic found as a line: where, what, and what stood there."""
    known = _WORDS.get(item["type"])
    context = item.get("ctx", {})
    said = Text(known[0].format(**context), known[1].format(**context)) if known else Text(item["msg"], item["msg"])
    if item["type"] == "value_error":  # what an edit says of itself stands in both languages
        en, _, zh = str(context["error"]).partition(" / ")
        said = Text(en, zh or en)
    number, *inner = item["loc"] or ("",)
    # Among the parts is the name of the edit; it says nothing new where `do` is right.
    within = " ".join(str(part) for part in inner[1:])
    at = number + 1 if isinstance(number, int) else ""
    where = Text(f"edit {at} {within}".strip(), f"第 {at} 项改动 {within}".strip())
    shown = dump_line(item.get("input")) if for_files() else repr(item.get("input"))
    short = shown if len(shown) <= 80 else shown[:79] + "…"
    return str(Text(f"{where.en}: {said.en} ({short})", f"{where.zh}：{said.zh}（{short}）"))
