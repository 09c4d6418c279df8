"""When somebody may be called, and how often. Pure.

Each interval of the office hours of a working day is a part of it: as a rule its morning and its
afternoon. Every try has a part of its own, so that three tries come at different hours.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from gridgov.worktime.calendar import SECOND, Calendar
from gridgov.worktime.rules import Kind, Limit, due, due_in

MIDNIGHT = time(0)  # as an end: the one that ends the day
TRIES = 3
LEASE = timedelta(minutes=30)
AFTER_SMS = Limit(Kind.WORKING_DAYS, 3)
# Closed longer ago than this, nobody is asked any more: who is called then hardly knows of what.
ASKED_WITHIN = timedelta(days=30)

WAITING = "waiting"
UNREACHED = "unreached"  # 未接通: counts as nothing
ENDED = "ended"
STATES = (WAITING, UNREACHED, ENDED)


def first_from(closed_at: datetime, calendar: Calendar, *, by_sms: bool) -> datetime:
    """Return from when the first try may be made: who has a link gets three working days."""
    return opens(due(closed_at, AFTER_SMS, calendar).at if by_sms else closed_at, calendar)


def next_from(tried_at: datetime, calendar: Calendar) -> datetime:
    """Return from when the next try may be made: the next part of a working day.

    A try outside office hours counts with the part that follows it.
    """
    start = opens(tried_at, calendar)
    local = start.astimezone(calendar.zone)
    ends = next(ends for begins, ends in reversed(calendar.office) if begins <= local.time())
    end = local.replace(hour=ends.hour, minute=ends.minute, second=ends.second)
    if ends == MIDNIGHT:
        end += timedelta(days=1)
    return opens(end.astimezone(UTC), calendar)


def opens(at: datetime, calendar: Calendar) -> datetime:
    """Return the first second of office time at or after an instant, cut to its whole second."""
    return due_in(at, 1, Kind.WORKING_HOURS, calendar).at - SECOND
