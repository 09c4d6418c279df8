"""One's own sessions, and the tokens of one's own programs."""

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
from gridgov.people.noted import note
from gridgov.people.own_tokens import make_token, revoke_token, tokens_of
from gridgov.people.sessions import end_session, sessions_of
from gridgov.people.tokens import USUAL, TokenScope, scopes

blueprint = Blueprint("mine", __name__, description="One's own sessions and tokens")
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
