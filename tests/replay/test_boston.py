"""The real history: 5,552 requests of Boston, by the mapping that the README explains."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from geo.measure import area_m2
from gridgov.cases.tables import Case, Event
from gridgov.database import transaction
from gridgov.ladder.tables import RungRow
from gridgov.notices.tables import Notice
from gridgov.park.index import maps
from gridgov.replay.report import Report
from tests.replay.cities import BOSTON, DATA, NOW, run

NEW_YORK = ZoneInfo("America/New_York")
FILE = DATA / "boston-311-3.9km2.csv"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE.exists(), reason=f"{FILE} is not there"),
]


def test_all_of_boston(fresh_engine: Engine) -> None:
    asked: list[str] = []
    sa.event.listen(fresh_engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    report, refused = run(fresh_engine, (FILE, BOSTON))
    first = len(asked)
    assert report.rows == 5552 == report.cases + report.refused
    assert [(one.line, one.reason) for one in refused] == [(1669, "closed_before_opened")]
    assert (report.located, report.outside, report.unplaced) == (5551, 0, 0)
    assert sum(report.areas.values()) == 5551
    assert (len(report.areas), report.in_no_area, report.in_several) == (9, 0, 0)
    assert (report.labelled, report.agree) == (4189, 3674)
    assert report.statuses == {"closed": 4066, "handling": 1485}

    with transaction(fresh_engine, write=False) as session:
        by_step = sa.select(Event.step, sa.func.count()).group_by(Event.step)
        counts = {step: count for step, count in session.execute(by_step)}  # noqa: C416
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 0
        assert session.scalar(sa.select(sa.func.max(Case.closed_at))) <= NOW
        index = maps(session)
        version = index.at(NOW.date()).versions[0]
        before = index.versions("boston")[0].active_from
    assert counts["report"] == counts["file"] == counts["accept"] == 5551
    assert counts["submit"] == counts["pass"] == 4066
    assert before.isoformat() == "2013-01-02"
    # The square of the data's own description, with its margin.
    assert 3.9e6 < area_m2(version.boundary) < 4.3e6
    assert 380 <= len(version.cells) <= 440

    assert_the_clock_says_what_the_city_says(fresh_engine, report)

    asked.clear()
    again, _ = run(fresh_engine, (FILE, BOSTON))
    assert len(asked) * 10 < first  # what is there already is not worked at again
    assert again.plain() | {"seconds": 0} == report.plain() | {"seconds": 0}


def assert_the_clock_says_what_the_city_says(engine: Engine, report: Report) -> None:
    """Each target is judged as the city does, and the rung at 100 % stands there if it is late."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["sla_target_dt"]]
    assert len(rows) == 3138
    with transaction(engine, write=False) as session:
        cases = dict(session.execute(sa.select(Case.external_ref, Case.id)).all())
        amber = sa.select(RungRow).where(RungRow.name == "amber", RungRow.clock == "case")
        rungs = {rung.case_id: rung for rung in session.scalars(amber)}
        warned = session.scalars(sa.select(Event).where(Event.step == "warn_amber"))
        events = [event for event in warned if event.data["rung"]["clock"] == "case"]
    said = report.verdicts
    assert (said.compared, said.agree, said.differ, said.unknown) == (3137, 3137, [], 0)
    assert (said.on_time, said.overdue) == (2493, 644)
    late = {}
    for row in rows:
        if row["case_enquiry_id"] not in cases:
            continue
        key = cases[row["case_enquiry_id"]]
        target = local(row["sla_target_dt"])
        overdue = local(row["closed_dt"] or "2024-01-01 00:00:00") > target
        assert overdue == (row["on_time"] == "OVERDUE"), row
        rung = rungs.pop(key)
        assert (rung.state == "fired") == overdue, row
        if overdue:
            late[key] = target + timedelta(seconds=1)
            assert (rung.at, rung.fired_at) == (target, late[key]), row
    assert not rungs, "only what has a target has a limit"
    assert {event.case_id: event.at for event in events} == late
    assert len(events) == len(late) == report.rungs_by_clock["case"]["amber"]
    assert set(report.clocks) == {"case"}, "all other stages are inferred"
    assert report.clocks["case"].ended == 4066


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)
