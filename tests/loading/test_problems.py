from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.people.tables import Unit
from tests.loading.files import GOOD, NOW, folder, loaded, problems, where

UNITS, DUTIES = GOOD["units.csv"], GOOD["duties.csv"]
SHIFTS = "unit,person,days,starts,stops\n"
HEAD = "person,role,place,deputy,begins,ends\n"


@pytest.mark.parametrize(
    ("table", "text", "expected"),
    [
        ("areas", "code,name\n3302,x\n330203008,y\n330203,z\n", [("2: code", "DigitsWrong")]),
        ("areas", "code\n330203\n", [("1", "ColumnMissing")]),
        ("areas", "code,name,name\n330203,a,b\n", [("1", "HeadingTwice")]),
        ("areas", "code,name,hue\n330203,a,b\n330203008,s,\n", [("1: hue", "HeadingUnknown")]),
        ("parks", "code,name,street,时区\np,p,330203008,X\n", [("2: 时区", "ZoneWrong")]),
        ("parks", "code,name,street\np,p,330203009\n", [("2: street", "AreaUnknown")]),
        ("grids", "code,name,park\ng1,a,p\ng2,b,q\n", [("3: park", "ParkUnknown")]),
        ("grids", "code,name\ng1,a\ng2,\n", [("3: name", "ValueMissing")]),
        ("grids", "code,name\ng1,a\n\n g2,b\n# g3,c\ng1,d\n", [("6: code", "Repeated")]),
        ("grids", f"code,name\ng1,{'x' * 101}\ng2,b\n", [("2: name", "TextTooLong")]),
        ("grids", "code,name\ng1,a\x07\ng2,b\n", [("2: name", "TextWrong")]),
        ("grids", "code,name\ng 1,a\ng1,a\ng2,b\n", [("2: code", "CodeWrong")]),
        ("grids", "code,name\ng1,a,b\ng2,b\n", [("2", "LineTooLong")]),
        ("grids", 'code,name\ng1,"a\nb"\ng2,b\ng1,c\n', [("5: code", "Repeated")]),
        ("grids", 'code,name\ng1,a\ng2,"b\n', [("3", "NoTable")]),
        ("grids", "code,name\n", [("", "TableEmpty")]),
        ("grids", " \n\n", [("", "TableEmpty")]),
        ("units", UNITS + "a,a,team,b,,,\n", [("4: parent", "UnitUnknown")]),
        (
            "units",
            UNITS + "a,a,team,b,,,\nb,b,team,a,,,\nc,c,team,b,,,\n",
            [("4: parent", "UnitsInCircle"), ("5: parent", "UnitsInCircle")],
        ),
        ("units", UNITS + "a,a,team,a,,,\n", [("4: parent", "UnitsInCircle")]),
        ("units", UNITS + "a,a,team,,330204,,\n", [("4: areas", "PlaceUnknown")]),
        ("units", UNITS + "a,a,team,,,99,\n", [("4: categories", "CategoryUnknown")]),
        ("units", UNITS + "a,a,team,,330203008,,yes\n", [("4: fallback", "FallbackTwice")]),
        ("units", UNITS + "a,a,team,,,,maybe\n", [("4: fallback", "ChoiceUnknown")]),
        ("units", UNITS + "a,a,club,,,,\n", [("4: kind", "ChoiceUnknown")]),
        (
            "categories",
            "code,name,class,kind,unit,case limit,public\n"
            "01001,a,a,component,nobody,5,no\n01002,a,a,component,,soon,no\n"
            "01003,a,a,component,nobody,5 working_days,no\n21001,b,b,enterprise,,,text\n",
            [
                ("2: case limit", "LimitWrong"),
                ("3: case limit", "LimitWrong"),
                ("4: unit", "UnitUnknown"),
                ("5: public", "PublicTooMuch"),
            ],
        ),
        ("people", "code,name,unit\nann,A,\nben,B,x\ncho,C,\n", [("3: unit", "UnitUnknown")]),
        ("duties", DUTIES + "dan,leader,g2,,,\n", [("6: person", "PersonUnknown")]),
        ("duties", DUTIES + "ann,king,g2,,,\n", [("6: role", "ChoiceUnknown")]),
        ("duties", DUTIES + "ann,member,g9,,,\n", [("6: place", "GridUnknown")]),
        ("duties", DUTIES + "ann,member,,,,\n", [("6: place", "ValueMissing")]),
        ("duties", DUTIES + "ann,handler,g1,,,\n", [("6: place", "UnitUnknown")]),
        ("duties", DUTIES + "ann,caller,330204,,,\n", [("6: place", "AreaUnknown")]),
        ("duties", DUTIES + "ann,audit_admin,g1,,,\n", [("6: place", "PlaceNotWanted")]),
        ("duties", DUTIES + "ann,member,g1,,2026-02-30,\n", [("6: begins", "InstantWrong")]),
        ("duties", DUTIES + "ann,member,g1,,2026-02-03,2026-1-1\n", [("6: ends", "DutyEndsFirst")]),
        ("duties", DUTIES + "ann,member,g1,,,2026-02-01\n", [("6: ends", "DutyBeginMissing")]),
        ("duties", DUTIES + "ben,leader,g1,,2026-05-01,\n", [("6: place", "LeaderTwice")]),
        ("duties", DUTIES + "ben,leader,g1,,2025-1-1,2026-1-1\n", [("2: place", "LeaderTwice")]),
        ("duties", DUTIES + "ann,leader,g1,,2026-01-01,\n", [("6: person", "Repeated")]),
        ("duties", DUTIES + "ann,member,g2,,,\nann,member,g2,,,\n", [("7: person", "Repeated")]),
        (
            "duties",
            DUTIES + "ann,member,g2,,2026-05-01,\nann,member,g2,,2026-05-01 00:00,\n",
            [("7: begins", "Repeated")],
        ),
        ("shifts", SHIFTS + "water,ben,8,8:00,9:00\n", [("2: days", "DaysWrong")]),
        ("shifts", SHIFTS + "water,ben,1,25:00,9:00\n", [("2: starts", "ClockWrong")]),
        ("shifts", SHIFTS + "w,b,1,5:00,9:00\n",
         [("2: unit", "UnitUnknown"), ("2: person", "PersonUnknown")]),
        ("firms", "name,信用代码\na,91110000600037341M\n", [("2: 信用代码", "CreditCodeWrong")]),
        ("firms", "name\na\n", [("2: code", "CodeMissing")]),
        ("firms", "code,name,lon\na,a,121\n", [("2: lat", "PointIncomplete")]),
        ("firms", "code,name,lon,lat\na,a,29.88,121.49\n", [("2: lat", "PointSwapped")]),
        ("firms", "code,name,lon,lat\na,a,nan,29\n", [("2: lon", "NumberWrong")]),
        ("firms", "code,name,lon,lat\na,a,1e9,29\n", [("2: lon", "NumberWrong")]),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_line(
    session: Session, tmp_path: Path, table: str, text: str, expected: list[tuple[str, str]]
) -> None:
    loaded(session, folder(tmp_path / "before"))
    found = problems(session, folder(tmp_path / "f", **{table: text}))
    # What refers to a table that could not be read is wrong too, and comes after it or before.
    mine = [(w, kind) for w, kind in where(found) if w.startswith(f"{table}.csv")]
    place = f"{table}.csv"
    assert mine == [(f"{place}:{at}" if at else place, kind) for at, kind in expected]
    for problem in found:
        assert str(problem) and "%(" not in str(problem)


def test_all_files_are_told_of_at_once_and_nothing_is_loaded(
    session: Session, tmp_path: Path
) -> None:
    path = folder(
        tmp_path / "f",
        grids="code,name\ng1,\ng2,x\n",
        people="code,name\nann,A\nb n,B\ncho,C\n",
        shifts="unit,person,days,starts,stops\nwater,ann,1,5:00,99:00\n",
    )
    found = where(problems(session, path))
    assert ("grids.csv:2: name", "ValueMissing") in found
    assert ("people.csv:3: code", "CodeWrong") in found
    assert ("shifts.csv:2: stops", "ClockWrong") in found
    assert session.scalar(sa.select(sa.func.count()).select_from(Unit)) == 0


def test_a_grid_must_name_its_park_where_there_are_several(
    session: Session, tmp_path: Path
) -> None:
    parks = "code,name,street\np,p,330203008\nq,q,330203008\n"
    found = where(problems(session, folder(tmp_path / "f", parks=parks)))
    assert found == [("grids.csv:2: park", "ParkUnclear"), ("grids.csv:3: park", "ParkUnclear")]


def test_history_is_not_rewritten(session: Session, tmp_path: Path) -> None:
    line = "ann,member,g1,,2026-01-01,2026-02-01\n"
    loaded(session, folder(tmp_path / "f", duties=HEAD + line))
    later = line.replace("2026-02-01", "2026-03-01")
    found = problems(session, folder(tmp_path / "f", duties=HEAD + later))
    assert where(found) == [("duties.csv:2: ends", "DutyIsOver")]


def test_a_second_leader_beside_one_in_the_database(session: Session, tmp_path: Path) -> None:
    loaded(session, folder(tmp_path / "f"))
    more = folder(tmp_path / "m", {}, duties=HEAD + "ben,leader,g1,,2026-06-01,\n")
    found = problems(session, more, retire=False, now=NOW + timedelta(days=1))
    assert where(found) == [("duties.csv:2: place", "LeaderTwice")]


def test_folders(session: Session, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert where(problems(session, missing)) == [(str(missing), "FolderMissing")]
    empty = folder(tmp_path / "empty", {"notes.txt": "hello", "units.bak": "x"})
    assert where(problems(session, empty)) == [(str(empty), "NothingToLoad")]
    twice = folder(tmp_path / "twice", {**GOOD, "units.toml": "units = []"})
    assert ("units.toml", "GivenTwice") in where(problems(session, twice))
    old = folder(tmp_path / "old", {"units.xls": b"\xd0\xcf\x11\xe0"})
    assert where(problems(session, old)) == [("units.xls", "FormatUnknown")]


def test_of_several_folders_each_is_named(session: Session, tmp_path: Path) -> None:
    one = folder(tmp_path / "one")
    two = folder(tmp_path / "two", {}, grids="code,name\ng3,\n")
    assert where(problems(session, one, two)) == [("two/grids.csv:2: name", "ValueMissing")]
