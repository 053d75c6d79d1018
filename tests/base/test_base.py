"""Errors, texts, whole files, tables that a spreadsheet opens without running what stands in them."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout_planner.base import progress
from layout_planner.base.errors import (
    DataError,
    Fault,
    LayoutPlannerError,
    RulesError,
    RunError,
    ScenarioError,
    TravelError,
    did_you_mean,
    nearest_name,
    refuse,
)
from layout_planner.base.files import digest_file, digest_parts, whole_file, whole_folder
from layout_planner.base.messages import Text, language, using_language
from layout_planner.base.progress import gauge, track
from layout_planner.base.tables import RISKY, guard, read_csv, unguard, write_csv

FAULTS = (
    Fault("places.csv", Text("pupils cannot be negative.", "学生数不能为负。"), Text("correct it.", "请更正。"), 18,
          "pupils_primary", -4),
    Fault("", Text("nothing given.", "未给出。"), Text("give it.", "请给出。")),
    Fault("places.csv", Text("odd.", "异常。"), Text("look.", "请看。"), column="name", value="x" * 200),
)  # fmt: skip


def test_an_error_lists_every_fault_by_file_in_both_languages() -> None:
    error = DataError(FAULTS)
    with using_language("en"):
        lines = str(error).splitlines()
    assert lines[0] == "places.csv: 2 faults, nothing was loaded."
    assert lines[1] == "  row 18, pupils_primary = -4: pupils cannot be negative. Mend: correct it."
    assert lines[2].endswith("odd. Mend: look.") and len(lines[2]) < 120
    assert lines[3:] == ["input: 1 fault, nothing was loaded.", "  nothing given. Mend: give it."]
    with using_language("zh"):
        assert "第 18 行，pupils_primary = -4：学生数不能为负。改法：请更正。" in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert FAULTS[0].as_dict()["row"] == 18
    assert Fault("f", FAULTS[0].message, FAULTS[0].mend, value=Path("x")).as_dict()["value"] == "x"


def test_errors_inherit_what_a_caller_would_expect() -> None:
    for kind, builtin in (
        (DataError, ValueError), (ScenarioError, ValueError), (TravelError, ValueError), (RulesError, ValueError),
        (RunError, OSError),
    ):  # fmt: skip
        assert issubclass(kind, LayoutPlannerError)
        assert issubclass(kind, builtin)
    assert isinstance(refuse("a", "b", "c", "d"), DataError)


def test_did_you_mean() -> None:
    assert nearest_name("S12", ["S1", "S13", "x"]) in ("S1", "S13")
    assert nearest_name("q", ["S1"]) is None
    assert did_you_mean("nearset", ["nearest", "stay"]).en == ' (did you mean "nearest"?)'
    assert did_you_mean("q", ["S1"]) == Text("", "")


def test_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    text = Text("school", "学校")
    for told, expected in (("zh", "zh"), ("zh_CN.UTF-8", "zh"), ("en", "en"), ("de", "en")):
        monkeypatch.setenv("LAYOUT_PLANNER_LANG", told)
        assert language() == expected
    with using_language("zh"):
        assert str(text) == "学校"
        with using_language("en"):
            assert str(text) == "school"
        assert str(text) == "学校"
    assert (text.in_("en"), text.in_("zh")) == ("school", "学校")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.txt"
    with whole_file(target) as part:
        part.write_text("one")
        assert not target.exists()
    with pytest.raises(RuntimeError), whole_file(target) as part:
        part.write_text("two")
        raise RuntimeError
    assert target.read_text() == "one"
    assert [path.name for path in target.parent.iterdir()] == ["a.txt"]
    assert target.stat().st_mode & 0o777 == 0o644


def test_a_folder_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "run"
    for text in ("one", "two"):
        with whole_folder(target, "mark") as part:
            (part / "mark").write_text(text)
    with pytest.raises(RuntimeError), whole_folder(target, "mark") as part:
        (part / "mark").write_text("three")
        raise RuntimeError
    assert (target / "mark").read_text() == "two"
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "x").touch()
    with pytest.raises(RunError), whole_folder(foreign, "mark"):
        raise AssertionError("never reached")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["foreign", "run"]


def test_digests() -> None:
    assert digest_parts("ab", "c") != digest_parts("a", "bc")
    assert digest_parts(b"x") == digest_parts("x")
    assert digest_file(__file__) == digest_file(Path(__file__))


texts = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(st.lists(texts.filter(bool), min_size=1, max_size=5))
def test_any_text_comes_back_from_a_table(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    path = tmp_path_factory.mktemp("t") / "t.csv"
    frame = pd.DataFrame({"id": pd.Series(cells, dtype="str"), "n": [float(at) for at in range(len(cells))]})
    write_csv(frame, path)
    back = read_csv(path, text=("id",))
    assert back["id"].tolist() == cells
    assert back["n"].tolist() == frame["n"].tolist()


def test_formulas_are_guarded_and_numbers_are_not(tmp_path: Path) -> None:
    for sign in RISKY:
        assert guard(f"{sign}1") == f"'{sign}1"
        assert unguard(guard(f"{sign}1")) == f"{sign}1"
    assert (guard(-1.5), guard(None), guard("x"), guard("'x")) == (-1.5, None, "x", "''x")
    frame = pd.DataFrame({"n": [-1, 2]}, index=pd.Index(["=a", "b"], name="key"))
    write_csv(frame, tmp_path / "t.csv", index=True)
    raw = (tmp_path / "t.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.decode("utf-8-sig") == "key,n\n'=a,-1\nb,2\n"
    assert read_csv(tmp_path / "t.csv")["key"].tolist() == ["=a", "b"]


def test_quick_work_shows_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(track([1, 2, 3], Text("counting", "计数"))) == [1, 2, 3]
    assert "counting" not in capsys.readouterr().err


class Hours:
    """A clock on which every look takes a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 1.0
        return self.now


def test_long_work_leaves_a_few_lines_in_a_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "time", Hours())
    assert sum(track(range(4_000), Text("counting", "计数"))) == 4_000 * 3_999 // 2
    # Looked at after 1, 2, 3 … seconds: the line comes after 2, 8, 32, 128, 512 and 2,048 of them.
    assert capsys.readouterr().err.splitlines() == [
        f"counting: {done}/4,000" for done in ("1", "7", "31", "127", "511", "2,047")
    ]
    assert list(track(iter("abc"), Text("letters", "字母"))) == list("abc")
    assert capsys.readouterr().err == "letters: 1\n"  # how many there will be, nobody knows
    with gauge(Text("searching", "搜索"), 60.0) as tell:
        for spent in range(200):
            tell(float(spent), "gap 2%" if spent else "")
    assert capsys.readouterr().err.splitlines() == [f"searching: {spent}/60 s, gap 2%" for spent in (1, 7, 31, 60)]


def test_a_terminal_and_a_notebook_have_moving_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = SimpleNamespace(kernel="a kernel")
    assert not progress._can_repaint()
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: kernel))
        assert progress._can_repaint()
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(closed=False, isatty=lambda: True))
    assert progress._can_repaint()
    monkeypatch.setattr(sys, "stderr", None)  # a program without a console, on Windows
    assert not progress._can_repaint()
