"""What dividing, sampling and pairing come to: `Districting`, `Ensemble`, `Pairing`. Records only."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from layout_planner.base.errors import did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.base.proof import GIVEN, Proof, Proved
from layout_planner.base.records import changed
from layout_planner.base.shown import Line, Shown, count
from layout_planner.base.units import Measured, in_units

TERM_COLUMNS = ("term", "weight", "value", "cost")
BREACH_COLUMNS = ("district", "what", "value", "low", "high")
DIAGNOSIS_COLUMNS = ("window", "low", "high", "feasible_low", "feasible_high", "tolerance")

PAIR_COLUMNS = ("core", "member", "minutes", "metres", "need", "likeness", "cost")

Evaluate = Callable[["pd.Series[str]", "pd.Series[str]"], pd.DataFrame]
"""(unit → district, district → lead) → `TERM_COLUMNS`."""


@dataclass(frozen=True, eq=False, repr=False)
class Districting(Measured, Shown, Proved):
    """Management districts (管理学区) of one stage.

    Parameters
    ----------
    stage
        The stage.
    district_of
        District of each unit; index unit id (township_id, or school_id where schools are the units).
    lead_of
        Lead school (学区长学校) of each district; index district id; empty where districts have none.
    school_district
        District of each school of the stage; index school_id.
    units
        Index unit id: name, townships (what it counts for the number of members), population, pupils (residents).
    edges
        Pairs of neighbouring units: a, b, metres (shared border, NaN where none is known), link (why there is no
        border: "" for none, "island").
    windows
        Index window (townships, population, pupils): low, high; both ends allowed.
    lead_shares
        What a lead brings to its district beside the units: index school_id, one column a window. Detached leads
        bring their share of the seat; others nothing.
    inside
        Whether a lead must be a member of its district.
    lead_units
        Unit a lead school stands in; index school_id; missing where it stands in none.
    terms
        `TERM_COLUMNS`: each term of the objective, unit-free.
    evaluate
        Works the terms out again for another division of the same units; None when it was read from a file.
    method, proof, seconds, work
        As in `Assignment`. "interrupted": nothing feasible was found, and nothing was proved; the division shown breaks
        the windows least (see `breaches`). "infeasible": proved; likewise.
    diagnosis
        `DIAGNOSIS_COLUMNS`, where infeasible: the nearest windows that can be met, each window widened alone, and all
        together.
    notes
        Statements the reader must see, in both languages.
    problem
        The arrays it was solved on, for the solvers.
    """

    stage: str
    district_of: pd.Series[str]
    lead_of: pd.Series[str]
    school_district: pd.Series[str]
    units: pd.DataFrame
    edges: pd.DataFrame
    windows: pd.DataFrame
    lead_shares: pd.DataFrame
    inside: bool
    lead_units: pd.Series[str]
    terms: pd.DataFrame
    evaluate: Evaluate | None
    method: str
    proof: Proof = GIVEN
    seconds: float = 0.0
    work: Mapping[str, object] = field(default_factory=dict)
    diagnosis: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(DIAGNOSIS_COLUMNS)))
    notes: tuple[Text, ...] = ()
    problem: Any = None

    def with_(self, **changes: object) -> Districting:
        """Return a copy with some fields replaced."""
        return changed(self, changes)

    @property
    def districts(self) -> list[str]:
        """Ids of the districts, in order."""
        return sorted(set(self.district_of), key=lambda d: (len(d), d))

    def _heading(self) -> str:
        return f"Districting of {self.stage}: {len(self.districts)} districts, {len(self.units)} units"

    def _lines(self) -> Iterator[Line]:
        yield Text("limits broken", "突破限制"), len(self.breaches)
        yield Text("status, method", "状态、方法"), f"{self.status}, {self.method}"
        for district, row in self.table.head(9).iterrows():
            pupils = count(float(row["pupils"])) if "pupils" in row else "—"
            yield (
                f"{district} {row['lead']}".strip(),
                Text(
                    f"{row['schools']} schools, {row['units']} units, {pupils} pupils",
                    f"学校 {row['schools']} 所，单元 {row['units']} 个，学生 {pupils} 人",
                ),
            )

    def members(self, district: str) -> list[str]:
        """Give the units of a district."""
        return [str(u) for u in self.district_of.index[self.district_of == district]]

    @property
    @in_units()
    def table(self) -> pd.DataFrame:
        """The districts: index district; lead, units, schools and the weights the windows bind, shares included."""
        names = list(self.windows.index)
        sums = self.units[names].groupby(self.district_of).sum().reindex(self.districts)
        if len(self.lead_of):
            brought = self.lead_shares.reindex(self.lead_of.reindex(sums.index))[names]
            sums = sums + np.nan_to_num(brought.to_numpy(dtype=float))
        sums.insert(0, "lead", self.lead_of.reindex(sums.index) if len(self.lead_of) else "")
        sums.insert(1, "units", self.district_of.value_counts().reindex(sums.index).to_numpy())
        counts = self.school_district.value_counts().reindex(sums.index).fillna(0).astype(int)
        sums.insert(2, "schools", counts.to_numpy())
        return sums.rename_axis("district")

    @property
    @in_units()
    def breaches(self) -> pd.DataFrame:
        """`BREACH_COLUMNS`: broken windows, districts in pieces, leads outside or shared; empty if feasible."""
        rows: list[tuple[object, ...]] = []
        table = self.table
        for window, limits in self.windows.iterrows():
            for district, value in table[window].items():
                if not limits["low"] <= value <= limits["high"]:
                    rows.append((district, window, float(value), limits["low"], limits["high"]))
        for district in self.districts:
            pieces = self._pieces(district)
            if pieces > 1:
                rows.append((district, "connected", float(pieces), 1, 1))
        for district, lead in self.lead_of.items():
            leads = int((self.lead_of == lead).sum())
            if leads > 1:
                rows.append((district, "lead", float(leads), 1, 1))
            if self.inside and self.district_of.get(self.lead_units.get(lead)) != district:
                rows.append((district, "lead_inside", 0.0, 1, 1))
        return pd.DataFrame(rows, columns=list(BREACH_COLUMNS))

    def flip(self, unit: str, to: str) -> Districting:
        """Move one unit to another district; the result is as good as given, its terms worked out again where they can.

        Parameters
        ----------
        unit
            A unit id.
        to
            A district id.

        Raises
        ------
        DataError
            No such unit or district.
        """
        for name, known in ((unit, self.district_of.index), (to, self.districts)):
            if name not in known:
                hint = did_you_mean(name, known)
                raise refuse(
                    f'"{name}" is not in this districting{hint.en}',
                    f"本学区划分中没有“{name}”{hint.zh}",
                    "see .district_of",
                    "参见 .district_of",
                )
        moved = self.district_of.copy()
        schools = self.school_district.copy()
        if "unit" in schools.attrs:
            homes = schools.attrs["unit"]
            schools[[s for s in schools.index if homes.get(s) == unit]] = to
        moved[unit] = to
        terms = self.terms.assign(value=np.nan, cost=np.nan)
        if self.evaluate is not None:
            terms = self.evaluate(moved, self.lead_of)
        return self.with_(
            district_of=moved,
            school_district=schools,
            terms=terms,
            proof=Proof(float(terms["cost"].sum(skipna=False)), math.nan, self.proof.unit, "given"),
            method="flip",
        )

    def _pieces(self, district: str) -> int:
        own = set(self.members(district))
        near: dict[str, list[str]] = {u: [] for u in own}
        for a, b in zip(self.edges["a"], self.edges["b"], strict=True):
            if a in own and b in own:
                near[a].append(b)
                near[b].append(a)
        pieces = 0
        while own:
            pieces += 1
            queue = deque([own.pop()])
            while queue:
                for v in near[queue.popleft()]:
                    if v in own:
                        own.discard(v)
                        queue.append(v)
        return pieces


@dataclass(frozen=True, eq=False, repr=False)
class Ensemble(Measured):
    """Feasible divisions sampled by a Markov chain, as the values of their measures.

    Parameters
    ----------
    samples
        One row a kept step: chain, step, then one column a measure.
    given
        The measures of the division the chains are compared with.
    better
        Measure → "lower" or "higher".
    diagnostics
        Index measure: ess (effective sample size over all chains), rhat (split R-hat, 1 = the chains agree), mixed
        (whether percentiles may be claimed).
    method, tolerance, steps, seed, seconds
        How it was sampled.
    acceptance
        Share of proposals that changed the division.
    notes
        Statements the reader must see.
    """

    samples: pd.DataFrame
    given: pd.Series[float]
    better: Mapping[str, str]
    diagnostics: pd.DataFrame
    method: str
    steps: int
    seed: int
    seconds: float
    acceptance: float
    notes: tuple[Text, ...] = ()

    @in_units()
    def percentile(self, districting: Districting | None = None) -> pd.Series[float]:
        """Say than how many of the sampled divisions a division is better, in per cent, measure by measure.

        Parameters
        ----------
        districting
            Another division of the same units; the one the ensemble was made for where left out.

        Returns
        -------
        pd.Series
            Index measure; ties count half; NaN for measures whose chains have not mixed: nothing is claimed of them.
        """
        values = self.given if districting is None else measures_of(districting).reindex(self.given.index)
        found = {}
        for measure, value in values.items():
            sample = self.samples[measure].to_numpy(dtype=float)
            worse = sample > value if self.better[str(measure)] == "lower" else sample < value
            ties = np.isclose(sample, value, rtol=1e-9, atol=1e-12)
            share = float((worse & ~ties).mean() + ties.mean() / 2)
            found[measure] = 100 * share if bool(self.diagnostics.at[measure, "mixed"]) else float("nan")
        return pd.Series(found, name="percentile", dtype=float).rename_axis("measure")


def measures_of(districting: Districting) -> pd.Series[float]:
    """Give the measures an ensemble compares by: cut edges, largest deviation of each window, the terms."""
    of = districting.district_of
    edges = districting.edges
    cut = int((of.reindex(edges["a"]).to_numpy() != of.reindex(edges["b"]).to_numpy()).sum())
    table = districting.table
    found: dict[str, float] = {"cut_edges": float(cut)}
    for window in districting.windows.index:
        mean = float(table[window].mean())
        found[f"deviation_{window}"] = float((table[window] / mean - 1).abs().max()) if mean else 0.0
    found |= {str(t): float(v) for t, v in zip(districting.terms["term"], districting.terms["value"], strict=True)}
    return pd.Series(found, dtype=float).rename_axis("measure")


@dataclass(frozen=True, eq=False, repr=False)
class Pairing(Measured, Proved):
    """Pairs (strong with weak, strong with new) or groups (a core school with its members) of one stage.

    Parameters
    ----------
    stage
        The stage.
    table
        `PAIR_COLUMNS`: need is the strength between core and member, likeness the distance of character.
    unmatched
        Schools that wanted a partner and have none.
    proof, seconds
        As in `Assignment`.
    effect
        Index (group, indicator), group named after its core, or "all": difference coefficient over all schools before,
        and after that group (or all groups) share by the stated rule; inside_before, inside_after: among the schools of
        the group alone (NaN for "all").
    rule
        How resources are shared, in words.
    notes
        Statements the reader must see.
    """

    stage: str
    table: pd.DataFrame
    unmatched: tuple[str, ...]
    proof: Proof
    seconds: float
    effect: pd.DataFrame
    rule: Any
    notes: tuple[Text, ...] = ()

    @property
    def group_of(self) -> pd.Series[str]:
        """Group of each school in one, named after its core; index school_id."""
        own = {core: core for core in self.table["core"]}
        return pd.Series(own | dict(zip(self.table["member"], self.table["core"], strict=True)), dtype="str")
