"""Management districts: division into connected districts, ensembles of lawful divisions, pairs and groups, sharing."""

from layout_planner.solvers.districts.ensembles import ensemble
from layout_planner.solvers.districts.pairing import pair
from layout_planner.solvers.districts.partitioning import PUBLISHED, alike_against_mixed, partition

__all__ = ["PUBLISHED", "alike_against_mixed", "ensemble", "pair", "partition"]
