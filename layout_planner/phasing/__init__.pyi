from layout_planner.phasing.outlook_settings import Years as Years
from layout_planner.phasing.peaks import Peaks as Peaks
from layout_planner.phasing.settings import Pace as Pace
