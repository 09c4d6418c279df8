"""The Chinese calendar to begin with: the State Council's holidays and make-up days (调休)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar

from gridgov.worktime.calendar import OFFICE_HOURS, Calendar, Interval
from gridgov.worktime.read import Day, Published

CALENDAR = "cn"
SOURCE = "chinesecalendar"


@cache
def published_years() -> frozenset[int]:
    """Years whose holidays the package knows; the next comes out each November."""
    return frozenset(day.year for day in chinese_calendar.holidays)


def chinese_days() -> dict[date, bool]:
    """Days that differ from Monday to Friday; True for a working day."""
    off = {day: False for day in chinese_calendar.holidays if day.weekday() < 5}
    made_up = {day: True for day in chinese_calendar.workdays if day.weekday() >= 5}
    return off | made_up


def published() -> list[Published]:
    """What was published for each year, with the names of the occasions, the oldest first."""
    years: dict[int, dict[date, Day]] = defaultdict(dict)
    for days, working in ((chinese_calendar.holidays, False), (chinese_calendar.workdays, True)):
        for day, english in days.items():
            name = chinese_calendar.Holiday(english).chinese
            years[day.year][day] = Day(working, name)
    return [Published(year, dict(sorted(years[year].items()))) for year in sorted(years)]


def chinese(zone: ZoneInfo | None = None, office: tuple[Interval, ...] = OFFICE_HOURS) -> Calendar:
    """China's working days in the given office hours, as the package has them."""
    return Calendar(zone or ZoneInfo("Asia/Shanghai"), office, chinese_days(), published_years())
