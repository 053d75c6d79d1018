"""Measure the house: rooms, circles between files, what a new thing touches. Run as ``python docs/house.py [FOLDER]``.

FOLDER is a checkout (this one where left out); ``python docs/house.py --beside BEFORE`` prints a table of two. Nothing
is imported: the files are read with `ast`, so it runs on any version of the package, and before anything is installed.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = "layout_planner"
MAKERS = ("data",)
"""Folders beside the package whose scripts import each other: the makers of the samples."""

EDITS = ("Close", "Merge", "Keep", "Expand", "Rebuild", "Open", "Convert", "Pin", "Board", "Bus")

RECIPES = {
    "an edit": ("Convert",),
    "an assignment method": ("nearest_seats", "stay_nearest"),
    "a county measure": ("over_full_pupils",),
    "a rule": ("unsafe_building",),
}
"""What to look for to see where one that exists is known by name: an estimate from above of what a new one touches.

A file knows it that uses the name in its code, docstrings and comments apart. Most only use it: a table shows one
measure, an alternative is offered by name. So all that exist are counted (`every_known`): as the least known of them
does all it should, no new one needs more files. The recipes' tests follow CONTRIBUTING.md with a toy.
"""

Given = dict[str, dict[str, str]]
"""Package → name it gives on use → the file that makes it."""

MOST_LINES, MOST_FUNCTION, MOST_ARGUMENTS = 500, 60, 10
LONGEST = 5
WRITTEN = (".py", ".pyi", ".js", ".css", ".html", ".md")
"""What a room is made of; tables of values (.toml) and other people's code (vendor/) apart."""
SAME_LINES = 6
"""So many lines alike, but for white space, are a duplicate; imports, comments and lines without a letter apart."""


@dataclass
class File:
    """One file and what it imports, apart by when the import is carried out: module → line."""

    name: str
    room: str
    lines: int
    tree: ast.Module
    text: str
    at_import: dict[str, int] = field(default_factory=dict)
    for_types: dict[str, int] = field(default_factory=dict)
    in_functions: dict[str, int] = field(default_factory=dict)


def read_files(root: Path, folders: tuple[str, ...]) -> dict[str, File]:
    """Read all Python files below some folders; key: dotted name."""
    files = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            text = path.read_text(encoding="utf-8")
            room = parts[1] if len(parts) > 2 else "(top)"
            files[name] = File(name, room, text.count("\n"), ast.parse(text), text)
    given = read_stubs(root, folders)
    for file in files.values():
        note_imports(file, file.tree, files, given, "at_import")
    return files


def read_stubs(root: Path, folders: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Read what packages give on use, from the stub beside their `__init__`: package → name → the file it is from."""
    given: dict[str, dict[str, str]] = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("__init__.pyi")):
            names = given.setdefault(".".join(path.relative_to(root).parent.parts), {})
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    names |= {alias.asname or alias.name: node.module for alias in node.names}
    return given


def note_imports(file: File, node: ast.AST, files: dict[str, File], given: Given, when: str) -> None:
    """Note the imports below a node; those of a function or under TYPE_CHECKING apart."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            for target in targets(file, child, files, given):
                if target != file.name:
                    getattr(file, when).setdefault(target, child.lineno)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            note_imports(file, child, files, given, "in_functions")
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for inner in child.body:
                note_imports(file, ast.Module([inner], []), files, given, "for_types")
            for inner in child.orelse:
                note_imports(file, ast.Module([inner], []), files, given, when)
        else:
            note_imports(file, child, files, given, when)


def targets(file: File, node: ast.Import | ast.ImportFrom, files: dict[str, File], given: Given) -> Iterator[str]:
    """Give the files an import names: the modules meant, not the packages they are in.

    A package's own files are loaded after its `__init__` has begun, whoever asks, so importing one of them is no
    import of the package; a name that the package's `__init__` gives is. What a package loads on use is loaded then.
    """
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in files)
        return
    base = node.module or ""
    if node.level:
        own = file.name.split(".")
        package = own if is_package(file, files) else own[:-1]
        base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
    beside = ".".join([*file.name.split(".")[:-1], base])  # scripts of one folder import each other by bare names
    for alias in node.names:
        home = given.get(base, {}).get(alias.name, base)
        for name in (f"{base}.{alias.name}", f"{home}.{alias.name}", home, f"{beside}.{alias.name}", beside):
            if name in files:
                yield name
                break


def is_package(file: File, files: dict[str, File]) -> bool:
    """Tell whether a file is the `__init__` of a package."""
    return any(name.startswith(f"{file.name}.") for name in files)


def circles(files: dict[str, File], *kinds: str) -> list[list[str]]:
    """Give the sets of files that reach each other by imports of some kinds (Tarjan 1972), the largest first."""
    graph = {name: {t for kind in kinds for t in getattr(file, kind)} for name, file in files.items()}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            at = stack.index(name)
            members = stack[at:]
            del stack[at:]
            if len(members) > 1:
                found.append(sorted(members))

    sys.setrecursionlimit(10_000)
    for name in sorted(graph):
        if name not in index:
            visit(name)
    return sorted(found, key=lambda members: (-len(members), members))


def edit_tests(files: dict[str, File]) -> dict[str, int]:
    """Count the `isinstance` tests of an edit: file → number."""
    counts = {}
    for name, file in files.items():
        number = 0
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
                kinds = {n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name)}
                number += bool(kinds & {*EDITS, "Ending"})
        if number:
            counts[name] = number
    return counts


def public_names(root: Path, files: dict[str, File]) -> int:
    """Count the names at the top: in the stub, rooms left out; in older versions, in the table they are loaded by."""
    stub = read_stubs(root, (PACKAGE,)).get(PACKAGE)
    if stub is not None:
        return sum(home != PACKAGE for home in stub.values())
    assigned = [node for node in files[PACKAGE].tree.body if isinstance(node, ast.Assign)]
    tables = [node.value for node in assigned if ast.unparse(node.targets[0]) == "_HOME"]
    return sum(len(value.elts) for table in tables for value in table.values if isinstance(value, ast.Tuple))


def functions(files: dict[str, File]) -> Iterator[tuple[str, int, int]]:
    """Give every function with its lines of code, signature and docstring apart, and its arguments."""
    for name, file in files.items():
        for node in ast.walk(file.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                given = node.args
                arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs]
                own = [a for a in arguments if a.arg not in ("self", "cls")]
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
                yield f"{name}.{node.name}", lines, len(own)


def words_of(root: Path, files: dict[str, File]) -> dict[str, set[str]]:
    """Give the words of each file's code: names, and whole texts, docstrings apart; of a stub all its words."""
    found = {}
    for name, file in files.items():
        nodes = list(ast.walk(file.tree))
        docs = {id(n.value) for n in nodes if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
        texts = {n.value for n in nodes if isinstance(n, ast.Constant) and id(n) not in docs}
        named = {getattr(n, "id", getattr(n, "name", None)) for n in nodes}
        found[name.removeprefix(f"{PACKAGE}.")] = {word for word in texts | named if isinstance(word, str)}
    for path in sorted((root / PACKAGE).rglob("__init__.pyi")):
        found[str(path.relative_to(root / PACKAGE))] = set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    return found


def known_in(words: dict[str, set[str]], names: tuple[str, ...]) -> list[str]:
    """Give the files whose code says one of some names, as a word of the language or as a text."""
    return [name for name, said in words.items() if said & set(names)]


def every_name() -> dict[str, list[str]]:
    """Give the names of all edits, methods, measures and rules of this version; words of one piece mean much else."""
    rooms = Path(__file__).parents[1] / PACKAGE
    made = {"Method": sorted((rooms / "assignment").rglob("*.py")), "Measure": [rooms / "measures" / "catalogue.py"]}
    found = {
        maker: [
            node.args[0].value
            for path in paths
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == maker and node.args
            if isinstance(node.args[0], ast.Constant) and "_" in str(node.args[0].value)
        ]
        for maker, paths in made.items()
    }
    profiles = sorted((rooms / "policy" / "profiles").glob("*.toml"))
    rules = {
        rule["name"] for path in profiles for rule in tomllib.loads(path.read_text(encoding="utf-8")).get("rule", ())
    }
    return {
        "an edit": list(EDITS),
        "an assignment method": found["Method"],
        "a county measure": found["Measure"],
        "a rule": sorted(name for name in rules if "_" in name),
    }


def every_known(words: dict[str, set[str]]) -> dict[str, tuple[int, int, int]]:
    """Count the files that know one, over all edits, methods, measures and rules there are: fewest, middle, most."""
    told = {}
    for what, names in every_name().items():
        counts = sorted(count for name in names if (count := len(known_in(words, (name,)))))
        told[what] = (counts[0], counts[len(counts) // 2], counts[-1]) if counts else (0, 0, 0)
    return told


def named_imports(files: dict[str, File]) -> dict[str, int]:
    """Give the files that import a module by a text, which neither this script nor import-linter follows."""
    counts = {name: file.text.count("import_module(") for name, file in files.items()}
    return {name: count for name, count in counts.items() if count}


def duplicates(files: dict[str, File]) -> list[tuple[int, str, int, str, int]]:
    """Give the runs of lines that two places share: how many lines, and where each begins; the longest first."""
    where: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    lines: dict[str, list[tuple[int, str]]] = {}
    for name, file in files.items():
        skip = {
            number
            for node in ast.walk(file.tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        kept = [(n, " ".join(line.split())) for n, line in enumerate(file.text.splitlines(), 1) if n not in skip]
        lines[name] = [(n, line) for n, line in kept if re.search("[A-Za-z]", line) and not line.startswith("#")]
        for at in range(len(lines[name]) - SAME_LINES + 1):
            window = tuple(line for _, line in lines[name][at : at + SAME_LINES])
            where.setdefault(window, []).append((name, at))
    pairs = {(a, b) for places in where.values() for a in places for b in places if a < b}
    found = []
    for a, b in sorted(pairs):
        if ((a[0], a[1] - 1), (b[0], b[1] - 1)) in pairs:
            continue
        length = 0
        while ((a[0], a[1] + length), (b[0], b[1] + length)) in pairs:
            length += 1
        if a[0] != b[0] or b[1] - a[1] >= SAME_LINES:
            at = lines[a[0]][a[1]][0], lines[b[0]][b[1]][0]
            found.append((length + SAME_LINES - 1, a[0], at[0], b[0], at[1]))
    return sorted(found, key=lambda each: (-each[0], each[1:]))


def scripts(root: Path) -> list[int]:
    """Give the lines of each file of our own JavaScript."""
    ours = (path for path in sorted((root / PACKAGE).rglob("*.js")) if "vendor" not in path.parts)
    return [path.read_text(encoding="utf-8").count("\n") for path in ours]


def rooms(root: Path) -> tuple[Counter[str], Counter[str]]:
    """Count lines and files a room: Python, stubs, JavaScript with its tests, styles, pages and their README."""
    lines: Counter[str] = Counter()
    number: Counter[str] = Counter()
    for path in sorted((root / PACKAGE).rglob("*.*")):
        parts = path.relative_to(root / PACKAGE).parts
        if path.suffix in WRITTEN and "vendor" not in parts:
            room = parts[0] if len(parts) > 1 else "(top)"
            lines[room] += path.read_text(encoding="utf-8").count("\n")
            number[room] += 1
    return lines, number


def figures(root: Path) -> dict[str, str]:
    """Give the figures of a checkout, one line each."""
    files, makers = read_files(root, (PACKAGE,)), read_files(root, MAKERS)
    lines, _ = rooms(root)
    room, most = lines.most_common(1)[0]
    total, web = sum(file.lines for file in files.values()), scripts(root)
    tests = edit_tests(files)
    found = list(functions(files))
    every = ("at_import", "for_types", "in_functions")

    def in_circles(*kinds: str) -> str:
        sets = [members for part in (files, makers) for members in circles(part, *kinds)]
        return f"{len(sets)} ({sum(map(len, sets))} files)" if sets else "0"

    return {
        "Python: lines, files": f"{total:,}, {len(files)}",
        "JavaScript: lines, files": f"{sum(web):,}, {len(web)}",
        "rooms": str(len(lines) - 1),
        "largest room": f"`{room}/` {most:,} lines, {most / sum(lines.values()):.1%}",
        "longest file": f"{max(file.lines for file in files.values()):,} lines",
        "public names at the top": str(public_names(root, files)),
        "circles between files, at import": in_circles("at_import"),
        "circles, imports in functions and for types counted": in_circles(*every),
        "`isinstance` tests of an edit, outside `scenario/`": str(
            sum(count for name, count in tests.items() if ".scenario" not in name)
        ),
        **{
            f"files that know {what}: fewest, middle, most": ", ".join(map(str, counts))
            for what, counts in every_known(words_of(root, files)).items()
        },
        f"runs of {SAME_LINES} and more lines that stand twice": str(len(duplicates(files))),
        f"functions over {MOST_FUNCTION} lines of code": str(sum(each[1] > MOST_FUNCTION for each in found)),
        f"functions with over {MOST_ARGUMENTS} arguments": str(sum(each[2] > MOST_ARGUMENTS for each in found)),
        "`type: ignore`": str(sum(len(re.findall(r"#\s*type:\s*ignore", file.text)) for file in files.values())),
        "`Any`: lines that say it, in a hundred of Python": f"{says_any(files):,}, {100 * says_any(files) / total:.2f}",
    }


def says_any(files: dict[str, File]) -> int:
    """Count the lines whose code says `Any`, imports, docstrings and comments apart."""
    return sum(
        len({node.lineno for node in ast.walk(file.tree) if isinstance(node, ast.Name) and node.id == "Any"})
        for file in files.values()
    )


def beside(before: Path, after: Path) -> None:
    """Print the figures of two checkouts as a table of Markdown, and the rooms of both."""
    old, new = figures(before), figures(after)
    print("| | before | after |\n|---|---|---|")
    for what, value in old.items():
        print(f"| {what} | {value} | {new[what]} |")
    print("\n| room | lines before | files | lines after | files |\n|---|---|---|---|---|")
    (lines, number), (own, count) = rooms(before), rooms(after)
    for room in sorted({*lines, *own}, key=lambda room: (-own[room], room)):
        print(f"| {room} | {lines[room]:,} | {number[room]} | {own[room]:,} | {count[room]} |")


def show_rooms(root: Path) -> None:
    """Print lines and files a room."""
    lines, number = rooms(root)
    total = sum(lines.values())
    print(f"{'room':<16}{'lines':>8}{'share':>8}{'files':>7}")
    for room, count in lines.most_common():
        print(f"{room:<16}{count:>8,}{count / total:>8.1%}{number[room]:>7}")
    print(f"{'all':<16}{total:>8,}{'':>8}{sum(number.values()):>7}")
    web = scripts(root)
    print(f"{'JavaScript':<16}{sum(web):>8,}{'':>8}{len(web):>7}\n")


def show_circles(files: dict[str, File], title: str) -> int:
    """Print the circles between files; gives how many there are at import."""
    print(f"circles between files, {title}")
    at_import: set[tuple[str, ...]] = set()
    seen: set[tuple[str, ...]] = set()
    for kinds, word in (
        (("at_import",), "at import"),
        (("at_import", "for_types"), "with imports under TYPE_CHECKING"),
        (("at_import", "for_types", "in_functions"), "with imports in functions"),
    ):
        found = [tuple(members) for members in circles(files, *kinds)]
        at_import = at_import or set(found) if len(kinds) == 1 else at_import
        print(f"  {word}: {len(found)}, of {sum(map(len, found))} files")
        for members in found:
            if members not in seen:
                print(f"    {' · '.join(member.removeprefix(f'{PACKAGE}.') for member in members)}")
        seen.update(found)
    print()
    return len(at_import)


def main() -> int:
    """Print all figures; the exit code is 1 where files import each other in a circle."""
    here = Path(__file__).parents[1]
    if sys.argv[1:2] == ["--beside"]:
        beside(Path(sys.argv[2]).resolve(), here)
        return 0
    root = Path(sys.argv[1] if len(sys.argv) > 1 else here).resolve()
    files = read_files(root, (PACKAGE,))
    show_rooms(root)
    print(f"public names at the top: {public_names(root, files)}\n")
    number = show_circles(files, "package") + show_circles(read_files(root, MAKERS), "makers of the samples")
    print("imports by a text, in functions (base.drawing alone looks upward: docs/architecture.md, 1b)")
    for name, count in sorted(named_imports(files).items()):
        print(f"  {name.removeprefix(f'{PACKAGE}.')}: {count}")

    tests = edit_tests(files)
    away = {name: count for name, count in tests.items() if ".scenario" not in name}
    print(f"\nisinstance tests of an edit: {sum(tests.values())}, outside scenario/: {sum(away.values())}")
    for name, count in sorted(away.items()):
        print(f"  {name}: {count}")
    print("\nfiles that know one by name: fewest, middle, most of those there are; and which, of one of them")
    words = words_of(root, files)
    for what, counts in every_known(words).items():
        print(
            f"  {what}: {', '.join(map(str, counts))}  {RECIPES[what][0]}: {' '.join(known_in(words, RECIPES[what]))}"
        )

    found = list(functions(files))
    for title, rows, limit in (
        ("longest files", [(file.name, file.lines) for file in files.values()], MOST_LINES),
        ("longest functions, lines of code", [(name, lines) for name, lines, _ in found], MOST_FUNCTION),
        ("most arguments", [(name, arguments) for name, _, arguments in found], MOST_ARGUMENTS),
    ):
        over = sum(value > limit for _, value in rows)
        print(f"\n{title} (above {limit}: {over})")
        for name, value in sorted(rows, key=lambda row: (-row[1], row[0]))[: max(LONGEST, over)]:
            print(f"  {value:>5} {name.removeprefix(f'{PACKAGE}.')}")

    twice = duplicates(files)
    print(f"\nruns of {SAME_LINES} and more lines that stand twice: {len(twice)}")
    for length, one, at, two, there in twice[: 2 * LONGEST]:
        print(f"  {length:>5} {one.removeprefix(f'{PACKAGE}.')}:{at} ~ {two.removeprefix(f'{PACKAGE}.')}:{there}")
    ignores = sum(len(re.findall(r"#\s*type:\s*ignore", file.text)) for file in files.values())
    anys = sum(bool(re.search(r"\bAny\b", file.text)) for file in files.values())
    print(f"\ntype: ignore: {ignores}; files that say Any: {anys}")
    return 1 if number else 0


if __name__ == "__main__":
    raise SystemExit(main())
