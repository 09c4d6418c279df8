"""Instants and spans as people say them: "due in 3 h (today 16:30)"."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, get_day_names

from gridgov.language import say, speaks
from gridgov.words import N_

MINUTE, HOUR, DAY = 60, 3600, 86_400
NEAR = 6  # days within which a weekday is clear


def span(seconds: float) -> str:
    """Return how long something is, in its largest unit, from two of them on the next smaller."""
    whole = int(abs(seconds))
    if whole < MINUTE:
        return say(N_("less than a minute"))
    if whole < 2 * HOUR:
        return say(N_("%(n)s min"), {"n": whole // MINUTE})
    if whole < 2 * DAY:
        return say(N_("%(n)s h"), {"n": whole // HOUR})
    return say(N_("%(n)s days"), {"n": whole // DAY})


def day(of: date, today: date) -> str:
    """Return a day as it is said today: today, tomorrow, Tuesday, Nov 25."""
    away = (of - today).days
    near = {
        -1: N_("yesterday"),
        0: N_("today"),
        1: N_("tomorrow"),
    }
    if away in near:
        return say(near[away])
    locale = "zh" if speaks("zh") else "en"
    if 0 < away <= NEAR:
        return str(get_day_names("abbreviated", locale=locale)[of.weekday()])
    return str(format_skeleton("MMMd" if of.year == today.year else "yMMMd", of, locale=locale))


def instant(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return an instant as it is said now: today 16:30, Nov 25 08:30."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    return say(N_("%(day)s %(time)s"), {"day": day(local.date(), today), "time": f"{local:%H:%M}"})


def exact(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant in full, for who wants to know exactly."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago something was."""
    if now - at < timedelta(minutes=1):
        return say(N_("just now"))
    return say(N_("%(span)s ago"), {"span": span((now - at).total_seconds())})


def due(at: datetime, now: datetime, zone: ZoneInfo, *, provisional: bool = False) -> str:
    """Return by when something is due, or by how much it is late; what is provisional says so."""
    away = (at - now).total_seconds()
    said = say(
        N_("due in %(span)s (%(when)s)") if away >= 0 else N_("late by %(span)s (%(when)s)"),
        {"span": span(away), "when": instant(at, now, zone)},
    )
    return say(N_("%(said)s, provisional"), {"said": said}) if provisional else said
