"""The pages in maps/ are what the code makes of the samples; where one is not, run `make maps`."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MAPS = ROOT / "maps"
MEND = "the page in maps/ is not what the code makes of the samples: run make maps"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_maps", ROOT / "docs" / "sample_maps.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = load()


def data_of(page: Path) -> dict[str, Any]:
    """Give what a page holds of its plans: all figures, names and shapes, without the program that shows them."""
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_pages_are_small_whole_and_say_that_they_are_made_up() -> None:
    names = {"index.html", *MAKER.PAGES}
    assert {path.name for path in MAPS.iterdir() if path.is_file()} == names, MEND
    for name in names:
        text = (MAPS / name).read_text(encoding="utf-8")
        assert (MAPS / name).stat().st_size <= MAKER.MOST
        assert "模拟" in text
        # Nothing is loaded: neither a script, nor a style, nor a picture.
        assert not re.search(r'(?:<script[^>]+src|<link[^>]+href)="http', text)
    index = (MAPS / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'href="([^"]+)"', index)) == set(MAKER.PAGES)
    assert all((ROOT / "docs" / "img" / picture).is_file() for picture in MAKER.PICTURES.values())


@pytest.mark.slow
def test_pages_are_what_the_code_makes(tmp_path: Path) -> None:
    for made in MAKER.make_maps(tmp_path):
        there = MAPS / made.name
        if made.name == "index.html":
            assert there.read_text(encoding="utf-8") == made.read_text(encoding="utf-8"), MEND
            continue
        old, new = data_of(there), data_of(made)
        assert set(old) == set(new), MEND
        # Key by key: a difference is named, not printed with two megabytes around it.
        assert [key for key in new if old[key] != new[key]] == [], MEND
        assert len(new["plans"]) == 2 and new["simulated"]
