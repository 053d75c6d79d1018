"""`consultation`: the replies of a folder by village and closure, topics counted, and what matters to families."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from layout_planner.assignment.contiguous.goals import ZoneGoal
from layout_planner.assignment.methods.contiguous import Contiguous
from layout_planner.assignment.solve import solve
from layout_planner.base.errors import refuse
from layout_planner.base.messages import Text
from layout_planner.base.progress import track
from layout_planner.base.units import Measured
from layout_planner.catchments.hearing.form import GOALS, WISHES, Reply, read_reply
from layout_planner.plan import Plan, plan_digest
from layout_planner.scenario import Scenario
from layout_planner.study import Study

MOST_FILES = 50_000
PACKED = (".zip", ".rar", ".7z", ".gz", ".tar")
MADE_BY_SYSTEMS = ("thumbs.db", "desktop.ini")
"""What a folder holds that nobody put there; so does what begins with a point."""

REPLY_COLUMNS = ("file", "id", "place_id", "stage", "answer", "ranking", "words")
COUNTS = ("yes", "no", "unsure")

TOPICS: dict[str, tuple[Text, tuple[str, ...]]] = {
    "way": (Text("the way", "路程"), ("远", "路", "走", "分钟", "小时", "far", "walk", "distance", "minutes")),
    "safety": (Text("safety", "安全"), ("安全", "危险", "车多", "塌", "滑坡", "河", "safe", "danger", "traffic")),
    "bus": (Text("school bus", "校车"), ("校车", "班车", "公交", "接送", "bus")),
    "boarding": (Text("boarding", "寄宿"), ("住校", "寄宿", "宿舍", "住宿", "board", "dormitory")),
    "meals": (Text("meals", "食堂"), ("食堂", "午餐", "吃饭", "午饭", "lunch", "canteen", "meal")),
    "classes": (Text("class size", "班额"), ("班额", "大班", "人太多", "拥挤", "小班", "crowded", "class size")),
    "teaching": (Text("teachers and teaching", "师资"), ("老师", "教师", "师资", "教学", "质量", "teacher", "quality")),
    "money": (Text("cost", "费用"), ("费用", "花钱", "补助", "补贴", "租房", "陪读", "cost", "money", "rent")),
    "young": (
        Text("age of the child", "孩子小"),
        ("太小", "孩子小", "还小", "年纪小", "低年级", "一年级", "young", "little"),
    ),
    "village": (Text("the village", "村子"), ("村里", "村子", "保留", "校舍", "village", "keep the school")),
}
"""Topic → its name, and the words by which free text is taken to speak of it (our list; a reply may have several)."""


@dataclass(frozen=True, eq=False, repr=False)
class Consultation(Measured):
    """What families replied to a plan. Nobody checked who sent what: it is what was said, not a vote.

    Parameters
    ----------
    replies
        `REPLY_COLUMNS`: one row a reply that counts; ranking as "near,same,small,together" ("" for none), words as
        they were written, without control characters.
    refused
        file, why: what does not count, damaged, double, or about another plan; every file is in one of the two.
    villages
        Index (place_id, stage): name, replies, yes, no, unsure, children (of the stage there), many (more replies than
        children: somebody sent several).
    closures
        Index (school_id, stage) of the schools the plan closes: name, replies, yes, no, unsure, against (share),
        children (on its roll before).
    topics
        Index topic: name, replies that speak of it.
    ranking
        Index wish (`WISHES`): name, first (share of the rankings that put it first), weight (mean of the rank-order
        centroid weights; Barron and Barrett 1996), goal of `Contiguous`.
    plan
        The plan they speak of.
    """

    replies: pd.DataFrame
    refused: pd.DataFrame
    villages: pd.DataFrame
    closures: pd.DataFrame
    topics: pd.DataFrame
    ranking: pd.DataFrame
    plan: Plan

    @property
    def goals(self) -> dict[str | ZoneGoal, float]:
        """The weights of the goals of `Contiguous`, adding up to one; empty where nobody ranked anything."""
        rows = zip(self.ranking["goal"], self.ranking["weight"], strict=True)
        return {str(goal): float(weight) for goal, weight in rows if weight > 0}

    def record(self, study: Study | None = None) -> Study:
        """Give the study with the replies in its table of procedure, where the rules on closures read them.

        `parents_asked` and `parents_against` of every school that closes and was replied to; other columns stay.
        """
        study = study or self.plan.study
        counted = self.closures.groupby(level="school_id")[["replies", "no"]].sum()
        counted = counted.loc[counted["replies"] > 0].rename(columns={"replies": "parents_asked",
                                                                      "no": "parents_against"})  # fmt: skip
        given = study.extra.get("procedure")
        table = pd.DataFrame({"school_id": pd.Series(dtype="str")}) if given is None else given
        table = table.drop(columns=["parents_asked", "parents_against"], errors="ignore")
        table = table.merge(counted.astype(float).reset_index(), on="school_id", how="outer")
        return study.with_(extra={**study.extra, "procedure": table})

    def beside(self, stage: str, *, gap: float = 2e-3, time_limit: float = 60.0, rounds: int | None = None) -> Plan:
        """Draw the plan that the families' weights give, with the same edits: to stand beside the proposed one.

        Raises
        ------
        DataError
            Nobody ranked what matters.
        """
        if not self.goals:
            raise refuse(
                "no reply ranks what matters, so there are no weights", "没有任何回执给出排序，无法得出权重",
                "gather replies with a ranking", "请收集带排序的回执",
            )  # fmt: skip
        base = self.plan.base or self.plan
        wish = Contiguous(goals=self.goals, start="today", rounds=rounds)
        named = Scenario(str(Text("as families weigh it", "按家长意愿加权")), self.plan.scenario.edits)
        return solve(base.study, self.plan.travel, self.plan.rules, scenario=named, assign=wish, stage=stage, gap=gap,
                     time_limit=time_limit)  # fmt: skip


def consultation(folder: str | os.PathLike[str], plan: Plan) -> Consultation:
    """Gather the reply files of a folder, without trusting any of them.

    A reply is a small JSON file that the public page (`lookup_page`) saves. Its size, form, plan, village and stage are
    checked; of two with the same number the first by file name counts. Free words are text and nothing else.

    Parameters
    ----------
    folder
        Where the files lie (``*.json``; not in folders below, no links); others are named, packed ones too.
    plan
        The plan the page was made of.

    Raises
    ------
    DataError
        No such folder, or more than `MOST_FILES` files in it.

    Examples
    --------
    >>> study = lp.sample("fuxi")
    >>> ways = lp.travel_matrix(study, mode="straight")
    >>> what = lp.Scenario("merger", [lp.Merge("P037", into="P036"), lp.Expand("P036", seats=1350)])
    >>> plan = lp.solve(study, ways, scenario=what, stage="primary")
    >>> from pathlib import Path
    >>> folder = Path("replies")
    >>> folder.mkdir()
    >>> _ = (folder / "1.json").write_text("no reply at all", encoding="utf-8")
    >>> found = lp.consultation(folder, plan)
    >>> len(found.replies)
    0
    >>> print(found.refused.loc[0, "file"], "·", found.refused.loc[0, "why"])
    1.json · damaged: not JSON in UTF-8
    """
    files = _files(Path(folder))
    digest = plan_digest(plan)
    taken: dict[str, tuple[str, Reply]] = {}
    refused: list[tuple[str, str]] = []
    for file in track(files, Text("replies", "回执")):
        found = _checked(file, plan, digest)
        if isinstance(found, Reply) and found.id in taken:
            name, other = taken[found.id]
            same = found == other
            found = Text(f"double: the same as {name}", f"重复：与 {name} 相同") if same else Text(
                f"has the number of {name} and says something else", f"与 {name} 编号相同而内容不同")  # fmt: skip
        if isinstance(found, Reply):
            taken[found.id] = (file.name, found)
        else:
            refused.append((file.name, str(found)))
    rows = [(name, r.id, r.place, r.stage, r.answer, ",".join(r.ranking), r.words) for name, r in taken.values()]
    replies = pd.DataFrame(rows, columns=list(REPLY_COLUMNS), dtype="str")
    return Consultation(
        replies, pd.DataFrame(refused, columns=["file", "why"], dtype="str"), _villages(replies, plan),
        _closures(replies, plan), _topics(replies), _ranking(replies), plan,
    )  # fmt: skip


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise refuse(
            f"there is no folder {folder}", f"没有文件夹 {folder}", "give the folder of the reply files",
            "请给出回执文件所在的文件夹",
        )  # fmt: skip
    files = sorted(f for f in folder.iterdir() if not f.name.startswith(".") and f.name.lower() not in MADE_BY_SYSTEMS)
    if len(files) > MOST_FILES:
        raise refuse(
            f"{folder} holds {len(files):,} files, more than {MOST_FILES:,}",
            f"{folder} 中有 {len(files):,} 个文件，超过 {MOST_FILES:,} 个",
            "gather them in several folders", "请分几个文件夹汇总",
        )  # fmt: skip
    return files


def _checked(file: Path, plan: Plan, digest: str) -> Reply | Text:
    """Read a file as a reply to the plan, or say why it does not count."""
    if file.is_symlink() or not file.is_file():
        return Text("not a plain file", "不是普通文件")
    kind = file.suffix.lower()
    if kind in PACKED:
        return Text("packed: unpack it into the folder", "压缩包：请解压到该文件夹")
    if kind != ".json":
        return Text("not a reply (.json)", "不是回执文件（.json）")
    try:
        with file.open("rb") as stream:
            reply = read_reply(stream.read(20_000))
    except OSError:
        return Text("cannot be read", "无法读取")
    if isinstance(reply, Text):
        return reply
    if reply.plan != digest:
        return Text("about another plan, or an earlier draft of this one", "针对另一方案或本方案的旧稿")
    if reply.place not in plan.study.places.index:
        return Text("about a village that is not in the plan", "方案中没有该村（小区）")
    if reply.stage not in plan.assignments:
        return Text("about a stage that is not in the plan", "方案中没有该学段")
    return reply


def _counted(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Count replies by answer."""
    if not len(rows):
        index = pd.MultiIndex.from_arrays([[] for _ in keys], names=list(keys))
        return pd.DataFrame(0, index=index, columns=["replies", *COUNTS])
    table = rows.groupby([*keys, "answer"]).size().unstack("answer", fill_value=0).reindex(columns=COUNTS, fill_value=0)
    return table.assign(replies=table.sum(axis=1))[["replies", *COUNTS]]


def _villages(replies: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    table = _counted(replies, ["place_id", "stage"])
    names = plan.study.places["name"] if "name" in plan.study.places else pd.Series(dtype=object)
    at = table.index.get_level_values("place_id")
    children = {stage: plan.study.demand(stage) for stage in plan.assignments}
    counted = [float(children[stage][place]) for place, stage in table.index]
    table = table.assign(name=names.reindex(at).fillna(pd.Series(at, at)).to_numpy(), children=counted)
    return table.assign(many=table["replies"] > table["children"])


def _closures(replies: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Count a reply for every school of its village and stage that closes."""
    rows = [row for stage in plan.assignments for row in _closing(plan, stage)]
    index = pd.MultiIndex.from_tuples([row[:2] for row in rows], names=["school_id", "stage"])
    table = pd.DataFrame({"name": [row[2] for row in rows], "children": [row[3] for row in rows]}, index=index)
    sent = pd.DataFrame([(school, stage, place) for school, stage, _, _, homes in rows for place in homes],
                        columns=["school_id", "stage", "place_id"], dtype="str")  # fmt: skip
    counted = _counted(sent.merge(replies, on=["place_id", "stage"]), ["school_id", "stage"])
    counted = counted.reindex(index, fill_value=0)
    against = (counted["no"] / counted["replies"].where(counted["replies"] > 0)).astype(float)
    return pd.concat([table[["name"]], counted, against.rename("against"), table["children"]], axis=1)


def _closing(plan: Plan, stage: str) -> Iterator[tuple[str, str, str, float, list[str]]]:
    """Give the schools that end the stage: id, stage, name, roll before, homes of their pupils."""
    base = plan.base
    if base is None or stage not in base.assignments:
        return
    flows, roll = base.assignments[stage].flows, base.assignments[stage].roll()
    for school in base.study.offering(stage).difference(plan.study.offering(stage)):
        homes = list(dict.fromkeys(flows.loc[flows["school_id"] == school, "place_id"]))
        yield str(school), stage, base.study.school_name(school), float(roll.get(school, 0.0)), homes


def _topics(replies: pd.DataFrame) -> pd.DataFrame:
    words = replies["words"].str.lower()
    rows = {
        topic: (str(name), int(sum(any(sign in text for sign in signs) for text in words)))
        for topic, (name, signs) in TOPICS.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["name", "replies"]).rename_axis("topic")
    return table.sort_values("replies", ascending=False, kind="stable")


def centroid_weights(places: int) -> list[float]:
    """Give the rank-order centroid weights: the mean of all weights that fall in this order and add up to one."""
    return [float(np.mean([0.0] * k + [1.0 / (j + 1) for j in range(k, places)])) for k in range(places)]


def _ranking(replies: pd.DataFrame) -> pd.DataFrame:
    orders = [text.split(",") for text in replies["ranking"] if text]
    weights = centroid_weights(len(WISHES))
    rows = {
        wish: (
            str(name),
            float(np.mean([order[0] == wish for order in orders])) if orders else 0.0,
            float(np.mean([weights[order.index(wish)] for order in orders])) if orders else 0.0,
            GOALS[wish],
        )
        for wish, name in WISHES.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["name", "first", "weight", "goal"]).rename_axis("wish")
