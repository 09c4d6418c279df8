"""E-mail through Apprise, against a real SMTP conversation on loopback."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_string, policy

import pytest

from gridgov.notices.tables import SENT
from tests.notices.conftest import Desk


class Smtp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            command = line.upper()
            if command == "DATA":
                self.say("354 go on")
                lines = []
                while (one := self.rfile.readline().decode()).strip() != ".":
                    lines.append(one)
                self.server.letters.append("".join(lines))  # type: ignore[attr-defined]
            elif command == "QUIT":
                self.say("221 bye")
                return
            self.say("250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def post() -> Iterator[tuple[int, list[str]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp) as server:
        server.daemon_threads = True
        server.letters = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], server.letters  # type: ignore[attr-defined]
        server.shutdown()


def test_a_notice_by_e_mail_carries_its_key(desk: Desk, post: tuple[int, list[str]]) -> None:
    port, letters = post
    desk.channel("head", f"mailto://127.0.0.1:{port}?from=grid@example.cn&to=head@example.cn")
    number = desk.case()
    desk.notice(number, "head", template="rung_amber", clock="handle")
    desk.deliver()
    assert desk.states() == [SENT], desk.messages()[0].error
    letter = message_from_string(letters[0], policy=policy.default)
    assert number in letter["Subject"]
    assert letter["To"] == "head@example.cn"
    assert letter["Idempotency-Key"] == desk.messages()[0].key
