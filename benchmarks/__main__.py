"""`python -m benchmarks`: every benchmark that runs in minutes, one after the other; see docs/benchmarks.md."""

from __future__ import annotations

import subprocess
import sys

QUICK = (["benchmarks.travel", "--quick"],)
"""The others take hours or published instances: run them one by one as docs/benchmarks.md tells."""

if __name__ == "__main__":
    sys.exit(max(subprocess.run([sys.executable, "-m", *command], check=False).returncode for command in QUICK))
