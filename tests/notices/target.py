"""A real HTTP server on loopback that takes, refuses, hangs, or drops its answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Taken(NamedTuple):
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def key(self) -> str:
        return self.headers["idempotency-key"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Target:
    """What came, and what to do with what comes: the next of `plan`, then `usual`."""

    port: int = 0
    usual: str = "ok"
    plan: list[str] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    says: str = '{"code": 0}'
    go_on: threading.Event = field(default_factory=threading.Event)
    let_go: int = 0  # of those that hung
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def apprise(self) -> str:
        return f"json://127.0.0.1:{self.port}/bell"

    @property
    def messages(self) -> list[str]:
        return [one.json["message"] for one in self.taken]

    @property
    def titles(self) -> list[str]:
        return [one.json["title"] for one in self.taken]


@contextmanager
def target() -> Iterator[Target]:
    made = Target()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            with made.lock:
                headers = {name.lower(): text for name, text in self.headers.items()}
                made.taken.append(Taken(self.path, headers, body))
                does = made.plan.pop(0) if made.plan else made.usual
            if does == "hang":
                made.go_on.wait(60)
                made.let_go += 1
            if does in ("drop", "hang"):
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(200 if does == "ok" else int(does))
            if does == "302":
                self.send_header("Location", made.url + "/elsewhere")
            self.end_headers()
            self.wfile.write(made.says.encode())

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

        def handle(self) -> None:
            with suppress(OSError, ValueError):  # what it dropped itself
                super().handle()

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.go_on.set()
        server.shutdown()
        server.server_close()
