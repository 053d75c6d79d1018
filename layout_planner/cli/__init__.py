"""The command `layout-planner`: what the library does, from the shell.

Exit codes: 0 done (findings allowed), 1 bad input or infeasible (explained), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys


def main() -> None:
    """Run the command; the entry point of the package."""
    for stream in (sys.stdout, sys.stderr):
        # A character the terminal does not know must not end the run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    if sys.argv[1:] in (["-h"], ["--help"]):
        from layout_planner.cli.front import first_page

        try:
            print(first_page(), flush=True)
        except BrokenPipeError:  # the reader has gone (… | head); nothing may be left to be written at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    try:
        from layout_planner.cli.app import make_app

        make_app()(prog_name="layout-planner")
    except KeyboardInterrupt:  # before the app could catch it
        sys.exit(130)


__all__ = ["main"]
