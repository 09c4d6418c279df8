"""Writes a backup: one snapshot of the rows, and the files that they name."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from gridgov import schema
from gridgov.backup import rules
from gridgov.backup.refusals import (
    BackupExists,
    BackupUnwritable,
    FilesLacking,
    SchemaNotCurrent,
)
from gridgov.cases.tables import Attachment
from gridgov.database import transaction
from gridgov.joint.tables import Minutes
from gridgov.keys import Keys
from gridgov.storage.store import FileDamaged, FileMissing, Store

Progress = Callable[[str, int, int], None]  # what, how much is done, of how much
BATCH = 1000


def make(
    engine: Engine,
    store: Store,
    keys: Keys,
    path: Path,
    at: datetime,
    *,
    without_missing: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> rules.Manifest:
    """Write a backup to `path`, whole or not at all, while others go on working.

    Raises: BackupExists, BackupUnwritable, SchemaNotCurrent, FilesLacking.
    """
    if path.exists():
        raise BackupExists(file=path)
    with (
        _appearing(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, True, 6) as zip_,
    ):
        with transaction(_still(engine), write=False) as session:
            revision = schema.revision(session.connection())
            if revision is None or revision != schema.newest(session.connection()):
                raise SchemaNotCurrent
            tables = tuple(_tables(session, zip_, progress))
            files, missing = _files(session, store, zip_, progress)
        if missing and not without_missing:
            raise FilesLacking(count=len(missing), digest=missing[0])
        manifest = rules.Manifest(revision, at, tables, files, tuple(missing))
        raw = manifest.dump()
        zip_.writestr(rules.MANIFEST, raw)
        zip_.writestr(rules.SEAL, rules.seal(raw, keys))
    return manifest


def _still(engine: Engine) -> Engine:
    # In WAL mode SQLite's readers see one snapshot anyway.
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def _appearing(path: Path) -> Iterator[IO[bytes]]:
    """Give a file that only its owner can read, and that gets its name when it is complete."""
    try:
        made = NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115
    except OSError as error:
        raise BackupUnwritable(file=path, reason=error.strerror or str(error)) from error
    try:
        with made as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(made.name).rename(path)
    except OSError as error:
        Path(made.name).unlink(missing_ok=True)
        raise BackupUnwritable(file=path, reason=error.strerror or str(error)) from error
    except BaseException:
        Path(made.name).unlink(missing_ok=True)
        raise


def _tables(session: Session, zip_: zipfile.ZipFile, progress: Progress) -> Iterator[rules.Table]:
    tables = schema.METADATA.sorted_tables
    counts = {t.name: session.scalar(sa.select(sa.func.count()).select_from(t)) for t in tables}
    done, total = 0, sum(count or 0 for count in counts.values())
    for table in tables:
        columns = rules.described(table)
        digest, size, written = hashlib.sha256(), 0, 0
        with zip_.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as part:
            for row in session.execute(_rows(table), execution_options={"yield_per": BATCH}):
                line = rules.line(columns, row)
                part.write(line)
                digest.update(line)
                size += len(line)
                written += 1
                if written % BATCH == 0:
                    progress("rows", done + written, total)
        done += written
        progress("rows", done, total)
        key = tuple(column.name for column in table.primary_key)
        yield rules.Table(table.name, columns, key, written, size, digest.hexdigest())


def _rows(table: sa.Table) -> sa.Select[Any]:
    shown = [
        sa.func.ST_AsBinary(column, type_=sa.LargeBinary())
        if described.kind == "geometry"
        else column
        for column, described in zip(table.columns, rules.described(table), strict=True)
    ]
    return sa.select(*shown).order_by(*table.primary_key.columns)


def _files(
    session: Session, store: Store, zip_: zipfile.ZipFile, progress: Progress
) -> tuple[int, list[str]]:
    named = sa.union(sa.select(Attachment.digest), sa.select(Minutes.digest)).subquery()
    total = session.scalar(sa.select(sa.func.count()).select_from(named)) or 0
    digests = sa.select(named.c.digest).order_by(named.c.digest)
    written, missing = 0, []
    for digest in session.scalars(digests, execution_options={"yield_per": BATCH}):
        try:
            data = store.get(digest)
        except (FileMissing, FileDamaged):
            missing.append(digest)
            continue
        # Photos and papers are packed already.
        zip_.writestr(f"files/{digest}", data, compress_type=zipfile.ZIP_STORED)
        written += 1
        progress("files", written, total)
    return written, missing
