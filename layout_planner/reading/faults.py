"""Collecting faults: many rows with one fault become as many faults, up to a limit, and a count of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.formats.tables import RawTable

MOST_PER_CHECK = 20
"""Rows named one by one for one check of one column; a table filled wrongly throughout is not a list of a million."""


@dataclass(eq=False)
class Table:
    """One table on its way through the gate: canonical columns, typed, with the file's cells and rows beside them.

    Parameters
    ----------
    name
        The section.
    frame
        Canonical columns and whatever else the file has; RangeIndex.
    raw
        The file's own cells, row for row the same.
    header_of
        Canonical name → header.
    shapes, crs
        The shapes (`geometry` makes them) in their own CRS (lon/lat where the table has columns), else None.
    points
        Where the shapes are points from columns, their coordinates in that CRS, shape (rows, 2), NaN where there are
        none: a million of them are made into shapes only for those who ask.
    divided
        Schools only: column → the rows whose number is their share of an all-through school's total.
    """

    name: str
    frame: pd.DataFrame
    raw: RawTable
    header_of: Mapping[str, str] = field(default_factory=dict)
    shapes: gpd.GeoSeries | None = None
    crs: Any = None
    divided: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    points: npt.NDArray[np.float64] | None = None

    @property
    def is_located(self) -> bool:
        """Whether its rows lie somewhere."""
        return self.shapes is not None or self.points is not None

    @property
    def geometry(self) -> gpd.GeoSeries | None:
        """The shapes, made now where so far there were coordinates only."""
        if self.shapes is None and self.points is not None:
            there = np.isfinite(self.points).all(axis=1)
            array = np.full(len(self.points), None, dtype=object)
            array[there] = shapely.points(self.points[there])
            self.shapes = gpd.GeoSeries(array, crs=self.crs)
        return self.shapes

    @geometry.setter
    def geometry(self, shapes: gpd.GeoSeries | None) -> None:
        self.shapes, self.points = shapes, None

    @property
    def bounds(self) -> npt.NDArray[np.float64]:
        """West, south, east and north of each row, in the table's CRS; NaN where there is nothing."""
        if self.points is not None:
            return np.column_stack([self.points, self.points])
        assert self.shapes is not None
        return np.asarray(shapely.bounds(np.asarray(self.shapes.array)))

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of all bounds, in the table's CRS."""
        west, south, east, north = self.bounds.T
        return (np.nanmin(west) + np.nanmax(east)) / 2, (np.nanmin(south) + np.nanmax(north)) / 2

    @property
    def file(self) -> str:
        """The file as the study file names it."""
        return self.raw.file

    def cell(self, position: int, column: str) -> object:
        """Give the cell as it stands in the file; None where the column is not the file's."""
        header = self.header_of.get(column, column)
        if header not in self.raw.frame.columns:
            return None
        value = self.raw.frame[header].iloc[position]
        return None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value


class Faults:
    """The faults and warnings found so far."""

    def __init__(self) -> None:
        self.errors: list[Fault] = []
        self.warnings: list[Fault] = []

    def add(
        self,
        file: str,
        message: Text,
        mend: Text,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        warn: bool = False,
    ) -> None:
        """Note one fault that lies in no single row, or whose row is known."""
        (self.warnings if warn else self.errors).append(Fault(file, message, mend, row, column, value))

    def rows(
        self,
        table: Table,
        where: npt.NDArray[Any] | Sequence[int],
        column: str | None,
        message: Text | Callable[[int], Text],
        mend: Text | Callable[[int], Text],
        value: Callable[[int], object] | None = None,
        warn: bool = False,
    ) -> bool:
        """Note a fault for each row of a mask (or of a list of positions).

        Parameters
        ----------
        message, mend
            A text, or a function of the row's position that gives it.
        value
            What to show; the cell of `column` where left out.

        Returns
        -------
        bool
            Whether there was any.
        """
        found = np.asarray(where)
        positions = np.flatnonzero(found) if found.dtype == bool else found
        header = None if column is None else table.header_of.get(column, column)
        if table.raw.laid is not None:
            # Rows laid out for every year name one cell of the file, once.
            cells = {(int(table.raw.rows[at]), self._header(table, header, int(at))): at for at in positions[::-1]}
            positions = np.array(sorted(cells.values()), dtype=np.int64)
        for position in positions[:MOST_PER_CHECK]:
            at = int(position)
            shown = value(at) if value is not None else table.cell(at, column) if column is not None else None
            self.add(
                table.raw.file_of(at),
                message if isinstance(message, Text) else message(at),
                mend if isinstance(mend, Text) else mend(at),
                int(table.raw.rows[at]),
                self._header(table, header, at),
                shown,
                warn,
            )
        more = len(positions) - MOST_PER_CHECK
        if more > 0:
            first = message if isinstance(message, Text) else message(int(positions[MOST_PER_CHECK]))
            self.add(
                table.file,
                Text(f"{more} more rows like these: {first.en}", f"另有 {more} 行同类问题：{first.zh}"),
                mend if isinstance(mend, Text) else mend(int(positions[MOST_PER_CHECK])),
                column=header,
                warn=warn,
            )
        return len(positions) > 0

    @staticmethod
    def _header(table: Table, header: str | None, at: int) -> str | None:
        laid = table.raw.laid
        return str(laid[1][at]) if laid is not None and header == laid[0] else header

    def take(self, error: DataError) -> None:
        """Take over the faults of an error that was raised on the way."""
        self.errors.extend(error.faults)

    def settle(self) -> None:
        """Raise all errors as one.

        Raises
        ------
        DataError
            There is at least one.
        """
        if self.errors:
            raise DataError(self.errors)
