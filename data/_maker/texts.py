"""The study files of the samples. The README files beside them are written by hand."""

NOTE = (
    "模拟数据：地名、学校、人口均为虚构，仅数量级参照公开数字。 "
    "Simulated: places, schools and people are made up; only the totals follow published figures."
)


def study_file(name: str, year: int, calendar: str, crs: str, tables: dict[str, str]) -> str:
    """Text of a study.toml; tables of points are in WGS 84."""
    lines = [
        "# Made up, calibrated to published figures: see README.md. 模拟数据，并非真实地方，见 README.md。",
        f'name = "{name}"',
        f"year = {year}",
        f'calendar = "{calendar}"',
        f'crs = "{crs}"',
        "simulated = true",
        f'note = "{NOTE}"',
    ]
    for table, file in tables.items():
        lines += ["", f"[{table}]", f'file = "{file}"']
        if table in ("places", "schools", "sites") and file.endswith(".csv"):
            lines.append('coordinates = "wgs84"')
        if table == "places":  # beyond walking (assumed: README)
            lines.append('set = { usual_mode = "ebike" }')
    return "\n".join(lines)


FUXI_TABLES = {
    "places": "places.csv",
    "townships": "townships.parquet",
    "schools": "schools.csv",
    "sites": "sites.csv",
    "rolls": "rolls.csv",
    "attendance": "attendance.csv",
    "births": "births.csv",
    "teachers": "teachers.csv",
    "roads": "roads.parquet",
    "water": "water.parquet",
    "hazards": "hazards.parquet",
    "elevation": "dem.tif",
}
ZHIGANG_TABLES = {
    "places": "places.parquet",
    "townships": "townships.parquet",
    "schools": "schools.csv",
    "sites": "sites.csv",
    "rolls": "rolls.csv",
    "classes": "classes.csv",
    "births": "births.csv",
    "teachers": "teachers.csv",
    "estates": "estates.csv",
    "roads": "roads.parquet",
}

FUXI_TOML = study_file("涪溪县（模拟）", 2023, "6+3+3", "EPSG:4544", FUXI_TABLES)
FUXI_BEFORE_TOML = study_file(
    "涪溪县（模拟）撤并前 before",
    2022,
    "6+3+3",
    "EPSG:4544",
    {k: v for k, v in FUXI_TABLES.items() if k not in ("attendance", "teachers")}
    | {"schools": "schools_before.csv", "rolls": "rolls_before.csv"},
)
ZHIGANG_TOML = study_file("芝港区（模拟）", 2023, "5+4+3", "EPSG:4549", ZHIGANG_TABLES)
