"""Settings as values: what a verb may be told stands in one record, which the command line reads its options from.

A field made by `option` says how the shell offers it: its help in both languages, its bounds, its own type where that
differs. Nothing heavy is loaded here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, TypeVar

from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.records import R, changed

T = TypeVar("T")


@dataclass(frozen=True)
class Option:
    """How the shell offers a field.

    Parameters
    ----------
    help
        In both languages, since it is written before one is chosen.
    flag
        "--time-limit"; the field's name with hyphens where left out.
    kind
        What is typed: a type, where the field's own is not what a shell takes.
    typed
        What holds when nothing is typed, where that is not the field's own default.
    least, most
        Bounds of a number.
    metavar
        What stands for the value in the help.
    """

    help: Text
    flag: str | None = None
    kind: object = None
    typed: object = ...
    least: float | None = None
    most: float | None = None
    metavar: str | None = None


def option(
    default: T, en: str, zh: str, *, flag: str | None = None, kind: object = None, typed: object = ...,
    least: float | None = None, most: float | None = None, metavar: str | None = None,
) -> T:  # fmt: skip
    """Make a field of a record that the shell offers; the arguments are those of `Option`."""
    return field(default=default, metadata={"option": Option(Text(en, zh), flag, kind, typed, least, most, metavar)})


def offered(record: type) -> dict[str, Option]:
    """Give the fields of a record that the shell offers, in their order."""
    return {each.name: each.metadata["option"] for each in fields(record) if "option" in each.metadata}


@dataclass(frozen=True)
class Effort:
    """How long a search may last, and how close it must come.

    Parameters
    ----------
    gap
        Stop when (objective − bound) / objective is at most this.
    seconds
        Time at most, for all there is to solve.
    seed
        Of the random steps: the same seed gives the same answer.
    clock
        What the seconds are of: the wall, this process's processor (where others share the machine), or steps of work
        (the same on every machine).
    """

    gap: float | None = option(None, "Stop at this gap.", "允许误差。", least=0, most=0.99, kind=float)
    seconds: float | None = option(None, "Seconds.", "限时（秒）。", flag="--time-limit", least=0.1, kind=float)
    seed: int | None = option(None, "Of the random steps.", "随机种子。", kind=int)
    clock: Literal["wall", "cpu", "work"] | None = None

    def within(self, usual: Effort) -> Effort:
        """Fill in what is left open by what a verb usually takes."""
        left = {name: value for name, value in vars(usual).items() if getattr(self, name) is None}
        return changed(self, left)


ALIASES = {"time_limit": "seconds"}
"""Keyword of a verb → the field it stands for."""


def told(
    verb: str, settings: R | None, usual: R, effort: Effort | None, likely: Effort, further: Mapping[str, object]
) -> tuple[R, Effort]:
    """Put together what a verb was told: a record, or its fields one by one as keywords; keywords go before.

    Parameters
    ----------
    verb
        Its name, for the complaint.
    settings, effort
        What was handed in.
    usual, likely
        What holds where nothing is said.
    further
        The keywords: fields of either record; `time_limit` stands for `Effort.seconds`.

    Raises
    ------
    TypeError
        A keyword that neither record has.
    DataError
        A part of the effort that the verb has no use for.
    """
    own = set(vars(usual))
    work = {name for name, value in vars(likely).items() if value is not None}
    named = {ALIASES.get(name, name): value for name, value in further.items()}
    unknown = sorted(name for name in named if name not in own | work)
    if unknown:
        known = ", ".join(sorted(own | work))
        raise TypeError(f"{verb}() got an unexpected keyword argument '{unknown[0]}'; known: {known}")
    mine = {name: value for name, value in named.items() if name in own}
    its = {name: value for name, value in named.items() if name not in own}
    asked = changed(effort or Effort(), its)
    idle = sorted(name for name, value in vars(asked).items() if value is not None and name not in work)
    if idle:
        raise refuse(
            f"{verb} has no use for effort.{idle[0]}", f"{verb} 不使用 effort.{idle[0]}",
            f"leave it out; it takes {', '.join(sorted(work))}", f"请去掉；可用：{'、'.join(sorted(work))}",
        )  # fmt: skip
    return changed(settings if settings is not None else usual, mine), asked.within(likely)
