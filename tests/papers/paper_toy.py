"""Plans small enough to check by hand: the line county after a merger, and one where children have no school."""

from __future__ import annotations

from dataclasses import replace

import layout_planner as lp
from layout_planner.plan import Plan
from layout_planner.study import Study
from tests.show.show_toy import toy_plans
from tests.toy.county import line_county, line_travel


def with_codes(study: Study) -> Study:
    """Give the schools codes with leading zeros, and what the annexes show of them."""
    return study.with_(
        schools=study.schools.assign(code=["0211000001", "0211000002", "0211000003"], tenure="state"),
        offers=study.offers.assign(site_area=[9000.0, 9000.0, 3000.0], floor_area=[3000.0, 3000.0, 800.0]),
    )


def merged(**county: object) -> Plan:
    """S3 (60 pupils) merges into S2 in 2025, which is enlarged by 90 seats the year before."""
    edits = [
        lp.Expand("S2", add_seats=90, year=2024, reason="先建后撤"),
        lp.Merge("S3", into="S2", year=2025, reason="规模过小"),
    ]
    study = with_codes(line_county(**county))
    return lp.solve(study, line_travel(), scenario=lp.Scenario("三小并入二小", edits))


def some_without_a_school() -> Plan:
    """Of 420 children 300 have a seat: S3 closes and nothing is built."""
    seats = {"S1": 120.0, "S2": 180.0, "S3": 120.0}
    study = with_codes(line_county(seats=seats))
    return lp.solve(study, line_travel(), scenario=lp.Scenario("关三小", [lp.Close("S3")]), assign="capacity")


def hostile(name: str, polygons: bool = False) -> Plan:
    """Every school, place, township and plan bears this name."""
    plan = toy_plans(name, polygons)[1]
    assert plan.base is not None
    return _whole(plan)


def _whole(plan: Plan) -> Plan:
    """Add the columns every study that was read has."""
    study = plan.study.with_(offers=plan.study.offers.assign(teachers=20.0))
    return replace(plan, study=study, base=None if plan.base is None else _whole(plan.base))
