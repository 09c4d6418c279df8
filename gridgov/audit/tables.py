"""The rows of the journals and of the seals; entries and seals are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.database import Json, Model, UtcDateTime


class JournalHead(Model):
    """Where a journal stands; its row is locked while an entry is added."""

    __tablename__ = "audit_heads"

    journal: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    number: Mapped[int]
    mac: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Entry(Model):
    """Something that happened and belongs to no case: who, when, what; no personal data."""

    __tablename__ = "audit_entries"
    __table_args__ = (sa.UniqueConstraint("journal", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    journal: Mapped[str] = mapped_column(sa.String(20))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    # Without foreign keys: an entry outlives whom it tells of.
    account_id: Mapped[int | None]
    person_code: Mapped[str | None] = mapped_column(sa.String(32))
    what: Mapped[str] = mapped_column(sa.String(40))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    key_id: Mapped[str] = mapped_column(sa.String(12))
    mac: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Seal(Model):
    """A seal over some entries, chained to the one before it and signed."""

    __tablename__ = "seals"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    count: Mapped[int]
    root: Mapped[bytes] = mapped_column(sa.LargeBinary)
    previous: Mapped[bytes] = mapped_column(sa.LargeBinary)
    # The highest keys that were sealed by then: well below them nothing is looked for again.
    events_to: Mapped[int]
    entries_to: Mapped[int]
    key_id: Mapped[str] = mapped_column(sa.String(12))
    signature: Mapped[bytes] = mapped_column(sa.LargeBinary)


class SealMember(Model):
    """An entry that a seal covers, whatever order transactions came in."""

    __tablename__ = "seal_members"

    kind: Mapped[str] = mapped_column(sa.String(5), primary_key=True)  # event, entry
    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seal_number: Mapped[int] = mapped_column(sa.ForeignKey("seals.number"), index=True)
    mac: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Mark(Model):
    """How far something of the audit has come: sealing, export, verification."""

    __tablename__ = "audit_marks"

    name: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    data: Mapped[dict[str, Any]] = mapped_column(Json)
