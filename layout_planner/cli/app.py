"""The commands, and what becomes of an error."""

from __future__ import annotations

import errno
import re
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from layout_planner._version import __version__
from layout_planner.base.errors import LayoutPlannerError, did_you_mean
from layout_planner.base.messages import Text, language
from layout_planner.base.notation import writing_for_files
from layout_planner.cli.console import complain
from layout_planner.cli.front import COMMANDS, VERSION, first_page
from layout_planner.cli.helping import OneLanguage, bilingual
from layout_planner.cli.options import Lang
from layout_planner.cli.usage import UsageError, wrong_usage

if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED = 130
"""128 + SIGINT, as shells expect."""

WRONG_USAGE = 2


class Plainly(TyperGroup):
    """A group of commands that says what went wrong in words, and never shows a traceback for bad input."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": dict.fromkeys(COMMANDS)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load a command when it is asked for: the others cost nothing."""
        if cmd_name in self.commands and self.commands[cmd_name] is None:
            self.commands[cmd_name] = _load(cmd_name)
        return self.commands.get(cmd_name)

    def get_help(self, ctx: Any) -> str:
        """Write the help in the reader's language."""
        return first_page(ctx.terminal_width)

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        """Read what was typed before the command; what is wrong there is told like the rest."""
        try:
            return super().make_context(*arguments, **settings)
        except UsageError as error:
            _say_usage(error, "")
            raise typer.Exit(WRONG_USAGE) from error

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; one that is not there is told with the nearest."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS)
            told = Text(f'no command "{args[0]}"{hint.en}', f"没有命令“{args[0]}”{hint.zh}")
            raise UsageError(str(told), ctx=ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; an error of ours ends with 1, Ctrl-C with 130."""
        try:
            with writing_for_files():
                return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            complain(Text("Interrupted; nothing is left half-written.", "已中断；没有留下写了一半的文件。"))
            raise typer.Exit(INTERRUPTED) from stop
        except UsageError as error:
            _say_usage(error, ctx.invoked_subcommand or "")
            raise typer.Exit(WRONG_USAGE) from error
        except LayoutPlannerError as error:
            complain(as_options(str(error), self.commands.get(ctx.invoked_subcommand or "")))
            raise typer.Exit(1) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has gone (… | head): typer ends quietly
                raise
            complain(f"{error.filename or ''}: {error.strerror or error}")
            raise typer.Exit(1) from error


def _say_usage(error: Any, name: str) -> None:
    """Say what is wrong with what was typed, in the reader's language.

    Raises
    ------
    UsageError
        In English: the shell library says it.
    """
    if language() != "zh":
        raise error
    complain(Text("", f"用法错误：{wrong_usage(error)}"))
    complain(Text("", f"请运行 layout-planner {name}{' ' if name else ''}-h 查看用法。"))


def as_options(text: str, command: object) -> str:
    """Write the library's arguments in a message as options of the command: lead_mode="none" → --lead-mode none."""
    for parameter in getattr(command, "params", ()):
        option = next((said for said in parameter.opts if said.startswith("--")), None)
        if option is not None:
            # "file = …" of a study file has blanks around its sign: it is left as it is.
            named = rf"(?<![\w.\-]){re.escape(parameter.name)}=(?=[\"“”，。、；：）,.;\s)]|$)"
            valued = rf'{named}["“]?([\w.\-]+)["”]?'
            text = re.sub(rf'{named}["“]?["”]?(?![\w.\-])', option, re.sub(valued, rf"{option} \1", text))
    return text


def make_app() -> typer.Typer:
    """Put the commands together."""
    app = typer.Typer(
        name="layout-planner", cls=Plainly, no_args_is_help=True, add_completion=False, rich_markup_mode=None,
        pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip
    app.callback()(_common)
    return app


def _load(name: str) -> Any:
    from layout_planner.cli.records import in_options

    single = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    single.command(name, cls=OneLanguage)(in_options(_verb(name)))
    return typer.main.get_command(single)


def _file(name: str) -> str:
    return name.replace("-", "_")


def _verb(name: str) -> Callable[..., None]:
    return getattr(import_module(f"layout_planner.cli.{_file(name)}"), _file(name))


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"layout-planner {__version__}")
        raise typer.Exit


def _common(
    lang: Lang = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help=bilingual(VERSION))
    ] = False,
) -> None:
    """Say which language is spoken, or which version this is."""
