import html
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from show_toy import HOSTILE

from layout_planner.base.escape import esc, json_block, shorten


@given(st.text())
def test_escaped_text_reads_as_it_was_and_holds_nothing_that_breaks_out(text: str) -> None:
    safe = esc(text)
    # Carriage returns and numeric entities of control characters are what HTML itself rewrites.
    if text.isprintable():
        assert html.unescape(safe) == text
    assert not set("<>\"'`${}\\") & set(safe)


@pytest.mark.parametrize("name", HOSTILE)
def test_json_block_cannot_end_its_script_element(name: str) -> None:
    block = json_block({"name": name})
    assert "<" not in block
    assert json.loads(block) == {"name": name}


def test_json_block_refuses_what_json_does_not_know() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_block({"minutes": float("nan")})


def test_shorten_keeps_names_and_cuts_what_is_none() -> None:
    assert shorten(" 青溪\n中心小学 ") == "青溪 中心小学"
    assert shorten("长" * 10_000) == "长" * 79 + "…"
