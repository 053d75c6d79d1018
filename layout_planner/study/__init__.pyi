from layout_planner.study.adjacency import neighbours as neighbours
from layout_planner.study.demand import convert_demand as convert_demand
from layout_planner.study.tidy import LOCAL as LOCAL
from layout_planner.study.tidy import MIGRANT as MIGRANT
from layout_planner.study.tidy import TIDY as TIDY
from layout_planner.study.types import Study as Study
from layout_planner.study.write import write_study as write_study
