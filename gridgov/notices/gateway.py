"""The gateway for SMS and voice calls: an HTTP service whose wire format a file describes."""

from __future__ import annotations

import http.client
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

from gridgov.errors import BadInput, Unavailable
from gridgov.notices.rules import PHONES
from gridgov.words import N_, Phrase

FORMATS = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml; charset=utf-8",
}
KEYS = frozenset({"url", "method", "headers", "format", "body", "ok"})
MOST_READ = 65_536


class GatewayWrong(BadInput):
    """The file of the gateway cannot be used: %(where)s: %(what)s."""


class GatewayRefused(Unavailable):
    """The other side answered %(status)s."""


@dataclass(frozen=True)
class Wire:
    """How one kind of message leaves; `{to} {title} {text} {key} {secret}` stand for its parts."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    format: str = "json"
    body: Any = None
    ok: str = ""  # a pattern that the answer must show; many answer 200 to a refusal

    def request(self, values: Mapping[str, str]) -> tuple[str, bytes, dict[str, str]]:
        """Return address, body and headers with the values in them, escaped as each needs."""
        url = _put(self.url, {name: quote(value, safe="") for name, value in values.items()})
        headers = {name: _put(text, _one_line(values)) for name, text in self.headers.items()}
        headers = {"Content-Type": FORMATS[self.format], "Idempotency-Key": values["key"]} | headers
        if self.format == "json":
            body = json.dumps(_filled(self.body, values), ensure_ascii=False).encode()
        elif self.format == "form":
            body = urlencode(_filled(self.body, values)).encode()
        else:
            body = _put(self.body, {name: escape(text) for name, text in values.items()}).encode()
        return url, body, headers


def read(path: Path) -> dict[str, Wire]:
    """Read the file; no file, or one without [sms] and [voice], is no gateway."""
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise GatewayWrong(where=path.name, what=error) from error
    if unknown := found.keys() - PHONES:
        raise GatewayWrong(where=min(unknown), what=N_("takes [sms] and [voice]"))
    return {name: _wire(name, told) for name, told in found.items()}


def _wire(name: str, told: Any) -> Wire:
    if not isinstance(told, dict) or told.keys() - KEYS:
        raise GatewayWrong(
            where=name, what=Phrase(N_("takes %(known)s"), known=", ".join(sorted(KEYS)))
        )
    given: dict[str, Any] = {"url": ""} | told
    wire = Wire(**given)
    if urlsplit(wire.url).scheme not in ("http", "https"):
        raise GatewayWrong(where=f"{name}.url", what=N_("begins with http:// or https://"))
    if wire.format not in FORMATS:
        known = Phrase(N_("is one of %(known)s"), known=", ".join(FORMATS))
        raise GatewayWrong(where=f"{name}.format", what=known)
    if not isinstance(wire.body, str if wire.format == "xml" else dict):
        raise GatewayWrong(where=f"{name}.body", what=N_("is a text for xml, else a table"))
    if not isinstance(wire.headers, dict):
        raise GatewayWrong(where=f"{name}.headers", what=N_("is a table"))
    try:
        re.compile(wire.ok)
    except (re.error, TypeError) as error:
        raise GatewayWrong(where=f"{name}.ok", what=error) from error
    return wire


def call(wire: Wire, values: Mapping[str, str], timeout: float) -> None:
    """Send; raises GatewayRefused, OSError or HTTPException."""
    url, body, headers = wire.request(values)
    post(url, body, headers, timeout, method=wire.method, ok=wire.ok)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    timeout: float,
    *,
    method: str = "POST",
    ok: str = "",
) -> None:
    """Send one request, follow nothing; whatever is not 2xx, or not `ok`, is GatewayRefused."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    try:
        where = parts.path or "/"
        connection.request(
            method, f"{where}?{parts.query}" if parts.query else where, body, dict(headers)
        )
        answer = connection.getresponse()
        said = answer.read(MOST_READ).decode("utf-8", "replace")
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise GatewayRefused(status=answer.status)
    if ok and not re.search(ok, said):
        raise GatewayRefused(status=f"{answer.status}: {said[:120]}")


def _filled(told: Any, values: Mapping[str, str]) -> Any:
    if isinstance(told, dict):
        return {name: _filled(one, values) for name, one in told.items()}
    if isinstance(told, list):
        return [_filled(one, values) for one in told]
    return _put(told, values) if isinstance(told, str) else told


def _put(text: str, values: Mapping[str, str]) -> str:
    # In one pass: what a value holds is never read as a placeholder.
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)


def _one_line(values: Mapping[str, str]) -> dict[str, str]:
    return {name: re.sub(r"[^\x20-\x7e]", "", text) for name, text in values.items()}
