"""Rate limits on what can be called without a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from gridgov.app import installation
from gridgov.faces import cookie
from gridgov.faces.auth import CODE_HEADER
from gridgov.people.sessions import genuine
from gridgov.settings import Settings

limiter = Limiter(key_func=get_remote_address)


def init(app: Flask, settings: Settings) -> None:
    """Attach the limits."""
    app.config.update(
        RATELIMIT_STORAGE_URI=settings.rate_storage,
        RATELIMIT_HEADERS_ENABLED=True,
    )
    limiter.init_app(app)


def _exempt() -> bool:
    # The limiter is one for all applications of a process, so each asks its own settings.
    if _off():
        return True
    # A wrong token is refused before anything is done, so its mere presence may exempt here. A
    # cookie that has ended is not: it must be one of ours, and does not help to guess codes.
    if request.headers.get("Authorization", "").startswith("Bearer "):
        return True
    secret = cookie.given()
    guesses = CODE_HEADER in request.headers or "code" in request.values
    return bool(secret and not guesses and genuine(installation().settings.keys, secret))


def _off() -> bool:
    return installation().settings.rate_limits == "off"


def sign_ins() -> Callable[[Any], Any]:
    """Limit what one client tries to sign in with, whatever else the request brings."""
    rate = lambda: installation().settings.rate_sign_in  # noqa: E731
    made: Callable[[Any], Any] = limiter.shared_limit(rate, scope="sign-in", exempt_when=_off)
    return made


def reports() -> Callable[[Any], Any]:
    """Limit reports of one client without a token."""
    return _limit("report", lambda: installation().settings.rate_report)


def others() -> Callable[[Any], Any]:
    """Limit all other calls of one client without a token."""
    return _limit("code", lambda: installation().settings.rate_code)


def tiles() -> Callable[[Any], Any]:
    """Limit tiles, of which one look at a map takes many."""
    return _limit("tiles", lambda: installation().settings.rate_tiles)


def _limit(scope: str, rate: Callable[[], str]) -> Callable[[Any], Any]:
    made: Callable[[Any], Any] = limiter.shared_limit(rate, scope=scope, exempt_when=_exempt)
    return made
