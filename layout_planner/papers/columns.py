"""What readers call the columns of our tables, and how their values are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from layout_planner.base.messages import Text
from layout_planner.measures.catalogue import measures_named
from layout_planner.study.stages import STAGE_NAMES

Kind = Literal[
    "text",
    "code",
    "count",
    "minutes",
    "metres",
    "km",
    "percent",
    "share",
    "ratio",
    "yuan",
    "year",
    "grade",
    "flag",
    "plain",
]
"""How a value is written: whole counts, minutes with one decimal, metres whole, a share as a fraction of three
decimals, a percentage with one; "plain" as its unit says, row by row."""

DECIMALS: dict[Kind, int] = {
    "count": 0, "minutes": 1, "metres": 0, "km": 2, "percent": 1, "share": 3, "ratio": 3, "yuan": 0, "year": 0,
    "grade": 0,
}  # fmt: skip
"""What is known of a value of a kind: a plan does not know a tenth of a pupil."""

UNIT_KINDS: dict[str, Kind] = {"min": "minutes", "m": "metres", "%": "percent", "1": "ratio"}
"""Unit of a scorecard row → kind; every other unit is a count."""


@dataclass(frozen=True)
class Column:
    """A column as readers know it."""

    words: Text
    kind: Kind = "text"


_CODES = """
place_id place no.|居住点编号
school_id school code|学校编号
from_school code of the school that ends|撤并校编号
to_school code of the receiving school|接收校编号
into code of the receiving school|并入校编号
township_id township code|乡镇编号
stop_id stop|站点编号
area area code|区域编号
id code|编号
lead code of the lead school|学区长校编号
core code of the core school|核心校编号
member code of the member school|成员校编号
sender code of the sending school|派出校编号
receiver code of the receiving school|接收校编号
site_id site code|场址编号
"""

_TEXTS = """
name name|名称
school school|学校
place place|居住点
township township|乡镇
stage stage|学段
group group|群体
how how|方式
mode way by|出行工具
reason reason|原因
measure measure|指标
scope scope|范围
unit unit|单位
better better|优向
source source|依据
rule rule|规则
what what|问题
kind kind|类别
severity severity|性质
overridden_because accepted because|说明理由
missing data missing|缺少的数据
grades grades|年级
state state|状态
apart places apart|飞地
east east|东至
south south|南至
west west|西至
north north|北至
from_name school that ends|撤并校
to_name receiving school|接收校
site site becomes|校址去向
do edit|方式
because because of|原因
variant course|方案
warning seat warning|学位预警
level warning|预警
indicator indicator|指标
left_out left out because|不参评原因
district district|学区
status status|状态
subject subject|学科
step step|环节
teaches will teach|任教学科
school_before school today|现就读学校
school_after school in the plan|规划学校
road_id road|道路编号
urban_rural urban-rural code|城乡代码|code
highway class of road|道路等级
class class|类别
effect effect|效应
scenario scenario|方案
"""

_NUMBERS = """
grade grade|年级|grade
year year|年份|year
autumn autumn|秋季|year
pupils pupils|学生数|count
children children|适龄儿童|count
minutes minutes one way|单程（分钟）|minutes
metres metres one way|单程（米）|metres
minutes_before minutes before|原单程（分钟）|minutes
minutes_after minutes after|新单程（分钟）|minutes
metres_before metres before|原单程（米）|metres
metres_after metres after|新单程（米）|metres
longest_after longest way after (minutes)|新单程最远（分钟）|minutes
seats seats|学位|count
roll roll|在校生|count
roll_before roll before|原在校生|count
pupils_before pupils before|原学生数|count
unplaced children without a school|未安置学生|count
load use of seats|学位使用率|share
value value|数值|plain
limit limit|限值|plain
excess beyond the limit|超出|plain
day by day|走读|count
board boarding|寄宿|count
bus by bus|校车|count
teachers teachers|教师|count
places places|居住点数|count
parts parts|片数|count
holes holes|内含片区|count
cost cost (yuan)|费用（元）|yuan
over pupils above the seats|超出学位|count
gap seats to spare|学位余缺|count
population population|人口|count
schools schools|学校数|count
units units|单元数|count
classes classes|班数|count
known indicators known|已知指标数|count
least_share least share of the standard|最低达标比|share
have has|拥有量|ratio
lacks lacks|缺口|ratio
share share of the standard|达标比|share
mean mean|均值|ratio
difference difference coefficient|差异系数|ratio
quantity quantity|数量|count
price price (yuan)|单价（元）|yuan
order order|顺序|count
minute minute|时刻（分钟）|minutes
ride ride (minutes)|乘车（分钟）|minutes
walk_metres walk to the stop (m)|步行至站点（米）|metres
objective total (yuan a year)|目标值（元/年）|yuan
bound proved bound (yuan a year)|已证下界（元/年）|yuan
gap_avoidable gap of what can be chosen|可选部分差距|ratio
travel time on the way (yuan a year)|路途时间（元/年）|yuan
boarding boarding (yuan a year)|寄宿（元/年）|yuan
household households (yuan a year)|家庭支出（元/年）|yuan
running running (yuan a year)|运转经费（元/年）|yuan
building building (yuan a year)|建设年摊（元/年）|yuan
terms further terms (yuan a year)|附加项（元/年）|yuan
investment building, once (yuan)|一次性建设投资（元）|yuan
minutes_mean mean way (minutes)|平均单程（分钟）|minutes
minutes_p95 95 % have less than (minutes)|95%不超过（分钟）|minutes
minutes_tail worst-off tenth (minutes)|最远十分之一（分钟）|minutes
beyond_reach pupils beyond reach|超距学生|count
riders pupils on buses|乘车学生|count
boarders boarders|寄宿生|count
added_gini Gini of added minutes|增加时间基尼系数|ratio
closed schools closed|撤并数|count
expanded schools enlarged|扩容数|count
rebuilt schools rebuilt|改扩建数|count
opened schools opened|新建数|count
points teaching points|教学点数|count
seats_added seats added|新增学位|count
pupils_moved pupils moved|转学学生|count
safety price of safety (yuan a year)|稳健代价（元/年）|yuan
keep schools kept|保留学校数|count
budget budget (yuan)|预算（元）|yuan
births births|出生|count
expected expected|推算|count
residents living here|实有|count
rolls on the rolls|在校|count
error error|误差|ratio
mean_error error of the mean alone|仅用均值误差|ratio
township_error error of the townships|乡镇误差|ratio
met met|达标|flag
ok kept|是否达标|flag
passes passes|是否合格|flag
"""


_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}


def _read(text: str, kind: Kind | None) -> dict[str, Column]:
    found = {}
    for line in text.strip().splitlines():
        name, _, rest = line.partition(" ")
        en, zh, *own = rest.split("|")
        found[name] = Column(Text(en, zh), _KINDS[own[0]] if own else kind or "text")
    return found


COLUMNS: dict[str, Column] = {**_read(_CODES, "code"), **_read(_TEXTS, "text"), **_read(_NUMBERS, None)}
"""Column of our tables → what readers call it."""

NAMED_BY = {
    "place_id": "place", "school_id": "school", "from_school": "from_name", "to_school": "to_name", "into": "to_name",
    "township_id": "township", "lead": "school", "core": "school", "member": "school", "sender": "school",
    "receiver": "school",
}  # fmt: skip
"""Column of ids → the column that names what they mean, put beside it where the table does not have it."""


def column_of(name: str) -> Column:
    """Tell what readers call a column; years, stages and measures in it are understood, others stay as they are."""
    if name in COLUMNS:
        return COLUMNS[name]
    dated = re.fullmatch(r"(roll|seats)_(\d{4})", name)
    if dated:
        own = COLUMNS[dated[1]]
        return Column(Text(f"{own.words.en} {dated[2]}", f"{dated[2]} 年{own.words.zh}"), own.kind)
    lead, _, stage = name.rpartition("_")
    if lead in COLUMNS and stage in STAGE_NAMES:
        own, (en, zh) = COLUMNS[lead], STAGE_NAMES[stage]
        return Column(Text(f"{own.words.en}, {en}", f"{zh}{own.words.zh}"), own.kind)
    for measure in measures_named(name):
        if measure.words is not None:
            kind: Kind = "share" if name == "load" else UNIT_KINDS.get(measure.unit, "count")
            return Column(measure.words, kind)
    return Column(Text(name, name), "plain")
