"""`widget`: the briefing in Jupyter, both ways; needs the extra ``layout_planner[widget]``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from layout_planner.base.errors import refuse
from layout_planner.page.briefing import briefing
from layout_planner.plan import Plan
from layout_planner.scenario import Scenario

if TYPE_CHECKING:
    from anywidget import AnyWidget


def widget(plans: Plan | Sequence[Plan], **options: Any) -> AnyWidget:
    """Show plans as a briefing that talks with Python: toggle schools on the map, read `scenario` in the next cell.

    Parameters
    ----------
    plans
        As for `briefing`.
    **options
        Likewise; the three-minute sheets are left out unless ``sheets=True``.

    Returns
    -------
    anywidget.AnyWidget
        `scenario`: what was changed on the page, a `Scenario`; set it, and the page carries it out. `faults`: why it
        does not, as the page says it, with the number of each edit; empty where all was carried out.

    Raises
    ------
    DataError
        The extra is not installed.
    """
    page = briefing(plans, **{"sheets": False, **options})
    return _kind()(page=page.page)


@cache
def _kind() -> type:
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise refuse(
            "the widget needs anywidget",
            "交互控件需要 anywidget",
            "pip install 'layout_planner[widget]'",
            "请安装：pip install 'layout_planner[widget]'",
        ) from error

    class LiveBriefing(anywidget.AnyWidget):
        """A briefing whose edits are known to Python."""

        _esm = (resources.files("layout_planner.show") / "web" / "widget.js").read_text(encoding="utf-8")
        page = traitlets.Unicode().tag(sync=True)
        edits = traitlets.Dict().tag(sync=True)
        faults = traitlets.List(traitlets.Unicode()).tag(sync=True)

        def __repr__(self) -> str:
            """Say what is seen where no widget can be shown: never the page itself."""
            return f"<briefing as a widget, {len(self.scenario.edits)} edits; run the cell to see it>"

        @property
        def scenario(self) -> Scenario:
            """What was changed on the page; without edits where nothing was."""
            return Scenario.from_mapping(dict(self.edits)) if self.edits else Scenario()

        @scenario.setter
        def scenario(self, scenario: Scenario) -> None:
            self.edits = scenario.as_mapping()

    return LiveBriefing
