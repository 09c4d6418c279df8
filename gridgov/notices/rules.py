"""When a notice goes out, to whom, by which channels, and when it is tried again. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from gridgov.people.office import Office
from gridgov.people.roles import Role
from gridgov.worktime.calendar import Calendar
from gridgov.worktime.rules import Kind, due_in

TRIES = 10
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
SMS, VOICE = "sms", "voice"
PHONES = frozenset({SMS, VOICE})


class Way(NamedTuple):
    """A channel of a person, as far as choosing one needs it."""

    id: int
    kind: str


def may_go(now: datetime, calendar: Calendar, *, urgent: bool) -> datetime:
    """Return when something may go out: what is urgent now, the rest while the office works."""
    if urgent:
        return now
    first_second = due_in(now, 1, Kind.WORKING_HOURS, calendar).at - timedelta(seconds=1)
    return max(first_second, now)


def persons(
    kind: str, code: str, office: Office, now: datetime, local: datetime, *, urgent: bool
) -> list[str]:
    """Return who of the staff is meant: a person still on duty, or those of a unit who are.

    For an urgent case it is whom the roster calls first, if it names anybody; its rungs call the
    next. A unit in which nobody is on duty is answered for by the one above.
    """
    if kind == "person":
        return [code] if office.duties_of(code, now) else []
    if urgent and (called := office.called_now(code, local)):
        return called[:1]
    unit: str | None = code
    while unit:
        held = [
            duty for role in (Role.HEAD, Role.HANDLER) for duty in office.on_duty(role, unit, now)
        ]
        if held:
            return list(dict.fromkeys(duty.person for duty in held))
        facts = office.units.get(unit)
        unit = facts.parent if facts else None
    return []


def ways(all_ways: Sequence[Way], *, urgent: bool, phones: bool) -> list[Way]:
    """Return the channels to use: every one for what is urgent, else none that rings.

    Who has nothing but a telephone gets the rest by SMS. `phones`: whether there is a gateway.
    """
    usable = [way for way in all_ways if phones or way.kind not in PHONES]
    if urgent:
        return usable
    quiet = [way for way in usable if way.kind not in PHONES]
    return quiet or [way for way in usable if way.kind == SMS]


def key_of(notice: int, recipient: str, channel: str) -> str:
    """Return the idempotency key of a notice to a recipient by a channel."""
    return hashlib.sha256(f"{notice}\n{recipient}\n{channel}".encode()).hexdigest()[:40]


def wait(tries: int, key: str) -> timedelta:
    """Return how long to wait after so many tries: doubled each time, up to an hour, ± a quarter.

    The spread comes from the key, so that messages that failed together do not return together.
    """
    doublings: int = 2 ** min(tries - 1, 20)
    whole = min(FIRST_WAIT * doublings, LONGEST_WAIT)
    spread = int(hashlib.sha256(f"{key}{tries}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return whole * (0.75 + spread / 2)
