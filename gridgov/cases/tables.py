"""The rows of the taxonomy, of cases, and of what happened to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridgov.database import Json, LonLat, Model, PointType, UtcDateTime
from gridgov.people.tables import Account


def _where(condition: str) -> dict[str, Any]:
    """Return the condition of a partial index, for both engines."""
    return {f"{name}_where": sa.text(condition) for name in ("postgresql", "sqlite")}


class Category(Model):
    """A kind of request (小类), by its code of 5 digits: 2 for the class, 3 within it."""

    __tablename__ = "categories"

    code: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    name_en: Mapped[str] = mapped_column(sa.String(100))
    group: Mapped[str] = mapped_column("class", sa.String(100))  # 大类
    group_en: Mapped[str] = mapped_column("class_en", sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(12))
    unit_code: Mapped[str | None] = mapped_column(sa.ForeignKey("units.code"))
    urgency: Mapped[str] = mapped_column(sa.String(10))
    # {"case": ["working_days", 5], "accept": [...], "handle": [...], "verify": [...], "check": …}
    limits: Mapped[dict[str, Any]] = mapped_column(Json)
    photo: Mapped[str] = mapped_column(sa.String(10))  # none, after: asked for on submit
    check: Mapped[str] = mapped_column("checked", sa.String(10))  # always, sample
    sample_rate: Mapped[float]
    public: Mapped[str] = mapped_column(sa.String(10))  # no, place, text
    needs_place: Mapped[bool]
    transfer: Mapped[bool]  # a membership transfer (组织关系转移)
    local: Mapped[bool]
    active: Mapped[bool]
    standard_ref: Mapped[str | None] = mapped_column(sa.String(100))


_TO_DECIDE = (
    "status IN ('checking', 'dispatched', 'filed', 'handling', 'reported', 'suspended',"
    " 'verifying', 'waiting')"
    " AND (pending IS NOT NULL OR urgency = 'urgent' OR round > 1)"
)
STILL_OPEN = (
    "reported", "verifying", "waiting", "filed", "dispatched", "handling", "suspended", "checking",
)  # fmt: skip
_STILL_OPEN = sa.text(f"status IN {STILL_OPEN}")


class Case(Model):
    """One request, need or problem (工单), as it stands now; its events tell how it came so."""

    __tablename__ = "cases"
    __table_args__ = (
        sa.UniqueConstraint("channel", "external_ref"),
        sa.Index("ix_cases_reported_at_id", "reported_at", "id"),
        sa.Index("ix_cases_grid_code_reported_at", "grid_code", "reported_at", "id"),
        sa.Index("ix_cases_unit_code_reported_at", "unit_code", "reported_at", "id"),
        sa.Index("ix_cases_status_reported_at", "status", "reported_at", "id"),
        # Where open cases lie: among all of a place's, few are open.
        sa.Index(
            "ix_cases_point_open", "point", postgresql_using="gist", postgresql_where=_STILL_OPEN
        ).ddl_if(dialect="postgresql"),
        sa.Index(
            "ix_cases_closed",
            "closed_at",
            postgresql_where=sa.text("status = 'closed'"),
            sqlite_where=sa.text("status = 'closed'"),
        ),
        # The few of which somebody above may have to decide.
        sa.Index("ix_cases_to_decide", "id", **_where(_TO_DECIDE)),
        sa.Index("ix_cases_resume_on", "resume_on", **_where("status = 'suspended'")),
        sa.Index("ix_cases_claimant_id", "claimant_id", **_where("claimant_id IS NOT NULL")),
        sa.Index(
            "ix_cases_wishes",
            "reported_at",
            "id",
            **_where("kind = 'wish' AND public_text IS NOT NULL"),
        ),
        # A few among many: the joint cases that a unit leads.
        sa.Index(
            "ix_cases_joint",
            "unit_code",
            postgresql_where=sa.text("joint"),
            sqlite_where=sa.text("joint = 1"),  # as it is asked for
        ),
        sa.Index(
            "ix_cases_joint_id",
            "joint_id",
            postgresql_where=sa.text("joint_id IS NOT NULL"),
            sqlite_where=sa.text("joint_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_cases_firm_code",
            "firm_code",
            postgresql_where=sa.text("firm_code IS NOT NULL"),
            sqlite_where=sa.text("firm_code IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(16), unique=True)
    version: Mapped[int] = mapped_column()
    status: Mapped[str] = mapped_column(sa.String(12))
    level: Mapped[str] = mapped_column(sa.String(10))
    round: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str | None] = mapped_column(sa.String(12))  # its category's, kept for scoping
    category_code: Mapped[str | None] = mapped_column(sa.ForeignKey("categories.code"), index=True)
    urgency: Mapped[str] = mapped_column(sa.String(10))
    channel: Mapped[str] = mapped_column(sa.String(20))
    external_ref: Mapped[str | None] = mapped_column(sa.String(100))

    description: Mapped[str | None] = mapped_column(sa.Text)
    summary: Mapped[str | None] = mapped_column(sa.Text)
    public_text: Mapped[str | None] = mapped_column(sa.Text)
    answers: Mapped[dict[str, Any] | None] = mapped_column(Json)
    outcome: Mapped[str | None] = mapped_column(sa.String(20))
    result: Mapped[str | None] = mapped_column(sa.Text)

    address: Mapped[str | None] = mapped_column(sa.String(300))
    point: Mapped[LonLat | None] = mapped_column(PointType())
    # As it came in, before conversion to CGCS2000.
    raw_x: Mapped[float | None]
    raw_y: Mapped[float | None]
    coord_type: Mapped[str | None] = mapped_column(sa.String(10))
    accuracy_m: Mapped[float | None]
    map_version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("map_versions.id"))
    cell_code: Mapped[str | None] = mapped_column(sa.String(15), index=True)
    grid_code: Mapped[str | None] = mapped_column(sa.ForeignKey("grids.code"))
    park_code: Mapped[str | None] = mapped_column(sa.ForeignKey("parks.code"))
    area_code: Mapped[str] = mapped_column(sa.String(12), index=True)  # the street's, as a rule
    flags: Mapped[list[Any]] = mapped_column(Json)

    confidential: Mapped[bool]
    anonymous: Mapped[bool]
    to_sample: Mapped[bool] = mapped_column(default=False)
    reporter_account_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("accounts.id"), index=True
    )
    firm_code: Mapped[str | None] = mapped_column(sa.ForeignKey("firms.code"))  # whose need it is

    unit_code: Mapped[str | None] = mapped_column(sa.ForeignKey("units.code"))
    handler_code: Mapped[str | None] = mapped_column(sa.ForeignKey("people.code"))
    # Whose account has claimed a wish (认领); at most one, and told to nobody but the staff.
    claimant_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
    lead_unit_code: Mapped[str | None] = mapped_column(sa.ForeignKey("units.code"))  # 首接负责
    final: Mapped[bool] = mapped_column(default=False)  # assigned finally: cannot be returned
    pending: Mapped[dict[str, Any] | None] = mapped_column(Json)
    came_from: Mapped[str | None] = mapped_column(sa.String(12))
    resume_on: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cases.id"), index=True)
    joint: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # 联办件
    joint_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cases.id"))  # whose item it is

    reported_at: Mapped[datetime] = mapped_column(UtcDateTime())
    filed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())
    chain: Mapped[bytes | None] = mapped_column(sa.LargeBinary)  # its last event's code

    merged_into: Mapped[Case | None] = relationship(foreign_keys=[merged_into_id], remote_side=[id])
    item_of: Mapped[Case | None] = relationship(foreign_keys=[joint_id], remote_side=[id])
    subjects: Mapped[list[Subject]] = relationship(viewonly=True)
    reporter: Mapped[Reporter | None] = relationship(viewonly=True)
    claimant: Mapped[Account | None] = relationship(viewonly=True, foreign_keys=[claimant_id])

    # Every UPDATE says WHERE version = the one that was read; a lost race matches no row.
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class Subject(Model):
    """Whom a case is about (被反映对象): it is hidden from them."""

    __tablename__ = "subjects"
    __table_args__ = (sa.CheckConstraint("(person_code IS NULL) <> (unit_code IS NULL)", "one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"), index=True)
    person_code: Mapped[str | None] = mapped_column(sa.ForeignKey("people.code"), index=True)
    unit_code: Mapped[str | None] = mapped_column(sa.ForeignKey("units.code"), index=True)

    case: Mapped[Case] = relationship()


_WHERE_PHONE: dict[str, Any] = {
    f"{name}_where": sa.text("phone_hash IS NOT NULL") for name in ("postgresql", "sqlite")
}
_WHERE_EMAIL: dict[str, Any] = {
    f"{name}_where": sa.text("email_hash IS NOT NULL") for name in ("postgresql", "sqlite")
}
_READINGS: dict[str, Any] = {
    f"{name}_where": sa.text("step = 'read_contact'") for name in ("postgresql", "sqlite")
}


class CoUnit(Model):
    """A unit that was asked to co-operate on a joint case or an item (协办), and when it joined."""

    __tablename__ = "co_units"
    __table_args__ = (sa.UniqueConstraint("case_id", "unit_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"))
    unit_code: Mapped[str] = mapped_column(sa.ForeignKey("units.code"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime())
    joined_at: Mapped[datetime | None] = mapped_column(UtcDateTime())  # 应哨

    case: Mapped[Case] = relationship()


class Reporter(Model):
    """Name and contact of a case's reporter, encrypted, apart from the case."""

    __tablename__ = "reporters"
    __table_args__ = (
        sa.Index("ix_reporters_phone_hash", "phone_hash", **_WHERE_PHONE),
        sa.Index("ix_reporters_email_hash", "email_hash", **_WHERE_EMAIL),
    )

    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    key_id: Mapped[str] = mapped_column(sa.String(12))
    masked: Mapped[dict[str, Any]] = mapped_column(Json)
    # Keyed hashes: what a subject's own request is found by, and nothing else looks people up by.
    phone_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    email_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary)

    case: Mapped[Case] = relationship()


class Event(Model):
    """One step of one case: who, in which role, what, when, from, to; only ever added."""

    __tablename__ = "events"
    __table_args__ = (
        sa.UniqueConstraint("case_id", "version"),
        sa.Index("ix_events_readings", "at", "person_code", **_READINGS),
        sa.Index("ix_events_denied", "case_id", "round", **_where("step = 'deny'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"))
    version: Mapped[int]
    round: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    step: Mapped[str] = mapped_column(sa.String(20))
    role: Mapped[str] = mapped_column(sa.String(16))
    person_code: Mapped[str | None] = mapped_column(sa.String(32))
    unit_code: Mapped[str | None] = mapped_column(sa.String(32))  # whose work it was then
    from_status: Mapped[str | None] = mapped_column(sa.String(12))
    to_status: Mapped[str] = mapped_column(sa.String(12))
    audience: Mapped[str] = mapped_column(sa.String(10))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    inferred: Mapped[bool] = mapped_column(default=False)
    # Of what people wrote, with its salt; none where nobody wrote anything.
    text_digest: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    # None of these only where it is older than the chain and not yet taken into it.
    key_id: Mapped[str | None] = mapped_column(sa.String(12))
    mac: Mapped[bytes | None] = mapped_column(sa.LargeBinary)

    case: Mapped[Case] = relationship()
    said: Mapped[EventText | None] = relationship(lazy="joined", passive_deletes="all")

    @property
    def text(self) -> dict[str, Any]:
        """What people wrote, by field; nothing where it was erased."""
        return self.said.text if self.said else {}


class EventText(Model):
    """What people wrote at a step, apart from the event because it may have to be erased.

    Erasing takes the row away, salt and all; what is left in the event tells nothing of the words.
    """

    __tablename__ = "event_texts"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id"), primary_key=True)
    text: Mapped[dict[str, Any]] = mapped_column(Json)
    address: Mapped[str | None] = mapped_column(sa.String(300))  # as the step left the case's
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Attachment(Model):
    """A photo or paper of a case; its bytes lie in the storage under their digest."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"), index=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id"))
    digest: Mapped[str] = mapped_column(sa.String(64), index=True)
    media_type: Mapped[str] = mapped_column(sa.String(60))
    size: Mapped[int]
    audience: Mapped[str] = mapped_column(sa.String(10))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime())

    event: Mapped[Event] = relationship()


class Request(Model):
    """A request that came with an Idempotency-Key, to answer it the same way again."""

    __tablename__ = "requests"

    key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)  # keyed digest
    number: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)


class HandOver(Model):
    """A case that went from somebody whose duty ended to others (交接班)."""

    __tablename__ = "hand_overs"
    __table_args__ = (sa.UniqueConstraint("duty_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    duty_id: Mapped[int] = mapped_column(sa.ForeignKey("duties.id"))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id"), index=True)
    to: Mapped[list[Any]] = mapped_column(Json)  # codes of persons; empty: back to the unit
