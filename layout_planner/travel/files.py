"""A `Travel` in one Parquet file: written whole, read back equal to the last digit."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from layout_planner.base.errors import TravelError
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Text
from layout_planner.travel.types import Travel

if TYPE_CHECKING:
    import pyarrow as pa

_KEY = b"layout_planner.travel"
_ROLE, _ID = "role", "id"


def write_travel(travel: Travel, path: str | os.PathLike[str]) -> None:
    """Write a travel to Parquet.

    One row a place (role "place") and, where the ways between sites are known, one a site (role "site"); for each
    site the columns `minutes/<id>` and `metres/<id>`, and `ways/<id>` where each pair has its own mode; ages that go
    otherwise have theirs behind, `1:minutes/<id>` … Options and pace stand in the file's metadata as JSON.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    ids, roles = [str(i) for i in travel.minutes.index], ["place"] * len(travel.minutes)
    if travel.between:
        ids += [str(i) for i in travel.between["minutes"].index]
        roles += ["site"] * len(travel.between["minutes"])
    columns: dict[str, object] = {_ROLE: roles, _ID: ids}
    ages = [travel, *dict.fromkeys(travel.bands.values())]
    for number, one in enumerate(ages):
        columns |= _columns(one, f"{number}:" if number else "")
    told = {
        "mode": travel.mode,
        "options": travel.options,
        "pace": {str(grade): factor for grade, factor in travel.pace.items()},
        "bands": {str(grade): ages.index(one) for grade, one in travel.bands.items()},
        "day": [one.day if np.isfinite(one.day) else None for one in ages],
        "sites": [str(s) for s in travel.minutes.columns],
        "index": travel.minutes.index.name,
        "columns": travel.minutes.columns.name,
    }
    table = pa.table(columns)
    meta = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    with whole_file(path) as part:
        pq.write_table(table.replace_schema_metadata({_KEY: meta}), part, compression="zstd")


def _columns(travel: Travel, lead: str) -> dict[str, object]:
    """Lay out the tables of one age, a column a site; places above sites, ways of places alone (sites: −1)."""
    tables = {"minutes": [travel.minutes], "metres": [travel.metres]}
    if travel.between:
        for name, parts in tables.items():
            parts.append(travel.between[name])
    if travel.ways is not None:
        rest = len(travel.between["minutes"]) if travel.between else 0
        none = np.full((rest, travel.ways.shape[1]), -1, dtype=np.int8)
        tables["ways"] = [travel.ways, pd.DataFrame(none, columns=travel.ways.columns)]
    columns: dict[str, object] = {}
    for name, parts in tables.items():
        stacked = np.concatenate([part.to_numpy() for part in parts])
        columns |= {f"{lead}{name}/{site}": stacked[:, j] for j, site in enumerate(travel.minutes.columns)}
    return columns


def read_travel(path: str | os.PathLike[str]) -> Travel:
    """Read a travel that `write_travel` wrote.

    Raises
    ------
    TravelError
        The file is damaged or was written by something else.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        told = json.loads((table.schema.metadata or {})[_KEY])
        role = np.array(table[_ROLE].to_pylist(), dtype=object)
        ids = pd.Index(table[_ID].to_pylist(), dtype="str")
        sites = pd.Index(told["sites"], dtype="str", name=told["columns"])
        found: list[dict[str, pd.DataFrame]] = []
        for number in range(len(told.get("day", (None,)))):
            lead = f"{number}:" if number else ""
            names = ["minutes", "metres", "ways"] if _has_ways(table, lead, told["sites"]) else ["minutes", "metres"]
            found.append({})
            for name in names:
                values = np.empty((len(ids), len(sites)), dtype=np.int8 if name == "ways" else np.float64)
                for j, site in enumerate(told["sites"]):
                    values[:, j] = table[f"{lead}{name}/{site}"].to_numpy()
                found[-1][name] = pd.DataFrame(values, index=ids, columns=sites)
    except (pa.ArrowException, KeyError, ValueError, OSError) as error:
        raise TravelError(
            str(
                Text(
                    f"{path} is not a travel file, or damaged ({error}); measure again with travel_matrix.",
                    f"{path} 不是出行数据文件或已损坏（{error}）；请用 travel_matrix 重新计算。",
                )
            )
        ) from error
    place = role == "place"
    pace = {int(grade): factor for grade, factor in told["pace"].items()}
    made: list[Travel] = []
    for tables, day in zip(found, told.get("day", (None,)), strict=True):
        between = {name: tables[name].loc[~place] for name in ("minutes", "metres")} if not place.all() else {}
        own = {name: frame.loc[place].rename_axis(told["index"]) for name, frame in tables.items()}
        made.append(
            Travel(
                told["mode"], own["minutes"], own["metres"], between, told["options"], pace,
                own.get("ways"), float("inf") if day is None else float(day),
            )
        )  # fmt: skip
    return made[0].with_(bands={int(grade): made[at] for grade, at in told.get("bands", {}).items()})


def _has_ways(table: pa.Table, lead: str, sites: list[str]) -> bool:
    """Tell whether each pair has its own mode; a travel to no site at all has none."""
    return bool(sites) and f"{lead}ways/{sites[0]}" in table.column_names
