"""The audit trail, for the audit administrator: journals, seals, and the last verification."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from gridgov.api.schemas import OUT_OF_RANGE, Instant, NamedOut
from gridgov.api.wire import Blueprint
from gridgov.audit.read import MOST, entries
from gridgov.audit.status import status
from gridgov.faces import views
from gridgov.faces.serve import serving

blueprint = Blueprint("audit", __name__, description="The audit trail")
DOC: dict[str, Any] = {"x-limited": False}
KEY = validate.Range(1, 2**31 - 1, error=OUT_OF_RANGE)
NAME = validate.Regexp(r"^[a-z_]{1,40}$")


class EntriesArgs(Schema):
    """Which entries to list, the newest first; `before` takes the `id` of the last one shown."""

    journal = fields.String(validate=NAME)
    what = fields.String(validate=NAME)
    since = Instant()
    until = Instant()
    before = fields.Integer(validate=KEY)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))


class EntryOut(Schema):
    """Something that happened and belongs to no case."""

    id = fields.Integer(required=True)
    journal = fields.String(required=True)
    number = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    what = fields.String(required=True)
    account = fields.Integer(allow_none=True, required=True)
    person = fields.Nested(NamedOut, allow_none=True, required=True)
    data = fields.Dict(keys=fields.String(), required=True)


class EntriesOut(Schema):
    """A page of entries."""

    entries = fields.List(fields.Nested(EntryOut), required=True)


class AuditOut(Schema):
    """How sealing, export and verification stand; `late` names what has stood still too long."""

    seals = fields.Integer(required=True)
    last_at = fields.AwareDateTime(allow_none=True, required=True)
    waiting = fields.Integer(required=True)
    sealed_at = fields.AwareDateTime(allow_none=True, required=True)
    exported = fields.Integer(required=True)
    export_error = fields.String(allow_none=True, required=True)
    sent = fields.Integer(allow_none=True, required=True)
    send_error = fields.String(allow_none=True, required=True)
    late = fields.List(fields.String(), required=True)
    verified = fields.Dict(
        keys=fields.String(),
        allow_none=True,
        required=True,
        metadata={"description": "What `gridgov audit verify` found when it last ran."},
    )


@blueprint.get("/audit/entries")
@blueprint.arguments(EntriesArgs(), location="query")
@blueprint.response(200, EntriesOut)
@blueprint.doc(**DOC)
def list_entries(wanted: dict[str, Any]) -> dict[str, Any]:
    """List what happened and belongs to no case: sign-ins, accounts, duties, exports, erasures."""
    with serving(write=False) as s:
        same = ("id", "journal", "number", "at", "what", "data")
        return {
            "entries": [
                {name: getattr(one, name) for name in same}
                | {"account": one.account_id, "person": views.person(s.known, one.person_code)}
                for one in entries(s.session, **wanted)
            ]
        }


@blueprint.get("/audit")
@blueprint.response(200, AuditOut)
@blueprint.doc(**DOC)
def read_audit() -> dict[str, Any]:
    """Tell how sealing, export and verification stand."""
    with serving(write=False) as s:
        return status(s.session, s.at)._asdict()
