"""Periods: calendar units as people name them, what came before them, and a year before. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from gridgov.errors import BadInput

LONGEST = timedelta(days=366 * 5)
_FORMS = re.compile(
    r"(?P<year>\d{4})(?:-(?:Q(?P<quarter>[1-4])|W(?P<week>\d{2})|(?P<month>\d{2})(?:-(?P<day>\d{2}))?))?"
)
MONTHS = 12
FIRST, LAST = 1970, 2190


class PeriodWrong(BadInput):
    """Give a period as 2026, 2026-Q4, 2026-11, 2026-W47 or 2026-11-22; or from and to, to being
    the day after the last, at most five years later.
    """


class Period(NamedTuple):
    """Local days, half-open; `unit` is day, week, month, quarter, year, or empty."""

    start: date
    end: date
    unit: str = ""

    @property
    def before(self) -> Period:
        """The calendar unit before, or an equal span."""
        if self.unit in _MONTHS:
            return Period(added(self.start, -_MONTHS[self.unit]), self.start, self.unit)
        return Period(self.start - (self.end - self.start), self.start, self.unit)

    @property
    def year_before(self) -> Period:
        """The same a year before; a 29th of February becomes the 28th."""
        if self.unit == "week":
            # The week of the same number; where that year has none of it, its last.
            year, week, _ = self.start.isocalendar()
            try:
                start = date.fromisocalendar(year - 1, week, 1)
            except ValueError:
                start = date.fromisocalendar(year - 1, week - 1, 1)
            return Period(start, start + timedelta(days=7), self.unit)
        ends = added(self.end - timedelta(days=1), -MONTHS) + timedelta(days=1)
        if self.unit in _MONTHS:
            ends = added(self.end, -MONTHS)
        return Period(added(self.start, -MONTHS), ends, self.unit)


_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def added(day: date, months: int) -> date:
    """Return a day so many months later; the last of a month where it has no such day."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    for number in range(day.day, day.day - 4, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise PeriodWrong(field="from")


def month_of(day: date) -> Period:
    """Return the month of a day. Raises PeriodWrong."""
    if not FIRST <= day.year <= LAST:
        raise PeriodWrong(field="from")
    start = day.replace(day=1)
    return Period(start, added(start, 1), "month")


def named(text: str) -> Period:
    """Return the period of such a name. Raises PeriodWrong."""
    found = _FORMS.fullmatch(text)
    if found is None:
        raise PeriodWrong(field="period")
    part = {name: int(value) for name, value in found.groupdict().items() if value}
    if not FIRST <= part["year"] <= LAST:
        raise PeriodWrong(field="period")
    try:
        if "week" in part:
            start = date.fromisocalendar(part["year"], part["week"], 1)
            return Period(start, start + timedelta(days=7), "week")
        if "day" in part:
            start = date(part["year"], part["month"], part["day"])
            return Period(start, start + timedelta(days=1), "day")
        month = part.get("month", 3 * part.get("quarter", 1) - 2)
        unit = next((name for name in ("month", "quarter") if name in part), "year")
        start = date(part["year"], month, 1)
        return Period(start, added(start, _MONTHS[unit]), unit)
    except (ValueError, OverflowError) as error:
        raise PeriodWrong(field="period") from error


def between(start: date, end: date) -> Period:
    """Return a span; where it is a calendar unit, as that. Raises PeriodWrong."""
    if not (timedelta() < end - start <= LONGEST) or start.year < FIRST or end.year > LAST:
        raise PeriodWrong(field="to")
    if end - start == timedelta(days=7) and start.weekday() == 0:
        return Period(start, end, "week")
    if end - start == timedelta(days=1):
        return Period(start, end, "day")
    for unit, months in _MONTHS.items():
        if start.day == 1 and (start.month - 1) % months == 0 and added(start, months) == end:
            return Period(start, end, unit)
    return Period(start, end)
