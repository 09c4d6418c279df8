"""The first page: what anybody can do here; whoever works here goes on to their own."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Answer

from gridgov.app import installation
from gridgov.language import COOKIE
from gridgov.web import nav
from gridgov.web.blueprint import blueprint
from gridgov.web.shell import LARGE, visiting

YEAR = 365 * 86_400


@blueprint.get("/")
def home() -> Answer:
    """Show what anybody can do; whoever has work here is sent to it."""
    with visiting() as visit:
        first = nav.first_page(visit.actor)
        return redirect(first, 303) if first else visit.page("home.html")


@blueprint.post("/preferences")
def preferences() -> Answer:
    """Keep the language and the size of print in cookies of this browser."""
    made = redirect(back(request.form.get("next")), 303)
    if (chosen := request.form.get("lang")) in installation().settings.languages:
        _keep(made, COOKIE, str(chosen))
    if (large := request.form.get("large")) in ("0", "1"):
        _keep(made, LARGE, str(large))
    return made


def back(address: str | None) -> str:
    """Return a path of this site, never one of another."""
    parts = urlsplit((address or "").replace("\\", "/"))
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    plain = (address or "").isprintable()  # no line break, which no header takes
    return (address or "/") if inside and plain and not parts.path.startswith("//") else "/"


def _keep(response: Answer | Response, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure
    )
