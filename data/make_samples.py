"""Make the sample studies again: ``python data/make_samples.py``; the same seed gives equal content.

The samples are made up. What is calibrated to published figures is said in their README files.
"""

from __future__ import annotations

import time
from pathlib import Path

from _maker.fuxi import make_fuxi
from _maker.zhigang import make_zhigang

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Make both studies in their folders and say how large they are."""
    for name, make in (("fuxi", make_fuxi), ("zhigang", make_zhigang)):
        start = time.perf_counter()
        make(HERE / name)
        size = sum(file.stat().st_size for file in (HERE / name).iterdir())
        print(f"{name}: {size / 1e6:.2f} MB in {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
