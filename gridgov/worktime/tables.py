"""The rows of the calendar: what was published of each year."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.database import Model, UtcDateTime


class CalendarYear(Model):
    """A year whose days are known.

    `source` is the file that an office imported, at `loaded_at`; or the package that the days
    came with, and then `loaded_at` is empty.
    """

    __tablename__ = "calendar_years"

    calendar: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(sa.String(300))
    loaded_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class CalendarDay(Model):
    """A day that differs from Monday to Friday, or that has a name.

    `year` is the one that it was published for: a notice may also move days of the December
    before, and then counts for more than the notice of that December's own year.
    """

    __tablename__ = "calendar_days"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["calendar", "year"], ["calendar_years.calendar", "calendar_years.year"]
        ),
    )

    calendar: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    name: Mapped[str] = mapped_column(sa.String(60))
