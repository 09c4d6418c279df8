"""Another city's file is only a matter of a new mapping."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.cases.tables import Case, Category, Event
from gridgov.database import transaction
from gridgov.ladder.tables import RungRow
from gridgov.notices.tables import Notice
from gridgov.park.tables import MapVersion
from gridgov.people.tables import Unit
from gridgov.replay.replay import write_refused
from gridgov.replay.verdicts import Times
from tests.replay.cities import WHY, laketown, run


def test_every_row_is_a_case_or_a_refusal_by_name(fresh_engine: Engine, tmp_path: Path) -> None:
    report, refused = run(fresh_engine, laketown(tmp_path))
    assert {one.line: one.reason for one in refused} == WHY
    assert report.rows == 21
    assert (report.cases, report.refused) == (5, 16)
    assert (report.located, report.outside, report.unplaced) == (3, 0, 2)
    assert report.statuses == {"closed": 2, "dispatched": 1, "rejected": 1, "reported": 1}
    assert report.areas == {"Ost": 2, "West": 1}
    assert (report.labelled, report.agree) == (3, 2)
    assert report.as_of == "2019-12-31T23:00:00+00:00"
    assert sum(report.reasons.values()) == 16
    # Line 2 was due the day before; what has no target has no limit here either.
    assert (report.verdicts.on_time, report.verdicts.overdue, report.verdicts.compared) == (0, 1, 0)
    assert report.rungs_by_clock["case"] == {"near": 1, "amber": 1}
    # Friday 14:37:07 to Wednesday 8:00; a weekend; Wednesday 9:00 to Thursday 9:00.
    assert report.clocks == {"case": Times(3, 450.0, 1072.9), "intake": Times(1, 0.0, 0.0)}


def test_a_case_has_the_past_that_its_row_tells(fresh_engine: Engine, tmp_path: Path) -> None:
    run(fresh_engine, laketown(tmp_path))
    with transaction(fresh_engine, write=False) as session:
        case = session.scalars(
            sa.select(Case).where(Case.channel == "telephone", Case.external_ref == "1")
        ).one()
        events = session.scalars(
            sa.select(Event).where(Event.case_id == case.id).order_by(Event.version)
        ).all()
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0
        category = session.get_one(Category, case.category_code)
        unit = session.get_one(Unit, case.unit_code)
        first_day = session.scalars(sa.select(MapVersion.active_from)).one()
    opened = datetime(2019, 1, 4, 13, 37, 7, tzinfo=UTC)
    closed = datetime(2019, 1, 9, 7, 0, 0, tzinfo=UTC)
    late = datetime(2019, 1, 8, 11, 0, 1, tzinfo=UTC)
    assert [(e.step, e.at, e.inferred) for e in events] == [
        ("report", opened, False),
        ("file", opened, True),
        ("dispatch", opened, True),
        ("accept", opened, True),
        # The clocks of the case and of handling, both due at the target, a second later.
        ("warn_amber", late, False),
        ("warn_amber", late, False),
        ("submit", closed, True),
        ("pass", closed, False),
    ]
    assert {event.role for event in events} == {"import", "clock"}
    assert events[0].data["given_due"] == "2019-01-08T11:00:00+00:00"
    assert (case.reported_at, case.filed_at, case.closed_at) == (opened, opened, closed)
    assert case.number.startswith("190104-")
    assert case.description == "Größe: 1 m: Schlagloch"
    assert (category.name, category.local, category.group) == ("Schlagloch", True, "Seestadt")
    assert (category.code, unit.code, unit.name) == ("95011", "see-02", "Tiefbau")
    assert case.cell_code is not None and case.cell_code.startswith("990002001001")
    assert case.park_code == "see" and case.area_code == "990002001"
    assert first_day.isoformat() == "2019-01-04"


def test_a_place_that_is_missing_makes_an_unplaced_case(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    run(fresh_engine, laketown(tmp_path))
    with transaction(fresh_engine, write=False) as session:
        cases = session.scalars(sa.select(Case).where(Case.external_ref.in_(["3", "4"]))).all()
    assert len(cases) == 2
    assert all("unplaced" in case.flags and case.point is None for case in cases)


def test_run_twice_it_changes_nothing(fresh_engine: Engine, tmp_path: Path) -> None:
    files = laketown(tmp_path)
    first, refused = run(fresh_engine, files)
    with transaction(fresh_engine, write=False) as session:
        before = everything(session)
    second, again = run(fresh_engine, files)
    with transaction(fresh_engine, write=False) as session:
        assert everything(session) == before
    assert second.plain() | {"seconds": 0} == first.plain() | {"seconds": 0}
    assert [(one.line, one.reason) for one in again] == [(o.line, o.reason) for o in refused]


def test_a_newer_export_goes_on_with_what_was_open(fresh_engine: Engine, tmp_path: Path) -> None:
    file, mapping = laketown(tmp_path)
    run(fresh_engine, (file, mapping))
    text = file.read_bytes()
    closed = text.replace(b"12:00:00 AM;;;offen", b"12:00:00 AM;02/01/2019 10:00:00 AM;;erledigt")
    assert closed != text
    file.write_bytes(closed)
    report, _ = run(fresh_engine, (file, mapping))
    assert report.statuses == {"closed": 3, "rejected": 1, "reported": 1}


def test_what_is_older_than_the_first_map_is_placed_on_it(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    file, mapping = laketown(tmp_path)
    run(fresh_engine, (file, mapping))
    lines = file.read_text("latin-1").splitlines()
    file.write_text(f"{lines[0]}\n1{lines[1]}".replace("/2019", "/2009"), "latin-1")
    report, _ = run(fresh_engine, (file, mapping))
    assert (report.rows, report.located) == (1, 1)
    with transaction(fresh_engine, write=False) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(MapVersion)) == 1


def test_refused_rows_are_written_with_their_lines(fresh_engine: Engine, tmp_path: Path) -> None:
    _, refused = run(fresh_engine, laketown(tmp_path))
    write_refused(tmp_path / "refused.csv", refused)
    with (tmp_path / "refused.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {int(row["line"]): row["reason"] for row in rows} == WHY
    assert rows[0]["number"] == "5"
    assert "2019-01-07" in rows[0]["why"]


def everything(session: sa.orm.Session) -> list[object]:
    """Return all that a replay writes."""
    tables = [kind.__table__ for kind in (Case, Event, RungRow, Category, Unit)]
    return [
        session.execute(sa.select(*table.c).order_by(*table.primary_key)).all() for table in tables
    ]
