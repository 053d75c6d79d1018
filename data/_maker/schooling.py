"""Who goes to which school, and what a school is like once its pupils are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .draw import Bools, Floats, Ints, share_out

# Teachers of each subject in a hundred, by stage; made up, near the weekly lessons of the national curriculum.
_SUBJECT_TEXT = {
    "primary": "语文 30 数学 24 英语 9 科学 6 道德与法治 6 体育 9 音乐 6 美术 6 信息 4",
    "junior": "语文 16 数学 16 英语 15 物理 9 化学 5 生物学 5 历史 6 地理 5 道德与法治 7 体育 8 音乐 3 美术 3 信息 2",
    "senior": "语文 14 数学 14 英语 14 物理 11 化学 9 生物学 7 历史 6 地理 6 思想政治 7 体育 6 音乐 2 美术 2 信息 2",
}
SUBJECTS = {
    stage: dict(zip(text.split()[::2], map(int, text.split()[1::2]), strict=True))
    for stage, text in _SUBJECT_TEXT.items()
}
CLASS_LIMIT = {"kindergarten": 30, "primary": 45, "junior": 50, "senior": 50, "vocational": 45, "special": 12}

# Thresholds of the seven indicators, 教督〔2017〕6号 (standards §2.1): per 100 pupils, square metres or yuan per pupil.
SEVEN = {
    "teachers_above_degree": {"primary": 4.2, "junior": 5.3},
    "teachers_backbone": {"primary": 1.0, "junior": 1.0},
    "teachers_arts": {"primary": 0.9, "junior": 0.9},
    "area_teaching": {"primary": 4.5, "junior": 5.8},
    "area_sports": {"primary": 7.5, "junior": 10.2},
    "equipment_value": {"primary": 2000.0, "junior": 2500.0},
    "network_rooms": {"primary": 2.3, "junior": 2.4},
}
PER_HUNDRED = ("teachers_above_degree", "teachers_backbone", "teachers_arts", "network_rooms")


def weights(
    metres: Floats,
    pull: Floats,
    reach: float,
    farthest: float = np.inf,
    away: Floats | float = 0.0,
    least: float = 0.01,
    whole: Bools | None = None,
) -> Floats:
    """How strongly each place (row) is drawn to each school (column); rows sum to one.

    Parameters
    ----------
    metres
        Place × school.
    pull
        Of each school.
    reach, farthest
        The draw falls by e over so many metres; nobody goes farther every day unless the nearest school is.
    away
        Place × school: the share of the place's children that live beside the school during the week (standards §5).
    least
        Options below this share of the best are left out, so that no place is spread over fifty schools.
    whole
        The schools with all grades, where not all have them.
    """
    every: Bools = np.ones(len(pull), dtype=bool) if whole is None else whole
    nearest = metres[:, every].min(axis=1, keepdims=True)
    # Counted from the nearest school: who has none near is as choosy as who lives beside one.
    value = pull * np.exp(-(metres - nearest) / reach) * (metres <= np.maximum(farthest, nearest))
    value = np.where(value >= least * value[:, every].max(axis=1, keepdims=True), value, 0.0)
    home = value / value.sum(axis=1, keepdims=True)
    return np.asarray(home * (1 - np.sum(away, axis=-1, keepdims=True)) + away)


def balance(
    value: Floats, children: Ints, offered: Bools, target: Floats, rounds: int = 40, strength: float = 0.7
) -> Floats:
    """Scale the draw of each school until its expected roll comes near a target.

    Parameters
    ----------
    value
        Place × school weights.
    children
        Place × grade.
    offered
        School × grade.
    """
    scale = np.ones(value.shape[1])
    for _ in range(rounds):
        roll = np.zeros(value.shape[1])
        for grade in range(children.shape[1]):
            pull = value * scale * offered[:, grade]
            roll += (pull / pull.sum(axis=1, keepdims=True) * children[:, [grade]]).sum(axis=0)
        scale *= np.clip(target / np.maximum(roll, 1e-9), 0.5, 2.0) ** strength
    return value * scale


def draw_flows(rng: np.random.Generator, value: Floats, children: Ints, offered: Bools) -> Ints:
    """Draw the school of every child: place × school × grade, each child counted once."""
    flows = np.zeros((*value.shape, children.shape[1]), dtype=np.int64)
    for grade in range(children.shape[1]):
        pull = value * offered[:, grade]
        flows[:, :, grade] = rng.multinomial(children[:, grade], pull / pull.sum(axis=1, keepdims=True))
    return flows


def class_counts(rolls: Ints, size: Floats, limit: int) -> Ints:
    """Classes of each school (row) and grade for the class size a school runs; never above 66 unless it runs larger."""
    most = np.maximum(limit * 1.3, size)[:, None]
    return np.maximum(np.round(rolls / size[:, None]), np.ceil(rolls / most)).astype(np.int64).clip(rolls > 0)


def seven_indicators(
    rng: np.random.Generator,
    stage: str,
    pupils: Ints,
    teachers: Ints,
    level: pd.DataFrame,
    spread: float,
    between: tuple[float, float],
    counted: Bools,
) -> pd.DataFrame:
    """Draw the raw quantities behind the seven indicators.

    Parameters
    ----------
    level
        School × indicator: the usual value relative to the threshold for a school of that sort.
    spread
        Standard deviation of the logarithm between schools of one sort; stretched until the difference coefficient
        of the ``counted`` schools lies between the two numbers of ``between``.
    """
    answer = {}
    luck = rng.normal(0, 0.45, len(pupils))  # a well-run school is better on several counts at once
    for name, thresholds in SEVEN.items():
        chance = 0.5 * luck + np.clip(rng.normal(0, 0.9, len(pupils)), -1.5, 1.5)
        for stretch in (1.0, 1.15, 1.3, 1.5, 1.8, 0.85, 0.7, 0.5):
            ratio = level[name].to_numpy() * np.exp(stretch * spread * chance)
            amount = ratio * thresholds[stage] * pupils / (100 if name in PER_HUNDRED else 1)
            whole = np.round(amount, -2 if name == "equipment_value" else 0).astype(np.int64)
            answer[name] = np.minimum(whole, teachers) if name.startswith("teachers") else whole
            if between[0] < difference_coefficient(answer[name][counted], pupils[counted]) < between[1]:
                break
    return pd.DataFrame(answer)


def difference_coefficient(amount: Floats | Ints, pupils: Floats | Ints) -> float:
    """Pupil-weighted coefficient of variation (standards §2.1); only used to assert what is written."""
    each = np.asarray(amount, dtype=float) / pupils
    mean = float(np.sum(amount) / np.sum(pupils))
    return float(np.sqrt(np.sum(pupils / np.sum(pupils) * (each - mean) ** 2)) / mean)


def subject_teachers(rows: pd.DataFrame) -> pd.DataFrame:
    """Spread the teachers of each school and stage over subjects; small schools lack the small subjects."""
    records = []
    for school, stage, count in rows[["school_id", "stage", "teachers"]].itertuples(index=False):
        shares = SUBJECTS[stage]
        split = share_out(np.array(list(shares.values()), dtype=float), int(count))
        records += [(school, stage, s, int(n)) for s, n in zip(shares, split, strict=True) if n]
    return pd.DataFrame(records, columns=["school_id", "stage", "subject", "teachers"])
