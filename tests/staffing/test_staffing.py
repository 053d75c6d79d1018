"""Teachers: who follows, stays, moves and waits, by hand on the line county; what must hold whatever comes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import layout_planner as lp
from layout_planner.base.errors import DataError
from layout_planner.base.messages import using_language
from layout_planner.plan import Plan
from layout_planner.staffing.rounds import deal_persons, whole_posts
from layout_planner.staffing.teachers import people_of, retirement_year
from layout_planner.study import Study
from tests.toy.county import line_county, line_travel

TRAVEL = line_travel()
SIMPLE = lp.Rules().with_(primary={"pupils_per_post": 12, "small_school_roll": 1, "posts_per_class": 0})
"""One post for twelve pupils: S1 and S2 15, S3 5."""


def county(table: pd.DataFrame | None = None, **changes: object) -> Study:
    study = line_county()
    return study.with_(extra={} if table is None else {"teachers": table}, **changes)


def counts(**by_school: dict[str, float]) -> pd.DataFrame:
    rows = [(s, "primary", subject, n) for s, by in by_school.items() for subject, n in by.items()]
    return pd.DataFrame(rows, columns=["school_id", "stage", "subject", "teachers"])


def persons(*rows: tuple[object, ...]) -> pd.DataFrame:
    columns = ["teacher_id", "姓名", "school_id", "subject", "degree", "backbone", "sex", "born", "post", "protected"]
    return pd.DataFrame([(*row, *[None] * (len(columns) - len(row))) for row in rows], columns=columns)


def merged(table: pd.DataFrame | None = None) -> Plan:
    """S3 (60 pupils) merges into S2."""
    return lp.solve(county(table), TRAVEL, scenario=lp.Scenario("m", [lp.Merge("S3", into="S2")]))


def filled(staffing: lp.plan.Staffing) -> pd.DataFrame:
    return staffing.by_school().droplevel("stage")


def told(staffing: lp.plan.Staffing) -> str:
    return " ".join(note.en for note in staffing.notes)


def test_by_the_published_ratios_from_counts_by_school() -> None:
    """S1 10.8 and S2 240 / 19 = 12.6 posts, 23 together: 11 and 12. Ten teachers at S1, 12 + 6 at S2: five wait.

    First S1 keeps 9 of its own and S2 10; then two more of S2 and the last of S1 stay, and one goes to S1, ten minutes.
    """
    found = lp.staff(merged())
    table = filled(found)
    assert table.loc[["S1", "S2"], "posts"].tolist() == [11, 12]
    assert table["before"].to_dict() == {"S1": 10, "S2": 12, "S3": 6}
    assert table["followed"].to_dict() == {"S1": 0, "S2": 6, "S3": -6}
    assert table.loc["S1", ["own", "cross", "adjusted", "after", "waiting"]].tolist() == [10, 1, 0, 11, 0]
    assert table.loc["S2", ["own", "cross", "adjusted", "after", "waiting"]].tolist() == [12, 0, 0, 12, 5]
    moves = found.moves[["from_school", "to_school", "step", "teachers", "minutes"]].to_numpy().tolist()
    assert moves == [["S2", "S1", "cross", 1, 10.0], ["S3", "S2", "follow", 6, 8.0]]
    assert (found.status, found.objective, found.bound, found.gap) == ("optimal", 10.0, 10.0, 0.0)
    level = found.levels.iloc[0]
    assert level[["posts", "reserved", "teachers", "surplus"]].tolist() == [23, 0, 28, 5]
    assert "72号" in level["source"]
    assert "No subjects are known for primary" in told(found)
    rates = found.rates.loc["primary", "value"]
    assert rates[["staff_waiting", "staff_vacant"]].tolist() == [5, 0]
    # Of equal records closed S3's stand no worse: four of its six stay at S2; with the one who goes to S1 five change.
    assert rates["exchange_share"] == pytest.approx(100 * 5 / 28)


def test_without_a_base_nobody_follows() -> None:
    found = lp.staff(lp.today(county(), TRAVEL), SIMPLE)
    assert (found.table["followed"] == 0).all()
    assert filled(found)["posts"].to_dict() == {"S1": 15, "S2": 15, "S3": 5}
    # 28 teachers for 35 posts; S3 has six for five: its sixth goes to the nearest vacancy, S2.
    assert filled(found)["after"].to_dict() == {"S1": 10, "S2": 13, "S3": 5}
    assert found.rates.loc[("primary", "staff_vacant"), "value"] == 7


def test_subjects_are_matched_before_a_teacher_teaches_another() -> None:
    """15, 15 and 5 posts, two thirds maths: 10 + 5, 10 + 5, 3 or 4 + 1 or 2."""
    table = counts(S1={"maths": 15}, S2={"maths": 5, "art": 10}, S3={"maths": 3, "art": 2})
    lessons = {"primary": {"maths": 2.0, "art": 1.0}}
    plan = lp.today(county(table), TRAVEL)
    found = lp.staff(plan, SIMPLE, lessons=lessons)
    subjects = found.table.set_index(["school_id", "subject"])
    assert subjects.loc[("S1", "maths"), ["posts", "before", "after"]].tolist() == [10, 15, 10]
    assert subjects.loc[("S1", "art"), "after"] == 5  # five of the ten artists of S2 come
    assert subjects.loc[("S2", "art"), ["before", "after", "surplus"]].tolist() == [10, 5, 5]
    rates = found.rates.loc["primary", "value"]
    # Before: S1 lacks 5 of 15, S2 5 of 15, S3 a third of a teacher; after only S3's rounding is left.
    assert rates["out_of_subject_before"] == pytest.approx(100 * (5 + 5 + 1 / 3) / 35)
    assert rates["out_of_subject"] <= 100 * (1 / 3) / 35 + 1e-9
    assert found.moves["minutes"].eq(10.0).all()
    assert found.moves.groupby("subject")["teachers"].sum().to_dict() == {"art": 5, "maths": 5}
    # Five beyond the 10 % of a school's posts (two) are allocated, not the cross-school round.
    assert found.moves.groupby("step")["teachers"].sum().to_dict() == {"adjust": 6, "cross": 4}


def test_who_is_left_teaches_another_subject_or_waits() -> None:
    table = counts(S1={"maths": 15}, S2={"maths": 15}, S3={"maths": 5})
    lessons = {"primary": {"maths": 4.0, "art": 1.0}}
    plan = lp.today(county(table), TRAVEL)
    yes, no = (lp.staff(plan, SIMPLE, lessons=lessons, other_subjects=other) for other in (True, False))
    assert yes.table["other_subject"].sum() == 7 and yes.table["waiting"].sum() == 0
    assert no.table["other_subject"].sum() == 0 and no.table["waiting"].sum() == 7
    assert no.by_subject().loc[("primary", "art"), "vacant"] == 7
    assert yes.rates.loc[("primary", "out_of_subject"), "value"] == pytest.approx(20.0)


def test_protected_teachers_stay_and_records_decide() -> None:
    """Five posts at S2 after a cap of ten; protected ones stay, the backbone teacher comes before the others."""
    rows = [(f"t{k}", f"甲{k}", "S2", "maths", "本科", 0) for k in range(6)]
    rows += [("t6", "乙", "S2", "maths", "专科", 1), ("t7", "丙", "S2", "maths", None, 0, "女", None, None, "产假")]
    rows += [("t8", "丁", "S1", "maths", "本科", 0, "男", "1964-05"), ("t9", "戊", "S3", "maths", "大专", 0)]
    plan = lp.today(county(persons(*rows)), TRAVEL)
    found = lp.staff(plan, SIMPLE.with_(primary={"pupils_per_post": 60}), own_share=1.0)
    # Posts 3, 3, 1. S2 keeps the protected t7, the backbone t6 and t0; two go to S1 (ten minutes), where two posts are.
    assert filled(found)["posts"].to_dict() == {"S1": 3, "S2": 3, "S3": 1}
    assert found.places.to_dict() == {
        0: "S2", 1: "S1", 2: "S1", 3: "", 4: "", 5: "", 6: "S2", 7: "S2", 8: "S1", 9: "S3",
    }  # fmt: skip
    assert found.rates.loc[("primary", "exchange_backbone_share"), "value"] == 0.0
    assert found.rates.loc[("primary", "exchange_share"), "value"] == pytest.approx(100 * 2 / 8)  # t7, t8 are protected
    few = lp.staff(plan, SIMPLE.with_(primary={"pupils_per_post": 1000}))
    assert "2 protected teachers stay beyond the posts" in told(few)  # there is no post at all


def test_teachers_are_exchanged_near_ones_first_and_a_fifth_of_them_backbone() -> None:
    """Twenty teachers of maths at S1 and S2 each, ten at S3: five change, one of them backbone at the least."""
    rows = [
        (f"{s}{k}", "", s, "maths", "本科", int(k == 0))
        for s, n in (("S1", 20), ("S2", 20), ("S3", 10))
        for k in range(n)
    ]
    plan = lp.today(county(persons(*rows)), TRAVEL)
    rules = SIMPLE.with_(primary={"pupils_per_post": 1})
    still = lp.staff(plan, rules)
    assert still.rates["value"].loc[("primary", "exchange_share")] == 0
    found = lp.staff(plan, rules, exchanging=True)
    # 10 % of 50 are five: three swaps, S2 with S3 (8 minutes) up to a fifth of S3's ten, then S1 with S2 (10 minutes).
    moves = found.moves.set_index(["from_school", "to_school"])["teachers"]
    assert moves.to_dict() == {("S2", "S3"): 2, ("S3", "S2"): 2, ("S1", "S2"): 1, ("S2", "S1"): 1}
    assert found.moves["step"].eq("exchange").all()
    rates = found.rates.loc["primary"]
    assert rates.loc["exchange_share", "value"] == pytest.approx(12.0)
    assert rates.loc["exchange_backbone_share", "value"] >= 20.0
    assert rates.loc[["exchange_share", "exchange_backbone_share"], "ok"].all()
    assert filled(found)["after"].to_dict() == {"S1": 20, "S2": 20, "S3": 10}


def test_a_cap_and_a_reserve() -> None:
    plan = lp.today(county(), TRAVEL)
    assert lp.staff(plan, SIMPLE, cap=20).levels["posts"].tolist() == [20]
    assert lp.staff(plan, SIMPLE, cap={"primary": 14.9}).levels["posts"].tolist() == [14]
    assert lp.staff(plan, SIMPLE, cap=99).levels["posts"].tolist() == [35]
    held = lp.staff(plan, SIMPLE, cap=20, reserve=0.1)
    assert held.levels["reserved"].tolist() == [2]
    assert filled(held)["posts"].sum() == 18


def test_teachers_are_pooled_in_the_district_where_asked() -> None:
    from types import SimpleNamespace

    districting = SimpleNamespace(
        school_district=pd.Series({"S1": "west", "S2": "east", "S3": "east"}), district_of=pd.Series(dtype="str")
    )
    plan = lp.today(county(), TRAVEL).with_(districtings={"primary": districting})
    found = lp.staff(plan, SIMPLE.with_(primary={"pupils_per_post": 18}), pool="district")
    # Posts 10, 10, 3; teachers 10, 12, 6: in the east all five too many wait, in the west nobody is missed.
    assert filled(found)["waiting"].to_dict() == {"S1": 0, "S2": 2, "S3": 3}
    few = SIMPLE.with_(primary={"pupils_per_post": 15})
    # 12, 12, 4 posts: S3's two go to S1 in the county, but not out of the district.
    assert filled(lp.staff(plan, few))["after"].to_dict() == {"S1": 12, "S2": 12, "S3": 4}
    assert filled(lp.staff(plan, few, pool="district"))["after"].to_dict() == {"S1": 10, "S2": 12, "S3": 4}
    other = plan.with_(districtings={"junior": districting})
    assert "pooled in the whole county" in told(lp.staff(other, few, pool="district"))


def test_itinerant_teachers_come_to_small_schools_of_the_township() -> None:
    """S3 (5 posts, under 200 pupils) has no artist; S2 in its township has one and a half too many."""
    table = counts(S1={"maths": 8, "art": 7}, S2={"maths": 6, "art": 9}, S3={"maths": 5})
    lessons = {"primary": {"maths": 0.5, "art": 0.5}}
    plan = lp.today(county(table), TRAVEL)
    found = lp.staff(plan, SIMPLE, lessons=lessons, own_share=1.0, most_minutes=9.0)
    rule = SIMPLE.with_(primary={"small_school_roll": 100, "posts_per_class": 0})
    found = lp.staff(plan, rule, lessons=lessons, own_share=1.0, most_minutes=9.0)
    assert set(found.travelling["receiver"]) <= {"S3"}
    assert found.travelling["district"].eq("T2").all()
    assert found.travelling["minutes"].eq(8.0).all()
    near = lp.staff(plan, rule, lessons=lessons, own_share=1.0, most_minutes=5.0)
    assert len(near.travelling) == 0
    gain = (
        near.rates.loc[("primary", "out_of_subject"), "value"] - found.rates.loc[("primary", "out_of_subject"), "value"]
    )
    assert gain == pytest.approx(100 * found.travelling["posts"].sum() / 35)


def test_schools_without_a_rule_are_left_out_and_told() -> None:
    """By the ratios of 2001 a school has no posts where its township has no known area; its teachers stay."""
    study = county()
    where = study.townships.assign(urban_rural=["", "210"])
    found = lp.staff(lp.today(study.with_(townships=where), TRAVEL), lp.Rules.load("cn-posts-2001"))
    assert filled(found).index.tolist() == ["S2", "S3"]
    assert "left out: primary 1 schools" in told(found)


def test_retirements_take_up_the_surplus() -> None:
    """28 teachers for 23 posts; a tenth leaves a year: 25.2, 22.7 …; nobody need be dismissed after two years."""
    found = lp.staff(merged(), leave=0.1, until=2026)
    by_year = found.outlook.groupby("year")["surplus"].sum()
    assert by_year.tolist() == pytest.approx([5, 28 * 0.9 - 23, 28 * 0.81 - 23, 28 * 0.729 - 23])
    assert "retirements take them up by 2025" in told(found) and "No births" in told(found)
    waiting = found.ladder.set_index("term")
    assert waiting["waiting"].tolist() == [5, 5, 3, 3, 0, 0]
    assert waiting["award_share"].tolist() == [0.5, 0, 0, 0, 0, 0]
    assert waiting["dismissed"].sum() == 0
    never = lp.staff(merged(), leave=0.0, until=2026, ladder=lp.plan.Ladder(12, 24, (0.5, 0.25), 3000, 1000, 400))
    assert "5 are left in 2026" in told(never)
    assert never.ladder["yuan"].tolist() == [5 * 12 * 4200, 5 * 12 * 4100]
    assert never.ladder["dismissed"].tolist() == [0, 5]


def test_persons_leave_in_their_year() -> None:
    rows = [
        ("a", "甲", "S1", "maths", None, None, "男", "1965-01"),
        ("b", "乙", "S1", "art", None, None, "女", "1990-06"),
    ]
    found = lp.staff(lp.today(county(persons(*rows)), TRAVEL), SIMPLE, until=2026)
    teachers = found.outlook.groupby(["year", "subject"])["teachers"].sum().unstack()
    assert teachers["maths"].tolist() == [1, 1, 0, 0]  # retires in February 2025
    assert teachers["art"].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("born", "sex", "post", "year"),
    [("1964-12", "男", "", 2024), ("1965-01", "男", "", 2025), ("1976-09", "男", "", 2039),
     ("1976年9月", "f", "", 2033),
     ("1981-09", "女", "教师", 2039), ("1975-01", "女", "工人", 2025), ("1984-11", "female", "worker", 2039),
     ("", "男", "", np.nan), (None, "", "", np.nan)],
)  # fmt: skip
def test_the_age_of_retirement_rises_from_2025(born: str | None, sex: str, post: str, year: float) -> None:
    assert retirement_year(born, sex, post) == pytest.approx(year, nan_ok=True)


@pytest.mark.parametrize(
    ("post", "title", "year"),
    [
        ("", "高级教师", 2032),  # born in March 1971: 60 in March 2031 like a man, 19 months later
        ("教师（副高）", "", 2032),
        ("副处级校长", "一级教师", 2032),
        ("教师", "一级教师", 2026),  # 55 in March 2026, four months later
        ("教师", "", 2026),
        ("工人", "高级工", 2021),  # a worker's grade is no title: 50 in March 2021, before the delay
    ],
)
def test_women_with_a_senior_title_retire_as_men(post: str, title: str, year: int) -> None:
    assert retirement_year("1971-03", "女", post, title) == year
    assert retirement_year("1971-03", "男", "", title) == 2032


def test_the_outlook_says_whose_title_is_unknown_and_lets_all_go_later() -> None:
    rows = [
        ("a", "甲", "S1", "maths", None, None, "女", "1968-06"),  # 55 in June 2023, before the delay
        ("b", "乙", "S1", "art", None, None, "男", "1963-06"),
    ]
    study = county(persons(*rows))
    plan = lp.today(study, TRAVEL)

    def still_there(**settings: float) -> list[float]:
        outlook = lp.staff(plan, SIMPLE, until=2027, **settings).outlook
        return outlook.groupby("year")["teachers"].sum().tolist()

    assert still_there() == [0, 0, 0, 0, 0]
    assert still_there(later=2) == [2, 2, 0, 0, 0]
    assert still_there(later=-3) == [0, 0, 0, 0, 0]  # not below the age of before 2025
    with using_language("en"):
        notes = " ".join(str(note) for note in lp.staff(plan, SIMPLE, until=2024).notes)
    assert "The title of 1 of 2 teachers" in notes
    table = study.extra["teachers"].assign(title=["高级教师", "一级教师"])
    titled = lp.today(study.with_(extra={"teachers": table}), TRAVEL)
    found = lp.staff(titled, SIMPLE, until=2031)
    assert "title" not in " ".join(note.en for note in found.notes)
    assert found.outlook.groupby("year")["teachers"].sum().tolist() == [
        1,
        1,
        1,
        1,
        1,
        1,
        0,
        0,
        0,
    ]  # 60 in June 2028, eleven months later


def test_where_no_stage_is_told_it_is_the_schools() -> None:
    table = counts(S1={"maths": 2.4}, S2={"art": 3}).drop(columns="stage")
    people = people_of(county(table), "primary", ["S1", "S2"])
    assert people["subject"].tolist() == ["maths"] * 2 + ["art"] * 3
    assert people["row"].eq(-1).all()
    assert len(people_of(county(), "junior", ["S1"])) == 0


def test_arguments_are_checked() -> None:
    plan = lp.today(county(), TRAVEL)
    for wrong in ({"pool": "town"}, {"pool": "district"}, {"reserve": 1.0}, {"own_share": 2}, {"leave": -1},
                  {"lessons": {"junior": {"maths": 1}}}, {"lessons": {"primary": {"maths": -1}}}):  # fmt: skip
        with pytest.raises(DataError):
            lp.staff(plan, SIMPLE, **wrong)
    nobody = county().with_(offers=county().offers.assign(teachers=np.nan))
    with pytest.raises(DataError, match="no public school"):
        lp.staff(lp.today(nobody, TRAVEL))


def test_the_scorecard_takes_the_rates_and_no_name_leaves_the_table(tmp_path: object) -> None:
    from pathlib import Path

    rows = [(f"5107{k}", f"赵钱孙{k}", "S1", "maths", "本科", 1) for k in range(3)]
    plan = lp.today(county(persons(*rows)), TRAVEL)
    found = lp.staff(plan, SIMPLE)
    full = plan.with_(staffing=found)
    assert full.scorecard.value("staff_teachers", "primary") == 3
    again = full.with_(staffing=found)
    assert len(again.scorecard.table) == len(full.scorecard.table)
    assert len(full.with_(staffing=None).scorecard.table) == len(plan.scorecard.table)
    folder = full.write(Path(str(tmp_path)) / "run")
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert "赵钱孙".encode() not in content and b"51070" not in content, file
    read = lp.read_plan(folder)
    for name in ("table", "levels", "moves", "outlook", "ladder"):
        pd.testing.assert_frame_equal(
            getattr(read.staffing, name), getattr(found, name).reset_index(drop=True), check_dtype=False
        )
    assert read.staffing.rates["value"].to_dict() == pytest.approx(found.rates["value"].to_dict(), nan_ok=True)
    assert [note.en for note in read.staffing.notes] == [note.en for note in found.notes]
    assert lp.staff(read, SIMPLE).levels["teachers"].tolist() == [3]
    assert "posts" in found._repr_html_()


teachers = st.fixed_dictionaries({s: st.integers(0, 12) for s in ("maths", "art", "music")})


@pytest.mark.slow
@settings(max_examples=25)
@given(teachers, teachers, teachers, st.sampled_from([9, 15, 30]), st.sampled_from([0.0, 0.5, 0.9, 1.0]), st.booleans())
def test_no_teacher_is_lost(
    one: dict[str, int], two: dict[str, int], three: dict[str, int], ratio: float, own: float, other: bool
) -> None:
    """Whatever the rounds do, and the exchange after them (asked for with `other`)."""
    if not sum(one.values()) + sum(two.values()) + sum(three.values()):
        return
    plan = MERGED.with_(base=MERGED.base.with_(study=county(counts(S1=one, S2=two, S3=three))))
    found = lp.staff(plan, SIMPLE.with_(primary={"pupils_per_post": ratio}), own_share=own, other_subjects=other,
                     exchanging=other)  # fmt: skip
    table = found.table
    assert table["before"].sum() == table["after"].sum() + table["waiting"].sum()
    assert table["followed"].sum() == 0
    assert (table["after"] <= table["posts"]).all()
    assert (table[["own", "cross", "adjusted", "exchanged"]].sum(axis=1) == table["after"]).all()
    assert (table["after"] + table["vacant"] == table["posts"]).all()
    by_subject = found.by_subject()
    # A subject has nobody waiting while a post of it is free.
    assert not ((by_subject["waiting"] > 0) & (by_subject["vacant"] > 0)).any()
    if other:
        assert table["waiting"].sum() == 0 or table["vacant"].sum() == 0


MERGED = merged()


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=6),
    st.lists(st.floats(0.01, 1), min_size=1, max_size=5),
)
def test_whole_posts_keep_schools_subjects_and_cells(posts: list[int], weights: list[float]) -> None:
    shares = np.array(weights) / sum(weights)
    exact = np.array(posts, dtype=float)[:, None] * shares[None, :]
    whole = whole_posts(exact, np.array(posts, dtype=float), np.zeros_like(exact))
    assert whole.sum(axis=1).tolist() == posts
    assert (np.abs(whole - exact) < 1).all()
    assert (np.abs(whole.sum(axis=0) - exact.sum(axis=0)) < 1).all()


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=5), st.integers(0, 40))
def test_at_every_moment_each_receiver_has_about_its_share(weights: list[float], number: int) -> None:
    share = np.array(weights) / sum(weights)
    to = deal_persons(share, number)
    given_now = np.bincount(to, minlength=len(share))
    assert (np.abs(given_now - share * number) < len(share)).all()


@pytest.mark.slow
def test_fuxi_by_the_published_ratios() -> None:
    """7,700 teachers of four stages."""
    study = lp.sample("fuxi")
    plan = lp.today(study, lp.travel_matrix(study, mode="walk"))
    found = lp.staff(plan)
    assert found.work["teachers"] > 3000
    junior = found.levels.set_index("stage").loc["junior"]
    assert junior[["pupils", "posts", "teachers", "surplus"]].tolist() == [25000, 1852, 1959, 107]
    assert "junior: 107 teachers above the posts; retirements take them up by" in told(found)
