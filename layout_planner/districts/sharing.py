"""Sharing inside a district: pooled posts, travelling teachers, lessons sent by the lead, joint days; the effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.units import in_units
from layout_planner.districts.pair import share_resource
from layout_planner.measures.decomposition import decompose_difference
from layout_planner.measures.matching import share_out
from layout_planner.plan.districting import Districting
from layout_planner.solving.mip import Model
from layout_planner.study import Study
from layout_planner.study.indicators import INDICATORS
from layout_planner.travel import Travel, TravelLike, travel_for


@in_units()
def pool_posts(
    districting: Districting,
    study: Study,
    posts: pd.Series,
    minimum: float | pd.Series = 1,
    by: pd.Series | None = None,
) -> pd.DataFrame:
    """Pool posts (or titles, or awards) in each district: every school its minimum, the remainder by pupils.

    Parameters
    ----------
    districting, study
        The districts and the facts.
    posts
        Whole posts each school has now; index school_id.
    minimum
        What every school keeps at least.
    by
        What the remainder is shared in proportion to; pupils on roll where left out.

    Returns
    -------
    pd.DataFrame
        Index school_id: district, before, minimum, remainder, after (largest remainder; each district's sum stays).

    Raises
    ------
    DataError
        The minimum of a district's schools exceeds its posts; every such district is named.
    """
    of = districting.school_district
    before = posts.reindex(of.index).fillna(0).astype(float)
    told = minimum if isinstance(minimum, pd.Series) else pd.Series(minimum, index=of.index, dtype=float)
    least = told.reindex(of.index)
    key, names = pd.factorize(of, sort=True)
    spare = np.asarray(np.bincount(key, weights=before - least, minlength=len(names)), dtype=float)
    if (spare < 0).any():
        short = ", ".join(str(n) for n, s in zip(names, spare, strict=True) if s < 0)
        raise refuse(
            f"the minimum of the schools exceeds the posts of {short}", f"{short} 的学校保底数超过编制总量",
            "lower the minimum", "降低保底数",
        )  # fmt: skip
    share = (study.roll(districting.stage) if by is None else by).reindex(of.index).fillna(0).to_numpy(dtype=float)
    share = np.where(np.bincount(key, weights=share, minlength=len(names))[key] > 0, share, 1.0)
    # Stretched so that the proportion can give each its part whatever its size.
    remainder = share_out(key, np.ceil(share * 1000.0 * max(float(spare.max()), 1.0)), spare)
    return pd.DataFrame(
        {"district": of, "before": before, "minimum": least, "remainder": remainder, "after": least + remainder}
    )


@in_units()
def lesson_balance(
    districting: Districting, study: Study, load: float = 16.0, lessons: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Weigh the lessons each school must give against those its teachers of the subject can.

    Parameters
    ----------
    load
        Lessons a teacher gives a week.
    lessons
        Subject → lessons a week and class; where left out, what the county's teachers of the subject give a class on
        average, so that the county as a whole is neither short nor in surplus.

    Returns
    -------
    pd.DataFrame
        Index (school_id, subject): district, classes, needed, given (by teachers of the subject), missing (lessons that
        teachers of other subjects must give: 跨学科教学), spare.

    Raises
    ------
    DataError
        The study has no teachers by subject.
    """
    stage = districting.stage
    teachers = study.extra.get("teachers")
    if teachers is None or "subject" not in teachers:
        raise refuse("the study has no teachers by subject", "没有分学科教师表", "add [teachers]", "请补充 [teachers]")
    mine = teachers.loc[teachers["stage"] == stage] if "stage" in teachers else teachers
    of = districting.school_district
    amount = mine["teachers"].astype(float) if "teachers" in mine else pd.Series(1.0, mine.index)
    have = (
        amount.groupby([mine["school_id"], mine["subject"]]).sum().unstack(fill_value=0.0).reindex(of.index).fillna(0.0)
    )
    rolls = study.rolls.loc[study.rolls["stage"] == stage]
    classes = rolls.groupby("school_id")["classes"].sum().reindex(of.index).fillna(0.0).astype(float)
    if lessons is None:
        mean = have.sum() * load / max(float(classes.sum()), 1.0)
    else:
        mean = pd.Series(dict(lessons), dtype=float)
        have = have.reindex(columns=mean.index, fill_value=0.0)
    needed = pd.DataFrame(np.outer(classes, mean), index=of.index, columns=have.columns)
    given = have * load
    table = pd.DataFrame({"needed": needed.stack(), "given": given.stack()}).rename_axis(["school_id", "subject"])
    table["missing"] = (table["needed"] - table["given"]).clip(lower=0.0)
    table["spare"] = (table["given"] - table["needed"]).clip(lower=0.0)
    at = table.index.get_level_values("school_id")
    table.insert(0, "district", of.reindex(at).to_numpy())
    table.insert(1, "classes", classes.reindex(at).to_numpy())
    return table


@in_units()
def travelling_teachers(balance: pd.DataFrame, minutes: pd.DataFrame, most_minutes: float = 60.0) -> pd.DataFrame:
    """Send spare lessons to schools of the same district that miss them, with the least travel.

    As many lessons as can be are covered within `most_minutes`; among such plans travel is least (transportation
    problem, Hitchcock 1941).

    Parameters
    ----------
    balance
        From `lesson_balance`.
    minutes
        School × school, one way; NaN where unknown (not used then).
    most_minutes
        Longest way a teacher travels.

    Returns
    -------
    pd.DataFrame
        district, subject, sender, receiver, lessons (a week), minutes (one way).
    """
    rows: list[tuple[object, ...]] = []
    for (district, subject), group in balance.reset_index().groupby(["district", "subject"], sort=True):
        senders, receivers = group.loc[group["spare"] > 1e-9], group.loc[group["missing"] > 1e-9]
        if not len(senders) or not len(receivers):
            continue
        way = minutes.reindex(index=senders["school_id"], columns=receivers["school_id"]).to_numpy(dtype=float)
        flow = _transport(way, senders["spare"].to_numpy(), receivers["missing"].to_numpy(), most_minutes)
        for i, j in np.argwhere(flow > 1e-9):
            ends = (senders["school_id"].iloc[i], receivers["school_id"].iloc[j])
            rows.append((district, subject, *ends, float(flow[i, j]), float(way[i, j])))
    return pd.DataFrame(rows, columns=["district", "subject", "sender", "receiver", "lessons", "minutes"])


def _transport(way: np.ndarray, spare: np.ndarray, missing: np.ndarray, most: float) -> np.ndarray:
    open_ = ~np.isnan(way) & (way <= most)
    # Each lesson covered is worth more than any way, so that travel only chooses among plans that cover most.
    longest = float(way[open_].max(initial=0.0))
    cost = np.where(open_, way - 10.0 * (longest + 1.0), 0.0)
    model = Model("lesson-minutes")
    lessons = model.columns(cost.ravel(), most=np.where(open_.ravel(), np.inf, 0.0)).reshape(way.shape)
    sender, receiver = np.indices(way.shape)
    model.rows((sender, lessons, 1.0), most=spare)
    model.rows((receiver, lessons, 1.0), most=missing)
    x = model.solve().x
    assert x is not None  # nobody travelling is a solution
    return x.reshape(way.shape)


@in_units()
def send_lessons(
    districting: Districting,
    balance: pd.DataFrame,
    hours: float = 40.0,
    receivers: int = 6,
    cost_room: float = 60_000.0,
    cost_lesson: float = 0.0,
) -> pd.DataFrame:
    """Let each lead send lessons online (专递课堂) to the members that miss them.

    Parameters
    ----------
    balance
        From `lesson_balance`, after travelling teachers if there are any.
    hours
        Lessons a week a lead can send, all subjects together.
    receivers
        Classes that can receive one lesson at once.
    cost_room, cost_lesson
        Yuan for each receiving school's room, and for each lesson sent.

    Returns
    -------
    pd.DataFrame
        Index district: lead, missing, covered (lessons a week), sent, rooms, cost (rooms and one year of 40 weeks),
        out_of_subject_before, out_of_subject_after (share of all lessons taught by teachers of other subjects).

    Notes
    -----
    The subject most missed by the members is sent first; a lesson sent covers at most `receivers` class lessons.
    """
    rows = {}
    for district in districting.districts:
        lead = str(districting.lead_of.get(district, ""))
        mine = balance.loc[balance["district"] == district]
        members = mine.loc[mine.index.get_level_values("school_id") != lead]
        wanted = members.groupby("subject")["missing"].sum().sort_values(ascending=False, kind="stable")
        left, sent, covered = (hours if lead else 0.0), 0.0, {}
        for subject, missing in wanted.items():
            use = min(left, np.ceil(missing / receivers))
            covered[subject] = min(missing, use * receivers)
            left, sent = left - use, sent + use
        total = sum(covered.values())
        rooms = members.loc[members["missing"] > 0].index.get_level_values("school_id").nunique() if total else 0
        every = float(mine["needed"].sum())
        rows[district] = (
            lead,
            float(mine["missing"].sum()),
            total,
            sent,
            rooms,
            rooms * cost_room + 40 * sent * cost_lesson,
            float(mine["missing"].sum()) / every if every else 0.0,
            (float(mine["missing"].sum()) - total) / every if every else 0.0,
        )
    columns = ["lead", "missing", "covered", "sent", "rooms", "cost"]
    columns += ["out_of_subject_before", "out_of_subject_after"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("district")


@in_units()
def joint_days(districting: Districting, minutes: pd.DataFrame, days: int = 8, people: float = 10.0) -> pd.DataFrame:
    """Give the travel of joint activities held at the lead: members' minutes, and person-hours a year.

    Parameters
    ----------
    minutes
        School × school, one way.
    days, people
        Activities a year, and people each member sends.

    Returns
    -------
    pd.DataFrame
        Index district: lead, members, minutes_mean, minutes_max (one way), hours (person-hours a year, both ways).
    """
    rows = {}
    for district, lead in districting.lead_of.items():
        own = [s for s in districting.school_district.index[districting.school_district == district] if s != lead]
        way = minutes.reindex(index=own, columns=[lead]).to_numpy(dtype=float).ravel()
        known = way[~np.isnan(way)]
        mean, longest = (float(known.mean()), float(known.max())) if len(known) else (0.0, 0.0)
        rows[district] = (lead, len(own), mean, longest, float(known.sum()) * 2 / 60 * days * people)
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["lead", "members", "minutes_mean", "minutes_max", "hours"]
    ).rename_axis("district")


def school_minutes(study: Study, travel: TravelLike, districting: Districting) -> pd.DataFrame:
    """Give minutes between the schools: measured where the matrix has them, else by straight metres."""
    return minutes_between(study, travel_for(travel, districting.stage), list(districting.school_district.index))


def minutes_between(study: Study, way: Travel, schools: Sequence[str]) -> pd.DataFrame:
    """Give minutes between schools: measured where the matrix has them, else by straight metres at its usual pace."""
    sites = study.site_of(list(schools))
    if "minutes" in way.between:
        table = way.between["minutes"].reindex(index=sites, columns=sites).to_numpy(dtype=float)
    else:
        points = study.schools.geometry.reindex(schools)
        x, y = points.x.to_numpy(), points.y.to_numpy()
        with np.errstate(invalid="ignore", divide="ignore"):
            pace = float(np.nanmedian(way.minutes.to_numpy(dtype=float) / way.metres.to_numpy(dtype=float)))
        table = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) * pace
    return pd.DataFrame(table, index=schools, columns=schools)


@in_units(mean="the resource's unit a pupil")
def district_balance(districting: Districting, study: Study, shared: float = 0.0) -> pd.DataFrame:
    """Take the difference coefficient of each indicator apart by district, before and after sharing.

    Parameters
    ----------
    shared
        Share of every resource that a district puts together and divides by pupils; 0 for today.

    Returns
    -------
    pd.DataFrame
        indicator, district ("between" and "total" included), pupils, mean, coefficient, part (see
        `decompose_difference`), coefficient_after, part_after.
    """
    of = districting.school_district
    offers = study.offers.xs(districting.stage, level="stage").reindex(of.index)
    pupils = study.roll(districting.stage).reindex(of.index).fillna(0.0)
    parts = []
    for name in INDICATORS:
        if name not in offers or offers[name].isna().all():
            continue
        before = offers[name].astype(float)
        table = decompose_difference(before, pupils, of)
        after = decompose_difference(share_resource(before, pupils, of, shared), pupils, of)
        table = table.assign(coefficient_after=after["coefficient"], part_after=after["part"])
        parts.append(table.reset_index().assign(indicator=name))
    if not parts:
        return pd.DataFrame(columns=["indicator", "district", "pupils", "mean", "coefficient", "part"])
    whole = pd.concat(parts, ignore_index=True)
    return whole[["indicator", *(c for c in whole.columns if c != "indicator")]]


@in_units()
def annex_table(districting: Districting, study: Study) -> pd.DataFrame:
    """Give the annex 学区: one row a district, with the columns a bureau hands in.

    Returns
    -------
    pd.DataFrame
        Index district: lead, members (names), townships (names), population, pupils, and one column
        difference_<indicator> each.
    """
    table = districting.table
    balance = district_balance(districting, study)
    rows = {}
    for district in districting.districts:
        lead = str(districting.lead_of.get(district, ""))
        schools = districting.school_district.index[districting.school_district == district]
        row: dict[str, object] = {
            "lead": study.school_name(lead) if lead else "",
            "members": "、".join(study.school_name(s) for s in schools if s != lead),
            "townships": "、".join(districting.units["name"].reindex(districting.members(district))),
            "population": int(table.at[district, "population"]),
            "pupils": int(table.at[district, "pupils"]),
        }
        mine = balance.loc[balance["district"] == district]
        row |= {f"difference_{i}": c for i, c in zip(mine["indicator"], mine["coefficient"], strict=True)}
        rows[district] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("district")
