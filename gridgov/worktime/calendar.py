"""When an office works: hours a day, holidays and make-up days, in one time zone.

An instant is office time when the clock on the wall, in the calendar's zone, shows a time inside
an office interval of a working day. This holds for every second on its own, so a day on which the
clock is moved needs no rule of its own: what is skipped never was, what comes twice counts twice.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gridgov.errors import BadInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 1900, 2199
DAY = 86_400
SECOND = timedelta(seconds=1)

Interval = tuple[time, time]
"""Half-open; an end of 00:00 is the midnight that ends the day."""

OFFICE_HOURS: tuple[Interval, ...] = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))


class NoWorkingDay(BadInput):
    """The calendar has no office hours or no working days; add them."""


class OfficeHoursMixedUp(BadInput):
    """Give office hours in order, in whole seconds, each ending before the next begins."""


class TimeZoneMissing(BadInput):
    """Give every time with its time zone, such as 2026-11-22T08:30:00+08:00."""


class BeyondCalendar(BadInput):
    """Choose times and limits that stay within the years 1900 to 2199."""


def seconds_of(instant: datetime) -> int:
    """Whole seconds since 1970 UTC; a fraction of a second is cut off.

    Raises: TimeZoneMissing.
    """
    if instant.utcoffset() is None:
        raise TimeZoneMissing()
    return (instant - EPOCH) // SECOND


def instant_of(seconds: int) -> datetime:
    """The instant in UTC. Two local times of one zone would compare by the wall clock alone."""
    return EPOCH + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Year:
    """One year's office time, as spans of seconds since 1970 UTC and their running sums."""

    number: int
    begin: int
    end: int
    starts: list[int]
    before: list[int]
    after: list[int]

    @property
    def total(self) -> int:
        """Office seconds of the whole year."""
        return self.after[-1] if self.after else 0

    def until(self, at: int) -> int:
        """Office seconds of this year before `at`, an instant of this year."""
        i = bisect_right(self.starts, at) - 1
        return 0 if i < 0 else min(self.before[i] + at - self.starts[i], self.after[i])

    def reaching(self, office_seconds: int) -> int:
        """The earliest instant with that many office seconds (1 to `total`) behind it."""
        i = bisect_left(self.after, office_seconds)
        return self.starts[i] + office_seconds - self.before[i]


@dataclass(frozen=True)
class Calendar:
    """An office's time.

    zone: where its clock hangs.
    office: half-open intervals of each working day, in order.
    overrides: days that differ from Monday to Friday; True for a working day.
    loaded: years whose holidays are known. Any other year is Monday to Friday, whatever
        `overrides` say of it: half a table would be neither one thing nor the other.

    Raises: NoWorkingDay, OfficeHoursMixedUp.
    """

    zone: ZoneInfo
    office: tuple[Interval, ...] = OFFICE_HOURS
    overrides: Mapping[date, bool] = field(default_factory=dict, hash=False, repr=False)
    loaded: frozenset[int] = frozenset()
    day_seconds: int = field(init=False, compare=False)
    """Office time of one ordinary day: what one working day of a limit is worth."""
    _spans: tuple[tuple[int, int], ...] = field(init=False, compare=False, repr=False)
    _years: dict[int, Year] = field(
        init=False, compare=False, repr=False, default_factory=dict[int, Year]
    )

    def __post_init__(self) -> None:
        spans = tuple((_of_day(a), _of_day(b) or DAY) for a, b in self.office)
        if not spans:
            raise NoWorkingDay(field="office")
        edges = [edge for span in spans for edge in span]
        if any(a >= b for a, b in spans) or edges != sorted(edges):
            raise OfficeHoursMixedUp(field="office")
        # Copied, so that a caller's later change cannot contradict the years already summed.
        object.__setattr__(self, "overrides", dict(self.overrides))
        object.__setattr__(self, "_spans", spans)
        object.__setattr__(self, "day_seconds", sum(b - a for a, b in spans))

    def working_day(self, day: date) -> bool:
        """Whether the office works that day."""
        weekday = day.weekday() < 5
        return self.overrides.get(day, weekday) if day.year in self.loaded else weekday

    def year(self, number: int) -> Year:
        """That year's office time, summed once. Raises: BeyondCalendar."""
        year = self._years.get(number)
        if year is None:
            if not FIRST_YEAR <= number <= LAST_YEAR:
                raise BeyondCalendar()
            # Two threads may both do this; they store equal years.
            year = self._years[number] = self._sum(number)
        return year

    def year_at(self, at: int) -> Year:
        """The year that second lies in. Raises: BeyondCalendar."""
        try:
            year = self.year(instant_of(at).astimezone(self.zone).year)
        except OverflowError:
            raise BeyondCalendar() from None
        # Where clocks are moved around New Year's midnight, the wall may show the other year.
        while at < year.begin:
            year = self.year(year.number - 1)
        while at >= year.end:
            year = self.year(year.number + 1)
        return year

    def _sum(self, number: int) -> Year:
        begin, end = (seconds_of(datetime(n, 1, 1, tzinfo=self.zone)) for n in (number, number + 1))
        starts: list[int] = []
        before: list[int] = []
        after: list[int] = []
        total = 0
        for a, b in self._office_spans(begin, end):
            starts.append(a)
            before.append(total)
            total += b - a
            after.append(total)
        return Year(number, begin, end, starts, before, after)

    def _office_spans(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        for since, till, offset in self._steady(begin, end):
            for number in range((since + offset) // DAY, (till + offset - 1) // DAY + 1):
                if self.working_day(EPOCH.date() + timedelta(days=number)):
                    midnight = number * DAY - offset
                    for a, b in self._spans:
                        first, last = max(midnight + a, since), min(midnight + b, till)
                        if first < last:
                            yield first, last

    def _steady(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Splits a span where the clock is moved: (since, till, seconds ahead of UTC)."""
        since, offset = begin, self._offset(begin)
        # No zone has ever moved its clock there and back within six hours.
        for low in range(begin, end, 6 * 3600):
            high = min(low + 6 * 3600, end)
            if (moved := self._offset(high)) != offset:
                # Still the old offset sorts before already the new one.
                moves = low + bisect_left(
                    range(low, high), True, key=lambda at: self._offset(at) != offset
                )
                yield since, moves, offset
                since, offset = moves, moved
        if since < end:
            yield since, end, offset

    def _offset(self, at: int) -> int:
        instant = instant_of(at)
        return (instant.astimezone(self.zone).replace(tzinfo=UTC) - instant) // SECOND


def _of_day(clock: time) -> int:
    if clock.microsecond or clock.tzinfo:
        raise OfficeHoursMixedUp(field="office")
    return clock.hour * 3600 + clock.minute * 60 + clock.second
