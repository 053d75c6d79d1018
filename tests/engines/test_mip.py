"""The gate to the solvers: right answers, liars caught, other people's schedulers left alone."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import layout_planner
from layout_planner.solving import highs
from layout_planner.solving.clock import Clock
from layout_planner.solving.mip import Model
from layout_planner.solving.program import Program

COVER = np.array([[1.0, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]])


def knapsack() -> Model:
    """At most 10 of weight 5, 4, 6, 3 worth 10, 40, 30, 50: the second and the fourth, 90."""
    model = Model("worth")
    x = model.columns([-10.0, -40.0, -30.0, -50.0], most=1.0, whole=True)
    model.rows((0, x, [5.0, 4.0, 6.0, 3.0]), most=10.0)
    return model


def transport(presolve: bool = True) -> Model:
    """Two places of 3 and 4, two schools of 5 and 5; ways 1 2 / 3 1: all go to the near one, 3 + 4 = 7."""
    model = Model("minutes", presolve)
    x = model.columns([1.0, 2.0, 3.0, 1.0])
    model.rows(([0, 0, 1, 1], x, 1.0), least=[3.0, 4.0], most=[3.0, 4.0])
    model.rows(([0, 1, 0, 1], x, 1.0), most=5.0)
    return model


def test_linear_program_with_its_own_bound() -> None:
    model = transport()
    answer = model.solve()
    assert answer.proof.status == "optimal" and answer.doubts == ()
    assert answer.proof.objective == pytest.approx(7.0) and answer.proof.bound == pytest.approx(7.0)
    assert answer.x == pytest.approx([3.0, 0.0, 0.0, 4.0])
    assert answer.prices is not None and model.proved_by(answer.prices) == pytest.approx(7.0)


def test_integer_program() -> None:
    answer = knapsack().solve()
    assert answer.proof.status == "optimal" and answer.proof.unit == "worth"
    assert answer.proof.objective == -90.0 and answer.proof.gap == 0.0
    assert answer.x is not None and answer.x.tolist() == [0.0, 1.0, 0.0, 1.0]


@pytest.mark.parametrize("presolve", [True, False])
def test_program_that_grows_and_changes(presolve: bool) -> None:
    model = transport(presolve)
    assert model.solve().proof.objective == pytest.approx(7.0)
    # A cut: no more than five go to the near one. 1.5 of the first place move at +1, which fills the second school
    # with 3.5 of its own; the half that must leave it moves at +2.
    model.rows((0, [0, 3], 1.0), most=5.0)
    assert model.solve().proof.objective == pytest.approx(7.0 + 1.5 + 1.0)
    # A priced column, the second place to the first school at 0.5: 1.5 take it, 2.5 stay, and half of the first moves.
    model.columns(0.5, ([1, 2], 0, 1.0), most=1.5)
    assert model.solve().proof.objective == pytest.approx(2.5 + 2 * 0.5 + 2.5 + 1.5 * 0.5)
    # At 2 it costs +1, as much as moving the first: two move in all.
    model.charge(np.array([4]), 2.0)
    assert model.solve().proof.objective == pytest.approx(9.0)
    # Two of the second place at 1, 1.5 at 2, the half left at 3; all three of the first stay at 1.
    model.limit(np.array([3]), 0.0, 2.0)
    assert model.solve().proof.objective == pytest.approx(2.0 + 3.0 + 1.5 + 3.0)


def test_infeasible_and_nothing_below_the_cutoff() -> None:
    model = knapsack()
    model.rows((0, [0, 1, 2, 3], 1.0), least=4.0)
    answer = model.solve()
    assert answer.proof.status == "infeasible" and answer.x is None and answer.proof.bound == np.inf
    none_below = knapsack().solve(cutoff=-90.0)
    assert none_below.proof.ended == "infeasible" and none_below.proof.bound == -90.0
    some = knapsack().solve(cutoff=-80.0)
    assert some.proof.objective == -90.0 and some.proof.status == "optimal"


def test_vector_above_the_cutoff_is_no_dispute() -> None:
    """HiGHS may say optimal, with a vector and a bound above the cutoff, where nothing below it exists."""
    cost, seats = np.array([[3.0, 9.0], [9.0, 3.0], [5.0, 6.0]]), np.array([4.0, 4.0])
    i, j = np.indices(cost.shape)
    model = Model()
    x = model.columns(cost.ravel(), most=1.0, whole=True).reshape(cost.shape)
    y = model.columns([20.0, 18.0], most=1.0, whole=True)
    model.rows((i, x, 1.0), least=1.0, most=1.0)
    model.rows((j, x, 2.0), (np.arange(2), y, -seats), most=0.0)
    best = model.solve()
    assert best.proof.objective == 3.0 + 3.0 + 5.0 + 38.0
    below = model.solve(cutoff=49.0 - 1e-5)
    assert (below.proof.ended, below.x, below.doubts) == ("infeasible", None, ())


def test_without_columns_or_rows() -> None:
    assert Model().solve().proof.objective == 0.0
    impossible = Model()
    impossible.rows(least=1.0)
    assert impossible.solve().proof.status == "infeasible"
    free = Model()
    free.columns([1.0, -2.0], least=-3.0, most=4.0)
    assert free.solve().proof.objective == pytest.approx(-11.0)


def test_work_limits_end_with_a_bound() -> None:
    rng = np.random.default_rng(5)
    model = Model()
    x = model.columns(-rng.integers(10, 60, 40).astype(float), most=1.0, whole=True)
    for _ in range(5):
        model.rows((0, x, rng.integers(5, 40, 40).astype(float)), most=190.0)
    answer = model.solve(nodes=1)
    assert answer.proof.status == "feasible" and answer.proof.ended == "work"
    assert answer.proof.bound < answer.proof.objective and 0 < answer.proof.gap < 1
    again = model.solve(nodes=1)
    assert again.proof == answer.proof and np.array_equal(again.x, answer.x)  # type: ignore[arg-type]


def test_time_that_is_over_gives_the_start() -> None:
    model = knapsack()
    answer = model.solve(clock=Clock(0.0, "cpu"), start=np.array([1.0, 1.0, 0.0, 0.0]))
    assert answer.proof.objective <= -50.0 and answer.proof.bound <= answer.proof.objective


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_numbers_that_are_none(wrong: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Model().columns([1.0, wrong])
    with pytest.raises(ValueError, match="finite"):
        Model().rows((0, 0, wrong))
    with pytest.raises(ValueError, match="numbers"):
        Model().rows(least=np.nan)
    with pytest.raises(ValueError, match="lengths"):
        Model().columns([1.0, 2.0], most=[1.0, 2.0, 3.0])


@settings(max_examples=60, deadline=None)
@given(
    cost=st.lists(st.integers(-9, 9), min_size=3, max_size=3),
    rows=st.lists(st.tuples(st.lists(st.integers(-4, 4), min_size=3, max_size=3), st.integers(-6, 9)), max_size=4),
    prices=st.lists(st.floats(-5, 5, allow_nan=False), min_size=4, max_size=4),
)
def test_bound_of_any_prices_holds_for_every_whole_vector(
    cost: list[int], rows: list[tuple[list[int], int]], prices: list[float]
) -> None:
    program = Program()
    x = program.columns([float(c) for c in cost], most=2.0, whole=True)
    for coefficients, most in rows:
        program.rows((0, x, [float(a) for a in coefficients]), most=float(most))
    points = np.array(np.meshgrid([0, 1, 2], [0, 1, 2], [0, 1, 2])).reshape(3, -1).T.astype(float)
    feasible = [p for p in points if all(np.dot(a, p) <= most for a, most in rows)]
    assert [p.tolist() for p in points if program.breach(p) <= 0] == [p.tolist() for p in feasible]
    bound = program.proved_by(np.array(prices[: len(rows)]))
    assert all(bound <= program.objective(p) + 1e-9 for p in feasible)


@settings(max_examples=25, deadline=None)
@given(
    cost=st.lists(st.integers(-9, 9), min_size=4, max_size=4),
    weight=st.lists(st.integers(0, 5), min_size=4, max_size=4),
    most=st.integers(0, 12),
)
def test_against_every_vector(cost: list[int], weight: list[int], most: int) -> None:
    model = Model()
    x = model.columns([float(c) for c in cost], most=1.0, whole=True)
    model.rows((0, x, [float(w) for w in weight]), most=float(most))
    points = [np.array([k >> j & 1 for j in range(4)], dtype=float) for k in range(16)]
    best = min(float(np.dot(cost, p)) for p in points if np.dot(weight, p) <= most)
    start = next(p for p in points if np.dot(weight, p) <= most)
    answer = model.solve(start=start)
    assert answer.proof.objective == best and answer.proof.status == "optimal"


# --- solvers that lie ------------------------------------------------------------------------------------------------


class Info:
    """What HiGHS tells, with some of it false."""

    def __init__(self, true: object, **false: float) -> None:
        self._true, self._false = true, false

    def __getattr__(self, name: str) -> object:
        return self._false[name] if name in self._false else getattr(self._true, name)


class Liar(highs.silent()):  # type: ignore[misc]
    """HiGHS that lies in its first `times` runs, in the way of the subclass."""

    times = 1
    runs = 0
    start: list[float] | None = None

    def setSolution(self, solution: highspy.HighsSolution) -> highspy.HighsStatus:
        type(self).start = list(solution.col_value)
        return highspy.HighsStatus.kOk

    def run(self) -> highspy.HighsStatus:
        type(self).runs += 1
        self.lying = type(self).runs <= self.times
        return super().run()


def set_values(solution: highspy.HighsSolution, values: list[float]) -> highspy.HighsSolution:
    lie = highspy.HighsSolution()
    lie.col_value, lie.value_valid, lie.dual_valid = values, True, False
    return lie


class HandsTheStartBack(Liar):
    def getSolution(self) -> highspy.HighsSolution:
        true = super().getSolution()
        return set_values(true, type(self).start or [0.0] * self.getNumCol()) if self.lying else true


class SaysNothing(Liar):
    def getModelStatus(self) -> highspy.HighsModelStatus:
        return highspy.HighsModelStatus.kNotset if self.lying else super().getModelStatus()


class Fails(Liar):
    def run(self) -> highspy.HighsStatus:
        status = super().run()
        return highspy.HighsStatus.kError if self.lying else status


class BoundIsNoNumber(Liar):
    def getInfo(self) -> object:
        true = super().getInfo()
        return Info(true, mip_dual_bound=float("nan")) if self.lying else true


class BoundAbove(Liar):
    def getInfo(self) -> object:
        true = super().getInfo()
        return Info(true, mip_dual_bound=-60.0) if self.lying else true


class BoundInfinite(Liar):
    def getInfo(self) -> object:
        true = super().getInfo()
        return Info(true, mip_dual_bound=float("inf")) if self.lying else true


class InfeasibleVector(Liar):
    def getSolution(self) -> highspy.HighsSolution:
        true = super().getSolution()
        return set_values(true, [0.0, 1.0, 1.0, 1.0]) if self.lying else true

    def getInfo(self) -> object:
        true = super().getInfo()
        return Info(true, objective_function_value=-120.0, mip_dual_bound=-120.0) if self.lying else true


class FractionalVector(Liar):
    def getSolution(self) -> highspy.HighsSolution:
        true = super().getSolution()
        return set_values(true, [0.0, 1.0, 0.5, 1.0]) if self.lying else true

    def getInfo(self) -> object:
        true = super().getInfo()
        return Info(true, objective_function_value=-105.0, mip_dual_bound=-105.0) if self.lying else true


class SaysInfeasible(Liar):
    def getModelStatus(self) -> highspy.HighsModelStatus:
        return highspy.HighsModelStatus.kInfeasible if self.lying else super().getModelStatus()


class InfoIsNotValid(Liar):
    def getInfo(self) -> object:
        true = super().getInfo()
        return Info(true, valid=False) if self.lying else true


LIARS = {
    HandsTheStartBack: "wrong vector", SaysNothing: "no status", Fails: "error", BoundIsNoNumber: "no bound",
    BoundAbove: "bound above", BoundInfinite: "bound above", InfeasibleVector: "infeasible vector",
    FractionalVector: "fractional vector", SaysInfeasible: "not infeasible", InfoIsNotValid: "wrong vector",
}  # fmt: skip
START = np.array([1.0, 1.0, 0.0, 0.0])


@pytest.fixture(params=LIARS, ids=lambda kind: kind.__name__)
def liar(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[Liar]:
    kind: type[Liar] = request.param
    monkeypatch.setattr(kind, "runs", 0)
    monkeypatch.setattr(kind, "start", None)
    monkeypatch.setattr(highs, "silent", lambda: kind)
    return kind


def test_who_lies_once_is_asked_again(liar: type[Liar]) -> None:
    answer = knapsack().solve(start=START)
    assert liar.runs == 2 and LIARS[liar] in answer.doubts
    assert answer.proof.status == "optimal" and answer.proof.objective == answer.proof.bound == -90.0
    assert answer.x is not None and answer.x.tolist() == [0.0, 1.0, 0.0, 1.0]


def test_who_always_lies_is_not_believed(liar: type[Liar], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liar, "times", 99)
    model = knapsack()
    answer = model.solve(start=START)
    assert answer.proof.status == "feasible" and answer.proof.ended == "disputed"
    assert LIARS[liar] in answer.doubts
    assert answer.x is not None and model.breach(answer.x) <= 0  # never an infeasible vector
    assert np.array_equal(answer.x, np.round(answer.x))
    assert answer.proof.objective == model.objective(answer.x) <= model.objective(START)
    # The bound is our own: of the linear relaxation (−105), or at least of all taken (−130).
    assert -130.0 <= answer.proof.bound <= -90.0


def test_who_lies_of_an_infeasible_program_gives_no_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "silent", lambda: InfeasibleVector)
    monkeypatch.setattr(InfeasibleVector, "times", 99)
    monkeypatch.setattr(
        InfeasibleVector, "getModelStatus", lambda self: highspy.HighsModelStatus.kOptimal, raising=False
    )
    model = knapsack()
    model.rows((0, [0, 1, 2, 3], 1.0), least=4.0)
    answer = model.solve()
    assert answer.x is None and answer.proof.ended == "failed" and answer.proof.status == "interrupted"


def test_linear_program_of_a_liar(monkeypatch: pytest.MonkeyPatch) -> None:
    class WrongPlace(Liar):
        def getSolution(self) -> highspy.HighsSolution:
            true = super().getSolution()
            return set_values(true, [0.0, 3.0, 0.0, 4.0]) if self.lying else true

    monkeypatch.setattr(highs, "silent", lambda: WrongPlace)
    answer = transport().solve()
    assert answer.doubts and answer.proof.status == "optimal" and answer.proof.objective == pytest.approx(7.0)
    monkeypatch.setattr(WrongPlace, "times", 99)
    answer = transport().solve()
    assert answer.proof.ended in ("disputed", "failed") and answer.proof.bound == -np.inf


# --- other people in the same process --------------------------------------------------------------------------------


def users_model() -> highspy.Highs:
    """What a notebook's own cell may do: default threads."""
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.addVar(0.0, 1.0)
    model.changeColCost(0, -1.0)
    return model


def assert_users(model: highspy.Highs) -> None:
    model.clearSolver()
    assert model.run() == highspy.HighsStatus.kOk
    assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal
    assert model.getInfo().objective_function_value == -1.0


def in_another_thread(work: object) -> None:
    failed: list[BaseException] = []

    def go() -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


@pytest.mark.parametrize("threads", [0, 2])
def test_users_scheduler_is_left_alone(threads: int) -> None:
    def work() -> None:
        theirs = users_model()
        theirs.setOptionValue("threads", threads)
        assert_users(theirs)
        assert knapsack().solve().proof.objective == -90.0
        assert transport().solve().proof.objective == pytest.approx(7.0)
        assert_users(theirs)

    in_another_thread(work)  # pytest's own thread may have a scheduler of some other test


def test_user_may_ask_for_threads_after_us() -> None:
    def work() -> None:
        assert knapsack().solve().proof.objective == -90.0
        theirs = users_model()
        theirs.setOptionValue("threads", 2)
        assert_users(theirs)

    in_another_thread(work)


def test_from_several_threads() -> None:
    models = [transport() for _ in range(6)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda model: (model.solve(), knapsack().solve()), models))
    assert {(round(a.proof.objective, 6), b.proof.objective) for a, b in answers} == {(7.0, -90.0)}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_in_a_child_forked_after_the_user_ran_a_model() -> None:
    program = """
        import os, sys
        from tests.engines.test_mip import assert_users, knapsack, users_model
        assert_users(users_model())
        knapsack().solve()
        child = os.fork()
        if not child:
            os._exit(0 if knapsack().solve().proof.objective == -90.0 else 1)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], timeout=300, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_nothing_is_written_to_stdout_or_stderr() -> None:
    program = "from tests.engines.test_mip import knapsack, transport\nknapsack().solve(); transport().solve()"
    done = subprocess.run([sys.executable, "-c", program], timeout=300, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_interrupt_is_raised_after_the_solver_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []

    class CtrlC(threading.Event):
        """Pressed while the caller waits for the first time."""

        pressed = False

        def wait(self, timeout: float | None = None) -> bool:
            if timeout == highs.WAITING and not CtrlC.pressed:
                CtrlC.pressed = True
                raise KeyboardInterrupt
            return super().wait(timeout)

    stopped = threading.Event()

    def run() -> None:
        ended.append(stopped.wait(60))

    with monkeypatch.context() as patch:
        patch.setattr(highs, "Event", CtrlC)
        with pytest.raises(KeyboardInterrupt):
            highs.run_apart(run, stopped)
    assert ended == [True]


def test_what_the_solver_raises_is_raised() -> None:
    def run() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        highs.run_apart(run, threading.Event())


def test_nobody_else_calls_a_solver() -> None:
    """Only `solving.highs` imports highspy, only the gate imports it, and no one hands a program to scipy."""
    root = Path(layout_planner.__file__).parent
    found: dict[str, set[str]] = {"highspy": set(), "layout_planner.solving.highs": set(), "scipy": set()}
    for file in root.rglob("*.py"):
        name = file.relative_to(root).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
                if node.module == "scipy.optimize" and {a.name for a in node.names} & {"milp", "linprog"}:
                    found["scipy"].add(name)
            for module in modules:
                if module in found:
                    found[module].add(name)
    assert found == {
        "highspy": {"solving/highs.py"},
        "layout_planner.solving.highs": {"solving/mip.py"},
        "scipy": set(),
    }
