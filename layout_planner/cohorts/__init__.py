"""Births → pupils in a later year."""

from layout_planner.base.lazy import open_room

open_room(__name__)
