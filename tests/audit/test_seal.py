"""Seals: who seals when, what is found late, the file, and that nothing kept can be changed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from gridgov.audit.export import export
from gridgov.audit.journal import journal
from gridgov.audit.seal import LATE, seal
from gridgov.audit.status import status
from gridgov.audit.tables import Entry, Seal, SealMember
from gridgov.audit.verify import verify
from gridgov.cases.chain import erase_texts, take_in
from gridgov.cases.tables import Case, Event
from gridgov.cli.audit import audit
from gridgov.database import db, transaction
from gridgov.keys import Keys
from tests.support.desk import START, working
from tests.support.kept import KEPT, unkept
from tests.support.town import Town

KEYS = Keys("a secret of the tests")
SECOND = timedelta(seconds=1)


def note(engine: Engine, count: int = 1) -> None:
    with transaction(engine) as session:
        for _ in range(count):
            journal(session, KEYS, START, "sign_in", account=1)


def members(engine: Engine) -> list[int]:
    with transaction(engine, write=False) as session:
        return list(session.scalars(sa.select(SealMember.key).order_by(SealMember.key)))


def test_entries_of_a_journal_follow_each_other_whoever_writes(fresh_engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: note(fresh_engine, 3), range(8)))
    with transaction(fresh_engine, write=False) as session:
        numbers = session.scalars(sa.select(Entry.number).order_by(Entry.id)).all()
    assert sorted(numbers) == list(range(1, 25))
    seal(fresh_engine, KEYS, START)
    assert verify(fresh_engine, KEYS, START).sound


def test_many_processes_seal_each_entry_once(fresh_engine: Engine) -> None:
    note(fresh_engine, 30)
    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(lambda _: seal(fresh_engine, KEYS, START), range(4)))
    assert sum(sealed) == 30
    assert members(fresh_engine) == list(range(1, 31))
    assert seal(fresh_engine, KEYS, START) == 0
    with transaction(fresh_engine, write=False) as session:
        assert session.scalars(sa.select(Seal.number)).all() == [1]


def test_nothing_to_seal_makes_no_seal(fresh_engine: Engine) -> None:
    assert seal(fresh_engine, KEYS, START) == 0
    assert verify(fresh_engine, KEYS, START).seals == 0


def test_what_commits_late_is_sealed_all_the_same(fresh_engine: Engine) -> None:
    note(fresh_engine, 3)
    with fresh_engine.begin() as connection:
        # As if the first one's transaction had not ended yet.
        unkept(connection)
        connection.execute(sa.text("UPDATE audit_entries SET id = 100 WHERE id = 1"))
    seal(fresh_engine, KEYS, START)
    assert members(fresh_engine) == [2, 3, 100]
    with fresh_engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO audit_entries (id, journal, number, at, account_id, what, data,"
                " key_id, mac) SELECT 1, 'other', 1, at, account_id, what, data, key_id, mac"
                " FROM audit_entries WHERE id = 100"
            )
        )
    assert seal(fresh_engine, KEYS, START + 10 * SECOND) == 1
    with fresh_engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO audit_entries (id, journal, number, at, account_id, what, data,"
                " key_id, mac) SELECT 50, 'third', 1, at, account_id, what, data, key_id, mac"
                " FROM audit_entries WHERE id = 100"
            )
        )
    # A transaction of more than an hour is found by the daily search.
    assert seal(fresh_engine, KEYS, START + LATE + 11 * SECOND) == 0
    assert seal(fresh_engine, KEYS, START + LATE + 11 * SECOND, whole=True) == 1


def test_a_file_that_cannot_be_written_is_tried_again(fresh_engine: Engine, tmp_path: Path) -> None:
    note(fresh_engine)
    seal(fresh_engine, KEYS, START)
    folder = tmp_path / "away"
    folder.write_text("a file where the folder should be")
    done, error = export(fresh_engine, folder / "seals.jsonl", START)
    assert (done, bool(error)) == (0, True)
    with transaction(fresh_engine, write=False) as session:
        told = status(session, START + timedelta(minutes=5))
    assert told.export_error == error
    assert told.late == ("seal", "export")
    folder.unlink()
    assert export(fresh_engine, folder / "seals.jsonl", START) == (1, None)
    assert export(fresh_engine, folder / "seals.jsonl", START) == (0, None)
    with transaction(fresh_engine, write=False) as session:
        told = status(session, START)
    assert (told.export_error, told.exported, told.waiting, told.late) == (None, 1, 0, ())


def test_a_torn_line_is_written_again(fresh_engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "seals.jsonl"
    note(fresh_engine)
    seal(fresh_engine, KEYS, START)
    export(fresh_engine, file, START)
    whole = file.read_text()
    file.write_text(whole + whole[:40])
    note(fresh_engine)
    seal(fresh_engine, KEYS, START + SECOND)
    export(fresh_engine, file, START + SECOND)
    assert [json.loads(line)["number"] for line in file.read_text().splitlines()] == [1, 2]
    assert verify(fresh_engine, KEYS, START + SECOND, file=file).sound


@pytest.mark.parametrize("table", KEPT)
def test_the_database_refuses_to_change_or_remove_what_is_kept(town: Town, table: str) -> None:
    town.report()
    with town.app.app_context():
        engine = db.engine
        note(engine)
        seal(engine, KEYS, START)
        for statement in (f"UPDATE {table} SET at = at", f"DELETE FROM {table}"):
            if table == "seal_members":
                statement = statement.replace("at = at", "key = key")
            with pytest.raises(DBAPIError, match="only ever added to"), engine.begin() as changing:
                changing.execute(sa.text(statement))
        if engine.dialect.name == "postgresql":
            with pytest.raises(DBAPIError, match="only ever added to"), engine.begin() as changing:
                changing.execute(sa.text(f"TRUNCATE {table} CASCADE"))


def test_erased_words_are_told_of_as_erased(town: Town) -> None:
    with working(town) as desk:
        case = desk.stage("handling", description="my neighbour")
        engine = desk.session.get_bind().engine  # type: ignore[union-attr]
        reported = desk.events(case)[0]
        number, key = case.number, reported.id
    with transaction(engine) as session:
        case = session.scalars(sa.select(Case).where(Case.number == number)).one()
        assert erase_texts(session, KEYS, START, case, [key], data={"why": "retention"}) == 1
        case.description = case.answers = case.address = None
        assert erase_texts(session, KEYS, START, case, [key]) == 0
    seal(engine, KEYS, START)
    verdict = verify(engine, KEYS, START)
    assert (verdict.sound, verdict.erased) == (True, 1)
    with transaction(engine, write=False) as session:
        assert session.get_one(Event, key).text == {}


def test_cases_from_before_are_taken_into_the_chain_once(town: Town) -> None:
    with working(town) as desk:
        case = desk.stage("handling")
        engine = desk.session.get_bind().engine  # type: ignore[union-attr]
        assert case.chain
    with engine.begin() as connection:
        unkept(connection)
        connection.execute(
            sa.text("UPDATE events SET mac = NULL, key_id = NULL, text_digest = NULL")
        )
        connection.execute(sa.text("UPDATE cases SET chain = NULL"))
    with transaction(engine, write=False) as session:
        count = session.scalar(sa.select(sa.func.count()).select_from(Event))
    assert verify(engine, KEYS, START).counts["unchained"] == count
    for taken in (count, 0):
        with transaction(engine) as session:
            assert take_in(session, KEYS) == taken
    seal(engine, KEYS, START)
    assert verify(engine, KEYS, START).sound


def test_the_command_tells_by_its_exit_code(town: Town, tmp_path: Path) -> None:
    taken = town.report()
    run = CliRunner()
    with town.app.app_context():
        settings = town.app.extensions["gridgov"].settings
        object.__setattr__(settings, "seals_file", tmp_path / "seals.jsonl")
        assert run.invoke(audit, ["seal"]).exit_code == 0
        key = run.invoke(audit, ["key"]).output.strip()
        assert len(bytes.fromhex(key)) == 32
        file = str(tmp_path / "seals.jsonl")
        found = run.invoke(audit, ["verify", "--seals", file, "--json"])
        assert (found.exit_code, json.loads(found.stdout)["lines"]) == (0, 1), found.output
        assert run.invoke(audit, ["verify", "--case", taken["number"]]).exit_code == 0
        with db.engine.begin() as connection:
            unkept(connection)
            connection.execute(sa.text("UPDATE events SET person_code = 'head'"))
        found = run.invoke(audit, ["verify", "--seals", file])
        assert found.exit_code == 1
        assert f"case {taken['number']}, event 1 (version 1) says something else" in found.output
        assert "cannot vouch" in found.output
        shown = run.invoke(audit, ["status"])
        assert shown.exit_code == 0
        assert "NOT SOUND" in shown.output
