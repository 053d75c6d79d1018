"""A second method for claims of infeasibility, which shares nothing with the first: a flow model in integers.

x[u, d] = unit u in district d; one root a district; a commodity of one unit a member flows from the root to the members
through arcs inside the district (Shirabe 2005).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from layout_planner.engines.districting.problem import DistrictProblem


def flow_feasible(problem: DistrictProblem, seconds: float = 60.0) -> bool:
    """Whether there is a lawful division; raises when time runs out before that is known."""
    n, k, leads = problem.n, problem.districts, problem.leads
    tail = np.repeat(np.arange(n), np.diff(problem.indptr))
    arcs = len(tail)
    x, root, flow = 0, n * k, 2 * n * k
    lead = flow + arcs * k
    columns = lead + leads * k
    rows: list[tuple[dict[int, float], float, float]] = [
        ({x + u * k + d: 1.0 for d in range(k)}, 1, 1) for u in range(n)
    ]
    for d in range(k):
        rows.append(({root + u * k + d: 1.0 for u in range(n)}, 1, 1))
        for r in range(len(problem.low)):
            row = {x + u * k + d: float(problem.weights[r, u]) for u in range(n)}
            row |= {lead + i * k + d: float(problem.lead_weights[r, i]) for i in range(leads)}
            rows.append((row, float(problem.low[r]), float(problem.high[r])))
        for u in range(n):
            rows.append(({root + u * k + d: 1.0, x + u * k + d: -1.0}, -np.inf, 0))
            row = {x + u * k + d: -1.0, root + u * k + d: float(n)}
            row |= {flow + e * k + d: 1.0 for e in np.flatnonzero(problem.indices == u)}
            row |= {flow + e * k + d: -1.0 for e in np.flatnonzero(tail == u)}
            rows.append((row, 0, np.inf))  # what comes in, less what goes out, is at least the member itself
        for e in range(arcs):
            rows.append(({flow + e * k + d: 1.0, x + int(problem.indices[e]) * k + d: -float(n)}, -np.inf, 0))
            rows.append(({flow + e * k + d: 1.0, x + int(tail[e]) * k + d: -float(n)}, -np.inf, 0))
        rows.append(({lead + i * k + d: 1.0 for i in range(leads)}, 1, 1))
    for i in range(leads):
        most = float(k) if problem.mode == "none" else 1.0
        rows.append(({lead + i * k + d: 1.0 for d in range(k)}, 0, most))
        if problem.mode == "inside":
            home = int(problem.homes[i])
            rows += [({lead + i * k + d: 1.0, x + home * k + d: -1.0}, -np.inf, 0) for d in range(k)]
    matrix = lil_array((len(rows), columns))
    for at, (row, _, _) in enumerate(rows):
        for column, value in row.items():
            matrix[at, column] = value
    whole = np.ones(columns)
    whole[flow:lead] = 0
    upper = np.ones(columns)
    upper[flow:lead] = n
    result = milp(
        np.zeros(columns),
        integrality=whole,
        bounds=Bounds(0, upper),
        constraints=LinearConstraint(matrix.tocsr(), [r[1] for r in rows], [r[2] for r in rows]),
        options={"time_limit": seconds},
    )
    if result.status == 1:
        raise TimeoutError("the flow model did not settle it")
    return bool(result.status == 0)
