#!/usr/bin/env bash
# pandana cuts every edge to thousandths before it adds up: paths in hours or kilometres come out up to a half too short, without a word.
#
# Seen with pandana 0.8 (its wheel for Python 3.11), numpy 2.4.6, pandas 3.1.1. Its documentation says of an edge's weight only that it is a
# number ("impedance"), and it takes and gives back float64. Inside, each weight becomes the integer part of a thousand times itself (1 where
# that is 0), and the sum of these is divided by a thousand. So it is not the answer that is rounded but every piece of street: twenty pieces
# of 60 m at 32 km/h are 0.0375 h together; pandana says 0.020 h, which is 47 % less. In minutes the same street is right to 0.3 %, in metres to 1e-5.
# Pieces shorter than a thousandth become longer: twenty of 0.3 m (0.0003 km each) make 0.020 km, more than three times as much.
# What to do: give pandana weights large enough that a thousandth is nothing (metres, seconds), never hours, kilometres or degrees.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'pandana==0.8' 'numpy==2.4.6' 'pandas==3.1.1' 'scipy==1.17.1'
cat >"$work/show.py" <<'PY'
import sys
from importlib.metadata import version

import numpy as np
import pandana
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

pieces = 20
ends = np.arange(pieces + 1)


def street(weight):
    """How long a street of twenty equal pieces is: by pandana, by scipy."""
    weights = np.full(pieces, weight)
    network = pandana.Network(
        pd.Series(ends * 1e-3), pd.Series(ends * 0.0), pd.Series(ends[:-1]), pd.Series(ends[1:]), pd.DataFrame({"weight": weights})
    )
    graph = csr_matrix((weights, (ends[:-1], ends[1:])), shape=(pieces + 1, pieces + 1))
    return network.shortest_path_length(0, pieces), float(dijkstra(graph, indices=0)[pieces])


seen = {
    "20 x 60 m at 32 km/h, in hours": street(0.06 / 32),
    "the same in minutes": street(0.06 / 32 * 60),
    "the same in seconds": street(0.06 / 32 * 3600),
    "20 x 0.3 m, in kilometres": street(0.0003),
}
print(f"pandana {version('pandana')}", file=sys.stderr)
for what, (theirs, true) in seen.items():
    print(f"{what}: pandana {theirs:.6g}, scipy {true:.6g}, ratio {theirs / true:.4f}", file=sys.stderr)
hours, minutes, seconds, short = seen.values()
assert abs(hours[0] - 0.02) < 1e-9 and abs(hours[1] - 0.0375) < 1e-9, hours  # 0.001875 h counts as 0.001
assert abs(minutes[0] - 20 * 0.112) < 1e-9, minutes  # 0.1125 minutes count as 0.112
assert abs(seconds[0] / seconds[1] - 1) < 1e-5, seconds
assert abs(short[0] - 0.02) < 1e-9 and abs(short[1] - 0.006) < 1e-9, short  # nothing is shorter than 0.001
print("as seen", file=sys.stderr)
PY
"$work/venv/bin/python" "$work/show.py" >/dev/null  # where pandana tells what it does
