"""Signing in through the identity provider: there and back."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import current_app, redirect, url_for
from marshmallow import Schema
from werkzeug.wrappers import Response

from gridgov.api.schemas import text
from gridgov.api.wire import Blueprint
from gridgov.errors import GridgovError
from gridgov.faces import gate, limits, provider, signing

blueprint = Blueprint("provider", __name__, description="Signing in with the office's provider")
ALSO = {"x-also": (401, 403, 404)}


class BeginQuery(Schema):
    """Where to go on to afterwards, and whether the device is one's own."""

    next = text(500)
    remember = text(1)


class BackQuery(Schema):
    """What a provider sends the browser back with; it may send more."""

    class Meta:
        """Providers add names of their own."""

        unknown = "exclude"

    code = text(2000)
    state = text(200)
    iss = text(300)
    error = text(100)


@blueprint.get("/session/provider")
@limits.sign_ins()
@blueprint.arguments(BeginQuery(), location="query")
@blueprint.response(303)
@blueprint.doc(**ALSO)
def begin(query: dict[str, str]) -> Response:
    """Go to the identity provider to sign in."""
    return provider.leave(query.get("next"), remember=query.get("remember") == "1")


@blueprint.get("/session/provider/back")
@limits.sign_ins()
@blueprint.arguments(BackQuery(), location="query")
@blueprint.response(303)
@blueprint.doc(**ALSO)
def back(query: dict[str, str]) -> Response:
    """Come back from the identity provider, signed in."""
    try:
        opened, after = provider.finish()
    except GridgovError as error:
        if gate.SIGN_IN not in current_app.view_functions:
            raise
        # A person waits in a browser: the page of signing in says what went wrong.
        return redirect(url_for(gate.SIGN_IN, refused=type(error).__name__), 303)
    answer = redirect(after, 303, Response=FlaskResponse)
    answer.delete_cookie(provider.COOKIE)
    return signing.answer(answer, opened)
