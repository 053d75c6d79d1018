"""Pictures and papers. Computes no figure."""

from layout_planner.show.check_page import checkpage
from layout_planner.show.escape import esc
from layout_planner.show.offline import single_file
from layout_planner.show.page import Page, briefing

__all__ = ["Page", "briefing", "checkpage", "esc", "single_file"]
