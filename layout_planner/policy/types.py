"""`Rules`: published limits, each with unit, source and mark; layered, and overridden with a reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from layout_planner.base.cited import Cited
from layout_planner.base.errors import RulesError, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.base.shown import Line, Shown
from layout_planner.policy.catalogue import TERMS, Term
from layout_planner.policy.profile import read_profile
from layout_planner.policy.rule import STEPS, Allowance, Rule
from layout_planner.study.stages import STAGE_NAMES, STAGES, parse_grades


@dataclass(frozen=True, eq=False, repr=False)
class Rules(Shown):
    """A stack of rules; of several that hold, the last one counts.

    Parameters
    ----------
    rules
        From the lowest layer to the highest.
    profiles
        Names of the profiles, lowest first.
    allowances
        Breaches that are accepted with a reason; see `allow`.
    steps
        In which order the steps of a closure's procedure follow each other: provinces differ.
    """

    rules: tuple[Rule, ...] = ()
    profiles: tuple[str, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    steps: tuple[str, ...] = STEPS

    def _heading(self) -> str:
        return f"Rules {', '.join(self.profiles)}"

    def _lines(self) -> Iterator[Line]:
        yield Text("rules", "规则"), f"{len(self.rules):,}"
        for stage in STAGES:
            mine = {rule.name for rule in self.rules if rule.stage == stage}
            if mine:
                yield Text(*STAGE_NAMES[stage]), f"{len(mine):,}"
        if self.allowances:
            yield Text("breaches accepted", "已接受的超限"), f"{len(self.allowances):,}"

    @classmethod
    def load(cls, *names: str) -> Rules:
        """Load profiles of the package (by name) or files of the user's own (a path to a TOML file), layered.

        Raises
        ------
        RulesError
            No such profile, or the file is not a profile.
        """
        read = [read_profile(name) for name in names]
        rules = tuple(rule for profile in read for rule in profile.rules)
        steps = next((profile.steps for profile in reversed(read) if profile.steps), STEPS)
        return cls(rules, tuple(names), tuple(one for profile in read for one in profile.allowances), steps)

    def find(self, name: str, stage: str, grade: int | None = None, area: str | None = None) -> Rule | None:
        """Give the rule of that name that counts; None where there is none.

        Where no area is asked about (None), a number that is said for some areas only serves as the county's yardstick
        as long as every area that has one has the same. Where an area is asked about and not known (""), only rules for
        every area hold.
        """
        return next(iter(self._holding(name, stage, grade, area)), None)

    def _holding(self, name: str, stage: str, grade: int | None, area: str | None) -> list[Rule]:
        """Give the rules of that name that hold, the one that counts first; see `find`."""
        mine = [r for r in reversed(self.rules) if r.name == name and r.concerns(stage, grade)]
        if area is not None:
            return [r for r in mine if r.holds(stage, grade, area)]
        local = [r for r in mine if r.area is not None]
        agreed = len({r.value.value for r in local if r.profile == local[0].profile}) == 1
        return [r for r in mine if r.area is None] + (local[:1] if agreed else [])

    def term(self, name: str) -> Term | None:
        """Give what a rule of that name tells of a breach, in words; None where nobody knows it."""
        own = next((r.term for r in reversed(self.rules) if r.name == name and r.words is not None), None)
        return own or TERMS.get(name)

    def limits(
        self, name: str, stage: str, grade: int | None = None, area: str | None = None
    ) -> list[tuple[Rule, str]]:
        """Give what a value is held against: the rule that counts, and the published one where the user overrode it.

        Returns
        -------
        list of (Rule, str)
            Most binding first to tell: the rule that counts with "", then the highest layer that is not the user's
            with the reason of the override. Empty where there is no rule. What binds the design of buildings only is
            not among them.
        """
        holding = [r for r in self._holding(name, stage, grade, area) if r.scope != "design"]
        if not holding:
            return []
        published = next((r for r in holding if r.value.mark != "user"), None)
        if holding[0].value.mark != "user" or published is None:
            return [(holding[0], "")]
        return [(holding[0], ""), (published, holding[0].value.source)]

    def value(
        self, name: str, stage: str, grade: int | None = None, area: str | None = None, default: float | None = None
    ) -> float | None:
        """Give the number of the rule that counts, in its own unit; `default` where there is none."""
        found = self.find(name, stage, grade, area)
        return default if found is None else found.value.value

    def with_(self, reason: str = "set by the user", **stages: Mapping[str, float]) -> Rules:
        """Return a copy with values overridden.

        Parameters
        ----------
        reason
            Why; it takes the place of the source.
        stages
            Stage → {rule name: value}; `every={...}` for all stages. A rule name may carry grades:
            ``primary={"reach_minutes[1-3]": 30}``.

        Raises
        ------
        RulesError
            An unknown stage or an impossible value.

        Examples
        --------
        >>> rules = lp.Rules.load("cn-quality-balance")
        >>> rules.value("class_size", "primary"), rules.with_(primary={"class_size": 40}).value("class_size", "primary")
        (45.0, 40.0)
        """
        added = []
        for stage, values in stages.items():
            if stage not in (*STAGES, "every"):
                hint = did_you_mean(stage, (*STAGES, "every"))
                raise RulesError(str(Text(f"no stage {stage}{hint.en}.", f"没有学段 {stage}{hint.zh}。")))
            for key, value in values.items():
                name, _, band = key.partition("[")
                if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                    raise RulesError(
                        str(Text(f"{stage}.{key} = {value!r} is not a number.", f"{stage}.{key} = {value!r} 不是数。"))
                    )
                try:
                    grades = parse_grades(band.removesuffix("]")) if band else None
                except ValueError as error:
                    told = Text(f'{stage}.{key}: write grades as "[1-3]".', f"{stage}.{key}：年级写作“[1-3]”。")
                    raise RulesError(str(told)) from error
                known = [r for r in self.rules if r.name == name]
                like = known[-1] if known else None
                term = TERMS.get(name)
                unit = like.value.unit if like else term.unit if term else "1"
                added.append(
                    Rule(
                        name,
                        Cited(float(value), unit, reason, "user"),
                        None if stage == "every" else stage,
                        grades,
                        sense=like.sense if like else term.sense if term else "max",
                        severity=like.severity if like else "breach",
                        profile="user",
                        scope=like.scope if like and like.scope != "design" else "",
                    )
                )
        return replace(self, rules=(*self.rules, *added))

    def allow(self, rule: str, *ids: str, reason: str) -> Rules:
        """Return a copy in which breaches of a rule are accepted for some schools, places or townships.

        Nothing is hidden by it: the findings stay, and `overridden_because` gives the reason.

        Raises
        ------
        RulesError
            No rule of that name is at hand, no id is given, or the reason is empty.

        Examples
        --------
        >>> rules = lp.Rules.load("cn-quality-balance")
        >>> rules.allow("class_size", "P036", reason="until the new building opens").allowance_table()
        [{'rule': 'class_size', 'id': 'P036', 'reason': 'until the new building opens'}]
        """
        known = [*dict.fromkeys(r.name for r in self.rules), "seats", "unplaced"]
        if rule not in known:
            hint = did_you_mean(rule, known)
            raise RulesError(str(Text(f'no rule "{rule}" here{hint.en}.', f"没有规则“{rule}”{hint.zh}。")))
        if not ids or not reason.strip():
            raise RulesError(
                str(Text(f"{rule}: say for whom, and the reason.", f"{rule}：请写明适用对象与理由（reason）。"))
            )
        return replace(self, allowances=(*self.allowances, *(Allowance(rule, str(id), reason) for id in ids)))

    def allowance_table(self) -> list[dict[str, str]]:
        """List the accepted breaches as plain values."""
        return [{"rule": a.rule, "id": a.id, "reason": a.reason} for a in self.allowances]

    @classmethod
    def from_table(
        cls,
        rows: Iterable[Mapping[str, object]],
        profiles: Iterable[str] = (),
        allowances: Iterable[Mapping[str, str]] = (),
        steps: Iterable[str] = STEPS,
    ) -> Rules:
        """Build rules from what `table` and `allowance_table` gave."""
        rules = tuple(Rule.from_row(row) for row in rows)
        accepted = tuple(Allowance(a["rule"], a["id"], a["reason"]) for a in allowances)
        return cls(rules, tuple(profiles), accepted, tuple(steps))

    def table(self) -> list[dict[str, object]]:
        """List the rules as plain values, lowest layer first."""
        return [rule.as_row() for rule in self.rules]


DEFAULT_CLASS = {"kindergarten": 30, "primary": 45, "junior": 50, "senior": 50, "vocational": 50, "special": 12}
"""Pupils a class where no rule says: 教督〔2017〕6号 (primary, junior); 教督〔2020〕1号 (kindergarten, middle class);
senior and vocational as GB 50099-2011; special 建标156-2011 (12)."""


def class_limit(rules: Rules, stage: str, grade: int | None = None) -> float:
    """Give the pupils a class may hold: of a grade, or of the stage as a whole (as seats are counted from rooms)."""
    return float(rules.value("class_size", stage, grade) or DEFAULT_CLASS[stage])
