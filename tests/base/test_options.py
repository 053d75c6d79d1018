"""Settings as values: records and keywords say the same, and the command line offers what a record holds."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import pytest

import layout_planner as lp
from layout_planner.base.errors import DataError
from layout_planner.base.options import Effort, offered, option, told
from layout_planner.cli.records import Offered, in_options
from layout_planner.consolidation.settings import USUAL, Consolidation
from tests.toy.county import line_county, line_travel


@dataclass(frozen=True)
class Toy:
    """A record of the test's own."""

    many: int = option(3, "How many.", "数量。", least=1, most=9)
    colour: Literal["red", "blue"] = option("red", "Which.", "颜色。", kind=Literal["red", "blue"], flag="--paint")
    hidden: str = "no option"


TOY, SHORT = Toy(), Effort(seconds=60.0)


def test_keywords_go_before_the_record_and_the_record_before_what_is_usual() -> None:
    usual = Effort(seconds=60.0, seed=0)
    record, effort = told("paint", None, Toy(), None, usual, {"many": 5, "time_limit": 2.0})
    assert (record.many, record.colour, effort.seconds, effort.seed, effort.gap) == (5, "red", 2.0, 0, None)
    record, effort = told("paint", Toy(many=7, colour="blue"), Toy(), Effort(seed=4), usual, {"many": 8})
    assert (record.many, record.colour, effort.seconds, effort.seed) == (8, "blue", 60.0, 4)


def test_what_is_not_understood_is_refused() -> None:
    usual = Effort(seconds=60.0, seed=0)
    with pytest.raises(
        TypeError, match="unexpected keyword argument 'size'; known: colour, hidden, many, seconds, seed"
    ):
        told("paint", None, Toy(), None, usual, {"size": 5})
    with pytest.raises(TypeError, match="'gap'"):  # not a part of this verb's effort
        told("paint", None, Toy(), None, usual, {"gap": 0.1})
    with lp.using_language("en"), pytest.raises(DataError, match=r"paint has no use for effort\.gap"):
        told("paint", None, Toy(), Effort(gap=0.1), usual, {})


def test_a_command_offers_what_its_record_holds() -> None:
    seen: list[object] = []

    def paint(
        wall: str,
        toy: Annotated[Toy, Offered(reads={"colour": str.upper})] = TOY,
        effort: Annotated[Effort, Offered()] = SHORT,
    ) -> None:
        """Paint a wall."""
        seen.extend([wall, toy, effort])

    command = in_options(paint)
    parameters = inspect.signature(command).parameters
    assert list(parameters) == ["wall", "many", "colour", "seconds"]
    kind, said = get_args(parameters["many"].annotation)
    assert (kind, said.help, said.min, said.max, parameters["many"].default) == (int, "How many. 数量。", 1, 9, 3)
    assert get_args(parameters["colour"].annotation)[1].default == "--paint"
    command(wall="north", many=4, colour="blue", seconds=9.0)
    assert seen == ["north", Toy(4, "BLUE"), Effort(seconds=9.0)]  # type: ignore[arg-type]


def test_every_option_says_what_it_is_in_both_languages() -> None:
    records = (Consolidation, lp.districts.Partition, lp.phasing.Pace, lp.staffing.Posts, Effort)
    for record in records:
        assert offered(record)
        assert all(said.help.en and said.help.zh for said in offered(record).values())
    assert not {"money", "terms", "demands"} & set(offered(Consolidation))


def test_a_record_and_keywords_give_the_same_plan() -> None:
    study, travel = line_county(), line_travel()
    wish = lp.Consolidation(sites=False, expand=False)
    one = lp.consolidate(study, travel, stage="primary", keep=2, settings=wish, effort=Effort(gap=0.0, seed=3))
    two = lp.consolidate(study, travel, stage="primary", keep=2, sites=False, expand=False, gap=0.0, seed=3)
    assert one.scenario.edits == two.scenario.edits  # type: ignore[union-attr]
    assert one.assignments["primary"].objective == two.assignments["primary"].objective  # type: ignore[union-attr]
    assert Effort(gap=5e-3, seconds=100.0, seed=0, clock="wall") == USUAL
    with lp.using_language("en"), pytest.raises(DataError, match='ride="fly" is unknown'):
        lp.Consolidation(ride="fly")  # type: ignore[arg-type]
