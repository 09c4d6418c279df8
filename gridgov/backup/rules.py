"""The form of a backup: which parts it has, and how a row becomes a line of JSON and a row again.

A backup is a ZIP file of `manifest.json`, `manifest.seal`, `tables/<name>.jsonl` in the order of
their foreign keys, and `files/<digest>`. Values are written so that neither engine is needed to
read them: instants in UTC, bytes in Base64, geometries as WKB in hexadecimal digits, JSON as it
is. The manifest describes the columns, so that a backup can be restored at the schema it was made
at.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry

from gridgov.database import Json, UtcDateTime
from gridgov.keys import Keys, derive

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.seal"
TABLE_PART = re.compile(r"tables/([a-z][a-z0-9_]{0,62})\.jsonl")
FILE_PART = re.compile(r"files/([0-9a-f]{64})")


@dataclass(frozen=True)
class Column:
    """A column: `kind` says how its values are written, `later` that they refer to the table."""

    name: str
    kind: str
    srid: int = 0
    later: bool = False


@dataclass(frozen=True)
class Table:
    """A table as written: its columns, its key, how many rows, and the digest of its part."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds; `missing` are attachments that were lost before it was made."""

    revision: str
    made_at: datetime
    tables: tuple[Table, ...]
    files: int
    missing: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(table.rows for table in self.tables)

    def dump(self) -> bytes:
        """Return it as JSON."""
        found = {"format": FORMAT} | asdict(self) | {"made_at": self.made_at.isoformat()}
        return json.dumps(found, ensure_ascii=False, indent=1).encode()


class NewerFormat(ValueError):
    """The manifest says a format that is not known here."""


def load(raw: bytes) -> Manifest:
    """Read a manifest; raises ValueError, KeyError or TypeError where it is none."""
    found = json.loads(raw)
    if found.pop("format") > FORMAT:
        raise NewerFormat
    tables = tuple(
        Table(
            **table
            | {
                "columns": tuple(Column(**column) for column in table["columns"]),
                "key": tuple(table["key"]),
            }
        )
        for table in found["tables"]
    )
    if {column.kind for table in tables for column in table.columns} - KINDS.keys():
        raise NewerFormat
    made_at = datetime.fromisoformat(found["made_at"])
    return Manifest(
        found["revision"], made_at, tables, int(found["files"]), tuple(found["missing"])
    )


def seal(manifest: bytes, keys: Keys) -> str:
    """Return what proves that a manifest was made with these keys, and not changed since."""
    return seals(manifest, keys)[0]


def seals(manifest: bytes, keys: Keys) -> list[str]:
    """Return what proves it with each contact key that can be read with, the current one first."""
    derived = [
        derive("\n".join((keys.secret, contact, keys.code)), "backup")
        for contact in (keys.contact, *_explicit(keys))
    ]
    return [hmac.digest(key, manifest, "sha256").hex() for key in derived]


def _explicit(keys: Keys) -> tuple[str, ...]:
    # Where no contact key was set, it derived from the secret, and the seal had none.
    return tuple("" if before == keys.secret else before for before in keys.contact_before)


@dataclass(frozen=True)
class Form:
    """How the values of one kind are written and read, and what binds them in a statement."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    type: Any


def _same(value: Any) -> Any:
    return value


KINDS: dict[str, Form] = {
    "instant": Form(
        lambda at: at.astimezone(UTC).isoformat(), datetime.fromisoformat, UtcDateTime()
    ),
    "date": Form(lambda day: day.isoformat(), date.fromisoformat, sa.Date()),
    "bytes": Form(lambda raw: base64.b64encode(raw).decode(), base64.b64decode, sa.LargeBinary()),
    "geometry": Form(lambda wkb: bytes(wkb).hex(), bytes.fromhex, sa.LargeBinary()),
    "json": Form(_same, _same, Json),
    "truth": Form(_same, _same, sa.Boolean()),
    "real": Form(_same, float, sa.Double()),
    "plain": Form(_same, _same, sa.types.NullType()),
}
_OF_TYPES: tuple[tuple[type[Any], str], ...] = (
    (Geometry, "geometry"),
    (UtcDateTime, "instant"),
    (sa.Date, "date"),
    (sa.LargeBinary, "bytes"),
    (sa.JSON, "json"),
    (sa.Boolean, "truth"),
    (sa.Float, "real"),
    (sa.String, "plain"),
    (sa.Integer, "plain"),
)


def described(table: sa.Table) -> tuple[Column, ...]:
    """Describe a table's columns."""
    itself = {key.parent.name for key in table.foreign_keys if key.column.table is table}
    return tuple(
        Column(
            column.name,
            next(kind for type_, kind in _OF_TYPES if isinstance(column.type, type_)),
            getattr(column.type, "srid", 0),
            column.name in itself,
        )
        for column in table.columns
    )


def line(columns: tuple[Column, ...], row: Any) -> bytes:
    """Return a row as a line."""
    values = [
        None if value is None else KINDS[column.kind].write(value)
        for column, value in zip(columns, row, strict=True)
    ]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def row(columns: tuple[Column, ...], text: bytes) -> dict[str, Any]:
    """Return a line as a row; raises ValueError or TypeError where it is none."""
    return {
        column.name: None if value is None else KINDS[column.kind].read(value)
        for column, value in zip(columns, json.loads(text), strict=True)
    }
