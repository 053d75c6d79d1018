"""Township totals shared out over the places inside (dasymetric mapping): every total kept to the child."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.messages import Text
from layout_planner.reading.config import StudyFile
from layout_planner.reading.faults import Faults, Table
from layout_planner.study.columns import PATTERNS
from layout_planner.study.spread import spread

AREA, EVEN = "area", "even"
"""What may be said beside a column of the places: by the area of their polygons, or the same to each."""


def share_out(tables: dict[str, Table], file: StudyFile, faults: Faults) -> list[Text]:
    """Give the places the children their townships have, where `[townships] share_by = …` asks for it.

    Every column pupils_<stage> or migrants_<stage> (also by grade) of the townships becomes one of the places: shares
    in proportion to the column named, whole numbers staying whole (`spread`), each township's total kept exactly.
    Places without a township are first put into the one whose polygon they lie in.

    Parameters
    ----------
    tables
        What came through the gate; the table of places is changed.
    file
        The study file.
    faults
        Collects what is wrong: no such column, a township with children and no place, totals given twice.

    Returns
    -------
    list of Text
        What every result must say of it.
    """
    by = file.tables["townships"].share_by if "townships" in file.tables else None
    places, townships = tables.get("places"), tables.get("townships")
    if by is None or places is None or townships is None:
        return []
    before = len(faults.errors)
    columns = [str(c) for c in townships.frame.columns if _is_count(str(c))]
    _refuse(places, townships, columns, by, file, faults)
    home = _homes(places, townships)
    if len(faults.errors) > before or home is None:
        return []
    ids = townships.frame["township_id"].to_numpy(dtype=object)
    _tell_empty(townships, columns, home, faults)
    if len(faults.errors) > before:
        return []
    weight = _weights(places, by)
    shared = {column: np.zeros(len(home)) for column in columns}
    for i in range(len(ids)):
        mine = np.flatnonzero(home == i)
        if not len(mine):
            continue
        for column in columns:
            total = float(np.nan_to_num(townships.frame[column].iloc[i]))
            shared[column][mine] = spread([total], weight[mine])[0]
    places.frame = places.frame.assign(
        township_id=pd.Series(ids[home], index=places.frame.index, dtype="str"), **shared
    )
    return [
        Text(
            f"Children are given by township and shared out over {len(home):,} places by {by}.",
            f"学生数按乡镇给出，已按“{by}”分配到 {len(home):,} 个居住点。",
        )
    ]


def _is_count(column: str) -> bool:
    return any(pattern.fullmatch(column) for pattern, holds in PATTERNS["townships"] if holds == "number")


def _refuse(places: Table, townships: Table, columns: list[str], by: str, file: StudyFile, faults: Faults) -> None:
    where = file.path.name
    if not columns:
        told = Text("the townships have no numbers of children to share out.", "乡镇表中没有可分配的学生数。")
        mend = Text("add pupils_primary, … to the townships.", "请在乡镇表中加入 pupils_primary（小学学生数）等列。")
        faults.add(townships.file, told, mend, row=1)
    twice = [column for column in columns if column in places.frame]
    for column in twice:
        told = Text("the places and the townships both give this column.", "居住点表与乡镇表都有此列。")
        mend = Text("take it out of one of them (ignore = […]).", "请从其中一个表去掉（ignore = […]）。")
        faults.add(places.file, told, mend, row=1, column=column)
    drawn = places.geometry is not None and places.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    numeric = by in places.frame and places.frame[by].dtype.kind in "fiu"
    if by == EVEN or (by == AREA and drawn) or numeric:
        return
    known = [str(c) for c in places.frame.columns if places.frame[c].dtype.kind in "fiu"]
    told = Text("the places have no such column of numbers.", "居住点表没有此数值列。")
    mend = Text(
        f"name one of: {', '.join([*known, EVEN])} (area where the places are polygons).",
        f"可用：{'、'.join([*known, EVEN])}（居住点为面时也可用 area）。",
    )
    faults.add(where, told, mend, column="townships.share_by", value=by)


def _homes(places: Table, townships: Table) -> npt.NDArray[np.int64] | None:
    """Find the township of each place: by its id, else by where it lies; None where that is not known for all."""
    at = np.full(len(places.frame), -1, dtype=np.int64)
    if "township_id" in places.frame:
        at = pd.Index(townships.frame["township_id"]).get_indexer(places.frame["township_id"])
    lost = np.flatnonzero(at < 0)
    if len(lost) and townships.geometry is not None and places.geometry is not None:
        # Inside an outline the distance is 0, so the nearest one is it; a place beyond all goes to the nearest.
        tree = shapely.STRtree(townships.geometry.to_crs(4326).make_valid().to_numpy())
        at[lost] = tree.nearest(places.geometry.to_crs(4326).representative_point().to_numpy()[lost])
    return None if (at < 0).any() else at


def _tell_empty(townships: Table, columns: list[str], home: npt.NDArray[np.int64], faults: Faults) -> None:
    empty = ~np.isin(np.arange(len(townships.frame)), home)
    children = np.nan_to_num(townships.frame[columns].to_numpy(dtype=np.float64)).sum(axis=1)
    told = Text("children, but no place to put them in.", "有学生数，却没有居住点可分配。")
    mend = Text("add its places, or correct their township.", "请补充其居住点，或更正居住点的乡镇。")
    faults.rows(townships, empty & (children > 0), "township_id", told, mend)


def _weights(places: Table, by: str) -> npt.NDArray[np.float64]:
    if by in places.frame and by not in (AREA, EVEN):
        return np.maximum(np.nan_to_num(places.frame[by].to_numpy(dtype=np.float64)), 0.0)
    if by == AREA and places.geometry is not None:
        return places.geometry.to_crs("+proj=cea").area.to_numpy(dtype=np.float64)
    return np.ones(len(places.frame))
