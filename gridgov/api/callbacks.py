"""Callbacks: whom a caller may call, the contact for one call, and tries that reached nobody."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from gridgov.api.schemas import OUT_OF_RANGE, NamedOut, Truth, choice
from gridgov.api.wire import Blueprint
from gridgov.callbacks.call import call, not_reached
from gridgov.callbacks.find import ToCall, number, waiting
from gridgov.callbacks.rules import STATES
from gridgov.faces import views
from gridgov.faces.serve import Serving, serving
from gridgov.words import N_

blueprint = Blueprint("callbacks", __name__, description="Callbacks after closing")
MOST = 200
UNLIMITED = {"x-limited": False}


class WantedArgs(Schema):
    """How many to list."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))


class TryIn(Schema):
    """A try that reached nobody."""

    reached = Truth(
        required=True,
        validate=validate.OneOf(
            [False], error=N_("Whoever was reached is asked by the step Evaluate of the case.")
        ),
    )


class ContactOut(Schema):
    """A name and a telephone number: masked in the list, whole for a call."""

    name = fields.String(allow_none=True)
    phone = fields.String(required=True)


class CallbackOut(Schema):
    """Somebody to call, from `next_from` on; with three tries in vain it is `unreached`."""

    id = fields.Integer(required=True)
    number = fields.String(required=True)
    category = fields.Nested(NamedOut, allow_none=True)
    result = fields.String(allow_none=True)
    closed_at = fields.AwareDateTime(required=True)
    state = choice(STATES, required=True)
    tries = fields.Integer(required=True)
    next_from = fields.AwareDateTime(required=True)
    lease_ends = fields.AwareDateTime(
        allow_none=True, metadata={"description": "Until when your own call keeps others away."}
    )
    contact = fields.Nested(ContactOut, required=True)


class CallbacksOut(Schema):
    """Whom a caller may call, the first due first, and how many there are."""

    callbacks = fields.List(fields.Nested(CallbackOut), required=True)
    count = fields.Integer(required=True)


class CalledOut(Schema):
    """The contact for one call, and the version of the case with which to evaluate it."""

    id = fields.Integer(required=True)
    number = fields.String(required=True)
    version = fields.Integer(required=True)
    tries = fields.Integer(required=True)
    lease_ends = fields.AwareDateTime(required=True)
    contact = fields.Nested(ContactOut, required=True)


@blueprint.get("/callbacks")
@blueprint.arguments(WantedArgs(), location="query")
@blueprint.response(200, CallbacksOut)
@blueprint.doc(**UNLIMITED)
def list_callbacks(wanted: dict[str, int]) -> dict[str, Any]:
    """List whom a caller may call."""
    with serving(write=False) as s:
        found = waiting(s.session, s.actor, s.at, s.known, wanted["limit"])
        return {
            "callbacks": [_view(s, one) for one in found],
            "count": number(s.session, s.actor, s.at, s.known),
        }


@blueprint.post("/callbacks/<int:key>/call")
@blueprint.response(200, CalledOut)
@blueprint.doc(**UNLIMITED)
def make_call(key: int) -> dict[str, Any]:
    """Read the contact for one call, which the timeline notes; nobody else calls meanwhile."""
    with serving() as s:
        made = call(s.session, key, s.actor, s.at, s.known)
        return {
            "id": made.callback.id,
            "number": made.case.number,
            "version": made.case.version,
            "tries": made.callback.tries,
            "lease_ends": made.callback.lease_ends,
            "contact": {"name": made.contact.name, "phone": made.contact.phone},
        }


@blueprint.post("/callbacks/<int:key>/tries")
@blueprint.arguments(TryIn())
@blueprint.response(200, CallbackOut)
@blueprint.doc(**UNLIMITED)
def note_try(body: dict[str, bool], key: int) -> dict[str, Any]:
    """Record that the call reached nobody; said again, it counts once."""
    with serving() as s:
        return _view(s, not_reached(s.session, key, s.actor, s.at, s.known))


def _view(s: Serving, found: ToCall) -> dict[str, Any]:
    callback, case, masked = found
    same = ("id", "closed_at", "state", "tries", "next_from")
    ends = callback.lease_ends
    return {name: getattr(callback, name) for name in same} | {
        "number": case.number,
        "category": views.category(s.known, case.category_code),
        "result": case.result,
        "lease_ends": ends if ends and ends > s.at else None,
        "contact": {name: masked.get(name) for name in ("name", "phone")},
    }
