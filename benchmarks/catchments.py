"""Zones of two real counties: Gongyi's polygons and seats, and Fairfax beside its officials with the trade-off.

    python -m benchmarks.catchments [gongyi] [fairfax] --seconds 100

Needs the data beside the repository (`../shared/data`), with the study files of `tests/studies`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import layout_planner as lp
from tests.studies import assemble

STUDIES = ("gongyi", "fairfax")
OFFICIAL = ("catchment_primary", "elem_scenario2", "elem_scenario3", "elem_scenario4", "elem_scenario5")
MEASURES = [("primary", name, unit) for name, unit in (("minutes_mean", "min"), ("over_full_pupils", "pupils"))]


def gongyi(study: lp.Study, seconds: float) -> None:
    """Every pupil placed, whole villages, every zone in one piece."""
    travel = lp.travel_matrix(study, mode="straight")
    spent = time.process_time()
    plan = lp.solve(study, travel, stage="junior", assign="contiguous", gap=0.005, time_limit=seconds)
    found = plan.assignments["junior"]
    print(
        f"gongyi: {found.status}, {found.flows['pupils'].sum():,.0f} placed, {len(plan.unplaced)} rows unplaced, "
        f"objective {found.objective:,.0f}, bound {found.bound:,.0f}, gap {found.gap:.3%}, "
        f"{found.seconds:.0f} s of wall, {time.process_time() - spent:.0f} s of processor"
    )


def fairfax(study: lp.Study, seconds: float) -> None:
    """Set the trade-off between minutes and pupils moved beside the official plans."""
    travel = lp.travel_matrix(study, mode="drive")
    spent = time.process_time()
    found = lp.catchments.trade_off_moves(study, travel, stage="primary", time_limit=seconds)
    print(found.table.round(4).to_string(), f"\n{time.process_time() - spent:.0f} s of processor")
    plans = [lp.solve(study, travel, assign=study.places[z], scenario=lp.Scenario(z)) for z in OFFICIAL]
    print(lp.compare(plans).loc[MEASURES].T.round(3).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", nargs="*", help="gongyi, fairfax; both if none")
    parser.add_argument("--seconds", type=float, default=100.0, help="wall seconds of a plan")
    given = parser.parse_args()
    if unknown := set(given.studies) - set(STUDIES):
        parser.error(f"no such study: {', '.join(sorted(unknown))}")
    for name in given.studies or STUDIES:
        with tempfile.TemporaryDirectory() as folder:
            study = lp.read_study(assemble(name, Path(folder)))
            (gongyi if name == "gongyi" else fairfax)(study, given.seconds)


if __name__ == "__main__":
    main()
