"""Zones: which school each place belongs to, in one piece, within the seats, with a proof. Arrays in, arrays out."""

from layout_planner.engines.zoning.check import ZoneFaults, check_zones
from layout_planner.engines.zoning.engine import ZoneResult, solve_zones
from layout_planner.engines.zoning.problem import Contraction, Shape, ZoneProblem, contract

__all__ = ["Contraction", "Shape", "ZoneFaults", "ZoneProblem", "ZoneResult", "check_zones", "contract", "solve_zones"]
