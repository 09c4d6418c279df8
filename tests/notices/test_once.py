"""Notices of no case: the warning that a year's holidays are missing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from gridgov.cli.notices import dead
from gridgov.database import transaction
from gridgov.epochs import bump
from gridgov.jobs.table import JOBS
from gridgov.notices.calls import call_all
from gridgov.notices.claim import dead_letters
from gridgov.notices.rules import TRIES
from gridgov.notices.tables import DEAD, SENT, Notice
from gridgov.people.tables import Duty
from tests.notices.conftest import Desk

# The calendar that comes with the program ends with 2026.
OCTOBER = datetime(2026, 10, 30, 2, 0, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Ningbo
CALENDAR = next(job for job in JOBS if job.name == "calendar")


def warn(desk: Desk, at: datetime = NOVEMBER) -> str:
    return CALENDAR.run(desk.engine, desk.settings, at)


def told(desk: Desk) -> list[tuple[str, str | None]]:
    with transaction(desk.engine, write=False) as session:
        rows = session.execute(sa.select(Notice.to_code, Notice.once).order_by(Notice.id))
        return [(code, once) for code, once in rows]


def test_from_november_on_administrators_are_told_which_year_is_missing(desk: Desk) -> None:
    desk.channel("system-admin")
    desk.channel("dispatcher")
    assert warn(desk, OCTOBER) == ""
    assert told(desk) == []
    assert "2027" in warn(desk)
    desk.deliver(NOVEMBER)
    assert [message.recipient for message in desk.messages()] == ["system-admin"]
    assert desk.states() == [SENT]
    (only,) = desk.target.taken
    assert "2027" in only.json["title"]
    assert "gridgov calendar import" in only.json["message"]


def test_each_month_once_whatever_number_of_processes_asks(desk: Desk) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: warn(desk), range(6)))
    for day in (1, 2, 20):
        warn(desk, NOVEMBER + timedelta(days=day))
    assert told(desk) == [("system-admin", "calendar_missing 2027 2026-11")]
    warn(desk, NOVEMBER + timedelta(days=30))
    assert told(desk)[1:] == [("system-admin", "calendar_missing 2027 2026-12")]


def test_the_month_is_the_offices_own(desk: Desk) -> None:
    warn(desk, datetime(2026, 10, 31, 16, 30, tzinfo=UTC))  # 00:30 on 1 November in Ningbo
    assert told(desk) == [("system-admin", "calendar_missing 2027 2026-11")]


def test_who_becomes_administrator_later_is_told_too_and_who_is_none_any_more_is_not(
    desk: Desk,
) -> None:
    warn(desk)
    with transaction(desk.engine) as session:
        over = sa.update(Duty).where(Duty.person_code == "system-admin")
        session.execute(over.values(ends=NOVEMBER))
        new = Duty(person_code="gis", role="system_admin", place="", deputy=False, begins=NOVEMBER)
        session.add(new)
        bump(session, "people")
    warn(desk, NOVEMBER + timedelta(days=1))
    assert [code for code, _ in told(desk)] == ["system-admin", "gis"]
    desk.channel("system-admin")
    desk.channel("gis")
    desk.deliver(NOVEMBER + timedelta(days=1))
    assert [message.recipient for message in desk.messages()] == ["gis"]


def test_it_comes_in_one_digest_with_notices_of_cases(desk: Desk) -> None:
    number = desk.case()
    desk.channel("system-admin")
    night = NOVEMBER.replace(hour=18)
    desk.notice(number, "system-admin", at=night)
    warn(desk, night)
    desk.deliver(night)
    assert desk.target.taken == []
    desk.deliver(night + timedelta(hours=6, minutes=30))
    (only,) = desk.target.taken
    assert number in only.json["message"]
    assert "2027" in only.json["message"]


def test_as_a_dead_letter_it_is_listed_and_webhooks_do_not_stumble_over_it(desk: Desk) -> None:
    desk.channel("system-admin")
    desk.target.usual = "500"
    warn(desk)
    at = NOVEMBER
    for _ in range(2 * TRIES):  # weekends included, on which nothing goes out
        desk.deliver(at)
        at += timedelta(days=1)
    assert desk.states() == [DEAD]
    with transaction(desk.engine, write=False) as session:
        (letter,) = dead_letters(session)
        assert letter.deliveries[0].notice.case_id is None
    shown = desk.town.app.test_cli_runner().invoke(dead, ["--json"])
    assert '"number": null, "template": "calendar_missing"' in shown.output
    assert call_all(desk.engine, desk.settings, at).dead == 0
