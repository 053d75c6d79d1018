"""The tidy tables of a study and the groups of pupils in them."""

from __future__ import annotations

from collections.abc import Mapping

LOCAL, MIGRANT = "local", "migrant"
"""The two groups pupils are told apart by: migrant children (随迁子女) are inside the pupils, not beside them."""

TIDY: Mapping[str, tuple[str, ...]] = {
    "pupils": ("place_id", "stage", "grade", "group", "pupils"),
    "rolls": ("school_id", "stage", "grade", "pupils", "classes"),
    "attendance": ("place_id", "school_id", "stage", "grade", "pupils"),
    "births": ("township_id", "year", "count", "variant"),
    "classes": ("school_id", "grade", "class_no", "pupils"),
}
"""The tidy tables and their columns, in order."""
