"""A clock: when it ran, how long it may run, and at which instant it reaches what. Pure.

Seconds are those of the clock's kind: office seconds for working hours and days, seconds of the
wall for urgent hours and calendar days (domain: Time).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from gridgov.worktime.calendar import instant_of, seconds_of
from gridgov.worktime.rules import BeyondCalendar, Calendar, Due, Kind, Limit, due_in, elapsed

OFFICE = frozenset({Kind.WORKING_HOURS, Kind.WORKING_DAYS})
DAY = 86_400


class Span(NamedTuple):
    """When a clock ran: half-open, and without an end while it runs."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True)
class Clock:
    """One clock of one round of a case; `run` counts the dispatches that start new ones.

    `limit` in seconds of `kind`; none where the clock only measures. `fixed` is a deadline that
    comes from elsewhere: from outside, and then there is no limit; or from the case's clock.
    """

    name: str
    round: int
    run: int
    kind: Kind
    limit: int | None
    spans: tuple[Span, ...]
    fixed: Due | None = None
    key: tuple[int, str, int] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (self.round, self.name, self.run))

    @property
    def start(self) -> datetime:
        """When it first ran."""
        return self.spans[0].start

    @property
    def running(self) -> bool:
        """Tell whether it runs."""
        return self.spans[-1].end is None

    def used(self, now: datetime, calendar: Calendar, kind: Kind | None = None) -> int:
        """Return the seconds that it has run until now, in its kind or another."""
        return sum(
            elapsed(span.start, min(span.end or now, now), kind or self.kind, calendar)
            for span in self.spans
        )

    def reaches(self, seconds: int, calendar: Calendar, kind: Kind | None = None) -> Due | None:
        """Return when it has run so long; None while it stands still before, or after all years."""
        kind = kind or self.kind
        left, provisional = seconds, False
        for span in self.spans:
            try:
                at, unsure = due_in(span.start, left, kind, calendar)
            except BeyondCalendar:
                return None
            if span.end is None or at <= span.end:
                return Due(at, provisional or unsure)
            left -= elapsed(span.start, span.end, kind, calendar)
        return None

    def due(self, calendar: Calendar) -> Due | None:
        """Return when its limit is used up; None without a limit, or while it stands still."""
        if self.fixed is not None:
            return self.fixed
        return None if self.limit is None else self.reaches(self.limit, calendar)

    def at_fraction(self, fraction: float, calendar: Calendar) -> Due | None:
        """Return when a fraction of the limit is used up: due(start, ⌈f × limit⌉).

        Of a deadline from outside nobody knows the limit: its parts are of the wall's time.
        """
        if self.fixed is not None and (fraction == 1 or self.limit is None):
            return self._by_the_wall(self.fixed, fraction)
        part = None if self.limit is None else self.reaches(_part(self.limit, fraction), calendar)
        if self.fixed is None or part is None:
            return part
        # The case may have been late before this clock began: its rungs stay in their order.
        return min(part, self.fixed) if fraction < 1 else max(part, self.fixed)

    def _by_the_wall(self, fixed: Due, fraction: float) -> Due:
        if fraction == 1:
            return fixed
        start = seconds_of(self.start)
        whole = max(0, seconds_of(fixed.at) - start)
        return Due(instant_of(start + _part(whole, fraction)), fixed.provisional)

    def stopped_in_time(self, calendar: Calendar) -> bool | None:
        """Tell whether it ended within its limit; None while it runs or without a limit."""
        end, due = self.spans[-1].end, self.due(calendar)
        if end is None or (self.limit is None and self.fixed is None):
            return None
        return due is None or seconds_of(end) <= seconds_of(due.at)


def _part(whole: int, fraction: float) -> int:
    # Hundredths, so that 0.75 of something is exact.
    return -(-whole * round(fraction * 100) // 100)


def seconds_in(limit: Limit, kind: Kind, calendar: Calendar) -> int:
    """Return a limit in seconds of a clock's kind; a day is a day, working or not."""
    seconds = limit.seconds(calendar)
    if (limit.kind in OFFICE) == (kind in OFFICE):
        return seconds
    if kind in OFFICE:
        return -(-seconds * calendar.day_seconds // DAY)
    return -(-seconds * DAY // calendar.day_seconds)


def joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return spans with those that touch made one."""
    made: list[Span] = []
    for span in spans:
        if made and made[-1].end == span.start:
            made[-1] = Span(made[-1].start, span.end)
        else:
            made.append(span)
    return tuple(made)
