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
# # Rules and staff: what a plan means for the law and the teachers
# # 规则与教师：方案合不合规，教师怎么安排
#
# A breach is a finding, not a wall: rule, value, limit, whom it concerns, the source; the planner decides.
# 涪溪县、芝港区均为模拟数据。 Both samples are made up.

# %%
from datetime import date

import pandas as pd

import layout_planner as lp

study = lp.sample("fuxi")
walk = lp.travel_matrix(study, mode="walk")
lp.policy.profile_names()

# %% [markdown]
# ## Which rules? 依据哪些规则？
# One profile a document; later ones count more. `with_` overrides a value, `allow` accepts a breach, with a reason.

# %%
rules = lp.Rules.load(
    "cn-large-class",
    "cn-quality-balance",
    "cn-small-schools-2018",
    "cn-layout-2012",
    "cn-sichuan-2014",
    "cn-posts-2014",
)
pd.DataFrame(rules.table())[["rule", "stage", "grades", "sense", "value", "unit", "severity", "mark", "source"]].head(
    12
)

# %% [markdown]
# ## Today, and a plan 现状与方案
# The further plan of the county: 44 primaries and 12 junior schools merge, 15 junior schools are enlarged.

# %%
from layout_planner.reading.samples import sample_file

plan = lp.solve(study, walk, rules, scenario=lp.Scenario.read(sample_file("fuxi").with_name("end-state.yaml")))
today = plan.base


def count(p: lp.Plan) -> pd.Series:
    return p.findings.groupby(["stage", "rule"]).size()


pd.DataFrame({"today": count(today), "plan": count(plan)}).fillna(0).astype(int)

# %% [markdown]
# What the closures themselves break: the tests of 2012/2016, and the townships left without a junior school.

# %%
plan.findings.loc[
    plan.findings["rule"].str.startswith(("no_closure", "junior_per", "unsafe")),
    ["rule", "stage", "name", "value", "limit", "excess", "unit", "pupils", "source"],
].head(15)

# %% [markdown]
# What could not be checked, and for want of which data. 哪些没有检查、缺什么数据。

# %%
plan.unchecked[["rule", "stage", "missing"]]

# %% [markdown]
# An override and an accepted breach keep their reason. 放宽与例外都留下理由。

# %%
township = plan.findings.loc[plan.findings["rule"] == "junior_per_township", "id"].iloc[0]
eased = rules.with_("county order 3/2024", primary={"reach_minutes[1-3]": 60}).allow(
    "junior_per_township", township, reason="nine-year school two kilometres over the border"
)
found = lp.check_plan(plan, eased)
found.loc[found["overridden_because"] != "", ["rule", "name", "value", "limit", "overridden_because"]].tail(4)

# %% [markdown]
# ## Who bears it? 谁来承担？
# Minutes, boarding and closures by group.

# %%
lp.measures.group_table(plan, "primary").round(3)

# %% [markdown]
# ## When may a school close? 最早何时可以撤并？
# The clock of the procedure: what is not done can begin on the day given, a notice takes thirty days, a legality review
# seven working days; a province sets its own terms. `lp.phase` obeys the year.

# %%
terms = lp.Rules.load("cn-major-decisions-2019")
lp.policy.procedure_clock(study, terms, ["P037", "P039"], as_of=date(2024, 7, 1)).T

# %% [markdown]
# ## Balanced? 优质均衡吗？
# The table of the evaluation, school by school: seven indicators, six of them met, the other at 85 %, and the spread.

# %%
before_after = lp.evaluate(plan, "cn-quality-balance", shifts=False)
pd.DataFrame(
    {
        "before": before_after.before.spread.set_index(["stage", "indicator"])["difference"],
        "after": before_after.spread.set_index(["stage", "indicator"])["difference"],
        "limit": before_after.spread.set_index(["stage", "indicator"])["limit"],
    }
).round(3)

# %%
before_after.table().round(2).head(8)

# %% [markdown]
# What would it take? The cheapest shifts that pass, in the other sample; prices are assumed until you give yours.

# %%
district = lp.evaluate(lp.sample("zhigang"), prices={"area_teaching": 3500})
print(f"{district.objective:,.0f} yuan, no answer is more than {100 * district.gap:.2g} % cheaper")
district.shifts.groupby(["stage", "do", "indicator"])[["quantity", "cost"]].sum()

# %% [markdown]
# ## Posts and teachers 核编与县管校聘
# Posts by the published ratios; the teachers of closed schools follow their pupils; ninety per cent of the posts are
# filled from the school's own, the rest by subject with the least travel. Surplus is not dismissal: look at the years.

# %%
staff = lp.staff(plan, exchanging=True)
for note in staff.notes:
    print("·", note.en)
staff.levels

# %%
staff.by_subject().loc["junior", ["posts", "before", "own", "cross", "adjusted", "exchanged", "vacant", "waiting"]]

# %% [markdown]
# Lessons taught out of subject (跨学科教学) are the harm to cure; 10 % of the teachers are to change school (交流轮岗).

# %%
staff.rates["value"].unstack("stage").round(1)

# %% [markdown]
# Surplus and shortage by year after retirements, nobody recruited: where the line falls below nought, recruit.

# %%
staff.outlook.groupby(["stage", "year"])["surplus"].sum().unstack("stage").round(0)

# %%
full = plan.with_(staffing=staff)
full.scorecard.value("staff_waiting", "junior")

# %%
yearly = staff.outlook.groupby(["stage", "year"])["surplus"].sum().unstack("stage")
ax = yearly.plot(
    figsize=(8, 3.5), marker="o", title="Made-up county: teachers above (below) the posts, nobody recruited"
)
ax.axhline(0, color="black", linewidth=0.8)
ax.set_ylabel("teachers")
