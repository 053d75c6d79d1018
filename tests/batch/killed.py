"""A batch in a process of its own, for tests that kill it: a line on stdout as each job ends."""

from __future__ import annotations

import sys
from pathlib import Path

from layout_planner.batch import read_jobs, run_many

if __name__ == "__main__":
    jobs, out = map(Path, sys.argv[1:])
    run_many(read_jobs(jobs), out, workers=2, watch=lambda record: print(record["job"], flush=True))
