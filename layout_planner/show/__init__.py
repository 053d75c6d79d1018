"""Pictures and papers. Computes no figure."""

from layout_planner.show.escape import esc
from layout_planner.show.offline import single_file
from layout_planner.show.page import Briefing, briefing

__all__ = ["Briefing", "briefing", "esc", "single_file"]
