from layout_planner.cohorts.looking_back import backtest as backtest
from layout_planner.cohorts.projection import Forecast as Forecast
from layout_planner.cohorts.projection import forecast as forecast
