"""One stage whose posts are being filled: its claims, its people, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Bools, Floats, Positions
from layout_planner.districts.sharing import minutes_between
from layout_planner.measures.moved import moved
from layout_planner.measures.posts import posts_by_school
from layout_planner.plan import Plan
from layout_planner.staffing.rounds import NOWHERE, Rounds, count_by, deal_persons, turns, whole_posts
from layout_planner.staffing.teachers import people_of
from layout_planner.travel import travel_for


@dataclass(eq=False)
class Level:
    """One stage while its posts are being filled."""

    stage: str
    claim: pd.DataFrame
    pool: float
    held: float
    schools: pd.Index
    subjects: pd.Index
    people: pd.DataFrame
    origin: Positions
    shares: Floats
    posts: Floats
    need: Floats
    rounds: Rounds
    district: pd.Series | None
    swapped: Bools

    @classmethod
    def of(
        cls,
        plan: Plan,
        stage: str,
        claim: pd.DataFrame,
        pool: float,
        held: float,
        lessons: Mapping[str, Mapping[str, float]] | None,
        own_share: float,
        pooling: str,
    ) -> Level | None:
        """Lay a stage out; None where nobody teaches it."""
        before = plan.base or plan
        public = before.study.schools["ownership"] != "private"
        had = before.study.offering(stage)
        gone = had[public.reindex(had).to_numpy(dtype=bool)].difference(plan.study.offering(stage), sort=False)
        schools = claim.index.append(gone)
        people = people_of(before.study, stage, list(schools))
        if not len(people):
            return None
        told = (lessons or {}).get(stage)
        mix = people["subject"].value_counts(sort=False) if told is None else pd.Series(told, dtype=float)
        subjects = pd.Index(list(mix.index) + sorted(set(people["subject"]) - set(mix.index)))
        shares = (mix / mix.sum()).reindex(subjects).fillna(0.0).to_numpy(dtype=float)
        origin = schools.get_indexer(people["school_id"])
        subject = subjects.get_indexer(people["subject"])
        posts = posts_by_school(claim["claim"], pool - held).reindex(schools).fillna(0.0).to_numpy(dtype=float)
        school = _followed(plan, stage, schools, posts, origin, subject)
        have = count_by(school, subject, (len(schools), len(subjects)))
        need = whole_posts(posts[:, None] * shares[None, :], posts, have)
        minutes = _minutes(plan, stage, schools)
        district = _districts(plan, stage, schools)
        if pooling == "district" and district is not None:
            apart = district.to_numpy()[:, None] != district.to_numpy()[None, :]
            minutes[apart] = np.nan
        np.fill_diagonal(minutes, 0.0)
        rounds = Rounds(
            school, subject, people["protected"].to_numpy(dtype=bool), people["record"].to_numpy(dtype=float),
            turns(origin, subject), need.copy(), minutes, own_share,
        )  # fmt: skip
        nobody = np.zeros(len(people), dtype=bool)
        return cls(
            stage, claim, pool, held, schools, subjects, people, origin, shares, posts, need, rounds, district, nobody
        )  # fmt: skip

    @property
    def waiting(self) -> np.ndarray:
        """Who is left without a post."""
        return self.rounds.place == NOWHERE

    @property
    def beyond(self) -> float:
        """Protected teachers who stay although there is no post for them."""
        filled = self.need.sum() - np.maximum(self.rounds.need, 0.0).sum()
        return float((self.rounds.place >= 0).sum() - filled)

    def places(self) -> pd.Series[str]:
        """Give the school of each person of the table after; empty where there are only counts."""
        names = np.append(np.asarray(self.schools, dtype=object), "")
        rows = self.people["row"].to_numpy()
        known = rows >= 0 if rows.dtype.kind in "if" else np.ones(len(rows), dtype=bool)
        return pd.Series(names[self.rounds.place][known], index=rows[known], name="school_id", dtype="str")

    def summary(self) -> tuple[object, ...]:
        """Give the level's line of `LEVEL_COLUMNS`."""
        c = self.claim
        source = next((s for s in c["source"] if s), "")
        left = len(self.people) - (self.pool - self.held)
        return (self.stage, float(c["pupils"].sum()), float(c["classes"].sum()), float(c["claim"].sum()), self.pool,
                self.held, len(self.people), left, source)  # fmt: skip


def _followed(
    plan: Plan, stage: str, schools: pd.Index, posts: Floats, origin: Positions, subject: Positions
) -> Positions:
    """Send the teachers of closed schools after their pupils; who has nobody to follow stays in the list of theirs."""
    answer = origin.copy()
    if plan.base is None or stage not in plan.base.assignments:
        return answer
    gone = np.flatnonzero(~schools.isin(plan.study.offering(stage)))
    changes = moved(plan, stage)
    sums = changes.groupby(["from_school", "to_school"])["pupils"].sum()
    for school in gone:
        if schools[school] not in sums.index.get_level_values(0):
            continue
        to = sums.loc[schools[school]]
        at = schools.get_indexer(to.index)
        to, at = to.to_numpy(dtype=float)[at >= 0], at[at >= 0]
        mine = np.flatnonzero(origin == school)
        if len(at):
            mine = mine[np.argsort(subject[mine], kind="stable")]
            answer[mine] = at[deal_persons(to / to.sum(), len(mine))]
    return answer


def _minutes(plan: Plan, stage: str, schools: pd.Index) -> Floats:
    study = plan.base.study if plan.base is not None else plan.study
    known = study.with_(schools=plan.study.schools)  # schools opened by the plan stand there too
    return minutes_between(known, travel_for(plan.travel, stage), list(schools)).to_numpy(dtype=float, copy=True)


def _districts(plan: Plan, stage: str, schools: pd.Index) -> pd.Series | None:
    """Give the management district of each school; None where the plan has none for the stage."""
    if stage not in plan.districtings:
        return None
    districting = plan.districtings[stage]
    home = plan.study.schools["township_id"].reindex(schools).map(districting.district_of)
    return districting.school_district.reindex(schools).fillna(home).fillna("").astype("str")
