"""What the briefing shows beside the plans: the three-minute sheets, districts, years; each only where it is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from layout_planner.base.errors import TravelError
from layout_planner.base.escape import shorten
from layout_planner.base.messages import Text
from layout_planner.cohorts import Forecast
from layout_planner.live.judged import both
from layout_planner.measures.districts import difference_inside
from layout_planner.page import palette
from layout_planner.page.geometry import degrees, encode_line
from layout_planner.plan import Plan
from layout_planner.plan.districting import Districting
from layout_planner.plan.frontier import Frontier
from layout_planner.plan.phasing import Phasing
from layout_planner.policy import class_limit
from layout_planner.study import Study
from layout_planner.study.stages import LOWER_GRADES, format_grades
from layout_planner.travel import travel_for
from layout_planner.travel.paths import UNSAFE_WORDS, Way, trace_ways

HALF_HOUR = 30.0
"""Minutes the youngest should not need longer than, where the rules say nothing (国办发〔2018〕27号)."""

GOOD = 0.01
"""Share of the total cost by which a plan may be above the best of its number of schools and still be called good."""


@dataclass(frozen=True, eq=False)
class Beside:
    """What may be handed in beside the plans; every part may be missing."""

    forecast: Forecast | None = None
    phasing: Phasing | None = None
    frontier: Frontier | None = None
    districting: Sequence[Districting] = ()


def sheet_data(plan: Plan, beside: Beside, schools: pd.Index, places: pd.Index) -> list[dict[str, object]]:
    """Give the sheets that can be built, in the order of the three minutes.

    Parameters
    ----------
    plan
        The plan shown.
    beside
        What was handed in beside it.
    schools, places
        Ids of the page's schools and places.
    """
    stage = "primary"
    found: list[dict[str, object] | None] = []
    held = stage in plan.assignments and len(plan.assignments[stage].flows) > 0
    if held:
        found.append(_young(plan, stage))
    if beside.forecast is not None:
        found.append(_towns(plan, beside.forecast))
    if beside.frontier is not None and len(beside.frontier.points) > 1 and beside.frontier.by == "keep":
        found += [_frontier(beside.frontier), _robust(beside.frontier, schools)]
    if plan.assignments:
        found.append({"kind": "redlines"})
    if held:
        found.append(_hard(plan, stage, schools, places))
    return [sheet for sheet in found if sheet is not None]


def _young(plan: Plan, stage: str) -> dict[str, object] | None:
    grades = plan.study.grades(stage)
    mask = sum(1 << k for k, grade in enumerate(grades) if grade in LOWER_GRADES)
    if not mask:
        return None
    rule = plan.rules.find("reach_minutes", stage, LOWER_GRADES[0])
    source = "国办发〔2018〕27号" if rule is None else rule.value.source
    return {
        "kind": "young",
        "stage": stage,
        "grades": mask,
        "limit": HALF_HOUR if rule is None else rule.value.value,
        "source": both(Text(f"Limit: {source}.", f"限值：{source}。")),
    }


def _towns(plan: Plan, forecast: Forecast) -> dict[str, object] | None:
    """Set children against the seats of the plan's schools, town and country apart, by the middle course."""
    study = plan.study
    code = study.townships["urban_rural"].astype("string").fillna("") if "urban_rural" in study.townships else None
    if code is None or not len(code):
        return None
    side = code.str[0].map({"1": "town", "2": "country"})
    table = forecast.table[forecast.table["variant"] == "middle"]
    years = sorted(int(year) for year in table["year"].unique())
    stages = {}
    for stage in plan.assignments:
        mine = table[table["stage"] == stage]
        seats = study.seats(stage, class_limit(plan.rules, stage)).reindex(study.offering(stage))
        stands = study.schools["township_id"].reindex(seats.index).map(side)
        entry = {}
        for key in ("town", "country"):
            children = mine[mine["township_id"].map(side) == key].groupby("year")["pupils"].sum().reindex(years)
            offered = seats[(stands == key).to_numpy()]
            if children.isna().any() or not np.isfinite(offered).all() or not len(offered):
                continue
            entry[key] = {
                "pupils": [round(float(n), 1) for n in children],
                "seats": float(offered.sum()),
                "cross": _crossing(years, children.to_numpy(dtype=float), float(offered.sum())),
            }
        if entry:
            stages[stage] = entry
    return {"kind": "towns", "years": years, "stages": stages} if stages else None


def _crossing(years: Sequence[int], children: np.ndarray, seats: float) -> int | None:
    """Give the first year on the other side of the seats than the first; None where the lines never cross."""
    short = children > seats
    other = np.flatnonzero(short != short[0])
    return years[int(other[0])] if len(other) else None


def _frontier(frontier: Frontier) -> dict[str, object] | None:
    table = frontier.table
    table = table[table["minutes_mean"].astype(float).notna()]
    if len(table) < 2:
        return None

    def column(name: str, digits: int) -> list[float | None]:
        values = table[name].astype(float)
        return [round(float(v), digits) if np.isfinite(v) else None for v in values]

    return {
        "kind": "frontier",
        "stage": frontier.stage,
        "keep": [int(keep) for keep in table.index],
        "minutes": column("minutes_mean", 3),
        "moved": column("pupils_moved", 0),
        "running": column("running", 0),
        "building": column("investment", 0),
        "families": [
            None if travel is None or household is None else travel + household
            for travel, household in zip(column("travel", 0), column("household", 0), strict=True)
        ],
        "today": None if frontier.today is None else [frontier.today[0], round(frontier.today[1], 3)],
        "zones": _best_place(frontier),
        "gap": column("gap_avoidable" if "gap_avoidable" in table else "gap", 6),
        "knee": None if frontier.knee is None else int(frontier.knee),
    }


def _best_place(frontier: Frontier) -> list[float] | None:
    """Give today's schools, as `keep` counts them, and the mean minutes with everyone at the best place for all."""
    if frontier.best_place is None or frontier.today is None:
        return None
    minutes = frontier.best_place.scorecard.value("minutes_mean", frontier.stage)
    return [frontier.today[0], round(minutes, 3)] if np.isfinite(minutes) else None


def _robust(frontier: Frontier, schools: pd.Index) -> dict[str, object] | None:
    if not any(point.scenario is not None for point in frontier.points):
        return None
    knee = int(frontier.chosen)
    table = frontier.robust(keep=knee, within=GOOD)
    table = table[table.index.isin(schools)].sort_values(["share"], ascending=False, kind="stable")
    if table.empty:
        return None
    some = table[table["closes"] != "none"]
    return {
        "kind": "robust",
        "stage": frontier.stage,
        "plans": int(table["plans"].max()),
        "keep": knee,
        "within": GOOD,
        "none": int((table["closes"] == "none").sum()),
        "schools": [
            {"at": int(at), "share": round(float(share), 4), "closes": str(closes)}
            for at, share, closes in zip(schools.get_indexer(some.index), some["share"], some["closes"], strict=True)
        ],
    }


def _hard(plan: Plan, stage: str, schools: pd.Index, places: pd.Index) -> dict[str, object] | None:
    """Show the place from which the youngest day pupils have the longest mean way, and draw the way most of them go."""
    flows = plan.assignments[stage].flows
    young = flows[flows["grade"].isin(LOWER_GRADES) & (flows["how"] == "day") & flows["minutes"].notna()]
    if young.empty:
        return None
    walked = (young["minutes"] * young["pupils"]).groupby(young["place_id"], observed=True).sum()
    place = (walked / young.groupby("place_id", observed=True)["pupils"].sum()).idxmax()
    mine = young[young["place_id"] == place]
    pupils = float(mine["pupils"].sum())
    school = mine.groupby("school_id", observed=True)["pupils"].sum().idxmax()
    grades = plan.study.grades(stage)
    sheet = {
        "kind": "hard",
        "stage": stage,
        "place": int(places.get_loc(place)),
        "school": int(schools.get_loc(school)),
        "grades": format_grades(tuple(grade for grade in grades if grade in LOWER_GRADES)),
        "mask": sum(1 << k for k, grade in enumerate(grades) if grade in LOWER_GRADES),
        "pupils": pupils,
        "minutes": round(float((mine["minutes"] * mine["pupils"]).sum()) / pupils, 2),
        "metres": round(float((mine["metres"] * mine["pupils"]).sum()) / pupils, 1),
        "climb": None,
        "line": None,
        "profile": None,
        "unsafe": [],
    }
    way = _traced(plan, stage, str(place), str(school))
    if way is None or way.geometry is None:
        return sheet
    line = degrees([shapely.simplify(way.geometry, 5.0)], plan.study.crs)[0]
    sheet["line"] = [encode_line(shapely.get_coordinates(line))]
    sheet["climb"] = round(float(way.parts["climb"].sum()), 1) if way.parts["climb"].notna().all() else None
    sheet["profile"] = _profile(way)
    sheet["unsafe"] = [
        {
            "what": both(UNSAFE_WORDS.get(str(what), Text(str(what), str(what)))),
            "name": shorten(name) if isinstance(name, str) else "",
            "metres": round(float(metres), 1),
        }
        for what, name, metres in zip(way.unsafe["what"], way.unsafe["name"], way.unsafe["metres"], strict=True)
    ][:8]
    return sheet


def _traced(plan: Plan, stage: str, place: str, school: str) -> Way | None:
    travel = travel_for(plan.travel, stage, LOWER_GRADES[0])
    if plan.study.roads is None or "speeds" not in travel.options:
        return None
    (site,) = plan.study.site_of([school])
    try:
        return trace_ways(plan.study, travel, [(place, site)])[0]
    except TravelError:  # measured otherwise than along these roads
        return None


def _profile(way: Way) -> dict[str, list[float]] | None:
    profile = way.profile.dropna(subset=["height"])
    if len(profile) < 2:
        return None
    kept = profile.iloc[np.unique(np.linspace(0, len(profile) - 1, min(len(profile), 80)).astype(int))]
    return {
        "km": [round(float(m) / 1000, 3) for m in kept["metres"]],
        "height": [round(float(h), 1) for h in kept["height"]],
    }


def district_data(plan: Plan, beside: Beside, schools: pd.Index) -> list[dict[str, object]]:
    """Give the management districts of each stage: members, lead, totals, difference coefficient inside."""
    held = {d.stage: d for d in (*plan.districtings.values(), *beside.districting)}
    return [_districts(plan, one, schools) for one in held.values()]


def _districts(plan: Plan, found: Districting, schools: pd.Index) -> dict[str, object]:
    table = found.table
    names = found.units["name"] if "name" in found.units else pd.Series(found.units.index, found.units.index)
    colour = _district_colours(found)
    known = found.stage in plan.assignments
    inside = difference_inside(plan, found.stage, found.school_district) if known else pd.DataFrame()
    entries = []
    for district in found.districts:
        mine = found.school_district.index[found.school_district == district]
        spread = inside.loc[district].dropna() if district in inside.index else pd.Series(dtype=float)
        lead = str(found.lead_of.get(district, ""))
        row = table.loc[district]
        entries.append(
            {
                "id": shorten(district),
                "lead": int(schools.get_loc(lead)) if lead in schools else -1,
                "units": [shorten(names[unit], 20) for unit in found.members(district)],
                "schools": [int(at) for at in schools.get_indexer(mine) if at >= 0],
                "population": float(row["population"])
                if "population" in row and np.isfinite(row["population"])
                else None,
                "pupils": float(row["pupils"]),
                "difference": round(float(spread.mean()), 4) if len(spread) else None,
                "indicators": len(spread),
                "colour": colour[district],
            }
        )
    at = {district: number for number, district in enumerate(found.districts)}
    townships = plan.study.townships.index
    home = _township_districts(plan, found)
    proved = (
        Text("Proved best for its terms", "已证明在所列目标下最优")
        if found.status == "optimal"
        else Text(f"Status: {found.status}", f"状态：{found.status}")
    )
    return {
        "stage": found.stage,
        "districts": entries,
        "colours": list(palette.DISTRICT_COLOURS),
        "of": [at.get(str(home.get(township, "")), -1) for township in townships],
        "status": both(proved),
    }


def _township_districts(plan: Plan, found: Districting) -> pd.Series:
    """Give the district of each township: its own, or that of all its schools where it was divided among them."""
    townships = plan.study.townships.index
    whole = found.district_of[found.district_of.index.isin(townships)]
    stands = plan.study.schools["township_id"].reindex(found.school_district.index)
    mine = found.school_district.groupby(stands.to_numpy()).agg(["first", "nunique"])
    shared = mine.loc[(mine["nunique"] == 1) & ~mine.index.isin(whole.index), "first"]
    return pd.concat([whole, shared])


def _district_colours(found: Districting) -> dict[str, int]:
    """Give each district its own colour; where there are more than colours, neighbours different ones."""
    of = found.district_of
    near: dict[str, set[str]] = {district: set() for district in found.districts}
    for a, b in zip(of.reindex(found.edges["a"]), of.reindex(found.edges["b"]), strict=True):
        if isinstance(a, str) and isinstance(b, str) and a != b:
            near[a].add(b)
            near[b].add(a)
    count = len(palette.DISTRICT_COLOURS)
    if len(found.districts) <= count:
        return {district: number for number, district in enumerate(found.districts)}
    colour: dict[str, int] = {}
    for district in found.districts:
        taken = {colour[other] for other in near[district] if other in colour}
        used = list(colour.values())
        # Of the colours no neighbour has, the one used least.
        free = sorted((k for k in range(count) if k not in taken), key=used.count)
        colour[district] = free[0] if free else 0
    return colour


def year_data(plans: Sequence[Plan], beside: Beside, first: int) -> dict[str, object] | None:
    """Give the years of a slider: which plan each shows (phasing), and children and seats by township (forecast).

    Parameters
    ----------
    plans
        All plans of the page.
    first
        Position among them of the first of the phasing's plans.
    """
    years: set[int] = set()
    answer: dict[str, object] = {}
    if beside.phasing is not None and beside.phasing.plans:
        order = sorted(beside.phasing.plans)
        years |= set(order)
        answer["plans"] = {str(year): first + number for number, year in enumerate(order)}
    if beside.forecast is not None:
        middle = beside.forecast.table.loc[beside.forecast.table["variant"] == "middle", "year"]
        years = years or {int(year) for year in middle.unique()}
        answer["forecast"] = _forecast(beside.forecast, sorted(years), plans)
    return {"years": sorted(years), **answer} if years else None


def _forecast(
    forecast: Forecast, years: Sequence[int], plans: Sequence[Plan]
) -> dict[str, dict[str, list[list[float | None]]]]:
    """Give, by stage and township, the children and seats of each year, and what each plan adds to the seats.

    Where seats are not known there is None, not nought.
    """
    townships = plans[0].study.townships.index
    found = {}
    for stage in forecast.base.stages:
        limit = class_limit(plans[0].rules, stage)
        table = forecast.seats({stage: limit})
        table = table[(table["variant"] == "middle") & (table["stage"] == stage)]
        if table.empty:
            continue
        base = _township_seats(forecast.base, stage, limit).reindex(townships, fill_value=0.0)
        children, seats = (
            table.pivot(index="area", columns="year", values=name).reindex(townships, columns=list(years))
            for name in ("pupils", "seats")
        )
        added = [_township_seats(p.study, stage, limit).reindex(townships, fill_value=0.0) - base for p in plans]
        found[stage] = {
            "pupils": [[_known(v) for v in row] for row in children.to_numpy(float)],
            "seats": [[_known(v) for v in row] for row in seats.to_numpy(float)],
            "added": [[_known(v) for v in row.to_numpy(float)] for row in added],
        }
    return found


def _known(value: float) -> float | None:
    return round(float(value), 1) if np.isfinite(value) else None


def _township_seats(study: Study, stage: str, limit: float) -> pd.Series[float]:
    """Add up the seats of the open schools in each township; missing where those of one are not known."""
    seats = study.seats(stage, limit).reindex(study.offering(stage)).replace(np.inf, np.nan)
    return seats.groupby(study.schools["township_id"].reindex(seats.index)).agg(lambda mine: mine.sum(skipna=False))
