"""The document, read back by python-docx: every number is the run folder's, hostile names stay text."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import docx
import pandas as pd
import pytest

import layout_planner as lp
from layout_planner.base.proof import Proof
from layout_planner.papers.annex import Papers, renamed
from layout_planner.papers.annexes import MAKERS, annex_tables, make_annexes
from layout_planner.papers.blocks import Grid
from layout_planner.papers.chapters_plan import _bars_high, years
from layout_planner.papers.figures import written
from layout_planner.papers.lost import lost_sentence
from layout_planner.papers.moves import MOVES, main_moves
from layout_planner.papers.paper import Paper, ways_line
from layout_planner.papers.report import AUDIENCES, report
from layout_planner.papers.villages import _how
from layout_planner.papers.word import HALF_LETTER, column_widths, fit_columns
from layout_planner.papers.words import MODES, SUBJECTS, said
from layout_planner.plan import Plan
from layout_planner.plan.phasing import OVER_COLUMNS, PHASE_COLUMNS, Phasing
from layout_planner.travel.types import WAYS
from tests.papers.paper_toy import hostile, merged, some_without_a_school
from tests.show.show_toy import HOSTILE

NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?(?![\w.])")
ADDRESS = re.compile(
    r"(?P<file>[\w/]+\.csv)(?:\[(?P<where>.*?)\])?(?:: (?P<how>sum of|mean|rows|pupils, each once)\s?(?P<column>\w*))?$"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers") / "run"
    return merged().write(folder)


def texts(path: Path) -> list[str]:
    """Give the text of every paragraph and cell, in order."""
    document = docx.Document(str(path))
    found = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            found += ["".join(p.text for p in cell.paragraphs) for row in block.rows for cell in row.cells]
        else:
            found.append(block.text)
    return found


def first_page(path: Path) -> list[str]:
    """Give what stands before the first page end."""
    document = docx.Document(str(path))
    found = []
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            found += [cell.text for row in block.rows for cell in row.cells]
        elif any(end in block._p.xml for end in ('w:br w:type="page"', "w:pageBreakBefore", "w:sectPr")):
            break
        else:
            found.append(block.text)
    return found


def look_up(run: Path, source: str) -> float:
    """Look a number up in the files of the run, by nothing but its address."""
    if " less base/" in source:
        own, base = source.split(" less ")
        return look_up(run, own) - look_up(run, base)
    match = ADDRESS.match(source)
    assert match, source
    table = pd.read_csv(
        run / match["file"], encoding="utf-8-sig", keep_default_na=False, na_values=[""], dtype={"place_id": str}
    )
    for term in filter(None, (match["where"] or "").split(", ")):
        column, _, value = term.partition("=")
        table = table.loc[table[column].fillna("").astype(str) == value]
    if match["how"] == "rows":
        return float(len(table))
    if match["how"] == "pupils, each once":
        county = table["kind"] == "county"
        apart = table.loc[~county].groupby(["kind", "id"])["pupils"].max().groupby("kind").sum()
        return float(max([table.loc[county, "pupils"].max(), *apart]))
    if match["how"] == "mean":
        column = match["column"]
        known = table.loc[table[column].notna()]
        return float((known[column] * known["pupils"]).sum() / known["pupils"].sum()) if len(known) else math.nan
    if match["how"] == "sum of":
        return float(table[match["column"]].sum())
    return float(table["value"].iloc[0]) if len(table) else math.nan


@pytest.mark.parametrize("audience", list(AUDIENCES))
def test_every_number_is_the_run_folders(run: Path, tmp_path: Path, audience: str) -> None:
    plan = lp.read_plan(run)
    made = report(plan, tmp_path / "r.docx", audience, "zh")
    for row in made.figures.to_dict("records"):
        text, value, source = row["written"], row["value"], row["source"]
        if (
            ".csv" in source
            and not source.startswith(("annex", "phasing", "forecast"))
            and "rows not shown" not in source
            and "other rows" not in source
        ):
            found = look_up(run, source)
            assert value == pytest.approx(found, nan_ok=True, abs=1e-6), source
            assert text in (written(value, row["kind"]), written(value, row["kind"], sign=True)), source
    # And nothing that looks like a number stands in the document that was not written as one.
    told = Counter(made.figures["written"])
    known = _words(plan)
    for text in texts(tmp_path / "r.docx"):
        if text.startswith(("来源", "·")) or text in known:
            continue
        for number in NUMBER.findall(re.sub(r"〔\d{4}〕\d+号|\d+–\d+|95%|\d+%以|再好 [\d.]+%", "", text)):
            assert number in told, (number, text)


def _words(plan: Plan) -> set[str]:
    """Give the texts that hold digits and are no numbers of the plan: rules, findings, names, codes."""
    rules = {rule.value.source for rule in plan.rules.rules} | {
        str(t) for r in plan.rules.rules if (t := plan.rules.term(r.name))
    }
    with lp.using_language("zh"):
        annexed = {
            str(v)
            for table in annex_tables(plan).values()
            for column in table
            for v in table[column]
            if isinstance(v, str)
        }
        missing = {
            str(v)
            for table in plan.tables("zh").values()
            for column in table
            for v in table[column]
            if isinstance(v, str)
        }
    headers = {"95% 的学生不超过", "大班额（≥56 人）", "超大班额（≥66 人）"}
    from layout_planner.papers.words import measure_word

    with lp.using_language("zh"):
        headers |= {measure_word(m) for m in plan.scorecard.table["measure"].unique()}
    return rules | annexed | missing | headers


def test_rules_and_annexes_too(run: Path, tmp_path: Path) -> None:
    plan = lp.read_plan(run)
    made = report(plan, tmp_path / "r.docx", "plan", "zh")
    told = json.loads((run / "provenance.json").read_text(encoding="utf-8"))
    limits: dict[str, set[float]] = {}
    for rule in told["rules"]:
        limits.setdefault(rule["rule"], set()).add(float(rule["value"]))
    rows = made.figures.loc[made.figures["source"].str.startswith("provenance.json: rules[")]
    assert len(rows) > 10
    assert all(row.value in limits[row.source[23:-1]] for row in rows.itertuples())
    tables = dict(zip(MAKERS, annex_tables(plan, "zh").values(), strict=True))
    rows = made.figures.loc[
        made.figures["source"].str.fullmatch(r"annex \w+: [^:]*") & ~made.figures["source"].str.contains(": rows")
    ]
    assert len(rows) > 20
    for row in rows.itertuples():
        key, header = row.source.removeprefix("annex ").split(": ")
        assert row.value in set(tables[key][header].dropna()), row.source


def test_the_first_page_says_who_has_no_school(tmp_path: Path) -> None:
    report(some_without_a_school(), tmp_path / "r.docx", "plan", "zh")
    page = first_page(tmp_path / "r.docx")
    assert page[1] == "120 名儿童无学可上（小学 120 人），方案不能实施。"
    report(some_without_a_school(), tmp_path / "e.docx", "committee", "en")
    assert (
        first_page(tmp_path / "e.docx")[1]
        == "120 children have no school (primary 120): this plan cannot be carried out."
    )
    report(merged(), tmp_path / "m.docx", "plan", "zh")
    assert first_page(tmp_path / "m.docx")[1] == "全部适龄儿童均有学校。"


def test_chapters_without_data_are_left_out_and_listed(tmp_path: Path) -> None:
    made = report(merged(), tmp_path / "r.docx", "plan", "zh")
    whole = texts(tmp_path / "r.docx")
    assert set(made.left_out) == {"学龄人口预测", "教师配置", "保障措施"}
    for title, why in made.left_out.items():
        assert title in first_page(tmp_path / "r.docx") and why in first_page(tmp_path / "r.docx")
        assert not any(text.endswith(f"、{title}") for text in whole)
    assert [text for text in whole if re.match("[一二三四五六七八九十]+、", text)][:2] == ["一、总则", "二、区域概况"]


def test_a_page_a_village(tmp_path: Path) -> None:
    report(merged(), tmp_path / "r.docx", "village", "zh")
    whole = texts(tmp_path / "r.docx")
    # Only G changes: from S3 in the village to S2, eight minutes and 0.8 km away, ten children in each of six grades.
    assert whole.count("东乡 G村") == 1 and "西乡 A村" not in whole
    assert whole[whole.index("规划") - 1 : whole.index("规划") + 6] == [
        "小学",
        "规划",
        "二小",
        "60",
        "走读",
        "8.0",
        "0.80",
    ]
    assert "三小：并入二小（2025 年秋季起）：规模过小" in whole
    report(merged(), tmp_path / "a.docx", "village", "zh", places=["A"])
    assert "西乡 A村" in texts(tmp_path / "a.docx")
    with pytest.raises(lp.DataError, match='no place "Q"'):
        report(merged(), tmp_path / "q.docx", "village", "en", places=["Q"])


@pytest.mark.parametrize(
    "name", [HOSTILE[0], HOSTILE[5], HOSTILE[7], HOSTILE[8], "=cmd|' /C calc'!A0", "a\x00b\x0b\x1f&<w:t/>"]
)
def test_a_hostile_name_stays_text(tmp_path: Path, name: str) -> None:
    plan = hostile(name)
    report(plan, tmp_path / "r.docx", "notice", "zh")
    shown = texts(tmp_path / "r.docx")
    clean = "".join(" " if c in "\x00\x0b\x1f" else c for c in name if c not in "\u202e\u202c")
    assert any(text.startswith(clean[:60]) for text in shown)
    assert max(map(len, shown)) < 2_000


def test_the_same_plan_is_the_same_bytes(tmp_path: Path) -> None:
    plan = merged()
    one, two = (report(plan, tmp_path / f"{n}.docx", "committee", "zh").path.read_bytes() for n in (1, 2))
    assert one == two


def test_a_bureaus_own_styles(tmp_path: Path) -> None:
    own = docx.Document()
    own.styles["Heading 1"].font.name = "方正小标宋"
    own.sections[0].header.paragraphs[0].text = "涪溪县教育局文件"
    own.add_paragraph("样式文件里的示例文字")
    own.save(str(tmp_path / "own.docx"))
    report(merged(), tmp_path / "r.docx", "finance", "zh", template=tmp_path / "own.docx")
    made = docx.Document(str(tmp_path / "r.docx"))
    assert made.sections[0].header.paragraphs[0].text == "涪溪县教育局文件"
    assert made.styles["Heading 1"].font.name == "方正小标宋"
    assert "样式文件里的示例文字" not in texts(tmp_path / "r.docx")
    (tmp_path / "bad.docx").write_text("no Word file", encoding="utf-8")
    with pytest.raises(lp.DataError, match=r"bad\.docx"):
        report(merged(), tmp_path / "x.docx", "finance", "en", template=tmp_path / "bad.docx")
    assert not (tmp_path / "x.docx").exists()


def test_an_unknown_audience_is_refused(tmp_path: Path) -> None:
    with pytest.raises(lp.DataError, match='did you mean "committee"'):
        report(merged(), tmp_path / "r.docx", "comittee", "en")


def test_made_up_data_say_so(tmp_path: Path) -> None:
    report(hostile("x"), tmp_path / "r.docx", "finance", "zh")
    assert first_page(tmp_path / "r.docx")[2] == "模拟数据：地名、学校、人口均为虚构。"


def test_every_page_bears_its_number_and_whether_data_are_made_up(tmp_path: Path) -> None:
    report(merged(), tmp_path / "r.docx", "finance", "zh")
    section = docx.Document(str(tmp_path / "r.docx")).sections[0]
    assert 'w:instr="PAGE"' in section.footer._element.xml and section.header.paragraphs[0].text == ""
    plan = merged()
    plan = plan.with_(study=plan.study.with_(simulated=True))
    report(plan, tmp_path / "s.docx", "committee", "zh")
    sections = docx.Document(str(tmp_path / "s.docx")).sections
    assert len(sections) > 1 and {s.header.paragraphs[0].text for s in sections} == {"模拟数据"}


def test_children_of_stages_not_planned_are_not_said_to_have_a_school() -> None:
    with lp.using_language("zh"):
        assert lost_sentence(merged()).text == "全部适龄儿童均有学校。"
        plan = merged()
        more = plan.study.pupils.iloc[:1].assign(stage="junior", grade=7, pupils=30.0)
        study = plan.study.with_(pupils=pd.concat([plan.study.pupils, more], ignore_index=True))
        assert lost_sentence(plan.with_(study=study)).text == "所列学段（小学）适龄儿童均有学校。"


def test_a_village_is_told_by_what_its_children_come() -> None:
    with lp.using_language("zh"):
        assert _how({"how": "day", "modes": ("ebike", "walk")}) == "走读（电动自行车、步行）"
        assert _how({"how": "board", "modes": ("ebike",)}) == "寄宿"
        assert _how({"how": "day", "modes": ("line",)}) == "走读"  # a matrix the study brought
        assert ways_line(merged()) == "单程时间和距离的口径：line。"


def test_of_many_moves_the_main_ones_are_told_and_the_rest_together() -> None:
    """200 pupils: 150 to A, 41 to B; nine, fewer than one in twenty, to C and D, together one row."""
    paper = Paper(Papers(merged()))
    annex = make_annexes(paper.papers, ["mergers"])[0]
    heads = dict(zip(MOVES, annex.fields, strict=True))
    row = annex.table.iloc[0].to_dict()
    told = [("A", 150.0, 10.0), ("B", 41.0, 20.0), ("C", 6.0, 30.0), ("D", 3.0, 60.0)]
    rows = [
        row | {heads["to"]: to, heads["pupils"]: pupils, heads["day"]: pupils, heads["minutes_after"]: minutes}
        for to, pupils, minutes in told
    ]
    with lp.using_language("zh"):
        grid = main_moves(paper, renamed(annex, pd.DataFrame(rows)))
    to, pupils, minutes = (list(grid.headers).index(heads[name]) for name in ("to", "pupils", "minutes_after"))
    assert [(r[to], r[pupils], r[minutes]) for r in grid.rows] == [
        ("A", "150", "10.0"),
        ("B", "41", "20.0"),
        ("其余 2 所", "9", "40.0"),  # (6 × 30 + 3 × 60) / 9
    ]


def test_years_of_a_scenario_make_a_timetable(tmp_path: Path) -> None:
    report(merged(), tmp_path / "r.docx", "finance", "zh")
    whole = texts(tmp_path / "r.docx")
    at = whole.index("秋季")
    assert whole[at : at + 9] == ["秋季", "并入", "扩容", "2024", "0", "1", "2025", "1", "0"]


def test_no_word_of_a_table_is_broken_and_tables_fill_the_page() -> None:
    for heads, row in (
        (("school", "stage", "bounds"), ("柘桥中心小学校", "primary", "east: " + "皂岩村, " * 30)),
        (("school that ends", "stage", "site becomes", "its pupils go to", "pupils", "way before (min)",
          "way after (min)", "longest way after (min)", "by day", "boarding", "by bus"),
         ("柘桥榆塬教学点", "primary", "closed", "柘桥中心小学校", "166", "25.8", "110.0", "130.6", "166", "0", "0")),
    ):  # fmt: skip
        grid = Grid(heads, [row], numbers=tuple(range(4, len(heads))))
        widths = column_widths(grid, 16.6)
        assert sum(widths) == pytest.approx(16.6)
        letter = {3: 0.16, 11: 0.127}[len(heads)]  # centimetres, of the font that LibreOffice takes for ours
        for width, *cells in zip(widths, heads, row, strict=True):
            longest = max((len(word) for cell in cells for word in cell.split() if word.isascii()), default=0)
            assert width >= longest * letter + 0.4


def test_letters_get_smaller_before_words_are_broken() -> None:
    """Eight columns of long words do not fit at 9 points; three short ones do."""
    heads = ("district", "stage", "lead school", "schools", "townships", "population", "pupils",
             "difference coefficient, mean")  # fmt: skip
    row = ("D1", "primary", "涪溪县第二小学", "15", "云岫镇, 双璞镇", "80,146", "6,899", "0.470")
    points, widths = fit_columns(Grid(heads, [row], numbers=(3, 5, 6, 7)), 16.6)
    assert points < 9 and sum(widths) == pytest.approx(16.6)
    for width, *cells in zip(widths, heads, row, strict=True):
        longest = max((len(word) for cell in cells for word in cell.split() if word.isascii()), default=0)
        assert width >= longest * 1.25 * points * HALF_LETTER + 0.4
    assert fit_columns(Grid(("stage", "item"), [("primary", "building, once")]), 16.6)[0] == 9
    # A code of ten figures stands on one line in the widest letters: 0.636 of their height each, and the margins.
    codes = Grid(("school code", "school"), [("2199000002", "涪阳小学桑沱校区" * 20)])
    assert column_widths(codes, 16.6)[0] >= 10 * 0.636 * 9 * 2.54 / 72 + 0.38


def _phased(costs: tuple[float, float]) -> Paper:
    """The enlargement of S2 in 2024 and the merger of S3 in 2025, which moves sixty, at these costs."""
    plan = merged()
    rows = [
        (2024, "expand", "S2", "二小", "primary", "", 0.0, 90.0, costs[0], ""),
        (2024, "open", "S4", "四小", "primary", "", 0.0, 90.0, 2e6, ""),
        (2025, "merge", "S3", "三小", "primary", "二小", 60.0, 0.0, costs[1], ""),
    ]
    table, over = pd.DataFrame(rows, columns=list(PHASE_COLUMNS)), pd.DataFrame(columns=list(OVER_COLUMNS))
    proof = Proof.within(0.0, 0.0, 0.0)
    return Paper(Papers(plan, phasing=Phasing(plan.scenario, table, {}, over, proof, 0.0)))


def test_a_years_cost_is_unknown_where_one_of_its_is() -> None:
    with lp.using_language("zh"):
        known, part, none = (
            next(block for block in years(_phased(costs)).blocks if isinstance(block, Grid))
            for costs in ((1e6, 0.0), (math.nan, 0.0), (math.nan, math.nan))
        )
    assert known.headers[-1] == part.headers[-1] == "万元"
    assert [row[-1] for row in known.rows] == ["300", "0"]  # 1 + 2 million yuan
    assert [row[-1] for row in part.rows] == ["–", "0"]  # not the two million that are known
    assert "万元" not in none.headers and [row[-1] for row in none.rows] == ["0", "60"]


def test_subjects_and_ways_have_words() -> None:
    with lp.using_language("en"):
        assert said("道德与法治", SUBJECTS) == "morality and law" and said("柔道", SUBJECTS) == "柔道"
        assert _how({"how": "day", "modes": ("coach",)}) == "by day (county bus)"
    assert all(str(words.zh) == subject for subject, words in SUBJECTS.items())
    assert set(WAYS) <= set(MODES)


def test_every_named_bar_has_a_line() -> None:
    assert (_bars_high(5), _bars_high(25), _bars_high(46)) == (8.5, 13.0, 8.5)


def test_one_child_without_a_school_is_one() -> None:
    plan = some_without_a_school()
    one = plan.unplaced.iloc[:1].assign(pupils=1.0)
    lone = plan.with_(assignments={"primary": replace(plan.assignments["primary"], unplaced=one)})
    with lp.using_language("en"):
        assert lost_sentence(lone).text == "1 child has no school (primary 1): this plan cannot be carried out."
