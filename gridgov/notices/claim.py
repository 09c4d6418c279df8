"""Messages: leased to one process at a time, marked when they are out, tried again when not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session, selectinload

from gridgov.audit.journal import journal
from gridgov.database import transaction
from gridgov.errors import NotFound
from gridgov.keys import Keys
from gridgov.notices.rules import TRIES, may_go, wait
from gridgov.notices.spread import Ground
from gridgov.notices.tables import DEAD, FAILED, LEASED, OPEN, SENT, WAITING, Delivery, Message
from gridgov.people.actors import Actor

LEASE = timedelta(minutes=3)


class NoSuchMessage(NotFound):
    """There is no dead message with this id; `gridgov notices dead` lists them."""


def claim(session: Session, now: datetime, lease: str, most: int) -> list[Message]:
    """Lease the messages that are due, urgent ones first, to whoever shows `lease`.

    A lease that ran out is taken over: whoever held it may have died after sending and before
    marking, so the message goes out again, under the same key.
    """
    due = (
        sa.select(Message)
        .where(Message.state.in_(OPEN), Message.next_at <= now)
        .order_by(Message.urgent.desc(), Message.next_at, Message.id)
        .limit(most)
        .with_for_update(of=Message, skip_locked=True)
        .options(selectinload(Message.deliveries).selectinload(Delivery.notice))
    )
    found = list(session.scalars(due))
    for message in found:
        message.state, message.lease, message.next_at = LEASED, lease, now + LEASE
        message.tries += 1
    session.flush()
    return found


def mark_sent(engine: Engine | Connection, key: int, now: datetime) -> None:
    """Note that a message went out, whoever has its lease by now."""
    _set(engine, Message.id == key, state=SENT, sent_at=now, lease=None, error=None)


def mark_failed(
    engine: Engine | Connection, message: Message, known: Ground, error: str, now: datetime
) -> bool:
    """Note that a message did not go out; tells whether it is given up."""
    dead = message.tries >= TRIES
    calendar = known.calendar(message.park_code)
    again = may_go(now + wait(message.tries, message.key), calendar, urgent=message.urgent)
    _set(
        engine,
        sa.and_(Message.id == message.id, Message.lease == message.lease, Message.state == LEASED),
        state=DEAD if dead else FAILED,
        next_at=again,
        lease=None,
        error=error[:300],
    )
    return dead


def postpone(message: Message, until: datetime) -> None:
    """Give a lease back untried: the office closed before anybody came to send it."""
    message.state, message.lease, message.next_at = WAITING, None, until
    message.tries -= 1


def mark_dead(message: Message, error: str) -> None:
    """Give a message up: no try would change that it cannot go out."""
    message.state, message.lease, message.error = DEAD, None, error[:300]


def _set(engine: Engine | Connection, where: sa.ColumnElement[bool], **values: Any) -> None:
    with transaction(engine) as session:
        session.execute(
            sa.update(Message)
            .where(where)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def dead_letters(
    session: Session, most: int | None = None, before: int | None = None
) -> Sequence[Message]:
    """Return what was given up, the latest first; those before one, by its key."""
    earlier = sa.true() if before is None else Message.id < before
    query = (
        sa.select(Message)
        .where(Message.state == DEAD, earlier)
        .order_by(Message.id.desc())
        .limit(most)
        .options(selectinload(Message.deliveries).selectinload(Delivery.notice))
    )
    return session.scalars(query).all()


def dead_number(session: Session) -> int:
    """Return how many messages were given up."""
    query = sa.select(sa.func.count(Message.id)).where(Message.state == DEAD)
    return session.scalar(query) or 0


def retry(session: Session, keys: Keys, key: int, now: datetime, actor: Actor) -> Message:
    """Let a message that was given up go out again, under the key it had. Raises NoSuchMessage."""
    found = session.scalar(
        sa.select(Message).where(Message.id == key, Message.state == DEAD).with_for_update()
    )
    if found is None:
        raise NoSuchMessage
    found.state, found.tries, found.next_at, found.error = WAITING, 0, now, None
    session.flush()
    data = {"message": key}
    journal(
        session, keys, now, "notice_retried", account=actor.account, person=actor.person, data=data
    )
    return found
