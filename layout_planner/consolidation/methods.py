"""What assignments made by this room are called."""

from __future__ import annotations

from layout_planner.assignment.methods.method import Method
from layout_planner.base.messages import Text

CONSOLIDATE = Method("consolidate", Text("schools chosen at least cost", "优选保留学校，总费用最低"))
CONSOLIDATE_STAY = Method(
    "consolidate_stay",
    Text(
        "schools chosen at least cost; only pupils of schools that close move",
        "优选保留学校，总费用最低；仅撤并学校的学生转学",
    ),
    stays=True,
)
COUNTER = Method("counter", Text("the nearest other plan", "反方案"))
MADE_HERE = (CONSOLIDATE, CONSOLIDATE_STAY, COUNTER)
