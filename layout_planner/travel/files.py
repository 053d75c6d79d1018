"""A `Travel` in one Parquet file: written whole, read back equal to the last digit."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.errors import TravelError
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Text
from layout_planner.travel.types import Travel

_KEY = b"layout_planner.travel"
_ROLE, _ID = "role", "id"


def write_travel(travel: Travel, path: str | os.PathLike[str]) -> None:
    """Write a travel to Parquet.

    One row a place (role "place") and, where the ways between sites are known, one a site (role "site"); for each
    site the columns `minutes/<id>` and `metres/<id>`. Options and pace stand in the file's metadata as JSON.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = {"minutes": [travel.minutes], "metres": [travel.metres]}
    roles = ["place"] * len(travel.minutes)
    if travel.between:
        for name, parts in tables.items():
            parts.append(travel.between[name])
        roles += ["site"] * len(travel.between["minutes"])
    ids = [str(i) for part in tables["minutes"] for i in part.index]
    columns: dict[str, Any] = {_ROLE: roles, _ID: ids}
    for name, parts in tables.items():
        stacked = np.concatenate([part.to_numpy() for part in parts])
        columns |= {f"{name}/{site}": stacked[:, j] for j, site in enumerate(travel.minutes.columns)}
    told = {
        "mode": travel.mode,
        "options": travel.options,
        "pace": {str(grade): factor for grade, factor in travel.pace.items()},
        "sites": [str(s) for s in travel.minutes.columns],
        "index": travel.minutes.index.name,
        "columns": travel.minutes.columns.name,
    }
    table = pa.table(columns)
    meta = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    with whole_file(path) as part:
        pq.write_table(table.replace_schema_metadata({_KEY: meta}), part, compression="zstd")


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
        found: dict[str, pd.DataFrame] = {}
        for name in ("minutes", "metres"):
            values = np.empty((len(ids), len(sites)))
            for j, site in enumerate(told["sites"]):
                values[:, j] = table[f"{name}/{site}"].to_numpy()
            found[name] = pd.DataFrame(values, index=ids, columns=sites)
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
    between = {name: frame.loc[~place] for name, frame in found.items()} if not place.all() else {}
    pace = {int(grade): factor for grade, factor in told["pace"].items()}
    minutes, metres = (found[name].loc[place].rename_axis(told["index"]) for name in ("minutes", "metres"))
    return Travel(told["mode"], minutes, metres, between, told["options"], pace)
