"""Restores a backup into an empty database of either kind: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridgov import schema
from gridgov.backup import rules
from gridgov.backup.archive import Archive, Progress, opened
from gridgov.backup.refusals import BackupTooNew, NewerThanBackup, NotEmpty, RowsRefused
from gridgov.cases import grams
from gridgov.cases.chain import take_in
from gridgov.cases.tables import Case
from gridgov.database import transaction
from gridgov.epochs import Epochs
from gridgov.keys import Keys
from gridgov.ladder.tables import Ladder
from gridgov.storage.store import Store
from gridgov.worktime.tables import CalendarDay, CalendarYear

BATCH = 500
# What an upgrade itself fills.
SEEDED = {model.__tablename__ for model in (Epochs, CalendarYear, CalendarDay, Ladder)}


def restore(
    engine: Engine,
    store: Store,
    keys: Keys,
    path: Path,
    *,
    other_keys: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> rules.Manifest:
    """Restore the backup at `path`; an older one is brought to this version's schema.

    Raises: BackupUnreadable, BackupTooNew, BackupOtherKeys, NotEmpty, NewerThanBackup,
    RowsRefused, and what `schema.upgrade` raises.
    """
    with (
        opened(path, keys, other_keys=other_keys, progress=progress) as archive,
        _Kept(store) as kept,
        transaction(engine) as session,
    ):
        connection = session.connection()
        _prepare(connection, archive.manifest)
        for done, data in enumerate(archive.files(), 1):
            kept.put(data)
            progress("files", done, archive.manifest.files)
        _fill(connection, archive, progress)
        schema.bring(connection)
        take_in(session, keys)
        _count_on(connection)
        _make_searchable(session, progress)
    return archive.manifest


class _Kept:
    """Files put into the store, and which of them were not there before."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._before = set(store.digests())
        self._new: list[str] = []

    def __enter__(self) -> _Kept:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        for digest in self._new if kind else ():
            self._store.delete(digest)

    def put(self, data: bytes) -> None:
        """Put a file."""
        digest = self._store.put(data)
        if digest not in self._before:
            self._new.append(digest)


def _prepare(connection: Connection, manifest: rules.Manifest) -> None:
    """Bring an empty database to the backup's schema, whatever it was filled with by itself."""
    if not schema.knows(connection, manifest.revision):
        raise BackupTooNew
    stands = schema.revision(connection)
    if stands is not None:
        there = schema.METADATA.tables.keys() & set(sa.inspect(connection).get_table_names())
        for name in sorted(there - SEEDED):
            if connection.scalar(sa.select(1).select_from(sa.table(name)).limit(1)):
                raise NotEmpty(table=name)
        if stands > manifest.revision:
            raise NewerThanBackup
    schema.bring(connection, manifest.revision)
    there = schema.METADATA.tables.keys() & set(sa.inspect(connection).get_table_names())
    if strange := {table.name for table in manifest.tables} - there:
        raise RowsRefused(table=min(strange))
    for table in reversed(manifest.tables):
        connection.execute(sa.delete(sa.table(table.name)))


def _fill(connection: Connection, archive: Archive, progress: Progress) -> None:
    done, total = 0, archive.manifest.rows
    for table in archive.manifest.tables:
        try:
            for rows in _batches(archive.rows(table)):
                connection.execute(_insert(table), rows)
                done += len(rows)
                progress("rows", done, total)
            for rows in _batches(_referring(table, archive)):
                connection.execute(_refer(table), rows)
        except DBAPIError as error:
            raise RowsRefused(table=table.name) from error


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _insert(table: rules.Table) -> sa.Insert:
    columns = {column.name: rules.KINDS[column.kind].type for column in table.columns}
    lightweight = sa.table(table.name, *(sa.column(*item) for item in columns.items()))
    return sa.insert(lightweight).values({column.name: _value(column) for column in table.columns})


def _value(column: rules.Column) -> Any:
    if column.later:
        # A row may refer to one that comes after it.
        return sa.null()
    bound = sa.bindparam(column.name, type_=rules.KINDS[column.kind].type)
    if column.kind == "geometry":
        return sa.func.ST_GeomFromWKB(bound, column.srid, type_=sa.types.NullType())
    return bound


def _referring(table: rules.Table, archive: Archive) -> Iterator[dict[str, Any]]:
    later = [column.name for column in table.columns if column.later]
    for row in archive.rows(table) if later else ():
        if any(row[name] is not None for name in later):
            yield {f"to_{name}": row[name] for name in (*later, *table.key)}


def _refer(table: rules.Table) -> sa.Update:
    key = [sa.column(name) == sa.bindparam(f"to_{name}") for name in table.key]
    columns = [column.name for column in table.columns]
    lightweight = sa.table(table.name, *map(sa.column, columns))
    later: dict[str, Any] = {c.name: sa.bindparam(f"to_{c.name}") for c in table.columns if c.later}
    return sa.update(lightweight).where(*key).values(later)


def _count_on(connection: Connection) -> None:
    """Have PostgreSQL number new rows after the restored ones; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in schema.METADATA.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
        last = sa.select(sa.func.max(column)).scalar_subquery()
        connection.execute(
            sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None)))
        )


def _make_searchable(session: Session, progress: Progress) -> None:
    session.execute(sa.delete(sa.table(schema.SEARCH_TABLE)))
    total = session.scalar(sa.select(sa.func.count()).select_from(Case)) or 0
    done, last = 0, 0
    while cases := session.scalars(
        sa.select(Case).where(Case.id > last).order_by(Case.id).limit(BATCH)
    ).all():
        grams.write(session, cases)
        done, last = done + len(cases), cases[-1].id
        session.expunge_all()
        progress("search", done, total)
