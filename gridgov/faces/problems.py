"""Errors as problem details (RFC 9457), in the reader's language, headers kept."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app
from marshmallow import Schema, fields
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import HTTPException, InternalServerError

from geo.errors import GeoError
from gridgov import errors
from gridgov.language import say, sentence, speaks
from gridgov.words import N_

log = logging.getLogger(__name__)

# What an error means in HTTP; the nearest class in its line counts.
MEANS: dict[type[Exception], int] = {
    errors.GridgovError: 500,
    errors.BadInput: 422,
    errors.NotFound: 404,
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.Conflict: 409,
    errors.TooMuch: 413,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
TITLES = {
    400: N_("The request cannot be read"),
    401: N_("Sign in first"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("This address does not take this method"),
    406: N_("This cannot be served in the form asked for"),
    409: N_("Not possible in the present state"),
    413: N_("Too large"),
    415: N_("This kind of content is not taken here"),
    422: N_("Something in the input is wrong"),
    429: N_("Too many requests"),
    500: N_("Something went wrong on our side"),
    503: N_("Not available just now"),
}
DETAILS = {
    400: N_("Send valid JSON in UTF-8."),
    404: N_("There is nothing at this address."),
    405: N_("The header Allow lists the methods that it takes."),
    413: N_("Send less, or in several requests."),
    415: N_("Send application/json, or multipart/form-data where a file goes with it."),
    429: N_("Wait as long as the header Retry-After says, then try again."),
    500: N_("It has been noted. Nothing was changed; try again later."),
}
OF_FIELD = N_("%(field)s: %(message)s")


class Wrong(Schema):
    """One field of the input, and what is wrong with it."""

    field = fields.String()
    message = fields.String(required=True)


class Problem(Schema):
    """Problem details (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    errors = fields.List(fields.Nested(Wrong))
    case = fields.Dict(metadata={"description": "After a lost race: the case as it stands now."})


def init(app: Flask) -> None:
    """Answer every error in this one form."""
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(errors.GridgovError, _of_ours)
    app.register_error_handler(GeoError, _of_geo)
    app.register_error_handler(IntegrityError, _of_constraint)
    app.register_error_handler(Exception, _of_anything)


Form = Callable[[dict[str, Any]], Response]
OTHER_FORMS = "gridgov.forms_of_problems"


def shown_as(app: Flask, applies: Callable[[], bool], form: Form) -> None:
    """Answer in another form where `applies` says so: a face that does not speak JSON."""
    app.extensions.setdefault(OTHER_FORMS, []).append((applies, form))


def status_of(error: type[Exception]) -> int:
    """Return the HTTP status of an error of ours."""
    return next(MEANS[kind] for kind in error.__mro__ if kind in MEANS)


def problem(
    status: int,
    detail: str | None = None,
    wrong: list[dict[str, str]] | None = None,
    kind: str = "about:blank",
    case: dict[str, Any] | None = None,
) -> Response:
    """Build the answer."""
    body: dict[str, Any] = {
        "type": kind,
        "title": say(TITLES.get(status, TITLES[400 if status < 500 else 500])),
        "status": status,
    }
    if detail:
        body["detail"] = detail
    if wrong:
        body["errors"] = wrong
    if case:
        body["case"] = case
    others: list[tuple[Callable[[], bool], Form]] = current_app.extensions.get(OTHER_FORMS, [])
    for applies, form in others:
        if applies():
            return form(body)
    text = json.dumps(body, ensure_ascii=False)
    response = Response(text, status, mimetype="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="gridgov"'
    return response


def _of_ours(error: errors.GridgovError) -> Response:
    status = status_of(type(error))
    if status >= 500:
        log.error("%s: %s", type(error).__name__, error)
    text = sentence(error)
    wrong = [{"field": error.field, "message": text}] if error.field else None
    current = getattr(error, "current", None)
    return problem(status, text, wrong, f"urn:gridgov:{type(error).__name__}", current)


def _of_geo(error: GeoError) -> Response:
    text = say(error.message_id, error.values)
    return problem(422, text, [{"field": "location", "message": text}])


def _of_http(error: HTTPException) -> Response:
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    if messages := data.get("messages"):
        wrong = sorted(flat(messages), key=lambda one: one["field"])
        # Each is a sentence; Chinese ones stand side by side.
        text = ("" if speaks("zh") else " ").join(say(OF_FIELD, one) for one in wrong[:3])
        response = problem(status, text, wrong)
    else:
        response = problem(status, say(DETAILS[status]) if status in DETAILS else None)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length", "www-authenticate"):
            response.headers[name] = value
    return response


def _of_constraint(error: IntegrityError) -> Response:
    # Two at once wanted what only one can have; the loser may simply ask again.
    log.warning("lost a race: %s", type(error.orig).__name__)
    return _of_ours(errors.CaseMovedOn())


def _of_anything(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _of_http(error)
    # The input may hold somebody's data: the log gets the trace, never the values.
    log.error("%s", errors.trace(error))
    return _of_http(InternalServerError())


# Marshmallow's own sentences that a client can meet, for the catalogues.
MARSHMALLOW = (
    N_("Missing data for required field."),
    N_("Unknown field."),
    N_("Field may not be null."),
    N_("Not a valid string."),
    N_("Not a valid integer."),
    N_("Not a valid number."),
    N_("Not a valid boolean."),
    N_("Not a valid datetime."),
    N_("Not a valid date."),
    N_("Not a valid mapping type."),
    N_("Not a valid list."),
    N_("Invalid input type."),
    N_("Invalid value."),
    N_("Number too large."),
    N_("Special numeric values (nan or infinity) are not permitted."),
    N_("Not a valid email address."),
    N_("String does not match expected pattern."),
    N_("Not a valid naive datetime."),
    N_("Not a valid aware datetime."),
    N_("Not valid JSON."),
    N_("Invalid JSON body."),
)


LOCATIONS = ("json", "query", "headers", "files", "form")


def flat(messages: Any, path: str = "") -> list[dict[str, str]]:
    """Return marshmallow's messages as a list of fields and sentences."""
    if isinstance(messages, dict):
        found = []
        for key, inner in messages.items():
            # A name may hold half of a surrogate pair, which no answer can.
            name = str(key).encode(errors="backslashreplace").decode()[:100]
            if name == "_schema" or (name in LOCATIONS and not path):
                name = ""
            deeper = ".".join(filter(None, (path, name)))
            found += flat(inner, deeper)
        return found
    texts = messages if isinstance(messages, list) else [messages]
    return [{"field": path or "body", "message": say(str(text))[:300]} for text in texts]
