"""Talks Open311 to another body: JSON over HTTP, guarded, bounded, following nothing."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from gridgov.errors import GridgovError, Unavailable
from gridgov.notices.guard import guarded

TIMEOUT_S = 10
MOST_READ = 1_000_000
FORM = "application/x-www-form-urlencoded; charset=utf-8"


class Refused(GridgovError):
    """The other system refused: %(status)s %(said)s."""


class Silent(Unavailable):
    """The other system cannot be reached, or says nothing that can be read: %(why)s."""


@dataclass(frozen=True)
class Remote:
    """An endpoint as it is talked to."""

    url: str
    key: str | None
    jurisdiction: str | None
    allowed: Sequence[str]  # addresses of this site's own that may be sent to

    def get(self, path: str, **query: str) -> Any:
        """Ask for something. Raises Refused, Silent, HostNotAllowed."""
        return self._ask("GET", path, query, {})

    def post(self, path: str, form: Mapping[str, str], key: str) -> Any:
        """Send something, under a key by which it is known when it comes again."""
        return self._ask("POST", path, form, {"Idempotency-Key": key})

    def _ask(
        self, method: str, path: str, values: Mapping[str, str], headers: Mapping[str, str]
    ) -> Any:
        given = {"jurisdiction_id": self.jurisdiction, "api_key": self.key} | dict(values)
        said = urlencode({name: value for name, value in given.items() if value})
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        where = f"{parts.path.rstrip('/')}/{quote(path)}.json"
        try:
            with guarded(self.allowed):
                if method == "GET":
                    connection.request("GET", f"{where}?{said}")
                else:
                    more = {"Content-Type": FORM} | dict(headers)
                    connection.request("POST", where, said.encode(), more)
                answer = connection.getresponse()
                text = answer.read(MOST_READ).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise Silent(why=type(error).__name__) from error
        finally:
            connection.close()
        return _read(answer.status, text)


def _read(status: int, text: str) -> Any:
    if 400 <= status < 500 and status not in (408, 429):
        raise Refused(status=status, said=_first(text))
    if not 200 <= status < 300:
        raise Silent(why=status)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Silent(why="JSON") from error


def _first(text: str) -> str:
    """Return what the first error says."""
    try:
        return str(json.loads(text)[0]["description"])[:200]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
