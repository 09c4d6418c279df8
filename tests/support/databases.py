"""Databases for the tests: made once by the migrations, then copied."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import OperationalError

from gridgov import schema
from gridgov.database import make_engine

_LOCK = 0x74657374


class Place(Hashable, Protocol):
    """Where databases of one kind are made."""

    kind: str

    def copy(self, of: URL | None = None) -> URL:
        """Return a new database with the schema in it; or like another, which nobody is in."""

    def empty(self) -> URL:
        """Return a new database with nothing in it."""

    def drop(self, url: URL) -> None:
        """Do away with a database; nobody may be connected any more."""


class SqlitePlace:
    """Files in one folder."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._template: URL | None = None

    def empty(self) -> URL:
        """Return the address of a file that is not there yet."""
        return URL.create("sqlite", database=str(self._folder / f"{next(self._numbers)}.db"))

    def copy(self, of: URL | None = None) -> URL:
        """Copy the one file of a template: it was closed, so nothing of it is in a WAL."""
        if of is None:
            of = self._template = self._template or self._made()
        url = self.empty()
        shutil.copyfile(of.database or "", url.database or "")
        return url

    def _made(self) -> URL:
        url = self.empty()
        engine = make_engine(url)
        schema.upgrade(engine)
        engine.dispose()
        return url

    def drop(self, url: URL) -> None:
        """Remove the file and what SQLite keeps beside it."""
        for ending in ("", "-wal", "-shm"):
            Path(f"{url.database}{ending}").unlink(missing_ok=True)


class PostgisPlace:
    """Databases on one server, with names that begin with the run's and the worker's own."""

    kind = "postgis"

    def __init__(self, server: str, run: str, worker: str) -> None:
        self._server = make_url(server).set(drivername="postgresql+psycopg")
        self._template = template_name(run)
        self._prefix = f"gridgov_test_{run}_{worker}_"
        self._numbers = itertools.count()
        self._admin = sa.create_engine(self._server, isolation_level="AUTOCOMMIT")

    def empty(self) -> URL:
        """Create a database without PostGIS."""
        return self._create("template0")

    def copy(self, of: URL | None = None) -> URL:
        """Copy the template, which the first worker that needs one makes, or another database."""
        if of is not None:
            return self._create(of.database or "")
        with self._admin.connect() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock(_LOCK)))
            try:
                if not self._exists(connection):
                    self._make_template(connection)
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))
        return self._create(self._template)

    def drop(self, url: URL) -> None:
        """Drop the database, whoever is still connected."""
        with self._admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{url.database}" WITH (FORCE)'))

    def close(self) -> None:
        """Leave the server."""
        self._admin.dispose()

    def _exists(self, connection: sa.Connection) -> bool:
        found = sa.text("SELECT 1 FROM pg_database WHERE datname = :name")
        return connection.scalar(found, {"name": self._template}) is not None

    def _make_template(self, connection: sa.Connection) -> None:
        building = f"{self._template}_new"
        connection.execute(sa.text(f'CREATE DATABASE "{building}" TEMPLATE template0'))
        engine = make_engine(self._server.set(database=building))
        try:
            schema.upgrade(engine)
        except BaseException:
            engine.dispose()
            connection.execute(sa.text(f'DROP DATABASE "{building}" WITH (FORCE)'))
            raise
        engine.dispose()
        # Renamed last, so that nobody copies a half-made one.
        connection.execute(sa.text(f'ALTER DATABASE "{building}" RENAME TO "{self._template}"'))

    def _create(self, template: str) -> URL:
        name = f"{self._prefix}{next(self._numbers)}"
        # Ten times faster here than by way of the write-ahead log.
        copied = f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'
        statement = sa.text(copied)
        for attempt in range(20):
            try:
                with self._admin.connect() as connection:
                    connection.execute(statement)
                return self._server.set(database=name)
            except OperationalError:  # the template is in use just now
                if attempt == 19:
                    raise
                time.sleep(0.1)
        raise AssertionError


def template_name(run: str) -> str:
    """Return the name of a run's template database."""
    return f"gridgov_test_{run}_template"


def clear(server: str, run: str) -> None:
    """Drop every database of a run; for servers that outlive it."""
    admin = sa.create_engine(make_url(server).set(drivername="postgresql+psycopg"))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        names = sa.text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)")
        for name in connection.scalars(names, {"prefix": f"gridgov_test_{run}_"}).all():
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@contextmanager
def opened(place: Place, url: URL) -> Iterator[Engine]:
    """Give an engine on a database, and do away with both afterwards."""
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
        place.drop(url)
