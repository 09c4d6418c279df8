"""The rows of meetings: who was invited and came, minutes, what was resolved and what became of it.

Joint cases and their items are cases, and stand with them in `gridgov.cases.tables`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridgov.database import Model, UtcDateTime

_NOT_DONE: dict[str, Any] = {
    f"{name}_where": sa.text("done_at IS NULL") for name in ("postgresql", "sqlite")
}


class Meeting(Model):
    """A meeting (座谈会, 会商, 调度会) of a street or district: planned; held, or called off."""

    __tablename__ = "meetings"
    __table_args__ = (sa.Index("ix_meetings_area_code_starts_at", "area_code", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(sa.String(12))
    title: Mapped[str] = mapped_column(sa.String(200))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime())
    place: Mapped[str] = mapped_column(sa.String(200))
    area_code: Mapped[str] = mapped_column(sa.ForeignKey("areas.code"))
    state: Mapped[str] = mapped_column(sa.String(10))
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime())  # when that was noted
    why: Mapped[str | None] = mapped_column(sa.String(200))  # it was called off

    guests: Mapped[list[Guest]] = relationship(
        order_by="Guest.id", cascade="all, delete-orphan", back_populates="meeting"
    )
    cases: Mapped[list[MeetingCase]] = relationship(cascade="all, delete-orphan")
    minutes: Mapped[list[Minutes]] = relationship(order_by="Minutes.id", viewonly=True)


class Guest(Model):
    """A unit, a person on duty or a firm that was invited, or came without."""

    __tablename__ = "meeting_guests"
    __table_args__ = (
        sa.CheckConstraint(
            "(unit_code IS NOT NULL AND person_code IS NULL AND firm IS NULL)"
            " OR (unit_code IS NULL AND person_code IS NOT NULL AND firm IS NULL)"
            " OR (unit_code IS NULL AND person_code IS NULL AND firm IS NOT NULL)",
            "one",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meetings.id"), index=True)
    unit_code: Mapped[str | None] = mapped_column(sa.ForeignKey("units.code"))
    person_code: Mapped[str | None] = mapped_column(sa.ForeignKey("people.code"))
    firm: Mapped[str | None] = mapped_column(sa.String(200))  # its name, or in words who
    firm_code: Mapped[str | None] = mapped_column(sa.String(32))  # where it is in the directory
    invited: Mapped[bool]
    came: Mapped[bool | None]  # none: the meeting is still to come

    meeting: Mapped[Meeting] = relationship(back_populates="guests")


class MeetingCase(Model):
    """A case that a meeting is about."""

    __tablename__ = "meeting_cases"

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meetings.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"), primary_key=True, index=True)


class Minutes(Model):
    """A paper of a meeting; its bytes lie in the storage under their digest."""

    __tablename__ = "minutes"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meetings.id"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64), index=True)
    media_type: Mapped[str] = mapped_column(sa.String(60))
    size: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(UtcDateTime())
    person_code: Mapped[str | None] = mapped_column(sa.String(32))  # who added it


class Resolution(Model):
    """What a meeting resolved (议定事项): by whom and when it is to be done, what it became.

    `done_at` is of those that stand by themselves; an item or an instruction is done when that is.
    """

    __tablename__ = "resolutions"
    __table_args__ = (
        # All that is asked for day by day: what was not ticked, by area, the oldest first.
        sa.Index("ix_resolutions_not_done", "area_code", "decided_at", **_NOT_DONE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meetings.id"), index=True)
    area_code: Mapped[str] = mapped_column(sa.String(12))  # the meeting's
    kind: Mapped[str] = mapped_column(sa.String(10))  # own, item, instruct
    text: Mapped[str] = mapped_column(sa.Text)
    unit_code: Mapped[str] = mapped_column(sa.ForeignKey("units.code"), index=True)
    person_code: Mapped[str | None] = mapped_column(sa.ForeignKey("people.code"))
    due: Mapped[date]
    # The item, or the case that the instruction is on, as it stood once that was given.
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cases.id"), index=True)
    case_version: Mapped[int | None]
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime())
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    meeting: Mapped[Meeting] = relationship()
    events: Mapped[list[ResolutionEvent]] = relationship(
        order_by="ResolutionEvent.version", viewonly=True
    )


class ResolutionEvent(Model):
    """What happened to a resolution: given, reported on, done, not done after all; only added."""

    __tablename__ = "resolution_events"
    __table_args__ = (sa.UniqueConstraint("resolution_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    resolution_id: Mapped[int] = mapped_column(sa.ForeignKey("resolutions.id"))
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    what: Mapped[str] = mapped_column(sa.String(10))
    role: Mapped[str] = mapped_column(sa.String(16))
    person_code: Mapped[str | None] = mapped_column(sa.String(32))
    meeting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meetings.id"))  # ticked at which
    text: Mapped[str | None] = mapped_column(sa.Text)
