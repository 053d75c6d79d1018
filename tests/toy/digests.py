"""Digests of frames, so that a test can say "nothing changed" and "the same again"."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pandas as pd

from layout_planner.plan import Plan
from layout_planner.study import Study

FRAMES = ("places", "townships", "schools", "sites", "offers", "pupils", "rolls", "attendance", "adjacency", "classes")


def digest_frame(frame: pd.DataFrame) -> str:
    """Hash a frame: labels, types and every value."""
    text = pd.DataFrame(frame).reset_index().astype(object).map(repr).to_csv()
    return hashlib.sha256((text + repr(list(map(str, frame.dtypes)))).encode()).hexdigest()


def digest_study(study: Study) -> Mapping[str, str]:
    """Hash every frame of a study."""
    return {name: digest_frame(getattr(study, name)) for name in FRAMES}


def digest_plan(plan: Plan) -> Mapping[str, str]:
    """Hash what a plan says, and the study inside."""
    tables = {
        "flows": plan.flows, "unplaced": plan.unplaced, "outside": plan.outside, "scores": plan.scorecard.table,
        "findings": plan.findings,
    }  # fmt: skip
    return {name: digest_frame(table) for name, table in tables.items()} | digest_study(plan.study)
