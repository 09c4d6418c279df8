"""Duties: who holds which, begin and end them, deputies, and what was handed over."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from gridgov.api.paging import AfterArgs, onward
from gridgov.api.schemas import Instant, NamedOut, Truth, choice, code
from gridgov.api.wire import Blueprint
from gridgov.cases.hand_over import end_duty, hand_over_list
from gridgov.cases.workflow import STATUS_LABELS, Status
from gridgov.faces import views
from gridgov.faces.serve import Serving, serving
from gridgov.language import say
from gridgov.people import duties
from gridgov.people.duties import Asked
from gridgov.people.roles import DUTY_ROLES, Role
from gridgov.people.tables import Duty

blueprint = Blueprint("duties", __name__, description="Duties and their hand-over")
DOC: dict[str, Any] = {"x-limited": False}
ROLES = sorted(DUTY_ROLES)


class DutyArgs(AfterArgs):
    """Which duties to list."""

    person = code()
    role = choice(ROLES)
    place = code()
    past = fields.Boolean(load_default=False, metadata={"description": "Those over, too."})


class DutyIn(Schema):
    """A duty to begin: at the code of a grid, unit or area; none for administrators."""

    person = code(required=True)
    role = choice(ROLES, required=True)
    place = fields.String(load_default="", validate=validate.Regexp(r"^[A-Za-z0-9_.-]{0,32}$"))
    deputy = Truth(load_default=False)
    begins = Instant(allow_none=True)
    ends = Instant(allow_none=True)

    @post_load
    def make(self, data: dict[str, Any], **kwargs: Any) -> Asked:
        """Return what the verb takes."""
        return Asked(**data)


class DeputyIn(Schema):
    """Who stands in, and until when at most."""

    person = code(required=True)
    until = Instant(allow_none=True)


class DutyOut(Schema):
    """A duty, with who began and ended it."""

    id = fields.Integer(required=True)
    person = fields.Nested(NamedOut, allow_none=True, required=True)
    role = fields.String(required=True)
    role_name = fields.String(required=True)
    place = fields.String(required=True)
    deputy = fields.Boolean(required=True)
    begins = fields.AwareDateTime(required=True)
    ends = fields.AwareDateTime(allow_none=True, required=True)
    granted_by = fields.String(allow_none=True, required=True)
    granted_at = fields.AwareDateTime(allow_none=True, required=True)
    ended_by = fields.String(allow_none=True, required=True)
    ended_at = fields.AwareDateTime(allow_none=True, required=True)


class EndedOut(DutyOut):
    """A duty that has ended, and how many open cases went over with it."""

    handed_over = fields.Integer(required=True)


class DutiesOut(Schema):
    """A page of duties."""

    duties = fields.List(fields.Nested(DutyOut), required=True)
    next = fields.Integer(allow_none=True, required=True)


class HandedOut(Schema):
    """A case of the list, and who took it over; nobody: it went back to the unit."""

    number = fields.String(required=True)
    status = fields.String(required=True)
    status_name = fields.String(required=True)
    category = fields.Nested(NamedOut, allow_none=True, required=True)
    grid = fields.Nested(NamedOut, allow_none=True, required=True)
    unit = fields.Nested(NamedOut, allow_none=True, required=True)
    to = fields.List(fields.Nested(NamedOut), required=True)


class HandOverOut(Schema):
    """A hand-over list (交接班): of all that went over, the cases that whoever asks may see."""

    duty = fields.Nested(DutyOut, required=True)
    count = fields.Integer(required=True)
    cases = fields.List(fields.Nested(HandedOut), required=True)
    next = fields.Integer(allow_none=True, required=True)


@blueprint.get("/duties")
@blueprint.arguments(DutyArgs(), location="query")
@blueprint.response(200, DutiesOut)
@blueprint.doc(**DOC)
def list_duties(wanted: dict[str, Any]) -> dict[str, Any]:
    """List duties that stand or are to come; with `past` also those that are over."""
    with serving(write=False) as s:
        found = duties.listed(s.session, s.at, **wanted)
        return {"duties": [view(s, one) for one in found], "next": onward(found, wanted, "id")}


@blueprint.post("/duties")
@blueprint.arguments(DutyIn())
@blueprint.response(201, DutyOut)
@blueprint.doc(**DOC)
def begin_duty(asked: Asked) -> dict[str, Any]:
    """Begin a duty of somebody else."""
    with serving() as s:
        return view(s, duties.grant(s.session, asked, s.actor, s.at, s.known.settings.keys))


@blueprint.post("/duties/<int:key>/deputies")
@blueprint.arguments(DeputyIn())
@blueprint.response(201, DutyOut)
@blueprint.doc(**DOC)
def begin_deputy(body: dict[str, Any], key: int) -> dict[str, Any]:
    """Give a duty a deputy (AB岗)."""
    with serving() as s:
        keys, until = s.known.settings.keys, body.get("until")
        made = duties.deputise(s.session, key, body["person"], s.actor, s.at, keys, until)
        return view(s, made)


@blueprint.post("/duties/<int:key>/end")
@blueprint.response(200, EndedOut)
@blueprint.doc(**DOC)
def finish_duty(key: int) -> dict[str, Any]:
    """End a duty now; its open cases are handed over with it."""
    with serving() as s:
        ended, handed = end_duty(s.session, key, s.actor, s.at, s.known)
        return view(s, ended) | {"handed_over": handed.cases}


@blueprint.get("/duties/<int:key>/hand-over")
@blueprint.arguments(AfterArgs(), location="query")
@blueprint.response(200, HandOverOut)
@blueprint.doc(**DOC)
def read_hand_over(wanted: dict[str, int], key: int) -> dict[str, Any]:
    """Read what was handed over when a duty ended."""
    with serving(write=False) as s:
        duty, count, items = hand_over_list(s.session, key, s.actor, s.at, s.known, **wanted)
        return {
            "duty": view(s, duty),
            "count": count,
            "cases": [
                {
                    "number": one.case.number,
                    "status": one.case.status,
                    "status_name": say(STATUS_LABELS[Status(one.case.status)]),
                    "category": views.category(s.known, one.case.category_code),
                    "grid": views.grid(s.known, one.case.grid_code),
                    "unit": views.unit(s.known, one.case.unit_code),
                    "to": [views.person(s.known, person) for person in one.to],
                }
                for one in items
            ],
            "next": onward(items, wanted, "case.id"),
        }


def view(s: Serving, one: Duty) -> dict[str, Any]:
    """Return a duty as it is shown."""
    same = ("id", "role", "place", "deputy", "begins", "ends", "granted_by", "granted_at",
            "ended_by", "ended_at")  # fmt: skip
    return {name: getattr(one, name) for name in same} | {
        "person": views.person(s.known, one.person_code),
        "role_name": say(Role(one.role).label),
    }
