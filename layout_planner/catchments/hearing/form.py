"""The form families fill in: its questions, and what a reply may hold. Replies come from anywhere; none is trusted."""

from __future__ import annotations

import json
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, field_validator

from layout_planner.base.messages import Text

FORMAT = "layout-planner reply"
VERSION = 1
MOST_BYTES = 16_384
"""A reply is a few hundred bytes; what is larger is not read."""

MOST_WORDS = 500
"""Characters of free words."""

ANSWERS = {"yes": Text("I agree", "同意"), "no": Text("I do not agree", "不同意"), "unsure": Text("not sure", "不确定")}
"""What a reply may say to the plan."""

WISHES = {
    "near": Text("a school that is near", "离家近"),
    "small": Text("small classes", "班级人数少"),
    "same": Text("no change of school", "不换学校"),
    "together": Text("siblings and neighbours together", "兄弟姐妹、邻里同校"),
}
"""What may matter more or less to a family."""

GOALS = {"near": "travel", "small": "balance", "same": "moved", "together": "neighbours"}
"""Wish → the goal of `Contiguous` that stands for it (our reading): near ways, seats evenly filled, few who change,
neighbouring villages at one school. Siblings of a stage are together anyhow, since a village goes to one school."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""What no reader sees and some programs obey: control characters, marks that turn the direction of writing."""

Short = Annotated[str, StringConstraints(max_length=200)]


class Reply(BaseModel):
    """One reply as it must be: these keys and no others, each of its type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    format: Literal["layout-planner reply"]
    version: Literal[1]
    plan: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    place: Short
    stage: Short
    answer: Literal["yes", "no", "unsure"]
    ranking: Annotated[list[str], None]
    words: Annotated[str, StringConstraints(max_length=MOST_WORDS)]

    @field_validator("ranking")
    @classmethod
    def _each_once(cls, ranking: list[str]) -> list[str]:
        if ranking and sorted(ranking) != sorted(WISHES):
            raise ValueError("ranking")
        return ranking

    @field_validator("words")
    @classmethod
    def _plain(cls, words: str) -> str:
        return _CONTROL.sub("", words).strip()


def read_reply(raw: bytes) -> Reply | Text:
    """Read one reply; a `Text` says why it cannot be one. Raises for no input whatever."""
    if len(raw) > MOST_BYTES:
        return Text(f"larger than {MOST_BYTES:,} bytes", f"超过 {MOST_BYTES:,} 字节")
    try:
        told = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse)
    except (UnicodeDecodeError, ValueError, RecursionError):
        return Text("damaged: not JSON in UTF-8", "已损坏：不是 UTF-8 编码的 JSON")
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        return Text("not a reply to a plan", "不是意见回执")
    try:
        return Reply.model_validate(told)
    except (ValidationError, RecursionError) as error:
        wrong = "?" if isinstance(error, RecursionError) else _where(error)
        return Text(f"not as the form writes it: {wrong}", f"不符合表单格式：{wrong}")


def _where(error: ValidationError) -> str:
    """Name the keys that are wrong; an unknown one is not repeated, its name is the sender's."""
    names = {str(part["loc"][0]) if part["loc"] else "?" for part in error.errors(include_input=False)}
    return ", ".join(sorted(name if name in Reply.model_fields else "?" for name in names))


def _refuse(constant: str) -> None:
    raise ValueError(constant)
