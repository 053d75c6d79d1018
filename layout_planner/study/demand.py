"""Whose children are counted: registered here (hukou), resident here, or enrolled here; from one basis to another."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from layout_planner.base.errors import DataError, Fault
from layout_planner.base.messages import Text
from layout_planner.study.spread import spread
from layout_planner.study.stages import STAGE_NAMES
from layout_planner.study.types import Study

Basis = Literal["residents", "hukou", "enrolled"]
BASES: dict[str, Text] = {
    "residents": Text("resident children", "常住适龄儿童"),
    "hukou": Text("children registered here", "户籍适龄儿童"),
    "enrolled": Text("children enrolled here", "在校学生"),
}


def convert_demand(study: Study, to: Basis, totals: pd.Series | None = None) -> Study:
    """Bring the demand to another basis: the places keep their shares, the totals become those of the basis.

    Parameters
    ----------
    study
        Its `demand_base` says whose children `pupils` counts.
    to
        The basis wanted.
    totals
        Children on that basis: index stage, or (township_id, stage). For "enrolled" they may be left out: the rolls
        by stage and grade then count, of the stages that have demand.

    Returns
    -------
    Study
        With `pupils` scaled, whole numbers staying whole and every total kept exactly (`spread`), `demand_base`
        changed, and a statement every result carries. Stages without a total stay as they are.

    Raises
    ------
    DataError
        No totals for a basis that needs them, or a total where there are no children to share it.

    Notes
    -----
    Where children of the other basis live is not known from totals: that they live where the others do is an
    assumption, and the statement says so.
    """
    if totals is None and to != "enrolled":
        raise _fault(
            f"how many {BASES[to].en} there are is not said.",
            f"未给出{BASES[to].zh}的总数。",
            "hand in totals by stage, or by township and stage.",
            "请按学段（或乡镇与学段）给出总数。",
        )
    pupils = study.pupils.copy()
    keys = ["stage", "grade"] if totals is None else ["stage"]
    if totals is None:
        counted = study.rolls["stage"].isin(pupils["stage"].unique())
        totals = study.rolls.loc[counted].groupby(keys)["pupils"].sum()
    elif totals.index.nlevels == 2:
        keys = ["township_id", "stage"]
        pupils["township_id"] = pupils["place_id"].map(study.places["township_id"])
    lone = pupils.set_index(keys).index
    scaled = pupils["pupils"].astype(float)
    lines = []
    for key, total in totals.items():
        mine = (lone == key).nonzero()[0]
        if total > 0 and not (len(mine) and scaled.iloc[mine].sum() > 0):
            name = " ".join(str(part) for part in (key if isinstance(key, tuple) else (key,)))
            raise _fault(
                f"{total:g} children of {name}, but the places have none to share them by.",
                f"{name} 有 {total:g} 人，但居住点中没有可据以分配的学生。",
                "leave this total out, or give the places some.",
                "请去掉该总数，或补充居住点人数。",
            )
        if len(mine):
            lines.append((scaled.iloc[mine].sum(), total))
            scaled.iloc[mine] = spread([total], scaled.iloc[mine].to_numpy())[0]
    pupils["pupils"] = scaled
    before, after = (sum(one) for one in zip(*lines, strict=True)) if lines else (0.0, 0.0)
    stages = [str(Text(*STAGE_NAMES[s])) for s in study.stages if s in set(totals.index.get_level_values("stage"))]
    told = Text(
        f"Demand was brought from {BASES[study.demand_base].en} ({before:,.0f}) to {BASES[to].en} ({after:,.0f}) for "
        f"{', '.join(stages)}; where they live is taken from the former.",
        f"需求口径由{BASES[study.demand_base].zh}（{before:,.0f}）换算为{BASES[to].zh}（{after:,.0f}），"
        f"学段：{'、'.join(stages)}；居住分布沿用原口径。",
    )
    statements = (*study.sources.get("statements", ()), told)
    kept = pupils.loc[pupils["pupils"] > 0, list(study.pupils.columns)].reset_index(drop=True)
    return study.with_(pupils=kept, demand_base=to, sources={**study.sources, "statements": statements})


def _fault(en: str, zh: str, mend_en: str, mend_zh: str) -> DataError:
    return DataError([Fault("", Text(en, zh), Text(mend_en, mend_zh))])
