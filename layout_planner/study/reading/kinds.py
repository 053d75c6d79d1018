"""Kinds of school (GB/T 33782 codes), stages and states as people write them, in Chinese and English."""

from __future__ import annotations

import unicodedata

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

KIND_WORDS: dict[str, str] = {
    "幼儿园": "111", "幼稚園": "111", "幼兒園": "111", "kindergarten": "111", "附设幼儿班": "119", "附設幼兒班": "119",
    "小学": "211", "小學": "211", "國小": "211", "完小": "211", "完全小学": "211", "村小": "211", "中心校": "211",
    "中心小学": "211", "primary": "211", "primary school": "211", "elementary": "211", "elementary school": "211",
    "教学点": "218", "小学教学点": "218", "教學點": "218", "teaching point": "218",
    "初中": "311", "初级中学": "311", "國中": "311", "初級中學": "311", "junior": "311", "middle": "311",
    "九年一贯制": "312", "九年一贯制学校": "312", "九年一貫制學校": "312",
    "nine-year": "312", "nine-year school": "312",
    "完全中学": "341", "完中": "341", "完全中學": "341", "complete middle": "341",
    "高中": "342", "高级中学": "342", "普通高中": "342", "高級中學": "342", "senior": "342", "high": "342",
    "十二年一贯制": "345", "十二年一贯制学校": "345", "十二年一貫制學校": "345", "twelve-year": "345",
    "中职": "361", "职业高中": "361", "中等职业学校": "361", "职高": "361", "職業學校": "361", "vocational": "361",
    "特殊教育": "511", "特殊教育学校": "511", "特教": "511", "特殊教育學校": "511", "special": "511",
}  # fmt: skip
"""What people write → kind code; keys as `plain` gives them."""

STAGE_WORDS: dict[str, str] = {
    "kindergarten": "kindergarten", "k": "kindergarten", "学前": "kindergarten", "学前教育": "kindergarten",
    "幼儿园": "kindergarten", "幼兒園": "kindergarten", "幼稚園": "kindergarten", "幼儿": "kindergarten",
    "primary": "primary", "elementary": "primary", "小学": "primary", "小學": "primary", "國小": "primary",
    "国小": "primary", "完小": "primary", "村小": "primary", "教学点": "primary", "教學點": "primary",
    "中心校": "primary", "junior": "junior", "middle": "junior", "junior middle": "junior", "初中": "junior",
    "国中": "junior", "國中": "junior", "初级中学": "junior", "senior": "senior", "high": "senior",
    "senior high": "senior", "高中": "senior", "普通高中": "senior", "普高": "senior", "vocational": "vocational",
    "中职": "vocational", "职高": "vocational", "中職": "vocational", "職高": "vocational",
    "special": "special", "特殊教育": "special", "特教": "special",
}  # fmt: skip
"""What people write → stage; keys as `plain` gives them."""

STATE_WORDS: dict[str, str] = {
    "open": "open", "在办": "open", "开办": "open", "正常": "open", "在用": "open", "保留": "open", "在辦": "open",
    "closed": "closed", "撤并": "closed", "已撤": "closed", "已撤并": "closed", "撤销": "closed", "停办": "closed",
    "关闭": "closed", "撤併": "closed", "停辦": "closed",
    "planned": "planned", "规划": "planned", "拟建": "planned", "新建": "planned", "在建": "planned",
    "規劃": "planned", "擬建": "planned",
}  # fmt: skip
"""What people write → state of a school."""

OWNERSHIP_WORDS: dict[str, str] = {
    "public": "public", "公办": "public", "公立": "public", "公辦": "public", "教育部门": "public",
    "private": "private", "民办": "private", "私立": "private", "民辦": "private",
}  # fmt: skip
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

GRADE_WORDS: dict[str, int] = {
    "小班": -2, "中班": -1, "大班": 0,
    **{f"{word}年级": i for i, word in enumerate("一二三四五六七八九", start=1)},
    **{f"{word}年級": i for i, word in enumerate("一二三四五六七八九", start=1)},
    **{f"{i}年级": i for i in range(1, 13)},
    "十年级": 10, "十一年级": 11, "十二年级": 12,
}  # fmt: skip
"""What people write → grade, as far as it does not hang on the calendar."""


def plain(text: str) -> str:
    """Write a word the way the tables above do: half width, lower case, no blanks at the ends."""
    return unicodedata.normalize("NFKC", text).strip().lower()
