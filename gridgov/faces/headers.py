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
ALWAYS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
OF_PAGES = ALWAYS | {
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=(self)" for feature in ASKED),
}
OF_DATA = ALWAYS | {
    "Content-Security-Policy": NOTHING,
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in ASKED),
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


def init(app: Flask) -> None:
    """Attach them."""
    app.after_request(protected)


def protected(response: Response) -> Response:
    """Add what the answer does not say already, or says more strictly."""
    runs = response.mimetype in RUNNING
    own = response.headers
    said = {name.lower() for name, _ in own}
    wanted = {"Content-Security-Policy": _of_pages(), **OF_PAGES} if runs else OF_DATA
    if request.is_secure:
        wanted = wanted | HSTS
    own.extend((name, value) for name, value in wanted.items() if name.lower() not in said)
    if "public" not in own["Cache-Control"]:
        own["Vary"] = "Accept-Language, Authorization, Cookie, X-Case-Code"
    return response


def _of_pages() -> str:
    """Let the base map's tiles in, where the office has a key for one."""
    more = content_sources(installation().settings.tianditu_key)
    return PAGE.replace("img-src 'self'", " ".join(("img-src 'self'", *more)))
