"""The calendar's rows, on both databases: seeded, imported, read once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov import schema
from gridgov.database import transaction
from gridgov.epochs import stamps
from gridgov.worktime import seed
from gridgov.worktime.import_year import import_year, seed_years
from gridgov.worktime.read import Day, Published
from gridgov.worktime.rows import calendars
from gridgov.worktime.rules import Calendar, Kind, Limit, due, missing_years
from gridgov.worktime.show import Span, shown
from gridgov.worktime.tables import CalendarDay, CalendarYear

NINGBO, BOSTON = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
NEW_YEAR = Published(
    2027, {date(2027, 1, 1): Day(False, "元旦"), date(2027, 1, 3): Day(True, "元旦")}
)


def china(session: Session) -> Calendar:
    return calendars(session).of(None, NINGBO)


def stamp(session: Session) -> int:
    found: int = stamps(session).calendar
    return found


def test_a_new_database_knows_what_china_has_published(session: Session) -> None:
    assert china(session) == seed_with_weekends()
    assert china(session).loaded == seed.published_years()
    days = seed.chinese_days()
    assert all(china(session).working_day(day) == working for day, working in days.items())
    assert seed_years(session) == []


def seed_with_weekends() -> Calendar:
    overrides = {day: t.working for one in seed.published() for day, t in one.days.items()}
    return Calendar(NINGBO, overrides=overrides, loaded=seed.published_years())


def test_a_calendar_is_made_once_and_keeps_its_sums(session: Session) -> None:
    found = china(session)
    found.year(2026)
    assert china(session) is found
    assert calendars(session).of("any-park", NINGBO) is found
    assert calendars(session).of("any-park", BOSTON) is not found


def test_reading_it_again_asks_the_database_for_the_stamps_alone(engine: Engine) -> None:
    with transaction(engine, write=False) as session:
        china(session)
    said: list[str] = []

    def hear(conn: object, cursor: object, statement: str, *rest: object) -> None:
        said.append(statement)

    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        with transaction(engine, write=False) as session:
            china(session)
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)
    assert len([each for each in said if each.lstrip().startswith("SELECT")]) == 1


def test_a_zone_without_a_calendar_has_no_holidays_and_nothing_provisional(
    session: Session,
) -> None:
    boston = calendars(session).of("boston", BOSTON)
    assert boston.working_day(date(2026, 10, 1))
    assert not boston.working_day(date(2026, 9, 20))
    start = datetime(2030, 1, 1, 9, tzinfo=BOSTON)
    assert not due(start, Limit(Kind.WORKING_DAYS, 300), boston).provisional
    assert missing_years(boston, NOW) == []


def test_an_imported_year_makes_deadlines_certain(session: Session) -> None:
    start = datetime(2026, 12, 31, 16, 30, tzinfo=NINGBO)
    limit, before = Limit(Kind.WORKING_HOURS, 2), stamp(session)
    assert due(start, limit, china(session)).provisional

    made = import_year(session, "cn", NEW_YEAR, "2027.csv", NOW)

    assert (made.new, made.unchanged, len(made.changed)) == (True, False, 2)
    assert stamp(session) != before
    found = due(start, limit, china(session))
    # 1 January is a holiday, 2 January a Saturday, and Sunday the 3rd is made up.
    assert (found.provisional, found.at) == (False, datetime(2027, 1, 3, 9, 30, tzinfo=NINGBO))


def test_the_same_year_again_changes_nothing(session: Session) -> None:
    import_year(session, "cn", NEW_YEAR, "2027.csv", NOW)
    before, rows = stamp(session), year_rows(session)
    made = import_year(session, "cn", NEW_YEAR, "again.csv", NOW.replace(day=23))
    assert (made.unchanged, made.changed) == (True, ())
    assert (stamp(session), year_rows(session)) == (before, rows)


def year_rows(session: Session) -> Sequence[sa.Row[tuple[str, int, str, datetime | None]]]:
    return session.execute(
        sa.select(
            CalendarYear.calendar, CalendarYear.year, CalendarYear.source, CalendarYear.loaded_at
        ).order_by(CalendarYear.calendar, CalendarYear.year)
    ).all()


def test_a_year_is_replaced_whole(session: Session) -> None:
    import_year(session, "cn", NEW_YEAR, "2027.csv", NOW)
    other = Published(2027, {date(2027, 1, 1): Day(False, "元旦"), date(2027, 1, 4): Day(False)})
    made = import_year(session, "cn", other, "2027.csv", NOW)
    assert made.changed == (date(2027, 1, 3), date(2027, 1, 4))
    assert not china(session).working_day(date(2027, 1, 3))
    assert len(china(session).overrides) == len(seed_with_weekends().overrides) + 2


def test_the_december_before_follows_the_later_notice(session: Session) -> None:
    eve = date(2026, 12, 31)
    later = Published(2027, {eve: Day(False, "元旦"), date(2027, 1, 1): Day(False, "元旦")})
    import_year(session, "cn", later, "2027.csv", NOW)
    assert not china(session).working_day(eve)
    # The year's own notice again takes nothing back of what the later one says.
    own = next(one for one in seed.published() if one.year == 2026)
    import_year(session, "cn", own, "2026.csv", NOW)
    assert not china(session).working_day(eve)
    import_year(session, "cn", NEW_YEAR, "2027.csv", NOW)
    assert china(session).working_day(eve)


def test_another_calendar_is_another_one(session: Session) -> None:
    import_year(session, "sg", NEW_YEAR, "sg.csv", NOW)
    assert 2027 not in china(session).loaded
    found = calendars(session)
    assert found.made("sg", NINGBO, found.keeping.office).loaded == {2027}


def test_seeding_never_overwrites_what_an_office_imported(session: Session) -> None:
    package = next(one for one in seed.published() if one.year == 2026)
    corrected = Published(2026, package.days | {date(2026, 3, 2): Day(False, "大雪")})
    made = import_year(session, "cn", corrected, "notice.csv", NOW)
    assert made.changed == (date(2026, 3, 2),)
    assert seed_years(session) == []
    assert not china(session).working_day(date(2026, 3, 2))


def test_seeding_follows_the_package_where_no_office_has_spoken(session: Session) -> None:
    package = next(one for one in seed.published() if one.year == 2026)
    corrected = Published(2026, package.days | {date(2026, 3, 2): Day(False, "大雪")})
    assert seed_years(session, [corrected, NEW_YEAR]) == [2026, 2027]
    assert not china(session).working_day(date(2026, 3, 2))
    # An office that imports the very same days has spoken, and no deadline moves.
    before = stamp(session)
    assert import_year(session, "cn", corrected, "notice.csv", NOW).unchanged
    assert stamp(session) == before
    assert seed_years(session) == []


def test_two_imports_at_once_leave_one_whole_year(fresh_engine: Engine) -> None:
    barrier, done = Barrier(2), []
    other = Published(2027, {date(2027, 1, 1): Day(False, "a"), date(2027, 1, 5): Day(False, "b")})

    def run(published: Published) -> None:
        barrier.wait()
        with transaction(fresh_engine) as session:
            done.append(import_year(session, "cn", published, "file", NOW))

    threads = [Thread(target=run, args=(one,)) for one in (NEW_YEAR, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made.new for made in done) == [False, True]
    with transaction(fresh_engine, write=False) as session:
        days = session.scalars(sa.select(CalendarDay.day).where(CalendarDay.year == 2027))
        assert set(days) in (set(NEW_YEAR.days), set(other.days))


def test_an_older_database_gets_the_calendar_with_the_upgrade(empty_engine: Engine) -> None:
    schema.upgrade(empty_engine, "0002")
    assert schema.upgrade(empty_engine) == sorted(seed.published_years())
    assert schema.upgrade(empty_engine) == []


@pytest.mark.parametrize(
    ("now", "loaded", "missing"),
    [
        ("2026-10-31 23:59", {2026}, []),
        ("2026-11-01 00:00", {2026}, [2027]),
        ("2026-12-31 23:59", {2026, 2027}, []),
        ("2027-01-01 00:00", {2026}, [2027]),
        ("2027-11-01 00:00", {2026}, [2027, 2028]),
    ],
)
def test_next_year_is_asked_for_from_november_on(
    now: str, loaded: set[int], missing: list[int]
) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=NINGBO)
    calendar = Calendar(NINGBO, loaded=frozenset(loaded))
    assert missing_years(calendar, at) == missing
    assert missing_years(calendar, at.astimezone(UTC)) == missing


def test_a_year_as_it_is_shown(session: Session) -> None:
    known = calendars(session).days["cn"]
    said = shown(china(session), 2026, known.days)
    assert (said.loaded, said.working_days, sum(said.months)) == (True, 248, 248)
    assert said.holidays[0] == Span(date(2026, 1, 1), date(2026, 1, 3), "元旦")
    assert Span(date(2026, 9, 20), date(2026, 9, 20), "国庆节") in said.make_up
    assert len(said.make_up) == 6
    later = shown(china(session), 2027, known.days)
    assert (later.loaded, later.working_days, later.holidays) == (False, 261, ())
