"""What setup.cfg requires, as lists that pip reads.

`requirements.py lowest` prints each dependency of users and tests at its lower bound.
`requirements.py pinned REPORT` prints the whole tree that pip resolved (`pip install --dry-run --report REPORT`).
"""

from __future__ import annotations

import configparser
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
OURS = "layout-planner"

HEAD = """\
# The versions that `make demo`, `make test` and .ci/run install: all of them, on Debian's Python 3.11, x86-64.
# Written by `make constraints` from the newest that the ranges in setup.cfg allow; `make test` says whether they do.
"""


def declared(setup: Path = ROOT / "setup.cfg") -> dict[str, list[Requirement]]:
    """Give what is declared: "" is what everyone needs, the others are the extras."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(setup.read_text(encoding="utf-8"))
    texts = {"": parser["options"]["install_requires"], **parser["options.extras_require"]}
    return {extra: [Requirement(line) for line in text.split("\n") if line] for extra, text in texts.items()}


def wanted(extra: str, declared: Mapping[str, list[Requirement]]) -> list[Requirement]:
    """Give what everyone and an extra need; extras that it names of ours are followed."""
    found = list(declared[""])
    for requirement in declared[extra] if extra else []:
        if canonicalize_name(requirement.name) == OURS:
            for other in sorted(requirement.extras):
                found += wanted(other, declared)
        else:
            found.append(requirement)
    return found


def lower_bound(requirement: Requirement) -> Version | None:
    """Give the version after >=, or None where there is none."""
    bounds = [Version(part.version) for part in requirement.specifier if part.operator == ">="]
    return max(bounds, default=None)


def lowest(requirements: Iterable[Requirement]) -> list[str]:
    """Give each dependency at its lower bound (the highest of several), sorted; unbounded ones are left out."""
    bounds: dict[str, Version] = {}
    for requirement in requirements:
        bound = lower_bound(requirement)
        if bound is not None and (requirement.marker is None or requirement.marker.evaluate()):
            name = canonicalize_name(requirement.name)
            bounds[name] = max(bound, bounds.get(name, bound))
    return [f"{name}=={bound}" for name, bound in sorted(bounds.items())]


def pinned(report: str) -> list[str]:
    """Give every distribution of pip's report at its version, sorted, without our own."""
    found = {
        canonicalize_name(part["metadata"]["name"]): part["metadata"]["version"]
        for part in json.loads(report)["install"]
    }
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name != OURS]


def main(arguments: list[str]) -> int:
    """Print the list asked for."""
    match arguments:
        case ["lowest"]:
            lines = lowest(wanted("test", declared()))
        case ["pinned", report]:
            lines = [HEAD.rstrip("\n"), *pinned(Path(report).read_text(encoding="utf-8"))]
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    print(*lines, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
