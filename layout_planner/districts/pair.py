"""The verb `pair`: strong schools with weak or new ones, and school groups around a core (名校+, 集团化)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.proof import Proof
from layout_planner.base.units import in_units
from layout_planner.districts.units import strength_map
from layout_planner.measures.balance import difference_coefficient
from layout_planner.plan.districting import PAIR_COLUMNS, Pairing
from layout_planner.solving.mip import Model
from layout_planner.study import Study
from layout_planner.study.indicators import INDICATORS
from layout_planner.travel import Travel, TravelLike, travel_for


def pair(
    study: Study,
    travel: TravelLike,
    stage: str,
    *,
    count: int | None = None,
    members: int = 1,
    strong: Sequence[str] | None = None,
    weak: Sequence[str] | None = None,
    strength: pd.Series | None = None,
    weights: Mapping[str, float] | None = None,
    shared: float = 1.0,
) -> Pairing:
    """Pair strong schools with weak or new ones, each school at most once.

    Parameters
    ----------
    study, travel, stage
        The facts, the ways, and whose schools.
    count
        Pairs (or members, in groups) to make; as many as can be where left out.
    members
        Most members of a group: 1 for pairs, more for school groups (教育集团) around a core school.
    strong
        Schools that may be a core; the better half where left out (candidate leads where marked).
    weak
        Schools that want a partner: weak or new ones; the worse half where left out. Planned schools may be named.
    strength
        Strength of each school; `quality` of the offers where left out. New schools without one count as weakest.
    weights
        Of "need" (strength between core and member, the more the better), "distance" (minutes), "likeness" (difference
        of size per grade); 1 each. All are scaled by their largest value.
    shared
        Share of each resource that a group puts together and divides by pupils; the rest stays where it is.

    Returns
    -------
    Pairing
        Optimal, with the effect of each pair or group, and of all together, on the difference coefficients.

    Raises
    ------
    DataError
        Schools that are both strong and weak, or more pairs than can be made.

    Notes
    -----
    min Σ c_ij x_ij with Σ_i x_ij ≤ 1, Σ_j x_ij ≤ m, Σ x = count: a transportation problem (Hitchcock 1941), whose
    vertices are whole; solved by HiGHS.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> lp.pair(study, ways, stage="junior", count=2).table[["core", "member"]]
      core member
    0  J07    N01
    1  J04    J42
    """
    started = time.perf_counter()
    strengths = strength_map(study, stage, strength)
    cores, seekers = _sides(study, stage, strengths, strong, weak)
    most = min(len(cores) * members, len(seekers))
    wanted = most if count is None else count
    if wanted > most or wanted < 0:
        raise refuse(
            f"{wanted} pairs asked for, at most {most} can be made", f"要求 {wanted} 对，至多 {most} 对",
            "ask for fewer, or name more schools", "减少数量或增加学校",
        )  # fmt: skip
    minutes, metres = _ways(study, travel_for(travel, stage), cores, seekers)
    lowest = min(strengths.values(), default=0.0)
    need = np.array([[strengths[c] - strengths.get(s, lowest) for s in seekers] for c in cores]).reshape(len(cores), -1)
    size = study.roll(stage)
    likeness = np.abs(
        np.log1p(size.reindex(cores).fillna(0).to_numpy(dtype=float))[:, None]
        - np.log1p(size.reindex(seekers).fillna(0).to_numpy(dtype=float))[None, :]
    )
    share = {"need": 1.0, "distance": 1.0, "likeness": 1.0} | dict(weights or {})
    far = np.where(np.isnan(minutes), 2 * np.nanmax(minutes, initial=1.0), minutes)
    cost = share["distance"] * _scaled(far) + share["likeness"] * _scaled(likeness) - share["need"] * _scaled(need)
    chosen = _match(cost, members, wanted)
    rows = [
        (cores[i], seekers[j], minutes[i, j], metres[i, j], need[i, j], likeness[i, j], cost[i, j]) for i, j in chosen
    ]
    table = pd.DataFrame(rows, columns=list(PAIR_COLUMNS))
    objective = float(table["cost"].sum())
    matched = set(table["member"])
    group = pd.Series(
        {c: c for c in table["core"]} | dict(zip(table["member"], table["core"], strict=True)), dtype="str"
    )
    return Pairing(
        stage=stage,
        table=table,
        unmatched=tuple(s for s in seekers if s not in matched),
        proof=Proof(objective, objective, ended="proved"),
        seconds=time.perf_counter() - started,
        effect=sharing_effect(study, stage, group, shared),
        rule=Text(
            f"Each group puts {shared:.0%} of every resource together and divides it by pupils.",
            f"各组将每项资源的 {shared:.0%} 合并后按学生数分配。",
        ),
    )


@in_units()
def sharing_effect(study: Study, stage: str, group: pd.Series, shared: float = 1.0) -> pd.DataFrame:
    """Say what sharing inside groups does to the difference coefficient of each indicator.

    Parameters
    ----------
    group
        Group of each school that shares; index school_id.
    shared
        Share of each resource that is put together and divided by pupils.

    Returns
    -------
    pd.DataFrame
        See `Pairing.effect`.
    """
    schools = study.offering(stage)
    offers = study.offers.xs(stage, level="stage").reindex(schools)
    pupils = study.roll(stage).reindex(schools).fillna(0.0)
    rows = []
    for name in INDICATORS:
        if name not in offers or offers[name].isna().all():
            continue
        had = offers[name].astype(float)
        before = difference_coefficient(had, pupils)
        for one in sorted(set(group)):
            own = group.index[group == one].intersection(schools)
            shares = share_resource(had, pupils, group[group == one], shared)
            inside = (difference_coefficient(x[own], pupils[own]) for x in (had, shares))
            rows.append((one, name, before, difference_coefficient(shares, pupils), *inside))
        after = difference_coefficient(share_resource(had, pupils, group, shared), pupils)
        rows.append(("all", name, before, after, float("nan"), float("nan")))
    columns = ["group", "indicator", "before", "after", "inside_before", "inside_after"]
    return pd.DataFrame(rows, columns=columns).set_index(["group", "indicator"])


def share_resource(resource: pd.Series, pupils: pd.Series, group: pd.Series, shared: float) -> pd.Series:
    """Give each school's resource after a share of it is pooled in its group and divided by pupils; the sum stays."""
    after = resource.astype(float).copy()
    of = group.reindex(resource.index)
    known = of.notna() & resource.notna() & (pupils > 0)
    pool = (shared * after[known]).groupby(of[known]).sum()
    heads = pupils[known].groupby(of[known]).sum()
    each = of[known].map(pool / heads)
    after[known] = (1 - shared) * after[known] + each.to_numpy(dtype=float) * pupils[known]
    return after


_UNITS = ("minutes", "metres")


def _sides(
    study: Study, stage: str, strengths: Mapping[str, float], strong: Sequence[str] | None, weak: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    order = sorted(strengths, key=lambda s: (-strengths[s], s))
    marked = []
    if "lead_candidate" in study.offers:
        flags = study.offers["lead_candidate"].xs(stage, level="stage").fillna(0) > 0
        marked = [s for s in order if bool(flags.get(s, False))]
    cores = list(strong) if strong is not None else (marked or order[: len(order) // 2])
    rest = [s for s in order if s not in set(cores)]
    seekers = list(weak) if weak is not None else [s for s in rest if s in set(order[len(order) // 2 :])]
    known = set(study.schools.index)
    both, lost = sorted(set(cores) & set(seekers)), sorted(s for s in [*cores, *seekers] if s not in known)
    if both or lost or any(c not in strengths for c in cores):
        named = ", ".join(both or lost or [c for c in cores if c not in strengths])
        raise refuse(
            f"strong and weak at once, unknown, or not open as a core: {named}",
            f"同时列为强校与弱校、未知或未开办：{named}",
            "name each school on one side", "每所学校只列一侧",
        )  # fmt: skip
    return cores, seekers


def _ways(study: Study, way: Travel, cores: list[str], seekers: list[str]) -> tuple[Floats, Floats]:
    """Minutes and metres between schools; straight metres, at the matrix's mean pace, where not measured."""
    a, b = study.site_of(cores), study.site_of(seekers)
    if "minutes" in way.between:
        minutes, length = (way.between[name].reindex(index=a, columns=b).to_numpy(dtype=float) for name in _UNITS)
        return minutes, length
    first, second = (study.schools.geometry.reindex(s) for s in (cores, seekers))
    metres = np.array([[p.distance(q) for q in second] for p in first]).reshape(len(cores), len(seekers))
    with np.errstate(invalid="ignore", divide="ignore"):
        pace = float(np.nanmedian(way.minutes.to_numpy(dtype=float) / way.metres.to_numpy(dtype=float)))
    return metres * pace, metres


def _scaled(values: Floats) -> Floats:
    largest = float(np.abs(values).max(initial=0.0))
    return values / largest if largest > 0 else values


def _match(cost: Floats, members: int, wanted: int) -> list[tuple[int, int]]:
    rows, columns = cost.shape
    if not wanted:
        return []
    model = Model("weighted distance")
    y = model.columns(cost.ravel(), most=1.0, whole=True).reshape(rows, columns)
    core, seeker = np.indices(cost.shape)
    model.rows((core, y, 1.0), most=float(members), count=rows)
    model.rows((seeker, y, 1.0), most=1.0, count=columns)
    model.rows((0, y, 1.0), least=float(wanted), most=float(wanted))
    x = model.solve().x
    assert x is not None  # no more pairs are wanted than there is room for
    return [(int(i), int(j)) for i, j in np.argwhere(x.reshape(rows, columns) > 0.5)]
