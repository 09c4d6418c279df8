"""Limits, and the instants at which they end, to the second.

Every instant is cut to its whole second first. Whoever stores times with fractions and compares
them in SQL must cut them too, or the last second of a limit is judged differently there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil, isfinite
from typing import NamedTuple

from gridgov.errors import BadInput
from gridgov.worktime.calendar import (
    DAY,
    OFFICE_HOURS,
    BeyondCalendar,
    Calendar,
    Interval,
    NoWorkingDay,
    OfficeHoursMixedUp,
    TimeZoneMissing,
    instant_of,
    seconds_of,
)

__all__ = [
    "OFFICE_HOURS",
    "BeyondCalendar",
    "Calendar",
    "Due",
    "Interval",
    "Kind",
    "Limit",
    "LimitAmountWrong",
    "LimitKindUnknown",
    "NoWorkingDay",
    "OfficeHoursMixedUp",
    "TimeZoneMissing",
    "due",
    "due_in",
    "elapsed",
    "missing_years",
    "within",
]

NOVEMBER = 11  # when next year's holidays are published
IDLE_YEARS = 3  # without a single working day, before the search gives up


class LimitKindUnknown(BadInput):
    """Choose urgent_hours, working_hours, working_days or calendar_days as the kind of limit."""


class LimitAmountWrong(BadInput):
    """Give a limit of zero or more, as a number."""


class Kind(StrEnum):
    """What a limit counts."""

    URGENT_HOURS = "urgent_hours"  # 紧急工作时: round the clock
    WORKING_HOURS = "working_hours"  # 工作时
    WORKING_DAYS = "working_days"  # 工作日
    CALENDAR_DAYS = "calendar_days"  # 自然日: 24 hours each, whatever the wall clock does


OFFICE_KINDS = frozenset({Kind.WORKING_HOURS, Kind.WORKING_DAYS})


class Due(NamedTuple):
    """When a limit ends, in UTC; provisional until the holidays on the way are published."""

    at: datetime
    provisional: bool


@dataclass(frozen=True)
class Limit:
    """How long something may take. Raises: LimitKindUnknown, LimitAmountWrong."""

    kind: Kind
    amount: int | Fraction | Decimal | float

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "kind", Kind(self.kind))
        except ValueError:
            raise LimitKindUnknown(field="kind") from None
        try:
            usable = not isinstance(self.amount, bool) and isfinite(self.amount)
        except (OverflowError, TypeError, ValueError):
            usable = False
        if not usable or self.amount < 0:
            raise LimitAmountWrong(field="amount")
        # A decimal fraction is meant as written: 0.1 is a tenth, not its nearest binary number.
        exact = Fraction(str(self.amount))
        object.__setattr__(self, "amount", int(exact) if exact.denominator == 1 else exact)

    def seconds(self, calendar: Calendar) -> int:
        """The limit in seconds of its kind; a part of a second counts as a whole one."""
        if self.kind is Kind.WORKING_DAYS:
            return ceil(self.amount * calendar.day_seconds)
        return ceil(self.amount * (DAY if self.kind is Kind.CALENDAR_DAYS else 3600))

    def times(self, fraction: Fraction | Decimal | float) -> Limit:
        """The limit of a rung that stands at this fraction of it."""
        return Limit(self.kind, Fraction(str(self.amount)) * Fraction(str(fraction)))


def due(start: datetime, limit: Limit, calendar: Calendar) -> Due:
    """The earliest instant at which `limit` has elapsed since `start`; a limit of 0 is the start.

    Raises: NoWorkingDay, BeyondCalendar, TimeZoneMissing.
    """
    return due_in(start, limit.seconds(calendar), limit.kind, calendar)


def due_in(start: datetime, seconds: int, kind: Kind, calendar: Calendar) -> Due:
    """As `due`, for what a clock that stood still has left. Nothing left is due at the start.

    Provisional if a day that the limit runs through lies in a year not loaded. Round-the-clock
    kinds never are: no holiday can move them.
    """
    since = seconds_of(start)
    year = calendar.year_at(since)
    if seconds <= 0:
        return Due(instant_of(since), False)
    if kind not in OFFICE_KINDS:
        calendar.year_at(since + seconds)  # only to refuse what lies beyond it
        return Due(instant_of(since + seconds), False)
    wanted = seconds + year.until(since)
    provisional, idle = year.number not in calendar.loaded, 0
    while wanted > year.total:
        wanted -= year.total
        idle = 0 if year.total else idle + 1
        if idle >= IDLE_YEARS:
            raise NoWorkingDay(field="calendar")
        year = calendar.year(year.number + 1)
        provisional = provisional or year.number not in calendar.loaded
    return Due(instant_of(year.reaching(wanted)), provisional)


def elapsed(start: datetime, end: datetime, kind: Kind, calendar: Calendar) -> int:
    """Seconds of that kind in [start, end). Nothing elapses backwards: 0 where end <= start.

    Raises: BeyondCalendar, TimeZoneMissing.
    """
    since, till = seconds_of(start), seconds_of(end)
    if till <= since:
        return 0
    if kind not in OFFICE_KINDS:
        return till - since
    first, last = calendar.year_at(since), calendar.year_at(till)
    between = sum(calendar.year(n).total for n in range(first.number, last.number))
    return between + last.until(till) - first.until(since)


def within(start: datetime, now: datetime, limit: Limit, calendar: Calendar) -> bool:
    """Whether `now` is still on time; exactly at the due instant is."""
    return seconds_of(now) <= seconds_of(due(start, limit, calendar).at)


def missing_years(calendar: Calendar, now: datetime) -> list[int]:
    """The years to ask for: this one if it is not loaded, from November on the next one too.

    Raises: TimeZoneMissing.
    """
    local = instant_of(seconds_of(now)).astimezone(calendar.zone)
    wanted = [local.year, local.year + 1] if local.month >= NOVEMBER else [local.year]
    return [year for year in wanted if year not in calendar.loaded]
