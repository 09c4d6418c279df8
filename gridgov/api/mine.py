"""One's own sessions, the tokens of one's own programs, and how one is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from gridgov.api.schemas import OUT_OF_RANGE, choice, text
from gridgov.api.wire import Blueprint
from gridgov.app import installation
from gridgov.database import transaction
from gridgov.faces import limits, signing
from gridgov.faces.auth import now
from gridgov.notices.own import add_own, own_channels, remove_own
from gridgov.notices.send import Sender
from gridgov.notices.tables import Channel
from gridgov.people.noted import note
from gridgov.people.own_tokens import make_token, revoke_token, tokens_of
from gridgov.people.sessions import end_session, sessions_of
from gridgov.people.tokens import USUAL, TokenScope, scopes

blueprint = Blueprint("mine", __name__, description="One's own sessions, tokens, channels")
YEAR = 365


class SessionOut(Schema):
    """A session; where and how it is used is noted nowhere."""

    id = fields.Integer(required=True)
    device = fields.String(required=True)
    way = fields.String(required=True)
    remembered = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    this = fields.Boolean(required=True)


class SessionsOut(Schema):
    """All sessions of whoever asks."""

    sessions = fields.List(fields.Nested(SessionOut), required=True)


class TokenIn(Schema):
    """A token that is wished for."""

    label = text(100, required=True)
    scopes = fields.List(
        choice(TokenScope), load_default=[scope.value for scope in USUAL],
        validate=validate.Length(1, len(TokenScope), error=OUT_OF_RANGE),
    )  # fmt: skip
    days = fields.Integer(
        strict=True, load_default=90, validate=validate.Range(1, YEAR, error=OUT_OF_RANGE)
    )


class TokenOut(Schema):
    """A token, without its secret."""

    id = fields.Integer(required=True)
    label = fields.String(required=True)
    scopes = fields.List(choice(TokenScope), required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(allow_none=True, required=True)
    last_used_at = fields.AwareDateTime(allow_none=True, required=True)


class NewTokenOut(TokenOut):
    """A token with its secret, shown this once."""

    token = fields.String(required=True)


class TokensOut(Schema):
    """All tokens of whoever asks that still work."""

    tokens = fields.List(fields.Nested(TokenOut), required=True)


class OwnChannelIn(Schema):
    """A telephone number for SMS, or the webhook address of a DingTalk, WeCom or Feishu robot."""

    address = text(300, required=True)


class OwnChannelOut(Schema):
    """How one is told; the address masked."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    address = fields.String(attribute="label", required=True)
    added_at = fields.AwareDateTime(required=True)


class OwnChannelsOut(Schema):
    """All channels of whoever asks."""

    channels = fields.List(fields.Nested(OwnChannelOut), required=True)


@blueprint.get("/sessions")
@blueprint.response(200, SessionsOut)
@blueprint.doc(**{"x-limited": False})
def list_sessions() -> dict[str, Any]:
    """List one's own sessions."""
    here = signing.required()
    with transaction(write=False) as session:
        found = sessions_of(session, here.account, now())
        names = ("id", "device", "way", "remembered", "created_at")
        shown = [{name: getattr(one, name) for name in names} for one in found]
        return {"sessions": [one | {"this": one["id"] == here.id} for one in shown]}


@blueprint.delete("/sessions/<int:key>")
@blueprint.response(204)
@blueprint.doc(**{"x-limited": False})
def end(key: int) -> None:
    """End one of one's own sessions, on a device that was lost."""
    here = signing.required()
    with transaction() as session:
        end_session(session, here.account, key)
        note(session, installation().settings.keys, now(), "session_ended", here.account)


@blueprint.get("/tokens")
@blueprint.response(200, TokensOut)
@blueprint.doc(**{"x-limited": False})
def list_tokens() -> dict[str, Any]:
    """List one's own tokens."""
    here = signing.required()
    with transaction(write=False) as session:
        return {"tokens": tokens_of(session, here.account, now())}


@blueprint.post("/tokens")
@limits.sign_ins()
@blueprint.arguments(TokenIn())
@blueprint.response(201, NewTokenOut)
def add(body: dict[str, Any]) -> dict[str, Any]:
    """Make a token; only a session can, never another token."""
    here, at = signing.required(), now()
    until = at + timedelta(days=body["days"])
    wanted = scopes(body["scopes"])
    keys = installation().settings.keys
    with transaction() as session:
        token, secret = make_token(session, keys, here, body["label"], wanted, at, until)
        names = TokenOut._declared_fields
        return {name: getattr(token, name) for name in names} | {"token": secret}


@blueprint.delete("/tokens/<int:key>")
@blueprint.response(204)
@blueprint.doc(**{"x-limited": False})
def revoke(key: int) -> None:
    """Revoke one of one's own tokens."""
    here = signing.required()
    with transaction() as session:
        revoke_token(session, installation().settings.keys, here.account, key, now())


@blueprint.get("/channels")
@blueprint.response(200, OwnChannelsOut)
@blueprint.doc(**{"x-limited": False})
def list_channels() -> dict[str, Any]:
    """List one's own channels: those of one's duties, or of an account that is nobody's."""
    here = signing.required()
    with transaction(write=False) as session:
        return {"channels": own_channels(session, here.account)}


@blueprint.post("/channels")
@limits.sign_ins()
@blueprint.arguments(OwnChannelIn())
@blueprint.response(201, OwnChannelOut)
def add_channel(body: dict[str, Any]) -> Channel:
    """Add a channel of one's own, by which one is told of one's own requests and wishes."""
    here, settings = signing.required(), installation().settings
    phones = Sender.of(settings).phones
    with transaction() as session:
        given = body["address"]
        return add_own(session, settings.keys, here.account, given, now(), phones=phones)


@blueprint.delete("/channels/<int:key>")
@blueprint.response(204)
@blueprint.doc(**{"x-limited": False})
def remove_channel(key: int) -> None:
    """Remove one of one's own channels; what waits for it is given up."""
    here = signing.required()
    with transaction() as session:
        remove_own(session, installation().settings.keys, here.account, key, now())
