"""What the measures of a scorecard are called on a page, and how their values are written."""

from __future__ import annotations

from layout_planner.base.messages import Text

KEY = (
    "schools", "minutes_mean", "beyond_reach_minutes", "over_full_schools", "large_classes", "pupils_moved",
    "minutes_p95",
)  # fmt: skip
"""What a decision-maker looks at first, in this order; the page shows the first six a plan has."""

_STATISTICS = {
    "mean": Text("mean", "平均"),
    "median": Text("median", "中位"),
    "p90": Text("90 % have less than", "90% 的学生不超过"),
    "p95": Text("95 % have less than", "95% 的学生不超过"),
    "max": Text("longest", "最远"),
}
_RESOURCES = {
    "teachers": Text("teachers", "专任教师"),
    "teachers_above_degree": Text("teachers above the required degree", "高于规定学历教师"),
    "teachers_backbone": Text("backbone teachers", "骨干教师"),
    "teachers_arts": Text("PE, music and art teachers", "体音美教师"),
    "area_teaching": Text("teaching floor area", "教学用房面积"),
    "area_sports": Text("sports area", "体育场地面积"),
    "equipment_value": Text("equipment value", "教学设备值"),
    "network_rooms": Text("network classrooms", "网络多媒体教室"),
}
_NAMES = {
    "pupils": Text("pupils who live here", "应就学学生"),
    "placed": Text("pupils placed", "已安置学生"),
    "unplaced": Text("pupils not placed", "未安置学生"),
    "outside": Text("pupils from outside", "县外来源学生"),
    "schools": Text("schools open", "开办学校"),
    "seats": Text("seats", "学位"),
    "load": Text("use of seats", "学位使用率"),
    "over_full_schools": Text("over-full schools", "超员学校"),
    "over_full_pupils": Text("pupils above the seats", "超出学位的学生"),
    "over": Text("pupils above the seats", "超出学位"),
    "classes": Text("classes", "班数"),
    "class_size": Text("mean class", "平均班额"),
    "largest_class": Text("largest class", "最大班额"),
    "largest": Text("largest class", "最大班额"),
    "large_classes": Text("large classes (≥ 56)", "大班额（≥56 人）"),
    "large": Text("large classes (≥ 56)", "大班额（≥56 人）"),
    "super_large_classes": Text("super-large classes (≥ 66)", "超大班额（≥66 人）"),
    "super_large": Text("super-large classes (≥ 66)", "超大班额（≥66 人）"),
    "pupils_moved": Text("pupils who change school", "需转学的学生"),
    "share_moved": Text("share who change school", "需转学的比例"),
    "beyond_reach_minutes": Text("pupils beyond the time allowed", "超过规定时间的学生"),
    "beyond_reach_metres": Text("pupils beyond the distance allowed", "超过规定距离的学生"),
    "staff_posts": Text("posts by the published ratios", "核定编制"),
    "staff_teachers": Text("teachers now, closed schools' included", "现有教师（含撤并校）"),
    "staff_waiting": Text("teachers without a post", "待岗教师"),
    "staff_vacant": Text("posts nobody fills", "空编"),
    "out_of_subject_before": Text("lessons taught out of subject, before", "跨学科教学课时（前）"),
    "out_of_subject": Text("lessons taught out of subject", "跨学科教学课时"),
    "exchange_share": Text("teachers who change school", "交流教师占比"),
    "exchange_backbone_share": Text("backbone teachers among them", "其中骨干教师占比"),
    "beyond_reach_minutes_pupils": Text("pupils beyond the time allowed, number", "超过规定时间的学生数"),
    "beyond_reach_metres_pupils": Text("pupils beyond the distance allowed, number", "超过规定距离的学生数"),
    "held_to_reach_minutes_pupils": Text("pupils a limit of time holds for", "有时间限值的学生数"),
    "held_to_reach_metres_pupils": Text("pupils a limit of distance holds for", "有距离限值的学生数"),
    "minutes": Text("mean way of its pupils", "学生平均单程时间"),
    "metres": Text("mean way of its pupils", "学生平均单程距离"),
    **{f"minutes_{key}": Text(f"way, time: {t.en}", f"单程时间：{t.zh}") for key, t in _STATISTICS.items()},
    **{f"metres_{key}": Text(f"way, distance: {t.en}", f"单程距离：{t.zh}") for key, t in _STATISTICS.items()},
    **{
        f"difference_{key}": Text(f"difference coefficient, {t.en}", f"差异系数：{t.zh}")
        for key, t in _RESOURCES.items()
    },
}
_KINDS = {"min": "minutes", "m": "metres", "%": "percent"}


def named(measure: str) -> bool:
    """Tell whether a measure has a name for readers; the others stay in the tables."""
    return measure in _NAMES


def worded(measure: str, unit: str) -> dict[str, str]:
    """Give a measure's name in both languages and the kind its values are written as."""
    name = _NAMES[measure]
    kind = "share" if measure == "load" else "ratio" if unit == "1" else _KINDS.get(unit, "count")
    return {"zh": name.zh, "en": name.en[0].upper() + name.en[1:], "kind": kind}
