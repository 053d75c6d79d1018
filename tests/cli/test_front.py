"""The first page of the help, which is written without the shell library."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from layout_planner.base.messages import using_language
from layout_planner.cli.app import make_app
from layout_planner.cli.front import COMMANDS, OPTIONS, first_page


def test_it_names_the_options_that_there_are() -> None:
    root = typer.main.get_command(make_app())
    context = typer.Context(root, info_name="layout-planner", **root.context_settings)
    known = {flag for parameter in root.get_params(context) for flag in parameter.opts}
    told = {word for line in OPTIONS for word in line.replace(",", " ").split() if word.startswith("-")}
    assert told == known
    with using_language("en"):
        assert root.get_help(context) == first_page()


def test_it_loads_no_shell_library() -> None:
    code = (
        "import sys; from layout_planner.cli import main; sys.argv = ['layout-planner', '--help']; main();"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'typer', 'rich', 'numpy', 'pandas'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n[]\n")


def _wide(line: str) -> int:
    return sum(2 if sign >= "\u2e80" else 1 for sign in line)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("columns", [50, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal_and_no_command_without_a_word(lang: str, columns: int) -> None:
    with using_language(lang):
        lines = first_page(columns).splitlines()
    assert max(map(_wide, lines)) <= min(columns, 80)
    told = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines[-len(COMMANDS) :]}
    assert tuple(told) == COMMANDS
    assert all(len(text.strip(".")) >= 8 for text in told.values())
    cut = [line for line in lines if line.endswith("...") and "COMMAND" not in line and "命令" not in line]
    assert all(_wide(line) > min(columns, 80) - 20 for line in cut)


def test_a_text_is_cut_behind_a_word() -> None:
    with using_language("en"):
        page = first_page(60)
    assert "  --lang <zh|en>  Language of the output; left out:\n" in page
    assert "  demo             Show what the program does on a...\n" in page
