"""What goes out: one value, written as XML or as JSON, and errors in the protocol's own form.

The JSON is the XML without its root: `<services><service>…` becomes a list of objects.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from flask import Response, current_app, request

FORMATS = ("json", "xml")
MEDIA_TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
# What one entry of a list is called.
ENTRY = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
# 401 has no place in the protocol: whoever is not known lacks a key.
CODES = {401: 403, 409: 400, 422: 400}
KEPT = frozenset({403, 404, 405, 413, 415, 429})
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(root: str, value: Any, fmt: str, status: int = 200) -> Response:
    """Answer a value in the format asked for; `root` is the XML's outermost element."""
    text = HEAD + element(root, value) if fmt == "xml" else current_app.json.dumps(value)
    return Response(text, status, content_type=MEDIA_TYPES[fmt])


def element(name: str, value: Any) -> str:
    """Return a value as an element: objects by their keys, lists by the name of their entries."""
    if isinstance(value, dict):
        inner = "".join(element(key, one) for key, one in value.items())
    elif isinstance(value, list):
        inner = "".join(element(ENTRY.get(name, "value"), one) for one in value)
    else:
        inner = escape(_NO_XML.sub("", _plain(value)))
    return f"<{name}>{inner}</{name}>"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def instant(at: datetime | None) -> str | None:
    """Return an instant as the protocol writes it: whole seconds, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def applies() -> bool:
    """Tell whether the present request is of this face."""
    return request.path.startswith("/open311/")


def refused(body: dict[str, Any]) -> Response:
    """Answer an error: each with its code and what is wrong in words."""
    status = CODES.get(body["status"], body["status"])
    if 400 <= status < 500 and status not in KEPT:
        status = 400
    wrong = [f"{one['field']}: {one['message']}" for one in body.get("errors", ())]
    said = [body["detail"]] if len(wrong) < 2 and body.get("detail") else wrong or [body["title"]]
    errors = [{"code": status, "description": text} for text in said]
    return answer("errors", errors, "xml" if request.path.endswith(".xml") else "json", status)
