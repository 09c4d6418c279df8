"""The rows of exports that are made later."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.database import Json, Model, UtcDateTime


class Export(Model):
    """A file that somebody asked for: waiting, running, done or failed; theirs alone."""

    __tablename__ = "exports"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"), index=True)
    asked: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(sa.String(10), index=True)
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(sa.String(100))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime())
    # Of whoever makes it, to show that they live.
    beat_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)


class Exchanged(Model):
    """A case of another platform as its last file had it, so that the same again says nothing."""

    __tablename__ = "exchanged"
    __table_args__ = (sa.PrimaryKeyConstraint("channel", "ref"),)

    channel: Mapped[str] = mapped_column(sa.String(20))
    ref: Mapped[str] = mapped_column(sa.String(100))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"), index=True)
    digest: Mapped[bytes]  # keyed, of what the row says
    due: Mapped[datetime | None] = mapped_column(UtcDateTime())
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime())
    # Of its parts, keyed too: the words, the last urging, what was added.
    words: Mapped[bytes | None]
    urged: Mapped[bytes | None]
    added: Mapped[bytes | None]
    withdrawn: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    urgency: Mapped[str | None] = mapped_column(sa.String(10))
