"""The page's what-if is the solver's: the same assignment and the same figures, under node, on random scenarios."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parity import COLUMNS, Bench, added, changes_of, on_the_page

import layout_planner as lp
from layout_planner.live.judged import LIVE, LIVE_CLOSURES
from layout_planner.plan import Plan, by_day
from layout_planner.plan.columns import ELSEWHERE
from layout_planner.scenario import Close, Expand, Merge, Open

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")

KINDS = {"merge", "teaching point", "grades", "paint", "lock", "lost", "open", "expand", "close"}
COUNTS = {"primary": 60, "junior": 70, "kindergarten": 380, "senior": 490}


@pytest.fixture(scope="module")
def today() -> Plan:
    study = lp.sample("fuxi")
    return lp.today(study, lp.travel_matrix(study, mode="usual"))


def same_assignment(bench: Bench, plan: Plan, got: dict[str, Any]) -> None:
    want = changes_of(bench, plan)
    have = added(np.array(got["changes"], dtype=float).reshape(-1, len(COLUMNS)))
    assert want.keys() == have.keys()
    for key, (pupils, minutes, metres) in want.items():
        assert have[key][0] == pytest.approx(pupils, abs=1e-6)
        assert have[key][1] == pytest.approx(minutes, abs=0.01)
        assert have[key][2] == metres
    # Who is left over is the same too, village by village and grade by grade.
    unplaced = plan.assignments[bench.stage].unplaced
    unplaced = unplaced[unplaced["reason"] != ELSEWHERE.en]
    grades = list(plan.study.grades(bench.stage))
    left = {
        (bench.places.get_loc(place), grades.index(grade)): pupils
        for (place, grade), pupils in unplaced.groupby(["place_id", "grade"])["pupils"].sum().items()
    }
    lost: dict[tuple[int, int], float] = {}
    for place, grade, pupils, _ in got["lost"]:
        lost[place, grade] = lost.get((place, grade), 0.0) + pupils
    assert lost == pytest.approx(left)


def same_figures(bench: Bench, plan: Plan, got: dict[str, Any]) -> None:
    judged, stage = bench.judged(plan), bench.stage
    for measure, value in got["figures"].items():
        if measure in ("unknown", "small_schools") or value is None:
            continue
        assert judged.scorecard.value(measure, stage) == pytest.approx(value, abs=1e-6), measure
    table = judged.findings
    table = table[(table["stage"] == stage) & table["rule"].isin(LIVE)]
    want = [(r.rule, r.id, round(r.value, 6), round(r.pupils, 6)) for r in table.itertuples()]
    ids = {"school": bench.sites, "place": bench.places}
    have = [(r, ids[kind][at], round(v, 6), round(p, 6)) for r, kind, at, v, _, p in got["findings"]]
    assert sorted(want) == sorted(have)
    day = judged.assignments[stage].flows
    day = day[by_day(day) & day["minutes"].notna()]
    assert got["people"] == pytest.approx({"placed": got["figures"]["placed"], "day": day["pupils"].sum()})
    same_closures(bench, judged, got)


def same_closures(bench: Bench, judged: Plan, got: dict[str, Any]) -> None:
    """The rules that forbid a closure, as far as the page judges them: the very same rows.

    Where children of one village and grade leave several schools the solver's table pairs them with the schools they
    join by name, the page knows who went where: there is nothing to compare.
    """
    leaves: dict[tuple[int, int], set[int]] = {}
    for place, site, grade, _, pupils, *_ in got["changes"]:
        if pupils < 0:
            leaves.setdefault((place, grade), set()).add(site)
    if any(len(sites) > 1 for sites in leaves.values()):
        return
    table = judged.findings
    table = table[(table["stage"] == bench.stage) & table["rule"].isin(LIVE_CLOSURES)]
    want = sorted((r.rule, r.id, round(r.value, 6), round(r.pupils, 6)) for r in table.itertuples())
    assert want == sorted((r, bench.sites[at], round(v, 6), round(p, 6)) for r, at, v, p in got["closures"])


@pytest.mark.slow
def test_a_thousand_random_scenarios_agree(today, tmp_path: Path) -> None:
    dice, cases = random.Random(20), []
    for stage, count in COUNTS.items():
        bench = Bench(today, stage)
        cases.append((bench, [bench.scenario(dice) for _ in range(count)]))
    answers = on_the_page([(b, [(page, seats) for _, page, seats in runs]) for b, runs in cases], tmp_path)
    compared = beyond_the_page = 0
    kinds: Counter[str] = Counter()
    for (bench, runs), answer in zip(cases, answers, strict=True):
        for number, ((edits, _, seats), got) in enumerate(zip(runs, answer, strict=True)):
            if got["vague"] or any(why == "unknown" for *_, why in got["lost"]):
                beyond_the_page += 1  # the page says so; there is nothing to compare
                continue
            compared += 1
            plan = bench.carry_out(edits, seats)
            same_assignment(bench, plan, got)
            kinds.update(bench.kinds(edits, bool(got["lost"])))
            if number % 25 == 0:
                same_figures(bench, plan, got)
    assert compared + beyond_the_page == 1_000
    assert beyond_the_page <= 150
    # Among them enough of each kind, schools that were full and children left over too.
    assert {kind for kind, n in kinds.items() if n >= 10} >= KINDS, kinds


def test_a_few_scenarios_agree_in_every_figure(today, tmp_path: Path) -> None:
    dice, bench = random.Random(3), Bench(today, "kindergarten")
    runs = [bench.scenario(dice) for _ in range(12)]
    (answer,) = on_the_page([(bench, [(page, seats) for _, page, seats in runs])], tmp_path)
    for (edits, _, seats), got in zip(runs, answer, strict=True):
        if not got["vague"] and not any(why == "unknown" for *_, why in got["lost"]):
            plan = bench.carry_out(edits, seats)
            same_assignment(bench, plan, got)
            same_figures(bench, plan, got)


def test_without_edits_the_page_shows_the_plan(today, tmp_path: Path) -> None:
    benches = [Bench(today, stage) for stage in ("primary", "junior", "senior")]
    for bench, (got,) in zip(benches, on_the_page([(b, [([], True)]) for b in benches], tmp_path), strict=True):
        assert got["changes"] == [] and got["lost"] == []
        same_figures(bench, today.with_(base=today), got)


def test_edits_on_edits_start_from_the_plan_shown(today, tmp_path: Path) -> None:
    """The page's start may be a plan already carried out: the solver on its study gives the same."""
    study = today.study
    plan = lp.solve(study, today.travel, scenario=lp.Scenario.read(Path("data/fuxi/hill-merge.yaml")), stage="primary")
    bench = Bench(plan, "primary")
    edits = [Close("P036", stage="primary"), Expand("P038", seats=900, stage="primary"), Open("P037", stage="primary")]
    (answer,) = on_the_page([(bench, [([bench.as_page(e) for e in edits], True)])], tmp_path)
    same_assignment(bench, bench.carry_out(edits, True), answer[0])


def test_pupils_beyond_what_the_page_knows_are_counted_as_unknown(today, tmp_path: Path) -> None:
    bench = Bench(today, "senior")
    bench.data["ask"] = 2
    running = today.study.offering("senior")
    closed = [Close(school, stage="senior") for school in running[:-1]]
    (answer,) = on_the_page([(bench, [([bench.as_page(e) for e in closed], True)])], tmp_path)
    plan = bench.carry_out(closed, True)
    left = plan.assignments["senior"].unplaced["pupils"].sum()
    assert answer[0]["figures"]["unplaced"] == pytest.approx(left)
    assert left > 0
    merged = [Merge(running[0], running[1], stage="senior")]
    (answer,) = on_the_page([(bench, [([bench.as_page(e) for e in merged], False)])], tmp_path)
    same_assignment(bench, bench.carry_out(merged, False), answer[0])
