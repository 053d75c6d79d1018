"""School layout planning for county education bureaus.

>>> import layout_planner as lp
>>> study = lp.sample("fuxi")
>>> walk = lp.travel_matrix(study, mode="walk")
>>> today = lp.today(study, walk)
>>> plan = lp.solve(study, walk, scenario=lp.Scenario("hill", [lp.Merge("P084", into="P007")]))
>>> lp.compare([today, plan])

Everything loads on first use, so that `import layout_planner` costs next to nothing.
"""

# ruff: noqa: F401 - what stands under TYPE_CHECKING tells editors and mypy of the lazy names
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from layout_planner._version import __version__

_HOME = {
    "study": ("Study", "check_study", "read_study", "sample", "write_study"),
    "study.demand": ("convert_demand",),
    "study.reading.draft": ("draft_study",),
    "study.lineage": ("trace_schools",),
    "travel": (
        "Travel", "add_sites", "floating_catchment", "isochrones", "longest_ways", "trace_ways", "travel_matrix",
    ),
    "scenario": (
        "Board", "Bus", "Close", "Convert", "Expand", "Keep", "Merge", "Open", "Pin", "Rebuild", "Scenario", "apply",
    ),
    "scenario.templates": ("Template", "template_names"),
    "policy": ("Rules", "earliest_closing_years", "procedure_clock", "profile_names"),
    "cohorts": ("Forecast", "backtest", "forecast"),
    "plan": ("Assignment", "Plan", "Proof", "Scorecard", "read_plan"),
    "plan.phasing": ("Phasing",),
    "measures.boarding": ("BoardingNorms", "boarding_needs"),
    "measures.closure": ("closure_scores", "hindcast"),
    "measures.effects": ("merger_effects", "town_classes", "town_limits"),
    "measures.mergers": ("ledger", "ledger_detail"),
    "plan.zones": ("draw_zones", "list_places", "zone_map"),
    "plan.staffing": ("Ladder", "Staffing"),
    "measures": (
        "check_plan", "compare", "difference_coefficient", "gini", "group_table", "list_unchecked", "migrant_admission",
        "theil",
    ),
    "measures.decomposition": ("compare_districtings", "decompose_difference"),
    "measures.bounds": ("describe_bounds", "find_school"),
    "measures.feeding": ("feeder_table",),
    "measures.intake": ("warn_seats",),
    "assignment.solve": ("solve", "today"),
    "consolidation.counter": ("counter",),
    "assignment.leak": ("leak",),
    "assignment.contiguous.settings": ("Contiguous",),
    "buses.routes": ("route_buses",),
    "buses.tours": ("Fleet",),
    "catchments.admission.order": ("admit",),
    "catchments.admission.years": ("phase_in",),
    "catchments.admission.sharing": ("share_zones",),
    "catchments.admission.feeding": ("nest_zones",),
    "catchments.why": ("Why", "why"),
    "catchments.repair": ("repair",),
    "catchments.trade_off": ("Tradeoff", "trade_off"),
    "consolidation.consolidate": ("consolidate",),
    "staffing.evaluate": ("evaluate",),
    "consolidation.screen": ("screen",),
    "consolidation.kindergartens": ("convert_buildings", "list_buildings"),
    "measures.preschool": ("estate_kindergartens", "preschool_shares", "within_minutes"),
    "districts.partition": ("partition",),
    "districts.ensemble": ("ensemble",),
    "districts.pair": ("pair",),
    "phasing.phase": ("phase",),
    "staffing.staff": ("staff",),
    "show": ("briefing",),
    "show.district_plot": ("plot_districts",),
    "show.jupyter": ("widget",),
    "show.provinces": ("overview",),
    "show.handouts": ("handout",),
    "base.errors": ("DataError", "LayoutPlannerError", "RulesError", "RunError", "ScenarioError", "TravelError"),
    "base.messages": ("using_language",),
}  # fmt: skip
"""Room → the public names that live there."""

_ROOM_OF = {name: room for room, names in _HOME.items() for name in names}

__all__ = ["__version__", *sorted(_ROOM_OF)]


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module 'layout_planner' has no attribute '{name}'")
    value = getattr(import_module(f"layout_planner.{room}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from layout_planner.assignment.contiguous.settings import Contiguous
    from layout_planner.assignment.leak import leak
    from layout_planner.assignment.solve import solve, today
    from layout_planner.base.errors import (
        DataError,
        LayoutPlannerError,
        RulesError,
        RunError,
        ScenarioError,
        TravelError,
    )
    from layout_planner.base.messages import using_language
    from layout_planner.buses.routes import route_buses
    from layout_planner.buses.tours import Fleet
    from layout_planner.catchments.admission.feeding import nest_zones
    from layout_planner.catchments.admission.order import admit
    from layout_planner.catchments.admission.sharing import share_zones
    from layout_planner.catchments.admission.years import phase_in
    from layout_planner.catchments.repair import repair
    from layout_planner.catchments.trade_off import Tradeoff, trade_off
    from layout_planner.catchments.why import Why, why
    from layout_planner.cohorts import Forecast, backtest, forecast
    from layout_planner.consolidation.consolidate import consolidate
    from layout_planner.consolidation.counter import counter
    from layout_planner.consolidation.kindergartens import convert_buildings, list_buildings
    from layout_planner.consolidation.screen import screen
    from layout_planner.districts.ensemble import ensemble
    from layout_planner.districts.pair import pair
    from layout_planner.districts.partition import partition
    from layout_planner.measures import (
        check_plan,
        compare,
        difference_coefficient,
        gini,
        group_table,
        list_unchecked,
        migrant_admission,
        theil,
    )
    from layout_planner.measures.boarding import BoardingNorms, boarding_needs
    from layout_planner.measures.bounds import describe_bounds, find_school
    from layout_planner.measures.closure import closure_scores, hindcast
    from layout_planner.measures.decomposition import compare_districtings, decompose_difference
    from layout_planner.measures.effects import merger_effects, town_classes, town_limits
    from layout_planner.measures.feeding import feeder_table
    from layout_planner.measures.intake import warn_seats
    from layout_planner.measures.mergers import ledger, ledger_detail
    from layout_planner.measures.preschool import estate_kindergartens, preschool_shares, within_minutes
    from layout_planner.phasing.phase import phase
    from layout_planner.plan import Assignment, Plan, Proof, Scorecard, read_plan
    from layout_planner.plan.phasing import Phasing
    from layout_planner.plan.staffing import Ladder, Staffing
    from layout_planner.plan.zones import draw_zones, list_places, zone_map
    from layout_planner.policy import Rules, earliest_closing_years, procedure_clock, profile_names
    from layout_planner.scenario import (
        Board,
        Bus,
        Close,
        Convert,
        Expand,
        Keep,
        Merge,
        Open,
        Pin,
        Rebuild,
        Scenario,
        apply,
    )
    from layout_planner.show import briefing
    from layout_planner.show.district_plot import plot_districts
    from layout_planner.show.handouts import handout
    from layout_planner.show.jupyter import widget
    from layout_planner.show.provinces import overview
    from layout_planner.staffing.evaluate import evaluate
    from layout_planner.staffing.staff import staff
    from layout_planner.study import Study, check_study, read_study, sample, write_study
    from layout_planner.study.demand import convert_demand
    from layout_planner.study.lineage import trace_schools
    from layout_planner.study.reading.draft import draft_study
    from layout_planner.travel import (
        Travel,
        add_sites,
        floating_catchment,
        isochrones,
        longest_ways,
        trace_ways,
        travel_matrix,
    )
