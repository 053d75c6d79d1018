"""The GeoPackage: layers in words, hostile names as text, and styles that QGIS takes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pyogrio
import pytest

from layout_planner.papers.layers import STYLES, write_layers
from tests.papers.paper_toy import hostile, merged, some_without_a_school
from tests.show.show_toy import HOSTILE

SYSTEM_PYTHON = "/usr/bin/python3"
OPEN = """
import json, os, sqlite3, sys
from qgis.core import QgsApplication, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
found = {}
query = "select table_name from gpkg_contents where data_type = 'features'"
for (name,) in sqlite3.connect(sys.argv[1]).execute(query):
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    labels = [item.label() for item in layer.renderer().legendSymbolItems()]
    found[name] = [layer.isValid(), layer.featureCount(), type(layer.renderer()).__name__, labels]
print(json.dumps(found), flush=True)
os._exit(0)  # leaving the orderly way it crashes over layers that still live
"""


def test_places_and_lines_before_and_after(tmp_path: Path) -> None:
    write_layers(merged(), tmp_path / "p.gpkg", "zh")
    assert [str(name) for name, _ in pyogrio.list_layers(tmp_path / "p.gpkg")] == [
        "学校", "居住点", "学生流向", "招生片区 小学", "乡镇", STYLES,
    ]  # fmt: skip
    places = gpd.read_file(tmp_path / "p.gpkg", layer="居住点").set_index("居住点编号")
    shown = ["名称", "小学学生数", "小学现就读学校", "小学原单程（分钟）", "小学规划学校", "小学新单程（分钟）"]
    assert places.loc["G", shown].tolist() == ["G村", 60, "三小", 0.0, "二小", 8.0]
    lines = gpd.read_file(tmp_path / "p.gpkg", layer="学生流向").set_index("居住点编号")
    assert lines.loc["G", ["学校", "学生数", "原学生数"]].tolist() == ["二小", 60, 0]
    assert lines.length["G"] == pytest.approx(800)
    assert gpd.read_file(tmp_path / "p.gpkg", layer="招生片区 小学")["学位"].tolist() == [270, 360]


def test_children_without_a_school_are_the_first_layer(tmp_path: Path) -> None:
    write_layers(some_without_a_school(), tmp_path / "p.gpkg", "en")
    assert pyogrio.list_layers(tmp_path / "p.gpkg")[0][0] == "children without a school"
    assert gpd.read_file(tmp_path / "p.gpkg", layer="children without a school")["pupils"].sum() == 120


def test_machine_names_on_request_and_the_same_bytes(tmp_path: Path) -> None:
    plan = merged()
    for name in ("a", "b"):
        write_layers(plan, tmp_path / f"{name}.gpkg", names="machine")
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    layer = gpd.read_file(tmp_path / "a.gpkg", layer="schools")
    assert list(layer.columns)[:4] == ["school_id", "name", "stage", "state"]


@pytest.mark.parametrize("name", [HOSTILE[0], HOSTILE[6], "=1+1", '"]; DROP TABLE schools; --'])
def test_a_hostile_name_stays_text(tmp_path: Path, name: str) -> None:
    write_layers(hostile(name), tmp_path / "p.gpkg", "en")
    assert set(gpd.read_file(tmp_path / "p.gpkg", layer="schools")["name"]) == {name}
    for style in pyogrio.read_dataframe(tmp_path / "p.gpkg", layer=STYLES)["styleQML"]:
        ET.fromstring(style.split("\n", 1)[1])


def test_every_layer_has_a_style_whose_column_is_there(tmp_path: Path) -> None:
    write_layers(merged(), tmp_path / "p.gpkg", "zh")
    table = pyogrio.read_dataframe(tmp_path / "p.gpkg", layer=STYLES).set_index("f_table_name")
    layers = [str(name) for name, kind in pyogrio.list_layers(tmp_path / "p.gpkg") if kind]
    assert set(table.index) == set(layers) and table["useAsDefault"].all()
    for layer in layers:
        root = ET.fromstring(table.at[layer, "styleQML"].split("\n", 1)[1])
        columns = set(gpd.read_file(tmp_path / "p.gpkg", layer=layer).columns)
        renderer = root.find("renderer-v2")
        assert renderer is not None and renderer.find("symbols/symbol/layer/Option") is not None
        named = [renderer.get("attr", "").strip('"'), *(e.get("fieldName", "") for e in root.iter("text-style"))]
        assert {name for name in named if name} <= columns
        used = {e.get("symbol") for e in renderer.iter() if e.tag in ("range", "category")}
        assert used <= {symbol.get("name") for symbol in renderer.iter("symbol")}


def test_qgis_opens_every_layer_in_its_style(tmp_path: Path) -> None:
    try:
        there = (
            subprocess.run([SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        there = False
    if not there:
        pytest.skip("QGIS's library (Debian: python3-qgis) is not installed")
    write_layers(merged(), tmp_path / "p.gpkg", "zh")
    told = {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [SYSTEM_PYTHON, "-c", OPEN, str(tmp_path / "p.gpkg")], capture_output=True, text=True, env=told, check=True
    )
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert {kind for _, _, kind, _ in found.values()} >= {"QgsCategorizedSymbolRenderer", "QgsGraduatedSymbolRenderer"}
    assert all(valid and count for valid, count, _, _ in found.values())
    assert found["学校"][3] == ["在办", "规划", "关闭"] and len(found["居住点"][3]) == 5
