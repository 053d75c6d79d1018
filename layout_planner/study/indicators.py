"""The seven resource indicators of the quality-balance evaluation: what schools return of them."""

from __future__ import annotations

from layout_planner.base.messages import Text

INDICATORS = {
    "teachers_above_degree": Text("teachers above the required degree", "高于规定学历教师"),
    "teachers_backbone": Text("backbone teachers", "骨干教师"),
    "teachers_arts": Text("PE, music and art teachers", "体育、艺术专任教师"),
    "area_teaching": Text("teaching floor area", "教学及辅助用房面积"),
    "area_sports": Text("sports area", "体育运动场馆面积"),
    "equipment_value": Text("equipment", "教学仪器设备值"),
    "network_rooms": Text("network classrooms", "网络多媒体教室"),
}
"""The seven indicators of 教督〔2017〕6号, in its order: the raw quantity's column → its name."""
