"""`Study`: the facts of one region in one year, and what is done with them as a whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from layout_planner.study.record import StudyRecord
from layout_planner.study.write import write_study


@dataclass(frozen=True, eq=False)
class Study(StudyRecord):
    """One region in one year; its fields are those of `StudyRecord`."""

    def write(self, folder: str | os.PathLike[str]) -> Path:
        """Write the study as a folder that `read_study` reads back; see `layout_planner.study.write`."""
        return write_study(self, folder)
