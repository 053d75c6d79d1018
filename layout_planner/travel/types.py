"""`Travel`: who needs how long to where, by one mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.drawing import draw
from layout_planner.base.errors import TravelError, did_you_mean
from layout_planner.base.labels import positions
from layout_planner.base.memory import Same, kept
from layout_planner.base.messages import Text
from layout_planner.base.records import changed
from layout_planner.base.shown import Line, Shown, count
from layout_planner.study import Study

if TYPE_CHECKING:
    import networkx as nx

By = Literal["minutes", "metres"]

WAYS = ("walk", "bike", "ebike", "drive", "bus", "mixed", "coach")
"""Modes a child may use; `Travel.ways` holds positions in here, −1 where there is no way."""

MODE_WORDS: Mapping[str, Text] = {
    "walk": Text("on foot along the roads", "沿道路步行"),
    "bike": Text("by bicycle", "骑自行车"),
    "ebike": Text("on a parent's electric bicycle", "家长电动自行车接送"),
    "drive": Text("by car", "乘车"),
    "bus": Text("by school bus", "校车"),
    "mixed": Text("on foot to a stop, then by bus", "步行到站乘车"),
    "coach": Text("by county bus", "乘城乡客运班车"),
    "straight": Text("straight lines", "直线折算"),
    "usual": Text("as children usually go", "按儿童通常的出行方式"),
}
"""What modes are called; another is a matrix the study brings, called as the study calls it."""


@dataclass(frozen=True, eq=False, repr=False)
class Travel(Shown):
    """The way of every place to every site, by one mode, or by what each child uses. NaN means unreachable.

    Parameters
    ----------
    mode
        "walk", "drive", "straight" …: how, and in which unit the two tables agree.
    minutes
        Adult minutes, place × site (index place_id, columns site ids: school ids and candidate sites).
    metres
        Length of that fastest way, same labels.
    between
        Minutes and metres site × site, under the keys "minutes" and "metres"; empty where not measured.
    options
        What the travel was built with, so that a new site can be added alike.
    pace
        Grade → factor on the minutes of that age (a seven-year-old needs longer); 1 where absent.
    ways
        By which mode each pair is gone, as a position in `WAYS` (same labels); None where all go by `mode`.
    day
        The farthest way to come home from every day, metres; whoever is known to go farther lives near the school.
    bands
        Grade → the travel of that age, where ages go differently ("usual"); grades left out go as told here.
    """

    mode: str
    minutes: pd.DataFrame
    metres: pd.DataFrame
    between: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    pace: Mapping[int, float] = field(default_factory=dict)
    ways: pd.DataFrame | None = None
    day: float = float("inf")
    bands: Mapping[int, Travel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.minutes.index.equals(self.metres.index) and self.minutes.columns.equals(self.metres.columns)):
            raise TravelError(
                str(
                    Text(
                        "minutes and metres do not have the same places and sites; build both from one table.",
                        "分钟表与米表的居住点或学校不一致；请用同一张表建立。",
                    )
                )
            )

    def _heading(self) -> str:
        return f"Travel {MODE_WORDS.get(self.mode, self.mode)}"

    def _lines(self) -> Iterator[Line]:
        places, sites = self.minutes.shape
        yield Text("places, sites", "居住点、校址"), f"{places:,}, {sites:,}"
        lacking = int(self.minutes.isna().all(axis=1).sum())
        yield Text("places without a way to any", "无路可达的居住点"), f"{lacking:,}"
        nearest = self.minutes.min(axis=1)
        told = f"{count(float(nearest.median()), 1)}, {count(float(nearest.max()), 1)}"
        yield Text("minutes to the nearest: median, most", "到最近校址的分钟：中位、最大"), told

    def cost(
        self,
        places: Sequence[str] | pd.Index[str],
        sites: Sequence[str] | pd.Index[str],
        by: By = "minutes",
        grade: int | None = None,
    ) -> npt.NDArray[np.float64]:
        """Give the way as a dense array, in the order asked for.

        Parameters
        ----------
        places, sites
            Labels of the rows and columns.
        by
            "minutes" (scaled to the pace of `grade`) or "metres".
        grade
            Whose pace; None for an adult's.

        Returns
        -------
        ndarray
            Shape (places, sites), float64, NaN where unreachable.

        Raises
        ------
        TravelError
            A place or a site is not in the matrix: it is never guessed.
        """
        if grade is not None and grade in self.bands:
            return self.bands[grade].cost(places, sites, by, grade)
        table = self.minutes if by == "minutes" else self.metres
        rows = _rows(self, Same(places if isinstance(places, pd.Index) else pd.Index(places)))
        columns = _positions(table.columns, sites, "site", "学校或选址")
        values = table.to_numpy(dtype=np.float64)
        values = values.take(columns, axis=1) if rows is None else values[np.ix_(rows, columns)]
        factor = self.pace.get(grade, 1.0) if by == "minutes" and grade is not None else 1.0
        return values * factor if factor != 1.0 else values

    def modes(
        self, places: Sequence[str] | pd.Index[str], sites: Sequence[str] | pd.Index[str]
    ) -> npt.NDArray[np.int8] | str:
        """Give the mode of each pair as positions in `WAYS`, shape (places, sites); the one mode where all go alike."""
        if self.ways is None:
            return self.mode
        rows = _positions(self.ways.index, places, "place", "居住点")
        columns = _positions(self.ways.columns, sites, "site", "学校或选址")
        return self.ways.to_numpy(dtype=np.int8)[np.ix_(rows, columns)]

    def graph(self, study: Study) -> nx.MultiDiGraph:
        """Give the roads these ways were found on as a graph that osmnx and networkx take; see `road_graph`.

        Parameters
        ----------
        study
            The study the travel was built from.

        Raises
        ------
        DataError
            The mode does not go by road.
        TravelError
            The study has no roads.
        """
        graph: nx.MultiDiGraph = draw("graph.road_graph", study, self.mode, self.options.get("speeds"), room="travel")
        return graph

    def with_(self, **changes: object) -> Travel:
        """Return a copy with some fields replaced."""
        return changed(self, changes)


TravelLike = Travel | Mapping[str, Travel] | Mapping[tuple[str, str], Travel]
"""One travel for all, or one a stage, or one a (stage, grade band such as "1-3")."""


def travel_for(travel: TravelLike, stage: str, grade: int | None = None) -> Travel:
    """Choose the travel that holds for a stage and a grade.

    Raises
    ------
    TravelError
        The mapping has none for that stage.
    """
    found = travel if isinstance(travel, Travel) else _of_mapping(travel, stage, grade)
    return found if grade is None else found.bands.get(grade, found)


def _of_mapping(
    travel: Mapping[str, Travel] | Mapping[tuple[str, str], Travel], stage: str, grade: int | None
) -> Travel:
    from layout_planner.study.stages import parse_grades

    for key, value in travel.items():
        if isinstance(key, tuple) and key[0] == stage and grade is not None and grade in parse_grades(key[1]):
            return value
    for key, value in travel.items():
        if key == stage or (isinstance(key, tuple) and key[0] == stage and grade is None):
            return value
    raise TravelError(
        str(
            Text(
                f"no travel is given for stage {stage}; add it to the mapping.",
                f"没有为学段 {stage} 给出出行数据；请补入。",
            )
        )
    )


@kept
def _rows(travel: Travel, places: Same[pd.Index[str]]) -> npt.NDArray[np.intp] | None:
    """Give the rows of some places, those of a study in every what-if; None where they are all, in their order."""
    rows = _positions(travel.minutes.index, places.it, "place", "居住点")
    return None if np.array_equal(rows, np.arange(len(travel.minutes))) else rows


def _positions(index: pd.Index, labels: Sequence[str] | pd.Index[str], en: str, zh: str) -> npt.NDArray[np.intp]:
    found = positions(index, pd.Index(labels))
    if (found < 0).any():
        missing = [str(label) for label, at in zip(labels, found, strict=True) if at < 0]
        shown = ", ".join(missing[:10]) + (" …" if len(missing) > 10 else "")
        hint = did_you_mean(missing[0], index)
        raise TravelError(
            str(
                Text(
                    f"the travel matrix has no {en} {shown}{hint.en}; measure it (add_sites) or build it again.",
                    f"出行矩阵中没有{zh} {shown}{hint.zh}；请补测（add_sites）或重建矩阵。",
                )
            )
        )
    return found
