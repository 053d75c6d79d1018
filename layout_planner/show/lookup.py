"""`lookup_page`: what a plan means for one village, as a page for a parent's phone. It holds nothing else of the plan.

Who goes to which school today and in the plan, how, how long, from when and why; which children have no school yet;
and a form to reply on. No finding, teacher, roll, cost or measure is in the file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import TypedDict

import numpy as np
import pandas as pd

from layout_planner.base.errors import refuse
from layout_planner.base.escape import esc, json_block, shorten
from layout_planner.base.messages import Language, Text
from layout_planner.catchments.hearing.form import ANSWERS, FORMAT, MOST_WORDS, VERSION, WISHES
from layout_planner.page.briefing import Page
from layout_planner.page.bundle import bundle
from layout_planner.page.offline import policy
from layout_planner.plan import Plan, lacks_school, plan_digest
from layout_planner.study.stages import STAGE_NAMES
from layout_planner.study.tidy import MIGRANT
from layout_planner.travel.types import travel_for

MOST_BYTES = 1_000_000
"""A page must open on an old phone; where a county is larger, give some of its townships."""

HOWS = ("day", "board", "bus", "lodge")
"""How a child goes, as `Assignment.flows` say it: home every day, in the school's beds, by its bus, lodging near it."""


@dataclass(frozen=True)
class BureauWords:
    """What the bureau says in its own words; both languages, or one text for both.

    Parameters
    ----------
    ask
        Whom to ask: office, telephone, hours.
    exempt
        Who may stay where they are: "pupils of grade 6 finish here".
    why
        School → why it closes or opens; the reasons of the scenario's edits where left out.
    url
        Where the page will stand; the printed notices send to it.
    """

    ask: str = ""
    exempt: str = ""
    why: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


_Going = tuple[str, int, int, int, str]
"""School, how (`HOWS`), minutes, metres (−1: not known), mode."""
Way = tuple[str, int, int, int, str, int]
"""The same, and 1 where migrant children only go so."""
Option = tuple[int, int, int, int, str, int]
"""The same, with the school's number."""
Band = tuple[int, list[int], list[int], int]
"""Grades (a bit each), options today and in the plan, and whether some have no school (1) or learn elsewhere (2)."""
Change = list[int | str | None]
"""Year and why."""


class StageOfVillages(TypedDict):
    """What the page holds of a stage: see `_Stage.packed`."""

    key: str
    name: dict[str, str]
    grades: list[int]
    options: list[Option]
    rows: list[list[Band]]
    changes: dict[str, list[Change | None]]
    without: float


class Villages(TypedDict):
    """What the page holds, as plain values; places: id, name and number of the township, −1 for none."""

    lang: Language
    county: str
    year: int
    compared: int
    simulated: int
    digest: str
    ask: str
    exempt: str
    townships: list[str]
    places: list[tuple[str, str, int]]
    sounds: list[str]
    schools: list[tuple[str, str]]
    stages: list[StageOfVillages]
    form: dict[str, object]


def lookup_page(
    plan: Plan,
    path: str | os.PathLike[str] | None = None,
    *,
    lang: Language = "zh",
    told: BureauWords | None = None,
    townships: Sequence[str] | None = None,
) -> Page:
    """Write the page on which a family looks up its village.

    Parameters
    ----------
    plan
        The plan; what holds today is its `base`.
    path
        Where to save the page; not saved where left out.
    lang
        The language it opens in; the page has a switch.
    told
        What the bureau says: whom to ask, who is exempt, reasons.
    townships
        Only villages of these townships (ids).

    Returns
    -------
    Page
        The page: one file of at most 1 MB that loads nothing and sends nothing.

    Raises
    ------
    DataError
        The page would be larger, or no village is left.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> now = lp.today(study, ways, stage="junior")
    >>> page = lp.lookup_page(now, "families.html", lang="en")
    >>> page.save("again.html").stat().st_size < 1_000_000  # it has to open on a phone
    True
    """
    data = lookup_data(plan, lang, told or BureauWords(), townships)
    page = Page(_document(data, lang))
    if page.size > MOST_BYTES:
        raise refuse(
            f"the page for {len(data['places']):,} villages would be {page.size / 1e6:.1f} MB, more than 1 MB",
            f"{len(data['places']):,} 个村（小区）的页面约 {page.size / 1e6:.1f} MB，超过 1 MB",
            "make one page for some of the townships: townships=[…]", "请分乡镇生成：townships=[…]",
        )  # fmt: skip
    if path is not None:
        page.save(path)
    return page


def lookup_data(plan: Plan, lang: Language, told: BureauWords, townships: Sequence[str] | None = None) -> Villages:
    """Give what the page holds, as plain values: names, and for each village who goes where."""
    study = plan.study
    ids = study.places.index
    if townships is not None and "township_id" in study.places:
        ids = ids[study.places["township_id"].isin([str(t) for t in townships]).to_numpy(dtype=bool)]
    if not len(ids):
        raise refuse("no village is left to look up", "没有可查询的村（小区）", "check townships=", "请检查 townships=")
    stages = {stage: _Stage(plan, stage, ids) for stage in plan.assignments}
    used = dict.fromkeys(school for stage in stages.values() for school in stage.schools())
    schools = {school: k for k, school in enumerate(used)}
    homes = study.places["township_id"].reindex(ids) if "township_id" in study.places else pd.Series(None, index=ids)
    towns = [town for town in study.townships.index if town in set(homes.dropna())]
    return {
        "lang": lang,
        "county": shorten(study.name),
        "year": int(study.year),
        "compared": int(plan.base is not None),
        "simulated": int(bool(study.simulated)),
        "digest": plan_digest(plan),
        "ask": shorten(told.ask, 300),
        "exempt": shorten(told.exempt, 300),
        "townships": [shorten(study.townships["name"].get(town, town)) for town in towns],
        "places": [
            (str(place), shorten(_name(study.places, place)), towns.index(home) if home in towns else -1)
            for place, home in homes.items()
        ],
        "sounds": _sounds([_name(study.places, place) for place in ids]),
        "schools": [(str(school), shorten(study.school_name(school))) for school in schools],
        "stages": [stage.packed(schools, told) for stage in stages.values()],
        "form": {
            "format": FORMAT, "version": VERSION, "most": MOST_WORDS,
            "answers": {key: {"zh": t.zh, "en": t.en} for key, t in ANSWERS.items()},
            "wishes": {key: {"zh": t.zh, "en": t.en} for key, t in WISHES.items()},
        },
    }  # fmt: skip


def _name(frame: pd.DataFrame, label: str) -> str:
    name = frame["name"].get(label) if "name" in frame else None
    return str(label) if name is None or pd.isna(name) or not str(name).strip() else str(name)


def _sounds(names: Sequence[str]) -> list[str]:
    """Spell names as they are typed without Chinese keys: 新民2村 as "xinmin2cun" and by first letters, "xm2c"."""
    from pypinyin import lazy_pinyin

    def other(text: str) -> str:
        """Mark what is not Chinese, so that numbers stay whole among the first letters."""
        return "\0" + "".join(one for one in text.lower() if one.isascii() and one.isalnum())

    spelt = [lazy_pinyin(shorten(name), errors=other) for name in names]
    whole = ["".join(parts).replace("\0", "") for parts in spelt]
    first = ["".join(part[1:] if part.startswith("\0") else part[:1] for part in parts) for parts in spelt]
    return [f"{full} {short}".strip() for full, short in zip(whole, first, strict=True)]


def _changes(plan: Plan, stage: str, school: str, told: BureauWords) -> tuple[Change | None, Change | None]:
    """Tell when and why a school ends a stage, and when and why it opens or grows: each [year or None, why]."""
    ends: Change | None = None
    opens: Change | None = None
    for edit in plan.scenario.edits:
        if school not in (edit.opens, edit.subject) or not (edit.opens is not None or edit.concerns(stage)):
            continue
        what: Change = [edit.year, shorten(told.why.get(school, edit.reason or ""), 200)]
        if edit.ends:
            ends = what
        elif edit.builds:
            opens = what
    return ends, opens


class _Stage:
    """One stage of the plan: for every village and grade the schools, today and in the plan."""

    def __init__(self, plan: Plan, stage: str, ids: pd.Index) -> None:
        self.stage, self.plan = stage, plan
        self.grades = list(plan.study.grades(stage))
        self.place = {place: k for k, place in enumerate(ids)}
        base = plan.base.assignments.get(stage) if plan.base is not None else plan.assignments[stage]
        none = plan.assignments[stage].flows.iloc[:0]
        self.then = self._options(none if base is None else base.flows)
        self.now = self._options(plan.assignments[stage].flows)
        left = plan.assignments[stage].unplaced
        left = left.loc[left["place_id"].isin(self.place)]
        away = ~lacks_school(left)
        self.lost = self._waiting(left.loc[~away])
        self.away = self._waiting(left.loc[away])
        self.children = float(left.loc[~away, "pupils"].sum())

    def _options(self, flows: pd.DataFrame) -> dict[tuple[int, int], list[Way]]:
        """Give (village, grade) → schools, those of most children first: (school, how, minutes, metres, mode)."""
        mine = flows.loc[flows["place_id"].isin(self.place)]
        keys = ["place_id", "grade", "group", "school_id", "how"]
        ways = mine.assign(
            minutes=np.floor(mine["minutes"] + 0.5).fillna(-1).astype(int),
            metres=(np.floor(mine["metres"] / 10 + 0.5) * 10).fillna(-1).astype(int),
            mode=self._modes(mine),
        )
        table = ways.groupby([*keys, "minutes", "metres", "mode"], sort=False)["pupils"].sum().reset_index()
        table = table.loc[table["pupils"] > 0].sort_values(["pupils", "school_id"], ascending=[False, True])
        by: dict[tuple[int, int], dict[str, list[_Going]]] = {}
        for place, grade, group, school, how, minutes, metres, mode, _ in table.itertuples(index=False, name=None):
            whose = by.setdefault((self.place[place], int(grade)), {})
            whose.setdefault(str(group), []).append((str(school), HOWS.index(how), minutes, metres, mode))
        return {key: list(_merged(whose)) for key, whose in by.items()}

    def _modes(self, flows: pd.DataFrame) -> pd.Series[str]:
        """Give by what each child goes; where its row does not say, by what the ways of its grade were measured."""
        measured = {g: travel_for(self.plan.travel, self.stage, g).mode for g in self.grades}
        usual = flows["grade"].map(measured).astype("str")
        if "mode" not in flows:
            return usual
        own = flows["mode"].astype("str")
        return own.where(own != "", usual)

    def _waiting(self, left: pd.DataFrame) -> set[tuple[int, int]]:
        some = left.loc[left["pupils"] > 0]
        return {(self.place[p], int(g)) for p, g in zip(some["place_id"], some["grade"], strict=True)}

    def schools(self) -> Iterator[str]:
        """Name the schools somebody goes to."""
        for options in (*self.then.values(), *self.now.values()):
            yield from (option[0] for option in options)

    def packed(self, schools: Mapping[str, int], told: BureauWords) -> StageOfVillages:
        """Give the stage as the page reads it: options once each, and village by village bands of grades alike."""
        options: dict[Option, int] = {}

        def at(found: list[Way]) -> tuple[int, ...]:
            return tuple(options.setdefault((schools[o[0]], *o[1:]), len(options)) for o in found)

        rows: list[list[Band]] = []
        for place in self.place.values():
            bands: dict[tuple[tuple[int, ...], tuple[int, ...], int], int] = {}
            for k, grade in enumerate(self.grades):
                key = (place, grade)
                if key in self.then or key in self.now or key in self.lost or key in self.away:
                    same = (at(self.then.get(key, [])), at(self.now.get(key, [])),
                            int(key in self.lost) + 2 * int(key in self.away))  # fmt: skip
                    bands[same] = bands.get(same, 0) | 1 << k
            rows.append([(mask, list(then), list(now), state) for (then, now, state), mask in bands.items()])
        en, zh = STAGE_NAMES[self.stage]
        mine = dict.fromkeys(self.schools())
        changes = {str(schools[school]): _changes(self.plan, self.stage, school, told) for school in mine}
        return {
            "key": self.stage,
            "name": {"zh": zh, "en": en},
            "grades": self.grades,
            "options": list(options),
            "rows": rows,
            "changes": {at: list(what) for at, what in changes.items() if any(what)},
            "without": round(self.children),
        }


def _merged(whose: Mapping[str, list[_Going]]) -> Iterator[Way]:
    """Give the schools of a village and grade: told apart for migrant children only where they go elsewhere."""
    migrants = whose.get(MIGRANT)
    others = list(dict.fromkeys(option for group, mine in whose.items() if group != MIGRANT for option in mine))
    if migrants is None or not others or set(migrants) == set(others):
        yield from ((*option, 0) for option in others or migrants or ())
        return
    yield from ((*option, 0) for option in others)
    yield from ((*option, 1) for option in migrants)


def _document(data: Villages, lang: Language) -> str:
    folder = resources.files("layout_planner.show")
    style, body = ((folder / f"lookup.{kind}").read_text(encoding="utf-8") for kind in ("css", "html"))
    script = "\n" + bundle("show/web/lookup.js") + "\n"
    title = Text(f"{data['county']}: find your school", f"{data['county']} 学校查询")
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy([script])}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{esc(title.zh if lang == 'zh' else title.en)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f'{body}<script id="data" type="application/json">{json_block(data)}</script>\n<script>{script}</script>\n'
        "</body>\n</html>\n"
    )
