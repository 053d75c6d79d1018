"""The page in a frame and the notebook around it: edits go out, scenarios come in."""

from __future__ import annotations

import pytest
from show_toy import toy_plans

from layout_planner.scenario import Close, Scenario
from layout_planner.show import briefing
from layout_planner.show.jupyter import widget

pytestmark = pytest.mark.browser

OUTSIDE = """<!DOCTYPE html><title>notebook</title><script>
window.got = [];
addEventListener("message", (event) => got.push(event.data));
</script>"""


def test_edits_go_out_and_scenarios_come_in(open_page) -> None:
    plans = toy_plans()
    opened = open_page(OUTSIDE + briefing(plans, sheets=False)._repr_html_())
    frame = opened.page.frames[1]
    frame.wait_for_selector("#figures .tile")
    frame.evaluate("Changes.decide(2, 'close')")
    opened.page.wait_for_function("got.length > 0")
    told = Scenario.from_mapping(opened.run("got[0].scenario"))
    assert told.edits == (Close("S3", stage="primary"),)
    assert told.run["assign"] == "stay"
    back = Scenario("from Python", [Close("S1", stage="primary")]).as_mapping()
    opened.run("s => frames[0].postMessage({layoutPlanner: 'load', scenario: s}, '*')", back)
    frame.wait_for_function("Reader.editsOf().length === 1 && Reader.editsOf()[0].school === 0")
    assert opened.errors == []


def test_the_widget_holds_the_page_and_the_scenario() -> None:
    pytest.importorskip("anywidget")
    shown = widget(toy_plans())
    assert shown.scenario == Scenario()
    shown.scenario = Scenario("x", [Close("S1", stage="primary")])
    assert shown.edits["edits"] == [{"do": "close", "stage": "primary", "school": "S1"}]
    assert shown.scenario.edits == (Close("S1", stage="primary"),)
    assert "<!DOCTYPE html>" in shown.page
    assert "postMessage" in shown._esm
