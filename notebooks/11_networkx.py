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
# # networkx: questions about the network itself
# # networkx：路网本身的问题
#
# 芝港区 is made up. 数据为模拟，并无此区。

# %%
import networkx as nx
import pandas as pd

import layout_planner as lp

study = lp.sample("zhigang")
walk = lp.travel_matrix(study, mode="walk")
today = lp.today(study, walk, stage="primary")
graph = study.graph("walk")

# %% [markdown]
# ## Which pieces of road must not fail? 哪些路段不能断？
# A bridge in the graph's sense: without it somebody is cut off. The longest piece that hangs on one such edge:

# %%
plain = nx.Graph(graph)
hanging = []
for a, b in nx.bridges(plain):
    plain.remove_edge(a, b)
    piece = min(nx.node_connected_component(plain, a), nx.node_connected_component(plain, b), key=len)
    plain.add_edge(a, b)
    hanging.append((len(piece), a, b))
    if len(hanging) == 200:  # enough for a look
        break
max(hanging)

# %% [markdown]
# ## Who goes where, as a graph 就学流向图
# Places and schools are nodes, pupils are weights: how many villages does a school hang on, how many schools a village?

# %%
flows = today.assignments["primary"].flows.groupby(["place_id", "school_id"], as_index=False)["pupils"].sum()
goes = nx.from_pandas_edgelist(flows, "place_id", "school_id", "pupils", create_using=nx.DiGraph)
into = pd.Series(dict(goes.in_degree(weight="pupils"))).reindex(study.offering("primary"))
villages = pd.Series(dict(goes.in_degree())).reindex(into.index)
pd.DataFrame({"name": study.schools["name"].reindex(into.index), "pupils": into, "places": villages}).nlargest(
    5, "pupils"
)

# %% [markdown]
# Groups of schools that share children: whoever changes one zone in such a group changes the others.

# %%
shares = sorted(nx.weakly_connected_components(goes), key=len, reverse=True)
[(len([n for n in group if n in study.schools.index]), len(group)) for group in shares[:5]]

# %% [markdown]
# ## Which schools lie in the middle of things? 哪些学校居中？
# Closeness by minutes between schools: `travel_matrix` holds site × site beside place × site.

# %%
between = walk.between["minutes"].loc[
    study.site_of(study.offering("primary")), study.site_of(study.offering("primary"))
]
near = nx.from_pandas_adjacency((between + between.T) / 2)
central = pd.Series(nx.closeness_centrality(near, distance="weight")).nlargest(5)
study.schools["name"].reindex(central.index).to_frame().assign(closeness=central.round(4))
