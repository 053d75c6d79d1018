import shutil
import subprocess
from pathlib import Path

import pytest

SHOW = Path(__file__).parents[2] / "layout_planner" / "show"


def test_the_pure_module_under_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run(
        [node, "--test", str(Path(__file__).with_name("logic.test.js"))], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", sorted(path.name for path in SHOW.glob("*.js")))
def test_our_javascript_writes_no_markup_and_runs_no_text(file: str) -> None:
    text = (SHOW / file).read_text(encoding="utf-8")
    banned = (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "bindPopup",
        "bindTooltip", "divIcon", "fetch(", "XMLHttpRequest",
    )  # fmt: skip
    assert [word for word in banned if word in text] == []
