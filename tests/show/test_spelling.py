"""Names in letters: every sign once, and whole where a name is read otherwise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from layout_planner.page.mode_words import mode_words
from layout_planner.page.spelling import LONGEST, pinyin_of


def read(told: dict[str, object], name: str) -> list[str]:
    """Spell a name as the page does."""
    signs, sounds, names = told["signs"], told["sounds"], told["names"]
    assert isinstance(signs, str) and isinstance(sounds, list) and isinstance(names, dict)
    usual = dict(zip(signs, sounds, strict=True))
    return list(names.get(name[:LONGEST], [usual.get(sign, sign) for sign in name[:LONGEST]]))


def test_a_sign_read_in_two_ways_is_spelt_by_its_name() -> None:
    told = pinyin_of(["重庆路小学", "重山村", "长坪村", "T1 abc", "A校"])
    assert read(told, "重庆路小学") == ["chong", "qing", "lu", "xiao", "xue"]
    assert read(told, "重山村") == ["zhong", "shan", "cun"]
    assert read(told, "A校") == ["A", "xiao"]
    assert told["signs"] == "".join(sorted(set("重庆路小学山村长坪校")))
    assert pinyin_of(["Hill", ""]) == {"signs": "", "sounds": [], "names": {}}


@given(
    st.lists(
        st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5) | st.sampled_from("aB1 \u202e<"), max_size=50)
    )
)
def test_every_name_is_spelt_as_if_it_stood_alone(names: list[str]) -> None:
    told = pinyin_of(names)
    for name in names:
        assert read(told, name) == read(pinyin_of([name]), name)
        assert len(read(told, name)) == len(name[:LONGEST])


def test_modes_are_called_in_both_languages_and_unknown_ones_as_the_study_calls_them() -> None:
    assert mode_words(["walk", "ebike", "驴车", "walk"]) == {
        "walk": {"zh": "步行", "en": "on foot"},
        "ebike": {"zh": "电动车", "en": "by electric bicycle"},
        "驴车": {"zh": "驴车", "en": "驴车"},
    }
