"""Charts: ax in and out, the values drawn are those of the plan, fonts found or a clear warning."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text as Lettered

import layout_planner as lp
from layout_planner.papers import charts, fonts
from layout_planner.papers.fonts import FontWarning, label
from layout_planner.papers.print_map import DPI, plot_map, print_map
from layout_planner.papers.timetable import timetable
from layout_planner.study.tidy import TIDY
from tests.papers.paper_toy import hostile, merged, some_without_a_school
from tests.toy.county import line_county, line_travel


@pytest.fixture
def ax():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def heights(axes, number):
    return [round(patch.get_height()) for patch in axes.containers[number]]


def test_minutes_before_and_after(ax):
    with lp.using_language("zh"):
        assert charts.plot_minutes(merged(), "primary", ax=ax, width=2.0) is ax
    # Today 180 pupils stand at their school's door, 240 go two minutes; sixty of G go eight once S3 is closed.
    assert heights(ax, 0)[:2] == [420, 0]
    assert heights(ax, 1) == [360, 0, 0, 60]
    assert ax.get_title() == "小学上学单程时间" and [t.get_text() for t in ax.get_legend().get_texts()] == [
        "现状",
        "规划",
    ]


def test_load_by_school(ax):
    charts.plot_load(merged(), "primary", ax=ax)
    assert [round(patch.get_width(), 1) for patch in ax.patches] == [66.7, 66.7]  # 180 of 270, 240 of 360
    assert "0 of 2 schools over-full" in ax.get_title() or "0 所超员" in ax.get_title()


def test_lorenz_of_teachers(ax):
    base = merged().base
    charts.plot_lorenz(base, "primary", ax=ax)
    x, y = ax.lines[0].get_data()
    # Teachers 10, 12 and 6 (28) for 180, 180 and 60 pupils (420): S1 has least a pupil, S3 most.
    assert x.tolist() == pytest.approx([0, 100 * 180 / 420, 100 * 360 / 420, 100])
    assert y.tolist() == pytest.approx([0, 100 * 10 / 28, 100 * 22 / 28, 100])
    with pytest.raises(lp.DataError, match="backbone"):
        charts.plot_lorenz(base, "primary", "teachers_backbone", ax=ax)


def test_forecast_as_a_fan(ax):
    births = [(t, year, count, "middle") for t, count in (("T1", 30.0), ("T2", 40.0)) for year in range(2008, 2024)]
    study = line_county(births=pd.DataFrame(births, columns=list(TIDY["births"])))
    coming = lp.forecast(study, to=2030)
    charts.plot_forecast(coming, "primary", seats=810.0, ax=ax)
    middle = ax.lines[0].get_ydata()
    assert np.asarray(middle).tolist() == pytest.approx(coming.totals()["primary"].tolist())
    assert ax.lines[1].get_ydata()[0] == 810


def test_phasing_as_a_gantt(ax):
    plan = merged()
    assert timetable(plan)["year"].tolist() == [2024, 2025]
    charts.plot_phasing(plan, ax=ax)
    assert [(patch.get_x() + 0.5, patch.get_width()) for patch in ax.patches] == [(2024, 1.0), (2025, 1.0)]
    with pytest.raises(lp.DataError, match="year"):
        charts.plot_phasing(some_without_a_school(), ax=ax)


def test_districts_are_asked_for(ax):
    with pytest.raises(lp.DataError, match="district"):
        charts.plot_balance(merged(), "primary", ax=ax)


def test_the_map_says_first_who_has_no_school(ax):
    plot_map(some_without_a_school(), "primary", ax=ax)
    assert "120 " in ax.get_title().splitlines()[1]
    with pytest.raises(lp.DataError, match="junior"):
        plot_map(some_without_a_school(), "junior", ax=ax)


def test_a_printed_map_is_a3_at_300_dots(tmp_path):
    import struct

    path = print_map(merged(), tmp_path / "m.png", lang="zh", dpi=50)
    wide, high = struct.unpack(">II", path.read_bytes()[16:24])
    assert (wide, high) == (827, 584) and DPI == 300  # 16.54 × 11.69 inches: 420 × 297 mm
    assert path.read_bytes() == print_map(merged(), tmp_path / "n.png", lang="zh", dpi=50).read_bytes()


@pytest.mark.parametrize("name", ["$\\frac{1}{2}$<script>", "长" * 10_000, "a\x00b"])
def test_a_hostile_name_stays_text_in_svg(tmp_path, name):
    path = print_map(hostile(name), tmp_path / "m.svg", "primary")
    svg = path.read_text(encoding="utf-8")
    assert "<script" not in svg and len(svg) < 3_000_000
    assert len(label(name)) <= 20


def test_without_a_chinese_font_english_and_a_warning(monkeypatch, ax):
    monkeypatch.setattr(fonts, "chinese_fonts", lambda: ())
    with lp.using_language("zh"), pytest.warns(FontWarning, match="未找到中文字体"):
        charts.plot_load(merged(), "primary", ax=ax)
    assert "schools over-full" in ax.get_title()


def test_chinese_letters_have_a_font(ax):
    if not fonts.chinese_fonts():
        pytest.skip("no font with Chinese letters is installed")
    with lp.using_language("zh"):
        charts.plot_load(merged(), "primary", ax=ax)
    assert all(text.get_fontfamily()[0] in fonts.CHINESE for text in ax.findobj(Lettered))


def test_the_frontier_with_its_bounds(ax):
    front = lp.consolidate(line_county(), line_travel(), stage="primary", keep=range(1, 4))
    charts.plot_tradeoff(front, ax=ax)
    cost, bound = (line.get_ydata() for line in ax.lines[:2])
    assert ax.lines[0].get_xdata().tolist() == front.table.index.tolist()
    assert np.asarray(cost).tolist() == pytest.approx((front.table["objective"] / 1e6).tolist())
    assert (np.asarray(bound) <= np.asarray(cost) + 1e-9).all()
