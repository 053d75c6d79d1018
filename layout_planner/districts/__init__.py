"""Management districts: division into connected districts, ensembles of divisions, pairs and groups; sharing."""

from layout_planner.base.lazy import open_room

open_room(__name__)
