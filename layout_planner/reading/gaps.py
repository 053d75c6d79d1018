"""Townships left blank below a filled one: merged cells, as a spreadsheet writes them into text."""

from __future__ import annotations

import numpy as np

from layout_planner.base.messages import Text
from layout_planner.reading.faults import Faults, Table

_SHOWN = 20


def warn_of_gaps(tables: dict[str, Table], faults: Faults) -> None:
    """Warn of places and schools without a township where others have one."""
    for name in ("places", "schools"):
        table = tables.get(name)
        if table is None or "township_id" not in table.frame:
            continue
        blank = table.frame["township_id"].isna().to_numpy()
        if not blank.any() or blank.all():
            continue
        rows = table.raw.rows[blank]
        shown = ", ".join(str(row) for row in rows[:_SHOWN]) + (" …" if len(rows) > _SHOWN else "")
        at = int(np.flatnonzero(blank)[0])
        told = Text(
            f"{len(rows)} rows have no township: {shown}.",
            f"{len(rows)} 行没有乡镇：第 {shown} 行。",
        )
        mend = Text(
            "fill each row; if the cells were merged in the workbook, give the workbook itself.",
            "请逐行填写；若原表为合并单元格，请直接使用原工作簿。",
        )
        faults.add(
            table.raw.file_of(at),
            told,
            mend,
            int(rows[0]),
            table.header_of.get("township_id", "township_id"),
            warn=True,
        )
