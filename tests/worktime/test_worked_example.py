"""The README's worked example, in which a make-up Sunday matters: Sunday 20 September 2026."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gridgov.worktime import seed
from gridgov.worktime.rules import Calendar, Kind, Limit, due, elapsed

NINGBO = ZoneInfo("Asia/Shanghai")
KNOWN, UNKNOWN = seed.chinese(), Calendar(NINGBO)
DISPATCHED = datetime(2026, 9, 18, 15, tzinfo=NINGBO)  # a Friday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NINGBO)


@pytest.mark.parametrize(
    ("fraction", "known", "unknown"),
    [
        (0.75, "2026-09-21 16:52:30", "2026-09-22 16:52:30"),
        (1, "2026-09-22 15:00:00", "2026-09-23 15:00:00"),
        (1.5, "2026-09-24 09:45:00", "2026-09-25 09:45:00"),
        (2, "2026-09-28 15:00:00", "2026-09-28 15:00:00"),  # Friday the 25th is off: they meet
    ],
)
def test_three_working_days_over_a_make_up_sunday(
    fraction: float, known: str, unknown: str
) -> None:
    limit = Limit(Kind.WORKING_DAYS, 3).times(fraction)
    assert due(DISPATCHED, limit, KNOWN) == (at(known), False)
    assert due(DISPATCHED, limit, UNKNOWN) == (at(unknown), True)


@pytest.mark.parametrize(
    ("since", "till", "hours"),
    [
        ("2026-09-18 15:00", "2026-09-19 00:00", 2.5),
        ("2026-09-19 00:00", "2026-09-20 00:00", 0),
        ("2026-09-20 00:00", "2026-09-21 00:00", 7.5),
        ("2026-09-21 00:00", "2026-09-22 00:00", 7.5),
        ("2026-09-22 00:00", "2026-09-22 15:00", 5),
    ],
)
def test_the_hours_of_each_day(since: str, till: str, hours: float) -> None:
    assert elapsed(at(since), at(till), Kind.WORKING_DAYS, KNOWN) == hours * 3600


def test_the_other_kinds_of_limit() -> None:
    def ends(kind: Kind, amount: int) -> datetime:
        return due(DISPATCHED, Limit(kind, amount), KNOWN).at

    assert ends(Kind.WORKING_HOURS, 8) == at("2026-09-20 15:30")
    assert ends(Kind.URGENT_HOURS, 48) == at("2026-09-20 15:00")
    assert ends(Kind.CALENDAR_DAYS, 3) == at("2026-09-21 15:00")
