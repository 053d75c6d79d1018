"""The pages of the manual that are written from the code: commands, edits, rules, the Python reference, notebooks.

`conf.py` has them written into ``_generated/`` before Sphinx reads; nothing there is kept in the repository. What a
page says of a name is asked of the package: no list here has to be kept up to date, but for the words of an edit's
keys. ``python docs/manual.py`` (`make site`) builds both languages; a warning is a fault.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import shutil
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "layout_planner"

KEYS: dict[str, tuple[str, str]] = {
    "do": ("its name, as headed", "改动名称，即标题所列"),
    "school": ("the school it is about (id or name); of `open`: the new id, left out: the site's",
               "所涉学校（标识码或校名）；open 中为新校编号，不填则用地块编号"),
    "into": ("the school that takes the pupils", "并入的学校"),
    "site": ("of `merge`: what the old site becomes (`closed`, `campus`, `teaching_point`, `kindergarten`); of `open`: "
             "the candidate site, or the id of a closed school",
             "merge 中为原校址去向（closed 停用、campus 校区、teaching_point 教学点、kindergarten 幼儿园）；"
             "open 中为备选地块或已停办学校的编号"),
    "seats": ("seats of the stage in all", "该学段学位总数"),
    "add_seats": ("seats more (or fewer: negative), in place of `seats`", "增减的学位数，与 seats 二选一"),
    "classrooms": ("classrooms afterwards", "改动后的教室数"),
    "back": ("autumn in which the rebuilt school is back", "改扩建后恢复使用的秋季"),
    "host": ("school that has the pupils meanwhile", "过渡期间的接收学校"),
    "to": ("the stage the site serves from then on", "改办的学段"),
    "place": ("the place whose children are sent", "所指定的居住点"),
    "beyond_minutes": ("those whose way is longer than so many minutes; left out: all",
                       "单程超过若干分钟的学生；不填为全部"),
    "beds": ("beds there are", "床位数"),
    "capacity": ("seats of the buses", "校车座位数"),
    "name": ("name of the new school", "新校校名"),
    "parent": ("school whose campus it becomes", "作为校区所属的学校"),
    "at": ("[longitude, latitude] of a chosen point, in place of `site`; degrees, WGS 84",
           "选定点的 [经度, 纬度]（WGS 84），与 site 二选一"),
    "stage": ("one stage only", "只涉一个学段"),
    "grades": ("some grades only: `4-6`", "只涉部分年级，如 4-6"),
    "year": ("autumn from which it holds", "自哪年秋季起"),
    "reason": ("words that are shown with it", "随改动显示的理由"),
}  # fmt: skip
"""Key of an edit → what it means, English and Chinese."""


SWAPS = (
    ("PositiveFloat", "number > 0"), ("PositiveInt", "whole number > 0"), ("float", "number"), ("int", "whole number"),
    ("str", "text"), (" | None", ""), ("InitVar", ""), ("tuple", ""),
)  # fmt: skip
"""Words of Python → words of a planner."""


def version() -> str:
    """Give the version of the package, read from its file."""
    return (ROOT / PACKAGE / "_version.py").read_text(encoding="utf-8").split('"')[-2]


def write_pages(source: Path, lang: str) -> None:
    """Write all generated pages of one language below the folder Sphinx reads."""
    zh = lang.startswith("zh")
    out = source / "_generated"
    shutil.rmtree(out, ignore_errors=True)
    (out / "parts").mkdir(parents=True)
    _keep(out / "parts" / "edits.md", edits_part(zh))
    _keep(out / "parts" / "commands.md", commands_part(zh))
    _keep(out / "rules.md", rules_page(zh))
    if not zh:
        for name, text in api_pages():
            _keep(out / "api" / f"{name}.md", text)
        _keep(out / "notebooks.md", notebooks_page(out / "notebooks"))
        _keep(out / "sources.md", sources_page())


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")


# --- edits -----------------------------------------------------------------------------------------------------------


def edit_classes() -> list[type]:
    """Give the edits there are."""
    room = importlib.import_module(f"{PACKAGE}.scenario")
    every = [getattr(room, name) for name in room.__all__]
    return [one for one in every if inspect.isclass(one) and one is not room.Edit and issubclass(one, room.Edit)]


def edit_keys(edit: type) -> Iterator[tuple[str, str, str]]:
    """Give key, type and default ("needed" where there is none) of an edit, `do` apart."""
    for name, parameter in inspect.signature(edit).parameters.items():
        if name == "do":
            continue
        default = parameter.default
        default = getattr(default, "default", default)
        needed = default is inspect.Parameter.empty or repr(default) == "PydanticUndefined"
        yield name, _plain_type(parameter.annotation), "needed" if needed else repr(default)


def _plain_type(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    for name, values in _literals().items():
        text = re.sub(rf"\b{name}\b", values, text)
    for old, new in SWAPS:
        text = re.sub(rf"\b{re.escape(old)}\b" if old.isidentifier() else re.escape(old), new, text)
    return text.strip("[]")


def _literals() -> dict[str, str]:
    edits = importlib.import_module(f"{PACKAGE}.scenario.edits")
    return {
        name: ", ".join(map(str, typing.get_args(getattr(edits, name))))
        for name in ("Site", "Stage") if typing.get_args(getattr(edits, name, None))
    }  # fmt: skip


def edits_part(zh: bool) -> str:
    """Write every edit with every key it may have."""
    parts = []
    heads = ("键", "类型", "默认", "含义") if zh else ("key", "type", "left out", "means")
    for edit in edit_classes():
        rows = []
        for key, kind, default in edit_keys(edit):
            if default == "needed":
                default = "必填" if zh else "needed"
            rows.append((f"`{key}`", _cell(kind), _cell(default.replace("None", "–")), KEYS[key][zh]))
        told = edit.label.zh if zh else _summary(edit)
        parts.append(f"### `{edit.__name__.lower()}`\n\n{told}\n\n{_table(heads, rows)}")
    return "\n\n".join(parts)


def _summary(thing: Any) -> str:
    text = inspect.cleandoc(thing.__doc__ or "").split("\n\nParameters")[0]
    return text.split("\n\n.. ")[0]


# --- commands --------------------------------------------------------------------------------------------------------


def commands_part(zh: bool) -> str:
    """Write the help of every command, as it is printed."""
    from typer.testing import CliRunner

    app = importlib.import_module(f"{PACKAGE}.cli.app")
    runner, shell = CliRunner(env={"COLUMNS": "100", "LAYOUT_PLANNER_LANG": "zh" if zh else "en"}), app.make_app()
    parts = []
    for name in app.COMMANDS:
        said = runner.invoke(shell, [name, "-h"]).output.strip("\n")
        parts.append(f"### `{name}`\n\n```text\n{said}\n```")
    return "\n\n".join(parts)


# --- rules -----------------------------------------------------------------------------------------------------------


def rules_page(zh: bool) -> str:
    """Write every value of every profile with its source."""
    lp = importlib.import_module(PACKAGE)
    table = lp.policy.rules_table("zh" if zh else "en").fillna("").astype(str)
    profile, document = table.columns[:2]
    title = "规则全表" if zh else "Every rule"
    told = (
        "由规则配置文件生成。“凭记忆”表示未见原文，使用前请核对。" if zh
        else "Written from the profiles. What is marked \"from memory\" was met in no source: look at the "
        "document before you rely on it."
    )  # fmt: skip
    parts = [f"# {title}\n\n{told}"]
    for name, its in table.groupby(profile, sort=True):
        shown = its.drop(columns=[profile, document])
        shown = shown.loc[:, (shown != "").any()]
        rows = [tuple(map(_cell, row)) for row in shown.itertuples(index=False)]
        parts.append(f"## {name}\n\n{its[document].iloc[0]}\n\n{_table(tuple(shown.columns), rows)}")
    return "\n\n".join(parts)


# --- the Python reference --------------------------------------------------------------------------------------------


def rooms() -> dict[str, ModuleType]:
    """Give the rooms a user reaches from the top, by name."""
    lp = importlib.import_module(PACKAGE)
    stub = (ROOT / PACKAGE / "__init__.pyi").read_text(encoding="utf-8")
    names = re.findall(rf"^from {PACKAGE} import (\w+) as", stub, re.MULTILINE)
    return {name: getattr(lp, name) for name in sorted(names)}


def api_pages() -> Iterator[tuple[str, str]]:
    """Write the top, and each room, with every public name: what it is, and where it is told."""
    lp = importlib.import_module(PACKAGE)
    top = sorted(name for name in lp.__all__ if not inspect.ismodule(getattr(lp, name)))
    told = {_home(getattr(lp, name)) for name in top}
    pages = {"top": ("`import layout_planner as lp`", lp, top)}
    for name, room in rooms().items():
        own = sorted(each for each in room.__all__ if not inspect.ismodule(getattr(room, each)))
        own = [each for each in own if _home(getattr(room, each)) is None or _home(getattr(room, each)) not in told]
        told |= {_home(getattr(room, each)) for each in own}
        if own:
            pages[name] = (f"`lp.{name}`", room, own)
    listed = "\n".join(pages)
    yield "index", f"# Python reference\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```"
    for name, (title, room, names) in pages.items():
        intro = inspect.cleandoc(room.__doc__ or "").split("\n\n")[0]
        body = "\n\n".join(_entry(room, each) for each in names)
        yield name, f"# {title}\n\n{intro}\n\n{body}"


def _home(thing: Any) -> tuple[str, str] | None:
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    return (module, name) if isinstance(module, str) and isinstance(name, str) and module.startswith(PACKAGE) else None


def _entry(room: ModuleType, name: str) -> str:
    thing = getattr(room, name)
    home = _home(thing)
    if inspect.isclass(thing) and home:
        directive, target = "autoclass", ".".join(home)
    elif callable(thing) and home and hasattr(thing, "__code__"):
        directive, target = "autofunction", ".".join(home)
    else:  # a constant or a type alias
        return f"`{name}`\n: {_cell(_short(thing))}"
    return f"```{{eval-rst}}\n.. {directive}:: {target}\n```"


def _short(thing: Any) -> str:
    text = re.sub(r"0x[0-9a-f]+", "…", repr(thing))
    return text if len(text) <= 300 else text[:300] + " …"


# --- sources ---------------------------------------------------------------------------------------------------------


def sources_page() -> str:
    """List what the docstrings cite, by the file or function that says it."""
    rows = []
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
        for node in nodes:
            found = re.search(r"\nReferences\n-+\n(.+?)(?:\n\n|\Z)", ast.get_docstring(node) or "", re.DOTALL)
            if found:
                name = getattr(node, "name", "")
                said = " ".join(found[1].split())
                rows.append((f"`{module.removeprefix(PACKAGE + '.')}{'.' + name if name else ''}`", _cell(said)))
    told = "Where the code names what it follows. Formulations stand in the docstrings of the modules named."
    return f"# Sources\n\n{told}\n\n{_table(('where', 'source'), rows)}"


# --- notebooks -------------------------------------------------------------------------------------------------------


def notebooks_page(folder: Path) -> str:
    """Copy the notebooks and list them with their first heading; they are run by the tests, not here."""
    folder.mkdir(parents=True)
    names = []
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        shutil.copyfile(notebook, folder / notebook.name)
        names.append(f"notebooks/{notebook.stem}")
    listed = "\n".join(names)
    return (
        "# Notebooks\n\nOne for each job. They lie in `notebooks/` of the repository and are run by its tests; here "
        f"they are shown without their outputs.\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```"
    )


# --- tables ----------------------------------------------------------------------------------------------------------


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _cell(text: str) -> str:
    """Write a value into a cell: no bar, star or bracket of it is taken for markup."""
    return re.sub(r"([\\|*_<>\[\]`$])", r"\\\1", text).replace("\n", " ")


# --- building --------------------------------------------------------------------------------------------------------

LANDING = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>layout_planner</title></head>\n'
    '<body><p><a href="zh/index.html">中文手册</a></p>'
    '<p><a href="en/index.html">Manual in English</a></p></body></html>\n'
)


def build(out: Path) -> int:
    """Build both languages as web pages below a folder; gives Sphinx's exit code, 1 where anything is doubted."""
    from sphinx.cmd.build import build_main

    docs = ROOT / "docs"
    for lang, source in (("en", docs), ("zh", docs / "zh")):
        # Without what was read before: a page left out or moved is told the first time, not the second.
        failed = build_main(["-q", "-E", "-W", "--keep-going", "-b", "html", str(source), str(out / lang)])
        for left_over in (out / lang / ".doctrees", out / "jupyter_execute"):
            shutil.rmtree(left_over, ignore_errors=True)
        if failed:
            return failed
    _keep(out / "index.html", LANDING)
    return 0


def main() -> int:
    """Build the manual into docs/_build/html."""
    out = ROOT / "docs" / "_build" / "html"
    failed = build(out)
    if not failed:
        print(f"Open {(out / 'index.html').relative_to(ROOT)} in a browser; it needs no internet.")
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
