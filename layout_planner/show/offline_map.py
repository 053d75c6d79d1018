"""Maps of folium that need no network: a single map, two that move together, and a box in the corner."""

from __future__ import annotations

import os
import warnings
from typing import Any

import folium
from branca.element import MacroElement
from folium.plugins import DualMap
from folium.template import Template

from layout_planner.base.errors import DataError
from layout_planner.base.messages import Text, language
from layout_planner.page.briefing import Page
from layout_planner.page.offline import single_file, walk


class _Offline(MacroElement):
    """A map whose file and picture load nothing, as long as nothing that is put on it has to be loaded."""

    def page(self) -> Page:
        """Give the map as one HTML document that loads nothing.

        Raises
        ------
        DataError
            A layer must be loaded from the network: map tiles, or a plugin of which there is no copy in the package.
        """
        root: Any = self.get_root()  # a figure, which branca calls an element
        return Page(single_file(root, language()))

    def save(self, outfile: Any, close_file: bool = True, **options: object) -> None:
        """Write the map as one file, offline where that can be; else as folium does, and a warning says why."""
        page = self._page_or_none()
        if page is None or not isinstance(outfile, str | os.PathLike):
            super().save(outfile, close_file, **options)
        else:
            page.save(outfile)

    def _repr_html_(self, **options: object) -> str:
        page = self._page_or_none()
        beneath: Any = super()  # a map and two that move together both have one, what they share has none
        return str(beneath._repr_html_(**options) if page is None else page._repr_html_())

    def _page_or_none(self) -> Page | None:
        if any(isinstance(each, folium.TileLayer) for each in walk(self.get_root())):
            return None  # who asks for tiles asks for the network
        try:
            return self.page()
        except DataError as error:
            told = Text("the map needs the network to be seen", "该地图须联网才能显示")
            warnings.warn(f"{told}: {error}", UserWarning, stacklevel=3)
            return None


class OfflineMap(_Offline, folium.Map):
    """A `folium.Map` that needs no network where it holds no tiles."""

    def add_child(self, child: Any, name: str | None = None, index: int | None = None) -> Any:
        """Put something on the map; the list of layers stays last, since it lists what was put on before it."""
        super().add_child(child, name=name, index=index)
        for key in [key for key, each in self._children.items() if isinstance(each, folium.LayerControl)]:
            self._children.move_to_end(key)
        return self


class OfflineDualMap(_Offline, DualMap):
    """A `folium.plugins.DualMap` that needs no network where it holds no tiles."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]


class Legend(MacroElement):
    """A box in the corner of a map."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.control({position: "bottomleft"});
        {{ this.get_name() }}.onAdd = function () {
            const box = L.DomUtil.create("div", "layout-planner-legend");
            box.innerHTML = {{ this.body|tojson }};
            L.DomEvent.disableClickPropagation(box);
            return box;
        };
        {{ this.get_name() }}.addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )

    def __init__(self, body: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Legend"
        self.body = body
