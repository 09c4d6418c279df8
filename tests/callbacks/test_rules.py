"""When somebody may be called: three tries, each in a part of a working day of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.callbacks.rules import first_from, next_from, opens
from gridgov.worktime.calendar import Calendar
from gridgov.worktime.rules import Kind, elapsed

NINGBO = ZoneInfo("Asia/Shanghai")
# A make-up Sunday, and a Monday off after it.
PLAIN = Calendar(NINGBO, overrides={date(2026, 3, 8): True, date(2026, 3, 9): False},
                 loaded=frozenset({2026}))  # fmt: skip
WHOLE_DAY = Calendar(NINGBO, office=((time(9), time(17)),))
ROUND_THE_CLOCK = Calendar(NINGBO, office=((time(0), time(0)),))
INSTANTS = st.datetimes(datetime(2026, 1, 5), datetime(2026, 12, 20), timezones=st.just(NINGBO))  # noqa: DTZ001


def local(day: int, clock: str) -> datetime:
    return datetime.combine(date(2026, 3, day), time.fromisoformat(clock), NINGBO)


@pytest.mark.parametrize(
    ("tried", "again"),
    [
        ((3, "08:30"), (3, "13:30")),
        ((3, "11:59:59"), (3, "13:30")),
        ((3, "13:30"), (4, "08:30")),
        ((3, "17:29:59"), (4, "08:30")),
        # Outside office hours a try counts with the part that follows it.
        ((3, "12:00"), (4, "08:30")),
        ((3, "12:30"), (4, "08:30")),
        ((3, "08:29:59"), (3, "13:30")),
        ((3, "20:00"), (4, "13:30")),
        # Over the weekend comes a make-up Sunday, and then a Monday off.
        ((6, "16:00"), (8, "08:30")),
        ((7, "10:00"), (8, "13:30")),
        ((8, "14:00"), (10, "08:30")),
    ],
)
def test_the_next_try_is_in_the_next_part(tried: tuple[int, str], again: tuple[int, str]) -> None:
    assert next_from(local(*tried), PLAIN) == local(*again)


def test_an_office_without_a_lunch_break_tries_once_a_day() -> None:
    assert next_from(local(3, "10:00"), WHOLE_DAY) == local(4, "09:00")
    assert next_from(local(3, "23:59:59"), ROUND_THE_CLOCK) == local(4, "00:00")


def test_the_first_try_is_at_once_or_three_working_days_after_the_link() -> None:
    closed = local(3, "10:00")
    assert first_from(closed, PLAIN, by_sms=False) == closed
    assert first_from(closed, PLAIN, by_sms=True) == local(6, "10:00")
    late = local(3, "19:00")
    assert first_from(late, PLAIN, by_sms=False) == local(4, "08:30")
    # Due with the end of Friday: nobody is called in the evening.
    assert first_from(late, PLAIN, by_sms=True) == local(8, "08:30")


@given(INSTANTS, st.sampled_from([PLAIN, WHOLE_DAY, ROUND_THE_CLOCK]))
def test_every_try_is_in_office_time_and_in_another_part(at: datetime, calendar: Calendar) -> None:
    tried = opens(at.astimezone(UTC), calendar)
    again = next_from(tried, calendar)
    second = timedelta(seconds=1)
    for one in (tried, again):
        assert elapsed(one, one + second, Kind.WORKING_HOURS, calendar) == 1
    assert tried >= at.replace(microsecond=0)
    assert again > tried

    def part(instant: datetime) -> tuple[date, int]:
        wall = instant.astimezone(NINGBO)
        return wall.date(), sum(begins <= wall.time() for begins, _ in calendar.office)

    assert part(again) > part(tried)
