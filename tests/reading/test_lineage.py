"""School codes that cannot be right, and what became of schools."""

from __future__ import annotations

from pathlib import Path

from layout_planner.reading import check_study, sample
from layout_planner.reading.lineage import trace_schools
from layout_planner.study import Study
from tests.study.toy_folder import FILES, write_toy


def told(tmp_path: Path, **codes: str) -> list[tuple[int | None, str]]:
    """Give the toy's schools codes, by id, and return what is said of them."""
    head, *rows = FILES["schools.csv"].strip().split("\n")
    text = "\n".join([f"{head},code", *(f"{row},{codes.get(row.split(',')[0], '')}" for row in rows)])
    report = check_study(write_toy(tmp_path / "toy", schools_csv=text))
    assert report.errors == ()
    return [(w.row, w.message.en) for w in report.warnings if w.column == "code"]


def test_codes_that_fit_their_kinds_are_fine(tmp_path: Path) -> None:
    assert told(tmp_path, S1="2151000001", S2="3151000002", S3="2151000003", S4="2151000004") == []


def test_a_short_code_a_wrong_kind_and_a_second_bearer_are_told(tmp_path: Path) -> None:
    found = told(tmp_path, S1="215100001", S2="2151000002", S3="2151000007", S4="2151000007")
    assert found == [
        (2, "a school code has 10 digits."),
        (3, "the code begins as one of another kind of school."),
        (4, "the code begins as one of another kind of school."),
        (6, "another school has this code."),
    ]


def test_the_sample_tells_what_became_of_its_schools() -> None:
    found = trace_schools(sample("fuxi-before"), sample("fuxi"))
    assert found["event"].value_counts().to_dict() == {"kept": 230, "closed": 58}


def changed(study: Study, school: str, **values: object) -> Study:
    schools = study.schools.copy()
    for column, value in values.items():
        if column not in schools:
            schools[column] = None
        schools.loc[school, column] = value
    return study.with_(schools=schools)


def test_renamed_converted_merged_restored_and_opened_are_told_apart() -> None:
    before = sample("zhigang")
    one, two, three, four, five = before.schools.index[:5]
    before = changed(before, four, state="closed", closed_year=2020)
    after = changed(changed(before, one, name="新名"), two, kind="312")
    after = changed(changed(after, three, state="closed", successor_id=one), four, state="open")
    before = before.with_(schools=before.schools.drop(index=five))
    found = trace_schools(before, after).set_index("code")
    key = after.schools["code"] if "code" in after.schools else after.schools.index.to_series()
    events = {
        name: found.loc[key[school], "event"]
        for name, school in zip("abcde", (one, two, three, four, five), strict=True)
    }
    assert events == {"a": "renamed", "b": "converted", "c": "merged", "d": "restored", "e": "opened"}
    assert found.loc[key[three], "into"] == one
    if "code" in after.schools:
        assert "brings a new code" in found.loc[key[two], "doubt"].en
