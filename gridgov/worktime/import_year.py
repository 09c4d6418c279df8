"""A published year replaces what was known of it, whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridgov.epochs import Epochs, bump
from gridgov.worktime import seed
from gridgov.worktime.read import Day, Published
from gridgov.worktime.tables import CalendarDay, CalendarYear


@dataclass(frozen=True)
class Imported:
    """What an import has changed: days of the file, and the days that are now another thing."""

    calendar: str
    year: int
    new: bool
    days: int
    changed: tuple[date, ...]

    @property
    def unchanged(self) -> bool:
        """Whether all of it was known."""
        return not self.new and not self.changed


def import_year(
    session: Session, code: str, published: Published, source: str, now: datetime
) -> Imported:
    """Store a year of a calendar; the same days again change nothing."""
    _wait_for_others(session)
    known = _sources(session, code)
    before = _days(session, code).get(published.year, {})
    made = _imported(code, published, before, new=published.year not in known)
    # A package's later mind must not change what the office has said, even where both agree.
    if not made.unchanged or known[published.year] == seed.SOURCE:
        _store(session, code, published, source[:300], now)
    if not made.unchanged:
        bump(session, "calendar")
    return made


def seed_years(session: Session, years: Iterable[Published] | None = None) -> list[int]:
    """Store China's years as the package has them; returns those that are new or have changed.

    A year that an office imported is left alone.
    """
    _wait_for_others(session)
    known, days = _sources(session, seed.CALENDAR), _days(session, seed.CALENDAR)
    changed = []
    for published in seed.published() if years is None else years:
        source = known.get(published.year)
        same = days.get(published.year) == published.days
        if source is None or (source == seed.SOURCE and not same):
            _store(session, seed.CALENDAR, published, seed.SOURCE, None)
            changed.append(published.year)
    if changed:
        bump(session, "calendar")
    return changed


def _imported(code: str, published: Published, before: dict[date, Day], *, new: bool) -> Imported:
    days = before.keys() | published.days.keys()
    differ = tuple(day for day in sorted(days) if before.get(day) != published.days.get(day))
    return Imported(code, published.year, new, len(published.days), differ)


def _wait_for_others(session: Session) -> None:
    """Let one import at a time look at what there is; on SQLite there is but one writer anyway."""
    session.execute(sa.select(Epochs.id).with_for_update())


def _sources(session: Session, code: str) -> dict[int, str]:
    rows = session.execute(
        sa.select(CalendarYear.year, CalendarYear.source).where(CalendarYear.calendar == code)
    )
    return {row.year: row.source for row in rows}


def _days(session: Session, code: str) -> dict[int, dict[date, Day]]:
    found: dict[int, dict[date, Day]] = {}
    rows = session.execute(
        sa.select(CalendarDay.year, CalendarDay.day, CalendarDay.working, CalendarDay.name).where(
            CalendarDay.calendar == code
        )
    )
    for year, day, working, name in rows:
        found.setdefault(year, {})[day] = Day(working, name)
    return found


def _store(
    session: Session, code: str, published: Published, source: str, at: datetime | None
) -> None:
    for table in (CalendarDay, CalendarYear):
        session.execute(
            sa.delete(table).where(table.calendar == code, table.year == published.year),
            execution_options={"synchronize_session": False},
        )
    key = {"calendar": code, "year": published.year}
    session.execute(sa.insert(CalendarYear).values(**key, source=source, loaded_at=at))
    rows = [
        key | {"day": day, "working": told.working, "name": told.name}
        for day, told in published.days.items()
    ]
    if rows:
        session.execute(sa.insert(CalendarDay), rows)
