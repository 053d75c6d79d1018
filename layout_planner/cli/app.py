"""The commands, and what becomes of an error."""

from __future__ import annotations

import errno
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from layout_planner._version import __version__
from layout_planner.base.errors import LayoutPlannerError
from layout_planner.base.messages import Text
from layout_planner.cli.bus import bus
from layout_planner.cli.check import check
from layout_planner.cli.compare import compare
from layout_planner.cli.console import complain
from layout_planner.cli.consolidate import consolidate
from layout_planner.cli.counter import counter
from layout_planner.cli.demo import demo
from layout_planner.cli.evaluate import evaluate
from layout_planner.cli.forecast import forecast
from layout_planner.cli.init import init
from layout_planner.cli.ledger import ledger
from layout_planner.cli.map import draw
from layout_planner.cli.options import Lang
from layout_planner.cli.pair import pair
from layout_planner.cli.partition import partition
from layout_planner.cli.phase import phase
from layout_planner.cli.rules import rules
from layout_planner.cli.score import score
from layout_planner.cli.solve import solve
from layout_planner.cli.staff import staff
from layout_planner.cli.template import template
from layout_planner.cli.today import today
from layout_planner.cli.verify import verify
from layout_planner.cli.zones import zones

INTERRUPTED = 130
"""128 + SIGINT, as shells expect."""


class Plainly(TyperGroup):
    """A group of commands that says what went wrong in words, and never shows a traceback for bad input."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; an error of ours ends with 1, Ctrl-C with 130."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            complain(Text("Interrupted; nothing is left half-written.", "已中断；没有留下写了一半的文件。"))
            raise typer.Exit(INTERRUPTED) from stop
        except LayoutPlannerError as error:
            complain(error)
            raise typer.Exit(1) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has gone (… | head): typer ends quietly
                raise
            complain(f"{error.filename or ''}: {error.strerror or error}")
            raise typer.Exit(1) from error


def make_app() -> typer.Typer:
    """Put the commands together."""
    app = typer.Typer(
        name="layout-planner", cls=Plainly, no_args_is_help=True, add_completion=False, rich_markup_mode=None,
        pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip
    app.callback()(_common)
    studies = (demo, init, check, today, solve, compare, verify, zones)
    mergers = (template, score, ledger, counter, bus)
    for verb in (*studies, *mergers, consolidate, partition, pair, forecast, phase, staff, evaluate, rules):
        app.command()(verb)
    app.command("map")(draw)
    return app


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"layout-planner {__version__}")
        raise typer.Exit


def _common(
    lang: Lang = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Tell the version. 显示版本。")
    ] = False,
) -> None:
    """School layout planning: who travels how far today, and what if schools merge.

    学校布局规划：看现状谁走多远，算撤并之后会怎样。
    """
