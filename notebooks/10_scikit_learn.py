# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # scikit-learn: where it earns its place
# # scikit-learn：用在合适的地方
#
# 芝港区 is made up. 数据为模拟，并无此区。

# %%
import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from sklearn.cluster import AgglomerativeClustering
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import layout_planner as lp
from layout_planner.consolidation import propose_sites
from layout_planner.travel import add_sites

study = lp.sample("zhigang")
walk = lp.travel_matrix(study, mode="walk")
rules = lp.Rules.load("cn-quality-balance").with_(primary={"reach_minutes": 30})
today = lp.today(study, walk, rules, stage="primary")

# %% [markdown]
# ## Where could a new school stand? 新校选址
# k-means, weighted by the minutes beyond reach, finds the clusters; its centres are bad sites. `propose_sites` sets
# each down on a road, by real ways (within your buildable land, with `land=`). Here all four open, beside those of the
# plain centres; whether any is worth its money, `consolidate` judges (`python -m benchmarks.sites`).

# %%
ask = {"stage": "primary", "number": 4, "seats": 540}
sets = {ground: propose_sites(today, ground=ground, **ask) for ground in ("centre", "road")}
sets["road"][["name", "seats", "pupils"]]

# %% [markdown]
# Where may be built, your planning bureau knows: a layer of polygons, as `gpd.read_file` gives it. Here it is what lies
# at least 500 m from any primary school of today. 可建设用地：自然资源部门的地块面图层。

# %%
near_schools = study.schools.loc[study.offering("primary")].buffer(500).to_frame("geometry")
land = study.townships[["geometry"]].overlay(near_schools, how="difference")
sets["land"] = propose_sites(today, land=land, **ask)
m = today.explore(layers=["places", "schools"])
sets["land"][["name", "seats", "pupils", "geometry"]].explore(m=m, color="red", name="candidate sites 候选校址")

# %%
told = {"today": today.scorecard.county()["primary"]}
for ground, sites in sets.items():
    there = study.with_(sites=sites)
    build = lp.Scenario(ground, [lp.Open(site=site, stage="primary") for site in sites.index])
    plan = lp.solve(there, add_sites(walk, there), rules, scenario=build, stage="primary", assign="nearest_seats")
    told[ground] = plan.scorecard.county()["primary"]
pd.DataFrame(told).loc[["unplaced", "minutes_mean", "beyond_reach_minutes_pupils"]].round(1)

# %% [markdown]
# ## Districts by Ward's clustering, beside ours 片区：Ward 聚类与优化
# `AgglomerativeClustering` with the study's adjacency makes compact groups; it knows neither balance nor how many
# children live where. Pupils of the largest and the smallest group:

# %%
ids = study.places.index
pairs = study.adjacency
at = [ids.get_indexer(pairs[column]) for column in ("place_a", "place_b")]
touching = coo_matrix((np.ones(len(pairs)), at), shape=(len(ids), len(ids)))
points = study.place_points()
ward = AgglomerativeClustering(n_clusters=6, connectivity=touching + touching.T)
labels = ward.fit_predict(np.column_stack([points.x, points.y]))
study.demand("primary").groupby(labels).sum().agg(["min", "max"])

# %% [markdown]
# ## Schools that are alike 相似的学校
# Any frame of a plan goes into a pipeline: standardise, then group.

# %%
schools = today.schools_gdf("primary")[["roll", "load"]].dropna()
groups = make_pipeline(StandardScaler(), AgglomerativeClustering(n_clusters=3)).fit_predict(schools)
schools.groupby(groups).agg(["mean", "size"]).round(2)

# %% [markdown]
# ## Who closes next? 哪些学校可能撤并？
# `lp.measures.closure_scores` ranks by what real closures bear out, `lp.measures.hindcast` holds it against earlier
# ones beside "smallest first", and `lp.measures.learn_closures` learns from a county's own, only where that tells more.

# %%
from layout_planner.measures import closure_scores

closure_scores(today, "primary").head()
