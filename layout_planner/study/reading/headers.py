"""Recognising headers in simplified and traditional Chinese and in English (standards §4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import pandas as pd

from layout_planner.study.reading.columns import IDS, TABLES, column_of
from layout_planner.study.reading.kinds import OWNERSHIP_WORDS, STATE_WORDS, plain, read_offered
from layout_planner.study.stages import grade_from_word, grade_label

_ALIASES: dict[str, str] = {
    "name": "名称 名稱 机构名称 單位名稱 名前 nombre nome nom bezeichnung",
    "place": "居住点 村名 村名称 村 村庄 行政村 自然村 社区 村社区 村居 村居委会 村居委会名称 村委会 居委会 居民点 居民小区 "
    "小区 小区名称 生源地 village villagename placename place settlement hamlet neighbourhood",
    "school": "学校名称 校名 单位名称 学校 學校名稱 學校名 学校名 就读学校 所在学校 就学学校 就读学校名称 school schoolname "
    "nameofschool establishmentname schname orgname schulname nometablissement appellationofficielle escola "
    "noentidade 학교명",
    "place_id": "居住点编号 村代码 村编号 小区编号 小区代码 居住点代码 村居代码 村委会代码 行政村代码 社区代码 统计用区划代码 "
    "placeid blockid geoid oa11cd oa21cd",
    "township_id": "乡镇代码 乡镇编号 街道代码 鄉鎮代碼 乡镇街道代码 所属乡镇代码 所在乡镇代码 townshipid 行政区划代码 区划代码 "
    "乡镇区划代码",
    "township": "乡镇 镇乡 街道 所属乡镇 鄉鎮 乡镇街道 所在乡镇 乡镇名称 乡镇街道名称 街道乡镇 所属街道 所在街道 "
    "所属乡镇街道 所在乡镇街道 镇街 镇 乡 鄉鎮市區 township townshipname ward",
    "school_id": "学校标识码 学校机构标识码 机构标识码 学校代码 xxdm 學校代碼 学校编号 标识码 学校识别码 学校机构代码 代碼 "
    "学校コード schoolid schoolcode urn seedcode ncessch schoolnumber schulnummer skschulnummer coentidade "
    "códigoinep codigoinep identifiantdeletablissement uai numerouai udisecode udise 학교id 표준학교코드",
    "site_id": "选址编号 地块编号 siteid",
    "estate_id": "小区配套编号 estateid",
    "parent_id": "中心校代码 总校代码 主校代码 上级学校代码 parentid",
    "successor_id": "并入学校代码 并入学校 接收学校代码 successorid",
    "stage": "学段 學段 level schoollevel gradelevel phaseofeducationname phaseofeducation phase 学校種 学校级别 etapa 학교급구분 학교급 教育段 办学层次 办学学段",
    "kind": "类型 办学类型代码 学校类型 類型 办学类型 学校类别 學校類別 类别 学校性质类别 schooltype orgtype type category schoolcategory centretype schulform typeetablissement libellenature etapasemodalidadedeensinooferecidas 学校種類",
    "state": "状态 办学状态 狀態 status schoolstatus establishmentstatusname establishmentstatus systatustext etat operationalstatus 运行状态 운영상태",
    "closed_year": "撤并年份 停办年份 撤销年份",
    "ownership": "举办者 办学性质 公办民办 性质 举办者类型 办别 公民办 公私立 公私立别 設置区分 设立形态 authority management schoolmanagement sector ownership control statutpublicprive dependênciaadministrativa dependenciaadministrativa categoriaadministrativa rechtsform 설립형태 설립구분",
    "grades": "年级范围 办学年级 开设年级 年级设置 grades gradespan graderange yearlevels",
    "grade_from": "起始年级 最低年级 gslo lowestgrade lowgrade lowclass classfrom gradefrom fromgrade",
    "grade_to": "最高年级 终止年级 gshi highestgrade highgrade highclass classto gradeto tograde",
    "grade": "年级 年級",
    "enrolment": "在校生数 在校生 学生人数 在园幼儿数 学生数 在校學生數 學生人數 在校人数 在校学生数 在校学生 学生总数 在籍学生数 现有学生数 enrollment membership member totalenrollment totalenrolment numberofpupils pupilroll schoolroll totalstudents totalpupils pupilsonroll schülerzahl schuelerzahl nombredeleves total total_students qtmatbas 학생수",
    "classes": "班数 教学班 班级数 班級數 教学班数 教学班级数 现有班级数 班级总数 numberofclasses",
    "class_no": "班 班号 班级 班別",
    "class_size": "班额 标准班额 班額",
    "classrooms": "教室数 普通教室 教室 普通教室数 教室总数 qtsalasutilizadas",
    "seats": "学位数 学位 核定规模 可容纳学生数 學位 學位數 办学规模 规划学位 核定学位 设计规模 核定学位数 capacity schoolcapacity",
    "teachers": "专任教师 专任教师数 專任教師 教师数 专任教师人数 totalteachers numberofteachers fteteachers fte",
    "staff": "教职工数 教职工 教職工數 教職員工",
    "boarders": "寄宿生 住校生 住宿生 寄宿生数 住宿學生",
    "beds": "床位 床位数 床位數",
    "site_area": "占地面积 占地 校地面积 校园占地面积 学校占地面积",
    "floor_area": "校舍面积 建筑面积 校舍建筑面积",
    "quality": "质量 办学质量 质量得分",
    "tenure": "产权 权属",
    "population": "人口 人口数 总人口 常住人口 人口數 pop 常住人口数 总人口数 totalpopulation popu",
    "urban_rural": "城乡分类 城乡分类代码 城乡代码",
    "lon": "经度 經度 lng longitude long gps经度 longtitude loncod lon1516 경도 东经",
    "lat": "纬度 緯度 latitude gps纬度 latcod 위도 北纬",
    "x": "横坐标 东坐标 easting gridrefeast xcoordinate utmrw coordxorigine 东向坐标 gridreferenceeasting",
    "y": "纵坐标 北坐标 northing gridrefnorth ycoordinate utmhw coordyorigine 北向坐标 gridreferencenorthing",
    "pupils": "人数 学生 學生數 学生数 就读人数 学生人数",
    "year": "年份 年",
    "count": "出生人数 出生数 出生 出生人口 出生人口数 活产数 births numberofbirths",
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

_PARTS: dict[tuple[str, str], str] = {
    ("stage", "kindergarten"): "幼儿园 幼儿 学前 学前教育 幼兒園 幼稚園 幼兒 kindergarten preschool",
    ("stage", "primary"): "小学 小學 國小 国小 小学阶段 primary elementary",
    ("stage", "junior"): "初中 國中 国中 初中阶段 middle junior lowersecondary",
    ("stage", "senior"): "高中 high senior uppersecondary",
    ("stage", "vocational"): "中职 职高 vocational",
    ("stage", "special"): "特教 特殊教育 special",
    ("measure", "pupils"): "适龄 适龄儿童 适龄人口 适龄少年 适龄少年儿童 适龄儿童少年 适龄幼儿 学龄 学龄儿童 学龄人口 儿童 少年 "
                           "生源 学生 生 適齡 學生 學童 pupils children students",
    ("measure", "enrolment"): "在校生 在校学生 在籍生 在籍学生 在读 在读学生 在园幼儿 在校學生 学生 学生人数 生 學生 enrolment "
                              "enrollment students pupils roll",
    ("measure", "migrants"): "随迁子女 随迁 外来务工子女 进城务工人员随迁子女 隨遷子女 migrants",
    ("measure", "catchment"): "划片学校 片区学校 学区学校 划片 招生学校 就读学校 对口学校 catchment",
    ("measure", "seats"): "学位 学位供给 學位 规模 seats capacity",
    ("measure", "classes"): "班 班级 教学班 班級 classes",
    ("measure", "classrooms"): "教室 普通教室 classrooms",
    ("measure", "teachers"): "专任教师 專任教師 teachers",
    ("measure", "staff"): "教职工 教职员工 教職工 教職員工 staff",
    ("fill", ""): "数 數 人数 人數 人口 数量 总数 總數 总 人 名 个 口 其中 现有 合计 小计 的 number of no. total count",
}  # fmt: skip
"""Parts of which a header may be made, in any order: 适龄儿童 小学（6-11岁）, 小学学位数, 学位数初中, number of primary pupils.
The stage, or an age or a grade that tells it, and what is counted; nothing else may be left over."""

_LEADS = {
    "places": ("pupils", "migrants", "catchment"),
    "townships": ("pupils", "migrants"),
    "schools": ("seats", "classrooms", "classes", "enrolment", "teachers", "staff"),
}
"""Table → the columns it has once for each stage, before the stage's name."""

_AGES = re.compile(
    r"(?:ages?|年龄)?(\d{1,2})(?:周?岁)?(?:[-~～—–至到]|to)(\d{1,2})(?:周?岁|歲|years?|yrs?)?(?:人口|组)?"
)
_AGE = re.compile(r"(?:ages?)?(\d{1,2})(?:周?岁|歲|years?)")
_YEAR = re.compile(
    r"(?:y|year|births?|出生)?((?:19|20)\d\d)(?:年|年度)?(?:出生|出生人口|出生人数|出生数|人数|births?)?"
)
_ENTRY_AGE = 6
_STAGE_OF_AGES = (("kindergarten", 3, 6), ("primary", 6, 12), ("junior", 11, 15), ("senior", 14, 18))
"""The ages a stage may hold, whatever the calendar; a span of ages belongs to the first that holds all of it."""

NAMED_BY = {"place_id": "place", "township_id": "township", "school_id": "school"}
"""Reference → the header that holds a name in its place (就读学校, 所在乡镇): it serves where no code stands beside it."""


def recognise(
    table: str, headers: Sequence[str], given: Mapping[str, str], frame: pd.DataFrame | None = None
) -> dict[str, list[str]]:
    """Find the canonical column of each header.

    Parameters
    ----------
    table
        The section's name.
    headers
        As they stand in the file.
    given
        Canonical name → header, as the study file says; these are not looked at again.
    frame
        The cells: they tell which of its meanings a word such as "type" or "status" has. Left out: the commonest.

    Returns
    -------
    dict
        Canonical name → the headers read as it: one, or several where the table is ambiguous. A header that is
        itself the canonical name outweighs those that only mean it, a code outweighs a name.
    """
    taken = set(given.values())
    found: dict[str, list[str]] = {name: [header] for name, header in given.items()}
    exact = {header for header in headers if header not in taken and column_of(table, header) is not None}
    for header in headers:
        if header in exact and header not in given:
            found[header] = [header]
    ids = {given[key] for key in IDS.values() if key in given}
    for header in headers:
        if header in ids and (name := canonical(table, header)) is not None and name not in given:
            found.setdefault(name, []).append(header)  # the name that is also the id
        if header in taken or header in exact:
            continue
        name = canonical(table, header)
        if name is not None and name not in given and name not in exact:
            found.setdefault(name, []).append(header)
    for name, several in found.items():
        best = min(_rank(table, header, name) for header in several)
        found[name] = [header for header in several if _rank(table, header, name) == best]
    if table == "schools" and frame is not None:
        fixed = {*given, *exact}
        open_to_doubt = [h for name in VOCABULARIES if name in found and name not in fixed for h in found.pop(name)]
        found |= _by_content(open_to_doubt, [n for n in VOCABULARIES if n not in found], frame)
    return found


VOCABULARIES: dict[str, Callable[[str], object]] = {
    "stage": read_offered,
    "kind": read_offered,
    "state": lambda cell: STATE_WORDS.get(plain(cell)),
    "ownership": lambda cell: OWNERSHIP_WORDS.get(plain(cell)),
}
"""Columns of schools whose headers say many things abroad and at home (type, status, 类型, 性质), with what reads them."""

_LOOKED_AT = 200


def _by_content(headers: Sequence[str], wanted: Sequence[str], frame: pd.DataFrame) -> dict[str, list[str]]:
    """Settle what words of many meanings mean, by their cells; what most cells are not is left as it is.

    A lone column that may tell the stage stays one even where its words are unknown: then every one is a fault that
    says so, not a table without stages.
    """
    found: dict[str, list[str]] = {}
    usual = {header: canonical("schools", header) for header in headers}
    shares = {}
    for header in headers:
        distinct = frame[header].dropna().astype(str).str.strip()
        values = distinct[distinct != ""].unique()[:_LOOKED_AT]
        for name in wanted:
            read = sum(VOCABULARIES[name](value) is not None for value in values)
            shares[header, name] = read / len(values) if len(values) else float(name == usual[header])

    def fit(header: str, name: str) -> tuple[float, bool]:
        return shares[header, name], usual[header] == name

    left = list(headers)
    for name in sorted(wanted, key=lambda n: n in ("stage", "kind") and "stage" not in usual.values()):
        fitting = [header for header in left if shares[header, name] >= 0.5]
        if not fitting:
            continue
        best = max(fit(header, name) for header in fitting)
        # What means it by its usual sense goes first; another column must fit as well as none of its own.
        mine = [
            h
            for h in fitting
            if fit(h, name) == best and all(fit(h, o) <= fit(h, name) for o in wanted if o not in found)
        ]
        if mine:
            found[name] = mine
            left = [header for header in left if header not in mine]
    lone = [header for header in left if usual[header] in ("stage", "kind")]
    if lone and not {"stage", "kind"} & set(found):
        name = "stage" if any(usual[h] == "stage" for h in lone) else "kind"
        found[name] = [h for h in lone if usual[h] == name]
    return found


def canonical(table: str, header: str) -> str | None:
    """Tell which canonical column a header means; None where it is none of ours."""
    bare = _bare(header)
    name = bare.replace(" ", "_")
    if column_of(table, name) is not None:
        return name
    lowered = bare.replace(" ", "").replace("_", "")
    for known in _KNOWN.get(lowered, ()):
        form = _form(table, known)
        if form and column_of(table, form) is not None:
            return form
    if table == "births" and (year := _YEAR.fullmatch(lowered)):
        return f"count_{year[1]}"
    return _composed(table, _for_parts(header)) if table in _LEADS else None


def holds_name(table: str, header: str) -> bool:
    """Tell whether a header read as a reference speaks of a name, not of a code."""
    name = canonical(table, header)
    return name in NAMED_BY and _rank(table, header, name) == 1


def _form(table: str, name: str) -> str:
    """Name the column an alias stands for in a table: a school's name is `name` among the schools, a reference else."""
    own = {"places": "place", "townships": "township", "schools": "school"}.get(table)
    if name in ("place", "township", "school"):
        return "name" if name == own else f"{name}_id"
    if name == "stage" and table == "places":
        return ""
    if name == "kind" and table not in ("schools", "places"):
        return "stage"
    return name


def _rank(table: str, header: str, name: str) -> int:
    """Rank headers that are read as one column: a code before a name, 学校名称 before a mere 名称."""
    known = _KNOWN.get(_bare(header).replace(" ", "").replace("_", ""), ())
    if name in NAMED_BY:
        return int(name not in known)
    return int(name == "name" and "name" in known)


def _composed(table: str, text: str) -> str | None:
    """Read a header made of parts: what is counted, and the stage, the ages or the grade it is counted for."""
    ages = _AGES.search(text) if "岁" in text or "歲" in text or "age" in text or "year" in text else None
    age = None if ages else _AGE.search(text)
    spans = ages or age
    rest = text if spans is None else text[: spans.start()] + text[spans.end() :]
    grade, rest = _grade_in(rest)
    parts = _taken_apart(rest)
    if parts is None:
        return None
    stages = {name for role, name in parts if role == "stage"}
    measures = {name for role, name in parts if role == "measure"}
    if spans is not None and not stages:
        low, high = int(spans[1]), int(spans[2] if ages else spans[1])
        stages = {next((s for s, first, last in _STAGE_OF_AGES if first <= low <= high <= last), "")} - {""}
        if age is not None and low < _ENTRY_AGE:
            stages = {"kindergarten"}
        grade = grade or (grade_label(low - _ENTRY_AGE + 1) if age is not None and low >= 3 else "")
    if spans is not None and table != "schools":
        measures = measures or {"pupils"}
    if table == "schools" and grade and not stages and measures <= {"pupils", "enrolment"}:
        return f"enrolment_g{grade}"
    lead = next((one for one in _LEADS[table] if one in measures), None)
    if lead is None and table != "schools" and stages and {"pupils", "enrolment"} & measures:
        lead = "pupils"
    if len(stages) != 1 or lead is None:
        return None
    name = f"{lead}_{next(iter(stages))}" + (f"_{grade}" if grade and table != "schools" else "")
    return name if column_of(table, name) is not None else None


def _grade_in(text: str) -> tuple[str, str]:
    """Find a grade in a header and take it out: 三年级, 大班, "grade 3"."""
    found = re.search(
        r"(十[一二]|[一二三四五六七八九十]|\d{1,2})(?:年级|年級)|[小中大]班|grade(\d{1,2}|k|pk)|(?<![a-z])kg", text
    )
    if found is None:
        return "", text
    return grade_label(grade_from_word(found[0])), text[: found.start()] + text[found.end() :]


def _taken_apart(text: str) -> set[tuple[str, str]] | None:
    """Take a text apart into known parts, the longest first; None where something is left over.

    A word may mean two things (学生: children of a village, pupils of a school); the table chooses.
    """
    found: set[tuple[str, str]] = set()
    at = 0
    while at < len(text):
        length = next((n for n in range(_LONGEST_PART, 0, -1) if text[at : at + n] in _WORDS), 0)
        if not length:
            return None
        found |= _WORDS[text[at : at + length]]
        at += length
    return found


@lru_cache(maxsize=4096)
def is_known(header: str) -> bool:
    """Tell whether a cell reads like a header of any table; a bare number (a code such as 211) never does."""
    if len(header) > _LONGEST_HEADER:
        return False
    return any(c.isalpha() for c in header) and any(canonical(table, header) is not None for table in TABLES)


def count_known(text: str) -> int:
    """Count the cells of a few lines of delimited text that read like headers."""
    return sum(is_known(cell.strip().strip('"')) for cell in re.split(r"[,;\t\r\n]", text) if 0 < len(cell) < 60)


def _bare(header: str) -> str:
    """Half width, lower case, without units in brackets and without signs: 学校（机构）标识码 → 学校机构标识码."""
    text = unicodedata.normalize("NFKC", header).strip().lower()
    text = re.sub(rf"\((?:单位[:：])?(?:{_UNITS})\)", "", text)
    return re.sub(r"[()\[\]/、·\-:：.'’＊*?]", "", text).strip()


def _for_parts(header: str) -> str:
    """Half width, lower case, without units and signs; a hyphen between ages stays."""
    text = unicodedata.normalize("NFKC", header).strip().lower()
    text = re.sub(rf"\((?:{_UNITS})\)", "", text)
    return re.sub(r"[()\[\]/、·:：_\s,，.]|(?<!\d)-|-(?!\d)", "", text)


_UNITS = "人|个|间|m2|㎡|平方米|元|万元|名|所|张|台|班|轨|口|户|亩|年|岁"
_LONGEST_HEADER = 200
_KNOWN: dict[str, tuple[str, ...]] = {}
for _name, _said in _ALIASES.items():
    for _word in _said.split():
        _KNOWN[_word] = (*_KNOWN.get(_word, ()), _name)
_WORDS: dict[str, set[tuple[str, str]]] = {}
for _part, _said in _PARTS.items():
    for _word in _said.split():
        _WORDS.setdefault(_word, set()).add(_part)
_LONGEST_PART = max(map(len, _WORDS))
