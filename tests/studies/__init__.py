"""Study files for the real data, which lie outside the repository, and how the two are brought together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.beside import DATA

HERE = Path(__file__).parent


def assemble(name: str, into: Path) -> Path:
    """Put a study file and its data into one folder (a study may not read outside its own); skip where data lack."""
    if not (DATA / name).is_dir():
        pytest.skip(f"the real data ../shared/data/{name} are not here")
    folder = into / name
    shutil.copytree(DATA / name, folder)
    shutil.copy(HERE / name / "study.toml", folder)
    return folder
