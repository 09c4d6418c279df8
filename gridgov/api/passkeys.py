"""Passkeys: making one, signing in with one, and taking one away."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields

from gridgov.api.schemas import Truth, text
from gridgov.api.session import StandingOut, shown
from gridgov.api.wire import Blueprint
from gridgov.app import installation
from gridgov.database import transaction
from gridgov.faces import limits, origin, signing
from gridgov.faces.auth import now
from gridgov.people import passkeys
from gridgov.people.passkeys import Site
from gridgov.people.sessions import Awaits, Standing

blueprint = Blueprint("passkeys", __name__, description="Passkeys (WebAuthn)")


class OptionsOut(Schema):
    """What the browser's `navigator.credentials` takes."""

    options = fields.Dict(required=True)


class MadeIn(Schema):
    """What the browser made, as `toJSON()` has it, and what its owner calls it."""

    credential = fields.Dict(keys=fields.String(), required=True)
    label = text(60, required=True)


class SignedIn(Schema):
    """What the browser signed, as `toJSON()` has it."""

    credential = fields.Dict(keys=fields.String(), required=True)
    remember = Truth(load_default=False)


class PasskeyOut(Schema):
    """A passkey."""

    id = fields.Integer(required=True)
    label = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class PasskeysOut(Schema):
    """All passkeys of whoever asks."""

    passkeys = fields.List(fields.Nested(PasskeyOut), required=True)


def _site() -> Site:
    host = request.host.rpartition(":")[0] or request.host
    name = installation().settings.office_name
    return Site(host, f"{request.scheme}://{request.host}", name)


@blueprint.get("/passkeys")
@blueprint.response(200, PasskeysOut)
@blueprint.doc(**{"x-limited": False})
def list_passkeys() -> dict[str, Any]:
    """List one's own passkeys."""
    here = signing.required()
    with transaction(write=False) as session:
        return {"passkeys": passkeys.passkeys_of(session, here.account)}


@blueprint.post("/passkeys/options")
@limits.sign_ins()
@blueprint.response(200, OptionsOut)
def begin() -> dict[str, Any]:
    """Begin to make a passkey; an administrator's may be their first second factor."""
    here = signing.required(Awaits.ENROLMENT)
    with transaction() as session:
        return {"options": passkeys.prepare(session, here.account, _site(), now())}


@blueprint.post("/passkeys")
@limits.sign_ins()
@blueprint.arguments(MadeIn())
@blueprint.response(201, StandingOut)
def add(body: dict[str, Any]) -> Standing:
    """Add the passkey that the browser made; the session begins anew."""
    here = signing.required(Awaits.ENROLMENT)
    keys = installation().settings.keys
    with transaction() as session:
        passkeys.add(
            session, keys, here.account, body["credential"], body["label"], _site(), now()
        )  # fmt: skip
        return shown(signing.renewed(session, here))


@blueprint.delete("/passkeys/<int:key>")
@blueprint.response(204)
@blueprint.doc(**{"x-limited": False})
def remove(key: int) -> None:
    """Take one of one's own passkeys away."""
    here = signing.required()
    with transaction() as session:
        passkeys.remove(session, installation().settings.keys, here.account, key, now())


@blueprint.post("/session/passkey/options")
@limits.sign_ins()
@blueprint.response(200, OptionsOut)
def begin_sign_in() -> dict[str, Any]:
    """Begin to sign in with a passkey."""
    with transaction() as session:
        return {"options": passkeys.begin_sign_in(session, _site(), now())}


@blueprint.post("/session/passkey")
@limits.sign_ins()
@blueprint.arguments(SignedIn())
@blueprint.response(201, StandingOut)
def sign_in(body: dict[str, Any]) -> Standing:
    """Sign in with what a passkey signed; the answer sets the session's cookie."""
    origin.own(silent=True)
    with transaction() as session:
        account = passkeys.recognised(session, body["credential"], _site(), now())
    return shown(signing.open_for(account, "passkey", remember=body["remember"], proven=True))
