"""One `Goal` for zones, schools and districts; a plain callable will do in all three."""

from __future__ import annotations

import numpy as np
import pytest

import layout_planner as lp
from layout_planner.assignment.contiguous.goals import GOALS, Area
from layout_planner.assignment.contiguous.goals import Part as ZonePart
from layout_planner.base.goals import Goal, goal, goal_of
from layout_planner.consolidation.terms import Situation, empty_seats
from layout_planner.districts.terms import STANDARD_TERMS
from tests.toy.county import line_county, line_travel


def test_a_function_becomes_a_goal() -> None:
    @goal("double", "twice as much", "两倍", weight=0.5)
    def made(number: float) -> float:
        return 2 * number

    def plain(number: float) -> float:
        return number

    assert (made(3.0), made.name, made.weight, made.words and made.words.zh) == (6.0, "double", 0.5, "两倍")
    assert goal_of(made) is made
    assert (goal_of(plain).name, goal_of(plain).words, goal_of(plain)(4.0)) == ("plain", None, 4.0)


def test_ours_are_goals_with_words_in_both_languages() -> None:
    ours: list[Goal] = [*GOALS.values(), *STANDARD_TERMS.values(), empty_seats(1.0)]
    assert all(isinstance(each, Goal) and each.words and each.words.zh != each.words.en for each in ours)
    assert all(name == each.name for known in (GOALS, STANDARD_TERMS) for name, each in known.items())


def test_goals_of_ones_own() -> None:
    def to_the_east(area: Area) -> ZonePart:
        """Everybody to S3: each pupil elsewhere costs a minute."""
        return ZonePart(pairs=area.pupils[:, None] * (area.schools != "S3")[None, :].astype(float))

    def dear(situation: Situation) -> np.ndarray:
        return np.where(situation.sites == "S3", 1e9, 0.0)

    study, travel = line_county(seats={"S3": 420.0}), line_travel()
    plan = lp.solve(study, travel, assign=lp.Contiguous(goals={to_the_east: 1.0}))
    roll = plan.assignments["primary"].roll()
    # In one piece, and the villages S1 and S2 stand in belong to them: D to G can go to S3, but E is S2's own.
    assert roll["S3"] > 60.0 and plan.assignments["primary"].work["goal_to_the_east"] == 420.0 - roll["S3"]
    front = lp.consolidate(study, travel, stage="primary", keep=2, sites=False, terms=[dear])
    assert "S3" not in front.study.offering("primary")


def test_what_a_term_of_ones_own_gives_is_checked() -> None:
    def wrong(situation: Situation) -> np.ndarray:
        return np.array([-1.0])

    with pytest.raises(lp.DataError, match="term wrong"):
        lp.consolidate(line_county(), line_travel(), stage="primary", keep=2, terms=[wrong])
