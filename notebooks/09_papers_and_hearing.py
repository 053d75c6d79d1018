# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Papers and the hearing
# # 上报材料与听证
#
# The plan as documents, tables and a page for families; what families answered, counted. Simulated data 模拟数据.

# %%
from pathlib import Path

import matplotlib.pyplot as plt

import layout_planner as lp
from layout_planner.reading.draft import draft_study
from layout_planner.reading.samples import copy_bureau

folder = Path("county")
copy_bureau(folder)
draft = draft_study(folder).replace('# coordinates = "wgs84"', 'coordinates = "gcj02"')
(folder / "study.toml").write_text(draft.replace("# year = 2023", "year = 2023"), encoding="utf-8")
study = lp.read_study(folder)
ways = lp.travel_matrix(study, mode="straight")
merger = [
    lp.Merge("柘桥榆塬教学点", into="柘桥中心小学校"),
    lp.Merge("柘桥砚垴小学", into="柘桥中心小学校"),
    lp.Expand("柘桥中心小学校", add_seats=270),
]
today = lp.today(study, ways)
plan = lp.solve(study, ways, scenario=lp.Scenario("into the centre", merger))

# %% [markdown]
# ## For one reader each 各类读者
# A decision sheet for the committee, the annex tables, the page on which a family finds its village.

# %%
lp.report([today, plan], "committee.docx", audience="committee", lang="zh")
lp.annexes([today, plan], "annexes.xlsx", lang="zh")
lp.lookup_page(plan, "families.html")
{name: f"{Path(name).stat().st_size / 1e3:.0f} kB" for name in ("committee.docx", "annexes.xlsx", "families.html")}

# %% [markdown]
# ## Who goes where from the schools that end 撤并学校学生去向

# %%
lp.measures.ledger(plan).round(1)

# %% [markdown]
# ## What changes for whom 对谁有什么变化
# The same children before and after: minutes on the way. 同一批孩子，方案前后到校分钟数。

# %%
fig, ax = plt.subplots(figsize=(8, 4))
lp.papers.plot_minutes(plan, "primary", ax=ax)
plt.show()
