"""Proposed sites for new schools beside the plain centres of the same clusters: `python -m benchmarks.sites`.

Both are judged by `consolidate`: every school of today stays as it is, a site opens where that costs less in all.
"""

from __future__ import annotations

import time

import layout_planner as lp
from layout_planner.consolidation import propose_sites
from layout_planner.travel import add_sites

NUMBERS = (4, 8, 12, 16)


def main() -> None:
    """Print what each set of sites comes to."""
    study = lp.sample("fuxi")
    walk = lp.travel_matrix(study, mode="walk")
    today = lp.today(study, walk, stage="primary")
    stay = [lp.Keep(school) for school in study.offering("primary")]
    print("| sites | ground | opened | million yuan a year | bound | minutes, mean | beyond reach | processor s |")
    print("|---|---|---|---|---|---|---|---|")
    for number in NUMBERS:
        for ground in ("centre", "road"):
            begun = time.process_time()
            sites = propose_sites(today, stage="primary", number=number, ground=ground, seats=1080)
            there = study.with_(sites=sites)
            plan = lp.consolidate(
                there, add_sites(walk, there), stage="primary", pins=stay, expand=False, gap=1e-3, time_limit=20,
                clock="cpu",
            )  # fmt: skip
            told = plan.provenance["consolidation"]
            print(
                f"| {number} | {ground} | {told['opened']:.0f} | {told['objective'] / 1e6:,.2f} "
                f"| {told['bound'] / 1e6:,.2f} | {told['minutes_mean']:.2f} | {told['beyond_reach']:,.0f} "
                f"| {time.process_time() - begun:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
