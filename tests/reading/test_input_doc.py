"""docs/input.md names every section, key and column there is."""

from __future__ import annotations

import re
from pathlib import Path

from layout_planner.reading.config import Header, Matrix, Section
from layout_planner.study.columns import TABLES

TEXT = (Path(__file__).parents[2] / "docs" / "input.md").read_text(encoding="utf-8")
PROSE = re.sub(r"^```.*?^```$", "", TEXT, flags=re.DOTALL | re.MULTILINE)  # the ticks of a block would pair with others
NAMED = {word for code in re.findall(r"`([^`]+)`", PROSE) for word in re.findall(r"[\w<>]+", code)}


def test_every_section_and_column_stands_in_the_reference() -> None:
    rows = {row.split("|")[1].strip(): row for row in TEXT.splitlines() if row.startswith("| `[")}
    for table, columns in TABLES.items():
        (row,) = [text for sections, text in rows.items() if f"[{table}]" in sections]
        words = set(re.findall(r"\w+", row))
        positions = {"lon", "lat", "x", "y"}
        assert [c.name for c in columns if c.name not in words | positions] == []


def test_every_key_stands_in_the_reference() -> None:
    internal = {"edited"}  # written by the program into the study of a run
    for model in (Header, Section, Matrix):
        assert set(model.model_fields) - NAMED - internal == set()
