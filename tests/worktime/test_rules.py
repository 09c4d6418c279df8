"""Named days: what the rule says of Mondays, lunches, make-up Sundays and New Year's Eve."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from gridgov.worktime import rules, seed
from gridgov.worktime.rules import Calendar, Due, Kind, Limit, due, due_in, elapsed, within

NINGBO = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
CHINA = seed.chinese()


def at(text: str, zone: ZoneInfo = NINGBO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "kind", "amount", "expected", "why"),
    [
        ("2026-11-23 16:00", "working_days", 1, "2026-11-24 16:00", "Monday to Tuesday"),
        ("2026-11-27 10:00", "working_days", 1, "2026-11-30 10:00", "over a weekend"),
        ("2026-11-27 08:30", "working_days", 1, "2026-11-27 17:30", "Friday, not Monday 08:30"),
        ("2026-11-28 11:00", "working_days", 1, "2026-11-30 17:30", "starts on a Saturday"),
        ("2026-11-26 17:30", "working_days", 1, "2026-11-27 17:30", "starts at closing time"),
        ("2026-11-23 11:00", "working_hours", 1, "2026-11-23 12:00", "ends where lunch begins"),
        ("2026-11-23 11:00", "working_hours", 2, "2026-11-23 14:30", "stands still over lunch"),
        ("2026-11-23 12:10", "working_hours", 2, "2026-11-23 15:30", "starts during lunch"),
        ("2026-11-23 23:59:59", "working_hours", 1, "2026-11-24 09:30", "starts at night"),
        ("2026-11-24 00:00", "working_hours", 1, "2026-11-24 09:30", "starts at midnight"),
        ("2026-09-18 16:30", "working_hours", 2, "2026-09-20 09:30", "Sunday made up (调休)"),
        ("2026-09-19 09:00", "working_days", 1, "2026-09-20 17:30", "Saturday off, Sunday on"),
        ("2026-09-30 16:30", "working_hours", 2, "2026-10-08 09:30", "over National Day"),
        ("2025-12-31 16:30", "working_hours", 2, "2026-01-04 09:30", "over the year, 4th made up"),
        ("2026-11-27 22:00", "urgent_hours", 3, "2026-11-28 01:00", "urgent runs at night"),
        ("2026-09-30 12:00", "calendar_days", 3, "2026-10-03 12:00", "calendar days run on"),
        ("2026-11-23 08:30", "working_days", 0.5, "2026-11-23 13:45", "half of 7.5 hours"),
        ("2026-11-28 11:00", "working_days", 0, "2026-11-28 11:00", "0 is the start itself"),
    ],
)
def test_named_instants(start: str, kind: Kind, amount: float, expected: str, why: str) -> None:
    limit = Limit(kind, amount)
    assert due(at(start), limit, CHINA) == Due(at(expected), False), why
    used = elapsed(at(start), at(expected), limit.kind, CHINA)
    assert used == limit.seconds(CHINA), why


def test_the_instant_is_given_in_utc() -> None:
    assert due(at("2026-11-23 16:00"), Limit(Kind.URGENT_HOURS, 1), CHINA).at.tzinfo is UTC


def test_exactly_at_due_is_on_time_and_a_second_later_is_late() -> None:
    start, limit = at("2026-11-23 16:00"), Limit(Kind.WORKING_HOURS, 1)
    assert within(start, at("2026-11-23 17:00"), limit, CHINA)
    assert not within(start, at("2026-11-23 17:00:01"), limit, CHINA)


def test_parts_of_a_second_are_cut_off() -> None:
    half = timedelta(microseconds=500_000)
    start, limit = at("2026-11-23 16:00"), Limit(Kind.WORKING_HOURS, 1)
    assert due(start + half, limit, CHINA) == due(start, limit, CHINA)
    assert within(start, at("2026-11-23 17:00") + half, limit, CHINA)
    assert elapsed(start, start + half, limit.kind, CHINA) == 0


def test_a_limit_ends_on_the_next_whole_second() -> None:
    third = Limit(Kind.WORKING_HOURS, Fraction(1, 3600) / 3)
    assert third.seconds(CHINA) == 1
    assert Limit(Kind.WORKING_HOURS, 0.1).seconds(CHINA) == 360
    assert Limit(Kind.WORKING_DAYS, Decimal("0.1")).seconds(CHINA) == 2700


def test_a_rung_stands_at_its_fraction_of_the_limit() -> None:
    limit = Limit(Kind.WORKING_DAYS, 1)
    assert limit.times(0.75).seconds(CHINA) == 20_250
    assert limit.times(Fraction(1, 7)).seconds(CHINA) == 3858  # 3857.14…
    assert limit.times(2) == Limit(Kind.WORKING_DAYS, 2)


def test_a_clock_that_stood_still_goes_on_with_what_it_has_left() -> None:
    left = Limit(Kind.WORKING_DAYS, 1).seconds(CHINA) - 3600
    assert due_in(at("2026-11-23 08:30"), left, Kind.WORKING_DAYS, CHINA).at == at(
        "2026-11-23 16:30"
    )
    assert due_in(at("2026-11-28 11:00"), -5, Kind.WORKING_DAYS, CHINA).at == at("2026-11-28 11:00")


def test_nothing_elapses_backwards() -> None:
    assert elapsed(at("2026-11-24 16:00"), at("2026-11-23 16:00"), Kind.URGENT_HOURS, CHINA) == 0


@pytest.mark.parametrize(
    ("start", "amount", "provisional", "expected"),
    [
        ("2026-12-31 08:30", 1, False, "2026-12-31 17:30"),
        ("2026-12-31 08:31", 1, True, "2027-01-01 08:31"),  # a Friday; New Year not yet published
        ("2027-05-03 09:00", 1, True, "2027-05-04 09:00"),
        ("2003-12-31 09:00", 1, True, "2004-01-02 09:00"),
    ],
)
def test_a_year_not_published_is_monday_to_friday(
    start: str, amount: int, provisional: bool, expected: str
) -> None:
    found = due(at(start), Limit(Kind.WORKING_DAYS, amount), CHINA)
    assert found == Due(at(expected), provisional)


def test_loading_the_year_makes_it_certain() -> None:
    holiday = date(2027, 1, 1)
    loaded = Calendar(
        NINGBO, overrides={**CHINA.overrides, holiday: False}, loaded=CHINA.loaded | {2027}
    )
    found = due(at("2026-12-31 08:31"), Limit(Kind.WORKING_DAYS, 1), loaded)
    assert found == Due(at("2027-01-04 08:31"), False)
    half_loaded = Calendar(NINGBO, overrides={holiday: False}, loaded=frozenset({2026}))
    assert half_loaded.working_day(holiday)


def test_round_the_clock_is_never_provisional() -> None:
    for kind in (Kind.URGENT_HOURS, Kind.CALENDAR_DAYS):
        assert not due(at("2026-12-31 23:00"), Limit(kind, 40), CHINA).provisional


def test_clocks_moved_forward_and_back() -> None:
    night = Calendar(NEW_YORK, ((time(1), time(4)),), loaded=frozenset({2026}))
    shifts = {date(2026, 3, 8): True, date(2026, 11, 1): True}
    night = Calendar(NEW_YORK, night.office, shifts, night.loaded)
    spring, autumn = at("2026-03-08 00:00", NEW_YORK), at("2026-11-01 00:00", NEW_YORK)
    for start, hours in ((spring, 2), (autumn, 4)):
        end = start + timedelta(hours=12)
        assert elapsed(start, end, Kind.WORKING_HOURS, night) == hours * 3600
    # 24 hours from noon are 13:00 where the clock was put forward in between.
    noon = at("2026-03-07 12:00", NEW_YORK)
    assert due(noon, Limit(Kind.CALENDAR_DAYS, 1), night).at == at("2026-03-08 13:00", NEW_YORK)
    # The second half past one, an hour after the first.
    second = at("2026-11-01 01:30", NEW_YORK).replace(fold=1)
    found = due(autumn, Limit(Kind.WORKING_HOURS, 1.5), night).at
    assert found.timestamp() == second.timestamp()


def test_an_office_open_all_day_runs_through_midnight() -> None:
    always = Calendar(NINGBO, ((time(0), time(0)),))
    assert always.day_seconds == 86_400
    found = due(at("2026-11-23 20:00"), Limit(Kind.WORKING_HOURS, 8), always)
    assert found.at == at("2026-11-24 04:00")


def test_a_calendar_in_which_nobody_works_is_refused() -> None:
    with pytest.raises(rules.NoWorkingDay):
        Calendar(NINGBO, ())
    years = range(2026, 2036)
    days = (date(2026, 1, 1) + timedelta(days=n) for n in range(3652))
    idle = Calendar(NINGBO, overrides=dict.fromkeys(days, False), loaded=frozenset(years))
    with pytest.raises(rules.NoWorkingDay):
        due(at("2026-01-01 00:00"), Limit(Kind.WORKING_HOURS, 1), idle)
    assert elapsed(at("2026-01-01 00:00"), at("2030-01-01 00:00"), Kind.WORKING_HOURS, idle) == 0


@pytest.mark.parametrize(
    "office",
    [
        ((time(12), time(8)),),
        ((time(9), time(9)),),
        ((time(13), time(17)), (time(8), time(12))),
        ((time(8), time(12)), (time(11), time(17))),
        ((time(8, 0, 0, 1), time(12)),),
        ((time(8, tzinfo=UTC), time(12)),),
    ],
)
def test_mixed_up_office_hours_are_refused(office: Any) -> None:
    with pytest.raises(rules.OfficeHoursMixedUp):
        Calendar(NINGBO, office)


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf"), True, 10**400])
def test_wrong_amounts_are_refused(amount: float) -> None:
    with pytest.raises(rules.LimitAmountWrong):
        Limit(Kind.WORKING_DAYS, amount)


def test_an_unknown_kind_is_refused() -> None:
    kind: Any = "lunar_days"
    with pytest.raises(rules.LimitKindUnknown):
        Limit(kind, 1)


def test_a_time_without_zone_is_refused() -> None:
    naive = datetime.fromisoformat("2026-11-23T16:00")
    with pytest.raises(rules.TimeZoneMissing):
        due(naive, Limit(Kind.WORKING_DAYS, 1), CHINA)
    with pytest.raises(rules.TimeZoneMissing):
        elapsed(naive, at("2026-11-23 17:00"), Kind.WORKING_DAYS, CHINA)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("amount", [10**5, 10**9, 10**18])
def test_a_limit_without_sense_is_refused(kind: Kind, amount: int) -> None:
    if kind is not Kind.URGENT_HOURS or amount > 10**5:
        with pytest.raises(rules.BeyondCalendar):
            due(at("2026-11-23 16:00"), Limit(kind, amount * 20), CHINA)


@pytest.mark.parametrize("end", ["min", "max"])
@pytest.mark.parametrize("hours", [-14, 0, 14])
def test_the_ends_of_time_are_refused(end: str, hours: int) -> None:
    start: datetime = getattr(datetime, end).replace(tzinfo=timezone(timedelta(hours=hours)))
    with pytest.raises(rules.BeyondCalendar):
        due(start, Limit(Kind.WORKING_HOURS, 1), CHINA)


def test_the_seed_agrees_with_its_package_on_every_day() -> None:
    day = date(min(CHINA.loaded), 1, 1)
    while day <= date(2026, 12, 31):
        assert CHINA.working_day(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=17 if day.year < 2025 else 1)
    assert set(range(2004, 2027)) <= CHINA.loaded
    assert all(seed.chinese_days()[day] == (day.weekday() >= 5) for day in seed.chinese_days())


def test_equal_calendars_are_equal() -> None:
    due(at("2026-11-23 16:00"), Limit(Kind.WORKING_DAYS, 1), CHINA)
    assert seed.chinese() == CHINA
    assert hash(seed.chinese()) == hash(CHINA)
    assert Calendar(NEW_YORK) != Calendar(NINGBO)
