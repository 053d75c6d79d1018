"""The measures of a county, a school and a staff, each said once.

A `Measure` holds its name, unit, words, whether more or less is better, the rule that limits it, its formula over who
is sent where, and where it is shown. The scorecard (with it `compare`, pages and documents), `screen`, `keep_instead`
and the frontier of `consolidate` read it here. To add one, write one entry into `COUNTY`: left as it is, `shown` puts
it everywhere. A measure that the page is to work out while schools are clicked needs its twin in `live/web/gauge.js`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from layout_planner.base.messages import Text
from layout_planner.measures.counted import KIND_WORDS
from layout_planner.measures.distance import QUANTILES, WAYS
from layout_planner.measures.resources import RESOURCES
from layout_planner.measures.sent import Sent
from layout_planner.study.indicators import INDICATORS
from layout_planner.travel.types import MODE_WORDS
from layout_planner.travel.types import WAYS as MODES

Place: TypeAlias = Literal["scorecard", "screen", "counter", "frontier", "table", "key"]
"""Where a measure is shown: the scorecard (compare, page, documents) · `screen` · `keep_instead` · the frontier · the
tables of the command line · the few figures at the head of the page."""

LAST = 1_000
EVERYWHERE: Mapping[Place, int] = {"scorecard": LAST, "screen": LAST, "counter": LAST, "frontier": LAST}


@dataclass(frozen=True)
class Measure:
    """One measure of a stage.

    Parameters
    ----------
    name
        As tables hold it.
    unit
        "pupils", "min", "m", "%", "1", "schools", "classes", "seats", "yuan a year" …
    words
        As readers call it; None keeps it off the page (it stands in the tables).
    formula
        The value from who is sent where: NaN where it is not known, None where it has no place (no rule holds, nothing
        to compare with). Left out where the value is not of a whole county: then it is a column of the schools' table,
        or another room works it out.
    better
        "lower", "higher" or "" for neither.
    rule
        The rule that limits it, for limit, ok and source; "" for none.
    shown
        Where, and in which order there.
    said
        Other words in one place, with the unit as written there.
    change
        Counted against the base: 0 in a stage that a what-if leaves alone.
    """

    name: str
    unit: str
    words: Text | None = None
    formula: Callable[[Sent], float | None] | None = None
    better: Literal["lower", "higher", ""] = ""
    rule: str = ""
    shown: Mapping[Place, int] = field(default_factory=lambda: EVERYWHERE)
    said: Mapping[Place, Text] = field(default_factory=dict)
    change: bool = False

    def label(self, place: Place) -> Text:
        """Give the words used in one place."""
        return self.said.get(place) or self.words or Text(self.name, self.name)


def shown_in(place: Place) -> tuple[Measure, ...]:
    """Give the county's measures that are shown somewhere, in the order they have there."""
    mine = [measure for measure in COUNTY if place in measure.shown]
    return tuple(mine if place == "scorecard" else sorted(mine, key=lambda measure: measure.shown[place]))


def reckon(place: Place, sent: Sent) -> dict[str, float]:
    """Work out the measures shown somewhere, in the order they have there; those that have no place are absent."""
    values = {m.name: m.formula(sent) for m in shown_in(place) if m.formula is not None}
    return {name: float(value) for name, value in values.items() if value is not None}


def _way(unit: Literal["minutes", "metres"], statistic: str) -> Callable[[Sent], float]:
    at = WAYS.index(statistic)
    return lambda sent: float(sent.ways(unit)[at])


def _beyond(
    unit: Literal["minutes", "metres"], what: Literal["share", "far", "held"]
) -> Callable[[Sent], float | None]:
    def formula(sent: Sent) -> float | None:
        far, held = sent.beyond(unit)
        return {"share": 100.0 * far / held, "far": far, "held": held}[what] if held else None

    return formula


def _sum(column: str) -> Callable[[Sent], float | None]:
    return lambda sent: float(sent.schools[column].sum()) if column in sent.schools else None


def _yuan(part: str) -> Callable[[Sent], float | None]:
    return lambda sent: sent.yuan.get(part)


def _seats(sent: Sent) -> float:
    """Add up the seats; missing where those of a school are not known, for the others alone are not the county's."""
    seats = sent.schools["seats"]
    return float(seats.sum()) if np.isfinite(seats).all() else np.nan


def _load(sent: Sent) -> float | None:
    finite = np.isfinite(sent.schools["seats"])
    seats = float(sent.schools["seats"][finite].sum())
    return float(sent.schools["roll"][finite].sum()) / seats if seats else None


def _class_size(sent: Sent) -> float | None:
    if "classes" not in sent.schools:
        return None
    formed = float(sent.schools["classes"].sum())
    return float(sent.schools["roll"].sum()) / formed if formed else np.nan


def _largest_class(sent: Sent) -> float | None:
    if "largest" not in sent.schools:
        return None
    known = sent.schools["largest"][~np.isnan(sent.schools["largest"])]
    return float(known.max()) if len(known) else np.nan


def _share_moved(sent: Sent) -> float | None:
    if sent.moved is None:
        return None
    return 100.0 * sent.moved / sent.placed if sent.placed else np.nan


def _spread(name: str) -> Callable[[Sent], float | None]:
    return lambda sent: sent.spread.get(name)


def _ways(unit: Literal["minutes", "metres"], short: str, kind: Text) -> list[Measure]:
    places: dict[str, Mapping[Place, int]] = {
        "minutes_mean": {"scorecard": 0, "screen": 5, "counter": 7, "frontier": 0, "table": 6, "key": 2},
        "minutes_median": {"scorecard": 0, "screen": 6},
        "minutes_p95": {"scorecard": 0, "screen": 7, "counter": 8, "frontier": 1, "table": 7, "key": 7},
        "minutes_max": {"scorecard": 0, "screen": 8, "table": 8},
        "metres_mean": {"scorecard": 0, "table": 9},
    }
    said: dict[str, Mapping[Place, Text]] = {
        "minutes_mean": {"counter": Text("mean way of a pupil", "学生平均单程（分钟）")},
        "minutes_p95": {"counter": Text("95 of 100 pupils need at most", "95% 学生单程不超过（分钟）")},
    }
    return [
        Measure(
            f"{unit}_{name}",
            short,
            Text(f"way, {kind.en}: {text.en}", f"{kind.zh}：{text.zh}"),
            _way(unit, name),
            "lower",
            shown=places.get(f"{unit}_{name}", {"scorecard": 0}),
            said=said.get(f"{unit}_{name}", {}),
        )
        for name, text in _STATISTICS.items()
    ]


_STATISTICS = {
    "mean": Text("mean", "平均"),
    "median": Text("median", "中位"),
    "p90": Text("90 % have less than", "90% 的学生不超过"),
    "p95": Text("95 % have less than", "95% 的学生不超过"),
    "max": Text("longest", "最远"),
}
assert tuple(_STATISTICS) == ("mean", *QUANTILES, "max")


def _going_by(mode: str) -> Callable[[Sent], float | None]:
    return lambda s: s.by.get(mode)


def _by_mode() -> list[Measure]:
    """How many day pupils go by each mode, and who lodges near the school; where children go by several ways only."""
    words = {mode: Text(f"pupils {way.en}", f"{way.zh}的学生") for mode, way in MODE_WORDS.items() if mode in MODES}
    measures = [
        Measure(f"by_{mode}", "pupils", text, _going_by(mode), shown={"scorecard": 0}) for mode, text in words.items()
    ]
    lodgers = Text("pupils who lodge near the school", "在校旁租住（陪读）的学生")
    return [
        *measures,
        Measure("lodgers", "pupils", lodgers, lambda s: s.lodgers if s.by else None, shown={"scorecard": 0}),
    ]  # fmt: skip


def _reach(unit: Literal["minutes", "metres"], what: Text, places: Mapping[Place, int]) -> list[Measure]:
    return [
        Measure(
            f"beyond_reach_{unit}", "%", Text(f"pupils beyond the {what.en} allowed", f"超过规定{what.zh}的学生"),
            _beyond(unit, "share"), "lower", shown=places,
        ),
        Measure(
            f"beyond_reach_{unit}_pupils", "pupils",
            Text(f"pupils beyond the {what.en} allowed, number", f"超过规定{what.zh}的学生数"),
            _beyond(unit, "far"), "lower", shown={"scorecard": 0},
        ),
        Measure(
            f"held_to_reach_{unit}_pupils", "pupils",
            Text(f"pupils a limit of {what.en} holds for", f"有{what.zh}限值的学生数"),
            _beyond(unit, "held"), shown={"scorecard": 0},
        ),
    ]  # fmt: skip


_RESOURCES = {"teachers": Text("teachers", "专任教师"), **INDICATORS}
assert tuple(_RESOURCES) == RESOURCES


def _counted(kind: str) -> Callable[[Sent], float | None]:
    return lambda s: s.counted.get(kind)


def _by_kind() -> list[Measure]:
    """What the open schools of a stage count as: `keep` of `consolidate` counts the first, the others beside it."""
    return [
        Measure(
            f"schools_{kind.split()[-1]}", "schools", Text(f"– {text.en}", f"– {text.zh}"), _counted(kind),
            shown={"scorecard": 0, "frontier": 7, "table": 1},
        )
        for kind, text in KIND_WORDS.items()
    ]  # fmt: skip


def _balance(resource: str, text: Text) -> list[Measure]:
    named = Text(f"difference coefficient, {text.en}", f"差异系数：{text.zh}")
    places: Mapping[Place, int] = {"scorecard": 0, "table": 17} if resource == "teachers" else {"scorecard": 0}
    rule = "difference_coefficient" if resource != "teachers" else ""
    return [
        Measure(f"difference_{resource}", "1", named, _spread(f"difference_{resource}"), "lower", rule, places),
        *(
            Measure(f"{kind}_{resource}", "1", None, _spread(f"{kind}_{resource}"), "lower", shown={"scorecard": 0})
            for kind in ("gini", "theil")
        ),
    ]


COUNTY: tuple[Measure, ...] = (
    Measure(
        "pupils", "pupils", Text("pupils who live here", "适龄儿童"), lambda s: s.placed + s.unplaced + s.elsewhere,
        shown={"scorecard": 0, "table": 2},
    ),
    Measure(
        "placed", "pupils", Text("pupils placed", "已安置学生"), lambda s: s.placed, "higher",
        shown={"scorecard": 0, "screen": 2},
    ),
    Measure(
        "unplaced", "pupils", Text("children without a school", "未安置学生"), lambda s: s.unplaced, "lower",
        shown={"scorecard": 0, "screen": 3, "counter": 13, "table": 0},
        said={"counter": Text("children without a school", "未安置学生（人）")},
    ),
    Measure(
        "elsewhere", "pupils", Text("pupils who learn elsewhere", "县外就读学生"), lambda s: s.elsewhere,
        shown={"scorecard": 0, "screen": 3, "table": 3},
    ),
    Measure(
        "outside", "pupils", Text("pupils from outside", "县外来源学生"), lambda s: s.outside,
        shown={"scorecard": 0, "table": 4},
    ),
    Measure(
        "schools", "schools", Text("schools open", "在办学校"), lambda s: s.open_schools,
        shown={"scorecard": 0, "screen": 1, "counter": 0, "frontier": 6, "table": 1, "key": 1},
        said={"counter": Text("open schools of the stage", "本学段在办学校（所）")},
    ),
    *_by_kind(),
    Measure(
        "boarders", "pupils", None, lambda s: s.placed - float(s.day.sum()),
        shown={"scorecard": 0, "screen": 4, "counter": 10, "frontier": 4},
        said={"counter": Text("boarders and lodgers", "寄宿、陪读学生（人）")},
    ),
    *_by_mode(),
    *_ways("minutes", "min", Text("time", "单程时间")),
    *_ways("metres", "m", Text("distance", "单程距离")),
    *_reach("minutes", Text("time", "时间"), {"scorecard": 0, "screen": 9, "table": 10, "key": 3}),
    *_reach("metres", Text("distance", "距离"), {"scorecard": 0, "table": 11}),
    Measure(
        "seats", "seats", Text("seats", "学位"),
        _seats, shown={"scorecard": 0},
    ),
    Measure(
        "load", "1", Text("use of seats", "学位使用率"), _load, shown={"scorecard": 0, "screen": 10, "table": 12}
    ),
    Measure(
        "over_full_schools", "schools", Text("over-full schools", "超员学校"),
        lambda s: float((s.schools["over"] > 1e-6).sum()), "lower",
        shown={"scorecard": 0, "screen": 11, "table": 13, "key": 4},
    ),
    Measure(
        "over_full_pupils", "pupils", Text("pupils above the seats", "超出学位的学生"), _sum("over"), "lower",
        shown={"scorecard": 0, "screen": 12, "table": 14},
    ),
    Measure(
        "classes", "classes", Text("classes", "班数"), _sum("classes"), shown={"scorecard": 0, "table": 15}
    ),
    Measure(
        "class_size", "pupils", Text("mean class", "平均班额"), _class_size, rule="class_size", shown={"scorecard": 0}
    ),
    Measure(
        "largest_class", "pupils", Text("largest class", "最大班额"), _largest_class, "lower", "class_size",
        {"scorecard": 0, "counter": 15}, {"counter": Text("largest class", "最大班额（人）")},
    ),
    Measure(
        "large_classes", "classes", Text("large classes (≥ 56)", "大班额（≥56 人）"), _sum("large"), "lower",
        shown={"scorecard": 0, "table": 16, "key": 5},
    ),
    Measure(
        "super_large_classes", "classes", Text("super-large classes (≥ 66)", "超大班额（≥66 人）"), _sum("super_large"),
        "lower", shown={"scorecard": 0},
    ),
    Measure(
        "pupils_moved", "pupils", Text("pupils who change school", "需转学的学生"), lambda s: s.moved, "lower",
        shown={"scorecard": 0, "screen": 13, "frontier": 5, "table": 5, "key": 6}, change=True,
    ),
    Measure(
        "share_moved", "%", Text("share who change school", "需转学的比例"), _share_moved, "lower",
        shown={"scorecard": 0}, change=True,
    ),
    *(measure for resource, text in _RESOURCES.items() for measure in _balance(resource, text)),
    # What follows is no row of the scorecard.
    Measure(
        "minutes_tail", "min", Text("mean way of the worst-off tenth", "最远十分之一学生平均单程"),
        lambda s: s.tail(), "lower", shown={"frontier": 2},
    ),
    Measure(
        "riders", "pupils", Text("pupils on school buses", "乘校车学生"), lambda s: s.riders, shown={"frontier": 3}
    ),
    Measure(
        "yuan", "yuan a year", Text("cost a year, all told (10,000 yuan)", "年费用合计（万元）"), _yuan("total"),
        "lower", shown={"counter": 1},
    ),
    Measure(
        "travel", "yuan a year", Text("of it: children's time on the way", "其中：学生路途时间折算"), _yuan("travel"),
        "lower", shown={"screen": 14, "counter": 2},
    ),
    Measure(
        "running", "yuan a year", Text("of it: running costs that end with a school", "其中：随学校存废的运行费"),
        _yuan("running"), "lower", shown={"screen": 15, "counter": 3},
    ),
    Measure(
        "floor", "yuan a year", Text("of it: small schools funded as 100 pupils", "其中：不足百人按百人拨付的差额"),
        _yuan("floor"), "lower", shown={"counter": 4},
    ),
    Measure(
        "building", "yuan a year", Text("of it: building, written off evenly", "其中：建设投资按年分摊"),
        _yuan("building"), "lower", shown={"counter": 5},
    ),
    Measure(
        "investment", "yuan", Text("building, once (10,000 yuan)", "一次性建设投资（万元）"), _yuan("investment"),
        "lower", shown={"counter": 6},
    ),
    Measure(
        "far_young", "pupils",
        Text("day pupils of the lowest grades beyond reach", "低年级走读超出规定时间（人）"),
        lambda s: s.young_beyond(), "lower", shown={"counter": 9},
    ),
    Measure(
        "moved", "pupils", Text("pupils who change school", "需转学学生（人）"), lambda s: s.went[0], "lower",
        shown={"counter": 11},
    ),
    Measure(
        "moved_minutes", "min", Text("their way becomes longer by, on average", "转学学生平均多走（分钟）"),
        lambda s: s.went[1], "lower", shown={"counter": 12},
    ),
    Measure(
        "posts", "posts", Text("teachers' posts due", "应核编制（名）"), lambda s: s.posts, "lower",
        shown={"counter": 14},
    ),
    Measure(
        "findings", "findings", Text("breaches of the rules", "不合规定之处（条）"), lambda s: s.findings, "lower",
        shown={"counter": 16},
    ),
)  # fmt: skip
"""The measures of a stage of a county, in the order of the scorecard."""

SCHOOL: tuple[Measure, ...] = (
    Measure("roll", "pupils", rule="school_size"),
    Measure("seats", "seats", Text("seats", "学位")),
    Measure("load", "1", Text("use of seats", "学位使用率")),
    Measure("over", "pupils", Text("pupils above the seats", "超出学位"), better="lower"),
    Measure("classes", "classes", Text("classes", "班数")),
    Measure("class_size", "pupils", Text("mean class", "平均班额"), rule="class_size"),
    Measure("largest", "pupils", Text("largest class", "最大班额"), better="lower", rule="class_size"),
    Measure("large", "classes", Text("large classes (≥ 56)", "大班额（≥56 人）"), better="lower"),
    Measure("super_large", "classes", Text("super-large classes (≥ 66)", "超大班额（≥66 人）"), better="lower"),
    Measure("minutes", "min", Text("mean way of its pupils", "学生平均单程时间"), better="lower"),
    Measure("metres", "m", Text("mean way of its pupils", "学生平均单程距离"), better="lower"),
)
"""The measures of a school: columns of `school_table`."""

STAFF: tuple[Measure, ...] = (
    Measure("staff_posts", "posts", Text("posts by the published ratios", "核定编制")),
    Measure("staff_teachers", "teachers", Text("teachers now, closed schools' included", "现有教师（含撤并校）")),
    Measure("staff_waiting", "teachers", Text("teachers without a post", "待岗教师")),
    Measure("staff_vacant", "posts", Text("posts nobody fills", "空编")),
    Measure("out_of_subject_before", "%", Text("lessons taught out of subject, before", "跨学科教学课时（前）")),
    Measure("out_of_subject", "%", Text("lessons taught out of subject", "跨学科教学课时")),
    Measure("exchange_share", "%", Text("teachers who change school", "交流教师占比")),
    Measure("exchange_backbone_share", "%", Text("backbone teachers among them", "其中骨干教师占比")),
)
"""What staffing tells; it works the values out itself, readers' words stand here."""


def measures_named(name: str) -> tuple[Measure, ...]:
    """Give the measures of a name: the county's, then the schools', then the staff's."""
    return tuple(measure for measure in (*COUNTY, *SCHOOL, *STAFF) if measure.name == name)
