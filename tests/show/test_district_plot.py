"""The picture of districts: a link to every member, a star for every lead."""

from __future__ import annotations

import matplotlib as mpl
import pytest

import layout_planner as lp
from layout_planner.districts import PUBLISHED


@pytest.mark.filterwarnings("ignore:Glyph|findfont")
def test_every_member_is_linked_to_its_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    mpl.use("Agg")
    study = lp.sample("fuxi")
    areas = lp.partition(study, lp.travel_matrix(study, mode="straight"), "junior", **PUBLISHED["junior"])
    ax = lp.show.plot_districts(areas, study)
    assert len(ax.lines) == 28 - 5
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert len(texts) == 5 and all(study.school_name(areas.lead_of[f"D{i + 1}"]) in t for i, t in enumerate(texts))
    assert lp.show.plot_districts(areas, study, ax) is ax
    alone = areas.with_(lead_of=areas.lead_of.iloc[:0])
    assert not lp.show.plot_districts(alone, study).lines
