"""`print_notices`: what a plan means for each village, one printed sheet a village, with a code to point a phone at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from importlib import resources
from urllib.parse import quote

from layout_planner.base.escape import esc
from layout_planner.base.messages import Language, Text, using_language
from layout_planner.page.briefing import Page
from layout_planner.page.offline import policy
from layout_planner.plan import Plan
from layout_planner.show.lookup import HOWS, BureauWords, Option, StageOfVillages, Villages, lookup_data
from layout_planner.travel.types import MODE_WORDS

AWAY_WORDS = {
    "board": Text("boards, home every week", "寄宿，每周往返"),
    "lodge": Text("lodging near the school", "在校旁租住（陪读）"),
    "bus": Text("by school bus", "乘校车"),
}
KINDER = (Text("youngest class", "小班"), Text("middle class", "中班"), Text("oldest class", "大班"))
MOST_CODE_BYTES = 700
"""A code with more is too fine to be read from a notice board."""


def print_notices(
    plan: Plan,
    path: str | os.PathLike[str] | None = None,
    *,
    lang: Language = "zh",
    told: BureauWords | None = None,
    townships: Sequence[str] | None = None,
) -> Page:
    """Write one sheet (A4) a village: who has no school yet, then the schools today and in the plan.

    The code on it leads to the village on the public page (`BureauWords.url`); without an address it holds the answer
    itself, as text a phone shows without a network.

    Parameters
    ----------
    plan, path, told, townships
        As in `lookup_page`.
    lang
        The language of the sheets.

    Raises
    ------
    DataError
        No village is left.
    """
    told = told or BureauWords()
    data = lookup_data(plan, lang, told, townships)
    with using_language(lang):
        style = (resources.files("layout_planner.show") / "notices.css").read_text(encoding="utf-8")
        title = Text(f"{data['county']}: notices", f"{data['county']} 布局方案告示")
        sheets = "\n".join("".join(_sheet(data, place, told)) for place in range(len(data["places"])))
        page = Page(
            f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy([])}">\n<title>{esc(title)}</title>\n'
            f"<style>\n{style}</style>\n</head>\n<body>\n{sheets}\n</body>\n</html>\n"
        )
    if path is not None:
        page.save(path)
    return page


def _sheet(data: Villages, place: int, told: BureauWords) -> Iterator[str]:
    label, name, town = data["places"][place]
    where = f"{data['townships'][town]} · " if town >= 0 else ""
    yield f'<article><header><div><p class="sub">{esc(where)}{esc(data["county"])}</p><h1><bdi>{esc(name)}</bdi></h1>'
    yield f"<p>{esc(_opening(data))}</p></div>{_code(data, place, label, told)}</header>"
    if data["simulated"]:
        made = Text("Simulated data: places, schools and people are made up.", "模拟数据：地名、学校、人口均为虚构。")
        yield f'<p class="badge">{esc(made)}</p>'
    for line in _lost(data, place):
        yield f'<p class="alarm">{esc(line)}</p>'
    yield "<table><thead><tr>"
    heads = [Text("who", "孩子"), Text("school today", "现在的学校")]
    heads += [Text("school in the plan", "方案中的学校"), Text("from when, and why", "何时开始、为什么")]
    yield "".join(f"<th>{esc(head)}</th>" for head in (heads if data["compared"] else heads[:2]))
    yield "</tr></thead><tbody>"
    for stage in data["stages"]:
        for mask, then, now, state in stage["rows"][place]:
            yield _row(data, stage, mask, then, now, state)
    yield "</tbody></table>"
    if data["compared"]:
        exempt = data["exempt"] or str(Text("not said in this notice: please ask", "本告示未说明，请询问"))
        yield f"<p>{esc(Text('Who is exempt: ', '谁可以不变：'))}<b><bdi>{esc(exempt)}</bdi></b></p>"
    ask = data["ask"] or str(Text("the county's education bureau", "县（区）教育局"))
    yield f"<p>{esc(Text('Whom to ask: ', '咨询：'))}<b><bdi>{esc(ask)}</bdi></b></p>"
    yield f"<footer>{esc(Text('Plan number', '方案编号'))} {esc(data['digest'])}</footer></article>"


def _opening(data: Villages) -> Text:
    if data["compared"]:
        return Text("A plan to be discussed, not a decision.", "布局方案征求意见，不是最后的决定。")
    return Text("The schools of today.", "现在的学校。")


def _lost(data: Villages, place: int) -> Iterator[Text]:
    """Say which children have no school, before all else."""
    for stage in data["stages"]:
        mask = 0
        for grades, _, _, state in stage["rows"][place]:
            mask |= grades if state & 1 else 0
        if mask:
            en, zh = stage["name"]["en"], stage["name"]["zh"]
            yield Text(
                f"No school yet: some children of {en} school, {_grades(stage, mask)}. Please ask the office below.",
                f"还没有学校：{zh}{_grades(stage, mask)}的部分孩子。请联系下面的单位。",
            )


def _row(data: Villages, stage: StageOfVillages, mask: int, then: list[int], now: list[int],
         state: int) -> str:  # fmt: skip
    stage_name = Text(stage["name"]["en"], stage["name"]["zh"])
    cells = [f"<th>{esc(stage_name)}<br><small>{esc(_grades(stage, mask))}</small></th>"]
    cells.append(f"<td>{_schools(data, stage, then)}</td>")
    if data["compared"]:
        same = {stage["options"][k][0] for k in then} == {stage["options"][k][0] for k in now}
        told = Text("no change", "不变") if same else _reasons(data, stage, then, now)
        if state & 1:
            told = Text("some children have no school yet", "部分孩子还没有学校")
        cells.append(f'<td class="{"" if same else "new"}">{_schools(data, stage, now)}</td>')
        cells.append(f"<td><bdi>{esc(told)}</bdi></td>")
    return f"<tr>{''.join(cells)}</tr>"


def _schools(data: Villages, stage: StageOfVillages, options: list[int]) -> str:
    if not options:
        return esc(Text("none", "没有安排"))
    return "<br>".join(
        f"<b><bdi>{esc(name)}</bdi></b><br><small>{esc(way)}</small>"
        for name, way in (_option(data, stage["options"][k]) for k in options)
    )


def _option(data: Villages, option: Option) -> tuple[str, str]:
    """Give a school's name and the way to it in words."""
    school, how, minutes, metres, mode, migrant = option
    by = AWAY_WORDS.get(HOWS[how]) or MODE_WORDS.get(mode)
    far = Text(f"{metres / 1000:.1f} km", f"{metres / 1000:.1f} 公里") if metres >= 50 else None
    long = Text(f"about {minutes} min", f"约 {minutes} 分钟") if minutes >= 0 else Text("way not known", "路程未知")
    if minutes == 0:
        long = Text("less than a minute", "不到 1 分钟")
    whose = Text("migrant workers' children", "随迁子女") if migrant else None
    return data["schools"][school][1], " · ".join(str(part) for part in (whose, by, long, far) if part is not None)


def _reasons(data: Villages, stage: StageOfVillages, then: list[int], now: list[int]) -> str:
    left, came = ({stage["options"][k][0] for k in part} for part in (then, now))
    told = []
    for school, column in (*((s, 0) for s in sorted(left - came)), *((s, 1) for s in sorted(came - left))):
        change = stage["changes"].get(str(school), (None, None))[column]
        if change is not None:
            year, why = change
            when = Text("no date yet", "时间未定") if year is None else Text(f"autumn {year}", f"{year}年秋季")
            told.append(f"{when}{f': {why}' if why else ''}")
    return "; ".join(dict.fromkeys(told)) or str(Text("zones drawn anew; no date yet", "学区片重新划分，时间未定"))


def _grades(stage: StageOfVillages, mask: int) -> str:
    grades = [grade for k, grade in enumerate(stage["grades"]) if mask >> k & 1]
    if len(grades) == len(stage["grades"]):
        return str(Text("all grades", "所有年级"))
    young = [str(KINDER[grade + 2]) for grade in grades if grade < 1]
    older = [str(grade) for grade in grades if grade >= 1]
    text = str(Text(f"grades {', '.join(older)}", f"{'、'.join(older)}年级")) if older else ""
    return str(Text(", ", "、")).join([*young, *([text] if text else [])])


def _code(data: Villages, place: int, label: str, told: BureauWords) -> str:
    """Draw the code: the address of the village's answer, else the answer itself."""
    import segno

    if told.url:
        content = f"{told.url.split('#')[0]}#{quote(label, safe='')}"
        hint = Text("Point your phone here, and have your say", "扫码查询、提意见")
    else:
        content, hint = _spoken(data, place), Text("The same for your phone", "扫码存到手机")
    drawn = segno.make(content, error="m", micro=False, encoding="utf-8").svg_inline(scale=1, omitsize=True, border=2)
    return f"<figure>{drawn}<figcaption>{esc(hint)}</figcaption></figure>"


def _spoken(data: Villages, place: int) -> str:
    lines = [data["places"][place][1], *(str(line) for line in _lost(data, place))]
    for stage in data["stages"]:
        for mask, then, now, _ in stage["rows"][place]:
            who = f"{Text(stage['name']['en'], stage['name']['zh'])} {_grades(stage, mask)}"
            ways = [[f"{name} ({way})" for name, way in (_option(data, stage["options"][k]) for k in part)]
                    for part in (then, now)]  # fmt: skip
            lines.append(f"{who}: {' / '.join(ways[0]) or '–'} → {' / '.join(ways[1]) or '–'}")
    text = "\n".join(lines).encode()
    return text.decode() if len(text) <= MOST_CODE_BYTES else text[:MOST_CODE_BYTES].decode(errors="ignore") + "…"
