"""The door: a bureau's own files become a study, or the one error that names every fault in them."""

from layout_planner.base.lazy import open_room

open_room(__name__)
