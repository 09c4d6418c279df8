"""The rows of visits to firms (走访), and of what was needed there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.database import Json, Model, UtcDateTime


class Visit(Model):
    """A visit to a firm: which, when, in which role and for which unit; never by which person.

    Who made it is nobody's record: kept by person, visits would be a track of where each one went.
    """

    __tablename__ = "visits"
    __table_args__ = (sa.Index("ix_visits_firm_code_visited_on", "firm_code", "visited_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(16), unique=True)
    firm_code: Mapped[str] = mapped_column(sa.ForeignKey("firms.code"))
    visited_on: Mapped[date]
    role: Mapped[str] = mapped_column(sa.String(16))
    unit_code: Mapped[str | None] = mapped_column(sa.ForeignKey("units.code"))
    met: Mapped[list[Any]] = mapped_column(Json)  # their roles at the firm, never names
    follow_up_on: Mapped[date | None]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime())


class VisitNeed(Model):
    """A need that was heard on a visit, and became a case at once."""

    __tablename__ = "visit_needs"

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"), primary_key=True)
    visit_id: Mapped[int] = mapped_column(sa.ForeignKey("visits.id"), index=True)
