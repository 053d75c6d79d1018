"""The words of the values in our tables, in the reader's language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from layout_planner.base.messages import Text
from layout_planner.base.proof import STATUS_WORDS
from layout_planner.cohorts.births import VARIANT_NAMES
from layout_planner.measures.catalogue import measures_named
from layout_planner.plan import REASONS
from layout_planner.scenario.edits import LABELS
from layout_planner.study.indicators import INDICATORS
from layout_planner.study.stages import STAGE_NAMES, grade_label

STATES = {"open": Text("open", "在办"), "closed": Text("closed", "关闭"), "planned": Text("planned", "规划")}
HOW = {
    "day": Text("by day", "走读"), "board": Text("boarding", "寄宿"), "bus": Text("school bus", "校车"),
    "lodge": Text("lodging near it", "陪读"), "none": Text("without a school", "未安置"),
}  # fmt: skip
SITES = {
    "closed": Text("closed", "关闭"),
    "campus": Text("campus", "分校区"),
    "teaching_point": Text("teaching point", "教学点"),
    "kindergarten": Text("kindergarten", "改办幼儿园"),
    "rebuilding": Text("rebuilding", "改扩建"),
}
SCOPES = {
    "county": Text("county", "全县"), "township": Text("township", "乡镇"), "school": Text("school", "学校"),
    "place": Text("place", "居住点"), "district": Text("district", "学区"), "group": Text("group", "群体"),
}  # fmt: skip
MODES = {
    "walk": Text("on foot", "步行"), "bike": Text("bicycle", "骑车"), "ebike": Text("electric bicycle", "电动自行车"),
    "drive": Text("car", "乘车"), "bus": Text("school bus", "校车"),
    "mixed": Text("on foot, then by bus", "步行到站乘车"), "coach": Text("county bus", "城乡客运班车"),
    "straight": Text("straight line", "直线折算"),
    "usual": Text("as usual", "通常方式"),
}  # fmt: skip
SUBJECTS = {
    "语文": Text("Chinese", "语文"), "数学": Text("mathematics", "数学"), "英语": Text("English", "英语"),
    "外语": Text("foreign language", "外语"), "科学": Text("science", "科学"), "物理": Text("physics", "物理"),
    "化学": Text("chemistry", "化学"), "生物": Text("biology", "生物"), "生物学": Text("biology", "生物学"),
    "历史": Text("history", "历史"), "地理": Text("geography", "地理"), "政治": Text("politics", "政治"),
    "思想政治": Text("politics", "思想政治"), "道德与法治": Text("morality and law", "道德与法治"),
    "体育": Text("PE", "体育"), "体育与健康": Text("PE and health", "体育与健康"), "音乐": Text("music", "音乐"),
    "美术": Text("art", "美术"), "艺术": Text("arts", "艺术"), "信息": Text("information technology", "信息"),
    "信息技术": Text("information technology", "信息技术"), "信息科技": Text("information technology", "信息科技"),
    "通用技术": Text("general technology", "通用技术"), "劳动": Text("labour", "劳动"),
    "心理": Text("psychology", "心理"), "心理健康": Text("mental health", "心理健康"),
    "综合实践": Text("integrated practice", "综合实践"), "综合实践活动": Text("integrated practice", "综合实践活动"),
    "其他": Text("other", "其他"),
}  # fmt: skip
"""Subjects as bureaus write them; others stay as they are."""
GROUPS = {"local": Text("local", "本地"), "migrant": Text("migrant", "随迁")}
SEVERITY = {"breach": Text("breach", "不合规定"), "advice": Text("advice", "建议性")}
BETTER = {"lower": Text("lower", "越低越好"), "higher": Text("higher", "越高越好")}
WARNINGS = {"red": Text("red", "红色"), "orange": Text("orange", "橙色"), "yellow": Text("yellow", "黄色")}
UNITS = {
    "pupils": Text("pupils", "人"), "min": Text("minutes", "分钟"), "m": Text("metres", "米"), "%": Text("%", "%"),
    "1": Text("ratio", "比值"), "schools": Text("schools", "所"), "classes": Text("classes", "班"),
    "seats": Text("seats", "个学位"), "teachers": Text("teachers", "人"), "posts": Text("posts", "名"),
    "yuan": Text("yuan", "元"), "yuan a year": Text("yuan a year", "元/年"), "findings": Text("findings", "条"),
    "minutes": Text("minutes", "分钟"), "days": Text("days", "天"), "people": Text("people", "人"),
    "beds": Text("beds", "张床"),
    "carers per class": Text("carers per class", "保育员/班"), "grade": Text("grade", "年级"),
    "indicators": Text("indicators", "项"), "m² per pupil": Text("m² per pupil", "㎡/生"),
    "per 100 pupils": Text("per 100 pupils", "每百名学生"), "posts per class": Text("posts per class", "编制/班"),
    "pupils per post": Text("pupils per post", "学生/编制"),
    "pupils per staff": Text("pupils per staff", "幼儿/教职工"),
    "pupils per teacher": Text("pupils per teacher", "学生/教师"),
    "seats per 1000 people": Text("seats per 1000 people", "学位/千人"),
    "teachers per class": Text("teachers per class", "教师/班"), "working days": Text("working days", "工作日"),
    "years": Text("years", "年"), "yuan per pupil": Text("yuan per pupil", "元/生"),
}  # fmt: skip
BECAUSE = {"births": Text("births", "出生"), "moves": Text("moves", "撤并")}
LEFT_OUT = {
    "small teaching point": Text("small teaching point", "小规模教学点"),
    "special or vocational": Text("special or vocational", "特教或中职"), "no pupils": Text("no pupils", "无学生"),
}  # fmt: skip
SOURCES = {
    "set by the user": Text("set by the user", "用户设定"),
    "the study's own figures": Text("the study's own figures", "本县上报数据"),
}
_STAGES = {stage: Text(*names) for stage, names in STAGE_NAMES.items()}

VALUES: Mapping[str, Mapping[str, Text]] = {
    "stage": _STAGES, "state": STATES, "how": HOW, "site": SITES, "scope": SCOPES, "kind": SCOPES, "group": GROUPS,
    "mode": MODES, "severity": SEVERITY, "better": BETTER, "level": WARNINGS,
    "warning": WARNINGS | {"unknown": Text("seats not known", "学位未知")},
    "status": STATUS_WORDS, "unit": UNITS, "reason": REASONS, "do": LABELS, "variant": VARIANT_NAMES,
    "because": BECAUSE, "subject": SUBJECTS, "teaches": SUBJECTS, "left_out": LEFT_OUT, "indicator": INDICATORS,
}  # fmt: skip
"""Column → word of its values."""

YEARS_BEFORE = {-2: "小班", -1: "中班", 0: "大班"}

_HARD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


MORE_MEASURES = {"boarders": Text("boarding, or lodging near the school", "寄宿、陪读学生")}
"""Measures that have words on paper alone: the catalogue keeps them off the page."""


def plain(text: object) -> str:
    """Give a text that Word, Excel and SVG can hold: no control characters, no marks that turn its direction around."""
    whole = _HARD.sub(" ", str(text))
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in whole if unicodedata.category(c) != "Cf")


def listed(parts: Iterable[str], en: str = ", ", zh: str = "、") -> str:
    """Write several in one cell, parted as the reader's language does."""
    return str(Text(en, zh)).join(parts)


def said(text: object, words: Mapping[str, Text]) -> str:
    """Give the reader's word for a value, or the value itself where it is nobody's but the planner's."""
    return plain(words.get(str(text), text))


def stage_word(stage: str) -> str:
    """Name a stage in the reader's language; "" for none."""
    return str(_STAGES[stage]) if stage in _STAGES else stage


def grade_word(grade: int) -> str:
    """Name a grade: the years of kindergarten have names, the others numbers."""
    return str(Text(grade_label(grade), YEARS_BEFORE.get(grade, str(grade))))


def measure_word(measure: str) -> str:
    """Name a measure; one without words stays as it is."""
    words = next((each.words for each in measures_named(measure) if each.words is not None), None)
    words = words or MORE_MEASURES.get(measure)
    return measure if words is None else str(words)
