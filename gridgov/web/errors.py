"""Errors as pages: what happened, and what to do now."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from gridgov.faces import gate, problems
from gridgov.language import say
from gridgov.people.sessions import AWAITED
from gridgov.words import N_

OTHER_FACES = ("/api/", "/tiles/", "/open311/", "/ogc/", "/healthz", "/readyz")
# Somebody who is signed in by half goes on with that, and then to where they wanted.
HALF = frozenset(error.__name__ for error in AWAITED.values())
WHAT_NOW = {
    403: N_("This page is for others. If it should be yours, ask your office for the duty."),
    404: N_("The address may be mistyped, or what stood here is not for you to see."),
    405: N_("Go back, and use the buttons of the page."),
    409: N_("Go back and look again: someone may have done it already."),
    413: N_("Send fewer or smaller files."),
    422: N_("Go back and correct what is named above."),
    429: N_("Wait a minute, then try again. In danger, ring 119, 110 or 120."),
    500: N_("It has been noted, and nothing was changed. Try again later, or ring the office."),
    503: N_("Try again in a minute. What you sent was not taken yet."),
}


def init(app: Flask) -> None:
    """Answer errors of pages as pages."""
    problems.shown_as(app, _of_page, _page)


def above(path: str) -> str:
    """Return the page that an address belongs to which only takes what a form sends.

    Such an address is asked for by who changes the language, signs in again or loads it once
    more after a form of theirs was not taken.
    """
    routes = current_app.url_map.bind("")
    while path := path.rpartition("/")[0]:
        try:
            routes.match(path, method="GET")
        except HTTPException:
            continue
        return path
    return "/"


def _of_page() -> bool:
    return not request.path.startswith(OTHER_FACES)


def _page(body: dict[str, Any]) -> Response:
    status = body["status"]
    if status == 405 and request.method == "GET":
        return Response(status=303, headers={"Location": above(request.path)})
    if status == 401 or body["type"].rpartition(":")[2] in HALF:
        return Response(status=303, headers={"Location": gate.to_sign_in().location or "/"})
    now = say(WHAT_NOW.get(status, WHAT_NOW[422 if status < 500 else 500]))
    # Without the database: an error page must stand when nothing else does.
    text = render_template("error.html", problem=body, what_now=now)
    return Response(text, status, mimetype="text/html")
