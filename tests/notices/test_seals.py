"""Seals that are sent away: signed, in order, again until they are taken, never forgotten."""

from __future__ import annotations

import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from gridgov.audit.export import export
from gridgov.audit.journal import journal
from gridgov.audit.seal import seal
from gridgov.audit.status import Status, status
from gridgov.audit.verify import verify
from gridgov.database import transaction
from gridgov.notices import seals
from gridgov.notices.seals import send_seals
from tests.notices.conftest import MORNING, Desk

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
SECRET = "a secret of the tests alone"


@pytest.fixture
def kept(desk: Desk) -> Desk:
    desk.settings = replace(
        desk.settings, seals_url=desk.target.url + "/seals?of=park", seals_secret=SECRET
    )
    return desk


def sealed(desk: Desk, count: int = 1, at: datetime = MORNING) -> None:
    for _ in range(count):
        with transaction(desk.engine) as session:
            journal(session, desk.settings.keys, at, "sign_in", account=1)
        seal(desk.engine, desk.settings.keys, at)


def numbers(body: str) -> list[int]:
    return [json.loads(line)["number"] for line in body.splitlines()]


def bodies(desk: Desk) -> list[list[int]]:
    return [numbers(one.body) for one in desk.target.taken]


def told(desk: Desk, at: datetime) -> Status:
    with transaction(desk.engine, write=False) as session:
        return status(session, at)


def test_what_is_taken_is_the_file_that_verifying_reads(kept: Desk, tmp_path: Path) -> None:
    sealed(kept, 2)
    assert send_seals(kept.engine, kept.settings, MORNING) == (2, None)
    sealed(kept)
    assert send_seals(kept.engine, kept.settings, MORNING + SECOND) == (1, None)
    assert send_seals(kept.engine, kept.settings, MORNING + 2 * SECOND) == (0, None)
    assert bodies(kept) == [[1, 2], [3]]
    export(kept.engine, tmp_path / "seals.jsonl", MORNING)
    arrived = "".join(one.body for one in kept.target.taken)
    assert arrived == (tmp_path / "seals.jsonl").read_text()
    file = tmp_path / "elsewhere.jsonl"
    file.write_text(arrived)
    verdict = verify(kept.engine, kept.settings.keys, MORNING, file=file)
    assert (verdict.sound, verdict.lines) == (True, 3)


def test_it_is_signed_as_other_calls_are(kept: Desk) -> None:
    sealed(kept)
    send_seals(kept.engine, kept.settings, MORNING)
    (one,) = kept.target.taken
    stamp = one.headers["gridgov-timestamp"]
    text = f"{stamp}.{one.body}".encode()
    assert one.path == "/seals?of=park"
    expected = hmac.new(SECRET.encode(), text, sha256).hexdigest()
    assert one.headers["gridgov-signature"] == "v1=" + expected
    assert abs(int(stamp) - MORNING.timestamp()) < 60


def test_what_is_not_taken_comes_again_as_it_was_before_what_follows(
    kept: Desk, tmp_path: Path
) -> None:
    sealed(kept, 2)
    kept.target.plan = ["500", "drop"]
    at, said = MORNING, []
    for _ in range(4):
        said.append(send_seals(kept.engine, kept.settings, at))
        sealed(kept, at=at)
        at += HOUR + timedelta(minutes=20)  # longer than it ever waits
    assert [count for count, _ in said] == [0, 0, 4, 1]
    assert "500" in (said[0][1] or "")
    assert said[2][1] is None
    assert bodies(kept) == [[1, 2], [1, 2], [1, 2], [3, 4], [5]]
    keys = [one.key for one in kept.target.taken]
    assert len(set(keys[:3])) == 1
    assert len(set(keys)) == 3
    # Whoever appends a body twice still has a file that verifies.
    file = tmp_path / "twice.jsonl"
    file.write_text("".join(one.body for one in kept.target.taken))
    assert verify(kept.engine, kept.settings.keys, MORNING, file=file).sound


def test_it_waits_before_it_tries_again(kept: Desk) -> None:
    sealed(kept)
    kept.target.usual = "503"
    send_seals(kept.engine, kept.settings, MORNING)
    assert send_seals(kept.engine, kept.settings, MORNING + SECOND) == (0, None)
    assert len(kept.target.taken) == 1
    assert send_seals(kept.engine, kept.settings, MORNING + timedelta(minutes=1))[1]
    assert len(kept.target.taken) == 2


def test_of_many_processes_one_sends(kept: Desk) -> None:
    sealed(kept, 3)
    with ThreadPoolExecutor(4) as pool:
        runs = range(4)
        done = list(pool.map(lambda _: send_seals(kept.engine, kept.settings, MORNING), runs))
    assert sum(count for count, _ in done) == 3
    assert bodies(kept) == [[1, 2, 3]]


def test_who_died_while_sending_is_followed_by_another(
    kept: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(kept)
    with monkeypatch.context() as dying:
        dying.setattr(seals, "_mark", lambda *_: None)
        dying.setattr(seals, "PASS", SECOND)
        send_seals(kept.engine, kept.settings, MORNING)
    assert send_seals(kept.engine, kept.settings, MORNING + timedelta(minutes=1)) == (0, None)
    assert send_seals(kept.engine, kept.settings, MORNING + timedelta(minutes=4)) == (1, None)
    assert [one.key for one in kept.target.taken] == ["seals-1-1"] * 2


def test_an_address_of_this_sites_own_is_refused_unless_it_is_named(kept: Desk) -> None:
    sealed(kept)
    strict = replace(kept.settings, notice_hosts_allowed=())
    sent, error = send_seals(kept.engine, strict, MORNING)
    assert sent == 0
    assert "127.0.0.1" in (error or "")
    assert not kept.target.taken


def test_another_address_begins_with_the_first_seal(kept: Desk) -> None:
    sealed(kept, 2)
    send_seals(kept.engine, kept.settings, MORNING)
    moved = replace(kept.settings, seals_url=kept.target.url + "/other")
    assert send_seals(kept.engine, moved, MORNING) == (2, None)
    assert [one.path for one in kept.target.taken] == ["/seals?of=park", "/other"]


def test_what_stands_still_is_told_of_also_while_sealing_goes_on(
    kept: Desk, tmp_path: Path
) -> None:
    sealed(kept)
    assert told(kept, MORNING).sent is None
    kept.target.usual = "500"
    send_seals(kept.engine, kept.settings, MORNING)
    at = MORNING + timedelta(minutes=5)
    sealed(kept, at=at)
    found = told(kept, at)
    assert (found.sent, found.late) == (0, ("export", "webhook"))
    assert "500" in (found.send_error or "")
    export(kept.engine, tmp_path / "seals.jsonl", at)
    kept.target.usual = "ok"
    send_seals(kept.engine, kept.settings, at + HOUR)
    found = told(kept, at)
    assert (found.sent, found.send_error, found.late) == (2, None, ())
    # Without the setting, nothing is sent and nothing is late.
    send_seals(kept.engine, replace(kept.settings, seals_url=""), at)
    sealed(kept, at=at)
    assert told(kept, at + HOUR).sent is None
