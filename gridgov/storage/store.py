"""Where files lie: by their content's digest, behind one small interface.

A deployment that keeps files elsewhere (an object store, say) gives another `Store`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, Protocol

from gridgov.errors import BadInput, NotFound, Unavailable

DIGEST = re.compile(r"[0-9a-f]{64}")


class DigestWrong(BadInput):
    """Give the file's digest as 64 hexadecimal digits in lower case."""


class FileMissing(NotFound):
    """This file is not here; it may have been erased."""


class FileDamaged(Unavailable):
    """This file is damaged where it is kept; ask the system administrator to restore it."""


class Store(Protocol):
    """Keeps bytes under their SHA-256 digest (64 hexadecimal digits in lower case).

    Any digest given may raise DigestWrong; reading may raise FileMissing.
    """

    def put(self, data: bytes) -> str:
        """Keeps the bytes and returns their digest; what is already here stays as it is."""

    def get(self, digest: str) -> bytes:
        """The bytes, proven to be those of the digest. Raises: FileDamaged."""

    def open(self, digest: str) -> BinaryIO:
        """The bytes as a stream, not proven."""

    def delete(self, digest: str) -> None:
        """Erases the bytes; erasing them twice is no error."""

    def kept_since(self, digest: str) -> datetime:
        """When the bytes were last put. Raises: FileMissing."""

    def digests(self) -> Iterator[str]:
        """Every digest kept, in no particular order."""


class LocalFolder:
    """A `Store` in one folder: `ab/cdef…`, readable by this system's own user only."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Where the file lies, or would. Raises: DigestWrong."""
        if not DIGEST.fullmatch(digest):
            raise DigestWrong(field="digest")
        return self.root / digest[:2] / digest[2:]

    def put(self, data: bytes) -> str:
        """Keeps the bytes, whole or not at all, whatever crashes; returns their digest."""
        digest = sha256(data).hexdigest()
        path = self.path(digest)
        with suppress(FileNotFoundError):
            # Put anew: whoever erases what nobody names must see that somebody is about to.
            os.utime(path)
            return digest
        for folder in (self.root, path.parent):
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _settle(folder.parent)
        with NamedTemporaryFile(dir=self.root, prefix=".new-", delete=False) as file:
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        _settle(path.parent)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes. Raises: DigestWrong, FileMissing, FileDamaged."""
        with self.open(digest) as file:
            data = file.read()
        if sha256(data).hexdigest() != digest:
            raise FileDamaged()
        return data

    def open(self, digest: str) -> BinaryIO:
        """The bytes as a stream. Raises: DigestWrong, FileMissing."""
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError:
            raise FileMissing() from None

    def delete(self, digest: str) -> None:
        """Erases the bytes, and sees to it that a power cut does not bring them back."""
        path = self.path(digest)
        if path.exists():
            path.unlink(missing_ok=True)
            _settle(path.parent)

    def kept_since(self, digest: str) -> datetime:
        """When the bytes were last put. Raises: DigestWrong, FileMissing."""
        try:
            return datetime.fromtimestamp(self.path(digest).stat().st_mtime, UTC)
        except FileNotFoundError:
            raise FileMissing() from None

    def digests(self) -> Iterator[str]:
        """Every digest kept; files that a crash left half written are none."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            digest = path.parent.name + path.name
            if DIGEST.fullmatch(digest):
                yield digest


def _settle(folder: Path) -> None:
    """Writes a folder's names to disk: a renamed file is only safe once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
