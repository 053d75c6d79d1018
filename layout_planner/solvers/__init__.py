"""Choices: who goes to which school, and with what proof."""

from layout_planner.solvers.assignment import solve, today

__all__ = ["solve", "today"]
