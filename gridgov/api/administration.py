"""What the system administrator sees to: messages given up, channels, webhooks, map, ladder."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from gridgov.api.paging import onward
from gridgov.api.schemas import OUT_OF_RANGE, code
from gridgov.api.wire import Blueprint
from gridgov.faces.serve import serving
from gridgov.ladder.ladder import data_of
from gridgov.notices import claim, webhooks
from gridgov.notices.channels import list_channels
from gridgov.park.versions import versions
from gridgov.worktime.calendar import FIRST_YEAR, LAST_YEAR
from gridgov.worktime.show import shown

blueprint = Blueprint("administration", __name__, description="Settings-like things")
DOC: dict[str, Any] = {"x-limited": False}
MOST = 200


class DeadOut(Schema):
    """A message that was given up, with why."""

    id = fields.Integer(required=True)
    to = fields.String(attribute="recipient", required=True)
    channel = fields.String(required=True)
    at = fields.AwareDateTime(attribute="created_at", required=True)
    error = fields.String(allow_none=True, required=True)


class DeadArgs(Schema):
    """Which page of them."""

    before = fields.Integer(
        validate=validate.Range(1, 2**31 - 1, error=OUT_OF_RANGE),
        metadata={"description": "The id before which the page begins."},
    )
    limit = fields.Integer(load_default=MOST, validate=validate.Range(1, MOST, error=OUT_OF_RANGE))


class DeadLettersOut(Schema):
    """The messages that were given up, the latest first; a page of them, and how many they are."""

    dead = fields.List(fields.Nested(DeadOut), required=True)
    next = fields.Integer(
        allow_none=True, required=True, metadata={"description": "Further ones, by `before`."}
    )
    count = fields.Integer(required=True)


class ChannelOut(Schema):
    """How somebody is reached; the address masked."""

    id = fields.Integer(required=True)
    person = fields.String(attribute="person_code", required=True)
    kind = fields.String(required=True)
    address = fields.String(attribute="label", required=True)


class ChannelsOut(Schema):
    """The channels of one person."""

    channels = fields.List(fields.Nested(ChannelOut), required=True)


class PersonArgs(Schema):
    """Whose channels."""

    person = code(required=True)


class WebhookOut(Schema):
    """Another system that is told every step, and how many of its calls are in which state."""

    id = fields.Integer(required=True)
    url = fields.String(required=True)
    waiting = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    dead = fields.Integer(required=True)


class WebhooksOut(Schema):
    """All webhooks."""

    webhooks = fields.List(fields.Nested(WebhookOut), required=True)


class VersionOut(Schema):
    """A version of a park's map."""

    id = fields.Integer(required=True)
    park = fields.String(attribute="park_code", required=True)
    active_from = fields.Date(required=True)
    imported_at = fields.AwareDateTime(required=True)
    adopted_at = fields.AwareDateTime(allow_none=True, required=True)
    source = fields.String(allow_none=True, required=True)


class VersionsOut(Schema):
    """The versions of all parks' maps, the latest first."""

    versions = fields.List(fields.Nested(VersionOut), required=True)


class YearArgs(Schema):
    """Which year."""

    year = fields.Integer(
        required=True, validate=validate.Range(FIRST_YEAR, LAST_YEAR, error=OUT_OF_RANGE)
    )


class YearOut(Schema):
    """A year's working days, by month; one that is not loaded counts Monday to Friday."""

    year = fields.Integer(required=True)
    loaded = fields.Boolean(required=True)
    months = fields.List(fields.Integer(), required=True)
    working_days = fields.Integer(required=True)


class LadderOut(Schema):
    """The escalation ladder in force, as its file would say it."""

    ladder = fields.Dict(required=True)


@blueprint.get("/notices/dead")
@blueprint.arguments(DeadArgs(), location="query")
@blueprint.response(200, DeadLettersOut)
@blueprint.doc(**DOC)
def list_dead(wanted: dict[str, int]) -> dict[str, Any]:
    """List the messages that were given up."""
    with serving(write=False) as s:
        found = claim.dead_letters(s.session, wanted["limit"], wanted.get("before"))
        number = claim.dead_number(s.session)
        return {"dead": found, "next": onward(found, wanted, "id"), "count": number}


@blueprint.post("/notices/dead/<int:key>/retry")
@blueprint.response(204)
@blueprint.doc(**DOC)
def retry(key: int) -> None:
    """Let a message that was given up go out again, under the same idempotency key."""
    with serving() as s:
        claim.retry(s.session, s.known.settings.keys, key, s.at, s.actor)


@blueprint.get("/notices/channels")
@blueprint.arguments(PersonArgs(), location="query")
@blueprint.response(200, ChannelsOut)
@blueprint.doc(**DOC)
def channels(wanted: dict[str, str]) -> dict[str, Any]:
    """List the channels of a person, addresses masked."""
    with serving(write=False) as s:
        return {"channels": list_channels(s.session, wanted["person"])}


@blueprint.get("/webhooks")
@blueprint.response(200, WebhooksOut)
@blueprint.doc(**DOC)
def list_webhooks() -> dict[str, Any]:
    """List the systems that are told every step."""
    with serving(write=False) as s:
        return {"webhooks": webhooks.listed(s.session)}


@blueprint.get("/map/versions")
@blueprint.response(200, VersionsOut)
@blueprint.doc(**DOC)
def list_versions() -> dict[str, Any]:
    """List the versions of the map."""
    with serving(write=False) as s:
        return {"versions": versions(s.session)}


@blueprint.get("/calendar")
@blueprint.arguments(YearArgs(), location="query")
@blueprint.response(200, YearOut)
@blueprint.doc(**DOC)
def read_year(wanted: dict[str, int]) -> dict[str, Any]:
    """Show the working days of a year."""
    with serving(write=False) as s:
        found = shown(s.known.calendar(None), wanted["year"], {})
        return found._asdict() | {"working_days": found.working_days}


@blueprint.get("/ladder")
@blueprint.response(200, LadderOut)
@blueprint.doc(**DOC)
def read_ladder() -> dict[str, Any]:
    """Read the escalation ladder in force."""
    with serving(write=False) as s:
        return {"ladder": data_of(s.known.ladder)}
