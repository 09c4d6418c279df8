"""The session's cookie: out of reach of scripts, of other sites, and over TLS of other hosts."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from gridgov.people.sessions import MONTH

NAME = "gridgov_session"


def name() -> str:
    """Return its name; over TLS browsers take this one from the very host only."""
    return f"__Host-{NAME}" if request.is_secure else NAME


def given() -> str | None:
    """Return what the request brings."""
    return request.cookies.get(name()) or None


def keep(response: Response, secret: str, *, remembered: bool) -> None:
    """Hand the cookie out; unless remembered, it goes when the browser is closed."""
    age = int(MONTH.total_seconds()) if remembered else None
    response.set_cookie(
        name(), secret, max_age=age, path="/", httponly=True, secure=request.is_secure,
        samesite="Lax",
    )  # fmt: skip


def forget(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(
        name(), path="/", httponly=True, secure=request.is_secure, samesite="Lax"
    )
