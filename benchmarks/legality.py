"""Is a route legal? A second reading of OpenStreetMap's tags, apart from the planner's own.

It knows a route as a row of nodes, and asks of each step whether some way that joins the two nodes may be used by the
mode in that direction, of each node whether a barrier stands there, and of each turn whether it is forbidden.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from pyproj import Transformer
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

CHAIN = {
    "walk": ["foot", "access"],
    "bike": ["bicycle", "vehicle", "access"],
    "drive": ["motorcar", "motor_vehicle", "vehicle", "access"],
    "bus": ["bus", "psv", "motor_vehicle", "vehicle", "access"],
}
YES = {"yes", "designated", "permissive", "official", "public"}
NO = {"no", "agricultural", "forestry", "emergency", "military", "psv", "bus", "taxi", "hgv", "use_sidepath"}
ENDS = {"private", "destination", "customers", "delivery", "permit", "residents"}
CARS = {"motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}
CARS |= {"service", "road"}
FEET = {"footway", "path", "pedestrian", "steps", "track", "bridleway", "cycleway", "platform", "corridor", "elevator"}
GATES = {"gate", "lift_gate", "swing_gate", "sliding_gate", "hampshire_gate", "cattle_grid", "toll_booth", "entrance"}
GATES |= {"border_control", "sally_port", "no", "height_restrictor", "arch", "checkpoint", "width_restrictor"}


class Law:
    """What an extract's tags allow.

    Parameters
    ----------
    extract
        An OpenStreetMap file.
    crs
        The metric CRS routes are given in.
    """

    def __init__(self, extract: Path, crs: str) -> None:
        import osmium

        self.joins: dict[tuple[int, int], list[tuple[int, bool]]] = defaultdict(list)
        self.tags: dict[int, dict[str, str]] = {}
        self.nodes: dict[int, dict[str, str]] = {}
        self.bans: list[tuple[str, set[int], int, set[int], set[str]]] = []
        places: dict[int, tuple[float, float]] = {}
        for thing in osmium.FileProcessor(str(extract)):
            tags = dict(thing.tags)
            if thing.is_node():
                places[thing.id] = thing.location.lon, thing.location.lat
                if tags:
                    self.nodes[thing.id] = tags
            elif thing.is_way() and ("highway" in tags or tags.get("route") == "ferry"):
                self.tags[thing.id] = tags
                refs = [n.ref for n in thing.nodes]
                for a, b in pairwise(refs):
                    self.joins[a, b].append((thing.id, True))
                    self.joins[b, a].append((thing.id, False))
            elif thing.is_relation() and tags.get("type") == "restriction" and "restriction" in tags:
                role = defaultdict(set)
                for member in thing.members:
                    role[member.role, member.type].add(member.ref)
                if len(role["via", "n"]) == 1:
                    spared = set(tags.get("except", "").split(";"))
                    via = next(iter(role["via", "n"]))
                    self.bans.append((tags["restriction"], role["from", "w"], via, role["to", "w"], spared))
        used = sorted({a for a, _ in self.joins} & places.keys())
        xy = np.array([places[n] for n in used])
        self.ids = used
        self.xy = np.column_stack(Transformer.from_crs(4326, crs, always_xy=True).transform(*xy.T))
        self.tree = cKDTree(self.xy)
        self.enclaves: dict[str, set[int]] = {}
        self.behind_gates: dict[str, dict[int, int]] = {}

    def enclave(self, mode: str) -> set[int]:
        """Give the nodes of public roads that lie apart from the rest: behind private roads, they are as private."""
        if mode not in self.enclaves:
            part, length = self._parts(mode, set())
            self.enclaves[mode] = {node for node, k in part.items() if length[k] <= 0.05 * length.max()}
        return self.enclaves[mode]

    def estates(self, mode: str) -> dict[int, int]:
        """Give the nodes that lie apart from the rest where no gate and no barrier is passed, and the part of each."""
        if mode not in self.behind_gates:
            part, length = self._parts(mode, {node for node in self.nodes if self._blocked(node, mode)})
            self.behind_gates[mode] = {node: k for node, k in part.items() if k != int(np.argmax(length))}
        return self.behind_gates[mode]

    def _parts(self, mode: str, shut: set[int]) -> tuple[dict[int, int], np.ndarray]:
        """Tell which nodes public roads join that pass none of some nodes: the part of each, and the parts' metres."""
        at = {node: k for k, node in enumerate(self.ids)}
        open_ = [
            (at[a], at[b])
            for (a, b), ways in self.joins.items()
            if a in at and b in at and not {a, b} & shut
            and any(self.word(way, mode, forward) == "yes" for way, forward in ways)
        ]  # fmt: skip
        ends = np.array(open_, dtype=int).reshape(-1, 2).T
        joined = coo_matrix((np.ones(len(open_)), ends), shape=(len(at), len(at)))
        part = connected_components(joined, directed=False)[1]
        metres = np.hypot(*(self.xy[ends[0]] - self.xy[ends[1]]).T)
        return dict(zip(self.ids, part.tolist(), strict=True)), np.bincount(part[ends[0]], metres, part.max() + 1)

    def _own_gate(self, row: Sequence[int], i: int, mode: str) -> bool:
        """Tell whether a gate is that of the estate a route begins or ends in: all before or after it lies inside."""
        inside = self.estates(mode)
        return any(
            len({inside.get(node) for node in part}) == 1 and part[0] in inside for part in (row[:i], row[i + 1 :])
        )

    def along(self, xy: np.ndarray) -> list[int]:
        """Turn a line, in metres, into the nodes it runs through; of nodes at one place those that ways join."""
        near = [[self.ids[k] for k in found] for found in self.tree.query_ball_point(xy, 0.05)]
        steps: list[dict[int, int | None]] = []
        for found in filter(None, near):
            before = steps[-1] if steps else {}
            reached: dict[int, int | None] = {}
            for n in found:
                come = next((p for p in before if p == n or (p, n) in self.joins), None)
                if come is not None or not before:
                    reached[n] = come
            steps.append(reached or dict.fromkeys(found, next(iter(before))))
        row: list[int] = []
        at = next(iter(steps[-1])) if steps else None
        for reached in reversed(steps):
            if at is not None and (not row or row[-1] != at):
                row.append(at)
            at = reached.get(at) if at is not None else None
        return row[::-1]

    def word(self, way: int, mode: str, forward: bool) -> str:
        """Say of a way: yes, ends or no."""
        tags = self.tags[way]
        road = tags.get("highway", "").replace("_link", "")
        told = self._told(tags, mode)
        if mode == "walk" and tags.get("sac_scale", "hiking") not in ("hiking", "mountain_hiking"):
            return "no"
        if tags.get("impassable") == "yes" or tags.get("status") == "impassable":
            return "no"
        if mode != "walk" and tags.get("construction", "no") not in ("no", "minor", "widening"):
            return "no"
        if told is None:
            told = self._by_kind(tags, road, mode)
        pushed = mode == "bike" and told == "no" and "bicycle" not in tags and road in ("footway", "pedestrian")
        if pushed or (mode == "bike" and tags.get("bicycle") == "dismount"):
            return self._told(tags, "walk") or "yes"
        return told if told == "no" or self._direction(tags, road, mode, forward) else "no"

    def _told(self, tags: dict[str, str], mode: str) -> str | None:
        for key in CHAIN[mode]:
            value = tags.get(key)
            if value in YES or (mode == "bus" and value in ("bus", "psv")):
                return "yes"
            if value in ENDS:
                return "yes" if (mode, key, value) == ("walk", "access", "destination") else "ends"
            if value in NO and not (mode == "walk" and value == "use_sidepath"):
                return "no"
        return None

    def _by_kind(self, tags: dict[str, str], road: str, mode: str) -> str:
        if tags.get("route") == "ferry" and not road:
            return "yes" if mode in ("walk", "bike") else "no"
        if road == "busway":
            return "yes" if mode == "bus" else "no"
        if mode in ("walk", "bike"):
            if road == "motorway" or tags.get("motorroad") == "yes":
                return "no"
            if mode == "walk":
                return "yes" if road in CARS | FEET else "no"
            ramp = road == "steps" and {tags.get("ramp"), tags.get("ramp:bicycle")} & {"yes", "bicycle", "automatic"}
            return "yes" if ramp or road in CARS | {"cycleway", "path", "track"} else "no"
        kept_off = tags.get("service") == "emergency_access" or tags.get("area") == "yes"
        return "yes" if road in CARS and not kept_off else "no"

    def _direction(self, tags: dict[str, str], road: str, mode: str, forward: bool) -> bool:
        value = tags.get("oneway")
        if value is None and (tags.get("junction") in ("roundabout", "circular") or road == "motorway"):
            value = "yes" if tags.get("highway") != "motorway_link" else None
        if mode == "walk":
            value = tags.get("oneway:foot", tags.get("conveying"))
            if "oneway:foot" not in tags and value in ("yes", "reversible"):
                value = None
        for key in CHAIN[mode][::-1]:
            value = tags.get(f"oneway:{key}", value)
        if mode == "bike" and any(
            tags.get(k, "").startswith("opposite") for k in ("cycleway", "cycleway:left", "cycleway:right")
        ):
            return True
        lanes = {tags.get(f"cycleway:{side}:oneway") for side in ("left", "right", "both")}
        if mode == "bike" and ("no" in lanes or ("yes" if forward else "-1") in lanes):
            return True
        if mode == "bus" and any(tags.get(k, "").startswith("opposite") for k in ("busway", "busway:left")):
            return True
        if value == "reversible":
            return False
        if value in ("yes", "true", "1", "forward"):
            return forward
        return not forward if value in ("-1", "reverse", "backward") else True

    def _blocked(self, node: int, mode: str) -> str | None:
        tags = self.nodes.get(node)
        if tags is None or "barrier" not in tags:
            return None
        told = self._told(tags, mode)
        if told == "yes":
            return None
        if told is not None:
            return f"{told} at barrier={tags['barrier']}"
        kind = tags["barrier"]
        if kind in ("yes", "wall", "fence"):
            return f"barrier={kind}"
        if mode in ("walk", "bike"):
            return f"barrier={kind}" if mode == "bike" and kind in ("stile", "turnstile", "kissing_gate") else None
        passes = kind in GATES or (kind == "bollard" and tags.get("bollard") == "rising")
        return None if passes or kind == "kerb" else f"barrier={kind}"

    def faults(self, row: Sequence[int], mode: str) -> list[str]:
        """List what is illegal about a route; empty where it is legal."""
        found: list[str] = []
        words: list[str] = []
        ways: list[set[int]] = []
        order = {"yes": 0, "ends": 1, "no": 2}
        for a, b in pairwise(row):
            choices = [(self.word(way, mode, forward), way) for way, forward in self.joins.get((a, b), ())]
            if not choices:
                found.append("no road")
                words.append("no")
                ways.append(set())
                continue
            best = min((word for word, _ in choices), key=lambda w: order[w])
            words.append("ends" if best == "yes" and a in self.enclave(mode) else best)
            ways.append({way for word, way in choices if word == best})
            if best == "no":
                tags = self.tags[choices[0][1]]
                shown = {k: tags[k] for k in ("highway", "oneway", "junction", *CHAIN[mode]) if k in tags}
                found.append(f"closed {shown}")
        public = [i for i, word in enumerate(words) if word == "yes"]
        if public and "ends" in words[public[0] : public[-1]]:
            found.append("through a private road")
        for i, node in enumerate(row[1:-1], 1):
            blocked = self._blocked(node, mode)
            inside = not public or i <= public[0] or i > public[-1]
            if blocked and not (blocked.startswith("ends") and (inside or self._own_gate(row, i, mode))):
                found.append(blocked)
        return found + (self._turns(row, ways, mode) if mode in ("drive", "bus") else [])

    def _turns(self, row: Sequence[int], ways: list[set[int]], mode: str) -> list[str]:
        spared = {"drive": {"motorcar", "motor_vehicle"}, "bus": {"bus", "psv"}}[mode]
        at = {node: i for i, node in enumerate(row)}
        found = []
        for kind, from_, via, to, but in self.bans:
            i = at.get(via)
            if i is None or not 0 < i < len(ways) or but & spared or not ways[i - 1] & from_:
                continue
            into = bool(ways[i] & to)
            if (kind.startswith("no_") and into) or (kind.startswith("only_") and not into):
                found.append(kind)
        return found
