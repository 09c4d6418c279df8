"""The clock in a history: rungs at their instants, and what a live sweep finds afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.cases.facts import Past
from gridgov.cases.fire import settle
from gridgov.cases.known import known
from gridgov.cases.tables import Case, Event
from gridgov.database import transaction
from gridgov.escalation.sweep import scenes, sweep
from gridgov.ladder.plan import rows_of
from gridgov.people.roles import Role
from gridgov.replay.past import steps_taken
from tests.replay.cities import NOW, run, settings
from tests.replay.harbour import SECOND, harbour, line, notices, rung, steps


def test_rungs_fire_in_the_order_of_time_with_their_steps(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    run(
        fresh_engine, harbour(tmp_path, line("1", "2021-02-02 17:00:00", due="2021-02-01 13:00:00"))
    )
    opened = datetime(2021, 2, 1, 1, 0, tzinfo=UTC)
    closed = datetime(2021, 2, 2, 9, 0, tzinfo=UTC)
    with transaction(fresh_engine, write=False) as session:
        hour = timedelta(hours=1)
        assert steps(session, "1") == [
            *((step, opened) for step in ("report", "file", "dispatch", "accept")),
            *2 * [("warn_amber", opened + 4 * hour + SECOND)],
            *((step, opened + 6 * hour + SECOND) for step in ("warn_red", "escalate")),
            ("submit", closed),
            ("pass", closed),
        ]
        events = session.scalars(sa.select(Event).where(Event.role == "clock")).all()
        assert all(event.data["rung"]["round"] == 1 for event in events)
        assert session.scalars(sa.select(Case.level)).one() == "street"
        district = rung(session, "1", "district")
        assert district and district.fired_at == opened + 8 * hour + SECOND


def test_what_came_before_the_case_did_is_no_news_to_a_live_sweep(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    run(
        fresh_engine,
        harbour(
            tmp_path,
            line("past", due="2021-03-02 12:00:00"),
            line("coming", due="2099-03-02 12:00:00"),
        ),
    )
    with transaction(fresh_engine, write=False) as session:
        past, coming = rung(session, "past", "amber"), rung(session, "coming", "amber")
        assert past and coming and past.state == coming.state == "waiting"
    assert sweep(fresh_engine, settings(), datetime.now(UTC)).stuck == []
    with transaction(fresh_engine, write=False) as session:
        past, coming = rung(session, "past", "amber"), rung(session, "coming", "amber")
        assert past and past.state == "fired" and past.at and past.at.year == 2021
        assert coming and coming.state == "waiting"
        assert notices(session) == 0
    with transaction(fresh_engine) as session:
        facts = known(session, settings())
        keys = list(session.scalars(sa.select(Case.id)))
        rows = rows_of(session, keys)
        for scene in scenes(session, keys, datetime(2099, 4, 1, tzinfo=UTC), facts):
            settle(session, scene, facts, rows[scene.case.id])
        session.flush()
        assert notices(session) > 0


@pytest.mark.parametrize(
    ("status", "clock", "name", "after"),
    [("Check", "verify", "recall", "reported"), ("Asked", "waiting", "go_on", "reported")],
)
def test_a_case_stays_where_its_source_has_it_until_the_live_sweep(
    fresh_engine: Engine, tmp_path: Path, status: str, clock: str, name: str, after: str
) -> None:
    files = harbour(tmp_path, line("1", due="", status=status))
    report, _ = run(fresh_engine, files)
    assert list(report.statuses) == [{"Check": "verifying", "Asked": "waiting"}[status]]
    with transaction(fresh_engine, write=False) as session:
        waits = rung(session, "1", name, clock)
        assert waits and waits.state == "waiting"
    sweep(fresh_engine, settings(), datetime.now(UTC))
    report, _ = run(fresh_engine, files)
    assert list(report.statuses) == [after]
    with transaction(fresh_engine, write=False) as session:
        assert notices(session) == 0


def test_a_newer_export_goes_on_after_a_live_sweep(fresh_engine: Engine, tmp_path: Path) -> None:
    run(fresh_engine, harbour(tmp_path, line("1", due="2021-03-02 12:00:00"), line("2")))
    sweep(fresh_engine, settings(), datetime.now(UTC))
    newer = (line("1", "2021-03-02 11:00:00", due="2021-03-02 12:00:00"), line("2"))
    report, _ = run(fresh_engine, harbour(tmp_path, *newer))
    assert report.statuses == {"closed": 1, "handling": 1}
    assert (report.verdicts.on_time, report.verdicts.overdue) == (1, 1)


def event(step: str, role: Role, **data: object) -> Past:
    return Past(step, 1, NOW, role, None, None, "handling", "handling", data)


def test_what_machines_do_is_nobody_s_work() -> None:
    taken = [event("report", Role.IMPORT), event("warn_amber", Role.CLOCK, rung={"name": "amber"})]
    taken += [event("hand_over", Role.CLOCK), event("recompute", Role.CLOCK)]
    assert steps_taken([*taken, event("file", Role.IMPORT)]) == ["report", "file"]
    assert steps_taken([*taken, event("comment", Role.LEADER)]) is None


def test_a_later_as_of_takes_the_clock_further(fresh_engine: Engine, tmp_path: Path) -> None:
    due = "2021-03-02 12:00:00"
    first = harbour(tmp_path, line("1", due=due))
    report, _ = run(fresh_engine, first)
    assert (report.verdicts.on_time, report.rungs) == (1, {"near": 2})
    later = harbour(tmp_path, line("1", due=due), **{"2021-03-01": "2021-03-03"})
    report, _ = run(fresh_engine, later)
    assert (report.verdicts.overdue, report.rungs) == (1, {"amber": 2, "near": 2})
    assert run(fresh_engine, later)[0].rungs == report.rungs
