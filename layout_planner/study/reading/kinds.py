"""Kinds of school (GB/T 33782 codes), stages, states and owners as people write them, here and abroad."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from layout_planner.study.stages import STAGES, parse_grades

KIND_STAGES: dict[str, tuple[str, ...]] = {
    "111": ("kindergarten",),
    "119": ("kindergarten",),
    "211": ("primary",),
    "218": ("primary",),
    "311": ("junior",),
    "312": ("primary", "junior"),
    "341": ("junior", "senior"),
    "342": ("senior",),
    "345": ("primary", "junior", "senior"),
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

_KIND_WORDS: dict[str, str] = {
    "111": "幼儿园 幼稚園 幼兒園 公办园 民办园 中心园 村园 kindergarten preschool nursery pre-primary prekindergarten "
           "nursery_school école_maternelle ecole_maternelle maternelle creche pré-escola "
           "educação_infantil kita 유치원 幼稚園 幼保連携型認定こども園 认定こども园",
    "119": "附设幼儿班 附設幼兒班 附设幼儿园 幼儿园附设 小学附设幼儿班 附设学前班 学前班",
    "211": "小学 小學 國小 国小 完小 完全小学 村小 村完小 中心校 中心小学 乡镇中心校 国民小学 國民小學 实验小学 小学校 "
           "小學校 初等小学 普通小学 九年制小学部 小学部 primary elementary junior_school full_primary contributing "
           "primary_only grundschule volksschule volksschulen primarschule école_élémentaire ecole_elementaire "
           "école_primaire ecole_primaire ecole_de_niveau_elementaire école_de_niveau_élémentaire école ecole élémentaire "
           "elementaire lower_primary escola_primária anos_iniciais basisschool scuola_primaria 초등학교 초등",
    "218": "教学点 小学教学点 教學點 教学班点 村教学点 teaching_point",
    "311": "初中 初级中学 國中 国中 国民中学 國民中學 初級中學 初级中学校 中学校 初中部 独立初中 普通初中 乡镇初中 junior "
           "junior_middle junior_high middle intermediate lower_secondary upper_primary middle_deemed_secondary "
           "collège college collége hauptschule realschule sekundarschule mittelschule werkrealschule anos_finais "
           "scuola_media 중학교 중등",
    "312": "九年一贯制 九年一贯制学校 九年一貫制 九年制学校 九年制 nine-year nine-year_basic basic_education "
           "义务教育学校 小学初中 義務教育学校 ensino_fundamental primary_with_upper_primary grund-_und_hauptschule "
           "gemeinschaftsschule",
    "341": "完全中学 完中 完全中學 完全中学校 complete_middle 中等教育学校 gymnasium gesamtschule stadtteilschule "
           "国中高中",
    "342": "高中 高级中学 普通高中 高級中學 高级中等学校 高級中等學校 高等学校 高校 独立高中 senior senior_high high "
           "senior_secondary upper_secondary higher_secondary sixth_form 16_plus lycée lycee ensino_médio 고등학교",
    "345": "十二年一贯制 十二年一贯制学校 十二年一貫制 twelve-year all-through composite all_through",
    "361": "中职 中专 职业高中 中等职业学校 中等专业学校 职高 職業學校 技工学校 vocational lycée_professionnel "
           "lycee_professionnel berufsschule berufskolleg",
    "511": "特殊教育 特殊教育学校 特教 特教学校 特殊教育學校 特別支援学校 盲聋哑学校 special special_education "
           "förderschule foerderschule 특수학교",
}  # fmt: skip
KIND_WORDS: dict[str, str] = {
    word.replace("_", " "): code for code, words in _KIND_WORDS.items() for word in words.split()
} | {"complete middle": "341"}
"""What people write → kind code; keys as `plain` gives them, without a last "school"."""

_LEVEL_WORDS: dict[str, str] = {
    "kindergarten": "k kg pk prek 学前 学前教育 幼儿 幼教 early_childhood early_childhood_education",
    "primary": "小学教育 小学段 小学阶段",
    "junior": "初中教育 初中段 初中阶段 普通初中教育",
    "senior": "高中教育 高中段 高中阶段 普高",
    "vocational": "中等职业教育 中職 職高",
}
STAGE_WORDS: dict[str, str] = (
    {word: stages[0] for word, code in KIND_WORDS.items() if len(stages := KIND_STAGES[code]) == 1}
    | {word.replace("_", " "): stage for stage, words in _LEVEL_WORDS.items() for word in words.split()}
)  # fmt: skip
"""What people write for one stage → stage; keys as `plain` gives them, without a last "school"."""

SECONDARY = "secondary"
"""Stands for the stages a secondary school holds, which hang on the calendar (`Calendar.secondary`)."""

_SECONDARY_WORDS = frozenset((
    "secondary", "中学", "中學", "普通中学", "普通中學", "独立中学", "middle and high", "junior senior high",
    "ensino secundário", "post-primary",
))  # fmt: skip
_AND = re.compile(r"\s*(?:[、，,;；/+＋&|·]|和|与|及|兼|\band\b|\bwith\b|\bund\b|\bet\b|\be\b)\s*")
_TAILS = re.compile(r"(?:[\s_]+(?:schools?|only|education)|学校|學校|办学|\s*\(.*\)|\s*部)$")
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
        Where the cell names grades ("K-8") in place of stages, which the calendar then tells.
    """

    stages: tuple[str, ...] = ()
    kind: str | None = None
    grades: tuple[int, ...] = ()


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
    one = _one_offered(word)
    if one is not None:
        return one
    if re.search(r"[-–~～至到]", word):  # a bare number may be a code of anything
        try:
            return Offered(grades=parse_grades(word))
        except ValueError:
            pass
    parts = [_one_offered(part) for part in _AND.split(word) if part]
    if not parts or any(part is None for part in parts):
        parts = [_one_offered(part) for part in _run_together(word)]
    if not parts or any(part is None for part in parts):
        return None
    held = {stage for part in parts if part is not None for stage in part.stages}
    kinds = [part.kind for part in parts if part is not None]
    stages = tuple(stage for stage in (*STAGES, SECONDARY) if stage in held)
    joint = [code for code, offered in KIND_STAGES.items() if len(offered) > 1 and offered == stages]
    return Offered(stages, kinds[0] if len(kinds) == 1 else joint[0] if joint else None)


def _run_together(word: str) -> list[str]:
    """Take apart words set side by side, the longest known first: 小学初中, "Pr. Up Pr. and Secondary Only"."""
    if not word.isascii():
        found = re.findall(r"幼儿园|学前|小学|初中|高中", word)
        return found if "".join(found) == word else []
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
    for _ in range(4):
        if bare in _SECONDARY_WORDS:
            return Offered((SECONDARY,))
        if bare in KIND_WORDS:
            return Offered(KIND_STAGES[KIND_WORDS[bare]], KIND_WORDS[bare])
        if bare in STAGE_WORDS:
            return Offered((STAGE_WORDS[bare],))
        shorter = _TAILS.sub("", bare).strip()
        if shorter == bare or not shorter:
            return None
        bare = shorter
    return None


_STATE_WORDS: dict[str, str] = {
    "open": "在办 开办 正常 在用 保留 在辦 在校 运行 办学 存续 operating active currently_operational operational "
            "opened new reopened added changed_boundary/agency open,_but_proposed_to_close ouvert aktiv ativa em_atividade "
            "운영 existing functional",
    "closed": "撤并 已撤 已撤并 撤销 停办 关闭 撤併 停辦 已停办 已关闭 休校 閉校 廃校 inactive not_operational fermé ferme "
              "paralisada extinta temporarily_closed permanently_closed 폐교 closed_permanently non-functional",
    "planned": "规划 拟建 新建 在建 規劃 擬建 筹建 future proposed proposed_to_open 신설",
}  # fmt: skip
STATE_WORDS: dict[str, str] = {
    word.replace("_", " "): state for state, words in _STATE_WORDS.items() for word in (state, *words.split())
}
"""What people write → state of a school."""

_OWNERSHIP_WORDS: dict[str, str] = {
    "public": "公办 公立 公辦 教育部门 教育部门办 地方教育部门 教育局 教育部门和集体办 集体办 国办 国立 國立 县立 縣立 市立 "
              "乡立 其他部门办 state government govt govt. municipal federal estadual state_:_integrated state:_integrated "
              "state-integrated integrated local_government local_authority publicly_funded community council "
              "department_of_education tribal/social_welfare_department central_govt. öffentlich oeffentlich staatlich "
              "pública publica público publico estatal statale publique 공립 국립 公 公立小学 1-公立 regular_public",
    "private": "民办 私立 民辦 社会力量办 民营 普惠性民办 普惠民办 independent private_unaided "
               "private_unaided_(recognized) private_aided government_aided privé prive privat privada privado frei "
               "frei_getragen freie_trägerschaft 사립 私 non-government church fee-paying proprietor",
}  # fmt: skip
OWNERSHIP_WORDS: dict[str, str] = {
    word.replace("_", " "): who for who, words in _OWNERSHIP_WORDS.items() for word in (who, *words.split())
}
"""What people write → who runs a school."""

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
