from layout_planner.phasing.settings import Pace as Pace
