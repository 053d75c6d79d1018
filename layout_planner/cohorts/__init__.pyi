from layout_planner.cohorts.backtest import backtest as backtest
from layout_planner.cohorts.national import BIRTHS as BIRTHS
from layout_planner.cohorts.national import NATIONAL_PEAKS as NATIONAL_PEAKS
from layout_planner.cohorts.national import Peak as Peak
from layout_planner.cohorts.national import national_children as national_children
from layout_planner.cohorts.projection import Forecast as Forecast
from layout_planner.cohorts.projection import forecast as forecast
