"""Tables that have passed the gate become a `Study`: totals spread over grades, offers, rolls, shapes in one CRS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from layout_planner.base.arrays import Floats
from layout_planner.base.messages import Text
from layout_planner.reading.agreeing import GradeSums, spread_rolls
from layout_planner.reading.faults import Table
from layout_planner.reading.offers import split_stages
from layout_planner.study.columns import IDS, OFFER_NUMBERS, column_of, stage_columns
from layout_planner.study.kinds import KIND_STAGES, STAGE_KIND
from layout_planner.study.spread import cohort_weights, spread, spread_onto
from layout_planner.study.stages import (
    STAGE_NAMES,
    STAGES,
    Calendar,
    cohort_year,
    grade_from_label,
    grade_label,
    grades_of,
)
from layout_planner.study.tidy import LOCAL, MIGRANT, TIDY

_PLACE_TEXT = ("name", "township_id")
_SCHOOL_TEXT = ("name", "kind", "state", "township_id", "ownership", "parent_id")


@dataclass(eq=False)
class Building:
    """What building a study needs beside the table at hand.

    Parameters
    ----------
    year, calendar, crs
        The study's.
    statements
        Grows: sentences that every result must carry.
    """

    year: int
    calendar: str
    crs: str
    statements: list[Text] = field(default_factory=list)

    def say(self, en: str, zh: str) -> None:
        """Note what was assumed."""
        self.statements.append(Text(en, zh))


def build_places(table: Table, shapes: gpd.GeoSeries, crs: str) -> gpd.GeoDataFrame:
    """Make the frame of places; the counts of pupils go their own way (`build_pupils`)."""
    frame = table.frame.copy()
    counts = [c for c in frame.columns if str(c).startswith(("pupils_", "migrants_")) and column_of("places", c)]
    frame = _with_text(frame.drop(columns=counts), _PLACE_TEXT)
    frame["name"] = frame["name"].fillna(frame["place_id"])
    if "population" not in frame:
        frame["population"] = np.nan
    return _geo(frame, "place_id", shapes, crs, ("name", "township_id", "population"))


def build_townships(
    table: Table | None, shapes: gpd.GeoSeries | None, places: gpd.GeoDataFrame, building: Building
) -> gpd.GeoDataFrame:
    """Make the frame of townships: as given, else from what the places name, dissolved where those are polygons."""
    first = ("name", "population", "urban_rural")
    frame = pd.DataFrame({"township_id": pd.Series(dtype="str")}) if table is None else table.frame.copy()
    frame = _with_text(frame, ("name", "urban_rural"))
    if "population" not in frame:
        frame["population"] = np.nan
    polygons = len(places) > 0 and (places.geometry.geom_type.isin(["Polygon", "MultiPolygon"])).all()
    known = places["township_id"].notna()
    if table is None and known.any():
        names = sorted({*places.loc[known, "township_id"]})
        frame = pd.DataFrame({"township_id": pd.Series(names, dtype="str"), "name": pd.Series(names, dtype="str")})
        frame["population"], frame["urban_rural"] = np.nan, pd.Series(None, frame.index, dtype="str")
        if not polygons:
            building.say(
                f"There is no table of townships: {len(names)} are taken from the places, without borders.",
                f"没有乡镇表：由居住点所填乡镇得到 {len(names)} 个，无边界。",
            )
    if shapes is None and polygons and known.any():
        whole = places.loc[known, ["township_id", "geometry"]].dissolve("township_id")
        building.say("Townships are dissolved from the places.", "乡镇界由居住点面合并而成。")
        shapes = gpd.GeoSeries(whole.geometry.reindex(frame["township_id"]).to_numpy(), crs=building.crs)
    if shapes is None:
        shapes = gpd.GeoSeries([None] * len(frame), crs=building.crs)
    return _geo(frame, "township_id", shapes, building.crs, first)


def build_pupils(
    table: Table,
    rates: Mapping[str, float],
    births: pd.DataFrame,
    building: Building,
    sums: Mapping[str, GradeSums] | None = None,
) -> pd.DataFrame:
    """Make the tidy table of children by place, stage, grade and group; rows without children are left out."""
    given = stage_columns(table.frame.columns, "pupils")
    migrants = stage_columns(table.frame.columns, "migrants")
    cells, columns = [], []
    for stage in [s for s in STAGES if s in given or s in rates]:
        grades = grades_of(stage, building.calendar)
        wanted = (sums or {}).get(stage, GradeSums())
        everyone = _by_grade(table, stage, grades, given.get(stage, {}), rates.get(stage), births, building, wanted)
        moved = _within(table, migrants[stage], grades, everyone) if stage in migrants else None
        for i, grade in enumerate(grades):
            cells.append(everyone[:, i] if moved is None else everyone[:, i] - moved[:, i])
            columns.append((stage, grade, LOCAL))
            if moved is not None:
                cells.append(moved[:, i])
                columns.append((stage, grade, MIGRANT))
    matrix = np.column_stack(cells) if cells else np.zeros((len(table.frame), 0))
    del cells
    # A province has ten million of these rows: small indices, and nothing kept twice.
    found = np.flatnonzero(matrix > 0)
    amounts = matrix.ravel()[found]
    at, column = (found // max(matrix.shape[1], 1)).astype(np.int32), (found % max(matrix.shape[1], 1)).astype(np.int8)
    del matrix, found
    stages, numbers, groups = zip(*columns, strict=True) if columns else ((), (), ())
    tidy = {"place_id": table.frame["place_id"].array.take(at)}
    del at
    tidy |= {
        "stage": _repeated(stages, column),
        "grade": np.array(numbers, dtype=np.int64)[column],
        "group": _repeated(groups, column),
        "pupils": amounts,
    }
    return _tidy(pd.DataFrame(tidy, copy=False), "pupils")


_SHARED = 1 << 20


def _repeated(words: Sequence[str], column: npt.NDArray[np.int8]) -> object:
    """Give each row the word of its column."""
    distinct = list(dict.fromkeys(words))
    if len(distinct) == 1:
        word = pa.repeat(pa.scalar(distinct[0], pa.large_string()), min(len(column), _SHARED))
        times, rest = divmod(len(column), _SHARED)  # one piece of memory, as often as it is needed
        return pd.array(pa.chunked_array([word] * times + [word[:rest]]), dtype="str")
    codes = pa.array(column, type=pa.int8())  # decoded by arrow: no index of eight bytes a row is made on the way
    return pd.array(
        pa.DictionaryArray.from_arrays(codes, pa.array(words, pa.large_string())).dictionary_decode(), dtype="str"
    )


def _by_grade(
    table: Table,
    stage: str,
    grades: tuple[int, ...],
    columns: Mapping[int | None, str],
    rate: float | None,
    births: pd.DataFrame,
    building: Building,
    wanted: GradeSums,
) -> Floats:
    frame = table.frame
    en, zh = STAGE_NAMES[stage]
    if any(grade in columns for grade in grades):
        return np.column_stack([_numbers(frame, columns[g]) if g in columns else np.zeros(len(frame)) for g in grades])
    if columns:
        totals = _numbers(frame, columns[None])
    else:
        totals = _numbers(frame, "population") * float(rate or 0.0)
        building.say(f"Pupils of {en} are reckoned as {rate:g} × population.", f"{zh}学生数按人口 × {rate:g} 推算。")
    own, overall = cohort_weights(births, grades, cohort_year(building.year, building.calendar))
    sums = wanted.places
    if overall is None or not overall.sum() > 0:
        if sums is not None and wanted.by_rolls:
            building.say(
                f"Pupils of {en} are given in total and spread over the grades as the rolls are.",
                f"{zh}学生只有总数，已按在校生的年级构成分到各年级。",
            )
            return spread_onto(totals, sums, sums)
        building.say(
            f"Pupils of {en} are given in total and spread evenly over the grades.",
            f"{zh}学生只有总数，已平均分到各年级。",
        )
        return spread(totals, np.ones(len(grades))) if sums is None else spread_onto(totals, sums, sums)
    building.say(
        f"Pupils of {en} are given in total and spread over the grades by births.",
        f"{zh}学生只有总数，已按出生人口分到各年级。",
    )
    weights = np.tile(overall.to_numpy(dtype=np.float64), (len(frame), 1))
    if "township_id" in frame:
        at = own.index.get_indexer(frame["township_id"])
        weights[at >= 0] = own.to_numpy(dtype=np.float64)[at[at >= 0]]
    return spread(totals, weights) if sums is None else spread_onto(totals, weights, sums)


def _within(table: Table, columns: Mapping[int | None, str], grades: tuple[int, ...], everyone: Floats) -> Floats:
    """Spread a group over the grades as the pupils it is part of are spread; never more than they are."""
    if any(grade in columns for grade in grades):
        parts = [_numbers(table.frame, columns[g]) if g in columns else np.zeros(len(everyone)) for g in grades]
        return np.minimum(np.column_stack(parts), everyone)
    return np.minimum(spread(_numbers(table.frame, columns[None]), everyone), everyone)


def expand_stages(table: Table, years: Calendar) -> Table:
    """Give every row of schools one stage.

    A row that names several, or only its kind or its grades, becomes one row for each of its stages.
    """
    frame = _with_text(table.frame, ("stage", "kind"))
    from_kind = [";".join(KIND_STAGES.get(k, ())) if isinstance(k, str) else None for k in frame["kind"]]
    stages = [s if isinstance(s, str) else own for s, own in zip(frame["stage"], from_kind, strict=True)]
    own = frame["grades"] if "grades" in frame else [None] * len(frame)
    lists = [split_stages(s, g, years) for s, g in zip(stages, own, strict=True)]
    at = np.repeat(np.arange(len(frame)), [len(one) for one in lists])
    wide = frame.iloc[at].reset_index(drop=True)
    wide["stage"] = pd.Series([stage for one in lists for stage, _ in one], dtype="str")
    grades = [grades for one in lists for _, grades in one]
    if "grades" in wide or any(grade is not None for grade in grades):
        wide["grades"] = pd.Series(grades, index=wide.index, dtype=object)
    for lead in ("seats", "classrooms", "classes", "enrolment", "teachers", "staff"):
        for stage, column in stage_columns(wide.columns, lead).items():
            own = wide["stage"].eq(stage) & wide[column[None]].notna()
            base = wide[lead] if lead in wide else pd.Series(np.nan, index=wide.index)
            wide[lead] = base.where(~own, wide[column[None]])
            wide = wide.drop(columns=column[None])
    raw = table.raw
    doubled = raw.take(at)
    geometry = None if table.geometry is None else gpd.GeoSeries(table.geometry.array[at], crs=table.crs)
    return Table(table.name, wide, doubled, table.header_of, geometry, table.crs)


def build_schools(table: Table | None, shapes: gpd.GeoSeries | None, crs: str) -> gpd.GeoDataFrame:
    """Make the frame of schools, one row a school; what is said per stage goes to `build_offers`."""
    frame = pd.DataFrame({"school_id": pd.Series(dtype="str")}) if table is None else table.frame.copy()
    frame = _with_text(frame, (*_SCHOOL_TEXT, "stage"))
    if "closed_year" not in frame:
        frame["closed_year"] = np.nan
    frame["state"] = frame["state"].fillna("open")
    frame["kind"] = frame["kind"].fillna(_kind_of(frame))
    frame["name"] = frame["name"].fillna(frame["school_id"])
    points = gpd.GeoSeries([], crs=crs) if shapes is None else _points(shapes)
    # A school is open while one of its stages is: its rows may tell the end of one stage only.
    order = frame["state"].map({"open": 0, "planned": 1, "closed": 2}).to_numpy()
    best = pd.Series(order).groupby(frame["school_id"].to_numpy()).transform("min").to_numpy()
    keep = ~frame["school_id"].where(order == best).duplicated().to_numpy() & (order == best)
    per_stage = [
        c for c in frame.columns if c in ("stage", "grades", *OFFER_NUMBERS) or str(c).startswith("enrolment_g")
    ]
    frame = frame.drop(columns=per_stage).loc[keep].reset_index(drop=True)
    first = ("name", "kind", "state", "closed_year", "township_id", "ownership", "parent_id")
    kept = gpd.GeoSeries(points.array[keep] if len(points) else [], crs=crs)
    return _geo(frame, "school_id", kept, crs, first)


def build_offers(table: Table | None, calendar: str) -> pd.DataFrame:
    """Make the table of offers: index (school_id, stage)."""
    index = pd.MultiIndex.from_arrays(
        [pd.Index([], dtype="str"), pd.Index([], dtype="str")], names=["school_id", "stage"]
    )
    if table is None:
        return pd.DataFrame({"grades": pd.Series(dtype=object)} | dict.fromkeys(OFFER_NUMBERS, np.nan), index=index)
    frame = _live_rows(table.frame)
    grades = frame["grades"] if "grades" in frame else pd.Series(None, index=frame.index, dtype=object)
    own = {stage: grades_of(stage, calendar) for stage in frame["stage"].unique()}
    offers = frame[["school_id", "stage"]].copy()
    offers["grades"] = [
        tuple(g) if isinstance(g, tuple) else own[s] for g, s in zip(grades, frame["stage"], strict=True)
    ]
    for column in OFFER_NUMBERS:
        offers[column] = frame.get(column, np.nan)
    by_grade = [c for c in frame.columns if str(c).startswith("enrolment_g")]
    if by_grade:
        offers["enrolment"] = offers["enrolment"].fillna(_of_stage(frame, by_grade, offers).sum(axis=1, min_count=1))
    return offers.set_index(["school_id", "stage"]).sort_index()


def _live_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that are offers: a stage that has closed at a school which goes on is none any more."""
    state = frame["state"].fillna("open") if "state" in frame else pd.Series("open", index=frame.index)
    goes_on = state.ne("closed").groupby(frame["school_id"]).transform("any")
    return frame.loc[frame["stage"].notna() & ~(state.eq("closed") & goes_on)]


def _of_stage(frame: pd.DataFrame, by_grade: list[str], offers: pd.DataFrame) -> pd.DataFrame:
    """Blank the grades a row's stage does not have: the columns of a nine-year school serve both its rows."""
    kept = {}
    for column in by_grade:
        grade = grade_from_label(column.removeprefix("enrolment_g"))
        offered = np.array([grade in grades for grades in offers["grades"]], dtype=bool)
        kept[column] = frame[column].where(offered)
    return pd.DataFrame(kept)


def roll_totals(given: pd.DataFrame, table: Table | None, offers: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Sort what schools returned into rolls by grade and mere totals.

    Returns
    -------
    tuple
        The rolls known by grade (as `TIDY` has them), from their own table and from enrolment by grade; and the
        enrolment known in total only, index (school_id, stage).
    """
    parts = [given] if len(given) else []
    told = set(zip(given["school_id"], given["stage"], strict=True))
    rest = offers.loc[[key not in told for key in offers.index]] if len(offers) else offers
    lone: dict[tuple[str, str], float] = {}
    if table is not None and len(rest):
        frame = _live_rows(table.frame)
        by_grade = [c for c in frame.columns if str(c).startswith("enrolment_g")]
        wide = frame.set_index(["school_id", "stage"])[by_grade].reindex(rest.index)
        rows = []
        for key, offer in zip(rest.index, rest.itertuples(), strict=True):
            names = [f"enrolment_g{grade_label(g)}" for g in offer.grades]
            amounts = np.array([wide.at[key, c] if c in wide else np.nan for c in names], dtype=np.float64)
            if len(amounts) and not np.isnan(amounts).all():
                told_amounts = np.nan_to_num(amounts)
                rows += [(*key, g, float(a), np.nan) for g, a in zip(offer.grades, told_amounts, strict=True)]
            elif len(amounts) and offer.enrolment > 0:
                lone[key] = float(offer.enrolment)
        if rows:
            parts.append(pd.DataFrame(rows, columns=list(TIDY["rolls"])))
    known = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(TIDY["rolls"]))
    index = pd.MultiIndex.from_tuples(list(lone), names=["school_id", "stage"]) if lone else offers.index[:0]
    return _tidy(known, "rolls"), pd.Series(list(lone.values()), index=index, dtype=np.float64)


def build_rolls(
    known: pd.DataFrame, lone: pd.Series, offers: pd.DataFrame, sums: Mapping[str, GradeSums], building: Building
) -> pd.DataFrame:
    """Make the tidy rolls: as returned by grade, and totals spread over the grades a school has."""
    parts = [known]
    evenly = together = 0
    stages = lone.index.get_level_values("stage") if len(lone) else []
    for stage in [stage for stage in STAGES if stage in set(stages)]:
        mine = lone.loc[lone.index.get_level_values("stage") == stage]
        own = [offers.at[key, "grades"] for key in mine.index]
        grades = sorted({grade for one in own for grade in one})
        open_to = np.array([[grade in one for grade in grades] for one in own], dtype=bool)
        wanted = sums[stage].schools if stage in sums else None
        standard = grades_of(stage, building.calendar)
        if wanted is not None and set(grades) <= set(standard):
            open_to = np.array([[grade in one for grade in standard] for one in own], dtype=bool)
            grades = list(standard)
            together += len(mine)
        else:
            wanted = None
            evenly += len(mine)
        table = spread_rolls(mine.to_numpy(), open_to, wanted)
        at, column = np.nonzero(open_to)
        keys = mine.index[at]
        cells = {
            "school_id": keys.get_level_values("school_id"), "stage": stage, "grade": np.array(grades)[column],
            "pupils": table[at, column], "classes": np.nan,
        }  # fmt: skip
        parts.append(pd.DataFrame(cells))
    if evenly:
        building.say(
            f"The enrolment of {evenly} school stages is given in total and spread evenly over the grades.",
            f"{evenly} 个办学学段的在校生只有总数，已平均分到各年级。",
        )
    if together:
        building.say(
            f"The enrolment of {together} school stages is given in total and spread over the grades as the "
            "children of the places are.",
            f"{together} 个办学学段的在校生只有总数，已按居住点学生的年级构成分到各年级。",
        )
    rolls = pd.concat([part for part in parts if len(part)], ignore_index=True) if any(map(len, parts)) else known
    return _tidy(rolls, "rolls").sort_values(["school_id", "stage", "grade"], ignore_index=True)


def fill_enrolment(offers: pd.DataFrame, rolls: pd.DataFrame) -> pd.DataFrame:
    """Give offers without a stated enrolment the sum of their roll."""
    sums = rolls.groupby(["school_id", "stage"])["pupils"].sum().reindex(offers.index)
    return offers.assign(enrolment=offers["enrolment"].fillna(sums.astype(float)))


def build_attendance(
    table: Table | None, rolls: pd.DataFrame, pupils: pd.DataFrame, places: pd.DataFrame, building: Building
) -> pd.DataFrame:
    """Make the tidy attendance; rows by stage are spread over grades, rows by township over its places."""
    if table is None:
        return _tidy(pd.DataFrame(columns=list(TIDY["attendance"])), "attendance")
    frame = _with_text(table.frame, ("place_id", "township_id"))
    if "grade" not in frame:
        frame["grade"] = np.nan
    whole = frame["grade"].notna() & frame["place_id"].notna()
    parts = [frame.loc[whole, list(TIDY["attendance"])]]
    rest = frame.loc[~whole]
    if len(rest):
        building.say(
            f"{len(rest)} rows of attendance name no place or no grade; they are spread by pupils and rolls.",
            f"{len(rest)} 行就读去向未注明居住点或年级，已按学生数与在校生数分摊。",
        )
        home = pupils.assign(township_id=pupils["place_id"].map(places["township_id"]))
        parts += [_spread_attendance(row, rolls, home, building.calendar) for row in rest.to_dict("records")]
    return _tidy(pd.concat(parts, ignore_index=True), "attendance")


def _spread_attendance(row: dict[Any, Any], rolls: pd.DataFrame, home: pd.DataFrame, calendar: str) -> pd.DataFrame:
    stage, school = row["stage"], row["school_id"]
    if row["grade"] == row["grade"]:
        grades: tuple[int, ...] = (int(row["grade"]),)
    else:
        grades = grades_of(stage, calendar)
    mine = rolls.loc[(rolls["school_id"] == school) & (rolls["stage"] == stage)].set_index("grade")["pupils"]
    by_grade = spread([row["pupils"]], mine.reindex(list(grades)).fillna(0.0).to_numpy(dtype=np.float64))[0]
    if isinstance(row["place_id"], str):
        ids, weight = [row["place_id"]], np.ones((len(grades), 1))
    else:
        here = home.loc[(home["township_id"] == row["township_id"]) & (home["stage"] == stage)]
        wide = here.pivot_table(index="grade", columns="place_id", values="pupils", aggfunc="sum", fill_value=0.0)
        ids, weight = list(wide.columns), wide.reindex(list(grades), fill_value=0.0).to_numpy(dtype=np.float64)
    amounts = spread(by_grade, weight)
    found = pd.DataFrame(amounts, index=pd.Index(grades, name="grade"), columns=pd.Index(ids, name="place_id"))
    long = found.stack().rename("pupils").reset_index()
    return long.loc[long["pupils"] > 0].assign(school_id=school, stage=stage)[list(TIDY["attendance"])]


def build_tidy(table: Table | None, name: str) -> pd.DataFrame:
    """Make a tidy table as it is given; empty where it is not."""
    frame = pd.DataFrame() if table is None else table.frame
    kept = pd.DataFrame({c: frame[c] if c in frame else pd.Series(np.nan, index=frame.index) for c in TIDY[name]})
    if name == "births":
        kept["variant"] = kept["variant"].astype(object).fillna("")
    return _tidy(kept, name)


def build_other(table: Table, shapes: gpd.GeoSeries | None, crs: str) -> pd.DataFrame:
    """Make any further table: with its id as index where it has one, with shapes where it has them."""
    frame = table.frame.copy()
    key = IDS.get(table.name)
    if shapes is None:
        return frame.set_index(key) if key is not None else frame
    if key is not None:
        return _geo(frame, key, shapes, crs, ())
    return gpd.GeoDataFrame(frame, geometry=shapes.array, crs=crs)


def build_sites(table: Table | None, shapes: gpd.GeoSeries | None, crs: str) -> gpd.GeoDataFrame:
    """Make the frame of candidate sites; empty where there are none."""
    frame = pd.DataFrame({"site_id": pd.Series(dtype="str")}) if table is None else table.frame.copy()
    frame = _with_text(frame, ("name", "stage", "township_id"))
    for column in ("seats", "open_cost"):
        if column not in frame:
            frame[column] = np.nan
    frame["name"] = frame["name"].fillna(frame["site_id"])
    points = gpd.GeoSeries([], crs=crs) if shapes is None else _points(shapes)
    return _geo(frame, "site_id", points, crs, ("name", "stage", "seats", "open_cost", "township_id"))


def _points(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    flat = shapes.geom_type.isin(["Point"]).all()
    return shapes if flat else shapes.representative_point()


def _kind_of(frame: pd.DataFrame) -> pd.Series:
    """Guess the kind of schools that name none from their stages: primary and junior together are nine-year."""
    stages: dict[str, set[str]] = {}
    for school, stage in zip(frame["school_id"].tolist(), frame["stage"].tolist(), strict=True):
        if isinstance(stage, str):
            stages.setdefault(school, set()).add(stage)
    kinds: dict[str, str] = {}
    for school, mine in stages.items():
        for code, offered in KIND_STAGES.items():
            if len(offered) > 1 and set(offered) == mine:
                kinds[school] = code
        if len(mine) == 1:
            kinds[school] = STAGE_KIND[next(iter(mine))]
    return frame["school_id"].map(kinds).astype("str")


def _geo(frame: pd.DataFrame, key: str, shapes: gpd.GeoSeries, crs: str, first: tuple[str, ...]) -> gpd.GeoDataFrame:
    rest = [c for c in frame.columns if c not in (key, "geometry", *first)]
    made = gpd.GeoDataFrame(frame[[key, *first, *rest]].reset_index(drop=True), geometry=shapes.array, crs=crs)
    return made.set_index(key)


def _with_text(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    frame = frame.copy()
    for column in columns:
        frame[column] = frame[column].astype("str") if column in frame else pd.Series(None, frame.index, dtype="str")
    return frame


def _numbers(frame: pd.DataFrame, column: str) -> Floats:
    return np.nan_to_num(frame[column].to_numpy(dtype=np.float64))


def _tidy(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    whole, real = ("grade", "year"), ("pupils", "classes", "count")
    kinds: dict[str, object] = {c: np.int64 if c in whole else np.float64 if c in real else "str" for c in TIDY[name]}
    return frame[list(TIDY[name])].astype(kinds).reset_index(drop=True)
