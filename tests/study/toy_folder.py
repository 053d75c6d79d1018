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


def write_toy(folder: Path, **changes: str | None) -> Path:
    """Write the county; a change replaces a file's text (None leaves it out), named without its dot: places_csv."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, str | None] = dict(FILES)
    files |= {name.replace("_csv", ".csv").replace("_toml", ".toml"): text for name, text in changes.items()}
    for name, text in files.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder
