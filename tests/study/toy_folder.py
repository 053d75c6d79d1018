"""A county of four villages and three schools as files, small enough to see every fault in."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "study.toml": """\
name = "Toy"
year = 2023
calendar = "6+3"
crs = "EPSG:4544"

[places]
file = "places.csv"
coordinates = "wgs84"

[townships]
file = "townships.csv"

[schools]
file = "schools.csv"
coordinates = "wgs84"

[sites]
file = "sites.csv"
coordinates = "wgs84"

[rolls]
file = "rolls.csv"

[attendance]
file = "attendance.csv"

[births]
file = "births.csv"

[classes]
file = "classes.csv"
""",
    "places.csv": """\
place_id,name,township_id,population,lon,lat,pupils_primary,migrants_primary,pupils_junior,catchment_primary
V1,东村,001,600,105.00,31.00,60,6,30,S1
V2,西村,001,300,105.02,31.01,30,0,15,S1;S3
V3,南村,002,400,105.10,31.05,41,2,20,S3
V4,北村,002,150,105.12,31.06,12,0,7,S3
""",
    "townships.csv": """\
township_id,name,population
001,东乡,900
002,西乡,550
""",
    "schools.csv": """\
school_id,name,stage,kind,grades,state,closed_year,township_id,ownership,enrolment,seats,classrooms,classes,teachers,staff,boarders,parent_id,lon,lat
S1,东小,primary,211,1-6,open,,001,public,80,270,6,6,12,14,0,,105.01,31.00
S2,一贯,primary,312,1-6,open,,002,public,30,270,6,6,9,10,0,,105.11,31.05
S2,一贯,junior,312,7-9,open,,002,public,66,150,3,3,9,10,20,,105.11,31.05
S3,西点,primary,218,1-3,open,,002,public,33,60,3,3,3,3,0,S2,105.10,31.06
S4,旧小,primary,211,1-6,closed,2020,001,public,,,,,,,,,105.03,31.01
""",
    "sites.csv": """\
site_id,name,stage,seats,open_cost,lon,lat
X1,新址,primary,540,30000000,105.06,31.03
""",
    "rolls.csv": """\
school_id,stage,grade,pupils,classes
S1,primary,1,14,1
S1,primary,2,14,1
S1,primary,3,13,1
S1,primary,4,13,1
S1,primary,5,13,1
S1,primary,6,13,1
S3,primary,1,11,1
S3,primary,2,11,1
S3,primary,3,11,1
""",
    "attendance.csv": """\
place_id,school_id,stage,grade,pupils
V1,S1,primary,1,10
V2,S1,primary,1,4
V3,S3,primary,1,7
""",
    "births.csv": """\
township_id,year,count,variant
001,2016,20,
001,2017,18,
002,2016,15,
""",
    "classes.csv": """\
school_id,grade,class_no,pupils
S1,1,1,14
S1,2,1,14
""",
}

RETURNS = {
    "places.csv": """\
涪溪县二〇二三年各村适龄儿童统计表,,,,,,,,,
,,,,,,,单位：人,,
居住点编号,村名,所属乡镇,常住人口,经度,纬度,小学适龄儿童,小学随迁子女,初中适龄儿童,小学划片学校
V1,东村,东乡,６００,105.00,31.00,60人,6,30,S1
V2,西村,东乡,300,105.02,31.01,30,0,15,S1；S3
V3,南村,西乡,400,105.10,31.05,41,2,20,S3
V4,北村,西乡,150,105.12,31.06,12,0,7,S3
合计,,,"1,450",,,143,8,72,
填表人：王五,,,,,,,,,
""",
    "schools.csv": """\
学校标识码,学校名称,学段,办学类型代码,年级范围,状态,撤并年份,所属乡镇,举办者,在校生数,学位数,教室数,班数,专任教师,教职工数,寄宿生,中心校代码,经度,纬度
S1,东小,小学,211,1-6,open,,东乡,公办,80,270,6,6,12,14,0,,105.01,31.00
S2,一贯,小学,312,1-6,open,,西乡,公办,30,270,6,6,9,10,0,,105.11,31.05
S2,一贯,初中,312,7-9,open,,西乡,公办,66,150,3,3,9,10,20,,105.11,31.05
S3,西点,小学,218,1-3,open,,西乡,公办,33,60,3,3,3,3,0,S2,105.10,31.06
S4,旧小,小学,211,1-6,closed,2020,东乡,公办,,,,,,,,,105.03,31.01
""",
}
"""The same as a bureau sends it: titles above Chinese headers, units, full-width digits, a total, a note below."""


def write_toy(folder: Path, **changes: str | None) -> Path:
    """Write the county; a change replaces a file's text (None leaves it out), named without its dot: places_csv."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, str | None] = dict(FILES)
    files |= {name.replace("_csv", ".csv").replace("_toml", ".toml"): text for name, text in changes.items()}
    for name, text in files.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder
