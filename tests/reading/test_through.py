"""Nine-year and twelve-year schools given in one row."""

from __future__ import annotations

import pytest

from layout_planner.reading import check_study
from tests.study.toy_folder import FILES, write_toy

TOML = FILES["study.toml"].split("[sites]")[0]
PLACES = "place_id,name,population,lon,lat,pupils_primary,pupils_junior\nV1,东村,600,105,31,60,30\n"
HEADER = "school_id,name,kind,seats,equipment_value,teachers_primary,teachers_junior,lon,lat,"


def _report(tmp_path, header, *rows):
    schools = "\n".join([HEADER + header, *rows]) + "\n"
    toml = TOML.replace('[townships]\nfile = "townships.csv"\n', "")
    files = {"study_toml": toml, "places_csv": PLACES, "schools_csv": schools}
    return check_study(write_toy(tmp_path / "toy", **files))


def test_the_published_fixture(tmp_path):
    # 2015 guide: A = 166, B = 210, 23,226 books → 9,711 + 13,515.
    report = _report(tmp_path, "enrolment_primary,enrolment_junior", "S1,一贯,312,397,23226,20,20,105.01,31,166,210")
    assert report.errors == ()
    assert report.study is not None
    offers = report.study.offers
    assert offers["equipment_value"].tolist() == pytest.approx([13515, 9711], abs=1)
    assert offers["equipment_value"].sum() == 23226
    assert offers["seats"].to_dict() == {("S1", "junior"): 231, ("S1", "primary"): 166}  # 166 : 1.1 × 210
    assert offers["enrolment"].to_dict() == {("S1", "junior"): 210, ("S1", "primary"): 166}
    told = [w.message.en for w in report.warnings if w.column == "seats"]
    assert told == ["the school's total was divided by pupils, 1 : 1.1 : 1.32: primary 166, junior 231."]
    said = [s.en for s in report.study.sources["statements"] if "all-through" in s.en]
    assert len(said) == 1
    assert said[0].startswith("seats, equipment_value of 1 all-through schools")


def test_by_grade_the_pupils_go_to_their_own_stage_and_equal_shares_are_no_fault(tmp_path):
    grades = ",".join(f"enrolment_g{g}" for g in range(1, 10))
    report = _report(
        tmp_path, f"enrolment,{grades}", "S1,一贯,312,200,800,9,9,105.01,31,210,20,20,20,20,20,10,40,30,30"
    )
    assert report.errors == ()
    assert report.study is not None
    assert report.study.offers["enrolment"].to_dict() == {("S1", "junior"): 100, ("S1", "primary"): 110}
    assert report.study.offers["seats"].to_dict() == {("S1", "junior"): 100, ("S1", "primary"): 100}


def test_twelve_years_and_complete_middle(tmp_path):
    report = _report(
        tmp_path,
        "enrolment_primary,enrolment_junior,enrolment_senior",
        "S1,十二年,345,342,,9,9,105.01,31,100,100,100",
        "S2,完中,341,220,,,9,105.02,31,,100,100",
    )
    assert report.errors == ()
    assert report.study is not None
    assert report.study.offers["seats"].to_dict() == {
        ("S1", "junior"): 110,
        ("S1", "primary"): 100,
        ("S1", "senior"): 132,
        ("S2", "junior"): 100,
        ("S2", "senior"): 120,
    }


def test_a_stage_s_own_number_is_kept(tmp_path):
    row = "S1,一贯,312,397,,20,20,105.01,31,166,210,180,240"
    header = "enrolment_primary,enrolment_junior,seats_primary,seats_junior"
    report = _report(tmp_path, header, row)
    assert report.errors == ()
    assert report.study is not None
    assert report.study.offers["seats"].to_dict() == {("S1", "junior"): 240, ("S1", "primary"): 180}


def test_without_the_pupils_of_each_stage_nothing_is_divided(tmp_path):
    report = _report(tmp_path, "enrolment", "S1,一贯,312,397,23226,20,20,105.01,31,376")
    told = [(f.row, f.column) for f in report.errors if "one total" in f.message.en]
    assert told == [(2, "seats"), (2, "enrolment")]
    told = [(f.row, f.column) for f in report.warnings if "one total" in f.message.en]
    assert told == [(2, "equipment_value")]
