"""`Job`: one study under one verb; jobs are read from YAML, told apart by what they are made from, and named."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict

from layout_planner._version import __version__
from layout_planner.base.errors import DataError, Fault, did_you_mean
from layout_planner.base.files import digest_file, digest_parts
from layout_planner.base.messages import Language, Text
from layout_planner.batch.limits import Limits
from layout_planner.batch.verbs import VERBS
from layout_planner.plan.batch import JobRecord
from layout_planner.reading.config import find_study_file, read_study_file
from layout_planner.reading.samples import SAMPLES, sample_file
from layout_planner.scenario import Scenario
from layout_planner.study.columns import STUDY_FILE

LONGEST_NAME = 100
MAX_YAML_BYTES = 10_000_000
_TOP = {"studies", "jobs", "mode", "rules", "limits"}
_KEYS = (_TOP - {"jobs"}) | {"study", "verb", "scenario", "scenarios", "arguments", "grid", "seed", "seeds", "name"}


@dataclass(frozen=True)
class Job:
    """One study under one verb.

    Parameters
    ----------
    study
        A folder with study.toml, a .toml file, or a sample's name. Every worker must see it under this path.
    verb
        "today", "solve", "consolidate", "partition" …: see `VERBS`.
    scenario
        The edits: a `Scenario`, or a YAML file.
    mode
        How children go, or stage → mode; left out: walking where there are roads, else the matrix the study brings.
    rules
        Profiles, later ones on top; the usual ones where left out.
    arguments
        Further arguments of the verb, plain values only: `{"keep": [30, 31]}`.
    seed
        Of the verb, where it draws.
    name
        Of its run folder; made from study, scenario, verb and arguments where left out.
    limits
        What this one may take; those of the batch where left out.
    """

    study: str | os.PathLike[str]
    verb: str = "solve"
    scenario: Scenario | str | os.PathLike[str] | None = None
    mode: str | Mapping[str, str] | None = None
    rules: Sequence[str] = ()
    arguments: Mapping[str, object] = field(default_factory=dict)
    seed: int | None = None
    name: str = ""
    limits: Limits | None = None


class Edits(TypedDict, total=False):
    """Where the edits of a job stand: in a file, or here."""

    file: str
    digest: str
    mapping: dict[str, object]


class Said(TypedDict):
    """What a job is, as plain values."""

    study: str
    inputs: dict[str, str]
    verb: str
    scenario: str
    edits: Edits
    mode: str | dict[str, str] | None
    rules: list[dict[str, str]]
    arguments: dict[str, object]
    seed: int | None


class Order(TypedDict):
    """What the process that does a job is handed."""

    folder: str
    said: Said
    record: JobRecord
    lang: Language
    limits: dict[str, float]


@dataclass(frozen=True)
class Task:
    """A job made ready: plain values that go to any process, and the key it is known by.

    Parameters
    ----------
    name
        Of its record, run folder and parts of tables; unique in the batch.
    key
        Digest of all it depends on: our version, the study's files, the verb, scenario, rules, arguments, seed.
    said
        What the process that does it needs, and what the record tells: plain values.
    limits
        As the job has them.
    """

    name: str
    key: str
    said: Said
    limits: Limits | None = None


def prepare(jobs: Iterable[Job]) -> list[Task]:
    """Make jobs ready: names given, contents digested.

    Raises
    ------
    DataError
        Unknown verbs or arguments, arguments that are not plain values, two jobs of one name: every one is named.
    """
    faults: list[Fault] = []
    known: dict[str, dict[str, str]] = {}
    tasks = []
    for number, job in enumerate(jobs, start=1):
        faults += _faults(job, f"job {number}")
        study = _study_path(job.study)
        if study not in known:
            known[study] = _inputs(Path(study))
        try:
            tasks.append(_task(job, study, known[study]))
        except TypeError:
            faults.append(_not_plain(f"job {number}"))
    twice = [name for name, count in Counter(task.name.casefold() for task in tasks).items() if count > 1]
    faults += [
        Fault(
            "", Text(f'several jobs are called "{name}".', f"有多个任务名为“{name}”。"),
            Text("give each a name of its own.", "请用 name 分别命名。"),
        )
        for name in twice
    ]  # fmt: skip
    if faults:
        raise DataError(faults)
    return tasks


def read_jobs(path: str | os.PathLike[str]) -> list[Job]:
    """Read jobs from YAML.

    `studies:` lists folders (with * for many) relative to the file, `jobs:` what is done to each: `verb`, `scenario`
    or `scenarios`, `mode`, `rules`, `arguments`, `seed` or `seeds`, and `grid`, an argument → its values, of which
    every combination is a job. A job may name studies of its own.

    Raises
    ------
    DataError
        The file cannot be read, holds unknown keys, or no study is found; every fault is named.
    """
    import yaml

    file = Path(path)
    try:
        if file.stat().st_size > MAX_YAML_BYTES:
            raise DataError([_fault(file, "too large for a list of jobs.", "文件过大，不像任务表。")])
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError([_fault(file, f"cannot be read ({error}).", f"无法读取（{error}）。")]) from error
    if not isinstance(content, dict) or not isinstance(content.get("jobs"), list):
        raise DataError([_fault(file, "there is no list `jobs`.", "缺少任务列表 jobs。")])
    faults = [
        _unknown(file, key, {"studies", "jobs", "mode", "rules"})
        for key in content.keys() - {"studies", "jobs", "mode", "rules"}
    ]
    jobs: list[Job] = []
    for number, said in enumerate(content["jobs"], start=1):
        if not isinstance(said, dict):
            faults.append(_fault(file, f"job {number} is no mapping.", f"第 {number} 个任务不是映射。"))
            continue
        faults += [_unknown(file, key, _KEYS, f"jobs[{number}].") for key in sorted(said.keys() - _KEYS)]
        merged = {key: content[key] for key in ("mode", "rules", "limits") if key in content} | said
        studies = _found(file, merged.get("studies", merged.get("study", content.get("studies"))))
        if not studies:
            faults.append(_fault(file, f"job {number} finds no study.", f"第 {number} 个任务找不到研究数据。"))
        try:
            limits = Limits(**merged["limits"]) if "limits" in merged else None
        except TypeError:
            faults.append(
                _fault(
                    file,
                    f"job {number}: limits are seconds and memory_mb.",
                    f"第 {number} 个任务：limits 只含 seconds 与 memory_mb。",
                )
            )
            continue
        jobs += [replace(job, limits=limits) for study in studies for job in _expand(file, merged, study)]
    if faults:
        raise DataError(faults)
    return jobs


def _expand(file: Path, said: Mapping[str, Any], study: str) -> list[Job]:
    """Give every combination of scenarios, seeds and the grid."""
    scenarios = _listed(said.get("scenarios", said.get("scenario"))) or [None]
    seeds = _listed(said.get("seeds", said.get("seed"))) or [None]
    grid = said.get("grid") or {}
    names, values = list(grid), [_listed(value) for value in grid.values()]
    jobs = []
    for scenario, seed, *chosen in itertools.product(scenarios, seeds, *values):
        arguments = {**(said.get("arguments") or {}), **dict(zip(names, chosen, strict=True))}
        of = None if scenario is None else str(file.parent / str(scenario))
        job = Job(
            study,
            str(said.get("verb", "solve")),
            of,
            said.get("mode"),
            tuple(_listed(said.get("rules"))),
            arguments,
            seed,
        )
        jobs.append(job)
    if said.get("name"):
        marks = [""] if len(jobs) == 1 else [f"-{number}" for number in range(1, len(jobs) + 1)]
        jobs = [
            replace(job, name=f"{said['name']}-{Path(study).name}{mark}") for job, mark in zip(jobs, marks, strict=True)
        ]
    return jobs


def _found(file: Path, said: object) -> list[str]:
    """Give the studies a text or list means; a pattern means every folder that holds a study."""
    studies: list[str] = []
    for name in map(str, _listed(said)):
        if any(sign in name for sign in "*?["):
            folders = sorted(file.parent.glob(name)) if not Path(name).is_absolute() else []
            studies += [
                str(folder) for folder in folders if folder.suffix == ".toml" or (folder / "study.toml").is_file()
            ]
        else:
            studies.append(name if name in SAMPLES and not (file.parent / name).exists() else str(file.parent / name))
    return studies


def _listed(said: object) -> list[Any]:
    return [] if said is None else list(said) if isinstance(said, list | tuple) else [said]


def _task(job: Job, study: str, inputs: Mapping[str, str]) -> Task:
    scenario: Edits = {}
    title = ""
    if isinstance(job.scenario, Scenario):
        scenario, title = {"mapping": job.scenario.as_mapping()}, job.scenario.name
    elif job.scenario is not None:
        path = Path(job.scenario).absolute()
        scenario, title = {"file": str(path), "digest": digest_file(path) if path.is_file() else "missing"}, path.stem
    rules = [{"name": one, "digest": digest_file(one)} if Path(one).is_file() else {"name": one} for one in job.rules]
    mode = dict(job.mode) if isinstance(job.mode, Mapping) else job.mode
    said: Said = {
        "study": study, "inputs": dict(inputs), "verb": job.verb, "scenario": title, "edits": scenario, "mode": mode,
        "rules": rules, "arguments": dict(job.arguments), "seed": job.seed,
    }  # fmt: skip
    # The paths are where things lie, not what they are: a batch moved elsewhere is the same batch.
    content = {key: value for key, value in said.items() if key != "study"} | {
        "edits": scenario.get("digest", scenario)
    }
    key = digest_parts(__version__, json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False))
    return Task(_slug(job.name or _own_name(job, study, title)), key, said, job.limits)


def _own_name(job: Job, study: str, scenario: str) -> str:
    path = Path(study)
    folder = path.parent.name if path.name == STUDY_FILE else path.stem
    parts = [folder, scenario, job.verb, *(f"{key}={value}" for key, value in job.arguments.items())]
    parts += [] if job.mode is None else [job.mode if isinstance(job.mode, str) else "+".join(job.mode.values())]
    parts += [] if job.seed is None else [f"seed={job.seed}"]
    return "-".join(part for part in parts if part)


def _slug(name: str) -> str:
    """Make a name that any file system takes; what is cut off is told apart by a digest."""
    plain = re.sub(r"[^\w.=+-]+", "_", name).strip("._")
    if plain == name and len(plain.encode()) <= LONGEST_NAME:
        return plain
    while len(plain.encode()) > LONGEST_NAME - 9:
        plain = plain[:-1]
    return f"{plain}-{digest_parts(name)[:8]}"


def _study_path(said: str | os.PathLike[str]) -> str:
    path = Path(said)
    if not path.exists() and str(said) in SAMPLES:
        path = sample_file(str(said))
    return str(path.absolute())


def _inputs(path: Path) -> dict[str, str]:
    """Digest the files a study is made of; where they cannot be told, all that lie beside its file."""
    try:
        file = find_study_file(path)
        found, _ = read_study_file(file)
    except DataError:
        return {STUDY_FILE: "missing"}
    named: list[str] = []
    if found is not None:
        named = [part.file for section in found.tables.values() for part in section.parts]
        named += [matrix.file for matrix in found.travel.values()] + ([found.elevation] if found.elevation else [])
    digests = {file.name: digest_file(file)}
    for name in sorted(set(named)):
        one = file.parent / name
        digests[name] = digest_file(one) if one.is_file() else "missing"
    return digests


def _faults(job: Job, where: str) -> list[Fault]:
    verb = VERBS.get(job.verb)
    if verb is None:
        hint = did_you_mean(job.verb, VERBS)
        told = Text(f'{where}: no verb "{job.verb}"{hint.en}.', f"{where}：没有动词“{job.verb}”{hint.zh}。")
        return [Fault("", told, Text(f"use one of {', '.join(VERBS)}.", f"可用：{'、'.join(VERBS)}。"))]
    wrong = [name for name in job.arguments if name not in verb.arguments()]
    return [
        Fault(
            "",
            Text(f'{where}: {verb.name} takes no "{name}"{did_you_mean(name, verb.arguments()).en}.',
                 f"{where}：{verb.name} 没有参数“{name}”{did_you_mean(name, verb.arguments()).zh}。"),
            Text(f"use some of {', '.join(verb.arguments())}.", f"可用：{'、'.join(verb.arguments())}。"),
        )
        for name in wrong
    ]  # fmt: skip


def _not_plain(where: str) -> Fault:
    told = Text(f"{where}: an argument is no plain value.", f"{where}：参数不是普通值。")
    return Fault("", told, Text("use texts, numbers, lists and mappings.", "请只用文本、数字、列表与映射。"))


def _fault(file: Path, en: str, zh: str) -> Fault:
    mend = Text("see docs/batch.md for an example.", "示例见 docs/batch.md。")
    return Fault(file.name, Text(en, zh), mend)


def _unknown(file: Path, key: str, known: Iterable[str], where: str = "") -> Fault:
    hint = did_you_mean(str(key), list(known))
    told = Text(f'unknown key "{where}{key}"{hint.en}.', f"未知键“{where}{key}”{hint.zh}。")
    return Fault(file.name, told, Text(f"known are {', '.join(sorted(known))}.", f"可用：{'、'.join(sorted(known))}。"))
