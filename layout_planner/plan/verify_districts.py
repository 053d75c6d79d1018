"""A second look at districts and pairs, from their records alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

import networkx as nx

from layout_planner.base.messages import Text
from layout_planner.plan.check import PUPILS, RELATIVE, Check, check_proof, make_check
from layout_planner.plan.districting import Districting, Pairing


def check_districts(stage: str, found: Districting) -> Iterator[Check]:
    """Every unit in one district, each district connected and within its windows, leads one a district."""
    if found.status in ("infeasible", "interrupted"):
        said = Text("no feasible division was found; the one shown breaks limits", "未找到可行划分；所示划分突破限值")
        yield Check("districts", stage, None, said)
        return
    links: nx.Graph[str] = nx.Graph()
    links.add_nodes_from(found.district_of.index)
    links.add_edges_from(zip(found.edges["a"], found.edges["b"], strict=True))
    breaches = []
    missing = found.units.index.difference(found.district_of.index)
    breaches += [Text(f"{unit} is in no district", f"{unit} 不属于任何学区") for unit in missing]
    for district, mine in found.district_of.groupby(found.district_of):
        pieces = nx.number_connected_components(links.subgraph(mine.index))
        if pieces > 1:
            breaches.append(Text(f"{district}: {pieces} pieces", f"{district}：分成 {pieces} 块"))
        for window, limits in found.windows.iterrows():
            size = float(found.units.loc[mine.index, window].sum())
            lead = found.lead_of.get(district) if len(found.lead_of) else None
            if lead is not None and lead in found.lead_shares.index and window in found.lead_shares:
                share = float(found.lead_shares.at[lead, window])
                size += 0.0 if math.isnan(share) else share
            if not limits["low"] - PUPILS <= size <= limits["high"] + PUPILS:
                breaches.append(
                    Text(
                        f"{district}: {window} {size:,.0f}, allowed {limits['low']:,.0f}–{limits['high']:,.0f}",
                        f"{district}：{window} {size:,.0f}，允许 {limits['low']:,.0f}–{limits['high']:,.0f}",
                    )
                )
    leads = found.lead_of.value_counts()
    breaches += [Text(f"{lead} leads {n} districts", f"{lead} 兼任 {n} 个学区") for lead, n in leads[leads > 1].items()]
    if found.inside:
        breaches += [
            Text(f"{district}: its lead {lead} lies outside", f"{district}：学区长学校 {lead} 在学区之外")
            for district, lead in found.lead_of.items()
            if found.district_of.get(found.lead_units.get(lead)) != district
        ]
    count = found.district_of.nunique()
    looked = Text(f"{count} districts, connected and within their windows", f"{count} 个学区连片且在规定范围内")
    yield make_check("districts", stage, looked, breaches)
    total = float(found.terms["cost"].sum(skipna=False)) if len(found.terms) else math.nan
    if math.isfinite(total) and math.isfinite(found.objective):
        apart = abs(total - found.objective) > RELATIVE * max(1.0, abs(total))
        said = Text(f"terms add up to {total:.6g}", f"各项合计 {total:.6g}")
        told = Text(f"the division says {found.objective:.6g}", f"划分称 {found.objective:.6g}")
        yield make_check("objective of districts", stage, said, [told] if apart else [])
    yield check_proof(stage, found, "proof of districts")


def check_pairs(stage: str, pairing: Pairing) -> Check:
    """A member has one core; nobody is both a member and a core."""
    members = pairing.table["member"]
    twice = members[members.duplicated()].unique()
    both = set(members) & set(pairing.table["core"])
    breaches = [
        Text(f"{school} stands in two groups", f"{school} 同属两组")
        for school in chain(twice, sorted(both - set(twice)))
    ]
    looked = Text(f"{len(pairing.table)} pairs, each member once", f"{len(pairing.table)} 对，每校只结对一次")
    return make_check("pairs", stage, looked, breaches)
