"""`show_versions`: what a question to the authors should say of the machine."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from layout_planner._version import __version__

PARTS = (
    "highspy", "numba", "numpy", "scipy", "pandas", "geopandas", "shapely", "pyproj", "pyogrio", "networkx",
    "scikit-learn", "folium", "pydantic", "pyarrow", "osmnx", "pyvrp", "distributed", "anywidget", "h3",
)  # fmt: skip
"""The parts results and pages hang on; highspy is HiGHS, the solver. The last five are extras."""


def versions() -> dict[str, str]:
    """Give name → version of this package, Python, the system and `PARTS`; "" for a part that is not installed."""
    told = {"layout_planner": __version__, "python": sys.version.split()[0], "system": platform.platform()}
    for part in PARTS:
        try:
            told[part] = version(part)
        except PackageNotFoundError:
            told[part] = ""
    return told


def show_versions() -> None:
    """Print what `versions` gives, one line each, to be pasted into a question or a report of a fault."""
    for name, number in versions().items():
        print(f"{name + (' (HiGHS)' if name == 'highspy' else ''):<18} {number or '—'}")
