"""A study's roads as a graph of networkx, in the habits of osmnx, with our minutes on its edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.study import Study
from layout_planner.travel.modes import ROAD_MODES
from layout_planner.travel.roadway import make_roadway
from layout_planner.travel.speeds import speeds_for, values

if TYPE_CHECKING:
    import networkx as nx


def road_graph(study: Study, mode: str = "walk", speeds: Mapping[str, float] | None = None) -> nx.MultiDiGraph:
    """Give the roads a mode may use as a graph that osmnx and networkx take.

    Parameters
    ----------
    study
        With roads.
    mode
        "walk", "bike", "drive" …: whose access, one-ways, slopes and speeds count.
    speeds
        Changes to the speed table, as for `travel_matrix`.

    Returns
    -------
    networkx.MultiDiGraph
        `graph["crs"]` the study's; nodes with x and y in metres; edges with `length` (metres), `minutes` and
        `travel_time` (seconds) in that direction, `name`, `highway` (our class, where the layer has no tag), `osmid`
        (the row in `study.roads`, or the id of the OSM way) and `geometry` from its first node to its last. Turns that
        are forbidden or cost time are no part of such a graph: with roads that have them, ways by car in it are a lower
        bound of `travel_matrix`'s.

    Raises
    ------
    DataError
        No such mode.
    TravelError
        The study has no roads.
    """
    import networkx as nx

    if mode not in ROAD_MODES:
        hint = did_you_mean(mode, ROAD_MODES)
        raise refuse(
            f'"{mode}" does not go by road{hint.en}', f"“{mode}”不按道路通行{hint.zh}",
            f"use one of {', '.join(ROAD_MODES)}", f"可用：{'、'.join(ROAD_MODES)}",
        )  # fmt: skip
    road = make_roadway(study, mode, values(speeds_for(study, speeds)))
    net, costs = road.network, road.costs
    graph: nx.MultiDiGraph = nx.MultiDiGraph(crs=study.crs, mode=mode)
    graph.add_nodes_from((k, {"x": float(x), "y": float(y)}) for k, (x, y) in enumerate(net.xy))
    table = net.table
    ids = table["way"].to_numpy() if "way" in table else table.index.to_numpy()
    kinds = (table["highway"] if "highway" in table else table["class"]).fillna(table["class"]).to_numpy()
    names = table["name"].to_numpy() if "name" in table else np.full(len(table), None)
    for minutes, tails, heads, ahead in (
        (costs.there, net.tail, net.head, True),
        (costs.back, net.head, net.tail, False),
    ):
        for k in np.flatnonzero(np.isfinite(minutes)):
            told = {} if names[k] is None or names[k] != names[k] else {"name": str(names[k])}
            graph.add_edge(
                int(tails[k]), int(heads[k]), osmid=ids[k], highway=str(kinds[k]), length=float(net.metres[k]),
                minutes=float(minutes[k]), travel_time=60.0 * float(minutes[k]), oneway=False, reversed=not ahead,
                geometry=net.lines[k] if ahead else net.lines[k].reverse(), **told,
            )  # fmt: skip
    graph.remove_nodes_from([node for node, degree in dict(graph.degree).items() if degree == 0])
    return graph
