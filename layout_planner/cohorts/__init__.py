"""Births → pupils in a later year."""

from layout_planner.cohorts.looking_back import backtest
from layout_planner.cohorts.projection import Forecast, forecast

__all__ = ["Forecast", "backtest", "forecast"]
