"""What the measures are called on a page (the catalogue's words), and how their values are written."""

from __future__ import annotations

from layout_planner.base.messages import Text
from layout_planner.measures.catalogue import measures_named, shown_in

KEY = tuple(measure.name for measure in shown_in("key"))
"""What a decision-maker looks at first, in this order; the page shows the first six a plan has."""

_KINDS = {"min": "minutes", "m": "metres", "%": "percent"}


def _words(measure: str) -> Text | None:
    return next((each.words for each in measures_named(measure) if each.words is not None), None)


def named(measure: str) -> bool:
    """Tell whether a measure has a name for readers; the others stay in the tables."""
    return _words(measure) is not None


def worded(measure: str, unit: str) -> dict[str, str]:
    """Give a measure's name in both languages and the kind its values are written as."""
    name = _words(measure) or Text(measure, measure)
    kind = "share" if measure == "load" else "ratio" if unit == "1" else _KINDS.get(unit, "count")
    return {"zh": name.zh, "en": name.en[0].upper() + name.en[1:], "kind": kind}
