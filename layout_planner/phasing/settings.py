"""How fast a phasing may go: the record that `phase` and its command read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layout_planner.base.options import Effort, option

USUAL = Effort(seconds=120.0, gap=1e-3, clock="wall")


@dataclass(frozen=True, eq=False)
class Pace:
    """How much one autumn may hold, and who moves when.

    Parameters
    ----------
    most_closures, most_moved
        Schools closed, merged or converted, and pupils who change school (before rounding), in one autumn at most.
    budget, seat_cost
        Yuan a year for new seats at most, and yuan a seat; a candidate site's own `open_cost` goes before.
    build_years
        Years from paying to sitting: no new seats before start + build_years.
    until
        Last autumn in which seats are watched; where left out `end`, or with `finish` the autumn in which the last
        pupils of a school that closes in `end` have left.
    finish
        Pupils may finish where they are (老生老办法): from the year of an edit only the entry grade starts at the new
        school, a school closes when its last grade has left, and plans are made for every autumn until then. Pupils of
        schools that lose seats go at once.
    lawful
        School → earliest year in which the procedure lets it close; where left out, what `earliest_closing_years`
        gives by the plan's rules and the study's procedure table.
    """

    most_closures: int | None = option(None, "Closures a year at most.", "每年最多撤并数。", kind=int | None, least=0)
    most_moved: float | None = option(
        None, "Pupils who change school a year.", "每年最多转学人数。", kind=float | None, least=0
    )
    budget: float | None = option(None, "Yuan a year for new seats.", "每年经费（元）。", kind=float | None, least=0)
    seat_cost: float | None = option(None, "Yuan a seat.", "每学位造价（元）。", kind=float | None, least=0)
    build_years: int = option(0, "Years from paying to sitting.", "建设周期（年）。", least=0)
    until: int | None = option(None, "Watch the seats until then.", "学位核验到哪一年。", kind=int | None)
    finish: bool = option(
        False, "Pupils may finish where they are; only the entry grade moves.", "老生老办法。", flag="--finish"
    )
    lawful: Mapping[str, int] | None = None
