"""Fill-in workbooks: their headers are known, and what is filled in reads back."""

from __future__ import annotations

import re
import tomllib

import openpyxl
import pytest

from layout_planner.base.errors import RunError
from layout_planner.base.messages import using_language
from layout_planner.reading import check_study
from layout_planner.reading.blanks import TABLES, write_blanks
from layout_planner.reading.draft import draft_study
from layout_planner.study.headers import canonical


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("section", list(TABLES))
def test_every_header_of_the_blanks_is_known_and_means_one_thing(section, lang):
    meant = [canonical(section, column.header.in_(lang)) for column in TABLES[section][1]]
    assert None not in meant
    assert len(set(meant)) == len(meant)
    assert "name" in meant or section in ("births", "attendance")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_filled_in_folder_is_read_back(tmp_path, lang):
    with using_language(lang):
        written = write_blanks(tmp_path)
        assert len(written) == len(TABLES)
        for section, path in zip(TABLES, written, strict=True):
            book = openpyxl.load_workbook(path)
            sheet = book.worksheets[0]
            for at, column in enumerate(TABLES[section][1], start=1):
                example = str(column.example)
                number = re.fullmatch(r"[\d.]+", example) and len(example) < 9
                sheet.cell(2, at, float(example) if number else example or None)
            book.save(path)
        text = draft_study(tmp_path)
        sections = {name for name, body in tomllib.loads(text).items() if isinstance(body, dict)}
        assert sections == set(TABLES)
        text = text.replace("# year = …", "year = 2024").replace("# coordinates", "coordinates")
        text = re.sub(r"^# year = .*$", "year = 2024", text, flags=re.MULTILINE)
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        report = check_study(tmp_path)
    assert [str(fault) for fault in report.errors] == []
    study = report.study
    assert study is not None
    assert study.demand("primary").tolist() == [451.0]
    assert study.demand("junior").tolist() == [230.0]
    assert study.roll("primary").tolist() == [769.0]
    assert study.offers["teachers"].tolist() == [45.0]
    assert study.attendance["pupils"].sum() == 120.0
    assert study.births["year"].tolist() == list(range(2012, 2026))
    assert study.places["catchment_primary"].tolist() == study.schools.index.tolist()


def test_what_lies_there_is_left_alone(tmp_path):
    write_blanks(tmp_path)
    with pytest.raises(RunError, match="exist already"):
        write_blanks(tmp_path)
