"""What comes in: parameters from address and body alike, with the dirt that real clients send.

An empty parameter is an absent one, and so are "null", "None" and "undefined"; of one that comes
twice the first that says something counts; `lon` and `lng` are `long`; times come in ISO 8601, with
the plus of an offset lost to a blank, or as month, day and year.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from flask import request
from marshmallow import ValidationError
from webargs.flaskparser import abort

from gridgov.cases.known import Known
from gridgov.cases.numbers import NumberWrong, read
from gridgov.errors import BadInput, NotFound
from gridgov.exchange.open_requests import Sought
from gridgov.faces.problems import flat

NOTHING = frozenset({"", "null", "none", "nil", "undefined", "nan", "(null)", "[object object]"})
ALIASES = {
    "long": ("lon", "lng", "longitude"),
    "lat": ("latitude",),
    "address_string": ("address",),
    "jurisdiction_id": ("jurisdiction",),
}
SPAN = timedelta(days=90)
MOST = 1000
LONGEST_LIST = 1000
YEARS = range(2000, 2200)
_LOST_PLUS = re.compile(r"(T[0-9:.]+) ([0-9]{2}:?[0-9]{2})$")
# Month first, as the protocol's home writes it.
_AMERICAN = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})")


class TimeWrong(BadInput):
    """This is no time; write it as 2026-11-22T08:30:00Z."""


class SpanTooLong(BadInput):
    """Ask for 90 days at most."""


class PageWrong(BadInput):
    """This takes a whole number from 1 on."""


class BoxWrong(BadInput):
    """A box is four numbers: west, south, east and north, in degrees."""


class StatusWrong(BadInput):
    """The status is open or closed."""


class NoJurisdiction(NotFound):
    """There is no jurisdiction with this jurisdiction_id."""


def given(name: str) -> str | None:
    """Return what a parameter says, or None where it says nothing."""
    for one in (name, *ALIASES.get(name, ())):
        for value in (*request.values.getlist(one), *request.values.getlist(f"{one}[]")):
            if value.strip().casefold() not in NOTHING:
                return str(value.strip())
    return None


def listed(name: str) -> tuple[str, ...]:
    """Return the parts of a parameter that lists some, divided by commas."""
    parts = (given(name) or "").split(",")[:LONGEST_LIST]
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def street(known: Known) -> str | None:
    """Return the street that is meant: the jurisdiction is its code. Raises NoJurisdiction."""
    code = given("jurisdiction_id")
    if code is not None and code not in {park.street_code for park in known.maps.parks.values()}:
        raise NoJurisdiction(field="jurisdiction_id")
    return code


def moment(name: str, zone: ZoneInfo) -> datetime | None:
    """Return the instant that a parameter tells; local without an offset. Raises TimeWrong."""
    text = given(name)
    if text is None:
        return None
    if found := _AMERICAN.fullmatch(text):
        text = f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}"
    try:
        at = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text))
    except ValueError as error:
        raise TimeWrong(field=name) from error
    if at.year not in YEARS:
        raise TimeWrong(field=name)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def sought(at: datetime, known: Known) -> Sought:
    """Return what a list is asked for; without times, what was reported in the last 90 days."""
    where, limit, skip = street(known), *_page()
    if ids := listed("service_request_id"):
        # Whoever names requests asks for these, whatever else is said.
        return Sought(numbers=tuple(map(_number, ids)), street=where, limit=limit, skip=skip)
    zone = known.settings.zone
    changed = _span("updated_after", "updated_before", zone)
    reported = _span("start_date", "end_date", zone)
    if changed == reported == (None, None):
        reported = (at - SPAN, None)
    return Sought(
        categories=listed("service_code"),
        still_open=_open(),
        since=reported[0],
        until=reported[1],
        changed_since=changed[0],
        changed_until=changed[1],
        bbox=_box(),
        street=where,
        limit=limit,
        skip=skip,
    )


def _number(text: str) -> str:
    try:
        return read(text)
    except NumberWrong:
        return text[:40]  # nobody's: in a list it is simply not found


def _span(first: str, last: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    since, until = moment(first, zone), moment(last, zone)
    if until is not None:
        until += timedelta(seconds=1)  # the last second counts
    if since and until and until - since > SPAN + timedelta(seconds=1):
        raise SpanTooLong(field=first)
    if until and not since:
        since = until - SPAN
    elif since and not until:
        until = since + SPAN
    return since, until


def _page() -> tuple[int, int]:
    size = min(_whole("page_size") or MOST, MOST)
    return size, ((_whole("page") or 1) - 1) * size


def _whole(name: str) -> int | None:
    text = given(name)
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < 1:
        raise PageWrong(field=name)
    return int(text)


def _box() -> tuple[float, float, float, float] | None:
    text = given("bbox")
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BoxWrong(field="bbox") from error
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BoxWrong(field="bbox")
    return west, south, east, north


def _open() -> bool | None:
    wanted = {one.lower() for one in listed("status")}
    if not wanted <= {"open", "closed"}:
        raise StatusWrong(field="status")
    return None if len(wanted) != 1 else "open" in wanted


def wrong(error: ValidationError, names: Mapping[str, str]) -> NoReturn:
    """Refuse what marshmallow refuses, in its words and by the protocol's names."""
    found = {}
    for one in flat(error.messages):
        name = one["field"].rpartition(".")[2]
        found[names.get(name, name)] = [one["message"]]
    abort(422, exc=error, messages=found)
    raise error
