"""Kinds of school (GB/T 33782 codes), stages, states and owners as people write them, here and abroad."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from layout_planner.study.stages import STAGE_NAMES, STAGES, Calendar, parse_grades
from layout_planner.study.words import group_words

KIND_STAGES: dict[str, tuple[str, ...]] = {
    "111": ("kindergarten",),
    "119": ("kindergarten",),
    "211": ("primary",),
    "218": ("primary",),
    "219": ("primary",),
    "311": ("junior",),
    "312": ("primary", "junior"),
    "319": ("junior",),
    "341": ("junior", "senior"),
    "342": ("senior",),
    "345": ("primary", "junior", "senior"),
    "349": ("senior",),
    **{f"36{i}": ("vocational",) for i in range(10)},
    **{f"51{i}": ("special",) for i in range(10)},
}
"""Kind code → the stages such a school offers."""

STAGE_KIND = {
    "kindergarten": "111",
    "primary": "211",
    "junior": "311",
    "senior": "342",
    "vocational": "361",
    "special": "511",
}
"""The kind a school of one stage is taken for where the table names none."""

KIND_NAMES: dict[str, str] = {
    "111": "幼儿园", "119": "附设幼儿班", "211": "小学", "218": "教学点", "311": "初中", "312": "九年一贯制",
    "341": "完全中学", "342": "高中", "345": "十二年一贯制", "361": "中职", "511": "特殊教育",
}  # fmt: skip
"""Kind code → its name, as a message names it."""

KIND_WORDS: dict[str, str] = {word: code for code, words in group_words("kinds").items() for word in words}
"""What people write → kind code; keys as `plain` gives them, without a last "school"."""

STAGE_WORDS: dict[str, str] = {
    word: stages[0] for word, code in KIND_WORDS.items() if len(stages := KIND_STAGES[code]) == 1
} | {word: stage for stage, words in group_words("levels").items() for word in words}
"""What people write for one stage → stage; keys as `plain` gives them, without a last "school"."""

SECONDARY = "secondary"
"""Stands for the stages a secondary school holds, which hang on the calendar (`Calendar.secondary`)."""

_SECONDARY_WORDS = frozenset(group_words("secondary")["words"])
_FIFTEEN_WORDS = frozenset(group_words("fifteen")["words"])
_ALL_WORDS = frozenset(group_words("all_above")["words"])
_INCOMPLETE_WORDS = frozenset(group_words("incomplete")["words"])
INCOMPLETE = (1, 2, 3, 4)
"""The grades of an incomplete primary school (非完全小学, GB 50099-2011)."""

_ATTACHED = {
    "kindergarten": "119",
    "primary": "219",
    "junior": "319",
    "senior": "349",
    "vocational": "369",
    "special": "519",
}
"""Stage → kind of classes of it at a school of another."""

_STAGE_SIGN = {"幼": "kindergarten", "小": "primary", "初": "junior", "高": "senior"}
_AND = re.compile(r"\s*(?:[、，,;；/+＋&|·]|和|与|及|兼|\band\b|\bwith\b|\bund\b|\bet\b|\be\b)\s*")
_TAILS = re.compile(r"(?:[\s_]+(?:schools?|only|education)|学校|學校|办学|\s*\(.*\)|\s*部)$")
_LEADING = re.compile(
    r"^(?:(?:附属|公办|民办|公立|私立|普惠性?|独立|普通|寄宿制?|乡村|村办|标准化|村级|乡镇|镇级|农村|城区|县立|市立)|"
    r"(?:government|public|private|state|municipal|community|national|escuela|école|ecole|trường|szkoła|sekolah|โรงเรียน)\s*)"
)
"""Who runs it, or "school" set first, as it stands before the kind."""
_ADDED = r"(?:含|附设|附带|附|设有|带|戴帽|加)有?"
_HELD = re.compile(rf"\s*\({_ADDED}((?:小学|初中|高中)[部段班]?)\)$")
_NURSERY = "(?:附设)?(?:幼儿园|幼儿班|幼儿部|学前班|学前部)"
_BESIDE = re.compile(rf"\s*(?:\({_ADDED}{_NURSERY}\)|[含带]{_NURSERY})$")
"""A kindergarten as a remark on a school of another kind: the numbers of the row are the school's."""

_OF_ANOTHER = re.compile(r"^(?P<own>.{2,6}?)(?:附设|附带|附属|戴帽|带|附)(?P<more>.{2,8})$")
_ABBREVIATED = {"pr": "primary", "up": "upper", "sec": "secondary", "h": "higher", "hsec": "higher secondary"}
_MOST_CHARACTERS = 120


@dataclass(frozen=True)
class Offered:
    """What a cell says a school offers.

    Parameters
    ----------
    stages
        Youngest first; `SECONDARY` stands for what hangs on the calendar.
    kind
        GB/T 33782 code, where the words name one kind.
    grades
        Where the cell names grades ("K-8") in place of stages, which the calendar then tells; those of an incomplete
        primary school.
    years
        The cell's text where only the calendar tells its grades (初一至初三).
    beside
        A kindergarten named as a remark, which the row's numbers are not of.
    """

    stages: tuple[str, ...] = ()
    kind: str | None = None
    grades: tuple[int, ...] = ()
    years: str = ""
    beside: bool = False


@lru_cache(maxsize=4096)
def read_offered(text: str) -> Offered | None:
    """Read the stages, the kind or the grades of a school as people write them; None where it is none of these.

    "小学、初中" names two stages, 九年一贯制 a kind, "K-8" grades, "Primary with Upper Primary" a kind of two stages.
    """
    word = plain(text)
    if len(word) > _MOST_CHARACTERS:
        return None
    if word in KIND_STAGES:
        return Offered(KIND_STAGES[word], word)
    beside = _BESIDE.search(word)
    if beside is not None and (school := read_offered(word[: beside.start()])) is not None:
        return school if "kindergarten" in school.stages else replace(school, beside=True)
    for read in (_one_offered, _with_grades, _of_another, _from_to):
        one = read(word)
        if one is not None:
            return one
    parts = [_one_offered(part) for part in _AND.split(word) if part]
    if not parts or any(part is None for part in parts):
        parts = [_one_offered(part) for part in _run_together(word)]
    if not parts or any(part is None for part in parts):
        return None
    held = {stage for part in parts if part is not None for stage in part.stages}
    kinds = [part.kind for part in parts if part is not None]
    stages = tuple(stage for stage in (*STAGES, SECONDARY) if stage in held)
    return Offered(stages, kinds[0] if len(kinds) == 1 else _joint(stages))


def stage_meant(text: str) -> str | None:
    """Give the one stage a word names; None where it names none, several, or one that hangs on the calendar."""
    offered = read_offered(text)
    return (
        offered.stages[0] if offered is not None and len(offered.stages) == 1 and offered.stages[0] in STAGES else None
    )


def _joint(stages: tuple[str, ...]) -> str | None:
    """Name the kind of a school of several stages."""
    return next((code for code, offered in KIND_STAGES.items() if len(offered) > 1 and offered == stages), None)


def _with_grades(word: str) -> Offered | None:
    """Read grades in place of stages: K-8, 七至九年级, 小班中班大班, 初一至初三."""
    if not re.search(r"[-–~～至到班]|年级|年級", word):  # a bare number may be a code of anything
        return None
    try:
        return Offered(grades=parse_grades(word))
    except ValueError:
        pass
    try:
        return Offered(_LONG.stages_of(parse_grades(word, _LONG)), years=word)
    except ValueError:
        return None


_LONG = Calendar(3, 0, (6, 6, 6))
"""Tells which stage a year of a stage belongs to; the years themselves the study's calendar tells."""


def _of_another(word: str) -> Offered | None:
    """Read a school with classes of another stage, and such classes by themselves: 小学附设初中班, 附设初中班."""
    alone = re.fullmatch(r"附设(.+?)班", word)
    if alone is not None:
        part = _one_offered(alone[1])
        return Offered(part.stages, _ATTACHED.get(part.stages[0])) if part and len(part.stages) == 1 else None
    if word in ("戴帽初中", "戴帽小学"):  # a primary school with junior classes on top
        return Offered(("primary", "junior"), "211")
    found = _OF_ANOTHER.match(word)
    if found is None:
        return None
    own, more = _one_offered(found["own"]), _one_offered(re.sub("[班部]$", "", found["more"]))
    if own is None or more is None or set(more.stages) <= set(own.stages):
        return None
    held = {*own.stages, *more.stages}
    return Offered(tuple(stage for stage in (*STAGES, SECONDARY) if stage in held), own.kind)


def _from_to(word: str) -> Offered | None:
    """Read a span of stages: 小学至初中, primary to senior."""
    ends = re.split(r"\s*(?:[-–~～至到]|\bto\b)\s*", word)
    if len(ends) != 2:
        return None
    low, high = (_one_offered(end) for end in ends)
    if low is None or high is None or len(low.stages) != 1 or len(high.stages) != 1:
        return None
    if low.stages[0] not in _GENERAL or high.stages[0] not in _GENERAL:
        return None
    first, last = _GENERAL.index(low.stages[0]), _GENERAL.index(high.stages[0])
    stages = _GENERAL[first : last + 1]
    return Offered(stages, _joint(stages)) if first < last else None


_GENERAL = STAGES[:4]


def _run_together(word: str) -> list[str]:
    """Take apart words set side by side, the longest known first: 小学初中, "Pr. Up Pr. and Secondary Only"."""
    if not word.isascii():
        found = re.findall(r"幼儿园|学前|小学|初中|高中", word)
        if "".join(found) == word:
            return found
        # 小初高, 初高中, 幼小: each stage by its first sign
        signs = re.fullmatch("(幼?小?初?高?)(?:中|学段|部|一体|一体化|一贯)?", re.sub("中小学$", "", word))
        return [STAGE_NAMES[_STAGE_SIGN[sign]][1] for sign in signs[1]] if signs and len(signs[1]) > 1 else []
    names = [_ABBREVIATED.get(name, name) for name in re.findall(r"[a-z]+", word)]
    names = [part for name in names for part in name.split() if part not in ("and", "with", "only", "school")]
    found, at = [], 0
    while at < len(names):
        length = next((n for n in (3, 2, 1) if _one_offered(" ".join(names[at : at + n])) is not None), 0)
        if not length:
            return []
        found.append(" ".join(names[at : at + length]))
        at += length
    return found


def _one_offered(word: str) -> Offered | None:
    """Read one word; what stands behind it ("school", 学校, a remark in brackets) is taken off step by step."""
    bare = re.sub(r"^[a-z]?\d*\((.+)\)$", r"\1", word.replace("_", " ")).strip()
    held = _HELD.search(bare)
    if held is not None:  # 初中（含小学部）: what the bracket adds is not dropped
        first, more = _one_offered(bare[: held.start()]), _one_offered(held[1])
        if first is not None and more is not None and not set(more.stages) <= set(first.stages):
            stages = tuple(stage for stage in STAGES if stage in {*first.stages, *more.stages})
            return Offered(stages, _joint(stages))
    for _ in range(4):
        if bare in _SECONDARY_WORDS:
            return Offered((SECONDARY,))
        if bare in _INCOMPLETE_WORDS:
            return Offered(("primary",), "211", INCOMPLETE)
        if bare in _FIFTEEN_WORDS:
            return Offered(_GENERAL, "345")
        if bare in _ALL_WORDS:
            return Offered(("primary", SECONDARY))
        if bare in KIND_WORDS:
            return Offered(KIND_STAGES[KIND_WORDS[bare]], KIND_WORDS[bare])
        if bare in STAGE_WORDS:
            return Offered((STAGE_WORDS[bare],))
        shorter = _TAILS.sub("", bare).strip()
        if shorter == bare or not shorter:
            shorter = _LEADING.sub("", bare).strip()
        if shorter == bare or not shorter:
            return None
        bare = shorter
    return None


STATE_WORDS: dict[str, str] = {
    word: state for state, words in group_words("states").items() for word in (state, *words)
}
"""What people write → state of a school."""

OWNERSHIP_WORDS: dict[str, str] = {word: who for who, words in group_words("owners").items() for word in (who, *words)}
"""What people write → who runs a school."""

USUAL_WORDS: dict[str, str] = {
    "walk": "walk", "步行": "walk", "走路": "walk", "foot": "walk",
    "bike": "bike", "自行车": "bike", "骑车": "bike", "骑自行车": "bike", "bicycle": "bike", "自行車": "bike",
    "ebike": "ebike", "电动车": "ebike", "电动自行车": "ebike", "电瓶车": "ebike", "家长接送": "ebike",
    "電動車": "ebike",
    "drive": "drive", "私家车": "drive", "小汽车": "drive", "乘车": "drive", "car": "drive",
    "bus": "bus", "校车": "bus", "schoolbus": "bus", "school bus": "bus", "校車": "bus",
    "mixed": "mixed", "公交": "mixed", "公交车": "mixed", "班车": "mixed", "客车": "mixed", "城乡公交": "mixed",
    "县乡班车": "mixed", "public transport": "mixed",
}  # fmt: skip
"""What people write → the mode children go by who do not walk (`travel.types.WAYS`); mixed: a bus from the stops."""

TIE_WORDS: dict[str, str] = {
    "both": "both", "人户一致": "both", "户房一致": "both", "人戶一致": "both", "有户有房": "both",
    "registration": "registration", "户籍": "registration", "有户无房": "registration", "仅户籍": "registration",
    "戶籍": "registration",
    "property": "property", "房产": "property", "有房无户": "property", "仅房产": "property", "房產": "property",
    "tenant": "tenant", "租房": "tenant", "租住": "tenant", "租户": "tenant", "租房户": "tenant",
    "migrant": "migrant", "随迁子女": "migrant", "随迁": "migrant", "外来务工子女": "migrant", "隨遷子女": "migrant",
}  # fmt: skip
"""What people write → what ties a child to a zone: household registration and home there (人户一致), one of them, a
rented home, or a migrant parent's work."""


def plain(text: str) -> str:
    """Write a word the way the tables above do: half width, lower case, no blanks at the ends."""
    return unicodedata.normalize("NFKC", text).strip().lower()
