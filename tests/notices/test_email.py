"""E-mail through Apprise, against a real SMTP conversation on loopback."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_string, policy

import pytest

from gridgov.cases.known import known
from gridgov.database import transaction
from gridgov.faces.papers import maker
from gridgov.insight.announce import announce
from gridgov.notices.deliver import deliver
from gridgov.notices.tables import SENT
from tests.notices.conftest import MORNING, Desk


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


@pytest.mark.parametrize("kind", ["mail", "other"])
def test_reports_come_as_a_paper_by_e_mail_and_as_a_link_elsewhere(
    desk: Desk, post: tuple[int, list[str]], kind: str
) -> None:
    port, letters = post
    mail = f"mailto://127.0.0.1:{port}?from=grid@example.cn&to=head@example.cn"
    desk.channel("committee", mail if kind == "mail" else None)
    desk.case()
    with transaction(desk.engine) as session:
        assert announce(session, known(session, desk.settings), MORNING) == 2
    settings = replace(desk.settings, notice_link="https://grid.example/cases/{number}")
    done = deliver(desk.engine, settings, MORNING, papers=maker(desk.town.app))
    assert (done.sent, done.failed, done.dead) == (1, 0, 0), desk.messages()[0].error
    if kind == "other":
        [said] = desk.target.messages
        assert said.count("https://grid.example/figures/report.pdf?from=") == 2
        return
    letter = message_from_string(letters[0], policy=policy.default)
    papers = [(part.get_filename(), part.get_content()) for part in letter.iter_attachments()]
    assert [name for name, _ in papers] == [
        "gridgov-2026-02-23-2026-03-02.pdf", "gridgov-2026-02-01-2026-03-01.pdf"
    ]  # fmt: skip
    assert all(data.startswith(b"%PDF") for _, data in papers)


def test_a_paper_that_cannot_be_made_holds_nothing_up(
    desk: Desk, post: tuple[int, list[str]]
) -> None:
    port, letters = post
    desk.channel("committee", f"mailto://127.0.0.1:{port}?from=a@example.cn&to=b@example.cn")
    with transaction(desk.engine) as session:
        announce(session, known(session, desk.settings), MORNING)

    def broken(person: str, said: object) -> None:
        raise RuntimeError(f"no paper for {person} of {said}")

    assert deliver(desk.engine, desk.settings, MORNING, papers=broken).sent == 1  # type: ignore[arg-type]
    letter = message_from_string(letters[0], policy=policy.default)
    assert not list(letter.iter_attachments())
