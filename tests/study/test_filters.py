import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout_planner.study.filters import FilterError, select_rows

TABLE = pd.DataFrame(
    {
        "supply1": ["0", "10", "", "x"],
        "类型": ["小学", "初中", "小学", "高中"],
        "open cost": ["1", "2", "3", "4"],
        "size": [1, 2, 3, 4],
        "new": [True, False, True, False],
    }
)


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("supply1 > 0", [1]),
        ("supply1 <= 10", [0, 1]),
        ("not supply1 > 0", [0, 2, 3]),
        ("supply1 != 0", [1, 2, 3]),
        ('类型 = "小学"', [0, 2]),
        ("类型 == '小学' and size >= 3", [2]),
        ('类型 in ("初中", "高中")', [1, 3]),
        ('类型 not in ("初中", "高中")', [0, 2]),
        ("size in (1, 4)", [0, 3]),
        ("`open cost` < 2 or size > 3", [0, 3]),
        ("size > 1 and size < 4 or size = 4", [1, 2, 3]),
        ("size > 1 and (size < 3 or size = 4)", [1, 3]),
        ("seats > 1", [1]),  # our name for supply1
        ("new = true", [0, 2]),
        ('size = "2"', [1]),
        ("size > -1.5e0", [0, 1, 2, 3]),
    ],
)
def test_filters(where, rows):
    assert select_rows(TABLE, where, {"seats": "supply1"}).nonzero()[0].tolist() == rows


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("", "ends too early"),
        ("supply1", "ends too early"),
        ("supply1 >", "ends too early"),
        ("supply2 > 1", 'did you mean "supply1"'),
        ("supply1 > 1 size", '"size" does not fit'),
        ("supply1 > size", '"size" does not fit'),
        ("(supply1 > 1", "ends too early"),
        ("__import__('os').system('true')", "cannot read"),
        ("size.__class__ = 1", "cannot read"),
        ("size > 1; size", "cannot read"),
        ("not " * 60 + "size > 1", "nested too deeply"),
        ("(" * 60 + "size > 1" + ")" * 60, "nested too deeply"),
    ],
)
def test_what_is_no_filter(where, says):
    with pytest.raises(FilterError, match=says.replace("(", r"\(")):
        select_rows(TABLE, where)


@given(st.text("su ply1><=()'\"`,.0andorti#类型\\\n", max_size=40))
def test_any_text_is_a_filter_or_a_filter_error(where):
    try:
        mask = select_rows(TABLE, where)
    except FilterError:
        return
    assert mask.shape == (4,)
