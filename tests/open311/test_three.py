"""A client that others wrote (PyPI `three`) talks to the server over real HTTP."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.support.town import IN_G1, RESIDENT, STREET, Town

# It was written for Python 2, where filter() made lists and itertools had the lazy one.
itertools.ifilter = filter  # type: ignore[attr-defined]
three: Any = import_module("three")


@pytest.fixture
def endpoint(town: Town) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, town.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/open311/v2/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_three_reports_and_follows(town: Town, endpoint: str) -> None:
    client: Any = three.Three(endpoint, api_key=town.tokens[RESIDENT], jurisdiction=STREET)
    assert client.discovery()["endpoints"][0]["url"] + "/" == endpoint
    codes = [one["service_code"] for one in client.services()]
    assert "01001" in codes
    assert client.services("01001")["service_code"] == "01001"
    lon, lat = IN_G1
    made = client.post(
        "01001", description="a lamp", lat=lat, long=lon, name="Ming Wang", phone="13800000000",
        email="ming@example.org",
    )  # fmt: skip
    number = made[0]["service_request_id"]
    assert client.token(number)[0]["service_request_id"] == number
    (one,) = client.request(number)
    assert (one["status"], one["lat"], one["long"]) == ("open", lat, lon)
    assert [r["service_request_id"] for r in client.requests("01001", count=10)] == [number]
    day, now = timedelta(days=1), datetime.now(UTC)
    found = client.requests(between=[now - day, now + day])
    assert [r["service_request_id"] for r in found] == [number]
    assert client.requests(status="closed") == []
    wrong = client.post("99999", description="x", lat=lat, long=lon)
    assert wrong[0]["code"] == 404
