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
# # Many what-ifs, many counties
# # 批量推演
#
# Every small school merged, one at a time: which closure costs the families least? Each job is done whole or not at
# all, and is not done again while nothing it depends on has changed. Simulated data 模拟数据.

# %%
from pathlib import Path

import matplotlib.pyplot as plt

import layout_planner as lp
from layout_planner.papers.fonts import lettering
from layout_planner.reading.draft import draft_study
from layout_planner.reading.samples import copy_bureau

copy_bureau("county")
draft = draft_study("county").replace('# coordinates = "wgs84"', 'coordinates = "gcj02"')
draft = draft.replace("# year = 2023", "year = 2023")
Path("county", "study.toml").write_text(draft, encoding="utf-8")
study = lp.read_study("county")
roll = study.roll("primary").sort_values()
small = roll.index[:3]
roll.rename(study.school_name)

# %% [markdown]
# ## A job each 每所一个任务
# Today, and each of the three smallest schools closed: its pupils go to the nearest school with a seat.
# 现状，以及三所最小的学校逐一停办：学生就近转入有学位的学校。

# %%
jobs = [lp.batch.Job("county", "today", mode="straight", arguments={"stage": "primary"}, name="today")]
for school in small:
    close = lp.Scenario(study.school_name(school), [lp.Close(school)])
    jobs.append(lp.batch.Job("county", "solve", close, "straight", arguments={"stage": "primary"}, name=school))
batch = lp.run_many(jobs, "night", workers=1)
batch.manifest[["unplaced", "status", "pupils", "findings", "seconds"]]

# %% [markdown]
# ## Side by side 并列比较
# The same measures of all jobs; the same call again finds everything done. 再运行一次，无需重算。

# %%
again = lp.run_many(jobs, "night", workers=1)
table = again.compare("primary")
table[["unplaced", "schools", "pupils_moved", "minutes_mean", "minutes_p95", "over_full_schools"]].round(1)

# %% [markdown]
# ## All on one page 汇总页
# Children without a school first, then a map, rankings, and the findings that recur; each row opens its own page.
# 先说无学可上的儿童，再是地图、排名和普遍问题；每行打开各自的页面。

# %%
lp.overview(batch, "pages", lang="zh")

# %% [markdown]
# ## Which closure costs families least 停办哪所代价最小
# Pupils who change school, and how much longer the mean way of all pupils becomes.
# 转学人数，与全体学生平均单程增加的分钟数。

# %%
closed = table.drop(index="today")
longer = closed["minutes_mean"] - table.at["today", "minutes_mean"]
with lettering():
    fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
    ax.scatter(closed["pupils_moved"], longer, s=60)
    for school in closed.index:
        ax.annotate(study.school_name(school), (closed.at[school, "pupils_moved"], longer[school]), (6, 4),
                    textcoords="offset points")  # fmt: skip
    ax.set_xlabel("pupils who change school 转学学生（人）")
    ax.set_ylabel("minutes more, mean of all pupils 平均单程增加（分钟）")
    plt.show()
