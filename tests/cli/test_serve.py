"""`gridgov serve`: clients that keep their connections, and those who ask once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.bench.ground import environment
from tests.bench.serving import WORKERS, serving
from tests.support.databases import SqlitePlace, opened

THREADS = WORKERS * 4
BUSY = 2 * THREADS
MANY = 300
ASKED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
STATUS = b"HTTP/1.1 200"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Serve an empty town; what is asked here asks the database for nothing."""
    place = SqlitePlace(tmp_path_factory.mktemp("served"))
    files = tmp_path_factory.mktemp("files")
    with opened(place, place.copy()) as engine, serving(environment(engine, files)) as listens:
        yield listens


def test_who_asks_once_does_not_wait_for_those_who_ask_on_and_on(port: int) -> None:
    """Each thread has a connection with hundreds of requests, and as many more wait for one."""
    begun, ended = threading.Barrier(BUSY + 1), threading.Event()

    def ask_on_and_on() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as link:
            link.sendall(ASKED * MANY)
            got = link.recv(1024)
            begun.wait(60)
            while got.count(STATUS) < MANY:
                part = link.recv(65536)
                assert part
                got += part
        ended.set()

    with ThreadPoolExecutor(BUSY) as pool:
        asked = [pool.submit(ask_on_and_on) for _ in range(BUSY)]
        begun.wait(60)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as link:
            link.sendall(ASKED)
            assert link.recv(1024).startswith(b"HTTP/1.1 200")
            assert not ended.is_set()
        for one in asked:
            one.result()


@pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"])
def test_what_comes_at_once_on_one_connection_is_answered_in_order(port: int, last: bytes) -> None:
    paths = [b"/healthz", b"/nothing-here", b"/healthz"]
    raw = [b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n" for path in paths]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as link:
        link.sendall(b"\r\n".join([*raw[:-1], raw[-1] + last, b""]))
        got = b""
        while got.count(b"HTTP/1.1 ") < len(paths):
            part = link.recv(65536)
            assert part, got
            got += part
    assert [one[:3] for one in got.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]
