"""Pictures and papers. Computes no figure."""

from layout_planner.show.escape import esc
from layout_planner.show.offline import single_file
from layout_planner.show.page import WebMap, webmap

__all__ = ["WebMap", "esc", "single_file", "webmap"]
