"""Recognising headers in simplified and traditional Chinese and in English (standards §4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from layout_planner.study.reading.columns import TABLES, column_of

_ALIASES: dict[str, str] = {
    "name": "名称 学校名称 校名 单位名称 机构名称 學校名稱 名稱 村名 小区名称 居住点 乡镇名称 schoolname placename",
    "place_id": "居住点编号 村代码 村编号 小区编号 小区代码 居住点代码 placeid place blockid",
    "township_id": "乡镇代码 乡镇编号 街道代码 鄉鎮代碼 乡镇街道代码 所属乡镇代码 townshipid",
    "township": "乡镇 镇乡 街道 所属乡镇 鄉鎮 乡镇街道",
    "school_id": "学校标识码 学校机构标识码 机构标识码 学校代码 xxdm 學校代碼 学校编号 标识码 schoolid schoolcode",
    "site_id": "选址编号 地块编号 siteid",
    "estate_id": "小区配套编号 estateid",
    "parent_id": "中心校代码 总校代码 主校代码 上级学校代码 parentid",
    "successor_id": "并入学校代码 并入学校 接收学校代码 successorid",
    "stage": "学段 办学类型 学校类别 學段 學校類別 level schooltype",
    "kind": "类型 办学类型代码 学校类型 類型",
    "state": "状态 办学状态 狀態 status",
    "closed_year": "撤并年份 停办年份 撤销年份",
    "ownership": "举办者 办学性质 公办民办 性质",
    "grades": "年级范围 办学年级 grades",
    "grade": "年级 年級",
    "enrolment": "在校生数 在校生 学生人数 在园幼儿数 学生数 在校學生數 學生人數 enrollment membership",
    "classes": "班数 教学班 班级数 班級數 教学班数",
    "class_no": "班 班号 班级 班別",
    "class_size": "班额 标准班额 班額",
    "classrooms": "教室数 普通教室 教室 普通教室数",
    "seats": "学位数 学位 核定规模 可容纳学生数 學位 學位數 办学规模 capacity",
    "teachers": "专任教师 专任教师数 專任教師",
    "staff": "教职工数 教职工 教職工數 教職員工",
    "boarders": "寄宿生 住校生 住宿生 寄宿生数 住宿學生",
    "beds": "床位 床位数 床位數",
    "site_area": "占地面积 占地 校地面积",
    "floor_area": "校舍面积 建筑面积 校舍建筑面积",
    "quality": "质量 办学质量 质量得分",
    "tenure": "产权 权属",
    "population": "人口 人口数 总人口 常住人口 人口數 pop",
    "urban_rural": "城乡分类 城乡分类代码 城乡代码",
    "lon": "经度 經度 lng longitude long gps经度",
    "lat": "纬度 緯度 latitude gps纬度",
    "x": "横坐标 东坐标 easting",
    "y": "纵坐标 北坐标 northing",
    "pupils": "人数 学生 學生數",
    "year": "年份 年",
    "count": "出生人数 出生数 出生",
    "variant": "方案 口径",
    "teacher_id": "教师编号 教师代码 工号",
    "subject": "学科 任教学科 學科",
    "degree": "学历 學歷",
    "sex": "性别 性別",
    "born": "出生年月 出生日期",
    "post": "职称 岗位",
    "teachers_above_degree": "高于规定学历教师数 高于规定学历教师",
    "teachers_backbone": "骨干教师 县级以上骨干教师数 骨干教师数",
    "teachers_arts": "体育艺术教师 体音美教师 音体美教师数 体艺教师数",
    "area_teaching": "教学及辅助用房面积 教学用房面积",
    "area_sports": "体育运动场馆面积 运动场面积 体育场馆面积",
    "equipment_value": "教学仪器设备值 设备值",
    "network_rooms": "网络多媒体教室数 网络多媒体教室 多媒体教室",
    "tie": "招生类别 入学类别 报名类别 录取类别",
    "sibling": "多孩家庭 同校兄弟姐妹 兄弟姐妹在读 长幼随学",
    "dwelling_id": "房屋编号 不动产单元号 房产证号 住房编号",
    "dwelling_used": "学位占用年份 学位使用年份 上次使用学位年份",
    "since": "落户年份 登记年份 入户年份",
    "migrant_designated": "随迁子女定点学校",
    "bilingual": "双语学校 民族双语学校",
    "canteen_seats": "食堂座位 食堂餐位 餐位数",
    "carers": "保育员 保育员数",
    "argument": "论证 专家论证 论证日期",
    "risk": "风险评估 社会稳定风险评估 风险评估日期",
    "hearing": "听证 听证会 听证日期",
    "hearing_attended": "听证参加 参加人数 听证参加人数",
    "hearing_for": "听证赞成 赞成人数 听证赞成人数",
    "hearing_against": "听证反对 反对人数 听证反对人数",
    "notice_start": "公示起 公示开始 公示起始",
    "notice_end": "公示止 公示结束 公示截止",
    "legality": "合法性审查 合法性审查日期",
    "decision": "集体决定 决定日期 集体决策",
    "approval": "批文 批复 审批 批复日期",
}
"""Canonical name → what stands in people's tables, written as `_bare` leaves it."""

_STAGE_LEADS = {
    "kindergarten": "幼儿园 幼儿 学前 幼兒園 幼稚園",
    "primary": "小学 小學 國小 elementary",
    "junior": "初中 國中 国中 middle",
    "senior": "高中 high",
    "vocational": "中职 职高",
    "special": "特教 特殊教育",
}
_PUPIL_TAILS = (
    "适龄数 适龄人口 适龄儿童 适龄儿童数 学生数 学生 人数 生源 生源数 适龄 適齡數 學生數 pupils children students"
)
_MIGRANT_TAILS = "随迁子女 随迁 外来务工子女 隨遷子女 随迁子女数 migrants"
_CATCHMENT_TAILS = "划片学校 片区学校 学区学校 划片 catchment"
_SEAT_TAILS = "学位 学位数 學位 seats capacity"
_ENROLMENT_TAILS = "在校生 在校生数 在校學生數 学生数 学生 人数 學生數 enrolment students"
_CLASS_TAILS = "班数 班级数 教学班 教学班数 班級數 classes"
_ROOM_TAILS = "教室 教室数 普通教室 classrooms"
_TEACHER_TAILS = "专任教师 专任教师数 專任教師 teachers"
_STAFF_TAILS = "教职工 教职工数 教職工 教職員工 staff"
_GRADES = {
    **{f"{word}年级": str(i) for i, word in enumerate("一二三四五六七八九", start=1)},
    **{f"{word}年級": str(i) for i, word in enumerate("一二三四五六七八九", start=1)},
    "小班": "k1",
    "中班": "k2",
    "大班": "k3",
}


def recognise(table: str, headers: Sequence[str], given: Mapping[str, str]) -> dict[str, list[str]]:
    """Find the canonical column of each header.

    Parameters
    ----------
    table
        The section's name.
    headers
        As they stand in the file.
    given
        Canonical name → header, as the study file says; these are not looked at again.

    Returns
    -------
    dict
        Canonical name → the headers read as it: one, or several where the table is ambiguous. A header that is
        itself the canonical name outweighs those that only mean it.
    """
    taken = set(given.values())
    found: dict[str, list[str]] = {name: [header] for name, header in given.items()}
    exact = {header for header in headers if header not in taken and column_of(table, header) is not None}
    for header in headers:
        if header in exact and header not in given:
            found[header] = [header]
    for header in headers:
        if header in taken or header in exact:
            continue
        name = canonical(table, header)
        if name is not None and name not in given and name not in exact:
            found.setdefault(name, []).append(header)
    return found


def canonical(table: str, header: str) -> str | None:
    """Tell which canonical column a header means; None where it is none of ours."""
    bare = _bare(header)
    name = bare.replace(" ", "_")
    if column_of(table, name) is not None:
        return name
    lowered = bare.replace(" ", "").replace("_", "")
    name = _KNOWN.get(lowered, "")
    if name == "township" and table != "townships":
        name = "township_id"
    elif name == "township":
        name = "name"
    if name == "stage" and table == "places":
        return None
    for form in (name, *_KNOWN_PATTERNS.get(lowered, ())):
        if form and column_of(table, form) is not None:
            return form
    if table == "schools":
        for word, label in _GRADES.items():
            if lowered.startswith(word) and lowered[len(word) :] in ("", "在校生", "人数", "学生数", "在校生数"):
                return f"enrolment_g{label}"
    return None


@lru_cache(maxsize=4096)
def is_known(header: str) -> bool:
    """Tell whether a cell reads like a header of any table; a bare number (a code such as 211) never does."""
    return any(c.isalpha() for c in header) and any(canonical(table, header) is not None for table in TABLES)


def count_known(text: str) -> int:
    """Count the cells of a few lines of delimited text that read like headers."""
    return sum(is_known(cell.strip().strip('"')) for cell in re.split(r"[,;\t\r\n]", text) if 0 < len(cell) < 60)


def _bare(header: str) -> str:
    """Half width, lower case, without units in brackets and without signs: 学校（机构）标识码 → 学校机构标识码."""
    text = unicodedata.normalize("NFKC", header).strip().lower()
    text = re.sub(r"\((?:人|个|间|m2|㎡|平方米|元|万元|名|所|张|台)\)", "", text)
    return re.sub(r"[()\[\]/、·\-]", "", text).strip()


def _known() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, words in _ALIASES.items():
        for word in words.split():
            found[word] = name
    return found


def _known_patterns() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    tails = {
        "pupils": _PUPIL_TAILS, "migrants": _MIGRANT_TAILS, "catchment": _CATCHMENT_TAILS, "seats": _SEAT_TAILS,
        "enrolment": _ENROLMENT_TAILS, "classes": _CLASS_TAILS, "classrooms": _ROOM_TAILS,
        "teachers": _TEACHER_TAILS, "staff": _STAFF_TAILS,
    }  # fmt: skip
    for stage, leads in _STAGE_LEADS.items():
        for lead in (stage, *leads.split()):
            for name, words in tails.items():
                for tail in words.split():
                    # One word may mean two things, told apart by the table: 小学学生数 of a village, of a school.
                    found[f"{lead}{tail}"] = (*found.get(f"{lead}{tail}", ()), f"{name}_{stage}")
    return found


_KNOWN = _known()
_KNOWN_PATTERNS = _known_patterns()
