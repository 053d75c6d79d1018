"""In what the numbers of a table are: `table.attrs["units"]`, column → unit.

A column's name says what it counts, in every table alike, so its unit stands once, here; where a name means something
else in one table, that table says so (`in_units(gap="pupils")`, `UNITS` of a record).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

from layout_planner.base.shown import Line, Shown

if TYPE_CHECKING:
    import pandas as pd

Asked = ParamSpec("Asked")
Given = TypeVar("Given")

NUMBER = "1"
"""A share, a ratio, a score: no unit."""

ROW = "see column unit"
"""The table has a unit a row."""

_UNITS = {
    "pupils": "pupils without_school elsewhere away roll over riders boarders beyond_reach pupils_moved unplaced "
    "placed over_full_pupils not_served served short empty most_short most_empty peak now rise "
    "intake_peak last moved moved_twice unserved lacking children enrolment would_board too_young "
    "elsewhere_pupils least_roll births expected residents rolls boys girls comes local migrants "
    "applicants missing day board left pupils_beyond",
    "seats": "seats seats_added beds beds_short beds_girls beds_boys size new_seats canteen_seats spare free",
    "min": "wait minutes minutes_mean minutes_max minutes_median minutes_p95 minutes_tail longest_ride mean_ride "
    "ride minute next_minutes week_minutes week_p95 mean_minutes minutes_before minutes_after "
    "longest_after",
    "m": "width maxwidth maxheight metres metres_mean metres_max metres_median walk_metres metres_before "
    "metres_after height climb from_metres to_metres unsafe_metres",
    "yuan": "cost yuan investment yuan_a_pupil price floor elastic open_cost",
    "yuan a year": "objective bound travel bus boarding household running building terms safety running_cost "
    "yuan_a_boarder",
    "schools": "schools schools_own schools_private schools_section schools_campus schools_point closed expanded "
    "rebuilt opened points over_full_schools closures builds alternatives known met members",
    "teachers": "teachers posts before followed surplus own cross adjusted exchanged other_subject after vacant "
    "waiting claims reserved dismissed minimum remainder",
    "classes": "classes",
    "rooms": "rooms",
    "townships": "townships",
    "people": "population carers cooks",
    "places": "places stops places_without_way",
    "buses": "buses",
    "plans": "plans",
    "years": "over_budget_years",
    "pupil years": "unplaced_pupil_years over_pupil_years",
    "year": "year peak_year intake_year short_from short_to empty_from decided lead closed_year since target",
    "grade": "grade entry",
    "month": "from_month to_month",
    "number": "attempts lights from_node to_node bus order chain step term rank class_no sample holes parts done road",
    "km/h": "maxspeed",
    "t": "maxweight",
    "s": "seconds",
    "MB": "peak_mb",
    "findings": "findings",
    NUMBER: "load share gap gap_avoidable added_gini least_share mean_load difference ess rhat award_share score "
    "auc error hits n likeness need weight trend quality last_school lost_auc spread chance inside_before "
    "inside_after mean_error roll_error township_error coefficient coefficient_after part part_after "
    "beyond boards against parents strength mix alike compact deviation_townships deviation_population "
    "deviation_pupils tolerance inclusive licensed migrant_designated lead_candidate protected",
    ROW: "value limit excess have lacks",
    "pupils a class": "class_size largest mean_size",
    "days": "notice_days notice_short",
    "lessons": "lessons covered sent out_of_subject_before out_of_subject_after needed given",
    "pupil-minutes": "pupil_minutes chain_minutes",
    "replies": "replies yes no unsure first",
    "as its window": "low high feasible_low feasible_high",
    "units": "units",
    "sites": "sites",
    "homes": "homes",
    "m²": "floor_area site_area",
    "edges": "cut_edges",
    "%": "percentile",
    "seats a pupil": "access",
    "hours": "hours",
}
UNITS: Mapping[str, str] = {name: unit for unit, names in _UNITS.items() for name in names.split()}
"""Column → its unit."""

BEGINS = {"share_": NUMBER, "points_": NUMBER, "difference_": NUMBER, "roll_": "pupils", "seats_": "seats"}
"""Columns that begin so: parts of a score, coefficients, a year each."""


class _Units(dict[str, str]):
    """Column → unit. pandas copies it deeply with every column that is looked at; texts need no such care."""

    def __deepcopy__(self, _memo: dict[int, Any]) -> _Units:
        return _Units(self)


def say_units(table: Any, own: Mapping[str, str] | None = None) -> Any:
    """Tell in `attrs["units"]` of a table, or a column with a name, in what its numbers are; gives it back."""
    known = {**UNITS, **(own or {})}
    units = {name: known.get(name) or _by_beginning(name) for name in _columns(table)}
    units = {name: unit for name, unit in units.items() if unit}
    if units:
        table.attrs["units"] = _Units({**table.attrs.get("units", {}), **units})
    return table


def _by_beginning(name: str) -> str:
    return next((unit for beginning, unit in BEGINS.items() if name.startswith(beginning)), "")


def _columns(table: pd.DataFrame | pd.Series[Any]) -> Iterator[str]:
    """Name the columns of numbers."""
    pairs = zip(table.columns, table.dtypes, strict=True) if table.ndim == 2 else [(table.name, table.dtype)]
    for name, dtype in pairs:
        if isinstance(name, str) and _is_number(dtype):
            yield name


@lru_cache(maxsize=256)
def _is_number(dtype: Any) -> bool:
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    return is_numeric_dtype(dtype) and not is_bool_dtype(dtype)


def rows_in_units(table: Any, units: Mapping[str, str]) -> Any:
    """Tell the units of a table that has one a row: `attrs["units"]`, row → unit; gives it back."""
    table.attrs["units"] = {str(name): units.get(str(name), "") for name in table.index.get_level_values(-1)}
    return table


def in_units(**own: str) -> Callable[[Callable[Asked, Given]], Callable[Asked, Given]]:
    """Have what a function gives say its units: a decorator; `own` are those of this table alone."""

    def decorate(function: Callable[Asked, Given]) -> Callable[Asked, Given]:
        @wraps(function)
        def told(*arguments: Asked.args, **options: Asked.kwargs) -> Given:
            return say_units(function(*arguments, **options), own)

        return told

    return decorate


class Measured(Shown):
    """A record whose tables say their units as soon as it is made, and which shows itself in a line a field."""

    UNITS: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """Field → column → unit, where a table means something of its own by a name."""

    def __post_init__(self) -> None:
        """Tell the units of all fields that are tables."""
        for name, value in vars(self).items():
            if hasattr(value, "attrs"):
                say_units(value, self.UNITS.get(name))

    def _heading(self) -> str:
        return type(self).__name__

    def _lines(self) -> Iterator[Line]:
        for name, value in vars(self).items():
            if hasattr(value, "columns"):
                yield name, f"{len(value):,} × {', '.join(str(column) for column in value)}"
            elif hasattr(value, "attrs"):
                yield name, f"{len(value):,} × {value.name or value.dtype}"
            elif isinstance(value, str) or not (value is None or hasattr(value, "__len__")):
                yield name, value
            elif value:
                yield name, f"{len(value):,} × {type(value).__name__}"
