"""Requests: reported, listed, read one by one, and found again by a token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from gridgov.app import installation
from gridgov.cases import numbers, repeat
from gridgov.cases.report import Draft, report
from gridgov.cases.workflow import OPEN, STATUS_LABELS, Status
from gridgov.cases.worklist import scenes
from gridgov.errors import BadInput, NotFound
from gridgov.exchange import open_requests
from gridgov.exchange.open_requests import Listed, Sought
from gridgov.faces import clocks, limits, views
from gridgov.faces.case import collected, noted
from gridgov.faces.inputs import CaseIn
from gridgov.faces.serve import Serving, serving
from gridgov.faces.wishes import KEY_HEADER
from gridgov.language import say
from gridgov.open311 import args, media
from gridgov.open311.args import given
from gridgov.open311.forms import answer, instant
from gridgov.open311.services import NoSuchService

blueprint = Blueprint("open311_requests", __name__)
CHANNEL = "open311"
LONGEST_KEY = 100
NAMES = {"lon": "long", "address": "address_string", "category": "service_code"}
_ROUND = re.compile(r"[() ./]+")


class ServiceMissing(BadInput):
    """Say which service is meant: service_code."""


class PlaceMissing(BadInput):
    """Say where: lat and long, or address_string."""


class NumberNeeded(BadInput):
    """This takes a number."""


@blueprint.post("/requests.<any(json,xml):fmt>")
@limits.programs()
def report_request(fmt: str) -> Response:
    """Report; the same Idempotency-Key, or external_id, answers with the same request."""
    files, url = media.sent(), media.address()
    with serving() as s:
        args.street(s.known)
        draft = _draft(s)
        key = _key()
        taken = report(
            s.session, noted(draft), s.actor, s.at, s.known,
            request=key and key.by(s.actor.account),
        )  # fmt: skip
        if not taken.repeated:
            media.keep(s, taken.case.number, files, url)
        made = {
            "service_request_id": taken.case.number,
            "service_notice": views.notice(s.known, collected(draft))["text"],
            "account_id": None,
        }
    return answer("service_requests", [made], fmt)


@blueprint.get("/requests.<any(json,xml):fmt>")
@limits.programs()
def list_requests(fmt: str) -> Response:
    """List requests: 90 days and 1,000 of them at most."""
    with serving(write=False) as s:
        asked = args.sought(s.at, s.known)
        found = open_requests.requests(s.session, asked, s.actor, s.at, s.known)
        due = _expected(s, found)
        shown = [_view(s, one, due) for one in found]
    return answer("service_requests", shown, fmt)


@blueprint.get("/requests/<string:number>.<any(json,xml):fmt>")
@limits.programs()
def read_request(number: str, fmt: str) -> Response:
    """Read one request; the protocol answers a list of one."""
    with serving(write=False) as s:
        one = Sought(numbers=(numbers.read(number),), street=args.street(s.known))
        found = open_requests.requests(s.session, one, s.actor, s.at, s.known)
        if not found:
            raise NotFound(field="service_request_id")
        due = _expected(s, found)
        shown = [_view(s, one, due) for one in found]
    return answer("service_requests", shown, fmt)


@blueprint.get("/tokens/<string:token>.<any(json,xml):fmt>")
@limits.programs()
def read_token(token: str, fmt: str) -> Response:
    """Tell which request a token, or the key that one was reported with, stands for."""
    with serving(write=False) as s:
        number = _by_key(s, token) or numbers.read(token)
        one = Sought(numbers=(number,))
        if not open_requests.requests(s.session, one, s.actor, s.at, s.known):
            raise NotFound(field="token")
    return answer("service_requests", [{"service_request_id": number, "token": token}], fmt)


def _key() -> repeat.Key | None:
    """Return what tells a report that is sent again: the header, or the other system's number."""
    digest = installation().settings.keys.body_digest
    if key := request.headers.get(KEY_HEADER, "").strip():
        body = sorted((name, value) for name, value in request.form.items(multi=True))
        return repeat.Key(key[:LONGEST_KEY], digest(repr(body).encode()))
    if theirs := given("attribute[external_id]"):
        return repeat.Key(f"external:{theirs[:LONGEST_KEY]}", digest(b"external_id"))
    return None


def _by_key(s: Serving, token: str) -> str | None:
    if not s.actor.account:
        return None
    names = [token[:LONGEST_KEY], f"external:{token[:LONGEST_KEY]}"]
    mine = [repeat.Key(name, b"").by(s.actor.account).key for name in names]
    return repeat.claimed(s.session, mine)


def _draft(s: Serving) -> Draft:
    code = given("service_code")
    if code is None:
        raise ServiceMissing(field="service_code")
    category = {one.code: one for one in open_requests.services(s.known, s.actor)}.get(code)
    if category is None:
        raise NoSuchService(field="service_code")
    place = _place()
    if place is None and category.needs_place:
        raise PlaceMissing(field="lat")
    name = "".join(filter(None, (given("last_name"), given("first_name"))))
    if name.isascii():
        name = " ".join(filter(None, (given("first_name"), given("last_name"))))
    phone = given("phone")
    body = {
        "description": given("description"),
        "category": code,
        "urgency": given("attribute[urgency]"),
        "location": place,
        "reporter": {
            "name": name or None,
            "phone": _ROUND.sub("-", phone).strip("-") if phone else None,
            "email": given("email"),
        },
        "confidential": {"true": True, "false": False}.get(
            (given("attribute[confidential]") or "").lower()
        ),
        "channel": CHANNEL,
    }
    try:
        draft: Draft = CaseIn().load(body)["draft"]
    except ValidationError as error:
        args.wrong(error, NAMES)
    return draft


def _place() -> dict[str, Any] | None:
    """Return where it is; 0/0 is no place, but whoever sends it meant to give one."""
    lat, lon, address = (given(name) for name in ("lat", "long", "address_string"))
    address = address or given("address_id")
    if lat is None and lon is None and address is None:
        return None
    found: dict[str, Any] = {"address": address}
    x, y = (_number("long", lon) if lon else None), (_number("lat", lat) if lat else None)
    if (x, y) not in ((0, 0), (None, None)):
        found |= {"lon": x, "lat": y}
        accuracy = given("attribute[accuracy_m]")
        found["accuracy_m"] = _number("attribute[accuracy_m]", accuracy) if accuracy else None
        found["coord_type"] = (given("attribute[coord_type]") or "wgs84").lower()
    return found


def _number(name: str, text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise NumberNeeded(field=name) from error


def status_of(status: str) -> str:
    """Return the protocol's word for where a case stands."""
    return "open" if Status(status) in OPEN else "closed"


def _expected(s: Serving, found: list[Listed]) -> dict[int, datetime | None]:
    """Return by when one's own open cases are to be closed; of others' that is not public."""
    own = [one.case for one in found if one.own and Status(one.case.status) in OPEN]
    many = scenes(s.session, own, s.actor, s.at, s.known) if own else ()
    return {one.case.id: clocks.due_of(clocks.shown(s.known, one)) for one in many}


def _view(s: Serving, one: Listed, due: Mapping[int, datetime | None]) -> dict[str, Any]:
    case, known = one.case, s.known
    category = views.category(known, case.category_code)
    unit = known.office.units.get(case.unit_code or "") if one.own else None
    view: dict[str, Any] = {
        "service_request_id": case.number,
        "status": status_of(case.status),
        "status_notes": _notes(one),
        "service_name": category["name"] if category else None,
        "service_code": case.category_code,
        "description": one.text,
        "agency_responsible": unit.name if unit else None,
        "service_notice": None,
        "requested_datetime": instant(case.reported_at),
        "updated_datetime": instant(case.updated_at),
        "expected_datetime": instant(due.get(case.id)),
        "address": case.address if one.own else None,
        "address_id": None,
        "zipcode": None,
        "lat": round(one.point.lat, 7) if one.point else None,
        "long": round(one.point.lon, 7) if one.point else None,
        "media_url": None,  # photos are never public
    }
    if (given("extensions") or given("extended_attributes") or "").lower() in ("true", "1", "yes"):
        view["extended_attributes"] = _extended(one)
    return view


def _notes(one: Listed) -> str:
    said = say(STATUS_LABELS[Status(one.case.status)])
    result = one.case.result if one.own else None
    return f"{said}: {result}" if result else said


def _extended(one: Listed) -> dict[str, Any]:
    case = one.case
    made: dict[str, Any] = {
        "status": case.status,
        "kind": case.kind,
        "place": None if one.point is None else "exact" if one.exact else "cell",
    }
    if one.own:
        made |= {"cell": case.cell_code, "grid": case.grid_code, "outcome": case.outcome}
        made |= {"result": case.result, "closed_datetime": instant(case.closed_at)}
    return made
