"""What may lie beside the repository: real data, published instances. Tests skip, with a reason, where it does not."""

from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared"
DATA = SHARED / "data"
BENCH = SHARED / "bench"
CASES = SHARED / "cases"
