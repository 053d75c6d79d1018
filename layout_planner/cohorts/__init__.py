"""Births → pupils in a later year."""

from layout_planner.cohorts.projection import Forecast, backtest, forecast

__all__ = ["Forecast", "backtest", "forecast"]
