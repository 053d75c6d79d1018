"""From what was typed to what the library takes: studies, ways, rules, scenarios, zone maps, runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from layout_planner.base.errors import DataError, Fault, did_you_mean, refuse
from layout_planner.base.messages import Text
from layout_planner.cli.console import say, step

if TYPE_CHECKING:
    import pandas as pd

    from layout_planner.plan import Plan
    from layout_planner.policy import Rules
    from layout_planner.study import Study
    from layout_planner.travel import TravelLike


def study_path(path: Path) -> Path:
    """Take a path as it is; where there is none, it may be the name of a sample; of a run, the study it leads to."""
    from layout_planner.reading.samples import SAMPLES, sample_file

    if (path / "provenance.json").is_file() and (path / "study" / "study.toml").is_file():
        return path / "study"
    return sample_file(str(path)) if not path.exists() and str(path) in SAMPLES else path


def load_study(path: Path) -> Study:
    """Read a study, or a sample by its name."""
    with step(Text("reading the study", "读取研究数据")):
        from layout_planner.reading import read_study

        return read_study(study_path(path))


def load_travel(study: Study, modes: Sequence[str] | None) -> TravelLike:
    """Measure the ways: one mode for all, or one a stage ("primary=walk"); a mode without a stage is for the others.

    Left out: as children usually go where the places say how (`usual_mode`); walking where there are roads; else
    the matrix the study brings; else straight lines.
    """
    from layout_planner.study.kinds import read_offered
    from layout_planner.travel import travel_matrix
    from layout_planner.travel.matrix import METRES_SUFFIX
    from layout_planner.travel.usual import COLUMN, USUAL

    own: dict[str, str] = {}
    general: list[str] = []
    for said in modes or ():
        stage, given, mode = said.partition("=")
        if given:
            meant = read_offered(stage.strip())
            one = meant.stages[0] if meant is not None and len(meant.stages) == 1 else stage.strip()
            own[one] = mode.strip()
        else:
            general.append(said.strip())
    unknown = [stage for stage in own if stage not in study.stages]
    if unknown:
        hint = did_you_mean(unknown[0], study.stages)
        told = Text(f'the study has no stage "{unknown[0]}"{hint.en}', f"研究中没有学段“{unknown[0]}”{hint.zh}")
        raise typer.BadParameter(str(told), param_hint="--mode")
    if len(general) > 1:
        told = Text(
            f"{' and '.join(general)}: give one mode for all and name the stage of the others, as primary=walk",
            f"{'、'.join(general)}：只能有一个通用方式，其余请写明学段，如 primary=walk",
        )
        raise typer.BadParameter(str(told), param_hint="--mode")
    given_modes = [mode for mode in study.given_travel if not mode.endswith(METRES_SUFFIX)]
    says = study.roads is not None and COLUMN in study.places and study.places[COLUMN].notna().any()
    usual = USUAL if says else "walk" if study.roads is not None else given_modes[0] if given_modes else "straight"
    default = general[0] if general else usual
    with step(Text("measuring the ways", "计算路程")):
        if not own:
            return travel_matrix(study, default)
        wanted = {stage: own.get(stage, default) for stage in study.stages}
        measured = {mode: travel_matrix(study, mode) for mode in dict.fromkeys(wanted.values())}
        return {stage: measured[mode] for stage, mode in wanted.items()}


def load_rules(names: Sequence[str] | None) -> Rules | None:
    """Load rule profiles, later ones on top; None for the usual ones."""
    from layout_planner.policy import Rules

    return Rules.load(*names) if names else None


def load_zones(path: Path, study: Study, stage: str | None) -> pd.Series | Mapping[str, pd.Series]:
    """Read a zone map: a table of place_id and school_id, and stage where it holds several.

    Any table the studies know (csv, xlsx, …) and any header they recognise.

    Returns
    -------
    Series or mapping
        Place → school; stage → such a Series where the table has a stage column.

    Raises
    ------
    DataError
        A column is missing, a place is unknown or stands twice; every such row is named.
    """
    from layout_planner.formats.tables import read_table
    from layout_planner.reading.names import ids_meant
    from layout_planner.study.cells import to_text
    from layout_planner.study.headers import recognise
    from layout_planner.study.kinds import stage_meant

    raw = read_table(path.parent, path.name)
    headers = recognise("attendance", [str(header) for header in raw.frame.columns], {})
    missing = [name for name in ("place_id", "school_id") if name not in headers]
    if missing:
        mend = Text("the header needs place_id and school_id.", "表头须有 place_id（居住点）与 school_id（学校）。")
        told = [Text(f'the column "{name}" is missing.', f"缺少“{name}”列。") for name in missing]
        raise DataError([Fault(path.name, text, mend, 1) for text in told])
    table = {name: to_text(raw.frame[found[0]]) for name, found in headers.items()}
    places = ids_meant(table["place_id"], study.places)
    schools = ids_meant(table["school_id"], study.schools)
    if "stage" in table:
        stages = table["stage"].map(lambda word: stage_meant(str(word)) or str(word))
    elif stage is not None or len(study.stages) == 1:
        stages = places.map(lambda _: stage or study.stages[0])
    else:
        told = [Text("for which stage is this map?", "此片区表属于哪个学段？")]
        mend = Text("add a column stage, or name it with --stage.", "请加 stage 列，或用 --stage 指明。")
        raise DataError([Fault(path.name, told[0], mend)])
    faults = []
    header = headers["place_id"][0]
    seen: dict[tuple[str, str], int] = {}
    for row, place, its in zip(raw.rows, places, stages, strict=True):
        if place not in study.places.index:
            hint = did_you_mean(str(place), study.places.index)
            unknown = Text(f"no such place{hint.en}.", f"没有此居住点{hint.zh}。")
            correct = Text("correct the id.", "请更正编号。")
            faults.append(Fault(path.name, unknown, correct, int(row), header, str(place)))
        elif (place, its) in seen:
            first = seen[(place, its)]
            twice = Text(f"the place stands in row {first} already.", f"该居住点已在第 {first} 行出现。")
            once = Text("a place goes to one school.", "一个居住点只对应一所学校。")
            faults.append(Fault(path.name, twice, once, int(row), header, str(place)))
        seen.setdefault((place, its), int(row))
    if faults:
        raise DataError(faults)
    maps = {its: schools[stages == its].set_axis(places[stages == its]) for its in dict.fromkeys(stages)}
    return maps if "stage" in table else next(iter(maps.values()))


def load_births(path: Path, study: Study) -> pd.DataFrame:
    """Read births to come: township_id, year, count, and variant ("middle" where left out).

    Raises
    ------
    DataError
        A column is missing, a township unknown, a number no number; every such row is named.
    """
    import pandas as pd

    from layout_planner.formats.tables import read_table
    from layout_planner.reading.faults import Faults
    from layout_planner.reading.names import ids_meant
    from layout_planner.reading.wide import lay_years_under
    from layout_planner.study.cells import to_text
    from layout_planner.study.headers import recognise

    raw = read_table(path.parent, path.name)
    found = recognise("births", [str(header) for header in raw.frame.columns], {})
    gaps = Faults()
    raw, header_of = lay_years_under(raw, {name: several[0] for name, several in found.items()}, gaps)
    headers = {name: [header] for name, header in header_of.items()}
    mend = Text("the header needs township_id, year and count.", "表头须有 township_id、year、count。")
    missing = [name for name in ("township_id", "year", "count") if name not in headers]
    if missing:
        told = [Text(f'the column "{name}" is missing.', f"缺少“{name}”列。") for name in missing]
        raise DataError([Fault(path.name, text, mend, 1) for text in told])
    table = pd.DataFrame({name: to_text(raw.frame[found[0]]) for name, found in headers.items()})
    table["township_id"] = ids_meant(table["township_id"], study.townships)
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in ("year", "count")}
    faults: list[Fault] = []
    for at, row in enumerate(raw.rows):
        value = str(table["township_id"].iloc[at])
        again = any(fault.row == int(row) and fault.value == value for fault in faults)  # laid out for every year
        if value not in study.townships.index and not again:
            hint = did_you_mean(value, study.townships.index)
            unknown = Text(f"no such township{hint.en}.", f"没有此乡镇{hint.zh}。")
            correct = Text("correct the id.", "请更正编号。")
            faults.append(Fault(path.name, unknown, correct, int(row), headers["township_id"][0], value))
        for name, column in numbers.items():
            if not column.iloc[at] >= 0:
                wrong, mended = Text("not a number ≥ 0.", "不是非负数。"), Text("correct it.", "请更正。")
                faults.append(Fault(path.name, wrong, mended, int(row), headers[name][0], str(table[name].iloc[at])))
    if faults:
        raise DataError(faults)
    for fault in (*raw.told, *gaps.warnings):
        say(f"· {fault.file} {fault}")
    if "variant" not in table:
        table["variant"] = "middle"
    return table.assign(year=numbers["year"].astype(int), count=numbers["count"].astype(float))


def load_plans(paths: Sequence[Path], modes: Sequence[str] | None, rules: Sequence[str] | None) -> list[Plan]:
    """Read run folders; a study stands for its today. One run alone comes with what it was compared with."""
    from layout_planner.plan import read_plan

    plans = []
    for path in paths:
        real = path if (path / "provenance.json").is_file() else study_path(path)
        if real.suffix == ".toml" or (real / "study.toml").is_file():
            now = make_today(load_study(path), modes, rules)
            plans.append(now.with_(name=f"{now.name} {now.study.name}"))
        else:
            with step(Text(f"reading {path}", f"读取 {path}")):
                plans.append(read_plan(path))
    if len(plans) == 1 and plans[0].base is not None:
        return [plans[0].base, *plans]
    return plans


def make_today(
    study: Study, modes: Sequence[str] | None, rules: Sequence[str] | None, stage: str | None = None
) -> Plan:
    """Show the present of a study."""
    from layout_planner.assignment.solve import today

    judged_by = load_rules(rules)
    travel = load_travel(study, modes)
    with step(Text("today", "现状")):
        return today(study, travel, judged_by, stage)


def load_what_if(run: Path, mode: list[str] | None, rules: list[str] | None) -> Plan:
    """Read a run that is a what-if; a today is refused."""
    plan = load_plans([run], mode, rules)[-1]
    if plan.base is None:
        raise refuse(
            f"{run} is a today, not a what-if", f"{run} 是现状，不是推演方案",
            "make a run first: solve STUDY --scenario FILE --out RUN", "请先运行 solve 研究 --scenario 方案 --out 结果",
        )  # fmt: skip
    return plan


def read_names(said: str | None) -> list[str] | None:
    """Read "A1, B2"."""
    return None if said is None else [name.strip() for name in said.split(",") if name.strip()]


def schools_meant(study: Study, said: Sequence[str] | None, option: str) -> list[str] | None:
    """Give the ids of schools named on the command line by their id or by a name that one alone bears.

    Raises
    ------
    DataError
        No school is called so, or several are; every such word is named.
    """
    if said is None:
        return None
    import pandas as pd  # costs start-up time

    from layout_planner.reading.names import ids_meant

    names = study.schools["name"]
    found = ids_meant(pd.Series(list(said), dtype="str"), study.schools)
    faults = []
    for word in found[~found.isin(study.schools.index)]:
        alike = names.index[names == word]
        if len(alike):
            ids = ", ".join(alike[:5])
            told = Text(f"{len(alike)} schools have this name: {ids}.", f"{len(alike)} 所学校同名：{ids}。")
            mend = Text("write the id of the one that is meant.", "请改写所指学校的编号。")
        else:
            hint = did_you_mean(str(word), [*study.schools.index, *names])
            told = Text(f"no such school{hint.en}.", f"没有这所学校{hint.zh}。")
            mend = Text("write the id or the name of a school.", "请写学校编号或名称。")
        faults.append(Fault(option, told, mend, value=word))
    if faults:
        raise DataError(faults)
    return [str(one) for one in found]
