"""A clock: when it ran, how long it may run, and at which instant it reaches what. Pure.

Seconds are those of the clock's kind: office seconds for working hours and days, seconds of the
wall for urgent hours and calendar days (domain: Time).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from gridgov.worktime.rules import Calendar, Due, Kind, Limit, due_in, elapsed

OFFICE = frozenset({Kind.WORKING_HOURS, Kind.WORKING_DAYS})
DAY = 86_400


class Span(NamedTuple):
    """When a clock ran: half-open, and without an end while it runs."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True)
class Clock:
    """One clock of one round of a case; `run` counts the dispatches that start new ones.

    `limit` in seconds of `kind`; none where the clock only measures. `fixed` is a deadline given
    from outside, which no stop moves.
    """

    name: str
    round: int
    run: int
    kind: Kind
    limit: int | None
    spans: tuple[Span, ...]
    fixed: datetime | None = None
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
        """Return when it has run so long, or None while it stands still before that."""
        kind = kind or self.kind
        left, provisional = seconds, False
        for span in self.spans:
            at, unsure = due_in(span.start, left, kind, calendar)
            if span.end is None or at <= span.end:
                return Due(at, provisional or unsure)
            left -= elapsed(span.start, span.end, kind, calendar)
        return None

    def due(self, calendar: Calendar) -> Due | None:
        """Return when its limit is used up; None without a limit, or while it stands still."""
        if self.fixed is not None:
            return Due(self.fixed, False)
        return None if self.limit is None else self.reaches(self.limit, calendar)

    def at_fraction(self, fraction: float, calendar: Calendar) -> Due | None:
        """Return when a fraction of the limit is used up: due(start, ⌈f × limit⌉)."""
        if self.fixed is not None:
            whole = (self.fixed - self.start) // timedelta(seconds=1)
            return Due(self.start + timedelta(seconds=_part(whole, fraction)), False)
        return None if self.limit is None else self.reaches(_part(self.limit, fraction), calendar)

    def stopped_in_time(self, calendar: Calendar) -> bool | None:
        """Tell whether it ended within its limit; None while it runs or without a limit."""
        end, due = self.spans[-1].end, self.due(calendar)
        if end is None or (self.limit is None and self.fixed is None):
            return None
        return due is None or end <= due.at


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
