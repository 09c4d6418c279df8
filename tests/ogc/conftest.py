"""The twins of tests.exchange: towns that differ in their database only; and one that is served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.exchange.conftest import twin, twins
from tests.support.town import Town

__all__ = ["twin", "twins"]
ROOT = "/ogc/v1"


@dataclass(frozen=True)
class Served:
    """A town behind a server, and where its OGC API lies."""

    town: Town
    address: str

    def token(self, who: str) -> str:
        """Return the header that says who asks."""
        return f"Authorization: Bearer {self.town.tokens[who]}"


@pytest.fixture(scope="session")
def served(twins: dict[str, Town]) -> Iterator[Served]:
    """Serve the town on SpatiaLite: what a client understands does not depend on the database."""
    town = twins["sqlite"]
    server = make_server("127.0.0.1", 0, town.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Served(town, f"http://127.0.0.1:{server.server_port}{ROOT}")
    server.shutdown()
    thread.join()


def ask(town: Town, path: str, who: str | None = None, **query: Any) -> Any:
    """GET an address of the OGC API, its parameters' _ being dashes."""
    given = {name.replace("_", "-"): value for name, value in query.items()}
    return town.client.get(ROOT + path, query_string=given, headers=town.headers(who))


def items(town: Town, name: str, who: str | None = None, **query: Any) -> dict[str, Any]:
    """Return a page of features, which must be answered."""
    answer = ask(town, f"/collections/{name}/items", who, **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def ids(page: dict[str, Any]) -> list[str]:
    """Return the ids of a page's features."""
    return [one["id"] for one in page["features"]]
