"""`/me`: who one is, one's duties, how far they reach, and what one may do."""

from __future__ import annotations

from typing import Any

from flask import current_app
from marshmallow import Schema, fields

from gridgov.api.schemas import NamedOut
from gridgov.api.wire import Blueprint
from gridgov.cases.waiting import open_by_status
from gridgov.faces import access, signing, views
from gridgov.faces.serve import Serving, serving
from gridgov.language import say, speaks
from gridgov.people.office import DutyHeld
from gridgov.people.scopes import OVER_CASES

blueprint = Blueprint("me", __name__, description="Who one is, and what one may do")


class HeldOut(Schema):
    """A duty that one holds now, and how far it reaches over cases."""

    role = fields.String(required=True)
    role_name = fields.String(required=True)
    place = fields.String(required=True)
    place_name = fields.String(allow_none=True, required=True)
    deputy = fields.Boolean(required=True)
    begins = fields.AwareDateTime(required=True)
    ends = fields.AwareDateTime(allow_none=True, required=True)
    scope = fields.String(allow_none=True, required=True)
    scope_name = fields.String(allow_none=True, required=True)
    deputies = fields.List(fields.Nested(NamedOut), required=True)


class RouteOut(Schema):
    """A route of the access table that lets one in."""

    method = fields.String(required=True)
    path = fields.String(required=True)


class StateOut(Schema):
    """One's session, where there is one."""

    awaits = fields.String(allow_none=True, required=True)
    second_factor = fields.Boolean(required=True)
    proven = fields.Boolean(required=True)
    ends = fields.AwareDateTime(required=True)


class MeOut(Schema):
    """Who one is; what one may do is what the access table and each case's steps say."""

    person = fields.Nested(NamedOut, allow_none=True, required=True)
    unit = fields.Nested(NamedOut, allow_none=True, required=True)
    duties = fields.List(fields.Nested(HeldOut), required=True)
    may = fields.List(fields.Nested(RouteOut), required=True)
    waiting = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True,
        metadata={"description": "How many cases that one sees stand in which status."},
    )  # fmt: skip
    session = fields.Nested(StateOut, allow_none=True, required=True)
    language = fields.String(required=True)


@blueprint.get("/me")
@blueprint.response(200, MeOut)
@blueprint.doc(**{"x-limited": False})
def read_me() -> dict[str, Any]:
    """Tell who one is, one's duties, and what one may do."""
    session = signing.here()
    with serving(write=False) as s:
        actor = s.actor
        return {
            "person": views.person(s.known, actor.person),
            "unit": views.unit(s.known, actor.unit),
            "duties": [_held(s, duty) for duty in actor.duties],
            "may": _routes(s),
            "waiting": open_by_status(s.session, actor, s.known.office, s.at),
            "session": session,
            "language": "zh" if speaks("zh") else "en",
        }


def _held(s: Serving, duty: DutyHeld) -> dict[str, Any]:
    scope = OVER_CASES.get(duty.role)
    office = s.known.office
    beside = [one for one in office.on_duty(duty.role, duty.place, s.at) if one.deputy]
    place = views.grid(s.known, duty.place) or views.unit(s.known, duty.place)
    return {
        "role": duty.role.value,
        "role_name": say(duty.role.label),
        "place": duty.place,
        "place_name": place["name"] if place else None,
        "deputy": duty.deputy,
        "begins": duty.begins,
        "ends": duty.ends,
        "scope": scope.value if scope else None,
        "scope_name": say(scope.label) if scope else None,
        "deputies": [
            views.person(s.known, one.person) for one in beside if one.person != duty.person
        ],
    }


def _routes(s: Serving) -> list[dict[str, str]]:
    rules = {rule.endpoint: rule.rule for rule in current_app.url_map.iter_rules()}
    return [
        {"method": line.method, "path": rules[line.endpoint]}
        for line in access.TABLE
        if line.lets_in(s.actor)
    ]
