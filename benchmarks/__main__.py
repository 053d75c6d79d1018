"""Every benchmark of docs/benchmarks.md, one after the other, unattended; begun again it goes on where it stopped.

    python -m benchmarks                      # all, some hours; `make bench` runs the short one of travel
    python -m benchmarks pmedian districts    # these sections, and those whose names begin so
    python -m benchmarks --list               # what there is, and what is done
    python -m benchmarks --against FOLDER     # another checkout with its own .venv beside, where a benchmark can

What a section prints is written to `runs/bench-COMMIT/SECTION.txt` as it comes, and shown. A section that ended well
is skipped the next time; one that failed, or was broken off, begins again (the service areas keep what they have).
`table.csv` in the same folder has a line an ending: section, command, exit code, wall and processor seconds, machine.

Not among them, since they need pages or servers made before: `benchmarks.page_tasks`, `province speed` of a hundred.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import resource
import shlex
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECTIONS = {
    "travel-quick": "travel --quick",
    "pmedian": "pmedian --cpu",
    "pmedian-made": "pmedian --made --cpu",
    "capacitated": "capacitated_pmedian --cpu --seconds 300",
    "capacitated-made": "capacitated_pmedian --made --cpu",
    "districts-exact": "districts exact",
    "districts-sixty": "districts sixty",
    "districts-sample": "districts sample",
    "districts-peers": "districts peers",
    "districts-ensemble": "districts ensemble",
    "districts-large": "districts large",
    "whatif": "whatif {against}",
    "capacity": "capacity {against}",
    "consolidation-frontier": "consolidation frontier",
    "consolidation-gongyi": "consolidation gongyi",
    "sites": "sites",
    "closures": "closures",
    "papers": "papers",
    "years": "years",
    "years-fuxi": "years plan fuxi",
    "years-zhigang": "years plan zhigang",
    "buses": "buses {against}",
    "data-in": "data_in",
    "osmnx": "osmnx_ways",
    "tables": "tables",
    "routers": "routers",
    "page": "page {against}",
    "compile": "first_compile",
    "travel": "travel",
    "travel-region": "travel --region",
    "catchments": "catchments --seconds 250",
    "cflsap": "cflsap --seconds 150 --cpu",
    "sap": "sap --seconds 300 --clock cpu",
    "sap-peer": "sap --peer --seconds 60 --clock cpu",
}
"""Name of the section and the module with its arguments, short ones first."""


def commit() -> str:
    """Give the short commit of this checkout, with a + where files were changed since."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() or "unknown"


def command(section: str, against: Path | None) -> list[str]:
    """Give the command of a section."""
    beside = "" if against is None else shlex.join(["--against", str(against)])
    module, *arguments = shlex.split(SECTIONS[section].format(against=beside))
    return [sys.executable, "-m", f"benchmarks.{module}", *arguments]


def run(section: str, folder: Path, against: Path | None = None) -> int:
    """Run a section, write down what it says as it comes, and how it ended; gives its exit code."""
    told = command(section, against)
    unfinished = folder / f"{section}.unfinished"
    began, wall, spent = datetime.now(), time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with unfinished.open("w", encoding="utf-8") as stream:
        stream.write(f"$ python {shlex.join(told[1:])}\n")
        with subprocess.Popen(
            told, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        ) as process:  # fmt: skip
            assert process.stdout is not None
            for line in process.stdout:
                for out in (stream, sys.stdout):
                    out.write(line)
                    out.flush()
            code = process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime
    _note(folder / "table.csv", {
        "section": section, "command": shlex.join(told[1:]), "began": began.isoformat(timespec="seconds"),
        "exit": code, "wall s": round(time.perf_counter() - wall, 1), "processor s": round(processor, 1),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}",
        "python": platform.python_version(),
    })  # fmt: skip
    if code == 0:
        unfinished.replace(folder / f"{section}.txt")
    return code


def _note(table: Path, row: dict[str, object]) -> None:
    new = not table.exists()
    with table.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for and not done; gives 1 where a section failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", help="sections, or how their names begin; all where left out")
    parser.add_argument("--list", action="store_true", help="say what there is and what is done")
    parser.add_argument("--again", action="store_true", help="also what is done")
    parser.add_argument("--folder", type=Path, help="where to write (default runs/bench-COMMIT)")
    parser.add_argument("--against", type=Path, help="another checkout with its own .venv")
    told = parser.parse_args(arguments)
    folder = told.folder or ROOT / "runs" / f"bench-{commit()}"
    for begin in told.sections:
        if not any(name.startswith(begin) for name in SECTIONS):
            parser.error(f"no section is called {begin!r} or begins so; there are {', '.join(SECTIONS)}")
    exact = [name for name in told.sections if name in SECTIONS]
    begins = tuple(name for name in told.sections if name not in SECTIONS)
    wanted = [n for n in SECTIONS if not told.sections or n in exact or (begins and n.startswith(begins))]
    if told.list:
        for name in wanted:
            done = "done" if (folder / f"{name}.txt").exists() else "    "
            print(f"{done} {name:24} python {shlex.join(command(name, told.against)[1:])}")
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in wanted:
        if (folder / f"{name}.txt").exists() and not told.again:
            print(f"== {name}: done, in {folder / name}.txt", flush=True)
            continue
        print(f"== {name}", flush=True)
        if run(name, folder, told.against):
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}; what they said is in {folder} (.unfinished)")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
