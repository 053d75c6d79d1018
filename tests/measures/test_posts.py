"""Posts: the published year, the published ratios, small schools, and the toy by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layout_planner as lp
from layout_planner.measures.posts import claimed_posts, post_rules, posts_by_school, posts_for
from layout_planner.policy.areas import area_of
from tests.toy.county import line_county, line_travel

RULES_2014 = lp.Rules.load("cn-posts-2014")
RULES_2001 = lp.Rules.load("cn-posts-2001")


def surplus(stage: str, rules: lp.Rules, area: str | None = None) -> float:
    """Of the 885 teachers who moved with 9,584 pupils in the published year."""
    return 885 - posts_for(9584, stage, rules, area)


def test_the_published_year_by_the_ratios_of_2014() -> None:
    """9,584 pupils: 1:19 makes 504 posts, 1:13.5 makes 710 (中央编办发〔2014〕72号)."""
    assert (surplus("primary", RULES_2014), surplus("junior", RULES_2014)) == (381, 175)


def test_the_published_year_by_the_ratios_of_2001() -> None:
    """9,584 / 19, 21, 23 = 504, 456, 417 posts; / 13.5, 16, 18 = 710, 599, 532 (国办发〔2001〕74号)."""
    areas = ("urban", "town", "rural")
    assert [surplus("primary", RULES_2001, area) for area in areas] == [381, 429, 468]
    assert [surplus("junior", RULES_2001, area) for area in areas] == [175, 286, 353]
    assert np.isnan(posts_for(100, "primary", RULES_2001))  # the area decides


def test_the_mix_of_the_sample_lies_between() -> None:
    """The 58 schools of the sample's year: their pupils by stage, each at its ratio."""
    study = lp.sample("fuxi-before")
    gone = {edit.school for edit in lp.Scenario.read(sample_history()).edits}
    offers = study.offers.loc[study.offers.index.get_level_values("school_id").isin(gone)]
    pupils = study.rolls.loc[study.rolls["school_id"].isin(gone)].groupby("stage")["pupils"].sum()
    assert (len(gone), pupils.sum(), offers["teachers"].sum()) == (58, 9584, 885)
    posts = sum(posts_for(n, stage, RULES_2014) for stage, n in pupils.items())
    assert 175 < 885 - posts < 381


def sample_history() -> str:
    from layout_planner.reading.samples import sample_file

    return str(sample_file("fuxi").with_name("history.yaml"))


def test_claims_by_pupils_by_classes_and_for_kindergartens() -> None:
    """S1 and S2 have 180 pupils in six classes: 6 × 1.8 = 10.8 > 180 / 19; S3 10.8 > 60 / 19. All are small."""
    today = lp.today(line_county(), line_travel())
    table = claimed_posts(today, "primary", RULES_2014)
    assert table["by_pupils"].tolist() == pytest.approx([180 / 19, 180 / 19, 60 / 19])
    assert table["claim"].tolist() == pytest.approx([10.8] * 3)
    big = today.rules.with_(primary={"pupils_per_post": 19, "small_school_roll": 100, "posts_per_class": 2})
    assert claimed_posts(today, "primary", big)["claim"].tolist() == pytest.approx([180 / 19, 180 / 19, 12.0])
    young = lp.Rules.load("cn-kindergarten-staff-2013").with_(primary={"teachers_per_class": 2})
    assert (
        claimed_posts(today, "primary", young.with_(primary={"pupils_per_post": 1e9}))["claim"].tolist() == [12.0] * 3
    )
    private = line_county().with_(schools=line_county().schools.assign(ownership=["public", "private", "public"]))
    assert claimed_posts(lp.today(private, line_travel()), "primary").index.tolist() == ["S1", "S3"]


def test_posts_by_class_do_not_stand_in_for_a_ratio() -> None:
    """The 2014 profile has posts a class for every stage, but no ratio for kindergartens."""
    today = lp.today(line_county(), line_travel())
    only_classes = lp.Rules().with_(junior={"pupils_per_post": 13.5}).with_(primary={"posts_per_class": 2})
    assert claimed_posts(today, "primary", only_classes)["claim"].isna().all()


def test_the_area_of_2001_is_the_townships() -> None:
    """T1 is 220, T2 210: both rural, 23 pupils a post."""
    table = claimed_posts(lp.today(line_county(), line_travel()), "primary", RULES_2001)
    assert table["claim"].tolist() == pytest.approx([180 / 23, 180 / 23, 60 / 23])
    assert [area_of(code) for code in ("111", "122", "220", None, "9")] == ["urban", "town", "rural", "", ""]


def test_rules_that_say_nothing_of_posts_give_way_to_the_published_ones() -> None:
    assert post_rules(RULES_2001) is RULES_2001
    assert post_rules(lp.Rules()).value("pupils_per_post", "primary") == 19


def test_a_pool_is_shared_by_claims() -> None:
    claims = pd.Series([10.8, 10.8, 10.8], index=list("abc"))
    assert posts_by_school(claims).tolist() == [11, 11, 10]  # 32.4 are 32; ties to the earlier
    assert posts_by_school(claims, 16).tolist() == [6, 5, 5]
    assert posts_by_school(claims, 99).tolist() == [11, 11, 10]


@given(st.lists(st.floats(0, 200), min_size=1, max_size=12), st.one_of(st.none(), st.integers(0, 500)))
def test_the_pool_is_kept(claims: list[float], pool: int | None) -> None:
    posts = posts_by_school(pd.Series(claims), pool)
    most = np.round(sum(claims))
    assert posts.sum() == (most if pool is None else min(pool, most))
    assert (posts % 1 == 0).all() and (posts >= 0).all()
