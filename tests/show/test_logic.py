import re
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "layout_planner"


def test_the_modules_under_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    files = [str(file) for file in sorted(PACKAGE.glob("*/web/tests/*.test.js"))]
    assert files
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.glob("*/web/*.js")))
def test_our_javascript_writes_no_markup_and_runs_no_text(file: str) -> None:
    text = (PACKAGE / file).read_text(encoding="utf-8")
    banned = (
        "insertAdjacentHTML", "document.write", "eval(", "new Function", "bindPopup", "bindTooltip", "divIcon",
        "fetch(", "XMLHttpRequest",
    )  # fmt: skip
    assert [word for word in banned if word in text] == []
    # The page may read its own markup to save itself; nothing may set any.
    assert not re.search(r"\b(?:innerHTML|outerHTML)\b\s*(?:[+|&?]*=[^=])", text)
