"""What a plan over years may change, what it must hold, and at which prices: the record that `plan_years` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from layout_planner.base.cited import Cited
from layout_planner.base.errors import refuse
from layout_planner.base.options import Effort, option

if TYPE_CHECKING:
    from layout_planner.measures.money import Money

USUAL = Effort(seconds=300.0, gap=0.02, seed=0, clock="wall")

CHANGE = Cited(500.0, "yuan a pupil", "assumed: transfer, uniform, settling in", "user")
ELASTIC = Cited(1_500.0, "yuan a pupil a year", "assumed: mobile rooms, aides in classes above the standard", "user")
UNPLACED = Cited(60_000.0, "yuan a pupil a year", "assumed: dearer than any way or building", "user")
CONVERT = Cited(2_500.0, "yuan a seat", "assumed: laboratories, toilets, furniture", "user")
CONVERT_YEARS = Cited(15.0, "years", "assumed: life of fittings", "user")
REOPEN = Cited(1_500.0, "yuan a seat", "assumed: repairs, furniture", "user")
DISCOUNT = Cited(0.05, "a year", "assumed: a social discount rate", "user")


@dataclass(frozen=True, eq=False)
class Years:
    """What may change over the years, and what must hold.

    Parameters
    ----------
    close, reopen, build
        Schools may close; closed ones reopen; candidate sites open.
    expand
        Numbers of classes a school may grow by, up to the rules' school size.
    convert
        Schools may be given to another of the stages planned, wholly.
    convert_rooms
        Classrooms a school must have for that.
    points, point_pupils
        Primary schools with at most so many pupils today may become teaching points: grades 1 to 3 stay, the others go
        elsewhere, and what ends with a school ends but for the point's own cost. One that is kept as the only one in
        reach may do so where its upper grades reach another.
    campuses
        "stay": campuses, teaching points and sections of other schools stay; "free": they may close too.
    keep
        Schools that stay, by id.
    built_stays
        What was enlarged or newly built does not close within the years planned (it may go to another stage): only what
        is written off by the end counts, so that a school could else be enlarged for a crest and closed after it.
    keep_small
        A school stays where closing it would leave a place without any school of the stage within the rules' reach
        that is within it now: the small rural schools to be kept (国办发〔2018〕27号; 中央一号文件 2026).
    reach
        "priced": long ways cost what they last; "hard": ways beyond the rules' reach are not used, but for schools
        pupils go to today.
    moves
        "all": a year's zones hold for every grade; "entry": only the entry grade follows them, the others finish where
        they are, unless their school no longer serves their stage.
    block
        Pupils of a stage above which a place is planned in blocks alike in size, each of which goes whole: the streets
        or compounds (小区) among which a town's zones are drawn. All have the place's ways; which streets a block is,
        the zones have to say. Places go whole where left out.
    convert_lead, expand_lead, build_lead, reopen_lead
        Years from deciding (and paying) to using.
    most_closures, budget
        Schools a year that end a stage; yuan a year of building, at most.
    rebuild
        School → the last autumn in which its present building may be used (unsafe, as 危房 of class D): by the next it
        is being rebuilt on its site, or has closed. Meanwhile it has no seats, its running cost goes on, and its pupils
        are elsewhere: with `moves="entry"` they finish there. It must stand again in the last year planned.
    unsafe_until
        The same last autumn for every public school whose `building_grade` is D and that `rebuild` does not name. Where
        left out such a building may be used on, and the notes name it.
    rebuild_years, rebuild_seat
        Years of building; yuan a seat of the new building, the price of a new seat where left out.
    lawful
        School → earliest year in which it may close; by the rules and the procedure table where left out.
    elastic, elastic_years
        Seats above the standard as a share of a school's seats, and in how many years at most it may have them.
    waiting
        Schools (and sites) whose course may differ between forecasts from `known` on: ids, or "all".
    known
        The first autumn that knows which forecast comes true.
    weights
        Forecast → its weight; alike where left out.
    money
        The prices of ways, running and building; `Money()` where left out.
    change, elastic_price, unplaced, convert_seat, convert_years, reopen_seat, discount
        Prices that only plans over years have. Money paid is written off evenly: what falls within the horizon counts.

    Raises
    ------
    DataError
        A number is out of range, or a word is not known.
    """

    close: bool = option(True, "Schools may close.", "允许撤并。")
    reopen: bool = option(False, "Closed schools may reopen.", "允许恢复办学。", flag="--reopen")
    build: bool = option(True, "Candidate sites may open.", "允许新建。")
    expand: Sequence[int] = (2, 4, 8)
    convert: bool = option(True, "Schools may be given to another stage.", "允许跨学段调剂。")
    convert_rooms: int = option(12, "Classrooms a school needs for that.", "改办所需最少教室数。", least=1)
    points: bool = option(False, "Small primary schools may become teaching points.", "小规模小学可改为教学点。",
                          flag="--points")  # fmt: skip
    point_pupils: int = option(100, "Pupils up to which a school may.", "可改为教学点的最多学生数。", least=1)
    campuses: Literal["stay", "free"] = option(
        "stay", "Campuses and teaching points may close.", "分校区、教学点可撤。", kind=bool, typed=False,
        flag="--free-campuses",
    )  # fmt: skip
    keep: Sequence[str] = option(
        (), "A school that stays; repeated.", "必须保留的学校，可重复。", kind=list[str] | None, typed=None
    )
    built_stays: bool = option(
        True,
        "What was enlarged or built stays open.",
        "新建、扩建的校舍规划期内不撤。",
        flag="--built-stays/--built-closes",
    )
    keep_small: bool = option(True, "Small schools without another in reach stay.", "保留必要的乡村小规模学校。")
    reach: Literal["priced", "hard"] = option(
        "priced", "hard: no way beyond the rules' reach.", "路程是否硬限。", kind=Literal["priced", "hard"]
    )
    moves: Literal["all", "entry"] = option(
        "all", "entry: those in school finish where they are.", "entry：老生老办法。", kind=Literal["all", "entry"]
    )
    block: int | None = option(
        None, "Pupils above which a place is planned in blocks.", "居住点学生超过此数时按片块分别安排。",
        kind=int | None, least=1,
    )  # fmt: skip
    convert_lead: int = option(1, "Years to convert.", "改办周期（年）。", least=0)
    expand_lead: int = option(1, "Years to enlarge.", "扩建周期（年）。", least=0)
    build_lead: int = option(2, "Years to build.", "新建周期（年）。", least=0)
    reopen_lead: int = option(1, "Years to reopen.", "恢复办学周期（年）。", least=0)
    most_closures: int | None = option(None, "Closures a year at most.", "每年最多撤并数。", kind=int | None, least=0)
    budget: float | None = option(None, "Yuan a year of building.", "每年经费（元）。", kind=float | None, least=0)
    rebuild: Mapping[str, int] | None = option(
        None, "SCHOOL=YEAR: last autumn its present building may be used; repeated.",
        "学校=年份：现校舍最后使用年份，其后原址重建或停办，可重复。", kind=list[str] | None, typed=None,
        metavar="SCHOOL=YEAR",
    )  # fmt: skip
    unsafe_until: int | None = option(
        None, "Last autumn in which buildings of grade D may be used.", "D级校舍最后使用年份。", kind=int | None
    )
    rebuild_years: int = option(2, "Years to rebuild.", "重建周期（年）。", least=1)
    lawful: Mapping[str, int] | None = None
    elastic: float = option(0.1, "Seats above the standard, share.", "弹性学位占比。", least=0, most=1)
    elastic_years: int = option(3, "Years a school may have them.", "弹性学位最多年数。", least=0)
    waiting: Sequence[str] | Literal["all"] = option(
        (), "A school that may wait for the forecast, or all; repeated.", "可待预测明朗再定的学校，或 all；可重复。",
        kind=list[str] | None, typed=None,
    )  # fmt: skip
    known: int | None = option(None, "Autumn that knows the forecast.", "预测明朗之年。", kind=int | None)
    weights: Mapping[str, float] | None = None
    money: Money | None = None
    change: float = option(CHANGE.value, "Yuan a pupil who changes school.", "转学一人次（元）。", least=0)
    elastic_price: float = option(ELASTIC.value, "Yuan a pupil above the standard.", "弹性学位（元/年）。", least=0)
    unplaced: float = option(UNPLACED.value, "Yuan a pupil without a seat.", "无学位一人（元/年）。", least=0)
    convert_seat: float = option(CONVERT.value, "Yuan a converted seat.", "改办每学位（元）。", least=0)
    convert_years: float = option(CONVERT_YEARS.value, "Life of a conversion.", "改办使用年限。", least=1)
    reopen_seat: float = option(REOPEN.value, "Yuan a reopened seat.", "恢复每学位（元）。", least=0)
    rebuild_seat: float | None = option(
        None, "Yuan a rebuilt seat; as a new one.", "重建每学位（元），默认同新建。", kind=float | None, least=0
    )
    discount: float = option(DISCOUNT.value, "Rate a year.", "年折现率。", least=0, most=1)

    @property
    def last_use(self) -> Mapping[str, int]:
        """School to be rebuilt → the last autumn of its present building."""
        return self.rebuild or {}

    def __post_init__(self) -> None:
        words = {"campuses": ("stay", "free"), "reach": ("priced", "hard"), "moves": ("all", "entry")}
        for name, values in words.items():
            if getattr(self, name) not in values:
                raise refuse(
                    f'{name}="{getattr(self, name)}" is unknown', f"{name}=“{getattr(self, name)}”未知",
                    f"use one of {', '.join(values)}", f"可用：{'、'.join(values)}",
                )  # fmt: skip
        numbers = {k: v for k, v in vars(self).items() if isinstance(v, int | float) and not isinstance(v, bool)}
        bad = [
            name
            for name, value in numbers.items()
            if name not in ("known", "unsafe_until") and not (np.isfinite(value) and value >= 0)
        ]
        bad += [name for name in ("convert_years", "rebuild_years") if getattr(self, name) < 1]
        if bad or any(step < 1 for step in self.expand):
            raise refuse(
                f"out of range: {', '.join(bad) or 'expand'}", f"超出范围：{'、'.join(bad) or 'expand'}",
                "give numbers of at least 0 (classes and years of use: at least 1)",
                "请给不小于 0 的数（班数、年限不小于 1）",
            )  # fmt: skip
