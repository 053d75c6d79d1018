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
# # Your own county: from four Excel files to the map
# # 自己的县：从四张 Excel 表到地图
#
# Put your files where `folder` says; here the four tables of a made-up county are copied there, laid out as bureaus
# keep them. 把自己的表放进 `folder`；这里复制一个虚构县的四张表。

# %%
from pathlib import Path

import matplotlib.pyplot as plt

import layout_planner as lp
from layout_planner.reading.draft import draft_study
from layout_planner.reading.samples import copy_bureau

folder = Path("county")
[file.name for file in copy_bureau(folder)]

# %% [markdown]
# ## What was recognised 识别了什么
# `draft_study` (the command `init`) writes a study.toml as a text. What it must not guess waits behind a `#`.

# %%
draft = draft_study(folder)
print("\n".join(line for line in draft.splitlines() if "coordinates =" in line or "year =" in line or "file =" in line))

# %% [markdown]
# Fill in year and coordinates (高德取点为 gcj02), in an editor or as here.

# %%
draft = draft.replace('# coordinates = "wgs84"', 'coordinates = "gcj02"').replace("# year = 2023", "year = 2023")
(folder / "study.toml").write_text(draft, encoding="utf-8")
report = lp.check_study(folder)
print(len(report.errors), "errors;", len(report.warnings), "remarks")

# %% [markdown]
# ## Today 现状
# No roads were given, so ways are straight lines times 1.3. 没有道路，按直线距离折算。

# %%
study = report.study
ways = lp.travel_matrix(study, mode="straight")
today = lp.today(study, ways)
today.scorecard.county().loc[["pupils", "unplaced", "schools", "minutes_mean", "load", "over_full_pupils"]].round(1)

# %% [markdown]
# ## What if? 如果撤并？

# %%
what = lp.Scenario(
    "into the centre",
    [
        lp.Merge("柘桥榆塬教学点", into="柘桥中心小学校"),
        lp.Merge("柘桥砚垴小学", into="柘桥中心小学校"),
        lp.Expand("柘桥中心小学校", add_seats=270),
    ],
)
plan = lp.solve(study, ways, scenario=what)
shown = ["unplaced", "schools", "minutes_mean", "minutes_p95", "beyond_reach_minutes_pupils", "pupils_moved"]
lp.compare([today, plan]).loc["primary"].loc[shown].round(1)

# %% [markdown]
# The page for those who decide: `lp.briefing([today, plan], "merger.html")`. And for print 打印用图:

# %%
fig, ax = plt.subplots(figsize=(9, 6))
lp.papers.plot_map(plan, "primary", ax=ax)
plt.show()
