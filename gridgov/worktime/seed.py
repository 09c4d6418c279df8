"""The Chinese calendar to begin with: the State Council's holidays and make-up days (调休)."""

from __future__ import annotations

from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar

from gridgov.worktime.calendar import OFFICE_HOURS, Calendar, Interval


@cache
def published_years() -> frozenset[int]:
    """Years whose holidays the package knows; the next comes out each November."""
    return frozenset(day.year for day in chinese_calendar.holidays)


def chinese_days() -> dict[date, bool]:
    """Days that differ from Monday to Friday, as rows to seed a table; True for a working day."""
    off = {day: False for day in chinese_calendar.holidays if day.weekday() < 5}
    made_up = {day: True for day in chinese_calendar.workdays if day.weekday() >= 5}
    return off | made_up


def chinese(zone: ZoneInfo | None = None, office: tuple[Interval, ...] = OFFICE_HOURS) -> Calendar:
    """China's working days in the given office hours; a park elsewhere loads its own."""
    return Calendar(zone or ZoneInfo("Asia/Shanghai"), office, chinese_days(), published_years())
