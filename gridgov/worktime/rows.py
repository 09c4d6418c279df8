"""The calendars in memory: one per calendar, zone and hours, as true as their stamp in `epochs`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.epochs import Snapshot
from gridgov.worktime.calendar import FIRST_YEAR, LAST_YEAR, Calendar, Interval
from gridgov.worktime.keeping import Keeping, keeping
from gridgov.worktime.read import Day
from gridgov.worktime.tables import CalendarDay, CalendarYear

EVERY_YEAR = frozenset(range(FIRST_YEAR, LAST_YEAR + 1))


class Loaded(NamedTuple):
    """Where a year's days came from, and when an office imported them."""

    source: str
    at: datetime | None


@dataclass(frozen=True)
class Days:
    """All that is known of one calendar."""

    years: dict[int, Loaded] = field(default_factory=dict)
    days: dict[date, Day] = field(default_factory=dict)


@dataclass(frozen=True)
class Calendars:
    """The working time of every place. A calendar is made once, and keeps the years it summed."""

    days: Mapping[str, Days]
    keeping: Keeping
    _made: dict[tuple[str | None, str, tuple[Interval, ...]], Calendar] = field(
        default_factory=dict, repr=False, compare=False
    )
    _of: dict[tuple[str | None, str], Calendar] = field(
        default_factory=dict, repr=False, compare=False
    )

    def of(self, park: str | None, zone: ZoneInfo) -> Calendar:
        """Return the working time of a park, or of places without one, in a zone."""
        key = park, zone.key
        found = self._of.get(key)
        if found is None:
            kept = self.keeping.of(park, zone.key)
            found = self._of[key] = self.made(kept.calendar, zone, kept.office)
        return found

    def made(self, code: str | None, zone: ZoneInfo, office: tuple[Interval, ...]) -> Calendar:
        """Return a calendar in a zone; without a code, Monday to Friday and no year provisional."""
        known = self.days.get(code or "", Days())
        overrides = {day: told.working for day, told in known.days.items()}
        years = frozenset(known.years) if code else EVERY_YEAR
        # Two threads may both make one; both then use the first.
        return self._made.setdefault(
            (code, zone.key, office), Calendar(zone, office, overrides, years)
        )


def _read(session: Session) -> Calendars:
    found: dict[str, Days] = {}
    years = sa.select(
        CalendarYear.calendar, CalendarYear.year, CalendarYear.source, CalendarYear.loaded_at
    )
    for code, year, source, at in session.execute(years):
        found.setdefault(code, Days()).years[year] = Loaded(source, at)
    days = sa.select(
        CalendarDay.calendar, CalendarDay.day, CalendarDay.working, CalendarDay.name
    ).order_by(CalendarDay.year)  # what next year's notice says of a December counts
    for code, day, working, name in session.execute(days):
        found[code].days[day] = Day(working, name)
    return Calendars(found, keeping())


calendars = Snapshot("calendar", _read)
