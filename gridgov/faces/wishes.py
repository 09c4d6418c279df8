"""Requests as the verbs take them: the idempotency key, a step that is wished for."""

from __future__ import annotations

from typing import Any

from flask import request

from gridgov.app import installation
from gridgov.cases.act import Wish
from gridgov.cases.repeat import Key

KEY_HEADER = "Idempotency-Key"


def request_key(key: str | None) -> Key | None:
    """Return the request's idempotency key with a digest of what came with it."""
    if key is None:
        return None
    body = f"{request.method} {request.path}\n".encode() + request.get_data()
    return Key(key, installation().settings.keys.body_digest(body))


def wish(step: dict[str, Any]) -> Wish:
    """Return a step as the verb takes it."""
    given = {name: value for name, value in step.items() if name not in ("step", "version")}
    return Wish(step["step"], step.get("version"), given)
