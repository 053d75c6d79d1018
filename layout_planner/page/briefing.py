"""`briefing`: plans as one HTML page that opens without internet, and on which the reader may change them."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from layout_planner.base.escape import json_block
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Language
from layout_planner.page.bundle import page_script
from layout_planner.page.offline import single_file
from layout_planner.page.payload import page_data
from layout_planner.page.sheets import Beside
from layout_planner.plan import Plan
from layout_planner.plan.districting import Districting

if TYPE_CHECKING:
    from branca.element import Figure

    from layout_planner.cohorts import Forecast
    from layout_planner.plan.frontier import Frontier
    from layout_planner.plan.phasing import Phasing


QR_CODES = "https://cdn.jsdelivr.net/npm/qrcode-generator@2.0.4/dist/qrcode.js"
"""Draws the state of a page as a QR code; replaced by the copy in the package."""


@dataclass(frozen=True, eq=False)
class Page:
    """A finished page.

    Parameters
    ----------
    page
        The whole HTML document; it loads nothing.
    """

    page: str

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.page.encode())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page, whole or not at all."""
        with whole_file(path) as part:
            part.write_text(self.page, encoding="utf-8", newline="\n")
        return Path(path)

    def _repr_html_(self) -> str:
        """Show the page in a notebook, in a frame that may run its own scripts and nothing else."""
        return (
            '<iframe sandbox="allow-scripts allow-modals allow-downloads" '
            'style="width:100%;height:680px;border:1px solid #d9dde2" '
            f'srcdoc="{html.escape(self.page, quote=True)}"></iframe>'
        )


def briefing(
    plans: Plan | Sequence[Plan],
    path: str | os.PathLike[str] | None = None,
    *,
    lang: Language = "zh",
    forecast: Forecast | None = None,
    phasing: Phasing | None = None,
    frontier: Frontier | None = None,
    districting: Districting | Sequence[Districting] = (),
    sheets: bool = True,
) -> Page:
    """Draw one plan, or several beside one another, as a page that opens without internet.

    The reader may close, keep, open and enlarge schools on it: only the pupils concerned move, from the plan shown, by
    the rule ``stay`` (or ``stay_nearest``) of `solve`, step by step, and every figure follows. What was changed is
    saved as a scenario that `layout-planner solve` carries out with the same result.

    Parameters
    ----------
    plans
        One plan (shown beside its `base`, where it has one), or several: the first is what the others are
        compared with, the last is shown first.
    path
        Where to save the page; not saved if left out.
    lang
        The language it opens in; the page has a switch.
    forecast, phasing
        Years to come: children against seats by township, the plan year by year; the page gets a slider.
    frontier
        Cost against travel with its knee, and the schools closed in every good plan.
    districting
        Management districts to show besides those the plan holds.
    sheets
        Whether the page opens on the three-minute sheets; each is there only if what it needs is held.

    Returns
    -------
    Page
        The page; a notebook shows it.

    Raises
    ------
    DataError
        No plan, or plans that cannot lie on one map.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> now = lp.today(study, ways, stage="junior")
    >>> page = lp.briefing(now, "today.html", lang="en")
    >>> page.save("again.html").stat().st_size > 100_000
    True
    """
    plans = [plans] if isinstance(plans, Plan) else list(plans)
    if len(plans) == 1 and plans[0].base is not None:
        plans = [plans[0].base, *plans]
    held = [districting] if isinstance(districting, Districting) else list(districting)
    data = page_data(plans, lang, Beside(forecast, phasing, frontier, held), sheets)
    page = Page(single_file(_figure(data), lang))
    if path is not None:
        page.save(path)
    return page


def _figure(data: Mapping[str, object]) -> Figure:
    from branca.element import CssLink, Element, Figure, JavascriptLink

    class Verbatim(Element):
        """A text put in as it stands: branca's own elements are templates, in which a name could run Python."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

        def render(self, **_: object) -> str:
            return self.text

    figure = Figure(title=f"{data['title']} {data['year']}")
    # Leaflet is all the page needs of what folium links; the links are replaced by the copies in the package.
    links = dict([*folium_links("default_js"), *folium_links("default_css")])
    figure.header.add_child(CssLink(links["leaflet_css"]), name="leaflet_css")
    figure.header.add_child(JavascriptLink(links["leaflet"]), name="leaflet")
    figure.header.add_child(JavascriptLink(QR_CODES), name="qrcode")
    figure.header.add_child(Verbatim(f"<style>\n{_own('page.css')}</style>"), name="style")
    figure.html.add_child(Verbatim(_own("page.html")), name="page")
    block = f'<script id="data" type="application/json">{json_block(data)}</script>'
    figure.html.add_child(Verbatim(block), name="data")
    figure.script.add_child(Verbatim(page_script()), name="script")
    return figure


def folium_links(kind: str) -> list[tuple[str, str]]:
    """Give the links folium puts into a map: "default_js" or "default_css", as (name, URL)."""
    from folium import Map

    return list(getattr(Map, kind))


@cache
def _own(file: str) -> str:
    return (resources.files("layout_planner.page") / file).read_text(encoding="utf-8")
