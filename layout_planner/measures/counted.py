"""What each open school of a stage counts as: what `keep` counts, and what stays beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout_planner.base.labels import positions
from layout_planner.base.messages import Text
from layout_planner.study import Study

OWN, PRIVATE, SECTION, CAMPUS, POINT = "own", "private", "section", "campus", "teaching point"
KINDS = (OWN, PRIVATE, SECTION, CAMPUS, POINT)
"""A public legal school of the stage, which `keep` counts · a private one · the part of a nine-year or complete school
that counts under a higher stage · a campus · a teaching point."""

KIND_WORDS = {
    OWN: Text("public schools of the stage", "本学段公办学校（计入学校数）"),
    PRIVATE: Text("private schools", "民办学校"),
    SECTION: Text("sections of nine-year or complete schools", "一贯制（完全）学校的学段部"),
    CAMPUS: Text("campuses", "分校区"),
    POINT: Text("teaching points", "教学点"),
}


def kinds_of(study: Study, stage: str, schools: pd.Index) -> pd.Series[str]:
    """Tell what each school counts as in a stage: one of `KINDS`; index as given."""
    known, private = study.categories(), study.is_private().to_numpy(dtype=bool)
    at = positions(known.index, schools)
    as_what = np.where(at >= 0, known.to_numpy(dtype=object)[at], np.nan)
    private = np.where(at >= 0, private[at], False)
    apart = (as_what == CAMPUS) | (as_what == POINT)
    own = np.where(as_what == stage, np.where(private, PRIVATE, OWN), SECTION)
    return pd.Series(np.where(apart, as_what, own), schools, dtype="str", name="kind")
