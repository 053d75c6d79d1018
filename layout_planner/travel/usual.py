"""How children really go: on foot while it is near, beyond that as the study says or by the commonest way there is.

The one place that knows by which mode a child of an age goes from a place to a site. Its numbers stand in the speed
table (`speeds.SPEEDS`, names `usual_…`), so a study or a call may change them, with a source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout_planner.base.arrays import Floats
from layout_planner.study import Study
from layout_planner.travel.speeds import pace_by_grade
from layout_planner.travel.types import MODE_WORDS, WAYS, Travel

USUAL = "usual"

DEFAULT = "ebike"
"""What goes beyond walking where the study says nothing: the commonest way in Chinese counties (assumed)."""

COACH = "coach"
"""The county bus: what goes beyond a day's reach, once a week there and back (assumed). No one rides on the back of a
parent's bicycle for an hour; other ways the study says are gone however far."""

_TWO_WHEELS = ("bike", "ebike")

COLUMN = "usual_mode"
"""Column of the places that says how their children go who do not walk (see `study.columns`)."""

_BANDS = {"kindergarten": range(-2, 1), "1_3": range(1, 4), "4_6": range(4, 7), "7_12": range(7, 13)}
"""Grades that walk alike; the last band speaks for whoever names no grade."""

Measured = tuple[pd.DataFrame, pd.DataFrame]


@dataclass(frozen=True)
class Band:
    """How children of some grades go.

    Parameters
    ----------
    grades
        Which grades.
    walk
        The farthest way on foot, metres.
    day
        The farthest way to come home from every day, metres.
    pace
        Factor on an adult's walking minutes.
    """

    grades: tuple[int, ...]
    walk: float
    day: float
    pace: float


@dataclass(frozen=True, eq=False)
class Usual:
    """How the children of a study go.

    Parameters
    ----------
    bands
        By age, the youngest first.
    wish
        Place → the mode its children go by who do not walk; places that say nothing have `DEFAULT`.
    """

    bands: tuple[Band, ...]
    wish: pd.Series[str]
    wait: float = 0.0
    """Minutes one waits longer for a county bus than for a school bus; 0 where stops tell their headways."""

    @property
    def modes(self) -> tuple[str, ...]:
        """Every mode that must be measured, walking first."""
        return tuple(dict.fromkeys(("walk", DEFAULT, *self.wish, self.coach)))

    @property
    def coach(self) -> str:
        """How the county bus is measured: from the study's stops where children use them, else along the roads."""
        return coach_of(self.wish)


def coach_of(wishes: Iterable[str]) -> str:
    """Give the mode a county bus is measured as: from the study's stops where places wish so, else as a school bus."""
    return "mixed" if "mixed" in set(wishes) else "bus"


def usual_of(study: Study, v: Mapping[str, float]) -> Usual:
    """Read how the children of a study go: the column `usual_mode` of its places, and the speed table."""
    pace = pace_by_grade(v)
    bands = tuple(
        Band(tuple(grades), v[f"usual_walk_{name}"], v[f"usual_day_{name}"], pace.get(grades[0], 1.0))
        for name, grades in _BANDS.items()
    )
    places = study.places
    told = places[COLUMN] if COLUMN in places else pd.Series(None, places.index, dtype="str")
    wish = told.where(told.isin(WAYS) & (told != COACH), DEFAULT).astype("str")
    return Usual(bands, wish, longer_wait(wish, v))


def longer_wait(wishes: Iterable[str], v: Mapping[str, float]) -> float:
    """Give the minutes one waits longer for a county bus than its way is measured with (`coach_of`)."""
    return max(v["coach_wait"] - v["bus_wait"], 0.0) if coach_of(wishes) == "bus" else 0.0


def told_of(usual: Usual, v: Mapping[str, float]) -> dict[str, str]:
    """Say how the children go, in both languages: every reader of a figure must know."""
    far = [f"{band.walk:,.0f}" for band in usual.bands]
    day = [f"{usual.bands[at].day / 1000:g}" for at in (1, -1)]
    count = usual.wish.value_counts()
    other = [(MODE_WORDS[m], n) for m, n in count.items() if m != DEFAULT]
    first, kmh = MODE_WORDS[DEFAULT], v["ebike_flat"]
    en = (
        f"Children walk up to {far[0]} m (kindergarten), {far[1]} (grades 1–3), {far[2]} (4–6), {far[3]} (from 7);"
        f" farther they go {first.en} ({kmh:g} km/h; assumed where the study says nothing)"
    )
    en += "".join(f"; {way.en} ({n} places)" for way, n in other)
    en += (
        f". Beyond {day[0]} km (from grade 7: {day[1]}) by county bus, once a week there and back: who is known to"
        " learn so far away boards or lodges near the school."
    )
    zh = f"儿童步行不超过 {far[0]} 米（幼儿园）、{far[1]} 米（1–3 年级）、{far[2]} 米（4–6 年级）、"
    zh += f"{far[3]} 米（7 年级起）；"
    zh += f"更远的由{first.zh}（{kmh:g} 公里/小时；数据未写明时为假设）"
    zh += "".join(f"；{way.zh}（{n} 个居住点）" for way, n in other)
    zh += f"。{day[0]} 公里（7 年级起 {day[1]} 公里）以外乘城乡客运班车；"
    zh += "已知在此距离以外就读的，按寄宿或在校旁租住（陪读）、每周往返计。"
    return {"en": en, "zh": zh}


def put_together(usual: Usual, parts: Mapping[str, Measured]) -> list[tuple[Floats, Floats, npt.NDArray[np.int8]]]:
    """Choose each pair's mode, band by band.

    On foot up to the band's distance; else by the way the place says; where that cannot go (no road for the bus, no
    stop) by the default; and where only a footpath leads there, on foot all the way. Beyond the band's daily way on two
    wheels no more, but by county bus where one can go.

    Parameters
    ----------
    parts
        Mode → minutes and metres, rows × sites. Rows that are no place go as those who say nothing.

    Returns
    -------
    list
        For each band minutes at the children's own pace, metres, and the mode as a position in `WAYS`, −1 and NaN
        where there is no way.
    """
    walk = parts["walk"]
    wish = usual.wish.reindex(walk[0].index).fillna(DEFAULT).to_numpy(dtype=object)
    arrays = {mode: tuple(table.to_numpy(dtype=np.float64) for table in both) for mode, both in parts.items()}
    minutes, metres, code = (np.full(walk[0].shape, fill) for fill in (np.nan, np.nan, -1))
    for mode in (*usual.modes[2:], DEFAULT):
        mine = (wish == mode)[:, None] if mode != DEFAULT else np.ones((len(wish), 1), dtype=bool)
        use = mine & (code < 0) & np.isfinite(arrays[mode][0])
        minutes[use], metres[use], code[use] = arrays[mode][0][use], arrays[mode][1][use], WAYS.index(mode)
    on_foot, far = arrays["walk"]
    weekly, away = arrays[usual.coach][0] + usual.wait, arrays[usual.coach][1]
    two_wheels = np.isin(code, [WAYS.index(mode) for mode in _TWO_WHEELS])
    always = (wish == "walk")[:, None]
    answer = []
    for band in usual.bands:
        walks = np.isfinite(on_foot) & ((far <= band.walk) | (code < 0) | always)
        rides = ~walks & two_wheels & (metres > band.day) & np.isfinite(weekly) & (away > band.day)
        answer.append(
            (
                np.where(walks, on_foot * band.pace, np.where(rides, weekly, minutes)),
                np.where(walks, far, np.where(rides, away, metres)),
                np.where(walks, WAYS.index("walk"), np.where(rides, WAYS.index(COACH), code)).astype(np.int8),
            )
        )
    return answer


def as_travel(
    usual: Usual,
    places: pd.Index,
    like: pd.DataFrame,
    tables: list[tuple[Floats, Floats, npt.NDArray[np.int8]]],
    options: Mapping[str, object],
) -> Travel:
    """Make the travel of the stacked tables (places above sites): one a band, the last holding the others."""
    made: list[Travel] = []
    frame: Callable[[npt.NDArray[np.generic]], pd.DataFrame] = lambda values: pd.DataFrame(  # noqa: E731
        values, index=like.index, columns=like.columns
    )
    k = len(places)
    for band, (minutes, metres, code) in zip(usual.bands, tables, strict=True):
        whole = [frame(table) for table in (minutes, metres, code)]
        own = [table.iloc[:k].rename_axis(places.name) for table in whole]
        rest = [table.iloc[k:].rename_axis(None) for table in whole]
        between = {"minutes": rest[0], "metres": rest[1]}
        made.append(Travel(USUAL, own[0], own[1], between, options, ways=own[2], day=band.day))
    bands = {grade: one for band, one in zip(usual.bands[:-1], made, strict=False) for grade in band.grades}
    return made[-1].with_(bands=bands)
