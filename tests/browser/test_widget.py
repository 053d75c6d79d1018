"""The page in a frame and the notebook around it: edits go out, scenarios come in."""

from __future__ import annotations

import html
import json
from importlib import resources

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


def wait_for(frame, what: str) -> None:
    """Wait until something is so; the page's policy forbids Playwright's own way of asking again."""
    for _ in range(100):
        if frame.evaluate(what):
            return
        frame.page.wait_for_timeout(50)
    raise AssertionError(what)


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
    wait_for(frame, "Reader.editsOf().length === 1 && Reader.editsOf()[0].school === 0")
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
    assert repr(shown) == "<briefing as a widget, 1 edits; run the cell to see it>"


VSCODE = (
    "default-src 'none'; script-src 'self' https://*.vscode-cdn.net 'unsafe-inline' 'unsafe-eval'; style-src 'self' \
https://*.vscode-cdn.net 'unsafe-inline'; img-src 'self' https://*.vscode-cdn.net https: http: data:; font-src 'self' \
https://*.vscode-cdn.net https:; connect-src https:; child-src https: data:;"
)
"""The policy of VS Code's page of outputs, with its setting notebook.experimental.enableCsp (off, it has none)."""

OUTPUTS = """<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="{policy}"><div id=html></div>
<div id=widget></div><script>
document.getElementById("html").innerHTML = {shown};  // as VS Code puts in the HTML of a cell
const values = {{ page: {page}, edits: {{}}, faults: [] }}, heard = {{}};
const model = {{
  get: (name) => values[name],
  set(name, value) {{ values[name] = value; (heard["change:" + name] || []).forEach((hear) => hear()); }},
  on: (name, hear) => (heard[name] ||= []).push(hear),
  off: (name, hear) => (heard[name] = heard[name].filter((each) => each !== hear)),
  save_changes: () => 0,
}};
{widget}
const clear = render({{ model, el: document.getElementById("widget") }});
</script>"""


@pytest.mark.parametrize("policy", ["", VSCODE], ids=["no policy", "policy"])
def test_in_the_outputs_of_vs_code(open_page, policy: str) -> None:
    """VS Code itself is not run: a frame with the sandbox and the policy of its outputs, and a model as anywidget's."""
    made = briefing(toy_plans(), sheets=False)
    code = (resources.files("layout_planner.show") / "web" / "widget.js").read_text(encoding="utf-8")
    shown, page = (json.dumps(each).replace("</", "<\\/") for each in (made._repr_html_(), made.page))
    outputs = OUTPUTS.format(policy=policy, shown=shown, page=page, widget=code.split("export default")[0])
    sandbox = "allow-scripts allow-same-origin allow-forms allow-pointer-lock allow-downloads"
    opened = open_page(
        f'<!DOCTYPE html><title>editor</title><iframe sandbox="{sandbox}" srcdoc="{html.escape(outputs)}"></iframe>'
    )
    outside = opened.page.frames[1]
    inside = [frame for frame in opened.page.frames if frame.parent_frame == outside]
    assert len(inside) == 2  # the HTML of a plan, and the widget
    for frame in inside:
        frame.wait_for_selector("#figures .tile")
    inside[1].evaluate("Changes.decide(2, 'close')")
    outside.wait_for_function("values.edits.edits")
    assert Scenario.from_mapping(outside.evaluate("values.edits")).edits == (Close("S3", stage="primary"),)
    back = Scenario("from Python", [Close("S1", stage="primary")]).as_mapping()
    outside.evaluate("edits => model.set('edits', edits)", back)
    wait_for(inside[1], "Reader.editsOf().length === 1 && Reader.editsOf()[0].school === 0")
    assert outside.evaluate("[values.edits.name, values.faults]") == [
        "from Python",
        [],
    ]  # what came in is not sent back
    wrong = Scenario("wrong", [Close("<b>S99</b>", stage="primary")]).as_mapping()
    outside.evaluate("edits => model.set('edits', edits)", wrong)
    outside.wait_for_selector("pre:has-text('<b>S99</b>')")
    assert "S99" in outside.evaluate("values.faults")[0]
    outside.evaluate("clear()")
    assert outside.evaluate("Object.values(heard).flat().length") == 0
    assert opened.requests == []
    assert [error for error in opened.errors if "escape its sandboxing" not in error] == []  # said of the outer frame
