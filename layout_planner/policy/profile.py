"""Profiles: files of rules with their documents, read whole or refused."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from layout_planner.base.cited import Cited, Mark
from layout_planner.base.errors import RulesError, did_you_mean
from layout_planner.base.messages import Text
from layout_planner.policy.areas import AREAS
from layout_planner.policy.catalogue import TERMS
from layout_planner.policy.rule import BINDS, MUST, SCOPES, SHOULD, STEPS, Allowance, Rule
from layout_planner.study.stages import STAGES, parse_grades


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
    steps
        The order of a closure's steps, where the document has its own; empty else.
    facts
        What the document says that is no limit, each with its mark: told with the rules, held against nothing.
    """

    name: str
    title: Text
    document: str
    rules: tuple[Rule, ...]
    allowances: tuple[Allowance, ...] = ()
    steps: tuple[str, ...] = ()
    facts: tuple[tuple[Text, Mark], ...] = ()


def read_profile(name: str) -> Profile:
    """Read one profile, by its name in the package or by a path.

    A profile is TOML: `document` (number and year), `mark`, and where wanted `title`; then ``[[rule]]`` entries with
    name, value, unit and where wanted stage, grades ("1-3"), area (urban | town | rural, or two with "+"), sense (max |
    min), severity (breach | advice), scope, binds, norm, since, target (see `Rule`), document (where the rule stands in
    another one), source, mark; and ``[[allowance]]`` entries with rule, id, reason. `steps` lists the steps of a
    closure in the document's order; ``[[fact]]`` entries have en, zh and mark.

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
            _steps(content),
            tuple((Text(f["en"], f["zh"]), _word("mark", f.get("mark", "memory"))) for f in content.get("fact", ())),
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        message = Text(f"{name}: not a rule profile ({error!r}).", f"{name}：不是有效的规则集（{error!r}）。")
        raise RulesError(str(message)) from error


_RULE_KEYS = {
    "name", "value", "unit", "stage", "grades", "area", "sense", "severity", "scope", "binds", "norm", "since",
    "target", "document", "source", "mark", "words",
}  # fmt: skip
_WORDS: Mapping[str, tuple[str | None, ...]] = {
    "stage": (None, *STAGES),
    "sense": ("max", "min"),
    "severity": ("breach", "advice"),
    "mark": ("verified", "partial", "memory", "user"),
    "scope": ("", *SCOPES),
    "binds": ("", *BINDS),
    "norm": ("", *MUST, *SHOULD),
}


_SINCE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


def _word(key: str, word: Any) -> Any:
    if word not in _WORDS[key]:
        raise ValueError(f"{key} {word!r}")
    return word


def _steps(content: Mapping[str, Any]) -> tuple[str, ...]:
    steps = tuple(content.get("steps", ()))
    if steps and sorted(steps) != sorted(STEPS):
        raise ValueError(f"steps {steps!r}: every one of {STEPS}, once")
    return steps


def _read_rule(entry: Mapping[str, Any], content: Mapping[str, Any], profile: str) -> Rule:
    unknown = set(entry) - _RULE_KEYS
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    term = TERMS.get(entry["name"])
    area = entry.get("area")
    parts = [] if area is None else area.split("+")
    if not set(parts) < set(AREAS) or len(set(parts)) != len(parts):
        raise ValueError(f"area {area!r}")
    value = float(entry["value"])
    if not math.isfinite(value):
        raise ValueError(f"value {value!r}")
    since = str(entry.get("since", content.get("since", "")))
    if since and not _SINCE.fullmatch(since):
        raise ValueError(f"since {since!r}: write 2025, 2025-06 or 2025-06-01")
    norm = _word("norm", entry.get("norm", ""))
    severity = _word("severity", entry.get("severity", "breach"))
    if norm and (norm in MUST) != (severity == "breach"):
        raise ValueError(f"{norm} is no word of a {severity}")
    source = "，".join(part for part in (entry.get("document", content["document"]), entry.get("source")) if part)
    mark: Mark = _word("mark", entry.get("mark", content.get("mark", "memory")))
    return Rule(
        entry["name"],
        Cited(value, entry["unit"], source if not norm or norm in source else f"{source}（{norm}）", mark),
        _word("stage", entry.get("stage")),
        parse_grades(entry["grades"]) if "grades" in entry else None,
        area,
        _word("sense", entry.get("sense", term.sense if term else "max")),
        severity,
        profile,
        Text(entry["words"]["en"], entry["words"]["zh"]) if "words" in entry else None,
        _word("scope", entry.get("scope", "")),
        _word("binds", entry.get("binds", content.get("binds", ""))),
        norm,
        since,
        int(entry["target"]) if "target" in entry else None,
    )
