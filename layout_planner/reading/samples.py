"""The sample studies that come with the package."""

from __future__ import annotations

import os
import shutil
from importlib import resources
from pathlib import Path

from layout_planner.base.errors import RunError, did_you_mean, refuse
from layout_planner.base.files import whole_file
from layout_planner.base.messages import Text
from layout_planner.reading.reader import read_study
from layout_planner.study.types import Study

SAMPLES = {"fuxi": "fuxi/study.toml", "fuxi-before": "fuxi/before.toml", "zhigang": "zhigang/study.toml"}
"""Name → study file inside the folder of samples."""


def sample(name: str) -> Study:
    """Read a sample study.

    Parameters
    ----------
    name
        "fuxi" (a hill county, now), "fuxi-before" (before its mergers) or "zhigang" (an urban district). All three
        are made up, calibrated to published figures; they say so wherever they are shown.

    Raises
    ------
    DataError
        There is no such sample, or the samples are not installed.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> len(study.offering("junior")), float(study.demand("junior").sum()), study.simulated
    (28, 25000.0, True)
    """
    return read_study(sample_file(name))


def sample_file(name: str) -> Path:
    """Find the study file of a sample.

    Raises
    ------
    DataError
        There is no such sample, or the samples are not installed.
    """
    if name not in SAMPLES:
        hint = did_you_mean(name, SAMPLES)
        raise refuse(
            f'there is no sample "{name}"{hint.en}.',
            f"没有示例“{name}”{hint.zh}。",
            f"use one of {', '.join(SAMPLES)}.",
            f"可用：{'、'.join(SAMPLES)}。",
        )
    return _installed(SAMPLES[name])


def copy_bureau(folder: str | os.PathLike[str]) -> list[Path]:
    """Copy the four Excel files of a made-up bureau, as a planner has them who begins: no study file yet.

    Parameters
    ----------
    folder
        Made where it does not exist.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    RunError
        One of the files exists already.
    DataError
        The samples are not installed.
    """
    root = Path(folder)
    files = sorted(_installed("bureau").glob("*.xlsx"))
    there = [file.name for file in files if (root / file.name).exists()]
    if there:
        named = ", ".join(there)
        raise RunError(str(Text(f"{named} exist already; name another folder.", f"{named} 已存在，请另选文件夹。")))
    root.mkdir(parents=True, exist_ok=True)
    for file in files:
        with whole_file(root / file.name) as part:
            shutil.copyfile(file, part)
    return [root / file.name for file in files]


def _installed(name: str) -> Path:
    """Find a file or folder of the samples."""
    package = Path(str(resources.files("layout_planner")))
    # Installed, the samples lie inside the package; in a checkout, in the folder data/ beside it.
    for root in (package / "samples", package.parent / "data"):
        if (root / name).exists():
            return root / name
    raise refuse(
        "the sample studies are not installed.",
        "未安装示例数据。",
        "install the package with its data, or make them with data/make_samples.py.",
        "请安装含示例数据的完整包，或运行 data/make_samples.py 生成。",
    )
