"""The order of admission in a full zone, and who is sent on (统筹分流).

In every zone those come first whose household registration and home agree (人户一致), then registration only, property
only, tenants, migrants; within a category the earlier registration, then the shorter way. A dwelling gives one seat in
so many years (六年一学位), siblings exempt: who has no claim left waits until all others are placed. Who finds the zone
full is sent on to the nearest public school with seats: category by category in the same order, within a category in
order of the way (`admission.admit_in_order`). A stated rule, not an optimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.assignment.case import Case, make_case
from layout_planner.assignment.moves import public
from layout_planner.assignment.overflow import admit_in_order, take_seats
from layout_planner.base.arrays import Bools, Floats
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.measures.intake import cohorts_of, entry_seats
from layout_planner.measures.matching import DUST
from layout_planner.plan import Plan
from layout_planner.plan.zones import SHARED, zone_map
from layout_planner.study.tidy import MIGRANT

ORDER = ("both", "registration", "property", "tenant", "migrant")
"""Ties of a child to a zone, in the usual order of admission."""

ADMISSION_COLUMNS = (
    "place_id", "tie", "sibling", "claim", "pupils", "zone", "school_id", "how", "minutes", "metres",
)  # fmt: skip

IN_ZONE, SENT_ON, WAITING = "zone", "sent on", "unplaced"


@dataclass(frozen=True, eq=False)
class Admission:
    """Who is admitted where in one autumn.

    Parameters
    ----------
    stage, year
        The stage and the autumn.
    table
        `ADMISSION_COLUMNS`: applicants of a place and tie; claim = no other child of their dwelling had its seat; zone
        = the school (or schools, with ";") of their place; how = "zone" (admitted there), "sent on" or "unplaced"
        (school_id ""); minutes at the pace of the entry grade and metres, NaN where not known.
    seats
        Seats of the entry grade; index school_id.
    notes
        What was assumed.
    """

    stage: str
    year: int
    table: pd.DataFrame
    seats: pd.Series
    notes: tuple[Text, ...] = ()

    def by_school(self) -> pd.DataFrame:
        """Sum up school by school.

        Returns
        -------
        DataFrame
            Index school_id: seats; applied (from the zone; those of a shared zone at each of its schools); admitted
            from the zone; received from other zones; free seats left; turned_away (from the zone); last = the last
            category of which the zone admitted someone, "" where nobody had to be turned away.
        """
        t = self.table
        each = t.assign(asked=t["zone"].str.split(SHARED)).explode("asked")
        out = each.loc[each["how"] != IN_ZONE]
        admitted = t.loc[t["how"] == IN_ZONE]
        table = pd.DataFrame(
            {
                "seats": self.seats,
                "applied": each.groupby("asked")["pupils"].sum(),
                "admitted": admitted.groupby("school_id")["pupils"].sum(),
                "received": t.loc[t["how"] == SENT_ON].groupby("school_id")["pupils"].sum(),
                "turned_away": out.groupby("asked")["pupils"].sum(),
            },
            index=self.seats.index,
        ).fillna({"applied": 0.0, "admitted": 0.0, "received": 0.0, "turned_away": 0.0})
        table["free"] = table["seats"] - table["admitted"] - table["received"]
        rank = {tie: at for at, tie in enumerate(dict.fromkeys(t["tie"]))}
        lowest = admitted.assign(rank=admitted["tie"].map(rank)).sort_values("rank").groupby("school_id")["tie"].last()
        table["last"] = lowest.reindex(table.index).where(table["turned_away"] > 0).fillna("")
        return table

    def sent_on(self) -> pd.DataFrame:
        """List who is sent on and where.

        Returns
        -------
        DataFrame
            zone, school_id ("" for nowhere), tie, claim, place_id, pupils, minutes, metres; one row a place and tie.
        """
        mine = self.table.loc[self.table["how"] != IN_ZONE]
        keys = ["zone", "school_id", "tie", "claim", "place_id"]
        ways = {"pupils": ("pupils", "sum"), "minutes": ("minutes", "first"), "metres": ("metres", "first")}
        return mine.groupby(keys, sort=False, as_index=False).agg(**ways)


def admit_children(
    plan: Plan,
    stage: str,
    applicants: pd.DataFrame | None = None,
    *,
    year: int | None = None,
    zones: pd.Series | None = None,
    order: Sequence[str] = ORDER,
    dwelling_years: int | None = None,
    seats: pd.Series | None = None,
) -> Admission:
    """Admit next autumn's children in the order of the rules.

    Parameters
    ----------
    plan
        Whose zones, schools and rolls count; today is a plan.
    stage
        A stage it covers.
    applicants
        place_id, tie, and where known pupils (1 where left out), sibling, dwelling_id, dwelling_used, since; the
        study's table `applicants` where left out. Without either, as many children as the entry grade of the plan has
        at public schools now: migrants as migrants, all others as "both".
    year
        The autumn; the one after the study's where left out.
    zones
        Place → school, or schools with ";" for a shared zone; `zone_map` where left out. In a shared zone each category
        is divided over its schools in proportion to their seats: all have the same odds.
    order
        The ties, first comes first.
    dwelling_years
        Years for which a dwelling's seat is taken; the grades of the stage where left out (六年一学位).
    seats
        Seats of the entry grade by school; what falls free as classes move up where left out (`entry_seats`).

    Returns
    -------
    Admission
        Admitted, sent on and unplaced add up to the applicants.

    Raises
    ------
    DataError
        A tie or a place is unknown.
    """
    study = plan.study
    autumn = study.year + 1 if year is None else year
    asking, notes = _applicants(plan, stage, applicants, order)
    span = len(study.grades(stage)) if dwelling_years is None else dwelling_years
    asking = asking.assign(claim=_claims(asking, autumn, span), grade=study.grades(stage)[0], group="local")
    asking["rank"] = asking["tie"].map({tie: at for at, tie in enumerate(order)})
    case = make_case(study, plan.travel, plan.rules, stage)
    if seats is None:
        seats = entry_seats(study, plan.rules, stage, cohorts_of(plan, stage).move_up())
    free = seats.reindex(case.schools).fillna(0.0).to_numpy(dtype=float)
    label = (zone_map(plan, stage) if zones is None else zones).reindex(study.places.index).fillna("")
    table = admit_in_zones(case, asking, label, np.where(public(case), free, 0.0))
    table["turn"] = table["how"].map({IN_ZONE: 0, SENT_ON: 1, WAITING: 2})
    table = table.sort_values(["zone", "rank", "turn", "minutes"], kind="stable", ignore_index=True)
    table = table[list(ADMISSION_COLUMNS)]
    return Admission(stage, autumn, table, seats.reindex(case.schools[public(case)]), notes)


def admit_in_zones(case: Case, rows: pd.DataFrame, zones: pd.Series, free: Floats) -> pd.DataFrame:
    """Admit rows in their zones by rank, then send the others on.

    Parameters
    ----------
    case
        The stage.
    rows
        place_id, grade, group, pupils, rank (smaller comes first), claim (False: no seat in the zone by right), and
        where known since (a year); other columns are carried along.
    zones
        Place → school id, or several with ";".
    free
        Seats, shape (schools,); used up in place.

    Returns
    -------
    DataFrame
        The rows, divided where seats end, with zone, school_id, how, minutes, metres.
    """
    parts = _deal(case, rows.assign(zone=rows["place_id"].map(zones).fillna("")).reset_index(drop=True))
    place, grade, at = case.place_at(parts["place_id"]), case.grade_at(parts["grade"]), case.school_at(parts["asks"])
    pupils = parts["pupils"].to_numpy(dtype=float)
    may = (at >= 0) & parts["claim"].to_numpy(dtype=bool)
    may[may] = case.offers[at[may], grade[may]]
    minutes = np.full(len(parts), np.inf)
    minutes[may] = np.nan_to_num(np.stack(case.adult)[grade[may], place[may], at[may]], nan=np.inf)
    since = parts["since"].fillna(np.inf) if "since" in parts else np.zeros(len(parts))
    queue = np.lexsort([place, minutes, since, parts["rank"]])
    taken = take_seats(at, queue[may[queue]], pupils, free)
    parts["row"] = np.arange(len(parts))
    placed = [parts.assign(pupils=taken, school_id=parts["asks"], how=IN_ZONE).loc[taken > DUST]]
    left = parts.assign(pupils=pupils - taken).loc[pupils - taken > DUST]
    for (_, _, zone), wave in left.loc[left["zone"].str.contains(SHARED)].groupby([~left["claim"], "rank", "zone"]):
        # The draw gave them a full school of their zone: another of it comes before any outside.
        mine = wave.loc[wave["claim"]]
        sent, over = _ask(case, mine, free, np.isin(case.schools, zone.split(SHARED)) & public(case))
        placed.append(sent.assign(how=IN_ZONE))
        left = pd.concat([left.drop(index=mine.index), over.set_index(over["row"]).rename_axis(None)])
    for _, wave in left.groupby([~left["claim"], "rank"], sort=True):
        sent, over = _ask(case, wave, free, public(case))
        placed += [sent.assign(how=SENT_ON), over.assign(school_id="", how=WAITING)]
    every = pd.concat([part for part in placed if len(part)] or placed, ignore_index=True)
    return _measured(case, every.drop(columns=["asks", "row"]))


def _ask(case: Case, rows: pd.DataFrame, free: Floats, schools: Bools) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let rows ask at some schools, nearest first; `free` is used up. Gives the admitted and those left over."""
    allowed = (np.broadcast_to(schools, (len(case.places), len(case.schools))),) * len(case.grades)
    sent, over = admit_in_order(case, rows, free, None, allowed)
    np.subtract.at(free, case.school_at(sent["school_id"]), sent["pupils"].to_numpy(dtype=float))
    return sent, over


def _deal(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    """Divide the rows of shared zones over their schools, each category by itself; `asks` says which school."""
    shared = rows["zone"].str.contains(SHARED)
    parts = [rows.loc[~shared].assign(asks=rows["zone"])]
    for (zone, _, _), wave in rows.loc[shared].groupby(["zone", "rank", "claim"], sort=True):
        schools = np.array(zone.split(SHARED), dtype=object)
        at = case.schools.get_indexer(schools)
        parts.append(divide(wave, schools, np.where(at >= 0, case.seats[at], 0.0)).rename(columns={"drawn": "asks"}))
    dealt = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return dealt.astype({"claim": bool, "asks": "str"})


def divide(rows: pd.DataFrame, schools: np.ndarray, seats: Floats) -> pd.DataFrame:
    """Divide the pupils of rows over schools in proportion to the seats, as even as whole children can be.

    Down the list, each next child goes to the school that is farthest behind its share: in any stretch of the list
    every school has its share within one child or so. Rows with fractions are divided exactly.

    Parameters
    ----------
    rows
        With `pupils`.
    schools, seats
        Labels and seats, shape (schools,); all alike where none has any, or one has no limit.

    Returns
    -------
    DataFrame
        The rows, divided, with `drawn` = the school.
    """
    odds = seats / seats.sum() if np.isfinite(seats).all() and seats.sum() > 0 else np.full(len(seats), 1 / len(seats))
    pupils = rows["pupils"].to_numpy(dtype=float)
    if (pupils == np.round(pupils)).all():
        row_of = np.repeat(np.arange(len(rows)), pupils.astype(np.intp))
        given, shares = np.zeros(len(odds)), np.zeros((len(rows), len(odds)))
        for child, row in enumerate(row_of.tolist(), start=1):
            behind = int(np.argmax(child * odds - given))
            given[behind] += 1
            shares[row, behind] += 1
    else:
        shares = pupils[:, None] * odds
    at, school = np.nonzero(shares > DUST)
    return rows.iloc[at].assign(pupils=shares[at, school], drawn=schools[school])


def _measured(case: Case, rows: pd.DataFrame) -> pd.DataFrame:
    """Look up the way of each row."""
    place, grade, at = case.place_at(rows["place_id"]), case.grade_at(rows["grade"]), case.school_at(rows["school_id"])
    known = at >= 0
    minutes, metres = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    minutes[known] = np.stack(case.adult)[grade[known], place[known], at[known]] * case.pace[grade[known]]
    metres[known] = np.stack(case.metres)[grade[known], place[known], at[known]]
    return rows.assign(minutes=minutes, metres=metres)


def _claims(asking: pd.DataFrame, year: int, span: int) -> np.ndarray:
    """Tell who still has the claim of their dwelling: its seat was not given in `span` years, nor asked for before.

    Siblings are exempt. Of several children of one dwelling on the list the earliest registration has the claim.
    """
    used = asking["dwelling_used"].to_numpy(dtype=float)
    taken = (year - used < span) & (used <= year)
    named = asking["dwelling_id"].fillna("").astype("str")
    alone = (named != "") & ~asking["sibling"] & ~taken
    ordered = asking.loc[alone].sort_values("since", kind="stable", na_position="last")
    again = ordered.index[named[ordered.index].duplicated()]
    free = ~taken & ~asking.index.isin(again)
    return np.asarray(free | asking["sibling"].to_numpy(dtype=bool))


def _applicants(
    plan: Plan, stage: str, given: pd.DataFrame | None, order: Sequence[str]
) -> tuple[pd.DataFrame, tuple[Text, ...]]:
    """Give the applicants with every column, and say where they are from."""
    register = plan.study.extra.get("applicants") if given is None else given
    notes: tuple[Text, ...] = ()
    if register is not None and "stage" in register:
        register = register.loc[register["stage"] == stage]
    if register is None or (given is None and register.empty):
        register = _as_now(plan, stage)
        notes = (
            Text(
                "No register of applicants: as many children as the entry grade has at public schools now, migrants as "
                "migrants, all others with registration and home in the zone.",
                "没有报名登记表：按公办学校现有起始年级人数计，随迁子女列为随迁，其余视为人户一致。",
            ),
        )
    columns = {"pupils": 1.0, "sibling": 0.0, "dwelling_id": "", "dwelling_used": np.nan, "since": np.nan}
    table = register.reset_index(drop=True).copy()
    for column, default in columns.items():
        table[column] = table[column].fillna(default) if column in table else default
    table["sibling"] = table["sibling"].astype(float).astype(bool)
    ties = sorted(set(table["tie"]) - set(order))
    places = sorted(set(table["place_id"]) - set(plan.study.places.index))
    if ties or places:
        raise refuse(
            f"the applicants name unknown ties or places: {', '.join([*ties, *places][:10])}",
            f"报名登记表含未知的类别或居住点：{'、'.join([*ties, *places][:10])}",
            f"ties are {', '.join(order)}; places those of the study",
            f"类别为 {'、'.join(order)}；居住点须在研究中",
        )
    wanted = ["place_id", "tie", *columns]
    return table.loc[table["pupils"] > 0, wanted].reset_index(drop=True), notes


def _as_now(plan: Plan, stage: str) -> pd.DataFrame:
    flows = plan.assignments[stage].flows
    private = flows["school_id"].map(plan.study.is_private()).fillna(False).astype(bool)
    mine = flows.loc[~private & (flows["grade"] == plan.study.grades(stage)[0])]
    sums = mine.groupby(["place_id", "group"], as_index=False)["pupils"].sum()
    return sums.assign(tie=np.where(sums["group"] == MIGRANT, "migrant", "both")).drop(columns="group")
