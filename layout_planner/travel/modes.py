"""What it costs to go along an edge, there and back, by each mode."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from layout_planner.travel.network import Floats, Network
from layout_planner.travel.speeds import flat_walk

NETWORK_MODES = ("walk", "drive")


def edge_minutes(network: Network, mode: str, v: Mapping[str, float]) -> tuple[Floats, Floats]:
    """Give the minutes along each edge from tail to head and back; inf where the mode may not go.

    Walking is open both ways on every class but motorways; driving keeps to one-way streets and off paths.
    """
    kind = network.table["class"]
    if mode == "walk":
        minutes = network.metres / (flat_walk(v) * 1000 / 60)
        there = np.where(kind == "motorway", np.inf, minutes)
        return there, there.copy()
    speed = kind.map({name.removeprefix("drive_"): value for name, value in v.items() if name.startswith("drive_")})
    there = np.where(speed.isna(), np.inf, network.metres / (speed.fillna(1.0).to_numpy(dtype=float) * 1000 / 60))
    return there, np.where(network.flag("oneway"), np.inf, there)
