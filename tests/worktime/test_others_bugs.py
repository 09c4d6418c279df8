"""Bugs that other systems had in their working time, each by its name there."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from gridgov.worktime import seed
from gridgov.worktime.calendar import FIRST_YEAR, LAST_YEAR
from gridgov.worktime.rules import Calendar, Kind, Limit, NoWorkingDay, due, due_in, elapsed

NINGBO = ZoneInfo("Asia/Shanghai")
CHINA = seed.chinese()
ALWAYS = Calendar(
    NINGBO,
    ((time(0), time(0)),),
    {date(2026, 1, 1) + timedelta(days=n): True for n in range(365)},
    frozenset({2026}),
)
SECOND = timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NINGBO)


@pytest.mark.parametrize("fraction", [0.5, 0.75, Fraction(9, 10), 1, 1.5, 2])
def test_glpi_22678_a_level_before_the_breach_crosses_midnight(fraction: float) -> None:
    """Counted back from the due instant in calendar time, the level fell into the night before."""
    start, limit = at("2026-11-23 15:30"), Limit(Kind.WORKING_HOURS, 4)
    rung = limit.times(fraction)
    instant = due(start, rung, CHINA).at
    assert elapsed(start, instant, rung.kind, CHINA) == rung.seconds(CHINA)
    assert elapsed(start, instant - SECOND, rung.kind, CHINA) == rung.seconds(CHINA) - 1
    # Due at 10:30 on Tuesday; the level of three quarters is at 09:30, not on Monday night.
    if fraction == 0.75:
        assert instant == at("2026-11-24 09:30")
    assert time(8, 30) <= instant.astimezone(NINGBO).time() <= time(17, 30)


def test_glpi_22678_urgent_hours_cross_midnight_too() -> None:
    start, limit = at("2026-11-23 23:00"), Limit(Kind.URGENT_HOURS, 2)
    assert due(start, limit.times(0.75), CHINA).at == at("2026-11-24 00:30")


@pytest.mark.parametrize("days", [1, 2, 7, 30, 200])
def test_zammad_3180_a_calendar_round_the_clock_loses_nothing_at_midnight(days: int) -> None:
    """There 00:00–23:59 was a day, so each midnight on the way cost a minute."""
    start = at("2026-03-01 16:45:17")
    assert due(start, Limit(Kind.WORKING_HOURS, 24 * days), ALWAYS).at == start + timedelta(
        days=days
    )
    assert elapsed(start, start + timedelta(days=days), Kind.WORKING_HOURS, ALWAYS) == days * 86_400


def test_zammad_3180_the_last_minute_of_the_day_counts() -> None:
    night = at("2026-03-01 23:59:00")
    assert elapsed(night, night + timedelta(minutes=2), Kind.WORKING_HOURS, ALWAYS) == 120
    assert due_in(night, 61, Kind.WORKING_HOURS, ALWAYS).at == at("2026-03-02 00:00:01")


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-23 11:30", 1, "2026-11-23 14:00"),  # half before lunch, half after
        ("2026-11-23 12:00", 1, "2026-11-23 14:30"),  # begins with lunch
        ("2026-11-23 13:29:59", 1, "2026-11-23 14:30"),  # ends with it
        ("2026-11-23 08:30", 3.5, "2026-11-23 12:00"),  # due when lunch begins, not when it ends
        ("2026-11-23 11:00", 9.5, "2026-11-24 14:30"),  # over the lunches of two days
    ],
)
def test_frappe_2212_lunch_is_no_working_time(start: str, hours: float, expected: str) -> None:
    limit = Limit(Kind.WORKING_HOURS, hours)
    assert due(at(start), limit, CHINA).at == at(expected)
    lunch = elapsed(at("2026-11-23 12:00"), at("2026-11-23 13:30"), limit.kind, CHINA)
    assert lunch == 0


@pytest.mark.parametrize("kind", [Kind.WORKING_HOURS, Kind.WORKING_DAYS])
def test_no_loop_without_end_where_no_day_is_a_working_day(kind: Kind) -> None:
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    years = frozenset(range(FIRST_YEAR, LAST_YEAR + 1))
    idle = Calendar(NINGBO, overrides=dict.fromkeys(days, False), loaded=years)
    with pytest.raises(NoWorkingDay):
        due(at("2026-11-23 09:00"), Limit(kind, 1), idle)
    assert elapsed(at("2026-01-01 00:00"), at("2030-01-01 00:00"), kind, idle) == 0
    with pytest.raises(NoWorkingDay):
        Calendar(NINGBO, ())


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2])
@pytest.mark.parametrize("started", ["2026-11-27 17:29", "2026-11-28 00:00", "2026-09-30 23:59"])
def test_zammad_4432_no_instant_of_office_time_lies_at_night_or_on_a_day_off(
    started: str, fraction: float
) -> None:
    """A reminder counted in office time stands where the office is open, or just about to shut."""
    for kind, amount in ((Kind.WORKING_HOURS, 3), (Kind.WORKING_DAYS, 2)):
        instant = due(at(started), Limit(kind, amount).times(fraction), CHINA).at
        local = (instant - SECOND).astimezone(NINGBO)
        assert CHINA.working_day(local.date()), instant
        assert any(opens <= local.time() < shuts for opens, shuts in CHINA.office), instant
        assert instant.tzinfo is UTC
