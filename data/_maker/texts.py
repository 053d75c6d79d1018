"""The texts that go with the samples."""

FUXI_TOML = """
# 涪溪县（模拟）: made up, calibrated to published figures of one county. 模拟数据，并非真实地方。
name = "涪溪县（模拟）"
year = 2023
calendar = "6+3+3"
crs = "EPSG:4544"
simulated = true
note = "模拟数据：地名、学校、人口均为虚构，仅数量级参照公开数字。Simulated: places, schools and people are made up; only the totals follow published figures."

[places]
file = "places.csv"
coordinates = "wgs84"

[townships]
file = "townships.parquet"

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

[teachers]
file = "teachers.csv"

[roads]
file = "roads.parquet"

[water]
file = "water.parquet"

[hazards]
file = "hazards.parquet"

[elevation]
file = "dem.tif"
"""

FUXI_BEFORE_TOML = (
    FUXI_TOML.replace('name = "涪溪县（模拟）"', 'name = "涪溪县（模拟）撤并前 before"')
    .replace("year = 2023", "year = 2022")
    .replace('"schools.csv"', '"schools_before.csv"')
    .replace('"rolls.csv"', '"rolls_before.csv"')
    .replace('[attendance]\nfile = "attendance.csv"\n\n', "")
    .replace('[teachers]\nfile = "teachers.csv"\n\n', "")
)

FUXI_README = """
# 涪溪县（模拟）
"""

ZHIGANG_TOML = """
# 芝港区（模拟）: made up, calibrated to published figures of one urban district. 模拟数据，并非真实地方。
name = "芝港区（模拟）"
year = 2023
calendar = "5+4+3"
crs = "EPSG:4549"
simulated = true
note = "模拟数据：地名、学校、人口均为虚构，仅数量级参照公开数字。Simulated: places, schools and people are made up; only the totals follow published figures."

[places]
file = "places.parquet"

[townships]
file = "townships.parquet"

[schools]
file = "schools.csv"
coordinates = "wgs84"

[sites]
file = "sites.csv"
coordinates = "wgs84"

[rolls]
file = "rolls.csv"

[classes]
file = "classes.csv"

[births]
file = "births.csv"

[teachers]
file = "teachers.csv"

[estates]
file = "estates.csv"

[roads]
file = "roads.parquet"
"""

ZHIGANG_README = """
# 芝港区（模拟）
"""
