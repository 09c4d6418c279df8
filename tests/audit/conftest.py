"""A town with a past that has been sealed twice, and copies of it to tamper with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from gridgov.audit.export import export
from gridgov.audit.findings import Verdict
from gridgov.audit.journal import journal
from gridgov.audit.seal import seal
from gridgov.audit.verify import verify
from gridgov.backup.make import make
from gridgov.database import db, transaction
from gridgov.keys import Keys
from tests.conftest import town_on
from tests.support.databases import Place, opened
from tests.support.desk import START, working
from tests.support.kept import unkept
from tests.support.town import Town

SECOND = timedelta(seconds=1)


@dataclass
class Told:
    """A sealed past: one case closed before the first seal, one still open after the second."""

    town: Town
    engine: Engine
    keys: Keys
    closed: str
    open: str
    seals: Path
    older: Path  # a backup made after the first seal
    at: datetime


def _tell(town: Town, engine: Engine, folder: Path) -> Told:
    keys = town.app.extensions["gridgov"].settings.keys
    file, older = folder / "seals.jsonl", folder / "older.zip"
    with working(town) as desk:
        closed = desk.stage("closed", description="a lamp by the gate", answers={"lamps": 2.0})
        waiting = desk.stage("waiting")
        for what in ("sign_in", "sign_in_failed", "token_added"):
            data = {"of": 3, "share": 0.5}
            journal(desk.session, keys, desk.at, what, account=1, person="member", data=data)
        at = desk.at + SECOND
    seal(engine, keys, at)
    export(engine, file, at)
    make(engine, town.app.extensions["gridgov"].store, keys, older, at)
    with working(town, START + timedelta(days=1)) as desk:
        case = desk.session.merge(waiting)
        desk.act(case, "reporter", "supply")
        desk.act(case, "leader", "amend", reason="moved", location=(121.4915, 29.8805))
        journal(desk.session, keys, desk.at, "exported", journal="exports", person="head")
        at = desk.at + SECOND
    seal(engine, keys, at)
    export(engine, file, at)
    return Told(town, engine, keys, closed.number, waiting.number, file, older, at + SECOND)


@pytest.fixture(scope="module")
def told(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Give the town; leave nothing committed in it."""
    folder = tmp_path_factory.mktemp("audit")
    with opened(place, place.copy()) as engine:
        town = town_on(engine, folder / "files")
        yield _tell(town, engine, folder)
        with town.app.app_context():
            db.engine.dispose()


class Copy:
    """A copy of the town's database, in the hands of somebody with all rights but no keys."""

    def __init__(self, told: Told, connection: Connection, folder: Path) -> None:
        self.told = told
        self.connection = connection
        self.file = folder / "kept.jsonl"
        shutil.copyfile(told.seals, self.file)
        unkept(connection)

    def run(self, statement: str, **values: Any) -> int:
        """Execute a statement; it must touch something."""
        done = self.connection.execute(sa.text(statement), values)
        assert done.rowcount, statement
        return done.rowcount

    def value(self, statement: str, **values: Any) -> Any:
        """Read a value."""
        return self.connection.scalar(sa.text(statement), values)

    def event(self, number: str, version: int) -> int:
        """Return the key of an event."""
        found = self.value(
            "SELECT e.id FROM events e JOIN cases c ON c.id = e.case_id"
            " WHERE c.number = :number AND e.version = :version",
            number=number, version=version,
        )  # fmt: skip
        assert found
        return int(found)

    def last(self, number: str) -> int:
        """Return the version at which a case stands."""
        found = self.value("SELECT version FROM cases WHERE number = :number", number=number)
        return int(found)

    def remove(self, event: int) -> None:
        """Remove an event with all that refers to it."""
        for table in ("notices", "attachments", "event_texts"):
            self.connection.execute(
                sa.text(f"DELETE FROM {table} WHERE event_id = :event"), {"event": event}
            )
        self.run("DELETE FROM events WHERE id = :event", event=event)

    def verify(self, *, file: bool = True, **more: Any) -> Verdict:
        """Verify it, beside the file kept elsewhere."""
        told = self.told
        kept = self.file if file else None
        return verify(self.connection, told.keys, more.get("at", told.at), file=kept)

    def found(self, **more: Any) -> set[str]:
        """Return the kinds of what is found."""
        return set(self.verify(**more).counts)


@pytest.fixture
def copy(told: Told, tmp_path: Path) -> Iterator[Copy]:
    """Give a copy; what is done to it is undone."""
    with told.engine.connect() as connection, connection.begin() as outer:
        connection.begin_nested()
        yield Copy(told, connection, tmp_path)
        outer.rollback()


def committed(told: Told) -> Any:
    """Open a transaction on the town itself."""
    return transaction(told.engine)
