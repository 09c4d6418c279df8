"""Holds every request to its line of the access table, and the table to the routes there are.

Whoever brings nothing is refused before the view runs; `serving()` finds out who it is and holds
them to their line.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from gridgov.errors import GridgovError, NotFound, NotSignedIn
from gridgov.faces import cookie
from gridgov.faces.access import BY_CODE, LINES, PUBLIC, SESSION, TABLE, Line
from gridgov.faces.auth import CODE_HEADER, authorization, brought, unknown
from gridgov.people.actors import ANYONE, Actor

PAGES = "web."
SIGN_IN = "web.sign_in"
OURSELVES = frozenset({"HEAD", "OPTIONS"})  # Flask answers them from the GET


class RouteWithoutLine(GridgovError):
    """The access table has no line for the route %(route)s; faces/access.py says how to add it."""


class LineWithoutRoute(GridgovError):
    """The access table has a line for %(route)s, but there is no such route."""


class LineTwice(GridgovError):
    """The access table has two lines for %(route)s."""


class SessionNeeded(NotSignedIn):
    """A token does not open this: sign in, and send the cookie that you are given."""


def check(app: Flask) -> None:
    """Refuse to start where table and routes are not the same."""
    routes = {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - OURSELVES
    }
    for wrong, error in (
        (sorted(routes - LINES.keys()), RouteWithoutLine),
        (sorted(LINES.keys() - routes), LineWithoutRoute),
        ([] if len(LINES) == len(TABLE) else sorted(_twice()), LineTwice),
    ):
        if wrong:
            raise error(route=" ".join(wrong[0]))


def _twice() -> set[tuple[str, str]]:
    keys = [(line.method, line.endpoint) for line in TABLE]
    return {key for key in keys if keys.count(key) > 1}


def init(app: Flask) -> None:
    """Refuse whoever brings nothing where something is needed, before anything is looked at."""
    app.before_request(_refuse_nobody)


def line() -> Line:
    """Return the line of the present request."""
    method = "GET" if request.method == "HEAD" else request.method
    found = LINES.get((method, request.endpoint or ""))
    if found is None:
        raise NotFound
    return found


def hold(actor: Actor) -> None:
    """Refuse whoever the present request's line does not let in."""
    here = line()
    if here.lets_in(actor):
        return
    raise unknown() if actor is ANYONE else here.refusal()


def _refuse_nobody() -> Answer | None:
    if request.endpoint is None or request.method == "OPTIONS":
        return None
    here = line()
    if here.door is PUBLIC or (cookie.given() if here.door is SESSION else brought()):
        return None
    # Only pages send a code in a form.
    given = request.values if is_page() else request.args
    if here.door is BY_CODE and (CODE_HEADER in request.headers or given.get("code")):
        return None
    if is_page():
        return to_sign_in()
    if here.door is SESSION and authorization() is not None:
        raise SessionNeeded
    raise NotSignedIn


def is_page() -> bool:
    """Tell whether the present request is for a page rather than for a program."""
    return (request.endpoint or "").startswith(PAGES)


def to_sign_in() -> Answer:
    """Send somebody to the sign-in, and afterwards back to where they wanted to go."""
    back = request.full_path.rstrip("?") if request.method == "GET" else _came_from()
    return redirect(url_for(SIGN_IN, next=back), 303)


def _came_from() -> str | None:
    """Return the page of ours on which a form was sent, where the browser tells it."""
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host:
        return None
    return f"{page.path}?{page.query}" if page.query else page.path
