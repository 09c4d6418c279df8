"""The rows of the outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridgov.database import Json, Model, UtcDateTime


class Notice(Model):
    """Something to tell somebody, written in the transaction of the event or rung it tells of."""

    __tablename__ = "notices"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "to_kind", "to_code"),
        sa.UniqueConstraint("rung_id", "to_kind", "to_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("events.id"))
    rung_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rungs.id"))
    to_kind: Mapped[str] = mapped_column(sa.String(10))  # person, unit, reporter
    to_code: Mapped[str] = mapped_column(sa.String(32))
    template: Mapped[str] = mapped_column(sa.String(40))
    urgent: Mapped[bool]
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())

    event: Mapped[Any] = relationship("Event")
    rung: Mapped[Any] = relationship("RungRow")
    case: Mapped[Any] = relationship("Case")
