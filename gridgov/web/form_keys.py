"""A form's own key: the same form sent twice does its work once; changed, it is another one."""

from __future__ import annotations

import secrets

from flask import request

from gridgov.app import installation
from gridgov.cases.repeat import Key
from gridgov.web.shell import Visit

SHORTEST, LONGEST = 8, 60


def new() -> str:
    """Return a key for a form that is shown."""
    return secrets.token_urlsafe(16)


def sent(visit: Visit) -> Key | None:
    """Return the key of what was sent, so that a page loaded again does nothing twice.

    Who goes back and writes something else means something else: its words are part of the key.
    """
    given = request.form
    key = given.get("key", "")
    if not SHORTEST <= len(key) <= LONGEST:
        return None
    said = f"POST {request.path}\n{sorted(given.items(multi=True))!r}".encode()
    digest = installation().settings.keys.body_digest(said)
    return Key(f"{key}:{digest.hex()[:32]}", digest).by(visit.actor.account)
