"""The published service area instances through the engine behind `solve(..., assign="contiguous")`.

    python -m benchmarks.sap UNITS.txt CONNECTIVITY.txt --seconds 60 --plan plan.csv

prints `objective bound gap seconds`. Without files it runs the folder `../shared/bench/sap` beside the repository,
appends each line to a table as it comes, skips what the table already holds, and ends with the means by set; `--peer`
lets spopt with CBC try three of them in the same run.

Cost is Euclidean kilometres × people; facilities are the rows with capacity above 0 (their opening cost does not count
here); a row of the connectivity file means that the two units are adjacent, whatever distance it gives.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.kong import read_files
from layout_planner.base.arrays import Ints
from layout_planner.engines.zoning import ZoneProblem, ZoneResult, check_zones, solve_zones
from layout_planner.solving.clock import ClockKind

FOLDER = Path(__file__).parents[1].parent / "shared" / "bench" / "sap"
DEVELOPMENT = ("gy2_18a", "gy2_22c", "zy_13a", "zy_16c", "gy_37a", "gy_40c")
"""The set that settings were chosen on; they are the same for all instances."""
PEER_INSTANCES = ("zy_13a", "zy_17a", "gy_37a")
COLUMNS = ("instance", "objective", "bound", "gap", "seconds", "status", "to_best_published", "lawful", "at_60")
"""`at_60`: how far above the best published the run was after its first 60 seconds."""


class Instance(NamedTuple):
    """One published instance: the problem, the ids of units and the ids of the facilities."""

    problem: ZoneProblem
    units: Ints
    facilities: Ints


def read_instance(units: Path, connectivity: Path) -> Instance:
    """Read the two text files of an instance."""
    files = read_files(units, connectivity)
    cost = files.kilometres * files.people[:, None]
    problem = ZoneProblem.from_edges(cost, files.people, files.seats, files.edges, files.home)
    return Instance(problem, files.ids, files.ids[files.home])


def named(name: str, folder: Path = FOLDER) -> Instance:
    """Read an instance by the name it has in best_known.csv."""
    group, which = name.split("_")
    return read_instance(folder / f"{group}s_{which}.txt", folder / f"{group}s_connectivity.txt")


def best_published(folder: Path = FOLDER) -> dict[str, float]:
    """Give the best published objective of every instance."""
    with (folder / "best_known.csv").open() as stream:
        return {row["instance"]: float(row["best_published"]) for row in csv.DictReader(stream)}


def write_plan(path: Path, instance: Instance, result: ZoneResult) -> None:
    """Write place_id, school_id."""
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["place_id", "school_id"])
        if result.school_of is not None:
            writer.writerows(zip(instance.units, instance.facilities[result.school_of], strict=True))


def run_folder(names: list[str], table: Path, seconds: float, clock: ClockKind, seed: int) -> None:
    """Run instances one after the other, skipping those in the table, and print the means by set."""
    best = best_published()
    rows: dict[str, dict[str, str]] = {}
    if table.exists():
        with table.open() as stream:
            rows = {row["instance"]: row for row in csv.DictReader(stream)}
    for name in names or list(best):
        if name in rows:
            continue
        instance = named(name)
        told: list[tuple[float, float]] = []
        result = solve_zones(
            instance.problem,
            seconds=seconds,
            clock=clock,
            seed=seed,
            progress=lambda spent, objective, bound, told=told: told.append((spent, objective)),
        )
        early = min((objective for spent, objective in told if spent <= 60), default=np.inf)
        lawful = result.school_of is not None and check_zones(instance.problem, result.school_of).feasible
        if result.bound > best[name] * (1 + 1e-6):
            raise AssertionError(f"{name}: the bound {result.bound} is above the published {best[name]}")
        figures = (
            f"{result.objective:.3f}",
            f"{result.bound:.3f}",
            f"{result.gap:.6f}",
            f"{result.seconds:.1f}",
            result.status,
            f"{result.objective / best[name] - 1:.6f}",
            str(lawful),
            f"{early / best[name] - 1:.6f}",
        )
        rows[name] = dict(zip(COLUMNS, (name, *figures), strict=True))
        with table.open("a", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            if stream.tell() == 0:
                writer.writeheader()
            writer.writerow(rows[name])
        print(name, *figures, flush=True)
    for group in ("gy2", "zy", "gy"):
        chosen = [row for name, row in rows.items() if name.split("_")[0] == group]
        if chosen:
            away = np.array([float(row["to_best_published"]) for row in chosen])
            gaps = np.array([float(row["gap"]) for row in chosen])
            print(
                f"{group}: {len(chosen)} instances, to best published mean {away.mean():.4%} worst {away.max():.4%}, "
                f"own gap mean {gaps.mean():.3%}, proven {sum(row['status'] == 'optimal' for row in chosen)}"
            )


def run_peer(names: list[str], table: Path, seconds: float) -> None:
    """Give the same instances to spopt with CBC, one thread, and print both side by side.

    spopt knows seats but not contiguity (`PMedian` with capacities): its objective may lie below the optimum with it.
    """
    import pulp
    from spopt.locate import PMedian

    best = best_published()
    with table.open() as stream:
        ours = {row["instance"]: row for row in csv.DictReader(stream)}
    for name in names:
        problem = named(name).problem
        # Kilometres, as spopt takes them: the cost of a pair shared out among the people of the place.
        kilometres = np.where(np.isnan(problem.cost), 1e3, problem.cost / np.maximum(problem.demand, 1e-9)[:, None])
        model = PMedian.from_cost_matrix(
            kilometres, problem.demand, p_facilities=problem.m, facility_capacities=problem.capacity
        )
        solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=seconds, threads=1, timeMode="cpu")
        status = pulp.LpStatus[model.problem.solve(solver)]
        value = pulp.value(model.problem.objective)
        chosen = np.array([[pulp.value(z) or 0.0 for z in row] for row in model.cli_assgn_vars])
        whole = bool((chosen.max(axis=1) > 1 - 1e-6).all())
        faults = check_zones(problem, chosen.argmax(axis=1))
        mine = ours.get(name, {})
        print(
            f"{name}: ours {mine.get('to_best_published', '–')} above the best published ({mine.get('status', '–')}); "
            f'spopt + CBC says "{status}", {value / best[name] - 1:.4%} from it, places whole: {whole}, places severed '
            f"from their school {len(faults.severed)}, over-full schools {len(faults.overfull)}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("units", type=Path, nargs="?")
    parser.add_argument("connectivity", type=Path, nargs="?")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="cpu: where others share the machine")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plan", type=Path, help="where to write place_id,school_id")
    parser.add_argument("--table", type=Path, help="the table of a folder run (default runs/sap-SECONDS.csv)")
    parser.add_argument("--only", nargs="*", default=[], help="names of instances; 'development' for the set of six")
    parser.add_argument("--peer", action="store_true", help="spopt with CBC on three of them, or on those of --only")
    given = parser.parse_args()
    if given.units is None:
        names = list(DEVELOPMENT) if given.only == ["development"] else given.only
        table = given.table or Path("runs") / f"sap-{given.seconds:g}.csv"
        table.parent.mkdir(parents=True, exist_ok=True)
        if given.peer:
            names = names or list(PEER_INSTANCES)
        run_folder(names, table, given.seconds, given.clock, given.seed)
        if given.peer:
            run_peer(names, table, given.seconds)
        return
    if given.connectivity is None:
        parser.error("give the connectivity file too")
    instance = read_instance(given.units, given.connectivity)
    result = solve_zones(instance.problem, seconds=given.seconds, clock=given.clock, seed=given.seed)
    if given.plan is not None:
        write_plan(given.plan, instance, result)
    print(f"{result.objective:.6f} {result.bound:.6f} {result.gap:.6f} {result.seconds:.1f}")


if __name__ == "__main__":
    main()
