"""Whoever has the database's password but no keys: each thing that they may do is found."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gridgov.audit import rules
from gridgov.audit.seal import seal
from gridgov.audit.verify import verify
from gridgov.backup.restore import restore
from gridgov.keys import Keys
from gridgov.storage.store import LocalFolder
from tests.audit.conftest import Copy, Told

THIEF = Keys("a secret that somebody guessed")


def test_what_nobody_touched_is_sound(copy: Copy) -> None:
    verdict = copy.verify()
    assert verdict.sound, verdict.findings
    assert verdict.events == 10
    assert (verdict.entries, verdict.seals, verdict.lines) == (4, 2, 2)
    assert (verdict.last_seal, verdict.unsealed, verdict.erased) == (2, 0, 0)


@pytest.mark.parametrize(
    "change",
    [
        "at = (SELECT min(at) FROM events)",
        "step = 'comment'",
        "role = 'leader'",
        "person_code = 'head'",
        "unit_code = 'office'",
        "from_status = 'filed'",
        "to_status = 'closed'",
        "audience = 'public'",
        "inferred = (1 = 1)",
        "round = 2",
        "data = '{}'",
        "key_id = 'another'",
        "text_digest = NULL",
        "mac = (SELECT mac FROM events e WHERE e.id = 1)",
    ],
)
def test_an_altered_field_is_found_and_said(copy: Copy, change: str) -> None:
    submitted = copy.value(
        "SELECT e.id FROM events e JOIN cases c ON c.id = e.case_id"
        " WHERE c.number = :number AND e.step = 'submit'",
        number=copy.told.closed,
    )
    copy.run(f"UPDATE events SET {change} WHERE id = :event", event=submitted)
    verdict = copy.verify()
    assert not verdict.sound
    first = verdict.findings[0]
    assert first.of.startswith(f"case {copy.told.closed}, event {submitted} ")
    assert first.seal == 1
    # One alteration is told of where it is, not of all that follows.
    assert len({one.of for one in verdict.findings if one.kind == "altered"}) <= 2
    assert verdict.since is not None
    assert not copy.verify(file=False).sound


def test_altered_words_are_found(copy: Copy) -> None:
    event = copy.event(copy.told.open, 2)
    copy.run('UPDATE event_texts SET text = \'{"question": "x"}\' WHERE event_id = :e', e=event)
    assert copy.found() == {"words_altered"}


@pytest.mark.parametrize("change", ["description = 'another'", "answers = NULL"])
def test_what_was_reported_is_found_altered_in_the_case(copy: Copy, change: str) -> None:
    copy.run(f"UPDATE cases SET {change} WHERE number = :number", number=copy.told.closed)
    verdict = copy.verify()
    assert [one.kind for one in verdict.findings] == ["words_altered"]
    assert verdict.findings[0].of.endswith("(version 1)")


def test_removed_words_are_found_unless_an_entry_says_so(copy: Copy) -> None:
    copy.run("DELETE FROM event_texts WHERE event_id = :e", e=copy.event(copy.told.closed, 1))
    assert copy.found() == {"words_gone"}


def test_words_that_nobody_wrote_are_found(copy: Copy) -> None:
    silent = copy.value("SELECT id FROM events WHERE text_digest IS NULL ORDER BY id LIMIT 1")
    copy.connection.execute(
        sa.text("INSERT INTO event_texts (event_id, text, salt) VALUES (:e, '{}', :salt)"),
        {"e": silent, "salt": b"0" * 16},
    )
    assert copy.found() == {"words_altered"}


@pytest.mark.parametrize("version", [2, "last"])
def test_a_removed_event_is_found(copy: Copy, version: int | str) -> None:
    told = copy.told
    last = copy.last(told.open)
    event = copy.event(told.open, last if version == "last" else 2)
    copy.remove(event)
    verdict = copy.verify()
    assert f"event {event}" in {one.of for one in verdict.findings if one.kind == "missing"}


def test_the_last_event_is_missed_where_the_case_was_put_back_to_fit(copy: Copy) -> None:
    number = copy.told.open
    last = copy.last(number)
    event = copy.event(number, last)
    copy.remove(event)
    copy.run(
        "UPDATE cases SET version = version - 1, chain ="
        " (SELECT mac FROM events e WHERE e.case_id = cases.id AND e.version = :before),"
        " status = (SELECT to_status FROM events e"
        " WHERE e.case_id = cases.id AND e.version = :before) WHERE number = :number",
        number=number, before=last - 1,
    )  # fmt: skip
    verdict = copy.verify()
    assert [(one.kind, one.of, one.seal) for one in verdict.findings] == [
        ("missing", f"event {event}", 2)
    ]


def test_a_removed_past_and_a_removed_case_are_found(copy: Copy) -> None:
    number = copy.told.closed
    case = copy.value("SELECT id FROM cases WHERE number = :number", number=number)
    gone = [copy.event(number, version) for version in range(1, copy.last(number) + 1)]
    copy.run("DELETE FROM notices WHERE case_id = :case", case=case)
    for event in gone:
        copy.remove(event)
    assert {"empty", "missing"} <= copy.found()
    for table in ("rungs", "callbacks", "subjects", "reporters"):
        copy.connection.execute(
            sa.text(f"DELETE FROM {table} WHERE case_id = :case"), {"case": case}
        )
    copy.run("DELETE FROM cases WHERE id = :case", case=case)
    verdict = copy.verify()
    assert {one.of for one in verdict.findings} == {f"event {event}" for event in gone}


def _insert(copy: Copy, mac: bytes) -> None:
    last = copy.last(copy.told.open)
    copied = (
        "case_id, round, at, step, role, person_code, unit_code, from_status, to_status,"
        " audience, data, inferred, text_digest, key_id"
    )
    copy.connection.execute(
        sa.text(
            f"INSERT INTO events (version, mac, {copied}) SELECT :version, :mac, {copied}"
            " FROM events WHERE id = :event"
        ),
        {"version": last + 1, "mac": mac, "event": copy.event(copy.told.open, last)},
    )
    copy.run(
        "UPDATE cases SET version = :version, chain = :mac WHERE number = :number",
        version=last + 1, mac=mac, number=copy.told.open,
    )  # fmt: skip


def test_an_inserted_event_is_found_also_once_it_was_sealed(copy: Copy) -> None:
    _insert(copy, b"guessed".ljust(32, b"."))
    assert "altered" in copy.found()
    seal(copy.connection, copy.told.keys, copy.told.at)
    assert "altered" in copy.found()


def test_two_events_that_changed_places_are_found(copy: Copy) -> None:
    one, two = (copy.event(copy.told.closed, version) for version in (2, 3))
    for event, version in ((one, 99), (two, 2), (one, 3)):
        copy.run("UPDATE events SET version = :v WHERE id = :e", v=version, e=event)
    assert copy.found() == {"altered"}


def test_a_chain_made_anew_without_the_key_is_found(copy: Copy) -> None:
    number = copy.told.closed
    before = rules.FIRST
    for version in range(1, copy.last(number) + 1):
        event = copy.event(number, version)
        made = rules.code(THIEF.audit_key, before, None, [number, version, "as it pleases"])
        copy.run("UPDATE events SET mac = :mac WHERE id = :e", mac=made, e=event)
        before = made
    copy.run("UPDATE cases SET chain = :mac WHERE number = :number", mac=before, number=number)
    assert copy.found() == {"altered", "sealed_otherwise"}
    # Sealed anew from the first entry on, with a key of one's own.
    for table in ("seal_members", "seals"):
        copy.run(f"DELETE FROM {table}")
    seal(copy.connection, THIEF, copy.told.at)
    assert {"altered", "other_key", "not_in_database", "not_as_exported"} == copy.found()


@pytest.mark.parametrize(
    "change",
    [
        "at = (SELECT max(reported_at) FROM cases)",
        "count = count + 1",
        "events_to = 0",
        "entries_to = 0",
        "previous = root",
        "root = previous",
        "signature = root",
        "key_id = 'another'",
    ],
)
def test_an_altered_seal_is_found(copy: Copy, change: str) -> None:
    copy.run(f"UPDATE seals SET {change} WHERE number = 1")
    assert copy.found(file=False) & {"seal_altered", "seal_members", "other_key"}


def test_removed_seals_are_found(copy: Copy) -> None:
    copy.run("DELETE FROM seal_members WHERE seal_number = 2")
    copy.run("DELETE FROM seals WHERE number = 2")
    later = copy.told.at + timedelta(minutes=2)
    assert copy.found() == {"not_in_database"}
    assert copy.found(at=later, file=False) == {"unsealed"}
    # Our own job seals it all again, and so cannot make the one that was exported.
    seal(copy.connection, copy.told.keys, later)
    assert copy.found() == {"not_as_exported"}


def test_a_seal_missing_in_the_middle_is_found(copy: Copy) -> None:
    copy.run("DELETE FROM seal_members WHERE seal_number = 1")
    copy.run("DELETE FROM seals WHERE number = 1")
    assert "seal_missing" in copy.found(file=False)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE seal_members SET seal_number = 2 WHERE kind = 'event' AND key = 1",
        "UPDATE seal_members SET key = 99999 WHERE kind = 'event' AND key = 1",
        "UPDATE seal_members SET mac = 'x' WHERE kind = 'entry' AND key = 1",
        "DELETE FROM seal_members WHERE kind = 'event' AND key = 1",
    ],
)
def test_what_a_seal_lists_cannot_be_changed(copy: Copy, change: str) -> None:
    copy.run(change)
    assert "seal_members" in copy.found(file=False)


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ("UPDATE audit_entries SET what = 'sign_out' WHERE number = 2", {"altered"}),
        ("UPDATE audit_entries SET account_id = 2 WHERE number = 2", {"altered"}),
        ("UPDATE audit_entries SET person_code = NULL WHERE number = 2", {"altered"}),
        ("UPDATE audit_entries SET data = '{}' WHERE number = 2", {"altered"}),
        ("DELETE FROM audit_entries WHERE number = 2", {"missing"}),
        ("DELETE FROM audit_entries WHERE number = 3", {"missing", "head"}),
        ("DELETE FROM audit_entries WHERE journal = 'exports'", {"missing", "empty"}),
        ("UPDATE audit_heads SET number = 2 WHERE journal = 'accounts'", {"head"}),
        ("DELETE FROM audit_heads WHERE journal = 'accounts'", {"head"}),
    ],
)
def test_a_tampered_journal_is_found(copy: Copy, change: str, kinds: set[str]) -> None:
    copy.run(change)
    assert copy.found() == kinds


@pytest.mark.parametrize("change", ["chain = NULL", "version = 99", "status = 'handling'"])
def test_a_case_that_says_another_end_is_found(copy: Copy, change: str) -> None:
    copy.run(f"UPDATE cases SET {change} WHERE number = :number", number=copy.told.closed)
    assert copy.found() == {"head"}


def test_another_s_number_is_found(copy: Copy) -> None:
    copy.run("UPDATE cases SET number = 'X' WHERE number = :number", number=copy.told.closed)
    assert copy.found() == {"altered"}


def test_an_event_without_a_code_is_found(copy: Copy) -> None:
    copy.run("UPDATE events SET mac = NULL, key_id = NULL WHERE id = 1")
    assert "unchained" in copy.found()


def test_the_file_must_be_ours_and_whole(copy: Copy) -> None:
    first, second = copy.file.read_text().splitlines()
    copy.file.write_text(f"{first}\n{first}\n{second}\n")
    assert copy.found() == set()  # written twice, after a crash
    forged = json.loads(second) | {"count": 1, "size": 1}
    for text in (json.dumps(forged), "{}", "[", second[:-40]):
        copy.file.write_text(f"{first}\n{second}\n{text}\n")
        assert copy.found() == {"line_wrong"}
    copy.file.write_text(first + "\n")
    assert copy.found(at=copy.told.at + timedelta(minutes=2)) == {"not_exported"}


def test_what_cannot_be_read_is_a_finding_too(copy: Copy) -> None:
    if copy.connection.dialect.name != "sqlite":
        pytest.skip("PostgreSQL takes nothing of another kind")
    copy.run("UPDATE events SET data = '{' WHERE id = 1")
    copy.run("UPDATE seals SET root = 'x' WHERE number = 1")
    assert {"unreadable", "seal_members"} <= copy.found()


def test_other_keys_vouch_for_nothing(copy: Copy) -> None:
    verdict = verify(copy.connection, THIEF, copy.told.at)
    assert set(verdict.counts) == {"other_key"}


def test_a_database_put_back_to_an_older_state_is_found_by_the_file(
    told: Told, empty_engine: Engine, tmp_path: Path
) -> None:
    restore(empty_engine, LocalFolder(tmp_path / "files"), told.keys, told.older)
    assert verify(empty_engine, told.keys, told.at).sound
    verdict = verify(empty_engine, told.keys, told.at, file=told.seals)
    assert [(one.kind, one.of) for one in verdict.findings] == [("not_in_database", "seal 2")]


def test_one_case_is_verified_by_itself(copy: Copy) -> None:
    told = copy.told
    copy.run("UPDATE events SET person_code = 'head' WHERE id = :e", e=copy.event(told.open, 2))
    assert verify(copy.connection, told.keys, told.at, case=told.closed).sound
    verdict = verify(copy.connection, told.keys, told.at, case=told.open)
    assert set(verdict.counts) == {"altered"}
