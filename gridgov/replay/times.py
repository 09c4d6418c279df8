"""Local times of another system become instants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ISO = "iso"
SAMPLE = datetime(2019, 7, 24, 14, 37, 8, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 1900, 2199


def is_format(text: str) -> bool:
    """Tell whether a format reads what it writes, the whole date of it."""
    if text == ISO:
        return True
    try:
        again = datetime.strptime(SAMPLE.strftime(text), text)  # noqa: DTZ007 (only the date)
    except (ValueError, OverflowError, re.error):
        return False
    return again.date() == SAMPLE.date()


def read(text: str, formats: tuple[str, ...], zone: ZoneInfo) -> datetime | None:
    """Read a time in one of the formats as an instant in UTC, whole seconds; None if it is none.

    A time without an offset is local. Of an hour that comes twice, when the clock is put back, it
    is the first; one that never was, when the clock is put forward, is as much later as the clock
    moved.
    """
    for one in formats:
        try:
            found = _parsed(text, one)
        except (ValueError, OverflowError):
            continue
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            return found.replace(tzinfo=UTC)
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone)
        return found.astimezone(UTC).replace(microsecond=0)
    return None


def again(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the second instant at which the clock showed this time, or the only one."""
    local = instant.astimezone(zone)
    if local.fold:
        return instant
    later = local.replace(fold=1).astimezone(UTC)
    # Where the hour never was, fold=1 means an earlier instant: no second one.
    return later if timedelta(0) < later - instant else instant


def _parsed(text: str, one: str) -> datetime:
    if one == ISO:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, one)  # noqa: DTZ007 (the zone is the mapping's)
