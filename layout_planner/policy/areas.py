"""Urban, town and rural: where a rule may hold, by the statistical code of a township."""

from __future__ import annotations

import pandas as pd

from layout_planner.study import Study

AREAS = ("urban", "town", "rural")
"""城区 (codes 11x), 镇区 (12x), 乡村 (2xx) of the urban-rural classification of the National Bureau of Statistics."""


def area_of(code: object) -> str:
    """Tell the area a code of urban_rural stands for; "" where it is not known."""
    text = "" if pd.isna(code) else str(code).strip()
    for start, area in (("11", "urban"), ("12", "town"), ("2", "rural")):
        if text.startswith(start):
            return area
    return ""


def areas_of(study: Study, townships: pd.Series) -> pd.Series[str]:
    """Give the area of each township id, on the index of `townships`; "" where it is not known."""
    if "urban_rural" not in study.townships:
        return pd.Series("", index=townships.index, dtype="str")
    known = {township: area_of(code) for township, code in study.townships["urban_rural"].items()}
    return pd.Series([known.get(t, "") for t in townships], index=townships.index, dtype="str")
