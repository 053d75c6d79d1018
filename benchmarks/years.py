"""Forecast, phasing, staffing and plans over years on the sample counties: what they cost and how far the bound is.

python -m benchmarks.years
python -m benchmarks.years plan fuxi
python -m benchmarks.years plan zhigang
python -m benchmarks.years plan zhigang 60 100    # processor seconds; places above 100 children in blocks
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import layout_planner as lp
from layout_planner.base.progress import tracked_by
from layout_planner.reading.samples import sample_file
from layout_planner.scenario.edit import Edit

RULES = lp.Rules.load("cn-large-class", "cn-quality-balance")


@contextmanager
def timed(what: str) -> Iterator[Callable[[str], None]]:
    """Print a row of the table: what, wall and processor seconds, and what was found."""
    found: list[str] = []
    wall, processor = time.perf_counter(), time.process_time()
    yield found.append
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"| {what} | {wall:.1f} | {processor:.1f} | {'; '.join(found)} |", flush=True)


def without_years(edits: Iterator[Edit] | tuple[Edit, ...]) -> list[Edit]:
    """Take the years off, so that phasing decides them."""
    return [replace(edit, year=None, **({"back": None} if edit.do == "rebuild" else {})) for edit in edits]


def quietly(items: Any, *_: Any) -> Any:
    """Show no progress."""
    return items


def main() -> None:
    """Run and print."""
    study = lp.sample("fuxi")
    ways = lp.travel_matrix(study, mode="walk")
    edits = without_years(tuple(lp.Scenario.read(sample_file("fuxi").with_name("end-state.yaml")).edits))
    plan = lp.solve(study, ways, RULES, scenario=lp.Scenario("end state", edits))
    primary = lp.solve(study, ways, RULES, scenario=lp.Scenario("today"), stage="primary")
    lp.staff(primary)  # numba's first call
    print("| | wall s | processor s | found |\n|---|---|---|---|")
    with timed("forecast to 2035, three courses") as note:
        later = lp.forecast(study, to=2035)
        note(f"most enter junior school in {later.intake('junior').idxmax()}")
    with timed("back-test") as note:
        table = lp.cohorts.backtest(study).drop(index="kindergarten", level="stage")
        note(f"from grade 1 up at most {table['error'].abs().max():.2%} by the line")
        note(f"{table['mean_error'].abs().max():.1%} by the mean, townships {table['township_error'].max():.1%}")
    for name, finish, until in (("56 closures over five years", False, 2032), ("the same, pupils finish", True, 2035)):
        with timed(f"{name}, seats watched to {until}") as note:
            found = lp.phase(plan, 2024, 2028, most_closures=12, until=until, finish=finish, forecast=later)
            note(f"{found.status}, gap {found.gap:.2%}, {len(found.plans)} yearly plans")
            note(f"{(found.over['because'] == 'moves').sum()} schools and years over-full because of the moves")
    junior = [edit for edit in edits if edit.do == "merge" and edit.school.startswith("J")]
    bare = lp.solve(study, ways, RULES, scenario=lp.Scenario("bare", junior), stage="junior")
    with timed(f"{len(junior)} junior schools closed in 2024, nothing built") as note:
        found = lp.phase(bare, 2024, 2024, until=2032, forecast=later)
        lost = found.over.loc[found.over["school_id"] == ""].set_index("year")["over"]
        note(f"without a place: {lost.max():,.0f} in {lost.idxmax()}, {lost.get(2032, 0.0):,.0f} in 2032")
    for name, of in (("primary schools today", primary), ("the end state, four stages", plan)):
        with timed(f"staff: {name}") as note:
            staffing = lp.staff(of)
            note(f"{staffing.work['teachers']:,} teachers, {staffing.levels['posts'].sum():,.0f} posts")


def plans_over_years(name: str, seconds: float = 300.0, block: int | None = None) -> None:
    """Plan primary and junior schools of a sample county, 2024 to 2032, on three forecasts; processor seconds count."""
    study = lp.sample(name)
    ways = lp.travel_matrix(study, mode="walk")
    later = lp.forecast(study, to=2032)
    effort = lp.Effort(seconds=seconds, gap=0.005, seed=0, clock="cpu")
    print("| | wall s | processor s | found |\n|---|---|---|---|")
    for title, wishes in (
        ("decisions in common", {}),
        ("all wait until 2028", {"waiting": "all", "known": 2028}),
        ("pupils finish where they are", {"moves": "entry"}),
    ):
        with timed(f"{name}: {title}") as note:
            found = lp.plan_years(study, ways, RULES, later, start=2024, end=2032, effort=effort, block=block,
                                  **wishes)  # fmt: skip
            note(f"{found.status}, {found.objective / 1e6:,.1f} million yuan, gap {found.gap:.2%}")
            note(f"check {'holds' if found.verify().holds else 'FAILS'}; {len(found.acts)} acts")
        whole = (found.naive["yuan"] + found.naive["unplaced"]) / 1e6
        print((found.naive.assign(million=whole, dearer=whole - whole.iloc[0])).round(1).T.to_string())
        full = found.crossing("high")
        print(full.loc[(full["over"] > 0) | (full["unplaced"] > 0)].round(0).to_string())
        print(found.acts["do"].value_counts().to_dict(), found.robust.round(0).to_dict("index"), flush=True)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB at most")


if __name__ == "__main__":
    with tracked_by(quietly):
        if sys.argv[1:2] == ["plan"]:
            plans_over_years(*sys.argv[2:3], *map(float, sys.argv[3:4]), *map(int, sys.argv[4:5]))
        else:
            main()
