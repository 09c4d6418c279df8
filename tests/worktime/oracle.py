"""Working time as the rule says it, one second after another, sharing no code with the rooms."""

from datetime import UTC, date, datetime, time, timedelta

from gridgov.worktime.rules import Calendar, Kind

SECOND = timedelta(seconds=1)
ROUND_THE_CLOCK = {Kind.URGENT_HOURS, Kind.CALENDAR_DAYS}


def works(calendar: Calendar, day: date) -> bool:
    if day.year in calendar.loaded and day in calendar.overrides:
        return calendar.overrides[day]
    return day.isoweekday() not in (6, 7)


def is_office_time(calendar: Calendar, instant: datetime) -> bool:
    wall = instant.astimezone(calendar.zone)
    clock = wall.time()
    hit = any(a <= clock and (clock < b or b == time(0)) for a, b in calendar.office)
    return hit and works(calendar, wall.date())


def counts(calendar: Calendar, instant: datetime, kind: Kind) -> bool:
    return kind in ROUND_THE_CLOCK or is_office_time(calendar, instant)


def elapsed(calendar: Calendar, start: datetime, end: datetime, kind: Kind, step: int = 1) -> int:
    """Counts steps of `step` seconds; exact where every edge and both ends fall on a step."""
    at, total = start.astimezone(UTC), 0
    while at < end:
        total += step if counts(calendar, at, kind) else 0
        at += step * SECOND
    return total


def due(calendar: Calendar, start: datetime, seconds: int, kind: Kind, step: int = 1) -> datetime:
    at = start.astimezone(UTC)
    while seconds > 0:
        seconds -= step if counts(calendar, at, kind) else 0
        at += step * SECOND
    return at
