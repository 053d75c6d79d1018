"""Checks between tables."""

from __future__ import annotations

from layout_planner.study.config import StudyFile
from layout_planner.study.faults import Faults, Table


def check_references(tables: dict[str, Table], file: StudyFile, faults: Faults) -> None:
    """Check what one table says against another."""
