"""The rows of cases that were handed to other bodies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.database import Json, Model, UtcDateTime

# `recalled`: it lies elsewhere here by now, and the other body has still to be told.
WAITING, SENT, RECALLED, ENDED, DEAD = "waiting", "sent", "recalled", "ended", "dead"


class HandOff(Model):
    """A case at another body: one for each time that the work on it began.

    `version` is that of the step with which it began, so that nothing begins twice; what is sent
    back for rework goes out anew.
    """

    __tablename__ = "hand_offs"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "version"),
        sa.Index("ix_hand_offs_state_next_at", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"))
    version: Mapped[int]
    unit_code: Mapped[str] = mapped_column(sa.ForeignKey("units.code"))
    state: Mapped[str] = mapped_column(sa.String(10))
    remote: Mapped[str | None] = mapped_column(sa.String(100))  # its number there
    tries: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime())
    lease: Mapped[str | None] = mapped_column(sa.String(32))
    error: Mapped[str | None] = mapped_column(sa.String(300))
    seen: Mapped[list[Any]] = mapped_column(Json)  # their updates that were taken over
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
