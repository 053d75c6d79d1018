"""Numbers as files of many countries write them: what is read, told, or asked; never a thousandth in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from layout_planner.reading import check_study


def _check(folder: Path, separator: str, cells: list[str], column: str = "population"):
    lon, lat = ("105,02", "31,0") if separator == ";" else ("105.02", "31.0")
    rows = [["place_id", "name", "lon", "lat", "pupils_primary", column]]
    rows += [[f"V{i}", f"村{i}", lon, lat, "10", cell] for i, cell in enumerate(cells)]
    lines = [separator.join(f'"{c}"' if separator in c else c for c in row) for row in rows]
    (folder / "places.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    toml = 'name = "t"\nyear = 2024\n[places]\nfile = "places.csv"\ncoordinates = "wgs84"\n'
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    return check_study(folder)


@pytest.mark.parametrize(
    ("separator", "cells", "numbers"),
    [
        (",", ["1 250,5", "800"], [1250.5, 800]),
        (";", ["1 250,5", "800"], [1250.5, 800]),
        (",", ["1\u202f250,5", "1\u00a0300"], [1250.5, 1300]),
        (",", ["1’250", "1'300"], [1250, 1300]),
        (";", ["1’250,5", "30"], [1250.5, 30]),
        (",", ["1’250.5", "30"], [1250.5, 30]),
        (";", ["1.250,5", "30"], [1250.5, 30]),
        (";", ["1.250", "45.741"], [1250, 45741]),
        (",", ["1,250", "1,300.5"], [1250, 1300.5]),
        (",", ["１，２５０", "30 人"], [1250, 30]),
    ],
)
def test_thousands_and_decimals_that_can_be_told_apart(tmp_path, separator, cells, numbers):
    report = _check(tmp_path, separator, cells)
    assert report.study is not None, str(report)
    assert report.study.places["population"].tolist() == numbers


@pytest.mark.parametrize(
    ("separator", "cells", "said"),
    [
        (",", ["1.250", "30"], "1.250 may mean 1250 or 1.25."),
        (";", ["1,250", "30"], "1,250 may mean 1250 or 1.25."),
        (";", ["45,741", "1.250"], "45,741 may mean 45741 or 45.741."),
        (";", ["４５,７４１", "1.250"], "４５,７４１ may mean 45741 or 45.741."),
        (";", ["४५,७४१", "1.250"], "४५,७४१ may mean 45741 or 45.741."),
        (",", ["12,5", "30"], "decimals stand after a point and after a comma in one file."),
        (",", ["3.5万", "30"], "not a number."),
        (",", ["1,25,000", "30"], "not a number."),
    ],
)
def test_people_by_the_thousandth_are_asked_about(tmp_path, separator, cells, said):
    assert [e.message.en for e in _check(tmp_path, separator, cells).errors] == [said]


def test_an_area_may_have_three_decimals(tmp_path):
    report = _check(tmp_path, ";", ["1,250", "0,5"], "site")
    assert report.study is not None
    assert report.errors == ()
