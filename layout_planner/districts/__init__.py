"""Management districts: division into connected districts, ensembles of lawful divisions, pairs and groups, sharing."""

from layout_planner.base.lazy import open_room

open_room(__name__)
