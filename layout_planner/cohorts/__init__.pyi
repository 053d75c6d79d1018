from layout_planner.cohorts.backtest import backtest as backtest
from layout_planner.cohorts.projection import Forecast as Forecast
from layout_planner.cohorts.projection import forecast as forecast
