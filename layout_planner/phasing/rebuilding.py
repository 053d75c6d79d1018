"""Schools whose building may be used for some years only: rebuilt on their site by then, or closed.

While a school is rebuilt it has no seats, its pupils are elsewhere, and its running cost goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layout_planner.base.arrays import Ints
from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.phasing.horizon.problem import Horizon
from layout_planner.phasing.horizon.still import forced, kept_seats

if TYPE_CHECKING:
    from layout_planner.measures.money import Money
    from layout_planner.phasing.outlook_settings import Years
    from layout_planner.phasing.use import Use
    from layout_planner.study import Study

SITE, REBUILT = "rebuilding", "rebuilt"
UNSAFE = "D"
"""Of `building_grade`: dangerous as a whole (JGJ 125)."""
NEVER = 10_000


@dataclass(frozen=True)
class Arc:
    """What leads from one state to another.

    Parameters
    ----------
    earliest, latest
        Years (by position) in which the new state may begin.
    lead, ends
        Years from paying to using; closures it counts.
    invest, life
        Yuan, and years over which they are written off.
    """

    earliest: int
    latest: int
    lead: int = 0
    ends: int = 0
    invest: float = 0.0
    life: float = 1.0


def rebuilt_uses(today: Use, larger: Sequence[Use], closed: Sequence[Use], years: int) -> list[Use]:
    """List the states of a school to be rebuilt: as today, closed where it may close, the years of building, rebuilt.

    Parameters
    ----------
    today
        The present state.
    larger
        The states it could be enlarged to.
    closed
        The state without any use, where it may close.
    years
        Years of building.
    """
    site = type(today)(today.building, SITE)
    again = [replace(use, word=REBUILT) for use in (today, *larger)]
    return [today, *closed, *(replace(site, step=k + 1) for k in range(years)), *again]


def rebuilding_arc(
    one: Use, two: Use, last: int, closing: int, horizon: int, wish: Years, money: Money
) -> Arc | None:  # fmt: skip
    """Give the arc between two states of a school to be rebuilt; None where there is none.

    Parameters
    ----------
    last, closing
        Years (by position): the last in which the present building may be used, the first in which it may close.
    horizon
        Years planned.
    """
    years, step = wish.rebuild_years, two.step
    if two.word == SITE:
        before = (one.word == SITE and one.step == step - 1) or (step == 1 and one.word == "as today")
        # It stands again by the end: the first year of building leaves room for the others.
        return Arc(step - 1, min(last, horizon - 2 - years) + step) if before else None
    if two.word == REBUILT:
        if one.word == REBUILT:
            return Arc(0, NEVER) if one == two else None
        if one.word != SITE or one.step != years:
            return None
        seat = money.seat.value if wish.rebuild_seat is None else wish.rebuild_seat
        return Arc(years, horizon - 1, years, 0, sum(two.own.values()) * seat, money.years.value)
    if two.word == "closed":
        if one.word == "closed":
            return Arc(0, NEVER)
        return Arc(closing, last + 1, 0, 1) if one.word == "as today" else None
    return Arc(0, last) if one == two else None


def shut(
    earliest: Ints, latest: Ints, owner: Ints, now: Ints, buildings: Sequence[str], wish: Years, horizon: int
) -> Ints:  # fmt: skip
    """Shut the arcs of schools to be rebuilt from which nothing leads on to the end; give `latest` anew.

    Raises
    ------
    DataError
        Schools for which nothing is left.
    """
    latest, dead = latest.copy(), []
    for b, school in enumerate(buildings):
        if school in wish.last_use:
            own = np.flatnonzero(owner == b)
            here = np.ix_(own, own)
            latest[here] = _alive(earliest[here], np.minimum(latest[here], horizon - 1), horizon)
            first = (earliest[now[b], own] <= 0) & (latest[now[b], own] >= 0)
            dead += [] if first.any() else [f"{school} ({wish.last_use[school]})"]
    if dead:
        told = ", ".join(dead[:5])
        raise refuse(
            f"neither rebuilt by the last autumn planned nor closed in time can be: {told}",
            f"以下学校既不能在规划期内建成、又不得按期停办：{told}",
            f"plan more years (a rebuilding takes {wish.rebuild_years}), or let them close",
            f"请延长规划期（重建需 {wish.rebuild_years} 年）或允许停办",
        )  # fmt: skip
    return latest


def _alive(earliest: Ints, latest: Ints, horizon: int) -> Ints:
    """Give the last year of each arc from whose state something leads on; −1 where none does."""
    on = np.ones((horizon, len(latest)), dtype=bool)
    for t in range(horizon - 2, -1, -1):
        on[t] = ((earliest <= t + 1) & (t + 1 <= latest) & on[t + 1][None]).any(axis=1)
    told = np.full_like(latest, -1)
    for i, j in np.argwhere(earliest <= latest):
        years = np.flatnonzero(on[earliest[i, j] : latest[i, j] + 1, j])
        told[i, j] = earliest[i, j] + years[-1] if len(years) else -1
    return told


def unsafe_schools(study: Study, stages: Sequence[str]) -> list[str]:
    """Name the open public schools of some stages whose building is of grade D (整幢危险)."""
    if "building_grade" not in study.schools:
        return []
    grade = study.schools["building_grade"].astype("string").fillna("").str.strip().str.upper()
    private = study.is_private()
    here = dict.fromkeys(str(school) for stage in stages for school in study.offering(stage))
    return [school for school in here if grade[school] == UNSAFE and not private[school]]


def with_unsafe(study: Study, stages: Sequence[str], wish: Years) -> Years:
    """Have the schools of grade D rebuilt or closed in time, where the wish names a year for them."""
    if wish.unsafe_until is None:
        return wish
    found = dict.fromkeys(unsafe_schools(study, stages), wish.unsafe_until)
    return replace(wish, rebuild={**found, **wish.last_use})


def check_rebuild(study: Study, stages: Sequence[str], start: int, end: int, wish: Years) -> None:
    """Refuse schools that are not there to be rebuilt, and years outside of those planned.

    Raises
    ------
    DataError
        Unknown, private or closed schools; schools of other stages; years.
    """
    here = sorted({str(school) for stage in stages for school in study.offering(stage)})
    private, asked = study.is_private(), [str(school) for school in wish.last_use]
    wrong = [school for school in asked if school not in here]
    if wrong:
        hint = did_you_mean(wrong[0], here)
        raise refuse(
            f"rebuild names what is no open school of the stages planned: {', '.join(wrong[:5])}{hint.en}",
            f"rebuild 含未开办所选学段的学校：{'、'.join(wrong[:5])}{hint.zh}", "correct the ids", "请更正编号",
        )  # fmt: skip
    wrong = [school for school in asked if private.get(school, False)]
    if wrong:
        raise refuse(
            f"rebuild names private schools, which no plan moves: {', '.join(wrong[:5])}",
            f"rebuild 含民办学校（方案不涉及民办校舍）：{'、'.join(wrong[:5])}", "leave them out", "请去掉",
        )  # fmt: skip
    wrong = [f"{school}={year}" for school, year in wish.last_use.items() if not start - 1 <= year < end]
    if wrong:
        raise refuse(
            f"rebuild: the last autumn of a building lies from {start - 1} to {end - 1}, not {', '.join(wrong[:5])}",
            f"rebuild：现校舍最后使用年份须在 {start - 1} 至 {end - 1} 年之间，而非 {'、'.join(wrong[:5])}",
            "correct the years, or plan others", "请更正年份或规划期",
        )  # fmt: skip


def check_limits(problem: Horizon, buildings: Sequence[str]) -> None:
    """Refuse rebuildings that the limits of a year do not allow.

    Parameters
    ----------
    buildings
        Their names.

    Raises
    ------
    DataError
        Too little money, or too few closures, for all of them; a school whose seats are not known.
    """
    which = np.flatnonzero(forced(problem))
    names = [buildings[int(b)] for b in which]
    unknown = [
        name for b, name in zip(which, names, strict=True) if not np.isfinite(problem.invest[problem.owner == b]).all()
    ]
    if unknown:
        raise refuse(
            f"rebuild: seats unknown at {', '.join(unknown[:5])}, so that nobody knows what to build",
            f"rebuild：{'、'.join(unknown[:5])} 学位数未知，无法确定重建规模", "fill in their seats", "请填写学位数",
        )  # fmt: skip
    if len(which) and kept_seats(problem, which) is None:
        least = _least_budget(problem, which)
        more = ("more closures a year", "放宽每年撤并数") if least is None else (
            f"a budget of {least:,.0f} yuan a year", f"每年经费 {least:,.0f} 元")  # fmt: skip
        raise refuse(
            f"{', '.join(names[:5])}: not all can be rebuilt or closed in time within a year's budget and closures",
            f"{'、'.join(names[:5])}：每年经费与撤并数限额内无法全部按期重建或停办",
            f"{more[0]} would do; or give later years", f"{more[1]}即可，或推迟停用年份",
        )  # fmt: skip


def _least_budget(problem: Horizon, which: Ints) -> float | None:
    """Give the least yearly budget with which all are rebuilt or closed in time; None where money is not the matter."""
    T = problem.shape[3]
    own = np.isin(problem.owner, which)
    sums = np.unique(problem.invest[np.ix_(own, own)])
    top = float(sums.max()) * len(which)
    if kept_seats(problem.with_(budget=np.full(T, top)), which) is None:
        return None
    low, high = 0.0, top
    while high - low > max(1.0, 1e-3 * top):
        middle = (low + high) / 2
        enough = kept_seats(problem.with_(budget=np.full(T, middle)), which) is not None
        low, high = (low, middle) if enough else (middle, high)
    path = kept_seats(problem.with_(budget=np.full(T, high)), which)
    assert path is not None
    whole = np.broadcast_to(problem.now[:, None], (problem.shape[2], T)).copy()
    whole[which] = path
    return float(problem.acts(whole[None])[1].max())
