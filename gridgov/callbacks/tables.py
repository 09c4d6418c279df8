"""Whom to ask what they think of a closed case; one row for each round of a case."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridgov.cases.tables import Case
from gridgov.database import Model, UtcDateTime


class Callback(Model):
    """A callback. It stands only while the case is closed as it was at `closed_at`.

    So an evaluation, a denial or a reopening ends it at once, in the step's own transaction; the
    job that keeps this table notes it in `state` afterwards. Whoever opens one, calls or tries
    locks the case first.
    """

    __tablename__ = "callbacks"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "round"),
        sa.Index(
            "ix_callbacks_waiting",
            "next_from",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"))
    round: Mapped[int]
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime())
    state: Mapped[str] = mapped_column(sa.String(10))  # waiting, unreached, ended
    tries: Mapped[int]
    next_from: Mapped[datetime] = mapped_column(UtcDateTime())
    # Who called last; while the lease runs, nobody else calls.
    caller_code: Mapped[str | None] = mapped_column(sa.ForeignKey("people.code"))
    lease_ends: Mapped[datetime | None] = mapped_column(UtcDateTime())

    case: Mapped[Case] = relationship()
