#!/usr/bin/env bash
# A shapefile with a column name of four Chinese characters is written with a warning only, and cannot be read back.
#
# Seen with pyogrio 0.13.0 (GDAL 3.12.4, as in its wheels), Python 3.11: a DBF holds ten bytes of a column's name. GDAL cuts the name after
# ten bytes of UTF-8, in the middle of the fourth character (道路等级 becomes 道路等 and the byte E7), and writes it so beside a .cpg that
# says UTF-8. Reading the file with the same library then ends in a UnicodeDecodeError: not one row can be had, though rows and shapes are
# sound. What one would expect: a name cut between characters, as with Latin letters (road_class_x becomes road_class).
# What to do: read such a file with encoding="ISO-8859-1", take the bytes back, decode the values as UTF-8 and the names without what is
# left of the cut character; write GeoPackage.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'pyogrio==0.13.0' 'geopandas==1.2.0' 'shapely==2.2.0' 'pandas==3.1.1' 'numpy==2.4.6'
cat >"$work/show.py" <<'PY'
import tempfile
import warnings
from pathlib import Path

import geopandas as gpd
import pyogrio
from shapely.geometry import Point

warnings.simplefilter("ignore")  # "Normalized/laundered field name"
folder = Path(tempfile.mkdtemp())


def there_and_back(name):
    frame = gpd.GeoDataFrame({name: ["村道"]}, geometry=[Point(105, 30)], crs=4326)
    pyogrio.write_dataframe(frame, folder / "roads.shp")
    return list(pyogrio.read_dataframe(folder / "roads.shp").columns)


print(f"pyogrio {pyogrio.__version__}, GDAL {'.'.join(map(str, pyogrio.__gdal_version__))}")
print("road_class_x:", there_and_back("road_class_x"))
print("等级:", there_and_back("等级"))
assert there_and_back("road_class_x")[0] == "road_class" and there_and_back("等级")[0] == "等级"
try:
    print("道路等级:", there_and_back("道路等级"))
except UnicodeDecodeError as error:
    print("道路等级:", type(error).__name__, error)
else:
    raise SystemExit("it has changed: the name is read")
assert (folder / "roads.cpg").read_text().strip() == "UTF-8"
plain = pyogrio.read_dataframe(folder / "roads.shp", encoding="ISO-8859-1")
name, value = plain.columns[0].encode("latin-1"), plain.iat[0, 0].encode("latin-1")
print("the bytes of the name:", name.hex(" "), "and of the value:", value.decode("utf-8"))
assert name == "道路等级".encode()[:10] and value.decode("utf-8") == "村道"
print("as seen")
PY
"$work/venv/bin/python" "$work/show.py"
