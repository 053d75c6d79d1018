"""Options from records: what a verb's settings hold is what its command offers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, get_args

import typer

from layout_planner.base.options import Effort, Option, offered


@dataclass(frozen=True)
class Offered:
    """Marks a parameter of a command that is a record: `Annotated[Consolidation, Offered(...)] = Consolidation()`.

    Parameters
    ----------
    reads
        Field → how the record takes what is typed, where the two differ.
    says
        Field → another help text, in both languages.
    """

    reads: Mapping[str, Callable[[object], Any]] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)


def in_options(run: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of the records it takes, in the place of each."""
    parameters: list[inspect.Parameter] = []
    records: dict[str, tuple[Any, Offered, tuple[str, ...]]] = {}
    for each in inspect.signature(run, eval_str=True).parameters.values():
        shown = next((m for m in getattr(each.annotation, "__metadata__", ()) if isinstance(m, Offered)), None)
        if shown is None:
            parameters.append(each.replace(kind=each.KEYWORD_ONLY))
            continue
        own = {n: o for n, o in offered(get_args(each.annotation)[0]).items() if _counts(each.default, n)}
        records[each.name] = (each.default, shown, tuple(own))
        parameters += [_parameter(name, said, each.default, shown) for name, said in own.items()]
    if not records:
        return run

    @functools.wraps(run)
    def command(**typed: object) -> None:
        for into, (usual, shown, names) in records.items():
            given = {name: shown.reads.get(name, _as_typed)(typed.pop(name)) for name in names}
            typed[into] = replace(usual, **given)
        run(**typed)

    vars(command)["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    del command.__wrapped__
    return command


def _counts(usual: object, name: str) -> bool:
    """Tell whether a verb has use for a field: of its effort only what it usually sets."""
    return not isinstance(usual, Effort) or getattr(usual, name) is not None


def _as_typed(value: object) -> object:
    return value


def _parameter(name: str, said: Option, usual: object, shown: Offered) -> inspect.Parameter:
    default = getattr(usual, name) if said.typed is ... else said.typed
    help_text = shown.says.get(name, f"{said.help.en} {said.help.zh}")
    flags = () if said.flag is None else (said.flag,)
    option = typer.Option(*flags, help=help_text, min=said.least, max=said.most, metavar=said.metavar)
    kind: object = type(default) if said.kind is None else said.kind
    annotation = Annotated.__class_getitem__((kind, option))  # type: ignore[attr-defined]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
