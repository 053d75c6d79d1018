"""Measured travel that comes with a study: wide, long, or a matrix without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import DataError, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.formats.archives import check_archive
from layout_planner.formats.tables import RawTable, read_table, resolve_inside
from layout_planner.reading.config import Matrix, StudyFile
from layout_planner.reading.faults import Faults, Table
from layout_planner.reading.names import ids_meant
from layout_planner.study import cells
from layout_planner.study.columns import METRES

"""Ending of the key under which `Study.given_travel` holds the metres of a mode."""

_CORRECT = Text("correct the matrix or the ids.", "请更正矩阵或编号。")


def read_given_travel(
    file: StudyFile, places: pd.DataFrame, schools: pd.DataFrame, sites: pd.DataFrame, faults: Faults
) -> dict[str, pd.DataFrame]:
    """Read the measured travel of every mode.

    Parameters
    ----------
    file
        The study file.
    places, schools, sites
        Of the study, in the order of their tables. A labelled table may name them by id or by a name only one bears; a
        matrix without labels has the schools as its columns.
    faults
        Collects what is wrong.

    Returns
    -------
    dict
        Mode → minutes, place × site, NaN unreachable; mode + ":metres" → metres, where given.
    """
    found: dict[str, pd.DataFrame] = {}
    for mode, matrix in file.travel.items():
        try:
            if matrix.file.lower().endswith(".npz"):
                tables = _read_npz(file, mode, matrix, places.index, schools.index, faults)
            else:
                raw = read_table(file.folder, matrix.file, None, matrix.sheet, matrix.encoding)
                faults.warnings.extend(raw.told)
                raw = _with_ids(raw, places, pd.concat([schools[["name"]], sites[["name"]]]))
                tables = _read_labelled(mode, matrix, raw, places.index, [*schools.index, *sites.index], faults)
        except DataError as error:
            faults.take(error)
            continue
        found |= tables
        if mode in tables:
            _warn_left_out(matrix.file, tables[mode], schools, faults)
    return found


def _with_ids(raw: RawTable, places: pd.DataFrame, sites: pd.DataFrame) -> RawTable:
    """Put ids in place of the names of places and schools, in the cells and above the columns."""
    frame = raw.frame.copy(deep=False)
    lowered = {str(c).strip().lower(): c for c in frame.columns}
    first = lowered.get("place_id", frame.columns[0])
    frame[first] = ids_meant(cells.to_codes(frame[first]).values, places)
    second = lowered.get("school_id", lowered.get("site_id"))
    if second is not None:
        frame[second] = ids_meant(cells.to_codes(frame[second]).values, sites)
    else:
        heads = pd.Series([str(c) for c in frame.columns])
        meant = ids_meant(heads, sites)
        frame.columns = [str(old) if old == first else str(new) for old, new in zip(heads, meant, strict=True)]
    return replace(raw, frame=frame)


def _warn_left_out(name: str, minutes: pd.DataFrame, schools: pd.DataFrame, faults: Faults) -> None:
    """Say which open schools a table of travel does not know: nobody can be sent to them by it."""
    known = minutes.columns[minutes.notna().any().to_numpy()]
    left = schools.loc[schools["state"].ne("closed") & ~schools.index.isin(known)]
    if not len(left):
        return
    shown = [f"{school} {name}" for school, name in left["name"].head(10).items()]
    more = " …" if len(left) > len(shown) else ""
    told = Text(
        f"{len(left)} schools have no times in it; by this table nobody reaches them: {', '.join(shown)}{more}.",
        f"{len(left)} 所学校没有出行时间，按此表无人可达：{'、'.join(shown)}{more}。",
    )
    faults.add(name, told, Text("add a column for each.", "请为每所学校补上一列。"), warn=True)


def _factor(matrix: Matrix) -> float:
    return 1 / 60 if matrix.unit == "seconds" else 1.0


def _read_npz(
    file: StudyFile, mode: str, matrix: Matrix, places: pd.Index, schools: pd.Index, faults: Faults
) -> dict[str, pd.DataFrame]:
    path = resolve_inside(file.folder, matrix.file)
    check_archive(path, matrix.file)
    found = {}
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = list(archive.files)
            wanted = {mode: matrix.key or (names[0] if len(names) == 1 else "")}
            if matrix.metres_key is not None:
                wanted[mode + METRES] = matrix.metres_key
            for key, name in wanted.items():
                if name not in names:
                    hint = did_you_mean(name, names)
                    told = Text(f'the archive has no array "{name}"{hint.en}.', f"文件中没有数组“{name}”{hint.zh}。")
                    mend = Text(f"set key to one of {', '.join(names)}.", f"请将 key 设为：{'、'.join(names)}。")
                    faults.add(matrix.file, told, mend, column=f"travel.{mode}.key", value=name)
                    continue
                values = np.asarray(archive[name])
                found[key] = values
    except (ValueError, OSError, EOFError) as error:
        told = Text(f"cannot be read ({error}).", f"无法读取（{error}）。")
        mend = Text("write it with numpy.savez, plain numbers only.", "请用 numpy.savez 保存纯数字数组。")
        faults.add(matrix.file, told, mend)
        return {}
    tables = {}
    for key, values in found.items():
        if values.shape != (len(places), len(schools)) or values.dtype.kind not in "iuf":
            told = Text(
                f"the array is {values.dtype} {values.shape}, not {len(places)} places × {len(schools)} schools.",
                f"数组为 {values.dtype} {values.shape}，而居住点 {len(places)} 个、学校 {len(schools)} 所。",
            )
            mend = Text(
                "rows are places, columns schools, in the order of their tables.",
                "行为居住点、列为学校，次序同各自的表。",
            )
            faults.add(matrix.file, told, mend, column=wanted[key])
            continue
        scaled = values.astype(np.float64) * (_factor(matrix) if key == mode else 1.0)
        table = pd.DataFrame(scaled, index=places, columns=schools.rename(None))
        bad = np.argwhere(table.to_numpy() < 0)
        for i, j in bad[:20]:
            _say_negative(faults, matrix.file, int(i) + 1, str(schools[j]), float(values[i, j]))
        tables[key] = table.where(np.isfinite(table))
    return tables


def _read_labelled(
    mode: str, matrix: Matrix, raw: RawTable, places: pd.Index, sites: Sequence[str], faults: Faults
) -> dict[str, pd.DataFrame]:
    lowered = {str(c).strip().lower(): str(c) for c in raw.frame.columns}
    first = lowered.get("place_id", str(raw.frame.columns[0]))
    rows = _ids(Table("travel", raw.frame, raw), first, places, "place", "居住点", faults)
    if "school_id" not in lowered and "site_id" not in lowered:
        return {mode: _wide(matrix, raw, first, rows, places, sites, faults)}
    second = lowered.get("school_id") or lowered["site_id"]
    columns = _ids(Table("travel", raw.frame, raw), second, pd.Index(sites), "school or site", "学校或选址", faults)
    pairs = pd.DataFrame({"row": rows, "column": columns})
    again = pairs.duplicated().to_numpy() & (rows >= 0) & (columns >= 0)
    told = Text("this pair has a row already.", "这一对已有一行。")
    faults.rows(Table("travel", raw.frame, raw), again, second, told, Text("delete one of them.", "请删除其一。"))
    tables = {}
    for key, names, factor in (
        (mode, ("minutes", "seconds"), None),
        (mode + METRES, ("metres", "meters"), 1.0),
    ):
        name = next((lowered[n] for n in names if n in lowered), None)
        if name is None:
            if key == mode:
                told = Text("there is neither a column minutes nor seconds.", "没有 minutes 或 seconds 列。")
                faults.add(matrix.file, told, Text("name it so.", "请如此命名。"), row=1, column="minutes")
            continue
        scale = factor if factor is not None else 1 / 60 if name.lower() == "seconds" else 1.0
        values = _values(Table("travel", raw.frame, raw), name, faults) * scale
        known = (rows >= 0) & (columns >= 0)
        full = np.full((len(places), len(sites)), np.nan)
        full[rows[known], columns[known]] = values[known]
        used = np.unique(columns[known])
        tables[key] = pd.DataFrame(full[:, used], index=places, columns=pd.Index([sites[i] for i in used], dtype="str"))
    return tables


def _wide(
    matrix: Matrix,
    raw: RawTable,
    first: str,
    rows: npt.NDArray[np.intp],
    places: pd.Index,
    sites: Sequence[str],
    faults: Faults,
) -> pd.DataFrame:
    table = Table("travel", raw.frame, raw)
    heads = [str(c) for c in raw.frame.columns if str(c) != first]
    for head in [h for h in heads if h not in set(sites)]:
        hint = did_you_mean(head, sites)
        told = Text(f"no such school or site{hint.en}.", f"没有这所学校或选址{hint.zh}。")
        faults.add(matrix.file, told, _CORRECT, row=1, column=head)
    missing = np.setdiff1d(np.arange(len(places)), rows)
    if len(missing):
        named = ", ".join(str(places[i]) for i in missing[:10])
        told = Text(f"{len(missing)} places have no row: {named}.", f"{len(missing)} 个居住点没有对应行：{named}。")
        faults.add(matrix.file, told, Text("add them.", "请补齐。"), column=first)
    again = pd.Series(rows).duplicated().to_numpy() & (rows >= 0)
    told = Text("the place has a row already.", "该居住点已有一行。")
    faults.rows(table, again, first, told, Text("delete one of them.", "请删除其一。"))
    known = rows >= 0
    full = np.full((len(places), len(heads)), np.nan)
    for j, head in enumerate(heads):
        full[rows[known], j] = _values(table, head, faults)[known] * _factor(matrix)
    found = pd.DataFrame(full, index=places, columns=pd.Index(heads, dtype="str"))
    return found[[site for site in sites if site in set(heads)]]


def _ids(table: Table, column: str, known: pd.Index, en: str, zh: str, faults: Faults) -> npt.NDArray[np.intp]:
    ids = cells.to_codes(table.frame[column]).values
    at = known.get_indexer(ids)

    def told(position: int) -> Text:
        hint = did_you_mean(str(ids.iloc[position]), known)
        return Text(f"no such {en}{hint.en}.", f"没有这个{zh}{hint.zh}。")

    faults.rows(table, at < 0, column, told, _CORRECT)
    return np.asarray(at, dtype=np.intp)


def _values(table: Table, column: str, faults: Faults) -> Floats:
    values, bad = cells.to_numbers(table.frame[column])
    told = Text("not a number.", "不是数字。")
    mend = Text("leave the cell empty where there is no way.", "无法到达时请留空。")
    faults.rows(table, bad, column, told, mend)
    with np.errstate(invalid="ignore"):
        told = Text("cannot be negative.", "不能为负数。")
        faults.rows(table, values < 0, column, told, mend)
    return np.where(np.isfinite(values), values, np.nan)


def _say_negative(faults: Faults, file: str, row: int, column: str, value: float) -> None:
    told = Text("cannot be negative.", "不能为负数。")
    faults.add(file, told, Text("use NaN where there is no way.", "无法到达时请用 NaN。"), row, column, value)
