"""Small counties as folders: straight ways, seats that bind, each of its own seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

STUDY = """\
name = "County {number}"
year = 2023
calendar = "6+3"
crs = "EPSG:4544"
simulated = true

[places]
file = "places.csv"
coordinates = "EPSG:4544"

[schools]
file = "schools.csv"
coordinates = "EPSG:4544"
"""


def make_county(folder: Path, number: int, places: int = 30, schools: int = 5) -> Path:
    """Write one county; its pupils fill nine tenths of the seats."""
    rng = np.random.default_rng(number)
    folder.mkdir(parents=True)
    pupils = rng.integers(6, 60, places)
    seats = int(np.ceil(pupils.sum() / schools / 0.9 / 45) * 45)
    at = lambda: f"{500_000 + rng.uniform(0, 20_000):.1f},{3_400_000 + rng.uniform(0, 20_000):.1f}"  # noqa: E731
    rows = [f"V{i},village {i},{pupils[i]},{at()}" for i in range(places)]
    (folder / "places.csv").write_text("place_id,name,pupils_primary,x,y\n" + "\n".join(rows) + "\n")
    rows = [f"S{j},school {j},primary,1-6,open,{seats},{at()}" for j in range(schools)]
    (folder / "schools.csv").write_text("school_id,name,stage,grades,state,seats,x,y\n" + "\n".join(rows) + "\n")
    (folder / "study.toml").write_text(STUDY.format(number=number))
    return folder


def break_county(folder: Path, number: int) -> Path:
    """Write one whose schools lie nowhere."""
    make_county(folder, number)
    (folder / "schools.csv").write_text("school_id,name\nS1,school\n")
    return folder
