"""`Rules`: published limits, each with unit, source and mark; layered, and overridden with a reason."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from layout_planner.base.cited import Cited, Mark
from layout_planner.base.errors import RulesError, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.policy.areas import AREAS
from layout_planner.policy.catalogue import TERMS, Term
from layout_planner.study.stages import STAGES, format_grades, parse_grades


@dataclass(frozen=True)
class Rule:
    """One limit and where it holds.

    Parameters
    ----------
    name
        What is limited: "class_size", "reach_metres" … (`layout-planner rules` lists them).
    value
        The number with its unit, source and mark.
    stage, grades, area
        Where it holds; None means everywhere. `area` is "urban", "town" or "rural".
    sense
        "max" or "min": on which side the value lies.
    severity
        "breach" (the document says must) or "advice" (in principle).
    profile
        The profile it came from.
    words
        What is told of a case that breaks it, where the profile says it: a rule of one's own needs no entry in the
        catalogue.
    """

    name: str
    value: Cited
    stage: str | None = None
    grades: tuple[int, ...] | None = None
    area: str | None = None
    sense: str = "max"
    severity: str = "breach"
    profile: str = ""
    words: Text | None = None

    @property
    def term(self) -> Term | None:
        """Its words, unit and sense: its own, else the catalogue's; None where nobody knows the rule."""
        if self.words is not None:
            return Term(self.words, self.value.unit, "min" if self.sense == "min" else "max")
        return TERMS.get(self.name)

    def holds(self, stage: str, grade: int | None, area: str | None) -> bool:
        """Tell whether the rule holds for a stage, and for a grade and an area where those are asked about.

        Without a grade (or area) only rules for every grade (area) hold.
        """
        if self.stage is not None and self.stage != stage:
            return False
        if self.grades is not None and (grade is None or grade not in self.grades):
            return False
        return self.area is None or self.area == area


@dataclass(frozen=True)
class Allowance:
    """A breach that is accepted: it stays a finding, and carries the reason.

    Parameters
    ----------
    rule
        Name of the rule.
    id
        The school, place, township or resource it is accepted for.
    reason
        Why, and who decided it.
    """

    rule: str
    id: str
    reason: str


@dataclass(frozen=True, eq=False)
class Rules:
    """A stack of rules; of several that hold, the last one counts.

    Parameters
    ----------
    rules
        From the lowest layer to the highest.
    profiles
        Names of the profiles, lowest first.
    allowances
        Breaches that are accepted with a reason; see `allow`.
    """

    rules: tuple[Rule, ...] = ()
    profiles: tuple[str, ...] = ()
    allowances: tuple[Allowance, ...] = ()

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
        return cls(rules, tuple(names), tuple(one for profile in read for one in profile.allowances))

    def find(self, name: str, stage: str, grade: int | None = None, area: str | None = None) -> Rule | None:
        """Give the rule of that name that counts; None where there is none."""
        return next((r for r in reversed(self.rules) if r.name == name and r.holds(stage, grade, area)), None)

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
            with the reason of the override. Empty where there is no rule.
        """
        holding = [r for r in reversed(self.rules) if r.name == name and r.holds(stage, grade, area)]
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
        rows: Iterable[Mapping[str, Any]],
        profiles: Iterable[str] = (),
        allowances: Iterable[Mapping[str, str]] = (),
    ) -> Rules:
        """Build rules from what `table` and `allowance_table` gave."""
        rules = tuple(
            Rule(
                row["rule"],
                Cited(float(row["value"]), row["unit"], row["source"], row["mark"]),
                row["stage"] or None,
                parse_grades(row["grades"]) if row["grades"] else None,
                row["area"] or None,
                row["sense"],
                row["severity"],
                row["profile"],
                Text(*row["words"]) if row.get("words") else None,
            )
            for row in rows
        )
        return cls(rules, tuple(profiles), tuple(Allowance(a["rule"], a["id"], a["reason"]) for a in allowances))

    def table(self) -> list[dict[str, Any]]:
        """List the rules as plain values, lowest layer first."""
        return [
            {
                "profile": r.profile,
                "rule": r.name,
                "stage": r.stage or "",
                "grades": format_grades(r.grades) if r.grades else "",
                "area": r.area or "",
                "sense": r.sense,
                "value": r.value.value,
                "unit": r.value.unit,
                "severity": r.severity,
                "mark": r.value.mark,
                "source": r.value.source,
                **({"words": [r.words.en, r.words.zh]} if r.words is not None else {}),
            }
            for r in self.rules
        ]


DEFAULT_CLASS = {"kindergarten": 30, "primary": 45, "junior": 50, "senior": 50, "vocational": 50, "special": 12}
"""Pupils a class where no rule says: 教督〔2017〕6号 (primary, junior); 教督〔2020〕1号 (kindergarten, middle class);
senior and vocational as GB 50099-2011; special 建标156-2011 (12)."""


def class_limit(rules: Rules, stage: str, grade: int | None = None) -> float:
    """Give the pupils a class may hold: of a grade, or of the stage as a whole (as seats are counted from rooms)."""
    return float(rules.value("class_size", stage, grade) or DEFAULT_CLASS[stage])


def profile_names() -> list[str]:
    """Name the profiles that come with the package."""
    folder = resources.files("layout_planner.policy") / "profiles"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


@dataclass(frozen=True)
class Profile:
    """One rule profile as read.

    Parameters
    ----------
    name
        As it was asked for; the stem of a file of the user's own.
    title
        What the document is.
    document
        Its number and year.
    rules, allowances
        What stands in it.
    """

    name: str
    title: Text
    document: str
    rules: tuple[Rule, ...]
    allowances: tuple[Allowance, ...] = ()


def read_profile(name: str) -> Profile:
    """Read one profile, by its name in the package or by a path.

    A profile is TOML: `document` (number and year), `mark`, and where wanted `title`; then ``[[rule]]`` entries with
    name, value, unit and where wanted stage, grades ("1-3"), area (urban | town | rural), sense (max | min), severity
    (breach | advice), source, mark; and ``[[allowance]]`` entries with rule, id, reason.

    Raises
    ------
    RulesError
        No such profile, or the file is not a profile.
    """
    names = profile_names()
    if name in names:
        text = (resources.files("layout_planner.policy") / "profiles" / f"{name}.toml").read_text(encoding="utf-8")
    elif name.endswith(".toml") and Path(name).is_file():
        text = Path(name).read_text(encoding="utf-8-sig")
    else:
        hint = did_you_mean(name, names)
        raise RulesError(
            str(
                Text(
                    f'no rule profile "{name}"{hint.en}; there are {", ".join(names)}, or give a .toml file.',
                    f"没有规则集“{name}”{hint.zh}；可用：{'、'.join(names)}，或给出 .toml 文件。",
                )
            )
        )
    short = Path(name).stem if name.endswith(".toml") else name
    try:
        content = tomllib.loads(text)
        title = content.get("title", {})
        return Profile(
            short,
            Text(title.get("en", short), title.get("zh", short)),
            content["document"],
            tuple(_read_rule(entry, content, short) for entry in content["rule"]),
            tuple(Allowance(str(a["rule"]), str(a["id"]), str(a["reason"])) for a in content.get("allowance", ())),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        message = Text(f"{name}: not a rule profile ({error!r}).", f"{name}：不是有效的规则集（{error!r}）。")
        raise RulesError(str(message)) from error


_RULE_KEYS = {"name", "value", "unit", "stage", "grades", "area", "sense", "severity", "source", "mark", "words"}
_WORDS = {
    "stage": (None, *STAGES),
    "area": (None, *AREAS),
    "sense": ("max", "min"),
    "severity": ("breach", "advice"),
    "mark": ("verified", "partial", "memory", "user"),
}


def _read_rule(entry: dict[str, Any], content: dict[str, Any], profile: str) -> Rule:
    unknown = set(entry) - _RULE_KEYS
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    term = TERMS.get(entry["name"])
    said = {
        "stage": entry.get("stage"),
        "area": entry.get("area"),
        "sense": entry.get("sense", term.sense if term else "max"),
        "severity": entry.get("severity", "breach"),
        "mark": entry.get("mark", content.get("mark", "memory")),
    }
    for key, word in said.items():
        if word not in _WORDS[key]:
            raise ValueError(f"{key} {word!r}")
    value = float(entry["value"])
    if not math.isfinite(value):
        raise ValueError(f"value {value!r}")
    mark: Mark = said["mark"]
    source = f"{content['document']}{('，' + entry['source']) if entry.get('source') else ''}"
    return Rule(
        entry["name"],
        Cited(value, entry["unit"], source, mark),
        said["stage"],
        parse_grades(entry["grades"]) if "grades" in entry else None,
        said["area"],
        said["sense"],
        said["severity"],
        profile,
        Text(entry["words"]["en"], entry["words"]["zh"]) if "words" in entry else None,
    )
