"""HiGHS, set up the way this package uses it: silent, one thread, arrays in and out, stopped by our own clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from layout_planner.base.arrays import Floats, Ints
from layout_planner.engines.clock import Clock


def new_model(cost: Floats, matrix: Any, row_lower: Floats, row_upper: Floats, free: int = 0) -> Any:
    """Make a minimisation over columns between 0 and 1; the first `free` ones have no upper limit.

    Parameters
    ----------
    cost
        One a column.
    matrix
        Rows × columns, scipy CSC.
    row_lower, row_upper
        Limits of the rows; infinite where there is none.

    Returns
    -------
    highspy.Highs
        The model, ready to run.
    """
    import highspy

    columns = len(cost)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, len(row_lower)
    lp.col_cost_ = cost
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.where(np.arange(columns) < free, np.inf, 1.0)
    lp.row_lower_, lp.row_upper_ = row_lower, row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrix.indptr
    lp.a_matrix_.index_ = matrix.indices
    lp.a_matrix_.value_ = matrix.data
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    model.setOptionValue("parallel", "off")
    model.passModel(lp)
    return model


def add_columns(model: Any, cost: Floats, matrix: Any) -> None:
    """Add columns between 0 and 1 (rows × new columns, scipy CSC)."""
    count = len(cost)
    if count:
        starts, rows = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        model.addCols(count, cost, np.zeros(count), np.ones(count), matrix.nnz, starts, rows, matrix.data)


def add_rows(model: Any, least: Floats, columns: Sequence[Ints], values: Sequence[Floats]) -> None:
    """Add rows with a lower limit each; columns and values one list a row."""
    count = len(least)
    ends = np.cumsum([len(one) for one in columns])
    starts = np.concatenate([[0], ends[:-1]]).astype(np.int32)
    everything = np.concatenate(columns).astype(np.int32)
    model.addRows(count, least, np.full(count, np.inf), len(everything), starts, everything, np.concatenate(values))


def run_linear(model: Any, clock: Clock) -> Literal["optimal", "infeasible", "stopped"]:
    """Solve a linear programme and say how it ended."""
    import highspy

    _stop_with(model, clock, highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt)
    status = model.getModelStatus()
    if status == highspy.HighsModelStatus.kOptimal:
        return "optimal"
    return "infeasible" if status == highspy.HighsModelStatus.kInfeasible else "stopped"


@dataclass(frozen=True, eq=False)
class Search:
    """What a search in integers found.

    Parameters
    ----------
    points
        Every improving point met, best last; rounded to whole numbers.
    bound
        What every point below the cutoff costs at least; infinite when there is none.
    finished
        Whether the search came to its end: the last point is then the best.
    nodes
        Nodes of the tree.
    """

    points: list[Floats]
    bound: float
    finished: bool
    nodes: int


def run_integer(model: Any, clock: Clock, cutoff: float, nodes: int, free: int = 0) -> Search:
    """Solve with all columns 0 or 1, but for the first `free` ones.

    Parameters
    ----------
    model
        A model of `new_model`; it stays an integer model.
    clock
        When to stop.
    cutoff
        Points that cost as much or more are of no interest.
    nodes
        Nodes at most.
    """
    import highspy

    columns = model.getNumCol() - free
    kinds = np.full(columns, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
    model.changeColsIntegrality(columns, np.arange(free, free + columns, dtype=np.int32), kinds)
    for option, value in (
        ("mip_rel_gap", 0.0),
        ("mip_abs_gap", 1e-9),
        ("objective_bound", cutoff),
        ("mip_max_nodes", nodes),
    ):
        model.setOptionValue(option, value)
    points: list[Floats] = []
    _stop_with(model, clock, highspy.cb.HighsCallbackType.kCallbackMipInterrupt, points)
    info, status = model.getInfo(), model.getModelStatus()
    finished = status in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible)
    bound = np.inf if status == highspy.HighsModelStatus.kInfeasible else info.mip_dual_bound
    return Search(points, float(bound), finished, max(0, int(info.mip_node_count)))


def _stop_with(model: Any, clock: Clock, interrupt: Any, points: list[Floats] | None = None) -> None:
    """Run a model until it is done or the clock is over, keeping improving points."""
    import highspy

    improving = highspy.cb.HighsCallbackType.kCallbackMipImprovingSolution

    stopped = False

    def listen(kind: Any, message: str, out: Any, into: Any, user: Any) -> None:
        nonlocal stopped
        try:
            if kind == improving:
                if points is not None:
                    points.append(np.round(np.array(out.mip_solution)))
            elif stopped or clock.over:
                into.user_interrupt = True
        except KeyboardInterrupt:  # it must not unwind through the solver: remember it until the solver has ended
            stopped = True

    model.setCallback(listen, None)
    if clock.kind == "wall":  # HiGHS looks at its own clock more often than it asks us
        model.setOptionValue("time_limit", min(model.getRunTime() + clock.left, 1e9))
    model.startCallback(interrupt)
    if points is not None:
        model.startCallback(improving)
    model.run()
    model.stopCallback(interrupt)
    if points is not None:
        model.stopCallback(improving)
    if stopped:
        raise KeyboardInterrupt


def values(model: Any) -> Floats:
    """Give the values of the columns."""
    return np.array(model.getSolution().col_value)


def duals(model: Any) -> Floats:
    """Give the prices of the rows."""
    return np.array(model.getSolution().row_dual)
