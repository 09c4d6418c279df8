"""Signing in and out, the second factor, and one's password; what a session still awaits."""

from __future__ import annotations

from typing import Any

from flask import Response, after_this_request
from marshmallow import Schema, fields

from gridgov.api.schemas import Truth, choice, text
from gridgov.api.wire import Blueprint
from gridgov.errors import NotSignedIn
from gridgov.faces import cookie, limits, signing
from gridgov.faces.signing import Opened
from gridgov.people.sessions import Awaits, Kind, Standing

blueprint = Blueprint("session", __name__, description="Signing in with a cookie, for pages")
LONGEST = 1000  # a longer password is refused with a sentence, and hashed by nobody


class SignIn(Schema):
    """Login and password; the second factor's code where it is at hand."""

    login = text(64, required=True)
    password = text(LONGEST, required=True)
    code = text(40)
    remember = Truth(load_default=False, metadata={"description": "A device of one's own."})


class CodeIn(Schema):
    """A code of the second factor."""

    code = text(40, required=True)


class PasswordIn(Schema):
    """The present password, and the one to come."""

    old = text(LONGEST, required=True)
    new = text(LONGEST, required=True)


class StandingOut(Schema):
    """A session. Until it awaits nothing, it opens nothing else."""

    login = fields.String(required=True)
    kind = choice(Kind, required=True)
    awaits = choice(Awaits, allow_none=True, required=True)
    second_factor = fields.Boolean(required=True)
    ends = fields.AwareDateTime(required=True)


class EnrolmentOut(Schema):
    """What an authenticator app is shown, this once."""

    secret = fields.String(required=True)
    uri = fields.String(required=True)


class RecoveryOut(StandingOut):
    """The session, and codes for the day on which the phone is lost; shown this once."""

    recovery_codes = fields.List(fields.String(), required=True)


def shown(opened: Opened) -> Standing:
    """Hand the cookie out with the answer, and return the session to be shown."""

    @after_this_request
    def with_cookie(response: Response) -> Response:
        signing.answer(response, opened)
        return response

    return opened.standing


@blueprint.post("/session")
@limits.sign_ins()
@blueprint.arguments(SignIn())
@blueprint.response(201, StandingOut)
def sign_in(body: dict[str, Any]) -> Standing:
    """Sign in; the answer sets the session's cookie."""
    return shown(
        signing.start(
            body["login"], body["password"], remember=body["remember"], code=body.get("code")
        )
    )


@blueprint.get("/session")
@blueprint.response(200, StandingOut)
@blueprint.doc(**{"x-limited": False})
def read_session() -> Standing:
    """Read one's own session."""
    found = signing.here()
    if found is None:
        raise NotSignedIn
    return found


@blueprint.delete("/session")
@blueprint.response(204)
@blueprint.doc(**{"x-limited": False})
def sign_out() -> None:
    """Sign out; harmless where nobody is signed in."""
    signing.stop()

    @after_this_request
    def without_cookie(response: Response) -> Response:
        cookie.forget(response)
        return response


@blueprint.post("/session/second-factor")
@limits.sign_ins()
@blueprint.arguments(CodeIn())
@blueprint.response(200, StandingOut)
def prove(body: dict[str, str]) -> Standing:
    """Give the code that the session awaits, or a recovery code."""
    return shown(signing.prove(body["code"]))


@blueprint.post("/session/password")
@limits.sign_ins()
@blueprint.arguments(PasswordIn())
@blueprint.response(200, StandingOut)
def change_password(body: dict[str, str]) -> Standing:
    """Change one's password; all sessions end, and this one begins anew."""
    return shown(signing.change_password(body["old"], body["new"]))


@blueprint.post("/second-factor")
@limits.sign_ins()
@blueprint.response(201, EnrolmentOut)
def begin_factor() -> Any:
    """Begin to add a second factor, or to replace it; it counts from its first code on."""
    return signing.begin_factor()


@blueprint.post("/second-factor/confirm")
@limits.sign_ins()
@blueprint.arguments(CodeIn())
@blueprint.response(200, RecoveryOut)
def confirm_factor(body: dict[str, str]) -> dict[str, Any]:
    """Add the second factor, given its first code."""
    opened, codes = signing.confirm_factor(body["code"])
    return vars(shown(opened)) | {"recovery_codes": codes}
