"""Pictures and papers. Computes no figure."""

from layout_planner.base.lazy import open_room

open_room(__name__)
