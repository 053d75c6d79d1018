#!/usr/bin/env bash
# A whole number written to a file geodatabase comes back as another one, and strictness about warnings cannot stop it.
#
# Seen with pyogrio 0.13.0 (GDAL 3.12.4, as in its wheels), Python 3.11: the driver OpenFileGDB stores int64 as float64 unless the layer
# option TARGET_ARCGIS_VERSION=ARCGIS_PRO_3_2_OR_LATER is given. An id of 17 digits or more then changes its last digits (9007199254740993 comes
# back as 9007199254740992.0). GDAL warns, but pyogrio raises that warning inside a C callback: under `-W error` it is no exception that the
# caller sees, only an unraisable one, and the write succeeds with exit code 0.
# What to do: write ids as text, or give the layer option; never rely on warnings-as-errors around GDAL.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'pyogrio==0.13.0' 'geopandas==1.2.0' 'shapely==2.2.0' 'pandas==3.1.1' 'numpy==2.4.6'
cat >"$work/show.py" <<'PY'
import sys
import tempfile
import warnings
from pathlib import Path

unraisable = []
sys.unraisablehook = lambda told: unraisable.append(f"{type(told.exc_value).__name__}: {told.exc_value}")

import geopandas as gpd
import pyogrio
from shapely.geometry import Point

warnings.simplefilter("error")
given = 2**53 + 1
frame = gpd.GeoDataFrame({"pupil": [given]}, geometry=[Point(105, 30)], crs=4326)
folder = Path(tempfile.mkdtemp())
pyogrio.write_dataframe(frame, folder / "plain.gdb", driver="OpenFileGDB")  # no exception, although warnings are errors
back = pyogrio.read_dataframe(folder / "plain.gdb")["pupil"]
newer = {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}
pyogrio.write_dataframe(frame, folder / "newer.gdb", driver="OpenFileGDB", layer_options=newer)
kept = pyogrio.read_dataframe(folder / "newer.gdb")["pupil"]
print(f"pyogrio {pyogrio.__version__}, GDAL {'.'.join(map(str, pyogrio.__gdal_version__))}")
print(f"given {given}, back {back[0]!r} ({back.dtype}); with the newer layout {kept[0]!r} ({kept.dtype})")
print(f"unraisable: {unraisable}")
assert back.dtype == "float64" and int(back[0]) == given - 1
assert kept.dtype == "int64" and int(kept[0]) == given
assert any("Integer64 will be written as a Float64" in told for told in unraisable)
print("as seen")
PY
"$work/venv/bin/python" "$work/show.py"
