from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.cases.tables import Category
from gridgov.database import LonLat
from gridgov.epochs import stamps
from gridgov.loading.firms import relocate
from gridgov.loading.load import Loaded
from gridgov.park.import_map import import_map
from gridgov.park.read_map import read_plan
from gridgov.park.tables import Grid, Park
from gridgov.people.accounts import add_account
from gridgov.people.last import LastSecurityAdministrator
from gridgov.people.tables import Duty, Firm, Person, Shift, Unit
from tests.loading.files import DEMO, GOOD, NOW, TAXONOMY, folder, loaded, problems, where


def duties(session: Session) -> list[tuple[str, str, bool, datetime, datetime | None]]:
    rows = session.scalars(sa.select(Duty).order_by(Duty.person_code, Duty.begins))
    return [(d.person_code, d.role, d.deputy, d.begins, d.ends) for d in rows]


def touched(found: Loaded) -> dict[str, tuple[int, int, int]]:
    return {n: (c.added, c.changed, c.ended) for n, c in found.tables.items() if c.touched}


def epochs(session: Session) -> tuple[int, int, int]:
    session.info.pop("epochs", None)
    found = stamps(session)
    return found.map, found.taxonomy, found.people


def test_the_reference_deployment_loads_and_loads_again(session: Session) -> None:
    first = loaded(session, TAXONOMY, DEMO)
    assert not first.warnings
    assert first.tables["grids"].added == 24 and first.tables["firms"].added == 600
    assert 55 <= first.tables["categories"].added <= 80
    before = epochs(session)
    again = loaded(session, TAXONOMY, DEMO, now=NOW + timedelta(days=1))
    assert touched(again) == {}
    assert sum(c.unchanged for c in again.tables.values()) == sum(
        c.added for c in first.tables.values()
    )
    assert epochs(session) == before


def test_the_demonstrations_firms_lie_in_its_cells(session: Session) -> None:
    loaded(session, TAXONOMY)
    loaded(session, DEMO)
    plan = read_plan(DEMO / "cells.geojson", boundary=str(DEMO / "boundary.geojson"))
    import_map(session, "haishu-ec-park", plan, date(2026, 1, 1), NOW, "cells.geojson")
    assert relocate(session, date(2026, 11, 22)) == 600
    assert relocate(session, date(2026, 11, 22)) == 0
    cells = set(session.scalars(sa.select(Firm.cell_code)))
    assert None not in cells and cells <= {cell.code for cell in plan.cells}
    assert touched(loaded(session, DEMO)) == {}


def test_each_default_unit_serves_its_category(session: Session) -> None:
    loaded(session, TAXONOMY)
    units = {unit.code: unit for unit in session.scalars(sa.select(Unit))}
    for category in session.scalars(sa.select(Category)):
        assert category.unit_code is not None
        starts = units[category.unit_code].categories
        assert not starts or any(category.code.startswith(s) for s in starts), category.code


def test_small_files(session: Session, tmp_path: Path) -> None:
    found = loaded(session, folder(tmp_path / "f"))
    assert touched(found) == {
        "areas": (2, 0, 0),
        "parks": (1, 0, 0),
        "grids": (2, 0, 0),
        "units": (2, 0, 0),
        "categories": (2, 0, 0),
        "people": (3, 0, 0),
        "duties": (4, 0, 0),
        "shifts": (1, 0, 0),
        "firms": (1, 0, 0),
    }
    park = session.get_one(Park, "p")
    assert (park.street_code, park.time_zone) == ("330203008", "Asia/Shanghai")
    assert session.get_one(Grid, "g1").park_code == "p"
    water = session.get_one(Unit, "water")
    assert (water.areas, water.categories, water.parent_code) == (["330203", "g1"], ["01"], "hub")
    manhole = session.get_one(Category, "01001")
    assert manhole.limits == {"case": ["working_days", 5]} and manhole.needs_place
    assert (manhole.group, manhole.name_en) == ("utilities", "manhole")
    assert session.get_one(Firm, "f1").point == LonLat(121.49, 29.88)
    shift = session.scalars(sa.select(Shift)).one()
    assert (shift.days, shift.starts, shift.stops) == ("12345", "08:00", "20:00")
    begins = datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert duties(session) == [
        ("ann", "leader", False, begins, None),
        ("ben", "head", False, begins, None),
        ("cho", "leader", True, begins, None),
        ("cho", "system_admin", False, NOW, None),
    ]
    assert touched(loaded(session, folder(tmp_path / "f"), now=NOW + timedelta(hours=1))) == {}


def test_what_differs_is_changed_and_what_is_gone_ends(session: Session, tmp_path: Path) -> None:
    loaded(session, folder(tmp_path / "f"))
    before = epochs(session)
    found = loaded(
        session,
        folder(
            tmp_path / "f",
            grids="code,name\ng1,first\n",
            units="code,name,kind,fallback\nhub,hub,department,yes\n",
            categories="code,name,class,kind\n01001,manhole,utilities,component\n",
            people="code,name\nann,Anna\nben,Ben\ncho,Cho\n",
            duties="person,role,place,begins\nann,leader,g1,2026-01-01\n",
            shifts="",
        ),
    )
    assert touched(found) == {
        "grids": (0, 1, 0),
        "units": (0, 1, 1),
        "categories": (0, 1, 1),
        "people": (0, 2, 0),
        "duties": (0, 0, 3),
    }
    assert found.tables["grids"].missing == ("g2",)
    assert session.get_one(Grid, "g2").name == "two"
    assert not session.get_one(Unit, "water").active
    assert session.get_one(Person, "ann").name == "Anna"
    assert {duty.person for duty in found.ended_duties} == {"ben", "cho"}
    assert [ends for *_, ends in duties(session)] == [None, NOW, NOW, NOW]
    assert all(a != b for a, b in zip(before, epochs(session), strict=True))


def test_adding_ends_nothing(session: Session, tmp_path: Path) -> None:
    loaded(session, folder(tmp_path / "f"))
    more = folder(
        tmp_path / "more",
        {},
        units="code,name,kind\ngas,gas,company\n",
        duties="person,role,place\nann,member,g2\n",
        shifts="unit,person,days,starts,stops\nhub,ann,67,00:00,24:00\n",
    )
    found = loaded(session, more, retire=False)
    assert touched(found) == {"units": (1, 0, 0), "duties": (1, 0, 0), "shifts": (1, 0, 0)}
    assert session.get_one(Unit, "water").active


def test_only_what_changed_is_announced(session: Session, tmp_path: Path) -> None:
    loaded(session, folder(tmp_path / "f"))
    map_before, taxonomy_before, people_before = epochs(session)
    people = GOOD["people.csv"].replace("Ann", "Anna")
    loaded(session, folder(tmp_path / "f", people=people))
    map_after, taxonomy_after, people_after = epochs(session)
    assert (map_after, taxonomy_after) == (map_before, taxonomy_before)
    assert people_after != people_before


def test_roster_lines_that_are_gone_are_removed(session: Session, tmp_path: Path) -> None:
    loaded(session, folder(tmp_path / "f"))
    text = "unit,person,days,starts,stops\nwater,ben,67,8:00,8:00\n"
    assert touched(loaded(session, folder(tmp_path / "f", shifts=text))) == {"shifts": (1, 0, 1)}
    assert [shift.days for shift in session.scalars(sa.select(Shift))] == ["67"]


def test_units_may_stand_in_any_order(session: Session, tmp_path: Path) -> None:
    text = "code,name,kind,parent\na,a,team,b\nb,b,team,c\nc,c,team,\nwater,w,company,\n"
    loaded(session, folder(tmp_path / "f", units=text))
    assert session.get_one(Unit, "a").parent_code == "b"


def test_a_long_chain_of_units(session: Session, tmp_path: Path) -> None:
    lines = "\n".join(f"u{i},u,team,u{i + 1}" for i in range(3000))
    text = f"code,name,kind,parent\n{lines}\nu3000,u,team,\nwater,w,company,\n"
    assert loaded(session, folder(tmp_path / "f", units=text)).tables["units"].added == 3002


def test_a_credit_code_may_move_to_another_firm(session: Session, tmp_path: Path) -> None:
    one, two = "91110000600037341L", "91330203DEM000014R"
    head = "code,name,credit_code\n"
    loaded(session, folder(tmp_path / "f", firms=f"{head}f1,a,{one}\nf2,b,{two}\n"))
    found = loaded(session, folder(tmp_path / "f", firms=f"{head}f1,a,{two}\nf2,b,{one}\n"))
    assert found.tables["firms"].changed == 2
    assert session.get_one(Firm, "f2").credit_code == one
    text = folder(tmp_path / "f", firms=f"{head}f3,c,{one}\n")
    assert where(problems(session, text)) == [("firms.csv:2: credit_code", "CreditCodeTaken")]


def test_points_come_in_any_datum(session: Session, tmp_path: Path) -> None:
    text = "code,name,lon,lat,coord_type\na,a,121.49,29.88,\nb,b,121.49,29.88,gcj02\n"
    loaded(session, folder(tmp_path / "f", firms=text))
    moved = session.get_one(Firm, "b").point
    assert moved is not None and 0.003 < 121.49 - moved.lon < 0.006


def test_a_street_without_a_fallback_is_a_warning(session: Session, tmp_path: Path) -> None:
    text = GOOD["units.csv"].replace("yes", "")
    found = loaded(session, folder(tmp_path / "f", units=text))
    assert [str(w) for w in found.warnings] == ["330203008 has no fallback unit; mark one."]


NEXT = NOW + timedelta(days=10)
HEAD = "person,role,place,deputy,begins,ends\n"


@pytest.mark.parametrize(
    ("text", "held"),
    [
        # An end in the file; a day is the last one of the duty.
        (
            "ann,leader,g1,,2026-01-01,2026-11-20\n",
            [("ann", False, "2025-12-31T16:00", "2026-11-20T16:00")],
        ),
        # Another leader from a day on.
        (
            "cho,leader,g1,,2026-11-25,\n",
            [
                ("ann", False, "2025-12-31T16:00", "2026-11-24T16:00"),
                ("cho", False, "2026-11-24T16:00", None),
            ],
        ),
        # From leader to deputy: the old duty ends, a new one begins.
        (
            "ann,leader,g1,yes,2026-01-01,\n",
            [
                ("ann", False, "2025-12-31T16:00", "2026-12-02T04:00"),
                ("ann", True, "2026-12-02T04:00", None),
            ],
        ),
        # Without a beginning it is the one that runs.
        ("ann,leader,g1,,,\n", [("ann", False, "2025-12-31T16:00", None)]),
        # Another beginning is another duty.
        (
            "ann,leader,g1,,2027-01-01,\n",
            [
                ("ann", False, "2025-12-31T16:00", "2026-12-02T04:00"),
                ("ann", False, "2026-12-31T16:00", None),
            ],
        ),
        # What is over already is history.
        (
            "ann,leader,g1,,2026-01-01,\ncho,leader,g1,,2025-01-01,2025-06-30\n",
            [
                ("ann", False, "2025-12-31T16:00", None),
                ("cho", False, "2024-12-31T16:00", "2025-06-30T16:00"),
            ],
        ),
    ],
)
def test_duties_end_and_begin_and_are_never_overwritten(
    session: Session, tmp_path: Path, text: str, held: list[tuple[str, bool, str, str | None]]
) -> None:
    loaded(session, folder(tmp_path / "f", duties=HEAD + "ann,leader,g1,,2026-01-01,\n"))
    path = folder(tmp_path / "f", duties=HEAD + text)
    loaded(session, path, now=NEXT)
    expected = [(person, deputy, begins, ends) for person, deputy, begins, ends in held]

    def shown(value: datetime | None) -> str | None:
        return value.strftime("%Y-%m-%dT%H:%M") if value else None

    assert [(p, d, shown(b), shown(e)) for p, _, d, b, e in duties(session)] == expected
    again = loaded(session, path, now=NEXT + timedelta(days=40))
    assert touched(again) == {}


def test_a_duty_taken_up_again_begins_anew(session: Session, tmp_path: Path) -> None:
    both = HEAD + "ann,leader,g1,,2026-01-01,\ncho,member,g1,,2026-01-01,\n"
    loaded(session, folder(tmp_path / "f", duties=both))
    loaded(session, folder(tmp_path / "f", duties=HEAD + "cho,member,g1,,2026-01-01,\n"))
    path = folder(tmp_path / "f", duties=both)
    assert loaded(session, path, now=NEXT).tables["duties"].added == 1
    assert [(p, e) for p, _, _, _, e in duties(session)] == [
        ("ann", NOW),
        ("ann", None),
        ("cho", None),
    ]
    assert touched(loaded(session, path, now=NEXT + timedelta(days=1))) == {}


def test_a_duty_that_has_not_begun_can_be_called_off(session: Session, tmp_path: Path) -> None:
    text = HEAD + "cho,member,g1,,2026-01-01,\n"
    loaded(session, folder(tmp_path / "f", duties=text + "ann,leader,g1,,2027-01-01,\n"))
    path = folder(tmp_path / "f", duties=text)
    assert loaded(session, path).tables["duties"].ended == 1
    assert touched(loaded(session, path)) == {}
    begins, ends = duties(session)[0][3:]
    assert begins == ends


def test_a_file_does_not_end_the_last_security_administrators_duty(
    session: Session, tmp_path: Path
) -> None:
    head = "person,role,place,deputy,begins,ends\n"
    given = {who: f"{who},security_admin,,,,\n" for who in ("ann", "ben")}
    loaded(session, folder(tmp_path / "f", duties=head + given["ann"] + given["ben"]))
    add_account(session, "anna", "ann", NOW)
    later = NOW + timedelta(hours=1)
    ended = head + "ann,security_admin,,,,2026-11-22 13:00\n" + given["ben"]
    # Ben has no account: nobody could let anybody in any more.
    for left in (given["ben"], ended.removeprefix(head), "cho,leader,g1,,,\n"):
        with pytest.raises(LastSecurityAdministrator), session.begin_nested():
            loaded(session, folder(tmp_path / "f", duties=head + left), now=later)
    add_account(session, "benn", "ben", NOW)
    found = loaded(session, folder(tmp_path / "f", duties=head + given["ben"]), now=later)
    assert touched(found)["duties"] == (0, 0, 1)
