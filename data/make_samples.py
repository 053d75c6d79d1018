"""Make the sample studies again: ``python data/make_samples.py [folder]``; the same seeds give equal content.

The samples are made up. What is calibrated to published figures is said in their README files, written by hand.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from _maker.bureau import make_bureau
from _maker.fuxi import make_fuxi
from _maker.zhigang import make_zhigang


def main(folder: Path) -> None:
    """Make the studies in their folders, then the bureau's tables from the county; say how large they are."""
    for name, make in (("fuxi", make_fuxi), ("zhigang", make_zhigang)):
        start = time.perf_counter()
        make(folder / name)
        size = sum(file.stat().st_size for file in (folder / name).iterdir())
        print(f"{name}: {size / 1e6:.2f} MB in {time.perf_counter() - start:.0f} s")
    make_bureau(folder / "fuxi", folder / "bureau")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
