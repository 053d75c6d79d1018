"""How Sphinx builds the manual: ``make site``. English here, Chinese in ``zh/``, each a tree of its own.

Nothing is loaded from elsewhere: formulas become MathML, which browsers draw themselves, so that the manual can be read
in an office without internet like the pages the program makes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS))

import manual  # noqa: E402  (it lies beside this file)

project = "layout_planner"
author = "the authors of layout_planner"
release = manual.version()
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"layout_planner {release}"
html_static_path: list[str] = []
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"announcement": '<a href="../zh/index.html">中文手册</a>'}
exclude_patterns = ["_build", "_generated/parts", "zh"]

nb_execution_mode = "off"  # tests/test_notebooks.py runs them
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
myst_links_external_new_tab = True
# Pages are read in the repository too, where links to files outside docs/ work.
suppress_warnings = ["myst.xref_missing"]

autodoc_typehints = "signature"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": False}
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
toc_object_entries = False


def _math(inline: bool) -> tuple[Any, Any]:
    from latex2mathml.converter import convert

    def visit(writer: Any, node: Any) -> None:
        mathml = convert(node.astext(), display="inline" if inline else "block")
        writer.body.append(mathml if inline else f'<div class="math">{mathml}</div>')
        node.children.clear()

    return visit, lambda writer, node: None


def setup(app: Any) -> dict[str, bool]:
    """Write the generated pages first, and draw formulas as MathML."""
    app.connect("builder-inited", lambda app: manual.write_pages(Path(app.srcdir), app.config.language))
    app.add_html_math_renderer("mathml", _math(inline=True), _math(inline=False))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


html_math_renderer = "mathml"
