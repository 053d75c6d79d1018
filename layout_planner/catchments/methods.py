"""What assignments made by this room are called."""

from __future__ import annotations

from layout_planner.assignment.methods.method import Method
from layout_planner.base.messages import Text

PHASE_IN = Method("phase_in", Text("new zones for those who enter, year by year", "新生按新片区入学，在校生不动"))
SHARED_ZONES = Method("shared", Text("shared zones, one even draw", "多校划片，按学位比例派位"))
MADE_HERE = (PHASE_IN, SHARED_ZONES)
