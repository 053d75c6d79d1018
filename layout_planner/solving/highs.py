"""HiGHS behind its gate: silent, one thread, in a thread of its own, stopped by our clock; what it says is not judged.

Only this module imports highspy, and only `mip` uses it. HiGHS keeps one scheduler for each thread that runs a model,
of as many threads as the first model there asked for, and refuses models that ask for another number. Every run here
therefore has a fresh thread: whatever ran before in the caller's thread stays as it was, and its models still run
afterwards. A fresh thread also has no workers that a fork would have left behind, and Ctrl-C reaches the caller at
once, who asks the solver to stop and waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Event, Thread
from typing import Any, Literal, TypeVar

import numpy as np

from layout_planner.base.arrays import Floats
from layout_planner.solving.clock import ITERATION, NODE, Clock
from layout_planner.solving.program import Program

Said = Literal["optimal", "infeasible", "unclear", "cutoff", "time", "work", "interrupted", "error", "nothing"]
"""What the solver claims. unclear: infeasible or unbounded; cutoff: nothing better than the cutoff; error: `run()`
failed; nothing: no statement at all."""

FEASIBILITY = 1e-7
"""How far a solver may leave rows, bounds and whole numbers."""
WAITING = 0.1
"""Seconds between two looks for Ctrl-C on systems that do not wake a waiting thread."""
LONGEST = 1e9
"""Seconds that stand for no limit."""


@dataclass(frozen=True)
class Limits:
    """What a run may use and when it may stop.

    Parameters
    ----------
    gap, absolute_gap
        Stop where objective − bound is within this share of the objective, or this amount.
    cutoff
        Only points below are of interest.
    nodes, iterations
        Work at most: nodes of branch and bound, steps of the simplex method.
    seed
        Of the solver's own random numbers.
    presolve
        Whether the program is reduced first.
    feasibility
        How far rows and whole numbers may be off.
    """

    gap: float = 0.0
    absolute_gap: float = 0.0
    cutoff: float = np.inf
    nodes: int = 2**31 - 1
    iterations: int = 2**31 - 1
    seed: int = 0
    presolve: bool = True
    feasibility: float = FEASIBILITY


@dataclass(frozen=True, eq=False)
class Reply:
    """What the solver says, believed by nobody yet.

    Parameters
    ----------
    said
        See `Said`.
    objective, bound
        Its figures; the bound of an integer program only. NaN where it has none.
    x
        The values of the columns; None where it has none.
    prices
        The prices of the rows of a linear program; None where it has none.
    points
        Improving points met on the way, best last.
    nodes, iterations
        What it counted.
    """

    said: Said
    objective: float
    bound: float
    x: Floats | None
    prices: Floats | None
    points: list[Floats]
    nodes: int
    iterations: int


T = TypeVar("T")


@cache
def silent() -> Any:
    """Give the class of solvers that write nothing.

    From 1.16 the constructor of highspy turns its callbacks on, which prints a banner before any option can be set;
    here it turns the output off instead. Callbacks are set by `Session` itself.
    """
    import highspy

    class Silent(highspy.Highs):
        def enableCallbacks(self) -> None:
            self.setOptionValue("output_flag", False)

    return Silent


class Session:
    """One program in the solver, kept warm between runs; what has been added or changed follows before each.

    Parameters
    ----------
    program
        The program.
    relaxed
        Leave out that columns are whole.

    Raises
    ------
    ValueError
        The solver refuses the program (here or later).
    """

    def __init__(self, program: Program, relaxed: bool = False) -> None:
        self._program = program
        self.whole = bool(program.whole.all.any()) and not relaxed
        self._highs = silent()()
        for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off")):
            self._option(name, value)
        self._pass()
        self._note()

    def _note(self) -> None:
        """Note what the solver knows."""
        program = self._program
        self._known = (program.width, program.height, len(program.value))
        self._changes = [one.changes for one in (program.cost, program.least, program.most)]

    def _pass(self) -> None:
        import highspy

        program = self._program
        matrix = program.matrix()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = program.width, program.height
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost.all, program.least.all, program.most.all
        lp.row_lower_, lp.row_upper_ = program.low.all, program.high.all
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = program.width, program.height
        lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = matrix.data
        if self.whole:
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[k] for k in program.whole.all.astype(int)]
        self._accepted(self._highs.passModel(lp))

    def _follow(self) -> None:
        """Tell the solver what has been added and changed."""
        program, highs = self._program, self._highs
        width, height, entered = self._known
        if program.width > width:
            new = slice(width, None)
            if self.whole or program.whole.all[new].any():
                raise ValueError("columns are not added to an integer program in the solver")
            part = program.matrix(entered, columns=width)[:height].tocsc()
            starts, rows = part.indptr[:-1].astype(np.int32), part.indices.astype(np.int32)
            cost, least, most = program.cost.all[new], program.least.all[new], program.most.all[new]
            self._accepted(highs.addCols(len(cost), cost, least, most, part.nnz, starts, rows, part.data))
        if program.height > height:
            part = program.matrix(entered, rows=height)
            starts, columns = part.indptr[:-1].astype(np.int32), part.indices.astype(np.int32)
            low, high = program.low.all[height:], program.high.all[height:]
            self._accepted(highs.addRows(len(low), low, high, part.nnz, starts, columns, part.data))
        every = np.arange(program.width, dtype=np.int32)
        if program.cost.changes > self._changes[0]:
            self._accepted(highs.changeColsCost(len(every), every, program.cost.all))
        if program.least.changes > self._changes[1] or program.most.changes > self._changes[2]:
            self._accepted(highs.changeColsBounds(len(every), every, program.least.all, program.most.all))
        self._note()

    def run(self, limits: Limits, clock: Clock, start: Floats | None = None) -> Reply:
        """Run the solver and say what it says.

        Raises
        ------
        KeyboardInterrupt
            The user stopped it; the solver has ended by then.
        """
        import highspy

        self._follow()
        self._prepare(limits, clock)
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = start.tolist()
            self._highs.setSolution(solution)  # a start it cannot use is none
        points: list[Floats] = []
        stopped = Event()
        kinds = highspy.cb.HighsCallbackType
        interrupt = kinds.kCallbackMipInterrupt if self.whole else kinds.kCallbackSimplexInterrupt
        heard = [interrupt, kinds.kCallbackMipImprovingSolution] if self.whole else [interrupt]

        ahead, asked = clock.left if clock.kind == "work" else np.inf, 0

        def enough() -> bool:
            """Tell whether the time is over; counted work goes by how often an integer program's solver asks."""
            nonlocal asked
            asked += self.whole
            return asked * NODE > ahead if clock.kind == "work" else clock.over

        def listen(kind: Any, message: str, out: Any, into: Any, user: Any) -> None:
            if kind == kinds.kCallbackMipImprovingSolution:
                points.append(np.array(out.mip_solution, dtype=float))
            elif stopped.is_set() or enough():
                into.user_interrupt = True

        self._highs.setCallback(listen, None)
        for kind in heard:
            self._highs.startCallback(kind)
        try:
            status = run_apart(self._highs.run, stopped)
        finally:
            for kind in heard:
                self._highs.stopCallback(kind)
        reply = self._read(status, points)
        clock.worked(reply.nodes, reply.iterations)
        return reply

    def _prepare(self, limits: Limits, clock: Clock) -> None:
        # HiGHS looks at its own clock, which is one of the wall, more often than it asks us.
        left = self._highs.getRunTime() + clock.left if clock.kind == "wall" else LONGEST
        self._option("time_limit", min(left, LONGEST))
        self._option("random_seed", limits.seed)
        self._option("presolve", "choose" if limits.presolve else "off")
        nodes, iterations = limits.nodes, limits.iterations
        if clock.kind == "work":
            ahead = min(clock.left, LONGEST)
            nodes, iterations = min(nodes, int(ahead / NODE)), min(iterations, int(ahead / ITERATION))
        self._option("simplex_iteration_limit", iterations)
        if self.whole:
            self._option("mip_rel_gap", limits.gap)
            self._option("mip_abs_gap", max(limits.absolute_gap, 1e-9))
            self._option("mip_max_nodes", nodes)
            self._option("mip_feasibility_tolerance", limits.feasibility)
            self._option("objective_bound", limits.cutoff)

    def _read(self, status: Any, points: list[Floats]) -> Reply:
        import highspy

        info, solution = self._highs.getInfo(), self._highs.getSolution()
        failed = status == highspy.HighsStatus.kError
        said: Said = "error" if failed else _SAID.get(self._highs.getModelStatus().name, "nothing")
        known = bool(info.valid) and not failed
        return Reply(
            said=said,
            objective=float(info.objective_function_value) if known else np.nan,
            bound=float(info.mip_dual_bound) if known and self.whole else np.nan,
            x=np.array(solution.col_value, dtype=float) if solution.value_valid and not failed else None,
            prices=np.array(solution.row_dual, dtype=float) if solution.dual_valid and not failed else None,
            points=points,
            nodes=max(0, int(info.mip_node_count)) if known else 0,
            iterations=max(0, int(info.simplex_iteration_count)) if known else 0,
        )

    def _option(self, name: str, value: object) -> None:
        self._accepted(self._highs.setOptionValue(name, value))

    def _accepted(self, status: Any) -> None:
        import highspy

        if status == highspy.HighsStatus.kError:
            raise ValueError("HiGHS refuses the model or an option of it")


_SAID: dict[str, Said] = {
    "kOptimal": "optimal", "kModelEmpty": "optimal", "kInfeasible": "infeasible", "kUnboundedOrInfeasible": "unclear",
    "kUnbounded": "unclear", "kObjectiveBound": "cutoff", "kTimeLimit": "time", "kIterationLimit": "work",
    "kSolutionLimit": "work", "kInterrupt": "interrupted",
    "kHighsInterrupt": "interrupted",
}  # fmt: skip


def run_apart(run: Callable[[], T], stopped: Event) -> T:
    """Run a solver in a thread of its own and wait for it.

    Parameters
    ----------
    run
        What to run; what it raises is raised here.
    stopped
        Set on Ctrl-C; the run is expected to end soon then.

    Raises
    ------
    KeyboardInterrupt
        After the run has ended.
    """
    result: list[T] = []
    failed: list[BaseException] = []
    done = Event()

    def go() -> None:
        try:
            result.append(run())
        except BaseException as error:  # raised where the result is waited for
            failed.append(error)
        finally:
            _give_scheduler_back()
            done.set()

    thread = Thread(target=go, name="highs", daemon=True)
    try:
        thread.start()
    except KeyboardInterrupt:  # while it waited for the thread to have begun
        stopped.set()
    while not done.is_set():
        try:
            done.wait(WAITING)
        except KeyboardInterrupt:
            stopped.set()
    thread.join()
    if stopped.is_set():
        raise KeyboardInterrupt
    if failed:
        raise failed[0]
    return result[0]


def _give_scheduler_back() -> None:
    """End the scheduler of this thread: on Windows a thread that ends with one may wait for ever."""
    import highspy

    reset = getattr(highspy.Highs, "resetThreadScheduler", None) or highspy.Highs.resetGlobalScheduler
    reset(False)
