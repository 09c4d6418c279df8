"""The rows of the ladder, and of the rungs on each case's clocks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridgov.database import Json, Model, UtcDateTime

WAITING, PARKED, FIRED, CANCELLED = "waiting", "parked", "fired", "cancelled"


class Ladder(Model):
    """A ladder that was put in force; the latest is. The first came with the program, undated."""

    __tablename__ = "ladders"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(sa.String(300))
    loaded_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    ladder: Mapped[dict[str, Any]] = mapped_column(Json)


class RungRow(Model):
    """A rung on a clock of a case; the unique key is what makes it fire once.

    It waits for its instant, is parked while the case's clock stands still, fired, or cancelled.
    """

    __tablename__ = "rungs"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "round", "clock", "run", "name"),
        # All that the sweep looks at: it never meets what has fired or does not run.
        sa.Index(
            "ix_rungs_due",
            "at",
            "case_id",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"))
    round: Mapped[int]
    clock: Mapped[str] = mapped_column(sa.String(12))
    run: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(30))
    state: Mapped[str] = mapped_column(sa.String(10))
    at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    provisional: Mapped[bool]
    fired_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    # Steps of the rung that the status did not allow, or nothing.
    refused: Mapped[list[Any] | None] = mapped_column(Json)

    case: Mapped[Any] = relationship("Case")
