"""Headers that protect, on every answer of every face."""

from __future__ import annotations

from flask import Flask, Response, request

from gridgov.app import installation
from gridgov.exchange.base_map import content_sources

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
    "connect-src 'self'", "font-src 'self'", "manifest-src 'self'", "worker-src 'self'",
    "media-src 'self' blob:", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
))  # fmt: skip
# What runs under a policy of its own: a page, and a worker by the answer that its script came in.
RUNNING = frozenset({"text/html", "text/javascript", "application/javascript"})
ASKED = ("geolocation", "camera", "microphone")
HSTS = "max-age=31536000"


def init(app: Flask) -> None:
    """Attach them."""
    app.after_request(protected)


def protected(response: Response) -> Response:
    """Add what the answer does not say already, or says more strictly."""
    runs = response.mimetype in RUNNING
    own = response.headers
    own.setdefault("Content-Security-Policy", _of_pages() if runs else NOTHING)
    own.setdefault("Referrer-Policy", "same-origin" if runs else "no-referrer")
    own.setdefault("Permissions-Policy", _permissions("(self)" if runs else "()"))
    own.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    own.setdefault("X-Content-Type-Options", "nosniff")
    own.setdefault("X-Frame-Options", "DENY")
    own.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        own.setdefault("Strict-Transport-Security", HSTS)
    if "public" not in own["Cache-Control"]:
        own["Vary"] = "Accept-Language, Authorization, Cookie, X-Case-Code"
    return response


def _of_pages() -> str:
    """Let the base map's tiles in, where the office has a key for one."""
    more = content_sources(installation().settings.tianditu_key)
    return PAGE.replace("img-src 'self'", " ".join(("img-src 'self'", *more)))


def _permissions(allowed: str) -> str:
    return ", ".join(f"{feature}={allowed}" for feature in ASKED)
