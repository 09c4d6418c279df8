"""The rows of the outbox, of the channels, and of what was sent through them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gridgov.database import Json, Model, UtcDateTime

REPORTER, ACCOUNT = "reporter", "account"  # kinds of recipient
WAITING, LEASED, FAILED, SENT, DEAD = "waiting", "leased", "failed", "sent", "dead"
OPEN = (WAITING, LEASED, FAILED)
_OPEN = sa.text("state IN ('waiting', 'leased', 'failed')")
_NOT_SPREAD = sa.text("spread_at IS NULL")
_NOT_GATHERED = sa.text("message_id IS NULL")
_ONCE = sa.text("once IS NOT NULL")


class Notice(Model):
    """Something to tell somebody, written in the transaction of the event or rung it tells of.

    What belongs to no case has a word in `once` instead, and is told to each person once.

    `due_at` is when it may go out, `spread_at` when it was turned into deliveries, `reached` how
    many those were.
    """

    __tablename__ = "notices"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "to_kind", "to_code"),
        sa.UniqueConstraint("rung_id", "to_kind", "to_code"),
        sa.Index(
            "uq_notices_once_to_kind_to_code",
            "once",
            "to_kind",
            "to_code",
            unique=True,
            postgresql_where=_ONCE,
            sqlite_where=_ONCE,
        ),
        # All that a pass looks at: it never meets what has gone out.
        sa.Index(
            "ix_notices_to_spread",
            "id",
            postgresql_where=_NOT_SPREAD,
            sqlite_where=_NOT_SPREAD,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cases.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("events.id"))
    rung_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rungs.id"))
    once: Mapped[str | None] = mapped_column(sa.String(60))
    to_kind: Mapped[str] = mapped_column(sa.String(10))  # person, unit, reporter, account
    to_code: Mapped[str] = mapped_column(sa.String(32))
    template: Mapped[str] = mapped_column(sa.String(40))
    urgent: Mapped[bool]
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    spread_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    reached: Mapped[int | None]

    event: Mapped[Any] = relationship("Event")
    rung: Mapped[Any] = relationship("RungRow")
    case: Mapped[Any] = relationship("Case")


class Channel(Model):
    """A way to reach a person, or an account that is no person's.

    Its address is sealed, for it holds a number or a secret.
    """

    __tablename__ = "channels"
    __table_args__ = (
        sa.UniqueConstraint("person_code", "digest"),
        sa.UniqueConstraint("account_id", "digest"),
        sa.CheckConstraint("(person_code IS NULL) <> (account_id IS NULL)", "one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_code: Mapped[str | None] = mapped_column(sa.ForeignKey("people.code"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))  # sms, voice, or the scheme of the address
    label: Mapped[str] = mapped_column(sa.String(200))  # the address, masked
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime())

    @property
    def holder(self) -> str:
        """Whose it is, as messages name a recipient."""
        return self.person_code or of_account(self.account_id)


def of_account(key: int | None) -> str:
    """Return how messages name an account that is no person's; no code of a person has a colon."""
    return f"{ACCOUNT}:{key}"


class Message(Model):
    """One thing to send: one notice, or several as a digest, to one recipient by one channel.

    What goes into it is settled once, so that its key always stands for the same. `next_at` is
    when it may be tried, and while it is leased, when the lease ends.
    """

    __tablename__ = "messages"
    __table_args__ = (
        sa.Index("ix_messages_open", "next_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        sa.Index("ix_messages_recipient_channel", "recipient", "channel"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    # A person's code, reporter:NUMBER, or account:ID.
    recipient: Mapped[str] = mapped_column(sa.String(50))
    channel: Mapped[str] = mapped_column(sa.String(20))  # a channel's id, or sms
    urgent: Mapped[bool]
    park_code: Mapped[str | None] = mapped_column(sa.String(32))  # whose office hours count
    state: Mapped[str] = mapped_column(sa.String(10))
    tries: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime())
    lease: Mapped[str | None] = mapped_column(sa.String(32))
    error: Mapped[str | None] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    deliveries: Mapped[list[Delivery]] = relationship(order_by="Delivery.id")


class Delivery(Model):
    """That a notice goes to a recipient by a channel; the unique key is what makes it one."""

    __tablename__ = "deliveries"
    __table_args__ = (
        sa.UniqueConstraint("notice_id", "recipient", "channel"),
        sa.Index(
            "ix_deliveries_to_gather",
            "id",
            postgresql_where=_NOT_GATHERED,
            sqlite_where=_NOT_GATHERED,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notices.id"))
    recipient: Mapped[str] = mapped_column(sa.String(50))
    channel: Mapped[str] = mapped_column(sa.String(20))
    urgent: Mapped[bool]
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("messages.id"), index=True)

    notice: Mapped[Notice] = relationship()


class Webhook(Model):
    """Another system that is told every step, by a signed request; its secret is sealed.

    `settled_id` is the last event of which no earlier one can still appear, `seen_id` the last one
    there was at `seen_at`.
    """

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(sa.String(300), unique=True)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    settled_id: Mapped[int]
    seen_id: Mapped[int]
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime())
    added_at: Mapped[datetime] = mapped_column(UtcDateTime())
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class Call(Model):
    """That a step is told to a webhook, those of one case in the order of its versions."""

    __tablename__ = "calls"
    __table_args__ = (
        sa.UniqueConstraint("webhook_id", "event_id"),
        sa.Index("ix_calls_open", "next_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        sa.Index("ix_calls_webhook_id_case_id_version", "webhook_id", "case_id", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("webhooks.id"))
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("events.id"))
    case_id: Mapped[int]
    version: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    state: Mapped[str] = mapped_column(sa.String(10))
    tries: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime())
    lease: Mapped[str | None] = mapped_column(sa.String(32))
    error: Mapped[str | None] = mapped_column(sa.String(300))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    event: Mapped[Any] = relationship("Event")
    webhook: Mapped[Webhook] = relationship()
