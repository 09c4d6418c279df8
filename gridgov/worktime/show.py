"""One year of a calendar as people look at it. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from gridgov.worktime.calendar import Calendar
from gridgov.worktime.read import Day


class Span(NamedTuple):
    """Days in a row of one occasion."""

    first: date
    last: date
    name: str


class YearShown(NamedTuple):
    """A year: working days by month, January first; days off by name; weekends worked."""

    year: int
    loaded: bool
    months: tuple[int, ...]
    holidays: tuple[Span, ...]
    make_up: tuple[Span, ...]

    @property
    def working_days(self) -> int:
        """Those of the whole year."""
        return sum(self.months)


def shown(calendar: Calendar, year: int, names: dict[date, Day]) -> YearShown:
    """Show a year; one that is not loaded is Monday to Friday, and has neither kind of day."""
    loaded = year in calendar.loaded
    days = {day: told.name for day, told in sorted(names.items()) if loaded and day.year == year}
    off = {day: name for day, name in days.items() if not calendar.working_day(day)}
    worked = {
        day: name for day, name in days.items() if calendar.working_day(day) and day.weekday() >= 5
    }
    months = tuple(
        sum(
            calendar.working_day(date(year, month, day))
            for day in range(1, monthrange(year, month)[1] + 1)
        )
        for month in range(1, 13)
    )
    # Each make-up day is one to know of by itself.
    make_up = tuple(Span(day, day, name) for day, name in worked.items())
    return YearShown(year, loaded, months, tuple(_spans(off)), make_up)


def _spans(days: dict[date, str]) -> Iterator[Span]:
    open_span: Span | None = None
    for day, name in days.items():
        if open_span and (open_span.last + timedelta(days=1), open_span.name) == (day, name):
            open_span = open_span._replace(last=day)
            continue
        if open_span:
            yield open_span
        open_span = Span(day, day, name)
    if open_span:
        yield open_span
