"""What the committee's and the figures' pages share: the address, filters, periods, downloads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from gridgov.errors import BadInput
from gridgov.faces import asking
from gridgov.faces.figures import Question, question
from gridgov.faces.inputs import choice, code
from gridgov.faces.sections import ORDERS
from gridgov.faces.serve import Serving
from gridgov.insight.periods import added, month_of
from gridgov.language import say, speaks
from gridgov.words import N_

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILTERS = ("grid", "unit", "category", "channel", "cell")


class AddressNotUnderstood(BadInput):
    """This address asks for something that there is not; begin again from the page itself."""


class Address(Schema):
    """A period, an instant to judge at, filters: what stands in the address of a page."""

    class Meta:
        """What else an address holds is no concern of the figures."""

        unknown = EXCLUDE

    period = fields.String(validate=validate.Length(max=10))
    start = fields.Date(data_key="from")
    end = fields.Date(data_key="to")
    as_of = fields.AwareDateTime(format="iso")
    grid = code()
    unit = code()
    category = code(5)
    channel = code(20)
    cell = code(15)
    sort = choice(ORDERS)


ADDRESS = Address()


def given() -> dict[str, str]:
    """Return the parameters of the address that say something."""
    return {name: text.strip() for name, text in request.args.items() if text.strip()}


def asked(s: Serving) -> Question:
    """Read the question from the address. Raises AddressNotUnderstood, PeriodWrong."""
    try:
        return question(s, ADDRESS.load(given()))
    except ValidationError as error:
        raise AddressNotUnderstood(field=next(iter(error.messages_dict))) from error


def asking_of(s: Serving, *, minutes: bool = True) -> asking.Asking:
    """Return what the address asks for, ranked where it says so. Raises as `asked` does."""
    return asking.Asking(s, asked(s), minutes, given().get("sort", ""))


def choices(s: Serving, q: Question) -> list[tuple[str, str, bool]]:
    """Return the periods that one mostly wants: label, address, whether it is this one."""
    today = (q.as_of or s.at).astimezone(s.known.settings.zone).date()
    monday = today - timedelta(days=today.weekday())
    month, quarter = month_of(today), date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    spans = (
        (N_("This week"), monday, monday + timedelta(days=7)),
        (N_("Last week"), monday - timedelta(days=7), monday),
        (N_("This month"), month.start, month.end),
        (N_("Last month"), month.before.start, month.start),
        (N_("This quarter"), quarter, added(quarter, 3)),
        (N_("This year"), date(today.year, 1, 1), date(today.year + 1, 1, 1)),
    )
    rest = {name: text for name, text in q.query.items() if name not in ("from", "to")}
    return [
        (
            say(label),
            "?" + urlencode({"from": start.isoformat(), "to": end.isoformat()} | rest),
            (start, end) == (q.period.start, q.period.end),
        )
        for label, start, end in spans
    ]


def offered(s: Serving) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen from: grids, units, categories, channels."""
    units = sorted(s.known.office.units.values(), key=lambda unit: unit.code)
    kinds = sorted(s.known.categories.values(), key=lambda kind: kind.code)
    return {
        "grids": [(one["code"], one["name"]) for one in asking.grids_of(s)],
        "units": [(one.code, one.name) for one in units],
        "categories": [
            (one.code, one.name if speaks("zh") else one.name_en or one.name)
            for one in kinds
            if one.active
        ],
        "channels": [(name, say(label)) for name, label in asking.CHANNELS.items()],
    }


def filters(s: Serving, q: Question) -> dict[str, Any]:
    """Return what the filters' form offers, and what is chosen."""
    return offered(s) | {
        "chosen": {name: getattr(q.asked, name) for name in FILTERS},
        "from": q.period.start.isoformat(),
        "to": (q.period.end - timedelta(days=1)).isoformat(),
        "as_of": q.as_of.isoformat() if q.as_of else "",
    }


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins."""
    return datetime.combine(day, time(), zone)


def narrowed(s: Serving, q: Question) -> list[str]:
    """Return the filters in words, for a heading and for paper."""
    chosen = {name: getattr(q.asked, name) for name in FILTERS}
    return [
        value if name == "cell" else asking.label_of(s, name, value)
        for name, value in chosen.items()
        if value
    ]


def inclusive(args: Mapping[str, str]) -> dict[str, str]:
    """Return the address that a form means, whose last day is one of the period."""
    made = {name: text for name, text in args.items() if name != "last"}
    if last := args.get("last"):
        try:
            made["to"] = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
        except (ValueError, OverflowError) as error:
            raise AddressNotUnderstood(field="last") from error
    return made


def sent(data: bytes | str, name: str, media_type: str) -> Response:
    """Send a file that was made for this request."""
    response = Response(data, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
