"""The sample studies that come with the package."""

from __future__ import annotations

from pathlib import Path

from layout_planner.base.errors import did_you_mean, refuse
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
    package = Path(__file__).parents[1]
    # Installed, the samples lie inside the package; in a checkout, in the folder data/ beside it.
    for root in (package / "samples", package.parent / "data"):
        if (root / SAMPLES[name]).is_file():
            return root / SAMPLES[name]
    raise refuse(
        "the sample studies are not installed.",
        "未安装示例数据。",
        "install the package with its data, or make them with data/make_samples.py.",
        "请安装含示例数据的完整包，或运行 data/make_samples.py 生成。",
    )
