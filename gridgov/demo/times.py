"""When people do things: offices in office hours, the public while it is awake."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random

from gridgov.worktime.rules import Calendar

OFFICE, AWAKE, ALWAYS = "office", "awake", "always"
WAKES, SLEEPS = time(7, 0), time(22, 30)


def plausible(at: datetime, hours: str, calendar: Calendar, rng: Random) -> datetime:
    """Return the instant, or one soon after it at which somebody of these hours would act."""
    local = at.astimezone(calendar.zone)
    if hours == OFFICE:
        local = _in_office(local, calendar, rng)
    elif hours == AWAKE and not WAKES <= local.time() < SLEEPS:
        day = local.date() + timedelta(days=local.time() >= SLEEPS)
        local = _at(day, WAKES, local) + timedelta(seconds=rng.randint(60, 3 * 3600))
    return local.astimezone(UTC).replace(microsecond=0)


def _in_office(local: datetime, calendar: Calendar, rng: Random) -> datetime:
    late = timedelta(seconds=rng.randint(60, 2400))
    day = local.date()
    while True:
        if calendar.working_day(day):
            for opens, shuts in calendar.office:
                first, last = _at(day, opens, local), _at(day, shuts, local)
                if local < first:
                    return first + late
                if local < last:
                    return local
        day += timedelta(days=1)


def _at(day: object, clock: time, local: datetime) -> datetime:
    return datetime.combine(day, clock, local.tzinfo)  # type: ignore[arg-type]
