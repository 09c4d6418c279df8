"""Contacts: reading one with a purpose, who has read which, and having one erased."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from marshmallow import Schema, fields

from gridgov.api.schemas import CodeArgs, Instant, NamedOut, NoticeOut, choice, code, text
from gridgov.api.wire import Blueprint
from gridgov.cases import numbers
from gridgov.cases.fields import PURPOSES
from gridgov.faces import limits, views
from gridgov.faces.serve import serving
from gridgov.language import say
from gridgov.privacy.erase import erase_own
from gridgov.privacy.read import read, readings, same_reporter

blueprint = Blueprint("contacts", __name__, description="Contacts of those who report")
GIVEN = {name: label for name, label in PURPOSES.items() if name != "callback"}
PERIOD = timedelta(days=7)
COLLECTED = ("name", "phone", "email", "description", "location", "attachments")


class PurposeIn(Schema):
    """Why somebody must reach the reporter; it is noted on the case."""

    purpose = choice(GIVEN, required=True)
    text = text(500)


class ContactWholeOut(Schema):
    """A contact as it was left."""

    number = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)


class EarlierIn(Schema):
    """The number of an earlier case, as the reporter gave it."""

    earlier = code(20, required=True)


class EarlierOut(Schema):
    """An earlier case of the same reporter."""

    number = fields.String(required=True)
    status = fields.String(required=True)
    status_name = fields.String(required=True)
    category = fields.Nested(NamedOut, allow_none=True)
    reported_at = fields.AwareDateTime(required=True)


class ErasureArgs(CodeArgs):
    """The code, and whether the contact is to be erased although the case is open."""

    insist = fields.Boolean(load_default=False)


class ErasedOut(Schema):
    """What was erased; the case itself goes on, and is followed by number and code."""

    number = fields.String(required=True)
    version = fields.Integer(required=True)
    erased = fields.List(fields.String(), required=True)


class PeriodArgs(Schema):
    """A period, half-open (default: the last seven days), and perhaps one person."""

    since = Instant()
    until = Instant()
    person = code()


class ReadingOut(Schema):
    """A reading of a contact; no number where the case is a membership transfer."""

    at = fields.AwareDateTime(required=True)
    number = fields.String(allow_none=True, required=True)
    person = fields.Nested(NamedOut, allow_none=True)
    role = fields.String(required=True)
    purpose = fields.String(allow_none=True)
    purpose_name = fields.String(allow_none=True)


class ReadingsOut(Schema):
    """The newest readings of a period, how many there are; an earlier `until` has the others."""

    readings = fields.List(fields.Nested(ReadingOut), required=True)
    count = fields.Integer(required=True)


@blueprint.get("/notice")
@limits.others()
@blueprint.response(200, NoticeOut)
def read_notice() -> dict[str, Any]:
    """Read what is collected from a reporter, what for, and for how long; before reporting."""
    with serving(write=False) as s:
        return views.notice(s.known, COLLECTED)


@blueprint.post("/cases/<string:number>/contact")
@blueprint.arguments(PurposeIn())
@blueprint.response(200, ContactWholeOut)
@blueprint.doc(**{"x-limited": False})
def read_contact(body: dict[str, str], number: str) -> dict[str, Any]:
    """Read a case's contact; the case's timeline notes who did and why."""
    with serving() as s:
        found = read(s.session, numbers.read(number), body, s.actor, s.at, s.known)
        own = {name: getattr(found.contact, name) for name in ("name", "phone", "email")}
        return own | {"number": found.case.number, "version": found.case.version}


@blueprint.delete("/cases/<string:number>/contact")
@limits.others()
@blueprint.arguments(ErasureArgs(), location="query")
@blueprint.response(200, ErasedOut)
def erase_contact(query: dict[str, Any], number: str) -> dict[str, Any]:
    """Erase one's own contact: an ended case's at once, an open one's where one insists."""
    number = numbers.read(number)
    with serving(number=number, code=query.get("code")) as s:
        insists = query["insist"]
        case, erased = erase_own(s.session, number, s.actor, s.at, s.known, insists=insists)
        return {"number": case.number, "version": case.version, "erased": erased}


@blueprint.post("/cases/<string:number>/earlier")
@blueprint.arguments(EarlierIn())
@blueprint.response(200, EarlierOut)
@blueprint.doc(**{"x-limited": False})
def find_earlier(body: dict[str, str], number: str) -> dict[str, Any]:
    """Find a reporter's earlier case by the number that they give, while working on an open one."""
    with serving(write=False) as s:
        earlier = numbers.read(body["earlier"])
        case = same_reporter(s.session, numbers.read(number), earlier, s.actor, s.at, s.known)
        shown = views.short(s.known, case, original=False)
        return {name: shown[name] for name in EarlierOut().fields}


@blueprint.get("/contact-readings")
@blueprint.arguments(PeriodArgs(), location="query")
@blueprint.response(200, ReadingsOut)
@blueprint.doc(**{"x-limited": False})
def list_readings(query: dict[str, Any]) -> dict[str, Any]:
    """List who has read which contact and why, for whoever audits."""
    with serving(write=False) as s:
        until: datetime = query.get("until") or s.at
        since: datetime = query.get("since") or until - PERIOD
        found, number = readings(s.session, since, until, query.get("person"))
        return {
            "readings": [
                one._asdict()
                | {
                    "person": views.person(s.known, one.person),
                    "purpose_name": say(PURPOSES.get(one.purpose or "", "")) or None,
                }
                for one in found
            ],
            "count": number,
        }
