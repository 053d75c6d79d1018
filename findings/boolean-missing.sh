#!/usr/bin/env bash
# Yes, no and not known: geopandas writes them as the words "True" and "False", and which way was taken for writing decides what comes back.
#
# Seen with geopandas 1.2.0, pyogrio 0.13.0 (GDAL 3.12.4, as in its wheels), pandas 3.1.1, Python 3.11, for GeoPackage, GeoJSON, shapefile and
# FlatGeobuf alike. A column of True and False comes back as it was. With one None in it (which pandas keeps as objects), the plain way of
# writing makes a text column of it, without a warning: "False" comes back, and bool("False") is True. With use_arrow=True the very same table
# gives 1.0, 0.0 and nan. Of the two ways the documentation says that Arrow is the faster one, not that it writes another column.
# What to do: make such columns pandas' "boolean" before writing (both ways then give 1.0, 0.0, nan), and never test what a file holds by bool().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'pyogrio==0.13.0' 'geopandas==1.2.0' 'shapely==2.2.0' 'pandas==3.1.1' 'numpy==2.4.6' 'pyarrow==25.0.0'
cat >"$work/show.py" <<'PY'
import tempfile
import warnings
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
from shapely.geometry import Point

warnings.simplefilter("error")  # nobody warns
folder = Path(tempfile.mkdtemp())
places = [Point(x, 0) for x in range(3)]


def there_and_back(boards, suffix, arrow):
    """A column, written and read again, in its old order (FlatGeobuf keeps none)."""
    path = folder / f"{len(list(folder.iterdir()))}.{suffix}"
    gpd.GeoDataFrame({"n": range(3), "boards": boards}, geometry=places, crs=4326).to_file(path, use_arrow=arrow)
    return gpd.read_file(path).sort_values("n")["boards"]


print(f"geopandas {gpd.__version__}, pyogrio {pyogrio.__version__}, pandas {pd.__version__}")
for suffix in ("gpkg", "geojson", "shp", "fgb"):
    known = there_and_back([True, False, True], suffix, False)
    plain = there_and_back([True, False, None], suffix, False)
    arrow = there_and_back([True, False, None], suffix, True)
    typed = there_and_back(pd.array([True, False, None], dtype="boolean"), suffix, False)
    print(f"{suffix}: plain {plain.tolist()}, arrow {arrow.tolist()}, boolean {typed.tolist()}")
    assert known.tolist() == [True, False, True] and known.dtype == bool
    assert plain.tolist()[:2] == ["True", "False"] and bool(plain.iloc[1]) and pd.isna(plain.iloc[2])
    assert arrow.tolist()[:2] == typed.tolist()[:2] == [1.0, 0.0] and pd.isna(arrow.iloc[2]) and arrow.dtype == typed.dtype == float
print("as seen")
PY
"$work/venv/bin/python" "$work/show.py"
