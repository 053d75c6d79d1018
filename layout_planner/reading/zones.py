"""Zones drawn as areas: the places inside them belong to the school whose zone it is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table
from layout_planner.study.stages import STAGE_NAMES

_EDGE_METRES = 20.0
"""A place so near a zone lies in it."""


def zone_places(tables: dict[str, Table], shapes: dict[str, gpd.GeoSeries], faults: Faults) -> list[Text]:
    """Give the places the schools whose zones they lie in, as `catchment_<stage>`; the frame of places is changed.

    A zone may have several parts (rows, or one row of many polygons); overlapping zones make a shared zone. Without a
    stage a zone holds for every stage its school offers. What the places say themselves stays.

    Parameters
    ----------
    tables
        `zones` with school_id, and stage where given; `places`; `schools`, one row a stage.
    shapes
        Those of places and zones, in the study's CRS.
    faults
        Takes a warning that counts the places outside every zone.

    Returns
    -------
    list of Text
        What was done, for every result to carry; empty without zones.
    """
    if "zones" not in tables or "schools" not in tables or "zones" not in shapes:
        return []
    zones, places, schools = tables["zones"], tables["places"], tables["schools"]
    points = np.asarray(shapes["places"].representative_point().array)
    areas = np.asarray(shapes["zones"].make_valid().array)
    tree = shapely.STRtree(areas)
    at, zone = tree.query(points, predicate="intersects")
    left = np.setdiff1d(np.arange(len(points)), at)  # on an edge that is bent a little on its way to metres
    near, theirs = tree.query_nearest(points[left], max_distance=_EDGE_METRES)
    at, zone = np.append(at, left[near]), np.append(zone, theirs)
    offered = schools.frame.loc[schools.frame["stage"].notna(), ["school_id", "stage"]].astype(str)
    stages_of = offered.groupby("school_id")["stage"].agg(list).to_dict()
    ids = zones.frame["school_id"].astype(str)
    own = zones.frame["stage"] if "stage" in zones.frame else pd.Series(None, zones.frame.index, dtype="str")
    found: dict[str, dict[int, set[str]]] = {}
    for place, part in zip(at.tolist(), zone.tolist(), strict=True):
        school, stage = ids.iloc[part], own.iloc[part]
        for one in [stage] if isinstance(stage, str) else stages_of.get(school, []):
            found.setdefault(one, {}).setdefault(place, set()).add(school)
    told = []
    for stage, schools_of in found.items():
        column = f"catchment_{stage}"
        given = (
            places.frame[column].copy() if column in places.frame else pd.Series(None, places.frame.index, dtype="str")
        )
        named = pd.Series({place: ";".join(sorted(those)) for place, those in schools_of.items()}, dtype="str")
        places.frame[column] = given.astype("str").fillna(named.reindex(places.frame.index))
        without = int(places.frame[column].isna().sum())
        if without:
            names = places.frame["name"] if "name" in places.frame else places.frame["place_id"]
            shown = ", ".join(str(name) for name in names[places.frame[column].isna()].head(10))
            message = Text(
                f"{without} places lie in no zone of {stage}: {shown}{' …' if without > 10 else ''}.",
                f"{without} 个居住点不在任何{STAGE_NAMES[stage][1]}片区内：{shown}{' …' if without > 10 else ''}。",
            )
            mend = Text("look at the edges of the zones.", "请核对片区边界。")
            faults.add(zones.file, message, mend, warn=True)
        told.append(
            Text(
                f"Today's zones of {stage} are areas: {len(schools_of)} places lie in them"
                f"{f', {without} in none' if without else ''}.",
                f"{STAGE_NAMES[stage][1]}现状片区为面状数据：{len(schools_of)} 个居住点位于片区内"
                f"{f'，{without} 个不在任何片区内' if without else ''}。",
            )
        )
    if not found:
        message = Text("no place lies in any zone.", "没有居住点位于任何片区内。")
        faults.add(zones.file, message, Text("check the coordinates of both.", "请核对两者的坐标。"), warn=True)
    return told
