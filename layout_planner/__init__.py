"""School layout planning for county education bureaus.

>>> import layout_planner as lp
>>> study = lp.sample("fuxi")
>>> walk = lp.travel_matrix(study, mode="walk")
>>> today = lp.today(study, walk)
>>> plan = lp.solve(study, walk, scenario=lp.Scenario("hill", [lp.Merge("P084", into="P007")]))
>>> lp.compare([today, plan])

What a planner types first is here, the rest in the rooms: `lp.measures`, `lp.catchments`, `lp.consolidation` … All of
it stands in the stub beside this file, and loads on first use, so that `import layout_planner` costs next to nothing.
"""

from layout_planner._version import __version__
from layout_planner.base.lazy import open_room

__all__ = ["__version__"]

open_room(__name__)
