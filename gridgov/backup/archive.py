"""Opens a backup and proves it, before anything of it is used."""

from __future__ import annotations

import hashlib
import hmac
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any

from gridgov.backup import rules
from gridgov.backup.refusals import BackupOtherKeys, BackupTooNew, BackupUnreadable
from gridgov.keys import Keys

Progress = Callable[[str, int, int], None]
CHUNK = 1 << 20
LONGEST_LINE = 1 << 28
LARGEST_FILE = 1 << 30
LARGEST_MANIFEST = 1 << 26


class Archive:
    """A backup that has been proven: its parts are those of the manifest, and undamaged."""

    def __init__(self, path: Path, zip_: zipfile.ZipFile, manifest: rules.Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._zip = zip_

    def rows(self, table: rules.Table) -> Iterator[dict[str, Any]]:
        """Read the rows of a table, one at a time. Raises: BackupUnreadable."""
        name = f"tables/{table.name}.jsonl"
        with reading(self.path, name), self._zip.open(name) as part:
            while line := part.readline(LONGEST_LINE):
                yield rules.row(table.columns, line)

    def files(self) -> Iterator[bytes]:
        """Read the files, one at a time. Raises: BackupUnreadable."""
        for name in self._zip.namelist():
            if rules.FILE_PART.fullmatch(name):
                with reading(self.path, name), self._zip.open(name) as part:
                    data = part.read(LARGEST_FILE)
                yield data


@contextmanager
def opened(path: Path, keys: Keys, *, other_keys: bool, progress: Progress) -> Iterator[Archive]:
    """Open a backup and prove all of it.

    Raises: BackupUnreadable, BackupTooNew, BackupOtherKeys.
    """
    with reading(path, rules.MANIFEST):
        zip_ = zipfile.ZipFile(path)
    with zip_:
        manifest = _manifest(path, zip_, keys, other_keys)
        _prove(path, zip_, manifest, progress)
        yield Archive(path, zip_, manifest)


@contextmanager
def reading(path: Path, part: str) -> Iterator[None]:
    """Turn whatever a damaged file can raise into one refusal."""
    try:
        yield
    except (
        OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError,
        ValueError, KeyError, TypeError, AttributeError, json.JSONDecodeError, RecursionError,
    ) as error:  # fmt: skip
        raise BackupUnreadable(file=path, part=part) from error


def _manifest(path: Path, zip_: zipfile.ZipFile, keys: Keys, other_keys: bool) -> rules.Manifest:
    with reading(path, rules.MANIFEST):
        raw, seal = (_small(zip_, name) for name in (rules.MANIFEST, rules.SEAL))
        try:
            manifest = rules.load(raw)
        except rules.NewerFormat as error:
            raise BackupTooNew from error
    known = any(hmac.compare_digest(one.encode(), seal) for one in rules.seals(raw, keys))
    if not other_keys and not known:
        raise BackupOtherKeys
    return manifest


def _small(zip_: zipfile.ZipFile, name: str) -> bytes:
    with zip_.open(name) as part:
        return part.read(LARGEST_MANIFEST)


def _prove(path: Path, zip_: zipfile.ZipFile, manifest: rules.Manifest, progress: Progress) -> None:
    tables = {f"tables/{table.name}.jsonl": table for table in manifest.tables}
    names = Counter(zip_.namelist())
    files = [name for name in names if rules.FILE_PART.fullmatch(name)]
    wanted = {rules.MANIFEST, rules.SEAL, *tables, *files}
    # No name of a part is ever a path; one that is not expected means that it was tampered with.
    odd = (name for name, count in names.items() if name not in wanted or count > 1)
    strange = (name for name in tables if not rules.TABLE_PART.fullmatch(name))
    if wrong := next(chain(odd, strange, wanted - names.keys()), None):
        raise BackupUnreadable(file=path, part=wrong[:80])
    if len(files) != manifest.files:
        raise BackupUnreadable(file=path, part="files")
    for done, name in enumerate([*tables, *files], 1):
        table = tables.get(name)
        digest = table.sha256 if table else name.removeprefix("files/")
        largest = table.size if table else LARGEST_FILE
        with reading(path, name), zip_.open(name) as part:
            if _digest(part, largest) != digest:
                raise BackupUnreadable(file=path, part=name)
        progress("check", done, len(tables) + len(files))


def _digest(part: IO[bytes], largest: int) -> str:
    digest, size = hashlib.sha256(), 0
    while chunk := part.read(CHUNK):
        size += len(chunk)
        if size > largest:
            return ""
        digest.update(chunk)
    return digest.hexdigest()
