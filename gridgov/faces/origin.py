"""Changes that a cookie bears out come from our own pages (no cross-site request forgery).

Browsers say where a request comes from: in Sec-Fetch-Site, older ones in Origin. A form token
would say no more, and would go stale in a phone's queue of reports made without a network.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request

from gridgov.errors import NotAllowed
from gridgov.faces import cookie

READING = frozenset({"GET", "HEAD", "OPTIONS"})
PORTS = {"http": 80, "https": 443}


class ForeignOrigin(NotAllowed):
    """This came from another site, or does not say from where; open our own page and try again."""


def init(app: Flask) -> None:
    """Look at every request that changes something and brings a cookie."""
    app.before_request(_cookie_borne)


def own(*, silent: bool) -> None:
    """Refuse what another site sent; `silent` tells what to do with who does not say."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        ours = site in ("same-origin", "none")
    elif (origin := request.headers.get("Origin")) is not None:
        ours = _host(origin) == _host(f"{request.scheme}://{request.host}")
    else:
        ours = silent
    if not ours:
        raise ForeignOrigin


def _cookie_borne() -> None:
    if request.method in READING or "Authorization" in request.headers:
        return
    if cookie.given():
        own(silent=False)
    elif request.cookies:
        # A case's code lies in a cookie, too. Who brings one is any browser; those say from where.
        own(silent=True)


def _host(address: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None
