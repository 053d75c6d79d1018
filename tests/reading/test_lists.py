"""Ten public lists of schools, as ten countries publish them: headers and kinds are theirs, the rows are made up.

Each is put beside a table of places, `init` draws up a study file, and the lines a user must write are counted: the
year, the coordinates where the list has columns of them, the calendar, and what the list alone needs. The same table
stands in docs/input.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from layout_planner.reading import check_study
from layout_planner.reading.draft import draft_study


@dataclass(frozen=True)
class Published:
    """One list: where it comes from, its text, and what the user adds.

    Parameters
    ----------
    source
        Who publishes it, under which name.
    text
        Headers as published, rows made up.
    lon, lat
        Where the rows lie, for the places beside them.
    lines
        Key → line: what must be written into the study file beside year and coordinates.
    stages
        What is read, school → stages.
    coordinates
        Which coordinates the list has.
    """

    source: str
    text: str
    lon: float
    lat: float
    stages: dict[str, tuple[str, ...]]
    lines: dict[str, str] = field(default_factory=dict)
    coordinates: str = "wgs84"


LISTS = {
    "england": Published(
        "Get Information about Schools (GIAS), edubasealldata",
        "URN,EstablishmentName,TypeOfEstablishment (name),EstablishmentStatus (name),PhaseOfEducation (name),"
        "StatutoryLowAge,StatutoryHighAge,SchoolCapacity,NumberOfPupils,Easting,Northing\n"
        "100001,Hill Primary School,Community school,Open,Primary,4,11,210,201,430000,433000\n"
        "100002,Vale School,Academy converter,Open,Secondary,11,16,900,870,431000,433500\n"
        "100003,Old School,Voluntary aided school,Closed,Primary,5,11,100,,430500,433000\n",
        -1.55, 53.79, {"100001": ("primary",), "100002": ("junior",), "100003": ("primary",)},
        {"calendar": 'calendar = "R1+6+5@5"'}, "EPSG:27700",
    ),
    "scotland": Published(
        "Scottish Government, school contact details and roll",
        "SeedCode,School Name,School Type,Pupil roll,FTE teachers,GridRefEast,GridRefNorth\n"
        "5000001,Glen Primary,Primary,143,8.2,320000,670000\n5000002,Glen High,Secondary,612,50.1,320500,670200\n",
        -3.28, 55.92, {"5000001": ("primary",), "5000002": ("junior",)},
        {"calendar": 'calendar = "7+6"'}, "EPSG:27700",
    ),
    "united states": Published(
        "NCES, Common Core of Data, school directory with EDGE geocodes",
        "NCESSCH,SCH_NAME,LEVEL,GSLO,GSHI,SY_STATUS_TEXT,MEMBER,LAT,LON\n"
        "510126000001,Oak Elementary,Elementary,PK,05,Open,402,38.85,-77.30\n"
        "510126000002,Elm Middle,Middle,06,08,Open,811,38.86,-77.31\n"
        "510126000003,Ash High,High,09,12,Open,1900,38.87,-77.32\n",
        -77.30, 38.85,
        {"510126000001": ("primary",), "510126000002": ("junior",), "510126000003": ("senior",)},
        {"calendar": 'calendar = "K1+5+3+4"'},
    ),
    "new zealand": Published(
        "Education Counts, New Zealand schools directory",
        "School_Id,Org_Name,Org_Type,Authority,Status,Latitude,Longitude,Total\n"
        "1001,Bay School,Full Primary,State,Open,-41.29,174.77,240\n"
        "1002,Bay Intermediate,Intermediate,State : Integrated,Open,-41.28,174.78,310\n"
        "1003,Bay College,Secondary (Year 9-15),Private,Open,-41.27,174.76,900\n",
        174.77, -41.29, {"1001": ("primary",), "1002": ("junior",), "1003": ("junior", "senior")},
        {"calendar": 'calendar = "6+2+5"', "share_by": 'share_by = "grades"'},
    ),
    "japan": Published(
        "文部科学省 学校コード一覧, with coordinates of 国土数値情報 P29",
        "学校コード,学校種,都道府県番号,設置区分,学校名,経度,緯度\n"
        "B101234567890,B1(小学校),01(北海道),2(公),北町立北小学校,141.35,43.06\n"
        "C101234567890,C1(中学校),01(北海道),2(公),北町立北中学校,141.36,43.07\n",
        141.35, 43.06, {"B101234567890": ("primary",), "C101234567890": ("junior",)},
    ),
    "taiwan": Published(
        "教育部統計處 國民小學校別資料",
        "學校代碼,學校名稱,學校類別,公/私立,學生數,班級數,經度,緯度\n"
        "011601,市立東小,國民小學,公立,320,14,121.46,25.01\n011602,私立西中,國民中學,私立,150,6,121.47,25.02\n",
        121.46, 25.01, {"011601": ("primary",), "011602": ("junior",)},
    ),
    "brazil": Published(
        "INEP, Catálogo de Escolas",
        "Escola,Código INEP,Categoria Administrativa,Dependência Administrativa,"
        "Etapas e Modalidade de Ensino Oferecidas,Latitude,Longitude\n"
        "EMEF SOL,43000001,Pública,Municipal,Ensino Fundamental,-30.03,-51.20\n"
        'EMEI LUA,43000002,Pública,Municipal,Educação Infantil,-30.04,-51.21\n'
        'COLEGIO MAR,43000003,Privada,Privada,"Educação Infantil, Ensino Fundamental, Ensino Médio",-30.05,-51.22\n',
        -51.20, -30.03,
        {"43000001": ("primary", "junior"), "43000002": ("kindergarten",),
         "43000003": ("kindergarten", "primary", "junior", "senior")},
        {"calendar": 'calendar = "5+4+3"'},
    ),
    "germany": Published(
        "Nordrhein-Westfalen, Schuldaten: Grunddaten der Schulen",
        "Schulnummer,Schulname,Schulform,Rechtsform,UTMRW,UTMHW\n"
        "100011,GGS Nord,Grundschule,öffentlich,356000,5645000\n100012,Gym Süd,Gymnasium,öffentlich,356500,5645500\n"
        "100013,HS Ost,Hauptschule,privat,357000,5645000\n",
        6.95, 50.94, {"100011": ("primary",), "100012": ("junior", "senior"), "100013": ("junior",)},
        {"calendar": 'calendar = "4+6+3"'}, "EPSG:25832",
    ),
    "france": Published(
        "Éducation nationale, Annuaire de l'éducation",
        "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;Libelle_nature;"
        "Nombre_d_eleves;latitude;longitude;etat\n"
        "0750001A;Ecole du Nord;Ecole;Public;ECOLE DE NIVEAU ELEMENTAIRE;180;48.85;2.35;OUVERT\n"
        "0750002B;Ecole du Sud;Ecole;Privé;ECOLE MATERNELLE;90;48.86;2.36;OUVERT\n"
        "0750003C;Collège Est;Collège;Public;COLLEGE;500;48.87;2.37;OUVERT\n",
        2.35, 48.85, {"0750001A": ("primary",), "0750002B": ("kindergarten",), "0750003C": ("junior",)},
        {"calendar": 'calendar = "5+4+3"', "columns": 'columns = { kind = "Libelle_nature" }'},
    ),
    "kenya": Published(
        "Ministry of Education, primary and secondary schools (open data)",
        "School Code,School Name,Level,Status,County,Ward,Total Enrolment,Latitude,Longitude\n"
        "K001,Mto Primary School,Primary,Public,Nairobi,Kilimani,640,-1.29,36.79\n"
        "K002,Mto Secondary School,Secondary,Private,Nairobi,Kilimani,300,-1.30,36.80\n",
        36.79, -1.29, {"K001": ("primary",), "K002": ("junior",)}, {"calendar": 'calendar = "8+4"'},
    ),
    "india": Published(
        "UDISE+, school directory",
        "UDISE Code,School Name,School Category,School Management,Village Name,Total Students,Total Teachers,"
        "Class From,Class To,Latitude,Longitude\n"
        "27010000001,Z.P. School A,Primary,Department of Education,Rampur,60,2,1,5,18.52,73.85\n"
        "27010000002,Z.P. School B,Upper Primary only,Department of Education,Rampur,90,4,6,8,18.53,73.86\n"
        "27010000003,C High School,Secondary with Higher Secondary,Private Unaided (Recognized),Rampur,300,12,9,12,"
        "18.54,73.87\n",
        73.85, 18.52, {"27010000001": ("primary",), "27010000002": ("junior",), "27010000003": ("senior",)},
        {"calendar": 'calendar = "5+3+2+2"'},
    ),
    "south korea": Published(
        "전국초중등학교위치표준데이터 (data.go.kr)",
        "학교ID,학교명,학교급구분,설립형태,본교분교구분,운영상태,위도,경도\n"
        "B000000001,북초등학교,초등학교,공립,본교,운영,37.50,127.03\n"
        "B000000002,남중학교,중학교,사립,본교,운영,37.51,127.04\n"
        "B000000003,옛초등학교,초등학교,공립,본교,폐교,37.52,127.05\n",
        127.03, 37.50, {"B000000001": ("primary",), "B000000002": ("junior",), "B000000003": ("primary",)},
    ),
}  # fmt: skip


def _study_of(folder: Path, one: Published) -> tuple[str, int]:
    """Put the list beside three places, draw up the study file and fill it in; the lines written."""
    (folder / "schools.csv").write_text(one.text, encoding="utf-8")
    rows = [f"V{i},{one.lon + i / 200:.4f},{one.lat:.4f},30" for i in range(3)]
    (folder / "places.csv").write_text("\n".join(["place_id,lon,lat,pupils_primary", *rows]) + "\n", encoding="utf-8")
    text = draft_study(folder)
    places, schools = (text.index(f"[{section}]") for section in ("places", "schools"))
    assert places < schools
    count = 0

    def write(text: str, pattern: str, line: str, start: int = 0) -> str:
        nonlocal count
        done, found = re.subn(pattern, line, text[start:], count=1, flags=re.MULTILINE)
        assert found, pattern
        count += 1
        return text[:start] + done

    declared = f'coordinates = "{one.coordinates}"'
    text = write(text, r"^# coordinates = .*$", declared, schools)
    text = write(text, r"^# coordinates = .*$", 'coordinates = "wgs84"')
    text = write(text, r"^# year = .*$", "year = 2024")
    for key, line in one.lines.items():
        if key == "calendar":
            text = write(text, r"^calendar = .*$", line)
        elif key == "columns":  # init names the headers that may be meant, and chooses the first
            text = write(text, r"^columns = .*$", line, text.index("[schools]"))
        else:
            text = write(text, r"^(file = .*)$", rf"\1\n{line}", text.index("[schools]"))
    return text, count


@pytest.mark.parametrize("country", list(LISTS))
def test_a_public_list_is_read_with_a_few_lines(tmp_path, country):
    one = LISTS[country]
    text, count = _study_of(tmp_path, one)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    report = check_study(tmp_path)
    assert [str(fault) for fault in report.errors] == []
    assert report.study is not None
    stages: dict[str, tuple[str, ...]] = {}
    for school, stage in report.study.offers.index:
        stages[school] = (*stages.get(school, ()), stage)
    assert {school: set(found) for school, found in stages.items()} == {s: set(f) for s, f in one.stages.items()}
    assert count == 3 + len(one.lines) <= 6
    far = [fault for fault in report.warnings if " km " in fault.message.en]
    assert far == []


def test_states_and_owners_are_read_too(tmp_path):
    found = {}
    for country in ("england", "new zealand", "germany", "kenya", "south korea", "brazil"):
        folder = tmp_path / country.replace(" ", "_")
        folder.mkdir()
        text, _ = _study_of(folder, LISTS[country])
        (folder / "study.toml").write_text(text, encoding="utf-8")
        study = check_study(folder).study
        assert study is not None
        found[country] = (study.schools["state"].tolist(), study.schools["ownership"].tolist())
    assert found["england"][0] == ["open", "open", "closed"]
    assert found["new zealand"][1] == ["public", "public", "private"]
    assert found["germany"][1] == ["public", "public", "private"]
    assert found["kenya"][1] == ["public", "private"]
    assert found["south korea"] == (["open", "open", "closed"], ["public", "private", "public"])
    assert found["brazil"][1] == ["public", "public", "private"]


def test_the_documents_tell_the_same_lines() -> None:
    text = (Path(__file__).parents[2] / "docs" / "input.md").read_text(encoding="utf-8")
    for country, one in LISTS.items():
        (row,) = [line for line in text.splitlines() if line.lower().startswith(f"| {country} ")]
        assert one.source.split(",")[0].split(" (")[0] in row
        assert f"| {3 + len(one.lines)} |" in row
