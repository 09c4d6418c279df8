"""What meetings resolved (议定事项): written down, reported on, ticked."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from gridgov.api.paging import onward
from gridgov.api.schemas import OUT_OF_RANGE, NamedOut, choice, code
from gridgov.api.wire import Blueprint
from gridgov.faces import meetings as faces
from gridgov.faces.meeting_inputs import KEY, ReportIn, ResolutionIn, TickIn
from gridgov.faces.serve import Serving, serving
from gridgov.joint import resolutions, resolved
from gridgov.joint.resolutions import HAPPENED, KINDS, Resolved

blueprint = Blueprint("resolutions", __name__, description="What meetings resolved")
DOC: dict[str, Any] = {"x-limited": False}
AFTER = validate.Range(0, 2**31 - 1, error=OUT_OF_RANGE)


class ResolutionsArgs(Schema):
    """Which to list; `before`: not done, and resolved before this week."""

    shown = choice(resolved.SHOWN, load_default="open")
    area = code(12)
    meeting = fields.Integer(validate=KEY)
    after = fields.Integer(load_default=0, validate=AFTER)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200, error=OUT_OF_RANGE))


class AtOut(Schema):
    """The meeting that resolved it."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)


class HappenedOut(Schema):
    """What happened to a resolution; only ever added."""

    version = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    what = choice(HAPPENED, required=True)
    what_name = fields.String(required=True)
    role = fields.String(required=True)
    role_name = fields.String(required=True)
    person = fields.Nested(NamedOut, allow_none=True, required=True)
    meeting = fields.Integer(allow_none=True, required=True)
    text = fields.String(allow_none=True, required=True)


class ResolutionOut(Schema):
    """A resolution; `case` where whoever asks may see it, `ticks` and `owns` where they may act.

    `dropped`: its case was not pursued, so that it is done only when somebody ticks it.
    """

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    meeting = fields.Nested(AtOut, required=True)
    kind = choice(KINDS, required=True)
    kind_name = fields.String(required=True)
    text = fields.String(required=True)
    unit = fields.Nested(NamedOut, allow_none=True, required=True)
    person = fields.Nested(NamedOut, allow_none=True, required=True)
    due = fields.Date(required=True)
    case = fields.String(allow_none=True, required=True)
    decided_at = fields.AwareDateTime(required=True)
    done = fields.Boolean(required=True)
    dropped = fields.Boolean(required=True)
    late = fields.Boolean(required=True)
    ticks = fields.Boolean(required=True)
    owns = fields.Boolean(required=True)
    events = fields.List(fields.Nested(HappenedOut), required=True)


class ResolutionsOut(Schema):
    """A page of resolutions, in the order in which they were made."""

    resolutions = fields.List(fields.Nested(ResolutionOut), required=True)
    next = fields.Integer(allow_none=True, required=True)


@blueprint.post("/meetings/<int:key>/resolutions")
@blueprint.arguments(ResolutionIn())
@blueprint.response(201, ResolutionOut)
@blueprint.doc(**DOC)
def add_resolution(asked: Resolved, key: int) -> dict[str, Any]:
    """Write down what a meeting resolved; its owner is told."""
    with serving() as s:
        made = resolutions.resolve(s.session, key, asked, s.actor, s.at, s.known)
        return _one(s, made.id)


@blueprint.get("/meetings/resolutions")
@blueprint.arguments(ResolutionsArgs(), location="query")
@blueprint.response(200, ResolutionsOut)
@blueprint.doc(**DOC)
def list_resolutions(wanted: dict[str, Any]) -> dict[str, Any]:
    """List resolutions of meetings that one keeps, was at, or answers for."""
    with serving(write=False) as s:
        found = resolved.listed(s.session, s.actor, s.at, s.known, **wanted)
        return {
            "resolutions": faces.resolved(s, found),
            "next": onward(found, wanted, "resolution.id"),
        }


@blueprint.get("/meetings/resolutions/<int:key>")
@blueprint.response(200, ResolutionOut)
@blueprint.doc(**DOC)
def read_resolution(key: int) -> dict[str, Any]:
    """Read a resolution, with what happened to it."""
    with serving(write=False) as s:
        return _one(s, key)


@blueprint.post("/meetings/resolutions/<int:key>/report")
@blueprint.arguments(ReportIn())
@blueprint.response(200, ResolutionOut)
@blueprint.doc(**DOC)
def report_on(body: dict[str, str], key: int) -> dict[str, Any]:
    """Report on a resolution, as its owner."""
    with serving() as s:
        resolutions.report(s.session, key, body["text"], s.actor, s.at, s.known)
        return _one(s, key)


@blueprint.post("/meetings/resolutions/<int:key>/tick")
@blueprint.arguments(TickIn())
@blueprint.response(200, ResolutionOut)
@blueprint.doc(**DOC)
def tick_resolution(body: dict[str, Any], key: int) -> dict[str, Any]:
    """Tick it as done, or take that back."""
    with serving() as s:
        done, said = body.pop("done"), body.pop("text", None)
        resolutions.tick(s.session, key, done, said, s.actor, s.at, s.known, **body)
        return _one(s, key)


def _one(s: Serving, key: int) -> dict[str, Any]:
    (one,) = faces.resolved(s, [resolved.find(s.session, key, s.actor, s.at, s.known)])
    return one
