"""Random what-ifs, carried out by the solver and by the page's module, set side by side."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.assignment.methods import METHODS
from layout_planner.assignment.moves import Move, Options
from layout_planner.assignment.solve import with_rolls
from layout_planner.live.stages import live_stage
from layout_planner.measures.findings import check_plan
from layout_planner.measures.scorecard import score
from layout_planner.plan import Plan
from layout_planner.scenario import Close, Expand, Merge, Open, Pin, Scenario, apply
from layout_planner.study.stages import format_grades
from layout_planner.travel import travel_for

COLUMNS = ("place", "site", "grade", "how", "pupils", "minutes", "metres")


class Bench:
    """A plan to start from, and the page's data of one of its stages."""

    def __init__(self, plan: Plan, stage: str) -> None:
        self.plan, self.stage = plan, stage
        study = plan.study
        self.schools = study.schools.index.append(study.sites.index.difference(study.schools.index, sort=False))
        self.places = study.places.index
        self.data = live_stage([plan], stage, self.schools, self.places, 2_000_000)
        self.sites = self.schools[np.frombuffer(_bytes(self.data["sites"]), dtype=f"<{self.data['sites'][:2]}")]
        self.position = {site: k for k, site in enumerate(self.sites)}
        self.start = self.table(plan)
        self.start[:, 4] *= -1
        # What scenarios are drawn from, looked up once: pandas one cell at a time took longer than the solver.
        offered = study.offers.xs(stage, level="stage")["grades"]
        self.grades = {str(school): set(grades) for school, grades in offered.items()}
        self.where = study.schools.geometry.to_dict()
        flows = plan.assignments[stage].flows
        together = flows.groupby(["place_id", "school_id"], observed=True, sort=True)["pupils"].sum()
        most = together.groupby(level="place_id", observed=True).idxmax()
        self.most_of = {str(place): str(school) for place, (_, school) in most.items()}
        self.homes = sorted(set(flows["place_id"]))
        self.minutes = travel_for(plan.travel, stage).minutes

    def table(self, plan: Plan) -> np.ndarray:
        """Give the flows of the stage as rows of `COLUMNS`."""
        flows = plan.assignments[self.stage].flows
        grades = pd.Index(plan.study.grades(self.stage))
        return np.column_stack(
            [
                self.places.get_indexer(flows["place_id"]),
                self.sites.get_indexer(flows["school_id"]),
                grades.get_indexer(flows["grade"]),
                flows["how"].map({"day": 0, "board": 1, "bus": 2, "lodge": 3}),
                *(flows[column] for column in ("pupils", "minutes", "metres")),
            ]
        ).astype(float)

    def scenario(self, dice: random.Random) -> tuple[list[Any], list[dict[str, Any]], bool]:
        """Draw edits: as the solver takes them, as the page does; and whether seats count."""
        study, stage = self.plan.study, self.stage
        running = list(study.offering(stage))
        closed = [s for s in self.sites if s not in running]
        chosen = dice.sample(running, min(len(running) - 2, dice.choice([0, 1, 1, 2, 3, 5, 9])))
        rest = [s for s in running if s not in chosen]
        edits: list[Any] = []
        for school in chosen:
            grades, where = self.grades[school], self.where
            takers = [r for r in rest if grades <= self.grades[r]]
            into = None
            if dice.random() < 0.4 and takers:
                into = dice.choice(sorted(takers, key=lambda r, own=where[school]: where[r].distance(own))[:3])
            apart = 0.5 if stage == "primary" else 0.3
            upper = format_grades(sorted(grades)[len(grades) // 2 :]) if dice.random() < apart else None
            if into is None:
                edits.append(Close(school, stage=stage, grades=upper))
            elif upper is not None and stage == "primary":
                edits.append(Merge(school, into, site="teaching_point", stage=stage))
            else:
                edits.append(Merge(school, into, stage=stage, grades=upper))
        edits += self.pins(dice, rest)
        grown = dice.sample(rest, min(len(rest), dice.choice([0, 0, 1, 2])))
        edits += [Expand(s, seats=float(dice.choice([45, 90, 180, 400, 900, 1800])), stage=stage) for s in grown]
        opened = dice.sample(closed, min(len(closed), dice.choice([0, 0, 1, 2])))
        edits += [Open(s, seats=dice.choice([None, 270.0]), stage=stage) for s in opened]
        dice.shuffle(edits)
        return edits, [self.as_page(edit) for edit in edits], dice.random() < 0.7

    def pins(self, dice: random.Random, rest: list[str]) -> list[Any]:
        """Paint some villages onto one of the schools near them, all grades or one, or lock them where they go."""
        pins = []
        site_of = self.plan.study.site_of(rest)
        for place in dice.sample(self.homes, min(len(self.homes), dice.choice([0, 0, 1, 2, 6]))):
            ways = self.minutes.loc[place].reindex(site_of).to_numpy()
            near = [rest[k] for k in np.argsort(ways, kind="stable")[:4] if np.isfinite(ways[k])]
            grade = dice.choice([None, None, format_grades([dice.choice(self.plan.study.grades(self.stage))])])
            mine = self.most_of[place]
            if dice.random() < 0.3 and mine in rest:
                pins.append(Pin(place, mine, stage=self.stage))  # locked where most of it goes now
            elif near:
                pins.append(Pin(place, dice.choice(near), stage=self.stage, grades=grade))
        return pins

    def kinds(self, edits: list[Any], lost: bool) -> set[str]:
        """Tell what a scenario holds: merges, teaching points, grades apart, painting, locks, a lack of seats."""
        found = {"lost"} if lost else set()
        for edit in edits:
            if edit.do == "merge":
                found.add("teaching point" if edit.site == "teaching_point" else "merge")
            if edit.do in ("close", "merge") and edit.grades is not None:
                found.add("grades")
            if edit.do == "pin":
                found.add("lock" if self.most_of[edit.place] == edit.school else "paint")
            if edit.do in ("open", "expand", "close"):
                found.add(edit.do)
        return found

    def as_page(self, edit: Any) -> dict[str, Any]:
        told: dict[str, Any] = {"do": edit.do, "site": self.position[getattr(edit, "school", None) or edit.site]}
        if edit.do == "merge":
            told |= {"into": self.position[edit.into], "to": edit.site}
        if edit.do == "pin":
            told["place"] = self.places.get_loc(edit.place)
        if edit.grades is not None:
            told["grades"] = edit.grades
        if edit.do in ("open", "expand") and edit.seats is not None:
            told["seats"] = edit.seats
        return told

    def carry_out(self, edits: list[Any], seats: bool) -> Plan:
        """Do what `solve` does for one stage; the plan is not scored."""
        plan, stage = self.plan, self.stage
        scenario = Scenario("parity", edits)
        after = apply(plan.study, scenario)
        options = Options("priced", False, self.data["ask"], 2e-3, 60.0, None)
        move = Move(plan.study, after, plan.travel, plan.rules, stage, scenario, options, plan.assignments[stage])
        done = METHODS["stay" if seats else "stay_nearest"](move)
        return plan.with_(study=after, scenario=scenario, assignments={stage: done}, base=plan)

    def judged(self, plan: Plan) -> Plan:
        plan = plan.with_(study=with_rolls(plan.study, dict(plan.assignments)))
        plan = plan.with_(scorecard=score(plan))
        return plan.with_(findings=check_plan(plan))


def on_the_page(cases: list[tuple[Bench, list[tuple[list[dict[str, Any]], bool]]]], folder: Path) -> list[list[Any]]:
    """Carry out scenarios under node with the very files of the page."""
    node = shutil.which("node")
    assert node is not None
    told = [{"data": bench.data, "runs": [{"edits": e, "seats": s} for e, s in runs]} for bench, runs in cases]
    file, answer = folder / "parity.json", folder / "answer.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    script = Path(__file__).with_name("parity.mjs")
    done = subprocess.run([node, str(script), str(file), str(answer)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(answer.read_text(encoding="utf-8")))


def changes_of(bench: Bench, plan: Plan) -> dict[tuple[int, ...], tuple[float, float, float]]:
    """Give what is no longer as at the start: (place, site, grade, how) → pupils (negative: gone), minutes, metres."""
    now = bench.table(plan)
    return added(np.vstack([bench.start, now]))


def added(table: np.ndarray) -> dict[tuple[int, ...], tuple[float, float, float]]:
    """Add up rows of `COLUMNS` that are equal in the first four; what comes to nothing is left out."""
    key = ((table[:, 0] * 1_000 + table[:, 1]) * 100 + table[:, 2]) * 10 + table[:, 3]
    keys, first, of = np.unique(key, return_index=True, return_inverse=True)
    sums = np.bincount(of, weights=table[:, 4], minlength=len(keys))
    kept = np.flatnonzero(np.abs(sums) > 1e-6)
    rows = table[first[kept]]
    return {
        tuple(int(n) for n in row[:4]): (float(pupils), float(row[5]), float(row[6]))
        for row, pupils in zip(rows, sums[kept], strict=True)
    }


def _bytes(text: str) -> bytes:
    import base64

    return base64.b64decode(text[2:])
