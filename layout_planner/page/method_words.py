"""How a reader calls the method an assignment was made by."""

from __future__ import annotations

from collections.abc import Mapping

from layout_planner.assignment.methods import words_by_name
from layout_planner.base.messages import Text
from layout_planner.catchments import methods as catchments
from layout_planner.consolidation import methods as consolidation
from layout_planner.plan import Assignment

METHODS: Mapping[str, Text] = words_by_name(consolidation.MADE_HERE, catchments.MADE_HERE)
"""The methods of this program, which run folders hold by name alone."""


def method_words(done: Assignment) -> Text:
    """Give the words an assignment brings (a method of the planner's own), else those of its name."""
    return done.words or METHODS.get(done.method, Text(done.method, done.method))
