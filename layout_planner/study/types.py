"""`Study`: the facts of one region in one year, and what is done with them as a whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from layout_planner.base.drawing import draw
from layout_planner.study.record import StudyRecord
from layout_planner.study.write import write_study

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, eq=False, repr=False)
class Study(StudyRecord):
    """One region in one year; its fields are those of `StudyRecord`."""

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write the study as a folder that `read_study` reads back; see `layout_planner.study.write`."""
        return write_study(self, folder)

    def graph(self, mode: str = "walk", speeds: Mapping[str, float] | None = None) -> nx.MultiDiGraph:
        """Give the roads a mode may use as a graph that osmnx and networkx take; see `travel.road_graph`."""
        graph: nx.MultiDiGraph = draw("graph.road_graph", self, mode, speeds, room="travel")
        return graph
